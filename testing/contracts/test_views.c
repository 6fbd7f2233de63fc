/* test_views.c - programs and scopes read memory through any strides, and foreign memory. */
#include "contracts.h"

enum {
  M = 3,
  N = 4
};

/* out: e^x + y, x y^T, sum over rows of x y, largest of x, x reshaped and reversed */
BODY(mixed) {
  (void)ctx;
  tsr_value x = in[0], y = in[1];
  const tsr_dim all = tsr_dim_of(M * N);
  out[0] = tsr_add(b, tsr_exp(b, x), y);
  out[1] = tsr_matmul(b, x, tsr_transpose(b, y, TSR_ALL_AXES));
  out[2] = tsr_reduce_sum(b, tsr_mul(b, x, y), TSR_AXES(0));
  out[3] = tsr_reduce_max(b, x, TSR_AXES(1));
  out[4] = tsr_neg(b, tsr_reshape(b, x, TSR_SHAPE(all)));
  return TSR_OK;
}
enum {
  RESULTS = M * N + M * M + N + M + M * N
};

static void mixed_by_hand(double (*x)[N], double (*y)[N], double *out) {
  for (int i = 0; i < M; i++) {
    for (int j = 0; j < N; j++)
      *out++ = exp(x[i][j]) + y[i][j];
  }
  for (int i = 0; i < M; i++) {
    for (int k = 0; k < M; k++) {
      double s = 0;
      for (int j = 0; j < N; j++)
        s += x[i][j] * y[k][j];
      *out++ = s;
    }
  }
  for (int j = 0; j < N; j++) {
    double s = 0;
    for (int i = 0; i < M; i++)
      s += x[i][j] * y[i][j];
    *out++ = s;
  }
  for (int i = 0; i < M; i++) {
    double s = x[i][0];
    for (int j = 1; j < N; j++)
      s = fmax(s, x[i][j]);
    *out++ = s;
  }
  for (int i = 0; i < M * N; i++)
    *out++ = -x[i / N][i % N];
}

/* A view of M x N and where its element [i, j] lies: first + i rows + j columns in data. */
typedef struct kind {
  const char *name;
  int64_t first, rows, columns;
} kind;
static const kind kinds[] = {
    {"dense",                  0,        N,     1 },
    {"transposed",             0,        1,     M }, /* Fortran order */
    {"columns reversed",       N - 1,    N,     -1}, /* negative stride */
    {"all reversed",           M *N - 1, -N,    -1}, /* both */
    {"rows repeated",          5,        0,     1 }, /* stride 0 */
    {"columns repeated",       2,        7,     0 },
    {"one element",            9,        0,     0 },
    {"every other",            1,        3 * N, 2 }, /* gaps */
    {"overlapping windows",    3,        1,     1 }, /* a Hankel matrix */
    {"Fortran, rows reversed", 2,        -1,    M },
};
enum {
  BASE = 64
};

static void fill(double *data) {
  for (int i = 0; i < BASE; i++)
    data[i] = sin(1.7 * i) + 0.01 * i;
}

static void elements(const kind *k, const double *data, double (*x)[N]) {
  for (int i = 0; i < M; i++) {
    for (int j = 0; j < N; j++)
      x[i][j] = data[k->first + i * k->rows + j * k->columns];
  }
}

static void test_views_of_every_kind(void **state) {
  (void)state;
  double data[BASE], x[M][N], y[M][N], expected[RESULTS];
  fill(data);
  tsr_tensor *base = f64_of(TSR_DIMS(BASE), data), *t[COUNT(kinds)];
  for (size_t k = 0; k < COUNT(kinds); k++) {
    const int64_t strides[2] = {kinds[k].rows, kinds[k].columns};
    assert_ok(tsr_tensor_view(base, kinds[k].first, TSR_DIMS(M, N), strides, &t[k]));
  }
  tsr_tensor_release(base); /* the views keep the memory */
  for (size_t p = 0; p < COUNT(kinds); p++) {
    for (size_t q = 0; q < COUNT(kinds); q++) {
      elements(&kinds[p], data, x);
      elements(&kinds[q], data, y);
      mixed_by_hand(x, y, expected);
      check_both(mixed, NULL, TSR_TENSORS(t[p], t[q]), 5, expected, RESULTS, 8 * EPS, 16 * EPS);
    }
  }
  tsr_tensors_release(t, COUNT(kinds));
}

static void test_one_program_plans_once_for_each_layout(void **state) {
  (void)state;
  double data[BASE], x[M][N], expected[RESULTS], got[RESULTS];
  fill(data);
  tsr_tensor *base = f64_of(TSR_DIMS(BASE), data), *dense = NULL;
  assert_ok(tsr_tensor_view(base, 0, TSR_DIMS(M, N), (int64_t[]){N, 1}, &dense));
  tsr_program *p = program_of(mixed, NULL, TSR_TENSORS(dense, dense), 5);
  for (int round = 0; round < 3; round++) {
    for (size_t k = 0; k < COUNT(kinds); k++) {
      tsr_tensor *t = NULL;
      const int64_t strides[2] = {kinds[k].rows, kinds[k].columns};
      assert_ok(tsr_tensor_view(base, kinds[k].first, TSR_DIMS(M, N), strides, &t));
      assert_int_equal(run_numbers(p, TSR_TENSORS(t, t), got), RESULTS);
      elements(&kinds[k], data, x);
      mixed_by_hand(x, x, expected);
      assert_close(got, expected, RESULTS, 8 * EPS, 16 * EPS);
      tsr_tensor_release(t);
    }
  }
  int64_t held, hits, misses;
  tsr_program_plans(p, &held, &hits, &misses);
  assert_int_equal(hits + misses, 3 * COUNT(kinds));
  assert_true(misses >= 1 && hits >= 2 * (int64_t)COUNT(kinds)); /* later rounds plan nothing */
  tsr_program_release(p);
  tsr_tensors_release((tsr_tensor *[]){base, dense}, 2);
}

