/* ops/control_lanes.c - masks over the lanes of a mapped axis. */
#include "ops/control_internal.h"

/* The mask along axis 0 of a value of that type. */
static tsr_value spread(tsr_builder *b, tsr_value mask, const tsr_type *type) {
  tsr_shape shape = {type->dims, (size_t)type->rank};
  return tsr_broadcast_in_dim(b, mask, shape, TSR_AXES(0));
}

static bool type_of(tsr_builder *b, tsr_value v, tsr_type *out) {
  if (tsr_builder_status(b) != TSR_OK) return false;
  return tsr_builder_fail(b, tsr_value_type(b, v, out)) == TSR_OK;
}

tsr_value tsri_select_lanes(tsr_builder *b, tsr_value mask, tsr_value x, tsr_value y) {
  tsr_type type;
  if (!type_of(b, x, &type)) return TSR_NO_VALUE;
  return tsr_select(b, spread(b, mask, &type), x, y);
}

tsr_value tsri_safe_lanes(tsr_builder *b, tsr_value mask, tsr_value v) {
  tsr_type type;
  if (!type_of(b, v, &type)) return TSR_NO_VALUE;
  if (tsr_dim_is(type.dims[0], 0)) return v;
  tsr_shape shape = {type.dims, (size_t)type.rank};
  tsr_value lane = tsr_take(b, v, tsr_argmax(b, mask, 0), 0);
  return tsr_select(b, spread(b, mask, &type), v, tsr_broadcast_to(b, lane, shape));
}

tsr_value tsri_any_lane(tsr_builder *b, tsr_value mask) {
  return tsr_reduce_max(b, mask, TSR_ALL_AXES);
}
