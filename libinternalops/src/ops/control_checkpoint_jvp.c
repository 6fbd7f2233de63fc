/* ops/control_checkpoint_jvp.c - the Jacobian of a body, applied to tangents of its inputs.
 *
 * Operands are all inputs of the body, then tangents of the active ones; results are
 * tangents of all float and complex outputs. The transpose runs the body again, on operands
 * that pass a barrier together with the cotangents: so the recomputation starts when they
 * are there and is never merged with the first run (Griewank and Walther, "Evaluating
 * Derivatives", ch. 12, with one level).
 */
#include "ops/control_internal.h"

static const tsr_graph *body_of(const tsr_call *c) {
  return tsr_object_as_graph(((const tsr_checkpoint_jvp_attrs *)c->attrs)->body);
}

static tsr_axes active_of(const tsr_call *c) {
  return ((const tsr_checkpoint_jvp_attrs *)c->attrs)->active;
}

static bool has_tangent(const tsr_graph *body, int32_t j) {
  return tsr_dtype_is_active(body->types[body->outputs[j]].dtype);
}

/* ---- types ---- */

static tsr_status count(const tsr_call *c, int32_t *out_n) {
  const tsr_graph *body;
  TSR_TRY(tsri_region(c, "body", ((const tsr_checkpoint_jvp_attrs *)c->attrs)->body, &body));
  *out_n = 0;
  for (int32_t j = 0; j < body->n_outputs; j++)
    *out_n += has_tangent(body, j);
  return TSR_OK;
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_graph *body = body_of(c);
  tsr_axes active = active_of(c);
  if ((size_t)c->n_in != (size_t)body->n_inputs + active.n)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "checkpoint_jvp: %d operands for %d inputs and %zu tangents",
                    (int)c->n_in, (int)body->n_inputs, active.n);
  TSR_TRY(tsri_check_region(c, "body", body, body->n_inputs, c->in_type));
  for (size_t k = 0; k < active.n; k++) {
    int64_t i = active.data[k];
    if (i < 0 || i >= body->n_inputs || (k && i <= active.data[k - 1]))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "checkpoint_jvp: active input %lld of %d", (long long)i,
                      (int)body->n_inputs);
    TSR_TRY(tsri_check_region_type(c, "tangent", (int32_t)k, &c->in_type[body->n_inputs + k],
                                   &c->in_type[i]));
  }
  for (int32_t j = 0; j < body->n_outputs; j++)
    if (has_tangent(body, j)) *out++ = body->types[body->outputs[j]];
  return TSR_OK;
}

/* ---- as a plain graph: the op's operands -> its results ---- */

static tsr_status as_graph(const tsr_call *c, tsr_graph **out) {
  const tsr_graph *body = body_of(c);
  tsr_arena *arena = c->context->arena;
  bool *active, *forced;
  int32_t *outputs;
  TSR_TRY(TSRI_NEW(arena, body->n_inputs, &active));
  TSR_TRY(TSRI_NEW(arena, body->n_outputs, &forced));
  TSR_TRY(TSRI_NEW(arena, body->n_outputs, &outputs));
  for (size_t k = 0; k < active_of(c).n; k++)
    active[active_of(c).data[k]] = true;
  for (int32_t j = 0; j < body->n_outputs; j++)
    forced[j] = has_tangent(body, j);
  tsr_graph *both;
  TSR_TRY(tsr_graph_jvp(body, active, forced, &both));
  tsr_status status = tsri_extract(both, both->n_inputs, both->inputs, c->n_out,
                                   both->outputs + body->n_outputs, out);
  tsr_graph_release(both);
  return status;
}

static tsr_status lower(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  tsr_graph *g;
  TSR_TRY(as_graph(c, &g));
  return tsri_inline_and_release(b, g, c->in, out);
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  tsr_arena *arena = c->context->arena;
  bool *active, *active_out;
  tsr_value *in, *out;
  int32_t n = c->n_in;
  TSR_TRY(TSRI_NEW(arena, c->n_in, &active));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &active_out));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_in, &in));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_out, &out));
  for (int32_t i = 0; i < c->n_in; i++) {
    in[i] = c->in[i];
    active[i] = !tsr_value_is_zero(t[i]);
    if (active[i]) in[n++] = t[i];
  }
  tsr_graph *first, *second;
  TSR_TRY(as_graph(c, &first));
  tsr_status status = tsr_graph_jvp(first, active, active_out, &second);
  tsr_graph_release(first);
  TSR_TRY(status);
  TSR_TRY(tsri_inline_and_release(b, second, in, out));
  for (int32_t j = 0, m = c->n_out; j < c->n_out; j++)
    out_t[j] = active_out[j] ? out[m++] : TSR_ZERO_VALUE;
  return TSR_OK;
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  tsr_graph *first, *batched;
  for (int32_t j = 0; j < c->n_out; j++)
    out_axis[j] = -1;
  TSR_TRY(as_graph(c, &first));
  tsr_status status = tsr_graph_batch(first, map->size, map->axis, out_axis, &batched);
  tsr_graph_release(first);
  TSR_TRY(status);
  return tsri_inline_and_release(b, batched, c->in, out);
}

/* ---- transpose: run the body again, then pull back through it ---- */

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  const tsr_graph *body = body_of(c);
  tsr_axes active = active_of(c);
  tsr_arena *arena = c->context->arena;
  tsr_value *in, *wall, *y, *given, *w, *result;
  size_t n_in = (size_t)body->n_inputs, n = n_in, n_w = 0;
  for (size_t i = 0; i < n_in; i++)
    if (linear[i])
      return TSR_FAIL(TSR_ERR_NO_RULE, "checkpoint_jvp: cannot transpose: not linear in input %zu",
                      i);
  TSR_TRY(TSRI_NEW(arena, n_in + (size_t)c->n_out, &in));
  TSR_TRY(TSRI_NEW(arena, n_in + (size_t)c->n_out, &wall));
  TSR_TRY(TSRI_NEW(arena, body->n_outputs, &y));
  TSR_TRY(TSRI_NEW(arena, body->n_outputs, &given));
  TSR_TRY(TSRI_NEW(arena, active.n, &w));
  TSR_TRY(TSRI_NEW(arena, active.n, &result));
  for (size_t i = 0; i < n_in; i++)
    in[i] = c->in[i];
  for (int32_t j = 0; j < c->n_out; j++)
    if (!tsr_value_is_zero(ct[j])) in[n++] = ct[j];
  TSR_TRY(tsr_barrier(b, tsr_values_of(in, n), wall));
  n = n_in;
  for (int32_t j = 0, m = 0; j < body->n_outputs; j++) {
    given[j] = TSR_ZERO_VALUE;
    if (has_tangent(body, j) && !tsr_value_is_zero(ct[m++])) given[j] = wall[n++];
  }
  for (size_t k = 0; k < active.n; k++)
    if (linear[n_in + k]) w[n_w++] = wall[active.data[k]];
  TSR_TRY(tsr_graph_inline(b, body, wall, y));
  size_t n_y = (size_t)body->n_outputs;
  TSR_TRY(tsr_pullback(b, tsr_values_of(y, n_y), tsr_values_of(given, n_y), tsr_values_of(w, n_w),
                       result));
  n_w = 0;
  for (size_t k = 0; k < active.n; k++)
    if (linear[n_in + k]) in_ct[n_in + k] = result[n_w++];
  return TSR_OK;
}

const tsr_rules tsri_checkpoint_jvp_rules = {.infer = infer,
                                             .count = count,
                                             .jvp = jvp,
                                             .transpose = transpose,
                                             .batch = batch,
                                             .lower = lower};
