/* tensordot.c - products of arrays summed over chosen axes. */
#include "axes.h"

/* Two operands of one dtype. false: latched. */
static bool promote(tsr_builder *b, const char *name, tsr_value *x, tsr_value *y, tsr_type *tx,
                    tsr_type *ty) {
  return tsri_promote2(b, name, x, y) && tsri_type(b, name, *x, tx) && tsri_type(b, name, *y, ty);
}

tsr_value tsr_tensordot(tsr_builder *b, tsr_value x, tsr_value y, tsr_axes axes_x,
                        tsr_axes axes_y) {
  tsr_type tx, ty;
  if (tsri_is_zero(x) || tsri_is_zero(y)) return TSR_ZERO_VALUE;
  if (!promote(b, "tensordot", &x, &y, &tx, &ty)) return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dot_general_attrs attrs = {TSR_NO_AXES, TSR_NO_AXES, TSR_NO_AXES, TSR_NO_AXES};
  if (tsri_axes_from(&room, "tensordot", axes_x, tx.rank, &attrs.lhs_contract) &&
      tsri_axes_from(&room, "tensordot", axes_y, ty.rank, &attrs.rhs_contract))
    out = tsr_dot_general(b, x, y, &attrs);
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_outer(tsr_builder *b, tsr_value x, tsr_value y) {
  tsr_type tx, ty;
  if (tsri_is_zero(x) || tsri_is_zero(y)) return TSR_ZERO_VALUE;
  if (!promote(b, "outer", &x, &y, &tx, &ty)) return TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_value out = TSR_NO_VALUE;
  int64_t *axes = tsri_room_axes(&room, (size_t)ty.rank);
  if (!room.failed) {
    for (int32_t k = 0; k < ty.rank; k++)
      axes[k] = tx.rank + k;
    tsr_value left = x;
    if (ty.rank > 0) left = tsr_expand_dims(b, x, tsri_axes_of(axes, (size_t)ty.rank));
    out = tsr_mul(b, left, y);
  }
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_vecdot(tsr_builder *b, tsr_value x, tsr_value y, int64_t axis) {
  tsr_type tx, ty;
  if (tsri_is_zero(x) || tsri_is_zero(y)) return TSR_ZERO_VALUE;
  if (!promote(b, "vecdot", &x, &y, &tx, &ty)) return TSR_NO_VALUE;
  const int32_t rank = tx.rank < ty.rank ? tx.rank : ty.rank;
  if (axis >= 0 || axis < -rank)
    return tsri_refuse(b, TSR_FAIL(TSR_ERR_ARGUMENT,
                                   "vecdot: axis %lld, wanted is one from %d to -1, counted from "
                                   "the last of both operands",
                                   (long long)axis, (int)-rank));
  const tsr_dim m = tx.dims[tx.rank + axis], n = ty.dims[ty.rank + axis];
  if (!tsr_dim_same(b->space, m, n)) {
    char text[2][TSRI_DIM_TEXT];
    return tsri_refuse(b, TSR_FAIL(TSR_ERR_SHAPE, "vecdot: sizes differ along axis %lld: %s and %s",
                                   (long long)axis, tsr_dim_format(m, text[0], sizeof text[0]),
                                   tsr_dim_format(n, text[1], sizeof text[1])));
  }
  if (tsr_dtype_kind(tx.dtype) == TSR_KIND_COMPLEX) x = tsr_conj(b, x);
  return tsr_reduce_sum(b, tsr_mul(b, x, y), TSR_AXES(axis));
}
