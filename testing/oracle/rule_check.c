/* rule_check.c - hold the rules of an op against its formula, on random operands. */
#include "rule_check.h"

#include "tsr_test.h"

#include <math.h>
#include <string.h>

#include "tsr/ops.h"

#define MAX_OPERANDS 4

/* ---- a place to work ---- */

typedef struct bench {
  tsr_registry *registry;
  tsr_builder *b;
  tsr_arena arena;
  tsr_call_context context;
  uint64_t random;
} bench;

static void bench_open(bench *w) {
  *w = (bench){.random = 1};
  assert_ok(tsr_registry_create(&w->registry));
}

static void bench_trace(bench *w) {
  assert_ok(tsr_graph_builder_create(w->registry, NULL, NULL, &w->b));
  w->context = (tsr_call_context){&w->arena, w->b->space};
}

static tsr_graph *bench_finish(bench *w, const char *name, const tsr_value *out, int32_t n) {
  tsr_graph *graph = NULL;
  const tsr_status status =
      tsr_graph_builder_finish(w->b, tsr_values_of(out, (size_t)n), NULL, NULL, &graph);
  w->b = NULL;
  if (status != TSR_OK) fail_msg("%s: %s", name, tsr_error_message());
  return graph;
}

static void bench_close(bench *w) {
  tsr_arena_deinit(&w->arena);
  tsr_registry_release(w->registry);
}

/* ---- random arrays ---- */

/* splitmix64 (Steele, Lea, Flood, 2014) */
static uint64_t draw(bench *w) {
  uint64_t z = w->random += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}
static double uniform(bench *w) { return (double)(draw(w) >> 11) * 0x1p-52 - 1.0; }

static tsr_array random_array(bench *w, tsr_dtype dtype, int32_t rank, const int64_t *dims,
                              int64_t low, int64_t high) {
  tsr_array a;
  assert_ok(tsr_array_make(&w->arena, dtype, rank, dims, &a));
  const uint64_t range = (uint64_t)(high - low) + 1;
  for (int64_t n = 0; n < a.n; n++) {
    if (!tsr_dtype_is_active(dtype)) {
      a.at[n].i = dtype == TSR_BOOL ? (int64_t)(draw(w) & 1) : low + (int64_t)(draw(w) % range);
      continue;
    }
    a.at[n].re = uniform(w);
    if (tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX) a.at[n].im = uniform(w);
  }
  return a;
}

static tsr_array random_operand(bench *w, const tsr_operand *o) {
  return random_array(w, o->dtype, (int32_t)o->dims.n, o->dims.data, o->low, o->high);
}

static tsr_array zeros_of(bench *w, const tsr_array *like) {
  tsr_array a;
  assert_ok(tsr_array_make(&w->arena, like->dtype, like->rank, like->dims, &a));
  return a;
}

/* ---- traces ---- */

static tsr_type type_of(bench *w, tsr_dtype dtype, int32_t rank, const int64_t *dims) {
  void *memory;
  assert_ok(tsr_arena_alloc(&w->arena, (size_t)rank * sizeof(tsr_dim), &memory));
  tsr_dim *out = memory;
  for (int32_t k = 0; k < rank; k++)
    out[k] = tsr_dim_of(dims[k]);
  return (tsr_type){dtype, rank, out};
}

static tsr_value input_like(bench *w, const tsr_array *a) {
  const tsr_type type = type_of(w, a->dtype, a->rank, a->dims);
  return tsr_graph_builder_input(w->b, NULL, &type);
}

/* The application of a case to types, as a rule sees it. */
static tsr_call call_of(bench *w, const tsr_case *c, const tsr_type *in_type) {
  tsr_call call = {.op = tsr_op_core(c->op), .attrs = c->attrs, .n_in = c->n_in};
  tsr_type *out_type;
  const tsr_status status = tsr_infer(w->registry, &w->context, call.op, c->attrs, c->n_in, in_type,
                                      &call.n_out, &out_type);
  if (status != TSR_OK) fail_msg("%s: %s", c->name, tsr_error_message());
  call.in_type = in_type;
  call.out_type = out_type;
  call.context = &w->context;
  return call;
}

static const tsr_rules *rules_of(bench *w, const tsr_case *c) {
  return tsr_registry_rules(w->registry, (int32_t)c->op);
}

/* out[n_out] = the op itself on arrays */
static void run_op(bench *w, const tsr_case *c, const tsr_array *in, tsr_array *out) {
  tsr_value v[MAX_OPERANDS], z[2];
  bench_trace(w);
  for (int32_t i = 0; i < c->n_in; i++)
    v[i] = input_like(w, &in[i]);
  const tsr_op *op = tsr_op_core(c->op);
  tsr_emit(w->b, op, c->attrs, tsr_values_of(v, (size_t)c->n_in), z);
  tsr_graph *graph = bench_finish(w, c->name, z, op->n_outputs ? op->n_outputs : 1);
  assert_ok(tsr_oracle_run(graph, NULL, &w->arena, in, out));
  tsr_graph_release(graph);
}

