/* test_grad.c - derivatives between values of a trace, and of functions on both builders. */
#include "ad_test.h"

/* ---- on a trace ---- */

/* loss = mean((x w - y)^2): dw = 2 x^T (x w - y) / n, at n = 2 of a symbolic n */
static void test_least_squares_with_a_symbolic_size(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_builder *b = w.b;
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = input(b, TSR_F64, TSR_SHAPE(n, tsr_dim_of(2)));
  tsr_value y = input(b, TSR_F64, TSR_SHAPE(n));
  tsr_value v = vector(b, 2);
  tsr_value r = tsr_sub(b, tsr_matmul(b, x, v), y);
  tsr_value loss = tsr_mean(b, tsr_mul(b, r, r), TSR_ALL_AXES);
  tsr_graph *g = finished(&w, TSR_VALUES(tsr_grad(b, loss, v), loss));
  const double data[8] = {1, 2, 3, 4, 5, 6, 0.5, -1};
  const int64_t size = 2;
  double out[3];
  evaluate_at(g, &size, data, out);
  const double r0 = 1 * 0.5 - 2 - 5, r1 = 3 * 0.5 - 4 - 6;
  assert_near(out[0], 1 * r0 + 3 * r1, 1e-14, 0);
  assert_near(out[1], 2 * r0 + 4 * r1, 1e-14, 0);
  assert_near(out[2], (r0 * r0 + r1 * r1) / 2, 1e-14, 0);
  tsr_graph_release(g);
  world_close(&w);
}

static void test_two_parameters_that_start_equal_stay_two(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_builder *b = w.b;
  tsr_value p = tsr_zeros(b, TSR_F64, TSR_NO_SHAPE), q = tsr_zeros(b, TSR_F64, TSR_NO_SHAPE), g[2];
  tsr_value loss = tsr_add(b, tsr_mul(b, p, tsr_scalar(b, 3)), tsr_mul(b, q, tsr_scalar(b, 5)));
  assert_ok(tsr_grads(b, loss, TSR_VALUES(p, q), g));
  double out[2];
  results(&w, TSR_VALUES(g[0], g[1]), NULL, out);
  assert_near(out[0], 3, 0, 0);
  assert_near(out[1], 5, 0, 0);
}

/* y = x^2, loss = y^3 x: held independent of y, dx = y^3 and dy = 3 y^2 x */
static void test_an_intermediate_value_is_held_independent(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_builder *b = w.b;
  tsr_value x = input(b, TSR_F64, TSR_NO_SHAPE), y = tsr_mul(b, x, x), g[2];
  tsr_value loss = tsr_mul(b, tsr_mul(b, tsr_mul(b, y, y), y), x);
  assert_ok(tsr_grads(b, loss, TSR_VALUES(x, y), g));
  const double at = 2;
  double out[3];
  results(&w, TSR_VALUES(g[0], g[1], tsr_grad(b, loss, x)), &at, out);
  assert_near(out[0], 64, 1e-15, 0);
  assert_near(out[1], 3 * 16 * 2, 1e-15, 0);
  assert_near(out[2], 7 * 64, 1e-15, 0);
}

BODY(derivative_in_captured) { /* y = x_t w^2; the carry sums dy / dw = 2 x_t w */
  const tsr_value *w = ctx;
  tsr_value y = tsr_mul(b, in[1], tsr_mul(b, *w, *w));
  out[0] = tsr_add(b, in[0], tsr_grad(b, y, *w));
  return TSR_OK;
}

/* Inside a body a value of the trace around it can be differentiated in, and around it again. */
static void test_a_body_differentiates_in_what_it_captures(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 3), a = input(w.b, TSR_F64, TSR_NO_SHAPE), y;
  assert_ok(tsr_scan(w.b, derivative_in_captured, &a, TSR_VALUES(tsr_zeros_like(w.b, a)),
                     TSR_VALUES(x), tsr_dim_of(3), TSR_SCAN_FORWARD, 0, &y));
  const double at[4] = {1, 2, 3, 5}, expected[2] = {60, 12};
  double out[2];
  results(&w, TSR_VALUES(y, tsr_grad(w.b, y, a)), at, out);
  assert_close(out, expected, 2, 1e-15, 0);
}

