/* test_vmap.c - a function over one more axis, nested with itself and with derivatives. */
#include "ad_test.h"

static const double six[6] = {1, 2, 3, 4, 5, 6};

typedef struct captured {
  tsr_value a;
} captured;

/* (sum x^2, a x, 7) */
BODY(three_results) {
  const captured *k = ctx;
  out[0] = total(b, tsr_mul(b, in[0], in[0]));
  out[1] = tsr_mul(b, k->a, in[0]);
  out[2] = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 7);
  return TSR_OK;
}

static void test_rows_and_columns(void **state) {
  (void)state;
  for (int64_t axis = 0; axis < 2; axis++) {
    world w;
    world_open(&w);
    tsr_value x = input(w.b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3))), y[3];
    captured k = {tsr_full(w.b, TSR_F64, TSR_NO_SHAPE, 10)};
    /* the mapped axis goes last; the result that is the same for all stays as it is */
    assert_ok(tsr_vmap(w.b, three_results, &k, TSR_VALUES(x), TSR_AXES(axis), 3,
                       TSR_AXES(0, -1, TSR_NOT_MAPPED), y));
    double out[16];
    int64_t n = results(&w, tsr_values_of(y, 3), six, out);
    if (axis == 0) {
      const double expected[9] = {14, 77, 10, 40, 20, 50, 30, 60, 7};
      assert_int_equal(9, n);
      assert_close(out, expected, 9, 0, 0);
    } else {
      const double expected[10] = {17, 29, 45, 10, 20, 30, 40, 50, 60, 7};
      assert_int_equal(10, n);
      assert_close(out, expected, 10, 0, 0);
    }
  }
}

/* x = (1, 2, 3) is captured, s = (4, 5, 6) is mapped: x s_i, and s_i^2 */
static void test_captured_values_are_the_same_for_all(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 3), s = vector(w.b, 3), y[3];
  captured k = {x};
  assert_ok(tsr_vmap(w.b, three_results, &k, TSR_VALUES(s), TSR_NO_AXES, 3, TSR_NO_AXES, y));
  const double expected[15] = {16, 25, 36, 4, 8, 12, 5, 10, 15, 6, 12, 18, 7, 7, 7};
  double out[15];
  assert_int_equal(15, results(&w, tsr_values_of(y, 3), six, out));
  assert_close(out, expected, 15, 0, 0);
}

/* ---- nests ---- */

BODY(inner_product) {
  (void)ctx;
  out[0] = total(b, tsr_mul(b, in[0], in[1]));
  return TSR_OK;
}
BODY(row_times_matrix) { /* y_j = sum_i x_i m_ji */
  (void)ctx;
  return tsr_vmap(b, inner_product, NULL, TSR_VALUES(in[0], in[1]), TSR_AXES(TSR_NOT_MAPPED, 0), 1,
                  TSR_NO_AXES, out);
}

static void test_nested_maps_make_a_matrix_product(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = input(w.b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3))), y;
  assert_ok(tsr_vmap(w.b, row_times_matrix, NULL, TSR_VALUES(x, x), TSR_AXES(0, TSR_NOT_MAPPED), 1,
                     TSR_NO_AXES, &y));
  const double expected[4] = {14, 32, 32, 77};
  double out[4];
  assert_int_equal(4, results(&w, TSR_VALUES(y), six, out));
  assert_close(out, expected, 4, 0, 0);
}

BODY(cubes) {
  (void)ctx;
  out[0] = total(b, tsr_mul(b, in[0], tsr_mul(b, in[0], in[0])));
  return TSR_OK;
}
BODY(gradient_of_cubes) { /* 3 x^2 */
  tsr_value loss;
  return tsr_value_and_grad_of(b, cubes, ctx, TSR_VALUES(in[0]), &loss, out);
}
BODY(gradient_on_the_inner_trace) {
  TSR_TRY(cubes(b, ctx, in, out));
  out[0] = tsr_grad(b, out[0], in[0]);
  return TSR_OK;
}
BODY(hessian_of_cubes) { /* rows are J^T e_i: vmap over unit vectors of a vjp of a gradient */
  (void)ctx;
  tsr_value value;
  return tsr_vjp_of(b, gradient_of_cubes, NULL, TSR_VALUES(in[1]), TSR_VALUES(in[0]), &value, out);
}

