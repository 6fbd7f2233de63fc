/* cumulative.c - rows of cumsum, cumprod, cummax and cummin: one pass along every line.
 *
 * Lines that lie side by side are taken together, and are shared among threads. A few long lines
 * are cut into segments instead, some of which are summed side by side, then gone through again,
 * while the caches still have them, from where the sums say they begin. The order of additions is
 * that of cumulate.h in either case.
 */
#include "cumulate.h"
#include "variants/variants.h"

#include <string.h>

#include "tsr/cpu.h"

enum {
#ifdef TSR_STRESS
  SEGMENTS = 3,
#else
  SEGMENTS = 32, /* gone through twice at a time */
#endif
  REPAID = 3,     /* threads, from which on going through a line twice takes less time */
  ACCUMULATOR = 8 /* bytes, at most, where lines may be cut */
};

typedef struct cumulative_state {
  tsr_kernel_state state;
  const tsri_cumulate *cumulate;
  int64_t size; /* bytes of an element */
  int64_t n, in_first, in_step, out_first, out_step;
  int64_t lines, in_line, out_line; /* the last of the other axes */
  int64_t tiles, units;             /* of TSRI_LINES lines; of all other axes */
  int32_t rank;                     /* of the rest */
  int64_t *dims, *in, *out;         /* [rank] */
} cumulative_state;

/* ---- planning ---- */

/* The other axes, fused; the last of them gives the lines that are taken side by side. */
static void plan_lines(cumulative_state *s, int32_t rank) {
  int64_t *strides[] = {s->in, s->out};
  rank = tsr_layout_fuse(2, rank, s->dims, strides);
  s->rank = rank > 0 ? rank - 1 : 0;
  s->lines = rank > 0 ? s->dims[s->rank] : 1;
  s->in_line = rank > 0 ? s->in[s->rank] : 0;
  s->out_line = rank > 0 ? s->out[s->rank] : 0;
  s->tiles = tsri_ceil_div(s->lines, TSRI_LINES);
  s->units = s->n == 0 ? 0 : s->tiles * tsri_product(s->rank, s->dims);
}

static int32_t other_axes(cumulative_state *s, const tsr_view *in, const tsr_view *out,
                          int64_t axis) {
  int32_t rank = 0;
  for (int32_t k = 0; k < in->rank; k++) {
    if (k == axis) continue;
    s->dims[rank] = in->dims[k];
    s->in[rank] = in->strides[k];
    s->out[rank++] = out->strides[k];
  }
  return rank;
}

/* A complex sum is one sum of parts beside another. */
static void split_parts(cumulative_state *s, int32_t *rank) {
  s->size /= 2;
  s->in_step *= 2;
  s->out_step *= 2;
  for (int32_t k = 0; k < *rank; k++) {
    s->in[k] *= 2;
    s->out[k] *= 2;
  }
  s->dims[*rank] = 2;
  s->in[*rank] = s->out[*rank] = 1;
  ++*rank;
}

/* Complex products are only built without fused multiply-add; see blocks_product.h. */
static const tsri_cumulate *cumulate_of(tsri_cumulation kind, tsr_dtype dtype) {
  const tsri_cumulate *tuned = &tsri_variant_chosen()->cumulates[kind][dtype];
  return tuned->scan ? tuned : &tsri_variant_at(0)->cumulates[kind][dtype];
}

static void plan_axis(cumulative_state *s, const tsr_view *in, const tsr_view *out,
                      const tsr_cumulative_attrs *a) {
  s->n = in->dims[a->axis];
  s->in_step = in->strides[a->axis];
  s->out_step = out->strides[a->axis];
}

