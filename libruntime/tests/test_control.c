/* test_control.c - cond, while and scan: planned once, run without copies per round. */
#include "rt_session.h"

#include <pthread.h>
#include <string.h>

#include "tsr/spi/graph.h"

static tsr_value scalar_input(tsr_builder *b, const char *name) {
  return tsr_input(b, name, TSR_F64, TSR_NO_SHAPE);
}

static tsr_tensor *number(double value) { return rt_f64(cpu, TSR_NO_DIMS, &value); }

/* ---- scan ---- */

/* (s, i) -> (s + x, i + 1), y = s + x: running sums */
static tsr_status running_sum(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], in[1]);
  out[1] = out[0];
  return TSR_OK;
}

static void run_sums(tsr_scan_order order, int64_t n, double *got, double *last) {
  tsr_builder *b = trace();
  tsr_value s = scalar_input(b, "s"), out[2];
  tsr_value xs = tsr_input(b, "xs", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n")));
  tsr_scan(b, running_sum, NULL, TSR_VALUES(s), TSR_VALUES(xs), tsr_value_dim(b, xs, 0), order, 1,
           out);
  tsr_program *p = compiled(b, TSR_VALUES(out[0], out[1]));
  tsr_tensor *ts = number(100), *tx = rt_count(cpu, TSR_DIMS(n), 1), *result[2];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(ts, tx), result, 2));
  assert_ok(tsr_tensor_read(result[0], last, sizeof *last));
  assert_ok(tsr_tensor_read(result[1], got, sizeof *got * (size_t)n));
  assert_numbers(ts, 100); /* the initial value was only lent */
  tsr_tensors_release((tsr_tensor *[]){ts, tx, result[0], result[1]}, 4);
  tsr_program_release(p);
}

static void test_scan_carries_and_stacks(void **state) {
  (void)state;
  static double got[1000];
  double last;
  for (int64_t n = 0; n <= 5; n++) {
    run_sums(TSR_SCAN_FORWARD, n, got, &last);
    assert_near(last, 100 + (double)(n * (n + 1) / 2), 0.0, 0.0);
    for (int64_t t = 0; t < n; t++)
      assert_near(got[t], 100 + (double)((t + 1) * (t + 2) / 2), 0.0, 0.0);
  }
  run_sums(TSR_SCAN_REVERSE, 4, got, &last);
  assert_close(got, ((double[]){110, 109, 107, 104}), 4, 0.0, 0.0);
  run_sums(TSR_SCAN_FORWARD, 1000, got, &last);
  assert_near(last, 100 + 500500, 0.0, 0.0);
  assert_near(got[499], 100 + 125250, 0.0, 0.0);
}

/* (a, b, c) -> (b, a + b, c): Fibonacci; c is handed on, k is captured */
static tsr_status fibonacci(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = in[1];
  out[1] = tsr_add(b, in[0], in[1]);
  out[2] = in[2];
  return TSR_OK;
}

static void test_carries_may_trade_places(void **state) {
  (void)state;
  for (int64_t n = 0; n < 12; n++) {
    tsr_builder *b = trace();
    tsr_value x = scalar_input(b, "a"), y = scalar_input(b, "b"), z = scalar_input(b, "c"), out[3];
    tsr_scan(b, fibonacci, NULL, TSR_VALUES(x, y, z), TSR_NO_VALUES, tsr_dim_of(n),
             TSR_SCAN_FORWARD, 0, out);
    tsr_program *p = compiled(b, TSR_VALUES(out[0], out[1], out[2]));
    tsr_tensor *t0 = number(0), *t1 = number(1), *t7 = number(7), *result[3];
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(t0, t1, t7), result, 3));
    static const double f[] = {0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144};
    assert_numbers(result[0], f[n]);
    assert_numbers(result[1], f[n + 1]);
    assert_numbers(result[2], 7);
    tsr_tensors_release(result, 3);
    tsr_tensors_release((tsr_tensor *[]){t0, t1, t7}, 3);
    tsr_program_release(p);
  }
}

/* A captured matrix and vector carries: x -> m x, many rounds of vectors seen as views. */
static tsr_status power(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_matmul(b, *(tsr_value *)ctx, in[0]);
  return TSR_OK;
}

