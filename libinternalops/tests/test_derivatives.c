/* test_derivatives.c - derivatives of straight programs, in every nesting. */
#include "transform_test.h"

static const double point[6] = {0.3, -0.7, 1.1, 0.9, -0.2, 0.5};

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)
#define CHECK(name)                                                                                \
  static void test_##name(void **state) {                                                          \
    (void)state;                                                                                   \
    check_derivatives(name, NULL, point, 6, 0);                                                    \
  }

static tsr_value total(tsr_builder *b, tsr_value x) { return tsr_reduce_sum(b, x, TSR_ALL_AXES); }

BODY(square) {
  (void)ctx;
  out[0] = total(b, tsr_mul(b, in[0], in[0]));
  return TSR_OK;
}
CHECK(square)

BODY(quotients) { /* sin(x) / (2 + cos(x)) - x */
  (void)ctx;
  tsr_value x = in[0];
  tsr_value q = tsr_div(b, tsr_sin(b, x), tsr_add(b, tsr_cos(b, x), tsr_scalar(b, 2)));
  out[0] = total(b, tsr_mul(b, tsr_sub(b, q, x), tsr_neg(b, x)));
  return TSR_OK;
}
CHECK(quotients)

BODY(exponential) { /* exp(x sin x), and a value used three times */
  (void)ctx;
  tsr_value y = tsr_exp(b, tsr_mul(b, in[0], tsr_sin(b, in[0])));
  out[0] = total(b, tsr_mul(b, tsr_add(b, y, tsr_mul(b, y, y)), in[0]));
  return TSR_OK;
}
CHECK(exponential)

BODY(matrices) { /* x as 2 x 3: sum of squares of x x^T */
  (void)ctx;
  tsr_value m = tsr_reshape(b, in[0], TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_value p = tsr_matmul(b, m, tsr_transpose(b, m, TSR_ALL_AXES));
  out[0] = total(b, tsr_mul(b, p, p));
  return TSR_OK;
}
CHECK(matrices)

BODY(pieces) { /* slice, pad, concatenate, broadcast */
  (void)ctx;
  tsr_dim d0 = tsr_dim_of(0), d2 = tsr_dim_of(2), d4 = tsr_dim_of(4), d6 = tsr_dim_of(6);
  tsr_value head = tsr_slice(b, in[0], TSR_SHAPE(d0), TSR_SHAPE(d4), TSR_AXES(2));
  tsr_value tail = tsr_slice(b, in[0], TSR_SHAPE(d2), TSR_SHAPE(d6), TSR_NO_AXES);
  tsr_value all = tsr_concatenate(b, TSR_VALUES(head, tsr_exp(b, tail), head), 0);
  tsr_value wide = tsr_broadcast_to(b, all, TSR_SHAPE(d2, tsr_dim_of(8)));
  tsr_value first = tsr_reduce_sum(b, head, TSR_ALL_AXES);
  tsr_value padded = tsr_pad(b, wide, first, TSR_SHAPE(d0, d2), TSR_SHAPE(d2, d0), TSR_AXES(1, 0));
  out[0] = total(b, tsr_mul(b, padded, tsr_sin(b, padded)));
  return TSR_OK;
}
CHECK(pieces)

BODY(choices) { /* select by a mask that depends on x, and max */
  (void)ctx;
  tsr_value x = in[0];
  tsr_value p = tsr_gt(b, x, tsr_scalar(b, 0));
  tsr_value y = tsr_select(b, p, tsr_mul(b, x, x), tsr_sin(b, x));
  tsr_value top = tsr_reduce_max(b, y, TSR_ALL_AXES);
  out[0] = tsr_add(b, total(b, y), tsr_mul(b, top, top));
  return TSR_OK;
}
CHECK(choices)

BODY(indexed) { /* an index computed from x: take x[argmax x] */
  (void)ctx;
  tsr_value x = in[0];
  tsr_value i = tsr_argmax(b, x, 0);
  tsr_value y = tsr_take(b, tsr_exp(b, x), i, 0);
  tsr_value again = tsr_take(b, x, tsr_reshape(b, i, TSR_SHAPE(tsr_dim_of(1))), 0);
  out[0] = tsr_mul(b, y, total(b, tsr_mul(b, x, again)));
  return TSR_OK;
}
CHECK(indexed)

BODY(complex_inside) { /* |exp(i x) x|^2 and a product of complex numbers, real outside */
  (void)ctx;
  tsr_value x = in[0];
  tsr_value z = tsr_complex(b, tsr_sin(b, x), tsr_mul(b, x, x));
  tsr_value w = tsr_mul(b, tsr_exp(b, z), tsr_conj(b, tsr_div(b, z, tsr_scalar_complex(b, 1, 2))));
  out[0] = total(b, tsr_add(b, tsr_mul(b, tsr_real(b, w), tsr_imag(b, w)), tsr_real(b, w)));
  return TSR_OK;
}
CHECK(complex_inside)

BODY(constant) { /* does not depend on x */
  (void)ctx;
  out[0] = total(b, tsr_ones_like(b, in[0]));
  return TSR_OK;
}
CHECK(constant)

BODY(barred) {
  (void)ctx;
  tsr_value i = tsr_argmax(b, in[0], 0), through[2];
  (void)tsr_barrier(b, TSR_VALUES(tsr_mul(b, in[0], in[0]), i), through);
  out[0] = total(b, tsr_sin(b, through[0]));
  return TSR_OK;
}
CHECK(barred)

BODY(gradient_inside) { /* |grad of sum x^3|^2, made by a pullback in the body */
  (void)ctx;
  tsr_value x = in[0], g;
  tsr_value y = total(b, tsr_mul(b, x, tsr_mul(b, x, x)));
  TSR_TRY(tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(tsr_ones_like(b, y)), TSR_VALUES(x), &g));
  out[0] = total(b, tsr_mul(b, g, g));
  return TSR_OK;
}
CHECK(gradient_inside)

