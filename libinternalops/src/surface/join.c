/* surface/join.c - stack, split, tile, repeat. */
#include "axes.h"

#include <inttypes.h>

/* ---- stack ---- */

/* A zero among others needs a type; it has theirs. */
static tsr_value stack_of(tsri_room *room, tsr_values in, size_t typed, int64_t axis) {
  tsr_builder *b = room->b;
  tsr_type type;
  tsr_value *parts = tsri_room_values(room, in.n);
  if (parts == NULL || !tsri_type(b, "stack", in.data[typed], &type) ||
      !tsri_axis_of(b, "stack", axis, (int64_t)type.rank + 1, &axis))
    return TSR_NO_VALUE;
  for (size_t i = 0; i < in.n; i++) {
    parts[i] = tsr_value_is_zero(in.data[i]) ? tsri_zeros(b, &type) : in.data[i];
    tsr_type other;
    char text[2][128];
    if (!tsri_type(b, "stack", parts[i], &other)) return TSR_NO_VALUE;
    if (!tsr_type_same(b->space, &type, &other))
      return tsri_refuse(b, TSR_FAIL(TSR_ERR_SHAPE, "stack: value %zu is %s, not %s", i,
                                     tsr_type_format(&other, text[0], sizeof text[0]),
                                     tsr_type_format(&type, text[1], sizeof text[1])));
    parts[i] = tsr_expand_dims(b, parts[i], TSR_AXES(axis));
  }
  return tsr_concatenate(b, tsr_values_of(parts, in.n), axis);
}

tsr_value tsr_stack(tsr_builder *b, tsr_values in, int64_t axis) {
  size_t typed = 0;
  if (in.n == 0) return tsri_refuse(b, TSR_FAIL(TSR_ERR_ARGUMENT, "stack: there are no values"));
  if (tsr_builder_fail(b, tsri_check_list("stack", "values", in.data, in.n)) != TSR_OK)
    return TSR_NO_VALUE;
  while (typed < in.n && tsr_value_is_zero(in.data[typed]))
    typed++;
  if (typed == in.n) return TSR_ZERO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value out = stack_of(&room, in, typed, axis);
  return tsri_room_leave(&room) == TSR_OK ? out : TSR_NO_VALUE;
}

/* ---- split ---- */

/* Part i of the cuts[n + 1], which hold 0 first and the size last. */
static void cut(tsri_room *room, tsr_value x, const tsr_type *type, int64_t axis, size_t n,
                const tsr_dim *cuts, tsr_value *out) {
  const size_t rank = (size_t)type->rank;
  tsr_dim *start = tsri_room_dims(room, rank), *limit = tsri_room_dims(room, rank);
  if (room->failed) return;
  for (size_t k = 0; k < rank; k++) {
    start[k] = tsr_dim_of(0);
    limit[k] = type->dims[k];
  }
  for (size_t i = 0; i < n; i++) {
    start[axis] = cuts[i];
    limit[axis] = cuts[i + 1];
    out[i] =
        tsr_slice(room->b, x, tsri_shape_of(start, rank), tsri_shape_of(limit, rank), TSR_NO_AXES);
  }
}

/* The size of each of n parts. */
static tsr_status part_size(tsr_dim_space *space, tsr_dim size, int64_t n, int64_t axis,
                            tsr_dim *out) {
  char text[TSRI_DIM_TEXT];
  tsr_dim all;
  TSR_TRY(tsr_dim_div(space, size, tsr_dim_of(n), out));
  TSR_TRY(tsr_dim_mul(space, *out, tsr_dim_of(n), &all));
  if (tsr_dim_same(space, all, size)) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "split: axis %" PRId64 ": size %s has no %" PRId64 " equal parts",
                  axis, tsr_dim_format(size, text, sizeof text), n);
}

static void split_equally(tsri_room *room, tsr_value x, const tsr_type *type, size_t n,
                          int64_t axis, tsr_value *out) {
  tsr_builder *b = room->b;
  tsr_dim part = tsr_dim_of(0);
  tsr_dim *cuts = tsri_room_dims(room, n + 1);
  if (room->failed ||
      tsr_builder_fail(b, part_size(b->space, type->dims[axis], (int64_t)n, axis, &part)) != TSR_OK)
    return;
  cuts[0] = tsr_dim_of(0);
  for (size_t i = 0; i < n; i++)
    cuts[i + 1] = tsri_dim_add(b, cuts[i], part);
  cut(room, x, type, axis, n, cuts, out);
}

/* What a split of symbolic zero, or a failed one, gives. */
static tsr_status all_parts(tsr_builder *b, size_t n, tsr_value value, tsr_value *out) {
  for (size_t i = 0; i < n; i++)
    out[i] = value;
  return tsr_builder_status(b);
}

/* All of them or none. */
static tsr_status end_parts(tsri_room *room, size_t n, tsr_value *out) {
  const tsr_status status = tsri_room_leave(room);
  return status == TSR_OK ? status : all_parts(room->b, n, TSR_NO_VALUE, out);
}

tsr_status tsr_split(tsr_builder *b, tsr_value x, int64_t n, int64_t axis, tsr_value *out) {
  tsr_type type;
  if (n < 1 || n > INT32_MAX)
    return tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT,
                                        "split: %" PRId64 " parts, must be 1 .. %" PRId32, n,
                                        INT32_MAX));
  if (tsr_value_is_zero(x)) return all_parts(b, (size_t)n, x, out);
  (void)all_parts(b, (size_t)n, TSR_NO_VALUE, out);
  if (!tsri_type(b, "split", x, &type) || !tsri_axis_of(b, "split", axis, type.rank, &axis))
    return tsr_builder_status(b);
  tsri_room room;
  tsri_room_enter(&room, b);
  split_equally(&room, x, &type, (size_t)n, axis, out);
  return end_parts(&room, (size_t)n, out);
}

