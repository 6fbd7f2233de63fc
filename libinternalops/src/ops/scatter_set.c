/* scatter_set.c - z = x with updates in place, the last of several at one place.
 *
 * Linear in (x, updates): the cotangent of x is 0 where an update stands, and that of an update
 * is read back where it stands. Which one does follows from writing the number of each and
 * reading numbers back; a dropped one does not find its own. Where no two windows can meet,
 * every update that is not dropped stands.
 */
#include "scatter.h"

/* 0, 1, 2 .. in the shape of updates. */
static tsr_value numbered(tsr_builder *b, const tsr_type *updates) {
  tsr_dim count = tsr_dim_of(0);
  tsr_builder_fail(b, tsri_count(b->space, tsri_type_shape(updates), &count));
  const tsr_value line = tsr_iota(b, TSR_I64, TSR_SHAPE(count), 0);
  return tsr_reshape(b, line, tsri_type_shape(updates));
}

/* Bool: does the update stand in z. */
static tsr_value stands(tsri_room *room, const tsr_call *c) {
  tsr_builder *b = room->b;
  if (tsri_scatter_is_apart(c)) return tsr_not(b, tsri_scatter_misses(room, c));
  tsr_type places = c->in_type[0];
  places.dtype = TSR_I64;
  const tsr_value own = numbered(b, &c->in_type[2]);
  const tsr_value none = tsri_fill(b, &places, &(tsr_number){.dtype = TSR_I64, .i = -1});
  const tsr_value written = tsr_scatter_set(b, none, c->in[1], own, c->attrs);
  return tsr_eq(b, tsri_scatter_read(room, c, written), own);
}

static tsr_value updates_cotangent(tsri_room *room, const tsr_call *c, tsr_value ct) {
  if (tsri_scatter_is_void(c)) return TSR_ZERO_VALUE;
  const tsr_value zero = tsri_zero_scalar(room->b, c->in_type[0].dtype);
  return tsr_select(room->b, stands(room, c), tsri_scatter_read(room, c, ct), zero);
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  in_ct[0] = in_ct[2] = ct[0];
  if (tsr_value_is_zero(ct[0])) return TSR_OK;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (linear[0])
    in_ct[0] = tsr_scatter_set(b, ct[0], c->in[1], tsri_zeros(b, &c->in_type[2]), c->attrs);
  if (linear[2]) in_ct[2] = updates_cotangent(&room, c, ct[0]);
  return tsri_room_leave(&room);
}

const tsr_rules tsri_scatter_set_rules = {
    .infer = tsri_scatter_infer, .transpose = transpose, .batch = tsri_scatter_batch};
