/* transform/graph_jvp.c - forward derivative of a closed graph.
 *
 * Values and tangents are made side by side, node by node. That lets an op with regions
 * become one application that computes both, where a trace, whose primal values are there
 * already, needs a second one.
 */
#include "transform/transform_internal.h"

typedef struct work {
  tsr_arena arena;
  tsr_arena in_hand;
  tsr_builder *b;
  const tsr_graph *g;
  uint8_t *mark;      /* [n_values] */
  tsr_value *made;    /* [n_values] */
  tsr_value *tangent; /* [n_values] "no value" stands for zero */
  tsr_value *outputs;
} work;

static tsr_status prepare(work *k, const bool *active) {
  const tsr_graph *g = k->g;
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values, &k->mark));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values, &k->made));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values, &k->tangent));
  TSR_TRY(TSRI_NEW(&k->arena, 2 * g->n_outputs, &k->outputs));
  for (int32_t i = 0; i < g->n_inputs; i++)
    k->mark[g->inputs[i]] |= TSRI_CUT | (active[i] ? TSRI_DEPENDS : 0);
  for (int32_t j = 0; j < g->n_outputs; j++)
    k->mark[g->outputs[j]] |= TSRI_NEEDED;
  tsri_view view = tsri_graph_view(g);
  tsri_mark(&view, 0, g->n_nodes, k->mark);
  return tsr_graph_builder_create(g->registry, g->space, NULL, &k->b);
}

static void declare(work *k, const bool *active) {
  const tsr_graph *g = k->g;
  for (int32_t i = 0; i < g->n_inputs; i++)
    k->made[g->inputs[i]] = tsr_graph_builder_input(k->b, NULL, &g->types[g->inputs[i]]);
  for (int32_t i = 0; i < g->n_inputs; i++)
    if (active[i])
      k->tangent[g->inputs[i]] = tsr_graph_builder_input(k->b, NULL, &g->types[g->inputs[i]]);
}

/* The call as rules see it, with operands and tangents; any says whether one is not zero. */
static tsr_status call_of(work *k, const tsr_node *node, tsr_call_context *context, tsr_call *c,
                          tsr_value **out_t, tsr_value **t, bool *any) {
  const tsr_graph *g = k->g;
  tsr_value *in;
  tsr_type *in_type, *out_type;
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_in, &in));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_in, t));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_in, &in_type));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_out, out_t));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_out, &out_type));
  *any = false;
  for (int32_t i = 0; i < node->n_in; i++) {
    tsr_value tangent = k->tangent[node->in[i]];
    in[i] = k->made[node->in[i]];
    in_type[i] = g->types[node->in[i]];
    (*t)[i] = tsr_value_is_none(tangent) ? TSR_ZERO_VALUE : tangent;
    *any |= !tsr_value_is_none(tangent);
  }
  for (int32_t j = 0; j < node->n_out; j++) {
    out_type[j] = g->types[node->out[j]];
    (*out_t)[j] = tsri_is_wanted(k->mark[node->out[j]]) ? TSR_NO_VALUE : TSR_ZERO_VALUE;
  }
  *c = (tsr_call){.op = node->op,
                  .attrs = node->attrs,
                  .n_in = node->n_in,
                  .n_out = node->n_out,
                  .in_type = in_type,
                  .out_type = out_type,
                  .in = in,
                  .context = context};
  return TSR_OK;
}

static tsr_status run_node(work *k, const tsr_node *node) {
  tsr_arena_reset(&k->in_hand);
  tsr_call_context context = {&k->in_hand, k->b->space};
  tsr_call c;
  tsr_value *t, *out_t, *out;
  bool any;
  TSR_TRY(call_of(k, node, &context, &c, &out_t, &t, &any));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_out, &out));
  any = any && tsri_must_differentiate(node, k->mark);
  tsri_both_rule both = any ? tsri_find_both(node->rules) : NULL;
  if (both) {
    TSR_TRY(both(k->b, &c, t, out, out_t));
    TSR_TRY(tsr_builder_status(k->b));
  } else {
    TSR_TRY(tsr_emit(k->b, c.op, c.attrs, tsr_values_of(c.in, (size_t)c.n_in), out));
    c.out = out;
    if (any) TSR_TRY(tsri_jvp(k->b, node->rules, &c, t, TSRI_FORWARD, out_t));
  }
  for (int32_t j = 0; j < node->n_out; j++) {
    k->made[node->out[j]] = out[j];
    if (any && !tsr_value_is_zero(out_t[j])) k->tangent[node->out[j]] = out_t[j];
  }
  return TSR_OK;
}

static tsr_status replay(work *k) {
  for (int32_t n = 0; n < k->g->n_nodes; n++)
    TSR_TRY(run_node(k, &k->g->nodes[n]));
  return TSR_OK;
}

static tsr_status jvp(work *k, const bool *active, bool *active_out, tsr_graph **out) {
  const tsr_graph *g = k->g;
  int32_t n_out = g->n_outputs;
  TSR_TRY(prepare(k, active));
  declare(k, active);
  if (tsr_builder_status(k->b) == TSR_OK) (void)tsr_builder_fail(k->b, replay(k));
  for (int32_t j = 0; j < g->n_outputs; j++) {
    tsr_value t = k->tangent[g->outputs[j]];
    k->outputs[j] = k->made[g->outputs[j]];
    active_out[j] |= !tsr_value_is_none(t);
    if (!active_out[j]) continue;
    k->outputs[n_out++] = tsr_value_is_none(t) ? tsri_zeros(k->b, &g->types[g->outputs[j]]) : t;
  }
  return tsri_finish(k->b, k->outputs, n_out, out);
}

tsr_status tsr_graph_jvp(const tsr_graph *graph, const bool *active, bool *active_out,
                         tsr_graph **out) {
  *out = NULL;
  work k = {.g = graph};
  tsr_status status = jvp(&k, active, active_out, out);
  tsr_arena_deinit(&k.in_hand);
  tsr_arena_deinit(&k.arena);
  return status;
}
