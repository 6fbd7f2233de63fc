/* ops/control_cond.c - z = branches[clamp(index)](operands): types, jvp, transpose, surface. */
#include "ops/control_cond_internal.h"

/* ---- cases ---- */

tsr_status tsri_cases_create(tsr_arena *arena, int32_t n, tsri_cases *out) {
  out->n = n;
  return TSRI_NEW(arena, n, &out->graph);
}

void tsri_cases_release(tsri_cases *cases) {
  for (int32_t k = 0; k < cases->n && cases->graph; k++)
    tsr_graph_release(cases->graph[k]);
}

int32_t tsri_cond_cases(const tsr_call *c) {
  return (int32_t)((const tsr_cond_attrs *)c->attrs)->branches.n;
}

const tsr_graph *tsri_cond_case(const tsr_call *c, int32_t k) {
  return tsr_object_as_graph(((const tsr_cond_attrs *)c->attrs)->branches.data[k]);
}

tsr_status tsri_cond_reach(const tsr_call *c, tsri_reach how, const bool *in, bool *out) {
  bool *one;
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_out, &one));
  for (int32_t j = 0; j < c->n_out; j++)
    out[j] = false;
  for (int32_t k = 0; k < tsri_cond_cases(c); k++) {
    TSR_TRY(tsri_reach_outputs(tsri_cond_case(c, k), how, in, one));
    for (int32_t j = 0; j < c->n_out; j++)
      out[j] |= one[j];
  }
  return TSR_OK;
}

tsr_status tsri_cond_emit(tsr_builder *b, tsr_arena *arena, const tsri_cases *cases, tsr_values in,
                          tsr_value *out) {
  tsr_object_ref *branch;
  TSR_TRY(TSRI_NEW(arena, cases->n, &branch));
  for (int32_t k = 0; k < cases->n; k++)
    branch[k] = &cases->graph[k]->object;
  tsr_cond_attrs attrs = {
      .branches = {branch, (size_t)cases->n}
  };
  return tsr_emit(b, tsr_op_core(TSR_OP_COND), &attrs, in, out);
}

/* ---- types ---- */

static tsr_status count(const tsr_call *c, int32_t *out_n) {
  const tsr_graph *first;
  if (tsri_cond_cases(c) == 0) return TSR_FAIL(TSR_ERR_ARGUMENT, "cond: no branches");
  TSR_TRY(tsri_region(c, "branch 0", ((const tsr_cond_attrs *)c->attrs)->branches.data[0], &first));
  *out_n = first->n_outputs;
  return TSR_OK;
}

static tsr_status check_index(const tsr_call *c) {
  TSR_TRY(tsr_require_rank(c, 0, 0));
  if (c->in_type[0].dtype == TSR_BOOL && tsri_cond_cases(c) != 2)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "cond: a bool chooses between 2 branches, not %d",
                    (int)tsri_cond_cases(c));
  return TSR_OK;
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_cond_attrs *a = c->attrs;
  TSR_TRY(check_index(c));
  for (int32_t k = 0; k < tsri_cond_cases(c); k++) {
    const tsr_graph *g;
    char what[48];
    snprintf(what, sizeof what, "branch %d", (int)k);
    TSR_TRY(tsri_region(c, what, a->branches.data[k], &g));
    TSR_TRY(tsri_check_region(c, what, g, c->n_in - 1, c->in_type + 1));
    if (g->n_outputs != c->n_out)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "cond: branch %d gives %d values, branch 0 gives %d",
                      (int)k, (int)g->n_outputs, (int)c->n_out);
    snprintf(what, sizeof what, "branch %d: output", (int)k);
    for (int32_t j = 0; j < c->n_out; j++) {
      if (k == 0) out[j] = g->types[g->outputs[j]];
      TSR_TRY(tsri_check_region_type(c, what, j, &g->types[g->outputs[j]], &out[j]));
    }
  }
  return TSR_OK;
}

/* ---- forward mode: a cond of the tangents ---- */

