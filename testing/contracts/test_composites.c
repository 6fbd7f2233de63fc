/* test_composites.c - functions made of several operations, and derivatives at their kinks. */
#include "contracts.h"

/* ---- bodies ---- */

#define OVER_ALL(name, call)                                                                       \
  BODY(name) {                                                                                     \
    (void)ctx;                                                                                     \
    out[0] = call;                                                                                 \
    return TSR_OK;                                                                                 \
  }
OVER_ALL(logsumexp, tsr_logsumexp(b, in[0], TSR_ALL_AXES))
OVER_ALL(softmax, tsr_softmax(b, in[0], TSR_AXES(-1)))
OVER_ALL(log_softmax, tsr_log_softmax(b, in[0], TSR_AXES(-1)))
OVER_ALL(variance, tsr_var(b, in[0], TSR_ALL_AXES, 1))
OVER_ALL(deviation, tsr_std(b, in[0], TSR_ALL_AXES, 0))
OVER_ALL(norm, tsr_norm2(b, in[0], TSR_ALL_AXES))
OVER_ALL(sum_relu, total(b, tsr_relu(b, in[0])))
OVER_ALL(sum_softplus, total(b, tsr_softplus(b, in[0])))
OVER_ALL(sum_abs, total(b, tsr_abs(b, in[0])))
OVER_ALL(sum_max, total(b, tsr_max(b, in[0], tsr_scalar(b, 1))))
OVER_ALL(sum_clamp, total(b, tsr_clip(b, in[0], tsr_scalar(b, -1), tsr_scalar(b, 1))))
OVER_ALL(sum_sqrt, total(b, tsr_sqrt(b, in[0])))
OVER_ALL(sum_cbrt, total(b, tsr_cbrt(b, in[0])))
OVER_ALL(cube, total(b, tsr_pow(b, in[0], tsr_scalar(b, 3))))

/* Its gradient, as a body of its own. */
#define GRADIENT_OF(loss)                                                                          \
  BODY(loss##_gradient) {                                                                          \
    tsr_value value;                                                                               \
    return tsr_value_and_grad_of(b, loss, ctx, tsr_values_of(in, 1), &value, out);                 \
  }
GRADIENT_OF(logsumexp)
GRADIENT_OF(variance)
GRADIENT_OF(deviation)
GRADIENT_OF(norm)
GRADIENT_OF(sum_relu)
GRADIENT_OF(sum_softplus)
GRADIENT_OF(sum_abs)
GRADIENT_OF(sum_max)
GRADIENT_OF(sum_clamp)
GRADIENT_OF(sum_sqrt)
GRADIENT_OF(sum_cbrt)
GRADIENT_OF(cube)

static void check(tsr_body body, size_t n_in, const double *x, size_t n, const double *expected,
                  double rtol) {
  tsr_tensor *in = f64_of(TSR_DIMS((int64_t)n_in), x);
  check_both(body, NULL, TSR_TENSORS(in), 1, expected, n, rtol, 0);
  tsr_tensor_release(in);
}

/* ---- sums of exponentials ---- */

static void test_softmax_and_kin_by_their_formulas(void **state) {
  (void)state;
  const double shifts[] = {0, 1e4, -1e4, 0.5};
  for (size_t s = 0; s < COUNT(shifts); s++) {
    double x[5] = {0.5, -1, 2.25, 2.25, -7}, soft[5], log_soft[5], sum;
    long double powers = 0;
    for (int i = 0; i < 5; i++)
      powers += expl(x[i]);
    for (int i = 0; i < 5; i++) {
      soft[i] = (double)(expl(x[i]) / powers);
      log_soft[i] = (double)(x[i] - logl(powers));
      x[i] += shifts[s];
    }
    sum = (double)(logl(powers) + shifts[s]);
    check(softmax, 5, x, 5, soft, 8 * EPS);
    check(log_softmax, 5, x, 5, log_soft, 8 * EPS);
    check(logsumexp, 5, x, 1, &sum, 8 * EPS);
    check(logsumexp_gradient, 5, x, 5, soft, 16 * EPS);
  }
}

static void test_infinite_logarithms(void **state) {
  (void)state;
  const double inf = (double)INFINITY, low[] = {-inf, -inf}, mixed[] = {-inf, 3}, high[] = {inf, 3};
  const double half[] = {0, 1};
  check(logsumexp, 2, low, 1, low, 0);
  check(logsumexp, 2, mixed, 1, &mixed[1], 0);
  check(logsumexp, 2, high, 1, high, 0);
  check(softmax, 2, mixed, 2, half, 0);
}

/* ---- variance and norm ---- */

