/* svd_jvp.c - the derivative of the singular value decomposition.
 *
 *   dP = u^H da v = H + K, hermitian and skew,   ds_i = Re dP_ii
 *   du = u W + (1 - u u^H) da v / s,     W = R H + S K
 *   dv = v Z + (1 - v v^H) da^H u / s,   Z = R H - S K
 *   R_ij = 1 / (s_j - s_i),   S_ij = 1 / (s_i + s_j)
 *
 * (products with R and S element by element). du and dv solve dA = du s v^H + u ds v^H +
 * u s dv^H with u^H u = v^H v = 1; the free phase of each pair of vectors is shared by both.
 * Nothing over- or underflows. (Townsend, "Differentiating the singular value
 * decomposition", 2016; Wan, Zhang, arXiv:1909.02659, complex case.)
 *
 * R_ij is 0 where the values count as equal, S_ij and 1 / s_i where they count as zero: what
 * is undefined is left out. Vectors that complete u to a square stay orthogonal to the moving
 * ones, du2 = -u (du^H u2), and do not turn among themselves.
 */
#include "linalg_internal.h"

#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* What depends on the primal values alone, and the tangent's projections. */
typedef struct context {
  tsr_builder *b;
  tsr_value u, s, vt;  /* reduced */
  tsr_value threshold; /* [.., 1] below it a value counts as zero */
  tsr_value inverse;   /* [.., k] 1 / s, or 0 */
  tsr_value apart;     /* [.., k, k] R */
  tsr_value joint;     /* [.., k, k] S */
  tsr_value ga;        /* [.., k, n] u^H da */
  tsr_value dp;        /* [.., k, k] */
  tsr_value diagonal;  /* [.., k] dP_ii */
} context;

static void set_threshold(context *x) {
  tsr_builder *b = x->b;
  x->threshold = tsri_linalg_threshold(b, tsr_reduce_max(b, x->s, TSR_AXES(-1)));
  x->inverse = tsri_linalg_safe_div(b, tsr_gt(b, x->s, x->threshold), tsr_scalar(b, 1), x->s);
}

static void set_ratios(context *x) {
  tsr_builder *b = x->b;
  tsr_value sum = tsr_add(b, tsri_linalg_as_row(b, x->s), tsri_linalg_as_column(b, x->s));
  tsr_value is_some = tsr_gt(b, sum, tsri_linalg_as_column(b, x->threshold));
  x->apart = tsri_linalg_inverse_gaps(b, x->s, x->threshold);
  x->joint = tsri_linalg_safe_div(b, is_some, tsr_scalar(b, 1), sum);
}

/* dP_ii = sum_j (u^H da)_ij v_ji */
static void project(context *x, tsr_value da) {
  tsr_builder *b = x->b;
  x->ga = tsr_matmul(b, tsri_linalg_adjoint(b, x->u), da);
  x->diagonal = tsr_reduce_sum(b, tsr_mul(b, x->ga, tsr_conj(b, x->vt)), TSR_AXES(-1));
}

/* W and Z */
static void rotate(context *x, tsr_value *w, tsr_value *z) {
  tsr_builder *b = x->b;
  tsr_value adjoint = tsri_linalg_adjoint(b, x->dp), half = tsr_scalar(b, 0.5);
  tsr_value hermitian = tsr_mul(b, tsr_add(b, x->dp, adjoint), tsr_mul(b, x->apart, half));
  tsr_value skew = tsr_mul(b, tsr_sub(b, x->dp, adjoint), tsr_mul(b, x->joint, half));
  *w = tsr_add(b, hermitian, skew);
  *z = tsr_sub(b, hermitian, skew);
}

/* Is k known to be the size of that axis of v: nothing is orthogonal to all vectors. */
static bool is_complete(tsr_builder *b, tsr_value v, int64_t axis, tsr_value s) {
  return tsri_linalg_same_side(b, v, axis, s, -1);
}