static void test_vmap_of_gradients(void **state) {
  (void)state;
  const tsr_body bodies[2] = {gradient_of_cubes, gradient_on_the_inner_trace};
  for (int k = 0; k < 2; k++) {
    world w;
    world_open(&w);
    tsr_value x = input(w.b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3))), y;
    assert_ok(tsr_vmap(w.b, bodies[k], NULL, TSR_VALUES(x), TSR_NO_AXES, 1, TSR_NO_AXES, &y));
    double out[6];
    assert_int_equal(6, results(&w, TSR_VALUES(y), six, out));
    for (int i = 0; i < 6; i++)
      assert_near(out[i], 3 * six[i] * six[i], 1e-15, 0);
  }
}

static void test_gradient_of_vmap(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = input(w.b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3))), y;
  assert_ok(tsr_vmap(w.b, gradient_of_cubes, NULL, TSR_VALUES(x), TSR_NO_AXES, 1, TSR_NO_AXES, &y));
  tsr_value g = tsr_grad(w.b, total(w.b, tsr_mul(w.b, y, y)), x); /* d 9 x^4 = 36 x^3 */
  double out[6];
  assert_int_equal(6, results(&w, TSR_VALUES(g), six, out));
  for (int i = 0; i < 6; i++)
    assert_near(out[i], 36 * six[i] * six[i] * six[i], 1e-15, 0);
}

static void test_hessian_by_vmap_of_vjp(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 2),
            units = input(w.b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)));
  tsr_value h;
  assert_ok(tsr_vmap(w.b, hessian_of_cubes, NULL, TSR_VALUES(units, x), TSR_AXES(0, TSR_NOT_MAPPED),
                     1, TSR_NO_AXES, &h));
  const double data[6] = {5, 7, 1, 0, 0, 1}, expected[4] = {30, 0, 0, 42};
  double out[4];
  assert_int_equal(4, results(&w, TSR_VALUES(h), data, out));
  assert_close(out, expected, 4, 1e-15, 0);
}

