/* suite_programs.c - random programs: compiled in every way and run eagerly, they agree with
 * the oracle, and the gradient of each with a difference quotient.
 *
 * usage: suite_programs FIRST_SEED
 * A program is a chain of elementwise, structural, reducing and contracting operations over
 * what was computed before, with sin after everything that could grow. This is what finds
 * mistakes of passes and planning that no single op shows.
 */
#include "stage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/cpu.h"
#include "tsr/spi/graph.h"

#define N_IN    3
#define N_OUT   5 /* three values, the loss, its gradient in operand 0 */
#define N_STEPS 14
#define SEEDS   (STAGE_SMALL ? 6 : 60)

typedef struct maker {
  stage *w; /* for random numbers, the same at every tracing */
  uint64_t seed;
  tsr_value pool[N_IN + N_STEPS];
  int32_t n;
} maker;

static int32_t below(maker *m, int32_t n) { return (int32_t)(draw(m->w) % (uint64_t)n); }
static tsr_value any(maker *m) { return m->pool[below(m, m->n)]; }

static tsr_type type_of(tsr_builder *b, tsr_value v) {
  const tsr_type none = {TSR_F64, 0, NULL};
  tsr_type type;
  return tsr_value_type(b, v, &type) == TSR_OK ? type : none;
}

static int64_t count(const tsr_type *type) {
  int64_t n = 1;
  for (int32_t k = 0; k < type->rank; k++)
    n *= type->dims[k].n;
  return n;
}

/* ---- steps; each gives TSR_NO_VALUE when it does not fit ---- */

typedef tsr_value (*step)(maker *m, tsr_builder *b, tsr_value x);

/* A partner whose shape broadcasts with x without growing it much. */
static tsr_value partner(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  for (int32_t tries = 0; tries < 6; tries++) {
    const tsr_value y = any(m);
    const tsr_type u = type_of(b, y);
    bool fits = u.rank <= t.rank;
    for (int32_t k = 1; fits && k <= u.rank; k++)
      fits = tsr_dim_is(u.dims[u.rank - k], 1) || u.dims[u.rank - k].n == t.dims[t.rank - k].n;
    if (fits) return y;
  }
  return x;
}

