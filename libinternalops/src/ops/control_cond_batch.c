/* ops/control_cond_batch.c - cond over one more axis.
 *
 * One index for all lanes: a cond of the batched branches. An index per lane: every branch
 * is run on all lanes and the results are selected from. A branch that may raise
 * ERR_NUMERIC must not see lanes that do not take it: there it sees operands of a lane
 * that does, and if there is none it is not run.
 */
#include "ops/control_cond_internal.h"

typedef struct mapping {
  tsr_arena *arena;
  tsr_dim size;
  bool *in, *out;           /* mapped; in without the index */
  int32_t *axis, *out_axis; /* of the branches */
  tsri_cases cases;
} mapping;

static tsr_status branches(mapping *m, const tsr_call *c) {
  for (int32_t k = 0; k < m->cases.n; k++)
    TSR_TRY(
        tsr_graph_batch(tsri_cond_case(c, k), m->size, m->axis, m->out_axis, &m->cases.graph[k]));
  return TSR_OK;
}

static tsr_status one_index(mapping *m, tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                            tsr_value *out) {
  for (int32_t i = 1; i < c->n_in; i++)
    m->axis[i - 1] = map->axis[i];
  for (int32_t j = 0; j < c->n_out; j++)
    m->out_axis[j] = m->out[j] ? 0 : -1;
  TSR_TRY(branches(m, c));
  return tsri_cond_emit(b, m->arena, &m->cases, tsr_values_of(c->in, (size_t)c->n_in), out);
}

/* ---- an index per lane ---- */

/* Lanes that take case k; index is [size]. */
static tsr_value lanes_of(tsr_builder *b, tsr_value index, tsr_dtype dtype, int32_t k, int32_t n) {
  if (dtype == TSR_BOOL)
    return k == 1 ? index : tsr_compare(b, index, tsr_zeros_like(b, index), TSR_EQ);
  tsr_direction direction = k == 0 ? TSR_LE : k == n - 1 ? TSR_GE : TSR_EQ; /* clamped */
  if (n == 1) return tsr_eq(b, index, index);
  return tsr_compare(b, index, tsr_scalar_int(b, k), direction);
}

/* cond(any lane, branch, zeros): the branch sees operands of lanes that take it. */
static tsr_status run_guarded(mapping *m, tsr_builder *b, int32_t k, tsr_value lanes,
                              const tsr_value *in, tsr_value *out) {
  tsri_cases guarded;
  const tsr_graph *g = m->cases.graph[k];
  int32_t n = g->n_inputs;
  tsr_type *types;
  tsr_value *inner, *zero, *operands;
  TSR_TRY(tsri_input_types(m->arena, g, &types));
  TSR_TRY(TSRI_NEW(m->arena, n, &inner));
  TSR_TRY(TSRI_NEW(m->arena, g->n_outputs, &zero));
  TSR_TRY(TSRI_NEW(m->arena, n + 1, &operands));
  TSR_TRY(tsri_cases_create(m->arena, 2, &guarded));
  tsr_builder *none;
  TSR_TRY(tsri_open(g, n, types, inner, &none));
  for (int32_t j = 0; j < g->n_outputs; j++)
    zero[j] = tsri_zeros(none, &g->types[g->outputs[j]]);
  TSR_TRY(tsri_finish(none, zero, g->n_outputs, &guarded.graph[0]));
  guarded.graph[1] = m->cases.graph[k];
  m->cases.graph[k] = NULL; /* given away */
  operands[0] = tsri_any_lane(b, lanes);
  for (int32_t i = 0; i < n; i++)
    operands[1 + i] = m->in[i] ? tsri_safe_lanes(b, lanes, in[i]) : in[i];
  tsr_status status =
      tsri_cond_emit(b, m->arena, &guarded, tsr_values_of(operands, (size_t)n + 1), out);
  tsri_cases_release(&guarded);
  return status;
}

static tsr_status index_per_lane(mapping *m, tsr_builder *b, const tsr_call *c,
                                 const tsr_batch *map, tsr_value *out) {
  tsr_value *in, *made, index = tsr_batch_front(b, c->in[0], map->axis[0], m->size);
  TSR_TRY(TSRI_NEW(m->arena, c->n_in, &in));
  TSR_TRY(TSRI_NEW(m->arena, c->n_out, &made));
  for (int32_t i = 1; i < c->n_in; i++) {
    in[i - 1] = m->in[i - 1] ? tsr_batch_front(b, c->in[i], map->axis[i], m->size) : c->in[i];
    m->axis[i - 1] = m->in[i - 1] ? 0 : -1;
  }
  for (int32_t j = 0; j < c->n_out; j++)
    m->out_axis[j] = 0;
  TSR_TRY(branches(m, c));
  for (int32_t k = 0; k < m->cases.n; k++) {
    const tsr_graph *g = m->cases.graph[k];
    tsr_value lanes = lanes_of(b, index, c->in_type[0].dtype, k, m->cases.n);
    if (tsri_graph_is_checked(g))
      TSR_TRY(run_guarded(m, b, k, lanes, in, made));
    else
      TSR_TRY(tsr_graph_inline(b, g, in, made));
    for (int32_t j = 0; j < c->n_out; j++)
      out[j] = k == 0 ? made[j] : tsri_select_lanes(b, lanes, made[j], out[j]);
  }
  return TSR_OK;
}

static tsr_status prepare(mapping *m, const tsr_call *c, const tsr_batch *map) {
  m->arena = c->context->arena;
  m->size = map->size;
  TSR_TRY(TSRI_NEW(m->arena, c->n_in, &m->in));
  TSR_TRY(TSRI_NEW(m->arena, c->n_out, &m->out));
  TSR_TRY(TSRI_NEW(m->arena, c->n_in, &m->axis));
  TSR_TRY(TSRI_NEW(m->arena, c->n_out, &m->out_axis));
  TSR_TRY(tsri_cases_create(m->arena, tsri_cond_cases(c), &m->cases));
  for (int32_t i = 1; i < c->n_in; i++)
    m->in[i - 1] = map->axis[i] >= 0;
  return tsri_cond_reach(c, TSRI_REACH_ANY, m->in, m->out);
}

tsr_status tsri_cond_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                           int32_t *out_axis) {
  mapping m = {0};
  tsr_status status = prepare(&m, c, map);
  if (status == TSR_OK)
    status = map->axis[0] < 0 ? one_index(&m, b, c, map, out) : index_per_lane(&m, b, c, map, out);
  for (int32_t j = 0; status == TSR_OK && j < c->n_out; j++)
    out_axis[j] = m.out_axis[j];
  tsri_cases_release(&m.cases);
  return status;
}
