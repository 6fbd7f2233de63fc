/* probe.c - what the machine can do: bandwidths at a footprint, and multiply-adds.
 *
 * probe: commands on standard input as of main.c.
 *
 *   about
 *   bandwidth THREADS READ WRITTEN SECONDS   bytes; the best loop's bytes per ns among read only,
 *                                            fill, copy, memcpy and triad, with and without
 *                                            stores past the caches
 *   flops THREADS f32|f64 SECONDS            multiply-adds of vectors in registers, per ns
 *
 * It is compiled for the machine it runs on. A loop runs over the same arrays again and again, so
 * they are in the nearest cache that holds them; each thread has its own part.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
  MAX_THREADS = 64,
  CHAINS = 16
};

typedef double vec __attribute__((vector_size(64), aligned(64), may_alias));
typedef float vec_f32 __attribute__((vector_size(64)));
typedef double vec_f64 __attribute__((vector_size(64)));

static volatile double sink; /* keeps what a loop computes */

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* Two arrays read and one written, n vectors each. */
typedef struct arrays {
  vec *a, *b, *c;
  size_t n;
} arrays;

static void store_past(vec *to, vec v) {
#ifdef __SSE2__
  for (int i = 0; i < 4; i++) {
    __m128d part;
    memcpy(&part, (char *)&v + 16 * i, 16);
    _mm_stream_pd((double *)to + 2 * i, part);
  }
#else
  *to = v;
#endif
}

