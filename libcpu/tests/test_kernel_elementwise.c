/* test_kernel_elementwise.c - elementwise rows against formulas. */
#include "kernel_harness.h"

static const int64_t shapes[][4] = {
    {0, 0,      0,   0 },
    {1, 7,      0,   0 },
    {2, 5,      3,   0 },
    {3, 4,      3,   5 },
    {2, 0,      3,   0 },
    {3, 1,      1,   1 },
    {2, 3,      700, 0 },
    {2, 700,    3,   0 },
    {3, 30,     70,  40},
    {1, 100000, 0,   0 }
};
enum {
  N_SHAPES = sizeof shapes / sizeof shapes[0]
};

typedef double complex (*formula)(double complex x, double complex y);
static double complex f_add(double complex x, double complex y) { return x + y; }
static double complex f_sub(double complex x, double complex y) { return x - y; }
static double complex f_mul(double complex x, double complex y) { return x * y; }
static double complex f_neg(double complex x, double complex y) {
  (void)y;
  return -x;
}
static double complex f_conj(double complex x, double complex y) {
  (void)y;
  return conj(x);
}
static double complex f_real(double complex x, double complex y) {
  (void)y;
  return creal(x);
}
static double complex f_imag(double complex x, double complex y) {
  (void)y;
  return cimag(x);
}
static double complex f_complex(double complex x, double complex y) {
  return CMPLX(creal(x), creal(y));
}

static void check_op(tsr_op_id id, int32_t n_in, tsr_dtype from, tsr_dtype to, formula f) {
  for (int s = 0; s < N_SHAPES; s++)
    for (int trial = 0; trial < 6; trial++) {
      int32_t rank = (int32_t)shapes[s][0];
      const int64_t *dims = shapes[s] + 1;
      array in[2], out;
      for (int32_t i = 0; i < n_in; i++) {
        in[i] =
            make_array(from, rank, dims, trial == 0 ? C_ORDER : (layout_kind)random_below(LAYOUTS));
        fill_whole(&in[i], 0, 9);
      }
      out = make_array(to, rank, dims, trial == 0 ? C_ORDER : (layout_kind)random_below(REPEATED));
      assert_status(TSR_OK, run_op(id, NULL, n_in, in, &out));
      for (int64_t i = 0; i < count_of(&out); i++) {
        double complex expected = f(get(&in[0], i), n_in > 1 ? get(&in[1], i) : 0),
                       v = get(&out, i);
        if (tsr_dtype_kind(to) == TSR_KIND_UNSIGNED) /* wraps */
          expected = (double)((uint64_t)(int64_t)creal(expected) &
                              UINT64_MAX >> (64 - 8 * tsr_dtype_size(to)));
        if (tsr_dtype_size(to) < 8 || creal(expected) < 0x1p53) assert_number(v, expected, 0);
      }
      for (int32_t i = 0; i < n_in; i++)
        free_array(&in[i]);
      free_array(&out);
    }
}

static void test_arithmetic_matches_formulas(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128, TSR_I8,  TSR_I16,
                                     TSR_I32, TSR_I64, TSR_U8,  TSR_U16,  TSR_U32, TSR_U64};
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
    tsr_dtype d = dtypes[i];
    check_op(TSR_OP_ADD, 2, d, d, f_add);
    check_op(TSR_OP_MUL, 2, d, d, f_mul);
    if (d != TSR_U64) {
      check_op(TSR_OP_SUB, 2, d, d, f_sub);
      check_op(TSR_OP_NEG, 1, d, d, f_neg);
    }
  }
  check_op(TSR_OP_CONJ, 1, TSR_C64, TSR_C64, f_conj);
  check_op(TSR_OP_REAL, 1, TSR_C128, TSR_F64, f_real);
  check_op(TSR_OP_IMAG, 1, TSR_C64, TSR_F32, f_imag);
  check_op(TSR_OP_COMPLEX, 2, TSR_F64, TSR_C128, f_complex);
}

static void test_every_dtype_of_every_row_has_a_block(void **state) {
  (void)state;
  const int64_t dims[] = {3};
  for (int32_t i = 0; i < tsri_elementwise_kernel_count; i++) {
    const tsr_kernel *k = &tsri_elementwise_kernels[i];
    const tsr_op *op = tsr_op_find(k->op->name);
    assert_int_equal(k->dtypes, op->dtypes);
    for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
      if (!(k->dtypes >> d & 1)) continue;
      tsr_compare_attrs eq = {TSR_EQ};
      tsr_convert_attrs to = {TSR_F32};
      tsr_op_id id = tsr_op_core_id(op);
      const void *attrs = id == TSR_OP_COMPARE   ? (const void *)&eq
                          : id == TSR_OP_CONVERT ? &to
                                                 : NULL;
      bool predicate = id == TSR_OP_SELECT;
      array in[3] = {make_array(predicate ? TSR_BOOL : d, 1, dims, C_ORDER),
                     make_array(d, 1, dims, C_ORDER), make_array(d, 1, dims, C_ORDER)};
      array out = make_array(TSR_C128, 1, dims, C_ORDER); /* large enough for all */
      assert_in_range(run_op(id, attrs, op->max_inputs, in, &out), 0, TSR_ERR_NUMERIC);
      for (int k2 = 0; k2 < 3; k2++)
        free_array(&in[k2]);
      free_array(&out);
    }
  }
}

