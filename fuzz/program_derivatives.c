/* program_derivatives.c - derivatives of random programs, and their mapped forms.
 *
 * <w, J t> = <J^H w, t> holds up to rounding; <w, f(x + h t) - f(x - h t)> / 2 h is the same
 * but for kinks, which a smaller h avoids. Derivatives compiled in every way agree with the
 * oracle. Inputs that carry none (integers, bools) stay as they are.
 */
#include "program.h"

#include <math.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/spi/graph.h"

enum {
  N_RESULTS = 2 * N_INPUTS + 2 * N_OUTPUTS,
  LANES = 3
};

typedef struct task {
  lab *l;
  recipe *r;
  const tsr_array *in, *tangent; /* [N_INPUTS] */
  tsr_array weight[N_OUTPUTS];
  int n_active, active[N_INPUTS];  /* inputs with derivatives */
  int n_smooth, smooth[N_OUTPUTS]; /* outputs with derivatives */
} task;

static bool has_derivative(tsr_dtype dtype) { return IN_FLOATS >> dtype & 1; }

/* <a, b> = Re(conj(a) b) */
static double inner(const tsr_array *a, const tsr_array *b, double *size) {
  double sum = 0;
  for (int64_t n = 0; n < a->n; n++) {
    const double term = a->at[n].re * b->at[n].re + a->at[n].im * b->at[n].im;
    sum += term;
    *size += fabs(term);
  }
  return sum;
}

/* ---- values, tangents and gradients by one trace ---- */

static tsr_value constant_of(const task *t, tsr_builder *b, const tsr_array *a) {
  tsr_tensor *x = lab_dense(t->l, a);
  const tsr_value v = tsr_constant(b, x);
  tsr_tensor_release(x);
  return v;
}

/* Outputs, of inputs on a builder. */
static void outputs_of(const task *t, tsr_builder *b, const tsr_value *in, tsr_value *out) {
  grower g;
  item items[N_OUTPUTS];
  program_grow(&g, t->r, t->l, b, in, false);
  program_outputs(&g, items);
  for (int j = 0; j < N_OUTPUTS; j++)
    out[j] = items[j].v;
}

static int trace_derivatives(task *t, tsr_builder *b, tsr_value *out) {
  tsr_value in[N_INPUTS], z[N_OUTPUTS], wrt[N_INPUTS], tangents[N_INPUTS], weights[N_OUTPUTS],
      smooth[N_OUTPUTS];
  for (int i = 0; i < N_INPUTS; i++)
    in[i] = declare(b, &t->r->in[i], false, symbol_names);
  outputs_of(t, b, in, z);
  for (int i = 0; i < t->n_active; i++) {
    wrt[i] = in[t->active[i]];
    tangents[i] = constant_of(t, b, &t->tangent[t->active[i]]);
  }
  for (int j = 0; j < t->n_smooth; j++) {
    smooth[j] = z[t->smooth[j]];
    weights[j] = constant_of(t, b, &t->weight[t->smooth[j]]);
  }
  const size_t n_in = (size_t)t->n_active, n_out = (size_t)t->n_smooth;
  (void)tsr_jvp(b, tsr_values_of(smooth, n_out), tsr_values_of(wrt, n_in),
                tsr_values_of(tangents, n_in), out);
  lab_ok(tsr_builder_status(b), "jvp");
  (void)tsr_vjp(b, tsr_values_of(smooth, n_out), tsr_values_of(weights, n_out),
                tsr_values_of(wrt, n_in), out + n_out);
  lab_ok(tsr_builder_status(b), "vjp");
  return t->n_smooth + t->n_active;
}

static void run_graph(const task *t, tsr_builder *b, const tsr_value *z, int n, tsr_array *out) {
  tsr_graph *graph;
  lab_ok(tsr_graph_builder_finish(b, tsr_values_of(z, (size_t)n), NULL, NULL, &graph), "closing");
  lab_ok(tsr_oracle_run(graph, NULL, &t->l->arena, t->in, out), "the oracle on derivatives");
  tsr_graph_release(graph);
}

