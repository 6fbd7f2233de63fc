/* test_plan.c - memory of plans: donation, in-place results, the cache, threads. */
#include "rt_session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/spi/tensor.h"

#define NONE ((tsr_input_list){NULL, 0})

static tsr_program *compiled_for(tsr_builder *b, tsr_values outputs, tsr_input_list donated,
                                 int32_t plans) {
  tsr_program *program = NULL;
  tsr_compile_options options = {.donated = donated, .keep_all = true, .max_plans = plans};
  assert_ok(tsr_compile_with(b, outputs, &options, &program));
  return program;
}

static int64_t live_bytes(void) {
  int64_t live, high, reserved;
  tsr_device_memory(cpu, &live, &high, &reserved);
  return live;
}

/* Run and give the rise of the high water. */
static int64_t measured_run(const tsr_program *p, tsr_tensor_list in, tsr_tensor **out, size_t n) {
  int64_t live, high, reserved;
  tsr_device_memory_reset(cpu);
  int64_t before = live_bytes();
  assert_ok(tsr_program_run(p, cpu, in, out, n));
  tsr_device_memory(cpu, &live, &high, &reserved);
  return high - before;
}

/* exp(-(x + y)): every step may write over its operand, so only the output is needed. */
static void test_chains_are_computed_in_the_output(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(1024)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(1024)));
  tsr_program *p = compiled_for(b, TSR_VALUES(tsr_exp(b, tsr_neg(b, tsr_add(b, x, y)))), NONE, 0);
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(1024), 0), *out[1];
  int64_t peak = 0;
  assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(tx, tx), &peak));
  assert_true(peak < 2 * 8192);
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx, tx), out, 1));
  double got[1024];
  assert_ok(tsr_tensor_read(out[0], got, sizeof got));
  assert_near(got[0], 1.0, 0.0, 0.0);
  assert_near(got[1], 0.1353352832366127, 4e-16, 0.0); /* e^-2 */
  tsr_tensors_release((tsr_tensor *[]){tx, out[0]}, 2);
  tsr_program_release(p);
}

static void test_donated_memory_becomes_the_output(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  tsr_program *p = compiled_for(b, TSR_VALUES(tsr_neg(b, tsr_add(b, x, y))), TSR_INPUTS(0), 0);
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(4), 1), *ty = rt_count(cpu, TSR_DIMS(4), 1), *out[1];
  const void *before = tsr_tensor_as_view(tx).data;
  int64_t peak = -1;
  assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(tx, ty), &peak));
  assert_int_equal(peak, 0);
  assert_int_equal(measured_run(p, TSR_TENSORS(tx, ty), out, 1), 0);
  assert_ptr_equal(before, tsr_tensor_as_view(out[0]).data);
  assert_numbers(out[0], -2, -4, -6, -8);
  double lost[4];
  assert_status(TSR_ERR_STATE, tsr_tensor_read(tx, lost, sizeof lost));
  tsr_tensor *again[1];
  assert_status(TSR_ERR_STATE, tsr_program_run(p, cpu, TSR_TENSORS(tx, ty), again, 1));
  tsr_tensors_release((tsr_tensor *[]){tx, ty, out[0]}, 3);
  tsr_program_release(p);
  assert_true(live_bytes() == 0);
}

static void test_donated_input_may_be_returned_itself(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(3)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(3)));
  tsr_program *p = compiled_for(b, TSR_VALUES(y, tsr_add(b, x, y), y), TSR_INPUTS(0, 1), 0);
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(3), 1), *ty = rt_count(cpu, TSR_DIMS(3), 5), *out[3];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx, ty), out, 3));
  assert_numbers(out[0], 5, 6, 7);
  assert_numbers(out[1], 6, 8, 10);
  assert_numbers(out[2], 5, 6, 7);
  tsr_tensors_release(out, 3);
  tsr_tensors_release((tsr_tensor *[]){tx, ty}, 2);
  tsr_program_release(p);
  assert_true(live_bytes() == 0);
}

