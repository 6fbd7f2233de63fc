/* test_lstsq.c - least squares, pseudo-inverse, rank and condition: closed forms, Penrose's
 * equations, derivatives at full and at lower rank.
 */
#include "linalg_test.h"

/* A line through (0, 1), (1, 3), (2, 4), (3, 4): 1.5 + x, at distances -.5 .5 .5 -.5. */
static void test_a_line_through_points(void **state) {
  (void)state;
  tsr_builder *b;
  double x[2], residual, s[2];
  int64_t rank;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(4, 2), (double[]){1, 0, 1, 1, 1, 2, 1, 3});
  tsr_value rhs = tsr_from_data(b, TSR_F64, TSR_DIMS(4), (double[]){1, 3, 4, 4});
  tsr_lstsq_result d = tsr_lstsq(b, a, rhs, TSR_RCOND_DEFAULT);
  assert_ok(tsr_read(b, d.x, x, sizeof x));
  assert_ok(tsr_read(b, d.residuals, &residual, sizeof residual));
  assert_ok(tsr_read(b, d.rank, &rank, sizeof rank));
  assert_ok(tsr_read(b, d.s, s, sizeof s));
  assert_close(x, ((double[]){1.5, 1}), 2, 1e-14, 0.0);
  assert_near(residual, 1, 1e-14, 0.0);
  assert_int_equal(rank, 2);
  assert_near(s[0] * s[1], sqrt(20), 1e-14, 0.0); /* det a^T a = 4 * 14 - 6 * 6 */
  tsr_builder_close(b);
}

/* x + 2 y = 5 has the solution of least norm (1, 2). */
static void test_the_solution_of_least_norm(void **state) {
  (void)state;
  tsr_builder *b;
  double x[2], residual;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const double a[] = {1, 2, 2, 4, 3, 6}, r[] = {5, 10, 15};
  for (int64_t m = 1; m <= 3; m++) {
    tsr_value rhs = tsr_from_data(b, TSR_F64, TSR_DIMS(m, 1), r);
    tsr_lstsq_result d = tsr_lstsq(b, tsr_from_data(b, TSR_F64, TSR_DIMS(m, 2), a), rhs, 1e-10);
    assert_ok(tsr_read(b, d.x, x, sizeof x));
    assert_ok(tsr_read(b, d.residuals, &residual, sizeof residual));
    assert_close(x, ((double[]){1, 2}), 2, 1e-14, 0.0);
    assert_near(residual, 0, 0.0, 1e-26);
  }
  tsr_builder_close(b);
}

static void test_the_cut_is_relative_to_the_largest(void **state) {
  (void)state;
  tsr_builder *b;
  static const double cuts[] = {0.4, 0.5, 0.05, 0, 2};
  static const int64_t want[] = {2, 1, 3, 3, 0};
  const double a[] = {2, 0, 0, 0, 1, 0, 0, 0, 0.2};
  double x[3];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 3), a);
  tsr_value one = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(3)));
  for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
    int64_t rank[2];
    tsr_lstsq_result d = tsr_lstsq(b, v, one, cuts[k]);
    assert_ok(tsr_read(b, d.rank, rank, sizeof *rank));
    assert_ok(tsr_read(b, tsr_matrix_rank(b, v, cuts[k]), rank + 1, sizeof *rank));
    assert_ok(tsr_read(b, d.x, x, sizeof x));
    assert_true(rank[0] == want[k] && rank[1] == want[k]);
    for (int64_t i = 0; i < 3; i++)
      assert_near(x[i], i < rank[0] ? 1 / a[4 * i] : 0, 1e-15, 0.0);
  }
  tsr_builder_close(b);
}

