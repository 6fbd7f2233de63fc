/* test_mixed.c - a layer linked statically does not get into a runtime of the shared library.
 *
 * All here is shared but what the plugin holds: no test helpers, which are static themselves.
 */
#include <stdio.h>
#include <string.h>

#include "tsr/cpu.h"
#include "tsr/runtime.h"

tsr_status plugin_register(tsr_runtime *rt); /* plugin.c */

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, tsr_error_message());
  return 1;
}

int main(void) {
  tsr_runtime *rt = NULL;
  if (tsr_runtime_create(TSR_WITH(tsr_cpu_register), &rt) != TSR_OK)
    return fail("one form alone is refused");
  tsr_runtime_release(rt);
  if (tsr_runtime_create(TSR_WITH(plugin_register), &rt) != TSR_ERR_STATE || rt)
    return fail("the mixture is not refused");
  return 0;
}
