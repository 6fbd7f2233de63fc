/* test_qr.c - QR: residuals in units of eps, the gauge, shapes, strides, failures. */
#include "linalg_test.h"

static int64_t least(int64_t m, int64_t n) { return m < n ? m : n; }

/* |a - q r| <= 20 k eps |a|, columns of q orthonormal, r upper with a diagonal >= 0. */
static void check_matrix(tsr_dtype dtype, int64_t m, int64_t n, int64_t columns, const number *a,
                         const number *q, const number *r) {
  const double eps = eps_of(dtype) * (double)(20 * (least(m, n) + 1));
  number *back = calloc((size_t)(m * n + 1), sizeof *back);
  times(m, columns, n, q, r, back);
  assert_true(largest(m * n, back, a) <= eps * (1 + largest(m * n, a, NULL)));
  assert_true(column_defect(m, columns, q) <= eps);
  for (int64_t i = 0; i < columns; i++)
    for (int64_t j = 0; j < n; j++) {
      if (j < i) assert_true(r[i * n + j] == 0);
      if (j == i) assert_true(cimag(r[i * n + j]) == 0 && creal(r[i * n + j]) >= 0);
    }
  free(back);
}

static void check_size(tsr_dtype dtype, tsr_qr_kind kind, int64_t m, int64_t n, double scale) {
  tsr_builder *b;
  const int64_t batch = 3, columns = kind == TSR_QR_COMPLETE ? m : least(m, n);
  number *a = calloc((size_t)(batch * m * n + 1), sizeof *a);
  number *q = calloc((size_t)(batch * m * columns + 1), sizeof *q);
  number *r = calloc((size_t)(batch * columns * n + 1), sizeof *r);
  fill_random(17, is_complex(dtype), batch * m * n, a);
  for (int64_t i = 0; i < batch * m * n; i++)
    a[i] *= scale;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, dtype, TSR_DIMS(batch, m, n), a);
  read_value(b, v, batch * m * n, a); /* as rounded to dtype */
  tsr_qr_result d = tsr_qr(b, v, kind);
  read_value(b, d.q, batch * m * columns, q);
  read_value(b, d.r, batch * columns * n, r);
  for (int64_t i = 0; i < batch * m * n; i++)
    a[i] /= scale;
  for (int64_t i = 0; i < batch * columns * n; i++)
    r[i] /= scale;
  for (int64_t i = 0; i < batch; i++)
    check_matrix(dtype, m, n, columns, a + i * m * n, q + i * m * columns, r + i * columns * n);
  tsr_builder_close(b);
  free(a), free(q), free(r);
}

static void test_all_dtypes_shapes_and_kinds(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {1,  1 },
      {2,  2 },
      {5,  3 },
      {3,  5 },
      {1,  4 },
      {4,  1 },
      {7,  7 },
      {40, 6 },
      {6,  40},
      {0,  3 },
      {3,  0 },
      {0,  0 }
  };
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      check_size(all_dtypes[d], TSR_QR_REDUCED, sizes[i][0], sizes[i][1], 1);
      check_size(all_dtypes[d], TSR_QR_COMPLETE, sizes[i][0], sizes[i][1], 1);
    }
}

static void test_huge_and_tiny_elements_are_no_trouble(void **state) {
  (void)state;
  check_size(TSR_F64, TSR_QR_REDUCED, 6, 4, 0x1p+1000);
  check_size(TSR_C128, TSR_QR_REDUCED, 4, 6, 0x1p+1000);
  check_size(TSR_F64, TSR_QR_REDUCED, 6, 4, 0x1p-900);
  check_size(TSR_F32, TSR_QR_COMPLETE, 6, 4, 0x1p+120);
}

/* [[3, 0], [4, 5]]: columns of lengths 5 and 5, the second 3 away from the first */
static void test_a_known_matrix(void **state) {
  (void)state;
  tsr_builder *b;
  double q[4], r[4];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){3, 0, 4, 5});
  tsr_qr_result d = tsr_qr(b, a, TSR_QR_REDUCED);
  assert_ok(tsr_read(b, d.q, q, sizeof q));
  assert_ok(tsr_read(b, d.r, r, sizeof r));
  assert_close(q, ((double[]){0.6, -0.8, 0.8, 0.6}), 4, 1e-15, 1e-15);
  assert_close(r, ((double[]){5, 4, 0, 3}), 4, 1e-15, 1e-15);
  tsr_builder_close(b);
}

/* The diagonal is not negative, so a matrix that is upper triangular already, with such a
 * diagonal, is its own r; with another diagonal its phases are in q.
 */
