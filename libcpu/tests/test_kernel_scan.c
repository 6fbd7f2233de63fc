/* test_kernel_scan.c - the order of running sums: the same bits however lines lie and whoever adds,
 * and fewer roundings than one by one.
 */
#include "kernel_harness.h"

#include <float.h>

static const int64_t lengths[] = {1,  2,  3,  4,  5,  7,   8,     9,     16,    17,    23,
                                  24, 25, 48, 73, 97, 200, 16383, 16384, 16385, 40000, 600001};
enum {
  N_LENGTHS = sizeof lengths / sizeof *lengths
};

static void scan(tsr_op_id op, const array *x, const array *z, bool reverse) {
  const tsr_cumulative_attrs attrs = {0, reverse};
  run_op(op, &attrs, 1, x, z);
}

static void fill_any(const array *x) {
  if (x->dtype != TSR_BF16) {
    fill_real(x);
    return;
  }
  for (int64_t i = 0; i < count_of(x); i++) /* 1/2 to 2, of either sign */
    *(uint16_t *)at(x, i) = (uint16_t)(0x3f00 + (random_u64() & 0x80ff));
}

static void copy_elements(const array *from, const array *to, bool backwards) {
  const int64_t n = from->dims[0], lines = count_of(from) / n;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < lines; j++)
      memcpy(at(to, (backwards ? n - 1 - i : i) * lines + j), at(from, i * lines + j),
             tsr_dtype_size(from->dtype));
}

/* Every layout and both directions against lines side by side. */
static void check_bits(tsr_op_id op, tsr_dtype d, int64_t n, int64_t lines) {
  const int64_t dims[] = {n, lines};
  array x = make_array(d, 2, dims, C_ORDER), z = make_array(d, 2, dims, C_ORDER);
  fill_any(&x);
  scan(op, &x, &z, false);
  for (int k = C_ORDER; k < REPEATED; k++) {
    array from = make_array(d, 2, dims, (layout_kind)k),
          to = make_array(d, 2, dims, (layout_kind)k);
    array forward = make_array(d, 2, dims, C_ORDER);
    for (int backwards = 0; backwards < 2; backwards++) {
      copy_elements(&x, &from, backwards);
      scan(op, &from, &to, backwards);
      copy_elements(&to, &forward, backwards);
      assert_same_bits(&forward, &z);
    }
    free_array(&from);
    free_array(&to);
    free_array(&forward);
  }
  free_array(&x);
  free_array(&z);
}

static void test_bits_follow_from_the_length_alone(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_F32, TSR_BF16, TSR_C64};
  for (int d = 0; d < 4; d++)
    for (int i = 0; i < N_LENGTHS - 2; i++) {
      check_bits(TSR_OP_CUMSUM, dtypes[d], lengths[i], 1);
      if (lengths[i] < 16000) check_bits(TSR_OP_CUMSUM, dtypes[d], lengths[i], 6);
    }
  check_bits(TSR_OP_CUMSUM, TSR_F32, 40000, 3);
  check_bits(TSR_OP_CUMPROD, TSR_F32, 100, 300);
  check_bits(TSR_OP_CUMMAX, TSR_F64, 40000, 2);
  check_bits(TSR_OP_CUMMIN, TSR_F32, 33, 300);
}

/* From 3 threads on a long line is cut. */
static void test_threads_change_no_bits(void **state) {
  (void)state;
  static const int64_t shapes[][2] = {
      {600001, 1},
      {50000,  3},
      {49153,  1},
      {100,    9}
  };
  const int32_t threads = tsr_cpu_threads(harness_device);
  array x[4], one[4], many[4];
  for (int c = 0; c < 4; c++) {
    x[c] = make_array(TSR_F64, 2, shapes[c], SPACED);
    one[c] = make_array(TSR_F64, 2, shapes[c], C_ORDER);
    many[c] = make_array(TSR_F64, 2, shapes[c], C_ORDER);
    fill_real(&x[c]);
  }
  assert_ok(tsr_cpu_set_threads(harness_device, 1));
  for (int c = 0; c < 4; c++)
    scan(TSR_OP_CUMSUM, &x[c], &one[c], false);
  for (int32_t n = 2; n <= 4; n++) {
    assert_ok(tsr_cpu_set_threads(harness_device, n));
    for (int c = 0; c < 4; c++) {
      scan(TSR_OP_CUMSUM, &x[c], &many[c], false);
      assert_same_bits(&many[c], &one[c]);
    }
  }
  for (int c = 0; c < 4; c++) {
    free_array(&x[c]);
    free_array(&one[c]);
    free_array(&many[c]);
  }
  assert_ok(tsr_cpu_set_threads(harness_device, threads));
}

