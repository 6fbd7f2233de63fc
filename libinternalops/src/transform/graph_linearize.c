/* transform/graph_linearize.c - split a graph into a primal part and a linear part.
 *
 * f is inlined and pushed forward with zeros standing in for the tangents; what depends
 * on the zeros is the linear part. What the linear part reads besides tangents are the
 * residuals, the last outputs of the primal part. Not every such value is stored: ops in
 * the table below are repeated in the linear part, because their operands are no larger
 * than they are. A residual that is an input of f comes out as that very value, so the
 * caller sees that nothing need be stored for it.
 */
#include "transform/transform_internal.h"

static bool is_cheap(const tsr_op *op) {
  static const tsr_op_id repeated[] = {TSR_OP_CONSTANT,         TSR_OP_IOTA,    TSR_OP_DIM_SIZE,
                                       TSR_OP_BROADCAST_IN_DIM, TSR_OP_RESHAPE, TSR_OP_TRANSPOSE};
  for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++)
    if (op == tsr_op_core(repeated[i])) return true;
  return false;
}

typedef struct work {
  tsr_arena arena;
  const tsr_graph *f;
  int32_t n_active, n_tangents; /* active inputs and outputs */
  tsr_graph *whole;             /* f's inputs -> f's outputs, tangents of outputs, stand-ins */
} work;

/* ---- all of it in one graph ---- */

static tsr_status push(work *k, tsr_builder *b, const bool *wanted, const tsr_value *y,
                       tsr_values w, tsr_values zero, tsr_value *ty) {
  int32_t m = k->f->n_outputs, n = 0;
  tsr_value *some_y, *some_ty;
  TSR_TRY(TSRI_NEW(&k->arena, m, &some_y));
  TSR_TRY(TSRI_NEW(&k->arena, m, &some_ty));
  for (int32_t j = 0; j < m; j++)
    if (!wanted || wanted[j]) some_y[n++] = y[j];
  TSR_TRY(tsri_push(b, TSRI_REVERSE, tsr_values_of(some_y, (size_t)n), w, zero, some_ty));
  for (int32_t j = 0, i = 0; j < m; j++)
    ty[j] = !wanted || wanted[j] ? some_ty[i++] : TSR_ZERO_VALUE;
  return TSR_OK;
}

static tsr_status record(work *k, const bool *active, const bool *wanted, bool *active_out) {
  const tsr_graph *f = k->f;
  int32_t n = f->n_inputs, m = f->n_outputs;
  tsr_value *x, *w, *zero, *y, *ty, *outputs;
  TSR_TRY(TSRI_NEW(&k->arena, n, &x));
  TSR_TRY(TSRI_NEW(&k->arena, n, &w));
  TSR_TRY(TSRI_NEW(&k->arena, n, &zero));
  TSR_TRY(TSRI_NEW(&k->arena, m, &y));
  TSR_TRY(TSRI_NEW(&k->arena, m, &ty));
  TSR_TRY(TSRI_NEW(&k->arena, n + 2 * m, &outputs));
  tsr_builder *b;
  TSR_TRY(tsr_graph_builder_create(f->registry, f->space, NULL, &b));
  for (int32_t i = 0; i < n; i++)
    x[i] = tsr_graph_builder_input(b, NULL, &f->types[f->inputs[i]]);
  (void)tsr_graph_inline(b, f, x, y); /* latches, as all below */
  for (int32_t i = 0; i < n; i++) {
    if (!active[i]) continue;
    w[k->n_active] = x[i];
    zero[k->n_active++] = tsri_zeros(b, &f->types[f->inputs[i]]);
  }
  if (tsr_builder_status(b) == TSR_OK)
    (void)tsr_builder_fail(b, push(k, b, wanted, y, tsr_values_of(w, (size_t)k->n_active),
                                   tsr_values_of(zero, (size_t)k->n_active), ty));
  int32_t n_out = 0;
  for (int32_t j = 0; j < m; j++)
    outputs[n_out++] = y[j];
  for (int32_t j = 0; j < m; j++) {
    active_out[j] |= !tsr_value_is_zero(ty[j]);
    if (active_out[j]) outputs[n_out++] = tsri_materialise(b, ty[j], &f->types[f->outputs[j]]);
  }
  k->n_tangents = n_out - m;
  for (int32_t i = 0; i < k->n_active; i++)
    outputs[n_out++] = zero[i];
  return tsr_graph_builder_finish(b, tsr_values_of(outputs, (size_t)n_out), NULL, NULL, &k->whole);
}

