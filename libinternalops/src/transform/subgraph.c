/* transform/subgraph.c - closed graphs made from parts of others. */
#include "transform/transform_internal.h"

#include "tsr/spi/replay.h"

tsr_status tsri_open(const tsr_graph *like, int32_t n_in, const tsr_type *types, tsr_value *in,
                     tsr_builder **out) {
  TSR_TRY(tsr_graph_builder_create(like->registry, like->space, NULL, out));
  for (int32_t i = 0; i < n_in; i++)
    in[i] = tsr_graph_builder_input(*out, NULL, &types[i]);
  return TSR_OK;
}

tsr_status tsri_finish(tsr_builder *b, const tsr_value *outputs, int32_t n, tsr_graph **out) {
  TSR_TRY(tsr_graph_builder_finish(b, tsr_values_of(outputs, (size_t)n), NULL, NULL, out));
  return tsri_trim(out);
}

/* ---- the part of a graph between two sets of values ---- */

typedef struct extract {
  const tsr_graph *g;
  tsr_arena arena;
  tsr_builder *b;
  bool *node_needed;  /* [n_nodes] */
  bool *value_needed; /* [n_values] */
  tsr_value *given;   /* [n_values] those that are cut */
} extract;

static bool is_kept(const tsr_node *node) { return node->op->effect == TSR_EFFECT_ORDERED; }

static void find_needed(extract *x, int32_t n_out, const int32_t *out) {
  for (int32_t j = 0; j < n_out; j++)
    x->value_needed[out[j]] = true;
  for (int32_t k = x->g->n_nodes - 1; k >= 0; k--) {
    const tsr_node *node = &x->g->nodes[k];
    for (int32_t j = 0; j < node->n_out; j++)
      x->node_needed[k] |=
          x->value_needed[node->out[j]] && tsr_value_is_none(x->given[node->out[j]]);
    for (int32_t i = 0; x->node_needed[k] && i < node->n_in; i++)
      x->value_needed[node->in[i]] = true;
  }
}

/* A cut value stays what it was given as, even when its node is needed for another. */
static tsr_status visit(void *ctx, tsr_replay *r, const tsr_node *node) {
  const extract *x = ctx;
  if (x->node_needed[node - x->g->nodes]) TSR_TRY(tsr_replay_node(r, node, NULL));
  for (int32_t j = 0; j < node->n_out; j++)
    if (!tsr_value_is_none(x->given[node->out[j]])) r->value[node->out[j]] = x->given[node->out[j]];
  return TSR_OK;
}

static tsr_status fill(extract *x, int32_t n_in, const int32_t *in, int32_t n_out,
                       const int32_t *out, tsr_value *outputs) {
  const tsr_graph *g = x->g;
  for (int32_t i = 0; i < n_in; i++) {
    const char *name = i < g->n_inputs && g->inputs[i] == in[i] ? g->names[i] : "";
    tsr_value v = tsr_graph_builder_input(x->b, name[0] ? name : NULL, &g->types[in[i]]);
    if (tsr_value_is_none(x->given[in[i]])) x->given[in[i]] = v;
  }
  find_needed(x, n_out, out);
  tsr_value *inputs;
  TSR_TRY(TSRI_NEW(&x->arena, g->n_inputs, &inputs));
  for (int32_t i = 0; i < g->n_inputs; i++)
    inputs[i] = x->given[g->inputs[i]];
  TSR_TRY(tsr_graph_replay_on(x->b, g, inputs, visit, x, n_out, out, outputs));
  for (int32_t j = 0; j < n_out; j++)
    if (tsr_value_is_none(outputs[j]))
      return TSR_FAIL(TSR_ERR_INTERNAL, "graph: output %d needs an input that was left out",
                      (int)j);
  return TSR_OK;
}