/* ---- transpose ---- */

static double inner(const tsr_array *x, const tsr_array *y) {
  double sum = 0;
  assert_int_equal(x->n, y->n);
  for (int64_t n = 0; n < x->n; n++)
    sum += x->at[n].re * y->at[n].re + x->at[n].im * y->at[n].im;
  return sum;
}

/* The transpose rule as a graph: all operands and ct in, one cotangent per linear input out. */
static tsr_graph *transposed(bench *w, const tsr_case *c, const tsr_array *x, const tsr_array *ct,
                             const bool *linear) {
  tsr_value v[MAX_OPERANDS], own[MAX_OPERANDS], in_ct[MAX_OPERANDS], out[MAX_OPERANDS];
  tsr_type types[MAX_OPERANDS];
  int32_t n = 0;
  bench_trace(w);
  for (int32_t i = 0; i < c->n_in; i++) {
    own[i] = input_like(w, &x[i]);
    types[i] = type_of(w, x[i].dtype, x[i].rank, x[i].dims);
    v[i] = linear[i] ? TSR_NO_VALUE : own[i];
    in_ct[i] = TSR_NO_VALUE;
  }
  const tsr_value ct_value = input_like(w, ct);
  tsr_call call = call_of(w, c, types);
  call.in = v;
  const tsr_status status = rules_of(w, c)->transpose(w->b, &call, linear, &ct_value, in_ct);
  if (status != TSR_OK) fail_msg("%s: %s", c->name, tsr_error_message());
  for (int32_t i = 0; i < c->n_in; i++)
    if (linear[i]) out[n++] = tsr_value_is_zero(in_ct[i]) ? tsr_zeros_like(w->b, own[i]) : in_ct[i];
  return bench_finish(w, c->name, out, n);
}

static void check_subset(bench *w, const tsr_case *c, const bool *linear) {
  const tsr_op *op = tsr_op_core(c->op);
  tsr_array x[MAX_OPERANDS + 1], y, back[MAX_OPERANDS];
  for (int32_t i = 0; i < c->n_in; i++) {
    x[i] = random_operand(w, &c->in[i]);
    const bool held = op->lin == TSR_LIN_EACH || !tsr_op_is_linear_in(op, i);
    if (!linear[i] && !held) x[i] = zeros_of(w, &x[i]);
  }
  run_op(w, c, x, &y);
  const tsr_array ct = random_array(w, y.dtype, y.rank, y.dims, 0, 0);
  tsr_graph *graph = transposed(w, c, x, &ct, linear);
  x[c->n_in] = ct;
  assert_ok(tsr_oracle_run(graph, NULL, &w->arena, x, back));
  tsr_graph_release(graph);
  double right = 0, scale = 1e-300;
  for (int32_t i = 0, n = 0; i < c->n_in; i++) {
    if (!linear[i]) continue;
    if (back[n].rank != x[i].rank || back[n].dtype != x[i].dtype ||
        memcmp(back[n].dims, x[i].dims, (size_t)x[i].rank * sizeof *x[i].dims) != 0)
      fail_msg("%s: the cotangent of input %d has another type", c->name, i);
    right += inner(&back[n], &x[i]);
    scale += sqrt(inner(&back[n], &back[n]) * inner(&x[i], &x[i]));
    n++;
  }
  const double left = inner(&ct, &y);
  if (!(fabs(left - right) <= 1e-12 * scale))
    fail_msg("%s: <w, A x> = %.17g, but <A^T w, x> = %.17g", c->name, left, right);
}

void tsr_check_transpose(const tsr_case *c) {
  const tsr_op *op = tsr_op_core(c->op);
  bench w;
  bench_open(&w);
  for (uint32_t mask = 1; mask < UINT32_C(1) << c->n_in; mask++) {
    bool linear[MAX_OPERANDS];
    bool stated = op->lin == TSR_LIN_JOINT || (mask & (mask - 1)) == 0;
    for (int32_t i = 0; i < c->n_in; i++) {
      linear[i] = mask >> i & 1;
      stated = stated && (!linear[i] || tsr_op_is_linear_in(op, i));
    }
    if (stated) check_subset(&w, c, linear);
  }
  bench_close(&w);
}

/* ---- batch ---- */

