/* lower.c - replaying a graph with the operations replaced that a backend lacks. */
#include "lower.h"

#include "prepare.h"
#include "view_ops.h"

#include "tsr/spi/replay.h"

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

/* What a lowering pass is for. */
typedef struct target {
  tsri_tables *tables;
  const tsr_device *device;
} target;

static tsr_status lower_node(const target *t, tsr_replay *r, const tsr_node *node) {
  tsr_call_context context;
  tsr_call c;
  TSR_TRY(tsr_replay_call(r, node, &context, &c));
  tsr_value *out = (tsr_value *)(uintptr_t)c.out;
  c.out = NULL;
  TSRI_LOG(&t->tables->watch, TSRI_LOG_LOWER, "%s: no kernel on %s, written in terms of others",
           node->op->name, t->device->name);
  TSR_TRY_MSG(node->rules->lower(r->to, &c, out), "lowering %s", node->op->name);
  for (int32_t j = 0; j < node->n_out; j++)
    r->value[node->out[j]] = out[j];
  return TSR_OK;
}

static tsr_status visit(void *ctx, tsr_replay *r, const tsr_node *node) {
  const target *t = ctx;
  bool lower = false;
  TSR_TRY(wants_lowering(t->tables, t->device, r->graph, node, &r->scratch, &lower));
  return lower ? lower_node(t, r, node) : tsr_replay_node(r, node, NULL);
}

tsr_status tsri_lower(tsri_tables *tables, const tsr_device *device, const tsr_graph *graph,
                      tsr_graph **out) {
  *out = NULL;
  target t = {tables, device};
  tsr_graph *g = tsr_graph_retain((tsr_graph *)(uintptr_t)graph);
  for (int round = 0; round < TSRI_LOWERING_DEPTH; round++) {
    bool more = false;
    tsr_graph *next = NULL;
    tsr_status status = any_lowering(tables, device, g, &more);
    if (status == TSR_OK && !more) {
      *out = g;
      return TSR_OK;
    }
    if (status == TSR_OK) status = tsr_graph_replay(g, visit, &t, &next);
    tsr_graph_release(g);
    if (status != TSR_OK) return status;
    g = next;
  }
  tsr_graph_release(g);
  return TSR_FAIL(TSR_ERR_INTERNAL, "rules that lower operations go round in circles");
}
