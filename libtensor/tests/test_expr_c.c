/* test_expr_c.c - the C text of expressions, compiled and run, against values by hand. */
#include "expr_build.h"

#include <complex.h>
#include <math.h>

/* Run over one axis of n elements with all strides 1. */
static void run(recipe *r, int64_t n, void *const *in, void *const *out) {
  static const int64_t one[] = {1};
  const int64_t *strides[32];
  for (int i = 0; i < 32; i++) {
    strides[i] = one;
  }
  tsr_expr *e;
  void *handle;
  assert_ok(tsr_expr_create(&r->expr, NULL, &e));
  function f = build(e, &handle);
  f(&n, in, strides, out, strides);
  dlclose(handle);
  tsr_expr_release(e);
}

static void test_real_arithmetic(void **state) {
  (void)state;
  recipe r;
  double x[] = {3, -0.5, 0}, y[] = {2, 4, -1}, z[7][3];
  tsr_compare_attrs less = {TSR_LT};
  begin(&r, 1, 2, (tsr_dtype[]){TSR_F64, TSR_F64});
  output(&r, step(&r, TSR_OP_ADD, NULL, TSR_F64, 0, 1, -1));
  output(&r, step(&r, TSR_OP_SUB, NULL, TSR_F64, 0, 1, -1));
  output(&r, step(&r, TSR_OP_MUL, NULL, TSR_F64, 0, 1, -1));
  output(&r, step(&r, TSR_OP_DIV, NULL, TSR_F64, 0, 1, -1));
  output(&r, step(&r, TSR_OP_NEG, NULL, TSR_F64, 0, -1, -1));
  int32_t p = step(&r, TSR_OP_COMPARE, &less, TSR_BOOL, 0, 1, -1);
  output(&r, step(&r, TSR_OP_SELECT, NULL, TSR_F64, p, 0, 1)); /* the smaller */
  output(&r, step(&r, TSR_OP_EXP, NULL, TSR_F64, 0, -1, -1));
  run(&r, 3, (void *[]){x, y}, (void *[]){z[0], z[1], z[2], z[3], z[4], z[5], z[6]});
  const double expected[6][3] = {
      {5,   3.5,    -1  },
      {1,   -4.5,   1   },
      {6,   -2,     -0.0},
      {1.5, -0.125, -0.0},
      {-3,  0.5,    -0.0},
      {2,   -0.5,   -1  }
  };
  assert_memory_equal(z, expected, sizeof expected);
  assert_near(z[6][0], 20.085536923187668, 4e-16, 0); /* e^3 */
  assert_near(z[6][2], 1, 0, 0);
}

