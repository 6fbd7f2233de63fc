/* test_eager_into.c - one operation with its results in tensors that exist. */
#include "rt_session.h"

#include "tsr/op.h"
#include "tsr/spi/tensor.h"

static tsr_builder *b;
static tsr_tensor *t; /* [2, 2] 1 2 3 4 */

static int open_scope(void **state) {
  assert_int_equal(0, setup(state));
  assert_ok(tsr_eager_open(rt, RT_DEVICE, &b));
  t = rt_count(cpu, TSR_DIMS(2, 2), 1);
  return 0;
}

static int close_scope(void **state) {
  tsr_builder_close(b);
  tsr_tensor_release(t);
  return teardown(state);
}

static tsr_value numbers(tsr_dims dims, const double *data) {
  return tsr_from_data(b, TSR_F64, dims, data);
}
static tsr_value square(void) { return numbers(TSR_DIMS(2, 2), (double[]){10, 20, 30, 40}); }

static tsr_status into(tsr_op_id id, tsr_values in, tsr_tensor *out) {
  return tsr_eager_run_into(b, tsr_op_core(id), NULL, in, TSR_TENSORS(out));
}

/* ---- results ---- */

static void test_the_result_is_in_the_tensor(void **state) {
  (void)state;
  tsr_value x = square();
  void *where = tsr_tensor_as_view(t).data;
  for (int i = 0; i < 3; i++)
    assert_ok(into(TSR_OP_ADD, TSR_VALUES(x, x), t));
  assert_numbers(t, 20, 40, 60, 80);
  assert_ptr_equal(tsr_tensor_as_view(t).data, where);
  assert_ok(into(TSR_OP_NEG, TSR_VALUES(x), t));
  assert_numbers(t, -10, -20, -30, -40);
  /* and an operation with a result of its own is not mistaken for it */
  tsr_value y = tsr_neg(b, x);
  double read[4];
  assert_ok(tsr_read(b, y, read, sizeof read));
  assert_close(read, ((double[]){-10, -20, -30, -40}), 4, 0.0, 0.0);
}

static void test_tensors_of_every_stride_are_written(void **state) {
  (void)state;
  tsr_value x = square();
  tsr_tensor *whole = rt_count(cpu, TSR_DIMS(3, 4), 0), *part = NULL;
  const int64_t strides[] = {1, 4};
  assert_ok(
      tsr_tensor_view(whole, 5, TSR_DIMS(2, 2), strides, &part)); /* columns, from (1, 1) on */
  tsr_tensor_release(whole);
  assert_ok(into(TSR_OP_ADD, TSR_VALUES(x, x), part));
  assert_numbers(part, 20, 40, 60, 80);
  assert_ok(into(TSR_OP_ADD, TSR_VALUES(x, x), t));
  assert_numbers(t, 20, 40, 60, 80);
  tsr_tensor_release(part);
}

static void test_what_else_would_be_a_view_is_copied(void **state) {
  (void)state;
  const tsr_transpose_attrs turn = {TSR_AXES(1, 0)};
  tsr_value x = square();
  assert_ok(
      tsr_eager_run_into(b, tsr_op_core(TSR_OP_TRANSPOSE), &turn, TSR_VALUES(x), TSR_TENSORS(t)));
  assert_numbers(t, 10, 30, 20, 40);
  assert_ok(into(TSR_OP_ADD, TSR_VALUES(tsr_transpose(b, x, TSR_AXES(1, 0)), x), t));
  assert_numbers(t, 20, 50, 50, 80);
}

static void test_ranks_and_sizes_without_much_in_them(void **state) {
  (void)state;
  tsr_tensor *number = rt_count(cpu, TSR_NO_DIMS, 1), *empty = NULL;
  assert_ok(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(0, 3), &empty));
  tsr_value two = numbers(TSR_NO_DIMS, (double[]){2}), none = numbers(TSR_DIMS(0, 3), NULL);
  assert_ok(into(TSR_OP_MUL, TSR_VALUES(two, two), number));
  assert_numbers(number, 4);
  assert_ok(into(TSR_OP_MUL, TSR_VALUES(none, none), empty));
  tsr_tensor_release(number);
  tsr_tensor_release(empty);
}

