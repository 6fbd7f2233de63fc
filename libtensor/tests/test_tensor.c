/* test_tensor.c - making, reading, printing and comparing tensors. */
#include "test_device.h"
#include "tsr_test.h"

static const float six[6] = {1, 2, 3, 4, 5, 6};

static void test_data_comes_back(void **state) {
  for (int host = 0; host < 2; host++) {
    tsr_device *d;
    tsr_tensor *t;
    float back[6] = {0};
    assert_ok(open_test_device(host, &d));
    assert_ok(tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(2, 3), six, &t));
    assert_ok(tsr_tensor_read(t, back, sizeof back));
    assert_memory_equal(back, six, sizeof six);
    assert_int_equal(tsr_tensor_rank(t), 2);
    assert_int_equal(tsr_tensor_strides(t)[0], 3);
    assert_int_equal(tsr_tensor_count(t), 6);
    assert_ptr_equal(tsr_tensor_device(t), d);
    tsr_tensor_release(t);
    assert_int_equal(d->live, 0);
    tsr_device_release(d);
  }
  (void)state;
}

static void test_no_elements_and_one_element(void **state) {
  (void)state;
  tsr_device *d;
  tsr_tensor *t;
  double x = 3.5, y = 0;
  assert_ok(open_test_device(true, &d));
  assert_ok(tsr_tensor_from_data(d, TSR_F64, TSR_NO_DIMS, &x, &t));
  assert_int_equal(tsr_tensor_count(t), 1);
  assert_ok(tsr_tensor_read(t, &y, sizeof y));
  assert_true(y == x);
  tsr_tensor_release(t);
  assert_ok(tsr_tensor_from_data(d, TSR_F64, TSR_DIMS(3, 0, INT64_MAX), NULL, &t));
  assert_int_equal(tsr_tensor_count(t), 0);
  assert_ok(tsr_tensor_read(t, NULL, 0));
  tsr_tensor_release(t);
  tsr_device_release(d);
}

static void test_bad_requests_say_what_is_wrong(void **state) {
  (void)state;
  tsr_device *d;
  tsr_tensor *t;
  char byte;
  assert_ok(open_test_device(true, &d));
  assert_status(TSR_ERR_SHAPE, tsr_tensor_create(d, TSR_F32, TSR_DIMS(2, -1), &t));
  assert_null(t);
  assert_status(TSR_ERR_LIMIT, tsr_tensor_create(d, TSR_F32, TSR_DIMS(INT64_MAX, 2), &t));
  assert_status(TSR_ERR_LIMIT, tsr_tensor_create(d, TSR_F32, TSR_DIMS(INT64_MAX / 2), &t));
  assert_status(TSR_ERR_DTYPE, tsr_tensor_create(d, TSR_DTYPE_COUNT, TSR_DIMS(2), &t));
  assert_status(TSR_ERR_ARGUMENT, tsr_tensor_create(NULL, TSR_F32, TSR_DIMS(2), &t));
  assert_status(TSR_ERR_ARGUMENT, tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(2), NULL, &t));
  assert_null(t);
  assert_ok(tsr_tensor_create(d, TSR_F32, TSR_DIMS(2), &t));
  assert_error_says(tsr_tensor_read(t, &byte, 1), TSR_ERR_ARGUMENT, "1 bytes", "8");
  tsr_tensor_release(t);
  tsr_device_release(d);
}

static void test_remote_memory_is_not_lent(void **state) {
  (void)state;
  tsr_device *d;
  tsr_tensor *t;
  tsr_view v;
  assert_ok(open_test_device(false, &d));
  assert_ok(tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(6), six, &t));
  assert_error_says(tsr_tensor_host_view(t, &v), TSR_ERR_UNSUPPORTED, "remote:0");
  assert_null(v.data);
  tsr_tensor_release(t);
  tsr_device_release(d);
}

/* Printing reads first, so both kinds of memory give the same text. */
static void test_both_kinds_of_memory_print_the_same(void **state) {
  (void)state;
  char text[2][200] = {{0}};
  for (int host = 0; host < 2; host++) {
    tsr_device *d;
    tsr_tensor *t, *turned;
    assert_ok(open_test_device(host, &d));
    assert_ok(tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(2, 3), six, &t));
    assert_ok(tsr_tensor_transpose(t, TSR_AXES(1, 0), &turned));
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_ok(tsr_tensor_print(turned, file));
    assert_status(TSR_ERR_ARGUMENT, tsr_tensor_print(turned, NULL));
    rewind(file);
    assert_true(fread(text[host], 1, sizeof text[host] - 1, file) > 0);
    fclose(file);
    tsr_tensor_release(turned);
    tsr_tensor_release(t);
    tsr_device_release(d);
  }
  assert_string_equal(text[0], text[1]);
  assert_non_null(strstr(text[0], "4"));
}

