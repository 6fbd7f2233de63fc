/* residuals.c - svd, eigh and qr by their defining properties, in long double.
 *
 * All bounds are eps of the dtype times the larger side of the matrix and its largest singular
 * value: LAPACK's algorithms are backward stable.
 */
#include "residuals.h"

#include "oracle_matrix.h"

#include <math.h>
#include <string.h>

/* One matrix of a batch. */
typedef struct job {
  stage *w;
  const sample *s;
  const char *what;
  int64_t k;
  oracle_matrix a;
  long double bound; /* of what is relative to 1 */
} job;

static void require(const job *j, bool holds, const char *text) {
  j->w->n_checks++;
  if (!holds)
    stage_fail(j->w, "%s, %s: matrix %lld: %s", j->s->name, j->what, (long long)j->k, text);
}

static tsr_status matrix_of(const job *j, const array *a, oracle_matrix *out) {
  const int64_t m = a->dims[a->rank - 2], n = a->dims[a->rank - 1];
  TSR_TRY(oracle_matrix_make(&j->w->arena, m, n, out));
  for (int64_t i = 0; i < m * n; i++)
    out->at[i] = oracle_number_of(array_get(a, j->k * m * n + i));
  return TSR_OK;
}

static long double value_of(const job *j, const array *a, int64_t i) {
  return (long double)array_get(a, j->k * a->dims[a->rank - 1] + i).re;
}

/* |q^H q - 1| */
static tsr_status check_orthonormal(const job *j, const oracle_matrix *q, const char *text) {
  oracle_matrix adjoint, gram;
  TSR_TRY(oracle_matrix_adjoint(&j->w->arena, q, &adjoint));
  TSR_TRY(oracle_matrix_product(&j->w->arena, &adjoint, q, &gram));
  for (int64_t i = 0; i < gram.n; i++)
    *oracle_element(&gram, i, i) -= 1;
  require(j, oracle_matrix_distance(&gram, NULL) <= j->bound, text);
  return TSR_OK;
}

/* |x y - a|, of x as many columns as y has rows, times diagonal in between where there is one */
static tsr_status check_product(const job *j, const oracle_matrix *x, const array *diagonal,
                                const oracle_matrix *y, const oracle_matrix *a, long double size,
                                const char *text) {
  oracle_matrix left, right, product;
  const int64_t k = diagonal != NULL ? diagonal->dims[diagonal->rank - 1]
                    : x->n < y->m    ? x->n
                                     : y->m;
  TSR_TRY(oracle_matrix_make(&j->w->arena, x->m, k, &left));
  TSR_TRY(oracle_matrix_make(&j->w->arena, k, y->n, &right));
  for (int64_t c = 0; c < k; c++) {
    const long double d = diagonal != NULL ? value_of(j, diagonal, c) : 1;
    for (int64_t i = 0; i < x->m; i++)
      *oracle_element(&left, i, c) = *oracle_element(x, i, c) * d;
    for (int64_t i = 0; i < y->n; i++)
      *oracle_element(&right, c, i) = *oracle_element(y, c, i);
  }
  TSR_TRY(oracle_matrix_product(&j->w->arena, &left, &right, &product));
  require(j, oracle_matrix_distance(&product, a) <= j->bound * size, text);
  return TSR_OK;
}

/* Ordered by sign, and near those of the oracle. */
static void check_values(const job *j, const array *got, const long double *want, int64_t n,
                         long double sign, long double size) {
  for (int64_t i = 0; i < n; i++) {
    const long double x = value_of(j, got, i);
    require(j, fabsl(x - want[i]) <= j->bound * size, "a value is not that of Jacobi's rotations");
    require(j, i == 0 || sign * (x - value_of(j, got, i - 1)) >= 0, "values are not in order");
  }
}