static void test_operations_with_attributes_and_many_operands(void **state) {
  (void)state;
  const tsr_reduce_attrs rows = {TSR_AXES(1)};
  const tsr_concatenate_attrs along = {0};
  tsr_value x = square();
  tsr_tensor *sums = rt_count(cpu, TSR_DIMS(2), 0), *ten = rt_count(cpu, TSR_DIMS(20, 2), 0);
  tsr_value all[10];
  for (int i = 0; i < 10; i++)
    all[i] = x;
  assert_ok(tsr_eager_run_into(b, tsr_op_core(TSR_OP_REDUCE_SUM), &rows, TSR_VALUES(x),
                               TSR_TENSORS(sums)));
  assert_numbers(sums, 30, 70);
  assert_ok(tsr_eager_run_into(b, tsr_op_core(TSR_OP_CONCATENATE), &along, tsr_values_of(all, 10),
                               TSR_TENSORS(ten)));
  tsr_value back = tsr_slice(b, tsr_from_tensor(b, ten), TSR_SHAPE(tsr_dim_of(18), tsr_dim_of(0)),
                             TSR_SHAPE(tsr_dim_of(20), tsr_dim_of(2)), TSR_NO_AXES);
  double read[4];
  assert_ok(tsr_read(b, back, read, sizeof read));
  assert_close(read, ((double[]){10, 20, 30, 40}), 4, 0.0, 0.0);
  tsr_tensor_release(sums);
  tsr_tensor_release(ten);
}

static void test_two_results_in_two_tensors(void **state) {
  (void)state;
  const tsr_sort_attrs down = {.axis = 0, .order = TSR_DESCENDING, .n_keys = 1};
  tsr_value keys = numbers(TSR_DIMS(3), (double[]){1, 3, 2});
  tsr_value other = numbers(TSR_DIMS(3), (double[]){7, 8, 9});
  tsr_tensor *k = rt_count(cpu, TSR_DIMS(3), 0), *o = rt_count(cpu, TSR_DIMS(3), 0);
  const tsr_op *sort = tsr_op_core(TSR_OP_SORT);
  assert_ok(tsr_eager_run_into(b, sort, &down, TSR_VALUES(keys, other), TSR_TENSORS(k, o)));
  assert_numbers(k, 3, 2, 1);
  assert_numbers(o, 8, 9, 7);
  assert_error_says(tsr_eager_run_into(b, sort, &down, TSR_VALUES(keys, other), TSR_TENSORS(k, k)),
                    TSR_ERR_ARGUMENT, "sort: results 0 and 1 have one tensor");
  assert_error_says(tsr_eager_run_into(b, sort, &down, TSR_VALUES(keys, other), TSR_TENSORS(k)),
                    TSR_ERR_ARGUMENT, "sort: 1 tensors given for 2 results");
  tsr_tensor_release(k);
  tsr_tensor_release(o);
}

/* ---- in place ---- */

static void test_an_operand_may_be_the_result(void **state) {
  (void)state;
  tsr_value x = tsr_from_tensor(b, t), y = square();
  tsr_value turned = tsr_transpose(b, x, TSR_AXES(1, 0));
  assert_ok(into(TSR_OP_ADD, TSR_VALUES(x, y), t));
  assert_numbers(t, 11, 22, 33, 44);
  assert_ok(into(TSR_OP_SUB, TSR_VALUES(y, x), t));
  assert_numbers(t, -1, -2, -3, -4);
  assert_ok(into(TSR_OP_MUL, TSR_VALUES(x, x), t));
  assert_numbers(t, 1, 4, 9, 16);
  double read[4]; /* the value is what the tensor is, and so is what looks at it */
  assert_ok(tsr_read(b, turned, read, sizeof read));
  assert_close(read, ((double[]){1, 9, 4, 16}), 4, 0.0, 0.0);
}