static void test_small_tensors_are_equal_by_content(void **state) {
  (void)state;
  tsr_device *d;
  tsr_tensor *a, *b, *c, *turned, *back;
  float big[65] = {0};
  assert_ok(open_test_device(true, &d));
  assert_ok(tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(2, 3), six, &a));
  assert_ok(tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(2, 3), six, &b));
  assert_ok(tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(3, 2), six, &c));
  const tsr_class *isa = a->object.isa;
  assert_true(isa->equal(a, b));
  assert_true(isa->hash(a) == isa->hash(b));
  assert_false(isa->equal(a, c));
  assert_ok(tsr_tensor_transpose(a, TSR_AXES(1, 0), &turned));
  assert_ok(tsr_tensor_transpose(turned, TSR_AXES(1, 0), &back));
  assert_false(isa->equal(turned, c)); /* same shape, other order */
  assert_true(isa->equal(a, back));
  tsr_tensors_release((tsr_tensor *[]){a, b, c, turned, back}, 5);
  /* beyond 256 bytes only identity counts */
  assert_ok(tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(65), big, &a));
  assert_ok(tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(65), big, &b));
  assert_false(isa->equal(a, b));
  assert_true(isa->equal(a, a));
  tsr_tensor_release(a);
  tsr_tensor_release(b);
  tsr_device_release(d);
}

static tsr_status make_and_read(void *arg) {
  bool host = *(bool *)arg;
  float back[6];
  tsr_device *d = NULL;
  tsr_tensor *t = NULL, *turned = NULL, *deep = NULL;
  tsr_status status;
  TSR_TRY(open_test_device(host, &d));
  TSR_TRY_TO(done, status, tsr_tensor_from_data(d, TSR_F32, TSR_DIMS(2, 3), six, &t));
  TSR_TRY_TO(done, status, tsr_tensor_transpose(t, TSR_AXES(1, 0), &turned));
  TSR_TRY_TO(done, status, tsr_tensor_read(turned, back, sizeof back));
  TSR_TRY_TO(done, status, tsr_tensor_reshape(t, TSR_DIMS(1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 1), &deep));
  TSR_TRY_TO(done, status, tsr_tensor_read(deep, back, sizeof back));
done:
  tsr_tensor_release(deep);
  tsr_tensor_release(turned);
  tsr_tensor_release(t);
  tsr_device_release(d);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  for (int host = 0; host < 2; host++) {
    bool is_host = host;
    tsr_test_oom(make_and_read, &is_host);
  }
}

static void test_findings_keep_the_first_call_and_its_lowest_batch(void **state) {
  (void)state;
  tsr_numeric numeric = {0};
  tsr_op op = {.name = "probe"};
  tsr_call one = {.op = &op, .numeric = &numeric}, two = one, silent = {.op = &op};
  tsr_numeric_flag(&silent, 0, "nobody listens");
  tsr_numeric_flag(&one, 5, "five");
  tsr_numeric_flag(&one, 2, "two");
  tsr_numeric_flag(&one, 3, "three");
  tsr_numeric_flag(&two, 0, "later step");
  assert_int_equal(numeric.error.code, TSR_ERR_NUMERIC);
  assert_int_equal(numeric.batch, 2);
  assert_error_says(tsr_error_raise(&numeric.error), TSR_ERR_NUMERIC, "probe", "two", "2");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_data_comes_back),
      cmocka_unit_test(test_no_elements_and_one_element),
      cmocka_unit_test(test_bad_requests_say_what_is_wrong),
      cmocka_unit_test(test_remote_memory_is_not_lent),
      cmocka_unit_test(test_both_kinds_of_memory_print_the_same),
      cmocka_unit_test(test_small_tensors_are_equal_by_content),
      cmocka_unit_test(test_every_allocation_may_fail),
      cmocka_unit_test(test_findings_keep_the_first_call_and_its_lowest_batch),
  };
  return cmocka_run_group_tests_name("tensor/tensor", tests, NULL, NULL);
}
