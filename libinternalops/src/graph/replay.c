/* replay.c - a graph once more on a builder, with a visit for each node. */
#include "tsr/spi/replay.h"

#include <string.h>

/* Dims of one space mean nothing in another, unless they are all constants. */
static tsr_status check_space(const tsr_builder *b, const tsr_graph *graph) {
  if (graph->space == b->space || tsr_dim_symbols(graph->space) == 0) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "a graph with symbolic sizes of another space is inlined");
}

/* n values, all of them "no value". */
static tsr_status values_of(tsr_arena *arena, int32_t n, tsr_value **out) {
  return tsr_arena_alloc(arena, (size_t)n * sizeof **out, (void **)out);
}

static tsr_status operands_of(tsr_replay *r, const tsr_node *node, tsr_value **in,
                              tsr_value **out) {
  TSR_TRY(values_of(&r->scratch, node->n_in, in));
  TSR_TRY(values_of(&r->scratch, node->n_out, out));
  for (int32_t i = 0; i < node->n_in; i++)
    (*in)[i] = r->value[node->in[i]];
  return TSR_OK;
}

tsr_status tsr_replay_node(tsr_replay *r, const tsr_node *node, const void *attrs) {
  tsr_value *in, *out;
  TSR_TRY(operands_of(r, node, &in, &out));
  tsr_values list = tsr_values_of(in, (size_t)node->n_in);
  TSR_TRY(tsr_emit(r->to, node->op, attrs ? attrs : node->attrs, list, out));
  for (int32_t j = 0; j < node->n_out; j++)
    r->value[node->out[j]] = out[j];
  return TSR_OK;
}

static tsr_status types_of(tsr_replay *r, int32_t n, const int32_t *values, const tsr_type **out) {
  tsr_type *made;
  TSR_TRY(tsr_arena_alloc(&r->scratch, (size_t)n * sizeof *made, (void **)&made));
  for (int32_t i = 0; i < n; i++)
    made[i] = r->graph->types[values[i]];
  *out = made;
  return TSR_OK;
}

tsr_status tsr_replay_call(tsr_replay *r, const tsr_node *node, tsr_call_context *context,
                           tsr_call *out) {
  tsr_value *in, *made;
  const tsr_type *in_type, *out_type;
  TSR_TRY(operands_of(r, node, &in, &made));
  TSR_TRY(types_of(r, node->n_in, node->in, &in_type));
  TSR_TRY(types_of(r, node->n_out, node->out, &out_type));
  *context = (tsr_call_context){&r->scratch, r->graph->space};
  *out = (tsr_call){.op = node->op,
                    .attrs = node->attrs,
                    .n_in = node->n_in,
                    .n_out = node->n_out,
                    .in_type = in_type,
                    .out_type = out_type,
                    .in = in,
                    .out = made,
                    .context = context};
  return TSR_OK;
}

static tsr_status visit_nodes(tsr_replay *r, tsr_replay_visit visit, void *ctx) {
  for (int32_t n = 0; n < r->graph->n_nodes; n++) {
    const tsr_node *node = &r->graph->nodes[n];
    tsr_arena_reset(&r->scratch);
    TSR_TRY(visit ? visit(ctx, r, node) : tsr_replay_node(r, node, NULL));
    TSR_TRY(tsr_builder_status(r->to));
  }
  return TSR_OK;
}

tsr_status tsr_graph_replay_on(tsr_builder *b, const tsr_graph *graph, const tsr_value *in,
                               tsr_replay_visit visit, void *ctx, int32_t n, const int32_t *wanted,
                               tsr_value *out) {
  tsr_arena keep = {0};
  tsr_replay r = {.graph = graph, .to = b};
  for (int32_t i = 0; i < n; i++)
    out[i] = TSR_NO_VALUE;
  TSR_TRY(tsr_builder_status(b));
  tsr_status status = check_space(b, graph);
  if (status == TSR_OK) status = values_of(&keep, graph->n_values, &r.value);
  for (int32_t i = 0; status == TSR_OK && in && i < graph->n_inputs; i++)
    r.value[graph->inputs[i]] = in[i];
  if (status == TSR_OK) status = visit_nodes(&r, visit, ctx);
  for (int32_t i = 0; status == TSR_OK && i < n; i++)
    out[i] = r.value[wanted[i]];
  tsr_arena_deinit(&r.scratch);
  tsr_arena_deinit(&keep);
  return status;
}

static tsr_status replay(const tsr_graph *g, tsr_replay_visit visit, void *ctx, tsr_builder *b,
                         tsr_arena *arena, tsr_value **outputs) {
  tsr_value *inputs;
  TSR_TRY(values_of(arena, g->n_inputs, &inputs));
  TSR_TRY(values_of(arena, g->n_outputs, outputs));
  for (int32_t i = 0; i < g->n_inputs; i++)
    inputs[i] = tsr_graph_builder_input(b, g->names[i], &g->types[g->inputs[i]]);
  return tsr_graph_replay_on(b, g, inputs, visit, ctx, g->n_outputs, g->outputs, *outputs);
}

tsr_status tsr_graph_replay(const tsr_graph *graph, tsr_replay_visit visit, void *ctx,
                            tsr_graph **out) {
  tsr_builder *b;
  tsr_value *outputs = NULL;
  tsr_arena arena = {0};
  *out = NULL;
  TSR_TRY(tsr_graph_builder_create(graph->registry, graph->space, NULL, &b));
  tsr_status status = replay(graph, visit, ctx, b, &arena, &outputs);
  if (status == TSR_OK) {
    tsr_values list = tsr_values_of(outputs, (size_t)graph->n_outputs);
    status = tsr_graph_builder_finish(b, list, NULL, NULL, out);
  } else {
    tsr_builder_close(b);
  }
  tsr_arena_deinit(&arena);
  return status;
}

tsr_status tsr_graph_inline(tsr_builder *b, const tsr_graph *graph, const tsr_value *in,
                            tsr_value *out) {
  tsr_status status =
      tsr_graph_replay_on(b, graph, in, NULL, NULL, graph->n_outputs, graph->outputs, out);
  return status == TSR_OK ? TSR_OK : tsr_builder_fail(b, status);
}
