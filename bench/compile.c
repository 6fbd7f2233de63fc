/* compile.c - how long a program takes from its first operation to its plan.
 *
 * compile [kind]: milliseconds to trace, to compile and to plan programs of about 1,000 and
 * about 10,000 recorded operations, medians of several, and how much longer the long ones
 * take per operation: 1 where time grows as the program does. Nothing is run but what
 * compiling itself folds.
 *
 *   chain       one elementwise operation after the other
 *   distinct    the same over operands of their own, 50 each, which fuse
 *   net         layers tanh(x w + b) of small matrices, each with weights of its own
 *   gradient    of a loss of such a net in all weights
 *   symbolic    the gradient for an unknown number of rows
 *   shapes      reductions, reshapes, transposes, broadcasts in turn
 *   constants   small constants that fold
 *   scans       loops with bodies of 20 operations
 *   scan grad   the gradient of such loops
 *   wide        one value used by everything, all of it added up in the end
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tsr/ad.h>
#include <tsr/cpu.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>

enum {
  SIZE = 4,     /* of vectors and matrices */
  MOST = 10000, /* inputs */
  REPEATS = 15
};

typedef struct setting {
  tsr_runtime *rt;
  tsr_device *cpu;
  tsr_tensor *square, *row;
  tsr_value *inputs;    /* [MOST] room for a recording's inputs, */
  tsr_tensor **tensors; /* [MOST] and for what they will be */
} setting;

/* A program in the making. */
typedef struct recording {
  setting *s;
  tsr_builder *b;
  int32_t n_inputs;
} recording;

#define SQUARE TSR_SHAPE(tsr_dim_of(SIZE), tsr_dim_of(SIZE))
#define ROW    TSR_SHAPE(tsr_dim_of(SIZE))

static tsr_value declare(recording *r, tsr_shape shape) {
  int32_t i = r->n_inputs++;
  r->s->tensors[i] = shape.n == 2 ? r->s->square : r->s->row;
  return r->s->inputs[i] = tsr_input(r->b, NULL, TSR_F32, shape);
}
static tsr_value square(recording *r) { return declare(r, SQUARE); }
static tsr_value row(recording *r) { return declare(r, ROW); }

/* ---- kinds: record about n operations ---- */

static tsr_value chain(recording *r, int n) {
  tsr_value x = square(r), v = x;
  for (int i = 0; i < n; i += 4)
    v = tsr_tanh(r->b, tsr_add(r->b, tsr_mul(r->b, tsr_sin(r->b, v), x), x));
  return v;
}

static tsr_value distinct(recording *r, int n) {
  tsr_value v = square(r);
  for (int i = 0; i < n; i += 50) {
    tsr_value w = square(r);
    for (int k = 0; k < 48; k += 3)
      v = tsr_tanh(r->b, tsr_add(r->b, tsr_mul(r->b, v, w), w));
    v = tsr_matmul(r->b, v, w);
  }
  return v;
}

static tsr_value layer(recording *r, tsr_value v, tsr_value w, tsr_value bias) {
  return tsr_tanh(r->b, tsr_add(r->b, tsr_matmul(r->b, v, w), bias));
}

static tsr_value deep(recording *r, tsr_value v, int layers) {
  for (int i = 0; i < layers; i++) {
    tsr_value w = square(r), bias = row(r);
    v = layer(r, v, w, bias);
  }
  return v;
}

static tsr_value net(recording *r, int n) { return deep(r, square(r), n / 4); }

/* The sum of all gradients: one result, which needs them all. */
static tsr_value gradient_of(recording *r, tsr_value x, int n) {
  tsr_value v = deep(r, x, n / 20), sum = tsr_sum(r->b, tsr_mul(r->b, v, v), TSR_ALL_AXES);
  tsr_value *grads = malloc((size_t)r->n_inputs * sizeof *grads);
  if (!grads) return TSR_NO_VALUE;
  tsr_grads(r->b, sum, tsr_values_of(r->s->inputs, (size_t)r->n_inputs), grads);
  for (int i = 0; i < r->n_inputs; i++)
    sum = tsr_add(r->b, sum, tsr_sum(r->b, grads[i], TSR_ALL_AXES));
  free(grads);
  return sum;
}