static tsr_status check_svd(const job *j, const array *got) {
  oracle_matrix u, v, vt, v_got;
  long double *s;
  const int64_t n = j->a.m < j->a.n ? j->a.m : j->a.n;
  TSR_TRY(oracle_jacobi(&j->w->arena, &j->a, &u, &s, &v));
  const long double size = n > 0 ? s[0] : 0;
  TSR_TRY(matrix_of(j, &got[0], &u));
  TSR_TRY(matrix_of(j, &got[2], &vt));
  TSR_TRY(oracle_matrix_adjoint(&j->w->arena, &vt, &v_got));
  check_values(j, &got[1], s, n, -1, size);
  require(j, n == 0 || value_of(j, &got[1], n - 1) >= 0, "a singular value is negative");
  TSR_TRY(check_orthonormal(j, &u, "u^H u is not 1"));
  TSR_TRY(check_orthonormal(j, &v_got, "vt vt^H is not 1"));
  return check_product(j, &u, &got[1], &vt, &j->a, size, "u diag(s) vt is not a");
}

/* The one attribute of linalg's ops with factors. */
static int32_t word_of(const sample *s) {
  int32_t word;
  memcpy(&word, (const char *)s->attrs + s->op->attrs->fields[0].offset, sizeof word);
  return word;
}

static tsr_status check_eigh(const job *j, const array *got) {
  oracle_matrix whole, v, adjoint;
  long double *w, size = 0;
  const bool lower = strcmp(j->s->op->attrs->fields[0].names[word_of(j->s)], "lower") == 0;
  TSR_TRY(oracle_matrix_hermitian(&j->w->arena, &j->a, lower, &whole));
  TSR_TRY(oracle_eigen(&j->w->arena, &whole, &w, &v));
  for (int64_t i = 0; i < whole.n; i++)
    size = fmaxl(size, fabsl(w[i]));
  TSR_TRY(matrix_of(j, &got[1], &v));
  TSR_TRY(oracle_matrix_adjoint(&j->w->arena, &v, &adjoint));
  check_values(j, &got[0], w, whole.n, 1, size);
  TSR_TRY(check_orthonormal(j, &v, "v^H v is not 1"));
  return check_product(j, &v, &got[0], &adjoint, &whole, size, "v diag(w) v^H is not a");
}

static tsr_status check_qr(const job *j, const array *got) {
  oracle_matrix q, r;
  TSR_TRY(matrix_of(j, &got[0], &q));
  TSR_TRY(matrix_of(j, &got[1], &r));
  bool zeros = true, gauge = true;
  for (int64_t i = 0; i < r.m; i++)
    for (int64_t k = 0; k <= i && k < r.n; k++) {
      const oracle_number x = *oracle_element(&r, i, k);
      zeros = zeros && (k == i || x == 0);
      gauge = gauge && (k < i || (cimagl(x) == 0 && creall(x) >= 0));
    }
  require(j, zeros, "r is not upper triangular");
  require(j, gauge, "the diagonal of r is not real and >= 0");
  TSR_TRY(check_orthonormal(j, &q, "q^H q is not 1"));
  const long double size = oracle_matrix_distance(&j->a, NULL) * (long double)j->a.n;
  return check_product(j, &q, NULL, &r, &j->a, size, "q r is not a");
}

typedef struct row {
  const char *op;
  tsr_status (*check)(const job *j, const array *got);
} row;

static const row *find(const sample *s) {
  static const row rows[] = {
      {"tessera.linalg.svd.v1",  check_svd },
      {"tessera.linalg.eigh.v1", check_eigh},
      {"tessera.linalg.qr.v1",   check_qr  }
  };
  for (size_t i = 0; s->body == NULL && i < sizeof rows / sizeof *rows; i++)
    if (strcmp(rows[i].op, s->op->name) == 0) return &rows[i];
  return NULL;
}

bool residuals_apply(const sample *s) { return find(s) != NULL; }

void residuals_check(stage *w, const sample *s, const array *in, const array *got,
                     const char *what) {
  const int64_t m = in->dims[in->rank - 2], n = in->dims[in->rank - 1];
  job j = {.w = w, .s = s, .what = what};
  int64_t count = 1;
  for (int32_t d = 0; d < in->rank - 2; d++)
    count *= in->dims[d];
  j.bound = 16 * (long double)dtype_eps(in->dtype) * (long double)(m > n ? m : n);
  for (; j.k < count; j.k++) {
    tsr_status status = matrix_of(&j, in, &j.a);
    if (status == TSR_OK) status = find(s)->check(&j, got);
    if (!stage_ok(w, status, "%s, %s", s->name, what)) return;
  }
}
