/* dynamic.c - rows of dynamic_slice and dynamic_update_slice: one window copied out of the
 * operand, or over a copy of it, at starts that are clamped so that it fits.
 *
 * An update writes over the memory of its operand if it may. Else a large window is left out when
 * the operand is copied: the boxes around it are planned when the starts are known.
 */
#include "box.h"
#include "index.h"
#include "move.h"

enum {
#ifdef TSR_STRESS
  WIDE = 64,
#else
  WIDE = 64 * 1024, /* bytes of a window that is worth leaving out */
#endif
  AXES = 16 /* of an operand, at most, where one is */
};

typedef struct dynamic_state {
  tsr_kernel_state state;
  size_t size;
  tsri_copy window, whole; /* whole: of the operand, for an update */
  bool wide;
  int32_t rank;
  int64_t *dims, *limit, *stride; /* [rank] of window; largest start; operand's step, elements */
} dynamic_state;

/* operand: the side that holds the window, with its window of dims and their strides. */
static tsr_status prepare(tsr_prepare *p, const tsr_view *operand, const int64_t *dims,
                          const int64_t *from, const int64_t *to) {
  const size_t rank = (size_t)operand->rank,
               copy_bytes = tsri_copy_bytes(operand->rank, operand->dims);
  dynamic_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + 3 * sizeof(int64_t) * rank + 2 * copy_bytes, &s));
  s->dims = (int64_t *)(s + 1);
  s->limit = s->dims + rank;
  s->stride = s->limit + rank;
  char *memory = (char *)(s->stride + rank);
  s->rank = operand->rank;
  s->size = tsr_dtype_size(operand->dtype);
  for (int32_t k = 0; k < s->rank; k++) {
    s->dims[k] = dims[k];
    s->limit[k] = operand->dims[k] - dims[k];
    s->stride[k] = operand->strides[k];
  }
  s->wide = s->rank <= AXES && tsri_product(s->rank, dims) * (int64_t)s->size >= WIDE;
  tsri_copy_init(&s->window, memory, p->device, s->size, s->rank, dims, from, to);
  tsri_copy_init(&s->whole, memory + copy_bytes, p->device, s->size, s->rank, operand->dims,
                 p->in[0].strides, operand->strides);
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

static int64_t start_along(const dynamic_state *s, const tsr_view *starts, int32_t k) {
  const int64_t start = tsri_index_at(starts->dtype, starts->data, k * starts->strides[0]);
  return tsri_max(0, tsri_min(start, s->limit[k]));
}

/* Bytes to where the window starts. */
static int64_t start_of(const dynamic_state *s, const tsr_view *starts) {
  int64_t offset = 0;
  for (int32_t k = 0; k < s->rank; k++)
    offset += start_along(s, starts, k) * s->stride[k];
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

/* The operand outside of the window. */
static tsr_status copy_around(const dynamic_state *s, tsr_stream *stream, const tsr_view *in,
                              const tsr_view *starts, const tsr_view *out) {
  int64_t memory[TSRI_COPY_NUMBERS(AXES)], window[AXES], first[AXES], dims[AXES];
  for (int32_t k = 0; k < s->rank; k++)
    window[k] = start_along(s, starts, k);
  for (int32_t k = 0; k < 2 * s->rank; k++) {
    if (!tsri_outside(s->rank, out->dims, window, s->dims, k, first, dims)) continue;
    int64_t from = 0, to = 0;
    for (int32_t a = 0; a < s->rank; a++) {
      from += first[a] * in->strides[a] * (int64_t)s->size;
      to += first[a] * out->strides[a] * (int64_t)s->size;
    }
    tsri_copy copy;
    tsri_copy_init_with(&copy, memory, s->size, s->rank, dims, in->strides, out->strides,
                        s->whole.table, s->whole.stores);
    TSR_TRY(tsri_copy_run(&copy, stream, (const char *)in->data + from, (char *)out->data + to));
  }
  return TSR_OK;
}

static tsr_status run_update(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                             const tsr_view *out) {
  const dynamic_state *s = c->state;
  if (in[0].data != out[0].data)
    TSR_TRY(s->wide ? copy_around(s, stream, &in[0], &in[2], &out[0])
                    : tsri_copy_run(&s->whole, stream, in[0].data, out[0].data));
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
