/* transform/pullback.c - cotangents along a trace: linearise, then walk back.
 *
 * The tangents of wrt are stood in for by fresh zeros, which nothing else uses. Pushing
 * them forward records the linear part; it is walked backwards through the transpose
 * rules and is dead afterwards, together with the zeros, so a rebuild drops it.
 */
#include "axes.h"
#include "transform/transform_internal.h"

typedef struct pull {
  tsr_builder *b;
  tsr_arena arena;
  tsr_arena in_hand;
  int32_t base; /* first value number the arrays cover */
  int32_t n_values;
  bool *linear;  /* [n_values] depends on the stand-ins */
  tsr_value *ct; /* [n_values] "no value" stands for zero */
} pull;

static bool is_linear(const pull *p, int32_t v) {
  return v >= p->base && v < p->base + p->n_values && p->linear[v - p->base];
}

static void add_cotangent(pull *p, int32_t v, tsr_value ct) {
  tsr_value *sum = &p->ct[v - p->base];
  *sum = tsr_value_is_none(*sum) ? ct : tsr_add(p->b, *sum, ct);
}

/* The operands that depend on the stand-ins must be ones the op is linear in. */
static tsr_status find_linear_operands(const pull *p, const tsr_node *node, tsr_call *c,
                                       tsr_value *in, bool *linear) {
  int32_t n = 0;
  for (int32_t i = 0; i < c->n_in; i++) {
    linear[i] = is_linear(p, node->in[i]);
    if (!linear[i]) continue;
    n++;
    in[i] = TSR_NO_VALUE;
    if (c->op->lin != TSR_LIN_REGION && !tsr_op_is_linear_in(c->op, i))
      return TSR_FAIL(TSR_ERR_NO_RULE, "%s: cannot transpose: not linear in operand %d",
                      c->op->name, (int)i);
  }
  if (c->op->lin == TSR_LIN_EACH && n > 1)
    return TSR_FAIL(TSR_ERR_NO_RULE, "%s: cannot transpose: not linear in %d operands together",
                    c->op->name, (int)n);
  return TSR_OK;
}

static tsr_status run_node(pull *p, const tsr_node *node) {
  bool live = false, reached = false;
  for (int32_t j = 0; j < node->n_out; j++)
    live |= is_linear(p, node->out[j]) && !tsr_value_is_none(p->ct[node->out[j] - p->base]);
  for (int32_t i = 0; i < node->n_in && !reached; i++)
    reached = is_linear(p, node->in[i]);
  if (!live || !reached) return TSR_OK;

  tsr_arena_reset(&p->in_hand);
  tsr_call_context context = {&p->in_hand, p->b->space};
  tsr_call c;
  tsr_value *in, *ct, *in_ct;
  bool *linear;
  TSR_TRY(tsri_call_of(p->b, node, &context, &c));
  TSR_TRY(TSRI_NEW(&p->in_hand, c.n_in, &in));
  TSR_TRY(TSRI_NEW(&p->in_hand, c.n_in, &in_ct));
  TSR_TRY(TSRI_NEW(&p->in_hand, c.n_in, &linear));
  TSR_TRY(TSRI_NEW(&p->in_hand, c.n_out, &ct));
  for (int32_t i = 0; i < c.n_in; i++) {
    in[i] = c.in[i];
    in_ct[i] = TSR_ZERO_VALUE;
  }
  TSR_TRY(find_linear_operands(p, node, &c, in, linear));
  c.in = in;
  c.out = NULL;
  for (int32_t j = 0; j < c.n_out; j++) {
    ct[j] = p->ct[node->out[j] - p->base];
    if (tsr_value_is_none(ct[j])) ct[j] = TSR_ZERO_VALUE;
  }
  if (!node->rules->transpose) return tsri_no_rule(c.op, "no transpose rule");
  TSR_TRY(node->rules->transpose(p->b, &c, linear, ct, in_ct));
  TSR_TRY(tsr_builder_status(p->b));
  for (int32_t i = 0; i < c.n_in; i++) {
    if (!linear[i] || tsr_value_is_zero(in_ct[i])) continue;
    TSR_TRY(tsri_check_result(p->b, c.op, "transpose", in_ct[i], &c.in_type[i]));
    add_cotangent(p, node->in[i], in_ct[i]);
  }
  return TSR_OK;
}

/* Whatever is computed from the stand-ins depends on them. */
static void mark_linear(pull *p, const tsri_view *view, int32_t first_node) {
  for (int32_t k = first_node; k < view->n_nodes; k++) {
    const tsr_node *node = &view->nodes[k];
    bool linear = false;
    for (int32_t i = 0; i < node->n_in && !linear; i++)
      linear = is_linear(p, node->in[i]);
    for (int32_t j = 0; linear && j < node->n_out; j++)
      p->linear[node->out[j] - p->base] = true;
  }
}

