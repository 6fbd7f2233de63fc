/* dispatch.c - what the runtime itself costs, against targets and against NumPy and PyTorch.
 *
 * dispatch [file]: the file holds the peers' times, as dispatch_peer.py prints them; ./dev
 * bench dispatch makes it in the same run. dispatch --json: one object per row, for bench.py.
 * Numbers are of the means of 401 batches: the
 * least, which is nearest to an idle machine, the median, which targets and ratios are about,
 * and the 99th percentile. A ratio above 1 says that we are faster.
 *
 *   malloc, free      of as many bytes as a tensor's struct has, for comparison
 *   retain, release   of a tensor
 *   device block      1000 bytes from the device's allocator and back
 *   tensor create     [2, 2] of f64, and its release
 *   tensor view       tsr_tensor_view, and the release of the view
 *   tensor transpose  tsr_tensor_transpose, and the release
 *   eager transpose   the same of an eager value
 *   eager reshape
 *   eager add4        z = x + y of four f64, allocation included
 *   .. and freed      the same with the opening and closing of the scope that holds z
 *   add4 into         the same into an existing tensor, by tsr_eager_run_into
 *   run_into add4     a program of that one step, called anew each time
 *   planned step      one step of a program, by the difference of a long and a short chain
 *   scan round        one round of a tiny body, by the difference of many and few rounds
 *   grad of A*B       sum(A*B) and its gradients in A and B, 2x2, by one compiled program into
 *                     existing outputs; A*B elementwise
 *   grad of AB        the same of the matrix product
 *   .. and fresh      the same with fresh outputs, and their release
 *   two tasks         two empty tasks, which the caller may run alone when it is faster
 *   hand-off          two tasks of which another thread must run one: caller to it and back
 *   textbook pool     the same by a mutex and a condition variable in each direction
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tsr/ad.h>
#include <tsr/cpu.h>
#include <tsr/eager.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>
#include <tsr/spi/cpu.h>
#include <tsr/spi/tensor.h>

enum {
  SAMPLES = 401,
  BATCH = 1000
};

typedef struct setting {
  tsr_runtime *rt;
  tsr_device *cpu;
  tsr_builder *b; /* eager */
  tsr_value x;    /* [2, 2] */
  tsr_tensor *t;  /* [2, 2] */
  tsr_tensor *z;  /* [2, 2] nobody else holds it */
} setting;

typedef struct result {
  double least, median, p99; /* ns */
} result;

static double now_ns(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static result summary(double *samples, int n) {
  qsort(samples, (size_t)n, sizeof *samples, by_value);
  return (result){samples[0], samples[n / 2], samples[n * 99 / 100]};
}

/* ---- metadata ---- */

/* One kind of step after the other; the call is direct, so that it costs what it does. */
#define TIME_STEPS(name, ...)                                                                      \
  static tsr_status time_##name(setting *s, result *out) {                                         \
    static double samples[SAMPLES];                                                                \
    for (int k = 0; k < SAMPLES; k++) {                                                            \
      double start = now_ns();                                                                     \
      for (int i = 0; i < BATCH; i++) {                                                            \
        __VA_ARGS__                                                                                \
      }                                                                                            \
      samples[k] = (now_ns() - start) / BATCH;                                                     \
    }                                                                                              \
    (void)s;                                                                                       \
    *out = summary(samples, SAMPLES);                                                              \
    return TSR_OK;                                                                                 \
  }

TIME_STEPS(malloc, {
  void *volatile data = malloc(sizeof(tsr_tensor));
  free(data);
})
TIME_STEPS(reference, { tsr_tensor_release(tsr_tensor_retain(s->t)); })
TIME_STEPS(device_block, {
  void *data;
  TSR_TRY(s->cpu->backend->alloc(s->cpu->stream, 1000, &data));
  s->cpu->backend->free(s->cpu->stream, data, 1000);
})
TIME_STEPS(tensor_create, {
  tsr_tensor *t;
  TSR_TRY(tsr_tensor_create(s->cpu, TSR_F64, TSR_DIMS(2, 2), &t));
  tsr_tensor_release(t);
})
TIME_STEPS(tensor_view, {
  static const int64_t strides[] = {1, 2};
  tsr_tensor *view;
  TSR_TRY(tsr_tensor_view(s->t, 0, TSR_DIMS(2, 2), strides, &view));
  tsr_tensor_release(view);
})
TIME_STEPS(tensor_transpose, {
  tsr_tensor *view;
  TSR_TRY(tsr_tensor_transpose(s->t, TSR_AXES(1, 0), &view));
  tsr_tensor_release(view);
})

