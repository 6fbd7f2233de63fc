/* test_program.c - trace, compile, run: what a program gives back. */
#include "rt.h"

static void test_add_gives_sums(void **state) {
  (void)state;
  tsr_runtime *rt = NULL;
  tsr_device *cpu = NULL;
  assert_ok(rt_open(&rt, &cpu));
  tsr_builder *b = NULL;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  tsr_program *program = NULL;
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_add(b, x, y)), &program));
  tsr_tensor *tx = rt_f64(cpu, TSR_DIMS(4), (double[]){1, 2, 3, 4});
  tsr_tensor *ty = rt_f64(cpu, TSR_DIMS(4), (double[]){10, 20, 30, 40});
  tsr_tensor *out[1];
  assert_ok(tsr_program_run(program, cpu, TSR_TENSORS(tx, ty), out, 1));
  assert_numbers(out[0], 11, 22, 33, 44);
  tsr_tensors_release(out, 1);
  tsr_tensor_release(tx);
  tsr_tensor_release(ty);
  tsr_program_release(program);
  tsr_runtime_release(rt);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_add_gives_sums),
  };
  return cmocka_run_group_tests_name("runtime/program", tests, NULL, NULL);
}
