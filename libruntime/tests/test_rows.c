/* test_rows.c - reductions amidst fused work: what becomes one application, and its numbers. */
#include "rt_session.h"

#include <math.h>

static tsr_value input(tsr_builder *b, const char *name, int64_t rows, int64_t columns) {
  return tsr_input(b, name, TSR_F64, TSR_SHAPE(tsr_dim_of(rows), tsr_dim_of(columns)));
}

/* e^x over its sum, by the definition in long double. */
static void softmax_of(int rows, int columns, const double *x, double *y) {
  for (int i = 0; i < rows; i++) {
    long double sum = 0;
    for (int j = 0; j < columns; j++)
      sum += expl(x[i * columns + j]);
    for (int j = 0; j < columns; j++)
      y[i * columns + j] = (double)(expl(x[i * columns + j]) / sum);
  }
}

static void test_a_softmax_is_one_application(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_program *p = compiled(b, TSR_VALUES(tsr_softmax(b, input(b, "x", 3, 4), TSR_AXES(1))));
  assert_int_equal(tsr_program_count(p, "fused"), 1);
  assert_int_equal(tsr_program_count(p, "reduce_max"), 1);
  assert_int_equal(tsr_program_count(p, "reduce_sum"), 1);
  assert_int_equal(tsr_program_count(p, "exp"), 1);
  assert_int_equal(tsr_program_count(p, "broadcast_in_dim"), 0);
  const double x[12] = {0, 1, 2, 3, -1, 5, 5, 2, 0.5, 0, -7, 1};
  double want[12], got[12];
  softmax_of(3, 4, x, want);
  tsr_tensor *in = rt_f64(cpu, TSR_DIMS(3, 4), x), *out;
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
  assert_ok(tsr_tensor_read(out, got, sizeof got));
  assert_close(got, want, 12, 4e-16, 0);
  tsr_tensor_release(in);
  tsr_tensor_release(out);
  tsr_program_release(p);
}

static void test_infinities_and_nan_stay_in_their_row(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_program *p = compiled(b, TSR_VALUES(tsr_softmax(b, input(b, "x", 4, 2), TSR_AXES(1))));
  const double x[8] = {-INFINITY, -INFINITY, 0, NAN, -INFINITY, 0, 0, 0};
  double got[8];
  tsr_tensor *in = rt_f64(cpu, TSR_DIMS(4, 2), x), *out;
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
  assert_ok(tsr_tensor_read(out, got, sizeof got));
  assert_true(isnan(got[0]) && isnan(got[1]) && isnan(got[2]) && isnan(got[3]));
  assert_true(got[4] == 0 && got[5] == 1 && got[6] == 0.5 && got[7] == 0.5);
  tsr_tensor_release(in);
  tsr_tensor_release(out);
  tsr_program_release(p);
}

/* The difference to the mean, the sum of its squares, and what it leaves of x: one loop. */
static void test_a_region_has_several_results(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", 2, 3);
  tsr_value mean = tsr_expand_dims(b, tsr_mean(b, x, TSR_AXES(1)), TSR_AXES(1));
  tsr_value rest = tsr_sub(b, x, mean);
  tsr_value squares = tsr_reduce_sum(b, tsr_mul(b, rest, rest), TSR_AXES(1));
  tsr_program *p = compiled(b, TSR_VALUES(rest, squares, mean));
  assert_int_equal(tsr_program_count(p, "fused"), 1);
  tsr_tensor *in = rt_f64(cpu, TSR_DIMS(2, 3), (double[]){1, 2, 6, 0, 0, 3}), *out[3];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), out, 3));
  assert_numbers(out[0], -2, -1, 3, -1, -1, 2);
  assert_numbers(out[1], 14, 6);
  assert_numbers(out[2], 3, 1);
  tsr_tensor_release(in);
  tsr_tensors_release(out, 3);
  tsr_program_release(p);
}

