/* test_kernel_ordering.c - cumulative ops and sort against their definitions. */
#include "kernel_harness.h"

static const tsr_dtype dtypes[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128, TSR_I8,  TSR_I16, TSR_I32,
                                   TSR_I64, TSR_U8,  TSR_U16, TSR_U32,  TSR_U64, TSR_BOOL};
enum {
  N_DTYPES = sizeof dtypes / sizeof dtypes[0]
};

/* ---- cumulative ---- */

static double complex join(tsr_op_id op, double complex a, double complex b) {
  if (op == TSR_OP_CUMSUM) return a + b;
  if (op == TSR_OP_CUMPROD) return a * b;
  const bool beats = op == TSR_OP_CUMMAX ? creal(b) > creal(a) : creal(b) < creal(a);
  return beats ? b : a;
}

/* Elements from from in steps of step, n of them, against what went before. */
static void check_line(tsr_op_id op, const array *x, const array *z, int64_t from, int64_t step,
                       int64_t n) {
  double complex so_far = 0;
  for (int64_t i = 0; i < n; i++) {
    const double complex v = get(x, from + i * step);
    so_far = i == 0 ? v : join(op, so_far, v);
    assert_number(get(z, from + i * step), so_far, 0);
  }
}

static void check_cumulative(tsr_op_id op, tsr_dtype d, const int64_t *dims, int64_t axis,
                             bool reverse) {
  array x = make_array(d, 3, dims, (layout_kind)random_below(LAYOUTS));
  array z = make_array(d, 3, dims, (layout_kind)random_below(REPEATED));
  fill_whole(&x, 0, d == TSR_BOOL || op == TSR_OP_CUMSUM || op == TSR_OP_CUMPROD ? 1 : 3);
  const tsr_cumulative_attrs attrs = {axis, reverse};
  run_op(op, &attrs, 1, &x, &z);
  int64_t step = 1;
  for (int32_t k = 2; k > axis; k--)
    step *= dims[k];
  for (int64_t i = 0; i < count_of(&x); i++) {
    if (i / step % dims[axis] != 0) continue;
    const int64_t last = i + (dims[axis] - 1) * step;
    check_line(op, &x, &z, reverse ? last : i, reverse ? -step : step, dims[axis]);
  }
  free_array(&x);
  free_array(&z);
}

static void test_running_results_of_whole_numbers_are_exact(void **state) {
  (void)state;
  static const tsr_op_id ops[] = {TSR_OP_CUMSUM, TSR_OP_CUMPROD, TSR_OP_CUMMAX, TSR_OP_CUMMIN};
  static const int64_t shapes[][3] = {
      {4,  5,  3 },
      {1,  33, 40},
      {70, 1,  2 },
      {0,  3,  2 },
      {3,  0,  2 }
  };
  for (int o = 0; o < 4; o++)
    for (int i = 0; i < N_DTYPES; i++)
      for (int c = 0; c < 5; c++)
        for (int64_t axis = 0; axis < 3; axis++) {
          const tsr_kind kind = tsr_dtype_kind(dtypes[i]);
          if (o < 2 ? kind == TSR_KIND_LOGICAL : kind == TSR_KIND_COMPLEX) continue;
          check_cumulative(ops[o], dtypes[i], shapes[c], axis, false);
          check_cumulative(ops[o], dtypes[i], shapes[c], axis, true);
        }
}

static void run_cumulative(tsr_op_id op, tsr_dtype d, int64_t n, const void *x, void *z) {
  array in = {.dtype = d, .rank = 1, .dims = {n}, .strides = {1}, .data = (char *)(uintptr_t)x};
  array out = in;
  out.data = z;
  const tsr_cumulative_attrs forward = {0, false};
  run_op(op, &forward, 1, &in, &out);
}

static void test_f16_accumulates_in_f32(void **state) {
  (void)state;
  uint16_t x[4096], z[4096];
  for (int i = 0; i < 4096; i++)
    x[i] = 0x3c01; /* 1 + 2^-10; in f16 the sum would stop growing at 2048 */
  run_cumulative(TSR_OP_CUMSUM, TSR_F16, 4096, x, z);
  assert_int_equal(z[0], 0x3c01);
  assert_int_equal(z[4095], 0x6c01);                           /* 4096 + 4 */
  const uint16_t factors[] = {0x7400, 0x7400, 0x0400, 0x0400}; /* 2^14 and 2^-14 */
  run_cumulative(TSR_OP_CUMPROD, TSR_F16, 4, factors, z);
  assert_int_equal(z[1], 0x7c00); /* 2^28 is infinite */
  assert_int_equal(z[2], 0x7400);
  assert_int_equal(z[3], 0x3c00);
}

