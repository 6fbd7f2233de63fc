/* surface/arrange.c - reverse, and orders made of transpose, slice and concatenate. */
#include "axes.h"

#include <inttypes.h>

static tsr_value reverse(tsr_builder *b, const char *name, tsr_value x, tsr_axes axes) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, name, x, &type)) return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_reverse_attrs attrs;
  if (tsri_axes_from(&room, name, axes, type.rank, &attrs.axes))
    out = attrs.axes.n == 0 ? x : tsri_emit(b, TSR_OP_REVERSE, &attrs, TSR_VALUES(x));
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_reverse(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return reverse(b, "reverse", x, axes);
}
tsr_value tsr_flip(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return reverse(b, "flip", x, axes);
}

/* ---- roll ---- */

/* The end of length shift before the rest. */
static tsr_value rotate(tsr_builder *b, tsr_value x, int64_t n, int64_t shift, int64_t axis) {
  const int64_t rest = shift % n;
  tsr_value parts[2];
  if (rest == 0) return x;
  const tsr_dim place = tsr_dim_of(rest < 0 ? -rest : n - rest);
  if (tsr_split_at(b, x, TSR_SHAPE(place), axis, parts) != TSR_OK) return TSR_NO_VALUE;
  return tsr_concatenate(b, TSR_VALUES(parts[1], parts[0]), axis);
}

/* A size that is not known: every place is looked up, at (i + n - shift mod n) mod n. */
static tsr_value look_up(tsr_builder *b, tsr_value x, tsr_dim n, int64_t shift, int64_t axis) {
  const tsr_type type = {TSR_I64, 1, &n};
  const tsr_value size = tsr_dim_value(b, n, TSR_I64), i = tsr_iota(b, TSR_I64, TSR_SHAPE(n), 0);
  const tsr_value by = tsri_fill(b, &type, &(tsr_number){.dtype = TSR_I64, .i = shift});
  const tsr_value from = tsr_sub(b, tsr_add(b, i, size), tsr_rem(b, by, size));
  return tsr_take(b, x, tsr_rem(b, from, size), axis);
}

tsr_value tsr_roll(tsr_builder *b, tsr_value x, tsr_axes shifts, tsr_axes axes) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "roll", x, &type)) return TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (tsri_axes_from(&room, "roll", axes, type.rank, &axes) &&
      tsr_builder_fail(b, tsri_check_list("roll", "shifts", shifts.data, shifts.n)) == TSR_OK &&
      tsr_builder_fail(b, tsri_check_count("roll", "shifts", shifts.n, axes.n)) == TSR_OK)
    for (size_t k = 0; k < axes.n; k++) {
      const tsr_dim n = type.dims[axes.data[k]];
      if (tsr_dim_is(n, 0)) continue;
      x = tsr_dim_is_const(n) ? rotate(b, x, n.n, shifts.data[k], axes.data[k])
                              : look_up(b, x, n, shifts.data[k], axes.data[k]);
    }
  return tsri_room_leave(&room) == TSR_OK ? x : TSR_NO_VALUE;
}

/* ---- axes ---- */

static bool distinct(tsr_builder *b, const char *what, tsr_axes axes, int64_t rank) {
  const tsr_status status = tsri_check_axes("moveaxis", what, axes, rank, TSRI_DISTINCT);
  return tsr_builder_fail(b, status) == TSR_OK;
}

tsr_value tsr_moveaxis(tsr_builder *b, tsr_value x, tsr_axes source, tsr_axes destination) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "moveaxis", x, &type)) return TSR_NO_VALUE;
  const size_t rank = (size_t)type.rank;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, rank);
  if (tsri_axes_from(&room, "moveaxis", source, type.rank, &source) &&
      tsri_axes_from(&room, "moveaxis", destination, type.rank, &destination) && axes != NULL &&
      tsr_builder_fail(b, tsri_check_count("moveaxis", "destination", destination.n, source.n)) ==
          TSR_OK &&
      distinct(b, "source", source, type.rank) &&
      distinct(b, "destination", destination, type.rank)) {
    for (size_t k = 0, next = 0; k < rank; k++) {
      if (tsri_axes_has(destination, (int64_t)k)) continue;
      while (tsri_axes_has(source, (int64_t)next))
        next++;
      axes[k] = (int64_t)next++;
    }
    for (size_t k = 0; k < source.n; k++)
      axes[destination.data[k]] = source.data[k];
    out = tsr_transpose(b, x, tsri_axes_of(axes, rank));
  }
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_swapaxes(tsr_builder *b, tsr_value x, int64_t first, int64_t second) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "swapaxes", x, &type) ||
      !tsri_axis_of(b, "swapaxes", first, type.rank, &first) ||
      !tsri_axis_of(b, "swapaxes", second, type.rank, &second))
    return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, (size_t)type.rank);
  if (axes != NULL) {
    for (int32_t k = 0; k < type.rank; k++)
      axes[k] = k;
    axes[first] = second;
    axes[second] = first;
    out = tsr_transpose(b, x, tsri_axes_of(axes, (size_t)type.rank));
  }
  (void)tsri_room_leave(&room);
  return out;
}
