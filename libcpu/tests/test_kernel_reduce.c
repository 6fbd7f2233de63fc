/* test_kernel_reduce.c - reductions, argmax and argmin against plain loops. */
#include "kernel_harness.h"

static const tsr_dtype dtypes[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128, TSR_I8,  TSR_I16, TSR_I32,
                                   TSR_I64, TSR_U8,  TSR_U16, TSR_U32,  TSR_U64, TSR_BOOL};
enum {
  N_DTYPES = sizeof dtypes / sizeof dtypes[0]
};

static const struct {
  int32_t rank;
  int64_t dims[4];
  int32_t n_axes;
  int64_t axes[4];
} cases[] = {
    {0, {0},           0, {0}         },
    {1, {5},           1, {0}         },
    {1, {0},           1, {0}         },
    {2, {3, 0},        1, {1}         },
    {2, {0, 3},        1, {1}         },
    {1, {1000},        1, {0}         },
    {1, {200001},      1, {0}         },
    {2, {7, 300},      1, {0}         },
    {2, {7, 300},      1, {1}         },
    {2, {700, 3},      1, {1}         },
    {2, {3, 700},      1, {1}         },
    {2, {1200, 3},     1, {0}         },
    {2, {1200, 130},   1, {0}         },
    {2, {33, 600},     1, {0}         },
    {3, {5, 40, 6},    1, {1}         },
    {3, {50, 3, 4},    1, {1}         },
    {3, {9, 8, 50},    2, {0, 2}      },
    {3, {9, 80, 5},    2, {2, 0}      },
    {4, {3, 4, 5, 6},  2, {1, 3}      },
    {4, {3, 4, 5, 6},  4, {0, 1, 2, 3}},
    {4, {3, 4, 5, 6},  0, {0}         },
    {3, {20, 17, 300}, 1, {0}         },
 /* few rows; tails of lanes; several runs to a row; segments; columns beside tiles */
    {2, {3, 2100},     1, {0}         },
    {2, {7, 600},      1, {0}         },
    {2, {16, 70},      1, {0}         },
    {2, {17, 70},      1, {0}         },
    {2, {90, 5},       1, {1}         },
    {2, {90, 15},      1, {1}         },
    {2, {90, 20},      1, {1}         },
    {2, {33, 1029},    1, {1}         },
    {2, {3, 9000},     1, {1}         },
    {2, {70000, 3},    1, {0}         },
    {2, {600, 300},    1, {0}         },
    {4, {5, 6, 40, 9}, 2, {0, 2}      },
    {4, {5, 6, 40, 9}, 2, {0, 3}      },
};
enum {
  N_CASES = sizeof cases / sizeof cases[0]
};

/* Number of the result that element i of x belongs to, and the result's shape. */
static int64_t result_of(int c, int64_t i, int32_t *rank, int64_t *dims) {
  int64_t index[4], result = 0;
  for (int32_t a = cases[c].rank - 1; a >= 0; a--) {
    index[a] = cases[c].dims[a] ? i % cases[c].dims[a] : 0;
    i = cases[c].dims[a] ? i / cases[c].dims[a] : 0;
  }
  *rank = 0;
  for (int32_t a = 0; a < cases[c].rank; a++) {
    bool reduced = false;
    for (int32_t k = 0; k < cases[c].n_axes; k++)
      reduced |= cases[c].axes[k] == a;
    if (reduced) continue;
    dims[(*rank)++] = cases[c].dims[a];
    result = result * cases[c].dims[a] + index[a];
  }
  return result;
}

typedef double complex (*join)(double complex a, double complex b);
static double complex plus(double complex a, double complex b) { return a + b; }
static double complex larger(double complex a, double complex b) {
  return creal(b) > creal(a) ? b : a;
}

static double complex times(double complex a, double complex b) { return a * b; }
static double complex smaller(double complex a, double complex b) {
  return creal(b) < creal(a) ? b : a;
}

static void fill_few_values(const array *x) { fill_whole(x, 0, x->dtype == TSR_BOOL ? 1 : 3); }

