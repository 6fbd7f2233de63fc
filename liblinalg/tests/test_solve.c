/* test_solve.c - linear systems: residuals, strides, failures, derivatives. */
#include "linalg_test.h"

/* |a x - rhs| <= 20 n eps (|a| |x| + |rhs|) */
static void check_residual(double eps, int64_t n, int64_t k, const number *a, const number *x,
                           const number *rhs) {
  number *ax = calloc((size_t)(n * k + 1), sizeof *ax);
  times(n, n, k, a, x, ax);
  double scale =
      (double)n * largest(n * n, a, NULL) * largest(n * k, x, NULL) + largest(n * k, rhs, NULL);
  assert_true(largest(n * k, ax, rhs) <= 20 * (double)(n + 1) * eps * scale);
  free(ax);
}

static void check_size(tsr_dtype dtype, int64_t batch, int64_t n, int64_t k) {
  tsr_builder *b;
  number *a = calloc((size_t)(batch * n * n + 1), sizeof *a);
  number *rhs = calloc((size_t)(batch * n * k + 1), sizeof *rhs);
  number *x = calloc((size_t)(batch * n * k + 1), sizeof *x);
  fill_random(3, is_complex(dtype), batch * n * n, a);
  fill_random(4, is_complex(dtype), batch * n * k, rhs);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value va = value_of(b, dtype, TSR_DIMS(batch, n, n), a);
  tsr_value vr = value_of(b, dtype, TSR_DIMS(batch, n, k), rhs);
  read_value(b, va, batch * n * n, a);
  read_value(b, vr, batch * n * k, rhs);
  read_value(b, tsr_solve(b, va, vr), batch * n * k, x);
  for (int64_t i = 0; i < batch; i++)
    check_residual(eps_of(dtype), n, k, a + i * n * n, x + i * n * k, rhs + i * n * k);
  tsr_builder_close(b);
  free(a), free(rhs), free(x);
}

static void test_all_dtypes_and_sizes(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    check_size(all_dtypes[d], 1, 1, 1);
    check_size(all_dtypes[d], 3, 4, 2);
    check_size(all_dtypes[d], 2, 33, 5);
    check_size(all_dtypes[d], 2, 20, 100);
    check_size(all_dtypes[d], 0, 3, 2);
    check_size(all_dtypes[d], 2, 0, 2);
    check_size(all_dtypes[d], 2, 3, 0);
  }
}

/* [[1, 2], [3, 5]] x = (1, 2) has x = (-1, 1). */
static void test_a_vector_is_one_right_hand_side(void **state) {
  (void)state;
  tsr_builder *b;
  double x[2];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){1, 2, 3, 5});
  tsr_value r = tsr_from_data(b, TSR_F64, TSR_DIMS(2), (double[]){1, 2});
  assert_ok(tsr_read(b, tsr_solve(b, a, r), x, sizeof x));
  assert_close(x, ((double[]){-1, 1}), 2, 1e-14, 0.0);
  /* a complex right-hand side of a real matrix */
  number z[2];
  tsr_value c = tsr_complex(b, r, tsr_neg(b, r));
  assert_ok(tsr_read(b, tsr_solve(b, a, c), z, sizeof z));
  assert_true(cabs(z[0] - (-1 + I)) < 1e-14 && cabs(z[1] - (1 - I)) < 1e-14);
  tsr_builder_close(b);
}

/* Shapes that broadcast, against solving one by one. */
static void check_broadcast(tsr_dims a_dims, tsr_dims r_dims, int64_t batch, const int *a_of,
                            const int *r_of) {
  enum {
    N = 3,
    K = 2
  };
  tsr_builder *b;
  number a[6 * N * N], r[6 * N * K], x[6 * N * K];
  int64_t a_count = 1, r_count = 1;
  for (size_t i = 0; i < a_dims.n; i++)
    a_count *= a_dims.data[i];
  for (size_t i = 0; i < r_dims.n; i++)
    r_count *= r_dims.data[i];
  fill_random(5, true, a_count, a);
  fill_random(6, true, r_count, r);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value va = value_of(b, TSR_C128, a_dims, a), vr = value_of(b, TSR_C128, r_dims, r);
  read_value(b, tsr_solve(b, va, vr), batch * N * K, x);
  for (int64_t i = 0; i < batch; i++)
    check_residual(2.3e-16, N, K, a + a_of[i] * N * N, x + i * N * K, r + r_of[i] * N * K);
  tsr_builder_close(b);
}

