/* surface/shape.c - broadcast, reshape, transpose and their relatives. */
#include "axes.h"

#include <inttypes.h>

static const char *const broadcast_name = "broadcast_in_dim";

tsr_value tsr_broadcast_in_dim(tsr_builder *b, tsr_value x, tsr_shape shape, tsr_axes axes) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, broadcast_name, x, &type)) return TSR_NO_VALUE;
  if (tsri_axes_is_identity(axes) && axes.n == shape.n &&
      tsri_shape_same(b->space, shape, tsri_type_shape(&type)))
    return x;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_broadcast_attrs attrs = {.shape = shape};
  if (tsri_axes_from(&room, broadcast_name, axes, (int64_t)shape.n, &attrs.axes))
    out = tsri_emit(b, TSR_OP_BROADCAST_IN_DIM, &attrs, TSR_VALUES(x));
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_broadcast_to(tsr_builder *b, tsr_value x, tsr_shape shape) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, broadcast_name, x, &type)) return TSR_NO_VALUE;
  const size_t rank = (size_t)type.rank;
  if (rank > shape.n) {
    tsr_builder_fail(b, TSR_FAIL(TSR_ERR_SHAPE, "%s: rank %zu does not broadcast to rank %zu",
                                 broadcast_name, rank, shape.n));
    return TSR_NO_VALUE;
  }
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, rank);
  if (!room.failed) {
    for (size_t k = 0; k < rank; k++)
      axes[k] = (int64_t)(shape.n - rank + k);
    out = tsr_broadcast_in_dim(b, x, shape, tsri_axes_of(axes, rank));
  }
  (void)tsri_room_leave(&room);
  return out;
}

/* ---- reshape ---- */

/* The size that stands for -1: elements of x over the product of the other sizes. */
static tsr_status computed_size(tsr_dim_space *space, const tsr_type *x, tsr_shape shape, size_t at,
                                tsr_dim *out) {
  tsr_dim count, rest = tsr_dim_of(1), product;
  char text[2][TSRI_DIM_TEXT];
  TSR_TRY(tsri_count(space, tsri_type_shape(x), &count));
  for (size_t k = 0; k < shape.n; k++)
    if (k != at) TSR_TRY(tsr_dim_mul(space, rest, shape.data[k], &rest));
  if (tsr_dim_is(rest, 0))
    return TSR_FAIL(TSR_ERR_SHAPE, "reshape: any size fits -1, for the other sizes hold a 0");
  TSR_TRY(tsr_dim_div(space, count, rest, out));
  TSR_TRY(tsr_dim_mul(space, *out, rest, &product));
  if (tsr_dim_same(space, product, count)) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "reshape: no size fits -1: %s elements, the other sizes give %s",
                  tsr_dim_format(count, text[0], sizeof text[0]),
                  tsr_dim_format(rest, text[1], sizeof text[1]));
}

/* shape with its -1 replaced; a list without entries is left for emission to refuse. */
static bool complete(tsri_room *room, const tsr_type *x, tsr_shape *shape) {
  size_t at = shape->data ? 0 : shape->n;
  while (at < shape->n && !tsr_dim_is(shape->data[at], -1))
    at++;
  if (at == shape->n) return true;
  tsr_dim *dims = tsri_room_dims(room, shape->n);
  if (room->failed) return false;
  for (size_t k = 0; k < shape->n; k++) {
    if (k > at && tsr_dim_is(shape->data[k], -1)) {
      tsr_builder_fail(room->b,
                       TSR_FAIL(TSR_ERR_ARGUMENT, "reshape: axes %zu and %zu are both -1", at, k));
      return false;
    }
    dims[k] = shape->data[k];
  }
  if (tsr_builder_fail(room->b, computed_size(room->b->space, x, *shape, at, &dims[at])) != TSR_OK)
    return false;
  *shape = tsri_shape_of(dims, shape->n);
  return true;
}

static tsr_value reshape_any(tsr_builder *b, tsr_value x, tsr_shape shape) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "reshape", x, &type)) return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (complete(&room, &type, &shape)) {
    const tsr_reshape_attrs attrs = {shape};
    const bool same = tsri_shape_same(b->space, shape, tsri_type_shape(&type));
    out = same ? x : tsri_emit(b, TSR_OP_RESHAPE, &attrs, TSR_VALUES(x));
  }
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_reshape(tsr_builder *b, tsr_value x, tsr_shape shape) {
  const tsr_reshape_attrs attrs = {shape};
  const tsr_value out = tsri_again(b, TSR_OP_RESHAPE, &attrs, x);
  return tsr_value_is_none(out) ? reshape_any(b, x, attrs.shape) : out;
}

