/* lu_factor.c - the factors as values of their own: the op, its derivative, and the surface.
 *
 *   a = P L U,   F = L1^-1 (P^T da)_11 U1^-1,   L1, U1 the leading k by k blocks
 *   dL1 = L1 tril(F, -1),   dU1 = triu(F) U1
 *   tall:  dL2 = (P^T da)_21 U1^-1 - L2 triu(F)
 *   wide:  dU2 = L1^-1 (P^T da)_12 - tril(F, -1) U2
 *
 * (de Hoog, Anderssen, Lukas, "Differentiation of matrix functionals using triangular
 * factorization", 2011.) The op interchanges columns (see lu.c): it is given a^T, a view, and
 * what it gives is turned back, so that neither costs a copy where a is column-major.
 */
#include "linalg_internal.h"

#include "tsr/arena.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

const tsr_op tsri_lu_factor_op = {.name = "tessera.linalg.lu_factor.v1",
                                  .synopsis = "(lu, pivots, permutation), a[:, permutation] = L U",
                                  .jvp = TSR_JVP_RULE,
                                  .effect = TSR_EFFECT_PURE,
                                  .dtypes = TSRI_LAPACK_DTYPES,
                                  .min_inputs = 1,
                                  .max_inputs = 1,
                                  .n_outputs = 3};

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  void *memory;
  TSR_TRY(tsr_require_min_rank(c, 0, 2));
  TSR_TRY(tsri_require_lapack_size(c, 0));
  TSR_TRY(tsr_type_make(c, a->dtype, a->rank, a->dims, &out[0]));
  TSR_TRY(tsr_arena_copy(c->context->arena, a->dims, (size_t)a->rank * sizeof *a->dims, &memory));
  tsr_dim *dims = memory, m = dims[a->rank - 2], n = dims[a->rank - 1];
  TSR_TRY(tsr_dim_min(c->context->space, m, n, &dims[a->rank - 2]));
  TSR_TRY(tsr_type_make(c, TSR_I32, a->rank - 1, dims, &out[1]));
  dims[a->rank - 2] = n;
  return tsr_type_make(c, TSR_I32, a->rank - 1, dims, &out[2]);
}

/* ---- derivative ---- */

/* Sizes of the matrix that is factored by rows: m rows, n columns, k the lesser. */
typedef struct sizes {
  tsr_dim m, n, k;
} sizes;

static tsr_value block(tsr_builder *b, tsr_value a, tsr_dim r0, tsr_dim r1, tsr_dim c0,
                       tsr_dim c1) {
  return tsri_linalg_columns(b, tsri_linalg_rows(b, a, r0, r1), c0, c1);
}

static tsr_value by_lower(tsr_builder *b, tsr_value l, tsr_value rhs) {
  return tsri_linalg_triangular(b, l, rhs, TSR_LEFT, TSR_LOWER, TSR_TRANS_NONE, TSR_DIAG_UNIT);
}
static tsr_value by_upper(tsr_builder *b, tsr_value u, tsr_value rhs) {
  return tsri_linalg_triangular(b, u, rhs, TSR_RIGHT, TSR_UPPER, TSR_TRANS_NONE, TSR_DIAG_NON_UNIT);
}

/* The tangent of the packed factors of rows, from the tangent of the rows in their new order. */
static tsr_value tangent(tsr_builder *b, tsr_value lu, tsr_value da, sizes s) {
  const tsr_dim zero = tsr_dim_of(0);
  const bool is_tall = !tsr_dim_same(b->space, s.m, s.k),
             is_wide = !tsr_dim_same(b->space, s.n, s.k);
  const tsr_value lu1 = is_tall || is_wide ? block(b, lu, zero, s.k, zero, s.k) : lu;
  const tsr_value da1 = is_tall || is_wide ? block(b, da, zero, s.k, zero, s.k) : da;
  const tsr_value f = by_upper(b, lu1, by_lower(b, lu1, da1));
  const tsr_value below = tsri_linalg_triangle(b, f, TSR_LOWER, TSRI_STRICT);
  const tsr_value above = tsri_linalg_triangle(b, f, TSR_UPPER, TSRI_WITH_DIAGONAL);
  const tsr_value l1 = tsri_linalg_triangle(b, lu1, TSR_LOWER, TSRI_STRICT);
  const tsr_value u1 = tsri_linalg_triangle(b, lu1, TSR_UPPER, TSRI_WITH_DIAGONAL);
  const tsr_value dl1 = tsr_add(b, below, tsr_matmul(b, l1, below));
  tsr_value out = tsr_add(b, dl1, tsr_matmul(b, above, u1));
  if (is_tall || is_wide) out = tsri_linalg_placed(b, out, zero, zero, s.m, s.n);
  if (is_tall) {
    const tsr_value l2 = block(b, lu, s.k, s.m, zero, s.k);
    const tsr_value first = by_upper(b, lu1, block(b, da, s.k, s.m, zero, s.k));
    const tsr_value dl2 = tsr_sub(b, first, tsr_matmul(b, l2, above));
    out = tsr_add(b, out, tsri_linalg_placed(b, dl2, s.k, zero, s.m, s.n));
  }
  if (is_wide) {
    const tsr_value u2 = block(b, lu, zero, s.k, s.k, s.n);
    const tsr_value first = by_lower(b, lu1, block(b, da, zero, s.k, s.k, s.n));
    const tsr_value du2 = tsr_sub(b, first, tsr_matmul(b, below, u2));
    out = tsr_add(b, out, tsri_linalg_placed(b, du2, zero, s.k, s.m, s.n));
  }
  return out;
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_value lu = tsri_linalg_transposed(b, c->out[0]);
  const tsr_value order = tsri_linalg_as_column(b, c->out[2]);
  const tsr_value da = tsr_take_along_axis(b, tsri_linalg_transposed(b, t[0]), order, -2);
  const sizes s = {tsr_value_dim(b, lu, -2), tsr_value_dim(b, lu, -1),
                   tsr_value_dim(b, c->out[1], -1)};
  TSR_TRY(tsr_builder_status(b));
  out_t[0] = tsri_linalg_transposed(b, tangent(b, lu, da, s));
  out_t[1] = out_t[2] = TSR_ZERO_VALUE;
  return tsr_builder_status(b);
}

