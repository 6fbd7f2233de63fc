/* test_threads.c - runs of one plan side by side, and the same bits on any number of threads. */
#include "contracts.h"

#include <pthread.h>

enum {
  SIDE = 160,
  BATCH = 40,
  RUNS = 20,
  OUTPUTS = 10,
  WORKERS = 8
};

/* A bit of everything: fused chains, sums, contractions, indexing, families, loops. */
BODY(one_round) {
  (void)ctx;
  tsr_value x = tsr_mul(b, tsr_matmul(b, in[0], in[0]), tsr_scalar(b, 0.01));
  out[0] = tsr_sin(b, x);
  out[1] = tsr_reduce_sum(b, out[0], TSR_AXES(1));
  return TSR_OK;
}
BODY(loss_of) {
  (void)ctx;
  tsr_value y = tsr_exp(b, tsr_mul(b, tsr_matmul(b, in[0], in[0]), tsr_scalar(b, 0.01)));
  out[0] = tsr_mean(b, tsr_mul(b, y, in[0]), TSR_ALL_AXES);
  return TSR_OK;
}
BODY(a_bit_of_everything) {
  (void)ctx;
  tsr_value x = in[0], a = in[1];
  tsr_dim three = tsr_dim_of(3);
  out[0] = tsr_sum(b, tsr_exp(b, tsr_sin(b, x)), TSR_AXES(0));
  out[1] = tsr_sum(b, tsr_mul(b, x, x), TSR_ALL_AXES);
  out[2] = tsr_sum(b, tsr_convert(b, x, TSR_F32), TSR_AXES(1));
  out[3] = tsr_argmax(b, x, 1);
  TSR_TRY(tsr_value_and_grad_of(b, loss_of, NULL, TSR_VALUES(x), &out[4], &out[5]));
  tsr_value loop[2];
  TSR_TRY(
      tsr_scan(b, one_round, NULL, TSR_VALUES(x), TSR_NO_VALUES, three, TSR_SCAN_FORWARD, 1, loop));
  out[6] = tsr_add(b, loop[0], tsr_reduce_sum(b, loop[1], TSR_AXES(0)));
  out[7] = tsr_imag(b, tsr_fft(b, x, TSR_ALL_AXES, TSR_FFT_BACKWARD));
  tsr_value rhs =
      tsr_slice(b, a, TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(0), tsr_dim_of(0)),
                TSR_SHAPE(tsr_dim_of(BATCH), tsr_dim_of(8), tsr_dim_of(2)), TSR_AXES(1, 1, 1));
  out[8] = tsr_solve(b, a, rhs);
  out[9] = tsr_svd(b, a, TSR_SVD_REDUCED).s;
  return TSR_OK;
}

static tsr_tensor *inputs[2];
static tsr_program *program;

static int setup(void **state) {
  static double x[SIDE * SIDE], a[BATCH * 64];
  open_all(state);
  for (int i = 0; i < SIDE * SIDE; i++)
    x[i] = sin(0.37 * i);
  for (int i = 0; i < BATCH * 64; i++)
    a[i] = cos(1.3 * i) + (i % 64 % 9 == 0 ? 5 : 0); /* a heavy diagonal */
  inputs[0] = f64_of(TSR_DIMS(SIDE, SIDE), x);
  inputs[1] = f64_of(TSR_DIMS(BATCH, 8, 8), a);
  program = program_of(a_bit_of_everything, NULL, TSR_TENSORS(inputs[0], inputs[1]), OUTPUTS);
  return 0;
}

static int close_shared(void **state) {
  tsr_tensors_release(inputs, 2);
  tsr_program_release(program);
  return teardown(state);
}

/* The bytes of all outputs of a run, for threads that must not assert. */
static tsr_status bytes_of(char *out, size_t capacity, size_t *used) {
  tsr_tensor *made[OUTPUTS];
  *used = 0;
  TSR_TRY(tsr_program_run(program, cpu, TSR_TENSORS(inputs[0], inputs[1]), made, OUTPUTS));
  tsr_status status = TSR_OK;
  for (int j = 0; j < OUTPUTS && status == TSR_OK; j++) {
    size_t size = (size_t)tsr_tensor_count(made[j]) * tsr_dtype_size(tsr_tensor_dtype(made[j]));
    if (*used + size > capacity)
      status = TSR_FAIL(TSR_ERR_LIMIT, "too small: %zu", capacity);
    else
      status = tsr_tensor_read(made[j], out + *used, size);
    *used += size;
  }
  tsr_tensors_release(made, OUTPUTS);
  return status;
}

