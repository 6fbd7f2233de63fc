/* oracle_matrix.h - matrices of complex long doubles: what the formulas of linalg are about. */
#ifndef TSR_ORACLE_MATRIX_H
#define TSR_ORACLE_MATRIX_H

#include "oracle.h"

#include <complex.h>

typedef long double complex oracle_number;

typedef struct oracle_matrix {
  int64_t m, n;
  oracle_number *at; /* [m n] in C order */
} oracle_matrix;

static inline oracle_number *oracle_element(const oracle_matrix *a, int64_t i, int64_t j) {
  return &a->at[i * a->n + j];
}

oracle_number oracle_number_of(tsr_cell x);
tsr_cell oracle_cell_of(oracle_number z);

/* All in an arena: zeros; matrix k of the last two axes of x, k counting the others. */
tsr_status oracle_matrix_make(tsr_arena *arena, int64_t m, int64_t n, oracle_matrix *out);
tsr_status oracle_matrix_of(tsr_arena *arena, const tsr_array *x, int64_t k, oracle_matrix *out);
/* And back, rounded to f64 or c128. */
void oracle_matrix_into(const oracle_matrix *a, tsr_array *x, int64_t k);
/* How many matrices the last `own` axes leave. */
int64_t oracle_count(const tsr_array *x, int32_t own);

tsr_status oracle_matrix_product(tsr_arena *arena, const oracle_matrix *a, const oracle_matrix *b,
                                 oracle_matrix *out);
tsr_status oracle_matrix_adjoint(tsr_arena *arena, const oracle_matrix *a, oracle_matrix *out);
tsr_status oracle_matrix_transposed(tsr_arena *arena, const oracle_matrix *a, oracle_matrix *out);
/* The hermitian matrix of one triangle, of whose diagonal the real part counts. */
tsr_status oracle_matrix_hermitian(tsr_arena *arena, const oracle_matrix *a, bool lower,
                                   oracle_matrix *out);
/* max |a - b|; max |a| when b is NULL */
long double oracle_matrix_distance(const oracle_matrix *a, const oracle_matrix *b);

/* oracle_eliminate - x with a x = rhs, and det a = det 2^exponent, with full pivoting.
 *
 * in   rhs  [n, k]; NULL: the determinant alone
 */
tsr_status oracle_eliminate(tsr_arena *arena, const oracle_matrix *a, const oracle_matrix *rhs,
                            oracle_matrix *x, oracle_number *det, long *exponent);

/* oracle_jacobi - a = u diag(s) v^H by one-sided rotations (Hestenes, 1958).
 *
 * out  u [m, m], v [n, n], s [min(m, n)] descending
 */
tsr_status oracle_jacobi(tsr_arena *arena, const oracle_matrix *a, oracle_matrix *u,
                         long double **s, oracle_matrix *v);

/* oracle_eigen - a = v diag(w) v^H for a hermitian a, w ascending. */
tsr_status oracle_eigen(tsr_arena *arena, const oracle_matrix *a, long double **w,
                        oracle_matrix *v);

/* Columns from k on become orthonormal to all before them. */
void oracle_complete(oracle_matrix *q, int64_t k);

#endif /* TSR_ORACLE_MATRIX_H */
