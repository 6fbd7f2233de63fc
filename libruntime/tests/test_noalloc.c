/* test_noalloc.c - what was prepared runs without a heap call. */
#include "rt_session.h"

#include <stdlib.h>

#include "tsr/alloc.h"

static int taken, given;
static size_t bytes;

/* Blocks are those of the default allocator, which uses malloc and free. */
static void *count(void *self, void *ptr, size_t old_size, size_t new_size, size_t alignment) {
  (void)self, (void)old_size;
  if (new_size == 0) {
    given++;
    free(ptr);
    return NULL;
  }
  taken++;
  bytes += new_size;
  assert_null(ptr);
  return alignment > _Alignof(max_align_t)
             ? aligned_alloc(alignment, (new_size + alignment - 1) / alignment * alignment)
             : malloc(new_size);
}

static void start_counting(void) {
  taken = given = 0;
  bytes = 0;
  tsr_allocator_set(&(tsr_allocator){count, NULL});
}

static int stop_counting(void **state) {
  tsr_allocator_set(NULL);
  return teardown(state);
}

/* n steps x + x^T that no pass takes away, and none of which can write where it reads. */
static tsr_program *chain(int n) {
  tsr_builder *b = trace();
  tsr_program *p = NULL;
  tsr_compile_options options = {.keep_all = true};
  tsr_value v = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)));
  for (int i = 0; i < n; i++)
    v = tsr_add(b, v, tsr_transpose(b, v, TSR_AXES(1, 0)));
  assert_ok(tsr_compile_with(b, TSR_VALUES(v), &options, &p));
  return p;
}

static void test_a_planned_step_allocates_nothing(void **state) {
  (void)state;
  tsr_program *p = chain(1);
  tsr_tensor *x = rt_count(cpu, TSR_DIMS(2, 2), 1), *y = rt_count(cpu, TSR_DIMS(2, 2), 0);
  assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(x), TSR_TENSORS(y)));
  start_counting();
  for (int i = 0; i < 100; i++)
    assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(x), TSR_TENSORS(y)));
  tsr_allocator_set(NULL);
  assert_int_equal(taken, 0);
  assert_int_equal(given, 0);
  assert_numbers(y, 2, 5, 5, 8);
  tsr_tensor_release(x);
  tsr_tensor_release(y);
  tsr_program_release(p);
}

/* With freelists bypassed, as counting does, a run takes its arena and gives it back. */
static void test_many_steps_take_one_arena(void **state) {
  (void)state;
  tsr_program *p = chain(3);
  tsr_tensor *x = rt_count(cpu, TSR_DIMS(2, 2), 1), *y = rt_count(cpu, TSR_DIMS(2, 2), 0);
  int64_t peak = 0, live, high, reserved, reserved_then;
  assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(x), TSR_TENSORS(y)));
  tsr_device_memory(cpu, &live, &high, &reserved);
  for (int i = 0; i < 100; i++)
    assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(x), TSR_TENSORS(y)));
  tsr_device_memory(cpu, &live, &high, &reserved_then);
  assert_int_equal(reserved_then, reserved); /* the device kept the block */
  assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(x), &peak));
  start_counting();
  assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(x), TSR_TENSORS(y)));
  tsr_allocator_set(NULL);
  assert_int_equal(taken, 1);
  assert_int_equal(given, 1);
  assert_true((int64_t)bytes <= peak);
  assert_numbers(y, 8, 20, 20, 32);
  tsr_tensor_release(x);
  tsr_tensor_release(y);
  tsr_program_release(p);
}

/* But for the slots of a scope, which come by the chunk. */
static void test_a_prepared_view_allocates_nothing(void **state) {
  (void)state;
  enum {
    VIEWS = 64
  };
  tsr_builder *b = NULL;
  assert_ok(tsr_eager_open(rt, RT_DEVICE, &b));
  double numbers[] = {1, 2, 3, 4};
  tsr_value x = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), numbers);
  tsr_value y = tsr_transpose(b, x, TSR_AXES(1, 0));
  start_counting();
  for (int i = 0; i < VIEWS; i++)
    y = tsr_transpose(b, x, TSR_AXES(1, 0));
  tsr_allocator_set(NULL);
  assert_true(taken <= VIEWS);
#ifndef TSR_STRESS
  assert_true(taken <= 2);
#endif
  double read[4];
  assert_ok(tsr_read(b, y, read, sizeof read));
  assert_close(read, ((double[]){1, 3, 2, 4}), 4, 0.0, 0.0);
  tsr_builder_close(b);
}

static void test_an_operation_into_a_tensor_allocates_nothing(void **state) {
  (void)state;
  tsr_builder *b = NULL;
  assert_ok(tsr_eager_open(rt, RT_DEVICE, &b));
  const tsr_op *add = tsr_op_core(TSR_OP_ADD);
  tsr_tensor *sum = rt_count(cpu, TSR_DIMS(2, 2), 0);
  tsr_value x = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){1, 2, 3, 4});
  tsr_value so_far = tsr_from_tensor(b, sum);
  assert_ok(tsr_eager_run_into(b, add, NULL, TSR_VALUES(so_far, x), TSR_TENSORS(sum)));
  start_counting();
  for (int i = 0; i < 99; i++)
    assert_ok(tsr_eager_run_into(b, add, NULL, TSR_VALUES(so_far, x), TSR_TENSORS(sum)));
  tsr_allocator_set(NULL);
  assert_int_equal(taken, 0);
  assert_int_equal(given, 0);
  assert_numbers(sum, 100, 201, 302, 403);
  tsr_builder_close(b);
  tsr_tensor_release(sum);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_planned_step_allocates_nothing),
      cmocka_unit_test(test_many_steps_take_one_arena),
      cmocka_unit_test(test_a_prepared_view_allocates_nothing),
      cmocka_unit_test(test_an_operation_into_a_tensor_allocates_nothing),
  };
  return cmocka_run_group_tests_name("runtime/noalloc", tests, setup, stop_counting);
}
