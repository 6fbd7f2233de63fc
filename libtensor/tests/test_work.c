/* test_work.c - works by themselves: whose failure is whose, told and untold, and what they
 * keep alive.
 */
#include "tsr_test.h"

#include <pthread.h>

#include "tsr/spi/backend.h"

static tsr_device device;
static tsr_stream stream = {.device = &device};
static int waits;
static tsr_work *finishes_when_waited; /* a piece to leave */

static void count_wait(tsr_stream *s) {
  assert_ptr_equal(s, &stream);
  waits++;
  if (finishes_when_waited) tsr_work_leave(finishes_when_waited);
  finishes_when_waited = NULL;
}
static tsr_status nothing_to_wait_for(tsr_stream *s) {
  assert_ptr_equal(s, &stream);
  return TSR_OK;
}
static const tsr_backend at_once = {.name = "at once", .synchronize = nothing_to_wait_for};
static const tsr_backend defers = {.name = "defers", .wait = count_wait};

static int reset(void **state) {
  (void)state;
  device.backend = &defers;
  waits = 0;
  return 0;
}

/* A closed work with n pieces that are still to leave, and a reference of the test. */
static tsr_status start(tsr_work *on, int n, tsr_work **out) {
  TSR_TRY(tsr_work_open(&stream, out));
  tsr_status status = tsr_work_depend(*out, on);
  for (int k = 0; k < n && status == TSR_OK; k++) {
    tsr_work *piece = NULL;
    status = tsr_work_enter(&piece);
    if (status == TSR_OK) assert_ptr_equal(piece, *out);
  }
  tsr_work_retain(*out);
  return tsr_work_close(*out, status);
}

static bool fail_with(tsr_work *work, const char *text) {
  return tsr_work_fail(work, TSR_FAIL(TSR_ERR_DEVICE, "%s", text));
}

static void test_a_backend_that_never_defers_has_no_works(void **state) {
  (void)state;
  device.backend = &at_once;
  tsr_work *work = NULL;
  assert_ok(tsr_work_open(&stream, &work));
  assert_null(work);
  assert_ok(tsr_work_depend(work, NULL));
  assert_ok(tsr_work_raise(work));
  assert_ok(tsr_stream_wait(&stream));
  assert_ok(tsr_work_close(work, TSR_OK));
  assert_int_equal(tsr_work_close(work, TSR_ERR_SHAPE), TSR_ERR_SHAPE);
}

static void test_the_first_failure_stays(void **state) {
  (void)state;
  tsr_work *work = NULL;
  assert_ok(start(NULL, 2, &work));
  assert_false(tsr_work_has_failed(work));
  assert_true(fail_with(work, "one"));
  assert_false(fail_with(work, "two"));
  tsr_work_leave(work);
  tsr_work_leave(work);
  for (int k = 0; k < 2; k++)
    assert_error_says(tsr_work_raise(work), TSR_ERR_DEVICE, "one");
  tsr_work_release(work);
}

static void test_works_nest(void **state) {
  (void)state;
  tsr_work *outer = NULL, *inner = NULL, *piece = NULL;
  assert_ok(tsr_work_open(&stream, &outer));
  assert_ok(tsr_work_open(&stream, &inner));
  assert_ok(tsr_work_enter(&piece));
  assert_ptr_equal(piece, inner);
  assert_true(fail_with(piece, "inside"));
  tsr_work_leave(piece);
  assert_error_says(tsr_stream_wait(&stream), TSR_ERR_DEVICE, "inside");
  assert_ok(tsr_work_close(inner, TSR_OK));
  assert_ok(tsr_stream_wait(&stream));
  assert_ok(tsr_work_enter(&piece));
  assert_ptr_equal(piece, outer);
  tsr_work_leave(piece);
  tsr_work_retain(outer);
  assert_ok(tsr_work_close(outer, TSR_OK));
  assert_ok(tsr_work_enter(&piece)); /* a piece that nobody opened a work for has its own */
  assert_ptr_not_equal(piece, outer);
  assert_true(fail_with(piece, "alone"));
  assert_error_says(tsr_work_raise(piece), TSR_ERR_DEVICE, "alone");
  assert_ok(tsr_work_raise(outer));
  tsr_work_leave(piece);
  tsr_work_release(outer);
}

static void test_failures_are_inherited_early_and_late(void **state) {
  (void)state;
  for (int late = 0; late < 2; late++) {
    tsr_work *first = NULL, *second = NULL, *third = NULL;
    assert_ok(start(NULL, 1, &first));
    if (late) assert_ok(start(first, 1, &second));
    assert_true(fail_with(first, "the first"));
    tsr_work_leave(first);
    if (!late) assert_ok(start(first, 1, &second));
    assert_true(tsr_work_has_failed(second));
    tsr_work_leave(second);
    assert_ok(start(second, 0, &third));
    tsr_work_release(first);
    tsr_work_release(second);
    assert_error_says(tsr_work_raise(third), TSR_ERR_DEVICE, "the first");
    tsr_work_release(third);
  }
  assert_int_equal(waits, 0);
}

