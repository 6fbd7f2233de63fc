/* test_svd.c - singular values: residuals in units of eps, shapes, strides, failures. */
#include "linalg_test.h"

/* |a - u s vt| <= 20 k eps |a|, and u, vt have orthonormal columns and rows. */
static void check_matrix(tsr_dtype dtype, tsr_svd_kind kind, int64_t m, int64_t n, const number *a,
                         const number *u, const number *s, const number *vt) {
  const int64_t k = m < n ? m : n;
  const int64_t mu = kind == TSR_SVD_FULL ? m : k, nv = kind == TSR_SVD_FULL ? n : k;
  const double eps = eps_of(dtype) * (double)(20 * (k + 1));
  number *us = calloc((size_t)(m * k + 1), sizeof *us);
  number *vk = calloc((size_t)(k * n + 1), sizeof *vk);
  number *back = calloc((size_t)(m * n + 1), sizeof *back);
  for (int64_t i = 0; i < k; i++) {
    assert_true(cimag(s[i]) == 0 && creal(s[i]) >= 0);
    assert_true(i == 0 || creal(s[i]) <= creal(s[i - 1]));
    for (int64_t j = 0; j < m; j++)
      us[j * k + i] = u[j * mu + i] * s[i];
    for (int64_t j = 0; j < n; j++)
      vk[i * n + j] = vt[i * n + j];
  }
  times(m, k, n, us, vk, back);
  assert_true(largest(m * n, back, a) <= eps * (1 + (k ? creal(s[0]) : 0)));
  assert_true(column_defect(m, mu, u) <= eps);
  assert_true(row_defect(nv, n, vt) <= eps);
  free(us), free(vk), free(back);
}

static void check_size(tsr_dtype dtype, tsr_svd_kind kind, int64_t m, int64_t n) {
  tsr_builder *b;
  const int64_t k = m < n ? m : n, batch = 3;
  const int64_t mu = kind == TSR_SVD_FULL ? m : k, nv = kind == TSR_SVD_FULL ? n : k;
  number *a = calloc((size_t)(batch * m * n + 1), sizeof *a);
  number *u = calloc((size_t)(batch * m * mu + 1), sizeof *u);
  number *s = calloc((size_t)(batch * k + 1), sizeof *s);
  number *t = calloc((size_t)(batch * k + 1), sizeof *t);
  number *vt = calloc((size_t)(batch * nv * n + 1), sizeof *vt);
  fill_random(7, is_complex(dtype), batch * m * n, a);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, dtype, TSR_DIMS(batch, m, n), a);
  read_value(b, v, batch * m * n, a); /* as rounded to dtype */
  tsr_svd_result d = tsr_svd(b, v, kind), values = tsr_svd(b, v, TSR_SVD_VALUES);
  read_value(b, d.u, batch * m * mu, u);
  read_value(b, d.s, batch * k, s);
  read_value(b, d.vt, batch * nv * n, vt);
  read_value(b, values.s, batch * k, t);
  assert_true(tsr_value_is_none(values.u) && tsr_value_is_none(values.vt));
  for (int64_t i = 0; i < batch; i++)
    check_matrix(dtype, kind, m, n, a + i * m * n, u + i * m * mu, s + i * k, vt + i * nv * n);
  assert_true(largest(batch * k, s, t) <= 50 * (double)(k + 1) * eps_of(dtype));
  tsr_builder_close(b);
  free(a), free(u), free(s), free(t), free(vt);
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
      check_size(all_dtypes[d], TSR_SVD_REDUCED, sizes[i][0], sizes[i][1]);
      check_size(all_dtypes[d], TSR_SVD_FULL, sizes[i][0], sizes[i][1]);
    }
}

/* [[3, 0], [4, 5]] has singular values 3 sqrt 5 and sqrt 5. */
static void test_a_known_matrix(void **state) {
  (void)state;
  tsr_builder *b;
  double s[2];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){3, 0, 4, 5});
  assert_ok(tsr_read(b, tsr_svd(b, a, TSR_SVD_VALUES).s, s, sizeof s));
  assert_close(s, ((double[]){3 * sqrt(5), sqrt(5)}), 2, 1e-15, 0.0);
  tsr_builder_close(b);
}

