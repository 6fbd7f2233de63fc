/* test_numpy.c - decompositions, least squares and norms against the numbers of NumPy. */
#include "linalg_test.h"

typedef struct numpy_matrix {
  int m, n, is_complex, is_full, rank;
  double condition;
  const double *a, *rhs, *q, *r, *lower, *upper, *s, *x, *pinv, *norms;
} numpy_matrix;
typedef struct numpy_vector {
  int n, is_complex;
  const double *x, *norms;
} numpy_vector;
#include "golden/numpy_cases.inc"

enum {
  N_MATRICES = sizeof numpy_matrices / sizeof *numpy_matrices,
  N_VECTORS = sizeof numpy_vectors / sizeof *numpy_vectors,
  MOST = 40
};

/* Equal within some eps of the dtype times a condition; infinities are equal to themselves. */
static void check(tsr_builder *b, tsr_value v, int64_t n, const double *want, double tolerance) {
  number got[MOST];
  double size = 1;
  assert_true(n <= MOST);
  read_value(b, v, n, got);
  for (int64_t i = 0; i < 2 * n; i++)
    if (isfinite(want[i])) size = fmax(size, fabs(want[i]));
  for (int64_t i = 0; i < n; i++) {
    if (isinf(want[2 * i]) && creal(got[i]) == want[2 * i]) continue;
    const double off = hypot(creal(got[i]) - want[2 * i], cimag(got[i]) - want[2 * i + 1]);
    if (!(off <= tolerance * size))
      fail_msg("element %d is %.17g + %.17g i, by NumPy %.17g + %.17g i", (int)i, creal(got[i]),
               cimag(got[i]), want[2 * i], want[2 * i + 1]);
  }
}

/* In double, and in single with its eps: numbers of either must agree. */
typedef void (*with_matrix)(tsr_builder *b, const numpy_matrix *c, tsr_value a, tsr_dtype dtype,
                            double eps);
static void each_matrix(with_matrix f) {
  for (int i = 0; i < N_MATRICES; i++)
    for (int single = 0; single < 2; single++) {
      const numpy_matrix *c = &numpy_matrices[i];
      const tsr_dtype real = single ? TSR_F32 : TSR_F64, complex_ = single ? TSR_C64 : TSR_C128;
      const tsr_dtype dtype = c->is_complex ? complex_ : real;
      tsr_builder *b;
      if (single && !c->is_full) continue; /* rounding makes another rank of them */
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      f(b, c, value_of(b, dtype, TSR_DIMS(c->m, c->n), (const number *)c->a), dtype,
        50 * eps_of(dtype));
      tsr_builder_close(b);
    }
}

static void check_qr(tsr_builder *b, const numpy_matrix *c, tsr_value a, tsr_dtype dtype,
                     double eps) {
  (void)dtype;
  const int k = c->m < c->n ? c->m : c->n;
  if (!c->is_full) return; /* q and r are not unique */
  tsr_qr_result d = tsr_qr(b, a, TSR_QR_REDUCED);
  check(b, d.q, c->m * k, c->q, eps * c->condition);
  check(b, d.r, k * c->n, c->r, eps * c->condition);
}
static void check_eigh(tsr_builder *b, const numpy_matrix *c, tsr_value a, tsr_dtype dtype,
                       double eps) {
  (void)dtype;
  if (c->m != c->n) return;
  check(b, tsr_eigvalsh(b, a, TSR_LOWER), c->n, c->lower, eps);
  check(b, tsr_eigh(b, a, TSR_UPPER).w, c->n, c->upper, eps);
}
static void check_lstsq(tsr_builder *b, const numpy_matrix *c, tsr_value a, tsr_dtype dtype,
                        double eps) {
  const int k = c->m < c->n ? c->m : c->n;
  const double worse = c->is_full ? c->condition : 100;
  int64_t rank[2];
  tsr_value rhs = value_of(b, dtype, TSR_DIMS(c->m, 2), (const number *)c->rhs);
  tsr_lstsq_result d = tsr_lstsq(b, a, rhs, TSR_RCOND_DEFAULT);
  check(b, d.x, c->n * 2, c->x, eps * worse);
  check(b, d.s, k, c->s, eps);
  check(b, tsr_pinv(b, a, TSR_RCOND_DEFAULT), c->n * c->m, c->pinv, eps * worse);
  assert_ok(tsr_read(b, d.rank, &rank[0], sizeof rank[0]));
  assert_ok(tsr_read(b, tsr_matrix_rank(b, a, TSR_RCOND_DEFAULT), &rank[1], sizeof rank[1]));
  assert_int_equal(rank[0], c->rank);
  assert_int_equal(rank[1], c->rank);
  if (!c->is_full) return;
  const double condition[] = {c->condition, 0};
  check(b, tsr_matrix_cond(b, a), 1, condition, eps * c->condition);
}
static void check_norms(tsr_builder *b, const numpy_matrix *c, tsr_value a, tsr_dtype dtype,
                        double eps) {
  (void)dtype;
  for (int i = 0; i < TSR_NORM_COUNT; i++)
    check(b, tsr_matrix_norm(b, a, (tsr_matrix_ord)i), 1, c->norms + 2 * i, eps);
}

static void test_qr_is_that_of_numpy(void **state) {
  (void)state;
  each_matrix(check_qr);
}
static void test_eigenvalues_are_those_of_numpy(void **state) {
  (void)state;
  each_matrix(check_eigh);
}
static void test_least_squares_are_those_of_numpy(void **state) {
  (void)state;
  each_matrix(check_lstsq);
}
static void test_matrix_norms_are_those_of_numpy(void **state) {
  (void)state;
  each_matrix(check_norms);
}

static void test_vector_norms_are_those_of_numpy(void **state) {
  (void)state;
  for (int i = 0; i < N_VECTORS; i++)
    for (size_t k = 0; k < sizeof vector_ords / sizeof *vector_ords / 2; k++) {
      const numpy_vector *c = &numpy_vectors[i];
      tsr_builder *b;
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value x =
          value_of(b, c->is_complex ? TSR_C128 : TSR_F64, TSR_DIMS(c->n), (const number *)c->x);
      check(b, tsr_vector_norm(b, x, TSR_ALL_AXES, vector_ords[2 * k]), 1, c->norms + 2 * k, 1e-13);
      tsr_builder_close(b);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_qr_is_that_of_numpy),
      cmocka_unit_test(test_eigenvalues_are_those_of_numpy),
      cmocka_unit_test(test_least_squares_are_those_of_numpy),
      cmocka_unit_test(test_matrix_norms_are_those_of_numpy),
      cmocka_unit_test(test_vector_norms_are_those_of_numpy),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