/* ---- eager: values of a batch die with a scope of their own ---- */

static void transpose(tsr_builder *b, tsr_value x) {
  for (int i = 0; i < BATCH; i++)
    tsr_transpose(b, x, TSR_AXES(1, 0));
}

static void reshape(tsr_builder *b, tsr_value x) {
  for (int i = 0; i < BATCH; i++)
    tsr_reshape(b, x, TSR_SHAPE(tsr_dim_of(4)));
}

static void add(tsr_builder *b, tsr_value x) {
  for (int i = 0; i < BATCH; i++)
    tsr_add(b, x, x);
}

/* With the scope's opening and closing in the time, or without. */
static tsr_status time_eager(setting *s, void (*batch)(tsr_builder *b, tsr_value x), bool scope,
                             result *out) {
  static double samples[SAMPLES];
  for (int k = 0; k < SAMPLES; k++) {
    tsr_builder *inner;
    double open = now_ns();
    TSR_TRY(tsr_eager_nest(s->b, &inner));
    double start = now_ns();
    batch(inner, s->x);
    double end = now_ns();
    tsr_status status = tsr_builder_status(inner);
    tsr_builder_close(inner);
    TSR_TRY(status);
    samples[k] = (scope ? now_ns() - open : end - start) / BATCH;
  }
  *out = summary(samples, SAMPLES);
  return TSR_OK;
}

static tsr_status time_eager_transpose(setting *s, result *out) {
  return time_eager(s, transpose, false, out);
}
static tsr_status time_eager_reshape(setting *s, result *out) {
  return time_eager(s, reshape, false, out);
}
static tsr_status time_eager_add(setting *s, result *out) { return time_eager(s, add, false, out); }
static tsr_status time_eager_add_and_free(setting *s, result *out) {
  return time_eager(s, add, true, out);
}

TIME_STEPS(eager_into, {
  TSR_TRY(tsr_eager_run_into(s->b, tsr_op_core(TSR_OP_ADD), NULL, TSR_VALUES(s->x, s->x),
                             TSR_TENSORS(s->z)));
})

/* ---- programs ---- */

/* Runs of a program of one input x and one output, per run. */
static tsr_status time_program(setting *s, tsr_program *p, tsr_tensor *x, tsr_tensor *y, int runs,
                               result *out) {
  static double samples[SAMPLES];
  for (int k = 0; k < SAMPLES; k++) {
    double start = now_ns();
    for (int i = 0; i < runs; i++)
      TSR_TRY(tsr_program_run_into(p, s->cpu, TSR_TENSORS(x), TSR_TENSORS(y)));
    samples[k] = (now_ns() - start) / runs;
  }
  *out = summary(samples, SAMPLES);
  return TSR_OK;
}

static tsr_status finish_program(setting *s, tsr_builder *b, tsr_value v, int64_t n,
                                 tsr_dims out_dims, int runs, result *out) {
  tsr_program *p;
  tsr_tensor *x, *y;
  tsr_compile_options options = {.keep_all = true};
  TSR_TRY(tsr_compile_with(b, TSR_VALUES(v), &options, &p));
  TSR_TRY(tsr_tensor_create(s->cpu, TSR_F64, TSR_DIMS(n), &x));
  TSR_TRY(tsr_tensor_create(s->cpu, TSR_F64, out_dims, &y));
  tsr_status status = time_program(s, p, x, y, runs, out);
  tsr_tensor_release(x);
  tsr_tensor_release(y);
  tsr_program_release(p);
  return status;
}

static tsr_status time_run_into(setting *s, result *out) {
  tsr_builder *b;
  TSR_TRY(tsr_trace_open(s->rt, &b));
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  return finish_program(s, b, tsr_add(b, x, x), 4, TSR_DIMS(4), BATCH, out);
}

static tsr_status time_chain(setting *s, int n, result *out) {
  tsr_builder *b;
  TSR_TRY(tsr_trace_open(s->rt, &b));
  tsr_value v = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  for (int i = 0; i < n; i++)
    v = tsr_neg(b, v);
  return finish_program(s, b, v, 4, TSR_DIMS(4), 50, out);
}

static tsr_status add_up(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], in[1]);
  return TSR_OK;
}