/* Ones and a few numbers whose product is whole, and exact in any order. */
static void fill_factors(const array *x) {
  const int64_t n = count_of(x);
  bool repeated = false;
  for (int32_t a = 0; a < x->rank; a++)
    repeated |= x->strides[a] == 0;
  for (int64_t i = 0; i < n; i++)
    set(x, i, 1);
  for (int k = 0; k < 9 && n > 0 && !repeated; k++)
    set(x, random_below(n), tsr_dtype_kind(x->dtype) == TSR_KIND_COMPLEX ? CMPLX(1, 1) : 2);
}

static void check_case(tsr_op_id op, int c, tsr_dtype d, void (*fill)(const array *), join f,
                       double start) {
  int32_t rank;
  int64_t dims[4];
  result_of(c, 0, &rank, dims);
  array out = make_array(d, rank, dims, (layout_kind)random_below(REPEATED));
  array x = make_array(d, cases[c].rank, cases[c].dims, (layout_kind)random_below(LAYOUTS));
  fill(&x);
  tsr_reduce_attrs attrs = {
      {cases[c].axes, (size_t)cases[c].n_axes}
  };
  run_op(op, &attrs, 1, &x, &out);
  double complex *expected = calloc((size_t)count_of(&out) + 1, sizeof *expected);
  for (int64_t i = 0; i < count_of(&out); i++)
    expected[i] = start;
  for (int64_t i = 0; i < count_of(&x); i++) {
    int64_t r = result_of(c, i, &rank, dims);
    expected[r] = f(expected[r], get(&x, i));
  }
  for (int64_t i = 0; i < count_of(&out); i++) {
    double complex e = expected[i];
    size_t bits = 8 * tsr_dtype_size(d);
    if (tsr_dtype_kind(d) == TSR_KIND_UNSIGNED && bits < 64)
      e = (double)((uint64_t)creal(e) & UINT64_MAX >> (64 - bits));
    if (tsr_dtype_kind(d) == TSR_KIND_SIGNED && bits < 64 && f != larger && f != smaller)
      e = (double)((int64_t)((uint64_t)creal(e) << (64 - bits)) >> (64 - bits));
    assert_number(get(&out, i), e, 0);
  }
  free(expected);
  free_array(&x);
  free_array(&out);
}

static void test_sums_of_whole_numbers_are_exact(void **state) {
  (void)state;
  for (int i = 0; i < N_DTYPES - 1; i++)
    for (int c = 0; c < N_CASES; c++)
      for (int trial = 0; trial < 4; trial++)
        check_case(TSR_OP_REDUCE_SUM, c, dtypes[i], fill_few_values, plus, 0);
}

static void test_maxima(void **state) {
  (void)state;
  static const double lowest[TSR_DTYPE_COUNT] = {
      [TSR_F32] = -INFINITY, [TSR_F64] = -INFINITY, [TSR_I8] = -128,
      [TSR_I16] = -32768,    [TSR_I32] = INT32_MIN, [TSR_I64] = -0x1p63};
  for (int i = 0; i < N_DTYPES; i++)
    for (int c = 0; c < N_CASES; c++)
      if (tsr_dtype_kind(dtypes[i]) != TSR_KIND_COMPLEX)
        check_case(TSR_OP_REDUCE_MAX, c, dtypes[i], fill_few_values, larger, lowest[dtypes[i]]);
}

static void test_minima(void **state) {
  (void)state;
  static const double greatest[TSR_DTYPE_COUNT] = {
      [TSR_BOOL] = 1,         [TSR_I8] = INT8_MAX,  [TSR_I64] = 0x1p63,
      [TSR_U16] = UINT16_MAX, [TSR_F32] = INFINITY, [TSR_F64] = INFINITY};
  static const tsr_dtype some[] = {TSR_F32, TSR_F64, TSR_I8, TSR_U16, TSR_I64, TSR_BOOL};
  for (int i = 0; i < 6; i++)
    for (int c = 0; c < N_CASES; c++)
      check_case(TSR_OP_REDUCE_MIN, c, some[i], fill_few_values, smaller, greatest[some[i]]);
}

