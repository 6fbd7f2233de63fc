/* surface/along.c - take_along_axis and put_along_axis in terms of gather and scatter_set. */
#include "axes.h"

#include <inttypes.h>

/* Every axis of x other than the one indexed along is one of: paired with that of indices
 * (batching), of size 1 (collapsed, start 0), or repeated for indices of size 1 (window).
 */
typedef struct along {
  tsr_type x, index;
  int64_t axis;
  size_t n_collapsed, n_batching, n_window, n_kept;
  int64_t *collapsed, *batching, *indices_batching, *window;
  tsr_dim *sizes, *kept; /* kept: indices without the axes of windows */
} along;

static bool along_types(tsr_builder *b, const char *name, tsr_value x, tsr_value indices,
                        int64_t axis, along *a) {
  *a = (along){0};
  if (!tsri_type(b, name, x, &a->x) || !tsri_type(b, name, indices, &a->index) ||
      !tsri_axis_of(b, name, axis, a->x.rank, &a->axis))
    return false;
  if (a->x.rank == a->index.rank) return true;
  tsr_builder_fail(b, TSR_FAIL(TSR_ERR_SHAPE, "%s: rank %d, but indices have rank %d", name,
                               a->x.rank, a->index.rank));
  return false;
}

static bool along_take(tsri_room *room, along *a) {
  const size_t rank = (size_t)a->x.rank;
  a->collapsed = tsri_room_axes(room, rank);
  a->batching = tsri_room_axes(room, rank);
  a->indices_batching = tsri_room_axes(room, rank);
  a->window = tsri_room_axes(room, rank);
  a->sizes = tsri_room_dims(room, rank);
  a->kept = tsri_room_dims(room, rank);
  return !room->failed;
}

static tsr_status along_axis(const tsr_dim_space *space, const char *name, along *a, int32_t k) {
  const tsr_dim x = a->x.dims[k], index = a->index.dims[k];
  a->sizes[k] = tsr_dim_of(1);
  if (k == a->axis || tsr_dim_is(x, 1)) {
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
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %d: size %s, but indices have size %s", name, (int)k,
                    tsr_dim_format(x, text[0], sizeof text[0]),
                    tsr_dim_format(index, text[1], sizeof text[1]));
  }
  a->kept[a->n_kept++] = index;
  return TSR_OK;
}

/* Dimension numbers, and indices in the form they need. */
static bool along_plan(tsri_room *room, const char *name, along *a, tsr_gather_attrs *out,
                       tsr_value *indices) {
  tsr_builder *b = room->b;
  if (!along_take(room, a)) return false;
  for (int32_t k = 0; k < a->x.rank; k++)
    if (tsr_builder_fail(b, along_axis(b->space, name, a, k)) != TSR_OK) return false;
  *out = (tsr_gather_attrs){.offset_dims = tsri_axes_of(a->window, a->n_window),
                            .collapsed_slice_dims = tsri_axes_of(a->collapsed, a->n_collapsed),
                            .operand_batching_dims = tsri_axes_of(a->batching, a->n_batching),
                            .start_indices_batching_dims =
                                tsri_axes_of(a->indices_batching, a->n_batching),
                            .start_index_map = tsri_axes_of(&a->axis, 1),
                            .index_vector_dim = (int64_t)a->n_kept,
                            .slice_sizes = tsri_shape_of(a->sizes, (size_t)a->x.rank)};
  *indices = tsr_reshape(b, *indices, tsri_shape_of(a->kept, a->n_kept));
  return true;
}

tsr_value tsr_take_along_axis(tsr_builder *b, tsr_value x, tsr_value indices, int64_t axis) {
  static const char name[] = "take_along_axis";
  along a;
  if (tsr_value_is_zero(x)) return x;
  if (!along_types(b, name, x, indices, axis, &a)) return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsr_gather_attrs numbers;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (along_plan(&room, name, &a, &numbers, &indices)) out = tsr_gather(b, x, indices, &numbers);
  (void)tsri_room_leave(&room);
  return out;
}

/* ---- put ---- */

/* Where x has one place, indices may not name several: there would be no axis for values. */
static bool no_wider(tsr_builder *b, const along *a) {
  char text[TSRI_DIM_TEXT];
  for (int32_t k = 0; k < a->x.rank; k++) {
    if (k == a->axis || !tsr_dim_is(a->x.dims[k], 1) || tsr_dim_is(a->index.dims[k], 1)) continue;
    tsr_builder_fail(b, TSR_FAIL(TSR_ERR_SHAPE,
                                 "put_along_axis: axis %d: size 1, but indices have size %s",
                                 (int)k, tsr_dim_format(a->index.dims[k], text, sizeof text)));
    return false;
  }
  return true;
}

static tsr_value put(tsri_room *room, along *a, tsr_value x, tsr_value indices, tsr_value values) {
  tsr_builder *b = room->b;
  const size_t rank = (size_t)a->x.rank;
  tsr_gather_attrs numbers;
  tsr_dim *dims = tsri_room_dims(room, rank);
  if (dims == NULL || !along_plan(room, "put_along_axis", a, &numbers, &indices))
    return TSR_NO_VALUE;
  for (size_t k = 0; k < rank; k++)
    dims[k] = (int64_t)k == a->axis ? a->index.dims[k] : a->x.dims[k];
  const tsr_scatter_attrs attrs = {
      numbers.offset_dims,           numbers.collapsed_slice_dims,
      numbers.operand_batching_dims, numbers.start_indices_batching_dims,
      numbers.start_index_map,       numbers.index_vector_dim};
  return tsr_scatter_set(b, x, indices, tsr_broadcast_to(b, values, tsri_shape_of(dims, rank)),
                         &attrs);
}

tsr_value tsr_put_along_axis(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value values,
                             int64_t axis) {
  along a;
  if (tsr_value_is_zero(x) && tsr_value_is_zero(values)) return x;
  if (!along_types(b, "put_along_axis", x, indices, axis, &a) || !no_wider(b, &a))
    return TSR_NO_VALUE;
  const tsr_type number = {a.x.dtype, 0, NULL};
  if (tsr_value_is_zero(values)) values = tsri_zeros(b, &number);
  if (!tsri_promote2(b, "put_along_axis", &x, &values)) return TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value out = put(&room, &a, x, indices, values);
  return tsri_room_leave(&room) == TSR_OK ? out : TSR_NO_VALUE;
}
