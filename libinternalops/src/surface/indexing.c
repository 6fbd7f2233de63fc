/* surface/indexing.c - gather, scatter_add, and take in terms of gather. */
#include "axes.h"

tsr_value tsr_gather(tsr_builder *b, tsr_value x, tsr_value indices,
                     const tsr_gather_attrs *numbers) {
  if (tsr_value_is_zero(x)) return x;
  return tsri_emit(b, TSR_OP_GATHER, numbers, TSR_VALUES(x, indices));
}

tsr_value tsr_scatter_add(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                          const tsr_scatter_attrs *numbers) {
  if (tsr_value_is_zero(updates)) return x;
  return tsri_emit(b, TSR_OP_SCATTER_ADD, numbers, TSR_VALUES(x, indices, updates));
}

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

/* ---- take_along_axis ---- */

/* Every axis of x other than the one taken along is one of: paired with that of indices
 * (batching), of size 1 (collapsed, start 0), or repeated for indices of size 1 (window).
 */
typedef struct along {
  size_t n_collapsed, n_batching, n_window, n_kept;
  int64_t *collapsed, *batching, *indices_batching, *window;
  tsr_dim *sizes, *kept; /* kept: indices without the axes of windows */
} along;

static bool along_take(tsri_room *room, size_t rank, along *a) {
  *a = (along){0};
  a->collapsed = tsri_room_axes(room, rank);
  a->batching = tsri_room_axes(room, rank);
  a->indices_batching = tsri_room_axes(room, rank);
  a->window = tsri_room_axes(room, rank);
  a->sizes = tsri_room_dims(room, rank);
  a->kept = tsri_room_dims(room, rank);
  return !room->failed;
}

static tsr_status along_axis(const tsr_dim_space *space, along *a, int64_t k, bool taken, tsr_dim x,
                             tsr_dim index) {
  a->sizes[k] = tsr_dim_of(1);
  if (taken || tsr_dim_is(x, 1)) {
    a->collapsed[a->n_collapsed++] = k;
  } else if (tsr_dim_is(index, 1)) {
    a->window[a->n_window++] = k;
    a->sizes[k] = x;
    return TSR_OK;
  } else if (tsr_dim_same(space, x, index)) {
    a->batching[a->n_batching] = k;
    a->indices_batching[a->n_batching++] = (int64_t)a->n_kept;
  } else {
    char text[2][TSRI_DIM_TEXT];
    return TSR_FAIL(TSR_ERR_SHAPE, "take_along_axis: axis %d: size %s, but indices have size %s",
                    (int)k, tsr_dim_format(x, text[0], sizeof text[0]),
                    tsr_dim_format(index, text[1], sizeof text[1]));
  }
  a->kept[a->n_kept++] = index;
  return TSR_OK;
}

static tsr_value take_along(tsri_room *room, tsr_value x, const tsr_type *type, tsr_value indices,
                            const tsr_type *index, int64_t axis) {
  tsr_builder *b = room->b;
  along a;
  if (!along_take(room, (size_t)type->rank, &a)) return TSR_NO_VALUE;
  for (int32_t k = 0; k < type->rank; k++)
    if (tsr_builder_fail(
            b, along_axis(b->space, &a, k, k == axis, type->dims[k], index->dims[k])) != TSR_OK)
      return TSR_NO_VALUE;
  const tsr_gather_attrs attrs = {.offset_dims = tsri_axes_of(a.window, a.n_window),
                                  .collapsed_slice_dims = tsri_axes_of(a.collapsed, a.n_collapsed),
                                  .operand_batching_dims = tsri_axes_of(a.batching, a.n_batching),
                                  .start_indices_batching_dims =
                                      tsri_axes_of(a.indices_batching, a.n_batching),
                                  .start_index_map = TSR_AXES(axis),
                                  .index_vector_dim = (int64_t)a.n_kept,
                                  .slice_sizes = tsri_shape_of(a.sizes, (size_t)type->rank)};
  return tsr_gather(b, x, tsr_reshape(b, indices, tsri_shape_of(a.kept, a.n_kept)), &attrs);
}

tsr_value tsr_take_along_axis(tsr_builder *b, tsr_value x, tsr_value indices, int64_t axis) {
  tsr_type type, index;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "take_along_axis", x, &type) ||
      !tsri_type(b, "take_along_axis", indices, &index) ||
      !tsri_axis_of(b, "take_along_axis", axis, type.rank, &axis))
    return TSR_NO_VALUE;
  if (type.rank != index.rank) {
    tsr_builder_fail(b,
                     TSR_FAIL(TSR_ERR_SHAPE, "take_along_axis: rank %d, but indices have rank %d",
                              type.rank, index.rank));
    return TSR_NO_VALUE;
  }
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value out = take_along(&room, x, &type, indices, &index, axis);
  (void)tsri_room_leave(&room);
  return out;
}