/* Maximum and minimum of IEEE 754-2019, and bits of integers. */
static void test_order_and_bits(void **state) {
  (void)state;
  recipe r;
  double x[] = {-0.0, 0.0, NAN, 2.5, -1.5}, y[] = {0.0, -0.0, 1, NAN, -3}, z[4][5], even[5];
  uint8_t finite[5];
  begin(&r, 1, 2, (tsr_dtype[]){TSR_F64, TSR_F64});
  output(&r, step(&r, TSR_OP_MAX, NULL, TSR_F64, 0, 1, -1));
  output(&r, step(&r, TSR_OP_MIN, NULL, TSR_F64, 0, 1, -1));
  output(&r, step(&r, TSR_OP_ABS, NULL, TSR_F64, 1, -1, -1));
  output(&r, step(&r, TSR_OP_SIGN, NULL, TSR_F64, 0, -1, -1));
  output(&r, step(&r, TSR_OP_ROUND_NEAREST_EVEN, NULL, TSR_F64, 0, -1, -1));
  output(&r, step(&r, TSR_OP_IS_FINITE, NULL, TSR_BOOL, 0, -1, -1));
  run(&r, 5, (void *[]){x, y}, (void *[]){z[0], z[1], z[2], z[3], even, finite});
  for (int i = 0; i < 2; i++) {
    assert_false(signbit(z[0][i]));
    assert_true(signbit(z[1][i]));
    assert_true(isnan(z[0][i + 2]) && isnan(z[1][i + 2]));
    assert_int_equal(signbit(z[3][i]), signbit(x[i]));
  }
  assert_true(z[0][4] == -1.5 && z[1][4] == -3 && z[2][4] == 3 && z[3][4] == -1);
  assert_true(even[3] == 2 && even[4] == -2 && z[3][3] == 1);
  assert_memory_equal(finite, ((uint8_t[]){1, 1, 0, 1, 1}), 5);

  int8_t a[] = {12, -128, -1}, b[] = {10, 127, 0}, w[5][3];
  begin(&r, 1, 2, (tsr_dtype[]){TSR_I8, TSR_I8});
  output(&r, step(&r, TSR_OP_AND, NULL, TSR_I8, 0, 1, -1));
  output(&r, step(&r, TSR_OP_XOR, NULL, TSR_I8, 0, 1, -1));
  output(&r, step(&r, TSR_OP_NOT, NULL, TSR_I8, 0, -1, -1));
  output(&r, step(&r, TSR_OP_ABS, NULL, TSR_I8, 0, -1, -1));
  output(&r, step(&r, TSR_OP_SIGN, NULL, TSR_I8, 0, -1, -1));
  run(&r, 3, (void *[]){a, b}, (void *[]){w[0], w[1], w[2], w[3], w[4]});
  const int8_t expected[5][3] = {
      {8,   0,    0 },
      {6,   -1,   -1},
      {-13, 127,  0 },
      {12,  -128, 1 },
      {1,   -1,   -1}
  };
  assert_memory_equal(w, expected, sizeof expected);
}

static void test_integers_wrap(void **state) {
  (void)state;
  recipe r;
  int16_t x[] = {INT16_MAX, INT16_MIN, 7, -7}, y[] = {2, -1, 0, 2}, z[5][4];
  begin(&r, 1, 2, (tsr_dtype[]){TSR_I16, TSR_I16});
  output(&r, step(&r, TSR_OP_ADD, NULL, TSR_I16, 0, 1, -1));
  output(&r, step(&r, TSR_OP_SUB, NULL, TSR_I16, 0, 1, -1));
  output(&r, step(&r, TSR_OP_MUL, NULL, TSR_I16, 0, 1, -1));
  output(&r, step(&r, TSR_OP_DIV, NULL, TSR_I16, 0, 1, -1));
  output(&r, step(&r, TSR_OP_NEG, NULL, TSR_I16, 0, -1, -1));
  run(&r, 4, (void *[]){x, y}, (void *[]){z[0], z[1], z[2], z[3], z[4]});
  const int16_t expected[5][4] = {
      {-32767, 32767,  7,  -5 },
      {32765,  -32767, 7,  -9 },
      {-2,     -32768, 0,  -14},
      {16383,  -32768, 0,  -3 },
      {-32767, -32768, -7, 7  }
  };
  assert_memory_equal(z, expected, sizeof expected);
}

static void test_complex_arithmetic(void **state) {
  (void)state;
  recipe r;
  float complex x[] = {1 + 2 * I}, y[] = {3 - 1 * I}, z[5];
  float re[1], im[1];
  begin(&r, 1, 2, (tsr_dtype[]){TSR_C64, TSR_C64});
  output(&r, step(&r, TSR_OP_MUL, NULL, TSR_C64, 0, 1, -1));
  output(&r, step(&r, TSR_OP_ADD, NULL, TSR_C64, 0, 1, -1));
  output(&r, step(&r, TSR_OP_CONJ, NULL, TSR_C64, 0, -1, -1));
  int32_t a = step(&r, TSR_OP_REAL, NULL, TSR_F32, 0, -1, -1);
  int32_t b = step(&r, TSR_OP_IMAG, NULL, TSR_F32, 1, -1, -1);
  output(&r, a);
  output(&r, b);
  output(&r, step(&r, TSR_OP_COMPLEX, NULL, TSR_C64, a, b, -1));
  output(&r, step(&r, TSR_OP_NEG, NULL, TSR_C64, 0, -1, -1));
  run(&r, 1, (void *[]){x, y}, (void *[]){&z[0], &z[1], &z[2], re, im, &z[3], &z[4]});
  assert_true(z[0] == 5 + 5 * I);
  assert_true(z[1] == 4 + 1 * I);
  assert_true(z[2] == 1 - 2 * I);
  assert_true(re[0] == 1 && im[0] == -1);
  assert_true(z[3] == 1 - 1 * I);
  assert_true(z[4] == -1 - 2 * I);
}