static void run_compiled(const task *t, tsr_builder *b, const tsr_value *z, int n,
                         const tsr_compile_options *options, tsr_array *out) {
  tsr_program *p;
  tsr_tensor *x[N_INPUTS], *results[N_RESULTS];
  lab_ok(tsr_compile_with(b, tsr_values_of(z, (size_t)n), options, &p), "compiling derivatives");
  for (int i = 0; i < N_INPUTS; i++)
    x[i] = lab_dense(t->l, &t->in[i]);
  lab_ok(tsr_program_run(p, t->l->cpu, (tsr_tensor_list){x, N_INPUTS}, results, (size_t)n),
         "running derivatives");
  for (int j = 0; j < n; j++)
    out[j] = lab_read(t->l, results[j]);
  tsr_tensors_release(results, (size_t)n);
  tsr_tensors_release(x, N_INPUTS);
  tsr_program_release(p);
}

/* ---- difference quotients ---- */

static void values_at(const task *t, double h, tsr_array *out) {
  task moved = *t;
  tsr_array in[N_INPUTS];
  tsr_builder *b;
  tsr_value v[N_INPUTS], z[N_OUTPUTS];
  memcpy(in, t->in, sizeof in);
  for (int i = 0; i < t->n_active; i++) {
    tsr_array *x = &in[t->active[i]];
    const tsr_array *d = &t->tangent[t->active[i]], *from = &t->in[t->active[i]];
    lab_ok(tsr_array_make(&t->l->arena, x->dtype, x->rank, x->dims, x), "moving");
    for (int64_t n = 0; n < x->n; n++)
      x->at[n] = (tsr_cell){from->at[n].re + h * d->at[n].re, from->at[n].im + h * d->at[n].im, 0};
  }
  moved.in = in;
  lab_ok(tsr_trace_open(t->l->rt, &b), "opening a trace");
  for (int i = 0; i < N_INPUTS; i++)
    v[i] = declare(b, &t->r->in[i], false, symbol_names);
  outputs_of(&moved, b, v, z);
  run_graph(&moved, b, z, N_OUTPUTS, out);
}

static void check_slope(const task *t, double want, double size) {
  static const double steps[] = {1e-5, 1e-6, 1e-7, 1e-4};
  double got = 0;
  for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
    tsr_array right[N_OUTPUTS], left[N_OUTPUTS];
    double ignored = 0;
    values_at(t, steps[k], right);
    values_at(t, -steps[k], left);
    got = 0;
    for (int j = 0; j < t->n_smooth; j++) {
      const int at = t->smooth[j];
      got +=
          inner(&t->weight[at], &right[at], &ignored) - inner(&t->weight[at], &left[at], &ignored);
    }
    got /= 2 * steps[k];
    if (!(fabs(got - want) > 1e-4 * (1 + size))) return;
  }
  FUZZ_FAIL("difference quotients say %.12g, derivatives %.12g (of %g)", got, want, size);
}

/* ---- judging ---- */

static void draw_task(task *t, source *s) {
  tsr_array out[N_OUTPUTS];
  for (int i = 0; i < N_INPUTS; i++)
    if (has_derivative(t->in[i].dtype)) t->active[t->n_active++] = i;
  values_at(t, 0, out);
  for (int j = 0; j < N_OUTPUTS; j++) {
    t->weight[j] = lab_array(t->l, s, out[j].dtype, out[j].rank, out[j].dims, false, false);
    if (has_derivative(out[j].dtype)) t->smooth[t->n_smooth++] = j;
  }
}

void judge_derivatives(lab *l, source *s, recipe *r) {
  static const tsr_compile_options ways[] = {{.keep_all = true}, {.no_fusion = true}, {0}};
  tsr_array in[N_INPUTS], tangent[N_INPUTS], want[N_RESULTS], got[N_RESULTS];
  tsr_value z[N_RESULTS];
  tsr_builder *b;
  draw_inputs(l, s, r, false, in);
  draw_inputs(l, s, r, false, tangent);
  task t = {.l = l, .r = r, .in = in, .tangent = tangent};
  draw_task(&t, s);
  if (t.n_active == 0 || t.n_smooth == 0) return;
  lab_ok(tsr_trace_open(l->rt, &b), "opening a trace");
  int n = trace_derivatives(&t, b, z);
  run_graph(&t, b, z, n, want);
  for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
    lab_ok(tsr_trace_open(l->rt, &b), "opening a trace");
    n = trace_derivatives(&t, b, z);
    run_compiled(&t, b, z, n, &ways[k], got);
    for (int j = 0; j < n; j++)
      lab_compare("derivatives", (int)k * 100 + j, &got[j], &want[j], 100 * TOLERANCE);
  }
  double forward = 0, backward = 0, size = 0;
  for (int j = 0; j < t.n_smooth; j++)
    forward += inner(&t.weight[t.smooth[j]], &want[j], &size);
  for (int i = 0; i < t.n_active; i++)
    backward += inner(&tangent[t.active[i]], &want[t.n_smooth + i], &size);
  if (fabs(forward - backward) > 1e-6 * (1 + size))
    FUZZ_FAIL("forward mode gives %.12g, reverse mode %.12g", forward, backward);
  check_slope(&t, forward, size);
}

