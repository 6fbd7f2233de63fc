/* test_inverse.c - inverses, powers, and the forms that report instead of failing. */
#include "systems_test.h"

static void check_inverse(tsr_dtype dtype, int64_t batch, int64_t n) {
  tsr_builder *b;
  number *a = numbers(batch * n * n), *x = numbers(batch * n * n), *eye = numbers(n * n);
  fill_random(13, is_complex(dtype), batch * n * n, a);
  for (int64_t i = 0; i < batch * n; i++)
    a[i / n * n * n + i % n * (n + 1)] += 2 * sqrt((double)n);
  round_to(dtype, batch * n * n, a);
  for (int64_t i = 0; i < n; i++)
    eye[i * (n + 1)] = 1;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  read_value(b, tsr_inv(b, value_of(b, dtype, TSR_DIMS(batch, n, n), a)), batch * n * n, x);
  tsr_builder_close(b);
  for (int64_t k = 0; k < batch; k++) {
    const number *ak = a + k * n * n, *xk = x + k * n * n;
    const double bound =
        20 * (double)(n * n) * eps_of(dtype) * largest(n * n, ak, NULL) * largest(n * n, xk, NULL);
    check_product(n, n, n, ak, xk, eye, bound);
  }
  free(a), free(x), free(eye);
}

static void test_the_matrix_times_its_inverse_is_one(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    check_inverse(all_dtypes[d], 1, 1);
    check_inverse(all_dtypes[d], 3, 5);
    check_inverse(all_dtypes[d], 2, 40);
    check_inverse(all_dtypes[d], 0, 3);
    check_inverse(all_dtypes[d], 2, 0);
  }
}

static const double pair[] = {2, 0, 0, 4, 1, 2, 2, 4};

static void test_singular_matrices_are_named_or_reported(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    tsr_builder *b;
    number x[8];
    int32_t info[2];
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    const tsr_value v =
        tsr_convert(b, data_value(b, TSR_F64, TSR_DIMS(2, 2, 2), pair), all_dtypes[d]);
    const tsr_solve_result r = tsr_inv_ex(b, v);
    read_value(b, r.x, 8, x);
    assert_ok(tsr_read(b, r.info, info, sizeof info));
    assert_true(x[0] == 0.5 && x[1] == 0 && x[2] == 0 && x[3] == 0.25);
    assert_true(isnan(creal(x[4])) && isnan(creal(x[7])));
    assert_memory_equal(info, ((int32_t[]){0, 2}), sizeof info);
    const tsr_value ones = tsr_ones(b, all_dtypes[d], TSR_SHAPE(tsr_dim_of(2)));
    const tsr_solve_result s = tsr_solve_ex(b, v, ones);
    read_value(b, s.x, 4, x);
    assert_ok(tsr_read(b, s.info, info, sizeof info));
    assert_true(x[0] == 0.5 && x[1] == 0.25 && isnan(creal(x[2])) && isnan(creal(x[3])));
    assert_memory_equal(info, ((int32_t[]){0, 2}), sizeof info);
    (void)tsr_inv(b, v);
    assert_error_says(tsr_builder_status(b), TSR_ERR_NUMERIC, "batch 1",
                      "matrix is singular: pivot 1 is zero");
    tsr_builder_close(b);
  }
}

/* One NaN, or nothing else, in small matrices and in those LAPACK factors by blocks. */
static void check_nan(tsr_dtype dtype, int64_t n, bool everywhere) {
  tsr_builder *b;
  number *a = numbers(n * n), *x = numbers(n * n), d;
  int32_t *order = calloc((size_t)n, sizeof *order);
  bool found = false;
  fill_random(17, is_complex(dtype), n * n, a);
  for (int64_t i = everywhere ? 0 : n + 1; i < (everywhere ? n * n : n + 2); i++)
    a[i] = NAN;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_value v = value_of(b, dtype, TSR_DIMS(n, n), a);
  read_value(b, tsr_inv(b, v), n * n, x);
  for (int64_t i = 0; i < n * n; i++)
    found |= isnan(creal(x[i]));
  assert_true(found);
  read_value(b, tsr_det(b, v), 1, &d);
  assert_true(isnan(creal(d)));
  assert_ok(tsr_read(b, tsr_lu_factor(b, v).permutation, order, (size_t)n * sizeof *order));
  for (int64_t i = 0, sum = 0; i < n; i++) {
    assert_in_range(order[i], 0, n - 1);
    sum += order[i];
    assert_true(i < n - 1 || sum == n * (n - 1) / 2);
  }
  tsr_builder_close(b);
  free(a), free(x), free(order);
}