static void test_a_part_is_updated_in_place(void **state) {
  (void)state;
  tsr_value x = tsr_from_tensor(b, t), row = numbers(TSR_DIMS(1, 2), (double[]){7, 8});
  tsr_value start = tsr_from_data(b, TSR_I64, TSR_DIMS(2), (int64_t[]){1, 0});
  assert_ok(into(TSR_OP_DYNAMIC_UPDATE_SLICE, TSR_VALUES(x, row, start), t));
  assert_numbers(t, 1, 2, 7, 8);
}

static void test_operands_read_in_another_order_are_refused(void **state) {
  (void)state;
  tsr_value x = tsr_from_tensor(b, t), y = square();
  tsr_value turned = tsr_transpose(b, x, TSR_AXES(1, 0));
  assert_error_says(into(TSR_OP_ADD, TSR_VALUES(turned, y), t), TSR_ERR_ARGUMENT,
                    "add: the tensor for result 0, strides [2, 1], is operand 0, strides [1, 2]");
  assert_error_says(into(TSR_OP_ADD, TSR_VALUES(x, turned), t), TSR_ERR_ARGUMENT, "operand 1");
  const tsr_dot_general_attrs dot = {.lhs_contract = TSR_AXES(1), .rhs_contract = TSR_AXES(0)};
  assert_error_says(tsr_eager_run_into(b, tsr_op_core(TSR_OP_DOT_GENERAL), &dot, TSR_VALUES(x, y),
                                       TSR_TENSORS(t)),
                    TSR_ERR_ARGUMENT, "dot_general: the tensor for result 0", "operand 0");
  assert_numbers(t, 1, 2, 3, 4);
}

/* Rows 0 and 1 are read where rows 1 and 2 are written. */
static void test_operands_a_little_further_are_refused(void **state) {
  (void)state;
  tsr_tensor *whole = rt_count(cpu, TSR_DIMS(3, 2), 1), *later = NULL;
  tsr_value x = tsr_from_tensor(b, whole);
  tsr_value first = tsr_slice(b, x, TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(0)),
                              TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)), TSR_NO_AXES);
  const int64_t strides[] = {2, 1};
  assert_ok(tsr_tensor_view(whole, 2, TSR_DIMS(2, 2), strides, &later));
  tsr_tensor_release(whole);
  assert_error_says(into(TSR_OP_NEG, TSR_VALUES(first), later), TSR_ERR_ARGUMENT,
                    "neg: the tensor for result 0", "operand 0");
  tsr_tensor_release(later);
}

/* ---- what is refused ---- */

static void test_memory_of_others_is_refused(void **state) {
  (void)state;
  double own[4] = {0};
  tsr_tensor *view = NULL, *foreign = NULL;
  tsr_value y = square();
  const char *why = "neg: the tensor for result 0";
  assert_ok(tsr_tensor_transpose(t, TSR_AXES(1, 0), &view));
  assert_error_says(into(TSR_OP_NEG, TSR_VALUES(y), t), TSR_ERR_ARGUMENT, why,
                    "shares its storage");
  tsr_tensor_release(view);
  tsr_tensor_retain(t);
  assert_error_says(into(TSR_OP_NEG, TSR_VALUES(y), t), TSR_ERR_ARGUMENT, why, "held by others");
  tsr_tensor_release(t);
  tsr_value x = tsr_from_tensor(b, t), again = tsr_from_tensor(b, t);
  assert_error_says(into(TSR_OP_NEG, TSR_VALUES(y), t), TSR_ERR_ARGUMENT, why,
                    "shares its storage");
  assert_error_says(into(TSR_OP_NEG, TSR_VALUES(x), t), TSR_ERR_ARGUMENT, why,
                    "shares its storage");
  assert_ok(into(TSR_OP_ADD, TSR_VALUES(x, again), t)); /* those are all who hold it */
  assert_numbers(t, 2, 4, 6, 8);
  assert_ok(tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(2, 2), NULL, own, NULL, NULL, &foreign));
  assert_error_says(into(TSR_OP_NEG, TSR_VALUES(y), foreign), TSR_ERR_ARGUMENT, why, "foreign");
  tsr_tensor_release(foreign);
}

