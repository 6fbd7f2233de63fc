/* oracle_jacobi.c - singular values and eigenvalues by one-sided rotations, in long double.
 *
 * Columns of a v are turned in pairs until all are orthogonal: their lengths are the singular
 * values (Hestenes, "Inversion of matrices by biorthogonalization", 1958). Eigenvalues are
 * those of the matrix moved by a multiple of 1 that makes it positive definite.
 */
#include "oracle_matrix.h"

#include <float.h>
#include <math.h>

enum {
  SWEEPS = 60
};

static oracle_number inner(const oracle_matrix *a, int64_t p, int64_t q) {
  oracle_number sum = 0;
  for (int64_t i = 0; i < a->m; i++)
    sum += conjl(*oracle_element(a, i, p)) * *oracle_element(a, i, q);
  return sum;
}

/* Columns p and q become c p - s q f and s p + c q f. */
static void turn(oracle_matrix *a, int64_t p, int64_t q, long double c, long double s,
                 oracle_number f) {
  for (int64_t i = 0; i < a->m; i++) {
    oracle_number *x = oracle_element(a, i, p), *y = oracle_element(a, i, q);
    const oracle_number was = *x, turned = *y * f;
    *x = c * was - s * turned;
    *y = s * was + c * turned;
  }
}

/* Make columns p and q of w orthogonal; false: they were. */
static bool rotate(oracle_matrix *w, oracle_matrix *v, int64_t p, int64_t q) {
  const long double pp = creall(inner(w, p, p)), qq = creall(inner(w, q, q));
  const oracle_number pq = inner(w, p, q);
  const long double size = cabsl(pq);
  if (size <= LDBL_EPSILON * sqrtl(pp) * sqrtl(qq)) return false;
  const long double zeta = (qq - pp) / (2 * size);
  const long double t = (zeta < 0 ? -1 : 1) / (fabsl(zeta) + sqrtl(1 + zeta * zeta));
  const long double c = 1 / sqrtl(1 + t * t);
  turn(w, p, q, c, c * t, conjl(pq) / size);
  turn(v, p, q, c, c * t, conjl(pq) / size);
  return true;
}

static void swap_columns(oracle_matrix *a, int64_t p, int64_t q) {
  for (int64_t i = 0; i < a->m; i++) {
    const oracle_number was = *oracle_element(a, i, p);
    *oracle_element(a, i, p) = *oracle_element(a, i, q);
    *oracle_element(a, i, q) = was;
  }
}

void oracle_complete(oracle_matrix *q, int64_t k) {
  for (int64_t unit = 0; k < q->n && unit < q->m; unit++) {
    for (int64_t i = 0; i < q->m; i++)
      *oracle_element(q, i, k) = i == unit;
    for (int pass = 0; pass < 2; pass++)
      for (int64_t p = 0; p < k; p++) {
        const oracle_number part = inner(q, p, k);
        for (int64_t i = 0; i < q->m; i++)
          *oracle_element(q, i, k) -= part * *oracle_element(q, i, p);
      }
    const long double length = sqrtl(creall(inner(q, k, k)));
    if (length < 0.5L / sqrtl((long double)q->m)) continue; /* another unit vector is farther */
    for (int64_t i = 0; i < q->m; i++)
      *oracle_element(q, i, k) /= length;
    k++;
  }
}

/* w = a v with orthogonal columns, longest first; m >= n. */
static tsr_status orthogonalize(tsr_arena *arena, const oracle_matrix *a, oracle_matrix *w,
                                oracle_matrix *v, long double **s) {
  void *memory;
  bool moved = true;
  TSR_TRY(oracle_matrix_make(arena, a->m, a->n, w));
  TSR_TRY(oracle_matrix_make(arena, a->n, a->n, v));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)(a->n + 1) * sizeof(long double), &memory));
  *s = memory;
  for (int64_t i = 0; i < a->m * a->n; i++)
    w->at[i] = a->at[i];
  for (int64_t j = 0; j < a->n; j++)
    *oracle_element(v, j, j) = 1;
  for (int sweep = 0; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (int64_t p = 0; p < a->n; p++)
      for (int64_t q = p + 1; q < a->n; q++)
        moved = rotate(w, v, p, q) || moved;
  }
  for (int64_t p = 0; p < a->n; p++) {
    int64_t longest = p;
    for (int64_t q = p + 1; q < a->n; q++)
      if (creall(inner(w, q, q)) > creall(inner(w, longest, longest))) longest = q;
    swap_columns(w, p, longest);
    swap_columns(v, p, longest);
    (*s)[p] = sqrtl(creall(inner(w, p, p)));
  }
  return TSR_OK;
}

/* Directions of w as the first columns of a square matrix, and others to go with them. */
static tsr_status directions(tsr_arena *arena, const oracle_matrix *w, const long double *s,
                             oracle_matrix *u) {
  int64_t k = 0;
  TSR_TRY(oracle_matrix_make(arena, w->m, w->m, u));
  for (; k < w->n && s[k] > 64 * LDBL_EPSILON * s[0]; k++)
    for (int64_t i = 0; i < w->m; i++)
      *oracle_element(u, i, k) = *oracle_element(w, i, k) / s[k];
  oracle_complete(u, k);
  return TSR_OK;
}

tsr_status oracle_jacobi(tsr_arena *arena, const oracle_matrix *a, oracle_matrix *u,
                         long double **s, oracle_matrix *v) {
  oracle_matrix w, turned;
  if (a->m < a->n) {
    TSR_TRY(oracle_matrix_adjoint(arena, a, &turned));
    return oracle_jacobi(arena, &turned, v, s, u);
  }
  TSR_TRY(orthogonalize(arena, a, &w, v, s));
  return directions(arena, &w, *s, u);
}

tsr_status oracle_eigen(tsr_arena *arena, const oracle_matrix *a, long double **w,
                        oracle_matrix *v) {
  oracle_matrix moved, columns, vectors;
  long double *s, shift = 1;
  void *memory;
  for (int64_t i = 0; i < a->m * a->n; i++)
    shift += cabsl(a->at[i]);
  TSR_TRY(oracle_matrix_make(arena, a->n, a->n, &moved));
  for (int64_t i = 0; i < a->n; i++)
    for (int64_t j = 0; j < a->n; j++)
      *oracle_element(&moved, i, j) = *oracle_element(a, i, j) + (i == j ? shift : 0);
  TSR_TRY(orthogonalize(arena, &moved, &columns, &vectors, &s));
  TSR_TRY(oracle_matrix_make(arena, a->n, a->n, v));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)(a->n + 1) * sizeof(long double), &memory));
  *w = memory;
  for (int64_t j = 0; j < a->n; j++) {
    const int64_t from = a->n - 1 - j;
    (*w)[j] = s[from] - shift;
    for (int64_t i = 0; i < a->n; i++)
      *oracle_element(v, i, j) = *oracle_element(&vectors, i, from);
  }
  return TSR_OK;
}
