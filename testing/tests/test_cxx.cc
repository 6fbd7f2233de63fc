/* test_cxx.cc - the test header and the headers it brings serve C++ as well. */
#include "tsr_test.h"

static tsr_status one_block(void *) {
  void *p;
  TSR_TRY(tsr_alloc(32, 32, &p));
  tsr_free(p, 32, 32);
  return TSR_OK;
}

static void test_assertions_work_in_cxx(void **) {
  const double x[] = {1, 2, 3};
  assert_ok(one_block(nullptr));
  assert_error_says(TSR_FAIL(TSR_ERR_LIMIT, "%d bytes", 7), TSR_ERR_LIMIT, "7 bytes");
  assert_close(x, x, 3, 0, 0);
  tsr_test_oom(one_block, nullptr);
}

int main() {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_assertions_work_in_cxx)};
  return cmocka_run_group_tests_name("testing/cxx", tests, NULL, NULL);
}
