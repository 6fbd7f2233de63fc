/* lu.c - factors of a square matrix, for solves.
 *
 *   a with its columns interchanged = L U,   L lower triangular, U unit upper triangular
 *   lu = L below and on the diagonal, U above it;   pivots: column k was swapped with pivots[k]
 *
 * This is what LAPACK's row pivoting computes for the transpose, so a matrix in C order is
 * factored where it stands. The factors serve solve, which carries the derivative in a
 * itself; for them it is enough to be constant.
 */
#include "linalg_internal.h"

const tsr_op tsri_lu_op = {.name = "tessera.linalg.lu.v1",
                           .synopsis =
                               "(lu, pivots), factors of a for solve, which differentiates in a",
                           .jvp = TSR_JVP_ZERO,
                           .effect = TSR_EFFECT_CHECKED,
                           .dtypes = TSRI_LAPACK_DTYPES,
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .n_outputs = 2};

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  TSR_TRY(tsr_require_min_rank(c, 0, 2));
  TSR_TRY(tsr_require_same_dim(c, 0, a->rank - 2, 0, a->rank - 1));
  TSR_TRY(tsri_require_lapack_size(c, 0));
  TSR_TRY(tsr_type_make(c, a->dtype, a->rank, a->dims, &out[0]));
  return tsr_type_make(c, TSR_I32, a->rank - 1, a->dims, &out[1]);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, tsr_value *out,
                        int32_t *out_axis) {
  out_axis[0] = out_axis[1] = 0;
  tsr_value a = tsr_batch_front(b, c->in[0], batch->axis[0], batch->size);
  return tsr_emit(b, c->op, NULL, TSR_VALUES(a), out);
}

const tsr_rules tsri_lu_rules = {.infer = infer, .batch = batch};
