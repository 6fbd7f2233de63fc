/* cumulative.c - rules that cumulative ops share, and cumsum, whose transpose runs backwards. */
#include "cumulative.h"

tsr_status tsri_cumulative_infer(const tsr_call *c, tsr_type *out) {
  const tsr_cumulative_attrs *a = c->attrs;
  TSR_TRY(tsri_check_axis(c->op->name, a->axis, c->in_type[0].rank));
  out[0] = c->in_type[0];
  return TSR_OK;
}

tsr_status tsri_cumulative_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                                 tsr_value *out, int32_t *out_axis) {
  const tsr_cumulative_attrs *a = c->attrs;
  const tsr_cumulative_attrs attrs = {tsri_batch_shift(a->axis, map->axis[0]), a->reverse};
  out[0] = tsr_emit1(b, c->op, &attrs, TSR_VALUES(c->in[0]));
  out_axis[0] = map->axis[0];
  return tsr_builder_status(b);
}

tsr_status tsri_cumulative_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_cumulative_attrs *a = c->attrs;
  if (tsr_dim_is(c->in_type[0].dims[a->axis], 1)) out[0] = c->in[0];
  return tsr_builder_status(b);
}

tsr_value tsri_neighbour(tsr_builder *b, tsr_value x, tsr_value fill, int64_t axis,
                         tsr_scan_order order) {
  tsr_type type;
  tsr_value out = TSR_NO_VALUE;
  if (!tsri_type(b, "pad", x, &type)) return out;
  const size_t rank = (size_t)type.rank;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *low = tsri_room_dims(&room, rank), *high = tsri_room_dims(&room, rank);
  if (!room.failed) {
    for (size_t k = 0; k < rank; k++)
      low[k] = high[k] = tsr_dim_of(0);
    low[axis] = tsr_dim_of(order == TSR_SCAN_FORWARD ? 1 : -1);
    high[axis] = tsr_dim_of(order == TSR_SCAN_FORWARD ? -1 : 1);
    out = tsr_pad(b, x, fill, tsri_shape_of(low, rank), tsri_shape_of(high, rank), TSR_NO_AXES);
  }
  (void)tsri_room_leave(&room);
  return out;
}

/* ---- cumsum ---- */

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  const tsr_cumulative_attrs *a = c->attrs;
  in_ct[0] = tsr_cumsum(b, ct[0], a->axis, a->reverse ? TSR_SCAN_FORWARD : TSR_SCAN_REVERSE);
  return tsr_builder_status(b);
}

const tsr_rules tsri_cumsum_rules = {.infer = tsri_cumulative_infer,
                                     .transpose = transpose,
                                     .batch = tsri_cumulative_batch,
                                     .simplify = tsri_cumulative_simplify};