static void test_independent_loss_gives_zeros(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 3), y = vector(w.b, 3), t[2];
  tsr_value loss = total(w.b, tsr_mul(w.b, y, y)), index = tsr_argmax(w.b, x, 0);
  assert_ok(tsr_jvp(w.b, TSR_VALUES(loss, index), TSR_VALUES(x), TSR_VALUES(y), t));
  const double at[6] = {1, 2, 3, 4, 5, 6};
  double out[5] = {9, 9, 9, 9, 9};
  const double zeros[5] = {0};
  assert_int_equal(5, results(&w, TSR_VALUES(tsr_grad(w.b, loss, x), t[0], t[1]), at, out));
  assert_close(out, zeros, 5, 0, 0);
}

static void test_symbolic_zeros_are_welcome(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 2), y = tsr_mul(w.b, x, x), g, t[2];
  assert_ok(tsr_vjp(w.b, TSR_VALUES(y, y), TSR_VALUES(TSR_ZERO_VALUE, x), TSR_VALUES(x), &g));
  assert_ok(tsr_jvp(w.b, TSR_VALUES(y, x), TSR_VALUES(x), TSR_VALUES(TSR_ZERO_VALUE), t));
  const double at[2] = {3, 4};
  double out[6];
  assert_int_equal(6, results(&w, TSR_VALUES(g, t[0], t[1]), at, out));
  const double expected[6] = {18, 32, 0, 0, 0, 0};
  assert_close(out, expected, 6, 1e-15, 0);
}

/* ---- what is refused ---- */

static void test_refusals_say_what_to_do(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_builder *b = w.b;
  tsr_value x = vector(b, 3), z = input(b, TSR_C128, TSR_NO_SHAPE), out[2];
  tsr_value k = input(b, TSR_I64, TSR_NO_SHAPE), s = total(b, x);
#define REFUSED(call, code, ...)                                                                   \
  assert_error_says(call, code, __VA_ARGS__);                                                      \
  assert_status(code, tsr_builder_status(b));                                                      \
  tsr_builder_clear(b)
  REFUSED(tsr_grads(b, z, TSR_VALUES(z), out), TSR_ERR_DTYPE, "grad", "c128[]", "tsr_vjp");
  REFUSED(tsr_grads(b, x, TSR_VALUES(x), out), TSR_ERR_SHAPE, "grad", "f64[3]", "rank 0");
  REFUSED(tsr_grads(b, k, TSR_VALUES(x), out), TSR_ERR_DTYPE, "grad", "i64[]");
  REFUSED(tsr_grads(b, s, TSR_VALUES(k), out), TSR_ERR_DTYPE, "grad", "i64[]");
  REFUSED(tsr_grads(b, s, TSR_VALUES(x, x), out), TSR_ERR_ARGUMENT, "same value");
  REFUSED(tsr_vjp(b, TSR_VALUES(x), TSR_VALUES(s), TSR_VALUES(x), out), TSR_ERR_SHAPE, "f64[]",
          "f64[3]");
  REFUSED(tsr_jvp(b, TSR_VALUES(s), TSR_VALUES(x), TSR_VALUES(s), out), TSR_ERR_SHAPE, "f64[]",
          "f64[3]");
  REFUSED(tsr_jvp(b, TSR_VALUES(s), TSR_VALUES(x), TSR_NO_VALUES, out), TSR_ERR_ARGUMENT, "1", "0");
  assert_true(tsr_value_is_none(tsr_grad(b, TSR_NO_VALUE, x)));
  assert_status(TSR_ERR_ARGUMENT, tsr_builder_status(b));
  world_close(&w);
}

static void test_an_eager_builder_is_told_of_the_other_form(void **state) {
  (void)state;
  world w;
  eager e;
  world_open(&w);
  eager_open(&e, w.registry);
  const double at[2] = {1, 2};
  tsr_value x = eager_vector(&e, at, 2), out;
  assert_error_says(tsr_grads(&e.base, total(&e.base, x), TSR_VALUES(x), &out), TSR_ERR_STATE,
                    "eager", "tsr_value_and_grad_of");
  tsr_builder_close(&e.base);
  world_close(&w);
}

/* ---- of a function ---- */

typedef struct parameters {
  tsr_value a; /* captured */
} parameters;

BODY(weighted_cubes) { /* sum a x^3 */
  const parameters *p = ctx;
  tsr_value cube = tsr_mul(b, in[0], tsr_mul(b, in[0], in[0]));
  out[0] = total(b, tsr_mul(b, p->a, cube));
  return TSR_OK;
}

