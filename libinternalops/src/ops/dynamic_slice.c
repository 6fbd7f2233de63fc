/* dynamic_slice.c - windows at places known when the program runs, read and overwritten.
 *
 *   dynamic_slice         z[i] = x[s + i]
 *   dynamic_update_slice  z = x, but z[s + i] = y[i]
 *
 * with s = clamp(start, 0, size - window), as StableHLO has it. Each is half the transpose of
 * the other. Instances with starts of their own are read by gather and written by scatter_set.
 */
#include "indexing.h"

/* One start for each axis of x. */
static tsr_status check_starts(const tsr_call *c, int32_t i) {
  const tsr_type *x = &c->in_type[0], *starts = &c->in_type[i];
  char text[TSRI_DIM_TEXT];
  TSR_TRY(tsr_require_dtype(c, i, TSR_DTYPES_INTEGER));
  TSR_TRY(tsr_require_rank(c, i, 1));
  if (tsr_dim_is(starts->dims[0], x->rank)) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "%s: there are %s starts, but the operand has rank %d",
                  c->op->name, tsr_dim_format(starts->dims[0], text, sizeof text), x->rank);
}

static tsr_status check_window(const tsr_call *c, tsr_shape sizes) {
  const tsr_type *x = &c->in_type[0];
  for (int32_t k = 0; k < x->rank; k++) {
    TSR_TRY(tsri_check_not_negative(sizes.data[k], c->op->name, "window size", k));
    TSR_TRY(tsri_check_at_most(c->context->space, sizes.data[k], x->dims[k], c->op->name,
                               "window size", "size", k));
  }
  return TSR_OK;
}

/* Numbers of a gather or scatter that does the same for a batch: window axes behind the axis
 * of the batch; x has that axis too, or the same x serves all.
 */
static bool stacked_numbers(tsri_room *room, int64_t rank, bool operand, tsri_numbers *out) {
  int64_t *window = tsri_room_axes(room, (size_t)rank), *map = tsri_room_axes(room, (size_t)rank);
  if (room->failed) return false;
  for (int64_t k = 0; k < rank; k++) {
    window[k] = k + 1;
    map[k] = k + operand;
  }
  *out = (tsri_numbers){.window = tsri_axes_of(window, (size_t)rank),
                        .dropped = TSR_NO_AXES,
                        .batching = TSR_NO_AXES,
                        .indices_batching = TSR_NO_AXES,
                        .map = tsri_axes_of(map, (size_t)rank),
                        .vector_dim = 1};
  return !operand ||
         (tsri_prepend(room, &out->batching) && tsri_prepend(room, &out->indices_batching));
}

/* Starts for operands stacked at the front: 0 there. */
static tsr_value with_front(tsr_builder *b, tsr_value starts, const tsr_type *type) {
  const tsr_value zero = tsr_zeros(b, type->dtype, TSR_SHAPE({1}));
  return tsr_concatenate(b, TSR_VALUES(zero, starts), 0);
}

/* ---- dynamic_slice ---- */

static tsr_status slice_infer(const tsr_call *c, tsr_type *out) {
  const tsr_dynamic_slice_attrs *a = c->attrs;
  TSR_TRY(tsri_check_count(c->op->name, "sizes", a->sizes.n, (size_t)c->in_type[0].rank));
  TSR_TRY(check_starts(c, 1));
  TSR_TRY(check_window(c, a->sizes));
  return tsri_infer_shape(c, c->in_type[0].dtype, a->sizes, out);
}

static tsr_status slice_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                  const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  in_ct[0] = ct[0];
  if (!tsr_value_is_zero(ct[0]))
    in_ct[0] = tsr_dynamic_update_slice(b, tsri_zeros(b, &c->in_type[0]), ct[0], c->in[1]);
  return tsr_builder_status(b);
}

static void slice_each(tsri_room *room, const tsr_call *c, const tsr_batch *map, tsr_value *out) {
  const tsr_dynamic_slice_attrs *a = c->attrs;
  const bool operand = map->axis[0] >= 0;
  tsr_builder *b = room->b;
  tsri_numbers n;
  tsr_shape sizes = a->sizes;
  if (!stacked_numbers(room, (int64_t)sizes.n, operand, &n)) return;
  if (operand) sizes = tsri_shape_of(tsri_batch_dims(room, sizes, tsr_dim_of(1), 0), sizes.n + 1);
  if (room->failed) return;
  const tsr_gather_attrs attrs = tsri_gather_attrs_of(&n, sizes);
  const tsr_value x = operand ? tsr_batch_front(b, c->in[0], map->axis[0], map->size) : c->in[0];
  out[0] = tsr_gather(b, x, tsr_batch_front(b, c->in[1], map->axis[1], map->size), &attrs);
}

