/* test_deferred.c - on a device that works later, a failure comes out where the result is
 * wanted, with its own sentence, on the thread that asks.
 */
#include "deferred.h"

BODY(doubled_ten_times) {
  (void)ctx;
  return tsr_scan(b, double_it, NULL, TSR_VALUES(in[0]), TSR_NO_VALUES, tsr_dim_of(10),
                  TSR_SCAN_FORWARD, 0, out);
}

static void test_the_reader_learns_of_the_failure(void **state) {
  (void)state;
  const tsr_body bodies[2] = {double_it, doubled_ten_times};
  const double good_at[2] = {3, 0.03125}, expected[2] = {6, 32}, bad_at[2] = {60, 3};
  const char *const sentence[2] = {"120 is too much", "192 is too much"};
  for (int k = 0; k < 2; k++) {
    tsr_program *p = program_at(bodies[k]);
    tsr_tensor *good = there(good_at[k]), *bad = there(bad_at[k]), *out[1];
    double got = 0;
    for (int round = 0; round < 3; round++) {
      tsr_status status = tsr_program_run(p, mock, TSR_TENSORS(bad), out, 1);
      if (status == TSR_OK) { /* a loop may have waited; then it has said so itself */
        status = tsr_tensor_read(out[0], &got, sizeof got);
        assert_false(pthread_equal(ran_on, pthread_self()));
      }
      assert_error_says(status, TSR_ERR_DEVICE, "picky", sentence[k]);
      tsr_tensors_release(out, 1);
      assert_ok(tsr_device_synchronize(mock)); /* told once */
      assert_ok(tsr_program_run(p, mock, TSR_TENSORS(good), out, 1));
      assert_ok(tsr_tensor_read(out[0], &got, sizeof got));
      assert_near(got, expected[k], 0, 0);
      tsr_tensors_release(out, 1);
    }
    tsr_tensors_release((tsr_tensor *[]){good, bad}, 2);
    tsr_program_release(p);
  }
}

/* The thread that reads is told, not the one that started the work. */
static tsr_tensor *to_read;
static tsr_error told;
static void *reader(void *arg) {
  (void)arg;
  double got;
  tsr_error_take(tsr_tensor_read(to_read, &got, sizeof got), &told);
  return NULL;
}

static void test_the_failure_is_raised_on_the_thread_that_reads(void **state) {
  (void)state;
  tsr_program *p = program_at(double_it);
  tsr_tensor *bad = there(60);
  pthread_t thread;
  assert_status(TSR_ERR_ARGUMENT, TSR_FAIL(TSR_ERR_ARGUMENT, "mine"));
  assert_ok(tsr_program_run(p, mock, TSR_TENSORS(bad), &to_read, 1));
  assert_int_equal(0, pthread_create(&thread, NULL, reader, NULL));
  pthread_join(thread, NULL);
  assert_int_equal(told.code, TSR_ERR_DEVICE);
  assert_non_null(strstr(told.text, "120 is too much"));
  assert_non_null(strstr(tsr_error_message(), "mine"));
  tsr_tensors_release(&to_read, 1);
  tsr_tensor_release(bad);
  tsr_program_release(p);
}

static void test_a_scope_says_it_when_values_leave(void **state) {
  (void)state;
  tsr_builder *b = NULL;
  double got;
  assert_ok(tsr_eager_open(rt, "mock", &b));
  tsr_value x = tsr_scalar(b, 60), y;
  assert_ok(double_it(b, NULL, &x, &y));
  tsr_status status = tsr_read(b, tsr_neg(b, y), &got, sizeof got);
  assert_error_says(status, TSR_ERR_DEVICE, "picky", "120 is too much");
  tsr_builder_clear(b);
  x = tsr_scalar(b, 2);
  assert_ok(double_it(b, NULL, &x, &y));
  assert_ok(tsr_read(b, y, &got, sizeof got));
  assert_near(got, 4, 0, 0);
  tsr_builder_close(b);
}

static void test_handles_may_go_before_the_work_is_done(void **state) {
  (void)state;
  tsr_program *p = program_at(doubled_ten_times);
  tsr_tensor *out[1];
  double got;
  for (int k = 0; k < 20; k++) {
    tsr_tensor *x = there(0.0625), *unread[1];
    assert_ok(tsr_program_run(p, mock, TSR_TENSORS(x), unread, 1));
    assert_ok(tsr_program_run(p, mock, TSR_TENSORS(unread[0]), out, 1)); /* 64 doubled again */
    tsr_tensors_release(unread, 1);
    tsr_tensor_release(x);
    tsr_status status = tsr_tensor_read(out[0], &got, sizeof got);
    assert_error_says(status, TSR_ERR_DEVICE, "128 is too much");
    tsr_tensors_release(out, 1);
  }
  tsr_program_release(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_reader_learns_of_the_failure),
      cmocka_unit_test(test_the_failure_is_raised_on_the_thread_that_reads),
      cmocka_unit_test(test_a_scope_says_it_when_values_leave),
      cmocka_unit_test(test_handles_may_go_before_the_work_is_done),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