static void test_phases_of_a_triangle_go_into_q(void **state) {
  (void)state;
  tsr_builder *b;
  number a[9] = {2, 1, I, 0, -3, 1, 0, 0, 4 * I}, q[9], r[9];
  const number phases[3] = {1, -1, I};
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_qr_result d = tsr_qr(b, value_of(b, TSR_C128, TSR_DIMS(3, 3), a), TSR_QR_REDUCED);
  read_value(b, d.q, 9, q);
  read_value(b, d.r, 9, r);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      assert_true(cabs(q[3 * i + j] - (i == j ? phases[i] : 0)) <= 1e-15);
      assert_true(cabs(r[3 * i + j] - conj(phases[i]) * a[3 * i + j]) <= 1e-14);
    }
  tsr_builder_close(b);
}

/* Dependent columns: r has zeros, q is orthonormal all the same. */
static void test_dependent_columns_leave_q_orthonormal(void **state) {
  (void)state;
  tsr_builder *b;
  number a[15] = {0}, q[15], r[9];
  for (int same = 0; same < 2; same++) {
    for (int i = 0; i < 15; i++)
      a[i] = same * (1 + i / 3);
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_qr_result d = tsr_qr(b, value_of(b, TSR_C128, TSR_DIMS(5, 3), a), TSR_QR_REDUCED);
    read_value(b, d.q, 15, q);
    read_value(b, d.r, 9, r);
    check_matrix(TSR_C128, 5, 3, 3, a, q, r);
    tsr_builder_close(b);
  }
}

/* Column-major, reversed and spread operands hold the same numbers, hence the same bits. */
static void test_any_strides_give_the_same_bits(void **state) {
  (void)state;
  double a[24], turned[24], q[2][12], r[2][9];
  uint64_t seed = 5;
  tsr_builder *b;
  for (int i = 0; i < 12; i++)
    a[i] = random_part(&seed);
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 3; j++)
      turned[j * 8 + 2 * (3 - i)] = a[3 * i + j]; /* a[i, j] at 6 - 2 i + 8 j */
  tsr_tensor *base = NULL, *view = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(24), turned, &base));
  assert_ok(tsr_tensor_view(base, 6, TSR_DIMS(4, 3), (int64_t[]){-2, 8}, &view));
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_value in[] = {tsr_from_data(b, TSR_F64, TSR_DIMS(4, 3), a), tsr_from_tensor(b, view)};
  for (int k = 0; k < 2; k++) {
    tsr_qr_result d = tsr_qr(b, in[k], TSR_QR_REDUCED);
    assert_ok(tsr_read(b, d.q, q[k], sizeof q[k]));
    assert_ok(tsr_read(b, d.r, r[k], sizeof r[k]));
  }
  assert_memory_equal(q[0], q[1], sizeof q[0]);
  assert_memory_equal(r[0], r[1], sizeof r[0]);
  tsr_builder_close(b);
  tsr_tensor_release(view);
  tsr_tensor_release(base);
}

static void check_strided_results(tsr_qr_kind kind, int64_t columns) {
  tsr_builder *b;
  tsr_program *p = NULL;
  double a[6], q[9], r[6];
  number wide_a[6], wide_q[9], wide_r[6];
  uint64_t seed = 9;
  for (int i = 0; i < 6; i++)
    wide_a[i] = a[i] = random_part(&seed);
  assert_ok(tsr_trace_open(rt, &b));
  tsr_qr_result d = tsr_qr(b, matrix_input(b, TSR_F64, 3, 2), kind);
  assert_ok(tsr_compile(b, TSR_VALUES(d.q, d.r), &p));
  tsr_tensor *in = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 2), a, &in));
  for (int how = 0; how < 8; how++) {
    tsr_tensor *out[] = {strided_target(3, columns, how), strided_target(columns, 2, how)};
    assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(in), (tsr_tensor_list){out, 2}));
    assert_ok(tsr_tensor_read(out[0], q, (size_t)(3 * columns) * sizeof *q));
    assert_ok(tsr_tensor_read(out[1], r, (size_t)(2 * columns) * sizeof *r));
    for (int64_t i = 0; i < 3 * columns; i++)
      wide_q[i] = q[i];
    for (int64_t i = 0; i < 2 * columns; i++)
      wide_r[i] = r[i];
    check_matrix(TSR_F64, 3, 2, columns, wide_a, wide_q, wide_r);
    tsr_tensors_release(out, 2);
  }
  tsr_tensor_release(in);
  tsr_program_release(p);
}
static void test_results_go_into_any_strides(void **state) {
  (void)state;
  check_strided_results(TSR_QR_REDUCED, 2);
  check_strided_results(TSR_QR_COMPLETE, 3);
}