static void test_leading_axes_broadcast(void **state) {
  (void)state;
  const int zero[6] = {0}, count[6] = {0, 1, 2, 3, 4, 5};
  const int inner[6] = {0, 1, 2, 0, 1, 2}, outer[6] = {0, 0, 0, 1, 1, 1};
  check_broadcast(TSR_DIMS(3, 3), TSR_DIMS(2, 3, 3, 2), 6, zero, count);
  check_broadcast(TSR_DIMS(2, 3, 3, 3), TSR_DIMS(3, 2), 6, count, zero);
  check_broadcast(TSR_DIMS(3, 3, 3), TSR_DIMS(2, 1, 3, 2), 6, inner, outer);
  check_broadcast(TSR_DIMS(2, 1, 3, 3), TSR_DIMS(3, 3, 2), 6, outer, inner);
  check_broadcast(TSR_DIMS(1, 3, 3), TSR_DIMS(2, 3, 2), 2, zero, count);
}

static void test_any_strides(void **state) {
  (void)state;
  tsr_builder *b;
  number a[25], at[25], r[10], rt_[10], x[10];
  fill_random(7, true, 25, a);
  fill_random(8, true, 10, r);
  for (int i = 0; i < 5; i++)
    for (int j = 0; j < 5; j++)
      at[j * 5 + i] = a[i * 5 + j];
  for (int i = 0; i < 5; i++)
    for (int j = 0; j < 2; j++)
      rt_[j * 5 + i] = r[i * 2 + j];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value va = tsr_transpose(b, value_of(b, TSR_C128, TSR_DIMS(5, 5), at), TSR_ALL_AXES);
  tsr_value vr = tsr_transpose(b, value_of(b, TSR_C128, TSR_DIMS(2, 5), rt_), TSR_ALL_AXES);
  read_value(b, tsr_solve(b, va, vr), 10, x);
  check_residual(2.3e-16, 5, 2, a, x, r);
  tsr_builder_close(b);
}

static void test_results_go_into_any_strides(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  double a[9], r[6], x[6];
  uint64_t seed = 5;
  for (int i = 0; i < 9; i++)
    a[i] = random_part(&seed);
  for (int i = 0; i < 6; i++)
    r[i] = random_part(&seed);
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value va = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(3)));
  tsr_value vr = tsr_input(b, "r", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2)));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_solve(b, va, vr)), &p));
  tsr_tensor *in[2];
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 3), a, &in[0]));
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 2), r, &in[1]));
  for (int how = 0; how < 8; how++) {
    tsr_tensor *out = strided_target(3, 2, how);
    assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(in[0], in[1]), TSR_TENSORS(out)));
    assert_ok(tsr_tensor_read(out, x, sizeof x));
    for (int i = 0; i < 6; i++) {
      double sum = 0;
      for (int l = 0; l < 3; l++)
        sum += a[i / 2 * 3 + l] * x[l * 2 + i % 2];
      assert_near(sum, r[i], 0.0, 1e-13);
    }
    tsr_tensor_release(out);
  }
  tsr_tensors_release(in, 2);
  tsr_program_release(p);
}

