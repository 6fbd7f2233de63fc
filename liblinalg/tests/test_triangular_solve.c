/* test_triangular_solve.c - every side, triangle, transpose and diagonal, in every layout. */
#include "systems_test.h"

/* op of the triangle that counts, dense, and a with NaN in all that must not be read. */
static void make(const tsr_triangular_options *o, bool with_imaginary, int64_t n, number *a,
                 number *op) {
  fill_random(5, with_imaginary, n * n, a);
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      number *x = &a[i * n + j];
      const bool read = o->uplo == TSR_LOWER ? i >= j : i <= j;
      if (i == j) *x += 3;
      if (i != j) *x /= (double)n; /* else solutions grow like 2^n */
      number used = read ? *x : 0;
      if (i == j && o->diag == TSR_DIAG_UNIT) used = 1;
      if (!read || (i == j && o->diag == TSR_DIAG_UNIT)) *x = NAN;
      const int64_t to = o->trans == TSR_TRANS_NONE ? i * n + j : j * n + i;
      op[to] = o->trans == TSR_TRANS_ADJOINT ? conj(used) : used;
    }
}

static void check(tsr_builder *b, tsr_dtype dtype, tsr_triangular_options o, int64_t n, int64_t k,
                  int a_how, int rhs_how) {
  const bool left = o.side == TSR_LEFT;
  const int64_t rows = left ? n : k, columns = left ? k : n;
  number *a = numbers(n * n), *op = numbers(n * n), *rhs = numbers(n * k), *x = numbers(n * k);
  make(&o, is_complex(dtype), n, a, op);
  round_to(dtype, n * n, a);
  round_to(dtype, n * n, op);
  fill_random(6, is_complex(dtype), n * k, rhs);
  round_to(dtype, n * k, rhs);
  const bool strides = dtype == TSR_F64 || dtype == TSR_C128;
  const tsr_value va =
      strides ? strided_value(b, dtype, n, n, a, a_how) : value_of(b, dtype, TSR_DIMS(n, n), a);
  const tsr_value vr = strides ? strided_value(b, dtype, rows, columns, rhs, rhs_how)
                               : value_of(b, dtype, TSR_DIMS(rows, columns), rhs);
  read_value(b, tsr_triangular_solve(b, va, vr, &o), n * k, x);
  /* Higham, theorem 8.5: (op + e) x = rhs, |e| <= n eps |op|, more for complex numbers */
  const double bound = 8 * (double)(n + 1) * eps_of(dtype) * 8 * fmax(1, largest(n * k, x, NULL));
  if (left)
    check_product(n, n, k, op, x, rhs, bound);
  else
    check_product(k, n, n, x, op, rhs, bound);
  free(a), free(op), free(rhs), free(x);
}

static tsr_triangular_options option(int i) {
  return (tsr_triangular_options){i & 1 ? TSR_RIGHT : TSR_LEFT, i & 2 ? TSR_UPPER : TSR_LOWER,
                                  i / 8 == 0   ? TSR_TRANS_NONE
                                  : i / 8 == 1 ? TSR_TRANS_TRANSPOSE
                                               : TSR_TRANS_ADJOINT,
                                  i & 4 ? TSR_DIAG_UNIT : TSR_DIAG_NON_UNIT};
}

static void test_all_options_and_sizes(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {1,  1},
      {3,  2},
      {2,  5},
      {5,  1},
      {70, 9},
      {4,  0},
      {0,  3}
  };
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    tsr_builder *b;
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    for (int i = 0; i < 24; i++)
      for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        check(b, all_dtypes[d], option(i), sizes[s][0], sizes[s][1], 0, 0);
    tsr_builder_close(b);
  }
}

static void test_any_strides(void **state) {
  (void)state;
  for (int c = 0; c < 2; c++) {
    tsr_builder *b;
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    for (int i = 0; i < 24; i++)
      for (int how = 0; how < LAYOUTS * LAYOUTS; how++)
        for (int k = 1; k <= 2; k++)
          check(b, c ? TSR_C128 : TSR_F64, option(i), 3, k, how % LAYOUTS, how / LAYOUTS);
    tsr_builder_close(b);
  }
}

/* Layouts of x decide what BLAS is asked for. */
static void test_results_go_into_any_strides(void **state) {
  (void)state;
  const double a[] = {2, 9, 9, 1, 4, 9, -1, 3, 8}, r[] = {2, 4, -2, 8, 10, 24};
  for (int i = 0; i < 24; i += 2) { /* on the left */
    const tsr_triangular_options o = option(i);
    double x[6];
    tsr_builder *b = trace();
    tsr_value va = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(3)));
    tsr_value vr = tsr_input(b, "r", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2)));
    tsr_program *p = compiled(b, TSR_VALUES(tsr_triangular_solve(b, va, vr, &o)));
    tsr_tensor *in[2];
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 3), a, &in[0]));
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 2), r, &in[1]));
    for (int how = 0; how < LAYOUTS; how++) {
      tsr_tensor *out = strided_target(3, 2, how);
      assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(in[0], in[1]), TSR_TENSORS(out)));
      assert_ok(tsr_tensor_read(out, x, sizeof x));
      for (int at = 0; at < 6; at++) {
        double sum = 0;
        for (int l = 0; l < 3; l++) {
          const int row = o.trans == TSR_TRANS_NONE ? at / 2 : l;
          const int column = o.trans == TSR_TRANS_NONE ? l : at / 2;
          const bool read = o.uplo == TSR_LOWER ? row >= column : row <= column;
          const bool one = row == column && o.diag == TSR_DIAG_UNIT;
          sum += (one ? 1 : read ? a[row * 3 + column] : 0) * x[l * 2 + at % 2];
        }
        assert_near(sum, r[at], 1e-12, 1e-12);
      }
      tsr_tensor_release(out);
    }
    tsr_tensors_release(in, 2);
    tsr_program_release(p);
  }
}

