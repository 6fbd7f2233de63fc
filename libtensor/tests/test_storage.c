/* test_storage.c - wrapped memory, its deleter, and donation. */
#include "test_device.h"
#include "tsr_test.h"

static tsr_device *device;

static int open_device(void **state) {
  (void)state;
  assert_ok(open_test_device(true, &device));
  return 0;
}

static int close_device(void **state) {
  (void)state;
  assert_int_equal(device->live, 0);
  tsr_device_release(device);
  return 0;
}

typedef struct deletion {
  int times;
  void *data;
} deletion;

static void note_deletion(void *ctx, void *data) {
  deletion *d = ctx;
  d->times++;
  d->data = data;
}

static void test_deleter_runs_once_after_the_last_user(void **state) {
  (void)state;
  float memory[6] = {1, 2, 3, 4, 5, 6};
  deletion seen = {0};
  tsr_tensor *t, *v;
  assert_ok(
      tsr_tensor_wrap(device, TSR_F32, TSR_DIMS(2, 3), NULL, memory, note_deletion, &seen, &t));
  assert_ok(tsr_tensor_transpose(t, TSR_AXES(1, 0), &v));
  tsr_tensor_release(t);
  assert_int_equal(seen.times, 0);
  float back[6];
  assert_ok(tsr_tensor_read(v, back, sizeof back));
  assert_true(back[1] == 4);
  tsr_tensor_release(v);
  assert_int_equal(seen.times, 1);
  assert_ptr_equal(seen.data, memory);
}