static tsr_value gradient(recording *r, int n) { return gradient_of(r, square(r), n); }

static tsr_value symbolic(recording *r, int n) {
  tsr_dim rows = tsr_dim_symbol(r->b, "n");
  return gradient_of(r, declare(r, TSR_SHAPE(rows, tsr_dim_of(SIZE))), n);
}

static tsr_value shapes(recording *r, int n) {
  tsr_builder *b = r->b;
  tsr_value x = square(r), v = x;
  for (int i = 0; i < n; i += 6) {
    tsr_value s = tsr_sum(b, v, TSR_AXES(i / 6 % 2));
    v = tsr_transpose(b,
                      tsr_add(b, tsr_reshape(b, s, TSR_SHAPE(tsr_dim_of(1), tsr_dim_of(SIZE))), x),
                      TSR_AXES(1, 0));
    v = tsr_reshape(b, tsr_reshape(b, v, TSR_SHAPE(tsr_dim_of(SIZE * SIZE))), SQUARE);
  }
  return v;
}

static tsr_value constants(recording *r, int n) {
  tsr_builder *b = r->b;
  tsr_value x = row(r), v = x;
  for (int i = 0; i < n; i += 5) {
    tsr_value c = tsr_full(b, TSR_F32, ROW, i + 1);
    v = tsr_add(b, tsr_mul(b, v, tsr_sin(b, c)), tsr_sqrt(b, c));
  }
  return v;
}

static tsr_status twenty(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_value v = in[0];
  for (int i = 0; i < 10; i++)
    v = tsr_tanh(b, tsr_mul(b, v, in[1]));
  out[0] = v;
  return TSR_OK;
}

static tsr_value loops(recording *r, tsr_value v, tsr_value xs, int n) {
  for (int i = 0; i < n; i++)
    tsr_scan(r->b, twenty, NULL, TSR_VALUES(v), TSR_VALUES(xs), tsr_dim_of(SIZE), TSR_SCAN_FORWARD,
             0, &v);
  return v;
}

static tsr_value scans(recording *r, int n) {
  tsr_value v = row(r), xs = square(r);
  return loops(r, v, xs, n / 20);
}

static tsr_value scan_gradient(recording *r, int n) {
  tsr_value v = row(r), xs = square(r);
  tsr_value loss = tsr_sum(r->b, loops(r, v, xs, n / 80), TSR_ALL_AXES);
  return tsr_grad(r->b, loss, xs);
}

static tsr_value wide(recording *r, int n) {
  tsr_value x = row(r), sum = x;
  for (int i = 0; i < n; i += 4) {
    tsr_value y = tsr_mul(r->b, x, tsr_scalar(r->b, 1 + i));
    sum = tsr_add(r->b, sum, tsr_exp(r->b, y));
  }
  return sum;
}

/* ---- timing ---- */

