/* test_eager.c - operations that run at once. */
#include "rt_session.h"

#include <stdio.h>
#include <string.h>

static tsr_builder *b;

static int open_scope(void **state) {
  assert_int_equal(0, setup(state));
  assert_ok(tsr_eager_open(rt, RT_DEVICE, &b));
  return 0;
}

static int close_scope(void **state) {
  tsr_builder_close(b);
  return teardown(state);
}

static tsr_value numbers(tsr_builder *in, tsr_dims dims, const double *data) {
  return tsr_from_data(in, TSR_F64, dims, data);
}

#define assert_value(builder, v, ...)                                                              \
  do {                                                                                             \
    const double expected_[] = {__VA_ARGS__};                                                      \
    double actual_[sizeof expected_ / sizeof *expected_] = {0};                                    \
    assert_ok(tsr_read((builder), (v), actual_, sizeof actual_));                                  \
    assert_close(actual_, expected_, sizeof expected_ / sizeof *expected_, 0.0, 0.0);              \
  } while (0)

static void test_arithmetic_runs_at_once(void **state) {
  (void)state;
  tsr_value x = numbers(b, TSR_DIMS(2, 2), (double[]){1, 2, 3, 4});
  tsr_value y = tsr_mul(b, tsr_add(b, x, tsr_scalar(b, 1)), x);
  assert_value(b, y, 2, 6, 12, 20);
  assert_value(b, tsr_matmul(b, x, x), 7, 10, 15, 22);
}

static void test_views_share_memory_and_read_right(void **state) {
  (void)state;
  tsr_value x = numbers(b, TSR_DIMS(2, 3), (double[]){1, 2, 3, 4, 5, 6});
  int64_t live = 0, after = 0, high = 0, reserved = 0;
  tsr_device_memory(cpu, &live, &high, &reserved);
  tsr_value t = tsr_transpose(b, x, TSR_ALL_AXES);
  tsr_value s = tsr_slice(b, t, TSR_SHAPE(tsr_dim_of(1), tsr_dim_of(0)),
                          TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2)), TSR_NO_AXES);
  tsr_value w = tsr_broadcast_to(b, s, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2), tsr_dim_of(2)));
  tsr_value r = tsr_reverse(b, s, TSR_AXES(0, 1));
  tsr_value bits = tsr_bitcast_convert(b, x, TSR_U64);
  tsr_device_memory(cpu, &after, &high, &reserved);
  assert_true(live == after);
  assert_value(b, t, 1, 4, 2, 5, 3, 6);
  assert_value(b, r, 6, 3, 5, 2);
  assert_value(b, tsr_reverse(b, r, TSR_AXES(1)), 3, 6, 2, 5);
  assert_value(b, tsr_bitcast_convert(b, bits, TSR_F64), 1, 2, 3, 4, 5, 6);
  assert_value(b, s, 2, 5, 3, 6);
  assert_value(b, w, 2, 5, 3, 6, 2, 5, 3, 6);
  /* a reshape that strides cannot express is a copy */
  assert_value(b, tsr_reshape(b, t, TSR_SHAPE(tsr_dim_of(6))), 1, 4, 2, 5, 3, 6);
}

/* Also when the same with a list was prepared just before: then lists are compared. */
static void test_list_without_entries_is_refused(void **state) {
  (void)state;
  const tsr_op *op = tsr_op_core(TSR_OP_TRANSPOSE), *gather = tsr_op_core(TSR_OP_GATHER);
  const tsr_transpose_attrs good =
                                {
                                    TSR_AXES(1, 0)
  },
                            hollow = {{NULL, 2}};
  const tsr_gather_attrs rows = {
      .offset_dims = {NULL, 1}
  };
  tsr_value x = numbers(b, TSR_DIMS(2, 3), (double[]){1, 2, 3, 4, 5, 6});
  for (int i = 0; i < 2; i++) {
    tsr_emit1(b, op, &hollow, TSR_VALUES(x));
    assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "transpose: axes needs a list");
    tsr_builder_clear(b);
    assert_value(b, tsr_emit1(b, op, &good, TSR_VALUES(x)), 1, 4, 2, 5, 3, 6);
  }
  tsr_transpose(b, x, hollow.axes);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "transpose");
  tsr_builder_clear(b);
  tsr_emit1(b, gather, &rows, TSR_VALUES(x, x));
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "gather: offset_dims needs a list");
  tsr_builder_clear(b);
  tsr_emit1(b, op, &good, (tsr_values){NULL, 1});
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "transpose: 1 operands, but no list");
  tsr_builder_clear(b);
}

