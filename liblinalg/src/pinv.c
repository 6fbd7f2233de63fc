/* pinv.c - p, known to be the pseudo-inverse of a: what carries the derivative in a.
 *
 *   dp = -p da p + p p^H da^H (1 - a p) + (1 - p a) da^H p^H p
 *
 * The operand p comes from singular values, where equal ones have vectors without a
 * derivative; that of p exists there all the same, and needs no gaps between them. It holds
 * as long as the rank does. Products are taken in the order that stays on the short side of
 * a. (Golub, Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
 * problems whose variables separate", 1973.)
 */
#include "linalg_internal.h"

#include "tsr/ops.h"

enum {
  A,
  P
};

const tsr_op tsri_pinv_op = {.name = "tessera.linalg.pinv.v1",
                             .synopsis = "p of (a, p), which differentiates in a",
                             .jvp = TSR_JVP_RULE,
                             .effect = TSR_EFFECT_PURE,
                             .dtypes = TSRI_LAPACK_DTYPES,
                             .min_inputs = 2,
                             .max_inputs = 2,
                             .n_outputs = 1};

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[A], *p = &c->in_type[P];
  TSR_TRY(tsr_require_min_rank(c, A, 2));
  TSR_TRY(tsr_require_rank(c, P, a->rank));
  TSR_TRY(tsr_require_same_dtype(c, A, P));
  for (int32_t i = 0; i < a->rank - 2; i++)
    TSR_TRY(tsr_require_same_dim(c, A, i, P, i));
  TSR_TRY(tsr_require_same_dim(c, A, a->rank - 2, P, a->rank - 1));
  TSR_TRY(tsr_require_same_dim(c, A, a->rank - 1, P, a->rank - 2));
  return tsr_type_make(c, p->dtype, p->rank, p->dims, &out[0]);
}

/* x y z, from the left for tall matrices */
static tsr_value chain(tsr_builder *b, tsr_value x, tsr_value y, tsr_value z, bool tall) {
  if (tall) return tsr_matmul(b, tsr_matmul(b, x, y), z);
  return tsr_matmul(b, x, tsr_matmul(b, y, z));
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  if (tsr_value_is_zero(t[A])) {
    out_t[0] = TSR_ZERO_VALUE;
    return TSR_OK;
  }
  const tsr_type *type = &c->in_type[A];
  const tsr_dim m = type->dims[type->rank - 2], n = type->dims[type->rank - 1];
  const bool tall = !tsr_dim_is_const(m) || !tsr_dim_is_const(n) || m.n >= n.n;
  const tsr_value a = c->in[A], p = c->out[0];
  const tsr_value ph = tsri_linalg_adjoint(b, p), dah = tsri_linalg_adjoint(b, t[A]);
  tsr_value right = tsr_sub(b, dah, chain(b, dah, a, p, tall));
  tsr_value left = tsr_sub(b, dah, chain(b, p, a, dah, tall));
  tsr_value sides = tsr_add(b, chain(b, p, ph, right, tall), chain(b, left, ph, p, tall));
  out_t[0] = tsr_sub(b, sides, chain(b, p, t[A], p, tall));
  return tsr_builder_status(b);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, tsr_value *out,
                        int32_t *out_axis) {
  tsr_value a = tsr_batch_front(b, c->in[A], batch->axis[A], batch->size);
  tsr_value p = tsr_batch_front(b, c->in[P], batch->axis[P], batch->size);
  out[0] = tsr_emit1(b, c->op, NULL, TSR_VALUES(a, p));
  out_axis[0] = 0;
  return tsr_builder_status(b);
}

static tsr_status lower(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  (void)b;
  out[0] = c->in[P];
  return TSR_OK;
}

const tsr_rules tsri_pinv_rules = {.infer = infer, .jvp = jvp, .batch = batch, .lower = lower};
