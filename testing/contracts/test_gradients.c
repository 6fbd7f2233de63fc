/* test_gradients.c - derivatives nest, parameters keep their identity, integers carry none. */
#include "contracts.h"

/* ---- parameters that look alike ---- */

static const double c3[3] = {2, -3, 5};

/* sum(c sin p + 2 c e^q + p q): at p = q = 0 the gradients are c and 2 c */
static tsr_value loss_of_two(tsr_builder *b, tsr_value p, tsr_value q) {
  tsr_tensor *t = f64_of(TSR_DIMS(3), c3);
  tsr_value c = tsr_constant(b, t), two = tsr_scalar(b, 2);
  tsr_tensor_release(t);
  tsr_value s = tsr_mul(b, c, tsr_sin(b, p));
  s = tsr_add(b, s, tsr_mul(b, two, tsr_mul(b, c, tsr_exp(b, q))));
  return total(b, tsr_add(b, s, tsr_mul(b, p, q)));
}

BODY(two_zeros) {
  (void)ctx, (void)in;
  const tsr_dim three = tsr_dim_of(3);
  tsr_value p[2];
  for (int i = 0; i < 2; i++)
    p[i] = tsr_zeros(b, TSR_F64, TSR_SHAPE(three));
  return tsr_grads(b, loss_of_two(b, p[0], p[1]), TSR_VALUES(p[0], p[1]), out);
}

BODY(loss_of_two_body) {
  (void)ctx;
  out[0] = loss_of_two(b, in[0], in[1]);
  return TSR_OK;
}
BODY(two_zeros_of_a_function) {
  (void)ctx, (void)in;
  const tsr_dim three = tsr_dim_of(3);
  tsr_value p[2], loss;
  for (int i = 0; i < 2; i++)
    p[i] = tsr_zeros(b, TSR_F64, TSR_SHAPE(three));
  return tsr_value_and_grad_of(b, loss_of_two_body, NULL, TSR_VALUES(p[0], p[1]), &loss, out);
}

static void test_two_parameters_of_equal_zeros_stay_two(void **state) {
  (void)state;
  const double expected[6] = {2, -3, 5, 4, -6, 10};
  tsr_tensor_list none = {NULL, 0};
  double got[16];
  assert_int_equal(traced_numbers(two_zeros, NULL, none, 2, got), 6);
  assert_close(got, expected, 6, EPS, 0);
  check_both(two_zeros_of_a_function, NULL, none, 2, expected, 6, EPS, 0);
}

/* Both given as the same value of a function: two inputs nevertheless. */
BODY(one_value_twice) {
  (void)ctx;
  tsr_value loss;
  return tsr_value_and_grad_of(b, loss_of_two_body, NULL, TSR_VALUES(in[0], in[0]), &loss, out);
}
static void test_one_value_may_stand_for_two_parameters(void **state) {
  (void)state;
  const double at[3] = {0.5, 1, -1};
  double expected[6];
  for (int i = 0; i < 3; i++) {
    expected[i] = c3[i] * cos(at[i]) + at[i];
    expected[3 + i] = 2 * c3[i] * exp(at[i]) + at[i];
  }
  tsr_tensor *x = f64_of(TSR_DIMS(3), at);
  check_both(one_value_twice, NULL, TSR_TENSORS(x), 2, expected, 6, 8 * EPS, 8 * EPS);
  tsr_tensor_release(x);
}

/* ---- order three: f = e^x sin x, f' = e^x (sin x + cos x), f'' = 2 e^x cos x,
 *      f''' = 2 e^x (cos x - sin x) ---- */

BODY(wave) {
  (void)ctx;
  out[0] = tsr_mul(b, tsr_exp(b, in[0]), tsr_sin(b, in[0]));
  return TSR_OK;
}

/* Nested between values of one trace: grad, grad grad, grad grad grad, jvp grad grad. */
BODY(on_a_trace) {
  (void)ctx;
  tsr_value x = in[0], f, one = tsr_ones(b, TSR_F64, no_shape());
  TSR_TRY(wave(b, NULL, in, &f));
  out[0] = tsr_grad(b, f, x);
  out[1] = tsr_grad(b, out[0], x);
  out[2] = tsr_grad(b, out[1], x);
  TSR_TRY(tsr_jvp(b, TSR_VALUES(out[0]), TSR_VALUES(x), TSR_VALUES(one), &out[3]));
  TSR_TRY(tsr_jvp(b, TSR_VALUES(out[3]), TSR_VALUES(x), TSR_VALUES(one), &out[4]));
  tsr_value j;
  TSR_TRY(tsr_jvp(b, TSR_VALUES(f), TSR_VALUES(x), TSR_VALUES(one), &j));
  out[5] = tsr_grad(b, tsr_grad(b, j, x), x);
  return TSR_OK;
}