static void test_tensors_that_do_not_fit_are_refused(void **state) {
  (void)state;
  tsr_value x = square();
  tsr_tensor *three = rt_count(cpu, TSR_DIMS(3), 1), *single = NULL, *same = NULL;
  const int64_t still[] = {0, 1};
  assert_error_says(into(TSR_OP_ADD, TSR_VALUES(x, x), three), TSR_ERR_SHAPE,
                    "add: the tensor for result 0 is f64[3], should be f64[2, 2]");
  assert_ok(tsr_tensor_create(cpu, TSR_F32, TSR_DIMS(2, 2), &single));
  assert_error_says(into(TSR_OP_ADD, TSR_VALUES(x, x), single), TSR_ERR_DTYPE,
                    "add: the tensor for result 0 is f32[2, 2], should be f64[2, 2]");
  assert_ok(tsr_tensor_view(three, 0, TSR_DIMS(2, 2), still, &same));
  tsr_tensor_release(three);
  assert_error_says(into(TSR_OP_ADD, TSR_VALUES(x, x), same), TSR_ERR_ARGUMENT,
                    "add: the tensor for result 0 overlaps itself");
  assert_error_says(into(TSR_OP_ADD, TSR_VALUES(x, x), NULL), TSR_ERR_ARGUMENT, "is NULL");
  const tsr_op *add = tsr_op_core(TSR_OP_ADD);
  assert_error_says(tsr_eager_run_into(b, add, NULL, TSR_VALUES(x, x), (tsr_tensor_list){NULL, 1}),
                    TSR_ERR_ARGUMENT, "add: 1 results, but no list");
  assert_error_says(tsr_eager_run_into(b, add, NULL, (tsr_values){NULL, 2}, TSR_TENSORS(t)),
                    TSR_ERR_ARGUMENT, "add: 2 operands, but no list");
  tsr_tensor_release(single);
  tsr_tensor_release(same);
}

static void test_operands_that_do_not_fit_are_refused(void **state) {
  (void)state;
  tsr_value x = square(), y = numbers(TSR_DIMS(2), (double[]){1, 2});
  assert_error_says(into(TSR_OP_ADD, TSR_VALUES(x, y), t), TSR_ERR_SHAPE, "add", "[2, 2]", "[2]");
  assert_error_says(into(TSR_OP_ADD, TSR_VALUES(x), t), TSR_ERR_ARGUMENT, "add");
  assert_error_says(into(TSR_OP_NEG, TSR_VALUES(TSR_NO_VALUE), t), TSR_ERR_ARGUMENT, "neg",
                    "operand 0");
  assert_error_says(into(TSR_OP_NEG, TSR_VALUES(TSR_ZERO_VALUE), t), TSR_ERR_ARGUMENT, "operand 0");
  assert_error_says(into(TSR_OP_REDUCE_SUM, TSR_VALUES(x), t), TSR_ERR_ARGUMENT, "reduce_sum");
  assert_error_says(tsr_eager_run_into(b, NULL, NULL, TSR_VALUES(x), TSR_TENSORS(t)),
                    TSR_ERR_ARGUMENT, "no operation");
  assert_error_says(
      tsr_eager_run_into(NULL, tsr_op_core(TSR_OP_NEG), NULL, TSR_VALUES(x), TSR_TENSORS(t)),
      TSR_ERR_ARGUMENT, "builder");
  assert_ok(tsr_builder_status(b)); /* nothing was latched */
  assert_numbers(t, 1, 2, 3, 4);
}

static void test_a_trace_runs_nothing(void **state) {
  (void)state;
  tsr_builder *recording = trace();
  tsr_value x = tsr_input(recording, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)));
  assert_error_says(
      tsr_eager_run_into(recording, tsr_op_core(TSR_OP_NEG), NULL, TSR_VALUES(x), TSR_TENSORS(t)),
      TSR_ERR_ARGUMENT, "a trace", "tsr_program_run_into");
  assert_ok(tsr_builder_status(recording));
  tsr_builder_close(recording);
}