static void test_wrapped_strides_bound_the_views(void **state) {
  (void)state;
  int16_t memory[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, back[3];
  int64_t down[] = {-2}, one[] = {1};
  tsr_tensor *t, *v;
  /* elements 6, 4, 2: bytes 4 to 14 of memory */
  assert_ok(tsr_tensor_wrap(device, TSR_I16, TSR_DIMS(3), down, memory + 6, NULL, NULL, &t));
  assert_ok(tsr_tensor_read(t, back, sizeof back));
  assert_int_equal(back[2], 2);
  assert_ok(tsr_tensor_view(t, -4, TSR_DIMS(5), one, &v));
  tsr_tensor_release(v);
  assert_status(TSR_ERR_SHAPE, tsr_tensor_view(t, 1, TSR_DIMS(1), one, &v));
  assert_status(TSR_ERR_SHAPE, tsr_tensor_view(t, -5, TSR_DIMS(1), one, &v));
  tsr_tensor_release(t);
}

static void test_refused_memory_is_not_deleted(void **state) {
  (void)state;
  double memory[2];
  deletion seen = {0};
  tsr_tensor *t;
  assert_status(TSR_ERR_ARGUMENT, tsr_tensor_wrap(device, TSR_F64, TSR_DIMS(1), NULL, NULL,
                                                  note_deletion, &seen, &t));
  assert_error_says(tsr_tensor_wrap(device, TSR_F64, TSR_DIMS(1), NULL, (char *)memory + 1,
                                    note_deletion, &seen, &t),
                    TSR_ERR_ARGUMENT, "aligned");
  assert_status(TSR_ERR_LIMIT,
                tsr_tensor_wrap(device, TSR_F64, TSR_DIMS(3), (int64_t[]){INT64_MAX / 4}, memory,
                                note_deletion, &seen, &t));
  /* either end fits 63 bits, their distance does not */
  const int64_t apart[2] = {INT64_MIN + 1, 1};
  assert_status(TSR_ERR_LIMIT, tsr_tensor_wrap(device, TSR_I8, TSR_DIMS(2, 3), apart, memory,
                                               note_deletion, &seen, &t));
  assert_null(t);
  assert_status(TSR_ERR_SHAPE, tsr_tensor_wrap(device, TSR_F64, TSR_DIMS(-3), NULL, memory,
                                               note_deletion, &seen, &t));
  assert_null(t);
  assert_int_equal(seen.times, 0);
}

static tsr_status wrap_one(void *arg) {
  (void)arg;
  double memory[2] = {0};
  deletion seen = {0};
  tsr_device *d = NULL;
  tsr_tensor *t = NULL;
  TSR_TRY(open_test_device(true, &d));
  int64_t dims[9] = {1, 1, 1, 1, 1, 1, 1, 1, 2};
  tsr_status status =
      tsr_tensor_wrap(d, TSR_F64, (tsr_dims){dims, 9}, NULL, memory, note_deletion, &seen, &t);
  tsr_tensor_release(t);
  if (seen.times != (status == TSR_OK)) status = TSR_FAIL(TSR_ERR_INTERNAL, "deleted wrongly");
  tsr_device_release(d);
  return status;
}

static void test_wrapping_survives_every_failure(void **state) {
  (void)state;
  tsr_test_oom(wrap_one, NULL);
}

static void test_donation_moves_the_memory(void **state) {
  (void)state;
  float six[6] = {1, 2, 3, 4, 5, 6}, back[6];
  tsr_tensor *t, *u, *v;
  tsr_storage *s;
  tsr_view view;
  assert_ok(tsr_tensor_from_data(device, TSR_F32, TSR_DIMS(6), six, &t));
  const void *memory = t->data;
  assert_true(tsr_tensor_is_sole_owner(t));
  assert_ok(tsr_storage_take(t, &s));
  assert_ptr_equal(s->data, memory);
  assert_false(tsr_tensor_is_sole_owner(t));
  assert_status(TSR_ERR_STATE, tsr_tensor_read(t, back, sizeof back));
  assert_status(TSR_ERR_STATE, tsr_tensor_host_view(t, &view));
  assert_status(TSR_ERR_STATE, tsr_tensor_view(t, 0, TSR_DIMS(1), (int64_t[]){1}, &v));
  assert_status(TSR_ERR_STATE, tsr_tensor_transpose(t, TSR_AXES(0), &v));
  assert_ok(tsr_tensor_over(s, 8, TSR_F32, 1, (int64_t[]){4}, NULL, &u));
  assert_status(TSR_ERR_SHAPE, tsr_tensor_over(s, 12, TSR_F32, 1, (int64_t[]){4}, NULL, &v));
  assert_ok(tsr_tensor_read(u, back, 16));
  assert_true(back[0] == 3);
  tsr_storage *again;
  assert_error_says(tsr_storage_take(t, &again), TSR_ERR_STATE, "before");
  assert_null(again);
  assert_int_equal(device->live, 24);
  tsr_tensor_release(t);
  tsr_storage_release(s);
  tsr_tensor_release(u);
}

static void test_donation_refuses_what_others_hold(void **state) {
  (void)state;
  float memory[2] = {0};
  tsr_tensor *t, *v;
  tsr_storage *s;
  assert_ok(tsr_tensor_create(device, TSR_F32, TSR_DIMS(2), &t));
  tsr_tensor_retain(t);
  assert_false(tsr_tensor_is_sole_owner(t));
  assert_error_says(tsr_storage_take(t, &s), TSR_ERR_ARGUMENT, "tensor is shared");
  assert_null(s);
  tsr_tensor_release(t);
  assert_ok(tsr_tensor_reshape(t, TSR_DIMS(1, 2), &v));
  assert_error_says(tsr_storage_take(t, &s), TSR_ERR_ARGUMENT, "storage is shared");
  tsr_tensor_release(v);
  t->storage->exports++;
  assert_false(tsr_tensor_is_sole_owner(t));
  assert_error_says(tsr_storage_take(t, &s), TSR_ERR_ARGUMENT, "exported");
  t->storage->exports--;
  assert_true(tsr_tensor_is_sole_owner(t));
  tsr_tensor_release(t);
  assert_ok(tsr_tensor_wrap(device, TSR_F32, TSR_DIMS(2), NULL, memory, NULL, NULL, &t));
  assert_false(tsr_tensor_is_sole_owner(t));
  assert_error_says(tsr_storage_take(t, &s), TSR_ERR_ARGUMENT, "foreign");
  tsr_tensor_release(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_deleter_runs_once_after_the_last_user),
      cmocka_unit_test(test_wrapped_strides_bound_the_views),
      cmocka_unit_test(test_refused_memory_is_not_deleted),
      cmocka_unit_test(test_wrapping_survives_every_failure),
      cmocka_unit_test(test_donation_moves_the_memory),
      cmocka_unit_test(test_donation_refuses_what_others_hold),
  };
  return cmocka_run_group_tests_name("tensor/storage", tests, open_device, close_device);
}