static void test_nan_comes_out_as_nan(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (int everywhere = 0; everywhere < 2; everywhere++) {
      check_nan(all_dtypes[d], 3, everywhere);
      check_nan(all_dtypes[d], 100, everywhere);
    }
}

static void check_power(tsr_builder *b, tsr_dtype dtype, int64_t n, const number *want) {
  number x[4];
  const number fibonacci[] = {1, 1, 1, 0};
  const tsr_value v = value_of(b, dtype, TSR_DIMS(2, 2), fibonacci);
  read_value(b, tsr_matrix_power(b, v, n), 4, x);
  assert_true(largest(4, x, want) <= 1e-4 * eps_of(dtype) / 1e-7);
}

static void test_powers(void **state) {
  (void)state;
  tsr_builder *b;
  static const struct {
    int64_t n;
    number want[4];
  } powers[] = {
      {0,  {1, 0, 0, 1}    },
      {1,  {1, 1, 1, 0}    },
      {2,  {2, 1, 1, 1}    },
      {7,  {21, 13, 13, 8} },
      {10, {89, 55, 55, 34}},
      {-1, {0, 1, 1, -1}   },
      {-4, {2, -3, -3, 5}  }
  };
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++)
      check_power(b, all_dtypes[d], powers[i].n, powers[i].want);
  number x[4];
  const number turn[] = {0, -1, 1, 0}; /* its fourth power is 1 */
  tsr_value v = value_of(b, TSR_F64, TSR_DIMS(2, 2), turn);
  read_value(b, tsr_matrix_power(b, v, INT64_MIN), 4, x);
  assert_true(x[0] == 1 && x[1] == 0 && x[2] == 0 && x[3] == 1);
  read_value(b, tsr_matrix_power(b, v, INT64_MAX), 4, x); /* 3 modulo 4 */
  assert_true(x[0] == 0 && x[1] == 1 && x[2] == -1 && x[3] == 0);
  tsr_builder_close(b);
}

static void test_powers_of_a_batch(void **state) {
  (void)state;
  tsr_builder *b;
  double x[8];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2, 2), (double[]){1, 1, 0, 1, 2, 0, 0, 3});
  assert_ok(tsr_read(b, tsr_matrix_power(b, v, 5), x, sizeof x));
  assert_close(x, ((double[]){1, 5, 0, 1, 32, 0, 0, 243}), 8, 0.0, 0.0);
  assert_ok(tsr_read(b, tsr_matrix_power(b, v, 0), x, sizeof x));
  assert_close(x, ((double[]){1, 0, 0, 1, 1, 0, 0, 1}), 8, 0.0, 0.0);
  tsr_builder_close(b);
}

/* d tr a^-2 = -2 tr a^-3 da: the gradient is -2 (a^-3)^T. */
static tsr_status trace_of_power(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_shape shape = TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2));
  tsr_value eye = tsr_eq(b, tsr_iota(b, TSR_I32, shape, 0), tsr_iota(b, TSR_I32, shape, 1));
  tsr_value x = tsr_matrix_power(b, in[0], -2);
  out[0] = tsr_sum(b, tsr_select(b, eye, x, tsr_scalar(b, 0)), TSR_ALL_AXES);
  return tsr_builder_status(b);
}

static void test_gradient_of_a_negative_power(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_value loss, grad;
  double g[4];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){1, 1, 0, 1});
  assert_ok(tsr_value_and_grad_of(b, trace_of_power, NULL, TSR_VALUES(v), &loss, &grad));
  assert_ok(tsr_read(b, grad, g, sizeof g));
  assert_close(g, ((double[]){-2, 0, 6, -2}), 4, 1e-15, 0.0); /* a^-3 = [[1, -3], [0, 1]] */
  tsr_builder_close(b);
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value wide = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  assert_refused(b, tsr_inv(b, wide), TSR_ERR_SHAPE, "inv", "f64[2, 3]");
  assert_refused(b, tsr_matrix_power(b, tsr_scalar(b, 1), 2), TSR_ERR_SHAPE, "matrix_power",
                 "f64[]");
  assert_refused(b, tsr_inv_ex(b, tsr_ones(b, TSR_I64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)))),
                 TSR_ERR_DTYPE, "i64");
  (void)tsr_matrix_power(b, TSR_NO_VALUE, 2);
  assert_status(TSR_ERR_ARGUMENT, tsr_builder_status(b));
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_matrix_times_its_inverse_is_one),
      cmocka_unit_test(test_singular_matrices_are_named_or_reported),
      cmocka_unit_test(test_nan_comes_out_as_nan),
      cmocka_unit_test(test_powers),
      cmocka_unit_test(test_powers_of_a_batch),
      cmocka_unit_test(test_gradient_of_a_negative_power),
      cmocka_unit_test(test_wrong_operands_are_refused),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