static void test_special_numbers(void **state) {
  (void)state;
  const double x[] = {-0.0, 2, INFINITY, -1, -INFINITY, NAN, 3};
  double z[7];
  run_cumulative(TSR_OP_CUMSUM, TSR_F64, 5, x, z);
  assert_true(z[0] == 0 && signbit(z[0]) && z[1] == 2 && z[3] == INFINITY && isnan(z[4]));
  run_cumulative(TSR_OP_CUMMAX, TSR_F64, 7, x, z);
  assert_true(z[1] == 2 && z[4] == INFINITY && isnan(z[5]) && isnan(z[6]));
  run_cumulative(TSR_OP_CUMMIN, TSR_F64, 7, x, z);
  assert_true(z[2] == 0 && z[3] == -1 && z[4] == -INFINITY && isnan(z[5]) && isnan(z[6]));
  run_cumulative(TSR_OP_CUMPROD, TSR_F64, 6, x + 1, z);
  assert_true(z[1] == INFINITY && z[2] == -INFINITY && z[3] == INFINITY && isnan(z[4]));
}

static void test_threads_change_no_bits(void **state) {
  (void)state;
  const int64_t dims[] = {300, 400};
  const int32_t threads = tsr_cpu_threads(harness_device);
  for (int64_t axis = 0; axis < 2; axis++) {
    array x = make_array(TSR_F32, 2, dims, C_ORDER), one = make_array(TSR_F32, 2, dims, C_ORDER);
    array many = make_array(TSR_F32, 2, dims, F_ORDER);
    const tsr_cumulative_attrs attrs = {axis, false};
    fill_real(&x);
    assert_ok(tsr_cpu_set_threads(harness_device, 1));
    run_op(TSR_OP_CUMSUM, &attrs, 1, &x, &one);
    assert_ok(tsr_cpu_set_threads(harness_device, 3));
    run_op(TSR_OP_CUMSUM, &attrs, 1, &x, &many);
    assert_same_bits(&one, &many);
    free_array(&x);
    free_array(&one);
    free_array(&many);
  }
  assert_ok(tsr_cpu_set_threads(harness_device, threads));
}

/* ---- sort ---- */

/* -1, 0, 1 as the first key says, NaN after all numbers. */
static int relation(double x, double y, bool falling) {
  if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
  return falling ? (x < y) - (x > y) : (x > y) - (x < y);
}

/* Along an axis of x by insertion: the index of the element that comes at each place. */
static void order_of(const array *keys, int32_t n_keys, int64_t from, int64_t step, int64_t n,
                     bool falling, int64_t *out) {
  for (int64_t i = 0; i < n; i++) {
    int64_t k = i;
    for (; k > 0; k--) {
      int sign = 0;
      for (int32_t j = 0; j < n_keys && sign == 0; j++)
        sign = relation(creal(get(&keys[j], from + out[k - 1] * step)),
                        creal(get(&keys[j], from + i * step)), falling);
      if (sign <= 0) break;
      out[k] = out[k - 1];
    }
    out[k] = i;
  }
}

static void check_sort(const tsr_dtype *d, int32_t n_in, const tsr_sort_attrs *attrs,
                       const int64_t *dims) {
  array in[3], out[3];
  int64_t order[256], step = 1;
  for (int32_t k = 2; k > attrs->axis; k--)
    step *= dims[k];
  for (int32_t j = 0; j < n_in; j++) {
    in[j] = make_array(d[j], 3, dims, (layout_kind)random_below(LAYOUTS));
    out[j] = make_array(d[j], 3, dims, (layout_kind)random_below(REPEATED));
    fill_whole(&in[j], 0, d[j] == TSR_BOOL ? 1 : 9);
    const bool real = tsr_dtype_kind(d[j]) == TSR_KIND_REAL;
    for (int k = 0; real && k < 4 && count_of(&in[j]) > 0; k++)
      set(&in[j], random_below(count_of(&in[j])), k % 2 ? NAN : -0.0);
  }
  run_rows(TSR_OP_SORT, attrs, n_in, in, n_in, out, INT32_MAX);
  for (int64_t i = 0; i < count_of(&in[0]); i++) {
    if (i / step % dims[attrs->axis] != 0) continue;
    order_of(in, (int32_t)attrs->n_keys, i, step, dims[attrs->axis], attrs->order == TSR_DESCENDING,
             order);
    for (int32_t j = 0; j < n_in; j++)
      for (int64_t k = 0; k < dims[attrs->axis]; k++)
        assert_memory_equal(at(&out[j], i + k * step), at(&in[j], i + order[k] * step),
                            tsr_dtype_size(d[j]));
  }
  for (int32_t j = 0; j < n_in; j++) {
    free_array(&in[j]);
    free_array(&out[j]);
  }
}

