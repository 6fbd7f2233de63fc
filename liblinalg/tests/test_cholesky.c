/* test_cholesky.c - factors of positive definite matrices: residuals, triangles, failures. */
#include "systems_test.h"

/* What is not read is NaN, and the result is zero there. */
static void check_factor(tsr_dtype dtype, tsr_uplo uplo, int64_t batch, int64_t n) {
  tsr_builder *b;
  const int64_t count = batch * n * n;
  number *a = numbers(count), *given = numbers(count), *f = numbers(count), *fh = numbers(n * n);
  for (int64_t k = 0; k < batch; k++)
    fill_definite(11 + (uint64_t)k, is_complex(dtype), n, a + k * n * n);
  round_to(dtype, count, a);
  for (int64_t at = 0; at < count; at++) {
    const int64_t i = at / n % n, j = at % n;
    given[at] = (uplo == TSR_LOWER ? i >= j : i <= j) ? a[at] : NAN;
  }
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_value v = value_of(b, dtype, TSR_DIMS(batch, n, n), given);
  read_value(b, tsr_cholesky(b, v, uplo), count, f);
  tsr_builder_close(b);
  for (int64_t k = 0; k < batch; k++) {
    const number *l = f + k * n * n;
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j < n; j++) {
        if (uplo == TSR_LOWER ? i < j : i > j) assert_true(l[i * n + j] == 0);
        if (i == j) assert_true(creal(l[i * n + j]) > 0 && cimag(l[i * n + j]) == 0);
      }
    /* Higham, Accuracy and Stability, theorem 10.3, doubled for complex arithmetic */
    const double bound = 4 * (double)(n + 1) * eps_of(dtype) * largest(n * n, a + k * n * n, NULL);
    adjoint_of(n, n, l, fh);
    if (uplo == TSR_LOWER)
      check_product(n, n, n, l, fh, a + k * n * n, bound);
    else
      check_product(n, n, n, fh, l, a + k * n * n, bound);
  }
  free(a), free(given), free(f), free(fh);
}

static void test_the_factor_times_its_adjoint_is_the_matrix(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (int u = 0; u < 2; u++) {
      const tsr_uplo uplo = u ? TSR_UPPER : TSR_LOWER;
      check_factor(all_dtypes[d], uplo, 1, 1);
      check_factor(all_dtypes[d], uplo, 3, 4);
      check_factor(all_dtypes[d], uplo, 2, 33);
      check_factor(all_dtypes[d], uplo, 1, 100);
      check_factor(all_dtypes[d], uplo, 0, 3);
      check_factor(all_dtypes[d], uplo, 2, 0);
    }
}

/* [[4, 2 - 2i], [2 + 2i, 6]] = l l^H with l = [[2, 0], [1 + i, 2]] */
static const number small[] = {4, 2 - 2 * I, 2 + 2 * I, 6}, small_l[] = {2, 0, 1 + I, 2};

static void test_any_strides(void **state) {
  (void)state;
  tsr_builder *b;
  number f[4], u[4];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (int how = 0; how < LAYOUTS; how++) {
    const tsr_value v = strided_value(b, TSR_C128, 2, 2, small, how);
    read_value(b, tsr_cholesky(b, v, TSR_LOWER), 4, f);
    assert_true(largest(4, f, small_l) < 1e-15);
    read_value(b, tsr_cholesky(b, v, TSR_UPPER), 4, u);
    adjoint_of(2, 2, u, f);
    assert_true(largest(4, f, small_l) < 1e-15);
  }
  tsr_builder_close(b);
}

static void test_results_go_into_any_strides(void **state) {
  (void)state;
  const double want[] = {2, 0, 0, 1, 3, 0, -1, 2, 4}; /* l */
  for (int u = 0; u < 2; u++) {
    double a[9] = {0}, x[9];
    for (int i = 0; i < 9; i++)
      for (int k = 0; k < 3; k++)
        a[i] += want[i / 3 * 3 + k] * want[i % 3 * 3 + k];
    tsr_builder *b = trace();
    tsr_value v = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(3)));
    tsr_program *p = compiled(b, TSR_VALUES(tsr_cholesky(b, v, u ? TSR_UPPER : TSR_LOWER)));
    tsr_tensor *in = NULL;
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 3), a, &in));
    for (int how = 0; how < LAYOUTS; how++) {
      tsr_tensor *out = strided_target(3, 3, how);
      assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(in), TSR_TENSORS(out)));
      assert_ok(tsr_tensor_read(out, x, sizeof x));
      for (int i = 0; i < 9; i++)
        assert_near(x[i], u ? want[i % 3 * 3 + i / 3] : want[i], 0.0, 1e-14);
      tsr_tensor_release(out);
    }
    tsr_tensor_release(in);
    tsr_program_release(p);
  }
}