/* ---- the cut ---- */

/* Values the tangents of the outputs need and that do not depend on the stand-ins. */
static tsr_status find_residuals(work *k, const int32_t *stand_in, bool *residual) {
  const tsr_graph *g = k->whole;
  bool *linear, *needed;
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values, &linear));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values, &needed));
  for (int32_t i = 0; i < k->n_active; i++)
    linear[stand_in[i]] = true;
  for (int32_t n = 0; n < g->n_nodes; n++) {
    const tsr_node *node = &g->nodes[n];
    bool any = false;
    for (int32_t i = 0; i < node->n_in && !any; i++)
      any = linear[node->in[i]];
    for (int32_t j = 0; any && j < node->n_out; j++)
      linear[node->out[j]] = true;
  }
  for (int32_t j = 0; j < k->n_tangents; j++)
    needed[g->outputs[k->f->n_outputs + j]] = true;
  for (int32_t i = 0; i < k->n_active; i++)
    needed[stand_in[i]] = false;
  for (int32_t n = g->n_nodes - 1; n >= 0; n--) {
    const tsr_node *node = &g->nodes[n];
    bool go_on = false;
    for (int32_t j = 0; j < node->n_out; j++) {
      int32_t v = node->out[j];
      if (!needed[v]) continue;
      if (linear[v] || is_cheap(node->op))
        go_on = true;
      else
        residual[v] = true;
    }
    for (int32_t i = 0; go_on && i < node->n_in; i++)
      needed[node->in[i]] = true;
  }
  for (int32_t i = 0; i < g->n_inputs; i++)
    residual[g->inputs[i]] = needed[g->inputs[i]];
  return TSR_OK;
}

static tsr_status split(work *k, tsr_graph **primal, tsr_graph **linear) {
  const tsr_graph *g = k->whole;
  int32_t m = k->f->n_outputs;
  const int32_t *tangent = g->outputs + m, *stand_in = tangent + k->n_tangents;
  bool *residual;
  int32_t *in, *out;
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values, &residual));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values + k->n_active, &in));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values + m, &out));
  TSR_TRY(find_residuals(k, stand_in, residual));
  int32_t n_res = 0;
  for (int32_t j = 0; j < m; j++)
    out[j] = g->outputs[j];
  for (int32_t v = 0; v < g->n_values; v++) {
    if (!residual[v]) continue;
    out[m + n_res] = v;
    in[n_res++] = v;
  }
  for (int32_t i = 0; i < k->n_active; i++)
    in[n_res + i] = stand_in[i];
  TSR_TRY(tsri_extract(g, g->n_inputs, g->inputs, m + n_res, out, primal));
  tsr_status status = tsri_extract(g, n_res + k->n_active, in, k->n_tangents, tangent, linear);
  if (status == TSR_OK) return TSR_OK;
  tsr_graph_release(*primal);
  *primal = NULL;
  return status;
}

tsr_status tsri_linearize_graph(const tsr_graph *f, const bool *active, const bool *wanted,
                                bool *active_out, tsr_graph **primal, tsr_graph **linear) {
  *primal = *linear = NULL;
  work k = {.f = f};
  tsr_status status = record(&k, active, wanted, active_out);
  if (status == TSR_OK) status = split(&k, primal, linear);
  tsr_graph_release(k.whole);
  tsr_arena_deinit(&k.arena);
  return status;
}

tsr_status tsr_graph_linearize(const tsr_graph *graph, const bool *active, bool *active_out,
                               tsr_graph **primal, tsr_graph **linear) {
  return tsri_linearize_graph(graph, active, NULL, active_out, primal, linear);
}
