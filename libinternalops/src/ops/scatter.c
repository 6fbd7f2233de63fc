/* scatter.c - what all scatters share: types, batching, and reading windows back. */
#include "scatter.h"

static const tsri_number_names names = {"update_window_dims", "inserted_window_dims",
                                        "input_batching_dims", "scatter_indices_batching_dims",
                                        "scatter_dims_to_operand_dims"};

/* Axes of updates: windows fit into x, the others follow indices. */
static tsr_status check_updates(const tsr_call *c, const tsri_numbers *n) {
  const tsr_type *x = &c->in_type[0], *updates = &c->in_type[2];
  int32_t k = 0, q = 0;
  for (int32_t i = 0; i < updates->rank; i++) {
    if (!tsri_axes_has(n->window, i)) {
      if (q == n->vector_dim) q++;
      TSR_TRY(tsr_require_same_dim(c, 2, i, 1, q++));
      continue;
    }
    while (!tsri_is_window(n, k))
      k++;
    TSR_TRY(tsri_check_at_most(c->context->space, updates->dims[i], x->dims[k], c->op->name,
                               "window size", "size", k));
    k++;
  }
  return TSR_OK;
}

tsr_status tsri_scatter_infer(const tsr_call *c, tsr_type *out) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  int64_t rank;
  TSR_TRY(tsr_require_same_dtype(c, 0, 2));
  TSR_TRY(tsri_check_numbers(c, &n, &names, &rank));
  TSR_TRY(tsr_require_rank(c, 2, (int32_t)rank));
  TSR_TRY(check_updates(c, &n));
  return tsr_type_make(c, c->in_type[0].dtype, c->in_type[0].rank, c->in_type[0].dims, &out[0]);
}

/* ---- windows ---- */

/* The size of updates that runs along window axis k of x. */
static tsr_dim window_of(const tsr_call *c, const tsri_numbers *n, int64_t k) {
  size_t before = 0;
  for (int64_t i = 0; i < k; i++)
    before += tsri_is_window(n, i);
  return c->in_type[2].dims[n->window.data[before]];
}

tsr_dim *tsri_scatter_sizes(tsri_room *room, const tsr_call *c) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  const int32_t rank = c->in_type[0].rank;
  tsr_dim *sizes = tsri_room_dims(room, (size_t)rank);
  for (int32_t k = 0; sizes != NULL && k < rank; k++)
    sizes[k] = tsri_is_window(&n, k) ? window_of(c, &n, k) : tsr_dim_of(1);
  return sizes;
}

bool tsri_scatter_is_void(const tsr_call *c) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  for (size_t i = 0; i < n.map.n; i++) {
    const int64_t k = n.map.data[i];
    if (!tsr_dim_is(c->in_type[0].dims[k], 0)) continue;
    if (!tsri_is_window(&n, k) || !tsr_dim_is(window_of(c, &n, k), 0)) return true;
  }
  return false;
}

bool tsri_scatter_is_apart(const tsr_call *c) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  int64_t q = 0;
  for (int32_t i = 0; i < c->in_type[2].rank; i++) {
    if (tsri_axes_has(n.window, i)) continue;
    q += q == n.vector_dim;
    if (!tsri_axes_has(n.indices_batching, q++) && !tsr_dim_is(c->in_type[2].dims[i], 1))
      return false;
  }
  return true;
}

tsr_value tsri_scatter_read(tsri_room *room, const tsr_call *c, tsr_value x) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  const tsr_dim *sizes = tsri_scatter_sizes(room, c);
  if (sizes == NULL) return TSR_NO_VALUE;
  const tsr_gather_attrs attrs =
      tsri_gather_attrs_of(&n, tsri_shape_of(sizes, (size_t)c->in_type[0].rank));
  return tsr_gather(room->b, x, c->in[1], &attrs);
}

tsr_value tsri_scatter_misses(tsri_room *room, const tsr_call *c) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  const tsr_type *x = &c->in_type[0], *updates = &c->in_type[2];
  const tsr_dim *sizes = tsri_scatter_sizes(room, c);
  int64_t *axes = tsri_room_axes(room, (size_t)updates->rank);
  if (room->failed) return TSR_NO_VALUE;
  size_t n_axes = 0;
  for (int32_t i = 0; i < updates->rank; i++)
    if (!tsri_axes_has(n.window, i)) axes[n_axes++] = i;
  const tsr_value misses =
      tsri_misses(room, &n, c->in[1], x, tsri_shape_of(sizes, (size_t)x->rank));
  return tsr_broadcast_in_dim(room->b, misses, tsri_type_shape(updates),
                              tsri_axes_of(axes, n_axes));
}

/* ---- batch ---- */

/* The mapped axis goes to the front of everything. Same places for all: it is one more
 * window axis, taken whole. Own places: it is a batching axis.
 */
tsr_status tsri_scatter_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                              tsr_value *out, int32_t *out_axis) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  const bool own = map->axis[1] >= 0;
  const tsr_value x = tsr_batch_front(b, c->in[0], map->axis[0], map->size);
  const tsr_value updates = tsr_batch_front(b, c->in[2], map->axis[2], map->size);
  const tsr_value indices = own ? tsr_batch_front(b, c->in[1], map->axis[1], map->size) : c->in[1];
  tsri_room room;
  tsri_room_enter(&room, b);
  tsri_numbers stacked;
  bool ok = tsri_shift_numbers(&room, &n, true, own, &stacked);
  if (own) {
    ok = ok && tsri_prepend(&room, &stacked.batching) &&
         tsri_prepend(&room, &stacked.indices_batching);
  } else {
    int64_t *window = tsri_batch_axes(&room, n.window, 0);
    stacked.window = tsri_axes_of(window, n.window.n);
    ok = ok && window != NULL && tsri_prepend(&room, &stacked.window);
  }
  if (ok) {
    const tsr_scatter_attrs attrs = tsri_scatter_attrs_of(&stacked);
    out[0] = tsr_emit1(b, c->op, &attrs, TSR_VALUES(x, indices, updates));
    out_axis[0] = 0;
  }
  return tsri_room_leave(&room);
}
