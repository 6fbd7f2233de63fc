/* transform/graph_jvp.c - forward derivative of a closed graph. */
#include "transform/transform_internal.h"

typedef struct work {
  tsr_arena arena;
  tsr_value *x, *w, *t, *y, *ty, *outputs;
  tsr_builder *b;
} work;

static tsr_status prepare(work *k, const tsr_graph *g) {
  int32_t n = g->n_inputs, m = g->n_outputs;
  TSR_TRY(TSRI_NEW(&k->arena, n, &k->x));
  TSR_TRY(TSRI_NEW(&k->arena, n, &k->w));
  TSR_TRY(TSRI_NEW(&k->arena, n, &k->t));
  TSR_TRY(TSRI_NEW(&k->arena, m, &k->y));
  TSR_TRY(TSRI_NEW(&k->arena, m, &k->ty));
  TSR_TRY(TSRI_NEW(&k->arena, 2 * m, &k->outputs));
  return tsr_graph_builder_create(g->registry, g->space, NULL, &k->b);
}

static tsr_status jvp(work *k, const tsr_graph *g, const bool *active, bool *active_out,
                      tsr_graph **out) {
  TSR_TRY(prepare(k, g));
  int32_t n_t = 0, n_out = g->n_outputs;
  for (int32_t i = 0; i < g->n_inputs; i++)
    k->x[i] = tsr_graph_builder_input(k->b, NULL, &g->types[g->inputs[i]]);
  for (int32_t i = 0; i < g->n_inputs; i++) {
    if (!active[i]) continue;
    k->w[n_t] = k->x[i];
    k->t[n_t++] = tsr_graph_builder_input(k->b, NULL, &g->types[g->inputs[i]]);
  }
  (void)tsr_graph_inline(k->b, g, k->x, k->y); /* all of these latch */
  (void)tsr_pushforward(k->b, tsr_values_of(k->y, (size_t)g->n_outputs),
                        tsr_values_of(k->w, (size_t)n_t), tsr_values_of(k->t, (size_t)n_t),
                        k->ty);
  for (int32_t j = 0; j < g->n_outputs; j++) {
    k->outputs[j] = k->y[j];
    active_out[j] |= !tsr_value_is_zero(k->ty[j]);
    if (active_out[j])
      k->outputs[n_out++] = tsri_materialise(k->b, k->ty[j], &g->types[g->outputs[j]]);
  }
  return tsri_finish(k->b, k->outputs, n_out, out);
}

tsr_status tsr_graph_jvp(const tsr_graph *graph, const bool *active, bool *active_out,
                         tsr_graph **out) {
  *out = NULL;
  work k = {0};
  tsr_status status = jvp(&k, graph, active, active_out, out);
  tsr_arena_deinit(&k.arena);
  return status;
}
