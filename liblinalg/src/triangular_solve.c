/* triangular_solve.c - x with op(a) x = rhs, or x op(a) = rhs, for a triangle of a.
 *
 *   dx = op(a)^-1 (drhs - op(tri(da)) x),   or (drhs - x op(tri(da))) op(a)^-1
 *   transposed in rhs: the same with the adjoint of op(a)
 *
 * tri keeps what is read: the named triangle, without its diagonal where that is taken to be 1.
 * Leading axes of a broadcast against those of rhs, which has them all.
 */
#include "linalg_internal.h"

#include "tsr/ops.h"

enum {
  A,
  RHS
};

static const char *const sides[] = {"left", "right", NULL};
static const char *const triangles[] = {"lower", "upper", NULL};
static const char *const transposes[] = {"none", "transpose", "adjoint", NULL};
static const char *const diagonals[] = {"non_unit", "unit", NULL};
static const tsr_attr_field fields[] = {
    {"side",  TSR_ATTR_ENUM, offsetof(tsri_triangular_attrs, side),  sides     },
    {"uplo",  TSR_ATTR_ENUM, offsetof(tsri_triangular_attrs, uplo),  triangles },
    {"trans", TSR_ATTR_ENUM, offsetof(tsri_triangular_attrs, trans), transposes},
    {"diag",  TSR_ATTR_ENUM, offsetof(tsri_triangular_attrs, diag),  diagonals }
};
static const tsr_attr_class attr_class = {.name = "triangular_solve",
                                          .size = sizeof(tsri_triangular_attrs),
                                          .n_fields = 4,
                                          .fields = fields};

const tsr_op tsri_triangular_solve_op = {.name = "tessera.linalg.triangular_solve.v1",
                                         .synopsis = "x with op(a) x = rhs or x op(a) = rhs, a "
                                                     "triangular",
                                         .lin = TSR_LIN_EACH,
                                         .lin_inputs = UINT32_C(1) << RHS,
                                         .complex_linear = true,
                                         .jvp = TSR_JVP_RULE,
                                         .effect = TSR_EFFECT_CHECKED,
                                         .dtypes = TSRI_LAPACK_DTYPES,
                                         .min_inputs = 2,
                                         .max_inputs = 2,
                                         .n_outputs = 1,
                                         .key = RHS,
                                         .attrs = &attr_class};

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsri_triangular_attrs *attrs = c->attrs;
  const tsr_type *a = &c->in_type[A], *rhs = &c->in_type[RHS];
  TSR_TRY(tsri_linalg_require_word(c, "side", attrs->side, sides));
  TSR_TRY(tsri_linalg_require_word(c, "uplo", attrs->uplo, triangles));
  TSR_TRY(tsri_linalg_require_word(c, "trans", attrs->trans, transposes));
  TSR_TRY(tsri_linalg_require_word(c, "diag", attrs->diag, diagonals));
  TSR_TRY(tsr_require_min_rank(c, A, 2));
  TSR_TRY(tsr_require_min_rank(c, RHS, 2));
  TSR_TRY(tsr_require_same_dtype(c, A, RHS));
  TSR_TRY(tsr_require_same_dim(c, A, a->rank - 2, A, a->rank - 1));
  const int32_t met = rhs->rank - (attrs->side == TSR_LEFT ? 2 : 1);
  TSR_TRY(tsr_require_same_dim(c, A, a->rank - 1, RHS, met));
  TSR_TRY(tsri_linalg_require_leading(c, A, 2, RHS));
  TSR_TRY(tsri_require_lapack_size(c, A));
  TSR_TRY(tsri_require_lapack_size(c, RHS));
  return tsr_type_make(c, rhs->dtype, rhs->rank, rhs->dims, &out[0]);
}

/* ---- derivatives ---- */

static tsr_value solve(tsr_builder *b, const tsri_triangular_attrs *attrs, tsr_value a,
                       tsr_value rhs) {
  if (tsr_value_is_zero(rhs)) return rhs;
  return tsr_emit1(b, &tsri_triangular_solve_op, attrs, TSR_VALUES(a, rhs));
}

static tsr_value applied(tsr_builder *b, int32_t trans, tsr_value a) {
  if (trans == TSR_TRANS_NONE) return a;
  return trans == TSR_TRANS_ADJOINT ? tsri_linalg_adjoint(b, a) : tsri_linalg_transposed(b, a);
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsri_triangular_attrs *attrs = c->attrs;
  tsr_value rest = t[RHS];
  if (!tsr_value_is_zero(t[A])) {
    const tsri_part part = attrs->diag == TSR_DIAG_UNIT ? TSRI_STRICT : TSRI_WITH_DIAGONAL;
    const tsr_uplo uplo = attrs->uplo == TSR_LOWER ? TSR_LOWER : TSR_UPPER;
    const tsr_value da = applied(b, attrs->trans, tsri_linalg_triangle(b, t[A], uplo, part));
    const tsr_value moved =
        attrs->side == TSR_LEFT ? tsr_matmul(b, da, c->out[0]) : tsr_matmul(b, c->out[0], da);
    rest = tsr_sub(b, rest, moved);
  }
  out_t[0] = solve(b, attrs, c->in[A], rest);
  return tsr_builder_status(b);
}

/* (a^T)^H is conj(a): the one adjoint that is no op(a). */
static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  tsri_triangular_attrs attrs = *(const tsri_triangular_attrs *)c->attrs;
  tsr_value a = c->in[A];
  if (attrs.trans == TSR_TRANS_TRANSPOSE && !tsr_value_is_zero(ct[0])) a = tsr_conj(b, a);
  attrs.trans = attrs.trans == TSR_TRANS_NONE ? TSR_TRANS_ADJOINT : TSR_TRANS_NONE;
  in_ct[RHS] = solve(b, &attrs, a, ct[0]);
  return tsr_builder_status(b);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, tsr_value *out,
                        int32_t *out_axis) {
  static const int32_t own[] = {[A] = 2};
  const tsri_triangular_attrs *attrs = c->attrs;
  const tsr_side side = attrs->side == TSR_LEFT ? TSR_LEFT : TSR_RIGHT;
  return tsri_linalg_batch_solve(b, c, batch, own, side, out, out_axis);
}

const tsr_rules tsri_triangular_solve_rules = {
    .infer = infer, .jvp = jvp, .transpose = transpose, .batch = batch};

/* ---- surface ---- */

tsr_value tsri_linalg_triangular(tsr_builder *b, tsr_value a, tsr_value rhs, tsr_side side,
                                 tsr_uplo uplo, tsr_trans trans, tsr_diag_kind diag) {
  const tsri_triangular_attrs attrs = {(int32_t)side, (int32_t)uplo, (int32_t)trans, (int32_t)diag};
  return solve(b, &attrs, a, rhs);
}

tsr_value tsr_triangular_solve(tsr_builder *b, tsr_value a, tsr_value rhs,
                               const tsr_triangular_options *options) {
  static const tsr_triangular_options plain;
  const tsr_triangular_options o = options ? *options : plain;
  tsri_pair p = {.a = a, .rhs = rhs};
  if (tsr_value_is_zero(rhs)) return rhs;
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_status status = tsri_linalg_pair(b, "triangular_solve", o.side, &p);
  if (status == TSR_OK) status = tsri_linalg_spread(b, &p);
  if (tsr_builder_fail(b, status) != TSR_OK) return TSR_NO_VALUE;
  const tsr_value x = tsri_linalg_triangular(b, p.a, p.rhs, o.side, o.uplo, o.trans, o.diag);
  return tsri_linalg_pair_result(b, &p, o.side, x);
}
