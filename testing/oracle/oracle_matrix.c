/* oracle_matrix.c - matrices of complex long doubles: products, and Gaussian elimination. */
#include "oracle_matrix.h"

#include <math.h>
#ifndef CMPLXL /* glibc keeps it from clang */
#define CMPLXL(x, y) __builtin_complex((long double)(x), (long double)(y))
#endif

oracle_number oracle_number_of(tsr_cell x) { return CMPLXL((long double)x.re, (long double)x.im); }
tsr_cell oracle_cell_of(oracle_number z) {
  return (tsr_cell){.re = (double)creall(z), .im = (double)cimagl(z)};
}

tsr_status oracle_matrix_make(tsr_arena *arena, int64_t m, int64_t n, oracle_matrix *out) {
  void *memory;
  const size_t count = (size_t)(m * n);
  TSR_TRY(tsr_arena_alloc(arena, (count + 1) * sizeof(oracle_number), &memory));
  /* an arena aligns for max_align_t, which a long double is part of */
  *out = (oracle_matrix){m, n, memory};
  for (size_t i = 0; i < count; i++)
    out->at[i] = 0;
  return TSR_OK;
}

int64_t oracle_count(const tsr_array *x, int32_t own) {
  int64_t count = 1;
  for (int32_t k = 0; k < x->rank - own; k++)
    count *= x->dims[k];
  return count;
}

tsr_status oracle_matrix_of(tsr_arena *arena, const tsr_array *x, int64_t k, oracle_matrix *out) {
  const int64_t m = x->dims[x->rank - 2], n = x->dims[x->rank - 1];
  TSR_TRY(oracle_matrix_make(arena, m, n, out));
  for (int64_t i = 0; i < m * n; i++)
    out->at[i] = oracle_number_of(x->at[k * m * n + i]);
  return TSR_OK;
}

void oracle_matrix_into(const oracle_matrix *a, tsr_array *x, int64_t k) {
  for (int64_t i = 0; i < a->m * a->n; i++)
    x->at[k * a->m * a->n + i] = oracle_cell_of(a->at[i]);
}

tsr_status oracle_matrix_product(tsr_arena *arena, const oracle_matrix *a, const oracle_matrix *b,
                                 oracle_matrix *out) {
  oracle_matrix z;
  TSR_TRY(oracle_matrix_make(arena, a->m, b->n, &z));
  for (int64_t i = 0; i < a->m; i++)
    for (int64_t k = 0; k < a->n; k++)
      for (int64_t j = 0; j < b->n; j++)
        *oracle_element(&z, i, j) += *oracle_element(a, i, k) * *oracle_element(b, k, j);
  *out = z;
  return TSR_OK;
}

tsr_status oracle_matrix_transposed(tsr_arena *arena, const oracle_matrix *a, oracle_matrix *out) {
  oracle_matrix z;
  TSR_TRY(oracle_matrix_make(arena, a->n, a->m, &z));
  for (int64_t i = 0; i < a->m; i++)
    for (int64_t j = 0; j < a->n; j++)
      *oracle_element(&z, j, i) = *oracle_element(a, i, j);
  *out = z;
  return TSR_OK;
}

tsr_status oracle_matrix_adjoint(tsr_arena *arena, const oracle_matrix *a, oracle_matrix *out) {
  TSR_TRY(oracle_matrix_transposed(arena, a, out));
  for (int64_t i = 0; i < out->m * out->n; i++)
    out->at[i] = conjl(out->at[i]);
  return TSR_OK;
}

tsr_status oracle_matrix_hermitian(tsr_arena *arena, const oracle_matrix *a, bool lower,
                                   oracle_matrix *out) {
  TSR_TRY(oracle_matrix_make(arena, a->m, a->n, out));
  for (int64_t i = 0; i < a->m; i++)
    for (int64_t j = 0; j < a->n; j++) {
      const bool is_read = lower ? i > j : i < j;
      const oracle_number x = is_read ? *oracle_element(a, i, j) : conjl(*oracle_element(a, j, i));
      *oracle_element(out, i, j) = i == j ? creall(x) : x;
    }
  return TSR_OK;
}

