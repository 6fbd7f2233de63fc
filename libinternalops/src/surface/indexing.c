/* surface/indexing.c - gather, scatters and windows; take and put in terms of them. */
#include "axes.h"

tsr_value tsr_gather(tsr_builder *b, tsr_value x, tsr_value indices,
                     const tsr_gather_attrs *numbers) {
  if (tsr_value_is_zero(x)) return x;
  return tsri_emit(b, TSR_OP_GATHER, numbers, TSR_VALUES(x, indices));
}

tsr_value tsr_scatter_add(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                          const tsr_scatter_attrs *numbers) {
  if (tsr_value_is_zero(updates)) return tsri_unchanged(b, "scatter_add", x);
  return tsri_emit(b, TSR_OP_SCATTER_ADD, numbers, TSR_VALUES(x, indices, updates));
}

/* ---- other scatters ---- */

static tsr_value scatter(tsr_builder *b, tsr_op_id id, tsr_value x, tsr_value indices,
                         tsr_value updates, const tsr_scatter_attrs *numbers) {
  return tsri_emit(b, id, numbers, TSR_VALUES(x, indices, updates));
}

tsr_value tsr_scatter_set(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                          const tsr_scatter_attrs *numbers) {
  if (tsr_value_is_zero(x) && tsr_value_is_zero(updates)) return x;
  return scatter(b, TSR_OP_SCATTER_SET, x, indices, updates, numbers);
}
tsr_value tsr_scatter_mul(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                          const tsr_scatter_attrs *numbers) {
  if (tsr_value_is_zero(x)) return x;
  return scatter(b, TSR_OP_SCATTER_MUL, x, indices, updates, numbers);
}
tsr_value tsr_scatter_min(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                          const tsr_scatter_attrs *numbers) {
  return scatter(b, TSR_OP_SCATTER_MIN, x, indices, updates, numbers);
}
tsr_value tsr_scatter_max(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                          const tsr_scatter_attrs *numbers) {
  return scatter(b, TSR_OP_SCATTER_MAX, x, indices, updates, numbers);
}

/* ---- windows ---- */

tsr_value tsr_dynamic_slice(tsr_builder *b, tsr_value x, tsr_value starts, tsr_shape sizes) {
  const tsr_dynamic_slice_attrs attrs = {sizes};
  if (tsr_value_is_zero(x)) return x;
  return tsri_emit(b, TSR_OP_DYNAMIC_SLICE, &attrs, TSR_VALUES(x, starts));
}

tsr_value tsr_dynamic_update_slice(tsr_builder *b, tsr_value x, tsr_value y, tsr_value starts) {
  if (tsr_value_is_zero(x) && tsr_value_is_zero(y)) return x;
  return tsri_emit(b, TSR_OP_DYNAMIC_UPDATE_SLICE, NULL, TSR_VALUES(x, y, starts));
}

/* ---- take ---- */

/* x[.., indices, ..]: one component per index, which stands for a whole axis. */
tsr_value tsr_take(tsr_builder *b, tsr_value x, tsr_value indices, int64_t axis) {
  tsr_type type, index;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "take", x, &type) || !tsri_type(b, "take", indices, &index) ||
      !tsri_axis_of(b, "take", axis, type.rank, &axis))
    return TSR_NO_VALUE;
  const size_t rank = (size_t)type.rank;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *sizes = tsri_room_dims(&room, rank);
  int64_t *offset = tsri_room_axes(&room, rank);
  if (!room.failed) {
    for (size_t k = 0, n = 0; k < rank; k++) {
      sizes[k] = k == (size_t)axis ? tsr_dim_of(1) : type.dims[k];
      if (k != (size_t)axis)
        offset[n++] = (int64_t)k + (k > (size_t)axis ? (int64_t)index.rank - 1 : 0);
    }
    const tsr_gather_attrs attrs = {.offset_dims = tsri_axes_of(offset, rank - 1),
                                    .collapsed_slice_dims = TSR_AXES(axis),
                                    .start_index_map = TSR_AXES(axis),
                                    .index_vector_dim = index.rank,
                                    .slice_sizes = tsri_shape_of(sizes, rank)};
    out = tsr_gather(b, x, indices, &attrs);
  }
  (void)tsri_room_leave(&room);
  return out;
}
