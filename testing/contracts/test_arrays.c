/* test_arrays.c - arrays that follow from an index, products over chosen axes, and layers. */
#include "contracts.h"

/* A body of one line with the operands in[..]. */
#define LINE(name, call)                                                                           \
  BODY(name) {                                                                                     \
    (void)ctx, (void)in;                                                                           \
    out[0] = call;                                                                                 \
    return TSR_OK;                                                                                 \
  }

static const tsr_tensor_list no_inputs = {NULL, 0};

static void check_made(tsr_body body, size_t n, const double *want, double rtol) {
  check_both(body, NULL, no_inputs, 1, want, n, rtol, 0);
}

/* ---- grids ---- */

LINE(halves, tsr_arange(b, TSR_F64, 2, -0.5, tsr_dim_of(4)))
LINE(odd, tsr_convert(b, tsr_arange(b, TSR_I16, 1, 2, tsr_dim_of(4)), TSR_F64))
LINE(imaginary, tsr_imag(b, tsr_mul(b, tsr_arange(b, TSR_C128, 0, 3, tsr_dim_of(3)),
                                    tsr_scalar_complex(b, 0, 1))))
LINE(nothing, tsr_arange(b, TSR_F64, 0, 1, tsr_dim_of(0)))

static void test_arange_counts_in_steps(void **state) {
  (void)state;
  check_made(halves, 4, (double[]){2, 1.5, 1, 0.5}, 0);
  check_made(odd, 4, (double[]){1, 3, 5, 7}, 0);
  check_made(imaginary, 3, (double[]){0, 3, 6}, 0);
  check_made(nothing, 0, NULL, 0);
}

/* Half precision has no 2049, but the sum is rounded once: 2049 + 1 = 2050. */
LINE(half_precision, tsr_convert(b, tsr_arange(b, TSR_F16, 2048, 1, tsr_dim_of(4)), TSR_F64))

static void test_arange_of_half_precision_rounds_once(void **state) {
  (void)state;
  check_made(half_precision, 4, (double[]){2048, 2048, 2050, 2052}, 0);
}

LINE(eighths, tsr_linspace(b, TSR_F64, 1, 2, tsr_dim_of(5)))
LINE(single, tsr_linspace(b, TSR_F64, 3, 7, tsr_dim_of(1)))
LINE(both_ends, tsr_linspace(b, TSR_F64, -1.7e308, 1.7e308, tsr_dim_of(2)))
LINE(wide, tsr_linspace(b, TSR_F64, -1.7e308, 1.7e308, tsr_dim_of(3)))
LINE(down, tsr_linspace(b, TSR_F64, 0.3, -0.1, tsr_dim_of(5)))

static void test_linspace_meets_both_ends(void **state) {
  (void)state;
  check_made(eighths, 5, (double[]){1, 1.25, 1.5, 1.75, 2}, 0);
  check_made(single, 1, (double[]){3}, 0);
  check_made(both_ends, 2, (double[]){-1.7e308, 1.7e308}, 0);
  check_made(wide, 3, (double[]){-1.7e308, 0, 1.7e308}, 0);
  check_made(down, 5, (double[]){0.3, 0.2, 0.1, 0, -0.1}, 4e-16);
}

LINE(shifted, tsr_eye(b, TSR_F64, tsr_dim_of(2), tsr_dim_of(3), 1))
LINE(below, tsr_eye(b, TSR_F64, tsr_dim_of(3), tsr_dim_of(2), -1))

static void test_eye_has_one_diagonal(void **state) {
  (void)state;
  check_made(shifted, 6, (double[]){0, 1, 0, 0, 0, 1}, 0);
  check_made(below, 6, (double[]){0, 0, 1, 0, 0, 1}, 0);
}

LINE(hot, tsr_one_hot(b, tsr_convert(b, in[0], TSR_I8), tsr_dim_of(3), TSR_F64))

static void test_one_hot_leaves_out_what_is_no_index(void **state) {
  (void)state;
  const double at[] = {2, -1, 0, 3};
  tsr_tensor *in = f64_of(TSR_DIMS(2, 2), at);
  check_both(hot, NULL, TSR_TENSORS(in), 1, (double[]){0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0}, 12, 0,
             0);
  tsr_tensor_release(in);
}

/* ---- products ---- */

