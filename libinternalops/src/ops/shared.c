/* shared.c - batching of elementwise ops, ops that undo themselves, a look at constants. */
#include "ops/ops_internal.h"

tsr_status tsri_infer_same(const tsr_call *c, tsr_type *out) {
  for (int32_t i = 1; i < c->n_in; i++)
    TSR_TRY(tsr_require_same_type(c, 0, i));
  out[0] = c->in_type[0];
  return TSR_OK;
}

tsr_status tsri_require_same_shape(const tsr_call *c, int32_t i, int32_t j) {
  TSR_TRY(tsr_require_rank(c, i, c->in_type[j].rank));
  for (int32_t k = 0; k < c->in_type[i].rank; k++)
    TSR_TRY(tsr_require_same_dim(c, i, k, j, k));
  return TSR_OK;
}

/* ---- batching ---- */

tsr_status tsri_batch_elementwise(tsr_builder *b, const tsr_call *c, const tsr_batch *batch,
                                  tsr_value *out, int32_t *out_axis) {
  tsri_room room;
  tsri_room_enter(&room, b);
  bool together = true; /* one mapped axis for all: nothing needs to move */
  for (int32_t i = 1; i < c->n_in; i++)
    together = together && batch->axis[i] == batch->axis[0];
  tsr_value *in = tsri_room_values(&room, (size_t)c->n_in);
  for (int32_t i = 0; in && i < c->n_in; i++)
    in[i] = together ? c->in[i] : tsr_batch_front(b, c->in[i], batch->axis[i], batch->size);
  out_axis[0] = together ? batch->axis[0] : 0;
  if (in) out[0] = tsr_emit1(b, c->op, c->attrs, tsr_values_of(in, (size_t)c->n_in));
  return tsri_room_leave(&room);
}

tsr_status tsri_batch_none(tsr_builder *b, const tsr_call *c, const tsr_batch *batch,
                           tsr_value *out, int32_t *out_axis) {
  (void)batch;
  out[0] = tsr_emit1(b, c->op, c->attrs, TSR_NO_VALUES);
  out_axis[0] = -1;
  return tsr_builder_status(b);
}

/* ---- simplification ---- */

tsr_status tsri_simplify_twice(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  tsr_call made;
  if (tsr_builder_producer(b, c->in[0], &made) && made.op == c->op) out[0] = made.in[0];
  return tsr_builder_status(b);
}

tsr_status tsri_simplify_idempotent(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  tsr_call made;
  if (tsr_builder_producer(b, c->in[0], &made) && made.op == c->op) out[0] = c->in[0];
  return tsr_builder_status(b);
}

/* ---- constants ---- */

bool tsri_splat(tsr_builder *b, tsr_value v, tsr_number *out) {
  tsr_call made;
  while (tsr_builder_producer(b, v, &made)) {
    if (made.op == tsr_op_core(TSR_OP_CONSTANT)) {
      const tsr_literal *literal =
          tsr_literal_cast(((const tsr_constant_attrs *)made.attrs)->tensor);
      return literal && tsr_literal_splat(literal, out);
    }
    if (made.op != tsr_op_core(TSR_OP_BROADCAST_IN_DIM)) return false;
    v = made.in[0];
  }
  return false;
}

bool tsri_is_splat_of(tsr_builder *b, tsr_value v, int64_t number) {
  tsr_number n;
  if (!tsri_splat(b, v, &n)) return false;
  return n.dtype == TSR_I64 ? n.i == number : n.re == (double)number && n.im == 0;
}