static void test_conversions_truncate_and_saturate(void **state) {
  (void)state;
  recipe r;
  double x[] = {-2.7, 300.5, NAN, -1e30};
  int8_t i8[4];
  uint8_t u8[4], truth[4];
  int64_t i64[4];
  float f32[4];
  static const tsr_convert_attrs to_i8 = {TSR_I8}, to_u8 = {TSR_U8}, to_i64 = {TSR_I64},
                                 to_bool = {TSR_BOOL}, to_f32 = {TSR_F32};
  begin(&r, 1, 1, (tsr_dtype[]){TSR_F64});
  output(&r, step(&r, TSR_OP_CONVERT, &to_i8, TSR_I8, 0, -1, -1));
  output(&r, step(&r, TSR_OP_CONVERT, &to_u8, TSR_U8, 0, -1, -1));
  output(&r, step(&r, TSR_OP_CONVERT, &to_i64, TSR_I64, 0, -1, -1));
  output(&r, step(&r, TSR_OP_CONVERT, &to_bool, TSR_BOOL, 0, -1, -1));
  output(&r, step(&r, TSR_OP_CONVERT, &to_f32, TSR_F32, 0, -1, -1));
  run(&r, 4, (void *[]){x}, (void *[]){i8, u8, i64, truth, f32});
  assert_memory_equal(i8, ((int8_t[]){-2, 127, 0, -128}), 4);
  assert_memory_equal(u8, ((uint8_t[]){0, 255, 0, 0}), 4);
  assert_memory_equal(i64, ((int64_t[]){-2, 300, 0, INT64_MIN}), 32);
  assert_memory_equal(truth, ((uint8_t[]){1, 1, 1, 1}), 4);
  assert_true(f32[0] == -2.7f && f32[1] == 300.5f && isnan(f32[2]));
}

/* Bits of halves from the tables of IEEE 754 binary16 and bfloat16. */
static void test_halves_round_after_every_step(void **state) {
  (void)state;
  recipe r;
  uint16_t x[] = {0x3c00, 0x7bff, 0x0001, 0x7e00}; /* 1, 65504, 2^-24, NaN */
  uint16_t y[] = {0x1000, 0x7bff, 0x0001, 0x3c00}; /* 2^-11, 65504, 2^-24, 1 */
  uint16_t z[4], w[1];
  begin(&r, 1, 2, (tsr_dtype[]){TSR_F16, TSR_F16});
  output(&r, step(&r, TSR_OP_ADD, NULL, TSR_F16, 0, 1, -1));
  run(&r, 4, (void *[]){x, y}, (void *[]){z});
  assert_int_equal(z[0], 0x3c00); /* a tie goes to even */
  assert_int_equal(z[1], 0x7c00); /* infinity */
  assert_int_equal(z[2], 0x0002);
  assert_int_equal(z[3] & 0x7e00, 0x7e00);
  uint16_t one[] = {0x3f80}, small[] = {0x3c40}; /* 1, 2^-7 * 1.5 */
  begin(&r, 1, 2, (tsr_dtype[]){TSR_BF16, TSR_BF16});
  output(&r, step(&r, TSR_OP_ADD, NULL, TSR_BF16, 0, 1, -1));
  run(&r, 1, (void *[]){one, small}, (void *[]){w});
  assert_int_equal(w[0], 0x3f82); /* 1 + 1.5 ulp: to even */
}