static tsr_value add(maker *m, tsr_builder *b, tsr_value x) {
  return tsr_add(b, x, tsr_mul(b, partner(m, b, x), tsr_scalar(b, 0.5)));
}
static tsr_value sub(maker *m, tsr_builder *b, tsr_value x) {
  return tsr_sub(b, partner(m, b, x), x);
}
static tsr_value mul(maker *m, tsr_builder *b, tsr_value x) {
  return tsr_sin(b, tsr_mul(b, x, partner(m, b, x)));
}
static tsr_value quotient(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_value y = partner(m, b, x);
  return tsr_div(b, x, tsr_add(b, tsr_mul(b, y, y), tsr_scalar(b, 1.5)));
}
static tsr_value exponential(maker *m, tsr_builder *b, tsr_value x) {
  (void)m;
  return tsr_neg(b, tsr_exp(b, tsr_sin(b, x)));
}
static tsr_value larger(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_value y = partner(m, b, x);
  return tsr_select(b, tsr_lt(b, x, y), y, x);
}
static tsr_value sum(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  return tsr_sin(b, tsr_reduce_sum(b, x, TSR_AXES(below(m, t.rank))));
}
static tsr_value largest(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  return tsr_reduce_max(b, x, TSR_AXES(below(m, t.rank)));
}
static tsr_value smallest(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  return tsr_reduce_min(b, tsr_sin(b, x), TSR_AXES(below(m, t.rank)));
}
static tsr_value product(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  return tsr_reduce_prod(b, tsr_cos(b, x), TSR_AXES(below(m, t.rank)));
}
static tsr_value running(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  const tsr_scan_order order = below(m, 2) ? TSR_SCAN_FORWARD : TSR_SCAN_REVERSE;
  const int32_t axis = below(m, t.rank);
  if (below(m, 2)) return tsr_cumprod(b, tsr_cos(b, x), axis, order);
  return tsr_sin(b, tsr_cumsum(b, x, axis, order));
}
static tsr_value ordered(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  return tsr_sort(b, x, below(m, t.rank), below(m, 2) ? TSR_ASCENDING : TSR_DESCENDING);
}
/* softmax-like: x less its largest along an axis, so a reduction is read where it was made */
static tsr_value centred(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  const int64_t axis[] = {below(m, t.rank)};
  const tsr_axes axes = {axis, 1};
  const tsr_value e =
      tsr_exp(b, tsr_sub(b, x, tsr_expand_dims(b, tsr_reduce_max(b, x, axes), axes)));
  return tsr_div(b, e, tsr_expand_dims(b, tsr_reduce_sum(b, e, axes), axes));
}
static tsr_value turned(maker *m, tsr_builder *b, tsr_value x) {
  (void)m;
  return tsr_transpose(b, x, TSR_ALL_AXES);
}
static tsr_value flat(maker *m, tsr_builder *b, tsr_value x) {
  (void)m;
  return tsr_reshape(b, x, TSR_SHAPE({-1}));
}
static tsr_value part(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  tsr_dim start[8], limit[8];
  int64_t steps[8];
  if (t.rank == 0 || t.rank > 8) return TSR_NO_VALUE;
  for (int32_t k = 0; k < t.rank; k++) {
    start[k] = tsr_dim_of(t.dims[k].n > 2 ? below(m, 2) : 0);
    limit[k] = t.dims[k];
    steps[k] = 1 + below(m, 2);
  }
  const size_t n = (size_t)t.rank;
  return tsr_slice(b, x, (tsr_shape){start, n}, (tsr_shape){limit, n}, (tsr_axes){steps, n});
}
static tsr_value joined(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  return tsr_concatenate(b, TSR_VALUES(x, tsr_neg(b, x)), below(m, t.rank));
}
static tsr_value framed(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  tsr_dim low[8], high[8];
  int64_t interior[8];
  if (t.rank == 0 || t.rank > 8) return TSR_NO_VALUE;
  for (int32_t k = 0; k < t.rank; k++) {
    low[k] = tsr_dim_of(below(m, 3) - 1);
    high[k] = tsr_dim_of(1);
    interior[k] = below(m, 2);
  }
  const size_t n = (size_t)t.rank;
  return tsr_pad(b, x, tsr_full(b, t.dtype, TSR_NO_SHAPE, 0.25), (tsr_shape){low, n},
                 (tsr_shape){high, n}, (tsr_axes){interior, n});
}
static tsr_value gram(maker *m, tsr_builder *b, tsr_value x) {
  (void)m;
  const tsr_type t = type_of(b, x);
  if (t.rank != 2) return TSR_NO_VALUE;
  return tsr_sin(b, tsr_matmul(b, tsr_transpose(b, x, TSR_ALL_AXES), tsr_sin(b, x)));
}
static tsr_value taken(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  const tsr_value i = tsr_iota(b, TSR_I64, TSR_SHAPE({5}), 0);
  return tsr_take(b, x, tsr_sub(b, tsr_mul(b, i, i), tsr_scalar_int(b, 2)), below(m, t.rank));
}

/* A loop along the first axis that carries a number and reads another value as a whole. */
static tsr_status round_of_scan(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const tsr_value *captured = ctx;
  const tsr_value y = tsr_mul(b, tsr_sin(b, in[1]), in[0]); /* a mean of it contracts */
  out[0] = tsr_add(b, tsr_mean(b, y, TSR_ALL_AXES), tsr_sin(b, *captured));
  out[1] = tsr_add(b, y, in[0]);
  return TSR_OK;
}
static tsr_value scanned(maker *m, tsr_builder *b, tsr_value x) {
  const tsr_type t = type_of(b, x);
  if (t.rank == 0) return TSR_NO_VALUE;
  tsr_value captured = tsr_mean(b, any(m), TSR_ALL_AXES), r[2];
  const tsr_scan_order order = below(m, 2) ? TSR_SCAN_FORWARD : TSR_SCAN_REVERSE;
  const tsr_status status = tsr_scan(b, round_of_scan, &captured, TSR_VALUES(tsr_scalar(b, 0.7)),
                                     TSR_VALUES(x), t.dims[0], order, 1, r);
  return status == TSR_OK ? r[1] : TSR_NO_VALUE;
}

static const step steps[] = {add,     sub,      mul,     quotient, exponential, larger,  sum,
                             largest, smallest, product, running,  ordered,     centred, turned,
                             flat,    part,     joined,  framed,   gram,        taken,   scanned};

/* ---- a program ---- */

static tsr_value total(tsr_builder *b, tsr_value x) {
  return tsr_reduce_sum(b, tsr_sin(b, x), TSR_ALL_AXES);
}

static tsr_value grow(maker *m, tsr_builder *b, const tsr_value *in) {
  m->w->random = m->seed;
  m->n = N_IN;
  memcpy(m->pool, in, N_IN * sizeof *in);
  for (int32_t k = 0; k < 4 * N_STEPS && m->n < N_IN + N_STEPS; k++) {
    const tsr_value x = below(m, 2) ? m->pool[m->n - 1] : any(m);
    const step s = steps[below(m, (int32_t)(sizeof steps / sizeof *steps))];
    const tsr_value y = s(m, b, x);
    const tsr_type t = type_of(b, y);
    if (tsr_value_is_none(y) || t.rank > 4 || count(&t) == 0 || count(&t) > 100000) continue;
    m->pool[m->n++] = y;
  }
  tsr_value loss = total(b, m->pool[m->n - 1]);
  return tsr_add(b, loss, total(b, m->pool[N_IN + N_STEPS / 2]));
}