/* z needs the product, which needs the sums: only what does not wait for itself is one loop. */
static void test_nothing_waits_for_itself(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", 2, 2);
  tsr_value y = tsr_div(b, x, tsr_expand_dims(b, tsr_reduce_sum(b, x, TSR_AXES(1)), TSR_AXES(1)));
  tsr_value z = tsr_add(b, tsr_matmul(b, y, y), y);
  tsr_value all = tsr_reduce_max(b, z, TSR_AXES(1));
  tsr_program *p = compiled(b, TSR_VALUES(z, all));
  tsr_tensor *in = rt_f64(cpu, TSR_DIMS(2, 2), (double[]){1, 3, 2, 2}), *out[2];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), out, 2));
  assert_numbers(out[0], 0.6875, 1.3125, 0.875, 1.125);
  assert_numbers(out[1], 1.3125, 1.125);
  tsr_tensor_release(in);
  tsr_tensors_release(out, 2);
  tsr_program_release(p);
}

/* Rows are known by their sizes when the program runs: none, empty ones, long ones. */
static void test_symbolic_sizes(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n"), m = tsr_dim_symbol(b, "m");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, m));
  tsr_program *p = compiled(
      b,
      TSR_VALUES(tsr_sub(b, x, tsr_expand_dims(b, tsr_reduce_max(b, x, TSR_AXES(1)), TSR_AXES(1))),
                 tsr_logsumexp(b, x, TSR_AXES(1))));
  static const int64_t sizes[][2] = {
      {2, 3   },
      {0, 3   },
      {2, 0   },
      {1, 5000}
  };
  for (int k = 0; k < 4; k++) {
    const int64_t count = sizes[k][0] * sizes[k][1];
    double *got = test_malloc((size_t)count * sizeof *got + 1), sum[2];
    tsr_tensor *in = rt_count(cpu, (tsr_dims){sizes[k], 2}, 0), *out[2];
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), out, 2));
    assert_ok(tsr_tensor_read(out[0], got, (size_t)count * sizeof *got));
    for (int64_t i = 0; i < count; i++)
      assert_true(got[i] == (double)(i % sizes[k][1] - (sizes[k][1] - 1)));
    assert_ok(tsr_tensor_read(out[1], sum, (size_t)sizes[k][0] * sizeof *sum));
    for (int64_t i = 0; i < sizes[k][0]; i++) {
      long double want = 0;
      for (int64_t j = 0; j < sizes[k][1]; j++)
        want += expl((long double)(j - (sizes[k][1] - 1)));
      const double last = (double)((i + 1) * sizes[k][1] - 1);
      if (sizes[k][1])
        assert_true(fabs(sum[i] - (last + (double)logl(want))) <= 4e-16 * (1 + last));
      else
        assert_true(sum[i] == -INFINITY);
    }
    test_free(got);
    tsr_tensor_release(in);
    tsr_tensors_release(out, 2);
  }
  tsr_program_release(p);
}

/* y (w - <y, w>), the gradient of a softmax y, is one loop with y itself. */
static void test_a_gradient_is_one_application(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", 2, 2), w = input(b, "w", 2, 2), y = tsr_softmax(b, x, TSR_AXES(1));
  tsr_value dot = tsr_reduce_sum(b, tsr_mul(b, y, w), TSR_AXES(1));
  tsr_value dx = tsr_mul(b, y, tsr_sub(b, w, tsr_expand_dims(b, dot, TSR_AXES(1))));
  tsr_program *p = compiled(b, TSR_VALUES(y, dx));
  assert_int_equal(tsr_program_count(p, "fused"), 1);
  assert_int_equal(tsr_program_count(p, "exp"), 1);
  tsr_tensor *in[] = {rt_f64(cpu, TSR_DIMS(2, 2), (double[]){0, 0, 1, 1}),
                      rt_f64(cpu, TSR_DIMS(2, 2), (double[]){1, 3, 0, 8})},
             *out[2];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in[0], in[1]), out, 2));
  assert_numbers(out[0], 0.5, 0.5, 0.5, 0.5);
  assert_numbers(out[1], -0.5, 0.5, -2, 2);
  tsr_tensors_release(in, 2);
  tsr_tensors_release(out, 2);
  tsr_program_release(p);
}

/* ---- rows as they lie, and memory ---- */