enum {
  CAPACITY = 8 * (6 * SIDE * SIDE + 100 * SIDE + 64 * BATCH)
};

static void test_the_same_bits_on_any_number_of_threads(void **state) {
  (void)state;
  static char one[CAPACITY], more[CAPACITY];
  static const int32_t threads[] = {1, 2, 4, 3, 1};
  int32_t before = tsr_cpu_threads(cpu);
  size_t size, n;
  assert_ok(tsr_cpu_set_threads(cpu, 1));
  assert_ok(bytes_of(one, CAPACITY, &size));
  for (size_t k = 0; k < COUNT(threads); k++) {
    assert_ok(tsr_cpu_set_threads(cpu, threads[k]));
    assert_int_equal(tsr_cpu_threads(cpu), threads[k]);
    assert_ok(bytes_of(more, CAPACITY, &n));
    assert_int_equal(n, size);
    assert_memory_equal(one, more, size);
    tsr_program_clear(program); /* planned on few, run on many; and planned on many */
    assert_ok(bytes_of(more, CAPACITY, &n));
    assert_memory_equal(one, more, size);
  }
  assert_ok(tsr_cpu_set_threads(cpu, before));
}

static void test_eager_has_the_same_bits_too(void **state) {
  (void)state;
  static double first[2 * SIDE * SIDE * 8], next[2 * SIDE * SIDE * 8];
  tsr_tensor_list in = TSR_TENSORS(inputs[0], inputs[1]);
  int32_t before = tsr_cpu_threads(cpu);
  assert_ok(tsr_cpu_set_threads(cpu, 1));
  size_t n = eager_numbers(a_bit_of_everything, NULL, in, OUTPUTS, first);
  assert_ok(tsr_cpu_set_threads(cpu, 4));
  assert_int_equal(n, eager_numbers(a_bit_of_everything, NULL, in, OUTPUTS, next));
  assert_memory_equal(first, next, n * sizeof(double));
  assert_ok(tsr_cpu_set_threads(cpu, before));
}

/* ---- side by side ---- */

typedef struct worker {
  pthread_t thread;
  char *bytes;
  const char *expected;
  size_t size;
  int differ;
  tsr_error error;
} worker;

static void *work(void *arg) {
  worker *w = arg;
  for (int k = 0; k < RUNS && w->error.code == TSR_OK; k++) {
    size_t n;
    tsr_status status = bytes_of(w->bytes, CAPACITY, &n);
    if (status != TSR_OK)
      tsr_error_take(status, &w->error);
    else if (n != w->size || memcmp(w->bytes, w->expected, n) != 0)
      w->differ++;
  }
  return NULL;
}

static void side_by_side(const char *expected, size_t size) {
  static worker workers[WORKERS];
  for (int i = 0; i < WORKERS; i++) {
    workers[i] = (worker){.bytes = malloc(CAPACITY), .expected = expected, .size = size};
    assert_non_null(workers[i].bytes);
    assert_int_equal(0, pthread_create(&workers[i].thread, NULL, work, &workers[i]));
  }
  for (int i = 0; i < WORKERS; i++) {
    pthread_join(workers[i].thread, NULL);
    free(workers[i].bytes);
    if (workers[i].error.code != TSR_OK) print_error("%s\n", workers[i].error.text);
    assert_int_equal(workers[i].error.code, TSR_OK);
    assert_int_equal(workers[i].differ, 0);
  }
}

static void test_eight_threads_run_one_plan(void **state) {
  (void)state;
  static char expected[CAPACITY];
  size_t size;
  int64_t live, after, high, reserved, held, hits, misses, misses_after;
  assert_ok(bytes_of(expected, CAPACITY, &size));
  tsr_device_memory(cpu, &live, &high, &reserved);
  tsr_program_plans(program, &held, &hits, &misses);
  side_by_side(expected, size);
  tsr_program_plans(program, &held, &hits, &misses_after);
  assert_int_equal(misses, misses_after); /* one plan for all */
  tsr_device_memory(cpu, &after, &high, &reserved);
  assert_int_equal(live, after);
}

