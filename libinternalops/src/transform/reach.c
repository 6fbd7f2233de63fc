/* transform/reach.c - which outputs of a graph inputs reach, and which inputs outputs need.
 *
 * Looking is cheaper than transforming: loops find their fixpoints here first and then
 * transform their body once, so nested loops cost one transform per level.
 */
#include "transform/transform_internal.h"

static bool spreads(const tsr_graph *g, const tsr_node *node, tsri_reach how, int32_t v) {
  if (how == TSRI_REACH_ANY) return true;
  return node->op->jvp != TSR_JVP_ZERO && tsr_dtype_is_active(g->types[v].dtype);
}

/* Results of a node with a marked operand. */
static tsr_status reach_node(const tsr_node *node, tsri_reach how, const bool *mark,
                             tsr_arena *arena, bool *out) {
  tsri_reach_rule rule = tsri_find_reach(node->rules);
  tsr_call_context context = {arena, NULL};
  bool *in;
  if (rule) {
    const tsr_call c = {.op = node->op,
                        .attrs = node->attrs,
                        .n_in = node->n_in,
                        .n_out = node->n_out,
                        .context = &context};
    TSR_TRY(TSRI_NEW(arena, node->n_in, &in));
    for (int32_t i = 0; i < node->n_in; i++)
      in[i] = mark[node->in[i]];
    return rule(&c, how, in, out);
  }
  for (int32_t j = 0; j < node->n_out; j++)
    out[j] = true;
  return TSR_OK;
}

static tsr_status reach(const tsr_graph *g, tsri_reach how, const bool *in, tsr_arena *arena,
                        bool *out) {
  bool *mark, *reached;
  TSR_TRY(TSRI_NEW(arena, g->n_values, &mark));
  TSR_TRY(TSRI_NEW(arena, g->n_values, &reached));
  for (int32_t i = 0; i < g->n_inputs; i++)
    mark[g->inputs[i]] = in[i];
  for (int32_t k = 0; k < g->n_nodes; k++) {
    const tsr_node *node = &g->nodes[k];
    bool any = false;
    for (int32_t i = 0; i < node->n_in && !any; i++)
      any = mark[node->in[i]];
    if (!any) continue;
    TSR_TRY(reach_node(node, how, mark, arena, reached));
    for (int32_t j = 0; j < node->n_out; j++)
      mark[node->out[j]] = reached[j] && spreads(g, node, how, node->out[j]);
  }
  for (int32_t j = 0; j < g->n_outputs; j++)
    out[j] = mark[g->outputs[j]];
  return TSR_OK;
}

tsr_status tsri_reach_outputs(const tsr_graph *g, tsri_reach how, const bool *in, bool *out) {
  tsr_arena arena = {0};
  tsr_status status = reach(g, how, in, &arena, out);
  tsr_arena_deinit(&arena);
  return status;
}

tsr_status tsri_reach_inputs(const tsr_graph *g, const bool *out, bool *in) {
  tsr_arena arena = {0};
  bool *mark;
  tsr_status status = TSRI_NEW(&arena, g->n_values, &mark);
  if (status == TSR_OK) {
    for (int32_t j = 0; j < g->n_outputs; j++)
      mark[g->outputs[j]] |= out[j];
    for (int32_t k = g->n_nodes - 1; k >= 0; k--) {
      const tsr_node *node = &g->nodes[k];
      bool any = false;
      for (int32_t j = 0; j < node->n_out && !any; j++)
        any = mark[node->out[j]];
      for (int32_t i = 0; any && i < node->n_in; i++)
        mark[node->in[i]] = true;
    }
    for (int32_t i = 0; i < g->n_inputs; i++)
      in[i] = mark[g->inputs[i]];
  }
  tsr_arena_deinit(&arena);
  return status;
}