static void test_division_by_zero_is_numeric_and_not_latched(void **state) {
  (void)state;
  int64_t seven[] = {7, 7}, zero[] = {2, 0}, read[2];
  tsr_tensor *out = NULL;
  assert_ok(tsr_tensor_create(cpu, TSR_I64, TSR_DIMS(2), &out));
  tsr_value x = tsr_from_data(b, TSR_I64, TSR_DIMS(2), seven);
  tsr_value y = tsr_from_data(b, TSR_I64, TSR_DIMS(2), zero);
  tsr_status status = into(TSR_OP_DIV, TSR_VALUES(x, y), out);
  if (status == TSR_OK) status = tsr_tensor_read(out, read, sizeof read); /* deferred */
  assert_error_says(status, TSR_ERR_NUMERIC, "div");
  assert_ok(tsr_builder_status(b));
  assert_ok(into(TSR_OP_DIV, TSR_VALUES(x, x), out));
  assert_ok(tsr_tensor_read(out, read, sizeof read));
  assert_int_equal(read[0] + read[1], 2);
  tsr_tensor_release(out);
}

/* ---- memory ---- */

static void test_no_memory_is_taken_on_the_device(void **state) {
  (void)state;
  tsr_value x = square();
  int64_t live, after, high, reserved;
  assert_ok(into(TSR_OP_ADD, TSR_VALUES(x, x), t));
  assert_ok(tsr_device_synchronize(cpu));
  tsr_device_memory_reset(cpu);
  tsr_device_memory(cpu, &live, &high, &reserved);
  for (int i = 0; i < 100; i++)
    assert_ok(into(TSR_OP_ADD, TSR_VALUES(x, x), t));
  assert_ok(tsr_device_synchronize(cpu));
  tsr_device_memory(cpu, &after, &high, &reserved);
  assert_int_equal(after, live);
  assert_int_equal(high, live);
}

static tsr_status add_in_place(tsr_builder *scope, tsr_tensor *sum) {
  tsr_value x = tsr_from_tensor(scope, sum);
  TSR_TRY(tsr_builder_status(scope));
  TSR_TRY(
      tsr_eager_run_into(scope, tsr_op_core(TSR_OP_ADD), NULL, TSR_VALUES(x, x), TSR_TENSORS(sum)));
  tsr_value y = tsr_neg(scope, x);
  TSR_TRY(tsr_builder_status(scope));
  return tsr_eager_run_into(scope, tsr_op_core(TSR_OP_MUL), NULL, TSR_VALUES(x, y),
                            TSR_TENSORS(sum));
}

static tsr_status small_session(void *arg) {
  (void)arg;
  tsr_runtime *own = NULL;
  tsr_device *device = NULL;
  tsr_builder *scope = NULL;
  tsr_tensor *sum = NULL;
  tsr_status status = rt_open(&own, &device);
  if (status == TSR_OK) status = tsr_eager_open(own, RT_DEVICE, &scope);
  if (status == TSR_OK)
    status = tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(2, 2), (double[]){1, 2, 3, 4}, &sum);
  if (status == TSR_OK) status = add_in_place(scope, sum);
  tsr_builder_close(scope);
  tsr_tensor_release(sum);
  tsr_runtime_release(own);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(small_session, NULL);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scope, close_scope)
  const struct CMUnitTest tests[] = {
      TEST(test_the_result_is_in_the_tensor),
      TEST(test_tensors_of_every_stride_are_written),
      TEST(test_what_else_would_be_a_view_is_copied),
      TEST(test_ranks_and_sizes_without_much_in_them),
      TEST(test_operations_with_attributes_and_many_operands),
      TEST(test_two_results_in_two_tensors),
      TEST(test_an_operand_may_be_the_result),
      TEST(test_a_part_is_updated_in_place),
      TEST(test_operands_read_in_another_order_are_refused),
      TEST(test_operands_a_little_further_are_refused),
      TEST(test_memory_of_others_is_refused),
      TEST(test_tensors_that_do_not_fit_are_refused),
      TEST(test_operands_that_do_not_fit_are_refused),
      TEST(test_a_trace_runs_nothing),
      TEST(test_division_by_zero_is_numeric_and_not_latched),
      TEST(test_no_memory_is_taken_on_the_device),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name(RT_SUITE("runtime/eager_into"), tests, NULL, NULL);
}