/* a x = (2, 9) has x = (1, 2), x a = (2, 9) has x = (-1/8, 9/4). */
static void test_a_vector_is_one_column_or_one_row(void **state) {
  (void)state;
  tsr_builder *b;
  double x[2];
  const tsr_triangular_options right = {TSR_RIGHT, TSR_LOWER, TSR_TRANS_NONE, TSR_DIAG_NON_UNIT};
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){2, NAN, 1, 4});
  tsr_value r = tsr_from_data(b, TSR_F64, TSR_DIMS(2), (double[]){2, 9});
  assert_ok(tsr_read(b, tsr_triangular_solve(b, a, r, NULL), x, sizeof x));
  assert_close(x, ((double[]){1, 2}), 2, 0.0, 0.0);
  assert_ok(tsr_read(b, tsr_triangular_solve(b, a, r, &right), x, sizeof x));
  assert_close(x, ((double[]){-0.125, 2.25}), 2, 0.0, 0.0);
  tsr_builder_close(b);
}

static void test_leading_axes_broadcast(void **state) {
  (void)state;
  tsr_builder *b;
  double x[6];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 1, 1, 1), (double[]){2, 4});
  tsr_value r = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 1, 1), (double[]){4, 8, 12});
  assert_ok(tsr_read(b, tsr_triangular_solve(b, a, r, NULL), x, sizeof x));
  assert_close(x, ((double[]){2, 4, 6, 1, 2, 3}), 6, 0.0, 0.0);
  r = tsr_from_data(b, TSR_F64, TSR_DIMS(1, 1), (double[]){8});
  assert_ok(tsr_read(b, tsr_triangular_solve(b, a, r, NULL), x, 2 * sizeof *x));
  assert_close(x, ((double[]){4, 2}), 2, 0.0, 0.0);
  tsr_builder_close(b);
}

/* The zero is one that is read; with a unit diagonal there is none to read. */
static void test_a_zero_on_the_diagonal_is_named_and_the_rest_is_done(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    for (int unit = 0; unit < 2; unit++) {
      const double a[] = {1, 0, 0, 2, 3, 0, 5, -0.0, 0, 0, 0, 1};
      const tsr_triangular_options o = {.diag = unit ? TSR_DIAG_UNIT : TSR_DIAG_NON_UNIT};
      tsr_builder *b = trace();
      const tsr_dim two = tsr_dim_of(2);
      tsr_value v = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), two, two));
      tsr_value r = tsr_ones(b, all_dtypes[d], TSR_SHAPE(two, tsr_dim_of(1)));
      tsr_value x = tsr_triangular_solve(b, tsr_convert(b, v, all_dtypes[d]), r, &o);
      tsr_program *p = compiled(b, TSR_VALUES(tsr_convert(b, tsr_real(b, x), TSR_F64)));
      double got[6];
      const tsr_status status =
          run_and_read(p, TSR_F64, TSR_DIMS(3, 2, 2), a, TSR_DIMS(3, 2, 1), got);
      if (unit) {
        assert_ok(status);
        assert_close(got, ((double[]){1, 1, 1, -4, 1, 1}), 6, 0.0, 0.0);
      } else {
        assert_error_says(status, TSR_ERR_NUMERIC, "triangular_solve", "batch 1",
                          "element 1 of its diagonal is zero");
        assert_true(got[0] == 1 && got[1] == 0.5);
        for (int i = 2; i < 6; i++)
          assert_true(isnan(got[i]));
      }
    }
  }
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  const tsr_triangular_options right = {.side = TSR_RIGHT}, odd = {.trans = (tsr_trans)5};
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_dim two = tsr_dim_of(2), three = tsr_dim_of(3);
  tsr_value square = tsr_ones(b, TSR_F64, TSR_SHAPE(two, two));
  tsr_value wide = tsr_ones(b, TSR_F64, TSR_SHAPE(two, three));
  assert_refused(b, tsr_triangular_solve(b, wide, wide, &right), TSR_ERR_SHAPE, "triangular_solve",
                 "2", "3");
  assert_refused(b, tsr_triangular_solve(b, square, wide, &right), TSR_ERR_SHAPE,
                 "triangular_solve", "f64[2, 3]");
  assert_refused(b, tsr_triangular_solve(b, square, square, &odd), TSR_ERR_ARGUMENT,
                 "triangular_solve", "trans 5");
  (void)tsr_triangular_solve(b, square, tsr_scalar(b, 1), NULL);
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "triangular_solve", "rank 0");
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_options_and_sizes),
      cmocka_unit_test(test_any_strides),
      cmocka_unit_test(test_results_go_into_any_strides),
      cmocka_unit_test(test_a_vector_is_one_column_or_one_row),
      cmocka_unit_test(test_leading_axes_broadcast),
      cmocka_unit_test(test_a_zero_on_the_diagonal_is_named_and_the_rest_is_done),
      cmocka_unit_test(test_wrong_operands_are_refused),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
