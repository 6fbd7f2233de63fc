/* test_det.c - determinants against closed forms, at the ends of the range, and singular ones. */
#include "systems_test.h"

static number det_of(tsr_builder *b, tsr_dtype dtype, int64_t n, const number *a) {
  number d;
  read_value(b, tsr_det(b, value_of(b, dtype, TSR_DIMS(n, n), a)), 1, &d);
  return d;
}

/* det [[1/(i+j+1)]] is the inverse of an integer: 2160 for 3, 266716800000 for 5. */
static void test_hilbert_matrices(void **state) {
  (void)state;
  tsr_builder *b;
  number a[25];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (int i = 0; i < 9; i++)
    a[i] = 1.0 / (i / 3 + i % 3 + 1);
  assert_near(creal(det_of(b, TSR_F64, 3, a)), 1.0 / 2160, 1e-12, 0.0); /* condition 5e2 */
  assert_near(creal(det_of(b, TSR_F32, 3, a)), 1.0 / 2160, 1e-3, 0.0);
  for (int i = 0; i < 25; i++)
    a[i] = 1.0 / (i / 5 + i % 5 + 1);
  assert_near(creal(det_of(b, TSR_F64, 5, a)), 1.0 / 266716800000, 1e-9, 0.0); /* 5e5 */
  tsr_builder_close(b);
}

/* det [[x_i^j]] = prod_{i < j} (x_j - x_i) */
static void test_vandermonde_matrices(void **state) {
  (void)state;
  enum {
    N = 6
  };
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    tsr_builder *b;
    const tsr_dtype dtype = all_dtypes[d];
    number x[N], a[N * N], want = 1, got, sign;
    double log_size;
    for (int i = 0; i < N; i++)
      x[i] = is_complex(dtype) ? cexp(I * i) : cos(i);
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++)
        a[i * N + j] = cpow(x[i], j);
    for (int i = 0; i < N; i++) {
      a[i * N] = 1;
      for (int j = 1; j < N; j++)
        a[i * N + j] = a[i * N + j - 1] * x[i];
    }
    for (int j = 0; j < N; j++)
      for (int i = 0; i < j; i++)
        want *= x[j] - x[i];
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    got = det_of(b, dtype, N, a);
    const double room = 1e4 * eps_of(dtype); /* condition below 1e3 */
    assert_true(cabs(got - want) <= room * cabs(want));
    const tsr_slogdet_result r = tsr_slogdet(b, value_of(b, dtype, TSR_DIMS(N, N), a));
    read_value(b, r.sign, 1, &sign);
    assert_ok(tsr_read(b, tsr_convert(b, r.logabsdet, TSR_F64), &log_size, sizeof log_size));
    assert_true(cabs(sign - want / cabs(want)) <= room);
    assert_near(log_size, log(cabs(want)), 0.0, room);
    tsr_builder_close(b);
  }
}

/* det of 2 on the diagonal and -1 beside it is n + 1. */
static void test_second_differences(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (int n = 1; n <= 40; n += 13) {
      number a[1600] = {0};
      for (int i = 0; i < n; i++) {
        a[i * n + i] = 2;
        if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = -1;
      }
      const number got = det_of(b, all_dtypes[d], n, a);
      assert_true(cabs(got - (n + 1)) <= 10 * n * eps_of(all_dtypes[d]) * (n + 1));
    }
  tsr_builder_close(b);
}

/* The sign is that of the permutation. */
static void test_permutations(void **state) {
  (void)state;
  tsr_builder *b;
  static const int orders[][4] = {
      {0, 1, 2, 3},
      {1, 0, 2, 3},
      {1, 2, 0, 3},
      {3, 2, 1, 0},
      {1, 2, 3, 0}
  };
  static const double signs[] = {1, -1, 1, 1, -1};
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
      number a[16] = {0};
      for (int i = 0; i < 4; i++)
        a[i * 4 + orders[o][i]] = 1;
      assert_true(det_of(b, all_dtypes[d], 4, a) == signs[o]);
    }
  tsr_builder_close(b);
}