static tsr_status program(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  maker m = *(const maker *)ctx;
  out[3] = grow(&m, b, in);
  out[0] = m.pool[m.n - 1];
  out[1] = m.pool[N_IN];
  out[2] = any(&m);
  out[4] = tsr_grad(b, out[3], in[0]);
  return tsr_builder_status(b);
}

static tsr_status loss_alone(tsr_builder *b, const void *ctx, const tsr_value *in, tsr_value *out) {
  maker m = *(const maker *)ctx;
  out[0] = grow(&m, b, in);
  return tsr_builder_status(b);
}

/* ---- ways to run it ---- */

static tsr_status by_oracle(stage *w, const maker *m, const array *in, array *out) {
  tsr_builder *b;
  tsr_graph *graph;
  tsr_value v[N_IN], z[N_OUT];
  tsr_array a[N_IN], r[N_OUT];
  TSR_TRY(tsr_trace_open(w->rt, &b));
  for (int32_t i = 0; i < N_IN; i++) {
    tsr_dim dims[8];
    for (int32_t k = 0; k < in[i].rank; k++)
      dims[k] = tsr_dim_of(in[i].dims[k]);
    v[i] = tsr_input(b, NULL, in[i].dtype, (tsr_shape){dims, (size_t)in[i].rank});
    TSR_TRY(tsr_array_make(&w->arena, in[i].dtype, in[i].rank, in[i].dims, &a[i]));
    tsr_array_read(&a[i], in[i].data);
  }
  (void)tsr_builder_fail(b, program(b, m, v, z));
  TSR_TRY(tsr_graph_builder_finish(b, tsr_values_of(z, N_OUT), NULL, NULL, &graph));
  const tsr_status status = tsr_oracle_run(graph, NULL, &w->arena, a, r);
  tsr_graph_release(graph);
  TSR_TRY(status);
  for (int32_t j = 0; j < N_OUT; j++) {
    TSR_TRY(array_make(w, r[j].dtype, (tsr_dims){r[j].dims, (size_t)r[j].rank}, &out[j]));
    tsr_array_write(&r[j], out[j].data);
  }
  return TSR_OK;
}

static tsr_status compiled(stage *w, const maker *m, const array *in, placing layout,
                           const tsr_compile_options *options, array *out) {
  tsr_program *p = NULL;
  tsr_tensor *t[N_IN] = {NULL};
  tsr_status status = stage_compile(w, program, m, N_IN, in, N_OUT, options, &p);
  for (int32_t i = 0; i < N_IN && status == TSR_OK; i++)
    status = stage_upload(w, &in[i], layout, &t[i]);
  if (status == TSR_OK) status = stage_run(w, p, N_IN, t, N_OUT, out);
  tsr_tensors_release(t, N_IN);
  tsr_program_release(p);
  return status;
}

/* The loss alone: an eager builder has no grad between values. */
static tsr_status eagerly(stage *w, const maker *m, const array *in, array *out) {
  tsr_builder *b;
  tsr_tensor *t = NULL;
  tsr_value v[N_IN], loss;
  TSR_TRY(tsr_eager_open(w->rt, "cpu", &b));
  for (int32_t i = 0; i < N_IN; i++)
    v[i] = tsr_from_data(b, in[i].dtype, (tsr_dims){in[i].dims, (size_t)in[i].rank}, in[i].data);
  tsr_status status = loss_alone(b, m, v, &loss);
  if (status == TSR_OK) status = tsr_to_tensor(b, loss, &t);
  if (status == TSR_OK) status = stage_read(w, t, out);
  tsr_tensor_release(t);
  tsr_builder_close(b);
  return status;
}

static void compare(stage *w, uint64_t seed, const char *how, int32_t j, const array *got,
                    const array *want) {
  int64_t n;
  char a[80], b[80];
  w->n_checks++;
  if (!array_close(got, want, 1e-9, 1, &n))
    stage_fail(w, "program %llu, %s: output %d, element %lld is %s, not %s",
               (unsigned long long)seed, how, j, (long long)n, array_text(got, n, a, sizeof a),
               array_text(want, n, b, sizeof b));
}

