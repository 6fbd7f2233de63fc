/* transpose.c - axis k of z is axis axes[k] of x. */
#include "axes.h"

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_transpose_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  tsr_dim *dims;
  TSR_TRY(tsri_check_count(c->op->name, "axes", a->axes.n, (size_t)x->rank));
  TSR_TRY(tsri_check_axes(c->op->name, "axes", a->axes, x->rank, TSRI_DISTINCT));
  TSR_TRY(tsri_infer_dims(c, a->axes.n, &dims));
  for (size_t k = 0; k < a->axes.n; k++)
    dims[k] = x->dims[a->axes.data[k]];
  *out = (tsr_type){x->dtype, x->rank, dims};
  return TSR_OK;
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  const tsr_transpose_attrs *a = c->attrs;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *inverse = tsri_room_axes(&room, a->axes.n);
  if (!room.failed) {
    for (size_t k = 0; k < a->axes.n; k++)
      inverse[a->axes.data[k]] = (int64_t)k;
    in_ct[0] = tsr_transpose(b, ct[0], tsri_axes_of(inverse, a->axes.n));
  }
  return tsri_room_leave(&room);
}

/* The permutation itself takes the mapped axis to the front. */
static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_transpose_attrs *a = c->attrs;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, a->axes.n + 1);
  if (!room.failed) {
    axes[0] = map->axis[0];
    for (size_t k = 0; k < a->axes.n; k++)
      axes[k + 1] = tsri_batch_shift(a->axes.data[k], map->axis[0]);
    out[0] = tsr_transpose(b, c->in[0], tsri_axes_of(axes, a->axes.n + 1));
    out_axis[0] = 0;
  }
  return tsri_room_leave(&room);
}

/* x itself; or a transpose of a transpose as one. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_transpose_attrs *a = c->attrs;
  tsr_call inner;
  if (tsri_axes_is_identity(a->axes)) {
    out[0] = c->in[0];
    return TSR_OK;
  }
  if (!tsri_producer(b, c->in[0], TSR_OP_TRANSPOSE, &inner)) return TSR_OK;
  const tsr_transpose_attrs *first = inner.attrs;
  tsri_room room;
  tsri_room_enter(&room, b);
  int64_t *axes = tsri_room_axes(&room, a->axes.n);
  if (!room.failed) {
    for (size_t k = 0; k < a->axes.n; k++)
      axes[k] = first->axes.data[a->axes.data[k]];
    out[0] = tsr_transpose(b, inner.in[0], tsri_axes_of(axes, a->axes.n));
  }
  return tsri_room_leave(&room);
}

const tsr_rules tsri_transpose_rules = {
    .infer = infer, .transpose = transpose, .batch = batch, .simplify = simplify};