/* Any number of inputs may be donated, and only inputs. */
static void test_donated_inputs_are_a_list(void **state) {
  (void)state;
  enum {
    MANY = 70
  };
  int32_t numbers[MANY];
  tsr_tensor *in[MANY], *out[1];
  tsr_builder *b = trace();
  tsr_value sum = tsr_scalar(b, 0);
  for (int32_t i = 0; i < MANY; i++) {
    numbers[i] = i;
    in[i] = rt_count(cpu, TSR_DIMS(3), i);
    sum = tsr_add(b, sum, tsr_input(b, NULL, TSR_F64, TSR_SHAPE(tsr_dim_of(3))));
  }
  const tsr_input_list all = {numbers, MANY};
  tsr_program *p = compiled_for(b, TSR_VALUES(sum), all, 0);
  numbers[MANY - 1] = 0; /* the program has a copy */
  assert_ok(tsr_program_run(p, cpu, (tsr_tensor_list){in, MANY}, out, 1));
  assert_numbers(out[0], 2415, 2485, 2555);
  double lost[3];
  assert_status(TSR_ERR_STATE, tsr_tensor_read(in[MANY - 1], lost, sizeof lost));
  tsr_tensors_release(in, MANY);
  tsr_tensor_release(out[0]);
  tsr_program_release(p);

  const tsr_compile_options wrong[] = {
      {.donated = TSR_INPUTS(0, 1)}, {.donated = TSR_INPUTS(-1)}, {.donated = {NULL, 1}}};
  const char *const says[] = {"input 1 is donated, the program has 1", "input -1", "no list"};
  for (int i = 0; i < 3; i++) {
    b = trace();
    tsr_value x = tsr_input(b, "x", TSR_F64, TSR_NO_SHAPE);
    assert_error_says(tsr_compile_with(b, TSR_VALUES(x), &wrong[i], &p), TSR_ERR_ARGUMENT, says[i]);
    assert_null(p);
  }
}

static void test_shared_storage_cannot_be_donated(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  tsr_program *p = compiled_for(b, TSR_VALUES(tsr_add(b, x, y)), TSR_INPUTS(0), 0);
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(4), 1), *view = NULL, *out[1];
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(tx, tx), out, 1), TSR_ERR_ARGUMENT,
                    "input 0", "donated");
  assert_ok(tsr_tensor_slice(tx, TSR_DIMS(0), TSR_DIMS(4), TSR_DIMS(1), &view));
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(view, view), out, 1), TSR_ERR_ARGUMENT,
                    "donated");
  assert_numbers(tx, 1, 2, 3, 4);
  tsr_tensors_release((tsr_tensor *[]){tx, view}, 2);
  tsr_program_release(p);
}

/* A donated view of half a storage may be overwritten, but cannot be the output. */
static void test_donated_part_of_a_storage_is_only_scratch(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  tsr_program *p = compiled_for(b, TSR_VALUES(tsr_neg(b, tsr_neg(b, x))), TSR_INPUTS(0), 0);
  tsr_tensor *whole = rt_count(cpu, TSR_DIMS(4), 1), *half = NULL, *out[1];
  assert_ok(tsr_tensor_slice(whole, TSR_DIMS(2), TSR_DIMS(4), TSR_DIMS(1), &half));
  tsr_tensor_release(whole);
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(half), out, 1));
  assert_numbers(out[0], 3, 4);
  tsr_tensors_release((tsr_tensor *[]){half, out[0]}, 2);
  tsr_program_release(p);
  assert_true(live_bytes() == 0);
}

static void test_cache_is_bounded_and_counts(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n")));
  tsr_program *p = compiled_for(b, TSR_VALUES(tsr_neg(b, x)), NONE, 3);
  int64_t held, hits, misses;
  for (int round = 0; round < 2; round++) {
    for (int64_t n = 1; n <= 5; n++) {
      tsr_tensor *tx = rt_count(cpu, TSR_DIMS(n), 0), *out[1];
      for (int twice = 0; twice < 2; twice++) {
        assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx), out, 1));
        tsr_tensors_release(out, 1);
      }
      tsr_tensor_release(tx);
    }
  }
  tsr_program_plans(p, &held, &hits, &misses);
  assert_int_equal(held, 3);
  assert_int_equal(hits, 10);
  assert_int_equal(misses, 10); /* the least recently used is dropped: five sizes never fit */
  tsr_program_clear(p);
  tsr_program_plans(p, &held, &hits, &misses);
  assert_int_equal(held, 0);
  tsr_program_release(p);
}

#ifndef RT_MOCK /* whose queue takes memory for each call */
static long allocations;
static void *counting_resize(void *self, void *ptr, size_t old_size, size_t new_size,
                             size_t alignment) {
  (void)self, (void)old_size;
  if (!new_size) {
    free(ptr);
    return NULL;
  }
  allocations++;
  size_t a = alignment < sizeof(void *) ? sizeof(void *) : alignment;
  assert_null(ptr);
  return aligned_alloc(a, (new_size + a - 1) / a * a);
}

/* While an allocator is set all freelists stand aside, so that each request is seen: of a
 * run into tensors only the arena remains, which devices otherwise have at hand.
 */
