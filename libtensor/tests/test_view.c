/* test_view.c - views by strides, axes, bounds and shapes, against indices done by hand. */
#include "test_device.h"
#include "tsr_test.h"

static tsr_device *device;
static tsr_tensor *base; /* [2, 3, 4], element i is i */

static int open_base(void **state) {
  (void)state;
  int32_t data[24];
  for (int i = 0; i < 24; i++) {
    data[i] = i;
  }
  assert_ok(open_test_device(true, &device));
  assert_ok(tsr_tensor_from_data(device, TSR_I32, TSR_DIMS(2, 3, 4), data, &base));
  return 0;
}

static int close_base(void **state) {
  (void)state;
  tsr_tensor_release(base);
  assert_int_equal(device->live, 0);
  tsr_device_release(device);
  return 0;
}

/* The view has these elements in C order; it is released. */
static void assert_elements(tsr_tensor *t, const int32_t *expected, size_t n) {
  int32_t got[64];
  assert_true(n <= 64);
  assert_int_equal(tsr_tensor_count(t), n);
  assert_ok(tsr_tensor_read(t, got, n * sizeof *got));
  assert_memory_equal(got, expected, n * sizeof *got);
  tsr_tensor_release(t);
}
#define ELEMENTS(t, ...)                                                                           \
  assert_elements((t), (const int32_t[]){__VA_ARGS__},                                             \
                  sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

static void test_negative_and_zero_strides(void **state) {
  (void)state;
  tsr_tensor *v;
  assert_ok(tsr_tensor_view(base, 23, TSR_DIMS(2, 3), (int64_t[]){-12, -4}, &v));
  ELEMENTS(v, 23, 19, 15, 11, 7, 3);
  assert_ok(tsr_tensor_view(base, 5, TSR_DIMS(2, 2), (int64_t[]){0, 1}, &v));
  ELEMENTS(v, 5, 6, 5, 6);
  assert_ok(tsr_tensor_view(base, 0, TSR_NO_DIMS, NULL, &v));
  ELEMENTS(v, 0);
}

static void test_views_of_views_count_from_their_base(void **state) {
  (void)state;
  tsr_tensor *v, *w;
  assert_ok(tsr_tensor_view(base, 12, TSR_DIMS(12), (int64_t[]){1}, &v));
  assert_ok(tsr_tensor_view(v, -2, TSR_DIMS(3), (int64_t[]){1}, &w));
  ELEMENTS(w, 10, 11, 12);
  tsr_tensor_release(v);
}

static void test_no_view_reaches_outside(void **state) {
  (void)state;
  tsr_tensor *v;
  int64_t one[] = {1}, huge[] = {INT64_MAX}, down[] = {-1};
  assert_status(TSR_ERR_SHAPE, tsr_tensor_view(base, 0, TSR_DIMS(25), one, &v));
  assert_null(v);
  assert_status(TSR_ERR_SHAPE, tsr_tensor_view(base, 24, TSR_DIMS(1), one, &v));
  assert_status(TSR_ERR_SHAPE, tsr_tensor_view(base, -1, TSR_DIMS(1), one, &v));
  assert_status(TSR_ERR_SHAPE, tsr_tensor_view(base, 3, TSR_DIMS(5), down, &v));
  assert_status(TSR_ERR_SHAPE, tsr_tensor_view(base, 0, TSR_DIMS(-1), one, &v));
  assert_status(TSR_ERR_LIMIT, tsr_tensor_view(base, 0, TSR_DIMS(3), huge, &v));
  assert_status(TSR_ERR_LIMIT, tsr_tensor_view(base, INT64_MAX, TSR_DIMS(1), one, &v));
  int64_t zeros[] = {0, 0, 0};
  assert_status(TSR_ERR_LIMIT, tsr_tensor_view(base, 0, TSR_DIMS(INT64_MAX, 4, 1), zeros, &v));
  assert_null(v);
}

static void test_empty_views_touch_nothing(void **state) {
  (void)state;
  tsr_tensor *v;
  int64_t strides[] = {INT64_MAX, INT64_MIN};
  assert_ok(tsr_tensor_view(base, 1000, TSR_DIMS(0, 3), strides, &v));
  assert_int_equal(tsr_tensor_count(v), 0);
  assert_ok(tsr_tensor_read(v, NULL, 0));
  tsr_tensor_release(v);
}

/* What sizes and strides of nothing are does not matter, as long as they are numbers. */
static void test_empty_tensors_have_any_layout(void **state) {
  (void)state;
  const int64_t far = INT64_MAX;
  tsr_tensor *empty = NULL, *part = NULL;
  assert_ok(tsr_tensor_create(device, TSR_I32, TSR_DIMS(far, far, 0), &empty));
  assert_int_equal(tsr_tensor_count(empty), 0);
  tsr_tensor_release(empty);
  assert_ok(tsr_tensor_view(base, 0, TSR_DIMS(0, 5), (int64_t[]){1, far}, &empty));
  assert_ok(tsr_tensor_slice(empty, TSR_DIMS(0, 2), TSR_DIMS(0, 5), TSR_DIMS(1, 2), &part));
  assert_int_equal(tsr_tensor_dims(part)[1], 2);
  assert_elements(part, NULL, 0);
  tsr_tensor_release(empty);
}

static void test_transpose_permutes_axes(void **state) {
  (void)state;
  tsr_tensor *v, *w;
  assert_ok(tsr_tensor_transpose(base, TSR_AXES(-1, 0, 1), &v));
  assert_int_equal(tsr_tensor_dims(v)[0], 4);
  assert_int_equal(tsr_tensor_dims(v)[1], 2);
  assert_ok(tsr_tensor_slice(v, TSR_DIMS(1, 0, 0), TSR_DIMS(2, 2, 3), TSR_NO_DIMS, &w));
  ELEMENTS(w, 1, 5, 9, 13, 17, 21);
  tsr_tensor_release(v);
  assert_status(TSR_ERR_ARGUMENT, tsr_tensor_transpose(base, TSR_AXES(0, 1, 1), &v));
  assert_status(TSR_ERR_ARGUMENT, tsr_tensor_transpose(base, TSR_AXES(0, 1), &v));
  assert_status(TSR_ERR_ARGUMENT, tsr_tensor_transpose(base, TSR_AXES(0, 1, 3), &v));
  assert_status(TSR_ERR_ARGUMENT, tsr_tensor_transpose(base, TSR_ALL_AXES, &v));
  assert_error_says(tsr_tensor_transpose(base, (tsr_axes){NULL, 3}, &v), TSR_ERR_ARGUMENT, "NULL");
}

static void test_lists_without_entries_are_refused(void **state) {
  (void)state;
  tsr_tensor *v;
  const tsr_dims none = {NULL, 3}, some = TSR_DIMS(0, 0, 0);
  assert_error_says(tsr_tensor_slice(base, none, some, some, &v), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_tensor_slice(base, some, none, some, &v), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_tensor_slice(base, some, some, none, &v), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_tensor_broadcast(base, none, &v), TSR_ERR_ARGUMENT, "NULL");
  assert_error_says(tsr_tensor_reshape(base, none, &v), TSR_ERR_ARGUMENT, "NULL");
}

static void test_slices_step_both_ways(void **state) {
  (void)state;
  tsr_tensor *v;
  assert_ok(tsr_tensor_slice(base, TSR_DIMS(1, 0, 3), TSR_DIMS(2, 3, -1), TSR_DIMS(1, 2, -2), &v));
  ELEMENTS(v, 15, 13, 23, 21);
  assert_ok(tsr_tensor_slice(base, TSR_DIMS(0, 0, 0), TSR_DIMS(1, 1, 4),
                             TSR_DIMS(INT64_MAX, INT64_MAX, 3), &v));
  ELEMENTS(v, 0, 3);
  assert_ok(tsr_tensor_slice(base, TSR_DIMS(1, 2, 3), TSR_DIMS(0, 1, 2),
                             TSR_DIMS(INT64_MIN, INT64_MIN, -1), &v));
  ELEMENTS(v, 23);
  assert_ok(tsr_tensor_slice(base, TSR_DIMS(2, 0, 0), TSR_DIMS(2, 3, 4), TSR_NO_DIMS, &v));
  assert_int_equal(tsr_tensor_count(v), 0);
  tsr_tensor_release(v);
  assert_error_says(tsr_tensor_slice(base, TSR_DIMS(0, 0, 0), TSR_DIMS(2, 4, 4), TSR_NO_DIMS, &v),
                    TSR_ERR_SHAPE, "axis 1", "3", "4");
  assert_status(TSR_ERR_ARGUMENT, tsr_tensor_slice(base, TSR_DIMS(0, 0, 0), TSR_DIMS(1, 1, 1),
                                                   TSR_DIMS(1, 0, 1), &v));
  assert_status(TSR_ERR_ARGUMENT,
                tsr_tensor_slice(base, TSR_DIMS(0), TSR_DIMS(1), TSR_NO_DIMS, &v));
}

static void test_broadcast_repeats(void **state) {
  (void)state;
  tsr_tensor *v, *w;
  assert_ok(tsr_tensor_slice(base, TSR_DIMS(0, 0, 0), TSR_DIMS(1, 3, 1), TSR_NO_DIMS, &v));
  assert_ok(tsr_tensor_broadcast(v, TSR_DIMS(2, 1, 3, 2), &w));
  ELEMENTS(w, 0, 0, 4, 4, 8, 8, 0, 0, 4, 4, 8, 8);
  assert_error_says(tsr_tensor_broadcast(v, TSR_DIMS(2, 4, 2), &w), TSR_ERR_SHAPE, "[1, 3, 1]",
                    "[2, 4, 2]");
  assert_status(TSR_ERR_SHAPE, tsr_tensor_broadcast(v, TSR_DIMS(3, 1), &w));
  assert_ok(tsr_tensor_broadcast(v, TSR_DIMS(0, 3, 1), &w));
  assert_int_equal(tsr_tensor_count(w), 0);
  tsr_tensor_release(w);
  assert_status(TSR_ERR_LIMIT, tsr_tensor_broadcast(v, TSR_DIMS(INT64_MAX, 3, 1), &w));
  tsr_tensor_release(v);
}

static void test_reshape_when_strides_allow(void **state) {
  (void)state;
  tsr_tensor *v, *turned;
  assert_ok(tsr_tensor_reshape(base, TSR_DIMS(6, 4), &v));
  assert_int_equal(tsr_tensor_strides(v)[0], 4);
  tsr_tensor_release(v);
  assert_ok(tsr_tensor_transpose(base, TSR_AXES(2, 1, 0), &turned));
  assert_error_says(tsr_tensor_reshape(turned, TSR_DIMS(24), &v), TSR_ERR_UNSUPPORTED, "dense");
  assert_error_says(tsr_tensor_reshape(base, TSR_DIMS(5, 5), &v), TSR_ERR_SHAPE, "[2, 3, 4]",
                    "[5, 5]");
  tsr_tensor_release(turned);
}

static void test_high_ranks_work_alike(void **state) {
  (void)state;
  tsr_tensor *v, *w, *turned;
  assert_ok(tsr_tensor_reshape(base, TSR_DIMS(1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 3, 4), &v));
  assert_int_equal(tsr_tensor_rank(v), 12);
  assert_ok(tsr_tensor_transpose(v, TSR_AXES(11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0), &turned));
  assert_int_equal(tsr_tensor_dims(turned)[0], 4);
  assert_int_equal(tsr_tensor_strides(turned)[0], 1);
  int64_t start[12] = {3, 1}, limit[12] = {4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 3, 1};
  assert_ok(
      tsr_tensor_slice(turned, (tsr_dims){start, 12}, (tsr_dims){limit, 12}, TSR_NO_DIMS, &w));
  ELEMENTS(w, 15, 19, 23);
  tsr_tensor_release(turned);
  tsr_tensor_release(v);
}

static void test_the_last_view_frees_the_storage(void **state) {
  (void)state;
  tsr_tensor *t, *v;
  int64_t before = device->live;
  assert_ok(tsr_tensor_create(device, TSR_F64, TSR_DIMS(100), &t));
  assert_ok(tsr_tensor_view(t, 99, TSR_DIMS(1), (int64_t[]){1}, &v));
  tsr_tensor_release(t);
  assert_int_equal(device->live, before + 800);
  tsr_object_release(v); /* the way attributes release it */
  assert_int_equal(device->live, before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_negative_and_zero_strides),
      cmocka_unit_test(test_views_of_views_count_from_their_base),
      cmocka_unit_test(test_no_view_reaches_outside),
      cmocka_unit_test(test_empty_views_touch_nothing),
      cmocka_unit_test(test_empty_tensors_have_any_layout),
      cmocka_unit_test(test_transpose_permutes_axes),
      cmocka_unit_test(test_lists_without_entries_are_refused),
      cmocka_unit_test(test_slices_step_both_ways),
      cmocka_unit_test(test_broadcast_repeats),
      cmocka_unit_test(test_reshape_when_strides_allow),
      cmocka_unit_test(test_high_ranks_work_alike),
      cmocka_unit_test(test_the_last_view_frees_the_storage),
  };
  return cmocka_run_group_tests_name("tensor/view", tests, open_base, close_base);
}