static void slice_all(tsri_room *room, const tsr_call *c, const tsr_batch *map, tsr_value *out) {
  const tsr_dynamic_slice_attrs *a = c->attrs;
  tsr_builder *b = room->b;
  const tsr_dim *sizes = tsri_batch_dims(room, a->sizes, map->size, 0);
  if (room->failed) return;
  out[0] = tsr_dynamic_slice(b, tsr_batch_front(b, c->in[0], map->axis[0], map->size),
                             with_front(b, c->in[1], &c->in_type[1]),
                             tsri_shape_of(sizes, a->sizes.n + 1));
}

static tsr_status slice_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                              tsr_value *out, int32_t *out_axis) {
  tsri_room room;
  tsri_room_enter(&room, b);
  (map->axis[1] >= 0 ? slice_each : slice_all)(&room, c, map, out);
  out_axis[0] = 0;
  return tsri_room_leave(&room);
}

const tsr_rules tsri_dynamic_slice_rules = {
    .infer = slice_infer, .transpose = slice_transpose, .batch = slice_batch};

/* ---- dynamic_update_slice ---- */

static tsr_status update_infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *x = &c->in_type[0];
  TSR_TRY(tsr_require_same_dtype(c, 0, 1));
  TSR_TRY(tsr_require_rank(c, 1, x->rank));
  TSR_TRY(check_starts(c, 2));
  TSR_TRY(check_window(c, tsri_type_shape(&c->in_type[1])));
  out[0] = *x;
  return TSR_OK;
}

static tsr_status update_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                   const tsr_value *ct, tsr_value *in_ct) {
  const tsr_type *y = &c->in_type[1];
  in_ct[0] = in_ct[1] = ct[0];
  if (tsr_value_is_zero(ct[0])) return TSR_OK;
  if (linear[0]) in_ct[0] = tsr_dynamic_update_slice(b, ct[0], tsri_zeros(b, y), c->in[2]);
  if (linear[1]) in_ct[1] = tsr_dynamic_slice(b, ct[0], c->in[2], tsri_type_shape(y));
  return tsr_builder_status(b);
}

/* Of one instance: the type of operand i of the stacked call. */
static tsr_type instance_of(const tsr_call *c, const tsr_batch *map, int32_t i, tsr_dim *dims) {
  const tsr_type *x = &c->in_type[i];
  int32_t rank = 0;
  for (int32_t k = 0; k < x->rank; k++)
    if (k != map->axis[i]) dims[rank++] = x->dims[k];
  return (tsr_type){x->dtype, rank, dims};
}

static void update_each(tsri_room *room, const tsr_call *c, const tsr_batch *map, tsr_value x,
                        tsr_value y, tsr_value *out) {
  tsr_builder *b = room->b;
  tsri_numbers n;
  tsr_dim *dims = tsri_room_dims(room, (size_t)c->in_type[1].rank);
  tsr_type stacked;
  if (room->failed || !tsri_type(b, c->op->name, x, &stacked)) return;
  const tsr_type window = instance_of(c, map, 1, dims);
  const tsr_dim *sizes = tsri_batch_dims(room, tsri_type_shape(&window), tsr_dim_of(1), 0);
  if (!stacked_numbers(room, window.rank, true, &n) || room->failed) return;
  const tsr_value starts =
      tsri_clamp_indices(room, &n, tsr_batch_front(b, c->in[2], map->axis[2], map->size), &stacked,
                         tsri_shape_of(sizes, (size_t)window.rank + 1));
  const tsr_scatter_attrs attrs = tsri_scatter_attrs_of(&n);
  out[0] = tsr_scatter_set(b, x, starts, y, &attrs);
}

static tsr_status update_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                               tsr_value *out, int32_t *out_axis) {
  const tsr_value x = tsr_batch_front(b, c->in[0], map->axis[0], map->size);
  const tsr_value y = tsr_batch_front(b, c->in[1], map->axis[1], map->size);
  tsri_room room;
  tsri_room_enter(&room, b);
  if (map->axis[2] >= 0)
    update_each(&room, c, map, x, y, out);
  else
    out[0] = tsr_dynamic_update_slice(b, x, y, with_front(b, c->in[2], &c->in_type[2]));
  out_axis[0] = 0;
  return tsri_room_leave(&room);
}

const tsr_rules tsri_dynamic_update_slice_rules = {
    .infer = update_infer, .transpose = update_transpose, .batch = update_batch};
