/* transform/apply_jvp.c - tangents of one application: derived from its row, or by its rule.
 *
 * Linearity is data, so most ops need no rule: an op linear in some operands jointly is
 * applied to their tangents, an op linear in each gives the product rule.
 */
#include "transform/transform_internal.h"

tsr_value tsri_materialise(tsr_builder *b, tsr_value v, const tsr_type *type) {
  return tsr_value_is_zero(v) ? tsri_zeros(b, type) : v;
}

tsr_status tsri_no_rule(const tsr_op *op, const char *why) {
  return TSR_FAIL(TSR_ERR_NO_RULE, "%s: %s", op->name, why);
}

tsr_status tsri_check_result(tsr_builder *b, const tsr_op *op, const char *rule, tsr_value v,
                             const tsr_type *type) {
  if (tsr_value_is_zero(v)) return TSR_OK;
  TSR_TRY(tsr_builder_status(b));
  if (tsr_value_is_none(v))
    return TSR_FAIL(TSR_ERR_INTERNAL, "%s: its %s rule left a result out", op->name, rule);
  tsr_type have;
  TSR_TRY(tsr_value_type(b, v, &have));
  if (tsr_type_same(b->space, &have, type)) return TSR_OK;
  char got[128], want[128];
  return TSR_FAIL(TSR_ERR_INTERNAL, "%s: its %s rule gave %s where %s belongs", op->name, rule,
                  tsr_type_format(&have, got, sizeof got),
                  tsr_type_format(type, want, sizeof want));
}

/* Sums drop a missing term; any other op linear in several operands needs zeros for it. */
static tsr_status joint(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  if (c->op == tsr_op_core(TSR_OP_ADD)) {
    out_t[0] = tsr_add(b, t[0], t[1]);
    return TSR_OK;
  }
  if (c->op == tsr_op_core(TSR_OP_SUB)) {
    out_t[0] = tsr_sub(b, t[0], t[1]);
    return TSR_OK;
  }
  tsr_value *in;
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_in, &in));
  for (int32_t i = 0; i < c->n_in; i++)
    in[i] = tsr_op_is_linear_in(c->op, i) ? tsri_materialise(b, t[i], &c->in_type[i]) : c->in[i];
  return tsr_emit(b, c->op, c->attrs, tsr_values_of(in, (size_t)c->n_in), out_t);
}

/* dz = sum over i of f(x1 .. dxi .. xn) */
static tsr_status each(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  tsr_value *in, *term;
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_in, &in));
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_out, &term));
  for (int32_t i = 0; i < c->n_in; i++)
    in[i] = c->in[i];
  for (int32_t j = 0; j < c->n_out; j++)
    out_t[j] = TSR_ZERO_VALUE;
  for (int32_t i = 0; i < c->n_in; i++) {
    if (!tsr_op_is_linear_in(c->op, i) || tsr_value_is_zero(t[i])) continue;
    in[i] = t[i];
    TSR_TRY(tsr_emit(b, c->op, c->attrs, tsr_values_of(in, (size_t)c->n_in), term));
    in[i] = c->in[i];
    for (int32_t j = 0; j < c->n_out; j++)
      out_t[j] = tsr_add(b, out_t[j], term[j]);
  }
  return TSR_OK;
}

static tsr_status derive(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  bool any = false;
  for (int32_t i = 0; i < c->n_in; i++)
    any |= tsr_op_is_linear_in(c->op, i) && !tsr_value_is_zero(t[i]);
  if (!any) {
    for (int32_t j = 0; j < c->n_out; j++)
      out_t[j] = TSR_ZERO_VALUE;
    return TSR_OK;
  }
  if (c->op->lin == TSR_LIN_JOINT) return joint(b, c, t, out_t);
  if (c->op->lin == TSR_LIN_EACH) return each(b, c, t, out_t);
  return tsri_no_rule(c->op, "no jvp rule, and its row gives nothing to derive one from");
}

tsr_status tsri_jvp(tsr_builder *b, const tsr_rules *rules, const tsr_call *c, const tsr_value *t,
                    tsri_mode mode, tsr_value *out_t) {
  tsr_status (*rule)(tsr_builder *, const tsr_call *, const tsr_value *, tsr_value *) = rules->jvp;
  if (mode == TSRI_REVERSE && rules->linearize) rule = rules->linearize;
  if (c->op->jvp == TSR_JVP_NONE) return tsri_no_rule(c->op, "not differentiable");
  if (c->op->jvp == TSR_JVP_RULE && !rule) return tsri_no_rule(c->op, "no jvp rule");
  TSR_TRY(rule ? rule(b, c, t, out_t) : derive(b, c, t, out_t));
  TSR_TRY(tsr_builder_status(b));
  for (int32_t j = 0; j < c->n_out; j++)
    TSR_TRY(tsri_check_result(b, c->op, "jvp", out_t[j], &c->out_type[j]));
  return TSR_OK;
}