/* Nobody reads q: it is not computed, and r has the same bits. */
static void test_r_alone_is_the_same(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {6, 4},
      {4, 4},
      {3, 5}
  };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (tsr_qr_kind kind = TSR_QR_REDUCED; kind <= TSR_QR_COMPLETE; kind++) {
      double a[24], r[2][24];
      uint64_t seed = 3;
      for (int k = 0; k < 24; k++)
        a[k] = random_part(&seed);
      tsr_tensor *in = NULL;
      const int64_t rows = kind == TSR_QR_COMPLETE ? sizes[i][0] : least(sizes[i][0], sizes[i][1]);
      assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(sizes[i][0], sizes[i][1]), a, &in));
      for (int both = 0; both < 2; both++) {
        tsr_builder *b = trace();
        tsr_tensor *out[2] = {NULL, NULL};
        tsr_qr_result d = tsr_qr(b, matrix_input(b, TSR_F64, sizes[i][0], sizes[i][1]), kind);
        tsr_program *p = compiled(b, both ? TSR_VALUES(d.r, d.q) : TSR_VALUES(d.r));
        assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), out, 1 + both));
        assert_ok(tsr_tensor_read(out[0], r[both], (size_t)(rows * sizes[i][1]) * sizeof(double)));
        tsr_tensors_release(out, (size_t)(1 + both));
        tsr_program_release(p);
      }
      assert_memory_equal(r[0], r[1], (size_t)(rows * sizes[i][1]) * sizeof(double));
      tsr_tensor_release(in);
    }
}

static void test_what_is_not_finite_is_named_and_the_rest_is_done(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  double a[12], r[12];
  for (int i = 0; i < 12; i++)
    a[i] = i % 5;
  a[6] = NAN;
  a[11] = INFINITY;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value v = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2), tsr_dim_of(2)));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_qr(b, v, TSR_QR_REDUCED).r), &p));
  const tsr_status status = run_and_read(p, TSR_F64, TSR_DIMS(3, 2, 2), a, TSR_DIMS(3, 2, 2), r);
  assert_error_says(status, TSR_ERR_NUMERIC, "qr", "batch 1", "not finite");
  assert_true(r[0] > 0 && isnan(r[4]) && isnan(r[7]) && isnan(r[11]));
}

static tsr_value complete_factor_of(tsr_builder *b, tsr_value a) {
  return tsr_qr(b, a, TSR_QR_COMPLETE).q;
}
static void test_a_batch_of_none(void **state) {
  (void)state;
  check_a_batch_of_none(complete_factor_of);
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  const tsr_dim two = tsr_dim_of(2);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  assert_refused(b, tsr_qr(b, tsr_ones(b, TSR_F64, TSR_SHAPE(two)), TSR_QR_REDUCED), TSR_ERR_SHAPE,
                 "qr", "rank 1");
  assert_refused(b, tsr_qr(b, tsr_ones(b, TSR_I32, TSR_SHAPE(two, two)), TSR_QR_REDUCED),
                 TSR_ERR_DTYPE, "qr", "i32");
  (void)tsr_qr(b, tsr_ones(b, TSR_F32, TSR_SHAPE(two, two)), (tsr_qr_kind)9);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "kind 9");
  tsr_builder_close(b);
  assert_ok(tsr_trace_open(rt, &b));
  (void)tsr_qr(b, matrix_input(b, TSR_F32, INT64_C(1) << 32, 1), TSR_QR_REDUCED);
  assert_error_says(tsr_builder_status(b), TSR_ERR_LIMIT, "4294967296");
  tsr_builder_close(b);
}

static tsr_value reduced_factor_of(tsr_builder *b, tsr_value a) {
  return tsr_qr(b, a, TSR_QR_REDUCED).q;
}
static void test_threads_do_not_change_bits(void **state) {
  (void)state;
  check_threads_do_not_change_bits(reduced_factor_of);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_dtypes_shapes_and_kinds),
      cmocka_unit_test(test_huge_and_tiny_elements_are_no_trouble),
      cmocka_unit_test(test_a_known_matrix),
      cmocka_unit_test(test_phases_of_a_triangle_go_into_q),
      cmocka_unit_test(test_dependent_columns_leave_q_orthonormal),
      cmocka_unit_test(test_any_strides_give_the_same_bits),
      cmocka_unit_test(test_results_go_into_any_strides),
      cmocka_unit_test(test_r_alone_is_the_same),
      cmocka_unit_test(test_what_is_not_finite_is_named_and_the_rest_is_done),
      cmocka_unit_test(test_a_batch_of_none),
      cmocka_unit_test(test_wrong_operands_are_refused),
      cmocka_unit_test(test_threads_do_not_change_bits),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