static void test_every_nest_to_third_order_on_a_trace(void **state) {
  (void)state;
  for (double x = -2; x <= 2; x += 0.5) {
    double e = exp(x), s = sin(x), c = cos(x), got[8];
    const double expected[6] = {e * (s + c), 2 * e * c,       2 * e * (c - s),
                                2 * e * c,   2 * e * (c - s), 2 * e * (c - s)};
    tsr_tensor *t = number_of(x);
    assert_int_equal(traced_numbers(on_a_trace, NULL, TSR_TENSORS(t), 6, got), 6);
    assert_close(got, expected, 6, 0, 32 * EPS * e);
    tsr_tensor_release(t);
  }
}

/* The same as functions of functions; way[k] says how order k + 1 is made: g or j. */
typedef struct nest {
  const char *way;
  int order;
} nest;

BODY(derivative) {
  const nest *n = ctx;
  if (n->order == 0) return wave(b, NULL, in, out);
  nest inner = {n->way, n->order - 1};
  tsr_value value;
  if (n->way[n->order - 1] == 'g')
    return tsr_value_and_grad_of(b, derivative, &inner, TSR_VALUES(in[0]), &value, out);
  tsr_value one = tsr_ones(b, TSR_F64, no_shape());
  return tsr_jvp_of(b, derivative, &inner, TSR_VALUES(in[0]), TSR_VALUES(one), 1, &value, out);
}

static void test_every_nest_to_third_order_of_functions(void **state) {
  (void)state;
  static const char *const ways[] = {"ggg", "ggj", "gjg", "gjj", "jgg", "jgj", "jjg", "jjj"};
  const double x = 0.75, e = exp(x), s = sin(x), c = cos(x);
  const double expected[4] = {e * s, e * (s + c), 2 * e * c, 2 * e * (c - s)};
  tsr_tensor *t = number_of(x);
  for (size_t w = 0; w < COUNT(ways); w++) {
    for (int order = 1; order <= 3; order++) {
      nest n = {ways[w], order};
      check_both(derivative, &n, TSR_TENSORS(t), 1, &expected[order], 1, 0, 32 * EPS * e);
    }
  }
  tsr_tensor_release(t);
}

/* f(x) = sum_i x_i^2 x_{i+1} sin x_i: H v against differences of differences is loose, so the
 * gradient is held against differences and H against the gradient's own linear change. */
static long double ring(const long double *x) {
  long double s = 0;
  for (int i = 0; i < 4; i++)
    s += x[i] * x[i] * x[(i + 1) % 4] * sinl(x[i]);
  return s;
}
BODY(ring_body) {
  (void)ctx;
  tsr_value x = in[0];
  tsr_value head = tsr_slice(b, x, TSR_SHAPE(tsr_dim_of(1)), TSR_SHAPE(tsr_dim_of(4)), TSR_AXES(1));
  tsr_value tail = tsr_slice(b, x, TSR_SHAPE(tsr_dim_of(0)), TSR_SHAPE(tsr_dim_of(1)), TSR_AXES(1));
  tsr_value next = tsr_concatenate(b, TSR_VALUES(head, tail), 0);
  tsr_value y = tsr_mul(b, tsr_mul(b, tsr_mul(b, x, x), next), tsr_sin(b, x));
  out[0] = total(b, y);
  return TSR_OK;
}
BODY(ring_gradient) {
  (void)ctx;
  tsr_value value;
  return tsr_value_and_grad_of(b, ring_body, NULL, TSR_VALUES(in[0]), &value, out);
}
BODY(ring_hessian_product) {
  (void)ctx;
  return tsr_hvp_of(b, ring_body, NULL, TSR_VALUES(in[0]), TSR_VALUES(in[1]), out);
}

static void test_gradient_and_hessian_against_differences(void **state) {
  (void)state;
  const double at[4] = {0.3, -1.1, 0.9, 1.7}, v[4] = {1, -0.5, 2, 0.25};
  double expected[4], hv[4], two[2][4];
  differences(ring, at, 4, expected);
  tsr_tensor *x = f64_of(TSR_DIMS(4), at), *d = f64_of(TSR_DIMS(4), v);
  check_both(ring_gradient, NULL, TSR_TENSORS(x), 1, expected, 4, 1e-11, 1e-11);
  const double h = 0x1p-10;
  for (int side = 0; side < 2; side++) {
    double moved[4];
    for (int i = 0; i < 4; i++)
      moved[i] = at[i] + (side ? h : -h) * v[i];
    differences(ring, moved, 4, two[side]);
  }
  for (int i = 0; i < 4; i++)
    hv[i] = (two[1][i] - two[0][i]) / (2 * h);
  check_both(ring_hessian_product, NULL, TSR_TENSORS(x, d), 1, hv, 4, 1e-5, 1e-5);
  tsr_tensors_release((tsr_tensor *[]){x, d}, 2);
}

/* ---- integers among the outputs ---- */