static void test_scan_captures_and_takes_views(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value m = tsr_input(b, "m", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2))), out[1];
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)));
  tsr_value t = tsr_transpose(b, x, TSR_ALL_AXES);
  tsr_scan(b, power, &m, TSR_VALUES(t), TSR_NO_VALUES, tsr_dim_of(10), TSR_SCAN_FORWARD, 0, out);
  tsr_program *p = compiled(b, TSR_VALUES(tsr_transpose(b, out[0], TSR_ALL_AXES)));
  tsr_tensor *tm = rt_f64(cpu, TSR_DIMS(2, 2), (double[]){1, 1, 0, 1});
  tsr_tensor *tx = rt_f64(cpu, TSR_DIMS(2, 2), (double[]){1, 2, 3, 4}), *result[1];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tm, tx), result, 1));
  /* m^10 = [1 10; 0 1]; columns of x^T are the rows (1, 2), (3, 4) */
  assert_numbers(result[0], 21, 2, 43, 4);
  tsr_tensors_release((tsr_tensor *[]){tm, tx, result[0]}, 3);
  tsr_program_release(p);
}

/* ---- peak with workspaces, and in-place carries ---- */

static tsr_status scale(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_mul(b, tsr_add(b, in[0], in[0]), tsr_scalar(b, 0.5));
  return TSR_OK;
}

static void test_elementwise_carry_lives_in_the_output(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(1 << 15))), out[1];
  tsr_scan(b, scale, NULL, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(3), TSR_SCAN_FORWARD, 0, out);
  tsr_program *p = compiled(b, TSR_VALUES(out[0]));
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(1 << 15), 0), *result[1];
  int64_t peak, live, before, high, reserved;
  assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(tx), &peak));
  tsr_device_memory(cpu, &before, &high, &reserved);
  tsr_device_memory_reset(cpu);
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx), result, 1));
  tsr_device_memory(cpu, &live, &high, &reserved);
  assert_true(high - before == peak);
  assert_true(peak < 2 * 8 * (1 << 15));
  double got[2];
  tsr_tensor *some = NULL;
  assert_ok(tsr_tensor_slice(result[0], TSR_DIMS(7), TSR_DIMS(9), TSR_DIMS(1), &some));
  assert_ok(tsr_tensor_read(some, got, sizeof got));
  assert_near(got[1], 8, 0.0, 0.0);
  tsr_tensors_release((tsr_tensor *[]){tx, result[0], some}, 3);
  tsr_program_release(p);
}

/* ---- while ---- */

static tsr_status below(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_lt(b, in[0], *(tsr_value *)ctx);
  return TSR_OK;
}

static tsr_status twice(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], in[0]);
  out[1] = tsr_add(b, in[1], tsr_scalar(b, 1));
  return TSR_OK;
}

static void test_while_runs_until_its_test_fails(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = scalar_input(b, "x"), most = scalar_input(b, "most"), out[2];
  tsr_while(b, below, twice, &most, TSR_VALUES(x, tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0)), out);
  tsr_program *p = compiled(b, TSR_VALUES(out[0], out[1]));
  double expected = 1;
  for (int rounds = 0; rounds < 6; rounds++, expected *= 2) {
    tsr_tensor *one = number(1), *top = number(expected), *result[2];
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(one, top), result, 2));
    assert_numbers(result[0], expected);
    assert_numbers(result[1], rounds);
    tsr_tensors_release((tsr_tensor *[]){one, top, result[0], result[1]}, 4);
  }
  tsr_program_release(p);
}

/* ---- cond ---- */

static tsr_status negate(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_neg(b, in[0]);
  return TSR_OK;
}

static tsr_status keep(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)b, (void)ctx;
  out[0] = in[0];
  return TSR_OK;
}

static void test_cond_runs_one_branch(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = scalar_input(b, "x"), out[1];
  tsr_value p0 = tsr_lt(b, x, tsr_scalar(b, 0));
  tsr_cond(b, p0, negate, keep, NULL, TSR_VALUES(x), 1, out);
  tsr_program *p = compiled(b, TSR_VALUES(out[0]));
  for (int x_is = -2; x_is <= 2; x_is++) {
    tsr_tensor *tx = number(x_is), *result[1];
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx), result, 1));
    assert_numbers(result[0], x_is < 0 ? -x_is : x_is);
    tsr_tensors_release((tsr_tensor *[]){tx, result[0]}, 2);
  }
  tsr_program_release(p);
}

/* |x| summed: cond in scan */
static tsr_status add_magnitude(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  tsr_value a[1];
  tsr_cond(b, tsr_lt(b, in[1], tsr_scalar(b, 0)), negate, keep, ctx, TSR_VALUES(in[1]), 1, a);
  out[0] = tsr_add(b, in[0], a[0]);
  return TSR_OK;
}

