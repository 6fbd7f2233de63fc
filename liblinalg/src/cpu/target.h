/* target.h - where LAPACK writes a result, and how large it wants its work space. */
#ifndef TSRI_LINALG_TARGET_H
#define TSRI_LINALG_TARGET_H

#include "matrices.h"

/* A result, and the place LAPACK may write it to: the result itself or a dense copy. */
typedef struct tsri_target {
  tsr_view view;
  tsri_dense dense;
  const tsr_view *at;
} tsri_target;

/* Write to view as it stands when direct, else to a dense matrix or vector over memory. */
void tsri_linalg_aim(tsri_target *t, tsr_view view, bool direct, char *memory);
/* What was written is in view afterwards; NaN when it is not fine. */
void tsri_linalg_land(const tsri_target *t, bool fine);

/* The last two axes of a view, exchanged: what is column-major becomes C-ordered. */
typedef struct tsri_exchanged {
  tsr_view view;
  int64_t dims[2], strides[2];
} tsri_exchanged;
const tsr_view *tsri_linalg_exchange(tsri_exchanged *t, const tsr_view *v);

void tsri_linalg_set_identity(const tsr_view *v);
/* Are all elements finite? Rows have unit stride. */
bool tsri_linalg_rows_are_finite(const tsr_view *v);
bool tsri_is_complex(tsr_dtype dtype);

/* The work space that LAPACK asked for in the first element of answer, of this dtype: at
 * least `least`, and rounded up, for the answer is a float and may be rounded down. */
int tsri_lapack_answer(tsr_dtype dtype, const void *answer, int info, double least);

#endif /* TSRI_LINALG_TARGET_H */
