/* rule_check_forms.c - hold batched and simpler forms against formulas, on random operands. */
#include "rule_bench.h"
#include "tsr_test.h"

#include <string.h>

/* ---- batch ---- */

/* Instance t of a stacked array. */
static tsr_array instance(tsr_bench *w, const tsr_array *x, int32_t axis, int64_t t) {
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

static void check_axes(tsr_bench *w, const tsr_case *c, const int32_t *axis, int64_t size) {
  tsr_value v[MAX_OPERANDS], z[2];
  tsr_type types[MAX_OPERANDS];
  tsr_array x[MAX_OPERANDS], got[2], one[MAX_OPERANDS], want[2];
  int32_t out_axis[2] = {-2, -2};
  tsr_bench_trace(w);
  for (int32_t i = 0; i < c->n_in; i++) {
    const tsr_operand *o = &c->in[i];
    int64_t dims[TSR_ORACLE_RANK];
    int32_t rank = 0;
    for (size_t k = 0; k <= o->dims.n; k++) {
      if ((int32_t)k == axis[i]) dims[rank++] = size;
      if (k < o->dims.n) dims[rank++] = o->dims.data[k];
    }
    x[i] = tsr_bench_array(w, o->dtype, rank, dims, o->low, o->high);
    v[i] = tsr_bench_input(w, &x[i]);
    types[i] = tsr_bench_type(w, x[i].dtype, rank, dims);
  }
  const tsr_call call = {.op = tsr_op_core(c->op),
                         .attrs = c->attrs,
                         .n_in = c->n_in,
                         .in_type = types,
                         .in = v,
                         .context = &w->context,
                         .n_out = tsr_bench_outputs(w, c)};
  const tsr_batch batch = {tsr_dim_of(size), axis};
  if (tsr_bench_rules(w, c)->batch(w->b, &call, &batch, z, out_axis) != TSR_OK)
    fail_msg("%s, batched along %d %d %d: %s", c->name, axis[0], axis[1], axis[2],
             tsr_error_message());
  const int32_t n_out = call.n_out;
  tsr_graph *graph = tsr_bench_finish(w, c->name, z, n_out);
  assert_ok(tsr_oracle_run(graph, NULL, &w->arena, x, got));
  tsr_graph_release(graph);
  for (int32_t j = 0; j < n_out; j++) {
    assert_in_range(out_axis[j], 0, got[j].rank - 1);
    assert_int_equal(got[j].dims[out_axis[j]], size);
  }
  for (int64_t t = 0; t < size; t++) {
    for (int32_t i = 0; i < c->n_in; i++)
      one[i] = instance(w, &x[i], axis[i], t);
    tsr_bench_run(w, c, one, want);
    for (int32_t j = 0; j < n_out; j++) {
      const tsr_array of_batch = instance(w, &got[j], out_axis[j], t);
      tsr_bench_compare(c, axis, &of_batch, &want[j]);
    }
  }
}

void tsr_check_batch(const tsr_case *c) {
  tsr_bench w;
  int32_t axis[MAX_OPERANDS] = {-1, -1, -1, -1};
  tsr_bench_open(&w);
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
  tsr_bench_close(&w);
}

/* ---- simplify ---- */

static tsr_graph *simplified(tsr_bench *w, tsr_value z) {
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
  tsr_graph *graph = tsr_bench_finish(w, "simplify", none ? &out[1] : out, none ? 1 : 2);
  if (!none) return graph;
  tsr_graph_release(graph);
  return NULL;
}

/* Applications of an op that the first n outputs need. */
static int32_t count_live(const tsr_graph *g, int32_t n_outputs, const char *name) {
  tsr_arena arena = {0};
  void *memory;
  int32_t n = 0;
  assert_ok(tsr_arena_alloc(&arena, (size_t)g->n_values, &memory));
  char *live = memory;
  for (int32_t i = 0; i < n_outputs; i++)
    live[g->outputs[i]] = 1;
  for (int32_t i = g->n_nodes; i-- > 0;) {
    const tsr_node *node = &g->nodes[i];
    bool needed = false;
    for (int32_t k = 0; k < node->n_out; k++)
      needed = needed || live[node->out[k]];
    n += needed && strcmp(node->op->name, name) == 0;
    for (int32_t k = 0; needed && k < node->n_in; k++)
      live[node->in[k]] = 1;
  }
  tsr_arena_deinit(&arena);
  return n;
}

int32_t tsr_check_live(const tsr_graph *graph, const char *name) {
  return count_live(graph, graph->n_outputs, name);
}

int32_t tsr_check_simplified(tsr_builder *b, tsr_value z, int32_t n_in, const tsr_operand *in,
                             const char *name) {
  tsr_bench w = {.registry = b->registry, .b = b, .random = 1};
  tsr_array x[MAX_OPERANDS], out[2];
  int32_t n = -1;
  w.context = (tsr_call_context){&w.arena, b->space};
  assert_ok(tsr_builder_status(b));
  tsr_graph *graph = simplified(&w, z);
  if (graph != NULL) {
    const tsr_case c = {.name = "simplified"};
    const int32_t axis[MAX_OPERANDS] = {-1, -1, -1, -1};
    for (int32_t i = 0; i < n_in; i++)
      x[i] = tsr_bench_operand(&w, &in[i]);
    assert_ok(tsr_oracle_run(graph, NULL, &w.arena, x, out));
    tsr_bench_compare(&c, axis, &out[0], &out[1]);
    n = count_live(graph, 1, name);
  }
  tsr_graph_release(graph);
  tsr_arena_deinit(&w.arena);
  return n;
}