static void test_cond_in_scan(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value xs = tsr_input(b, "xs", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n"))), out[1];
  tsr_value zero = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0);
  tsr_scan(b, add_magnitude, NULL, TSR_VALUES(zero), TSR_VALUES(xs), tsr_value_dim(b, xs, 0),
           TSR_SCAN_FORWARD, 0, out);
  tsr_program *p = compiled(b, TSR_VALUES(out[0]));
  tsr_tensor *tx = rt_count(cpu, TSR_DIMS(21), -10), *result[1];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx), result, 1));
  assert_numbers(result[0], 110);
  tsr_tensors_release((tsr_tensor *[]){tx, result[0]}, 2);
  tsr_program_release(p);
}

#ifndef RT_MOCK /* whose stream belongs to one thread at a time */
typedef struct job {
  const tsr_program *program;
  double first, last;
  tsr_status status;
} job;

static void *sum_up(void *ctx) {
  job *j = ctx;
  for (int round = 0; round < 50 && j->status == TSR_OK; round++) {
    double data[100];
    for (int i = 0; i < 100; i++)
      data[i] = i % 2 ? -(j->first + i) : j->first + i;
    tsr_tensor *tx = NULL, *out[1] = {NULL};
    j->status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(100), data, &tx);
    if (j->status == TSR_OK) j->status = tsr_program_run(j->program, cpu, TSR_TENSORS(tx), out, 1);
    if (j->status == TSR_OK) j->status = tsr_tensor_read(out[0], &j->last, sizeof j->last);
    tsr_tensors_release(out, 1);
    tsr_tensor_release(tx);
  }
  return NULL;
}

static void test_threads_share_the_plans_of_regions(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value xs = tsr_input(b, "xs", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n"))), out[1];
  tsr_value zero = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0);
  tsr_scan(b, add_magnitude, NULL, TSR_VALUES(zero), TSR_VALUES(xs), tsr_value_dim(b, xs, 0),
           TSR_SCAN_FORWARD, 0, out);
  tsr_program *p = compiled(b, TSR_VALUES(out[0]));
  pthread_t thread[8];
  job jobs[8];
  for (int i = 0; i < 8; i++) {
    jobs[i] = (job){p, i, 0, TSR_OK};
    assert_int_equal(pthread_create(&thread[i], NULL, sum_up, &jobs[i]), 0);
  }
  for (int i = 0; i < 8; i++) {
    pthread_join(thread[i], NULL);
    assert_int_equal(jobs[i].status, TSR_OK);
    assert_near(jobs[i].last, 100 * jobs[i].first + 4950, 0.0, 0.0);
  }
  tsr_program_release(p);
}
#endif

/* ---- eager, and errors ---- */

static void test_eager_scopes_run_control_flow(void **state) {
  (void)state;
  tsr_builder *b = NULL;
  assert_ok(tsr_eager_open(rt, RT_DEVICE, &b));
  double data[] = {1, 2, 3, 4}, last, stacked[4];
  tsr_value xs = tsr_from_data(b, TSR_F64, TSR_DIMS(4), data), out[2];
  tsr_value zero = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0);
  for (int round = 0; round < 3; round++) {
    tsr_scan(b, running_sum, NULL, TSR_VALUES(zero), TSR_VALUES(xs), tsr_dim_of(4),
             TSR_SCAN_REVERSE, 1, out);
    assert_ok(tsr_read(b, out[0], &last, sizeof last));
    assert_ok(tsr_read(b, out[1], stacked, sizeof stacked));
    assert_near(last, 10, 0.0, 0.0);
    assert_close(stacked, ((double[]){10, 9, 7, 4}), 4, 0.0, 0.0);
  }
  tsr_cond(b, tsr_lt(b, out[0], zero), negate, keep, NULL, TSR_VALUES(out[0]), 1, out);
  assert_ok(tsr_read(b, out[0], &last, sizeof last));
  assert_near(last, 10, 0.0, 0.0);
  tsr_builder_close(b);
}

static tsr_status turn_three(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)b, (void)ctx;
  for (int j = 0; j < 3; j++)
    out[j] = in[(j + 1) % 3];
  return TSR_OK;
}

