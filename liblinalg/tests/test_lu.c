/* test_lu.c - factors with row interchanges: residuals, pivots, singular matrices, solves. */
#include "systems_test.h"

/* a = p l u, the shapes of all three, and pivots and permutation that say the same as p. */
static void check_factors(tsr_dtype dtype, int64_t batch, int64_t m, int64_t n) {
  tsr_builder *b;
  const int64_t k = m < n ? m : n;
  number *a = numbers(batch * m * n), *p = numbers(batch * m * m), *l = numbers(batch * m * k),
         *u = numbers(batch * k * n), *pl = numbers(m * k);
  int32_t *pivots = calloc((size_t)(batch * k + 1), sizeof *pivots);
  int32_t *order = calloc((size_t)(batch * m + 1), sizeof *order);
  fill_random(3, is_complex(dtype), batch * m * n, a);
  round_to(dtype, batch * m * n, a);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_value v = value_of(b, dtype, TSR_DIMS(batch, m, n), a);
  const tsr_lu_result r = tsr_lu(b, v);
  const tsr_lu_factors f = tsr_lu_factor(b, v);
  read_value(b, r.p, batch * m * m, p);
  read_value(b, r.l, batch * m * k, l);
  read_value(b, r.u, batch * k * n, u);
  assert_ok(tsr_read(b, f.pivots, pivots, (size_t)(batch * k) * sizeof *pivots));
  assert_ok(tsr_read(b, f.permutation, order, (size_t)(batch * m) * sizeof *order));
  tsr_builder_close(b);
  for (int64_t q = 0; q < batch; q++) {
    const number *lq = l + q * m * k, *uq = u + q * k * n, *pq = p + q * m * m;
    int32_t *swapped = calloc((size_t)(m + 1), sizeof *swapped);
    for (int64_t i = 0; i < m; i++)
      swapped[i] = (int32_t)i;
    for (int64_t i = 0; i < k; i++) {
      const int32_t with = pivots[q * k + i], kept = swapped[i];
      assert_in_range(with, i, m - 1);
      swapped[i] = swapped[with];
      swapped[with] = kept;
    }
    for (int64_t i = 0; i < m; i++) {
      assert_int_equal(swapped[i], order[q * m + i]);
      for (int64_t j = 0; j < m; j++)
        assert_true(pq[i * m + j] == (order[q * m + j] == i));
    }
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < k; j++) {
        assert_true(i > j || lq[i * k + j] == (i == j));
        assert_true(cabs(lq[i * k + j]) < 1.5); /* |re| + |im| of a pivot is the largest */
      }
    for (int64_t i = 0; i < k; i++)
      for (int64_t j = 0; j < i && j < n; j++)
        assert_true(uq[i * n + j] == 0);
    times(m, m, k, pq, lq, pl);
    /* Higham, theorem 9.3: |l u - a| <= k eps |l| |u| */
    const double bound = 4 * (double)(k * k + 1) * eps_of(dtype) * (1 + largest(k * n, uq, NULL));
    check_product(m, k, n, pl, uq, a + q * m * n, bound);
    free(swapped);
  }
  free(a), free(p), free(l), free(u), free(pl), free(pivots), free(order);
}

static void test_the_product_of_the_factors_is_the_matrix(void **state) {
  (void)state;
  static const int64_t sizes[][3] = {
      {1, 1,  1 },
      {3, 4,  4 },
      {2, 7,  3 },
      {2, 3,  7 },
      {1, 90, 90},
      {1, 80, 9 },
      {2, 1,  5 },
      {2, 5,  1 },
      {0, 3,  3 },
      {2, 0,  0 },
      {2, 0,  3 },
      {2, 3,  0 }
  };
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
      check_factors(all_dtypes[d], sizes[s][0], sizes[s][1], sizes[s][2]);
}

/* [[0, 2], [4, 8], [2, 5]]: rows 1, 0, 2, then the second pivot is 2 */
static void test_any_strides(void **state) {
  (void)state;
  tsr_builder *b;
  const number a[] = {0, 2, 4, 8, 2, 5}, packed[] = {4, 8, 0, 2, 0.5, 0.5};
  number lu[6];
  int32_t pivots[2], order[3];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (int how = 0; how < LAYOUTS; how++) {
    const tsr_lu_factors f = tsr_lu_factor(b, strided_value(b, TSR_C128, 3, 2, a, how));
    read_value(b, f.lu, 6, lu);
    assert_ok(tsr_read(b, f.pivots, pivots, sizeof pivots));
    assert_ok(tsr_read(b, f.permutation, order, sizeof order));
    assert_true(largest(6, lu, packed) == 0);
    assert_memory_equal(pivots, ((int32_t[]){1, 1}), sizeof pivots);
    assert_memory_equal(order, ((int32_t[]){1, 0, 2}), sizeof order);
  }
  tsr_builder_close(b);
}

static void test_results_go_into_any_strides(void **state) {
  (void)state;
  const double a[] = {0, 2, 4, 8, 2, 5}, packed[] = {4, 8, 0, 2, 0.5, 0.5};
  double x[6];
  tsr_builder *b = trace();
  tsr_value v = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2)));
  tsr_program *p = compiled(b, TSR_VALUES(tsr_lu_factor(b, v).lu));
  tsr_tensor *in = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 2), a, &in));
  for (int how = 0; how < LAYOUTS; how++) {
    tsr_tensor *out = strided_target(3, 2, how);
    assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(in), TSR_TENSORS(out)));
    assert_ok(tsr_tensor_read(out, x, sizeof x));
    assert_close(x, packed, 6, 0.0, 0.0);
    tsr_tensor_release(out);
  }
  tsr_tensor_release(in);
  tsr_program_release(p);
}