static void test_singular_matrix_is_named_and_the_rest_is_done(void **state) {
  (void)state;
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++) {
    tsr_builder *b;
    tsr_program *p = NULL;
    const double a[] = {1, 0, 0, 0, 2, 0, 0, 0, 4, 1, 2, 4, 1, 1,
                        1, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    double x[9] = {0};
    assert_ok(tsr_trace_open(rt, &b));
    tsr_value v =
        tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(3), tsr_dim_of(3)));
    tsr_value va = tsr_convert(b, v, all_dtypes[d]);
    tsr_value one = tsr_ones(b, all_dtypes[d], TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(1)));
    tsr_value out = tsr_convert(b, tsr_real(b, tsr_solve(b, va, one)), TSR_F64);
    assert_ok(tsr_compile(b, TSR_VALUES(out), &p));
    const tsr_status status = run_and_read(p, TSR_F64, TSR_DIMS(3, 3, 3), a, TSR_DIMS(3, 3, 1), x);
    assert_error_says(status, TSR_ERR_NUMERIC, "lu", "batch 1",
                      "matrix is singular: pivot 2 is zero");
    assert_true(x[0] == 1 && x[1] == 0.5 && x[2] == 0.25);
    for (int i = 3; i < 9; i++)
      assert_true(isnan(x[i]));
  }
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value wide = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_value square = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){2, 1, 1, 2});
  assert_refused(b, tsr_solve(b, wide, square), TSR_ERR_SHAPE, "solve", "f64[2, 3]");
  assert_refused(b, tsr_solve(b, square, tsr_transpose(b, wide, TSR_ALL_AXES)), TSR_ERR_SHAPE,
                 "solve", "f64[3, 2]");
  assert_refused(b, tsr_solve(b, square, tsr_scalar(b, 1)), TSR_ERR_SHAPE, "rank 0");
  assert_refused(b, tsr_solve(b, tsr_convert(b, square, TSR_I64), wide), TSR_ERR_DTYPE, "i64",
                 "f64");
  const tsr_dim n2 = tsr_dim_of(2);
  tsr_value two = tsr_broadcast_to(b, square, TSR_SHAPE(n2, n2, n2));
  tsr_value three = tsr_broadcast_to(b, square, TSR_SHAPE(tsr_dim_of(3), n2, n2));
  (void)tsr_solve(b, two, three);
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "solve", "f64[2, 2, 2]", "f64[3, 2, 2]");
  tsr_builder_close(b);
}

/* ---- derivatives ---- */

/* Re sum conj(w) a^-1 rhs, with a in the first rows of [5, 3] and rhs in the others. */
typedef struct linear_system {
  bool batched; /* (a, a^T) and (rhs, rhs^2) instead */
} linear_system;

static tsr_value rows(tsr_builder *b, tsr_value x, int64_t from, int64_t to) {
  return tsr_slice(b, x, TSR_SHAPE(tsr_dim_of(from), tsr_dim_of(0)),
                   TSR_SHAPE(tsr_dim_of(to), tsr_dim_of(3)), TSR_NO_AXES);
}

static tsr_status solve_loss(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const linear_system *s = ctx;
  number w[12];
  tsr_type type;
  TSR_TRY(tsr_value_type(b, in[0], &type));
  tsr_value a = rows(b, in[0], 0, 3), rhs = tsr_transpose(b, rows(b, in[0], 3, 5), TSR_ALL_AXES);
  if (s->batched) {
    rhs = tsr_concatenate(b,
                          TSR_VALUES(tsr_expand_dims(b, rhs, TSR_AXES(0)),
                                     tsr_expand_dims(b, tsr_mul(b, rhs, rhs), TSR_AXES(0))),
                          0);
    a = tsr_concatenate(
        b,
        TSR_VALUES(tsr_expand_dims(b, a, TSR_AXES(0)),
                   tsr_expand_dims(b, tsr_transpose(b, a, TSR_ALL_AXES), TSR_AXES(0))),
        0);
  }
  fill_random(9, is_complex(type.dtype), 12, w);
  tsr_value weights = value_of(b, type.dtype, TSR_DIMS(2, 3, 2), w);
  tsr_value x = tsr_mul(b, tsr_conj(b, weights), tsr_solve(b, a, rhs));
  out[0] = tsr_sum(b, tsr_real(b, x), TSR_ALL_AXES);
  return tsr_builder_status(b);
}

static void test_gradient_in_matrix_and_right_hand_side(void **state) {
  (void)state;
  for (int c = 0; c < 2; c++)
    for (int batched = 0; batched < 2; batched++) {
      number x[15];
      linear_system s = {batched};
      fill_random(31, c, 15, x);
      for (int i = 0; i < 3; i++)
        x[i * 4] += 2; /* well away from singular */
      check_gradient(solve_loss, &s, TSR_DIMS(5, 3), c ? TSR_C128 : TSR_F64, x, 1e-7);
    }
}