LINE(two_axes, tsr_tensordot(b, in[0], in[1], TSR_AXES(1, 0), TSR_AXES(-1, 0)))
LINE(no_axes, tsr_tensordot(b, in[0], in[0], TSR_NO_AXES, TSR_NO_AXES))

static void test_tensordot_pairs_axes(void **state) {
  (void)state;
  double x[2 * 3 * 2], y[2 * 4 * 3], want[2 * 4] = {0}, all[16];
  for (int i = 0; i < 12; i++)
    x[i] = i - 5;
  for (int i = 0; i < 24; i++)
    y[i] = i * i % 7;
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 3; j++)
      for (int k = 0; k < 2; k++)
        for (int l = 0; l < 4; l++)
          want[k * 4 + l] += x[(i * 3 + j) * 2 + k] * y[(i * 4 + l) * 3 + j];
  tsr_tensor *a = f64_of(TSR_DIMS(2, 3, 2), x), *c = f64_of(TSR_DIMS(2, 4, 3), y);
  check_both(two_axes, NULL, TSR_TENSORS(a, c), 1, want, 8, 0, 0);
  tsr_tensor_release(a);
  tsr_tensor_release(c);
  for (int i = 0; i < 16; i++)
    all[i] = x[i / 4] * x[i % 4];
  a = f64_of(TSR_DIMS(2, 2), x);
  check_both(no_axes, NULL, TSR_TENSORS(a), 1, all, 16, 0, 0);
  tsr_tensor_release(a);
}

LINE(outer, tsr_outer(b, in[0], in[1]))
LINE(scaled, tsr_outer(b, in[0], tsr_scalar(b, 3)))

static void test_outer_products_of_any_rank(void **state) {
  (void)state;
  const double x[] = {1, 2, 3}, y[] = {1, 10, 100, 1000};
  tsr_tensor *a = f64_of(TSR_DIMS(3), x), *c = f64_of(TSR_DIMS(2, 2), y);
  check_both(outer, NULL, TSR_TENSORS(a, c), 1,
             (double[]){1, 10, 100, 1000, 2, 20, 200, 2000, 3, 30, 300, 3000}, 12, 0, 0);
  check_both(scaled, NULL, TSR_TENSORS(a), 1, (double[]){3, 6, 9}, 3, 0, 0);
  tsr_tensor_release(a);
  tsr_tensor_release(c);
}

LINE(dots, tsr_vecdot(b, in[0], in[1], -1))
BODY(complex_dot) { /* conj(1 + i) (2 - i) = 1 - 3 i */
  (void)ctx;
  const tsr_value x = tsr_complex(b, in[0], in[0]);
  const tsr_value y = tsr_complex(b, tsr_add(b, in[0], in[0]), tsr_neg(b, in[0]));
  out[0] = tsr_imag(b, tsr_vecdot(b, x, y, -1));
  return TSR_OK;
}

static void test_vecdot_conjugates_the_first(void **state) {
  (void)state;
  const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {1, 0, -1}, one[] = {1};
  tsr_tensor *a = f64_of(TSR_DIMS(2, 3), x), *c = f64_of(TSR_DIMS(3), y);
  check_both(dots, NULL, TSR_TENSORS(a, c), 1, (double[]){-2, -2}, 2, 0, 0);
  tsr_tensor_release(a);
  tsr_tensor_release(c);
  a = f64_of(TSR_DIMS(1), one);
  check_both(complex_dot, NULL, TSR_TENSORS(a), 1, (double[]){-3}, 1, 0, 0);
  tsr_tensor_release(a);
}

/* ---- layers ---- */

LINE(layer, tsr_layer_norm(b, in[0], TSR_AXES(-1), 0.25))
LINE(rms, tsr_rms_norm(b, in[0], TSR_AXES(-1), 0.25))
BODY(layer_loss) {
  (void)ctx;
  tsr_value weight = tsr_arange(b, TSR_F64, 1, 1, tsr_dim_of(4));
  out[0] = total(b, tsr_mul(b, weight, tsr_layer_norm(b, in[0], TSR_AXES(-1), 0.25)));
  return TSR_OK;
}
BODY(layer_gradient) {
  tsr_value value;
  return tsr_value_and_grad_of(b, layer_loss, ctx, tsr_values_of(in, 1), &value, out);
}

