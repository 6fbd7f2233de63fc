/* test_sizes.c - symbolic sizes: one program for all of them, and contradictions named. */
#include "contracts.h"

/* r_i = x_i . w - y_i, loss = sum r^2, dw = 2 sum_i r_i x_i, and the rows sorted out by cond */
static tsr_program *least_squares(void) {
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n"), k = tsr_dim_symbol(b, "k");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, k));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(n));
  tsr_value w = tsr_input(b, "w", TSR_F64, TSR_SHAPE(k));
  tsr_value r = tsr_sub(b, tsr_matmul(b, x, w), y);
  tsr_value loss = total(b, tsr_mul(b, r, r));
  tsr_value dw = tsr_grad(b, loss, w);
  tsr_value twice = tsr_concatenate(b, TSR_VALUES(r, tsr_neg(b, r)), 0); /* [2 n] */
  return compiled(b, TSR_VALUES(loss, dw, twice, tsr_dim_value(b, n, TSR_I64)));
}

static void test_one_program_at_many_sizes(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {0,  3},
      {1,  3},
      {2,  1},
      {7,  0},
      {33, 5},
      {0,  0},
      {1,  1},
      {2,  3},
      {64, 4},
      {33, 5}
  };
  tsr_program *p = least_squares();
  for (size_t s = 0; s < COUNT(sizes); s++) {
    int64_t n = sizes[s][0], k = sizes[s][1];
    double x[64 * 8], y[64], w[8], expected[256] = {0}, got[256];
    for (int64_t i = 0; i < n * k; i++)
      x[i] = sin((double)i);
    for (int64_t i = 0; i < n; i++)
      y[i] = cos((double)i);
    for (int64_t i = 0; i < k; i++)
      w[i] = (double)i - 1.5;
    for (int64_t i = 0; i < n; i++) {
      double r = -y[i];
      for (int64_t j = 0; j < k; j++)
        r += x[i * k + j] * w[j];
      expected[0] += r * r;
      for (int64_t j = 0; j < k; j++)
        expected[1 + j] += 2 * r * x[i * k + j];
      expected[1 + k + i] = r;
      expected[1 + k + n + i] = -r;
    }
    expected[1 + k + 2 * n] = (double)n;
    tsr_tensor *t[3] = {f64_of(TSR_DIMS(n, k), x), f64_of(TSR_DIMS(n), y), f64_of(TSR_DIMS(k), w)};
    size_t count = (size_t)(2 + k + 2 * n);
    assert_int_equal(run_numbers(p, TSR_TENSORS(t[0], t[1], t[2]), got), count);
    assert_close(got, expected, count, 64 * EPS, 64 * EPS);
    tsr_tensors_release(t, 3);
  }
  tsr_program_release(p);
}

static void test_contradictory_sizes_name_both(void **state) {
  (void)state;
  static const double data[64] = {0};
  tsr_program *p = least_squares();
  tsr_tensor *x = f64_of(TSR_DIMS(11, 3), data), *y = f64_of(TSR_DIMS(13), data);
  tsr_tensor *w = f64_of(TSR_DIMS(3), data), *y11 = f64_of(TSR_DIMS(11), data), *out[4];
  tsr_tensor *w5 = f64_of(TSR_DIMS(5), data), *w1 = f64_of(TSR_DIMS(1), data);
  int64_t peak = 7;
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(x, y, w), out, 4), TSR_ERR_SHAPE, "11",
                    "13", "y");
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(x, y11, w5), out, 4), TSR_ERR_SHAPE, "3",
                    "5", "w");
  /* a symbolic size does not broadcast as 1 */
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(x, y11, w1), out, 4), TSR_ERR_SHAPE, "3",
                    "1", "w");
  assert_error_says(tsr_program_peak(p, cpu, TSR_TENSORS(x, y, w), &peak), TSR_ERR_SHAPE, "11",
                    "13");
  assert_int_equal(peak, 0);
  for (int j = 0; j < 4; j++)
    assert_null(out[j]);
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x, y11, w), out, 4)); /* as well as ever */
  tsr_tensors_release(out, 4);
  tsr_tensors_release((tsr_tensor *[]){x, y, w, y11, w5, w1}, 6);
  tsr_program_release(p);
}

/* Rows of x against 2 n + 1 of z: n follows from either, and must agree. */
static void test_sizes_in_expressions_are_solved(void **state) {
  (void)state;
  static const double data[64] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n));
  tsr_value pad = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(1)));
  tsr_value twice = tsr_concatenate(b, TSR_VALUES(x, x, pad), 0);
  tsr_value z = tsr_input(b, "z", TSR_F64, TSR_SHAPE(tsr_value_dim(b, twice, 0)));
  tsr_program *p = compiled(b, TSR_VALUES(tsr_add(b, twice, z)));
  tsr_tensor *x3 = f64_of(TSR_DIMS(3), data), *z7 = f64_of(TSR_DIMS(7), data), *out[1];
  tsr_tensor *z8 = f64_of(TSR_DIMS(8), data), *x0 = f64_of(TSR_DIMS(0), data);
  tsr_tensor *z1 = f64_of(TSR_DIMS(1), data), *z9 = f64_of(TSR_DIMS(9), data);
  const double expected[7] = {2, 4, 6, 5, 7, 9, 7};
  double got[7];
  assert_int_equal(run_numbers(p, TSR_TENSORS(x3, z7), got), 7);
  assert_close(got, expected, 7, 0, 0);
  assert_int_equal(run_numbers(p, TSR_TENSORS(x0, z1), got), 1);
  assert_near(got[0], 1, 0, 0);
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(x3, z8), out, 1), TSR_ERR_SHAPE, "z", "8",
                    "2*n + 1");
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(x3, z9), out, 1), TSR_ERR_SHAPE, "z", "9",
                    "7");
  tsr_tensors_release((tsr_tensor *[]){x3, z7, z8, x0, z1, z9}, 6);
  tsr_program_release(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_program_at_many_sizes),
      cmocka_unit_test(test_contradictory_sizes_name_both),
      cmocka_unit_test(test_sizes_in_expressions_are_solved),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
