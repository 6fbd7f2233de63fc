/* small.h - factors and solves of small matrices, in the conventions of lu.c. */
#ifndef TSRI_LINALG_SMALL_H
#define TSRI_LINALG_SMALL_H

#include "linalg_internal.h"
#include "matrices.h"

enum {
  TSRI_SMALL = 16
};
/* Rows, and columns of a or of the right-hand sides, for which these are the faster ones. */
static inline bool tsri_is_small(const tsr_view *matrix) {
  return matrix->dims[0] <= TSRI_SMALL && matrix->dims[1] <= TSRI_SMALL;
}

/* getrf of the transpose of a; rows are dense. Pivots count from 1; so does what it returns,
 * the first place with a pivot of zero, or 0.
 */
int tsri_small_factor(const tsr_view *a, int *pivots);
/* x from rhs in its place; rows of lu and x are dense. Pivots count from 0. */
void tsri_small_solve(const tsr_view *lu, const int64_t *pivots, const tsr_view *x, tsri_form form);

#endif /* TSRI_LINALG_SMALL_H */