static tsr_status time_scan_of(setting *s, int n, result *out) {
  tsr_builder *b;
  tsr_value sum;
  TSR_TRY(tsr_trace_open(s->rt, &b));
  tsr_value v = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(n)));
  tsr_value zero = tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0);
  tsr_scan(b, add_up, NULL, TSR_VALUES(zero), TSR_VALUES(v), tsr_dim_of(n), TSR_SCAN_FORWARD, 0,
           &sum);
  return finish_program(s, b, sum, n, TSR_NO_DIMS, 20, out);
}

/* What each of the many costs, when a few and 1000 more of them are timed. */
static tsr_status difference(setting *s, tsr_status (*time)(setting *s, int n, result *out),
                             result *out) {
  enum {
    FEW = 1,
    MORE = 1000
  };
  result few, many;
  TSR_TRY(time(s, FEW, &few));
  TSR_TRY(time(s, FEW + MORE, &many));
  *out = (result){(many.least - few.least) / MORE, (many.median - few.median) / MORE,
                  (many.p99 - few.median) / MORE};
  return TSR_OK;
}

static tsr_status time_step(setting *s, result *out) { return difference(s, time_chain, out); }
static tsr_status time_scan(setting *s, result *out) { return difference(s, time_scan_of, out); }

/* ---- derivatives ---- */

typedef tsr_value (*product)(tsr_builder *b, tsr_value x, tsr_value y);

static tsr_status compile_gradient(setting *s, product f, tsr_program **out) {
  tsr_builder *b;
  tsr_value grads[2];
  tsr_shape square = TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2));
  TSR_TRY(tsr_trace_open(s->rt, &b));
  tsr_value x = tsr_input(b, "A", TSR_F64, square), y = tsr_input(b, "B", TSR_F64, square);
  tsr_value sum = tsr_sum(b, f(b, x, y), TSR_ALL_AXES);
  tsr_grads(b, sum, TSR_VALUES(x, y), grads); /* a failure latches */
  return tsr_compile(b, TSR_VALUES(sum, grads[0], grads[1]), out);
}

enum {
  INTO_EXISTING,
  FRESH
};

static tsr_status run_gradient(setting *s, const tsr_program *p, int where, tsr_tensor *y,
                               tsr_tensor *const *out) {
  if (where == INTO_EXISTING)
    return tsr_program_run_into(p, s->cpu, TSR_TENSORS(s->t, y),
                                TSR_TENSORS(out[0], out[1], out[2]));
  tsr_tensor *made[3];
  TSR_TRY(tsr_program_run(p, s->cpu, TSR_TENSORS(s->t, y), made, 3));
  tsr_tensors_release(made, 3);
  return TSR_OK;
}

static tsr_status time_gradient(setting *s, product f, int where, result *out) {
  static double samples[SAMPLES];
  const double data[4] = {5, 6, 7, 8};
  tsr_program *p;
  tsr_tensor *y, *made[3];
  TSR_TRY(compile_gradient(s, f, &p));
  TSR_TRY(tsr_tensor_from_data(s->cpu, TSR_F64, TSR_DIMS(2, 2), data, &y));
  TSR_TRY(tsr_program_run(p, s->cpu, TSR_TENSORS(s->t, y), made, 3));
  tsr_status status = TSR_OK;
  for (int k = 0; k < SAMPLES && status == TSR_OK; k++) {
    double start = now_ns();
    for (int i = 0; i < BATCH && status == TSR_OK; i++)
      status = run_gradient(s, p, where, y, made);
    samples[k] = (now_ns() - start) / BATCH;
  }
  *out = summary(samples, SAMPLES);
  tsr_tensors_release(made, 3);
  tsr_tensor_release(y);
  tsr_program_release(p);
  return status;
}

static tsr_status time_grad_mul(setting *s, result *out) {
  return time_gradient(s, tsr_mul, INTO_EXISTING, out);
}
static tsr_status time_grad_mul_fresh(setting *s, result *out) {
  return time_gradient(s, tsr_mul, FRESH, out);
}
static tsr_status time_grad_matmul(setting *s, result *out) {
  return time_gradient(s, tsr_matmul, INTO_EXISTING, out);
}
static tsr_status time_grad_matmul_fresh(setting *s, result *out) {
  return time_gradient(s, tsr_matmul, FRESH, out);
}

/* ---- threads ---- */

static _Thread_local char here;
typedef struct meeting {
  const char *caller;
  int32_t came;
} meeting;

enum {
  GIVE_UP = 100000
};

static tsr_status nothing(void *ctx, int64_t chunk) {
  (void)ctx, (void)chunk;
  return TSR_OK;
}

