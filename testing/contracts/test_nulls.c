/* test_nulls.c - every public function called with NULL and 0: what takes a handle says that there
 * is none, the rest does nothing; none crashes.
 */
#include "nulls.h"

#include <stdio.h>
#include <string.h>

max_align_t room[256];
char text[64];
static const char *at;

void begin(const char *name) {
  at = name;
  memset(room, 0, sizeof room);
  any_status(TSR_FAIL(TSR_ERR_INTERNAL, "the message of an earlier call"));
}

void any_status(tsr_status status) { (void)status; }

void refused(tsr_status status) {
  if (status == TSR_OK) fail_msg("%s: nothing was wrong", at);
  if (strstr(tsr_error_message(), "earlier call") || tsr_error_message()[0] == 0)
    fail_msg("%s: %s without a message", at, tsr_status_name(status));
}

static void test_nothing_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < nulls_n; i++)
    nulls_calls[i]();
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_is_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