static void fence(void) {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

static void loop_read(arrays x) {
  vec s[8] = {{0}};
  size_t i = 0;
  for (; i + 8 <= x.n; i += 8)
    for (int k = 0; k < 8; k++)
      s[k] += x.a[i + k];
  for (; i < x.n; i++)
    s[0] += x.a[i];
  for (int k = 1; k < 8; k++)
    s[0] += s[k];
  sink = s[0][0];
}

static void loop_fill(arrays x) {
  for (size_t i = 0; i < x.n; i++)
    x.c[i] = (vec){1, 2, 3, 4, 5, 6, 7, 8};
}

static void loop_fill_past(arrays x) {
  for (size_t i = 0; i < x.n; i++)
    store_past(&x.c[i], (vec){1, 2, 3, 4, 5, 6, 7, 8});
  fence();
}

static void loop_copy(arrays x) {
  for (size_t i = 0; i < x.n; i++)
    x.c[i] = x.a[i];
}

static void loop_copy_past(arrays x) {
  for (size_t i = 0; i < x.n; i++)
    store_past(&x.c[i], x.a[i]);
  fence();
}

static void loop_memcpy(arrays x) { memcpy(x.c, x.a, x.n * sizeof *x.a); }

static void loop_triad(arrays x) {
  for (size_t i = 0; i < x.n; i++)
    x.c[i] = x.a[i] + 3.0 * x.b[i];
}

static void loop_triad_past(arrays x) {
  for (size_t i = 0; i < x.n; i++)
    store_past(&x.c[i], x.a[i] + 3.0 * x.b[i]);
  fence();
}

/* Streams a loop moves; a kind of work is compared with the loops of its kind. */
static const struct loop {
  const char *name;
  int reads, writes;
  void (*run)(arrays x);
} loops[] = {
    {"read",       1, 0, loop_read      },
    {"fill",       0, 1, loop_fill      },
    {"fill_past",  0, 1, loop_fill_past },
    {"copy",       1, 1, loop_copy      },
    {"copy_past",  1, 1, loop_copy_past },
    {"memcpy",     1, 1, loop_memcpy    },
    {"triad",      2, 1, loop_triad     },
    {"triad_past", 2, 1, loop_triad_past},
};
enum {
  LOOPS = sizeof loops / sizeof *loops
};

/* ---- threads: each runs its part for as long, between two barriers ---- */

typedef struct job {
  pthread_barrier_t barrier;
  const struct loop *loop;
  int threads, repeats, dtype;
} job;

typedef struct part {
  job *job;
  arrays x;
} part;

static void run_loop(part *p) {
  for (int i = 0; i < p->job->repeats; i++) {
    p->job->loop->run(p->x);
    __asm__ volatile("" ::: "memory");
  }
}

/* Sixteen chains, so that latency does not count. */
#define MULTIPLY_ADD(name, type, part)                                                             \
  static void name(int repeats) {                                                                  \
    type s[CHAINS], x = {0}, y = {0};                                                              \
    for (int k = 0; k < CHAINS; k++)                                                               \
      s[k] = x + (part)k;                                                                          \
    x += (part)0.999, y += (part)0.001;                                                            \
    for (int i = 0; i < repeats; i++)                                                              \
      for (int k = 0; k < CHAINS; k++)                                                             \
        s[k] = s[k] * x + y;                                                                       \
    for (int k = 0; k < CHAINS; k++)                                                               \
      sink = (double)s[k][0];                                                                      \
  }
MULTIPLY_ADD(multiply_add_f32, vec_f32, float)
MULTIPLY_ADD(multiply_add_f64, vec_f64, double)

static void run_flops(part *p) {
  if (p->job->dtype == 32) {
    multiply_add_f32(p->job->repeats);
  } else {
    multiply_add_f64(p->job->repeats);
  }
}

static void *work(void *arg) {
  part *p = arg;
  pthread_barrier_wait(&p->job->barrier);
  if (p->job->loop) {
    run_loop(p);
  } else {
    run_flops(p);
  }
  pthread_barrier_wait(&p->job->barrier);
  return NULL;
}

/* ns of all parts together. */
static double run_parts(job *j, part *parts) {
  pthread_t thread[MAX_THREADS];
  pthread_barrier_init(&j->barrier, NULL, (unsigned)j->threads);
  for (int i = 1; i < j->threads; i++)
    if (pthread_create(&thread[i], NULL, work, &parts[i])) exit(1);
  pthread_barrier_wait(&j->barrier);
  double start = now_ns();
  if (j->loop) {
    run_loop(&parts[0]);
  } else {
    run_flops(&parts[0]);
  }
  pthread_barrier_wait(&j->barrier);
  double ns = now_ns() - start;
  for (int i = 1; i < j->threads; i++)
    pthread_join(thread[i], NULL);
  pthread_barrier_destroy(&j->barrier);
  return ns;
}

/* As many repeats as fill the time, then the best of four. */
static double best_ns(job *j, part *parts, double seconds) {
  double best;
  j->repeats = 1;
  run_parts(j, parts);
  while ((best = run_parts(j, parts)) < 1e9 * seconds / 8 && j->repeats < 1 << 28)
    j->repeats *= 2;
  best /= j->repeats;
  for (int i = 0; i < 3; i++) {
    double ns = run_parts(j, parts) / j->repeats;
    if (ns < best) best = ns;
  }
  return best;
}

/* ---- commands ---- */

static void *touched(size_t size) {
  void *data = aligned_alloc(2 << 20, (size + (2 << 20)) & ~(size_t)((2 << 20) - 1));
  if (!data) exit(1);
  memset(data, 1, size);
  return data;
}

static void bandwidth(int threads, double read, double written, double seconds) {
  double best = 0;
  const char *name = "";
  int reads = read < written / 8 ? 0 : read < 1.5 * written || written < read / 8 ? 1 : 2;
  int writes = written < read / 8 ? 0 : 1;
  size_t n = (size_t)((read + written) / (reads + writes) / sizeof(vec) / threads) + 1;
  size_t size = n * (size_t)threads * sizeof(vec);
  vec *a = reads ? touched(size) : NULL, *b = reads > 1 ? touched(size) : NULL;
  vec *c = writes ? touched(size) : NULL;
  for (int k = 0; k < LOOPS; k++) {
    part parts[MAX_THREADS];
    job j = {.loop = &loops[k], .threads = threads};
    if (loops[k].reads != reads || loops[k].writes != writes) continue;
    for (int i = 0; i < threads; i++) {
      size_t at = n * (size_t)i;
      parts[i] = (part){
          &j, {a ? a + at : NULL, b ? b + at : NULL, c ? c + at : NULL, n}
      };
    }
    double rate = (double)(reads + writes) * (double)size / best_ns(&j, parts, seconds);
    if (rate > best) best = rate, name = loops[k].name;
  }
  free(a), free(b), free(c);
  printf("{\"ok\": true, \"bytes_per_ns\": %.3f, \"loop\": \"%s\"}\n", best, name);
}

static void flops(int threads, int dtype, double seconds) {
  part parts[MAX_THREADS];
  job j = {.threads = threads, .dtype = dtype};
  for (int i = 0; i < threads; i++)
    parts[i] = (part){.job = &j};
  double each = 2.0 * CHAINS * (dtype == 32 ? 16 : 8) * threads;
  printf("{\"ok\": true, \"flops_per_ns\": %.2f}\n", each / best_ns(&j, parts, seconds));
}

int main(void) {
  char line[256], word[32], type[32];
  double read, written, seconds;
  int threads;
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "bandwidth %d %lf %lf %lf", &threads, &read, &written, &seconds) == 4) {
      bandwidth(threads, read, written, seconds);
    } else if (sscanf(line, "flops %d %31s %lf", &threads, type, &seconds) == 3) {
      flops(threads, strcmp(type, "f32") ? 64 : 32, seconds);
    } else if (sscanf(line, "%31s", word) == 1 && !strcmp(word, "about")) {
      printf("{\"ok\": true, \"version\": \"gcc %s\"}\n", __VERSION__);
    } else {
      printf("{\"ok\": false, \"why\": \"no such command\"}\n");
    }
    fflush(stdout);
  }
  return 0;
}
