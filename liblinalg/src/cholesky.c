/* cholesky.c - a = l l^H or u^H u for Hermitian positive definite a: the op, and the surface.
 *
 *   dl = l Phi(l^-1 da l^-H),   Phi(x) = tril(x) with its diagonal halved
 *
 * (Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527.) The function is
 * one of the named triangle alone, and da is the Hermitian matrix that the triangle of the
 * tangent stands for; so the gradient lies in that triangle, and is real on the diagonal.
 */
#include "linalg_internal.h"

#include "tsr/ops.h"

static const char *const triangles[] = {"lower", "upper", NULL};
static const tsr_attr_field fields[] = {
    {"uplo",    TSR_ATTR_ENUM, offsetof(tsri_cholesky_attrs, uplo),    triangles         },
    {"failure", TSR_ATTR_ENUM, offsetof(tsri_cholesky_attrs, failure), tsri_failure_words}
};
static const tsr_attr_class attr_class = {
    .name = "cholesky", .size = sizeof(tsri_cholesky_attrs), .n_fields = 2, .fields = fields};

const tsr_op tsri_cholesky_op = {.name = "tessera.linalg.cholesky.v1",
                                 .synopsis = "(factor, info), l l^H or u^H u = a",
                                 .jvp = TSR_JVP_RULE,
                                 .effect = TSR_EFFECT_CHECKED,
                                 .dtypes = TSRI_LAPACK_DTYPES,
                                 .min_inputs = 1,
                                 .max_inputs = 1,
                                 .n_outputs = 2,
                                 .attrs = &attr_class};

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  const tsri_cholesky_attrs *attrs = c->attrs;
  TSR_TRY(tsri_linalg_require_word(c, "uplo", attrs->uplo, triangles));
  TSR_TRY(tsri_linalg_require_word(c, "failure", attrs->failure, tsri_failure_words));
  TSR_TRY(tsr_require_min_rank(c, 0, 2));
  TSR_TRY(tsr_require_same_dim(c, 0, a->rank - 2, 0, a->rank - 1));
  TSR_TRY(tsri_require_lapack_size(c, 0));
  TSR_TRY(tsr_type_make(c, a->dtype, a->rank, a->dims, &out[0]));
  return tsr_type_make(c, TSR_I32, a->rank - 2, a->dims, &out[1]);
}

/* x with only half of what stands on the diagonal: the mean of both triangles. */
static tsr_value halved(tsr_builder *b, tsr_value x, tsr_uplo uplo) {
  const tsr_value with = tsri_linalg_triangle(b, x, uplo, TSRI_WITH_DIAGONAL);
  const tsr_value without = tsri_linalg_triangle(b, x, uplo, TSRI_STRICT);
  return tsr_mul(b, tsr_add(b, with, without), tsr_scalar(b, 0.5));
}

/* The Hermitian matrix of a triangle. */
static tsr_value hermitian(tsr_builder *b, tsr_value a, tsr_uplo uplo) {
  const tsr_value half = halved(b, a, uplo);
  return tsr_add(b, half, tsri_linalg_adjoint(b, half));
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsri_cholesky_attrs *attrs = c->attrs;
  const bool is_lower = attrs->uplo == TSR_LOWER;
  const tsr_uplo uplo = is_lower ? TSR_LOWER : TSR_UPPER;
  const tsr_value f = c->out[0], da = hermitian(b, t[0], uplo);
  const tsr_value left = tsri_linalg_triangular(
      b, f, da, TSR_LEFT, uplo, is_lower ? TSR_TRANS_NONE : TSR_TRANS_ADJOINT, TSR_DIAG_NON_UNIT);
  const tsr_value both =
      tsri_linalg_triangular(b, f, left, TSR_RIGHT, uplo,
                             is_lower ? TSR_TRANS_ADJOINT : TSR_TRANS_NONE, TSR_DIAG_NON_UNIT);
  const tsr_value phi = halved(b, both, uplo);
  out_t[0] = is_lower ? tsr_matmul(b, f, phi) : tsr_matmul(b, phi, f);
  out_t[1] = TSR_ZERO_VALUE;
  return tsr_builder_status(b);
}

const tsr_rules tsri_cholesky_rules = {.infer = infer, .jvp = jvp, .batch = tsri_linalg_batch};

/* ---- surface ---- */

static tsr_cholesky_result factor(tsr_builder *b, tsr_value a, tsr_uplo uplo,
                                  tsri_failure failure) {
  const tsri_cholesky_attrs attrs = {(int32_t)uplo, failure};
  tsr_value out[2] = {TSR_NO_VALUE, TSR_NO_VALUE};
  (void)tsr_emit(b, &tsri_cholesky_op, &attrs, TSR_VALUES(a), out);
  return (tsr_cholesky_result){out[0], out[1]};
}

tsr_value tsr_cholesky(tsr_builder *b, tsr_value a, tsr_uplo uplo) {
  return factor(b, a, uplo, TSRI_RAISE).factor;
}

tsr_cholesky_result tsr_cholesky_ex(tsr_builder *b, tsr_value a, tsr_uplo uplo) {
  return factor(b, a, uplo, TSRI_REPORT);
}

/* l l^H x = rhs, or u^H u x = rhs */
static tsr_status solve_factored(tsr_builder *b, tsr_value f, tsr_value rhs, tsr_uplo uplo,
                                 tsr_value *out) {
  tsri_pair p = {.a = f, .rhs = rhs};
  TSR_TRY(tsri_linalg_pair(b, "cholesky_solve", TSR_LEFT, &p));
  TSR_TRY(tsri_linalg_spread(b, &p));
  const tsr_trans first = uplo == TSR_LOWER ? TSR_TRANS_NONE : TSR_TRANS_ADJOINT;
  const tsr_trans second = uplo == TSR_LOWER ? TSR_TRANS_ADJOINT : TSR_TRANS_NONE;
  const tsr_value y =
      tsri_linalg_triangular(b, p.a, p.rhs, TSR_LEFT, uplo, first, TSR_DIAG_NON_UNIT);
  const tsr_value x = tsri_linalg_triangular(b, p.a, y, TSR_LEFT, uplo, second, TSR_DIAG_NON_UNIT);
  *out = tsri_linalg_pair_result(b, &p, TSR_LEFT, x);
  return tsr_builder_status(b);
}

tsr_value tsr_cholesky_solve(tsr_builder *b, tsr_value factor, tsr_value rhs, tsr_uplo uplo) {
  tsr_value out = TSR_NO_VALUE;
  if (tsr_value_is_zero(rhs)) return rhs;
  if (tsr_builder_status(b) != TSR_OK) return out;
  const tsr_status status = solve_factored(b, factor, rhs, uplo, &out);
  return tsr_builder_fail(b, status) == TSR_OK ? out : TSR_NO_VALUE;
}