/* The caller's task waits until another thread has come with the other one; not forever, as
 * the pool may have given both to the caller.
 */
static tsr_status meet(void *ctx, int64_t chunk) {
  meeting *m = ctx;
  (void)chunk;
  if (&here != m->caller) {
    __atomic_store_n(&m->came, 1, __ATOMIC_RELEASE);
    return TSR_OK;
  }
  for (int turn = 0; turn < GIVE_UP && !__atomic_load_n(&m->came, __ATOMIC_ACQUIRE); turn++) {
  }
  return TSR_OK;
}

static tsr_status time_parallel(setting *s, tsr_cpu_task task, result *out) {
  static double samples[SAMPLES];
  const tsr_cpu_spi *spi = tsr_runtime_backend_spi(s->rt, "cpu");
  TSR_TRY(tsr_cpu_set_threads(s->cpu, 2));
  if (tsr_cpu_threads(s->cpu) != 2) return TSR_FAIL(TSR_ERR_STATE, "there is no second thread");
  for (int k = 0; k < SAMPLES; k++) {
    double start = now_ns();
    for (int i = 0; i < BATCH; i++) {
      meeting m = {.caller = &here};
      TSR_TRY(spi->parallel(s->cpu->stream, 2, task, &m));
    }
    samples[k] = (now_ns() - start) / BATCH;
  }
  *out = summary(samples, SAMPLES);
  return TSR_OK;
}

static tsr_status time_two_tasks(setting *s, result *out) { return time_parallel(s, nothing, out); }
static tsr_status time_hand_off(setting *s, result *out) { return time_parallel(s, meet, out); }

/* The peer of the hand-off: one worker, waiting on a condition. */
enum {
  ASKED = 20 /* per sample: it takes long */
};

typedef struct textbook {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int asked, answered;
} textbook;

static void *answer(void *arg) {
  textbook *t = arg;
  pthread_mutex_lock(&t->mutex);
  while (t->answered < SAMPLES * ASKED) {
    while (t->asked == t->answered)
      pthread_cond_wait(&t->changed, &t->mutex);
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
  while (t->answered < t->asked)
    pthread_cond_wait(&t->changed, &t->mutex);
  pthread_mutex_unlock(&t->mutex);
}

static void time_asking(textbook *t, result *out) {
  static double samples[SAMPLES];
  for (int k = 0; k < SAMPLES; k++) {
    double start = now_ns();
    for (int i = 0; i < ASKED; i++)
      ask(t);
    samples[k] = (now_ns() - start) / ASKED;
  }
  *out = summary(samples, SAMPLES);
}

static tsr_status time_textbook(setting *s, result *out) {
  textbook t = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
  pthread_t worker;
  (void)s;
  if (pthread_create(&worker, NULL, answer, &t) != 0)
    return TSR_FAIL(TSR_ERR_STATE, "there is no second thread");
  time_asking(&t, out);
  pthread_join(worker, NULL);
  return TSR_OK;
}

/* ---- the table ---- */

static const struct {
  const char *name;
  tsr_status (*time)(setting *s, result *out);
  double target;    /* ns; 0: none */
  const char *peer; /* their row, or NULL */
} rows[] = {
    {"malloc, free",     time_malloc,             0,   NULL         },
    {"retain, release",  time_reference,          0,   NULL         },
    {"device block",     time_device_block,       0,   NULL         },
    {"tensor create",    time_tensor_create,      0,   NULL         },
    {"tensor view",      time_tensor_view,        10,  "reshape"    },
    {"tensor transpose", time_tensor_transpose,   10,  "transpose"  },
    {"eager transpose",  time_eager_transpose,    10,  "transpose"  },
    {"eager reshape",    time_eager_reshape,      10,  "reshape"    },
    {"eager add4",       time_eager_add,          50,  "add"        },
    {".. and freed",     time_eager_add_and_free, 50,  "add"        },
    {"add4 into",        time_eager_into,         25,  "add_into"   },
    {"run_into add4",    time_run_into,           60,  "add_into"   },
    {"planned step",     time_step,               20,  "negate_into"},
    {"scan round",       time_scan,               25,  NULL         },
    {"grad of A*B",      time_grad_mul,           500, NULL         },
    {".. and fresh",     time_grad_mul_fresh,     500, NULL         },
    {"grad of AB",       time_grad_matmul,        500, NULL         },
    {".. and fresh",     time_grad_matmul_fresh,  500, NULL         },
    {"two tasks",        time_two_tasks,          0,   NULL         },
    {"hand-off",         time_hand_off,           200, NULL         },
    {"textbook pool",    time_textbook,           0,   NULL         },
};

/* The time of a row in a file of lines "peer row nanoseconds"; 0 when there is none. */
static double peer_time(FILE *file, const char *peer, const char *row) {
  char line[256], a[64], b[64];
  double ns;
  if (!file || !row) return 0;
  rewind(file);
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "%63s %63s %lf", a, b, &ns) == 3 && !strcmp(a, peer) && !strcmp(b, row))
      return ns;
  }
  return 0;
}