static void test_sort_is_stable_with_nan_last(void **state) {
  (void)state;
  static const int64_t shapes[][3] = {
      {5,  4,   3 },
      {1,  200, 2 },
      {1,  1,   33},
      {17, 1,   1 },
      {2,  0,   3 }
  };
  for (int i = 0; i < N_DTYPES; i++) {
    if (tsr_dtype_kind(dtypes[i]) == TSR_KIND_COMPLEX) continue;
    for (int c = 0; c < 5; c++)
      for (int64_t axis = 0; axis < 3; axis++)
        for (int32_t order = TSR_ASCENDING; order <= TSR_DESCENDING; order++) {
          const tsr_dtype second = dtypes[(i + 1) % 2], carried = dtypes[(i + c) % N_DTYPES];
          const tsr_dtype d[] = {dtypes[i], second, carried};
          check_sort(d, 1, &(tsr_sort_attrs){axis, order, 1}, shapes[c]);
          check_sort(d, 3, &(tsr_sort_attrs){axis, order, 1}, shapes[c]);
          check_sort(d, 3, &(tsr_sort_attrs){axis, order, 2}, shapes[c]);
        }
  }
}

/* Patterns of halves, in their order. */
static void test_halves_sort_by_value(void **state) {
  (void)state;
  static const uint16_t f16[] = {0xfc00, 0xfbff, 0xbc00, 0x8001, 0x8000, 0x0000,
                                 0x0001, 0x3c00, 0x7bff, 0x7c00, 0x7e00, 0xfe01};
  static const uint16_t bf16[] = {0xff80, 0xff7f, 0xbf80, 0x8001, 0x8000, 0x0000,
                                  0x0001, 0x3f80, 0x7f7f, 0x7f80, 0x7fc0, 0xffc1};
  static const int mixed[] = {7, 4, 0, 10, 2, 11, 5, 9, 1, 8, 3, 6};
  for (int k = 0; k < 2; k++) {
    const uint16_t *want = k ? bf16 : f16;
    uint16_t x[12], z[12];
    for (int i = 0; i < 12; i++)
      x[i] = want[mixed[i]];
    array in = {.dtype = k ? TSR_BF16 : TSR_F16, .rank = 1, .dims = {12}, .strides = {1}};
    array out = in;
    in.data = (char *)x;
    out.data = (char *)z;
    const tsr_sort_attrs rising = {0, TSR_ASCENDING, 1}, falling = {0, TSR_DESCENDING, 1};
    run_op(TSR_OP_SORT, &rising, 1, &in, &out);
    assert_memory_equal(z, want, sizeof z);
    run_op(TSR_OP_SORT, &falling, 1, &in, &out);
    for (int i = 0; i < 10; i++) /* the zeros, and the NaNs, as they came */
      assert_int_equal(z[i], want[i == 4 ? 4 : i == 5 ? 5 : 9 - i]);
    assert_int_equal(z[10], want[10]);
    assert_int_equal(z[11], want[11]);
  }
}

/* One long line, many short ones on several threads: in order, and every element once. */
static void test_large_sorts(void **state) {
  (void)state;
  static const int64_t shapes[][2] = {
      {1,    100003},
      {5000, 20    }
  };
  for (int c = 0; c < 2; c++) {
    array in[] = {make_array(TSR_F64, 2, shapes[c], SPACED),
                  make_array(TSR_I64, 2, shapes[c], C_ORDER)};
    array out[] = {make_array(TSR_F64, 2, shapes[c], REVERSED),
                   make_array(TSR_I64, 2, shapes[c], C_ORDER)};
    const int64_t n = shapes[c][1];
    for (int64_t i = 0; i < count_of(&in[0]); i++) {
      set(&in[0], i, (double)random_below(1000) / 8);
      set(&in[1], i, (double)(i % n));
    }
    const tsr_sort_attrs rising = {1, TSR_ASCENDING, 1};
    run_rows(TSR_OP_SORT, &rising, 2, in, 2, out, INT32_MAX);
    char *seen = calloc((size_t)count_of(&in[0]), 1);
    for (int64_t i = 0; i < count_of(&in[0]); i++) {
      const int64_t from = i / n * n + (int64_t)creal(get(&out[1], i));
      assert_true(creal(get(&out[0], i)) == creal(get(&in[0], from)));
      assert_int_equal(seen[from]++, 0);
      if (i % n == 0) continue;
      const double before = creal(get(&out[0], i - 1)), x = creal(get(&out[0], i));
      assert_true(before < x ||
                  (before == x && creal(get(&out[1], i - 1)) < creal(get(&out[1], i))));
    }
    free(seen);
    for (int j = 0; j < 2; j++) {
      free_array(&in[j]);
      free_array(&out[j]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_running_results_of_whole_numbers_are_exact),
      cmocka_unit_test(test_f16_accumulates_in_f32),
      cmocka_unit_test(test_special_numbers),
      cmocka_unit_test(test_threads_change_no_bits),
      cmocka_unit_test(test_sort_is_stable_with_nan_last),
      cmocka_unit_test(test_halves_sort_by_value),
      cmocka_unit_test(test_large_sorts),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
