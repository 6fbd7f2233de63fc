/* dynamic.c - rows of dynamic_slice and dynamic_update_slice: one window copied out of the
 * operand, or over a copy of it, at starts that are clamped so that it fits.
 */
#include "index.h"
#include "move.h"

typedef struct dynamic_state {
  tsr_kernel_state state;
  size_t size;
  tsri_copy window, whole; /* whole: of the operand, for an update */
  int32_t rank;
  int64_t *limit, *stride; /* [rank] of the operand: largest start, elements per step */
} dynamic_state;

/* operand: the side that holds the window, with its window of dims and their strides. */
static tsr_status prepare(tsr_prepare *p, const tsr_view *operand, const int64_t *dims,
                          const int64_t *from, const int64_t *to) {
  const size_t rank = (size_t)operand->rank,
               copy_bytes = tsri_copy_bytes(operand->rank, operand->dims);
  dynamic_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + 2 * sizeof(int64_t) * rank + 2 * copy_bytes, &s));
  s->limit = (int64_t *)(s + 1);
  s->stride = s->limit + rank;
  char *memory = (char *)(s->stride + rank);
  s->rank = operand->rank;
  s->size = tsr_dtype_size(operand->dtype);
  for (int32_t k = 0; k < s->rank; k++) {
    s->limit[k] = operand->dims[k] - dims[k];
    s->stride[k] = operand->strides[k];
  }
  tsri_copy_init(&s->window, memory, s->size, s->rank, dims, from, to);
  tsri_copy_init(&s->whole, memory + copy_bytes, s->size, s->rank, operand->dims, p->in[0].strides,
                 operand->strides);
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

/* Bytes to where the window starts. */
static int64_t start_of(const dynamic_state *s, const tsr_view *starts) {
  int64_t offset = 0;
  for (int32_t k = 0; k < s->rank; k++) {
    const int64_t start = tsri_index_at(starts->dtype, starts->data, k * starts->strides[0]);
    offset += tsri_max(0, tsri_min(start, s->limit[k])) * s->stride[k];
  }
  return offset * (int64_t)s->size;
}

static tsr_status prepare_slice(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return prepare(p, &p->in[0], p->out[0].dims, p->in[0].strides, p->out[0].strides);
}

static tsr_status run_slice(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                            const tsr_view *out) {
  const dynamic_state *s = c->state;
  if (s->window.blocks == 0) return TSR_OK;
  return tsri_copy_run(&s->window, stream, (const char *)in[0].data + start_of(s, &in[1]),
                       out[0].data);
}

static tsr_status prepare_update(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  if (tsr_view_same_layout(&p->in[0], &p->out[0])) p->alias[0] = 0;
  return prepare(p, &p->out[0], p->in[1].dims, p->in[1].strides, p->out[0].strides);
}

static tsr_status run_update(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                             const tsr_view *out) {
  const dynamic_state *s = c->state;
  if (in[0].data != out[0].data) TSR_TRY(tsri_copy_run(&s->whole, stream, in[0].data, out[0].data));
  if (s->window.blocks == 0) return TSR_OK;
  return tsri_copy_run(&s->window, stream, in[1].data, (char *)out[0].data + start_of(s, &in[2]));
}

const tsr_kernel tsri_dynamic_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_DYNAMIC_SLICE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.dynamic_slice",
     .prepare = prepare_slice,
     .run = run_slice },
    {.op = &tsri_cpu_ops[TSR_OP_DYNAMIC_UPDATE_SLICE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.dynamic_update_slice",
     .prepare = prepare_update,
     .run = run_update},
};
const int32_t tsri_dynamic_kernel_count = TSRI_COUNT_OF(tsri_dynamic_kernels);
