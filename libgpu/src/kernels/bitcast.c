/* bitcast.c - row of bitcast_convert: a copy of the narrower elements.
 *
 * The side with wider elements is seen as one of narrower ones, with a dense last axis; the
 * lowest bits come first, in the memory of a GPU as in that of the host.
 */
#include "copy.h"

typedef struct bitcast_state {
  tsr_kernel_state state;
  tsri_cuda_copy copy;
} bitcast_state;

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const int32_t rank = p->in[0].rank > p->out[0].rank ? p->in[0].rank : p->out[0].rank;
  bitcast_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s + sizeof(int64_t) * (size_t)(rank + 1), &s));
  tsr_bitcast_plan plan;
  tsr_plan_bitcast(p, (int64_t *)(s + 1), &plan);
  return tsri_cuda_prepared(p, tsri_cuda_copy_init(&s->copy, p->device, plan.size, plan.rank,
                                                   plan.dims, plan.from, plan.to));
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