static void test_one_program_serves_all_sizes(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value v = tsr_input(b, "a", TSR_F64, TSR_SHAPE(n, n));
  tsr_program *p = compiled(b, TSR_VALUES(tsr_cholesky(b, v, TSR_LOWER)));
  for (int64_t size = 0; size < 5; size++) {
    double a[16], x[16];
    for (int64_t i = 0; i < size * size; i++) /* min(i, j) + 1: l is all ones */
      a[i] = (double)((i / size < i % size ? i / size : i % size) + 1);
    tsr_tensor *in = NULL, *out = NULL;
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(size, size), a, &in));
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
    assert_ok(tsr_tensor_read(out, x, (size_t)(size * size) * sizeof *x));
    for (int64_t i = 0; i < size * size; i++)
      assert_true(x[i] == (i / size >= i % size));
    tsr_tensor_release(in);
    tsr_tensor_release(out);
  }
  tsr_program_release(p);
}

/* fine; second minor 0; NaN in the last row; zero; first element negative */
static const double bad[] = {4, 0, 0, 9, 1, 1, 1, 1, 1, NAN, NAN, 1, 0, 0, 0, 0, -1, 0, 0, 1};
static const int32_t bad_info[] = {0, 2, 2, 1, 1};

static void test_what_is_not_definite_is_named_and_the_rest_is_done(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    tsr_builder *b = trace();
    tsr_value v =
        tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(5), tsr_dim_of(2), tsr_dim_of(2)));
    tsr_value f = tsr_cholesky(b, tsr_convert(b, v, all_dtypes[d]), TSR_LOWER);
    tsr_program *p = compiled(b, TSR_VALUES(tsr_convert(b, tsr_real(b, f), TSR_F64)));
    double x[20];
    const tsr_status status =
        run_and_read(p, TSR_F64, TSR_DIMS(5, 2, 2), bad, TSR_DIMS(5, 2, 2), x);
    assert_error_says(status, TSR_ERR_NUMERIC, "cholesky", "batch 1", "not positive definite",
                      "leading minor of order 2");
    assert_close(x, ((double[]){2, 0, 0, 3}), 4, 0.0, 0.0);
    for (int i = 4; i < 20; i++)
      assert_true(isnan(x[i]));
  }
}

static void test_ex_reports_instead_of_failing(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (int u = 0; u < 2; u++) {
      tsr_builder *b;
      number f[20];
      int32_t info[5];
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value v = tsr_convert(b, data_value(b, TSR_F64, TSR_DIMS(5, 2, 2), bad), all_dtypes[d]);
      const tsr_cholesky_result r = tsr_cholesky_ex(b, v, u ? TSR_UPPER : TSR_LOWER);
      read_value(b, r.factor, 20, f);
      assert_ok(tsr_read(b, r.info, info, sizeof info));
      assert_memory_equal(info, bad_info, sizeof info);
      assert_true(f[0] == 2 && f[1] == 0 && f[2] == 0 && f[3] == 3);
      for (int i = 4; i < 20; i++)
        assert_true(isnan(creal(f[i])));
      tsr_builder_close(b);
    }
}

/* Enough matrices for many chunks; those that fail are in the last ones. */
static void test_the_first_failure_of_a_large_batch_is_named(void **state) {
  (void)state;
  enum {
    BATCH = 20000,
    N = 4
  };
  tsr_builder *b;
  double *a = calloc((size_t)BATCH * N * N, sizeof *a);
  for (int64_t i = 0; i < BATCH * N; i++)
    a[i / N * N * N + i % N * (N + 1)] = i < (BATCH - 100) * N ? 1 : 0;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  (void)tsr_cholesky(b, data_value(b, TSR_F64, TSR_DIMS(BATCH, N, N), a), TSR_LOWER);
  assert_error_says(tsr_builder_status(b), TSR_ERR_NUMERIC, "batch 19900",
                    "leading minor of order 1");
  tsr_builder_close(b);
  free(a);
}

static void test_imaginary_parts_on_the_diagonal_are_not_read(void **state) {
  (void)state;
  tsr_builder *b;
  number f[4];
  const number a[] = {4 + 3 * I, 2 - 2 * I, 2 + 2 * I, 6 - 7 * I};
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  read_value(b, tsr_cholesky(b, value_of(b, TSR_C128, TSR_DIMS(2, 2), a), TSR_LOWER), 4, f);
  assert_true(largest(4, f, small_l) < 1e-15);
  tsr_builder_close(b);
}