/* out0[i] = sum_j x[i, j] y[j], out1[j] = max_i x[i, j] y[j], with strides. */
static void test_reductions_and_strides(void **state) {
  (void)state;
  double x[6] = {1, 4, 2, 5, 3, NAN}, y[3] = {1, 10, 100}, sums[4] = {0}, greatest[3];
  int32_t only_j[] = {1};
  recipe r;
  begin(&r, 2, 2, (tsr_dtype[]){TSR_F64, TSR_F64});
  r.inputs[1] = (tsr_expr_load){TSR_F64, 1, only_j};
  int32_t p = step(&r, TSR_OP_MUL, NULL, TSR_F64, 0, 1, -1);
  r.outputs[0] = (tsr_expr_out){p, tsr_op_core(TSR_OP_REDUCE_SUM), 2};
  r.outputs[1] = (tsr_expr_out){p, tsr_op_core(TSR_OP_REDUCE_MAX), 1};
  r.expr.n_outputs = 2;
  tsr_expr *e;
  void *handle;
  assert_ok(tsr_expr_create(&r.expr, NULL, &e));
  function f = build(e, &handle);
  int64_t dims[] = {2, 3}, x_strides[] = {1, 2}, y_strides[] = {1}, every_second[] = {2},
          down[] = {-1};
  f(dims, (void *[]){x, y}, (const int64_t *[]){x_strides, y_strides},
    (void *[]){sums, greatest + 2}, (const int64_t *[]){every_second, down});
  assert_true(sums[0] == 321 && isnan(sums[2]) && sums[1] == 0);
  assert_true(greatest[2] == 4 && greatest[1] == 50 && isnan(greatest[0]));
  dims[1] = 0;
  f(dims, (void *[]){x, y}, (const int64_t *[]){x_strides, y_strides},
    (void *[]){sums, greatest + 2}, (const int64_t *[]){every_second, down});
  assert_true(sums[0] == 0 && sums[2] == 0);
  dlclose(handle);
  tsr_expr_release(e);
}

/* y = (x - max x) / sum (x - max x) of each row, and the sums; rows lie along the first axis. */
static void test_rows(void **state) {
  (void)state;
  double x[6] = {1, 10, 2, 30, 4, 20}, y[6], sums[2]; /* columns 1 2 4 and 10 30 20 */
  static const int64_t first[] = {0};
  const tsr_reduce_attrs over = {
      {first, 1}
  };
  recipe r;
  begin(&r, 2, 1, (tsr_dtype[]){TSR_F64});
  int32_t most = step(&r, TSR_OP_REDUCE_MAX, &over, TSR_F64, 0, -1, -1);
  int32_t rest = step(&r, TSR_OP_SUB, NULL, TSR_F64, 0, most, -1);
  int32_t sum = step(&r, TSR_OP_REDUCE_SUM, &over, TSR_F64, rest, -1, -1);
  int32_t twice = step(&r, TSR_OP_ADD, NULL, TSR_F64, sum, sum, -1);
  r.outputs[0] = (tsr_expr_out){step(&r, TSR_OP_DIV, NULL, TSR_F64, rest, sum, -1), NULL, 0};
  r.outputs[1] = (tsr_expr_out){twice, NULL, 1};
  r.expr.n_outputs = 2;
  tsr_expr *e;
  void *handle;
  assert_ok(tsr_expr_create(&r.expr, NULL, &e));
  function f = build(e, &handle);
  int64_t dims[] = {3, 2}, strides[] = {2, 1}, down[] = {-1};
  f(dims, (void *[]){x}, (const int64_t *[]){strides}, (void *[]){y, sums + 1},
    (const int64_t *[]){strides, down});
  assert_memory_equal(y, ((double[]){0.6, 20.0 / 30, 0.4, -0.0, -0.0, 10.0 / 30}), sizeof y);
  assert_true(sums[1] == -10 && sums[0] == -60);
  dims[0] = 0;
  f(dims, (void *[]){x}, (const int64_t *[]){strides}, (void *[]){y, sums + 1},
    (const int64_t *[]){strides, down});
  assert_true(sums[1] == 0 && sums[0] == 0);
  dlclose(handle);
  tsr_expr_release(e);
}

