/* indexing.c - dimension numbers of gather and scatter: checks and mapped axes. */
#include "indexing.h"

#include <inttypes.h>

tsri_numbers tsri_gather_numbers(const tsr_gather_attrs *a) {
  return (tsri_numbers){a->offset_dims,           a->collapsed_slice_dims,
                        a->operand_batching_dims, a->start_indices_batching_dims,
                        a->start_index_map,       a->index_vector_dim};
}

tsri_numbers tsri_scatter_numbers(const tsr_scatter_attrs *a) {
  return (tsri_numbers){a->update_window_dims,           a->inserted_window_dims,
                        a->input_batching_dims,          a->scatter_indices_batching_dims,
                        a->scatter_dims_to_operand_dims, a->index_vector_dim};
}

tsr_gather_attrs tsri_gather_attrs_of(const tsri_numbers *n, tsr_shape slice_sizes) {
  return (tsr_gather_attrs){n->window, n->dropped,    n->batching, n->indices_batching,
                            n->map,    n->vector_dim, slice_sizes};
}

tsr_scatter_attrs tsri_scatter_attrs_of(const tsri_numbers *n) {
  return (tsr_scatter_attrs){n->window,           n->dropped, n->batching,
                             n->indices_batching, n->map,     n->vector_dim};
}

/* ---- checks ---- */

static tsr_status check_components(const tsr_call *c, const tsri_numbers *n, const char *name) {
  const tsr_type *indices = &c->in_type[1];
  const tsr_dim count =
      n->vector_dim < indices->rank ? indices->dims[n->vector_dim] : tsr_dim_of(1);
  if (tsr_dim_is(count, (int64_t)n->map.n)) return TSR_OK;
  char text[TSRI_DIM_TEXT];
  return TSR_FAIL(TSR_ERR_SHAPE, "%s: an index has %s components, but %s has %zu entries",
                  c->op->name, tsr_dim_format(count, text, sizeof text), name, n->map.n);
}

static tsr_status check_batching(const tsr_call *c, const tsri_numbers *n,
                                 const tsri_number_names *names) {
  const char *op = c->op->name;
  TSR_TRY(tsri_check_axes(op, names->indices_batching, n->indices_batching, c->in_type[1].rank,
                          TSRI_DISTINCT));
  TSR_TRY(tsri_check_count(op, names->indices_batching, n->indices_batching.n, n->batching.n));
  if (tsri_axes_has(n->indices_batching, n->vector_dim))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s holds index_vector_dim %" PRId64, op,
                    names->indices_batching, n->vector_dim);
  for (size_t i = 0; i < n->batching.n; i++)
    TSR_TRY(tsr_require_same_dim(c, 0, (int32_t)n->batching.data[i], 1,
                                 (int32_t)n->indices_batching.data[i]));
  return TSR_OK;
}

tsr_status tsri_check_numbers(const tsr_call *c, const tsri_numbers *n,
                              const tsri_number_names *names, int64_t *rank) {
  const char *op = c->op->name;
  const int64_t r = c->in_type[0].rank, q = c->in_type[1].rank;
  *rank = 0;
  TSR_TRY(tsr_require_dtype(c, 1, TSR_DTYPES_INTEGER));
  if (n->vector_dim < 0 || n->vector_dim > q)
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "%s: index_vector_dim %" PRId64 " is outside [0, %" PRId64 "]", op,
                    n->vector_dim, q);
  const int64_t result = q - (n->vector_dim < q) + (int64_t)n->window.n;
  TSR_TRY(tsri_check_axes(op, names->window, n->window, result, TSRI_INCREASING));
  TSR_TRY(tsri_check_axes(op, names->dropped, n->dropped, r, TSRI_INCREASING));
  TSR_TRY(tsri_check_axes(op, names->batching, n->batching, r, TSRI_INCREASING));
  TSR_TRY(tsri_check_axes(op, names->map, n->map, r, TSRI_DISTINCT));
  TSR_TRY(tsri_check_disjoint(op, names->dropped, n->dropped, names->batching, n->batching));
  TSR_TRY(tsri_check_disjoint(op, names->map, n->map, names->batching, n->batching));
  const size_t axes = n->window.n + n->dropped.n + n->batching.n;
  if (axes != (size_t)r)
    return TSR_FAIL(
        TSR_ERR_ARGUMENT,
        "%s: %s, %s and %s have %zu entries together, but the operand has rank %" PRId64, op,
        names->window, names->dropped, names->batching, axes, r);
  TSR_TRY(check_batching(c, n, names));
  TSR_TRY(check_components(c, n, names->map));
  *rank = result;
  return TSR_OK;
}

/* ---- mapped axes ---- */

static bool shift(tsri_room *room, tsr_axes axes, bool by, tsr_axes *out) {
  *out = axes;
  if (!by) return true;
  int64_t *list = tsri_batch_axes(room, axes, 0);
  *out = tsri_axes_of(list, axes.n);
  return list != NULL;
}

