/* least_squares.c - fit a linear model to 442 patients by gradient descent, check it against
 * two closed forms, and draw what happened.
 *
 *   loss(w) = mean((x w - y)^2),   x [n, 11] standardised columns and a column of ones
 *
 * The gradient comes from tsr_grad; loss, gradient and the heavy-ball update of (w, v) are
 * compiled into one program that is run until the gradient vanishes. Its step and momentum
 * are the optimal ones for the extreme singular values of x (Polyak 1964), which an eager
 * svd gives. The closed forms are the normal equations (solve) and the pseudo-inverse (svd).
 */
#include "support/csv.h"
#include "support/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tsr/ad.h>
#include <tsr/cpu.h>
#include <tsr/eager.h>
#include <tsr/einsum.h>
#include <tsr/linalg.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>

enum {
  MOST_STEPS = 2000
};

#define SMALL 1e-24 /* |gradient|^2 at which we stop */

typedef struct problem {
  tsr_runtime *rt;
  tsr_device *cpu;
  tsr_tensor *x, *y; /* [n, k], [n] */
  int64_t n, k;
} problem;

typedef struct closed_forms {
  double *by_solve, *by_svd; /* [k] each */
  double largest, smallest;  /* singular values of x */
} closed_forms;

/* ---- data ---- */

/* Columns to mean 0 and standard deviation 1; the last one is the target, kept as it is. */
static void standardise(const csv *t, double *x, double *y) {
  size_t k = t->columns; /* features and the ones */
  for (size_t j = 0; j + 1 < t->columns; j++) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < t->rows; i++)
      mean += t->cell[i * t->columns + j] / (double)t->rows;
    for (size_t i = 0; i < t->rows; i++) {
      double d = t->cell[i * t->columns + j] - mean;
      square += d * d / (double)t->rows;
    }
    for (size_t i = 0; i < t->rows; i++)
      x[i * k + j] = (t->cell[i * t->columns + j] - mean) / sqrt(square);
  }
  for (size_t i = 0; i < t->rows; i++) {
    x[i * k + k - 1] = 1;
    y[i] = t->cell[i * t->columns + t->columns - 1];
  }
}

static tsr_status load(const char *path, problem *p) {
  csv t;
  const char *wrong = csv_read(path, &t);
  if (wrong) return TSR_FAIL(TSR_ERR_IO, "%s %s", path, wrong);
  p->n = (int64_t)t.rows;
  p->k = (int64_t)t.columns;
  double *x = malloc(t.rows * t.columns * sizeof *x), *y = malloc(t.rows * sizeof *y);
  tsr_status status = x && y ? TSR_OK : TSR_FAIL(TSR_ERR_NOMEM, "no memory for %s", path);
  if (status == TSR_OK) {
    standardise(&t, x, y);
    status = tsr_tensor_from_data(p->cpu, TSR_F64, TSR_DIMS(p->n, p->k), x, &p->x);
  }
  if (status == TSR_OK) status = tsr_tensor_from_data(p->cpu, TSR_F64, TSR_DIMS(p->n), y, &p->y);
  free(x);
  free(y);
  csv_free(&t);
  return status;
}

/* ---- closed forms, eager ---- */

/* w = (x' x)^-1 x' y, and w = v diag(1/s) u' y */
static tsr_status solve_exactly(const problem *p, closed_forms *out) {
  tsr_builder *b;
  TSR_TRY(tsr_eager_open(p->rt, "cpu", &b));
  tsr_value x = tsr_from_tensor(b, p->x), y = tsr_from_tensor(b, p->y);
  tsr_value gram = tsr_einsum(b, "ni,nj->ij", TSR_VALUES(x, x));
  tsr_value w1 = tsr_solve(b, gram, tsr_einsum(b, "ni,n->i", TSR_VALUES(x, y)));
  tsr_svd_result d = tsr_svd(b, x, TSR_SVD_REDUCED);
  tsr_value uy = tsr_einsum(b, "nr,n->r", TSR_VALUES(d.u, y));
  tsr_value w2 = tsr_einsum(b, "rk,r->k", TSR_VALUES(d.vt, tsr_div(b, uy, d.s)));

  size_t size = (size_t)p->k * sizeof(double);
  double *s = malloc(size);
  tsr_status status =
      s ? TSR_OK : TSR_FAIL(TSR_ERR_NOMEM, "no memory for %lld values", (long long)p->k);
  if (status == TSR_OK) status = tsr_read(b, d.s, s, size);
  if (status == TSR_OK) status = tsr_read(b, w1, out->by_solve, size);
  if (status == TSR_OK) status = tsr_read(b, w2, out->by_svd, size);
  if (status == TSR_OK) {
    out->largest = s[0];
    out->smallest = s[p->k - 1];
  }
  free(s);
  tsr_builder_close(b);
  return status;
}

/* ---- gradient descent, compiled ---- */

