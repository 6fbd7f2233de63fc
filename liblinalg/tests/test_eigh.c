/* test_eigh.c - hermitian eigenvalues: residuals in units of eps, triangles, strides, failures. */
#include "linalg_test.h"

/* The hermitian matrix of one triangle of a. */
static void hermitian(int64_t n, tsr_uplo uplo, const number *a, number *out) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      const bool is_read = uplo == TSR_LOWER ? i > j : i < j;
      out[i * n + j] = i == j ? creal(a[i * n + j]) : is_read ? a[i * n + j] : conj(a[j * n + i]);
    }
}

/* |a v - v w| <= 20 n eps |a|, v has orthonormal columns, w ascends */
static void check_matrix(tsr_dtype dtype, int64_t n, const number *a, const number *w,
                         const number *v) {
  const double eps = eps_of(dtype) * (double)(20 * (n + 1)), size = 1 + largest(n * n, a, NULL);
  number *av = calloc((size_t)(n * n + 1), sizeof *av);
  number *vw = calloc((size_t)(n * n + 1), sizeof *vw);
  times(n, n, n, a, v, av);
  for (int64_t i = 0; i < n; i++) {
    assert_true(cimag(w[i]) == 0 && (i == 0 || creal(w[i]) >= creal(w[i - 1])));
    for (int64_t j = 0; j < n; j++)
      vw[j * n + i] = v[j * n + i] * w[i];
  }
  assert_true(largest(n * n, av, vw) <= eps * size);
  assert_true(column_defect(n, n, v) <= eps);
  free(av), free(vw);
}

/* NaN where nobody should look. */
static void poison(int64_t n, tsr_uplo uplo, number *a) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      double *parts = (double *)&a[i * n + j];
      if (uplo == TSR_LOWER ? i < j : i > j) parts[0] = NAN;
      if (uplo == TSR_LOWER ? i <= j : i >= j) parts[1] = NAN;
    }
}

static void check_size(tsr_dtype dtype, tsr_uplo uplo, int64_t n, double scale) {
  tsr_builder *b;
  enum {
    BATCH = 3
  };
  number *a = calloc((size_t)(BATCH * n * n + 1), sizeof *a);
  number *h = calloc((size_t)(BATCH * n * n + 1), sizeof *h);
  number *v = calloc((size_t)(BATCH * n * n + 1), sizeof *v);
  number *w = calloc((size_t)(BATCH * n + 1), sizeof *w);
  number *alone = calloc((size_t)(BATCH * n + 1), sizeof *alone);
  fill_random(27, is_complex(dtype), BATCH * n * n, a);
  for (int64_t i = 0; i < BATCH * n * n; i++)
    a[i] *= scale;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  read_value(b, value_of(b, dtype, TSR_DIMS(BATCH, n, n), a), BATCH * n * n, a);
  for (int64_t i = 0; i < BATCH; i++) {
    hermitian(n, uplo, a + i * n * n, h + i * n * n);
    poison(n, uplo, a + i * n * n);
  }
  tsr_value in = value_of(b, dtype, TSR_DIMS(BATCH, n, n), a);
  tsr_eigh_result d = tsr_eigh(b, in, uplo);
  read_value(b, d.v, BATCH * n * n, v);
  read_value(b, d.w, BATCH * n, w);
  read_value(b, tsr_eigvalsh(b, in, uplo), BATCH * n, alone);
  for (int64_t i = 0; i < BATCH * n * n; i++)
    h[i] /= scale;
  for (int64_t i = 0; i < BATCH * n; i++)
    w[i] /= scale, alone[i] /= scale;
  for (int64_t i = 0; i < BATCH; i++)
    check_matrix(dtype, n, h + i * n * n, w + i * n, v + i * n * n);
  assert_true(largest(BATCH * n, w, alone) <= 20 * (double)(n + 1) * eps_of(dtype));
  tsr_builder_close(b);
  free(a), free(h), free(v), free(w), free(alone);
}

static void test_all_dtypes_sizes_and_triangles(void **state) {
  (void)state;
  static const int64_t sizes[] = {0, 1, 2, 3, 7, 30};
  for (size_t d = 0; d < sizeof all_dtypes / sizeof *all_dtypes; d++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      check_size(all_dtypes[d], TSR_LOWER, sizes[i], 1);
      check_size(all_dtypes[d], TSR_UPPER, sizes[i], 1);
    }
}

static void test_huge_and_tiny_elements_are_no_trouble(void **state) {
  (void)state;
  check_size(TSR_F64, TSR_LOWER, 5, 0x1p+1000);
  check_size(TSR_C128, TSR_UPPER, 5, 0x1p+1000);
  check_size(TSR_F64, TSR_LOWER, 5, 0x1p-900);
  check_size(TSR_F32, TSR_UPPER, 5, 0x1p+120);
}