/* The Frobenius norm is that of the values; Hilbert matrices have falling ones. */
static void test_hilbert_matrix_keeps_its_norm(void **state) {
  (void)state;
  enum {
    N = 10
  };
  tsr_builder *b;
  double a[N * N], s[N], norm = 0, sum = 0;
  for (int i = 0; i < N * N; i++) {
    a[i] = 1.0 / (i / N + i % N + 1);
    norm += a[i] * a[i];
  }
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(N, N), a);
  assert_ok(tsr_read(b, tsr_svd(b, v, TSR_SVD_REDUCED).s, s, sizeof s));
  for (int i = 0; i < N; i++)
    sum += s[i] * s[i];
  assert_near(sum, norm, 1e-14, 0.0);
  assert_true(s[N - 1] > 1e-14 && s[N - 1] < 1e-12); /* condition about 1.6e13 */
  tsr_builder_close(b);
}

static void test_any_strides_give_the_same_values(void **state) {
  (void)state;
  tsr_builder *b;
  number a[4 * 6];
  double s[3], t[3];
  fill_random(5, true, 24, a);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(4, 6), a);
  tsr_value part = tsr_slice(b, v, TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(1)),
                             TSR_SHAPE(tsr_dim_of(4), tsr_dim_of(6)), TSR_AXES(1, 2));
  tsr_value other = tsr_transpose(b, part, TSR_ALL_AXES);
  assert_ok(tsr_read(b, tsr_svd(b, part, TSR_SVD_REDUCED).s, s, sizeof s));
  assert_ok(tsr_read(b, tsr_svd(b, other, TSR_SVD_REDUCED).s, t, sizeof t));
  assert_close(s, t, 3, 1e-14, 0.0);
  tsr_builder_close(b);
}

/* Outputs may be any strided memory. */
static void test_results_go_into_any_strides(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  double a[6], u[6], s[2], vt[4], us[6], back[6];
  uint64_t seed = 9;
  for (int i = 0; i < 6; i++)
    a[i] = random_part(&seed);
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value v = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2)));
  tsr_svd_result d = tsr_svd(b, v, TSR_SVD_REDUCED);
  tsr_value row = tsr_expand_dims(b, d.s, TSR_AXES(0));
  assert_ok(tsr_compile(b, TSR_VALUES(d.u, row, d.vt), &p));
  tsr_tensor *in = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 2), a, &in));
  for (int how = 0; how < 8; how++) {
    tsr_tensor *out[] = {strided_target(3, 2, how), strided_target(1, 2, how ^ 4),
                         strided_target(2, 2, how)};
    assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(in), (tsr_tensor_list){out, 3}));
    assert_ok(tsr_tensor_read(out[0], u, sizeof u));
    assert_ok(tsr_tensor_read(out[1], s, sizeof s));
    assert_ok(tsr_tensor_read(out[2], vt, sizeof vt));
    for (int i = 0; i < 6; i++)
      us[i] = u[i] * s[i % 2];
    for (int i = 0; i < 6; i++)
      back[i] = us[i / 2 * 2] * vt[i % 2] + us[i / 2 * 2 + 1] * vt[2 + i % 2];
    assert_close(back, a, 6, 0.0, 1e-14);
    tsr_tensors_release(out, 3);
  }
  tsr_tensor_release(in);
  tsr_program_release(p);
}

/* The gradient of the sum of the values is u vt. */
static void check_gradient_of_the_sum(tsr_program *gradient) {
  tsr_builder *b;
  double a[15], got[15], want[15];
  uint64_t seed = 12;
  for (int i = 0; i < 15; i++)
    a[i] = random_part(&seed);
  tsr_tensor *in = NULL, *out = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(5, 3), a, &in));
  assert_ok(tsr_program_run(gradient, cpu, TSR_TENSORS(in), &out, 1));
  assert_ok(tsr_tensor_read(out, got, sizeof got));
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_svd_result d = tsr_svd(b, tsr_from_tensor(b, in), TSR_SVD_REDUCED);
  assert_ok(tsr_read(b, tsr_matmul(b, d.u, d.vt), want, sizeof want));
  assert_close(got, want, 15, 0.0, 1e-14);
  tsr_builder_close(b);
  tsr_tensor_release(in);
  tsr_tensor_release(out);
}