/* (x, y, w, v) -> (loss, |gradient|^2, w', v')
 * v' = momentum v - rate dloss/dw,  w' = w + v'
 */
static tsr_status compile_step(const problem *p, const closed_forms *exact, tsr_program **out) {
  /* the Hessian 2 x'x / n has its eigenvalues between these */
  double high = 2 * exact->largest * exact->largest / (double)p->n;
  double low = 2 * exact->smallest * exact->smallest / (double)p->n;
  double rate = 4 / pow(sqrt(high) + sqrt(low), 2);
  double momentum = pow((sqrt(high) - sqrt(low)) / (sqrt(high) + sqrt(low)), 2);

  tsr_builder *b;
  TSR_TRY(tsr_trace_open(p->rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n"), k = tsr_dim_of(p->k);
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, k));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(n));
  tsr_value w = tsr_input(b, "w", TSR_F64, TSR_SHAPE(k));
  tsr_value v = tsr_input(b, "v", TSR_F64, TSR_SHAPE(k));
  tsr_value r = tsr_sub(b, tsr_matmul(b, x, w), y);
  tsr_value loss = tsr_mean(b, tsr_mul(b, r, r), TSR_ALL_AXES);
  tsr_value dw = tsr_grad(b, loss, w);
  tsr_value next_v =
      tsr_sub(b, tsr_mul(b, v, tsr_scalar(b, momentum)), tsr_mul(b, dw, tsr_scalar(b, rate)));
  tsr_value next_w = tsr_add(b, w, next_v);
  tsr_value norm = tsr_sum(b, tsr_mul(b, dw, dw), TSR_ALL_AXES);
  return tsr_compile(b, TSR_VALUES(loss, norm, next_w, next_v), out);
}

typedef struct history {
  double loss[MOST_STEPS], gradient[MOST_STEPS];
  size_t n;
  double seconds;
} history;

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The gradient shrinks by a constant factor per step: its logarithm tells how far we are. */
static void show_progress(const history *h) {
  enum {
    BARS = 30
  };
  double whole = log(h->gradient[0] / SMALL), part = log(h->gradient[0] / h->gradient[h->n - 1]);
  bool finished = h->gradient[h->n - 1] < SMALL;
  if (h->n % 25 != 0 && !finished) return;
  int bars = finished ? BARS : (int)fmax(0, fmin(BARS, BARS * part / whole));
  fprintf(stderr, "\r[%-*.*s] step %zu, loss %.6f ", BARS, bars, "##############################",
          h->n, h->loss[h->n - 1]);
}

/* Two sets of buffers; each step reads one and writes the other. */
static tsr_status descend(const problem *p, const tsr_program *step, history *h, double *w) {
  size_t size = (size_t)p->k * sizeof(double);
  double *zero = calloc((size_t)p->k, sizeof *zero);
  tsr_tensor *t[6] = {0}; /* loss, norm, w, v, w', v' */
  tsr_status status = zero ? TSR_OK : TSR_FAIL(TSR_ERR_NOMEM, "no memory for the start");
  for (int i = 0; i < 2 && status == TSR_OK; i++)
    status = tsr_tensor_create(p->cpu, TSR_F64, TSR_NO_DIMS, &t[i]);
  for (int i = 2; i < 6 && status == TSR_OK; i++)
    status = tsr_tensor_from_data(p->cpu, TSR_F64, TSR_DIMS(p->k), zero, &t[i]);

  double start = now();
  for (h->n = 0; h->n < MOST_STEPS && status == TSR_OK;) {
    const int from = h->n % 2 ? 4 : 2, to = 6 - from;
    status = tsr_program_run_into(step, p->cpu, TSR_TENSORS(p->x, p->y, t[from], t[from + 1]),
                                  TSR_TENSORS(t[0], t[1], t[to], t[to + 1]));
    if (status == TSR_OK) status = tsr_tensor_read(t[0], &h->loss[h->n], sizeof(double));
    if (status == TSR_OK) status = tsr_tensor_read(t[1], &h->gradient[h->n], sizeof(double));
    if (status == TSR_OK) status = tsr_tensor_read(t[to], w, size);
    if (status != TSR_OK) break;
    h->n++;
    show_progress(h);
    if (h->gradient[h->n - 1] < SMALL) break;
  }
  h->seconds = now() - start;
  fprintf(stderr, "\n");
  tsr_tensors_release(t, 6);
  free(zero);
  return status;
}

/* ---- what we promise about memory ---- */

