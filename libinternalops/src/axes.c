/* axes.c - lists of axes and dims: checks, arithmetic, mapped axes. */
#include "axes.h"

#include <inttypes.h>

bool tsri_axes_has(tsr_axes axes, int64_t axis) {
  for (size_t i = 0; i < axes.n; i++)
    if (axes.data[i] == axis) return true;
  return false;
}

bool tsri_axes_is_identity(tsr_axes axes) {
  if (axes.data == NULL) return axes.n == 0; /* TSR_ALL_AXES */
  for (size_t i = 0; i < axes.n; i++)
    if (axes.data[i] != (int64_t)i) return false;
  return true;
}

void tsri_axes_sort(int64_t *axes, size_t n) {
  for (size_t i = 1; i < n; i++) {
    const int64_t axis = axes[i];
    size_t k = i;
    for (; k > 0 && axes[k - 1] > axis; k--)
      axes[k] = axes[k - 1];
    axes[k] = axis;
  }
}

bool tsri_shape_same(const tsr_dim_space *space, tsr_shape a, tsr_shape b) {
  if (a.n != b.n) return false;
  if (!a.data || !b.data) return a.n == 0; /* a list without entries is like no other */
  for (size_t i = 0; i < a.n; i++)
    if (!tsr_dim_same(space, a.data[i], b.data[i])) return false;
  return true;
}

/* ---- checks ---- */

tsr_status tsri_check_axis(const char *op, int64_t axis, int64_t rank) {
  if (axis < 0 || axis >= rank)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %" PRId64 " is outside rank %" PRId64, op, axis,
                    rank);
  return TSR_OK;
}

tsr_status tsri_check_axes(const char *op, const char *what, tsr_axes axes, int64_t rank,
                           tsri_order order) {
  for (size_t i = 0; i < axes.n; i++) {
    const int64_t axis = axes.data[i];
    if (axis < 0 || axis >= rank)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s[%zu] = %" PRId64 " is outside rank %" PRId64, op,
                      what, i, axis, rank);
    for (size_t k = 0; k < i; k++)
      if (axes.data[k] == axis)
        return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s[%zu] and %s[%zu] are both %" PRId64, op, what, k,
                        what, i, axis);
    if (order == TSRI_INCREASING && i > 0 && axes.data[i - 1] > axis)
      return TSR_FAIL(TSR_ERR_ARGUMENT,
                      "%s: %s must increase, but %" PRId64 " comes before %" PRId64, op, what,
                      axes.data[i - 1], axis);
  }
  return TSR_OK;
}

tsr_status tsri_check_disjoint(const char *op, const char *what_a, tsr_axes a, const char *what_b,
                               tsr_axes b) {
  for (size_t i = 0; i < a.n; i++)
    if (tsri_axes_has(b, a.data[i]))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %" PRId64 " is in both %s and %s", op, a.data[i],
                      what_a, what_b);
  return TSR_OK;
}

tsr_status tsri_check_list(const char *op, const char *what, const void *data, size_t n) {
  if (data == NULL && n == TSR_ALL_AXES.n)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s needs a list, not TSR_ALL_AXES", op, what);
  if (data == NULL && n > 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %zu %s, but no list", op, n, what);
  return TSR_OK;
}

tsr_status tsri_check_count(const char *op, const char *what, size_t n, size_t want) {
  if (n != want)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s has %zu entries, not %zu", op, what, n, want);
  return TSR_OK;
}

tsr_status tsri_check_at_most(tsr_dim_space *space, tsr_dim a, tsr_dim b, const char *op,
                              const char *what_a, const char *what_b, int64_t axis) {
  tsr_dim gap;
  TSR_TRY(tsr_dim_sub(space, b, a, &gap));
  if (!tsr_dim_is_const(gap) || gap.n >= 0) return TSR_OK;
  char text[2][TSRI_DIM_TEXT];
  return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %" PRId64 ": %s %s exceeds %s %s", op, axis, what_a,
                  tsr_dim_format(a, text[0], sizeof text[0]), what_b,
                  tsr_dim_format(b, text[1], sizeof text[1]));
}

tsr_status tsri_check_not_negative(tsr_dim a, const char *op, const char *what, int64_t axis) {
  if (!tsr_dim_is_const(a) || a.n >= 0) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %" PRId64 ": %s %" PRId64 " is negative", op, axis, what,
                  a.n);
}

/* ---- dims ---- */

tsr_status tsri_infer_dims(const tsr_call *c, size_t n, tsr_dim **out) {
  void *dims;
  TSR_TRY(tsr_arena_alloc(c->context->arena, n * sizeof(tsr_dim), &dims));
  *out = dims;
  return TSR_OK;
}

tsr_status tsri_infer_shape(const tsr_call *c, tsr_dtype dtype, tsr_shape shape, tsr_type *out) {
  if (shape.n > INT32_MAX)
    return TSR_FAIL(TSR_ERR_LIMIT, "%s: rank %zu is too large", c->op->name, shape.n);
  return tsr_type_make(c, dtype, (int32_t)shape.n, shape.data, out);
}

tsr_status tsri_count(tsr_dim_space *space, tsr_shape shape, tsr_dim *out) {
  *out = tsr_dim_of(1);
  for (size_t i = 0; i < shape.n; i++)
    TSR_TRY(tsr_dim_mul(space, *out, shape.data[i], out));
  return TSR_OK;
}

tsr_dim tsri_dim_add(tsr_builder *b, tsr_dim x, tsr_dim y) {
  tsr_dim out = tsr_dim_of(0);
  tsr_builder_fail(b, tsr_dim_add(b->space, x, y, &out));
  return out;
}