static void test_inner_scopes_see_outer_values_and_free_theirs(void **state) {
  (void)state;
  tsr_value x = numbers(b, TSR_DIMS(2), (double[]){1, 2});
  int64_t live = 0, after = 0, high = 0, reserved = 0;
  tsr_device_memory(cpu, &live, &high, &reserved);
  tsr_tensor *kept = NULL;
  tsr_value inner_value;
  {
    tsr_builder *inner = NULL;
    assert_ok(tsr_eager_nest(b, &inner));
    inner_value = tsr_neg(inner, tsr_add(inner, x, x));
    assert_value(inner, inner_value, -2, -4);
    assert_ok(tsr_to_tensor(inner, inner_value, &kept));
    tsr_builder_close(inner);
  }
  assert_numbers(kept, -2, -4);
  tsr_tensor_release(kept);
  tsr_device_memory(cpu, &after, &high, &reserved);
  assert_true(live == after);
  tsr_add(b, x, inner_value);
  assert_error_says(tsr_builder_status(b), TSR_ERR_ARGUMENT, "add");
}

static void test_first_error_latches_and_can_be_cleared(void **state) {
  (void)state;
  tsr_value x = numbers(b, TSR_DIMS(2), (double[]){1, 2});
  tsr_value y = numbers(b, TSR_DIMS(3), (double[]){1, 2, 3});
  tsr_value bad = tsr_add(b, x, y);
  assert_true(tsr_value_is_none(tsr_exp(b, bad)));
  double out[2];
  assert_error_says(tsr_read(b, x, out, sizeof out), TSR_ERR_SHAPE, "add", "2", "3");
  tsr_builder_clear(b);
  assert_value(b, tsr_add(b, x, x), 2, 4);
}

static void test_inner_scope_reports_the_failure_around_it(void **state) {
  (void)state;
  tsr_builder *inner = NULL;
  tsr_value x = numbers(b, TSR_DIMS(2), (double[]){1, 2});
  tsr_value y = numbers(b, TSR_DIMS(3), (double[]){1, 2, 3});
  tsr_value bad = tsr_add(b, x, y);
  assert_ok(tsr_eager_nest(b, &inner));
  tsr_exp(inner, bad);
  assert_error_says(tsr_builder_status(inner), TSR_ERR_SHAPE, "add", "2", "3");
  tsr_builder_close(inner);
}

static void test_integer_division_by_zero_is_numeric(void **state) {
  (void)state;
  int64_t seven[] = {7, 7}, zero[] = {2, 0};
  tsr_value x = tsr_from_data(b, TSR_I64, TSR_DIMS(2), seven);
  tsr_value y = tsr_from_data(b, TSR_I64, TSR_DIMS(2), zero);
  int64_t out[2];
  assert_error_says(tsr_read(b, tsr_div(b, x, y), out, sizeof out), TSR_ERR_NUMERIC, "div");
  tsr_builder_clear(b);
  assert_ok(tsr_read(b, tsr_div(b, x, x), out, sizeof out));
  assert_int_equal(out[1], 1);
}

/* No kernel multiplies sizes that stand beside a 0. */
static void test_an_empty_result_may_have_huge_sizes(void **state) {
  (void)state;
  tsr_tensor *t = NULL;
  const tsr_shape shape =
      TSR_SHAPE(tsr_dim_of(INT64_C(1) << 32), tsr_dim_of(INT64_MAX), tsr_dim_of(0));
  const tsr_value x = tsr_iota(b, TSR_F64, shape, 1), y = tsr_add(b, tsr_exp(b, x), x);
  (void)tsr_bitcast_convert(b, tsr_reverse(b, x, TSR_ALL_AXES), TSR_U8);
  assert_ok(
      tsr_to_tensor(b, tsr_transpose(b, tsr_reduce_sum(b, y, TSR_AXES(0)), TSR_ALL_AXES), &t));
  assert_int_equal(tsr_tensor_count(t), 0);
  tsr_tensor_release(t);
}