/* Instance t of a stacked array. */
static tsr_array instance(bench *w, const tsr_array *x, int32_t axis, int64_t t) {
  int64_t dims[TSR_ORACLE_RANK], inner_count = 1;
  tsr_array out;
  if (axis < 0) return *x;
  for (int32_t k = 0, n = 0; k < x->rank; k++) {
    if (k > axis) inner_count *= x->dims[k];
    if (k != axis) dims[n++] = x->dims[k];
  }
  assert_ok(tsr_array_make(&w->arena, x->dtype, x->rank - 1, dims, &out));
  for (int64_t n = 0; n < out.n; n++)
    out.at[n] = x->at[(n / inner_count * x->dims[axis] + t) * inner_count + n % inner_count];
  return out;
}

static bool same_cell(tsr_cell x, tsr_cell y) {
  const double close = 1e-12;
  return x.i == y.i &&
         (fabs(x.re - y.re) <= close || (isnan(x.re) && isnan(y.re)) || x.re == y.re) &&
         (fabs(x.im - y.im) <= close || (isnan(x.im) && isnan(y.im)));
}

static void check_instance(const tsr_case *c, const int32_t *axis, const tsr_array *got,
                           const tsr_array *want) {
  bool same = got->rank == want->rank && got->dtype == want->dtype && got->n == want->n;
  for (int32_t k = 0; same && k < got->rank; k++)
    same = got->dims[k] == want->dims[k];
  if (!same)
    fail_msg("%s, batched along %d %d %d: another type", c->name, axis[0], axis[1], axis[2]);
  for (int64_t n = 0; n < got->n; n++)
    if (!same_cell(got->at[n], want->at[n]))
      fail_msg("%s, batched along %d %d %d: element %lld is (%g, %g, %lld), not (%g, %g, %lld)",
               c->name, axis[0], axis[1], axis[2], (long long)n, got->at[n].re, got->at[n].im,
               (long long)got->at[n].i, want->at[n].re, want->at[n].im, (long long)want->at[n].i);
}

static void check_axes(bench *w, const tsr_case *c, const int32_t *axis, int64_t size) {
  tsr_value v[MAX_OPERANDS], z[2];
  tsr_type types[MAX_OPERANDS];
  tsr_array x[MAX_OPERANDS], got[2], one[MAX_OPERANDS], want[2];
  int32_t out_axis[2] = {-2, -2};
  bench_trace(w);
  for (int32_t i = 0; i < c->n_in; i++) {
    const tsr_operand *o = &c->in[i];
    int64_t dims[TSR_ORACLE_RANK];
    int32_t rank = 0;
    for (size_t k = 0; k <= o->dims.n; k++) {
      if ((int32_t)k == axis[i]) dims[rank++] = size;
      if (k < o->dims.n) dims[rank++] = o->dims.data[k];
    }
    x[i] = random_array(w, o->dtype, rank, dims, o->low, o->high);
    v[i] = input_like(w, &x[i]);
    types[i] = type_of(w, x[i].dtype, rank, dims);
  }
  const tsr_call call = {.op = tsr_op_core(c->op),
                         .attrs = c->attrs,
                         .n_in = c->n_in,
                         .in_type = types,
                         .in = v,
                         .context = &w->context,
                         .n_out = tsr_op_core(c->op)->n_outputs};
  const tsr_batch batch = {tsr_dim_of(size), axis};
  if (rules_of(w, c)->batch(w->b, &call, &batch, z, out_axis) != TSR_OK)
    fail_msg("%s, batched along %d %d %d: %s", c->name, axis[0], axis[1], axis[2],
             tsr_error_message());
  const int32_t n_out = call.n_out ? call.n_out : 1;
  tsr_graph *graph = bench_finish(w, c->name, z, n_out);
  assert_ok(tsr_oracle_run(graph, NULL, &w->arena, x, got));
  tsr_graph_release(graph);
  for (int32_t j = 0; j < n_out; j++) {
    assert_in_range(out_axis[j], 0, got[j].rank - 1);
    assert_int_equal(got[j].dims[out_axis[j]], size);
  }
  for (int64_t t = 0; t < size; t++) {
    for (int32_t i = 0; i < c->n_in; i++)
      one[i] = instance(w, &x[i], axis[i], t);
    run_op(w, c, one, want);
    for (int32_t j = 0; j < n_out; j++) {
      const tsr_array of_batch = instance(w, &got[j], out_axis[j], t);
      check_instance(c, axis, &of_batch, &want[j]);
    }
  }
}

void tsr_check_batch(const tsr_case *c) {
  bench w;
  int32_t axis[MAX_OPERANDS] = {-1, -1, -1, -1};
  bench_open(&w);
  for (;;) {
    int32_t i = 0;
    while (i < c->n_in && axis[i] == (int32_t)c->in[i].dims.n)
      axis[i++] = -1;
    if (i == c->n_in) break;
    axis[i]++;
    check_axes(&w, c, axis, 3);
    check_axes(&w, c, axis, 1);
    check_axes(&w, c, axis, 0);
    tsr_arena_reset(&w.arena);
  }
  bench_close(&w);
}

