/* cumulative.c - rows of cumsum, cumprod, cummax and cummin: one pass along every line.
 *
 * A line is taken in by one accumulator from its first element to its last, so results do
 * not depend on how lines are shared among threads. f16 and bf16 accumulate in f32.
 */
#include "half.h"
#include "kernel.h"
#include "variants/blocks_product.h"

#include <math.h>

#define TSRI_CAT3_(a, b, c) a##_##b##_##c
#define TSRI_CAT3(a, b, c)  TSRI_CAT3_(a, b, c)

enum {
  LINES = 32 /* side by side */
};

#define BODY "kernels/cumulate.inc"
#include "variants/blocks_reducers.inc"
#undef BODY

typedef void (*cumulate)(int64_t lines, int64_t n, const void *from, int64_t x_line, int64_t x_step,
                         void *to, int64_t z_line, int64_t z_step);

#define AT(kind, ID) [TSR_##ID] = kind##_cumulate_##ID
#define ORDERED(kind)                                                                              \
  AT(kind, F16), AT(kind, BF16), AT(kind, F32), AT(kind, F64), AT(kind, I8), AT(kind, I16),        \
      AT(kind, I32), AT(kind, I64), AT(kind, U8), AT(kind, U16), AT(kind, U32), AT(kind, U64)
static const cumulate sums[TSR_DTYPE_COUNT] = {ORDERED(sum), AT(sum, C64), AT(sum, C128)};
static const cumulate products[TSR_DTYPE_COUNT] = {ORDERED(prod), AT(prod, C64), AT(prod, C128)};
static const cumulate maxima[TSR_DTYPE_COUNT] = {ORDERED(max), AT(max, BOOL)};
static const cumulate minima[TSR_DTYPE_COUNT] = {ORDERED(min), AT(min, BOOL)};
#undef AT
#undef ORDERED

typedef struct cumulative_state {
  tsr_kernel_state state;
  cumulate run;
  int64_t size; /* bytes of an element */
  int64_t n, in_first, in_step, out_first, out_step;
  int64_t lines, in_line, out_line; /* the last of the other axes */
  int64_t tiles, units;             /* of LINES lines; of all other axes */
  int32_t rank;                     /* of the rest */
  int64_t *dims, *in, *out;         /* [rank] */
} cumulative_state;

/* The other axes, fused; the last of them gives the lines that are taken side by side. */
static void plan_lines(cumulative_state *s, const tsr_view *in, const tsr_view *out, int64_t axis) {
  int32_t rank = 0;
  for (int32_t k = 0; k < in->rank; k++) {
    if (k == axis) continue;
    s->dims[rank] = in->dims[k];
    s->in[rank] = in->strides[k];
    s->out[rank++] = out->strides[k];
  }
  int64_t *strides[] = {s->in, s->out};
  rank = tsr_layout_fuse(2, rank, s->dims, strides);
  s->rank = rank > 0 ? rank - 1 : 0;
  s->lines = rank > 0 ? s->dims[s->rank] : 1;
  s->in_line = rank > 0 ? s->in[s->rank] : 0;
  s->out_line = rank > 0 ? s->out[s->rank] : 0;
  s->tiles = tsri_ceil_div(s->lines, LINES);
  s->units = s->n == 0 ? 0 : s->tiles * tsri_product(s->rank, s->dims);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsr_cumulative_attrs *a = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  const size_t rank = (size_t)in->rank;
  cumulative_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + 3 * sizeof(int64_t) * rank, &s));
  s->dims = (int64_t *)(s + 1);
  s->in = s->dims + rank;
  s->out = s->in + rank;
  s->run = ((const cumulate *)self->data)[in->dtype];
  s->size = (int64_t)tsr_dtype_size(in->dtype);
  s->n = in->dims[a->axis];
  s->in_step = in->strides[a->axis];
  s->out_step = out->strides[a->axis];
  if (a->reverse) {
    s->in_first = (s->n - 1) * s->in_step;
    s->out_first = (s->n - 1) * s->out_step;
    s->in_step = -s->in_step;
    s->out_step = -s->out_step;
  }
  plan_lines(s, in, out, a->axis);
  if (tsr_view_same_layout(in, out)) p->alias[0] = 0;
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

typedef struct cumulative_job {
  const cumulative_state *state;
  const char *in;
  char *out;
} cumulative_job;

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const cumulative_job *job = ctx;
  const cumulative_state *s = job->state;
  for (int64_t unit = begin; unit < end; unit++) {
    const int64_t outer = unit / s->tiles, line = unit % s->tiles * LINES;
    const int64_t from = tsri_offset(s->rank, s->dims, s->in, outer) + line * s->in_line;
    const int64_t to = tsri_offset(s->rank, s->dims, s->out, outer) + line * s->out_line;
    s->run(tsri_min(LINES, s->lines - line), s->n, job->in + (from + s->in_first) * s->size,
           s->in_line, s->in_step, job->out + (to + s->out_first) * s->size, s->out_line,
           s->out_step);
  }
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const cumulative_state *s = c->state;
  cumulative_job job = {s, in[0].data, out[0].data};
  const int64_t of_unit = tsri_max(1, s->n * tsri_min(LINES, s->lines));
  return tsri_parallel_ranges(stream, s->units, tsri_max(1, TSRI_GRAIN / of_unit), run_range, &job);
}

#define ROW(ID, op_name, accepted, table)                                                          \
  {                                                                                                \
    .op = &tsri_cpu_ops[TSR_OP_##ID], .dtypes = accepted, .name = "cpu." #op_name,                 \
    .prepare = prepare, .run = run, .data = table                                                  \
  }
const tsr_kernel tsri_cumulative_kernels[] = {
    ROW(CUMSUM, cumsum, TSR_DTYPES_NUMERIC, sums),
    ROW(CUMPROD, cumprod, TSR_DTYPES_NUMERIC, products),
    ROW(CUMMAX, cummax, TSR_DTYPES_ORDERED | TSR_BIT(BOOL), maxima),
    ROW(CUMMIN, cummin, TSR_DTYPES_ORDERED | TSR_BIT(BOOL), minima),
};
#undef ROW
const int32_t tsri_cumulative_kernel_count = TSRI_COUNT_OF(tsri_cumulative_kernels);
