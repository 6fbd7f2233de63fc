/* det.c - determinants: three ops, their rules, and the surface.
 *
 *   d det a = sum cof(a) * da                         (Jacobi)
 *   d log |det a| = Re tr(a^-1 da),   d sign = i sign Im tr(a^-1 da)
 *   d cof(a) = tr(x) cof(a) - cof(a) x^T,   x = a^-1 da
 *
 * (* element by element.) Cofactors are polynomials in a, so the derivative of det is there for
 * singular matrices too; they are an op because no composition of others computes them then.
 */
#include "linalg_internal.h"

#include "tsr/ops.h"

const tsr_op tsri_det_op = {.name = "tessera.linalg.det.v1",
                            .synopsis = "det a",
                            .jvp = TSR_JVP_RULE,
                            .effect = TSR_EFFECT_PURE,
                            .dtypes = TSRI_LAPACK_DTYPES,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .n_outputs = 1};
const tsr_op tsri_slogdet_op = {.name = "tessera.linalg.slogdet.v1",
                                .synopsis = "(sign, log |det a|)",
                                .jvp = TSR_JVP_RULE,
                                .effect = TSR_EFFECT_PURE,
                                .dtypes = TSRI_LAPACK_DTYPES,
                                .min_inputs = 1,
                                .max_inputs = 1,
                                .n_outputs = 2};
const tsr_op tsri_cofactor_op = {.name = "tessera.linalg.cofactor.v1",
                                 .synopsis = "c with det a = sum_j a_ij c_ij for every i",
                                 .jvp = TSR_JVP_RULE,
                                 .effect = TSR_EFFECT_PURE,
                                 .dtypes = TSRI_LAPACK_DTYPES,
                                 .min_inputs = 1,
                                 .max_inputs = 1,
                                 .n_outputs = 1};

static tsr_status require_square(const tsr_call *c) {
  const tsr_type *a = &c->in_type[0];
  TSR_TRY(tsr_require_min_rank(c, 0, 2));
  TSR_TRY(tsr_require_same_dim(c, 0, a->rank - 2, 0, a->rank - 1));
  return tsri_require_lapack_size(c, 0);
}

static tsr_status infer_det(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  TSR_TRY(require_square(c));
  return tsr_type_make(c, a->dtype, a->rank - 2, a->dims, &out[0]);
}
static tsr_status infer_slogdet(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  TSR_TRY(infer_det(c, out));
  return tsr_type_make(c, tsr_dtype_real(a->dtype), a->rank - 2, a->dims, &out[1]);
}
static tsr_status infer_cofactor(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  TSR_TRY(require_square(c));
  return tsr_type_make(c, a->dtype, a->rank, a->dims, &out[0]);
}

static tsr_status det_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_value cofactors = tsr_emit1(b, &tsri_cofactor_op, NULL, TSR_VALUES(c->in[0]));
  out_t[0] = tsr_reduce_sum(b, tsr_mul(b, cofactors, t[0]), TSR_AXES(-2, -1));
  return tsr_builder_status(b);
}

static tsr_status slogdet_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                              tsr_value *out_t) {
  const tsr_value trace = tsr_trace(b, tsri_linalg_solve(b, c->in[0], t[0], NULL), 0);
  out_t[0] = TSR_ZERO_VALUE;
  out_t[1] = tsr_real(b, trace);
  if (tsr_dtype_kind(c->in_type[0].dtype) == TSR_KIND_COMPLEX) {
    const tsr_value imaginary =
        tsr_mul(b, tsr_sub(b, trace, tsr_conj(b, trace)), tsr_scalar(b, 0.5));
    out_t[0] = tsr_mul(b, c->out[0], imaginary);
  }
  return tsr_builder_status(b);
}

static tsr_status cofactor_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                               tsr_value *out_t) {
  const tsr_type *a = &c->in_type[0];
  out_t[0] = TSR_ZERO_VALUE;
  if (tsr_dim_is(a->dims[a->rank - 1], 1)) return TSR_OK; /* the cofactor of a number is 1 */
  const tsr_value x = tsri_linalg_solve(b, c->in[0], t[0], NULL);
  const tsr_value trace = tsr_expand_dims(b, tsr_trace(b, x, 0), TSR_AXES(-2, -1));
  out_t[0] = tsr_sub(b, tsr_mul(b, trace, c->out[0]),
                     tsr_matmul(b, c->out[0], tsri_linalg_transposed(b, x)));
  return tsr_builder_status(b);
}

const tsr_rules tsri_det_rules = {.infer = infer_det, .jvp = det_jvp, .batch = tsri_linalg_batch};
const tsr_rules tsri_slogdet_rules = {
    .infer = infer_slogdet, .jvp = slogdet_jvp, .batch = tsri_linalg_batch};
const tsr_rules tsri_cofactor_rules = {
    .infer = infer_cofactor, .jvp = cofactor_jvp, .batch = tsri_linalg_batch};

/* ---- surface ---- */

tsr_value tsr_det(tsr_builder *b, tsr_value a) {
  return tsr_emit1(b, &tsri_det_op, NULL, TSR_VALUES(a));
}

tsr_slogdet_result tsr_slogdet(tsr_builder *b, tsr_value a) {
  tsr_value out[2] = {TSR_NO_VALUE, TSR_NO_VALUE};
  (void)tsr_emit(b, &tsri_slogdet_op, NULL, TSR_VALUES(a), out);
  return (tsr_slogdet_result){out[0], out[1]};
}
