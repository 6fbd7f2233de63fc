/* test_complex.c - the pairing Re(conj(a) b): gradients point along steepest ascent.
 *
 * For a loss f of z = x + i y the gradient is df/dx + i df/dy, so every expectation here
 * comes either from a closed form or from differences in 2 n real variables.
 */
#include "contracts.h"

typedef long double complex number_c;

/* The derivative that a loss of complex inputs has by differences, as complex numbers. */
#define GRADIENT_OF(loss)                                                                          \
  BODY(loss##_gradient) {                                                                          \
    tsr_value value;                                                                               \
    return tsr_value_and_grad_of(b, loss, ctx, tsr_values_of(in, *(size_t *)ctx), &value, out);    \
  }

static tsr_tensor *c128_of(tsr_dims dims, const double *data) {
  return tensor_of(TSR_C128, dims, data);
}

/* ---- elementwise ---- */

enum {
  N = 4
};
static const double z4[2 * N] = {1, 2, -0.5, 0.25, 0, -1.5, 3, 0};

BODY(square_modulus) {
  (void)ctx;
  out[0] = tsr_real(b, total(b, tsr_mul(b, in[0], tsr_conj(b, in[0]))));
  return TSR_OK;
}
BODY(square) {
  (void)ctx;
  out[0] = tsr_real(b, total(b, tsr_mul(b, in[0], in[0])));
  return TSR_OK;
}
BODY(exponential) {
  (void)ctx;
  out[0] = tsr_real(b, total(b, tsr_exp(b, in[0])));
  return TSR_OK;
}
BODY(imaginary_sine) {
  (void)ctx;
  out[0] = tsr_imag(b, total(b, tsr_sin(b, in[0])));
  return TSR_OK;
}
GRADIENT_OF(square_modulus)
GRADIENT_OF(square)
GRADIENT_OF(exponential)
GRADIENT_OF(imaginary_sine)

static void test_elementwise_gradients(void **state) {
  (void)state;
  double modulus[2 * N], squared[2 * N], exped[2 * N], sined[2 * N];
  for (int i = 0; i < N; i++) {
    double complex z = z4[2 * i] + I * z4[2 * i + 1];
    double complex g[4] = {2 * z, conj(2 * z), conj(cexp(z)), I * conj(ccos(z))};
    double *const into[4] = {modulus, squared, exped, sined};
    for (int k = 0; k < 4; k++) {
      into[k][2 * i] = creal(g[k]);
      into[k][2 * i + 1] = cimag(g[k]);
    }
  }
  size_t one = 1;
  tsr_tensor *z = c128_of(TSR_DIMS(N), z4);
  const double tol = 16 * EPS;
  check_both(square_modulus_gradient, &one, TSR_TENSORS(z), 1, modulus, 2 * N, tol, tol);
  check_both(square_gradient, &one, TSR_TENSORS(z), 1, squared, 2 * N, tol, tol);
  check_both(exponential_gradient, &one, TSR_TENSORS(z), 1, exped, 2 * N, tol, 8 * tol);
  check_both(imaginary_sine_gradient, &one, TSR_TENSORS(z), 1, sined, 2 * N, tol, 8 * tol);
  tsr_tensor_release(z);
}

/* A step along the gradient changes the loss by |g|^2, any other of its length by less. */
static void test_the_gradient_is_steepest_ascent(void **state) {
  (void)state;
  size_t one = 1;
  double g[2], best = 0;
  const double z0[2] = {0.4, -0.9};
  tsr_tensor *z = c128_of(TSR_DIMS(1), z0);
  traced_numbers(exponential_gradient, &one, TSR_TENSORS(z), 1, g);
  tsr_tensor_release(z);
  double length = hypot(g[0], g[1]), h = 1e-6;
  for (int k = 0; k < 360; k++) {
    double angle = k * acos(-1) / 180;
    double complex a = z0[0] + I * z0[1], d = h * (cos(angle) + I * sin(angle));
    double rise = (creal(cexp(a + d)) - creal(cexp(a))) / h;
    if (rise > best) best = rise;
  }
  assert_near(best, length, 1e-3, 0);
  double complex a = z0[0] + I * z0[1], d = h * (g[0] + I * g[1]) / length;
  assert_near((creal(cexp(a + d)) - creal(cexp(a))) / h, length, 1e-5, 0);
}

BODY(complex_loss) {
  (void)ctx;
  out[0] = total(b, in[0]);
  return TSR_OK;
}
static void test_a_complex_loss_is_refused_with_advice(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value z = tsr_input(b, "z", TSR_C128, TSR_NO_SHAPE), loss, grad;
  assert_error_says(tsr_value_and_grad_of(b, complex_loss, NULL, TSR_VALUES(z), &loss, &grad),
                    TSR_ERR_DTYPE, "c128", "real");
  tsr_builder_close(b);
  b = trace();
  z = tsr_input(b, "z", TSR_C128, TSR_NO_SHAPE);
  assert_true(tsr_value_is_none(tsr_grad(b, z, z)));
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "c128", "real");
  tsr_builder_close(b);
}

/* ---- solve: x = a^-1 r by Cramer's rule, loss = Re sum c x ---- */

static number_c at(const long double *x, int i) { return x[2 * i] + I * x[2 * i + 1]; }

static const double system_6[12] = {2, 1, -0.5, 0.5, 1, -1, 3, 0.25, 0.7, -2, 1.5, 1};