/* a p a = a, p a p = p, a p and p a hermitian (Penrose) */
static void test_penrose_equations(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {5, 3},
      {3, 5},
      {4, 4}
  };
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
      const int64_t m = sizes[k][0], n = sizes[k][1];
      const double eps = 2000 * eps_of(all_dtypes[d]);
      tsr_builder *b;
      number a[16], p[16], ap[25], pa[25], apa[16], pap[16];
      fill_random(61 + k, is_complex(all_dtypes[d]), m * n, a);
      for (int64_t i = 0; i < n; i++)
        a[i] = 2 * a[n + i]; /* rank m - 1, to the bit */
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value v = value_of(b, all_dtypes[d], TSR_DIMS(m, n), a);
      read_value(b, v, m * n, a);
      read_value(b, tsr_pinv(b, v, 1e-5), m * n, p);
      times(m, n, m, a, p, ap);
      times(n, m, n, p, a, pa);
      times(m, m, n, ap, a, apa);
      times(n, n, m, pa, p, pap);
      assert_true(largest(m * n, apa, a) <= eps);
      assert_true(largest(m * n, pap, p) <= eps * (1 + largest(m * n, p, NULL)));
      for (int64_t i = 0; i < m * m; i++)
        assert_true(cabs(ap[i] - conj(ap[i % m * m + i / m])) <= eps);
      for (int64_t i = 0; i < n * n; i++)
        assert_true(cabs(pa[i] - conj(pa[i % n * n + i / n])) <= eps);
      tsr_builder_close(b);
    }
}

static void test_nothing_is_solved_too(void **state) {
  (void)state;
  static const int64_t sizes[][3] = {
      {0, 3, 2},
      {3, 0, 2},
      {0, 0, 1},
      {3, 2, 0}
  };
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    const int64_t m = sizes[k][0], n = sizes[k][1], columns = sizes[k][2];
    tsr_builder *b;
    double x[6], residuals[2];
    int64_t rank;
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_value a = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(m), tsr_dim_of(n)));
    tsr_value rhs = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(m), tsr_dim_of(columns)));
    tsr_lstsq_result d = tsr_lstsq(b, a, rhs, TSR_RCOND_DEFAULT);
    assert_ok(tsr_read(b, d.x, x, (size_t)(n * columns) * sizeof *x));
    assert_ok(tsr_read(b, d.residuals, residuals, (size_t)columns * sizeof *residuals));
    assert_ok(tsr_read(b, d.rank, &rank, sizeof rank));
    for (int64_t i = 0; i < n * columns; i++)
      assert_true(x[i] == 0);
    for (int64_t i = 0; i < columns; i++)
      assert_true(residuals[i] == (double)m);
    assert_int_equal(rank, m && n ? 1 : 0);
    tsr_builder_close(b);
  }
}

static void test_batches_broadcast_and_dtypes_promote(void **state) {
  (void)state;
  tsr_builder *b;
  number a[6], r[12], x[8], alone[4];
  fill_random(71, false, 6, a);
  fill_random(72, true, 12, r);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value one = value_of(b, TSR_F32, TSR_DIMS(3, 2), a);
  tsr_value many = value_of(b, TSR_C128, TSR_DIMS(2, 3, 2), r);
  read_value(b, tsr_lstsq(b, one, many, TSR_RCOND_DEFAULT).x, 8, x);
  read_value(b, one, 6, a);
  for (int i = 0; i < 2; i++) {
    tsr_lstsq_result d = tsr_lstsq(b, value_of(b, TSR_C128, TSR_DIMS(3, 2), a),
                                   value_of(b, TSR_C128, TSR_DIMS(3, 2), r + 6 * i), 0);
    read_value(b, d.x, 4, alone);
    assert_true(largest(4, alone, x + 4 * i) <= 1e-14);
  }
  tsr_builder_close(b);
}

static void test_condition_of_singular_matrices_is_infinite(void **state) {
  (void)state;
  tsr_builder *b;
  double c[3];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 2, 2),
                              (double[]){3, 0, 0, -0.5, 0, 0, 0, 0, 1, 0, 0, 0});
  assert_ok(tsr_read(b, tsr_matrix_cond(b, a), c, sizeof c));
  assert_near(c[0], 6, 1e-15, 0.0);
  assert_true(c[1] == INFINITY && c[2] == INFINITY);
  tsr_builder_close(b);
}

/* ---- derivatives ---- */

static tsr_status lstsq_loss(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  number r[10];
  const int64_t m = tsr_value_dim(b, in[0], 0).n;
  fill_random(81, true, m * 2, r);
  tsr_value rhs = value_of(b, *(const tsr_dtype *)ctx, TSR_DIMS(m, 2), r);
  tsr_lstsq_result d = tsr_lstsq(b, in[0], rhs, TSR_RCOND_DEFAULT);
  out[0] = tsr_add(b, paired(b, d.x, 82), paired(b, d.residuals, 83));
  return tsr_builder_status(b);
}
static tsr_status pinv_loss(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = paired(b, tsr_pinv(b, in[0], TSR_RCOND_DEFAULT), 84);
  return tsr_builder_status(b);
}
/* of the matrix of rank 1 that is x times a fixed row */
static tsr_status pinv_of_rank_1(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  number row[4];
  fill_random(85, true, 4, row);
  tsr_value y = value_of(b, *(const tsr_dtype *)ctx, TSR_DIMS(1, 4), row);
  out[0] = paired(b, tsr_pinv(b, tsr_matmul(b, in[0], y), 1e-8), 84);
  return tsr_builder_status(b);
}