static void test_products_of_whole_numbers_are_exact(void **state) {
  (void)state;
  static const tsr_dtype some[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128, TSR_I8, TSR_U32};
  for (int i = 0; i < 6; i++)
    for (int c = 0; c < N_CASES; c++)
      check_case(TSR_OP_REDUCE_PROD, c, some[i], fill_factors, times, 1);
}

/* Bits that all elements have, that any has; of nothing all, and none. */
static void test_and_or_of_bits(void **state) {
  (void)state;
  static const int64_t axes[] = {0};
  const tsr_reduce_attrs attrs = {
      {axes, 1}
  };
  for (int64_t n = 0; n < 600; n = n ? 5 * n : 1) {
    array x = make_array(TSR_U16, 1, &n, REVERSED), out = make_array(TSR_U16, 0, NULL, C_ORDER);
    uint16_t all = UINT16_MAX, any = 0;
    for (int64_t i = 0; i < n; i++) {
      const uint16_t bits = (uint16_t)(random_u64() & (random_below(2) ? 0x7fff : 0xfff1));
      *(uint16_t *)at(&x, i) = bits;
      all &= bits;
      any |= bits;
    }
    run_op(TSR_OP_REDUCE_AND, &attrs, 1, &x, &out);
    assert_int_equal(*(uint16_t *)out.data, all);
    run_op(TSR_OP_REDUCE_OR, &attrs, 1, &x, &out);
    assert_int_equal(*(uint16_t *)out.data, any);
    free_array(&x);
    free_array(&out);
  }
  const int64_t none = 0;
  array x = make_array(TSR_BOOL, 1, &none, C_ORDER), out = make_array(TSR_BOOL, 0, NULL, C_ORDER);
  run_op(TSR_OP_REDUCE_AND, &attrs, 1, &x, &out);
  assert_int_equal(*(uint8_t *)out.data, 1);
  run_op(TSR_OP_REDUCE_OR, &attrs, 1, &x, &out);
  assert_int_equal(*(uint8_t *)out.data, 0);
  free_array(&x);
  free_array(&out);
}

static void test_extremes_propagate_nan(void **state) {
  (void)state;
  static const int64_t axes[] = {0, 1};
  const int64_t dims[] = {300, 70};
  for (int32_t k = 0; k < 4; k++) {
    const int32_t axis = k % 2;
    array x = make_array(TSR_F32, 2, dims, C_ORDER);
    array out = make_array(TSR_F32, 1, dims + 1 - axis, C_ORDER);
    fill_real(&x);
    set(&x, 123 * 70 + 45, NAN);
    tsr_reduce_attrs attrs = {
        {axes + axis, 1}
    };
    run_op(k < 2 ? TSR_OP_REDUCE_MAX : TSR_OP_REDUCE_MIN, &attrs, 1, &x, &out);
    for (int64_t i = 0; i < count_of(&out); i++)
      assert_int_equal(isnan(creal(get(&out, i))), i == (axis ? 123 : 45));
    free_array(&x);
    free_array(&out);
  }
}

/* Errors of a blocked pairwise sum: a few eps, however long the sum. */
static void test_sums_lose_little(void **state) {
  (void)state;
  static const int64_t axes[] = {0};
  const int64_t dims[] = {3000000};
  array x = make_array(TSR_F32, 1, dims, C_ORDER), out = make_array(TSR_F32, 0, NULL, C_ORDER);
  long double exact = 0;
  for (int64_t i = 0; i < dims[0]; i++) {
    set(&x, i, 1 + random_real());
    exact += (long double)creal(get(&x, i));
  }
  tsr_reduce_attrs attrs = {
      {axes, 1}
  };
  run_op(TSR_OP_REDUCE_SUM, &attrs, 1, &x, &out);
  assert_number(get(&out, 0), (double)exact, (double)exact * 0x1p-23 * 8);
  free_array(&x);
  free_array(&out);
}

