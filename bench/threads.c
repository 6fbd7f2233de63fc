/* threads.c - what a second thread gains, and what it costs on busy processors.
 *
 * threads [gains | busy]: two tables. The first times operations into existing outputs with one and
 * with two threads, medians in microseconds, from sizes where a second thread is not asked to
 * those where it is: a gain below 1 is a loss. The second times one job, a sum that takes
 * about 30 us with two threads, many times one after the other: on a quiet machine, beside
 * other threads that use up a processor each, and with more threads than processors. What
 * counts is the 99th percentile, against the median of the quiet machine.
 *
 *   hog        a thread of the process that never rests, on the last processor or anywhere
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tsr/cpu.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>

enum {
  LARGEST = 1 << 20, /* elements */
  SAMPLES = 301,
  JOBS = 20000
};

typedef struct setting {
  tsr_runtime *rt;
  tsr_device *cpu;
  double *samples;  /* [JOBS] us */
  const char *only; /* the table to print; empty: both */
} setting;

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* ---- a program of one operation, and what it is run on ---- */

typedef struct job {
  setting *s;
  tsr_program *p;
  tsr_tensor *in[2], *out;
  int32_t n_in;
} job;

typedef tsr_value (*operation)(tsr_builder *b, tsr_value x, tsr_value y);

static tsr_value add(tsr_builder *b, tsr_value x, tsr_value y) { return tsr_add(b, x, y); }
static tsr_value exponential(tsr_builder *b, tsr_value x, tsr_value y) {
  (void)y;
  return tsr_exp(b, x);
}
static tsr_value sum(tsr_builder *b, tsr_value x, tsr_value y) {
  (void)y;
  return tsr_sum(b, x, TSR_ALL_AXES);
}
static tsr_value transposed(tsr_builder *b, tsr_value x, tsr_value y) {
  (void)y;
  return tsr_transpose(b, x, TSR_AXES(1, 0));
}
static tsr_value row_sums(tsr_builder *b, tsr_value x, tsr_value y) {
  (void)y;
  return tsr_sum(b, x, TSR_AXES(1));
}
static tsr_value column_sums(tsr_builder *b, tsr_value x, tsr_value y) {
  (void)y;
  return tsr_sum(b, x, TSR_AXES(0));
}

static void job_close(job *j) {
  tsr_tensor_release(j->in[0]);
  tsr_tensor_release(j->in[1]);
  tsr_tensor_release(j->out);
  tsr_program_release(j->p);
}

static tsr_status fill(const job *j, tsr_tensor **out, int64_t rows, int64_t columns) {
  size_t n = (size_t)(rows * columns);
  float *data = malloc(n * sizeof *data);
  if (!data) return TSR_FAIL(TSR_ERR_NOMEM, "no memory for %zu numbers", n);
  for (size_t i = 0; i < n; i++)
    data[i] = (float)(i % 1000) / 1000;
  tsr_status status = tsr_tensor_from_data(j->s->cpu, TSR_F32, TSR_DIMS(rows, columns), data, out);
  free(data);
  return status;
}

static tsr_status open_parts(job *j, operation f, int64_t rows, int64_t columns) {
  tsr_builder *b;
  tsr_shape shape = TSR_SHAPE(tsr_dim_of(rows), tsr_dim_of(columns));
  j->n_in = f == add ? 2 : 1;
  TSR_TRY(tsr_trace_open(j->s->rt, &b));
  tsr_value x = tsr_input(b, "x", TSR_F32, shape), y = x;
  if (j->n_in == 2) y = tsr_input(b, "y", TSR_F32, shape);
  TSR_TRY(tsr_compile(b, TSR_VALUES(f(b, x, y)), &j->p));
  for (int32_t i = 0; i < j->n_in; i++)
    TSR_TRY(fill(j, &j->in[i], rows, columns));
  return tsr_program_run(j->p, j->s->cpu, (tsr_tensor_list){j->in, (size_t)j->n_in}, &j->out, 1);
}

static tsr_status job_open(setting *s, operation f, int64_t rows, int64_t columns, job *j) {
  *j = (job){.s = s};
  tsr_status status = open_parts(j, f, rows, columns);
  if (status != TSR_OK) job_close(j);
  return status;
}

static tsr_status run(const job *j) {
  return tsr_program_run_into(j->p, j->s->cpu, (tsr_tensor_list){j->in, (size_t)j->n_in},
                              TSR_TENSORS(j->out));
}

/* ---- one and two threads ---- */

/* Median of samples of some runs each, in us per run. */
static tsr_status time_job(const job *j, int runs, double *us) {
  double *samples = j->s->samples;
  for (int k = 0; k < SAMPLES; k++) {
    double start = now_us();
    for (int i = 0; i < runs; i++)
      TSR_TRY(run(j));
    samples[k] = (now_us() - start) / runs;
  }
  qsort(samples, SAMPLES, sizeof *samples, by_value);
  *us = samples[SAMPLES / 2];
  return TSR_OK;
}

static tsr_status compare_threads(setting *s, const char *name, operation f, int64_t n) {
  job j;
  double us[2];
  int64_t columns = n < 1024 ? n : 1024;
  TSR_TRY(job_open(s, f, n / columns, columns, &j));
  tsr_status status = TSR_OK;
  for (int32_t t = 0; t < 2 && status == TSR_OK; t++) {
    status = tsr_cpu_set_threads(s->cpu, t + 1);
    if (status == TSR_OK) status = time_job(&j, (int)(1 + LARGEST / 32 / n), &us[t]);
  }
  job_close(&j);
  if (status == TSR_OK)
    printf("%-12s %8lld %9.2f %9.2f %6.2fx\n", name, (long long)n, us[0], us[1], us[0] / us[1]);
  return status;
}