static void test_intermediate_products_do_not_overflow(void **state) {
  (void)state;
  tsr_builder *b;
  number a[16] = {0};
  double log_size;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  a[0] = 0x1p1000, a[5] = 0x1p1000, a[10] = 0x1p-1022, a[15] = 0x1p-1020;
  assert_true(creal(det_of(b, TSR_F64, 4, a)) == 0x1p-42);
  assert_true(creal(det_of(b, TSR_C128, 4, a)) == 0x1p-42);
  a[0] = 0x1p120, a[5] = 0x1p120, a[10] = 0x1p-120, a[15] = 0x1p-126;
  assert_true(creal(det_of(b, TSR_F32, 4, a)) == 0x1p-6);
  assert_true(creal(det_of(b, TSR_C64, 4, a)) == 0x1p-6);
  for (int i = 0; i < 4; i++)
    a[i * 5] = 1e300;
  assert_true(isinf(creal(det_of(b, TSR_F64, 4, a))));
  tsr_value v = value_of(b, TSR_F64, TSR_DIMS(4, 4), a);
  assert_ok(tsr_read(b, tsr_slogdet(b, v).logabsdet, &log_size, sizeof log_size));
  assert_near(log_size, 1200 * log(10), 1e-15, 0.0);
  tsr_builder_close(b);
}

/* The product of a thousand mantissas of 1/2 is no double. */
static void test_a_large_identity(void **state) {
  (void)state;
  enum {
    N = 1100
  };
  tsr_builder *b;
  double d;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_shape shape = TSR_SHAPE(tsr_dim_of(N), tsr_dim_of(N));
  tsr_value eye = tsr_eq(b, tsr_iota(b, TSR_I32, shape, 0), tsr_iota(b, TSR_I32, shape, 1));
  assert_ok(tsr_read(b, tsr_det(b, tsr_convert(b, eye, TSR_F64)), &d, sizeof d));
  assert_true(d == 1);
  tsr_builder_close(b);
}

static void test_empty_and_singular_matrices_and_nan(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    tsr_builder *b;
    const tsr_dtype dtype = all_dtypes[d];
    number one, z[4], sign[4];
    double log_size[4];
    const number a[] = {1, 2, 2, 4, 0, 0, 0, 0, 0, 1, 0, 2, 1, NAN, 2, 3};
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    const tsr_dim zero = tsr_dim_of(0);
    read_value(b, tsr_det(b, tsr_ones(b, dtype, TSR_SHAPE(zero, zero))), 1, &one);
    assert_true(one == 1);
    tsr_value v = value_of(b, dtype, TSR_DIMS(4, 2, 2), a);
    read_value(b, tsr_det(b, v), 4, z);
    const tsr_slogdet_result r = tsr_slogdet(b, v);
    read_value(b, r.sign, 4, sign);
    assert_ok(tsr_read(b, tsr_convert(b, r.logabsdet, TSR_F64), log_size, sizeof log_size));
    for (int i = 0; i < 3; i++)
      assert_true(z[i] == 0 && sign[i] == 0 && log_size[i] == -INFINITY);
    assert_true(isnan(creal(z[3])) && isnan(creal(sign[3])) && isnan(log_size[3]));
    read_value(b, tsr_det(b, tsr_ones(b, dtype, TSR_SHAPE(zero, zero, zero))), 0, &one);
    tsr_builder_close(b);
  }
}

static void test_any_strides(void **state) {
  (void)state;
  tsr_builder *b;
  number d;
  const number a[] = {2, 1, 0, 1, 3, 5 * I, 4, 0, 1}; /* 2 * 3 - 1 + 20 i */
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (int how = 0; how < LAYOUTS; how++) {
    read_value(b, tsr_det(b, strided_value(b, TSR_C128, 3, 3, a, how)), 1, &d);
    assert_true(cabs(d - (5 + 20 * I)) < 1e-13);
  }
  tsr_builder_close(b);
}

/* ---- derivatives ---- */

static tsr_status det_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_real(b, tsr_det(b, in[0]));
  return tsr_builder_status(b);
}
static tsr_status log_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_slogdet(b, in[0]).logabsdet;
  return tsr_builder_status(b);
}

