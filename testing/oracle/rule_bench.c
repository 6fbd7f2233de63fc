/* rule_bench.c - where rules are tried: traces of one application, random arrays. */
#include "rule_bench.h"

#include "tsr_test.h"

#include <math.h>

void tsr_bench_open(tsr_bench *w) {
  *w = (tsr_bench){.random = 1};
  assert_ok(tsr_registry_create(&w->registry));
}

void tsr_bench_trace(tsr_bench *w) {
  assert_ok(tsr_graph_builder_create(w->registry, NULL, NULL, &w->b));
  w->context = (tsr_call_context){&w->arena, w->b->space};
}

tsr_graph *tsr_bench_finish(tsr_bench *w, const char *name, const tsr_value *out, int32_t n) {
  tsr_graph *graph = NULL;
  const tsr_status status =
      tsr_graph_builder_finish(w->b, tsr_values_of(out, (size_t)n), NULL, NULL, &graph);
  w->b = NULL;
  if (status != TSR_OK) fail_msg("%s: %s", name, tsr_error_message());
  return graph;
}

void tsr_bench_close(tsr_bench *w) {
  tsr_arena_deinit(&w->arena);
  tsr_registry_release(w->registry);
}

/* ---- random arrays ---- */

/* splitmix64 (Steele, Lea, Flood, 2014) */
static uint64_t draw(tsr_bench *w) {
  uint64_t z = w->random += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}
static double uniform(tsr_bench *w) { return (double)(draw(w) >> 11) * 0x1p-52 - 1.0; }

tsr_array tsr_bench_array(tsr_bench *w, tsr_dtype dtype, int32_t rank, const int64_t *dims,
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

tsr_array tsr_bench_operand(tsr_bench *w, const tsr_operand *o) {
  return tsr_bench_array(w, o->dtype, (int32_t)o->dims.n, o->dims.data, o->low, o->high);
}

tsr_array tsr_bench_zeros(tsr_bench *w, const tsr_array *like) {
  tsr_array a;
  assert_ok(tsr_array_make(&w->arena, like->dtype, like->rank, like->dims, &a));
  return a;
}

/* ---- traces ---- */

tsr_type tsr_bench_type(tsr_bench *w, tsr_dtype dtype, int32_t rank, const int64_t *dims) {
  void *memory;
  assert_ok(tsr_arena_alloc(&w->arena, (size_t)rank * sizeof(tsr_dim), &memory));
  tsr_dim *out = memory;
  for (int32_t k = 0; k < rank; k++)
    out[k] = tsr_dim_of(dims[k]);
  return (tsr_type){dtype, rank, out};
}

tsr_value tsr_bench_input(tsr_bench *w, const tsr_array *a) {
  const tsr_type type = tsr_bench_type(w, a->dtype, a->rank, a->dims);
  return tsr_graph_builder_input(w->b, NULL, &type);
}

/* The application of a case to types, as a rule sees it. */
tsr_call tsr_bench_call(tsr_bench *w, const tsr_case *c, const tsr_type *in_type) {
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

const tsr_rules *tsr_bench_rules(tsr_bench *w, const tsr_case *c) {
  return tsr_registry_rules(w->registry, (int32_t)c->op);
}

int32_t tsr_bench_outputs(tsr_bench *w, const tsr_case *c) {
  const tsr_call call = {.op = tsr_op_core(c->op), .attrs = c->attrs, .n_in = c->n_in};
  int32_t n = call.op->n_outputs == 0 ? 1 : call.op->n_outputs;
  if (n < 0) assert_ok(tsr_bench_rules(w, c)->count(&call, &n));
  assert_in_range(n, 1, 2);
  return n;
}

/* out[n_out] = the op itself on arrays */
void tsr_bench_run(tsr_bench *w, const tsr_case *c, const tsr_array *in, tsr_array *out) {
  tsr_value v[MAX_OPERANDS], z[2];
  tsr_bench_trace(w);
  for (int32_t i = 0; i < c->n_in; i++)
    v[i] = tsr_bench_input(w, &in[i]);
  const tsr_op *op = tsr_op_core(c->op);
  tsr_emit(w->b, op, c->attrs, tsr_values_of(v, (size_t)c->n_in), z);
  tsr_graph *graph = tsr_bench_finish(w, c->name, z, tsr_bench_outputs(w, c));
  assert_ok(tsr_oracle_run(graph, NULL, &w->arena, in, out));
  tsr_graph_release(graph);
}

/* ---- comparison ---- */

static bool same_cell(tsr_cell x, tsr_cell y) {
  const double close = 1e-12;
  return x.i == y.i &&
         (fabs(x.re - y.re) <= close || (isnan(x.re) && isnan(y.re)) || x.re == y.re) &&
         (fabs(x.im - y.im) <= close || (isnan(x.im) && isnan(y.im)));
}

void tsr_bench_compare(const tsr_case *c, const int32_t *axis, const tsr_array *got,
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
