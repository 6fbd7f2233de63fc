/* oracle_systems.c - the ops of linalg that factor, solve and take determinants, in long double. */
#include "oracle_family.h"
#include "oracle_matrix.h"

#include <math.h>
#include <string.h>

/* Matrix k of x, whose leading axes broadcast against those of `over`, counted from the last. */
static tsr_status broadcast_matrix(const oracle_call *c, const tsr_array *x, const tsr_array *over,
                                   int64_t k, oracle_matrix *out) {
  int64_t from = 0, step = 1;
  for (int32_t d = 3; d <= over->rank; d++) {
    const int64_t size = over->dims[over->rank - d], at = k % size;
    k /= size;
    if (d > x->rank) continue;
    if (x->dims[x->rank - d] > 1) from += at * step;
    step *= x->dims[x->rank - d];
  }
  return oracle_matrix_of(c->arena, x, from, out);
}

/* ---- factors ---- */

typedef struct factors {
  oracle_matrix lu;
  int64_t *pivots, *order;
  int64_t zero; /* 1 + the first pivot that is zero, or 0 */
} factors;

/* |re| + |im| chooses, as in BLAS i?amax. */
static long double size_of(oracle_number x) { return fabsl(creall(x)) + fabsl(cimagl(x)); }

static void swap_columns(factors *f, int64_t j, int64_t p) {
  for (int64_t i = 0; i < f->lu.m; i++) {
    const oracle_number was = *oracle_element(&f->lu, i, j);
    *oracle_element(&f->lu, i, j) = *oracle_element(&f->lu, i, p);
    *oracle_element(&f->lu, i, p) = was;
  }
  const int64_t was = f->order[j];
  f->order[j] = f->order[p];
  f->order[p] = was;
}

/* a[:, order] = L U with U unit: the largest of what is left of row j becomes its pivot. */
static tsr_status factor(const oracle_call *c, const oracle_matrix *a, factors *f) {
  void *memory[2];
  const int64_t least = a->m < a->n ? a->m : a->n;
  TSR_TRY(oracle_matrix_make(c->arena, a->m, a->n, &f->lu));
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)(least + 1) * sizeof(int64_t), &memory[0]));
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)(a->n + 1) * sizeof(int64_t), &memory[1]));
  f->pivots = memory[0];
  f->order = memory[1];
  f->zero = 0;
  memcpy(f->lu.at, a->at, (size_t)(a->m * a->n) * sizeof *a->at);
  for (int64_t j = 0; j < a->n; j++)
    f->order[j] = j;
  for (int64_t j = 0; j < least; j++) {
    int64_t p = j;
    for (int64_t k = j + 1; k < a->n; k++)
      if (size_of(*oracle_element(&f->lu, j, k)) > size_of(*oracle_element(&f->lu, j, p))) p = k;
    f->pivots[j] = p;
    swap_columns(f, j, p);
    const oracle_number diagonal = *oracle_element(&f->lu, j, j);
    if (diagonal == 0 && f->zero == 0) f->zero = j + 1;
    for (int64_t k = j + 1; k < a->n && diagonal != 0; k++) {
      *oracle_element(&f->lu, j, k) /= diagonal;
      for (int64_t i = j + 1; i < a->m; i++)
        *oracle_element(&f->lu, i, k) -=
            *oracle_element(&f->lu, i, j) * *oracle_element(&f->lu, j, k);
    }
  }
  return TSR_OK;
}

static void indices_into(const int64_t *from, tsr_array *x, int64_t k) {
  const int64_t n = x->dims[x->rank - 1];
  for (int64_t i = 0; i < n; i++)
    x->at[k * n + i].i = from[i];
}

static void fill_nan(oracle_matrix *a) {
  for (int64_t i = 0; i < a->m * a->n; i++)
    a->at[i] = (long double)NAN;
}

