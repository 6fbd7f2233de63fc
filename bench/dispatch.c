/* dispatch.c - what the runtime itself costs: median nanoseconds of many, against targets.
 *
 *   view            a transposed view of a tensor
 *   eager view      the same of an eager value, axes checked and all
 *   eager add4      z = x + y of four f64, allocation included
 *   planned step    one step of a program, by the difference of a long and a short chain
 *   scan round      one round of a tiny body, by the difference of many and few rounds
 *   hand-off        two chunks on two threads that wait for each other
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tsr/cpu.h>
#include <tsr/eager.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>
#include <tsr/spi/cpu.h>

enum {
  SAMPLES = 201,
  BATCH = 1000
};

static double now_ns(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double median(double *samples) {
  qsort(samples, SAMPLES, sizeof *samples, by_value);
  return samples[SAMPLES / 2];
}

static void report(const char *what, double ns, double target) {
  printf("%-14s %8.1f ns   target %4.0f   ratio %5.2f\n", what, ns, target, ns / target);
}

static tsr_status time_view(tsr_device *cpu, double *out) {
  static double samples[SAMPLES];
  tsr_tensor *x, *view;
  TSR_TRY(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(2, 2), &x));
  for (int s = 0; s < SAMPLES; s++) {
    double start = now_ns();
    for (int i = 0; i < BATCH; i++) {
      TSR_TRY(tsr_tensor_transpose(x, TSR_AXES(1, 0), &view));
      tsr_tensor_release(view);
    }
    samples[s] = (now_ns() - start) / BATCH;
  }
  tsr_tensor_release(x);
  *out = median(samples);
  return TSR_OK;
}

/* Values of a batch die with a scope of their own, whose opening and closing is not timed. */
static tsr_status time_eager(tsr_builder *b, bool views, double *out) {
  static double samples[SAMPLES];
  double data[4] = {1, 2, 3, 4};
  tsr_value x = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), data);
  for (int s = 0; s < SAMPLES; s++) {
    tsr_builder *inner;
    TSR_TRY(tsr_eager_nest(b, &inner));
    double start = now_ns();
    for (int i = 0; i < BATCH; i++) {
      if (views) {
        tsr_transpose(inner, x, TSR_AXES(1, 0));
      } else {
        tsr_add(inner, x, x);
      }
    }
    samples[s] = (now_ns() - start) / BATCH;
    tsr_status status = tsr_builder_status(inner);
    tsr_builder_close(inner);
    TSR_TRY(status);
  }
  *out = median(samples);
  return TSR_OK;
}

/* Nanoseconds of a run of n dependent tiny steps. */
static tsr_status time_chain(tsr_runtime *rt, tsr_device *cpu, int n, double *out) {
  static double samples[SAMPLES];
  tsr_builder *b;
  tsr_program *p;
  tsr_tensor *x, *y;
  tsr_compile_options options = {.keep_all = true};
  TSR_TRY(tsr_trace_open(rt, &b));
  tsr_value v = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(1)));
  for (int i = 0; i < n; i++)
    v = tsr_neg(b, v);
  TSR_TRY(tsr_compile_with(b, TSR_VALUES(v), &options, &p));
  TSR_TRY(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(1), (double[]){1}, &x));
  TSR_TRY(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(1), &y));
  for (int s = 0; s < SAMPLES; s++) {
    double start = now_ns();
    for (int i = 0; i < 50; i++)
      TSR_TRY(tsr_program_run_into(p, cpu, TSR_TENSORS(x), TSR_TENSORS(y)));
    samples[s] = (now_ns() - start) / 50;
  }
  *out = median(samples);
  tsr_tensor_release(x);
  tsr_tensor_release(y);
  tsr_program_release(p);
  return TSR_OK;
}

static tsr_status add_up(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], in[1]);
  return TSR_OK;
}