static double now_ms(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

enum {
  TRACE,
  COMPILE,
  PLAN,
  PARTS
};

typedef struct times {
  double ms[PARTS];
  int ops; /* recorded */
} times;

typedef struct kind {
  const char *name;
  tsr_value (*record)(recording *r, int n);
} kind;

static const kind kinds[] = {
    {"chain",     chain        },
    {"distinct",  distinct     },
    {"net",       net          },
    {"gradient",  gradient     },
    {"symbolic",  symbolic     },
    {"shapes",    shapes       },
    {"constants", constants    },
    {"scans",     scans        },
    {"scan grad", scan_gradient},
    {"wide",      wide         },
};

/* Operations of the trace, those in bodies of loops included: each stands on a line with =. */
static int count_ops(const tsr_program *p) {
  char *text;
  size_t size;
  int n = 0;
  if (tsr_program_text(p, TSR_STAGE_TRACED, &text, &size) != TSR_OK) return 0;
  for (size_t i = 0; i < size; i++)
    n += i + 1 < size && text[i] == ' ' && text[i + 1] == '=';
  tsr_free(text, size, 0);
  return n;
}

static tsr_status once(setting *s, const kind *k, int n, times *out) {
  double start = now_ms();
  recording r = {.s = s};
  tsr_program *p;
  int64_t peak;
  TSR_TRY(tsr_trace_open(s->rt, &r.b));
  tsr_value v = k->record(&r, n);
  double traced = now_ms();
  TSR_TRY(tsr_compile(r.b, TSR_VALUES(v), &p));
  double compiled = now_ms();
  tsr_tensor_list in = {s->tensors, (size_t)r.n_inputs};
  tsr_status status = tsr_program_peak(p, s->cpu, in, &peak);
  double planned = now_ms();
  out->ms[TRACE] = traced - start;
  out->ms[COMPILE] = compiled - traced;
  out->ms[PLAN] = planned - compiled;
  if (!out->ops) out->ops = count_ops(p);
  tsr_program_release(p);
  return status;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static tsr_status repeat(setting *s, const kind *k, int n, int repeats, times *out) {
  double ms[PARTS][REPEATS];
  for (int i = 0; i < repeats; i++) {
    TSR_TRY(once(s, k, n, out));
    for (int part = 0; part < PARTS; part++)
      ms[part][i] = out->ms[part];
  }
  for (int part = 0; part < PARTS; part++) {
    qsort(ms[part], (size_t)repeats, sizeof **ms, by_value);
    out->ms[part] = ms[part][repeats / 2];
  }
  return TSR_OK;
}

static double total(const times *t) { return t->ms[TRACE] + t->ms[COMPILE] + t->ms[PLAN]; }

static void print(const times *t) {
  printf(" %6d %7.2f %7.2f %7.2f %8.2f", t->ops, t->ms[TRACE], t->ms[COMPILE], t->ms[PLAN],
         total(t));
}

static tsr_status measure(setting *s, const char *only) {
  enum {
    TARGET = 10 /* ms for 1,000 operations */
  };
  printf("%-10s %6s %7s %7s %7s %8s %5s %6s %7s %7s %7s %8s %7s\n", "ms", "ops", "trace", "compile",
         "plan", "all", "", "ops", "trace", "compile", "plan", "all", "growth");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    times small = {.ops = 0}, large = {.ops = 0};
    if (only && strcmp(only, kinds[i].name) != 0) continue;
    TSR_TRY(repeat(s, &kinds[i], 1000, REPEATS, &small));
    TSR_TRY(repeat(s, &kinds[i], 10000, 3, &large));
    printf("%-10s", kinds[i].name);
    print(&small);
    printf(" %5s", total(&small) / small.ops * 1000 <= TARGET ? "met" : "LOST");
    print(&large);
    printf(" %6.1fx\n", total(&large) / large.ops / (total(&small) / small.ops));
    fflush(stdout);
  }
  return TSR_OK;
}

static tsr_status run(setting *s, const char *only) {
  TSR_TRY(tsr_runtime_create(TSR_WITH(tsr_cpu_register), &s->rt));
  TSR_TRY(tsr_runtime_device(s->rt, "cpu", &s->cpu));
  TSR_TRY(tsr_tensor_create(s->cpu, TSR_F32, TSR_DIMS(SIZE, SIZE), &s->square));
  TSR_TRY(tsr_tensor_create(s->cpu, TSR_F32, TSR_DIMS(SIZE), &s->row));
  return measure(s, only);
}

int main(int argc, char **argv) {
  static tsr_value inputs[MOST];
  static tsr_tensor *tensors[MOST];
  setting s = {.inputs = inputs, .tensors = tensors};
  tsr_status status = run(&s, argc > 1 ? argv[1] : NULL);
  if (status != TSR_OK) fprintf(stderr, "compile: %s\n", tsr_error_message());
  tsr_tensor_release(s.square);
  tsr_tensor_release(s.row);
  tsr_runtime_release(s.rt);
  return status != TSR_OK;
}
