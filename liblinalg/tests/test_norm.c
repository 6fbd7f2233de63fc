/* test_norm.c - norms: closed forms, ranges, edges, derivatives at the edges. */
#include "linalg_test.h"

static double norm_of(tsr_dtype dtype, int64_t n, const number *x, double ord) {
  tsr_builder *b;
  number out;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  read_value(b, tsr_vector_norm(b, value_of(b, dtype, TSR_DIMS(n), x), TSR_ALL_AXES, ord), 1, &out);
  tsr_builder_close(b);
  return creal(out);
}

static void test_axes_are_dropped(void **state) {
  (void)state;
  tsr_builder *b;
  double z[4];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2, 2), (double[]){3, -4, 0, 1, 0, 0, 2, 2});
  assert_ok(tsr_read(b, tsr_vector_norm(b, x, TSR_AXES(-1), 2), z, sizeof z));
  assert_close(z, ((double[]){5, 1, 0, 2 * sqrt(2)}), 4, 1e-15, 0.0);
  assert_ok(tsr_read(b, tsr_vector_norm(b, x, TSR_AXES(-1), 3), z, sizeof z));
  assert_close(z, ((double[]){cbrt(91), 1, 0, 2 * cbrt(2)}), 4, 1e-14, 0.0);
  assert_ok(tsr_read(b, tsr_vector_norm(b, x, TSR_AXES(0, 2), 1), z, 2 * sizeof *z));
  assert_close(z, ((double[]){7, 5}), 2, 0.0, 0.0);
  assert_ok(tsr_read(b, tsr_vector_norm(b, tsr_scalar(b, -7), TSR_ALL_AXES, 3), z, sizeof *z));
  assert_near(z[0], 7, 1e-15, 0.0);
  tsr_builder_close(b);
}

/* |(t, 2 t)|_p = t (1 + 2^p)^(1/p), whatever t */
static void test_no_scale_overflows_or_vanishes(void **state) {
  (void)state;
  static const double ords[] = {1, 2, 3, 10, 100, 0.5, -1, -3, -100};
  static const double scales[] = {1e-307, 1e-200, 1e200, 8e307};
  for (size_t k = 0; k < sizeof ords / sizeof *ords; k++)
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
      const double p = ords[k], t = scales[i];
      const number x[] = {t, -2 * t * 0.5, 0.5 * t};
      const double want = pow(2 + pow(0.5, p), 1 / p);
      if (p == 0.5 && t > 1e300) continue; /* beyond the dtype */
      if (p == 1 && t > 1e300) continue;
      assert_near(norm_of(TSR_F64, 3, x, p) / t, want, 1e-12, 0.0);
    }
  const number big[] = {3e37, -4e37 * I};
  assert_near(norm_of(TSR_C64, 2, big, 1e5), 4e37, 1e-5, 0.0);
  assert_near(norm_of(TSR_C128, 2, big, 1e8), 4e37, 1e-12, 0.0);
  assert_near(norm_of(TSR_C128, 2, big, -1e8), 3e37, 1e-12, 0.0);
  assert_near(norm_of(TSR_C64, 2, big, 3), 1e37 * cbrt(91), 1e-5, 0.0);
  assert_near(norm_of(TSR_C64, 2, big, 2), 5e37, 1e-6, 0.0);
}

static void test_half_precision_is_computed_in_single(void **state) {
  (void)state;
  const number x[] = {300, 400};
  assert_near(norm_of(TSR_F16, 2, x, 2), 500, 1e-3, 0.0);
  assert_near(norm_of(TSR_F16, 2, x, 3), 100 * cbrt(91), 1e-3, 0.0);
  assert_near(norm_of(TSR_BF16, 2, x, -1), 1200 / 7.0, 1e-2, 0.0);
}

static void test_infinities_and_nan(void **state) {
  (void)state;
  static const double ords[] = {1, 2, 3, 0.5, INFINITY};
  const number infinite[] = {1, -INFINITY}, unknown[] = {1, NAN}, zeros[] = {0, -0.0};
  for (size_t k = 0; k < sizeof ords / sizeof *ords; k++) {
    assert_true(norm_of(TSR_F64, 2, infinite, ords[k]) == INFINITY);
    assert_true(isnan(norm_of(TSR_F64, 2, unknown, ords[k])));
    assert_true(norm_of(TSR_F64, 2, zeros, ords[k]) == 0);
  }
  assert_near(norm_of(TSR_F64, 2, infinite, -1), 1, 1e-15, 0.0);
  assert_true(norm_of(TSR_F64, 2, infinite, -INFINITY) == 1);
  assert_true(norm_of(TSR_F64, 2, zeros, -2) == 0);
  assert_true(norm_of(TSR_F64, 2, zeros, 0) == 0 && norm_of(TSR_F64, 2, unknown, 0) == 2);
}

static void test_of_no_elements(void **state) {
  (void)state;
  static const double ords[] = {0, 1, 2, 3, INFINITY};
  for (size_t k = 0; k < sizeof ords / sizeof *ords; k++)
    assert_true(norm_of(TSR_F64, 0, NULL, ords[k]) == 0);
  assert_true(norm_of(TSR_F64, 0, NULL, -1) == INFINITY);
  assert_true(norm_of(TSR_F64, 0, NULL, -INFINITY) == INFINITY);
}

static void test_matrices_of_no_elements(void **state) {
  (void)state;
  static const double want[TSR_NORM_COUNT] = {0, 0, 0, INFINITY, 0, INFINITY, 0, INFINITY};
  tsr_builder *b;
  double z[3];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value none = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(0), tsr_dim_of(0)));
  for (int i = 0; i < TSR_NORM_COUNT; i++) {
    assert_ok(tsr_read(b, tsr_matrix_norm(b, none, (tsr_matrix_ord)i), z, sizeof z));
    assert_true(z[0] == want[i] && z[1] == want[i] && z[2] == want[i]);
  }
  assert_ok(tsr_read(b, tsr_matrix_cond(b, none), z, sizeof z));
  assert_true(z[0] == 0 && z[2] == 0);
  tsr_builder_close(b);
}