static tsr_status lu(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a;
    factors f;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(factor(c, &a, &f));
    if (f.zero > 0) fill_nan(&f.lu);
    oracle_matrix_into(&f.lu, &c->out[0], k);
    indices_into(f.pivots, &c->out[1], k);
    c->out[2].at[k].i = f.zero;
  }
  return TSR_OK;
}

static tsr_status lu_factor(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a;
    factors f;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(factor(c, &a, &f));
    oracle_matrix_into(&f.lu, &c->out[0], k);
    indices_into(f.pivots, &c->out[1], k);
    indices_into(f.order, &c->out[2], k);
  }
  return TSR_OK;
}

/* l from the left column to the right; 1 + the place that is not positive. */
static int64_t root(const oracle_matrix *a, oracle_matrix *l) {
  for (int64_t j = 0; j < a->n; j++)
    for (int64_t i = j; i < a->n; i++) {
      oracle_number sum = *oracle_element(a, i, j);
      for (int64_t k = 0; k < j; k++)
        sum -= *oracle_element(l, i, k) * conjl(*oracle_element(l, j, k));
      if (i == j && !(creall(sum) > 0)) return j + 1;
      *oracle_element(l, i, j) = i == j ? sqrtl(creall(sum)) : sum / *oracle_element(l, j, j);
    }
  return 0;
}

static tsr_status cholesky(const oracle_call *c) {
  const bool lower = strcmp(oracle_word(c, "uplo"), "lower") == 0;
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a, whole, l;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(oracle_matrix_hermitian(c->arena, &a, lower, &whole));
    TSR_TRY(oracle_matrix_make(c->arena, a.n, a.n, &l));
    c->out[1].at[k].i = root(&whole, &l);
    if (c->out[1].at[k].i > 0) fill_nan(&l);
    if (!lower) TSR_TRY(oracle_matrix_adjoint(c->arena, &l, &l));
    oracle_matrix_into(&l, &c->out[0], k);
  }
  return TSR_OK;
}

/* ---- systems ---- */

static tsr_status solved(const oracle_call *c, const oracle_matrix *a, const oracle_matrix *rhs,
                         oracle_matrix *x) {
  oracle_number det;
  long exponent;
  return oracle_eliminate(c->arena, a, rhs, x, &det, &exponent);
}

/* From a alone: what the factors say must be the same. */
static tsr_status solve(const oracle_call *c) {
  const tsr_array *rhs = &c->in[3];
  const bool adjoint = strcmp(oracle_word(c, "form"), "adjoint") == 0;
  for (int64_t k = 0; k < oracle_count(rhs, 2); k++) {
    oracle_matrix a, b, x;
    TSR_TRY(broadcast_matrix(c, &c->in[0], rhs, k, &a));
    TSR_TRY(oracle_matrix_of(c->arena, rhs, k, &b));
    if (adjoint) TSR_TRY(oracle_matrix_adjoint(c->arena, &a, &a));
    TSR_TRY(solved(c, &a, &b, &x));
    oracle_matrix_into(&x, &c->out[0], k);
  }
  return TSR_OK;
}

/* The triangle that is read, with zeros beside it. */
static void keep_triangle(oracle_matrix *a, bool lower, bool unit) {
  for (int64_t i = 0; i < a->n; i++)
    for (int64_t j = 0; j < a->n; j++) {
      if (lower ? i < j : i > j) *oracle_element(a, i, j) = 0;
      if (i == j && unit) *oracle_element(a, i, j) = 1;
    }
}

