/* handoff.c - what it costs to hand two chunks to two threads, against the textbook pool.
 *
 * handoff [rounds]. "trivial": two empty tasks, which the caller may run alone when it is
 * faster. "both": each task waits for the other, so two threads must have met. The peer
 * is a mutex and condition variable per direction, the textbook pool.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tsr/cpu.h"
#include "tsr/spi/cpu.h"
#include "tsr/tensor.h"

typedef struct registry {
  tsr_runtime_head head;
  const tsr_backend *backend;
} registry;

static tsr_status add_backend(tsr_runtime *rt, int version, const tsr_backend *backend) {
  (void)version;
  ((registry *)(void *)rt)->backend = backend;
  return TSR_OK;
}

static tsr_status add_kernels(tsr_runtime *rt, int version, const char *backend,
                              const tsr_kernel *rows, int32_t n) {
  (void)rt, (void)version, (void)backend, (void)rows, (void)n;
  return TSR_OK;
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static tsr_status do_nothing(void *ctx, int64_t chunk) {
  (void)ctx, (void)chunk;
  return TSR_OK;
}

static tsr_status meet(void *ctx, int64_t chunk) {
  int32_t *met = ctx;
  (void)chunk;
  __atomic_fetch_add(met, 1, __ATOMIC_ACQ_REL);
  while (__atomic_load_n(met, __ATOMIC_ACQUIRE) % 2) {
  }
  return TSR_OK;
}

/* The peer: one worker, waiting on a condition. */
typedef struct textbook {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int64_t asked, answered;
  int64_t rounds;
} textbook;

static void *answer(void *arg) {
  textbook *t = arg;
  pthread_mutex_lock(&t->mutex);
  while (t->answered < t->rounds) {
    while (t->asked == t->answered) {
      pthread_cond_wait(&t->changed, &t->mutex);
    }
    t->answered++;
    pthread_cond_broadcast(&t->changed);
  }
  pthread_mutex_unlock(&t->mutex);
  return NULL;
}

static void ask(textbook *t) {
  pthread_mutex_lock(&t->mutex);
  t->asked++;
  pthread_cond_broadcast(&t->changed);
  while (t->answered < t->asked) {
    pthread_cond_wait(&t->changed, &t->mutex);
  }
  pthread_mutex_unlock(&t->mutex);
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int64_t report(const char *what, int64_t *times, int64_t n) {
  qsort(times, (size_t)n, sizeof *times, compare);
  printf("%-22s median %6lld ns   p90 %6lld   p99 %7lld\n", what, (long long)times[n / 2],
         (long long)times[n * 9 / 10], (long long)times[n * 99 / 100]);
  return times[n / 2];
}

static const tsr_runtime_spi spi = {.add_backend = add_backend, .add_kernels = add_kernels};

int main(int argc, char **argv) {
  int64_t n = argc > 1 ? atoll(argv[1]) : 100000;
  registry rt = {.head = {.spi = &spi}};
  tsr_device *d = NULL;
  int64_t *times = n > 0 ? malloc((size_t)n * sizeof *times) : NULL;
  if (!times || tsr_cpu_register((tsr_runtime *)(void *)&rt) != TSR_OK ||
      rt.backend->open(rt.backend, 0, &d) != TSR_OK || tsr_cpu_set_threads(d, 2) != TSR_OK) {
    fprintf(stderr, "handoff: %s\n", tsr_error_message());
    return 1;
  }
  const tsr_cpu_spi *cpu = rt.backend->spi;
  int32_t met = 0;
  printf("threads %d, BLAS %s\n", tsr_cpu_threads(d), tsr_cpu_blas_name());
  for (int64_t i = 0; i < n; i++) {
    int64_t start = now();
    if (cpu->parallel(d->stream, 2, do_nothing, NULL) != TSR_OK) return 1;
    times[i] = now() - start;
  }
  report("trivial", times, n);
  for (int64_t i = 0; i < n; i++) {
    int64_t start = now();
    if (cpu->parallel(d->stream, 2, meet, &met) != TSR_OK) return 1;
    times[i] = now() - start;
  }
  int64_t ours = report("both", times, n);
  textbook t = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, n / 10 + 1};
  pthread_t worker;
  if (pthread_create(&worker, NULL, answer, &t) != 0) return 1;
  for (int64_t i = 0; i < t.rounds; i++) {
    int64_t start = now();
    ask(&t);
    times[i] = now() - start;
  }
  pthread_join(worker, NULL);
  int64_t theirs = report("mutex and condition", times, t.rounds);
  printf("ratio %.1f\n", (double)theirs / (double)(ours ? ours : 1));
  tsr_device_release(d);
  free(times);
  return 0;
}