/* The pairing is Re(conj(g) da), hence the conjugate of the cofactors. */
static void check_cofactors(tsr_dtype dtype, const number *a, double room) {
  tsr_builder *b;
  tsr_value loss, grad;
  number g[9], c[9];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      const int i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
      c[i * 3 + j] = conj(a[i1 * 3 + j1] * a[i2 * 3 + j2] - a[i1 * 3 + j2] * a[i2 * 3 + j1]);
    }
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, dtype, TSR_DIMS(3, 3), a);
  assert_ok(tsr_value_and_grad_of(b, det_body, NULL, TSR_VALUES(v), &loss, &grad));
  read_value(b, grad, 9, g);
  tsr_builder_close(b);
  if (!(largest(9, g, c) <= room * eps_of(dtype)))
    fail_msg("cofactors off by %g", largest(9, g, c));
}

static void test_the_gradient_is_right_at_matrices_of_any_rank(void **state) {
  (void)state;
  const number full[] = {1, 2, -1, 0, 3, 1, 2, 0, 1}, two[] = {1, 2, 3, 4, 5, 6, 7, 8, 9},
               first[] = {0, 0, 0, 0, 1, 2, 0, 3, 4}, one[] = {1, 2, 3, 2, 4, 6, -1, -2, -3},
               none[9] = {0}, phases[] = {1, I, 2, I, -1, 2 * I, 3, 1 - I, 4};
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    check_cofactors(all_dtypes[d], full, 100);
    check_cofactors(all_dtypes[d], two, 200);
    check_cofactors(all_dtypes[d], first, 100);
    check_cofactors(all_dtypes[d], one, 100);
    check_cofactors(all_dtypes[d], none, 0);
    if (is_complex(all_dtypes[d])) check_cofactors(all_dtypes[d], phases, 200);
  }
}

/* All minors are made from det diag(2^400, 2^400, 2^400), which no double holds. */
static void test_cofactors_overflow_only_themselves(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_value loss, grad;
  number a[16] = {0}, g[16];
  a[0] = a[5] = a[10] = 0x1p400, a[15] = 0x1p-300;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_F64, TSR_DIMS(4, 4), a);
  assert_ok(tsr_value_and_grad_of(b, det_body, NULL, TSR_VALUES(v), &loss, &grad));
  read_value(b, grad, 16, g);
  for (int i = 0; i < 3; i++)
    assert_true(g[i * 5] == 0x1p500);
  assert_true(isinf(creal(g[15])));
  tsr_builder_close(b);
}

static void test_what_has_no_derivative_is_a_named_error(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_value loss, grad, ones, v;
  number g[4];
  const tsr_dim two = tsr_dim_of(2);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  v = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){1, 2, 2, 4});
  assert_refused(b, tsr_value_and_grad_of(b, log_body, NULL, TSR_VALUES(v), &loss, &grad),
                 TSR_ERR_NUMERIC, "lu", "matrix is singular");
  ones = tsr_ones(b, TSR_F64, TSR_SHAPE(two, two));
  assert_refused(b, tsr_hvp_of(b, det_body, NULL, TSR_VALUES(v), TSR_VALUES(ones), &grad),
                 TSR_ERR_NUMERIC, "lu", "matrix is singular");
  /* the cofactors of a number do not depend on it */
  v = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(1), tsr_dim_of(1)));
  assert_ok(tsr_hvp_of(b, det_body, NULL, TSR_VALUES(v), TSR_VALUES(v), &grad));
  read_value(b, grad, 1, g);
  assert_true(g[0] == 0);
  tsr_builder_close(b);
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value wide = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  assert_refused(b, tsr_det(b, wide), TSR_ERR_SHAPE, "det", "2", "3");
  assert_refused(b, tsr_slogdet(b, tsr_scalar(b, 2)), TSR_ERR_SHAPE, "slogdet", "rank 0");
  (void)tsr_det(b, tsr_ones(b, TSR_BF16, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2))));
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "det", "bf16");
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hilbert_matrices),
      cmocka_unit_test(test_vandermonde_matrices),
      cmocka_unit_test(test_second_differences),
      cmocka_unit_test(test_permutations),
      cmocka_unit_test(test_intermediate_products_do_not_overflow),
      cmocka_unit_test(test_a_large_identity),
      cmocka_unit_test(test_empty_and_singular_matrices_and_nan),
      cmocka_unit_test(test_any_strides),
      cmocka_unit_test(test_the_gradient_is_right_at_matrices_of_any_rank),
      cmocka_unit_test(test_cofactors_overflow_only_themselves),
      cmocka_unit_test(test_what_has_no_derivative_is_a_named_error),
      cmocka_unit_test(test_wrong_operands_are_refused),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