static void test_gradients(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {5, 3},
      {3, 5},
      {4, 4}
  };
  for (int c = 0; c < 2; c++) {
    tsr_dtype dtype = c ? TSR_C128 : TSR_F64;
    number a[16];
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
      const tsr_dims dims = TSR_DIMS(sizes[k][0], sizes[k][1]);
      fill_random(91 + k, c, sizes[k][0] * sizes[k][1], a);
      check_gradient(lstsq_loss, &dtype, dims, dtype, a, 1e-6);
      check_gradient(pinv_loss, NULL, dims, dtype, a, 1e-6);
    }
    fill_random(95, c, 3, a);
    check_gradient(pinv_of_rank_1, &dtype, TSR_DIMS(3, 1), dtype, a, 1e-6);
  }
}

/* At 1 the derivative of the inverse is -d, though all singular values are equal. */
static void test_derivative_at_equal_singular_values(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_value loss, grad;
  number a[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, g[9], w[9];
  fill_random(84, true, 9, w);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(3, 3), a);
  assert_ok(tsr_value_and_grad_of(b, pinv_loss, NULL, TSR_VALUES(v), &loss, &grad));
  read_value(b, grad, 9, g);
  for (int i = 0; i < 9; i++)
    assert_true(cabs(g[i] + w[i]) <= 1e-14);
  tsr_builder_close(b);
}

static tsr_status cond_loss(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_matrix_cond(b, in[0]);
  return tsr_builder_status(b);
}
static void test_gradient_of_the_condition(void **state) {
  (void)state;
  number a[12], zero[12] = {0}, g[12];
  tsr_builder *b;
  tsr_value loss, grad;
  fill_random(99, true, 12, a);
  check_gradient(cond_loss, NULL, TSR_DIMS(4, 3), TSR_C128, a, 1e-6);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_F64, TSR_DIMS(4, 3), zero);
  assert_ok(tsr_value_and_grad_of(b, cond_loss, NULL, TSR_VALUES(v), &loss, &grad));
  read_value(b, grad, 12, g);
  assert_true(largest(12, g, NULL) == 0);
  tsr_builder_close(b);
}

static tsr_status solution(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_lstsq(b, in[0], in[1], TSR_RCOND_DEFAULT).x;
  return tsr_builder_status(b);
}
static void test_vmap_is_the_batch(void **state) {
  (void)state;
  tsr_builder *b;
  number a[24], r[6], x[8], y[8];
  tsr_value mapped;
  fill_random(51, true, 24, a);
  fill_random(52, true, 6, r);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(2, 3, 4), a);
  tsr_value rhs = value_of(b, TSR_C128, TSR_DIMS(2, 3), r);
  assert_ok(
      tsr_vmap(b, solution, NULL, TSR_VALUES(v, rhs), TSR_AXES(0, 0), 1, TSR_NO_AXES, &mapped));
  read_value(b, mapped, 8, x);
  tsr_value columns = tsr_expand_dims(b, rhs, TSR_AXES(-1));
  read_value(b, tsr_lstsq(b, v, columns, TSR_RCOND_DEFAULT).x, 8, y);
  assert_true(largest(8, x, y) <= 1e-13);
  tsr_builder_close(b);
}

