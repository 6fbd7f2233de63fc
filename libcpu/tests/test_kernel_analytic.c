/* test_kernel_analytic.c - analytic functions near zero, on cuts, at poles and out of range. */
#include "kernel_harness.h"

static double complex apply(tsr_op_id id, tsr_dtype d, int32_t n, double complex x,
                            double complex y) {
  array in[2] = {make_array(d, 0, NULL, C_ORDER), make_array(d, 0, NULL, C_ORDER)};
  array out = make_array(d, 0, NULL, C_ORDER);
  set(&in[0], 0, x);
  set(&in[1], 0, y);
  assert_status(TSR_OK, run_op(id, NULL, n, in, &out));
  const double complex z = get(&out, 0);
  free_array(&in[0]);
  free_array(&in[1]);
  free_array(&out);
  return z;
}
static double complex of(tsr_op_id id, double complex x) { return apply(id, TSR_C128, 1, x, 0); }
static double complex power(double complex x, double complex y) {
  return apply(TSR_OP_POW, TSR_C128, 2, x, y);
}

/* The parts agree with those of a series, each to its own digits. */
static void assert_parts(double complex z, long double complex want, double eps) {
  assert_number(creal(z), (double)creall(want), eps * fabs((double)creall(want)));
  assert_number(cimag(z), (double)cimagl(want), eps * fabs((double)cimagl(want)));
}

static void test_small_complex_numbers_keep_their_digits(void **state) {
  (void)state;
  for (int e = -10; e > -300; e -= 7) {
    const double complex z = CMPLX(ldexp(3, e), ldexp(-5, e));
    const long double complex x = CMPLXL((long double)creal(z), (long double)cimag(z));
    const long double complex square = x * x, cube = x * x * x;
    const double eps = 4 * 0x1p-52 + ldexp(64, 3 * e); /* the next term of the series */
    assert_parts(of(TSR_OP_EXPM1, z), x + square / 2 + cube / 6, eps);
    assert_parts(of(TSR_OP_LOG1P, z), x - square / 2 + cube / 3, eps);
  }
}

/* On the circle |1 + z| = 1 the logarithm is imaginary, up to what rounding z makes of it. */
static void test_log1p_where_the_modulus_is_one(void **state) {
  (void)state;
  for (int i = 1; i < 40; i++) {
    const double t = i * 0.0125, half = sin(t / 2);
    const double complex z = CMPLX(-2 * half * half, sin(t));
    assert_number(of(TSR_OP_LOG1P, z), CMPLX(0, t), 4 * 0x1p-52 * t);
  }
}

/* The sign of a zero imaginary part chooses the side. */
static void test_cuts_have_two_sides(void **state) {
  (void)state;
  const double pi = 3.14159265358979323846;
  assert_number(of(TSR_OP_LOG, CMPLX(-1, 0.0)), CMPLX(0, pi), 0);
  assert_number(of(TSR_OP_LOG, CMPLX(-1, -0.0)), CMPLX(0, -pi), 0);
  assert_number(of(TSR_OP_LOG1P, CMPLX(-2, -0.0)), CMPLX(0, -pi), 0);
  assert_number(of(TSR_OP_SQRT, CMPLX(-4, 0.0)), CMPLX(0, 2), 0);
  assert_number(of(TSR_OP_SQRT, CMPLX(-4, -0.0)), CMPLX(0, -2), 0);
  assert_number(of(TSR_OP_RSQRT, CMPLX(-4, 0.0)), CMPLX(0, -0.5), 0);
  assert_number(power(CMPLX(-4, -0.0), 0.5), CMPLX(0, -2), 1e-15);
}

static void test_complex_powers(void **state) {
  (void)state;
  const double pi = 3.14159265358979323846;
  assert_number(power(0, 0), 1, 0);
  assert_number(power(CMPLX(3, -7), 0), 1, 0);
  assert_number(power(0, CMPLX(0.5, 9)), 0, 0);
  assert_true(isinf(creal(power(0, -1))));
  assert_true(isnan(creal(power(0, CMPLX(0, 1)))));
  assert_number(power(CMPLX(0, 1), CMPLX(0, 1)), exp(-pi / 2), 1e-16);
  assert_number(power(CMPLX(1, 1), 20), -1024, 1024 * 32 * 0x1p-52);
  assert_number(power(2, 10), 1024, 0);
  assert_number(power(1e300, 1), 1e300, 0);
}

static void test_poles_and_overflow(void **state) {
  (void)state;
  assert_true(isinf(creal(of(TSR_OP_EXPM1, CMPLX(800, 1)))));
  assert_number(of(TSR_OP_EXPM1, -800), -1, 0);
  assert_true(isinf(creal(of(TSR_OP_LOG, 0))));
  assert_true(isinf(creal(of(TSR_OP_RSQRT, 0))));
  assert_number(of(TSR_OP_TANH, CMPLX(1000, 1)), 1, 0);
  assert_number(of(TSR_OP_SIGN, CMPLX(3e-324, 0)), 1, 0);
  assert_number(of(TSR_OP_SIGN, CMPLX(-1.5e308, 1.5e308)), CMPLX(-sqrt(0.5), sqrt(0.5)), 4e-16);
  assert_number(apply(TSR_OP_LOGISTIC, TSR_F64, 1, -700, 0), exp(-700), 1e-319);
  assert_number(apply(TSR_OP_LOGISTIC, TSR_F32, 1, -100, 0), exp(-100), 0x1p-149);
  assert_number(apply(TSR_OP_LOGISTIC, TSR_F64, 1, 800, 0), 1, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_small_complex_numbers_keep_their_digits),
      cmocka_unit_test(test_log1p_where_the_modulus_is_one),
      cmocka_unit_test(test_cuts_have_two_sides),
      cmocka_unit_test(test_complex_powers),
      cmocka_unit_test(test_poles_and_overflow),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
