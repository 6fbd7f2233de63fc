/* bitcast.c - row of bitcast_convert: a copy of the narrower elements.
 *
 * The side with wider elements is seen as one of narrower ones, with a dense last axis; the
 * lowest bits come first, in the memory of a GPU as in that of the host.
 */
#include "copy.h"

typedef struct bitcast_state {
  tsri_cuda_state state;
  tsri_cuda_copy copy;
} bitcast_state;

/* Strides of wide elements, each of parts narrow ones, in narrow ones. */
static void narrow(const tsr_view *wide, int64_t parts, int64_t *strides) {
  for (int32_t i = 0; i < wide->rank; i++)
    strides[i] = wide->strides[i] * parts;
  strides[wide->rank] = 1;
}

static tsr_status plan(bitcast_state *s, tsr_prepare *p, int64_t *strides) {
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  const size_t from = tsr_dtype_size(in->dtype), to = tsr_dtype_size(out->dtype);
  const tsr_view *parts = from < to ? in : out; /* the side of narrower elements */
  const int64_t *source = in->strides, *target = out->strides;
  if (tsr_view_count(parts) == 0) return TSR_OK;
  if (from < to) {
    narrow(out, (int64_t)(to / from), strides);
    target = strides;
  } else if (to < from) {
    narrow(in, (int64_t)(from / to), strides);
    source = strides;
  }
  return tsri_cuda_copy_init(&s->copy, p->device, from < to ? from : to, parts->rank, parts->dims,
                             source, target);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const int32_t rank = p->in[0].rank > p->out[0].rank ? p->in[0].rank : p->out[0].rank;
  bitcast_state *s;
  TSR_TRY(tsri_cuda_state_create(sizeof *s + sizeof(int64_t) * (size_t)(rank + 1), &s));
  p->state = s;
  p->release = tsri_cuda_state_release;
  return tsri_cuda_prepared(p, plan(s, p, (int64_t *)(s + 1)));
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const bitcast_state *s = c->state;
  return tsri_cuda_copy_run(&s->copy, stream, in[0].data, out[0].data);
}

const tsr_kernel tsri_cuda_bitcast_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_BITCAST_CONVERT],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.bitcast_convert",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_cuda_bitcast_kernel_count = TSRI_COUNT_OF(tsri_cuda_bitcast_kernels);