static tsr_status extract_part(extract *x, int32_t n_in, const int32_t *in, int32_t n_out,
                               const int32_t *out, bool keep_ordered, tsr_graph **result) {
  const tsr_graph *g = x->g;
  tsr_value *outputs;
  TSR_TRY(TSRI_NEW(&x->arena, g->n_nodes, &x->node_needed));
  TSR_TRY(TSRI_NEW(&x->arena, g->n_values, &x->value_needed));
  TSR_TRY(TSRI_NEW(&x->arena, g->n_values, &x->given));
  TSR_TRY(TSRI_NEW(&x->arena, n_out, &outputs));
  for (int32_t k = 0; keep_ordered && k < g->n_nodes; k++)
    x->node_needed[k] = is_kept(&g->nodes[k]);
  TSR_TRY(tsr_graph_builder_create(g->registry, g->space, NULL, &x->b));
  tsr_status status = fill(x, n_in, in, n_out, out, outputs);
  if (status != TSR_OK) {
    tsr_builder_close(x->b);
    return status;
  }
  return tsr_graph_builder_finish(x->b, tsr_values_of(outputs, (size_t)n_out), NULL, NULL, result);
}

tsr_status tsri_extract(const tsr_graph *g, int32_t n_in, const int32_t *in, int32_t n_out,
                        const int32_t *out, tsr_graph **result) {
  extract x = {.g = g};
  tsr_status status = extract_part(&x, n_in, in, n_out, out, false, result);
  tsr_arena_deinit(&x.arena);
  return status;
}

/* Is every node needed by an output or kept for its effect. */
static tsr_status is_trim(const tsr_graph *g, bool *out) {
  extract x = {.g = g};
  *out = true;
  tsr_status status = TSRI_NEW(&x.arena, g->n_nodes, &x.node_needed);
  if (status == TSR_OK) status = TSRI_NEW(&x.arena, g->n_values, &x.value_needed);
  if (status == TSR_OK) status = TSRI_NEW(&x.arena, g->n_values, &x.given);
  for (int32_t k = 0; status == TSR_OK && k < g->n_nodes; k++)
    x.node_needed[k] = is_kept(&g->nodes[k]);
  if (status == TSR_OK) find_needed(&x, g->n_outputs, g->outputs);
  for (int32_t k = 0; status == TSR_OK && k < g->n_nodes; k++)
    *out &= x.node_needed[k];
  tsr_arena_deinit(&x.arena);
  return status;
}

static tsr_status trimmed(tsr_graph *g, tsr_graph **out) {
  extract x = {.g = g};
  bool is_already;
  TSR_TRY(is_trim(g, &is_already));
  if (is_already) {
    *out = tsr_graph_retain(g);
    return TSR_OK;
  }
  tsr_status status = extract_part(&x, g->n_inputs, g->inputs, g->n_outputs, g->outputs, true, out);
  tsr_arena_deinit(&x.arena);
  return status;
}

/* Ops with an order of effects stay, whether their values are used or not. */
tsr_status tsri_trim(tsr_graph **graph) {
  tsr_graph *g = *graph;
  *graph = NULL;
  tsr_status status = trimmed(g, graph);
  tsr_graph_release(g);
  return status;
}

/* ---- the same graph behind other inputs ---- */

static tsr_status rewire(tsr_arena *arena, const tsr_graph *g, int32_t n_in, const tsr_type *types,
                         const int32_t *from, int32_t n_out, const int32_t *pick, tsr_graph **out) {
  tsr_value *in, *inner_in, *inner_out, *outputs;
  TSR_TRY(TSRI_NEW(arena, n_in, &in));
  TSR_TRY(TSRI_NEW(arena, g->n_inputs, &inner_in));
  TSR_TRY(TSRI_NEW(arena, g->n_outputs, &inner_out));
  TSR_TRY(TSRI_NEW(arena, n_out, &outputs));
  tsr_builder *b;
  TSR_TRY(tsri_open(g, n_in, types, in, &b));
  for (int32_t i = 0; i < g->n_inputs; i++)
    inner_in[i] = in[from[i]];
  (void)tsr_graph_inline(b, g, inner_in, inner_out); /* latches */
  for (int32_t j = 0; j < n_out; j++)
    outputs[j] = inner_out[pick ? pick[j] : j];
  return tsri_finish(b, outputs, n_out, out);
}

tsr_status tsri_rewire(const tsr_graph *g, int32_t n_in, const tsr_type *types, const int32_t *from,
                       int32_t n_out, const int32_t *pick, tsr_graph **out) {
  tsr_arena arena = {0};
  tsr_status status = rewire(&arena, g, n_in, types, from, n_out, pick, out);
  tsr_arena_deinit(&arena);
  return status;
}