static const struct {
  const char *name;
  operation f;
} operations[] = {
    {"add",         add        },
    {"exp",         exponential},
    {"sum",         sum        },
    {"sum rows",    row_sums   },
    {"sum columns", column_sums},
    {"transpose",   transposed },
};

static tsr_status gains(setting *s) {
  printf("%-12s %8s %9s %9s %7s\n", "us, f32", "elements", "1 thread", "2 threads", "gain");
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    for (int64_t n = 1024; n <= LARGEST; n *= 2)
      TSR_TRY(compare_threads(s, operations[i].name, operations[i].f, n));
  return TSR_OK;
}

/* ---- busy processors ---- */

typedef struct hog {
  pthread_t thread;
  int cpu; /* where it stays, or -1 */
  int stop;
} hog;

static void *use_up(void *arg) {
  hog *h = arg;
  if (h->cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)h->cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  while (!__atomic_load_n(&h->stop, __ATOMIC_RELAXED)) {
  }
  return NULL;
}

/* Rows whose sum is such that the job takes about 30 us with two threads. */
static tsr_status choose_size(setting *s, int64_t *rows) {
  double us = 0;
  TSR_TRY(tsr_cpu_set_threads(s->cpu, 2));
  for (*rows = 64; *rows < 4096 && us < 27; *rows += *rows / 8) {
    job j;
    TSR_TRY(job_open(s, sum, *rows, 1024, &j));
    tsr_status status = time_job(&j, 4, &us);
    job_close(&j);
    TSR_TRY(status);
  }
  return TSR_OK;
}

static tsr_status time_jobs(const job *j) {
  double *samples = j->s->samples;
  for (int k = 0; k < JOBS; k++) {
    double start = now_us();
    TSR_TRY(run(j));
    samples[k] = now_us() - start;
  }
  qsort(samples, JOBS, sizeof *samples, by_value);
  return TSR_OK;
}

static tsr_status time_busy(const job *j, const char *name, int32_t threads, int n_hogs, int cpu,
                            double *quiet) {
  hog hogs[2];
  int running = 0;
  TSR_TRY(tsr_cpu_set_threads(j->s->cpu, threads));
  for (; running < n_hogs; running++) {
    hogs[running] = (hog){.cpu = cpu};
    if (pthread_create(&hogs[running].thread, NULL, use_up, &hogs[running])) break;
  }
  tsr_status status = time_jobs(j);
  for (int i = 0; i < running; i++) {
    __atomic_store_n(&hogs[i].stop, 1, __ATOMIC_RELAXED);
    pthread_join(hogs[i].thread, NULL);
  }
  TSR_TRY(status);
  const double *us = j->s->samples;
  double sum = 0;
  for (int k = 0; k < JOBS; k++)
    sum += us[k];
  if (*quiet == 0) *quiet = us[JOBS / 2];
  printf("%-30s %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f %6.1fx\n", name, us[0], us[JOBS / 2],
         sum / JOBS, us[JOBS * 9 / 10], us[JOBS / 100 * 99], us[JOBS - 1],
         us[JOBS / 100 * 99] / *quiet);
  fflush(stdout);
  return TSR_OK;
}

static tsr_status busy(setting *s) {
  job j;
  int64_t rows;
  double quiet = 0;
  int last = (int)tsr_cpu_threads(s->cpu) - 1;
  TSR_TRY(choose_size(s, &rows));
  TSR_TRY(job_open(s, sum, rows, 1024, &j));
  printf("\n%-30s %8s %8s %8s %8s %8s %8s %7s\n", "us, a sum of about 30 us", "least", "median",
         "mean", "p90", "p99", "most", "p99");
  tsr_status status = time_busy(&j, "2 threads", 2, 0, -1, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "1 thread", 1, 0, -1, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "2 threads, a hog", 2, 1, -1, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "2 threads, a hog that stays", 2, 1, last, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "1 thread, a hog that stays", 1, 1, last, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "2 threads, 2 hogs", 2, 2, -1, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "1 thread, 2 hogs", 1, 2, -1, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "4 threads", 4, 0, -1, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "8 threads", 8, 0, -1, &quiet);
  if (status == TSR_OK) status = time_busy(&j, "8 threads, a hog", 8, 1, -1, &quiet);
  job_close(&j);
  return status;
}

static tsr_status measure(setting *s) {
  TSR_TRY(tsr_runtime_create(TSR_WITH(tsr_cpu_register), &s->rt));
  TSR_TRY(tsr_runtime_device(s->rt, "cpu", &s->cpu));
  int32_t all = tsr_cpu_threads(s->cpu);
  if (all < 2) return TSR_FAIL(TSR_ERR_STATE, "there is one processor, two threads gain nothing");
  if (strcmp(s->only, "busy") != 0) TSR_TRY(gains(s));
  if (!strcmp(s->only, "gains")) return TSR_OK;
  TSR_TRY(tsr_cpu_set_threads(s->cpu, all));
  return busy(s);
}

int main(int argc, char **argv) {
  static double samples[JOBS];
  setting s = {.samples = samples, .only = argc > 1 ? argv[1] : ""};
  tsr_status status = measure(&s);
  if (status != TSR_OK) fprintf(stderr, "threads: %s\n", tsr_error_message());
  tsr_runtime_release(s.rt);
  return status != TSR_OK;
}