/* A step beside a single element is never taken. */
static void test_steps_may_be_huge_where_none_is_taken(void **state) {
  (void)state;
  const double data[] = {1, 2, 3, 4};
  const int64_t huge = INT64_C(1) << 62;
  const tsr_dim none = tsr_dim_of(0), one = tsr_dim_of(1), two = tsr_dim_of(2);
  const tsr_value x = numbers(b, TSR_DIMS(2, 2), data), v = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 9);
  const tsr_value row =
      tsr_slice(b, x, TSR_SHAPE(none, none), TSR_SHAPE(one, two), TSR_AXES(INT64_MAX, 1));
  assert_value(b, row, 1, 2);
  assert_value(b,
               tsr_pad(b, row, v, TSR_SHAPE(one, none), TSR_SHAPE(none, none), TSR_AXES(huge, 0)),
               9, 9, 1, 2);
  const tsr_dim far = tsr_dim_of(huge), back = tsr_dim_of(-huge);
  assert_value(b, tsr_pad(b, row, v, TSR_SHAPE(none, back), TSR_SHAPE(none, far), TSR_NO_AXES), 9,
               9);
  (void)tsr_pad(b, x, v, TSR_SHAPE(none, none), TSR_SHAPE(none, none), TSR_AXES(INT64_MAX, 0));
  assert_error_says(tsr_builder_status(b), TSR_ERR_LIMIT, "pad", "axis 0");
}

static void test_print_shows_numbers(void **state) {
  (void)state;
  char text[64] = "";
  FILE *file = tmpfile();
  assert_non_null(file);
  assert_ok(tsr_print(b, numbers(b, TSR_DIMS(2), (double[]){1, 2.5}), file));
  rewind(file);
  assert_non_null(fgets(text, sizeof text, file));
  fclose(file);
  assert_non_null(strstr(text, "2.5"));
}

static tsr_status small_session(void *arg) {
  (void)arg;
  tsr_runtime *own = NULL;
  tsr_device *device = NULL;
  tsr_builder *scope = NULL, *inner = NULL;
  tsr_tensor *kept = NULL;
  double out[4];
  tsr_status status = rt_open(&own, &device);
  if (status == TSR_OK) status = tsr_eager_open(own, RT_DEVICE, &scope);
  if (status == TSR_OK) status = tsr_eager_nest(scope, &inner);
  tsr_value x = TSR_NO_VALUE;
  if (status == TSR_OK) {
    x = numbers(scope, TSR_DIMS(2, 2), (double[]){1, 2, 3, 4});
    status = tsr_builder_status(scope);
  }
  if (status == TSR_OK) {
    tsr_value t = tsr_transpose(inner, x, TSR_ALL_AXES);
    tsr_value y = tsr_add(inner, tsr_matmul(inner, x, t), tsr_scalar(inner, 0.5));
    status = tsr_read(inner, y, out, sizeof out);
    if (status == TSR_OK) status = tsr_to_tensor(inner, t, &kept);
  }
  tsr_builder_close(inner);
  tsr_builder_close(scope);
  tsr_tensor_release(kept);
  tsr_runtime_release(own);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(small_session, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_arithmetic_runs_at_once, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(test_views_share_memory_and_read_right, open_scope,
                                      close_scope),
      cmocka_unit_test_setup_teardown(test_list_without_entries_is_refused, open_scope,
                                      close_scope),
      cmocka_unit_test_setup_teardown(test_inner_scopes_see_outer_values_and_free_theirs,
                                      open_scope, close_scope),
      cmocka_unit_test_setup_teardown(test_first_error_latches_and_can_be_cleared, open_scope,
                                      close_scope),
      cmocka_unit_test_setup_teardown(test_inner_scope_reports_the_failure_around_it, open_scope,
                                      close_scope),
      cmocka_unit_test_setup_teardown(test_integer_division_by_zero_is_numeric, open_scope,
                                      close_scope),
      cmocka_unit_test_setup_teardown(test_an_empty_result_may_have_huge_sizes, open_scope,
                                      close_scope),
      cmocka_unit_test_setup_teardown(test_steps_may_be_huge_where_none_is_taken, open_scope,
                                      close_scope),
      cmocka_unit_test_setup_teardown(test_print_shows_numbers, open_scope, close_scope),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name(RT_SUITE("runtime/eager"), tests, NULL, NULL);
}