static void test_run_into_takes_only_its_arena(void **state) {
  (void)state;
  static const tsr_allocator counting = {counting_resize, NULL};
  tsr_allocator_set(&counting);
  tsr_runtime *own = NULL;
  tsr_device *device = NULL;
  assert_ok(rt_open(&own, &device));
  for (int products = 0; products < 3; products++) {
    tsr_builder *b = NULL;
    tsr_program *p = NULL;
    assert_ok(tsr_trace_open(own, &b));
    tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(4), tsr_dim_of(4))), y = x;
    for (int i = 0; i < products; i++)
      y = tsr_matmul(b, tsr_add(b, y, x), x);
    assert_ok(tsr_compile(b, TSR_VALUES(tsr_neg(b, tsr_exp(b, y))), &p));
    double zeros[16] = {0};
    tsr_tensor *tx = NULL, *ty = NULL;
    assert_ok(tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(4, 4), zeros, &tx));
    assert_ok(tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(4, 4), zeros, &ty));
    assert_ok(tsr_program_run_into(p, device, TSR_TENSORS(tx), TSR_TENSORS(ty)));
    allocations = 0;
    for (int round = 0; round < 3; round++)
      assert_ok(tsr_program_run_into(p, device, TSR_TENSORS(tx), TSR_TENSORS(ty)));
    assert_int_equal(allocations, products ? 3 : 0);
    tsr_tensors_release((tsr_tensor *[]){tx, ty}, 2);
    tsr_program_release(p);
  }
  tsr_runtime_release(own);
  tsr_allocator_set(NULL);
}
#endif

#ifndef RT_MOCK /* whose stream belongs to one thread at a time */
typedef struct job {
  const tsr_program *program;
  int64_t n;
  tsr_status status;
  double worst;
} job;

/* y = x x^T + 1, its sum and x: checked against the closed form in every round */
static void *work(void *ctx) {
  job *j = ctx;
  double x[64], y[64];
  for (int64_t round = 0; round < 200 && j->status == TSR_OK; round++) {
    for (int64_t i = 0; i < j->n; i++)
      x[i] = (double)(i + round);
    tsr_tensor *tx = NULL, *out[1] = {NULL};
    j->status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(j->n), x, &tx);
    if (j->status == TSR_OK) j->status = tsr_program_run(j->program, cpu, TSR_TENSORS(tx), out, 1);
    if (j->status == TSR_OK) j->status = tsr_tensor_read(out[0], y, sizeof *y * (size_t)j->n);
    for (int64_t i = 0; i < j->n && j->status == TSR_OK; i++) {
      double e = x[i] * x[i] - 2 * x[i] - 1, d = y[i] > e ? y[i] - e : e - y[i];
      if (d > j->worst) j->worst = d;
    }
    tsr_tensor_release(tx);
    tsr_tensors_release(out, 1);
  }
  return NULL;
}

static void test_eight_threads_share_a_program(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n")));
  tsr_value square = tsr_mul(b, x, x), twice = tsr_add(b, x, x);
  tsr_value y = tsr_sub(b, tsr_sub(b, square, twice), tsr_scalar(b, 1));
  tsr_program *p = compiled_for(b, TSR_VALUES(y), NONE, 2);
  pthread_t thread[8];
  job jobs[8];
  for (int i = 0; i < 8; i++) {
    jobs[i] = (job){p, i < 5 ? 16 : 10 + i, TSR_OK, 0};
    assert_int_equal(pthread_create(&thread[i], NULL, work, &jobs[i]), 0);
  }
  for (int i = 0; i < 8; i++)
    pthread_join(thread[i], NULL);
  for (int i = 0; i < 8; i++) {
    assert_int_equal(jobs[i].status, TSR_OK);
    assert_near(jobs[i].worst, 0.0, 0.0, 0.0);
  }
  tsr_program_release(p);
  assert_true(live_bytes() == 0);
}

#endif

#define unit(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      unit(test_chains_are_computed_in_the_output),
      unit(test_donated_memory_becomes_the_output),
      unit(test_donated_input_may_be_returned_itself),
      unit(test_donated_inputs_are_a_list),
      unit(test_shared_storage_cannot_be_donated),
      unit(test_donated_part_of_a_storage_is_only_scratch),
      unit(test_cache_is_bounded_and_counts),
#ifndef RT_MOCK
      unit(test_run_into_takes_only_its_arena),
      unit(test_eight_threads_share_a_program),
#endif
  };
  return cmocka_run_group_tests_name(RT_SUITE("runtime/plan"), tests, NULL, NULL);
}