/* The order of a sum follows from shapes: layouts and threads change nothing. */
static void test_bits_depend_on_shapes_alone(void **state) {
  (void)state;
  static const tsr_dtype some[] = {TSR_F32, TSR_F64, TSR_C64, TSR_F32};
  int32_t threads = tsr_cpu_threads(harness_device);
  for (int c = 0; c < N_CASES; c++)
    for (int i = 0; i < 4; i++) {
      const tsr_op_id op = i == 3 ? TSR_OP_REDUCE_MAX : TSR_OP_REDUCE_SUM;
      int32_t rank;
      int64_t dims[4];
      result_of(c, 0, &rank, dims);
      array first = make_array(some[i], cases[c].rank, cases[c].dims, C_ORDER);
      array a = make_array(some[i], rank, dims, C_ORDER);
      fill_real(&first);
      for (int64_t k = 0; i == 3 && k < count_of(&first); k++)
        set(&first, k, random_below(2) ? 0.0 : -0.0); /* the sign of the largest zero */
      tsr_reduce_attrs attrs = {
          {cases[c].axes, (size_t)cases[c].n_axes}
      };
      assert_ok(tsr_cpu_set_threads(harness_device, 1));
      run_op(op, &attrs, 1, &first, &a);
      assert_ok(tsr_cpu_set_threads(harness_device, 3));
      for (layout_kind kind = C_ORDER; kind < REPEATED; kind++) {
        array x = make_array(some[i], cases[c].rank, cases[c].dims, kind);
        array b = make_array(some[i], rank, dims, kind);
        for (int64_t k = 0; k < count_of(&x); k++)
          set(&x, k, get(&first, k));
        run_op(op, &attrs, 1, &x, &b);
        assert_same_bits(&a, &b);
        free_array(&x);
        free_array(&b);
      }
      free_array(&first);
      free_array(&a);
    }
  assert_ok(tsr_cpu_set_threads(harness_device, threads));
}

static void test_f16_accumulates_in_f32(void **state) {
  (void)state;
  static const int64_t axes[] = {0};
  const int64_t dims[] = {4096};
  array x = make_array(TSR_F16, 1, dims, C_ORDER), out = make_array(TSR_F16, 0, NULL, C_ORDER);
  for (int64_t i = 0; i < 4096; i++)
    *(uint16_t *)at(&x, i) = 0x3c01; /* 1 + 2^-10; in f16 the sum would stop growing at 2048 */
  tsr_reduce_attrs attrs = {
      {axes, 1}
  };
  run_op(TSR_OP_REDUCE_SUM, &attrs, 1, &x, &out);
  assert_int_equal(*(uint16_t *)out.data, 0x6c01); /* 4096 + 4 */
  run_op(TSR_OP_REDUCE_MAX, &attrs, 1, &x, &out);
  assert_int_equal(*(uint16_t *)out.data, 0x3c01);
  static const uint16_t factors[] = {0x7400, 0x7400, 0x0400, 0x0400}; /* 2^14 and 2^-14 */
  for (int64_t i = 0; i < 4096; i++)
    *(uint16_t *)at(&x, i) = i % 16 == 0 && i < 64 ? factors[i / 16] : 0x3c00;
  run_op(TSR_OP_REDUCE_PROD, &attrs, 1, &x, &out);
  assert_int_equal(*(uint16_t *)out.data, 0x3c00);
  free_array(&x);
  free_array(&out);
}

static void test_argmax_and_argmin_are_the_first(void **state) {
  (void)state;
  const int64_t dims[] = {6, 50, 7};
  for (int i = 0; i < N_DTYPES; i++)
    for (int64_t axis = 0; axis < 3; axis++)
      for (int trial = 0; trial < 6; trial++) {
        const bool least = trial % 2;
        if (tsr_dtype_kind(dtypes[i]) == TSR_KIND_COMPLEX) continue;
        int64_t kept[2] = {dims[axis == 0], dims[axis == 2 ? 1 : 2]};
        array x = make_array(dtypes[i], 3, dims, (layout_kind)random_below(LAYOUTS));
        array out = make_array(TSR_I64, 2, kept, (layout_kind)random_below(REPEATED));
        fill_whole(&x, 0, dtypes[i] == TSR_BOOL ? 1 : 9);
        bool real = tsr_dtype_kind(dtypes[i]) == TSR_KIND_REAL;
        for (int k = 0; real && k < 3; k++)
          set(&x, random_below(count_of(&x)), NAN);
        tsr_arg_reduce_attrs attrs = {axis};
        run_op(least ? TSR_OP_ARGMIN : TSR_OP_ARGMAX, &attrs, 1, &x, &out);
        int64_t inner = axis == 2 ? 1 : axis == 1 ? dims[2] : dims[1] * dims[2];
        for (int64_t o = 0; o < count_of(&out); o++) {
          int64_t base = o / inner * inner * dims[axis] + o % inner, best = 0;
          for (int64_t k = 1; k < dims[axis]; k++) {
            double v = creal(get(&x, base + k * inner)), b = creal(get(&x, base + best * inner));
            if (!isnan(b) && ((least ? v < b : v > b) || isnan(v))) best = k;
          }
          assert_int_equal(creal(get(&out, o)), best);
        }
        free_array(&x);
        free_array(&out);
      }
}

