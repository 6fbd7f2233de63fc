/* test_handles.c - freed structs are used again, by any number of threads. */
#include "tensor_internal.h"
#include "test_device.h"
#include "tsr_test.h"

#include <pthread.h>

static tsr_device *device;
static tsr_tensor *shared;

static void test_the_next_view_takes_the_last_struct(void **state) {
  (void)state;
  tsr_tensor *v, *w;
  int64_t one[] = {1};
  assert_ok(tsr_tensor_view(shared, 0, TSR_DIMS(2), one, &v));
  tsr_tensor_release(v);
  assert_ok(tsr_tensor_view(shared, 1, TSR_DIMS(3), one, &w));
  assert_ptr_equal(v, w);
  assert_int_equal(w->object.refs, 1);
  tsr_tensor_release(w);
}

static void test_no_more_are_kept_than_allowed(void **state) {
  (void)state;
  enum {
    MANY = 3 * TSRI_KEPT
  };
  tsr_tensor *views[MANY];
  for (int i = 0; i < MANY; i++) {
    assert_ok(tsr_tensor_transpose(shared, TSR_AXES(0), &views[i]));
  }
  tsr_tensors_release(views, MANY);
  assert_null(views[0]);
  int32_t kept = 0;
  for (int i = 0; i < TSRI_SLOTS; i++) {
    kept += device->handles->slots[i].kept[TSRI_TENSOR_HANDLE];
  }
  assert_int_equal(kept, TSRI_KEPT);
}

enum {
  THREADS = 40,
  ROUNDS = 300
}; /* more threads than slots */
static tsr_tensor *made[THREADS];

static void *use_views(void *arg) {
  tsr_status status = TSR_OK;
  tsr_tensor **slot = arg;
  for (int i = 0; i < ROUNDS && status == TSR_OK; i++) {
    tsr_tensor *t = NULL, *v = NULL;
    status = tsr_tensor_create(device, TSR_F32, TSR_DIMS(4), &t);
    if (status == TSR_OK) status = tsr_tensor_view(shared, 1, TSR_DIMS(3), (int64_t[]){1}, &v);
    tsr_tensor_release(t);
    tsr_tensor_release(v);
  }
  if (status == TSR_OK) status = tsr_tensor_reshape(shared, TSR_DIMS(2, 2), slot);
  return status == TSR_OK ? arg : NULL;
}

static void test_threads_share_a_device(void **state) {
  (void)state;
  for (int round = 0; round < 2; round++) { /* the second takes slots over */
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
      assert_int_equal(pthread_create(&threads[i], NULL, use_views, &made[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
      void *result;
      pthread_join(threads[i], &result);
      assert_ptr_equal(result, &made[i]);
    }
    tsr_tensors_release(made, THREADS); /* on a thread that made none of them */
  }
  assert_int_equal(shared->storage->object.refs, 1);
}

static int open_all(void **state) {
  (void)state;
  assert_ok(open_test_device(true, &device));
  assert_ok(tsr_tensor_create(device, TSR_F32, TSR_DIMS(4), &shared));
  return 0;
}

static int close_all(void **state) {
  (void)state;
  tsr_tensor_release(shared);
  assert_int_equal(device->live, 0);
  tsr_device_release(device);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_next_view_takes_the_last_struct),
      cmocka_unit_test(test_no_more_are_kept_than_allowed),
      cmocka_unit_test(test_threads_share_a_device),
  };
  return cmocka_run_group_tests_name("tensor/handles", tests, open_all, close_all);
}