static long double solve_by_hand(const long double *x) {
  number_c a = at(x, 0), b = at(x, 1), c = at(x, 2), d = at(x, 3), p = at(x, 4), q = at(x, 5);
  number_c det = a * d - b * c, u = (d * p - b * q) / det, v = (a * q - c * p) / det;
  return creall((1 + 2 * I) * u - (3 - I) * v);
}
BODY(solve_loss) {
  (void)ctx;
  const double c[4] = {1, 2, -3, 1};
  tsr_tensor *t = c128_of(TSR_DIMS(2), c);
  tsr_value x = tsr_solve(b, in[0], in[1]);
  out[0] = tsr_real(b, total(b, tsr_mul(b, x, tsr_constant(b, t))));
  tsr_tensor_release(t);
  return TSR_OK;
}
GRADIENT_OF(solve_loss)

static void test_solve(void **state) {
  (void)state;
  double expected[12];
  size_t two = 2;
  differences(solve_by_hand, system_6, 12, expected);
  tsr_tensor *a = c128_of(TSR_DIMS(2, 2), system_6), *r = c128_of(TSR_DIMS(2), system_6 + 8);
  check_both(solve_loss_gradient, &two, TSR_TENSORS(a, r), 2, expected, 12, 1e-11, 1e-11);
  tsr_tensors_release((tsr_tensor *[]){a, r}, 2);
}

/* ---- singular values: s0^2 + s1^2 = |a|^2, s0 s1 = |det a| ---- */

static long double values_by_hand(const long double *x) {
  long double sum = 0, product;
  for (int i = 0; i < 8; i++)
    sum += x[i] * x[i];
  product = cabsl(at(x, 0) * at(x, 3) - at(x, 1) * at(x, 2));
  long double plus = sqrtl(sum + 2 * product), minus = sqrtl(sum - 2 * product);
  long double s0 = (plus + minus) / 2, s1 = (plus - minus) / 2;
  return s0 * s0 * s0 + 5 * s1;
}
BODY(values_loss) {
  (void)ctx;
  tsr_value s = tsr_svd(b, in[0], TSR_SVD_REDUCED).s;
  const tsr_dim zero = tsr_dim_of(0), one = tsr_dim_of(1), two = tsr_dim_of(2);
  tsr_value s0 = tsr_slice(b, s, TSR_SHAPE(zero), TSR_SHAPE(one), TSR_AXES(1));
  tsr_value s1 = tsr_slice(b, s, TSR_SHAPE(one), TSR_SHAPE(two), TSR_AXES(1));
  tsr_value cube = tsr_mul(b, s0, tsr_mul(b, s0, s0));
  out[0] = total(b, tsr_add(b, cube, tsr_mul(b, s1, tsr_scalar(b, 5))));
  return TSR_OK;
}
GRADIENT_OF(values_loss)

static void test_singular_values(void **state) {
  (void)state;
  double expected[8];
  size_t one = 1;
  differences(values_by_hand, system_6, 8, expected);
  tsr_tensor *a = c128_of(TSR_DIMS(2, 2), system_6);
  check_both(values_loss_gradient, &one, TSR_TENSORS(a), 1, expected, 8, 1e-11, 1e-11);
  tsr_tensor_release(a);
}

/* ---- vjp with complex cotangents: J^H, so <ct, J t> = <J^H ct, t> ---- */

BODY(holomorphic) {
  (void)ctx;
  out[0] = tsr_mul(b, tsr_exp(b, in[0]), in[0]);
  return TSR_OK;
}
BODY(holomorphic_vjp) {
  (void)ctx;
  tsr_value value;
  return tsr_vjp_of(b, holomorphic, NULL, TSR_VALUES(in[0]), TSR_VALUES(in[1]), &value, out);
}
BODY(holomorphic_jvp) {
  (void)ctx;
  tsr_value value;
  return tsr_jvp_of(b, holomorphic, NULL, TSR_VALUES(in[0]), TSR_VALUES(in[1]), 1, &value, out);
}
static void test_vjp_is_the_adjoint(void **state) {
  (void)state;
  const double ct[2 * N] = {1, -1, 0.5, 2, 3, 0.25, -1, -1};
  double vjp[2 * N], jvp[2 * N];
  for (int i = 0; i < N; i++) {
    double complex z = z4[2 * i] + I * z4[2 * i + 1], c = ct[2 * i] + I * ct[2 * i + 1];
    double complex slope = cexp(z) * (1 + z), v = conj(slope) * c, j = slope * c;
    vjp[2 * i] = creal(v), vjp[2 * i + 1] = cimag(v);
    jvp[2 * i] = creal(j), jvp[2 * i + 1] = cimag(j);
  }
  tsr_tensor *z = c128_of(TSR_DIMS(N), z4), *c = c128_of(TSR_DIMS(N), ct);
  check_both(holomorphic_vjp, NULL, TSR_TENSORS(z, c), 1, vjp, 2 * N, 32 * EPS, 128 * EPS);
  check_both(holomorphic_jvp, NULL, TSR_TENSORS(z, c), 1, jvp, 2 * N, 32 * EPS, 128 * EPS);
  tsr_tensors_release((tsr_tensor *[]){z, c}, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_elementwise_gradients),
      cmocka_unit_test(test_the_gradient_is_steepest_ascent),
      cmocka_unit_test(test_a_complex_loss_is_refused_with_advice),
      cmocka_unit_test(test_solve),
      cmocka_unit_test(test_singular_values),
      cmocka_unit_test(test_vjp_is_the_adjoint),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