static void reverse(cumulative_state *s) {
  s->in_first = (s->n - 1) * s->in_step;
  s->out_first = (s->n - 1) * s->out_step;
  s->in_step = -s->in_step;
  s->out_step = -s->out_step;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsr_cumulative_attrs *a = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  const tsri_cumulation kind = *(const tsri_cumulation *)self->data;
  const size_t rank = (size_t)in->rank;
  const bool complex_sum = kind == TSRI_CUMSUM && tsr_dtype_kind(in->dtype) == TSR_KIND_COMPLEX;
  cumulative_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + 3 * sizeof(int64_t) * (rank + 1), &s));
  s->dims = (int64_t *)(s + 1);
  s->in = s->dims + rank + 1;
  s->out = s->in + rank + 1;
  const tsr_dtype part = in->dtype == TSR_C64 ? TSR_F32 : TSR_F64;
  s->cumulate = cumulate_of(kind, complex_sum ? part : in->dtype);
  s->size = (int64_t)tsr_dtype_size(in->dtype);
  plan_axis(s, in, out, a);
  int32_t others = other_axes(s, in, out, a->axis);
  if (complex_sum) split_parts(s, &others);
  if (a->reverse) reverse(s);
  plan_lines(s, others);
  if (s->cumulate->join && s->n > TSRI_SEGMENT)
    p->workspace = (size_t)2 * SEGMENTS * TSRI_LINES * ACCUMULATOR;
  if (tsr_view_same_layout(in, out)) p->alias[0] = 0;
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

/* ---- whole lines ---- */

typedef struct cumulative_job {
  const cumulative_state *state;
  const char *in;
  char *out;
} cumulative_job;

/* Lines of a unit from element number `first` on. */
static tsri_cumulate_part part_of(const cumulative_job *job, int64_t unit, int64_t first,
                                  int64_t n) {
  const cumulative_state *s = job->state;
  const int64_t outer = unit / s->tiles, line = unit % s->tiles * TSRI_LINES;
  const int64_t from = tsri_offset(s->rank, s->dims, s->in, outer) + line * s->in_line +
                       s->in_first + first * s->in_step;
  const int64_t to = tsri_offset(s->rank, s->dims, s->out, outer) + line * s->out_line +
                     s->out_first + first * s->out_step;
  return (tsri_cumulate_part){.lines = tsri_min(TSRI_LINES, s->lines - line),
                              .n = n,
                              .x = job->in + from * s->size,
                              .x_line = s->in_line,
                              .x_step = s->in_step,
                              .z = job->out + to * s->size,
                              .z_line = s->out_line,
                              .z_step = s->out_step};
}

/* One segment after the other. */
static void scan_segments(const cumulative_job *job, int64_t unit) {
  const tsri_cumulate *c = job->state->cumulate;
  uint64_t start[TSRI_LINES], total[TSRI_LINES];
  for (int64_t first = 0; first < job->state->n; first += TSRI_SEGMENT) {
    tsri_cumulate_part part =
        part_of(job, unit, first, tsri_min(TSRI_SEGMENT, job->state->n - first));
    part.start = first > 0 ? start : NULL;
    part.total = first > 0 ? total : start;
    c->scan(&part);
    if (first > 0) c->join(part.lines, total, start);
  }
}

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const cumulative_job *job = ctx;
  const cumulative_state *s = job->state;
  for (int64_t unit = begin; unit < end; unit++) {
    if (s->n > TSRI_SEGMENT && s->cumulate->join) {
      scan_segments(job, unit);
      continue;
    }
    const tsri_cumulate_part part = part_of(job, unit, 0, s->n);
    s->cumulate->scan(&part);
  }
  return TSR_OK;
}

/* ---- lines cut into segments ---- */

typedef struct segments_job {
  const cumulative_job *job;
  int64_t unit, first;   /* element of the first segment */
  char *totals, *starts; /* [SEGMENTS, TSRI_LINES] accumulators */
} segments_job;

static tsri_cumulate_part segment_of(const segments_job *g, int64_t i) {
  const int64_t first = g->first + i * TSRI_SEGMENT;
  return part_of(g->job, g->unit, first, tsri_min(TSRI_SEGMENT, g->job->state->n - first));
}