static void split_at(tsri_room *room, tsr_value x, const tsr_type *type, tsr_shape places,
                     int64_t axis, tsr_value *out) {
  tsr_builder *b = room->b;
  if (tsr_builder_fail(b, tsri_check_list("split_at", "places", places.data, places.n)) != TSR_OK)
    return;
  tsr_dim *cuts = tsri_room_dims(room, places.n + 2);
  if (cuts == NULL) return;
  cuts[0] = tsr_dim_of(0);
  for (size_t i = 0; i < places.n; i++)
    cuts[i + 1] = places.data[i];
  cuts[places.n + 1] = type->dims[axis];
  for (size_t i = 0; i <= places.n; i++)
    if (tsr_builder_fail(b, tsri_check_at_most(b->space, cuts[i], cuts[i + 1], "split_at",
                                               i == 0 ? "start" : "place",
                                               i == places.n ? "size" : "place", axis)) != TSR_OK)
      return;
  cut(room, x, type, axis, places.n + 1, cuts, out);
}

tsr_status tsr_split_at(tsr_builder *b, tsr_value x, tsr_shape places, int64_t axis,
                        tsr_value *out) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return all_parts(b, places.n + 1, x, out);
  (void)all_parts(b, places.n + 1, TSR_NO_VALUE, out);
  if (!tsri_type(b, "split_at", x, &type) || !tsri_axis_of(b, "split_at", axis, type.rank, &axis))
    return tsr_builder_status(b);
  tsri_room room;
  tsri_room_enter(&room, b);
  split_at(&room, x, &type, places, axis, out);
  return end_parts(&room, places.n + 1, out);
}

/* ---- tile, repeat ---- */

static bool check_counts(tsr_builder *b, const char *name, tsr_axes counts) {
  for (size_t i = 0; i < counts.n; i++)
    if (counts.data[i] < 0) {
      tsr_builder_fail(
          b, TSR_FAIL(TSR_ERR_ARGUMENT, "%s: count %" PRId64 " is negative", name, counts.data[i]));
      return false;
    }
  return true;
}

/* An axis of counts[k] before axis k where wide[2 k + 1] is x's, then both as one. */
static tsr_value tile(tsri_room *room, tsr_value x, const tsr_type *type, tsr_axes counts) {
  tsr_builder *b = room->b;
  const size_t own = (size_t)type->rank, rank = own > counts.n ? own : counts.n;
  tsr_dim *wide = tsri_room_dims(room, 2 * rank), *dims = tsri_room_dims(room, rank);
  int64_t *axes = tsri_room_axes(room, own);
  if (room->failed) return TSR_NO_VALUE;
  for (size_t k = 0; k < rank; k++) {
    const size_t before = rank - own, uncounted = rank - counts.n;
    wide[2 * k] = tsr_dim_of(k < uncounted ? 1 : counts.data[k - uncounted]);
    wide[2 * k + 1] = k < before ? tsr_dim_of(1) : type->dims[k - before];
    if (k >= before) axes[k - before] = (int64_t)(2 * k + 1);
    dims[k] = tsr_dim_of(0);
    tsr_builder_fail(b, tsr_dim_mul(b->space, wide[2 * k], wide[2 * k + 1], &dims[k]));
  }
  x = tsr_broadcast_in_dim(b, x, tsri_shape_of(wide, 2 * rank), tsri_axes_of(axes, own));
  return tsr_reshape(b, x, tsri_shape_of(dims, rank));
}

tsr_value tsr_tile(tsr_builder *b, tsr_value x, tsr_axes counts) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "tile", x, &type)) return TSR_NO_VALUE;
  if (tsr_builder_fail(b, tsri_check_list("tile", "counts", counts.data, counts.n)) != TSR_OK)
    return TSR_NO_VALUE;
  if (!check_counts(b, "tile", counts)) return TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value out = tile(&room, x, &type, counts);
  return tsri_room_leave(&room) == TSR_OK ? out : TSR_NO_VALUE;
}

static tsr_value repeat(tsri_room *room, tsr_value x, const tsr_type *type, int64_t count,
                        int64_t axis) {
  tsr_builder *b = room->b;
  const size_t rank = (size_t)type->rank;
  tsr_dim *wide = tsri_batch_dims(room, tsri_type_shape(type), tsr_dim_of(count), axis + 1);
  tsr_dim *dims = tsri_room_dims(room, rank);
  int64_t *axes = tsri_room_axes(room, rank);
  if (room->failed) return TSR_NO_VALUE;
  for (size_t k = 0; k < rank; k++) {
    axes[k] = tsri_batch_shift((int64_t)k, axis + 1);
    dims[k] = type->dims[k];
  }
  tsr_builder_fail(b, tsr_dim_mul(b->space, dims[axis], tsr_dim_of(count), &dims[axis]));
  x = tsr_broadcast_in_dim(b, x, tsri_shape_of(wide, rank + 1), tsri_axes_of(axes, rank));
  return tsr_reshape(b, x, tsri_shape_of(dims, rank));
}

tsr_value tsr_repeat(tsr_builder *b, tsr_value x, int64_t count, int64_t axis) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "repeat", x, &type) || !tsri_axis_of(b, "repeat", axis, type.rank, &axis) ||
      !check_counts(b, "repeat", TSR_AXES(count)))
    return TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value out = repeat(&room, x, &type, count, axis);
  return tsri_room_leave(&room) == TSR_OK ? out : TSR_NO_VALUE;
}
