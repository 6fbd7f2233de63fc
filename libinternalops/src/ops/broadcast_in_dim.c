/* broadcast_in_dim.c - z[i] = x[i[axes]]: axis k of x runs along axis axes[k] of z.
 *
 * An axis of x of size 1 is repeated. The transpose adds up what was repeated.
 */
#include "axes.h"

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_broadcast_attrs *a = c->attrs;
  const char *op = c->op->name;
  const tsr_type *x = &c->in_type[0];
  TSR_TRY(tsri_check_count(op, "axes", a->axes.n, (size_t)x->rank));
  TSR_TRY(tsri_check_axes(op, "axes", a->axes, (int64_t)a->shape.n, TSRI_INCREASING));
  for (int32_t k = 0; k < x->rank; k++) {
    const tsr_dim to = a->shape.data[a->axes.data[k]];
    if (tsr_dim_is(x->dims[k], 1) || tsr_dim_same(c->context->space, x->dims[k], to)) continue;
    char text[2][TSRI_DIM_TEXT];
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %d of size %s does not broadcast to size %s", op, k,
                    tsr_dim_format(x->dims[k], text[0], sizeof text[0]),
                    tsr_dim_format(to, text[1], sizeof text[1]));
  }
  return tsri_infer_shape(c, x->dtype, a->shape, &out[0]);
}

/* Is axis k of x repeated along its axis of z. */
static bool is_repeated(const tsr_call *c, size_t k) {
  const tsr_broadcast_attrs *a = c->attrs;
  return tsr_dim_is(c->in_type[0].dims[k], 1) && !tsr_dim_is(a->shape.data[a->axes.data[k]], 1);
}

/* x_ct = ct summed over new and repeated axes; the latter come back with size 1. */
static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  const tsr_broadcast_attrs *a = c->attrs;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, a->shape.n);
  if (!room.failed) {
    size_t n = 0, k = 0;
    for (size_t i = 0; i < a->shape.n; i++) {
      const bool from_x = k < a->axes.n && a->axes.data[k] == (int64_t)i;
      if (!from_x || is_repeated(c, k)) axes[n++] = (int64_t)i;
      k += from_x;
    }
    const tsr_value sum = tsr_reduce_sum(b, ct[0], tsri_axes_of(axes, n));
    in_ct[0] = tsr_reshape(b, sum, tsri_type_shape(&c->in_type[0]));
  }
  return tsri_room_leave(&room);
}

/* The mapped axis m keeps its place among x's axes, hence follows where axis m - 1 goes. */
static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_broadcast_attrs *a = c->attrs;
  const int64_t m = map->axis[0];
  const int64_t to = m == 0 ? 0 : a->axes.data[m - 1] + 1;
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *dims = tsri_batch_dims(&room, a->shape, map->size, to);
  int64_t *axes = tsri_room_axes(&room, a->axes.n + 1);
  if (!room.failed) {
    for (size_t k = 0; k < a->axes.n; k++)
      axes[tsri_batch_shift((int64_t)k, m)] = tsri_batch_shift(a->axes.data[k], to);
    axes[m] = to;
    out[0] = tsr_broadcast_in_dim(b, c->in[0], tsri_shape_of(dims, a->shape.n + 1),
                                  tsri_axes_of(axes, a->axes.n + 1));
    out_axis[0] = (int32_t)to;
  }
  return tsri_room_leave(&room);
}

/* x itself; or a broadcast of a broadcast as one. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_broadcast_attrs *a = c->attrs;
  if (tsri_shape_same(b->space, a->shape, tsri_type_shape(&c->in_type[0]))) {
    out[0] = c->in[0];
    return TSR_OK;
  }
  tsr_call inner;
  if (!tsri_producer(b, c->in[0], TSR_OP_BROADCAST_IN_DIM, &inner)) return TSR_OK;
  const tsr_broadcast_attrs *first = inner.attrs;
  const tsr_value x = inner.in[0];
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, first->axes.n);
  if (!room.failed) {
    for (size_t k = 0; k < first->axes.n; k++)
      axes[k] = a->axes.data[first->axes.data[k]];
    out[0] = tsr_broadcast_in_dim(b, x, a->shape, tsri_axes_of(axes, first->axes.n));
  }
  return tsri_room_leave(&room);
}

const tsr_rules tsri_broadcast_in_dim_rules = {
    .infer = infer, .transpose = transpose, .batch = batch, .simplify = simplify};