/* carry + pinv(x): what stands for an op is found inside of loops, and so is its derivative. */
static tsr_status add_pinv(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], tsr_pinv(b, in[1], TSR_RCOND_DEFAULT));
  return tsr_builder_status(b);
}
static void test_in_a_loop(void **state) {
  (void)state;
  double sum[4], grad[8];
  tsr_builder *b = trace();
  tsr_value a = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2), tsr_dim_of(2)));
  tsr_value zero = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2))), out[2];
  assert_ok(tsr_scan(b, add_pinv, NULL, TSR_VALUES(zero), TSR_VALUES(a), tsr_dim_of(2),
                     TSR_SCAN_FORWARD, 0, out));
  out[1] = tsr_grad(b, tsr_sum(b, out[0], TSR_ALL_AXES), a);
  tsr_program *p = compiled(b, TSR_VALUES(out[0], out[1]));
  tsr_tensor *in = NULL, *results[2];
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(2, 2, 2),
                                 (double[]){2, 0, 0, 2, 1, 0, 0, 4}, &in));
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), results, 2));
  assert_ok(tsr_tensor_read(results[0], sum, sizeof sum));
  assert_ok(tsr_tensor_read(results[1], grad, sizeof grad));
  assert_close(sum, ((double[]){1.5, 0, 0, 0.75}), 4, 1e-14, 1e-15);
  /* -a^-T 1 a^-T */
  assert_close(grad, ((double[]){-0.25, -0.25, -0.25, -0.25, -1, -0.25, -0.25, -0.0625}), 8, 1e-13,
               0.0);
  tsr_tensors_release(results, 2);
  tsr_tensor_release(in);
  tsr_program_release(p);
}

/* The default cut follows sizes that are known when the program runs. */
static void test_symbolic_sizes(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value a =
      tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "m"), tsr_dim_symbol(b, "n")));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_matrix_rank(b, a, TSR_RCOND_DEFAULT)), &p));
  for (int64_t n = 1; n <= 600; n += 599) {
    static double x[2 * 600]; /* diag(1, 100 eps): above the cut of 2 rows, below that of 600 */
    tsr_tensor *in = NULL, *out = NULL;
    int64_t rank;
    x[0] = 1;
    x[(n > 1 ? n : 2) + 1] = 100 * eps_of(TSR_F64);
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(2, n > 1 ? n : 2), x, &in));
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
    assert_ok(tsr_tensor_read(out, &rank, sizeof rank));
    assert_int_equal(rank, n > 1 ? 1 : 2);
    memset(x, 0, sizeof x);
    tsr_tensor_release(in);
    tsr_tensor_release(out);
  }
  tsr_program_release(p);
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  const tsr_dim two = tsr_dim_of(2), three = tsr_dim_of(3);
  double x;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_ones(b, TSR_F64, TSR_SHAPE(three, two)),
            line = tsr_ones(b, TSR_F64, TSR_SHAPE(two));
  assert_refused(b, tsr_lstsq(b, a, line, 0), TSR_ERR_SHAPE, "lstsq", "3 and 2 rows");
  assert_refused(b, tsr_lstsq(b, line, line, 0), TSR_ERR_SHAPE, "lstsq", "rank 1");
  assert_refused(b, tsr_pinv(b, line, 0), TSR_ERR_SHAPE, "rank 1");
  assert_refused(b, tsr_pinv(b, a, NAN), TSR_ERR_ARGUMENT, "pinv", "NaN");
  assert_refused(b, tsr_matrix_cond(b, tsr_ones(b, TSR_U8, TSR_SHAPE(two, two))), TSR_ERR_DTYPE,
                 "u8");
  tsr_value none = tsr_lstsq(b, a, tsr_ones(b, TSR_I32, TSR_SHAPE(three)), 0).x;
  assert_error_says(tsr_builder_status(b), TSR_ERR_DTYPE, "lstsq");
  assert_true(tsr_value_is_none(none));
  tsr_builder_clear(b);
  tsr_value bad = tsr_full(b, TSR_F64, TSR_SHAPE(two, two), NAN);
  assert_error_says(tsr_read(b, tsr_matrix_norm(b, bad, TSR_NORM_NUC), &x, sizeof x),
                    TSR_ERR_NUMERIC, "not finite");
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_line_through_points),
      cmocka_unit_test(test_the_solution_of_least_norm),
      cmocka_unit_test(test_the_cut_is_relative_to_the_largest),
      cmocka_unit_test(test_penrose_equations),
      cmocka_unit_test(test_nothing_is_solved_too),
      cmocka_unit_test(test_batches_broadcast_and_dtypes_promote),
      cmocka_unit_test(test_condition_of_singular_matrices_is_infinite),
      cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_derivative_at_equal_singular_values),
      cmocka_unit_test(test_gradient_of_the_condition),
      cmocka_unit_test(test_vmap_is_the_batch),
      cmocka_unit_test(test_in_a_loop),
      cmocka_unit_test(test_symbolic_sizes),
      cmocka_unit_test(test_wrong_operands_are_refused),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