/* The best of long, narrow and short-rowed arrays, of which many elements are alike. */
static void test_argmax_of_every_shape(void **state) {
  (void)state;
  static const struct {
    int64_t dims[3], axis;
  } shapes[] = {
      {{1, 200001, 1}, 1},
      {{2, 9000, 1},   1},
      {{1, 70001, 3},  1},
      {{700, 1, 3},    2},
      {{2, 130, 600},  1},
      {{3, 17, 100},   1},
      {{40, 5, 7},     0},
      {{40, 5, 7},     2},
      {{1, 3, 2000},   1}
  };
  static const tsr_dtype some[] = {TSR_F32, TSR_F64, TSR_I8, TSR_U16, TSR_BF16};
  for (int i = 0; i < 9; i++)
    for (int trial = 0; trial < 10; trial++) {
      const tsr_dtype d = some[trial / 2];
      const int64_t *dims = shapes[i].dims, axis = shapes[i].axis;
      const int64_t kept[2] = {dims[axis == 0], dims[axis == 2 ? 1 : 2]};
      array x = make_array(d, 3, dims, trial % 2 ? C_ORDER : (layout_kind)random_below(REPEATED));
      array out = make_array(TSR_I64, 2, kept, (layout_kind)random_below(REPEATED));
      const int64_t inner = axis == 2 ? 1 : axis == 1 ? dims[2] : dims[1] * dims[2];
      int64_t *best = calloc((size_t)count_of(&out), sizeof *best);
      double *value = calloc((size_t)count_of(&out), sizeof *value);
      for (int64_t k = 0; k < count_of(&x); k++) {
        const bool is_nan = d == TSR_F32 && trial % 2 && random_below(3000) == 0;
        const double v = is_nan ? NAN : d == TSR_BF16 ? 0 : (double)random_below(100);
        if (d == TSR_BF16)
          *(uint16_t *)at(&x, k) = (uint16_t)(random_below(2) << 15); /* zeros are all alike */
        else
          set(&x, k, v);
        const int64_t row = k / inner % dims[axis], o = k / inner / dims[axis] * inner + k % inner;
        if (row == 0 || (!isnan(value[o]) && (isnan(v) || v > value[o]))) {
          value[o] = v;
          best[o] = row;
        }
      }
      tsr_arg_reduce_attrs attrs = {axis};
      run_op(TSR_OP_ARGMAX, &attrs, 1, &x, &out);
      for (int64_t o = 0; o < count_of(&out); o++)
        assert_int_equal(*(int64_t *)(void *)at(&out, o), best[o]);
      free(best);
      free(value);
      free_array(&x);
      free_array(&out);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sums_of_whole_numbers_are_exact),
      cmocka_unit_test(test_maxima),
      cmocka_unit_test(test_minima),
      cmocka_unit_test(test_products_of_whole_numbers_are_exact),
      cmocka_unit_test(test_and_or_of_bits),
      cmocka_unit_test(test_extremes_propagate_nan),
      cmocka_unit_test(test_sums_lose_little),
      cmocka_unit_test(test_bits_depend_on_shapes_alone),
      cmocka_unit_test(test_f16_accumulates_in_f32),
      cmocka_unit_test(test_argmax_and_argmin_are_the_first),
      cmocka_unit_test(test_argmax_of_every_shape),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