/* ---- foreign memory, which is the host's ---- */
#ifndef CONTRACTS_MOCK

static void deleted(void *ctx, void *data) {
  (void)data;
  ++*(int *)ctx;
}

static void test_foreign_memory_is_read_in_place_and_given_back_once(void **state) {
  (void)state;
  double data[BASE], x[M][N], expected[RESULTS], got[RESULTS];
  for (size_t k = 0; k < COUNT(kinds); k++) {
    int given_back = 0;
    tsr_tensor *t = NULL, *view = NULL, *out[5];
    tsr_view seen;
    fill(data);
    double *first = data + kinds[k].first;
    const int64_t strides[2] = {kinds[k].rows, kinds[k].columns};
    assert_ok(
        tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(M, N), strides, first, deleted, &given_back, &t));
    assert_ok(tsr_tensor_host_view(t, &seen));
    assert_ptr_equal(seen.data, first); /* no copy */
    elements(&kinds[k], data, x);
    mixed_by_hand(x, x, expected);
    tsr_program *p = program_of(mixed, NULL, TSR_TENSORS(t, t), 5);
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(t, t), out, 5));
    assert_ok(tsr_tensor_transpose(t, TSR_AXES(1, 0), &view));
    tsr_tensor_release(t);
    assert_int_equal(given_back, 0); /* the view still needs it */
    tsr_tensor_release(view);
    assert_int_equal(given_back, 1); /* neither program nor plan nor outputs do */
    memset(data, 0xff, sizeof data);
    size_t n = 0;
    for (int j = 0; j < 5; j++)
      n += numbers_of(out[j], got + n);
    assert_close(got, expected, RESULTS, 8 * EPS, 16 * EPS);
    tsr_tensors_release(out, 5);
    tsr_program_release(p);
    assert_int_equal(given_back, 1);
  }
}

static void test_a_scope_holds_foreign_memory_until_it_closes(void **state) {
  (void)state;
  double data[4] = {1, 2, 3, 4};
  int given_back = 0;
  tsr_tensor *t = NULL, *out = NULL;
  tsr_builder *outer = NULL, *inner = NULL;
  assert_ok(tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(4), NULL, data, deleted, &given_back, &t));
  assert_ok(tsr_eager_open(rt, DEVICE, &outer));
  assert_ok(tsr_eager_nest(outer, &inner));
  tsr_value x = tsr_from_tensor(inner, t);
  tsr_tensor_release(t);
  assert_int_equal(given_back, 0);
  assert_ok(tsr_to_tensor(inner, tsr_neg(inner, x), &out));
  assert_int_equal(given_back, 0);
  tsr_builder_close(inner);
  assert_int_equal(given_back, 1);
  tsr_builder_close(outer);
  tsr_tensor_release(out);
}

static void test_a_constant_of_foreign_memory_lives_with_its_program(void **state) {
  (void)state;
  double data[4] = {1, 2, 3, 4}, got[4];
  const double ones[4] = {1, 1, 1, 1}, expected[4] = {2, 3, 4, 5};
  int given_back = 0;
  tsr_tensor *t = NULL, *x = f64_of(TSR_DIMS(4), ones);
  assert_ok(tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(4), NULL, data, deleted, &given_back, &t));
  tsr_builder *b = trace();
  tsr_value in = vector(b, "x", 4), c = tsr_constant(b, t);
  tsr_tensor_release(t);
  tsr_program *p = compiled(b, TSR_VALUES(tsr_add(b, in, c)));
  assert_int_equal(given_back, 0);
  for (int round = 0; round < 2; round++) {
    assert_int_equal(run_numbers(p, TSR_TENSORS(x), got), 4);
    assert_close(got, expected, 4, 0, 0);
  }
  tsr_program_release(p);
  assert_int_equal(given_back, 1);
  tsr_tensor_release(x);
}

static void test_what_cannot_be_wrapped_is_left_alone(void **state) {
  (void)state;
  double data[4] = {0};
  int given_back = 0;
  tsr_tensor *t = NULL;
  char *odd = (char *)data + 1;
  const int64_t far[1] = {INT64_MAX};
  assert_error_says(tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(3), NULL, odd, deleted, &given_back, &t),
                    TSR_ERR_ARGUMENT, "align");
  assert_error_says(
      tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(3), NULL, NULL, deleted, &given_back, &t),
      TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(
      tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(-3), NULL, data, deleted, &given_back, &t),
      TSR_ERR_SHAPE, "-3");
  assert_status(TSR_ERR_LIMIT,
                tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(3), far, data, deleted, &given_back, &t));
  assert_null(t);
  assert_int_equal(given_back, 0);
  /* nothing to read: no data needed, and still given back */
  assert_ok(tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(0, 3), NULL, NULL, deleted, &given_back, &t));
  tsr_tensor_release(t);
  assert_int_equal(given_back, 1);
}

#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_views_of_every_kind),
      cmocka_unit_test(test_one_program_plans_once_for_each_layout),
#ifndef CONTRACTS_MOCK
      cmocka_unit_test(test_foreign_memory_is_read_in_place_and_given_back_once),
      cmocka_unit_test(test_a_scope_holds_foreign_memory_until_it_closes),
      cmocka_unit_test(test_a_constant_of_foreign_memory_lives_with_its_program),
      cmocka_unit_test(test_what_cannot_be_wrapped_is_left_alone),
#endif
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