/* ---- vmap ---- */

static tsr_status mapped_body(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  outputs_of(ctx, b, in, out);
  return TSR_OK;
}

/* Lane i along an axis. */
static tsr_array lane(lab *l, const tsr_array *a, int64_t axis, int64_t i) {
  tsr_array out;
  int64_t dims[LAB_RANK], inner = 1;
  for (int32_t k = 0; k < a->rank; k++) {
    if (k != axis) dims[k - (k > axis)] = a->dims[k];
    if (k > axis) inner *= a->dims[k];
  }
  lab_ok(tsr_array_make(&l->arena, a->dtype, a->rank - 1, dims, &out), "a lane");
  for (int64_t n = 0; n < out.n; n++)
    out.at[n] = a->at[(n / inner * a->dims[axis] + i) * inner + n % inner];
  return out;
}

/* One of the lanes of an input, or all of it when it is not mapped. */
static tsr_array draw_mapped(lab *l, source *s, const declared *d, bool mapped, int64_t *axis) {
  int64_t dims[MAX_RANK + 1];
  const int64_t at = mapped ? source_below(s, d->rank + 1) : d->rank;
  for (int32_t k = 0; k < d->rank; k++)
    dims[k + (k >= at)] = d->dims[k];
  if (mapped) dims[at] = LANES;
  *axis = mapped ? at : TSR_NOT_MAPPED;
  return lab_array(l, s, d->dtype, d->rank + mapped, dims, true, false);
}

void judge_vmap(lab *l, source *s, recipe *r) {
  tsr_array in[N_INPUTS], one[N_INPUTS], got[N_OUTPUTS], want[N_OUTPUTS];
  int64_t axes[N_INPUTS], out_axes[N_OUTPUTS];
  tsr_value v[N_INPUTS], z[N_OUTPUTS];
  tsr_builder *b;
  bool any = false;
  task t = {.l = l, .r = r, .in = in};
  for (int i = 0; i < N_INPUTS; i++) {
    const bool mapped = source_once_in(s, 2) || (i == N_INPUTS - 1 && !any);
    any = any || mapped;
    in[i] = draw_mapped(l, s, &r->in[i], mapped, &axes[i]);
  }
  for (int j = 0; j < N_OUTPUTS; j++)
    out_axes[j] = source_once_in(s, 3) ? -1 : 0;
  lab_ok(tsr_trace_open(l->rt, &b), "opening a trace");
  for (int i = 0; i < N_INPUTS; i++) {
    tsr_dim dims[LAB_RANK];
    for (int32_t k = 0; k < in[i].rank; k++)
      dims[k] = tsr_dim_of(in[i].dims[k]);
    v[i] = tsr_input(b, NULL, in[i].dtype, (tsr_shape){dims, (size_t)in[i].rank});
  }
  (void)tsr_vmap(b, mapped_body, &t, tsr_values_of(v, N_INPUTS), (tsr_axes){axes, N_INPUTS},
                 N_OUTPUTS, (tsr_axes){out_axes, N_OUTPUTS}, z);
  lab_ok(tsr_builder_status(b), "vmap");
  run_compiled(&t, b, z, N_OUTPUTS, &(tsr_compile_options){0}, got);
  for (int64_t i = 0; i < LANES; i++) {
    task single = t;
    single.in = one;
    for (int k = 0; k < N_INPUTS; k++)
      one[k] = axes[k] >= 0 ? lane(l, &in[k], axes[k], i) : in[k];
    values_at(&single, 0, want);
    for (int j = 0; j < N_OUTPUTS; j++) {
      const tsr_array part = lane(l, &got[j], out_axes[j] < 0 ? got[j].rank - 1 : 0, i);
      lab_compare("vmap", j, &part, &want[j], TOLERANCE);
    }
  }
}