static array scalar_of(tsr_dtype d, double complex v) {
  array a = make_array(d, 0, NULL, C_ORDER);
  set(&a, 0, v);
  return a;
}

static double complex apply2(tsr_op_id id, tsr_dtype d, double complex x, double complex y,
                             tsr_status expected) {
  array in[2] = {scalar_of(d, x), scalar_of(d, y)}, out = scalar_of(d, 0);
  assert_status(expected, run_op(id, NULL, 2, in, &out));
  double complex v = get(&out, 0);
  free_array(&in[0]);
  free_array(&in[1]);
  free_array(&out);
  return v;
}

static void test_integer_division(void **state) {
  (void)state;
  assert_number(apply2(TSR_OP_DIV, TSR_I32, -7, 2, TSR_OK), -3, 0);
  assert_number(apply2(TSR_OP_DIV, TSR_U8, 250, 7, TSR_OK), 35, 0);
  assert_number(apply2(TSR_OP_DIV, TSR_I32, INT32_MIN, -1, TSR_OK), INT32_MIN, 0);
  assert_number(apply2(TSR_OP_DIV, TSR_I8, -128, -1, TSR_OK), -128, 0);
  assert_number(apply2(TSR_OP_DIV, TSR_I64, -0x1p63, -1, TSR_OK), -0x1p63, 0);
  assert_number(apply2(TSR_OP_DIV, TSR_I16, 5, 0, TSR_ERR_NUMERIC), 0, 0);
  assert_number(apply2(TSR_OP_DIV, TSR_U64, 5, 0, TSR_ERR_NUMERIC), 0, 0);
  /* one zero among many, far from the start, strided */
  const int64_t dims[] = {300, 400};
  array in[2] = {make_array(TSR_I32, 2, dims, C_ORDER), make_array(TSR_I32, 2, dims, F_ORDER)};
  array out = make_array(TSR_I32, 2, dims, C_ORDER);
  fill_whole(&in[0], 1, 99);
  fill_whole(&in[1], 1, 9);
  assert_status(TSR_OK, run_op(TSR_OP_DIV, NULL, 2, in, &out));
  set(&in[1], 99999, 0);
  assert_status(TSR_ERR_NUMERIC, run_op(TSR_OP_DIV, NULL, 2, in, &out));
  free_array(&in[0]);
  free_array(&in[1]);
  free_array(&out);
}

static void test_complex_division_is_robust(void **state) {
  (void)state;
  /* the naive formula overflows here */
  double complex q = apply2(TSR_OP_DIV, TSR_C128, CMPLX(1e300, 1e300), CMPLX(1e300, 1e300), TSR_OK);
  assert_number(q, 1, 1e-15);
  q = apply2(TSR_OP_DIV, TSR_C128, CMPLX(3, 4), CMPLX(1, -2), TSR_OK);
  assert_number(q, CMPLX(-1, 2), 1e-15);
  q = apply2(TSR_OP_DIV, TSR_C64, CMPLX(1, 1), CMPLX(0, 0), TSR_OK);
  assert_true(isinf(creal(q)) && isinf(cimag(q)));
  q = apply2(TSR_OP_DIV, TSR_C128, CMPLX(INFINITY, 1), CMPLX(1, 2), TSR_OK);
  assert_true(isinf(creal(q)) || isinf(cimag(q)));
  q = apply2(TSR_OP_DIV, TSR_C128, CMPLX(1, 1), CMPLX(INFINITY, INFINITY), TSR_OK);
  assert_number(q, 0, 0);
  for (int i = 0; i < 1000; i++) {
    double complex x = CMPLX(random_real(), random_real()), y = CMPLX(random_real(), random_real());
    assert_number(apply2(TSR_OP_DIV, TSR_C128, x, y, TSR_OK), x / y, 8 * 0x1p-52 * cabs(x / y));
  }
}