/* (loss(x + h t) - loss(x - h t)) / 2 h */
static tsr_status slope(stage *w, const maker *m, const array *in, const array *t, double h,
                        double *out) {
  array moved[N_IN], loss;
  *out = 0;
  memcpy(moved, in, sizeof moved);
  for (int side = -1; side <= 1; side += 2) {
    TSR_TRY(array_make(w, TSR_F64, (tsr_dims){in[0].dims, (size_t)in[0].rank}, &moved[0]));
    for (int64_t n = 0; n < t->n; n++) {
      const double x = array_get(&in[0], n).re + side * h * array_get(t, n).re;
      array_set(&moved[0], n, (tsr_cell){.re = x});
    }
    TSR_TRY(stage_compute(w, loss_alone, m, N_IN, moved, 1, &loss));
    *out += side * array_get(&loss, 0).re / (2 * h);
  }
  return TSR_OK;
}

/* <gradient, t> against difference quotients: the step shrinks while it may cross a kink. */
static void check_gradient(stage *w, const maker *m, const array *in, const array *gradient) {
  static const double steps_of_h[] = {1e-5, 1e-6, 1e-7};
  const sample s = {.n_in = 1,
                    .in = {{.dtype = TSR_F64, .dims = {in[0].dims, (size_t)in[0].rank}}}};
  array t;
  double left = 0, right = 0, size = 1;
  tsr_status status = array_draw(w, &s, 0, (domain){0.3, 1, true}, false, &t);
  for (int64_t n = 0; status == TSR_OK && n < t.n; n++) {
    right += array_get(gradient, n).re * array_get(&t, n).re;
    size += fabs(array_get(gradient, n).re);
  }
  bool equal = false;
  for (size_t k = 0; !equal && status == TSR_OK && k < 3; k++) {
    status = slope(w, m, in, &t, steps_of_h[k], &left);
    equal = fabs(left - right) <= 1e-4 * size;
  }
  if (stage_ok(w, status, "program %llu, moved", (unsigned long long)m->seed) && !equal)
    stage_fail(w, "program %llu: the loss changes by %.12g, its gradient says %.12g",
               (unsigned long long)m->seed, left, right);
}

static void check_program(stage *w, uint64_t seed) {
  static const int64_t shapes[][N_IN][2] = {
      {{3, 4},   {4, 1},  {3, 1} },
      {{5, 5},   {5, 1},  {1, 5} },
      {{1, 7},   {7, 1},  {4, 7} },
      {{90, 80}, {80, 1}, {90, 1}}
  };
  static const tsr_compile_options options[] = {{0}, {.no_fusion = true}, {.keep_all = true}};
  static const char *const names[] = {"compiled", "without fusion", "unoptimised"};
  maker m = {.w = w, .seed = seed * 1000};
  array in[N_IN], want[N_OUT], out[N_OUT];
  const int64_t(*shape)[2] = shapes[seed % (STAGE_SMALL ? 3 : 4)];
  w->random = seed;
  for (int32_t i = 0; i < N_IN; i++) {
    const sample s = {.n_in = 1, .in = {{.dtype = TSR_F64, .dims = {shape[i], i == 1 ? 1 : 2}}}};
    if (!stage_ok(w, array_draw(w, &s, 0, (domain){0.1, 1, true}, false, &in[i]), "operands"))
      return;
  }
  if (!stage_ok(w, by_oracle(w, &m, in, want), "program %llu, by the oracle",
                (unsigned long long)seed))
    return;
  w->n_checks++;
  if (!isfinite(array_get(&want[3], 0).re))
    stage_fail(w, "program %llu: the loss is not finite, so it tests nothing",
               (unsigned long long)seed);
  for (size_t k = 0; k < sizeof options / sizeof *options; k++)
    for (int layout = 0; layout < (k == 0 ? 3 : 1); layout++)
      if (stage_ok(w, compiled(w, &m, in, (placing)layout, &options[k], out), "program %llu, %s",
                   (unsigned long long)seed, names[k]))
        for (int32_t j = 0; j < N_OUT; j++)
          compare(w, seed, names[k], j, &out[j], &want[j]);
  if (stage_ok(w, eagerly(w, &m, in, out), "program %llu, eager", (unsigned long long)seed))
    compare(w, seed, "eager", 3, &out[0], &want[3]);
  check_gradient(w, &m, in, &want[4]);
}

static uint64_t first_seed;

static void suite(stage *w, const tsr_op *op) {
  (void)op;
  for (uint64_t seed = first_seed; seed < first_seed + SEEDS; seed++) {
    check_program(w, seed);
    tsr_arena_reset(&w->arena);
  }
}

int main(int argc, char **argv) {
  char op[] = "add";
  char *args[] = {argv[0], op};
  first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  return stage_main(2, args, suite, NULL);
}