static tsr_value tangent_u(context *x, tsr_value da, tsr_value v, tsr_value w) {
  tsr_builder *b = x->b;
  tsr_value du = tsr_matmul(b, x->u, w);
  if (is_complete(b, x->u, -2, x->s)) return du;
  tsr_value rest = tsr_sub(b, tsr_matmul(b, da, v), tsr_matmul(b, x->u, x->dp));
  return tsr_add(b, du, tsr_mul(b, rest, tsri_linalg_as_row(b, x->inverse)));
}

static tsr_value tangent_vt(context *x, tsr_value z) {
  tsr_builder *b = x->b;
  tsr_value dvt = tsr_neg(b, tsr_matmul(b, z, x->vt));
  if (is_complete(b, x->vt, -1, x->s)) return dvt;
  tsr_value rest = tsr_sub(b, x->ga, tsr_matmul(b, x->dp, x->vt));
  return tsr_add(b, dvt, tsr_mul(b, rest, tsri_linalg_as_column(b, x->inverse)));
}

/* The completing vectors follow: du2 = -u (du^H u2). */
static tsr_value complete_u(context *x, tsr_value u, tsr_value du, tsr_dim k) {
  tsr_builder *b = x->b;
  tsr_value u2 = tsri_linalg_columns(b, u, k, tsr_value_dim(b, u, -1));
  tsr_value du2 = tsr_neg(b, tsr_matmul(b, x->u, tsr_matmul(b, tsri_linalg_adjoint(b, du), u2)));
  return tsr_concatenate(b, TSR_VALUES(du, du2), -1);
}
static tsr_value complete_vt(context *x, tsr_value vt, tsr_value dvt, tsr_dim k) {
  tsr_builder *b = x->b;
  tsr_value vt2 = tsri_linalg_rows(b, vt, k, tsr_value_dim(b, vt, -2));
  tsr_value dvt2 =
      tsr_neg(b, tsr_matmul(b, tsr_matmul(b, vt2, tsri_linalg_adjoint(b, dvt)), x->vt));
  return tsr_concatenate(b, TSR_VALUES(dvt, dvt2), -2);
}

tsr_status tsri_svd_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsri_svd_attrs *attrs = c->attrs;
  context x = {.b = b, .u = c->out[0], .s = c->out[1], .vt = c->out[2]};
  tsr_dim k = tsr_value_dim(b, x.s, -1);
  bool more_u = attrs->kind == TSR_SVD_FULL && !is_complete(b, x.u, -2, x.s);
  bool more_vt = attrs->kind == TSR_SVD_FULL && !is_complete(b, x.vt, -1, x.s);
  if (more_u) x.u = tsri_linalg_columns(b, x.u, tsr_dim_of(0), k);
  if (more_vt) x.vt = tsri_linalg_rows(b, x.vt, tsr_dim_of(0), k);
  tsr_value v = tsri_linalg_adjoint(b, x.vt), w, z;
  set_threshold(&x);
  set_ratios(&x);
  project(&x, t[0]);
  x.dp = tsr_matmul(b, x.ga, v);
  rotate(&x, &w, &z);
  out_t[0] = tangent_u(&x, t[0], v, w);
  out_t[1] = tsr_real(b, x.diagonal);
  out_t[2] = tangent_vt(&x, z);
  if (more_u) out_t[0] = complete_u(&x, c->out[0], out_t[0], k);
  if (more_vt) out_t[2] = complete_vt(&x, c->out[2], out_t[2], k);
  return tsr_builder_status(b);
}

/* The vectors are needed after all; with s they come from one decomposition. */
tsr_status tsri_svd_values_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                               tsr_value *out_t) {
  const tsri_svd_attrs attrs = {TSR_SVD_REDUCED};
  tsr_value d[3];
  TSR_TRY(tsr_emit(b, &tsri_svd_op, &attrs, TSR_VALUES(c->in[0]), d));
  context x = {.b = b, .u = d[0], .s = d[1], .vt = d[2]};
  project(&x, t[0]);
  out_t[0] = tsr_real(b, x.diagonal);
  return tsr_builder_status(b);
}
