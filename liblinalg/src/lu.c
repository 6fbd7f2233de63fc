/* lu.c - factors of a matrix with its columns interchanged: for solves, and for tsr_lu.
 *
 *   a[:, permutation] = L U,   L [m, k] lower triangular, U [k, n] unit upper triangular
 *   lu = L below and on the diagonal, U above it;   pivots: column j was swapped with pivots[j]
 *
 * This is what LAPACK's row pivoting computes for the transpose, so a matrix in C order is
 * factored where it stands. There are two ops of it. `lu`, of square matrices, serves solve,
 * which carries the derivative in a itself: for it the factors may be constant, and a singular
 * matrix is a failure. `lu_factor` differentiates, and a zero in U is no failure.
 */
#include "linalg_internal.h"

static const tsr_attr_field lu_fields[] = {
    {"failure", TSR_ATTR_ENUM, offsetof(tsri_lu_attrs, failure), tsri_failure_words}
};
static const tsr_attr_class lu_attr_class = {
    .name = "lu", .size = sizeof(tsri_lu_attrs), .n_fields = 1, .fields = lu_fields};

const tsr_op tsri_lu_op = {.name = "tessera.linalg.lu.v1",
                           .synopsis = "(lu, pivots, info), factors of a for solve, which "
                                       "differentiates in a",
                           .jvp = TSR_JVP_ZERO,
                           .effect = TSR_EFFECT_CHECKED,
                           .dtypes = TSRI_LAPACK_DTYPES,
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .n_outputs = 3,
                           .attrs = &lu_attr_class};

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  const tsri_lu_attrs *attrs = c->attrs;
  TSR_TRY(tsri_linalg_require_word(c, "failure", attrs->failure, tsri_failure_words));
  TSR_TRY(tsr_require_min_rank(c, 0, 2));
  TSR_TRY(tsr_require_same_dim(c, 0, a->rank - 2, 0, a->rank - 1));
  TSR_TRY(tsri_require_lapack_size(c, 0));
  TSR_TRY(tsr_type_make(c, a->dtype, a->rank, a->dims, &out[0]));
  TSR_TRY(tsr_type_make(c, TSR_I32, a->rank - 1, a->dims, &out[1]));
  return tsr_type_make(c, TSR_I32, a->rank - 2, a->dims, &out[2]);
}

const tsr_rules tsri_lu_rules = {.infer = infer, .batch = tsri_linalg_batch};