static tsr_status check_peak(const problem *p, const tsr_program *step, double *w) {
  tsr_tensor *in[2] = {0}, *out[4] = {0};
  int64_t predicted = 0, before, measured, reserved;
  tsr_status status = tsr_tensor_from_data(p->cpu, TSR_F64, TSR_DIMS(p->k), w, &in[0]);
  if (status == TSR_OK) status = tsr_tensor_from_data(p->cpu, TSR_F64, TSR_DIMS(p->k), w, &in[1]);
  if (status == TSR_OK)
    status = tsr_program_peak(step, p->cpu, TSR_TENSORS(p->x, p->y, in[0], in[1]), &predicted);
  if (status == TSR_OK) {
    tsr_device_memory_reset(p->cpu);
    tsr_device_memory(p->cpu, &before, &measured, &reserved);
    status = tsr_program_run(step, p->cpu, TSR_TENSORS(p->x, p->y, in[0], in[1]), out, 4);
    tsr_device_memory(p->cpu, &reserved, &measured, &reserved);
  }
  tsr_tensors_release(in, 2);
  tsr_tensors_release(out, 4);
  TSR_TRY(status);
  printf("peak memory of a step: predicted %lld, measured %lld bytes\n", (long long)predicted,
         (long long)(measured - before));
  if (predicted == measured - before) return TSR_OK;
  return TSR_FAIL(TSR_ERR_INTERNAL, "peak %lld was predicted, %lld measured", (long long)predicted,
                  (long long)(measured - before));
}

/* ---- pictures ---- */

static tsr_status write_text(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  bool good = file && fputs(text, file) >= 0;
  if (file) good &= fclose(file) == 0;
  return good ? TSR_OK : TSR_FAIL(TSR_ERR_IO, "cannot write %s", path);
}

static tsr_status draw(const tsr_program *step, const history *h) {
  const plot_curve curves[] = {
      {"loss",         h->loss,     h->n, 0},
      {"|gradient|^2", h->gradient, h->n, 1}
  };
  const plot_labels labels = {"Gradient descent on the diabetes data", "step", "value"};
  if (plot_curves("loss.svg", labels, curves, 2))
    return TSR_FAIL(TSR_ERR_IO, "cannot write loss.svg");
  char *svg;
  size_t size;
  TSR_TRY(tsr_program_svg(step, TSR_STAGE_OPTIMISED, &svg, &size));
  tsr_status status = write_text("graph.svg", svg);
  tsr_free(svg, size, 0);
  return status;
}

/* ---- the whole ---- */

static double distance(const double *a, const double *b, int64_t n) {
  double far = 0, scale = 0;
  for (int64_t i = 0; i < n; i++) {
    far = fmax(far, fabs(a[i] - b[i]));
    scale = fmax(scale, fabs(b[i]));
  }
  return far / scale;
}

static tsr_status report(const problem *p, const history *h, const closed_forms *exact,
                         const double *w) {
  double to_solve = distance(w, exact->by_solve, p->k), to_svd = distance(w, exact->by_svd, p->k);
  printf("%lld rows, %lld columns; %zu steps, %.2f us each\n", (long long)p->n, (long long)p->k,
         h->n, 1e6 * h->seconds / (double)h->n);
  printf("loss %.10f; weights differ by %.1e from solve, by %.1e from svd\n", h->loss[h->n - 1],
         to_solve, to_svd);
  if (to_solve <= 1e-8 && to_svd <= 1e-8) return TSR_OK;
  return TSR_FAIL(TSR_ERR_NUMERIC, "weights are off by %.1e and %.1e, more than 1e-8", to_solve,
                  to_svd);
}

static tsr_status fit(problem *p, history *h, closed_forms *exact, double *w) {
  tsr_program *step;
  TSR_TRY(solve_exactly(p, exact));
  TSR_TRY(compile_step(p, exact, &step));
  tsr_status status = descend(p, step, h, w);
  if (status == TSR_OK) status = report(p, h, exact, w);
  if (status == TSR_OK) status = check_peak(p, step, w);
  if (status == TSR_OK) status = draw(step, h);
  tsr_program_release(step);
  return status;
}

static tsr_status run(tsr_runtime *rt, const char *path) {
  problem p = {.rt = rt};
  closed_forms exact = {0};
  static history h;
  TSR_TRY(tsr_runtime_device(rt, "cpu", &p.cpu));
  tsr_status status = load(path, &p);
  double *w = calloc(3 * (size_t)(p.k ? p.k : 1), sizeof *w);
  if (status == TSR_OK && !w)
    status = TSR_FAIL(TSR_ERR_NOMEM, "no memory for %lld weights", (long long)p.k);
  if (status == TSR_OK) {
    exact.by_solve = w + p.k;
    exact.by_svd = w + 2 * p.k;
    status = fit(&p, &h, &exact, w);
  }
  free(w);
  tsr_tensor_release(p.x);
  tsr_tensor_release(p.y);
  return status;
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : EXAMPLE_DATA "/diabetes.csv";
  tsr_runtime *rt = NULL;
  tsr_status status =
      tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_einsum_register, tsr_linalg_register), &rt);
  if (status == TSR_OK) status = run(rt, path);
  if (status != TSR_OK) fprintf(stderr, "%s\n", tsr_error_message());
  tsr_runtime_release(rt);
  return status != TSR_OK;
}