/* Re sum conj(w) a^-1 rhs has the gradient a^-H w in rhs: the adjoint system, by the same factors. */
typedef struct adjoint_system {
  tsr_dtype dtype;
  int64_t n, k;
  const number *a, *w;
} adjoint_system;

static tsr_status paired_loss(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const adjoint_system *s = ctx;
  tsr_value a = value_of(b, s->dtype, TSR_DIMS(s->n, s->n), s->a);
  tsr_value w = value_of(b, s->dtype, TSR_DIMS(s->n, s->k), s->w);
  tsr_value x = tsr_mul(b, tsr_conj(b, w), tsr_solve(b, a, in[0]));
  out[0] = tsr_sum(b, tsr_real(b, x), TSR_ALL_AXES);
  return tsr_builder_status(b);
}

static void test_the_gradient_in_rhs_solves_the_adjoint_system(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {5,  2 },
      {5,  20},
      {21, 3 }
  };
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      tsr_builder *b;
      tsr_value loss, grad;
      const tsr_dtype dtype = all_dtypes[d];
      const int64_t n = sizes[i][0], k = sizes[i][1];
      number a[21 * 21], ah[21 * 21], w[100], g[100];
      fill_random(41, is_complex(dtype), n * n, a);
      fill_random(42, is_complex(dtype), n * k, w);
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value ones = tsr_ones(b, dtype, TSR_SHAPE(tsr_dim_of(n), tsr_dim_of(k)));
      adjoint_system s = {dtype, n, k, a, w};
      assert_ok(tsr_value_and_grad_of(b, paired_loss, &s, TSR_VALUES(ones), &loss, &grad));
      read_value(b, grad, n * k, g);
      read_value(b, value_of(b, dtype, TSR_DIMS(n, n), a), n * n, a);
      read_value(b, value_of(b, dtype, TSR_DIMS(n, k), w), n * k, w);
      tsr_builder_close(b);
      for (int64_t r = 0; r < n; r++)
        for (int64_t c = 0; c < n; c++)
          ah[c * n + r] = conj(a[r * n + c]);
      check_residual(eps_of(dtype), n, k, ah, g, w);
    }
}

/* f(a) = r^T a^-1 r has H d = -(second differential); against differences of the gradient. */
static tsr_status quadratic(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_value r = data_value(b, TSR_F64, TSR_DIMS(3), (double[]){1, -2, 0.5});
  out[0] = tsr_sum(b, tsr_mul(b, r, tsr_solve(b, in[0], r)), TSR_ALL_AXES);
  return tsr_builder_status(b);
}

static void gradient_of_quadratic(const double *a, double *g) {
  tsr_builder *b;
  tsr_value loss, grad;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 3), a);
  assert_ok(tsr_value_and_grad_of(b, quadratic, NULL, TSR_VALUES(v), &loss, &grad));
  assert_ok(tsr_read(b, grad, g, 9 * sizeof *g));
  tsr_builder_close(b);
}

static void test_second_derivative(void **state) {
  (void)state;
  tsr_builder *b;
  double a[9] = {3, 1, 0, -1, 2, 1, 0.5, 0, 2}, d[9], up[9], down[9], gu[9], gd[9], got[9];
  uint64_t seed = 8;
  const double h = 1e-5;
  for (int i = 0; i < 9; i++) {
    d[i] = random_part(&seed);
    up[i] = a[i] + h * d[i];
    down[i] = a[i] - h * d[i];
  }
  gradient_of_quadratic(up, gu);
  gradient_of_quadratic(down, gd);
  for (int i = 0; i < 9; i++)
    gu[i] = (gu[i] - gd[i]) / (2 * h);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value va = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 3), a);
  tsr_value vd = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 3), d), hd;
  assert_ok(tsr_hvp_of(b, quadratic, NULL, TSR_VALUES(va), TSR_VALUES(vd), &hd));
  assert_ok(tsr_read(b, hd, got, sizeof got));
  assert_close(got, gu, 9, 1e-8, 1e-8);
  tsr_builder_close(b);
}

