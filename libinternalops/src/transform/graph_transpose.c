/* transform/graph_transpose.c - the transpose of a linear graph. */
#include "transform/transform_internal.h"

typedef struct work {
  tsr_arena arena;
  tsr_value *x;       /* [n_inputs] */
  tsr_value *y;       /* [n_outputs] */
  tsr_value *ct;      /* [n_outputs] */
  tsr_value *w, *out; /* the linear inputs, and their cotangents */
} work;

static tsr_status prepare(work *k, const tsr_graph *g) {
  TSR_TRY(TSRI_NEW(&k->arena, g->n_inputs, &k->x));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_inputs, &k->w));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_inputs, &k->out));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_outputs, &k->y));
  return TSRI_NEW(&k->arena, g->n_outputs, &k->ct);
}

static void declare(work *k, tsr_builder *b, const tsr_graph *g, const bool *linear,
                    const bool *live_out) {
  for (int32_t i = 0; i < g->n_inputs; i++)
    if (!linear[i]) k->x[i] = tsr_graph_builder_input(b, NULL, &g->types[g->inputs[i]]);
  for (int32_t j = 0; j < g->n_outputs; j++)
    k->ct[j] = live_out && !live_out[j]
                   ? TSR_ZERO_VALUE
                   : tsr_graph_builder_input(b, NULL, &g->types[g->outputs[j]]);
}

static tsr_status transpose(work *k, const tsr_graph *g, const bool *linear, const bool *live_out,
                            bool *live_in, tsr_graph **out) {
  TSR_TRY(prepare(k, g));
  tsr_builder *b;
  TSR_TRY(tsr_graph_builder_create(g->registry, g->space, NULL, &b));
  declare(k, b, g, linear, live_out);
  tsri_view before;
  tsri_trace_view(b, &before);
  size_t n = 0;
  for (int32_t i = 0; i < g->n_inputs; i++)
    if (linear[i]) k->x[i] = k->w[n++] = tsri_zeros(b, &g->types[g->inputs[i]]);
  (void)tsr_graph_inline(b, g, k->x, k->y); /* latches */
  if (tsr_builder_status(b) == TSR_OK)
    (void)tsri_pull(b, before.n_nodes, before.n_values, tsr_values_of(k->y, (size_t)g->n_outputs),
                    tsr_values_of(k->ct, (size_t)g->n_outputs), tsr_values_of(k->w, n), k->out);
  int32_t n_out = 0;
  for (int32_t i = 0, w = 0; i < g->n_inputs; i++) {
    if (!linear[i]) continue;
    tsr_value ct = k->out[w++];
    live_in[i] |= !tsr_value_is_zero(ct);
    if (live_in[i]) k->out[n_out++] = tsri_materialise(b, ct, &g->types[g->inputs[i]]);
  }
  return tsri_finish(b, k->out, n_out, out);
}

tsr_status tsri_transpose_graph(const tsr_graph *g, const bool *linear, const bool *live_out,
                                bool *live_in, tsr_graph **out) {
  *out = NULL;
  work k = {0};
  tsr_status status = transpose(&k, g, linear, live_out, live_in, out);
  tsr_arena_deinit(&k.arena);
  return status;
}

tsr_status tsr_graph_transpose(const tsr_graph *graph, const bool *linear, tsr_graph **out) {
  *out = NULL;
  tsr_arena arena = {0};
  bool *live_in;
  tsr_status status = TSRI_NEW(&arena, graph->n_inputs, &live_in);
  for (int32_t i = 0; status == TSR_OK && i < graph->n_inputs; i++)
    live_in[i] = linear[i];
  if (status == TSR_OK) status = tsri_transpose_graph(graph, linear, NULL, live_in, out);
  tsr_arena_deinit(&arena);
  return status;
}
