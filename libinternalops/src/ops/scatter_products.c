/* scatter_products.c - for every update, x times all other updates at its place.
 *
 * Updates stand in a line: [line, batching axes, window axes], with indices [line, batching
 * axes, components]. Along the line one scan carries what has been multiplied so far from x
 * on, another backwards what is still to come, from 1 on.
 */
#include "scatter_mul.h"

typedef struct line {
  const tsr_call *c;
  tsri_numbers n;
  size_t n_free;             /* axes that become the line */
  const int64_t *of_updates; /* [rank of updates] line, batching, window axes */
  const int64_t *of_indices; /* [rank of indices] line, batching axes, components */
  tsr_dim length;
  tsr_scatter_attrs write; /* of one round */
  tsr_gather_attrs read;
} line;

/* ---- lining up ---- */

/* Axes of updates and of indices in the order of the line. */
static bool order_axes(tsri_room *room, line *l) {
  const tsr_call *c = l->c;
  const int32_t rank = c->in_type[2].rank, index_rank = c->in_type[1].rank;
  int64_t *updates = tsri_room_axes(room, (size_t)rank);
  int64_t *indices = tsri_room_axes(room, (size_t)index_rank);
  int64_t *place =
      tsri_room_axes(room, (size_t)index_rank + 1); /* of updates, by axis of indices */
  if (room->failed) return false;
  size_t n = 0;
  int64_t q = 0;
  for (int32_t i = 0; i < rank; i++) {
    if (tsri_axes_has(l->n.window, i)) continue;
    q += q == l->n.vector_dim;
    place[q] = i;
    if (!tsri_axes_has(l->n.indices_batching, q)) {
      updates[n] = i;
      indices[n++] = q;
    }
    q++;
  }
  l->n_free = n;
  for (size_t j = 0; j < l->n.batching.n; j++) {
    indices[n] = l->n.indices_batching.data[j];
    updates[n++] = place[l->n.indices_batching.data[j]];
  }
  if (l->n.vector_dim < index_rank) indices[n] = l->n.vector_dim;
  for (size_t k = 0; k < l->n.window.n; k++)
    updates[n + k] = l->n.window.data[k];
  l->of_updates = updates;
  l->of_indices = indices;
  return true;
}

/* Transposed, and the free axes as one; a last axis of size 1 for components left out. */
static tsr_value lined_up(tsri_room *room, line *l, int32_t i, const int64_t *order) {
  tsr_builder *b = room->b;
  const tsr_type *type = &l->c->in_type[i];
  const size_t rank = (size_t)type->rank;
  const bool implicit = i == 1 && l->n.vector_dim == type->rank;
  tsr_dim *dims = tsri_room_dims(room, rank + 2);
  if (room->failed) return TSR_NO_VALUE;
  l->length = tsr_dim_of(1);
  for (size_t k = 0; k < l->n_free; k++)
    tsr_builder_fail(b, tsr_dim_mul(b->space, l->length, type->dims[order[k]], &l->length));
  dims[0] = l->length;
  for (size_t k = l->n_free; k < rank; k++)
    dims[1 + k - l->n_free] = type->dims[order[k]];
  dims[1 + rank - l->n_free] = tsr_dim_of(1);
  const tsr_value turned = tsr_transpose(b, l->c->in[i], tsri_axes_of(order, rank));
  return tsr_reshape(b, turned, tsri_shape_of(dims, 1 + rank - l->n_free + implicit));
}

/* Back to the shape of updates. */
static tsr_value spread_out(tsri_room *room, const line *l, tsr_value v) {
  const tsr_type *updates = &l->c->in_type[2];
  const size_t rank = (size_t)updates->rank;
  tsr_dim *dims = tsri_room_dims(room, rank);
  int64_t *inverse = tsri_room_axes(room, rank);
  if (room->failed) return TSR_NO_VALUE;
  for (size_t k = 0; k < rank; k++) {
    dims[k] = updates->dims[l->of_updates[k]];
    inverse[l->of_updates[k]] = (int64_t)k;
  }
  v = tsr_reshape(room->b, v, tsri_shape_of(dims, rank));
  return tsr_transpose(room->b, v, tsri_axes_of(inverse, rank));
}

/* ---- one round ---- */

static bool number_round(tsri_room *room, line *l) {
  const size_t n_batching = l->n.batching.n, n_window = l->n.window.n;
  int64_t *counted = tsri_room_axes(room, n_batching + n_window);
  const tsr_dim *sizes = tsri_scatter_sizes(room, l->c);
  if (room->failed) return false;
  for (size_t k = 0; k < n_batching + n_window; k++)
    counted[k] = (int64_t)k;
  const tsri_numbers round = {.window = tsri_axes_of(counted + n_batching, n_window),
                              .dropped = l->n.dropped,
                              .batching = l->n.batching,
                              .indices_batching = tsri_axes_of(counted, n_batching),
                              .map = l->n.map,
                              .vector_dim = (int64_t)n_batching};
  l->write = tsri_scatter_attrs_of(&round);
  l->read = tsri_gather_attrs_of(&round, tsri_shape_of(sizes, (size_t)l->c->in_type[0].rank));
  return true;
}

/* (product) (index, update) -> (product with the update) (what was there) */
static tsr_status multiply(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const line *l = ctx;
  out[1] = tsr_gather(b, in[0], in[1], &l->read);
  out[0] = tsr_scatter_set(b, in[0], in[1], tsr_mul(b, out[1], in[2]), &l->write);
  return TSR_OK;
}

tsr_value tsri_scatter_products(tsri_room *room, const tsr_call *c) {
  tsr_builder *b = room->b;
  line l = {.c = c, .n = tsri_scatter_numbers(c->attrs)};
  if (!order_axes(room, &l) || !number_round(room, &l)) return TSR_NO_VALUE;
  const tsr_value indices = lined_up(room, &l, 1, l.of_indices);
  const tsr_value updates = lined_up(room, &l, 2, l.of_updates);
  tsr_value before[2], after[2];
  (void)tsr_scan(b, multiply, &l, TSR_VALUES(c->in[0]), TSR_VALUES(indices, updates), l.length,
                 TSR_SCAN_FORWARD, 1, before);
  const tsr_value one = tsri_fill(b, &c->in_type[0], &(tsr_number){.dtype = TSR_I64, .i = 1});
  (void)tsr_scan(b, multiply, &l, TSR_VALUES(one), TSR_VALUES(indices, updates), l.length,
                 TSR_SCAN_REVERSE, 1, after);
  return spread_out(room, &l, tsr_mul(b, before[1], after[1]));
}
