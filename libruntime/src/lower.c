/* lower.c - replaying a graph with the operations replaced that a backend lacks. */
#include "lower.h"

#include "prepare.h"
#include "view_ops.h"

#include <string.h>

#include "tsr/alloc.h"

static tsr_status node_types(const tsr_graph *g, tsr_arena *arena, int32_t n, const int32_t *values,
                             tsr_type **out) {
  void *made = NULL;
  TSR_TRY(tsr_arena_alloc(arena, sizeof(tsr_type) * (size_t)n, &made));
  *out = made;
  for (int32_t i = 0; i < n; i++)
    (*out)[i] = g->types[values[i]];
  return TSR_OK;
}

/* Has the backend no way to compute a node, and its author another way to say it? */
static tsr_status wants_lowering(const tsri_tables *tables, const tsr_device *device,
                                 const tsr_graph *g, const tsr_node *node, tsr_arena *arena,
                                 bool *out) {
  *out = false;
  if (!node->rules || !node->rules->lower) return TSR_OK;
  tsr_type *in = NULL, *of_out = NULL;
  TSR_TRY(node_types(g, arena, node->n_in, node->in, &in));
  TSR_TRY(node_types(g, arena, node->n_out, node->out, &of_out));
  *out = !tsri_has_kernel(tables, device, node->op, node->n_in, in, node->n_out, of_out);
  return TSR_OK;
}

static tsr_status any_lowering(const tsri_tables *tables, const tsr_device *device,
                               const tsr_graph *g, bool *out) {
  tsr_arena arena = {0};
  tsr_status status = TSR_OK;
  *out = false;
  for (int32_t n = 0; n < g->n_nodes && !*out && status == TSR_OK; n++)
    status = wants_lowering(tables, device, g, &g->nodes[n], &arena, out);
  tsr_arena_deinit(&arena);
  return status;
}

/* One replay: value[v] is what stands for value v of g. */
typedef struct replay {
  const tsri_tables *tables;
  const tsr_device *device;
  const tsr_graph *graph;
  tsr_builder *b;
  tsr_value *value;
  tsr_arena *arena;
} replay;

static tsr_status emit_node(const replay *r, const tsr_node *node) {
  void *made = NULL;
  TSR_TRY(tsr_arena_alloc(r->arena, sizeof(tsr_value) * (size_t)(node->n_in + node->n_out), &made));
  tsr_value *in = made, *out = in + node->n_in;
  for (int32_t i = 0; i < node->n_in; i++)
    in[i] = r->value[node->in[i]];
  bool lower = false;
  TSR_TRY(wants_lowering(r->tables, r->device, r->graph, node, r->arena, &lower));
  if (lower) {
    tsr_call_context context = {r->arena, r->b->space};
    tsr_call c = {.op = node->op,
                  .attrs = node->attrs,
                  .n_in = node->n_in,
                  .n_out = node->n_out,
                  .in = in,
                  .context = &context};
    tsr_type *types = NULL;
    TSR_TRY(node_types(r->graph, r->arena, node->n_in, node->in, &types));
    c.in_type = types;
    TSR_TRY(node_types(r->graph, r->arena, node->n_out, node->out, &types));
    c.out_type = types;
    TSR_TRY_MSG(node->rules->lower(r->b, &c, out), "lowering %s", node->op->name);
  } else {
    TSR_TRY(tsr_emit(r->b, node->op, node->attrs, tsr_values_of(in, (size_t)node->n_in), out));
  }
  for (int32_t j = 0; j < node->n_out; j++)
    r->value[node->out[j]] = out[j];
  return tsr_builder_status(r->b);
}

static tsr_status replay_all(const replay *r, tsr_value **out) {
  const tsr_graph *g = r->graph;
  for (int32_t i = 0; i < g->n_inputs; i++) {
    const char *name = g->names[i] && *g->names[i] ? g->names[i] : NULL;
    r->value[g->inputs[i]] = tsr_graph_builder_input(r->b, name, &g->types[g->inputs[i]]);
  }
  for (int32_t n = 0; n < g->n_nodes; n++)
    TSR_TRY(emit_node(r, &g->nodes[n]));
  void *made = NULL;
  TSR_TRY(tsr_arena_alloc(r->arena, sizeof(tsr_value) * (size_t)g->n_outputs, &made));
  *out = made;
  for (int32_t j = 0; j < g->n_outputs; j++)
    (*out)[j] = r->value[g->outputs[j]];
  return TSR_OK;
}

static tsr_status lower_once(const tsri_tables *tables, const tsr_device *device,
                             const tsr_graph *g, tsr_graph **out) {
  *out = NULL;
  tsr_arena arena = {0};
  replay r = {tables, device, g, NULL, NULL, &arena};
  tsr_value *outputs = NULL;
  void *made = NULL;
  tsr_status status = tsr_arena_alloc(&arena, sizeof(tsr_value) * (size_t)g->n_values, &made);
  r.value = made;
  if (status == TSR_OK) status = tsr_graph_builder_create(g->registry, g->space, NULL, &r.b);
  if (status == TSR_OK) status = replay_all(&r, &outputs);
  if (status == TSR_OK) {
    status = tsr_graph_builder_finish(r.b, tsr_values_of(outputs, (size_t)g->n_outputs), NULL, NULL,
                                      out);
  } else {
    tsr_builder_close(r.b);
  }
  tsr_arena_deinit(&arena);
  return status;
}

tsr_status tsri_lower(const tsri_tables *tables, const tsr_device *device, const tsr_graph *graph,
                      tsr_graph **out) {
  *out = NULL;
  tsr_graph *g = tsr_graph_retain((tsr_graph *)(uintptr_t)graph);
  for (int round = 0; round < TSRI_LOWERING_DEPTH; round++) {
    bool more = false;
    tsr_graph *next = NULL;
    tsr_status status = any_lowering(tables, device, g, &more);
    if (status == TSR_OK && !more) {
      *out = g;
      return TSR_OK;
    }
    if (status == TSR_OK) status = lower_once(tables, device, g, &next);
    tsr_graph_release(g);
    if (status != TSR_OK) return status;
    g = next;
  }
  tsr_graph_release(g);
  return TSR_FAIL(TSR_ERR_INTERNAL, "rules that lower operations go round in circles");
}