static void test_analytic_functions_match_long_double(void **state) {
  (void)state;
  const int64_t dims[] = {1000};
  array x = make_array(TSR_F64, 1, dims, REVERSED), y = make_array(TSR_F64, 1, dims, SPACED);
  array xf = make_array(TSR_F32, 1, dims, SPACED), yf = make_array(TSR_F32, 1, dims, C_ORDER);
  for (int64_t i = 0; i < 1000; i++) {
    set(&x, i, 20 * random_real());
    set(&xf, i, 20 * random_real());
  }
  static const struct {
    tsr_op_id op;
    long double (*f)(long double);
  } ops[] = {
      {TSR_OP_EXP, expl},
      {TSR_OP_SIN, sinl},
      {TSR_OP_COS, cosl}
  };
  for (int k = 0; k < 3; k++) {
    run_op(ops[k].op, NULL, 1, &x, &y);
    run_op(ops[k].op, NULL, 1, &xf, &yf);
    for (int64_t i = 0; i < 1000; i++) {
      double e = (double)ops[k].f((long double)creal(get(&x, i)));
      double ef = (double)ops[k].f((long double)creal(get(&xf, i)));
      assert_number(get(&y, i), e, 2 * 0x1p-52 * fabs(e));
      assert_number(get(&yf, i), ef, 2 * 0x1p-23 * fabs(ef));
    }
  }
  free_array(&x);
  free_array(&y);
  free_array(&xf);
  free_array(&yf);
}

static void test_compare_knows_nan_and_order(void **state) {
  (void)state;
  static const double values[] = {-INFINITY, -1, -0.0, 0.0, 2, NAN};
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++) {
      double a = values[i], b = values[j];
      bool expected[] = {a == b, a != b, a<b, a <= b, a> b, a >= b};
      for (int d = TSR_EQ; d <= TSR_GE; d++) {
        tsr_compare_attrs attrs = {d};
        array in[2] = {scalar_of(TSR_F32, a), scalar_of(TSR_F32, b)}, out = scalar_of(TSR_BOOL, 0);
        run_op(TSR_OP_COMPARE, &attrs, 2, in, &out);
        assert_int_equal(*(uint8_t *)out.data, expected[d]);
        free_array(&in[0]);
        free_array(&in[1]);
        free_array(&out);
      }
    }
}

static void test_select_takes_all_dtypes(void **state) {
  (void)state;
  const int64_t dims[] = {5, 6, 7};
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    array in[3] = {make_array(TSR_BOOL, 3, dims, SHUFFLED), make_array(d, 3, dims, REVERSED),
                   make_array(d, 3, dims, REPEATED)};
    array out = make_array(d, 3, dims, F_ORDER);
    fill_whole(&in[0], 0, 1);
    for (int64_t i = 0; i < 210; i++)
      for (size_t b = 0; b < tsr_dtype_size(d); b++) {
        at(&in[1], i)[b] = (char)random_u64();
        at(&in[2], i)[b] = (char)random_u64();
      }
    run_op(TSR_OP_SELECT, NULL, 3, in, &out);
    for (int64_t i = 0; i < 210; i++)
      assert_memory_equal(at(&out, i), at(&in[creal(get(&in[0], i)) != 0 ? 1 : 2], i),
                          tsr_dtype_size(d));
    for (int k = 0; k < 3; k++)
      free_array(&in[k]);
    free_array(&out);
  }
}

static void test_high_rank_and_in_place(void **state) {
  (void)state;
  const int64_t dims[] = {2, 1, 3, 2, 1, 2, 3, 2, 2, 1, 2, 2};
  array in[2] = {make_array(TSR_F64, 12, dims, SHUFFLED), make_array(TSR_F64, 12, dims, REVERSED)};
  array out = make_array(TSR_F64, 12, dims, SHUFFLED);
  fill_real(&in[0]);
  fill_real(&in[1]);
  run_op(TSR_OP_SUB, NULL, 2, in, &out);
  for (int64_t i = 0; i < count_of(&out); i++)
    assert_number(get(&out, i), get(&in[0], i) - get(&in[1], i), 0);
  /* the second input's memory is taken over */
  array target = in[1];
  prepared r;
  prepare_op(&r, TSR_OP_SUB, NULL, 2, in, 1, &target, INT32_MAX);
  assert_int_equal(r.alias[0], 1);
  run_prepared(&r);
  release_prepared(&r);
  assert_same_bits(&target, &out);
  free_array(&in[0]);
  free_array(&in[1]);
  free_array(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_arithmetic_matches_formulas),
      cmocka_unit_test(test_every_dtype_of_every_row_has_a_block),
      cmocka_unit_test(test_integer_division),
      cmocka_unit_test(test_complex_division_is_robust),
      cmocka_unit_test(test_analytic_functions_match_long_double),
      cmocka_unit_test(test_compare_knows_nan_and_order),
      cmocka_unit_test(test_select_takes_all_dtypes),
      cmocka_unit_test(test_high_rank_and_in_place),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