long double oracle_matrix_distance(const oracle_matrix *a, const oracle_matrix *b) {
  long double largest = 0;
  for (int64_t i = 0; i < a->m * a->n; i++) {
    const long double d = cabsl(b != NULL ? a->at[i] - b->at[i] : a->at[i]);
    if (isnan(d)) return d;
    largest = fmaxl(largest, d);
  }
  return largest;
}

/* ---- elimination ---- */

static void swap(oracle_number *x, oracle_number *y) {
  const oracle_number z = *x;
  *x = *y;
  *y = z;
}
static void swap_rows(oracle_matrix *a, int64_t i, int64_t j) {
  for (int64_t k = 0; i != j && k < a->n; k++)
    swap(oracle_element(a, i, k), oracle_element(a, j, k));
}

/* The largest element from (k, k) on comes to (k, k); signs of the interchanges. */
static int pivot(oracle_matrix *a, oracle_matrix *z, int64_t *order, int64_t k) {
  int64_t row = k, column = k;
  for (int64_t i = k; i < a->n; i++)
    for (int64_t j = k; j < a->n; j++)
      if (cabsl(*oracle_element(a, i, j)) > cabsl(*oracle_element(a, row, column))) {
        row = i;
        column = j;
      }
  swap_rows(a, k, row);
  swap_rows(z, k, row);
  for (int64_t i = 0; column != k && i < a->n; i++)
    swap(oracle_element(a, i, k), oracle_element(a, i, column));
  const int64_t was = order[k];
  order[k] = order[column];
  order[column] = was;
  return (row != k) != (column != k) ? -1 : 1;
}

static void reduce(oracle_matrix *a, oracle_matrix *z, int64_t k) {
  for (int64_t i = k + 1; i < a->n; i++) {
    const oracle_number f = *oracle_element(a, i, k) / *oracle_element(a, k, k);
    for (int64_t j = k; j < a->n; j++)
      *oracle_element(a, i, j) -= f * *oracle_element(a, k, j);
    for (int64_t j = 0; j < z->n; j++)
      *oracle_element(z, i, j) -= f * *oracle_element(z, k, j);
  }
}

/* Rows of an upper triangular system from the last up; unknown k is number order[k]. */
static void substitute(const oracle_matrix *u, oracle_matrix *z, const int64_t *order,
                       oracle_matrix *x) {
  for (int64_t i = u->n; i-- > 0;)
    for (int64_t j = 0; j < z->n; j++) {
      for (int64_t k = i + 1; k < u->n; k++)
        *oracle_element(z, i, j) -= *oracle_element(u, i, k) * *oracle_element(x, order[k], j);
      *oracle_element(x, order[i], j) = *oracle_element(z, i, j) / *oracle_element(u, i, i);
    }
}

/* det *= x, with the power of two apart. */
static void multiply(oracle_number *det, long *exponent, oracle_number x) {
  int e = 0;
  *det *= x;
  (void)frexpl(cabsl(*det), &e);
  *det = CMPLXL(ldexpl(creall(*det), -e), ldexpl(cimagl(*det), -e));
  *exponent += e;
}

tsr_status oracle_eliminate(tsr_arena *arena, const oracle_matrix *a, const oracle_matrix *rhs,
                            oracle_matrix *x, oracle_number *det, long *exponent) {
  oracle_matrix u, z;
  void *memory;
  const int64_t n = a->n, columns = rhs != NULL ? rhs->n : 0;
  TSR_TRY(oracle_matrix_make(arena, n, n, &u));
  TSR_TRY(oracle_matrix_make(arena, n, columns, &z));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)n * sizeof(int64_t), &memory));
  int64_t *order = memory;
  for (int64_t i = 0; i < n * n; i++)
    u.at[i] = a->at[i];
  for (int64_t i = 0; i < n * columns; i++)
    z.at[i] = rhs->at[i];
  for (int64_t k = 0; k < n; k++)
    order[k] = k;
  *det = 1;
  *exponent = 0;
  for (int64_t k = 0; k < n; k++) {
    *det *= pivot(&u, &z, order, k);
    multiply(det, exponent, *oracle_element(&u, k, k));
    if (*oracle_element(&u, k, k) != 0) reduce(&u, &z, k);
  }
  if (rhs == NULL) return TSR_OK;
  TSR_TRY(oracle_matrix_make(arena, n, columns, x));
  substitute(&u, &z, order, x);
  return TSR_OK;
}