/* Each case gives its primal outputs (when asked for), then the wanted tangents. */
static tsr_status tangent_cases(const tsr_call *c, const bool *active, const bool *wanted,
                                bool with_primal, tsri_cases *cases) {
  tsr_arena *arena = c->context->arena;
  bool *given;
  int32_t *pick;
  TSR_TRY(TSRI_NEW(arena, c->n_out, &given));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_out, &pick));
  for (int32_t k = 0; k < cases->n; k++) {
    tsr_graph *both;
    for (int32_t j = 0; j < c->n_out; j++)
      given[j] = wanted[j];
    TSR_TRY(tsr_graph_jvp(tsri_cond_case(c, k), active, given, &both));
    int32_t n = 0;
    for (int32_t j = 0; with_primal && j < c->n_out; j++)
      pick[n++] = both->outputs[j];
    for (int32_t j = 0, at = c->n_out; j < c->n_out; j++) {
      if (wanted[j]) pick[n++] = both->outputs[at];
      at += given[j];
    }
    tsr_status status = tsri_extract(both, both->n_inputs, both->inputs, n, pick, &cases->graph[k]);
    tsr_graph_release(both);
    TSR_TRY(status);
  }
  return TSR_OK;
}

/* primal may be NULL: then only tangents are made. */
static tsr_status jvp_with(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *primal,
                           tsr_value *out_t, tsri_cases *cases) {
  tsr_arena *arena = c->context->arena;
  bool *active, *wanted;
  tsr_value *in, *out;
  int32_t n = c->n_in;
  TSR_TRY(TSRI_NEW(arena, c->n_in, &active));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &wanted));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_in, &in));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_out, &out));
  TSR_TRY(tsri_cases_create(arena, tsri_cond_cases(c), cases));
  for (int32_t i = 0; i < c->n_in; i++)
    in[i] = c->in[i];
  for (int32_t i = 1; i < c->n_in; i++) {
    active[i - 1] = !tsr_value_is_zero(t[i]);
    if (active[i - 1]) in[n++] = t[i];
  }
  TSR_TRY(tsri_cond_reach(c, TSRI_REACH_TANGENT, active, wanted));
  for (int32_t j = 0; j < c->n_out; j++)
    wanted[j] &= !tsr_value_is_zero(out_t[j]);
  TSR_TRY(tangent_cases(c, active, wanted, primal != NULL, cases));
  TSR_TRY(tsri_cond_emit(b, arena, cases, tsr_values_of(in, (size_t)n), out));
  for (int32_t j = 0; primal && j < c->n_out; j++)
    primal[j] = out[j];
  for (int32_t j = 0, m = primal ? c->n_out : 0; j < c->n_out; j++)
    out_t[j] = wanted[j] ? out[m++] : TSR_ZERO_VALUE;
  return TSR_OK;
}

tsr_status tsri_cond_both(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out,
                          tsr_value *out_t) {
  tsri_cases cases = {0};
  tsr_status status = jvp_with(b, c, t, out, out_t, &cases);
  tsri_cases_release(&cases);
  return status;
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  return tsri_cond_both(b, c, t, NULL, out_t);
}

/* ---- transpose: a cond of the transposed branches ---- */