/* k = argmax x, loss = x[k]^2 + sum x: out = (loss, k, gradient) */
BODY(with_argmax) {
  (void)ctx;
  tsr_value k = tsr_argmax(b, in[0], 0), x = tsr_take(b, in[0], k, 0);
  out[0] = tsr_add(b, tsr_mul(b, x, x), total(b, in[0]));
  out[1] = k;
  return TSR_OK;
}
BODY(with_argmax_and_gradient) {
  TSR_TRY(with_argmax(b, ctx, in, out));
  out[2] = tsr_grad(b, out[0], in[0]);
  return TSR_OK;
}
BODY(vjp_beside_an_integer) {
  (void)ctx;
  tsr_value one = tsr_ones(b, TSR_F64, no_shape());
  return tsr_vjp_of(b, with_argmax, NULL, TSR_VALUES(in[0]), TSR_VALUES(one, TSR_ZERO_VALUE), out,
                    &out[2]);
}
BODY(jvp_beside_an_integer) { /* the tangent of k is an integer zero */
  (void)ctx;
  return tsr_jvp_of(b, with_argmax, NULL, TSR_VALUES(in[0]), TSR_VALUES(in[1]), 2, out, &out[2]);
}

static void test_integer_outputs_in_differentiated_programs(void **state) {
  (void)state;
  const double at[4] = {1, 4, -2, 3}, v[4] = {1, 10, 100, 1000};
  const double expected[7] = {22, 1, 1, 9, 1, 1}, expected_jvp[4] = {22, 1, 1111 + 80, 0};
  tsr_tensor *x = f64_of(TSR_DIMS(4), at), *d = f64_of(TSR_DIMS(4), v);
  double got[16];
  assert_int_equal(traced_numbers(with_argmax_and_gradient, NULL, TSR_TENSORS(x), 3, got), 6);
  assert_close(got, expected, 6, 0, 0);
  check_both(vjp_beside_an_integer, NULL, TSR_TENSORS(x), 3, expected, 6, 0, 0);
  check_both(jvp_beside_an_integer, NULL, TSR_TENSORS(x, d), 4, expected_jvp, 4, 0, 0);
  tsr_tensors_release((tsr_tensor *[]){x, d}, 2);
}

/* ---- conversions ---- */

BODY(round_trip) { /* f64 -> f32 -> i64 -> f64 */
  (void)ctx;
  tsr_value f = tsr_convert(b, in[0], TSR_F32), i = tsr_convert(b, f, TSR_I64);
  out[0] = f, out[1] = i, out[2] = tsr_convert(b, i, TSR_F64);
  return TSR_OK;
}
BODY(round_trip_loss) { /* sum(x trunc(x) + 3 float(x)): the integer is a constant */
  tsr_value r[3];
  TSR_TRY(round_trip(b, ctx, in, r));
  tsr_value back = tsr_convert(b, r[0], TSR_F64);
  out[0] = total(b, tsr_add(b, tsr_mul(b, in[0], r[2]), tsr_mul(b, back, tsr_scalar(b, 3))));
  return TSR_OK;
}
BODY(round_trip_gradient) {
  (void)ctx;
  tsr_value value;
  return tsr_value_and_grad_of(b, round_trip_loss, NULL, TSR_VALUES(in[0]), &value, out);
}

static void test_conversions_through_integers(void **state) {
  (void)state;
  /* 2^24 + 1 is no f32: it rounds to 2^24; 0.1 changes its bits */
  const double at[6] = {2.75, -2.75, 0.1, 16777217, -0.5, 1e300};
  double expected[18];
  for (int i = 0; i < 6; i++) {
    float f = (float)at[i];
    expected[i] = (double)f;
    expected[6 + i] = i == 5 ? 0x1p63 : trunc((double)f); /* saturates at 2^63 - 1 */
    expected[12 + i] = i == 5 ? 0x1p63 : trunc((double)f);
  }
  tsr_tensor *x = f64_of(TSR_DIMS(6), at), *y = f64_of(TSR_DIMS(5), at);
  check_both(round_trip, NULL, TSR_TENSORS(x), 3, expected, 18, 0, 0);
  double gradient[5];
  for (int i = 0; i < 5; i++)
    gradient[i] = trunc((double)(float)at[i]) + 3;
  check_both(round_trip_gradient, NULL, TSR_TENSORS(y), 1, gradient, 5, 0, 0);
  tsr_tensors_release((tsr_tensor *[]){x, y}, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_two_parameters_of_equal_zeros_stay_two),
      cmocka_unit_test(test_one_value_may_stand_for_two_parameters),
      cmocka_unit_test(test_every_nest_to_third_order_on_a_trace),
      cmocka_unit_test(test_every_nest_to_third_order_of_functions),
      cmocka_unit_test(test_gradient_and_hessian_against_differences),
      cmocka_unit_test(test_integer_outputs_in_differentiated_programs),
      cmocka_unit_test(test_conversions_through_integers),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