static void test_variance_far_from_zero(void **state) {
  (void)state;
  const double x[] = {1e8 + 1, 1e8 + 2, 1e8 + 4, 1e8 + 9}; /* mean 1e8 + 4, squares 9 4 0 25 */
  const double var = 38. / 3, std = sqrt(38. / 4);
  double slope[4], of_std[4];
  for (int i = 0; i < 4; i++) {
    slope[i] = 2 * (x[i] - 1e8 - 4) / 3;
    of_std[i] = (x[i] - 1e8 - 4) / (4 * std);
  }
  check(variance, 4, x, 1, &var, 4 * EPS);
  check(deviation, 4, x, 1, &std, 4 * EPS);
  tsr_tensor *in = f64_of(TSR_DIMS(4), x);
  check_both(variance_gradient, NULL, TSR_TENSORS(in), 1, slope, 4, 16 * EPS, 4 * EPS);
  check_both(deviation_gradient, NULL, TSR_TENSORS(in), 1, of_std, 4, 16 * EPS, 4 * EPS);
  tsr_tensor_release(in);
}

static void test_complex_variance_is_real(void **state) {
  (void)state;
  const double z[] = {1, 1, -1, 1, 0, -2}, var = (2 + 2 + 4) / 2.; /* mean 0, three numbers */
  tsr_tensor *in = tensor_of(TSR_C128, TSR_DIMS(3), z);
  check_both(variance, NULL, TSR_TENSORS(in), 1, &var, 1, 4 * EPS, 0);
  tsr_tensor_release(in);
}

static void test_norm_neither_overflows_nor_vanishes(void **state) {
  (void)state;
  const double scales[] = {1, 1e300, 1e-300, 0x1p-1074, 0x1p1020, 3e5};
  for (size_t s = 0; s < COUNT(scales); s++) {
    const double x[] = {3 * scales[s], -4 * scales[s], 12 * scales[s]}, length = 13 * scales[s];
    const double slope[] = {3. / 13, -4. / 13, 12. / 13};
    check(norm, 3, x, 1, &length, 4 * EPS);
    check(norm_gradient, 3, x, 3, slope, 8 * EPS);
  }
  const float single[] = {3e38f, 0, 1e38f};
  const double want = 3.1622776601683795e38;
  tsr_tensor *in = tensor_of(TSR_F32, TSR_DIMS(3), single);
  check_both(norm, NULL, TSR_TENSORS(in), 1, &want, 1, 1e-6, 0);
  tsr_tensor_release(in);
  const double z[] = {3e200, 4e200}, size = 5e200, along[] = {0.6, 0.8};
  in = tensor_of(TSR_C128, TSR_DIMS(1), z);
  check_both(norm, NULL, TSR_TENSORS(in), 1, &size, 1, 4 * EPS, 0);
  check_both(norm_gradient, NULL, TSR_TENSORS(in), 1, along, 2, 8 * EPS, 0);
  tsr_tensor_release(in);
}

/* ---- functions of one number ---- */

BODY(activations) {
  (void)ctx;
  out[0] = tsr_square(b, in[0]);
  out[1] = tsr_relu(b, in[0]);
  out[2] = tsr_silu(b, in[0]);
  out[3] = tsr_gelu(b, in[0]);
  out[4] = tsr_clip(b, in[0], tsr_scalar(b, -1), TSR_NO_VALUE);
  out[5] = tsr_clip(b, in[0], TSR_NO_VALUE, tsr_scalar(b, 1));
  out[6] = tsr_where(b, tsr_gt(b, in[0], tsr_scalar(b, 1)), in[0], tsr_scalar(b, 7));
  out[7] = tsr_gelu_tanh(b, in[0]);
  out[8] = tsr_softplus(b, in[0]);
  return TSR_OK;
}

static void test_activations_keep_their_tails(void **state) {
  (void)state;
  const double x[] = {-30, -5.5, -0.5, 0, 1e-9, 0.75, 3, 40};
  double expected[9][8];
  for (int i = 0; i < 8; i++) {
    const long double v = x[i];
    expected[0][i] = (double)(v * v);
    expected[1][i] = v > 0 ? x[i] : 0;
    expected[2][i] = (double)(v / (1 + expl(-v)));
    expected[3][i] = (double)(v * erfcl(-v * sqrtl(0.5L)) / 2);
    expected[4][i] = v < -1 ? -1 : x[i];
    expected[5][i] = v > 1 ? 1 : x[i];
    expected[6][i] = v > 1 ? x[i] : 7;
    /* (1 + tanh u) / 2 = 1 / (1 + e^-2u) */
    const long double u = sqrtl(2 / acosl(-1)) * (v + 0.044715L * v * v * v);
    expected[7][i] = (double)(v / (1 + expl(-2 * u)));
    expected[8][i] = (double)(v > 0 ? v + log1pl(expl(-v)) : log1pl(expl(v)));
  }
  tsr_tensor *in = f64_of(TSR_DIMS(8), x);
  /* erfc of a rounded argument: off by 2 a^2 eps at the argument a = 30 / sqrt 2 */
  check_both(activations, NULL, TSR_TENSORS(in), 9, expected[0], 72, 1000 * EPS, 0);
  tsr_tensor_release(in);
}