/* Rank one, zeros, NaN: factors all the same, no error, and a product where it is finite. */
static void test_a_singular_matrix_has_factors(void **state) {
  (void)state;
  tsr_builder *b;
  number p[12], l[12], u[12], pl[4];
  const number a[] = {1, 2, 2, 4, 0, 0, 0, 0, 1, NAN, 3, 4};
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    const tsr_lu_result r = tsr_lu(b, value_of(b, all_dtypes[d], TSR_DIMS(3, 2, 2), a));
    read_value(b, r.p, 12, p);
    read_value(b, r.l, 12, l);
    read_value(b, r.u, 12, u);
    tsr_builder_close(b);
    for (int i = 0; i < 2; i++) {
      times(2, 2, 2, p + 4 * i, l + 4 * i, pl);
      check_product(2, 2, 2, pl, u + 4 * i, a + 4 * i, 0.0);
      assert_true(u[4 * i + 3] == 0);
    }
    assert_true(isnan(creal(u[9])) || isnan(creal(u[11])));
  }
}

static void test_one_program_serves_tall_and_wide(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_dim m = tsr_dim_symbol(b, "m"), n = tsr_dim_symbol(b, "n");
  tsr_value v = tsr_input(b, "a", TSR_F64, TSR_SHAPE(m, n));
  const tsr_lu_result r = tsr_lu(b, v);
  tsr_value loss = tsr_sum(b, tsr_matmul(b, r.p, tsr_matmul(b, r.l, r.u)), TSR_ALL_AXES);
  /* the sum of all elements of a, whatever the factors: its gradient is 1 everywhere */
  tsr_program *p = compiled(b, TSR_VALUES(tsr_grad(b, loss, v)));
  static const int64_t sizes[][2] = {
      {3, 3},
      {4, 2},
      {2, 4},
      {1, 3}
  };
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    double a[16], g[16], ones[16];
    uint64_t seed = 4;
    const int64_t count = sizes[s][0] * sizes[s][1];
    for (int64_t i = 0; i < count; i++) {
      a[i] = random_part(&seed);
      ones[i] = 1;
    }
    tsr_tensor *in = NULL, *out = NULL;
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(sizes[s][0], sizes[s][1]), a, &in));
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
    assert_ok(tsr_tensor_read(out, g, (size_t)count * sizeof *g));
    assert_close(g, ones, (size_t)count, 1e-12, 0.0);
    tsr_tensor_release(in);
    tsr_tensor_release(out);
  }
  tsr_program_release(p);
}

static tsr_status sum_of_u(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_sum(b, tsr_lu(b, in[0]).u, TSR_ALL_AXES);
  return tsr_builder_status(b);
}

static void test_the_derivative_at_a_singular_matrix_is_an_error(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_value loss, grad;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){1, 2, 2, 4});
  (void)tsr_value_and_grad_of(b, sum_of_u, NULL, TSR_VALUES(v), &loss, &grad);
  assert_error_says(tsr_builder_status(b), TSR_ERR_NUMERIC, "triangular_solve",
                    "element 1 of its diagonal is zero");
  tsr_builder_close(b);
}

static void test_lu_solve_is_solve(void **state) {
  (void)state;
  enum {
    N = 6,
    K = 2
  };
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    tsr_builder *b;
    const tsr_dtype dtype = all_dtypes[d];
    number a[2 * N * N], rhs[N * K], x[2 * N * K], y[2 * N];
    fill_random(7, is_complex(dtype), 2 * N * N, a);
    fill_random(8, is_complex(dtype), N * K, rhs);
    round_to(dtype, 2 * N * N, a);
    round_to(dtype, N * K, rhs);
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    const tsr_lu_factors f = tsr_lu_factor(b, value_of(b, dtype, TSR_DIMS(2, N, N), a));
    read_value(b, tsr_lu_solve(b, f, value_of(b, dtype, TSR_DIMS(N, K), rhs)), 2 * N * K, x);
    read_value(b, tsr_lu_solve(b, f, value_of(b, dtype, TSR_DIMS(N), rhs)), 2 * N, y);
    tsr_builder_close(b);
    for (int q = 0; q < 2; q++) {
      const double bound = 100 * N * eps_of(dtype);
      check_product(N, N, K, a + q * N * N, x + q * N * K, rhs,
                    bound * (1 + largest(N * K, x + q * N * K, NULL)));
      check_product(N, N, 1, a + q * N * N, y + q * N, rhs,
                    bound * (1 + largest(N, y + q * N, NULL)));
    }
  }
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  assert_refused(b, tsr_lu(b, tsr_scalar(b, 1)), TSR_ERR_SHAPE, "lu_factor", "rank 0");
  tsr_value wide = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  assert_refused(b, tsr_lu_factor(b, tsr_convert(b, wide, TSR_F16)), TSR_ERR_DTYPE, "lu_factor",
                 "f16");
  assert_refused(
      b, tsr_lu_solve(b, tsr_lu_factor(b, wide), tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(3)))),
      TSR_ERR_SHAPE, "2", "3");
  const tsr_lu_factors none = {TSR_NO_VALUE, TSR_NO_VALUE, TSR_NO_VALUE};
  (void)tsr_lu_solve(b, none, wide);
  assert_status(TSR_ERR_ARGUMENT, tsr_builder_status(b));
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_product_of_the_factors_is_the_matrix),
      cmocka_unit_test(test_any_strides),
      cmocka_unit_test(test_results_go_into_any_strides),
      cmocka_unit_test(test_a_singular_matrix_has_factors),
      cmocka_unit_test(test_one_program_serves_tall_and_wide),
      cmocka_unit_test(test_the_derivative_at_a_singular_matrix_is_an_error),
      cmocka_unit_test(test_lu_solve_is_solve),
      cmocka_unit_test(test_wrong_operands_are_refused),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