/* ---- jvp ---- */

void tsr_check_jvp(const tsr_case *c) {
  const double h = 1e-6;
  bench w;
  tsr_value v[MAX_OPERANDS], t[MAX_OPERANDS], z[2], out_t[2];
  tsr_type types[MAX_OPERANDS];
  tsr_array x[2 * MAX_OPERANDS], moved[MAX_OPERANDS], dz, z1, z2;
  bench_open(&w);
  bench_trace(&w);
  for (int32_t i = 0; i < c->n_in; i++) {
    x[i] = random_operand(&w, &c->in[i]);
    v[i] = input_like(&w, &x[i]);
    types[i] = type_of(&w, x[i].dtype, x[i].rank, x[i].dims);
  }
  for (int32_t i = 0; i < c->n_in; i++) {
    x[c->n_in + i] = random_operand(&w, &c->in[i]);
    t[i] = input_like(&w, &x[i]);
  }
  tsr_call call = call_of(&w, c, types);
  assert_ok(tsr_emit(w.b, call.op, c->attrs, tsr_values_of(v, (size_t)c->n_in), z));
  call.in = v;
  call.out = z;
  if (rules_of(&w, c)->jvp(w.b, &call, t, out_t) != TSR_OK)
    fail_msg("%s: %s", c->name, tsr_error_message());
  tsr_graph *graph = bench_finish(&w, c->name, out_t, 1);
  assert_ok(tsr_oracle_run(graph, NULL, &w.arena, x, &dz));
  tsr_graph_release(graph);
  for (int side = -1; side <= 1; side += 2) {
    for (int32_t i = 0; i < c->n_in; i++) {
      moved[i] = zeros_of(&w, &x[i]);
      for (int64_t n = 0; n < x[i].n; n++)
        moved[i].at[n].re = x[i].at[n].re + side * h * x[c->n_in + i].at[n].re;
    }
    run_op(&w, c, moved, side < 0 ? &z1 : &z2);
  }
  for (int64_t n = 0; n < dz.n; n++) {
    const double quotient = (z2.at[n].re - z1.at[n].re) / (2 * h);
    if (!(fabs(dz.at[n].re - quotient) <= 1e-8))
      fail_msg("%s: dz[%lld] = %g, difference quotient %g", c->name, (long long)n, dz.at[n].re,
               quotient);
  }
  bench_close(&w);
}

/* ---- simplify ---- */

static tsr_graph *simplified(bench *w, tsr_value z) {
  tsr_call made, call;
  tsr_value in[MAX_OPERANDS], out[2] = {TSR_NO_VALUE, TSR_NO_VALUE};
  tsr_type in_type[MAX_OPERANDS], out_type;
  assert_true(tsr_builder_producer(w->b, z, &made));
  call = made;
  memcpy(in, made.in, (size_t)made.n_in * sizeof *in);
  memcpy(in_type, made.in_type, (size_t)made.n_in * sizeof *in_type);
  out_type = made.out_type[0];
  call.in = in;
  call.in_type = in_type;
  call.out_type = &out_type;
  call.context = &w->context;
  const int32_t index = tsr_registry_index(w->registry, made.op);
  assert_ok(tsr_registry_rules(w->registry, index)->simplify(w->b, &call, out));
  const bool none = tsr_value_is_none(out[0]);
  out[1] = z;
  tsr_graph *graph = bench_finish(w, "simplify", none ? &out[1] : out, none ? 1 : 2);
  if (!none) return graph;
  tsr_graph_release(graph);
  return NULL;
}

tsr_graph *tsr_check_simplified(tsr_builder *b, tsr_value z, int32_t n_in, const tsr_operand *in) {
  bench w = {.registry = b->registry, .b = b, .random = 1};
  tsr_array x[MAX_OPERANDS], out[2];
  w.context = (tsr_call_context){&w.arena, b->space};
  assert_ok(tsr_builder_status(b));
  tsr_graph *graph = simplified(&w, z);
  if (graph != NULL) {
    for (int32_t i = 0; i < n_in; i++)
      x[i] = random_operand(&w, &in[i]);
    const tsr_case c = {.name = "simplify"};
    const int32_t axis[3] = {-1, -1, -1};
    assert_ok(tsr_oracle_run(graph, NULL, &w.arena, x, out));
    check_instance(&c, axis, &out[0], &out[1]);
  }
  tsr_arena_deinit(&w.arena);
  return graph;
}
