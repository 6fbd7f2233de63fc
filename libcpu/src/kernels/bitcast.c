/* bitcast.c - row of bitcast_convert: a copy of the narrower elements.
 *
 * The side with wider elements is seen as one of narrower ones, with a dense last axis.
 * The lowest bits come first, as in the memory of the machine.
 */
#include "move.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "parts lie lowest bits first");

typedef struct bitcast_state {
  tsri_state state;
  tsri_copy copy;
} bitcast_state;

/* Strides of wide elements, each of parts narrow ones, in narrow ones. */
static void narrow(const tsr_view *wide, int64_t parts, int64_t *strides) {
  for (int32_t i = 0; i < wide->rank; i++)
    strides[i] = wide->strides[i] * parts;
  strides[wide->rank] = 1;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  const size_t from = tsr_dtype_size(in->dtype), to = tsr_dtype_size(out->dtype);
  const tsr_view *parts = from < to ? in : out; /* the side of narrower elements */
  bitcast_state *s;
  TSR_TRY(tsri_state_create(
      sizeof *s + sizeof(int64_t) * ((size_t)parts->rank + 1) + tsri_copy_bytes(parts->rank), &s));
  int64_t *strides = (int64_t *)(s + 1);
  const int64_t *src = in->strides, *dst = out->strides;
  if (tsr_view_count(parts) == 0) { /* sizes may be too large to multiply */
    src = dst = parts->strides;
  } else if (from < to) {
    narrow(out, (int64_t)(to / from), strides);
    dst = strides;
  } else if (to < from) {
    narrow(in, (int64_t)(from / to), strides);
    src = strides;
  }
  tsri_copy_init(&s->copy, strides + parts->rank + 1, from < to ? from : to, parts->rank,
                 parts->dims, src, dst);
  p->state = s;
  p->release = tsri_state_release;
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