/* ---- derivatives where pieces meet, and at branch points ---- */

static void test_derivatives_at_kinks(void **state) {
  (void)state;
  const double x[] = {-2, -1, 0, 1, 2}, same[] = {4, 4, 4}, zeros[] = {0, 0, 0};
  const double relu[] = {0, 0, 0, 1, 1}, modulus[] = {-1, -1, 0, 1, 1};
  const double max[] = {0, 0, 0, 0.5, 1}, clamp[] = {0, 1, 1, 1, 0}, cubes[] = {12, 3, 0, 3, 12};
  const double roots[] = {(double)INFINITY, 0.5}, third[] = {(double)INFINITY, 1. / 3};
  const double at[] = {0, 1}, half[] = {0.5};
  check(sum_relu_gradient, 5, x, 5, relu, 0);
  check(sum_abs_gradient, 5, x, 5, modulus, 0);
  check(sum_softplus_gradient, 1, zeros, 1, half, 0);
  check(sum_max_gradient, 5, x, 5, max, 0);
  check(sum_clamp_gradient, 5, x, 5, clamp, 0);
  check(cube_gradient, 5, x, 5, cubes, 4 * EPS);
  check(deviation_gradient, 3, same, 3, zeros, 0);
  check(norm_gradient, 3, zeros, 3, zeros, 0);
  check(sum_sqrt_gradient, 2, at, 2, roots, 2 * EPS);
  check(sum_cbrt_gradient, 2, at, 2, third, 2 * EPS);
}

static void test_modulus_of_complex_numbers(void **state) {
  (void)state;
  const double z[] = {3, 4, 0, 0, 0, -2}, want[] = {0.6, 0.8, 0, 0, 0, -1};
  tsr_tensor *in = tensor_of(TSR_C128, TSR_DIMS(3), z);
  check_both(sum_abs_gradient, NULL, TSR_TENSORS(in), 1, want, 6, 4 * EPS, 0);
  tsr_tensor_release(in);
}

/* ---- errors ---- */

static tsr_status eager_status(tsr_value (*op)(tsr_builder *, tsr_value, tsr_value), int64_t x,
                               int64_t y, int64_t *z) {
  tsr_builder *b = NULL;
  tsr_tensor *out = NULL;
  assert_ok(tsr_eager_open(rt, DEVICE, &b));
  tsr_tensor *in[] = {tensor_of(TSR_I64, TSR_NO_DIMS, &x), tensor_of(TSR_I64, TSR_NO_DIMS, &y)};
  const tsr_value v = op(b, tsr_from_tensor(b, in[0]), tsr_from_tensor(b, in[1]));
  tsr_status status = tsr_to_tensor(b, v, &out);
  if (status == TSR_OK) status = tsr_tensor_read(out, z, sizeof *z);
  tsr_tensor_release(out);
  tsr_tensors_release(in, 2);
  tsr_builder_close(b);
  return status;
}

static void test_integers_report_what_has_no_value(void **state) {
  (void)state;
  int64_t z = 0;
  assert_ok(eager_status(tsr_rem, -7, 3, &z));
  assert_int_equal(z, -1);
  assert_ok(eager_status(tsr_rem, INT64_MIN, -1, &z));
  assert_int_equal(z, 0);
  assert_error_says(eager_status(tsr_rem, 7, 0, &z), TSR_ERR_NUMERIC, "division by zero");
  assert_ok(eager_status(tsr_pow, -3, 5, &z));
  assert_int_equal(z, -243);
  assert_ok(eager_status(tsr_pow, 3, 41, &z)); /* 3^41 = 36472996377170786403 - 2^65 + ... wraps */
  assert_int_equal(z, INT64_C(-420491770248316829));
  assert_error_says(eager_status(tsr_pow, 2, -1, &z), TSR_ERR_NUMERIC, "negative power");
}

static void test_softmax_of_integers_is_refused(void **state) {
  (void)state;
  tsr_builder *b = trace();
  (void)tsr_softmax(b, tsr_input(b, "x", TSR_I32, TSR_NO_SHAPE), TSR_ALL_AXES);
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "softmax", "i32", "float");
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_softmax_and_kin_by_their_formulas),
      cmocka_unit_test(test_infinite_logarithms),
      cmocka_unit_test(test_variance_far_from_zero),
      cmocka_unit_test(test_complex_variance_is_real),
      cmocka_unit_test(test_norm_neither_overflows_nor_vanishes),
      cmocka_unit_test(test_activations_keep_their_tails),
      cmocka_unit_test(test_derivatives_at_kinks),
      cmocka_unit_test(test_modulus_of_complex_numbers),
      cmocka_unit_test(test_integers_report_what_has_no_value),
      cmocka_unit_test(test_softmax_of_integers_is_refused),
  };
  return cmocka_run_group_tests_name("contracts/composites", tests, open_all, teardown);
}
