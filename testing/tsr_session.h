/* tsr_session.h - one runtime and one device for a file of tests, and short ways to use them.
 *
 *   static int setup(void **state) {
 *     (void)state;
 *     return session_open(TSR_WITH(tsr_cpu_register, tsr_fft_register), "cpu");
 *   }
 *   ... cmocka_run_group_tests(tests, setup, teardown);
 */
#ifndef TSR_SESSION_H
#define TSR_SESSION_H

#include "tsr_test.h"

#include "tsr/runtime.h"

static tsr_runtime *rt;
static tsr_device *cpu; /* lent by rt */

static inline int session_open(tsr_register_list layers, const char *device) {
  assert_ok(tsr_runtime_create(layers, &rt));
  assert_ok(tsr_runtime_device(rt, device, &cpu));
  return 0;
}

static inline int teardown(void **state) {
  (void)state;
  tsr_runtime_release(rt);
  return 0;
}

static inline tsr_builder *trace(void) {
  tsr_builder *b = NULL;
  assert_ok(tsr_trace_open(rt, &b));
  return b;
}

static inline tsr_program *compiled(tsr_builder *b, tsr_values outputs) {
  tsr_program *program = NULL;
  assert_ok(tsr_compile(b, outputs, &program));
  return program;
}

#endif /* TSR_SESSION_H */