static void print_peer(FILE *file, const char *peer, const char *row, double ours) {
  double ns = peer_time(file, peer, row);
  if (ns > 0) {
    printf(" %9.1f %6.1fx", ns, ns / ours);
  } else {
    printf(" %9s %7s", "-", "-");
  }
}

/* Versions of the peers, and what is not installed. */
static void print_peers(FILE *file) {
  char line[256], a[64], b[64];
  double ns;
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "%63s %63s %lf", a, b, &ns) != 3) printf("%s", line);
}

static void print_machine(void) {
  char line[256];
  FILE *file = fopen("/proc/cpuinfo", "r");
  while (file && fgets(line, sizeof line, file)) {
    const char *name = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !name) continue;
    printf("machine: %s", name + 2);
    break;
  }
  if (file) fclose(file);
  printf("BLAS: %s\n", tsr_cpu_blas_name());
}

static void print_row(size_t i, result r, FILE *peers) {
  printf("%-16s %7.1f %7.1f %9.1f", rows[i].name, r.least, r.median, r.p99);
  if (rows[i].target > 0) {
    printf(" %7.0f %5s", rows[i].target, r.median <= rows[i].target ? "met" : "LOST");
  } else {
    printf(" %7s %5s", "-", "");
  }
  print_peer(peers, "numpy", rows[i].peer, r.median);
  print_peer(peers, "torch", rows[i].peer, r.median);
  printf("\n");
}

static void print_json(size_t i, result r) {
  printf("{\"row\": \"%s\", \"least\": %.1f, \"median\": %.1f, \"p99\": %.1f, \"target\": %.0f, "
         "\"peer\": \"%s\"}\n",
         rows[i].name, r.least, r.median, r.p99, rows[i].target, rows[i].peer ? rows[i].peer : "");
}

static tsr_status prepare(setting *s) {
  double data[4] = {1, 2, 3, 4};
  TSR_TRY(tsr_runtime_device(s->rt, "cpu", &s->cpu));
  TSR_TRY(tsr_tensor_from_data(s->cpu, TSR_F64, TSR_DIMS(2, 2), data, &s->t));
  TSR_TRY(tsr_tensor_from_data(s->cpu, TSR_F64, TSR_DIMS(2, 2), data, &s->z));
  TSR_TRY(tsr_eager_open(s->rt, "cpu", &s->b));
  s->x = tsr_from_tensor(s->b, s->t);
  return TSR_OK;
}

static tsr_status measure_json(setting *s) {
  TSR_TRY(prepare(s));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    result r;
    TSR_TRY(rows[i].time(s, &r));
    print_json(i, r);
  }
  return TSR_OK;
}

static tsr_status measure(setting *s, FILE *peers) {
  TSR_TRY(prepare(s));
  print_machine();
  print_peers(peers);
  printf("%-16s %7s %7s %9s %7s %5s %9s %7s %9s %7s\n", "ns", "least", "median", "p99", "target",
         "", "numpy", "ratio", "torch", "ratio");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    result r;
    TSR_TRY(rows[i].time(s, &r));
    print_row(i, r, peers);
    fflush(stdout);
  }
  return TSR_OK;
}

int main(int argc, char **argv) {
  setting s = {0};
  bool json = argc > 1 && !strcmp(argv[1], "--json");
  FILE *peers = argc > 1 && !json ? fopen(argv[1], "r") : NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register), &s.rt);
  if (status == TSR_OK) status = json ? measure_json(&s) : measure(&s, peers);
  if (status != TSR_OK) fprintf(stderr, "dispatch: %s\n", tsr_error_message());
  tsr_builder_close(s.b);
  tsr_tensor_release(s.t);
  tsr_tensor_release(s.z);
  tsr_runtime_release(s.rt);
  if (peers) fclose(peers);
  return status != TSR_OK;
}
