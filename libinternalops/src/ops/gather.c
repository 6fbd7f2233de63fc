/* gather.c - z = slices of x, at starts read from indices (StableHLO gather).
 *
 *   z[i] = x[clamp(indices[i without offset_dims], 0, size - slice) + i at offset_dims]
 *
 * The transpose adds slices where they were read: starts are clamped first, because
 * scatter_add drops what gather moves into range.
 */
#include "indexing.h"

static const tsri_number_names names = {"offset_dims", "collapsed_slice_dims",
                                        "operand_batching_dims", "start_indices_batching_dims",
                                        "start_index_map"};

/* Dims of z: window axes from slice_sizes, the others from indices, each in order. */
static void result_dims(const tsr_call *c, const tsri_numbers *n, int64_t rank, tsr_dim *dims) {
  const tsr_gather_attrs *a = c->attrs;
  int64_t k = 0, q = 0;
  for (int64_t i = 0; i < rank; i++) {
    if (tsri_axes_has(n->window, i)) {
      while (!tsri_is_window(n, k))
        k++;
      dims[i] = a->slice_sizes.data[k++];
    } else {
      if (q == n->vector_dim) q++;
      dims[i] = c->in_type[1].dims[q++];
    }
  }
}

static bool is_empty(const tsr_dim *dims, int64_t rank) {
  for (int64_t i = 0; i < rank; i++)
    if (tsr_dim_is(dims[i], 0)) return true;
  return false;
}

static tsr_status check_sizes(const tsr_call *c, const tsri_numbers *n, bool empty) {
  const tsr_gather_attrs *a = c->attrs;
  const char *op = c->op->name;
  tsr_dim_space *space = c->context->space;
  for (int32_t k = 0; k < c->in_type[0].rank; k++) {
    const tsr_dim size = a->slice_sizes.data[k];
    TSR_TRY(tsri_check_not_negative(size, op, "slice size", k));
    if (!empty)
      TSR_TRY(tsri_check_at_most(space, size, c->in_type[0].dims[k], op, "slice size", "size", k));
    if (tsri_is_window(n, k) || tsr_dim_is(size, 1)) continue;
    char text[TSRI_DIM_TEXT];
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "%s: axis %d is collapsed or batching: its slice size is %s, not 1", op, k,
                    tsr_dim_format(size, text, sizeof text));
  }
  return TSR_OK;
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_gather_attrs *a = c->attrs;
  const tsri_numbers n = tsri_gather_numbers(a);
  int64_t rank;
  tsr_dim *dims;
  TSR_TRY(tsri_check_numbers(c, &n, &names, &rank));
  TSR_TRY(
      tsri_check_count(c->op->name, "slice_sizes", a->slice_sizes.n, (size_t)c->in_type[0].rank));
  TSR_TRY(tsri_infer_dims(c, (size_t)rank, &dims));
  result_dims(c, &n, rank, dims);
  TSR_TRY(check_sizes(c, &n, is_empty(dims, rank)));
  *out = (tsr_type){c->in_type[0].dtype, (int32_t)rank, dims};
  return TSR_OK;
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  const tsr_gather_attrs *a = c->attrs;
  const tsri_numbers n = tsri_gather_numbers(a);
  const tsr_scatter_attrs back = tsri_scatter_attrs_of(&n);
  const tsr_type *x = &c->in_type[0];
  in_ct[0] = ct[0];
  if (tsr_value_is_zero(ct[0])) return TSR_OK;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value starts = tsri_clamp_indices(&room, &n, c->in[1], x, a->slice_sizes);
  in_ct[0] = tsr_scatter_add(b, tsri_zeros(b, x), starts, ct[0], &back);
  return tsri_room_leave(&room);
}

/* ---- batch ---- */

/* The same starts for all: the mapped axis of x is one more window axis, taken whole. It
 * stands in z where its order among the window axes puts it.
 */
static void batch_operand(tsri_room *room, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                          int32_t *out_axis) {
  const tsr_gather_attrs *a = c->attrs;
  const tsri_numbers n = tsri_gather_numbers(a);
  const int64_t m = map->axis[0];
  size_t before = 0;
  for (int64_t k = 0; k < m; k++)
    before += tsri_is_window(&n, k);
  const int64_t at = before == 0 ? 0 : n.window.data[before - 1] + 1;
  int64_t *window = tsri_room_axes(room, n.window.n + 1);
  int64_t *dropped = tsri_batch_axes(room, n.dropped, m);
  int64_t *batching = tsri_batch_axes(room, n.batching, m);
  int64_t *starts = tsri_batch_axes(room, n.map, m);
  tsr_dim *sizes = tsri_batch_dims(room, a->slice_sizes, map->size, m);
  if (room->failed) return;
  for (size_t i = 0; i < n.window.n; i++)
    window[i + (i >= before)] = tsri_batch_shift(n.window.data[i], at);
  window[before] = at;
  const tsri_numbers stacked = {
      tsri_axes_of(window, n.window.n + 1), tsri_axes_of(dropped, n.dropped.n),
      tsri_axes_of(batching, n.batching.n), n.indices_batching,
      tsri_axes_of(starts, n.map.n),        n.vector_dim};
  const tsr_gather_attrs attrs =
      tsri_gather_attrs_of(&stacked, tsri_shape_of(sizes, a->slice_sizes.n + 1));
  out[0] = tsr_gather(room->b, c->in[0], c->in[1], &attrs);
  out_axis[0] = (int32_t)at;
}

/* Own starts: one more axis of indices and of z, at the front; batching when x has it too. */
static void batch_indices(tsri_room *room, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                          int32_t *out_axis) {
  const tsr_gather_attrs *a = c->attrs;
  const tsri_numbers n = tsri_gather_numbers(a);
  const bool operand = map->axis[0] >= 0;
  tsr_builder *b = room->b;
  tsri_numbers stacked;
  if (!tsri_shift_numbers(room, &n, operand, true, &stacked)) return;
  tsr_value x = c->in[0];
  tsr_shape sizes = a->slice_sizes;
  if (operand) {
    x = tsr_batch_front(b, x, map->axis[0], map->size);
    tsr_dim *dims = tsri_batch_dims(room, sizes, tsr_dim_of(1), 0);
    if (!tsri_prepend(room, &stacked.batching) || !tsri_prepend(room, &stacked.indices_batching) ||
        dims == NULL)
      return;
    sizes = tsri_shape_of(dims, sizes.n + 1);
  }
  const tsr_gather_attrs attrs = tsri_gather_attrs_of(&stacked, sizes);
  out[0] = tsr_gather(b, x, tsr_batch_front(b, c->in[1], map->axis[1], map->size), &attrs);
  out_axis[0] = 0;
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  tsri_room room;
  tsri_room_enter(&room, b);
  if (map->axis[1] < 0) {
    batch_operand(&room, c, map, out, out_axis);
  } else {
    batch_indices(&room, c, map, out, out_axis);
  }
  return tsri_room_leave(&room);
}

const tsr_rules tsri_gather_rules = {.infer = infer, .transpose = transpose, .batch = batch};