/* The softmax of x without its last three columns, which stay between the rows in memory. */
static tsr_tensor *softmax_of_part(int64_t rows, int64_t columns, int64_t axis, bool fused) {
  tsr_builder *b = trace();
  tsr_value x = input(b, "x", rows, columns + 3);
  const tsr_dim none = tsr_dim_of(0);
  tsr_value part = tsr_slice(b, x, TSR_SHAPE(none, none),
                             TSR_SHAPE(tsr_dim_of(rows), tsr_dim_of(columns)), TSR_NO_AXES);
  tsr_value y = tsr_softmax(b, tsr_mul(b, part, tsr_scalar(b, 0x1p-10)), TSR_AXES(axis));
  const tsr_compile_options options = {.no_fusion = !fused};
  tsr_program *p = NULL;
  assert_ok(tsr_compile_with(b, TSR_VALUES(y), &options, &p));
  tsr_tensor *in = rt_count(cpu, TSR_DIMS(rows, columns + 3), 0), *out = NULL;
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
  tsr_tensor_release(in);
  tsr_program_release(p);
  return out;
}

static void test_rows_may_lie_apart(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {3,   4  },
      {7,   130},
      {40,  600},
      {300, 70 }
  };
  for (int k = 0; k < 4; k++)
    for (int64_t axis = 0; axis < 2; axis++) {
      const size_t bytes = (size_t)(sizes[k][0] * sizes[k][1]) * sizeof(double);
      double *got = test_malloc(bytes), *want = test_malloc(bytes);
      tsr_tensor *a = softmax_of_part(sizes[k][0], sizes[k][1], axis, true);
      tsr_tensor *b = softmax_of_part(sizes[k][0], sizes[k][1], axis, false);
      assert_ok(tsr_tensor_read(a, got, bytes));
      assert_ok(tsr_tensor_read(b, want, bytes));
      assert_memory_equal(got, want, bytes);
      test_free(got);
      test_free(want);
      tsr_tensors_release((tsr_tensor *[]){a, b}, 2);
    }
}

/* Of rows that are cut, too, whose partial results live in the workspace. */
static void test_the_peak_of_rows_is_known_before(void **state) {
  (void)state;
  static const int64_t sizes[][3] = {
      {300, 64,     1},
      {1,   300000, 1},
      {600, 40,     0}
  };
  for (int k = 0; k < 3; k++) {
    tsr_builder *b = trace();
    tsr_value x = input(b, "x", sizes[k][0], sizes[k][1]);
    tsr_value small = tsr_mul(b, x, tsr_scalar(b, 0x1p-20));
    tsr_program *p = compiled(b, TSR_VALUES(tsr_softmax(b, small, TSR_AXES(sizes[k][2])),
                                            tsr_logsumexp(b, small, TSR_AXES(sizes[k][2]))));
    const int64_t n = sizes[k][0] * sizes[k][1];
    double *numbers = test_malloc((size_t)n * sizeof *numbers);
    for (int64_t i = 0; i < n; i++)
      numbers[i] = (double)i;
    tsr_tensor *in = rt_f64(cpu, TSR_DIMS(sizes[k][0], sizes[k][1]), numbers), *out[2];
    test_free(numbers);
    int64_t peak, live, before, high, reserved;
    assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(in), &peak));
    tsr_device_memory(cpu, &before, &high, &reserved);
    tsr_device_memory_reset(cpu);
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), out, 2));
    tsr_device_memory(cpu, &live, &high, &reserved);
    assert_int_equal(high - before, peak);
    tsr_tensor_release(in);
    tsr_tensors_release(out, 2);
    tsr_program_release(p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_softmax_is_one_application),
      cmocka_unit_test(test_infinities_and_nan_stay_in_their_row),
      cmocka_unit_test(test_a_region_has_several_results),
      cmocka_unit_test(test_nothing_waits_for_itself),
      cmocka_unit_test(test_symbolic_sizes),
      cmocka_unit_test(test_a_gradient_is_one_application),
      cmocka_unit_test(test_rows_may_lie_apart),
      cmocka_unit_test(test_the_peak_of_rows_is_known_before),
  };
  return cmocka_run_group_tests_name("runtime/rows", tests, setup, teardown);
}