static tsr_status sum_segment(void *ctx, int64_t i) {
  const segments_job *g = ctx;
  tsri_cumulate_part part = segment_of(g, i);
  part.z = NULL;
  part.total = g->totals + i * TSRI_LINES * ACCUMULATOR;
  g->job->state->cumulate->scan(&part);
  return TSR_OK;
}

static tsr_status scan_segment(void *ctx, int64_t i) {
  const segments_job *g = ctx;
  tsri_cumulate_part part = segment_of(g, i);
  if (g->first > 0 || i > 0) part.start = g->starts + i * TSRI_LINES * ACCUMULATOR;
  g->job->state->cumulate->scan(&part);
  return TSR_OK;
}

/* Where each of n segments starts, and the segment after them. */
static void find_starts(const segments_job *g, int64_t n, int64_t lines) {
  const tsri_cumulate *c = g->job->state->cumulate;
  const size_t row = TSRI_LINES * ACCUMULATOR, used = (size_t)lines * c->size;
  uint64_t so_far[TSRI_LINES];
  const bool begins = g->first == 0;
  memcpy(so_far, begins ? g->totals : g->starts, used);
  for (int64_t i = begins; i < n; i++) {
    memcpy(g->starts + (size_t)i * row, so_far, used);
    c->join(lines, g->totals + (size_t)i * row, so_far);
  }
  memcpy(g->totals, so_far, used); /* kept until starts are no longer read */
}

static tsr_status run_segments(tsr_stream *stream, const cumulative_job *job, void *workspace) {
  const cumulative_state *s = job->state;
  const int64_t row = TSRI_LINES * ACCUMULATOR;
  segments_job g = {.job = job, .totals = workspace};
  g.starts = g.totals + SEGMENTS * row;
  for (g.unit = 0; g.unit < s->units; g.unit++)
    for (g.first = 0; g.first < s->n; g.first += SEGMENTS * TSRI_SEGMENT) {
      const int64_t n = tsri_min(SEGMENTS, tsri_ceil_div(s->n - g.first, TSRI_SEGMENT));
      TSR_TRY(tsri_cpu_parallel(stream, n, sum_segment, &g));
      find_starts(&g, n, segment_of(&g, 0).lines);
      TSR_TRY(tsri_cpu_parallel(stream, n, scan_segment, &g));
      memcpy(g.starts, g.totals, (size_t)row);
    }
  return TSR_OK;
}

/* ---- the rows ---- */

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const cumulative_state *s = c->state;
  cumulative_job job = {s, in[0].data, out[0].data};
  const int32_t threads = tsr_cpu_threads(stream->device);
  if (c->workspace && threads >= REPAID * s->units && s->n / threads >= TSRI_SEGMENT)
    return run_segments(stream, &job, c->workspace);
  const int64_t of_unit = tsri_max(1, s->n * tsri_min(TSRI_LINES, s->lines));
  return tsri_parallel_ranges(stream, s->units, tsri_max(1, TSRI_GRAIN / of_unit), run_range, &job);
}

static const tsri_cumulation sum = TSRI_CUMSUM, product = TSRI_CUMPROD, largest = TSRI_CUMMAX,
                             smallest = TSRI_CUMMIN;

#define ROW(ID, op_name, accepted, kind)                                                           \
  {                                                                                                \
    .op = &tsri_cpu_ops[TSR_OP_##ID], .dtypes = accepted, .name = "cpu." #op_name,                 \
    .prepare = prepare, .run = run, .data = kind                                                   \
  }
const tsr_kernel tsri_cumulative_kernels[] = {
    ROW(CUMSUM, cumsum, TSR_DTYPES_NUMERIC, &sum),
    ROW(CUMPROD, cumprod, TSR_DTYPES_NUMERIC, &product),
    ROW(CUMMAX, cummax, TSR_DTYPES_ORDERED | TSR_BIT(BOOL), &largest),
    ROW(CUMMIN, cummin, TSR_DTYPES_ORDERED | TSR_BIT(BOOL), &smallest),
};
#undef ROW
const int32_t tsri_cumulative_kernel_count = TSRI_COUNT_OF(tsri_cumulative_kernels);
