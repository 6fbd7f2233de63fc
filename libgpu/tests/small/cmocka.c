/* cmocka.c - running tests one after the other, and leaving one that fails. */
#include "tsr_test.h"

static jmp_buf next_test;

void small_fail(const char *file, int line) {
  fprintf(stderr, "%s:%d: failed\n", file, line);
  longjmp(next_test, 1);
}

int small_run_group(const char *group, const struct CMUnitTest *tests, size_t n) {
  volatile int failures = 0;
  for (volatile size_t i = 0; i < n; i++) {
    const struct CMUnitTest *test = &tests[i];
    void *state = NULL;
    int bad = 1;
    if (setjmp(next_test) == 0) {
      if (!test->setup || test->setup(&state) == 0) {
        test->run(&state);
        bad = test->teardown ? test->teardown(&state) : 0;
      }
    }
    printf("%s %s: %s\n", group, test->name, bad ? "FAILED" : "ok");
    fflush(stdout);
    failures += bad != 0;
  }
  return failures;
}
