/* surface/slice.c - slice, pad, concatenate. */
#include "axes.h"

/* n equal axes where the caller said TSR_NO_AXES; NULL on failure. */
static bool fill_axes(tsri_room *room, size_t n, int64_t value, tsr_axes *axes) {
  if (axes->n != 0 || n == 0) return true;
  int64_t *list = tsri_room_axes(room, n);
  for (size_t k = 0; list != NULL && k < n; k++)
    list[k] = value;
  *axes = tsri_axes_of(list, n);
  return list != NULL;
}

static bool all_are(tsr_axes axes, int64_t value) {
  if (!axes.data) return axes.n == 0;
  for (size_t k = 0; k < axes.n; k++)
    if (axes.data[k] != value) return false;
  return true;
}

static bool all_zero(tsr_shape shape) {
  if (!shape.data) return shape.n == 0;
  for (size_t k = 0; k < shape.n; k++)
    if (!tsr_dim_is(shape.data[k], 0)) return false;
  return true;
}

tsr_value tsr_slice(tsr_builder *b, tsr_value x, tsr_shape start, tsr_shape limit, tsr_axes step) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "slice", x, &type)) return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (fill_axes(&room, (size_t)type.rank, 1, &step)) {
    const bool whole = start.n == limit.n && step.n == start.n && all_zero(start) &&
                       all_are(step, 1) && tsri_shape_same(b->space, limit, tsri_type_shape(&type));
    const tsr_slice_attrs attrs = {start, limit, step};
    out = whole ? x : tsri_emit(b, TSR_OP_SLICE, &attrs, TSR_VALUES(x));
  }
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_pad(tsr_builder *b, tsr_value x, tsr_value value, tsr_shape low, tsr_shape high,
                  tsr_axes interior) {
  tsr_type type;
  if (tsr_value_is_zero(x) && tsr_value_is_zero(value)) return x;
  if (!tsri_type(b, "pad", x, &type)) return TSR_NO_VALUE;
  const size_t rank = (size_t)type.rank;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (fill_axes(&room, rank, 0, &interior)) {
    const bool nothing = low.n == rank && high.n == rank && interior.n == rank && all_zero(low) &&
                         all_zero(high) && all_are(interior, 0);
    const tsr_pad_attrs attrs = {low, high, interior};
    if (tsr_value_is_zero(value)) value = tsri_zero_scalar(b, type.dtype);
    out = nothing ? x : tsri_emit(b, TSR_OP_PAD, &attrs, TSR_VALUES(x, value));
  }
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_concatenate(tsr_builder *b, tsr_values in, int64_t axis) {
  tsr_type type;
  bool all = in.n > 0 && in.data;
  for (size_t i = 0; all && i < in.n; i++)
    all = tsr_value_is_zero(in.data[i]);
  if (all) return TSR_ZERO_VALUE;
  tsr_concatenate_attrs attrs = {axis};
  if (in.n > 0 && in.data &&
      (!tsri_type(b, "concatenate", in.data[0], &type) ||
       !tsri_axis_of(b, "concatenate", axis, type.rank, &attrs.axis)))
    return TSR_NO_VALUE;
  return tsri_emit(b, TSR_OP_CONCATENATE, &attrs, in);
}