/* Sum, product, maximum, minimum, and, or of n elements of x, at out[0 .. 5]. */
static void reduce_all(tsr_dtype dtype, int64_t n, void *x, char *out) {
  static const tsr_op_id ops[] = {TSR_OP_REDUCE_SUM, TSR_OP_REDUCE_PROD, TSR_OP_REDUCE_MAX,
                                  TSR_OP_REDUCE_MIN, TSR_OP_REDUCE_AND,  TSR_OP_REDUCE_OR};
  const bool is_whole = !tsr_dtype_is_active(dtype);
  recipe r;
  void *at[6];
  begin(&r, 1, 1, (tsr_dtype[]){dtype});
  r.expr.n_outputs = 0;
  for (int k = 0; k < (is_whole ? 6 : 4); k++) {
    at[k] = out + (size_t)k * tsr_dtype_size(dtype);
    r.outputs[r.expr.n_outputs++] = (tsr_expr_out){0, tsr_op_core(ops[k]), 1};
  }
  run(&r, n, (void *[]){x}, at);
}

static void test_every_reduction(void **state) {
  (void)state;
  int8_t x[] = {7, -3, 127}, z[6];
  reduce_all(TSR_I8, 3, x, (char *)z);
  assert_memory_equal(z, ((int8_t[]){-125, (int8_t)(-21 * 127), 127, -3, 5, -1}), 6);
  reduce_all(TSR_I8, 0, x, (char *)z);
  assert_memory_equal(z, ((int8_t[]){0, 1, INT8_MIN, INT8_MAX, -1, 0}), 6);
  double y[] = {2, -4, 8, NAN}, w[4];
  reduce_all(TSR_F64, 3, y, (char *)w);
  assert_true(w[0] == 6 && w[1] == -64 && w[2] == 8 && w[3] == -4);
  reduce_all(TSR_F64, 4, y, (char *)w);
  assert_true(isnan(w[2]) && isnan(w[3]));
  reduce_all(TSR_F64, 0, y, (char *)w);
  assert_true(w[0] == 0 && w[1] == 1 && w[2] == -INFINITY && w[3] == INFINITY);
}

static void test_what_has_no_text_is_named(void **state) {
  (void)state;
  recipe r;
  tsr_expr *e;
  char *text;
  size_t size;
  begin(&r, 1, 1, (tsr_dtype[]){TSR_BOOL});
  output(&r, step(&r, TSR_OP_NEG, NULL, TSR_BOOL, 0, -1, -1));
  assert_ok(tsr_expr_create(&r.expr, NULL, &e));
  assert_error_says(tsr_expr_format_c(e, "f", &text, &size), TSR_ERR_UNSUPPORTED, "neg", "bool");
  assert_null(text);
  tsr_expr_release(e);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_real_arithmetic),
      cmocka_unit_test(test_order_and_bits),
      cmocka_unit_test(test_integers_wrap),
      cmocka_unit_test(test_complex_arithmetic),
      cmocka_unit_test(test_conversions_truncate_and_saturate),
      cmocka_unit_test(test_halves_round_after_every_step),
      cmocka_unit_test(test_reductions_and_strides),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_every_reduction),
      cmocka_unit_test(test_what_has_no_text_is_named),
  };
  return cmocka_run_group_tests_name("tensor/expr_c", tests, make_folder, remove_folder);
}
