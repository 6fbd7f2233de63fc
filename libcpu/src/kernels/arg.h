/* arg.h - the pieces of argmax and argmin: running best elements and where they are.
 *
 * The best of some elements is the first that none beats, and NaN beats every number. A best
 * element is kept in the accumulator's type of tsri_reducer (f32 for f16).
 */
#ifndef TSRI_ARG_H
#define TSRI_ARG_H

#include "blocks.h"

/* Rows that are taken in one call, at most. */
#define TSRI_ARG_ROWS 64

typedef struct tsri_arg_reducer {
  /* (best[i], at[i]) = the value of nothing, at 0 */
  void (*clear)(int64_t n, void *best, int64_t *at);
  /* (best[c], at[c]) = the best of it and of x[r stride + c], which is number first + r */
  void (*across)(const tsri_rows_of *what, int64_t first, void *best, int64_t *at);
  /* at[r] = first i < k where x[r k + i] is best[r], the best of them, or NaN */
  void (*find)(int64_t rows, int64_t k, const void *x, const void *best, int64_t *at);
  /* (best[i], at[i]) = the best of it and of (x[i], from[i]) */
  void (*join)(int64_t n, const void *x, const int64_t *from, void *best, int64_t *at);
} tsri_arg_reducer;

typedef enum tsri_arg_kind {
  TSRI_ARGMAX,
  TSRI_ARGMIN
} tsri_arg_kind;

#endif /* TSRI_ARG_H */