/* |z[i] - sum| <= (i / 8 + 8) eps sum |x|: one addition per block, and those within it. */
static void test_sums_round_once_per_block(void **state) {
  (void)state;
  for (int c = 0; c < N_LENGTHS; c++) {
    const int64_t n = lengths[c];
    array x = make_array(TSR_F64, 1, &n, C_ORDER), z = make_array(TSR_F64, 1, &n, C_ORDER);
    fill_real(&x);
    scan(TSR_OP_CUMSUM, &x, &z, false);
    long double sum = 0, size = 0;
    for (int64_t i = 0; i < n; i++) {
      sum += creal(get(&x, i));
      size += fabs(creal(get(&x, i)));
      const long double error = fabsl(sum - creal(get(&z, i)));
      assert_true(error <= ((long double)i / 8 + 8) * (DBL_EPSILON / 2) * size);
    }
    free_array(&x);
    free_array(&z);
  }
}

/* Extremes are elements, whoever looks for them; NaN stays from the first on. */
static void test_long_extremes_are_exact(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F64, TSR_F32, TSR_I64, TSR_I32, TSR_I8, TSR_U64};
  const int64_t n = 50000;
  for (int d = 0; d < 6; d++)
    for (int falling = 0; falling < 2; falling++) {
      array x = make_array(dtypes[d], 1, &n, C_ORDER), z = make_array(dtypes[d], 1, &n, C_ORDER);
      for (int64_t i = 0; i < n; i++)
        set(&x, i, (double)(random_below(1 + i / 500) % 120));
      if (d < 2) set(&x, 45000, NAN);
      scan(falling ? TSR_OP_CUMMIN : TSR_OP_CUMMAX, &x, &z, false);
      double so_far = creal(get(&x, 0));
      for (int64_t i = 0; i < n; i++) {
        const double v = creal(get(&x, i));
        if (isnan(v) || (falling ? v < so_far : v > so_far)) so_far = v;
        assert_number(get(&z, i), so_far, 0);
      }
      free_array(&x);
      free_array(&z);
    }
}

static void test_a_line_of_negative_zeros_stays(void **state) {
  (void)state;
  const int64_t n = 20;
  array x = make_array(TSR_F64, 1, &n, C_ORDER), z = make_array(TSR_F64, 1, &n, C_ORDER);
  for (int64_t i = 0; i < n; i++)
    set(&x, i, -0.0);
  scan(TSR_OP_CUMSUM, &x, &z, false);
  for (int64_t i = 0; i < n; i++)
    assert_true(creal(get(&z, i)) == 0 && signbit(creal(get(&z, i))));
  free_array(&x);
  free_array(&z);
}

/* In place, as a plan may run it. */
static void test_sums_may_take_the_place_of_what_they_sum(void **state) {
  (void)state;
  static const int64_t shapes[][2] = {
      {40000, 1 },
      {100,   40},
      {3,     70}
  };
  for (int c = 0; c < 3; c++) {
    array x = make_array(TSR_F32, 2, shapes[c], C_ORDER);
    array z = make_array(TSR_F32, 2, shapes[c], C_ORDER);
    fill_real(&x);
    scan(TSR_OP_CUMSUM, &x, &z, false);
    scan(TSR_OP_CUMSUM, &x, &x, false);
    assert_same_bits(&x, &z);
    free_array(&x);
    free_array(&z);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bits_follow_from_the_length_alone),
      cmocka_unit_test(test_threads_change_no_bits),
      cmocka_unit_test(test_sums_round_once_per_block),
      cmocka_unit_test(test_long_extremes_are_exact),
      cmocka_unit_test(test_a_line_of_negative_zeros_stays),
      cmocka_unit_test(test_sums_may_take_the_place_of_what_they_sum),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