static void test_unused_vectors_are_not_computed(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL, *q = NULL;
  for (int with_gradient = 0; with_gradient < 2; with_gradient++) {
    assert_ok(tsr_trace_open(rt, &b));
    tsr_dim n = tsr_dim_symbol(b, "n");
    tsr_value a = tsr_input(b, "a", TSR_F64, TSR_SHAPE(n, tsr_dim_of(3)));
    tsr_value s = tsr_svd(b, a, with_gradient ? TSR_SVD_VALUES : TSR_SVD_FULL).s;
    if (with_gradient) s = tsr_grad(b, tsr_sum(b, s, TSR_ALL_AXES), a);
    assert_ok(tsr_compile(b, TSR_VALUES(s), with_gradient ? &q : &p));
  }
  assert_int_equal(tsr_program_count(p, "tessera.linalg.svd.v1"), 0);
  assert_int_equal(tsr_program_count(p, "tessera.linalg.svd_values.v1"), 1);
  assert_int_equal(tsr_program_count(q, "tessera.linalg.svd.v1"), 1);
  assert_int_equal(tsr_program_count(q, "tessera.linalg.svd_values.v1"), 0);
  tsr_program_release(p);
  check_gradient_of_the_sum(q);
  tsr_program_release(q);
}

static void test_what_is_not_finite_is_named_and_the_rest_is_done(void **state) {
  (void)state;
  for (size_t k = 0; k < sizeof all_dtypes / sizeof *all_dtypes; k++) {
    tsr_builder *b;
    tsr_program *p = NULL;
    number a[3 * 4];
    double s[6] = {0};
    fill_random(2, false, 12, a);
    a[6] = k % 2 ? NAN : INFINITY;
    assert_ok(tsr_trace_open(rt, &b));
    tsr_value v =
        tsr_input(b, "a", TSR_C128, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2), tsr_dim_of(2)));
    v = tsr_convert(b, is_complex(all_dtypes[k]) ? v : tsr_real(b, v), all_dtypes[k]);
    tsr_value out = tsr_convert(b, tsr_svd(b, v, TSR_SVD_REDUCED).s, TSR_F64);
    assert_ok(tsr_compile(b, TSR_VALUES(out), &p));
    const tsr_status status = run_and_read(p, TSR_C128, TSR_DIMS(3, 2, 2), a, TSR_DIMS(3, 2), s);
    assert_error_says(status, TSR_ERR_NUMERIC, "svd", "batch 1", "not finite");
    assert_true(s[0] > 0 && isnan(s[2]) && isnan(s[3]) && s[4] > 0);
  }
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  assert_refused(b, tsr_svd(b, tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2))), TSR_SVD_REDUCED),
                 TSR_ERR_SHAPE, "svd", "rank 1");
  assert_refused(
      b, tsr_svd(b, tsr_ones(b, TSR_I32, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2))), TSR_SVD_REDUCED),
      TSR_ERR_DTYPE, "svd", "i32");
  (void)tsr_svd(b, tsr_ones(b, TSR_F32, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2))), (tsr_svd_kind)9);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "kind 9");
  tsr_builder_close(b);
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value wide =
      tsr_input(b, "a", TSR_F32, TSR_SHAPE(tsr_dim_of(INT64_C(1) << 32), tsr_dim_of(1)));
  (void)tsr_svd(b, wide, TSR_SVD_REDUCED);
  assert_error_says(tsr_builder_status(b), TSR_ERR_LIMIT, "4294967296");
  tsr_builder_close(b);
}

static tsr_value left_vectors_of(tsr_builder *b, tsr_value a) {
  return tsr_svd(b, a, TSR_SVD_REDUCED).u;
}
/* LAPACK's integers do not count the work space of this one: said before anything runs. */
static void test_too_large_work_space_is_refused(void **state) {
  (void)state;
  check_too_large_work_space_is_refused(left_vectors_of, 30000);
}

static void test_threads_do_not_change_bits(void **state) {
  (void)state;
  check_threads_do_not_change_bits(left_vectors_of);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_dtypes_shapes_and_kinds),
      cmocka_unit_test(test_a_known_matrix),
      cmocka_unit_test(test_hilbert_matrix_keeps_its_norm),
      cmocka_unit_test(test_any_strides_give_the_same_values),
      cmocka_unit_test(test_results_go_into_any_strides),
      cmocka_unit_test(test_unused_vectors_are_not_computed),
      cmocka_unit_test(test_what_is_not_finite_is_named_and_the_rest_is_done),
      cmocka_unit_test(test_wrong_operands_are_refused),
      cmocka_unit_test(test_too_large_work_space_is_refused),
      cmocka_unit_test(test_threads_do_not_change_bits),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