static void check_function_forms(tsr_builder *b, tsr_value x, tsr_value a, tsr_value *out) {
  parameters p = {a};
  tsr_value one = tsr_ones(b, TSR_F64, TSR_NO_SHAPE);
  assert_ok(tsr_value_and_grad_of(b, weighted_cubes, &p, TSR_VALUES(x), &out[0], &out[1]));
  assert_ok(tsr_vjp_of(b, weighted_cubes, &p, TSR_VALUES(x), TSR_VALUES(one), &out[2], &out[3]));
  assert_ok(tsr_jvp_of(b, weighted_cubes, &p, TSR_VALUES(x), TSR_VALUES(a), 1, &out[4], &out[5]));
  assert_ok(tsr_hvp_of(b, weighted_cubes, &p, TSR_VALUES(x), TSR_VALUES(a), &out[6]));
}

/* x = (2, 3), a = (5, 7): f = 229, df = 3 a x^2, H = diag(6 a x) */
static const double function_data[4] = {2, 3, 5, 7};
static const double function_expected[11] = {
    229, 60, 189, 229, 60, 189, 229, 60 * 5 + 189 * 7, 6 * 5 * 2 * 5, 6 * 7 * 3 * 7};

static void test_function_forms_on_a_trace(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value out[7];
  double numbers[16];
  tsr_value x = vector(w.b, 2), a = vector(w.b, 2);
  check_function_forms(w.b, x, a, out);
  assert_int_equal(10, results(&w, tsr_values_of(out, 7), function_data, numbers));
  assert_close(numbers, function_expected, 10, 1e-15, 0);
}

static void test_function_forms_on_an_eager_builder(void **state) {
  (void)state;
  world w;
  eager e;
  world_open(&w);
  eager_open(&e, w.registry);
  tsr_value out[7];
  tsr_value x = eager_vector(&e, function_data, 2), a = eager_vector(&e, function_data + 2, 2);
  check_function_forms(&e.base, x, a, out);
  const int32_t elements[7] = {1, 2, 1, 2, 1, 1, 2};
  for (int32_t j = 0, n = 0; j < 7; j++)
    for (int32_t k = 0; k < elements[j]; k++)
      assert_near(eager_element(&e, out[j], k), function_expected[n++], 1e-15, 0);
  tsr_builder_close(&e.base);
  world_close(&w);
}

/* The body reads x both as its input and as a captured value: only the first counts. */
static void test_captured_values_are_constant(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 2), loss, g;
  parameters p = {x};
  assert_ok(tsr_value_and_grad_of(w.b, weighted_cubes, &p, TSR_VALUES(x), &loss, &g));
  const double at[2] = {2, 3}, expected[2] = {3 * 8, 3 * 27};
  double out[2];
  results(&w, TSR_VALUES(g), at, out);
  assert_close(out, expected, 2, 1e-15, 0);
}

BODY(failing) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], tsr_convert(b, in[0], TSR_I64));
  return TSR_OK;
}

BODY(whole_vector) {
  (void)ctx, (void)b;
  out[0] = in[0];
  return TSR_OK;
}

static void test_errors_of_a_body_latch_in_the_builder(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 2), out[2];
  assert_status(TSR_ERR_DTYPE,
                tsr_value_and_grad_of(w.b, failing, NULL, TSR_VALUES(x), out, out + 1));
  assert_status(TSR_ERR_DTYPE, tsr_builder_status(w.b));
  tsr_builder_clear(w.b);
  assert_error_says(tsr_value_and_grad_of(w.b, whole_vector, NULL, TSR_VALUES(x), out, out + 1),
                    TSR_ERR_SHAPE, "f64[2]", "rank 0");
  tsr_builder_clear(w.b);
  assert_error_says(
      tsr_vjp_of(w.b, whole_vector, NULL, TSR_VALUES(x), TSR_VALUES(total(w.b, x)), out, out + 1),
      TSR_ERR_SHAPE, "cotangent 0", "f64[]", "f64[2]");
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_least_squares_with_a_symbolic_size),
      cmocka_unit_test(test_two_parameters_that_start_equal_stay_two),
      cmocka_unit_test(test_an_intermediate_value_is_held_independent),
      cmocka_unit_test(test_a_body_differentiates_in_what_it_captures),
      cmocka_unit_test(test_independent_loss_gives_zeros),
      cmocka_unit_test(test_symbolic_zeros_are_welcome),
      cmocka_unit_test(test_refusals_say_what_to_do),
      cmocka_unit_test(test_an_eager_builder_is_told_of_the_other_form),
      cmocka_unit_test(test_function_forms_on_a_trace),
      cmocka_unit_test(test_function_forms_on_an_eager_builder),
      cmocka_unit_test(test_captured_values_are_constant),
      cmocka_unit_test(test_errors_of_a_body_latch_in_the_builder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
