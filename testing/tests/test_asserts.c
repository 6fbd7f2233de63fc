/* test_asserts.c - the assertions hold when they should; each failing one is run in a
 * child process, which must not come back successful.
 */
#define _POSIX_C_SOURCE 200809L
#include "tsr_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static tsr_status inner_sizes(void) {
  return TSR_FAIL(TSR_ERR_SHAPE, "matmul: inner sizes differ: %d vs %d", 3, 4);
}

static void test_true_statements_pass(void **state) {
  (void)state;
  const double a[] = {1.0, -2.0, NAN, INFINITY}, b[] = {1.0 + 1e-9, -2.0, NAN, INFINITY};
  assert_ok(TSR_OK);
  assert_status(TSR_ERR_SHAPE, inner_sizes());
  assert_error_says(inner_sizes(), TSR_ERR_SHAPE, "matmul", "3 vs 4");
  assert_close(a, b, 4, 1e-8, 0.0);
  assert_near(0.0, 1e-12, 0.0, 1e-11);
}

static void wrong_status(void) { assert_ok(inner_sizes()); }
static void wrong_code(void) { assert_status(TSR_ERR_DTYPE, inner_sizes()); }
static void wrong_text(void) { assert_error_says(inner_sizes(), TSR_ERR_SHAPE, "matmul", "5"); }
static void wrong_value(void) {
  const double a[] = {1.0, 2.0}, b[] = {1.0, 2.1};
  assert_close(a, b, 2, 1e-3, 0.0);
}
static void wrong_nan(void) { assert_near(NAN, 0.0, 1.0, 1.0); }
static void wrong_infinity(void) { assert_near(1.0, INFINITY, 1.0, 1.0); }

static void (*const failing[])(void) = {wrong_status, wrong_code, wrong_text,
                                        wrong_value,  wrong_nan,  wrong_infinity};

static void run_failing(void **state) { (*(void (*const *)(void)) * state)(); }

/* In a child, because a failed assertion is this suite's business too. */
static int failures_of(size_t i, char *text, size_t size) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(run_failing, (void *)&failing[i])};
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    fflush(NULL);
    _exit(failures);
  }
  close(ends[1]);
  size_t used = 0;
  for (ssize_t n; (n = read(ends[0], text + used, size - 1 - used)) > 0;)
    used += (size_t)n;
  text[used] = 0;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_false_statements_fail_and_say_why(void **state) {
  (void)state;
  static const char *const says[] = {"3 vs 4",
                                     "ERR_SHAPE, not ERR_DTYPE",
                                     "does not say \"5\"",
                                     "a[1] is 2, expected 2.1",
                                     "expected 0",
                                     "expected inf"};
  for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
    char text[4096];
    assert_int_equal(failures_of(i, text, sizeof text), 1);
    if (strstr(text, says[i]) == NULL) fail_msg("no \"%s\" in: %s", says[i], text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_true_statements_pass),
      cmocka_unit_test(test_false_statements_fail_and_say_why),
  };
  return cmocka_run_group_tests_name("testing/asserts", tests, NULL, NULL);
}
