/* ops/control_checkpoint.c - z = body(x), recomputed when differentiated.
 *
 * The tangent of a checkpoint is one op, checkpoint_jvp, which is linear in its tangents and
 * reads nothing but the operands: no residual of the body is kept.
 */
#include "ops/control_internal.h"

static const tsr_graph *body_of(const tsr_call *c) {
  return tsr_object_as_graph(((const tsr_checkpoint_attrs *)c->attrs)->body);
}

static tsr_status count(const tsr_call *c, int32_t *out_n) {
  const tsr_graph *body;
  TSR_TRY(tsri_region(c, "body", ((const tsr_checkpoint_attrs *)c->attrs)->body, &body));
  *out_n = body->n_outputs;
  return TSR_OK;
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_graph *body = body_of(c);
  TSR_TRY(tsri_check_region(c, "body", body, c->n_in, c->in_type));
  for (int32_t j = 0; j < body->n_outputs; j++)
    out[j] = body->types[body->outputs[j]];
  return TSR_OK;
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_graph *body = body_of(c);
  tsr_arena *arena = c->context->arena;
  bool *active, *reached;
  int64_t *list;
  tsr_value *in, *out;
  int32_t n = 0;
  TSR_TRY(TSRI_NEW(arena, c->n_in, &active));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &reached));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &list));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_in, &in));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &out));
  for (int32_t i = 0; i < c->n_in; i++) {
    in[i] = c->in[i];
    active[i] = !tsr_value_is_zero(t[i]);
    if (!active[i]) continue;
    in[c->n_in + n] = t[i];
    list[n++] = i;
  }
  tsr_checkpoint_jvp_attrs attrs = {
      .body = &body->object, .active = {list, (size_t)n}
  };
  TSR_TRY(tsri_reach_outputs(body, TSRI_REACH_TANGENT, active, reached));
  TSR_TRY(tsr_emit(b, tsr_op_core(TSR_OP_CHECKPOINT_JVP), &attrs,
                   tsr_values_of(in, (size_t)(c->n_in + n)), out));
  for (int32_t j = 0, m = 0; j < c->n_out; j++) {
    bool has_tangent = tsr_dtype_is_active(c->out_type[j].dtype);
    out_t[j] = has_tangent && reached[j] ? out[m] : TSR_ZERO_VALUE;
    m += has_tangent;
  }
  return TSR_OK;
}

/* Side by side with the values: a checkpoint of the body's own derivative, which is run again
 * as a whole when that is differentiated.
 */
tsr_status tsri_checkpoint_both(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                                tsr_value *out, tsr_value *out_t) {
  tsr_arena *arena = c->context->arena;
  bool *active, *active_out;
  tsr_value *in, *made;
  int32_t n = c->n_in;
  TSR_TRY(TSRI_NEW(arena, c->n_in, &active));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &active_out));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_in, &in));
  TSR_TRY(TSRI_NEW(arena, 2 * c->n_out, &made));
  for (int32_t i = 0; i < c->n_in; i++) {
    in[i] = c->in[i];
    active[i] = !tsr_value_is_zero(t[i]);
    if (active[i]) in[n++] = t[i];
  }
  tsr_graph *body;
  TSR_TRY(tsr_graph_jvp(body_of(c), active, active_out, &body));
  tsr_checkpoint_attrs attrs = {.body = &body->object};
  tsr_status status = tsr_emit(b, c->op, &attrs, tsr_values_of(in, (size_t)n), made);
  tsr_graph_release(body);
  for (int32_t j = 0, m = c->n_out; status == TSR_OK && j < c->n_out; j++) {
    out[j] = made[j];
    out_t[j] = active_out[j] ? made[m++] : TSR_ZERO_VALUE;
  }
  return status;
}

/* Of a body that is linear itself; what the derivative of another needs is checkpoint_jvp's. */
static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  tsr_arena *arena = c->context->arena;
  bool *live_out, *live_in;
  tsr_value *in, *out;
  int32_t n = 0;
  TSR_TRY(TSRI_NEW(arena, c->n_out, &live_out));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &live_in));
  TSR_TRY(TSRI_NEW(arena, c->n_in + c->n_out, &in));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &out));
  for (int32_t i = 0; i < c->n_in; i++)
    if (!linear[i]) in[n++] = c->in[i];
  for (int32_t j = 0; j < c->n_out; j++) {
    live_out[j] = !tsr_value_is_zero(ct[j]);
    if (live_out[j]) in[n++] = ct[j];
  }
  tsr_graph *back;
  TSR_TRY(tsri_transpose_graph(body_of(c), linear, live_out, live_in, &back));
  TSR_TRY(tsri_inline_and_release(b, back, in, out));
  for (int32_t i = 0, m = 0; i < c->n_in; i++)
    in_ct[i] = live_in[i] ? out[m++] : TSR_ZERO_VALUE;
  return TSR_OK;
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  tsr_graph *body;
  for (int32_t j = 0; j < c->n_out; j++)
    out_axis[j] = -1;
  TSR_TRY(tsr_graph_batch(body_of(c), map->size, map->axis, out_axis, &body));
  tsr_checkpoint_attrs attrs = {.body = &body->object};
  tsr_status status = tsr_emit(b, c->op, &attrs, tsr_values_of(c->in, (size_t)c->n_in), out);
  tsr_graph_release(body);
  return status;
}

static tsr_status lower(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  return tsr_graph_inline(b, body_of(c), c->in, out);
}

/* Outputs nobody reads, and operands only they need. */
static tsr_status prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  const tsr_graph *body = body_of(c);
  tsr_arena *arena = c->context->arena;
  bool *used;
  int32_t *in, *outputs, n_in = 0, n_out = 0;
  tsr_value *operands, *made;
  TSR_TRY(TSRI_NEW(arena, c->n_in, &used));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &in));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &operands));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &outputs));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &made));
  TSR_TRY(tsri_reach_inputs(body, live, used));
  for (int32_t i = 0; i < c->n_in; i++) {
    if (!used[i]) continue;
    operands[n_in] = c->in[i];
    in[n_in++] = body->inputs[i];
  }
  for (int32_t j = 0; j < c->n_out; j++)
    if (live[j]) outputs[n_out++] = body->outputs[j];
  if (n_in == c->n_in && n_out == c->n_out) return TSR_OK;
  tsr_graph *small;
  TSR_TRY(tsri_extract(body, n_in, in, n_out, outputs, &small));
  tsr_checkpoint_attrs attrs = {.body = &small->object};
  tsr_status status = tsr_emit(b, c->op, &attrs, tsr_values_of(operands, (size_t)n_in), made);
  tsr_graph_release(small);
  for (int32_t j = 0, n = 0; status == TSR_OK && j < c->n_out; j++)
    if (live[j]) out[j] = made[n++];
  return status;
}

const tsr_rules tsri_checkpoint_rules = {.infer = infer,
                                         .count = count,
                                         .jvp = jvp,
                                         .transpose = transpose,
                                         .batch = batch,
                                         .prune = prune,
                                         .lower = lower};
