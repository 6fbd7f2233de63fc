/* bitcast.c - row of bitcast_convert: a copy of the narrower elements.
 *
 * The side with wider elements is seen as one of narrower ones, with a dense last axis.
 * The lowest bits come first, as in the memory of the machine.
 */
#include "move.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "parts lie lowest bits first");

typedef struct bitcast_state {
  tsr_kernel_state state;
  tsri_copy copy;
} bitcast_state;

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const int32_t rank = (int32_t)tsri_max(p->in[0].rank, p->out[0].rank);
  bitcast_state *s;
  TSR_TRY(tsr_kernel_state_create(
      sizeof *s + sizeof(int64_t) * ((size_t)rank + 1) + tsri_copy_bytes(rank, NULL), &s));
  int64_t *numbers = (int64_t *)(s + 1);
  tsr_bitcast_plan plan;
  tsr_plan_bitcast(p, numbers, &plan);
  tsri_copy_init(&s->copy, numbers + rank + 1, p->device, plan.size, plan.rank, plan.dims,
                 plan.from, plan.to);
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const bitcast_state *s = c->state;
  return tsri_copy_run(&s->copy, stream, in[0].data, out[0].data);
}

const tsr_kernel tsri_bitcast_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_BITCAST_CONVERT],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.bitcast_convert",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_bitcast_kernel_count = TSRI_COUNT_OF(tsri_bitcast_kernels);