/* ---- closed forms ---- */

static tsr_value derivative(tsr_builder *b, tsr_value y, tsr_value x) {
  tsr_value g = TSR_NO_VALUE;
  (void)tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(tsr_ones_like(b, y)), TSR_VALUES(x), &g);
  return g;
}

static tsr_builder *scalar_trace(tsr_registry *r, tsr_dtype dtype, tsr_value *x) {
  tsr_builder *b;
  assert_ok(tsr_graph_builder_create(r, NULL, NULL, &b));
  *x = input(b, dtype, TSR_NO_SHAPE);
  return b;
}

static void test_third_derivative_of_x5_is_60_x2(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_value x;
  tsr_builder *b = scalar_trace(r, TSR_F64, &x);
  tsr_value x2 = tsr_mul(b, x, x), y = tsr_mul(b, tsr_mul(b, x2, x2), x);
  for (int k = 0; k < 3; k++)
    y = derivative(b, y, x);
  tsr_graph *g = finish(b, TSR_VALUES(y));
  double at = 1.5, out;
  evaluate(g, &at, &out);
  assert_near(out, 60 * at * at, 1e-14, 0);
  tsr_graph_release(g);
  tsr_registry_release(r);
}

static void test_fifth_derivative_of_exp_2x(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_value x;
  tsr_builder *b = scalar_trace(r, TSR_F64, &x);
  tsr_value y = tsr_exp(b, tsr_add(b, x, x));
  for (int k = 0; k < 5; k++)
    y = derivative(b, y, x);
  tsr_graph *g = finish(b, TSR_VALUES(y));
  double at = 0.3, out;
  evaluate(g, &at, &out);
  assert_near(out, 32 * exp(0.6), 1e-13, 0);
  tsr_graph_release(g);
  tsr_registry_release(r);
}

/* The gradient of a real loss of complex z at 3 + 4i. */
static void complex_gradient(tsr_value (*f)(tsr_builder *, tsr_value), double *re, double *im) {
  tsr_registry *r = registry();
  tsr_value z;
  tsr_builder *b = scalar_trace(r, TSR_C128, &z);
  tsr_value g = derivative(b, f(b, z), z);
  tsr_graph *graph = finish(b, TSR_VALUES(tsr_real(b, g), tsr_imag(b, g)));
  const double at[2] = {3, 4};
  double out[2];
  tsr_arena arena = {0};
  tsr_array in, result[2];
  assert_ok(tsr_array_make(&arena, TSR_C128, 0, NULL, &in));
  tsr_array_read(&in, at);
  assert_ok(tsr_oracle_run(graph, NULL, &arena, &in, result));
  for (int k = 0; k < 2; k++)
    tsr_array_write(&result[k], &out[k]);
  *re = out[0];
  *im = out[1];
  tsr_arena_deinit(&arena);
  tsr_graph_release(graph);
  tsr_registry_release(r);
}

static tsr_value abs2(tsr_builder *b, tsr_value z) {
  return tsr_real(b, tsr_mul(b, z, tsr_conj(b, z)));
}
static tsr_value real_of_square(tsr_builder *b, tsr_value z) {
  return tsr_real(b, tsr_mul(b, z, z));
}
static tsr_value imag_of_exp(tsr_builder *b, tsr_value z) { return tsr_imag(b, tsr_exp(b, z)); }

static void test_gradient_of_abs2_is_2z(void **state) {
  (void)state;
  double re, im;
  complex_gradient(abs2, &re, &im);
  assert_near(re, 6, 1e-15, 0);
  assert_near(im, 8, 1e-15, 0);
}

/* Re z^2 = x^2 - y^2: steepest ascent along (2x, -2y) */
static void test_gradient_of_real_square_is_conjugate(void **state) {
  (void)state;
  double re, im;
  complex_gradient(real_of_square, &re, &im);
  assert_near(re, 6, 1e-15, 0);
  assert_near(im, -8, 1e-15, 0);
}

/* Im e^z = e^x sin y: (e^x sin y, e^x cos y) */
static void test_gradient_of_imag_exp(void **state) {
  (void)state;
  double re, im;
  complex_gradient(imag_of_exp, &re, &im);
  assert_near(re, exp(3) * sin(4), 1e-14, 0);
  assert_near(im, exp(3) * cos(4), 1e-14, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_square),
      cmocka_unit_test(test_quotients),
      cmocka_unit_test(test_exponential),
      cmocka_unit_test(test_matrices),
      cmocka_unit_test(test_pieces),
      cmocka_unit_test(test_choices),
      cmocka_unit_test(test_indexed),
      cmocka_unit_test(test_complex_inside),
      cmocka_unit_test(test_constant),
      cmocka_unit_test(test_barred),
      cmocka_unit_test(test_gradient_inside),
      cmocka_unit_test(test_third_derivative_of_x5_is_60_x2),
      cmocka_unit_test(test_fifth_derivative_of_exp_2x),
      cmocka_unit_test(test_gradient_of_abs2_is_2z),
      cmocka_unit_test(test_gradient_of_real_square_is_conjugate),
      cmocka_unit_test(test_gradient_of_imag_exp),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
