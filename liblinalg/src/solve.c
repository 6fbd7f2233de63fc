/* solve.c - x with a x = rhs, or a^H x = rhs, given factors of a.
 *
 *   dx = solve(drhs - da x),   transposed in rhs: solve with the adjoint of what was solved
 *
 * The kernel reads the factors only; a is there because the derivative flows through it.
 * A gradient therefore costs one factorisation and two solves. Leading axes of a, of lu
 * and of pivots broadcast against those of rhs, which has them all: one matrix and many
 * right-hand sides need no copies of the matrix.
 */
#include "linalg_internal.h"

#include "tsr/ops.h"

enum {
  A,
  LU,
  PIVOTS,
  RHS
};

static const char *const forms[] = {"plain", "adjoint", NULL};
static const tsr_attr_field solve_fields[] = {
    {"form", TSR_ATTR_ENUM, offsetof(tsri_solve_attrs, form), forms}
};
static const tsr_attr_class solve_attr_class = {
    .name = "solve", .size = sizeof(tsri_solve_attrs), .n_fields = 1, .fields = solve_fields};

const tsr_op tsri_solve_op = {.name = "tessera.linalg.solve.v1",
                              .synopsis = "x with a x = rhs, from (a, lu, pivots, rhs)",
                              .lin = TSR_LIN_EACH,
                              .lin_inputs = UINT32_C(1) << RHS,
                              .complex_linear = true,
                              .jvp = TSR_JVP_RULE,
                              .effect = TSR_EFFECT_PURE,
                              .dtypes = TSRI_LAPACK_DTYPES,
                              .min_inputs = 4,
                              .max_inputs = 4,
                              .n_outputs = 1,
                              .key = RHS,
                              .attrs = &solve_attr_class};

/* ---- types ---- */

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *in = c->in_type;
  const tsri_solve_attrs *attrs = c->attrs;
  if (attrs->form != TSRI_PLAIN && attrs->form != TSRI_ADJOINT)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: form %d is neither plain nor adjoint", c->op->name,
                    (int)attrs->form);
  TSR_TRY(tsr_require_min_rank(c, A, 2));
  TSR_TRY(tsr_require_min_rank(c, PIVOTS, 1));
  TSR_TRY(tsr_require_min_rank(c, RHS, 2));
  TSR_TRY(tsr_require_same_type(c, A, LU));
  TSR_TRY(tsr_require_dtype(c, PIVOTS, TSR_BIT(I32)));
  TSR_TRY(tsr_require_same_dtype(c, A, RHS));
  TSR_TRY(tsr_require_same_dim(c, A, in[A].rank - 2, A, in[A].rank - 1));
  TSR_TRY(tsr_require_same_dim(c, A, in[A].rank - 1, PIVOTS, in[PIVOTS].rank - 1));
  TSR_TRY(tsr_require_same_dim(c, A, in[A].rank - 1, RHS, in[RHS].rank - 2));
  TSR_TRY(tsri_linalg_require_leading(c, A, 2, RHS));
  TSR_TRY(tsri_linalg_require_leading(c, PIVOTS, 1, RHS));
  TSR_TRY(tsri_require_lapack_size(c, A));
  TSR_TRY(tsri_require_lapack_size(c, RHS));
  return tsr_type_make(c, in[RHS].dtype, in[RHS].rank, in[RHS].dims, &out[0]);
}

/* ---- derivatives ---- */

static tsr_value solve(tsr_builder *b, const tsr_value *factors, int32_t form, tsr_value rhs) {
  const tsri_solve_attrs attrs = {form};
  return tsr_emit1(b, &tsri_solve_op, &attrs,
                   TSR_VALUES(factors[A], factors[LU], factors[PIVOTS], rhs));
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsri_solve_attrs *attrs = c->attrs;
  tsr_value rest = t[RHS];
  if (!tsr_value_is_zero(t[A])) {
    tsr_value da = attrs->form == TSRI_PLAIN ? t[A] : tsri_linalg_adjoint(b, t[A]);
    rest = tsr_sub(b, rest, tsr_matmul(b, da, c->out[0]));
  }
  out_t[0] = tsr_value_is_zero(rest) ? rest : solve(b, c->in, attrs->form, rest);
  return tsr_builder_status(b);
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  const tsri_solve_attrs *attrs = c->attrs;
  int32_t other = attrs->form == TSRI_PLAIN ? TSRI_ADJOINT : TSRI_PLAIN;
  in_ct[RHS] = tsr_value_is_zero(ct[0]) ? ct[0] : solve(b, c->in, other, ct[0]);
  return tsr_builder_status(b);
}

/* ---- batching ---- */

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, tsr_value *out,
                        int32_t *out_axis) {
  static const int32_t own[] = {[A] = 2, [LU] = 2, [PIVOTS] = 1};
  return tsri_linalg_batch_solve(b, c, batch, own, TSR_LEFT, out, out_axis);
}

const tsr_rules tsri_solve_rules = {
    .infer = infer, .jvp = jvp, .transpose = transpose, .batch = batch};
