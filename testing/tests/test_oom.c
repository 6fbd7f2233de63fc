/* test_oom.c - the out-of-memory loop finds what it is there to find. */
#include "tsr_test.h"

#include <pthread.h>
#include <string.h>

static void *volatile forgotten; /* reachable, or the leak sanitizer would find it as well */

/* With an argument it forgets the first block when the second fails. */
static tsr_status two_blocks(void *arg) {
  void *a, *b;
  TSR_TRY(tsr_alloc(100, 64, &a));
  tsr_status status = tsr_alloc(10, 0, &b);
  if (status == TSR_OK) tsr_free(b, 10, 0);
  if (status == TSR_OK || arg == NULL)
    tsr_free(a, 100, 64);
  else
    forgotten = a;
  return status;
}

static void test_clean_function_passes(void **state) {
  (void)state;
  tsr_test_oom(two_blocks, NULL);
}

static void test_leak_on_failure_is_found(void **state) {
  (void)state;
  const char *report = tsr_test_oom_report(two_blocks, (void *)"leak");
  assert_non_null(report);
  assert_non_null(strstr(report, "allocation 1 failing once: 1 blocks leaked"));
  assert_non_null(strstr(report, "of 100 bytes"));
}

static tsr_status wrong_size(void *arg) {
  (void)arg;
  void *a;
  TSR_TRY(tsr_alloc(100, 64, &a));
  tsr_free(a, 99, 64);
  return TSR_OK;
}

static void test_wrong_size_is_found(void **state) {
  (void)state;
  const char *report = tsr_test_oom_report(wrong_size, NULL);
  assert_non_null(report);
  assert_non_null(strstr(report, "100 bytes aligned to 64 came back as 99 bytes"));
}

static tsr_status wrong_code(void *arg) {
  (void)arg;
  void *a;
  if (tsr_alloc(100, 64, &a) != TSR_OK) return TSR_FAIL(TSR_ERR_INTERNAL, "lost the reason");
  tsr_free(a, 100, 64);
  return TSR_OK;
}

static void test_wrong_code_is_found(void **state) {
  (void)state;
  const char *report = tsr_test_oom_report(wrong_code, NULL);
  assert_non_null(report);
  assert_non_null(strstr(report, "ERR_INTERNAL"));
}

/* Only running out for good breaks this one: it tries twice. */
static tsr_status tries_twice(void *arg) {
  void *a;
  if (tsr_alloc(8, 8, &a) != TSR_OK && tsr_alloc(8, 8, &a) != TSR_OK)
    return arg ? TSR_FAIL(TSR_ERR_INTERNAL, "gave up") : TSR_ERR_NOMEM;
  tsr_free(a, 8, 8);
  return TSR_OK;
}

static void test_persistent_failure_differs_from_one(void **state) {
  (void)state;
  tsr_test_oom(tries_twice, NULL);
  const char *report = tsr_test_oom_report(tries_twice, (void *)"wrong");
  assert_non_null(report);
  assert_non_null(strstr(report, "allocation 0 failing from then on"));
}

static tsr_status many(void *arg) {
  ++*(long *)arg;
  for (int i = 0; i < 2500; i++) {
    void *a;
    TSR_TRY(tsr_alloc(16, 16, &a));
    assert_int_equal((uintptr_t)a % 16, 0);
    tsr_free(a, 16, 16);
  }
  return TSR_OK;
}

static void test_many_allocations_are_sampled(void **state) {
  (void)state;
  long runs = 0;
  tsr_test_oom(many, &runs);
  assert_int_equal(runs, 1 + 2 * TSR_TEST_OOM_RUNS);
}

static void *worker(void *arg) {
  for (int i = 0; i < 20; i++) {
    void *a;
    if (tsr_alloc(64, 64, &a) != TSR_OK) {
      *(tsr_status *)arg = TSR_ERR_NOMEM;
      break;
    }
    tsr_free(a, 64, 64);
  }
  return NULL;
}

static tsr_status two_threads(void *arg) {
  (void)arg;
  pthread_t threads[2];
  tsr_status status[2] = {TSR_OK, TSR_OK};
  for (int i = 0; i < 2; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, worker, &status[i]), 0);
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  if (status[0] || status[1]) return TSR_FAIL(TSR_ERR_NOMEM, "a worker had no memory");
  return TSR_OK;
}

static void test_threads_may_allocate(void **state) {
  (void)state;
  tsr_test_oom(two_threads, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_clean_function_passes),
      cmocka_unit_test(test_leak_on_failure_is_found),
      cmocka_unit_test(test_wrong_size_is_found),
      cmocka_unit_test(test_wrong_code_is_found),
      cmocka_unit_test(test_persistent_failure_differs_from_one),
      cmocka_unit_test(test_many_allocations_are_sampled),
      cmocka_unit_test(test_threads_may_allocate),
  };
  return cmocka_run_group_tests_name("testing/oom", tests, NULL, NULL);
}