tsr_dim tsri_dim_sub(tsr_builder *b, tsr_dim x, tsr_dim y) {
  tsr_dim out = tsr_dim_of(0);
  tsr_builder_fail(b, tsr_dim_sub(b->space, x, y, &out));
  return out;
}

tsr_dim tsri_dim_neg(tsr_builder *b, tsr_dim x) { return tsri_dim_sub(b, tsr_dim_of(0), x); }

tsr_status tsri_dilated(tsr_dim_space *space, tsr_dim n, int64_t interior, tsr_dim *out) {
  *out = n;
  if (interior == 0 || tsr_dim_is(n, 0)) return TSR_OK;
  if (interior == INT64_MAX)
    return TSR_FAIL(TSR_ERR_LIMIT, "interior padding %" PRId64 " is too large", interior);
  tsr_dim wide;
  TSR_TRY(tsr_dim_mul(space, n, tsr_dim_of(interior + 1), &wide));
  TSR_TRY(tsr_dim_sub(space, wide, tsr_dim_of(interior), &wide));
  return tsr_dim_max(space, wide, tsr_dim_of(0), out);
}

/* ---- operands of surface functions ---- */

bool tsri_axis_of(tsr_builder *b, const char *op, int64_t axis, int64_t rank, int64_t *out) {
  *out = axis < 0 ? axis + rank : axis;
  if (*out >= 0 && *out < rank) return true;
  tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %" PRId64 " is outside rank %" PRId64,
                               op, axis, rank));
  return false;
}

bool tsri_axes_from(tsri_room *room, const char *op, tsr_axes axes, int64_t rank, tsr_axes *out) {
  const bool all = axes.n == TSR_ALL_AXES.n;
  const size_t n = all ? (size_t)rank : axes.n;
  if (!all && tsr_builder_fail(room->b, tsri_check_list(op, "axes", axes.data, n)) != TSR_OK)
    return false;
  int64_t *list = tsri_room_axes(room, n);
  if (list == NULL) return false;
  for (size_t i = 0; i < n; i++)
    if (!tsri_axis_of(room->b, op, all ? (int64_t)i : axes.data[i], rank, &list[i])) return false;
  *out = tsri_axes_of(list, n);
  return true;
}

/* ---- mapped axes ---- */

/* The mapped axis goes from one place to another, the rest keeps its order. */
static tsr_value move_axis(tsri_room *room, tsr_value v, int32_t rank, int32_t from, int32_t to) {
  int64_t *axes = tsri_room_axes(room, (size_t)rank);
  if (room->failed) return TSR_NO_VALUE;
  for (int32_t k = 0, next = 0; k < rank; k++) {
    if (next == from) next++;
    axes[k] = k == to ? from : next++;
  }
  return tsr_transpose(room->b, v, tsri_axes_of(axes, (size_t)rank));
}

static tsr_value insert_axis(tsri_room *room, tsr_value v, const tsr_type *type, tsr_dim size,
                             int32_t at) {
  const size_t rank = (size_t)type->rank;
  tsr_dim *dims = tsri_batch_dims(room, tsri_type_shape(type), size, at);
  int64_t *axes = tsri_room_axes(room, rank);
  if (room->failed) return TSR_NO_VALUE;
  for (size_t k = 0; k < rank; k++)
    axes[k] = tsri_batch_shift((int64_t)k, at);
  return tsr_broadcast_in_dim(room->b, v, tsri_shape_of(dims, rank + 1), tsri_axes_of(axes, rank));
}

tsr_value tsri_batch_at(tsr_builder *b, tsr_value v, int32_t axis, tsr_dim size, int32_t at) {
  tsr_type type;
  if (axis == at || tsr_value_is_zero(v)) return v;
  if (!tsri_type(b, "batch", v, &type)) return TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value out =
      axis < 0 ? insert_axis(&room, v, &type, size, at) : move_axis(&room, v, type.rank, axis, at);
  return tsri_room_leave(&room) == TSR_OK ? out : TSR_NO_VALUE;
}

tsr_value *tsri_batch_all(tsri_room *room, const tsr_call *c, const tsr_batch *map, int32_t *at) {
  *at = -1;
  for (int32_t i = 0; *at < 0 && i < c->n_in; i++)
    *at = map->axis[i];
  tsr_value *out = tsri_room_values(room, (size_t)c->n_in);
  for (int32_t i = 0; out != NULL && i < c->n_in; i++)
    out[i] = tsri_batch_at(room->b, c->in[i], map->axis[i], map->size, *at);
  return out;
}

int64_t *tsri_batch_axes(tsri_room *room, tsr_axes axes, int64_t at) {
  int64_t *out = tsri_room_axes(room, axes.n);
  for (size_t i = 0; out != NULL && i < axes.n; i++)
    out[i] = tsri_batch_shift(axes.data[i], at);
  return out;
}

tsr_dim *tsri_batch_dims(tsri_room *room, tsr_shape shape, tsr_dim size, int64_t at) {
  tsr_dim *out = tsri_room_dims(room, shape.n + 1);
  if (out == NULL) return NULL;
  for (size_t i = 0; i < shape.n; i++)
    out[tsri_batch_shift((int64_t)i, at)] = shape.data[i];
  out[at] = size;
  return out;
}

bool tsri_producer(tsr_builder *b, tsr_value v, tsr_op_id id, tsr_call *out) {
  return tsr_builder_producer(b, v, out) && tsr_op_core_id(out->op) == id;
}