const tsr_rules tsri_lu_factor_rules = {.infer = infer, .jvp = jvp, .batch = tsri_linalg_batch};

/* ---- surface ---- */

tsr_lu_factors tsr_lu_factor(tsr_builder *b, tsr_value a) {
  const tsr_lu_factors none = {TSR_NO_VALUE, TSR_NO_VALUE, TSR_NO_VALUE};
  tsr_value out[3];
  tsr_type type;
  if (tsr_builder_status(b) == TSR_OK &&
      tsr_builder_fail(b, tsr_value_type(b, a, &type)) == TSR_OK) {
    const tsr_value turned = type.rank < 2 ? a : tsri_linalg_transposed(b, a);
    (void)tsr_emit(b, &tsri_lu_factor_op, NULL, TSR_VALUES(turned), out);
    out[0] = tsri_linalg_transposed(b, out[0]);
  }
  return tsr_builder_status(b) == TSR_OK ? (tsr_lu_factors){out[0], out[1], out[2]} : none;
}

/* p[permutation[i], i] = 1 */
static tsr_value matrix_of(tsr_builder *b, tsr_value permutation, tsr_dtype dtype) {
  const tsr_dim m = tsr_value_dim(b, permutation, -1);
  const tsr_value rows = tsr_iota(b, TSR_I32, TSR_SHAPE(m, m), 0);
  return tsr_convert(b, tsr_eq(b, rows, tsri_linalg_as_row(b, permutation)), dtype);
}

tsr_lu_result tsr_lu(tsr_builder *b, tsr_value a) {
  const tsr_lu_factors f = tsr_lu_factor(b, a);
  const tsr_lu_result none = {TSR_NO_VALUE, TSR_NO_VALUE, TSR_NO_VALUE};
  tsr_lu_result out;
  tsr_type type;
  if (tsr_builder_status(b) != TSR_OK ||
      tsr_builder_fail(b, tsr_value_type(b, f.lu, &type)) != TSR_OK)
    return none;
  const tsr_dim zero = tsr_dim_of(0), m = type.dims[type.rank - 2];
  const tsr_dim k = tsr_value_dim(b, f.pivots, -1);
  const tsr_value below =
      tsri_linalg_triangle(b, tsri_linalg_columns(b, f.lu, zero, k), TSR_LOWER, TSRI_STRICT);
  out.p = matrix_of(b, f.permutation, type.dtype);
  out.l = tsr_add(b, below, tsr_eye(b, type.dtype, m, k, 0));
  out.u =
      tsri_linalg_triangle(b, tsri_linalg_rows(b, f.lu, zero, k), TSR_UPPER, TSRI_WITH_DIAGONAL);
  return tsr_builder_status(b) == TSR_OK ? out : none;
}

static tsr_status solve_factored(tsr_builder *b, tsr_lu_factors f, tsr_value rhs, tsr_value *out) {
  tsri_pair p = {.a = f.lu, .rhs = rhs};
  TSR_TRY(tsri_linalg_pair(b, "lu_solve", TSR_LEFT, &p));
  TSR_TRY(tsri_linalg_spread(b, &p));
  tsr_type order;
  tsr_value column = tsri_linalg_as_column(b, f.permutation);
  TSR_TRY(tsr_builder_status(b));
  TSR_TRY(tsr_value_type(b, p.rhs, &p.rhs_type));
  TSR_TRY(tsr_value_type(b, column, &order));
  for (int32_t have = order.rank; have < p.rhs_type.rank; have++)
    column = tsr_expand_dims(b, column, TSR_AXES(0));
  const tsr_value sorted = tsr_take_along_axis(b, p.rhs, column, -2);
  const tsr_value y =
      tsri_linalg_triangular(b, p.a, sorted, TSR_LEFT, TSR_LOWER, TSR_TRANS_NONE, TSR_DIAG_UNIT);
  const tsr_value x =
      tsri_linalg_triangular(b, p.a, y, TSR_LEFT, TSR_UPPER, TSR_TRANS_NONE, TSR_DIAG_NON_UNIT);
  *out = tsri_linalg_pair_result(b, &p, TSR_LEFT, x);
  return tsr_builder_status(b);
}

tsr_value tsr_lu_solve(tsr_builder *b, tsr_lu_factors factors, tsr_value rhs) {
  tsr_value out = TSR_NO_VALUE;
  if (tsr_value_is_zero(rhs)) return rhs;
  if (tsr_builder_status(b) != TSR_OK) return out;
  return tsr_builder_fail(b, solve_factored(b, factors, rhs, &out)) == TSR_OK ? out : TSR_NO_VALUE;
}
