/* surface/order.c - sorting, and what is made of it. */
#include "axes.h"

#include <inttypes.h>

/* Operands sorted by the first n_keys, the axis counted from either end. */
static tsr_status sort(tsr_builder *b, const char *name, tsr_values in, size_t n_keys, int64_t axis,
                       tsr_sort_order order, tsr_value *out) {
  tsr_type type;
  for (size_t i = 0; i < in.n; i++)
    out[i] = TSR_NO_VALUE;
  if (in.n == 0)
    return tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "%s: no operand to sort", name));
  if (!tsri_type(b, name, in.data[0], &type) || !tsri_axis_of(b, name, axis, type.rank, &axis))
    return tsr_builder_status(b);
  const tsr_sort_attrs attrs = {axis, order, (int64_t)n_keys};
  return tsr_emit(b, tsr_op_core(TSR_OP_SORT), &attrs, in, out);
}

tsr_value tsr_sort(tsr_builder *b, tsr_value x, int64_t axis, tsr_sort_order order) {
  tsr_value out;
  (void)sort(b, "sort", TSR_VALUES(x), 1, axis, order, &out);
  return out;
}

tsr_status tsr_sort_by_keys(tsr_builder *b, tsr_values keys, tsr_values carried, int64_t axis,
                            tsr_sort_order order, tsr_value *out) {
  tsri_room room;
  tsri_room_enter(&room, b);
  const size_t n = keys.n + carried.n;
  tsr_value *in = NULL;
  for (size_t i = 0; i < n; i++)
    out[i] = TSR_NO_VALUE;
  if (tsr_builder_fail(b, tsri_check_list("sort_by_keys", "keys", keys.data, keys.n)) == TSR_OK &&
      tsr_builder_fail(
          b, tsri_check_list("sort_by_keys", "carried values", carried.data, carried.n)) == TSR_OK)
    in = tsri_room_values(&room, n);
  if (in != NULL) {
    for (size_t i = 0; i < n; i++)
      in[i] = i < keys.n ? keys.data[i] : carried.data[i - keys.n];
    (void)sort(b, "sort_by_keys", tsr_values_of(in, n), keys.n, axis, order, out);
  }
  return tsri_room_leave(&room);
}

/* x sorted, and the places its elements came from. */
static bool sort_places(tsr_builder *b, const char *name, tsr_value x, int64_t axis,
                        tsr_sort_order order, tsr_value *out) {
  tsr_type type;
  out[0] = out[1] = TSR_NO_VALUE;
  if (!tsri_type(b, name, x, &type) || !tsri_axis_of(b, name, axis, type.rank, &axis)) return false;
  const tsr_value place = tsr_iota(b, TSR_I64, tsri_type_shape(&type), axis);
  return sort(b, name, TSR_VALUES(x, place), 1, axis, order, out) == TSR_OK;
}

tsr_value tsr_argsort(tsr_builder *b, tsr_value x, int64_t axis, tsr_sort_order order) {
  tsr_value out[2];
  (void)sort_places(b, "argsort", x, axis, order, out);
  return out[1];
}

/* The first k along axis. */
static tsr_value first(tsri_room *room, tsr_value x, const tsr_type *type, int64_t axis,
                       tsr_dim k) {
  const size_t rank = (size_t)type->rank;
  tsr_dim *start = tsri_room_dims(room, rank), *limit = tsri_room_dims(room, rank);
  if (room->failed) return TSR_NO_VALUE;
  for (size_t a = 0; a < rank; a++) {
    start[a] = tsr_dim_of(0);
    limit[a] = a == (size_t)axis ? k : type->dims[a];
  }
  return tsr_slice(room->b, x, tsri_shape_of(start, rank), tsri_shape_of(limit, rank), TSR_NO_AXES);
}

tsr_status tsr_top_k(tsr_builder *b, tsr_value x, tsr_dim k, int64_t axis, tsr_value *out) {
  tsr_type type;
  tsr_value sorted[2];
  out[0] = out[1] = TSR_NO_VALUE;
  if (!tsri_type(b, "top_k", x, &type) || !tsri_axis_of(b, "top_k", axis, type.rank, &axis) ||
      tsr_builder_fail(b, tsri_check_not_negative(k, "top_k", "k", axis)) != TSR_OK ||
      tsr_builder_fail(b, tsri_check_at_most(b->space, k, type.dims[axis], "top_k", "k", "size",
                                             axis)) != TSR_OK ||
      !sort_places(b, "top_k", x, axis, TSR_DESCENDING, sorted))
    return tsr_builder_status(b);
  tsri_room room;
  tsri_room_enter(&room, b);
  for (int32_t j = 0; j < 2; j++)
    out[j] = first(&room, sorted[j], &type, axis, k);
  return tsri_room_leave(&room);
}