static void test_gradient_factors_once_and_solves_twice(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value a = tsr_input(b, "a", TSR_F64, TSR_SHAPE(n, n));
  tsr_value r = tsr_input(b, "r", TSR_F64, TSR_SHAPE(n));
  tsr_value loss = tsr_sum(b, tsr_solve(b, a, r), TSR_ALL_AXES), g[2];
  assert_ok(tsr_grads(b, loss, TSR_VALUES(a, r), g));
  assert_ok(tsr_compile(b, TSR_VALUES(loss, g[0], g[1]), &p));
  assert_int_equal(tsr_program_count(p, "tessera.linalg.lu.v1"), 1);
  assert_int_equal(tsr_program_count(p, "tessera.linalg.solve.v1"), 2);
  tsr_program_release(p);
}

static tsr_status solve_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_solve(b, in[0], in[1]);
  return tsr_builder_status(b);
}

/* Mapped matrices, right-hand sides or both, nested once, against the batched call. */
static void test_vmap_of_either_operand(void **state) {
  (void)state;
  tsr_builder *b;
  number a[2 * 9], r[2 * 6], x[2 * 6];
  static const int64_t axes[][2] = {
      {0,              0             },
      {0,              TSR_NOT_MAPPED},
      {TSR_NOT_MAPPED, 0             }
  };
  fill_random(71, true, 18, a);
  fill_random(72, true, 12, r);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  for (int k = 0; k < 3; k++) {
    const bool ma = axes[k][0] == 0, mr = axes[k][1] == 0;
    tsr_value va =
        ma ? value_of(b, TSR_C128, TSR_DIMS(2, 3, 3), a) : value_of(b, TSR_C128, TSR_DIMS(3, 3), a);
    tsr_value vr =
        mr ? value_of(b, TSR_C128, TSR_DIMS(2, 3, 2), r) : value_of(b, TSR_C128, TSR_DIMS(3, 2), r);
    tsr_value z;
    assert_ok(tsr_vmap(b, solve_body, NULL, TSR_VALUES(va, vr), (tsr_axes){axes[k], 2}, 1,
                       TSR_NO_AXES, &z));
    read_value(b, z, 12, x);
    for (int i = 0; i < 2; i++)
      check_residual(2.3e-16, 3, 2, a + (ma ? i * 9 : 0), x + i * 6, r + (mr ? i * 6 : 0));
  }
  tsr_builder_close(b);
}

static tsr_status vmapped_loss(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_value x;
  TSR_TRY(tsr_vmap(b, solve_body, NULL, TSR_VALUES(in[0], tsr_mul(b, in[0], in[0])), TSR_NO_AXES, 1,
                   TSR_NO_AXES, &x));
  out[0] = tsr_sum(b, tsr_real(b, tsr_mul(b, x, x)), TSR_ALL_AXES);
  return tsr_builder_status(b);
}

static void test_gradient_through_vmap(void **state) {
  (void)state;
  number a[8];
  fill_random(81, true, 8, a);
  a[0] += 2, a[3] += 2, a[4] += 2, a[7] += 2;
  check_gradient(vmapped_loss, NULL, TSR_DIMS(2, 2, 2), TSR_C128, a, 1e-6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_dtypes_and_sizes),
      cmocka_unit_test(test_a_vector_is_one_right_hand_side),
      cmocka_unit_test(test_leading_axes_broadcast),
      cmocka_unit_test(test_any_strides),
      cmocka_unit_test(test_results_go_into_any_strides),
      cmocka_unit_test(test_singular_matrix_is_named_and_the_rest_is_done),
      cmocka_unit_test(test_wrong_operands_are_refused),
      cmocka_unit_test(test_gradient_in_matrix_and_right_hand_side),
      cmocka_unit_test(test_the_gradient_in_rhs_solves_the_adjoint_system),
      cmocka_unit_test(test_second_derivative),
      cmocka_unit_test(test_gradient_factors_once_and_solves_twice),
      cmocka_unit_test(test_vmap_of_either_operand),
      cmocka_unit_test(test_gradient_through_vmap),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