static tsr_status triangular_solve(const oracle_call *c) {
  const tsr_array *rhs = &c->in[1];
  const char *trans = oracle_word(c, "trans");
  const bool left = strcmp(oracle_word(c, "side"), "left") == 0;
  const bool lower = strcmp(oracle_word(c, "uplo"), "lower") == 0;
  const bool unit = strcmp(oracle_word(c, "diag"), "unit") == 0;
  for (int64_t k = 0; k < oracle_count(rhs, 2); k++) {
    oracle_matrix a, b, x;
    TSR_TRY(broadcast_matrix(c, &c->in[0], rhs, k, &a));
    TSR_TRY(oracle_matrix_of(c->arena, rhs, k, &b));
    keep_triangle(&a, lower, unit);
    if (strcmp(trans, "adjoint") == 0) TSR_TRY(oracle_matrix_adjoint(c->arena, &a, &a));
    if (strcmp(trans, "transpose") == 0) TSR_TRY(oracle_matrix_transposed(c->arena, &a, &a));
    if (!left) { /* x a = b is a^T x^T = b^T */
      TSR_TRY(oracle_matrix_transposed(c->arena, &a, &a));
      TSR_TRY(oracle_matrix_transposed(c->arena, &b, &b));
    }
    TSR_TRY(solved(c, &a, &b, &x));
    if (!left) TSR_TRY(oracle_matrix_transposed(c->arena, &x, &x));
    oracle_matrix_into(&x, &c->out[0], k);
  }
  return TSR_OK;
}

/* ---- determinants ---- */

static tsr_status determinant(const oracle_call *c, const oracle_matrix *a, oracle_number *det,
                              long *exponent) {
  return oracle_eliminate(c->arena, a, NULL, NULL, det, exponent);
}

static tsr_status det(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a;
    oracle_number d;
    long e;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(determinant(c, &a, &d, &e));
    c->out[0].at[k] = oracle_cell_of(d * ldexpl(1, (int)e));
  }
  return TSR_OK;
}

static tsr_status slogdet(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a;
    oracle_number d;
    long e;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(determinant(c, &a, &d, &e));
    const long double size = cabsl(d);
    if (size > 0) c->out[0].at[k] = oracle_cell_of(d / size);
    c->out[1].at[k].re = (double)(logl(size) + (long double)e * logl(2));
  }
  return TSR_OK;
}

/* (-1)^(i + j) times the determinant without row i and column j */
static tsr_status cofactor_of(const oracle_call *c, const oracle_matrix *a, int64_t i, int64_t j,
                              oracle_number *out) {
  oracle_matrix rest;
  long e;
  TSR_TRY(oracle_matrix_make(c->arena, a->n - 1, a->n - 1, &rest));
  for (int64_t r = 0; r < rest.n; r++)
    for (int64_t s = 0; s < rest.n; s++)
      *oracle_element(&rest, r, s) = *oracle_element(a, r + (r >= i), s + (s >= j));
  TSR_TRY(determinant(c, &rest, out, &e));
  *out *= ldexpl((i + j) % 2 == 0 ? 1 : -1, (int)e);
  return TSR_OK;
}

static tsr_status cofactor(const oracle_call *c) {
  for (int64_t k = 0; k < oracle_count(&c->in[0], 2); k++) {
    oracle_matrix a, z;
    TSR_TRY(oracle_matrix_of(c->arena, &c->in[0], k, &a));
    TSR_TRY(oracle_matrix_make(c->arena, a.n, a.n, &z));
    for (int64_t i = 0; i < a.n; i++)
      for (int64_t j = 0; j < a.n; j++)
        TSR_TRY(cofactor_of(c, &a, i, j, oracle_element(&z, i, j)));
    oracle_matrix_into(&z, &c->out[0], k);
  }
  return TSR_OK;
}

const oracle_entry oracle_systems[] = {
    {"tessera.linalg.lu.v1",               lu              },
    {"tessera.linalg.lu_factor.v1",        lu_factor       },
    {"tessera.linalg.cholesky.v1",         cholesky        },
    {"tessera.linalg.solve.v1",            solve           },
    {"tessera.linalg.triangular_solve.v1", triangular_solve},
    {"tessera.linalg.det.v1",              det             },
    {"tessera.linalg.slogdet.v1",          slogdet         },
    {"tessera.linalg.cofactor.v1",         cofactor        },
    {NULL,                                 NULL            }
};