/* The second difference of n points has eigenvalues 2 - 2 cos(k pi / (n + 1)), k = 1 .. n. */
static void test_second_differences_have_cosines(void **state) {
  (void)state;
  enum {
    N = 9
  };
  tsr_builder *b;
  double a[N * N] = {0}, w[N], want[N];
  for (int i = 0; i < N; i++) {
    a[i * N + i] = 2;
    if (i > 0) a[i * N + i - 1] = -1;
    want[i] = 2 - 2 * cos((i + 1) * acos(-1) / (N + 1));
  }
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(N, N), a);
  assert_ok(tsr_read(b, tsr_eigvalsh(b, v, TSR_LOWER), w, sizeof w));
  assert_close(w, want, N, 1e-14, 1e-14);
  tsr_builder_close(b);
}

/* [[0, -i], [i, 0]], the second of Pauli's matrices, has eigenvalues -1 and 1; v_1 / v_0 of
 * the second is i, which its conjugate would not give.
 */
static void test_a_known_complex_matrix(void **state) {
  (void)state;
  tsr_builder *b;
  number a[4] = {0, -I, I, 0}, w[2], v[4];
  for (int k = 0; k < 2; k++) {
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_eigh_result d =
        tsr_eigh(b, value_of(b, TSR_C128, TSR_DIMS(2, 2), a), k ? TSR_UPPER : TSR_LOWER);
    read_value(b, d.w, 2, w);
    read_value(b, d.v, 4, v);
    assert_true(cabs(w[0] + 1) <= 1e-15 && cabs(w[1] - 1) <= 1e-15);
    assert_true(cabs(v[3] / v[1] - I) <= 1e-14 && cabs(v[2] / v[0] + I) <= 1e-14);
    tsr_builder_close(b);
  }
}

static void test_the_gauge_is_the_same_for_the_same_matrix(void **state) {
  (void)state;
  tsr_builder *b;
  number a[3 * 16], v[3 * 16], alone[16];
  fill_random(6, true, 16, a);
  memcpy(a + 16, a, 16 * sizeof *a);
  memcpy(a + 32, a, 16 * sizeof *a);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  read_value(b, tsr_eigh(b, value_of(b, TSR_C128, TSR_DIMS(3, 4, 4), a), TSR_LOWER).v, 48, v);
  read_value(b, tsr_eigh(b, value_of(b, TSR_C128, TSR_DIMS(4, 4), a), TSR_LOWER).v, 16, alone);
  for (int i = 0; i < 3; i++)
    assert_memory_equal(v + 16 * i, alone, sizeof alone);
  tsr_builder_close(b);
}

/* Column-major, reversed and spread operands hold the same numbers, hence the same bits. */
static void test_any_strides_give_the_same_bits(void **state) {
  (void)state;
  double a[16], turned[32], v[2][16], w[2][4];
  uint64_t seed = 5;
  tsr_builder *b;
  for (int i = 0; i < 16; i++)
    a[i] = random_part(&seed);
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++)
      turned[8 * j + 2 * (3 - i)] = a[4 * i + j]; /* a[i, j] at 6 - 2 i + 8 j */
  tsr_tensor *base = NULL, *view = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(32), turned, &base));
  assert_ok(tsr_tensor_view(base, 6, TSR_DIMS(4, 4), (int64_t[]){-2, 8}, &view));
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_value in[] = {tsr_from_data(b, TSR_F64, TSR_DIMS(4, 4), a), tsr_from_tensor(b, view)};
  for (int k = 0; k < 2; k++) {
    tsr_eigh_result d = tsr_eigh(b, in[k], TSR_UPPER);
    assert_ok(tsr_read(b, d.v, v[k], sizeof v[k]));
    assert_ok(tsr_read(b, d.w, w[k], sizeof w[k]));
  }
  assert_memory_equal(v[0], v[1], sizeof v[0]);
  assert_memory_equal(w[0], w[1], sizeof w[0]);
  tsr_builder_close(b);
  tsr_tensor_release(view);
  tsr_tensor_release(base);
}

static void test_results_go_into_any_strides(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  double a[9], v[9], w[3];
  number full[9], wide_a[9], wide_v[9], wide_w[3];
  uint64_t seed = 9;
  for (int i = 0; i < 9; i++)
    full[i] = a[i] = random_part(&seed);
  hermitian(3, TSR_LOWER, full, wide_a);
  assert_ok(tsr_trace_open(rt, &b));
  tsr_eigh_result d = tsr_eigh(b, matrix_input(b, TSR_F64, 3, 3), TSR_LOWER);
  tsr_value row = tsr_expand_dims(b, d.w, TSR_AXES(0));
  assert_ok(tsr_compile(b, TSR_VALUES(row, d.v), &p));
  tsr_tensor *in = NULL;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 3), a, &in));
  for (int how = 0; how < 8; how++) {
    tsr_tensor *out[] = {strided_target(1, 3, how ^ 4), strided_target(3, 3, how)};
    assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(in), (tsr_tensor_list){out, 2}));
    assert_ok(tsr_tensor_read(out[0], w, sizeof w));
    assert_ok(tsr_tensor_read(out[1], v, sizeof v));
    for (int i = 0; i < 9; i++)
      wide_v[i] = v[i];
    for (int i = 0; i < 3; i++)
      wide_w[i] = w[i];
    check_matrix(TSR_F64, 3, wide_a, wide_w, wide_v);
    tsr_tensors_release(out, 2);
  }
  tsr_tensor_release(in);
  tsr_program_release(p);
}