static void test_eight_threads_plan_at_once(void **state) {
  (void)state;
  static char expected[CAPACITY];
  size_t size;
  int64_t held, hits, misses;
  assert_ok(bytes_of(expected, CAPACITY, &size));
  tsr_program_clear(program);
  side_by_side(expected, size);
  tsr_program_plans(program, &held, &hits, &misses);
  assert_int_equal(held, 1);
}

static tsr_status compile_and_run(void) {
  const tsr_dim side = tsr_dim_of(4);
  double ones[16], got;
  tsr_builder *b = NULL;
  tsr_program *p = NULL;
  tsr_tensor *x = NULL, *out[2] = {NULL};
  tsr_value loss, g;
  for (int i = 0; i < 16; i++)
    ones[i] = 1;
  TSR_TRY(tsr_trace_open(rt, &b));
  tsr_value m = tsr_input(b, "m", TSR_F64, TSR_SHAPE(side, side));
  (void)tsr_value_and_grad_of(b, loss_of, NULL, TSR_VALUES(m), &loss, &g);
  tsr_status status = tsr_compile(b, TSR_VALUES(loss, g), &p);
  if (status == TSR_OK) status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(4, 4), ones, &x);
  if (status == TSR_OK) status = tsr_program_run(p, cpu, TSR_TENSORS(x), out, 2);
  if (status == TSR_OK) status = tsr_tensor_read(out[0], &got, sizeof got);
  if (status == TSR_OK && fabs(got - exp(0.04)) > 8 * EPS)
    status = TSR_FAIL(TSR_ERR_INTERNAL, "%g", got);
  tsr_tensors_release(out, 2);
  tsr_tensor_release(x);
  tsr_program_release(p);
  return status;
}

/* Each with its own trace, program and eager scope on the one runtime. */
static void *own_program(void *arg) {
  tsr_error *error = arg;
  tsr_builder *b = NULL;
  tsr_status status = TSR_OK;
  for (int k = 0; k < RUNS && status == TSR_OK; k++) {
    double got[3] = {0}, x[3] = {1, 2, 3};
    status = tsr_eager_open(rt, "cpu", &b);
    if (status != TSR_OK) break;
    tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(3), x), loss, g;
    v = tsr_mul(b, v, tsr_scalar(b, k));
    status = tsr_read(b, v, got, sizeof got);
    if (status == TSR_OK && got[2] != 3 * k) status = TSR_FAIL(TSR_ERR_INTERNAL, "%g", got[2]);
    tsr_dim side = tsr_dim_of(4);
    tsr_value m = tsr_ones(b, TSR_F64, TSR_SHAPE(side, side));
    if (status == TSR_OK)
      status = tsr_value_and_grad_of(b, loss_of, NULL, TSR_VALUES(m), &loss, &g);
    if (status == TSR_OK) status = tsr_read(b, loss, got, sizeof *got);
    /* mean of e^(4 / 100) */
    if (status == TSR_OK && fabs(got[0] - exp(0.04)) > 8 * EPS)
      status = TSR_FAIL(TSR_ERR_INTERNAL, "%g", got[0]);
    tsr_builder_close(b);
    if (status == TSR_OK) status = compile_and_run();
  }
  tsr_error_take(status, error);
  return NULL;
}

static void test_eight_threads_share_a_runtime(void **state) {
  (void)state;
  pthread_t threads[WORKERS];
  static tsr_error errors[WORKERS];
  for (int i = 0; i < WORKERS; i++)
    assert_int_equal(0, pthread_create(&threads[i], NULL, own_program, &errors[i]));
  for (int i = 0; i < WORKERS; i++) {
    pthread_join(threads[i], NULL);
    if (errors[i].code != TSR_OK) print_error("%s\n", errors[i].text);
    assert_int_equal(errors[i].code, TSR_OK);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_same_bits_on_any_number_of_threads),
      cmocka_unit_test(test_eager_has_the_same_bits_too),
      cmocka_unit_test(test_eight_threads_run_one_plan),
      cmocka_unit_test(test_eight_threads_plan_at_once),
      cmocka_unit_test(test_eight_threads_share_a_runtime),
  };
  return cmocka_run_group_tests(tests, setup, close_shared);
}