/* log det a = 2 sum log l_ii has the gradient a^-1, as far as the triangle stands for a. */
static tsr_status log_det(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const tsr_uplo *uplo = ctx;
  const tsr_shape shape = TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2));
  tsr_value f = tsr_real(b, tsr_cholesky(b, in[0], *uplo));
  tsr_value eye = tsr_eq(b, tsr_iota(b, TSR_I32, shape, 0), tsr_iota(b, TSR_I32, shape, 1));
  tsr_value picked = tsr_log(b, tsr_select(b, eye, f, tsr_scalar(b, 1)));
  out[0] = tsr_mul(b, tsr_sum(b, picked, TSR_ALL_AXES), tsr_scalar(b, 2));
  return tsr_builder_status(b);
}

static void test_gradient_lies_in_the_triangle_that_is_read(void **state) {
  (void)state;
  /* a^-1 = [[6, -2 + 2i], [-2 - 2i, 4]] / 16; what is off the diagonal counts twice */
  const number lower[] = {0.375, 0, -0.25 - 0.25 * I, 0.25},
               upper[] = {0.375, -0.25 + 0.25 * I, 0, 0.25};
  for (int u = 0; u < 2; u++) {
    tsr_builder *b;
    tsr_value loss, grad;
    number g[4];
    tsr_uplo uplo = u ? TSR_UPPER : TSR_LOWER;
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_value v = value_of(b, TSR_C128, TSR_DIMS(2, 2), small);
    assert_ok(tsr_value_and_grad_of(b, log_det, &uplo, TSR_VALUES(v), &loss, &grad));
    read_value(b, grad, 4, g);
    assert_true(largest(4, g, u ? upper : lower) < 1e-15);
    tsr_builder_close(b);
  }
}

static void test_cholesky_solve_is_solve(void **state) {
  (void)state;
  enum {
    N = 7,
    K = 3
  };
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (int u = 0; u < 2; u++) {
      tsr_builder *b;
      const tsr_uplo uplo = u ? TSR_UPPER : TSR_LOWER;
      number a[N * N], rhs[2 * N * K], x[2 * N * K], y[N];
      fill_definite(21, is_complex(all_dtypes[d]), N, a);
      fill_random(22, is_complex(all_dtypes[d]), 2 * N * K, rhs);
      round_to(all_dtypes[d], N * N, a);
      round_to(all_dtypes[d], 2 * N * K, rhs);
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value f = tsr_cholesky(b, value_of(b, all_dtypes[d], TSR_DIMS(N, N), a), uplo);
      tsr_value r = value_of(b, all_dtypes[d], TSR_DIMS(2, N, K), rhs);
      read_value(b, tsr_cholesky_solve(b, f, r, uplo), 2 * N * K, x);
      const double bound = 100 * N * eps_of(all_dtypes[d]) * largest(N * N, a, NULL);
      for (int k = 0; k < 2; k++)
        check_product(N, N, K, a, x + k * N * K, rhs + k * N * K, bound);
      r = value_of(b, all_dtypes[d], TSR_DIMS(N), rhs);
      read_value(b, tsr_cholesky_solve(b, f, r, uplo), N, y);
      check_product(N, N, 1, a, y, rhs, bound);
      tsr_builder_close(b);
    }
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value wide = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  assert_refused(b, tsr_cholesky(b, wide, TSR_LOWER), TSR_ERR_SHAPE, "cholesky", "2", "3");
  assert_refused(b, tsr_cholesky(b, tsr_scalar(b, 1), TSR_LOWER), TSR_ERR_SHAPE, "cholesky",
                 "rank 0");
  assert_refused(
      b, tsr_cholesky(b, tsr_ones(b, TSR_I32, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2))), TSR_LOWER),
      TSR_ERR_DTYPE, "cholesky", "i32");
  assert_refused(b,
                 tsr_cholesky_ex(b, tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2))),
                                 (tsr_uplo)7),
                 TSR_ERR_ARGUMENT, "cholesky", "uplo 7");
  (void)tsr_cholesky_solve(b, wide, wide, TSR_LOWER);
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "cholesky_solve", "f64[2, 3]");
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_factor_times_its_adjoint_is_the_matrix),
      cmocka_unit_test(test_any_strides),
      cmocka_unit_test(test_results_go_into_any_strides),
      cmocka_unit_test(test_one_program_serves_all_sizes),
      cmocka_unit_test(test_what_is_not_definite_is_named_and_the_rest_is_done),
      cmocka_unit_test(test_ex_reports_instead_of_failing),
      cmocka_unit_test(test_the_first_failure_of_a_large_batch_is_named),
      cmocka_unit_test(test_imaginary_parts_on_the_diagonal_are_not_read),
      cmocka_unit_test(test_gradient_lies_in_the_triangle_that_is_read),
      cmocka_unit_test(test_cholesky_solve_is_solve),
      cmocka_unit_test(test_wrong_operands_are_refused),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