static void test_unused_vectors_are_not_computed(void **state) {
  (void)state;
  tsr_builder *b;
  for (int used = 0; used < 2; used++) {
    tsr_program *p = NULL;
    assert_ok(tsr_trace_open(rt, &b));
    tsr_value a = matrix_input(b, TSR_F64, 3, 3), w = tsr_eigvalsh(b, a, TSR_LOWER);
    if (used) w = tsr_grad(b, tsr_sum(b, w, TSR_ALL_AXES), a);
    assert_ok(tsr_compile(b, TSR_VALUES(w), &p));
    assert_int_equal(tsr_program_count(p, "tessera.linalg.eigh.v1"), used);
    assert_int_equal(tsr_program_count(p, "tessera.linalg.eigh_values.v1"), !used);
    tsr_program_release(p);
  }
}

static void test_what_is_not_finite_is_named_and_the_rest_is_done(void **state) {
  (void)state;
  for (int values = 0; values < 2; values++) {
    tsr_builder *b;
    tsr_program *p = NULL;
    double a[12], w[6];
    for (int i = 0; i < 12; i++)
      a[i] = i;
    a[6] = values ? NAN : INFINITY;
    a[1] = NAN; /* not read */
    assert_ok(tsr_trace_open(rt, &b));
    tsr_value v =
        tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2), tsr_dim_of(2)));
    tsr_eigh_result d = tsr_eigh(b, v, TSR_LOWER);
    tsr_value used =
        values ? d.w : tsr_add(b, d.w, tsr_reduce_sum(b, tsr_sub(b, d.v, d.v), TSR_AXES(-1)));
    assert_ok(tsr_compile(b, TSR_VALUES(used), &p));
    const tsr_status status = run_and_read(p, TSR_F64, TSR_DIMS(3, 2, 2), a, TSR_DIMS(3, 2), w);
    assert_error_says(status, TSR_ERR_NUMERIC, "eigh", "batch 1", "not finite");
    assert_true(isfinite(w[0]) && isnan(w[2]) && isnan(w[3]) && isfinite(w[4]));
  }
}

static tsr_value vectors_of(tsr_builder *b, tsr_value a) { return tsr_eigh(b, a, TSR_LOWER).v; }
static void test_a_batch_of_none(void **state) {
  (void)state;
  check_a_batch_of_none(vectors_of);
}

static void test_wrong_operands_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  const tsr_dim two = tsr_dim_of(2), three = tsr_dim_of(3);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  assert_refused(b, tsr_eigh(b, tsr_ones(b, TSR_F64, TSR_SHAPE(two)), TSR_LOWER), TSR_ERR_SHAPE,
                 "eigh", "rank 1");
  assert_refused(b, tsr_eigvalsh(b, tsr_ones(b, TSR_F64, TSR_SHAPE(two, three)), TSR_LOWER),
                 TSR_ERR_SHAPE, "eigh", "2", "3");
  assert_refused(b, tsr_eigh(b, tsr_ones(b, TSR_BOOL, TSR_SHAPE(two, two)), TSR_LOWER),
                 TSR_ERR_DTYPE, "eigh", "bool");
  (void)tsr_eigh(b, tsr_ones(b, TSR_F32, TSR_SHAPE(two, two)), (tsr_uplo)7);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "uplo 7");
  tsr_builder_close(b);
}

/* LAPACK's integers do not count the work space of this one: said before anything runs. */
static void test_too_large_work_space_is_refused(void **state) {
  (void)state;
  check_too_large_work_space_is_refused(vectors_of, 40000);
}

static void test_threads_do_not_change_bits(void **state) {
  (void)state;
  check_threads_do_not_change_bits(vectors_of);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_dtypes_sizes_and_triangles),
      cmocka_unit_test(test_huge_and_tiny_elements_are_no_trouble),
      cmocka_unit_test(test_second_differences_have_cosines),
      cmocka_unit_test(test_a_known_complex_matrix),
      cmocka_unit_test(test_the_gauge_is_the_same_for_the_same_matrix),
      cmocka_unit_test(test_any_strides_give_the_same_bits),
      cmocka_unit_test(test_results_go_into_any_strides),
      cmocka_unit_test(test_unused_vectors_are_not_computed),
      cmocka_unit_test(test_what_is_not_finite_is_named_and_the_rest_is_done),
      cmocka_unit_test(test_a_batch_of_none),
      cmocka_unit_test(test_wrong_operands_are_refused),
      cmocka_unit_test(test_too_large_work_space_is_refused),
      cmocka_unit_test(test_threads_do_not_change_bits),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