static void test_a_work_of_nothing_waits_for_its_operands(void **state) {
  (void)state;
  tsr_work *first = NULL, *second = NULL;
  assert_ok(start(NULL, 1, &first));
  assert_true(fail_with(first, "the first"));
  finishes_when_waited = first;
  assert_ok(start(first, 0, &second));
  assert_int_equal(waits, 1);
  assert_error_says(tsr_work_raise(second), TSR_ERR_DEVICE, "the first");
  tsr_work_release(first);
  tsr_work_release(second);
}

static void test_a_failure_to_enqueue_is_told(void **state) {
  (void)state;
  tsr_work *work = NULL, *list = NULL;
  assert_ok(tsr_work_open(&stream, &work));
  tsr_work_retain(work);
  assert_status(TSR_ERR_NOMEM, tsr_work_close(work, TSR_FAIL(TSR_ERR_NOMEM, "no room")));
  assert_true(tsr_work_has_failed(work));
  assert_error_says(tsr_work_raise(work), TSR_ERR_NOMEM, "no room");
  tsr_works_add(&list, work);
  assert_ok(tsr_works_tell(&list));
  tsr_work_release(work);
}

static void test_a_stream_tells_each_untold_failure_in_order(void **state) {
  (void)state;
  static const char *const text[] = {"zero", "one", "two", "three"};
  tsr_work *work[4], *list = NULL, *reader = NULL;
  for (int k = 0; k < 4; k++) {
    assert_ok(start(NULL, 1, &work[k]));
    assert_true(fail_with(work[k], text[k]));
    tsr_works_add(&list, work[k]);
    tsr_work_leave(work[k]);
  }
  assert_ok(start(work[1], 0, &reader));
  assert_error_says(tsr_work_raise(reader), TSR_ERR_DEVICE, "one"); /* through an heir */
  assert_error_says(tsr_works_tell(&list), TSR_ERR_DEVICE, "zero");
  assert_error_says(tsr_works_tell(&list), TSR_ERR_DEVICE, "two");
  assert_error_says(tsr_works_tell(&list), TSR_ERR_DEVICE, "three");
  assert_ok(tsr_works_tell(&list));
  assert_error_says(tsr_work_raise(work[0]), TSR_ERR_DEVICE, "zero");
  for (int k = 0; k < 4; k++)
    tsr_work_release(work[k]);
  tsr_work_release(reader);
  assert_ok(start(NULL, 1, &work[0]));
  assert_true(fail_with(work[0], "never told"));
  tsr_works_add(&list, work[0]);
  tsr_work_leave(work[0]);
  tsr_work_release(work[0]);
  tsr_works_release(&list);
  assert_null(list);
}

/* ---- threads ---- */

enum {
  THREADS = 4
};
static int32_t firsts;
static void *fail_and_leave(void *work) {
  if (fail_with(work, "from a thread")) __atomic_add_fetch(&firsts, 1, __ATOMIC_RELAXED);
  tsr_work_leave(work);
  return NULL;
}

static void test_one_of_many_threads_is_first(void **state) {
  (void)state;
  for (int round = 0; round < 50; round++) {
    tsr_work *work = NULL;
    pthread_t thread[THREADS];
    firsts = 0;
    assert_ok(start(NULL, THREADS + 1, &work)); /* a piece is ours: who looks on has entered */
    for (int k = 0; k < THREADS; k++)
      assert_int_equal(0, pthread_create(&thread[k], NULL, fail_and_leave, work));
    while (!tsr_work_has_failed(work)) {
    }
    assert_error_says(tsr_work_raise(work), TSR_ERR_DEVICE, "from a thread");
    tsr_work_leave(work);
    for (int k = 0; k < THREADS; k++)
      pthread_join(thread[k], NULL);
    assert_int_equal(firsts, 1);
    tsr_work_release(work);
  }
}

/* ---- memory ---- */

static tsr_status open_many(void *arg) {
  (void)arg;
  tsr_work *on[6] = {NULL}, *work = NULL;
  tsr_status status = TSR_OK;
  for (int k = 0; k < 6 && status == TSR_OK; k++)
    status = start(NULL, 1, &on[k]);
  if (status == TSR_OK) status = tsr_work_open(&stream, &work);
  for (int k = 0; k < 12 && status == TSR_OK; k++)
    status = tsr_work_depend(work, on[k / 2]);
  for (int k = 0; k < 6; k++) {
    if (on[k]) tsr_work_leave(on[k]);
    tsr_work_release(on[k]);
  }
  return tsr_work_close(work, status);
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(open_many, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_a_backend_that_never_defers_has_no_works, reset),
      cmocka_unit_test_setup(test_the_first_failure_stays, reset),
      cmocka_unit_test_setup(test_works_nest, reset),
      cmocka_unit_test_setup(test_failures_are_inherited_early_and_late, reset),
      cmocka_unit_test_setup(test_a_work_of_nothing_waits_for_its_operands, reset),
      cmocka_unit_test_setup(test_a_failure_to_enqueue_is_told, reset),
      cmocka_unit_test_setup(test_a_stream_tells_each_untold_failure_in_order, reset),
      cmocka_unit_test_setup(test_one_of_many_threads_is_first, reset),
      cmocka_unit_test_setup(test_every_allocation_may_fail, reset),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