/* Nanoseconds of a run of a scan over n numbers. */
static tsr_status time_scan(tsr_runtime *rt, tsr_device *cpu, int64_t n, double *out) {
  static double samples[SAMPLES];
  tsr_builder *b;
  tsr_program *p;
  tsr_tensor *x, *y;
  tsr_value sum;
  TSR_TRY(tsr_trace_open(rt, &b));
  tsr_value v = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(n)));
  tsr_value zero = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0);
  tsr_scan(b, add_up, NULL, TSR_VALUES(zero), TSR_VALUES(v), tsr_dim_of(n), TSR_SCAN_FORWARD, 0,
           &sum);
  TSR_TRY(tsr_compile(b, TSR_VALUES(sum), &p));
  TSR_TRY(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(n), &x));
  TSR_TRY(tsr_tensor_create(cpu, TSR_F64, TSR_NO_DIMS, &y));
  for (int s = 0; s < SAMPLES; s++) {
    double start = now_ns();
    for (int i = 0; i < 20; i++)
      TSR_TRY(tsr_program_run_into(p, cpu, TSR_TENSORS(x), TSR_TENSORS(y)));
    samples[s] = (now_ns() - start) / 20;
  }
  *out = median(samples);
  tsr_tensor_release(x);
  tsr_tensor_release(y);
  tsr_program_release(p);
  return TSR_OK;
}

/* Two chunks that wait for each other, so that two threads must have met. */
static tsr_status meet(void *ctx, int64_t chunk) {
  int32_t *met = ctx;
  (void)chunk;
  __atomic_fetch_add(met, 1, __ATOMIC_ACQ_REL);
  while (__atomic_load_n(met, __ATOMIC_ACQUIRE) % 2) {
  }
  return TSR_OK;
}

static tsr_status time_hand_off(tsr_runtime *rt, tsr_device *cpu, double *out) {
  static double samples[SAMPLES];
  const tsr_cpu_spi *spi = tsr_runtime_backend_spi(rt, "cpu");
  int32_t met = 0;
  TSR_TRY(tsr_cpu_set_threads(cpu, 2));
  if (tsr_cpu_threads(cpu) < 2) return TSR_FAIL(TSR_ERR_UNSUPPORTED, "no second thread");
  for (int s = 0; s < SAMPLES; s++) {
    double start = now_ns();
    for (int i = 0; i < BATCH; i++)
      TSR_TRY(spi->parallel(cpu->stream, 2, meet, &met));
    samples[s] = (now_ns() - start) / BATCH;
  }
  *out = median(samples);
  return TSR_OK;
}

static tsr_status measure(tsr_runtime *rt) {
  tsr_device *cpu;
  tsr_builder *b;
  double tensor_view, view, add, one, many, short_scan, long_scan, hand_off = 0;
  TSR_TRY(tsr_runtime_device(rt, "cpu", &cpu));
  TSR_TRY(time_view(cpu, &tensor_view));
  TSR_TRY(tsr_eager_open(rt, "cpu", &b));
  tsr_status status = time_eager(b, true, &view);
  if (status == TSR_OK) status = time_eager(b, false, &add);
  tsr_builder_close(b);
  TSR_TRY(status);
  TSR_TRY(time_chain(rt, cpu, 1, &one));
  TSR_TRY(time_chain(rt, cpu, 101, &many));
  TSR_TRY(time_scan(rt, cpu, 10, &short_scan));
  TSR_TRY(time_scan(rt, cpu, 1010, &long_scan));
  TSR_TRY(time_hand_off(rt, cpu, &hand_off));
  report("view", tensor_view, 10);
  report("eager view", view, 10);
  report("eager add4", add, 60);
  report("planned step", (many - one) / 100, 25);
  report("scan round", (long_scan - short_scan) / 1000, 25);
  report("hand-off", hand_off, 250);
  printf("%-14s %8.1f ns   (one step, run_into)\n", "whole run", one);
  return TSR_OK;
}

int main(void) {
  tsr_runtime *rt = NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register), &rt);
  if (status == TSR_OK) status = measure(rt);
  if (status != TSR_OK) fprintf(stderr, "%s\n", tsr_error_message());
  tsr_runtime_release(rt);
  return status != TSR_OK;
}