static void test_vmap_on_an_eager_builder(void **state) {
  (void)state;
  world w;
  eager e;
  world_open(&w);
  eager_open(&e, w.registry);
  tsr_value x = eager_vector(&e, six, 6), y;
  x = tsr_reshape(&e.base, x, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  assert_ok(
      tsr_vmap(&e.base, gradient_of_cubes, NULL, TSR_VALUES(x), TSR_AXES(1), 1, TSR_AXES(1), &y));
  for (int i = 0; i < 6; i++)
    assert_near(eager_element(&e, y, i), 3 * six[i] * six[i], 1e-15, 0);
  tsr_builder_close(&e.base);
  world_close(&w);
}

/* ---- control flow with an index per lane ---- */

BODY(reciprocal) { /* integer division, which may raise ERR_NUMERIC */
  (void)ctx;
  out[0] = tsr_div(b, tsr_full(b, TSR_I64, TSR_NO_SHAPE, 12), in[0]);
  return TSR_OK;
}
BODY(minus_one) {
  (void)ctx, (void)in;
  out[0] = tsr_full(b, TSR_I64, TSR_NO_SHAPE, -1);
  return TSR_OK;
}
BODY(guarded_reciprocal) {
  (void)ctx;
  tsr_value p = tsr_ne(b, in[0], tsr_scalar_int(b, 0));
  return tsr_cond(b, p, reciprocal, minus_one, NULL, TSR_VALUES(in[0]), 1, out);
}

static int64_t integer_map(tsr_body body, const int64_t *data, int64_t n, int64_t *out) {
  world w;
  world_open(&w);
  tsr_value x = input(w.b, TSR_I64, TSR_SHAPE(tsr_dim_of(n))), y;
  assert_ok(tsr_vmap(w.b, body, NULL, TSR_VALUES(x), TSR_NO_AXES, 1, TSR_NO_AXES, &y));
  tsr_graph *g = finished(&w, TSR_VALUES(y));
  tsr_arena arena = {0};
  tsr_array in, result;
  assert_ok(tsr_array_make(&arena, TSR_I64, 1, &n, &in));
  tsr_array_read(&in, data);
  assert_ok(tsr_oracle_run(g, NULL, &arena, &in, &result));
  tsr_array_write(&result, out);
  tsr_arena_deinit(&arena);
  tsr_graph_release(g);
  world_close(&w);
  return result.n;
}

static void test_a_branch_not_taken_raises_nothing(void **state) {
  (void)state;
  const int64_t some[4] = {0, 3, -4, 0}, none[2] = {0, 0};
  int64_t out[4];
  integer_map(guarded_reciprocal, some, 4, out);
  assert_int_equal(-1, out[0]);
  assert_int_equal(4, out[1]);
  assert_int_equal(-3, out[2]);
  assert_int_equal(-1, out[3]);
  integer_map(guarded_reciprocal, none, 2, out); /* nobody takes it */
  assert_int_equal(-1, out[1]);
}

BODY(not_zero) {
  (void)ctx;
  out[0] = tsr_ne(b, in[0], tsr_scalar_int(b, 0));
  return TSR_OK;
}
BODY(divide_and_count) { /* a lane that is done would divide by zero */
  (void)ctx;
  out[1] = tsr_add(b, in[1], tsr_div(b, tsr_full(b, TSR_I64, TSR_NO_SHAPE, 60), in[0]));
  out[0] = tsr_sub(b, in[0], tsr_scalar_int(b, 1));
  return TSR_OK;
}
BODY(sum_of_quotients) {
  (void)ctx;
  tsr_value r[2];
  TSR_TRY(tsr_while(b, not_zero, divide_and_count, NULL,
                    TSR_VALUES(in[0], tsr_full(b, TSR_I64, TSR_NO_SHAPE, 0)), r));
  out[0] = r[1];
  return TSR_OK;
}

static void test_a_lane_that_is_done_raises_nothing(void **state) {
  (void)state;
  const int64_t data[4] = {3, 0, 5, 1};
  int64_t out[4];
  integer_map(sum_of_quotients, data, 4, out);
  assert_int_equal(60 + 30 + 20, out[0]);
  assert_int_equal(0, out[1]);
  assert_int_equal(60 + 30 + 20 + 15 + 12, out[2]);
  assert_int_equal(60, out[3]);
}

/* ---- refusals ---- */

static void test_refusals_name_the_input(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_builder *b = w.b;
  tsr_value x = vector(b, 3), y = vector(b, 4), out[3];
  captured k = {x};
#define REFUSED(call, code, ...)                                                                   \
  assert_error_says(call, code, __VA_ARGS__);                                                      \
  tsr_builder_clear(b)
  REFUSED(tsr_vmap(b, inner_product, NULL, TSR_VALUES(x, y), TSR_NO_AXES, 1, TSR_NO_AXES, out),
          TSR_ERR_SHAPE, "input 1", "3", "4");
  REFUSED(tsr_vmap(b, inner_product, NULL, TSR_VALUES(x, x), TSR_AXES(0, 1), 1, TSR_NO_AXES, out),
          TSR_ERR_ARGUMENT, "axis 1", "input 1", "rank 1");
  REFUSED(tsr_vmap(b, inner_product, NULL, TSR_VALUES(x, x), TSR_AXES(0), 1, TSR_NO_AXES, out),
          TSR_ERR_ARGUMENT, "1 axes", "2 inputs");
  REFUSED(tsr_vmap(b, inner_product, NULL, TSR_VALUES(x, x),
                   TSR_AXES(TSR_NOT_MAPPED, TSR_NOT_MAPPED), 1, TSR_NO_AXES, out),
          TSR_ERR_ARGUMENT, "no input is mapped");
  REFUSED(tsr_vmap(b, three_results, &k, TSR_VALUES(x), TSR_NO_AXES, 3,
                   TSR_AXES(TSR_NOT_MAPPED, 0, 0), out),
          TSR_ERR_ARGUMENT, "output 0");
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_and_columns),
      cmocka_unit_test(test_captured_values_are_the_same_for_all),
      cmocka_unit_test(test_nested_maps_make_a_matrix_product),
      cmocka_unit_test(test_vmap_of_gradients),
      cmocka_unit_test(test_gradient_of_vmap),
      cmocka_unit_test(test_hessian_by_vmap_of_vjp),
      cmocka_unit_test(test_vmap_on_an_eager_builder),
      cmocka_unit_test(test_a_branch_not_taken_raises_nothing),
      cmocka_unit_test(test_a_lane_that_is_done_raises_nothing),
      cmocka_unit_test(test_refusals_name_the_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