bool tsri_shift_numbers(tsri_room *room, const tsri_numbers *n, bool operand, bool indices,
                        tsri_numbers *out) {
  out->vector_dim = n->vector_dim + indices;
  return shift(room, n->window, indices, &out->window) &&
         shift(room, n->dropped, operand, &out->dropped) &&
         shift(room, n->batching, operand, &out->batching) &&
         shift(room, n->map, operand, &out->map) &&
         shift(room, n->indices_batching, indices, &out->indices_batching);
}

bool tsri_prepend(tsri_room *room, tsr_axes *axes) {
  int64_t *list = tsri_room_axes(room, axes->n + 1);
  if (list == NULL) return false;
  list[0] = 0;
  for (size_t i = 0; i < axes->n; i++)
    list[i + 1] = axes->data[i];
  *axes = tsri_axes_of(list, axes->n + 1);
  return true;
}

/* ---- where windows fit ---- */

/* size - window as a number; none negative unless there is nothing to read. */
static tsr_value last_start(tsr_builder *b, tsr_dim last, tsr_dtype dtype) {
  if (!tsr_dim_is_const(last)) return tsr_dim_value(b, last, dtype);
  return tsri_number(b, &(tsr_number){.dtype = TSR_I64, .i = last.n < 0 ? 0 : last.n}, dtype);
}

/* The last start of each component: one number for all, or a vector along their axis. */
static tsr_value last_starts(tsri_room *room, const tsri_numbers *n, const tsr_type *indices,
                             const tsr_type *operand, tsr_shape sizes) {
  tsr_builder *b = room->b;
  const size_t rank = (size_t)indices->rank;
  tsr_dim *last = tsri_room_dims(room, n->map.n);
  tsr_value *parts = tsri_room_values(room, n->map.n);
  tsr_dim *dims = tsri_room_dims(room, rank);
  if (room->failed) return TSR_NO_VALUE;
  if (n->map.n == 0) return tsri_zero_scalar(b, indices->dtype);
  bool equal = true;
  for (size_t i = 0; i < n->map.n; i++) {
    const int64_t k = n->map.data[i];
    last[i] = tsri_dim_sub(b, operand->dims[k], sizes.data[k]);
    equal = equal && tsr_dim_same(b->space, last[0], last[i]);
  }
  if (equal) return last_start(b, last[0], indices->dtype);
  for (size_t k = 0; k < rank; k++)
    dims[k] = tsr_dim_of(k == (size_t)n->vector_dim ? (int64_t)n->map.n : 1);
  for (size_t i = 0; i < n->map.n; i++)
    parts[i] = tsr_expand_dims(b, last_start(b, last[i], indices->dtype), TSR_AXES(0));
  const tsr_value vector = tsr_concatenate(b, tsr_values_of(parts, n->map.n), 0);
  return tsr_reshape(b, vector, tsri_shape_of(dims, rank));
}

/* Any index as i64 or u64, where every size can be compared with it. */
static tsr_value widen(tsr_builder *b, tsr_value indices, tsr_type *type) {
  if (!tsri_type(b, "gather", indices, type)) return TSR_NO_VALUE;
  type->dtype = tsr_dtype_kind(type->dtype) == TSR_KIND_UNSIGNED ? TSR_U64 : TSR_I64;
  return tsr_convert(b, indices, type->dtype);
}

tsr_value tsri_clamp_indices(tsri_room *room, const tsri_numbers *n, tsr_value indices,
                             const tsr_type *operand, tsr_shape sizes) {
  tsr_builder *b = room->b;
  tsr_type type;
  tsr_value i = widen(b, indices, &type);
  if (tsr_value_is_none(i)) return i;
  const tsr_value last = last_starts(room, n, &type, operand, sizes);
  const tsr_value zero = tsri_zero_scalar(b, type.dtype);
  i = tsr_select(b, tsr_gt(b, i, last), last, i);
  return type.dtype == TSR_U64 ? i : tsr_select(b, tsr_lt(b, i, zero), zero, i);
}

tsr_value tsri_misses(tsri_room *room, const tsri_numbers *n, tsr_value indices,
                      const tsr_type *operand, tsr_shape sizes) {
  tsr_builder *b = room->b;
  tsr_type type;
  const tsr_value i = widen(b, indices, &type);
  if (tsr_value_is_none(i)) return i;
  tsr_value misses = tsr_gt(b, i, last_starts(room, n, &type, operand, sizes));
  if (type.dtype == TSR_I64) {
    const tsr_value below = tsr_lt(b, i, tsri_zero_scalar(b, type.dtype));
    misses = tsr_select(b, below, tsr_full(b, TSR_BOOL, TSR_NO_SHAPE, 1.0), misses);
  }
  if (n->vector_dim == type.rank) return misses;
  return tsr_reduce_max(b, misses, TSR_AXES(n->vector_dim));
}
