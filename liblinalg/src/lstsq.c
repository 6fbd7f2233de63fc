/* lstsq.c - least squares, pseudo-inverse, rank and condition, from singular values.
 *
 * Compositions: batching follows from their parts, derivatives from those of the singular
 * values and of the pseudo-inverse.
 */
#include "linalg_internal.h"

#include <float.h>
#include <math.h>

#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* What is left of a decomposition after the cut. */
typedef struct kept {
  tsr_svd_result d;
  tsr_value above; /* [.., k] bool: s > rcond s[0] */
} kept;

/* eps max(m, n), as a number of the program: sizes may be symbolic. */
static tsr_value default_cut(tsr_builder *b, const tsr_type *a) {
  const tsr_dtype real = tsr_dtype_real(a->dtype);
  const double eps = real == TSR_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  tsr_dim most;
  const tsr_dim m = a->dims[a->rank - 2], n = a->dims[a->rank - 1];
  if (tsr_builder_fail(b, tsr_dim_max(b->space, m, n, &most)) != TSR_OK) return TSR_NO_VALUE;
  return tsr_mul(b, tsr_dim_value(b, most, real), tsr_scalar(b, eps));
}

static kept decompose(tsr_builder *b, const char *name, tsr_value a, tsr_svd_kind kind,
                      double rcond) {
  kept out = {
      {TSR_NO_VALUE, TSR_NO_VALUE, TSR_NO_VALUE},
      TSR_NO_VALUE
  };
  tsr_type type;
  if (isnan(rcond)) (void)tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "%s: rcond is NaN", name));
  if (tsr_builder_status(b) != TSR_OK) return out;
  out.d = tsr_svd(b, a, kind);
  if (tsr_builder_status(b) != TSR_OK) return out;
  if (tsr_builder_fail(b, tsr_value_type(b, a, &type)) != TSR_OK) return out;
  tsr_value cut = rcond < 0 ? default_cut(b, &type) : tsr_scalar(b, rcond);
  tsr_value largest = tsr_expand_dims(b, tsr_reduce_max(b, out.d.s, TSR_AXES(-1)), TSR_AXES(-1));
  out.above = tsr_gt(b, out.d.s, tsr_mul(b, largest, cut));
  return out;
}

static tsr_value count(tsr_builder *b, tsr_value flags) {
  return tsr_reduce_sum(b, tsr_convert(b, flags, TSR_I64), TSR_AXES(-1));
}

/* ---- pseudo-inverse ---- */

static tsr_value pseudo_inverse(tsr_builder *b, tsr_value a, const kept *k) {
  tsr_value uh = tsri_linalg_adjoint(b, k->d.u);
  tsr_value scaled = tsri_linalg_safe_div(b, tsri_linalg_as_column(b, k->above), uh,
                                          tsri_linalg_as_column(b, k->d.s));
  tsr_value p = tsr_matmul(b, tsri_linalg_adjoint(b, k->d.vt), scaled);
  return tsr_emit1(b, &tsri_pinv_op, NULL, TSR_VALUES(a, p));
}

tsr_value tsr_pinv(tsr_builder *b, tsr_value a, double rcond) {
  const kept k = decompose(b, "pinv", a, TSR_SVD_REDUCED, rcond);
  return tsr_builder_status(b) == TSR_OK ? pseudo_inverse(b, a, &k) : TSR_NO_VALUE;
}

/* ---- least squares ---- */

static tsr_status check_rows(const tsr_type *a, const tsr_type *rhs) {
  char text[2][128];
  const tsr_dim m = a->dims[a->rank - 2], n = rhs->dims[rhs->rank - 2];
  if (!tsr_dim_is_const(m) || !tsr_dim_is_const(n) || m.n == n.n) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "lstsq: a is %s, rhs is %s: they have %lld and %lld rows",
                  tsr_type_format(a, text[0], sizeof text[0]),
                  tsr_type_format(rhs, text[1], sizeof text[1]), (long long)m.n, (long long)n.n);
}

static tsr_status build(tsr_builder *b, tsr_value a, tsr_value rhs, double rcond,
                        tsr_lstsq_result *out) {
  tsri_pair p = {.a = a, .rhs = rhs};
  TSR_TRY(tsr_builder_status(b));
  TSR_TRY(tsri_linalg_operands(b, "lstsq", TSR_LEFT, &p));
  TSR_TRY(check_rows(&p.a_type, &p.rhs_type));
  const kept k = decompose(b, "lstsq", p.a, TSR_SVD_REDUCED, rcond);
  tsr_value x = tsr_matmul(b, pseudo_inverse(b, p.a, &k), p.rhs);
  tsr_value rest = tsr_sub(b, p.rhs, tsr_matmul(b, p.a, x));
  tsr_value squares = tsr_real(b, tsr_mul(b, rest, tsr_conj(b, rest)));
  out->x = tsri_linalg_pair_result(b, &p, TSR_LEFT, x);
  out->residuals =
      tsri_linalg_pair_result(b, &p, TSR_LEFT, tsr_reduce_sum(b, squares, TSR_AXES(-2)));
  out->rank = count(b, k.above);
  out->s = k.d.s;
  return tsr_builder_status(b);
}

tsr_lstsq_result tsr_lstsq(tsr_builder *b, tsr_value a, tsr_value rhs, double rcond) {
  const tsr_lstsq_result none = {TSR_NO_VALUE, TSR_NO_VALUE, TSR_NO_VALUE, TSR_NO_VALUE};
  tsr_lstsq_result out = none;
  const tsr_status status = build(b, a, rhs, rcond, &out);
  return tsr_builder_fail(b, status) == TSR_OK ? out : none;
}

/* ---- rank, condition ---- */

tsr_value tsr_matrix_rank(tsr_builder *b, tsr_value a, double rcond) {
  const kept k = decompose(b, "matrix_rank", a, TSR_SVD_VALUES, rcond);
  return tsr_builder_status(b) == TSR_OK ? count(b, k.above) : TSR_NO_VALUE;
}

/* Of nothing the largest is taken to be 0 and the smallest infinite. */
tsr_value tsr_matrix_cond(tsr_builder *b, tsr_value a) {
  const tsr_value s = tsr_svd(b, a, TSR_SVD_VALUES).s, zero = tsr_scalar(b, 0);
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_value most = tsr_max(b, tsr_reduce_max(b, s, TSR_AXES(-1)), zero);
  tsr_value least = tsr_neg(b, tsr_reduce_max(b, tsr_neg(b, s), TSR_AXES(-1)));
  tsr_value is_zero = tsr_eq(b, least, zero);
  tsr_value ratio = tsr_div(b, most, tsr_select(b, is_zero, tsr_scalar(b, 1), least));
  return tsr_select(b, is_zero, tsr_scalar(b, INFINITY), ratio);
}