static tsr_status walk(pull *p, int32_t first_node, tsr_values outputs, tsr_values cotangents,
                       tsr_values in, tsr_value *out) {
  tsri_view view;
  tsri_trace_view(p->b, &view);
  p->n_values = view.n_values - p->base;
  TSR_TRY(TSRI_NEW(&p->arena, p->n_values, &p->linear));
  TSR_TRY(TSRI_NEW(&p->arena, p->n_values, &p->ct));
  for (size_t i = 0; i < in.n; i++)
    p->linear[tsri_number_of(p->b, in.data[i]) - p->base] = true;
  mark_linear(p, &view, first_node);
  for (size_t j = 0; j < outputs.n; j++) {
    if (tsr_value_is_zero(outputs.data[j]) || tsr_value_is_zero(cotangents.data[j])) continue;
    int32_t v = tsri_number_of(p->b, outputs.data[j]);
    if (is_linear(p, v)) add_cotangent(p, v, cotangents.data[j]);
  }
  for (int32_t k = view.n_nodes - 1; k >= first_node; k--) {
    tsri_view now; /* rules record */
    tsri_trace_view(p->b, &now);
    tsr_node node = now.nodes[k];
    TSR_TRY(run_node(p, &node));
  }
  for (size_t i = 0; i < in.n; i++) {
    tsr_value ct = p->ct[tsri_number_of(p->b, in.data[i]) - p->base];
    out[i] = tsr_value_is_none(ct) ? TSR_ZERO_VALUE : ct;
  }
  return tsr_builder_status(p->b);
}

tsr_status tsri_pull(tsr_builder *b, int32_t first_node, int32_t first_value, tsr_values outputs,
                     tsr_values cotangents, tsr_values in, tsr_value *out) {
  pull p = {.b = b, .base = first_value};
  tsr_status status = walk(&p, first_node, outputs, cotangents, in, out);
  tsr_arena_deinit(&p.in_hand);
  tsr_arena_deinit(&p.arena);
  return tsr_builder_fail(b, status);
}

static tsr_status pullback(tsr_builder *b, tsr_arena *arena, tsr_values outputs,
                           tsr_values cotangents, tsr_values wrt, tsr_value *out) {
  tsr_value *stand_in, *t;
  TSR_TRY(TSRI_NEW(arena, wrt.n, &stand_in));
  TSR_TRY(TSRI_NEW(arena, outputs.n, &t));
  tsri_view before;
  tsri_trace_view(b, &before);
  for (size_t i = 0; i < wrt.n; i++) {
    tsr_type type;
    TSR_TRY(tsr_value_type(b, wrt.data[i], &type));
    stand_in[i] = tsri_zeros(b, &type);
  }
  TSR_TRY(tsr_builder_status(b));
  tsr_values stand_ins = tsr_values_of(stand_in, wrt.n);
  TSR_TRY(tsri_push(b, TSRI_REVERSE, outputs, wrt, stand_ins, t));
  return tsri_pull(b, before.n_nodes, before.n_values, tsr_values_of(t, outputs.n), cotangents,
                   stand_ins, out);
}

static tsr_status check_cotangents(tsr_builder *b, tsr_values outputs, tsr_values cotangents) {
  if (outputs.n != cotangents.n)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "pullback: %zu outputs but %zu cotangents", outputs.n,
                    cotangents.n);
  TSR_TRY(tsri_check_list("pullback", "cotangents", cotangents.data, cotangents.n));
  for (size_t j = 0; j < outputs.n; j++)
    TSR_TRY(tsri_require_partner(b, "pullback: cotangent", j, cotangents.data[j], outputs.data[j]));
  return TSR_OK;
}

tsr_status tsr_pullback(tsr_builder *b, tsr_values outputs, tsr_values cotangents, tsr_values wrt,
                        tsr_value *out) {
  for (size_t i = 0; i < wrt.n; i++)
    out[i] = TSR_NO_VALUE;
  TSR_TRY(tsr_builder_status(b));
  tsr_arena arena = {0};
  tsr_status status = tsri_require_trace(b, "pullback", outputs);
  if (status == TSR_OK) status = tsri_require_trace(b, "pullback", wrt);
  if (status == TSR_OK) status = check_cotangents(b, outputs, cotangents);
  if (status == TSR_OK) status = pullback(b, &arena, outputs, cotangents, wrt, out);
  tsr_arena_deinit(&arena);
  for (size_t i = 0; status != TSR_OK && i < wrt.n; i++)
    out[i] = TSR_NO_VALUE;
  return tsr_builder_fail(b, status);
}
