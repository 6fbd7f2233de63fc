/* scatter_extreme.c - scatter_min, scatter_max: z = the extreme of x and the updates at a place.
 *
 *   dz = mean of the tangents of all that attain z there, x and updates alike
 *
 * which is the convention of reduce_max. The places of a NaN are attained by the NaNs. Windows
 * that are dropped from z are dropped from sums and counts as well.
 */
#include "scatter.h"
#include "surface/reduction.h"

/* Bool: x is z, or z is NaN because of x. */
static tsr_value attains(tsr_builder *b, tsr_value x, tsr_value z) {
  return tsr_or(b, tsr_eq(b, x, z), tsr_ne(b, x, x));
}

/* f(x) with f(updates) added at their places. */
static tsr_value sum_at_places(tsr_builder *b, const tsr_call *c, tsr_value x, tsr_value updates) {
  return tsr_scatter_add(b, x, c->in[1], updates, c->attrs);
}

static tsr_value tangent(tsri_room *room, const tsr_call *c, const tsr_value *t) {
  tsr_builder *b = room->b;
  const tsr_dtype dtype = c->in_type[0].dtype, wide = tsri_wide(dtype);
  const tsr_value zero = tsri_zero_scalar(b, wide), z = c->out[0];
  const tsr_value by_x = attains(b, c->in[0], z);
  const tsr_value by_update = attains(b, c->in[2], tsri_scatter_read(room, c, z));
  const tsr_value count =
      sum_at_places(b, c, tsr_convert(b, by_x, wide), tsr_convert(b, by_update, wide));
  tsr_value dx = tsri_zeros(b, &(tsr_type){wide, c->in_type[0].rank, c->in_type[0].dims});
  tsr_value du = TSR_ZERO_VALUE;
  if (!tsr_value_is_zero(t[0])) dx = tsr_select(b, by_x, tsr_convert(b, t[0], wide), zero);
  if (!tsr_value_is_zero(t[2])) du = tsr_select(b, by_update, tsr_convert(b, t[2], wide), zero);
  return tsr_convert(b, tsr_div(b, sum_at_places(b, c, dx, du), count), dtype);
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  out_t[0] = t[0];
  if (tsri_scatter_is_void(c) || (tsr_value_is_zero(t[0]) && tsr_value_is_zero(t[2])))
    return TSR_OK;
  tsri_room room;
  tsri_room_enter(&room, b);
  out_t[0] = tangent(&room, c, t);
  return tsri_room_leave(&room);
}

const tsr_rules tsri_scatter_min_rules = {
    .infer = tsri_scatter_infer, .jvp = jvp, .batch = tsri_scatter_batch};
const tsr_rules tsri_scatter_max_rules = {
    .infer = tsri_scatter_infer, .jvp = jvp, .batch = tsri_scatter_batch};