static void test_layers_by_their_formulas(void **state) {
  (void)state;
  const double far = 1e6, x[] = {far - 3, far + 1, far - 1, far + 3};
  double want[4], mean_of_squares = 0, slope[4];
  tsr_tensor *in = f64_of(TSR_DIMS(1, 4), x);
  for (int i = 0; i < 4; i++)
    want[i] = (x[i] - far) / sqrt(5.25);
  check_both(layer, NULL, TSR_TENSORS(in), 1, want, 4, 1e-15, 0);
  for (int i = 0; i < 4; i++)
    mean_of_squares += x[i] * x[i] / 4;
  for (int i = 0; i < 4; i++)
    want[i] = x[i] / sqrt(mean_of_squares + 0.25);
  check_both(rms, NULL, TSR_TENSORS(in), 1, want, 4, 1e-15, 0);
  /* d = (w - mean w - y mean(w y)) / s, y the result, s^2 = 5.25, w = 1 2 3 4 */
  double mean_wy = 0;
  for (int i = 0; i < 4; i++)
    mean_wy += (i + 1) * (x[i] - far) / sqrt(5.25) / 4;
  for (int i = 0; i < 4; i++)
    slope[i] = (i + 1 - 2.5 - (x[i] - far) / sqrt(5.25) * mean_wy) / sqrt(5.25);
  check_both(layer_gradient, NULL, TSR_TENSORS(in), 1, slope, 4, 1e-13, 1e-14);
  tsr_tensor_release(in);
}

/* ---- what is refused ---- */

static void test_wrong_calls_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_dim two = tsr_dim_of(2), three = tsr_dim_of(3);
  tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(two, three)),
            y = tsr_ones(b, TSR_F64, TSR_SHAPE(two));
  assert_refused(b, tsr_arange(b, TSR_BOOL, 0, 1, two), TSR_ERR_DTYPE, "arange", "bool");
  assert_refused(b, tsr_arange(b, TSR_I32, 0, 0.5, two), TSR_ERR_DTYPE, "0.5");
  assert_refused(b, tsr_arange(b, TSR_F32, 0, 1, tsr_dim_of(-2)), TSR_ERR_SHAPE, "arange", "-2");
  assert_refused(b, tsr_linspace(b, TSR_I32, 0, 1, two), TSR_ERR_DTYPE, "linspace", "i32");
  assert_refused(b, tsr_linspace(b, TSR_F32, 0, 1, tsr_dim_of(-2)), TSR_ERR_SHAPE, "-2");
  assert_refused(b, tsr_one_hot(b, x, two, TSR_F32), TSR_ERR_DTYPE, "one_hot", "f64");
  assert_refused(b, tsr_tensordot(b, x, y, TSR_AXES(1), TSR_AXES(0)), TSR_ERR_SHAPE, "3", "2");
  assert_refused(b, tsr_tensordot(b, x, y, TSR_AXES(0, 1), TSR_AXES(0)), TSR_ERR_ARGUMENT, "2",
                 "1");
  assert_refused(b, tsr_tensordot(b, x, y, TSR_AXES(2), TSR_AXES(0)), TSR_ERR_ARGUMENT,
                 "tensordot");
  assert_refused(b, tsr_vecdot(b, x, y, -1), TSR_ERR_SHAPE, "vecdot", "3", "2");
  assert_refused(b, tsr_vecdot(b, x, y, 0), TSR_ERR_ARGUMENT, "vecdot", "axis 0", "-1");
  assert_refused(b, tsr_vecdot(b, x, y, -2), TSR_ERR_ARGUMENT, "axis -2");
  assert_refused(b, tsr_layer_norm(b, tsr_eq(b, x, x), TSR_AXES(0), 1), TSR_ERR_DTYPE,
                 "layer_norm");
  assert_true(tsr_value_is_zero(tsr_outer(b, TSR_ZERO_VALUE, x)));
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_arange_counts_in_steps),
      cmocka_unit_test(test_arange_of_half_precision_rounds_once),
      cmocka_unit_test(test_linspace_meets_both_ends),
      cmocka_unit_test(test_eye_has_one_diagonal),
      cmocka_unit_test(test_one_hot_leaves_out_what_is_no_index),
      cmocka_unit_test(test_tensordot_pairs_axes),
      cmocka_unit_test(test_outer_products_of_any_rank),
      cmocka_unit_test(test_vecdot_conjugates_the_first),
      cmocka_unit_test(test_layers_by_their_formulas),
      cmocka_unit_test(test_wrong_calls_are_refused),
  };
  return cmocka_run_group_tests_name("contracts/arrays", tests, open_all, teardown);
}
