/* reverse.c - z = x with the elements along axes in opposite order.
 *
 *   z[i] = x[n - 1 - i] along each of axes, n its size
 */
#include "axes.h"

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_reverse_attrs *a = c->attrs;
  TSR_TRY(tsri_check_axes(c->op->name, "axes", a->axes, c->in_type[0].rank, TSRI_DISTINCT));
  out[0] = c->in_type[0];
  return TSR_OK;
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  const tsr_reverse_attrs *a = c->attrs;
  in_ct[0] = tsr_reverse(b, ct[0], a->axes);
  return tsr_builder_status(b);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_reverse_attrs *a = c->attrs;
  tsri_room room;
  tsri_room_enter(&room, b);
  const int64_t *axes = tsri_batch_axes(&room, a->axes, map->axis[0]);
  if (!room.failed) {
    out[0] = tsr_reverse(b, c->in[0], tsri_axes_of(axes, a->axes.n));
    out_axis[0] = map->axis[0];
  }
  return tsri_room_leave(&room);
}

/* Axes of size 1 have one order, and an axis turned round twice is as it was. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_reverse_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  tsr_call inner;
  const bool twice = tsri_producer(b, c->in[0], TSR_OP_REVERSE, &inner);
  const tsr_axes before = twice ? ((const tsr_reverse_attrs *)inner.attrs)->axes : TSR_NO_AXES;
  size_t n = 0;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, (size_t)x->rank);
  if (!room.failed) {
    for (int32_t k = 0; k < x->rank; k++)
      if (tsri_axes_has(a->axes, k) != tsri_axes_has(before, k) && !tsr_dim_is(x->dims[k], 1))
        axes[n++] = k;
    if (twice || n < a->axes.n)
      out[0] = tsr_reverse(b, twice ? inner.in[0] : c->in[0], tsri_axes_of(axes, n));
  }
  return tsri_room_leave(&room);
}

const tsr_rules tsri_reverse_rules = {
    .infer = infer, .transpose = transpose, .batch = batch, .simplify = simplify};
