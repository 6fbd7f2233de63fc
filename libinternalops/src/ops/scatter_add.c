/* scatter_add.c - z = x with updates added at places read from indices (StableHLO scatter).
 *
 *   z[indices[i without update_window_dims] + i at update_window_dims] += updates[i]
 *
 * A window that does not fit is dropped as a whole, so the transpose to updates is a gather
 * masked where that happened.
 */
#include "indexing.h"

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

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  int64_t rank;
  TSR_TRY(tsr_require_same_dtype(c, 0, 2));
  TSR_TRY(tsri_check_numbers(c, &n, &names, &rank));
  TSR_TRY(tsr_require_rank(c, 2, (int32_t)rank));
  TSR_TRY(check_updates(c, &n));
  return tsr_type_make(c, c->in_type[0].dtype, c->in_type[0].rank, c->in_type[0].dims, &out[0]);
}

/* ---- transpose ---- */

static tsr_dim *window_sizes(tsri_room *room, const tsr_call *c, const tsri_numbers *n) {
  const int32_t rank = c->in_type[0].rank;
  tsr_dim *sizes = tsri_room_dims(room, (size_t)rank);
  if (sizes == NULL) return NULL;
  size_t next = 0;
  for (int32_t k = 0; k < rank; k++)
    sizes[k] = tsri_is_window(n, k) ? c->in_type[2].dims[n->window.data[next++]] : tsr_dim_of(1);
  return sizes;
}

/* Is there an axis that no window fits into. */
static bool nothing_fits(const tsr_call *c, const tsri_numbers *n, const tsr_dim *sizes) {
  for (size_t i = 0; i < n->map.n; i++) {
    const int64_t k = n->map.data[i];
    if (tsr_dim_is(c->in_type[0].dims[k], 0) && !tsr_dim_is(sizes[k], 0)) return true;
  }
  return false;
}

/* updates_ct = the windows of ct, 0 for those that were dropped */
static tsr_value updates_cotangent(tsri_room *room, const tsr_call *c, tsr_value ct) {
  const tsri_numbers n = tsri_scatter_numbers(c->attrs);
  const tsr_type *x = &c->in_type[0], *updates = &c->in_type[2];
  tsr_builder *b = room->b;
  const tsr_dim *dims = window_sizes(room, c, &n);
  int64_t *axes = tsri_room_axes(room, (size_t)updates->rank);
  if (room->failed) return TSR_NO_VALUE;
  if (nothing_fits(c, &n, dims)) return TSR_ZERO_VALUE;
  const tsr_shape sizes = tsri_shape_of(dims, (size_t)x->rank);
  const tsr_gather_attrs attrs = tsri_gather_attrs_of(&n, sizes);
  const tsr_value windows = tsr_gather(b, ct, c->in[1], &attrs);
  size_t n_axes = 0;
  for (int32_t i = 0; i < updates->rank; i++)
    if (!tsri_axes_has(n.window, i)) axes[n_axes++] = i;
  const tsr_value misses =
      tsr_broadcast_in_dim(b, tsri_misses(room, &n, c->in[1], x, sizes), tsri_type_shape(updates),
                           tsri_axes_of(axes, n_axes));
  return tsr_select(b, misses, tsri_zero_scalar(b, x->dtype), windows);
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  in_ct[0] = in_ct[2] = ct[0];
  if (tsr_value_is_zero(ct[0]) || !linear[2]) return TSR_OK;
  tsri_room room;
  tsri_room_enter(&room, b);
  in_ct[2] = updates_cotangent(&room, c, ct[0]);
  return tsri_room_leave(&room);
}

/* The mapped axis goes to the front of everything. Same places for all: it is one more
 * window axis, taken whole. Own places: it is a batching axis.
 */
static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
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
    out[0] = tsr_scatter_add(b, x, indices, updates, &attrs);
    out_axis[0] = 0;
  }
  return tsri_room_leave(&room);
}

const tsr_rules tsri_scatter_add_rules = {.infer = infer, .transpose = transpose, .batch = batch};