/* Each carry is 2^62 bytes, of one number: the second buffers alone are more than 2^63. */
static void test_carries_that_do_not_fit_are_refused(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value init[3], out[3];
  for (int j = 0; j < 3; j++)
    init[j] = tsr_full(b, TSR_F64, TSR_SHAPE(tsr_dim_of(INT64_C(1) << 59)), j);
  tsr_scan(b, turn_three, NULL, tsr_values_of(init, 3), TSR_NO_VALUES, tsr_dim_of(2),
           TSR_SCAN_FORWARD, 0, out);
  tsr_program *p = compiled(b, TSR_VALUES(tsr_reduce_sum(b, out[0], TSR_ALL_AXES)));
  int64_t peak = -1;
  assert_status(TSR_ERR_LIMIT, tsr_program_peak(p, cpu, (tsr_tensor_list){NULL, 0}, &peak));
  tsr_program_release(p);
}

static tsr_status divide(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_div(b, in[0], in[1]);
  return TSR_OK;
}

static void test_numeric_failure_inside_a_body_is_reported(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value s = tsr_input(b, "s", TSR_I64, TSR_NO_SHAPE), out[1];
  tsr_value xs = tsr_input(b, "xs", TSR_I64, TSR_SHAPE(tsr_dim_of(3)));
  tsr_scan(b, divide, NULL, TSR_VALUES(s), TSR_VALUES(xs), tsr_dim_of(3), TSR_SCAN_FORWARD, 0, out);
  tsr_program *p = compiled(b, TSR_VALUES(out[0]));
  tsr_tensor *ts, *tx, *result[1];
  assert_ok(tsr_tensor_from_data(cpu, TSR_I64, TSR_NO_DIMS, (int64_t[]){8}, &ts));
  assert_ok(tsr_tensor_from_data(cpu, TSR_I64, TSR_DIMS(3), (int64_t[]){2, 0, 1}, &tx));
  tsr_status status = rt_run_and_wait(p, cpu, TSR_TENSORS(ts, tx), result, 1);
  assert_error_says(status, TSR_ERR_NUMERIC, "div");
  /* deferred work is past all rounds when it finds out */
  if (cpu->is_host) assert_non_null(strstr(tsr_error_message(), "running round 1 of scan"));
  assert_null(result[0]);
  tsr_tensors_release((tsr_tensor *[]){ts, tx}, 2);
  tsr_program_release(p);
}

static tsr_status session(void *arg) {
  (void)arg;
  tsr_runtime *own = NULL;
  tsr_device *device = NULL;
  tsr_builder *b = NULL;
  tsr_program *program = NULL;
  tsr_tensor *tx = NULL, *result[2] = {NULL, NULL};
  tsr_status st = TSR_OK;
  TSR_TRY_TO(done, st, rt_open(&own, &device));
  TSR_TRY_TO(done, st, tsr_trace_open(own, &b));
  tsr_value xs = tsr_input(b, "xs", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n"))), out[1];
  tsr_value zero = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0);
  tsr_scan(b, add_magnitude, NULL, TSR_VALUES(zero), TSR_VALUES(xs), tsr_value_dim(b, xs, 0),
           TSR_SCAN_FORWARD, 0, out);
  tsr_value most = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 50), w[2] = {{0}, {0}};
  tsr_while(b, below, twice, &most, TSR_VALUES(out[0], zero), w);
  tsr_builder *consumed = b;
  b = NULL;
  TSR_TRY_TO(done, st, tsr_compile(consumed, TSR_VALUES(w[0], w[1]), &program));
  double data[3] = {1, -2, 3};
  TSR_TRY_TO(done, st, tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(3), data, &tx));
  TSR_TRY_TO(done, st, tsr_program_run(program, device, TSR_TENSORS(tx), result, 2));
done:
  tsr_builder_close(b);
  tsr_tensors_release(result, 2);
  tsr_tensor_release(tx);
  tsr_program_release(program);
  tsr_runtime_release(own);
  return st;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  assert_ok(session(NULL));
  tsr_test_oom(session, NULL);
}

#define unit(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      unit(test_scan_carries_and_stacks),
      unit(test_carries_may_trade_places),
      unit(test_scan_captures_and_takes_views),
      unit(test_elementwise_carry_lives_in_the_output),
      unit(test_while_runs_until_its_test_fails),
      unit(test_cond_runs_one_branch),
      unit(test_cond_in_scan),
#ifndef RT_MOCK
      unit(test_threads_share_the_plans_of_regions),
#endif
      unit(test_eager_scopes_run_control_flow),
      unit(test_carries_that_do_not_fit_are_refused),
      unit(test_numeric_failure_inside_a_body_is_reported),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name(RT_SUITE("runtime/control"), tests, NULL, NULL);
}
