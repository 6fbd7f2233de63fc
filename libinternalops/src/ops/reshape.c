/* reshape.c - z = the elements of x in C order under another shape of the same count. */
#include "axes.h"

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_reshape_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  tsr_dim have, want;
  TSR_TRY(tsri_infer_shape(c, x->dtype, a->shape, &out[0]));
  if (tsri_shape_same(c->context->space, a->shape, tsri_type_shape(x))) return TSR_OK;
  TSR_TRY_MSG(tsri_count(c->context->space, tsri_type_shape(x), &have), "%s", c->op->name);
  TSR_TRY_MSG(tsri_count(c->context->space, a->shape, &want), "%s", c->op->name);
  if (tsr_dim_same(c->context->space, have, want)) return TSR_OK;
  char text[2][2 * TSRI_DIM_TEXT], count[2][TSRI_DIM_TEXT];
  return TSR_FAIL(TSR_ERR_SHAPE, "%s: %s has %s elements, %s has %s", c->op->name,
                  tsr_type_format(x, text[0], sizeof text[0]),
                  tsr_dim_format(have, count[0], sizeof count[0]),
                  tsr_type_format(&out[0], text[1], sizeof text[1]),
                  tsr_dim_format(want, count[1], sizeof count[1]));
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  in_ct[0] = tsr_reshape(b, ct[0], tsri_type_shape(&c->in_type[0]));
  return tsr_builder_status(b);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  const tsr_reshape_attrs *a = c->attrs;
  const tsr_value x = tsr_batch_front(b, c->in[0], map->axis[0], map->size);
  tsri_room room;
  tsri_room_enter(&room, b);
  tsr_dim *dims = tsri_batch_dims(&room, a->shape, map->size, 0);
  if (!room.failed) {
    out[0] = tsr_reshape(b, x, tsri_shape_of(dims, a->shape.n + 1));
    out_axis[0] = 0;
  }
  return tsri_room_leave(&room);
}

/* x itself; or a reshape of a reshape as one. */
static tsr_status simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_reshape_attrs *a = c->attrs;
  tsr_call inner;
  if (tsri_shape_same(b->space, a->shape, tsri_type_shape(&c->in_type[0]))) {
    out[0] = c->in[0];
  } else if (tsri_producer(b, c->in[0], TSR_OP_RESHAPE, &inner)) {
    out[0] = tsr_reshape(b, inner.in[0], a->shape);
  }
  return tsr_builder_status(b);
}

const tsr_rules tsri_reshape_rules = {
    .infer = infer, .transpose = transpose, .batch = batch, .simplify = simplify};