/* ---- derivatives ---- */

static tsr_status vector_loss(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_vector_norm(b, in[0], TSR_ALL_AXES, *(const double *)ctx);
  return tsr_builder_status(b);
}
static void test_gradients_of_vector_norms(void **state) {
  (void)state;
  static double ords[] = {1, 2, 3, 1.5, -1, 7, INFINITY, -INFINITY};
  for (size_t k = 0; k < sizeof ords / sizeof *ords; k++)
    for (int c = 0; c < 2; c++) {
      number x[5];
      fill_random(7, c, 5, x);
      check_gradient(vector_loss, &ords[k], TSR_DIMS(5), c ? TSR_C128 : TSR_F64, x, 1e-7);
    }
}

/* An element that is 0 contributes nothing; a norm that is 0 has derivative 0. */
static void test_gradients_at_zero(void **state) {
  (void)state;
  static double ords[] = {1, 2, 3, 0.5, INFINITY, -INFINITY, -1};
  const number some[] = {0, 2, 0}, none[] = {0, 0, 0};
  for (size_t k = 0; k < sizeof ords / sizeof *ords; k++)
    for (int zero = 0; zero < 2; zero++) {
      tsr_builder *b;
      tsr_value loss, grad;
      number g[3];
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value x = value_of(b, TSR_C128, TSR_DIMS(3), zero ? none : some);
      assert_ok(tsr_value_and_grad_of(b, vector_loss, &ords[k], TSR_VALUES(x), &loss, &grad));
      read_value(b, grad, 3, g);
      tsr_value out, dz, along = tsr_ones_like(b, x);
      number slope;
      assert_ok(
          tsr_jvp_of(b, vector_loss, &ords[k], TSR_VALUES(x), TSR_VALUES(along), 1, &out, &dz));
      read_value(b, dz, 1, &slope);
      const bool moves = !zero && ords[k] > 0;
      assert_true(cabs(slope - moves) <= 1e-14);
      assert_true(g[0] == 0 && g[2] == 0 && cabs(g[1] - moves) <= 1e-14);
      tsr_builder_close(b);
    }
}

static tsr_status matrix_loss(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_matrix_norm(b, in[0], *(const tsr_matrix_ord *)ctx);
  return tsr_builder_status(b);
}
static void test_gradients_of_matrix_norms(void **state) {
  (void)state;
  for (tsr_matrix_ord ord = TSR_NORM_FRO; ord < TSR_NORM_COUNT; ord++)
    for (int c = 0; c < 2; c++) {
      number a[12];
      fill_random(9, c, 12, a);
      check_gradient(matrix_loss, &ord, TSR_DIMS(4, 3), c ? TSR_C128 : TSR_F64, a, 1e-7);
    }
}
static void test_matrix_norms_of_zero_have_finite_gradients(void **state) {
  (void)state;
  const number zero[6] = {0};
  for (tsr_matrix_ord ord = TSR_NORM_FRO; ord < TSR_NORM_COUNT; ord++) {
    tsr_builder *b;
    tsr_value loss, grad;
    number g[6];
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_value a = value_of(b, TSR_F64, TSR_DIMS(2, 3), zero);
    assert_ok(tsr_value_and_grad_of(b, matrix_loss, &ord, TSR_VALUES(a), &loss, &grad));
    read_value(b, grad, 6, g);
    for (int i = 0; i < 6; i++)
      assert_true(isfinite(creal(g[i])) && fabs(creal(g[i])) <= 1);
    tsr_builder_close(b);
  }
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  const tsr_dim two = tsr_dim_of(2);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  assert_refused(b, tsr_vector_norm(b, tsr_ones(b, TSR_I32, TSR_SHAPE(two)), TSR_ALL_AXES, 1),
                 TSR_ERR_DTYPE, "vector_norm", "i32");
  assert_refused(b, tsr_vector_norm(b, tsr_ones(b, TSR_F32, TSR_SHAPE(two)), TSR_ALL_AXES, NAN),
                 TSR_ERR_ARGUMENT, "NaN");
  (void)tsr_vector_norm(b, tsr_ones(b, TSR_F32, TSR_SHAPE(two)), TSR_AXES(3), 3);
  assert_status(TSR_ERR_ARGUMENT, tsr_builder_status(b));
  tsr_builder_clear(b);
  assert_refused(b, tsr_matrix_norm(b, tsr_ones(b, TSR_F32, TSR_SHAPE(two)), TSR_NORM_1),
                 TSR_ERR_SHAPE, "matrix_norm", "rank 1");
  (void)tsr_matrix_norm(b, tsr_ones(b, TSR_F32, TSR_SHAPE(two, two)), TSR_NORM_COUNT);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "ord 8");
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_axes_are_dropped),
      cmocka_unit_test(test_no_scale_overflows_or_vanishes),
      cmocka_unit_test(test_half_precision_is_computed_in_single),
      cmocka_unit_test(test_infinities_and_nan),
      cmocka_unit_test(test_of_no_elements),
      cmocka_unit_test(test_matrices_of_no_elements),
      cmocka_unit_test(test_gradients_of_vector_norms),
      cmocka_unit_test(test_gradients_at_zero),
      cmocka_unit_test(test_gradients_of_matrix_norms),
      cmocka_unit_test(test_matrix_norms_of_zero_have_finite_gradients),
      cmocka_unit_test(test_wrong_operands_are_refused),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