static tsr_status transpose_with(tsr_builder *b, const tsr_call *c, const bool *linear,
                                 const tsr_value *ct, tsr_value *in_ct, tsri_cases *cases) {
  tsr_arena *arena = c->context->arena;
  bool *live_out, *live_in, *one, *again;
  tsr_value *in, *out;
  int32_t n = 1;
  if (linear[0]) return TSR_FAIL(TSR_ERR_INTERNAL, "cond: not linear in its index");
  TSR_TRY(TSRI_NEW(arena, c->n_out, &live_out));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &live_in));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &one));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &again));
  TSR_TRY(TSRI_NEW(arena, c->n_in + c->n_out, &in));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &out));
  TSR_TRY(tsri_cases_create(arena, tsri_cond_cases(c), cases));
  in[0] = c->in[0];
  for (int32_t i = 1; i < c->n_in; i++)
    if (!linear[i]) in[n++] = c->in[i];
  for (int32_t j = 0; j < c->n_out; j++) {
    live_out[j] = !tsr_value_is_zero(ct[j]);
    if (live_out[j]) in[n++] = ct[j];
  }
  for (int32_t k = 0; k < cases->n; k++) { /* a cotangent any branch has, all must give */
    TSR_TRY(tsri_reach_inputs(tsri_cond_case(c, k), live_out, one));
    for (int32_t i = 1; i < c->n_in; i++)
      live_in[i - 1] |= one[i - 1] && linear[i];
  }
  for (int32_t k = 0; k < cases->n; k++) {
    for (int32_t i = 0; i < c->n_in; i++)
      again[i] = live_in[i];
    TSR_TRY(
        tsri_transpose_graph(tsri_cond_case(c, k), linear + 1, live_out, again, &cases->graph[k]));
  }
  TSR_TRY(tsri_cond_emit(b, arena, cases, tsr_values_of(in, (size_t)n), out));
  for (int32_t i = 1, m = 0; i < c->n_in; i++)
    in_ct[i] = live_in[i - 1] ? out[m++] : TSR_ZERO_VALUE;
  return TSR_OK;
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  tsri_cases cases = {0};
  tsr_status status = transpose_with(b, c, linear, ct, in_ct, &cases);
  tsri_cases_release(&cases);
  return status;
}

/* ---- prune: outputs nobody reads, then operands no branch needs ---- */

static tsr_status prune_with(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out,
                             tsri_cases *cases) {
  tsr_arena *arena = c->context->arena;
  int32_t n_in = 0, n_out = 0;
  bool *used, *one;
  int32_t *in, *outputs;
  tsr_value *operands, *made;
  TSR_TRY(TSRI_NEW(arena, c->n_in, &used));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &one));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &in));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &outputs));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &operands));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &made));
  TSR_TRY(tsri_cases_create(arena, tsri_cond_cases(c), cases));
  for (int32_t k = 0; k < cases->n; k++) {
    TSR_TRY(tsri_reach_inputs(tsri_cond_case(c, k), live, one));
    for (int32_t i = 0; i < c->n_in - 1; i++)
      used[i] |= one[i];
  }
  operands[0] = c->in[0];
  for (int32_t i = 0; i < c->n_in - 1; i++)
    if (used[i]) operands[++n_in] = c->in[i + 1];
  for (int32_t j = 0; j < c->n_out; j++)
    n_out += live[j];
  if (n_in == c->n_in - 1 && n_out == c->n_out) return TSR_OK;
  for (int32_t k = 0; k < cases->n; k++) {
    const tsr_graph *g = tsri_cond_case(c, k);
    for (int32_t i = 0, n = 0; i < c->n_in - 1; i++)
      if (used[i]) in[n++] = g->inputs[i];
    for (int32_t j = 0, n = 0; j < c->n_out; j++)
      if (live[j]) outputs[n++] = g->outputs[j];
    TSR_TRY(tsri_extract(g, n_in, in, n_out, outputs, &cases->graph[k]));
  }
  TSR_TRY(tsri_cond_emit(b, arena, cases, tsr_values_of(operands, (size_t)n_in + 1), made));
  for (int32_t j = 0, n = 0; j < c->n_out; j++)
    if (live[j]) out[j] = made[n++];
  return TSR_OK;
}

static tsr_status prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  tsri_cases cases = {0};
  tsr_status status = prune_with(b, c, live, out, &cases);
  tsri_cases_release(&cases);
  return status;
}

const tsr_rules tsri_cond_rules = {.infer = infer,
                                   .count = count,
                                   .jvp = jvp,
                                   .linearize = tsri_cond_linearize,
                                   .transpose = transpose,
                                   .batch = tsri_cond_batch,
                                   .prune = prune};
