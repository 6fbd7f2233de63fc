/* reduce.c - rules that reductions over axes share: z = x without axes. */
#include "reduce.h"

tsr_status tsri_reduce_infer(const tsr_call *c, tsr_type *out) {
  const tsr_reduce_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  tsr_dim *dims;
  TSR_TRY(tsri_check_axes(c->op->name, "axes", a->axes, x->rank, TSRI_DISTINCT));
  TSR_TRY(tsri_infer_dims(c, (size_t)x->rank - a->axes.n, &dims));
  int32_t rank = 0;
  for (int32_t k = 0; k < x->rank; k++)
    if (!tsri_axes_has(a->axes, k)) dims[rank++] = x->dims[k];
  *out = (tsr_type){x->dtype, rank, dims};
  return TSR_OK;
}

tsr_status tsri_reduce_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                             tsr_value *out, int32_t *out_axis) {
  const tsr_reduce_attrs *a = c->attrs;
  const int64_t m = map->axis[0];
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_batch_axes(&room, a->axes, m);
  if (!room.failed) {
    const tsr_reduce_attrs attrs = {tsri_axes_of(axes, a->axes.n)};
    out[0] = tsr_emit1(b, c->op, &attrs, TSR_VALUES(c->in[0]));
    out_axis[0] = (int32_t)m;
    for (size_t i = 0; i < a->axes.n; i++)
      out_axis[0] -= axes[i] < m;
  }
  return tsri_room_leave(&room);
}

/* ---- simplify ---- */

static bool all_of_size_one(const tsr_call *c) {
  const tsr_reduce_attrs *a = c->attrs;
  for (size_t i = 0; i < a->axes.n; i++)
    if (!tsr_dim_is(c->in_type[0].dims[a->axes.data[i]], 1)) return false;
  return true;
}

/* Is the reduction of reductions that over all their axes? Sums are said to be, up to rounding
 * (docs/design/012); a product may over- or underflow on one of the ways only.
 */
static bool is_associative(const tsr_call *c) {
  return tsr_op_core_id(c->op) != TSR_OP_REDUCE_PROD || !tsr_dtype_is_active(c->in_type[0].dtype);
}

static tsr_value reduce(tsri_room *room, const tsr_op *op, tsr_value x, int64_t *axes, size_t n) {
  tsri_axes_sort(axes, n);
  const tsr_reduce_attrs attrs = {tsri_axes_of(axes, n)};
  return tsr_emit1(room->b, op, &attrs, TSR_VALUES(x));
}

/* Axis k of what the inner reduction left is the k-th axis of x outside its axes. */
static tsr_value merge(tsri_room *room, const tsr_call *c, const tsr_call *inner) {
  const tsr_reduce_attrs *a = c->attrs, *first = inner->attrs;
  const size_t n = a->axes.n + first->axes.n;
  int64_t *axes = tsri_room_axes(room, n);
  if (room->failed) return TSR_NO_VALUE;
  size_t next = 0;
  for (int64_t k = 0, left = 0; k < inner->in_type[0].rank; k++) {
    const bool gone = tsri_axes_has(first->axes, k);
    if (gone || tsri_axes_has(a->axes, left)) axes[next++] = k;
    left += !gone;
  }
  return reduce(room, c->op, inner->in[0], axes, n);
}

/* Do the axes that stay come out in the order the transpose gave them. */
static bool keeps_order(tsr_axes reduced, tsr_axes perm) {
  int64_t last = -1;
  for (size_t k = 0; k < perm.n; k++) {
    if (tsri_axes_has(reduced, (int64_t)k)) continue;
    if (perm.data[k] < last) return false;
    last = perm.data[k];
  }
  return true;
}

static tsr_value skip_transpose(tsri_room *room, const tsr_call *c, const tsr_call *inner) {
  const tsr_reduce_attrs *a = c->attrs;
  const tsr_transpose_attrs *first = inner->attrs;
  if (!keeps_order(a->axes, first->axes)) return TSR_NO_VALUE;
  int64_t *axes = tsri_room_axes(room, a->axes.n);
  if (room->failed) return TSR_NO_VALUE;
  for (size_t i = 0; i < a->axes.n; i++)
    axes[i] = first->axes.data[a->axes.data[i]];
  return reduce(room, c->op, inner->in[0], axes, a->axes.n);
}

tsr_status tsri_reduce_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_reduce_attrs *a = c->attrs;
  tsr_call inner;
  if (a->axes.n == 0) {
    out[0] = c->in[0];
  } else if (all_of_size_one(c)) {
    out[0] = tsr_reshape(b, c->in[0], tsri_type_shape(&c->out_type[0]));
  } else if (tsr_builder_producer(b, c->in[0], &inner)) {
    tsri_room room;
    tsri_room_enter(&room, b);
    if (inner.op == c->op && is_associative(c))
      out[0] = merge(&room, c, &inner);
    else if (tsr_op_core_id(inner.op) == TSR_OP_TRANSPOSE)
      out[0] = skip_transpose(&room, c, &inner);
    return tsri_room_leave(&room);
  }
  return tsr_builder_status(b);
}

tsr_value tsri_reduce_spread(tsr_builder *b, const tsr_call *c, tsr_value v) {
  const tsr_reduce_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, (size_t)x->rank);
  if (!room.failed) {
    size_t n = 0;
    for (int32_t k = 0; k < x->rank; k++)
      if (!tsri_axes_has(a->axes, k)) axes[n++] = k;
    out = tsr_broadcast_in_dim(b, v, tsri_type_shape(x), tsri_axes_of(axes, n));
  }
  return tsri_room_leave(&room) == TSR_OK ? out : TSR_NO_VALUE;
}