tsr_value tsr_bitcast_convert(tsr_builder *b, tsr_value x, tsr_dtype dtype) {
  tsr_type type;
  if (!tsri_type(b, "bitcast_convert", x, &type)) return TSR_NO_VALUE;
  const tsr_convert_attrs attrs = {dtype};
  return type.dtype == dtype ? x : tsri_emit(b, TSR_OP_BITCAST_CONVERT, &attrs, TSR_VALUES(x));
}

/* ---- axes of size 1 ---- */

static bool distinct(tsr_builder *b, const char *op, tsr_axes axes, int64_t rank) {
  return tsr_builder_fail(b, tsri_check_axes(op, "axes", axes, rank, TSRI_DISTINCT)) == TSR_OK;
}

tsr_value tsr_expand_dims(tsr_builder *b, tsr_value x, tsr_axes axes) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "expand_dims", x, &type)) return TSR_NO_VALUE;
  if (axes.n == TSR_ALL_AXES.n) {
    tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "expand_dims: say which axes"));
    return TSR_NO_VALUE;
  }
  const size_t rank = (size_t)type.rank + axes.n;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *dims = tsri_room_dims(&room, rank);
  if (tsri_axes_from(&room, "expand_dims", axes, (int64_t)rank, &axes) && dims != NULL &&
      distinct(b, "expand_dims", axes, (int64_t)rank)) {
    for (size_t k = 0, next = 0; k < rank; k++)
      dims[k] = tsri_axes_has(axes, (int64_t)k) ? tsr_dim_of(1) : type.dims[next++];
    out = tsr_reshape(b, x, tsri_shape_of(dims, rank));
  }
  (void)tsri_room_leave(&room);
  return out;
}

static bool all_of_size_one(tsr_builder *b, const tsr_type *type, tsr_axes axes) {
  char text[TSRI_DIM_TEXT];
  for (size_t i = 0; i < axes.n; i++) {
    const tsr_dim size = type->dims[axes.data[i]];
    if (tsr_dim_is(size, 1)) continue;
    tsr_builder_fail(b, TSR_FAIL(TSR_ERR_SHAPE, "squeeze: axis %" PRId64 " has size %s, not 1",
                                 axes.data[i], tsr_dim_format(size, text, sizeof text)));
    return false;
  }
  return true;
}

tsr_value tsr_squeeze(tsr_builder *b, tsr_value x, tsr_axes axes) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "squeeze", x, &type)) return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *dims = tsri_room_dims(&room, (size_t)type.rank);
  if (tsri_axes_from(&room, "squeeze", axes, type.rank, &axes) && dims != NULL &&
      distinct(b, "squeeze", axes, type.rank) && all_of_size_one(b, &type, axes)) {
    size_t rank = 0;
    for (int32_t k = 0; k < type.rank; k++)
      if (!tsri_axes_has(axes, k)) dims[rank++] = type.dims[k];
    out = tsr_reshape(b, x, tsri_shape_of(dims, rank));
  }
  (void)tsri_room_leave(&room);
  return out;
}

/* ---- order ---- */

static tsr_value transpose_any(tsr_builder *b, tsr_value x, tsr_axes axes) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "transpose", x, &type)) return TSR_NO_VALUE;
  const size_t rank = (size_t)type.rank;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_transpose_attrs attrs;
  if (axes.n == TSR_ALL_AXES.n) {
    int64_t *reversed = tsri_room_axes(&room, rank);
    for (size_t k = 0; reversed != NULL && k < rank; k++)
      reversed[k] = (int64_t)(rank - 1 - k);
    axes = tsri_axes_of(reversed, rank);
  }
  if (!room.failed && tsri_axes_from(&room, "transpose", axes, type.rank, &attrs.axes))
    out = attrs.axes.n == rank && tsri_axes_is_identity(attrs.axes)
              ? x
              : tsri_emit(b, TSR_OP_TRANSPOSE, &attrs, TSR_VALUES(x));
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_transpose(tsr_builder *b, tsr_value x, tsr_axes axes) {
  const tsr_transpose_attrs attrs = {axes};
  const tsr_value out = tsri_again(b, TSR_OP_TRANSPOSE, &attrs, x);
  return tsr_value_is_none(out) ? transpose_any(b, x, attrs.axes) : out;
}

tsr_value tsr_batch_front(tsr_builder *b, tsr_value v, int32_t axis, tsr_dim size) {
  return tsri_batch_at(b, v, axis, size, 0);
}
