/* ops/control_scan_transpose.c - a linear scan run backwards.
 *
 * With the body linear in some operands, the transpose runs the rounds in the opposite
 * order: cotangents of the carry are the carry, cotangents of ys come in as xs, those of xs
 * go out as ys, and those of consts are summed over the rounds in the carry. A carry that
 * is not linear (a counter) has to be known in each round: a scan over such carries alone
 * runs first and stacks them.
 */
#include "ops/control_scan_internal.h"

typedef struct backward {
  tsri_loop l;
  tsr_arena *arena;
  bool *linear;     /* [n_in] operands and carries that are linear in any round */
  bool *live_out;   /* [n_out] outputs with a cotangent in any round */
  bool *live_in;    /* [n_in] linear inputs that get one */
  tsr_graph *step;  /* unmarked inputs, cotangents of live outputs -> of live inputs */
  tsr_value *stack; /* [n_in] what stands for an unmarked carry: its values, stacked */
  int32_t n_sums, n_carry;
} backward;

static tsr_status prepare(backward *k, const tsr_call *c, const bool *linear, const tsr_value *ct) {
  bool *reached, *needed;
  TSR_TRY(TSRI_NEW(k->arena, c->n_in, &k->linear));
  TSR_TRY(TSRI_NEW(k->arena, c->n_in, &k->live_in));
  TSR_TRY(TSRI_NEW(k->arena, c->n_in, &k->stack));
  TSR_TRY(TSRI_NEW(k->arena, c->n_out, &k->live_out));
  TSR_TRY(TSRI_NEW(k->arena, c->n_out, &reached));
  TSR_TRY(TSRI_NEW(k->arena, c->n_in, &needed));
  for (int32_t i = 0; i < c->n_in; i++)
    k->linear[i] = linear[i];
  TSR_TRY(tsri_loop_reach(&k->l, TSRI_REACH_ANY, k->linear, reached));
  for (int32_t j = 0; j < c->n_out; j++)
    k->live_out[j] = reached[j] && !tsr_value_is_zero(ct[j]);
  TSR_TRY(tsri_loop_reach_back(&k->l, k->live_out, needed));
  for (int32_t j = 0; j < k->l.n_carry; j++) {
    k->live_out[j] &= k->linear[k->l.n_consts + j];
    k->live_in[k->l.n_consts + j] = k->live_out[j];
  }
  return tsri_transpose_graph(k->l.body, k->linear, k->live_out, k->live_in, &k->step);
}

static bool is_carry(const backward *k, int32_t i) {
  return i >= k->l.n_consts && i < k->l.n_consts + k->l.n_carry;
}

/* ---- carries that are not linear ---- */

static tsr_status stack_others(backward *k, tsr_builder *b, const tsr_call *c) {
  const tsr_graph *g = k->l.body;
  int32_t n = 0, n_in = 0, n_consts = 0;
  int32_t *in, *out;
  tsr_value *operands, *results;
  TSR_TRY(TSRI_NEW(k->arena, c->n_in, &in));
  TSR_TRY(TSRI_NEW(k->arena, 2 * k->l.n_carry, &out));
  TSR_TRY(TSRI_NEW(k->arena, c->n_in, &operands));
  TSR_TRY(TSRI_NEW(k->arena, 2 * k->l.n_carry, &results));
  for (int32_t i = 0; i < c->n_in; i++) {
    if (k->linear[i]) continue;
    operands[n_in] = c->in[i];
    in[n_in++] = g->inputs[i];
    n_consts += i < k->l.n_consts;
    if (is_carry(k, i)) out[n++] = g->outputs[i - k->l.n_consts];
  }
  if (n == 0) return TSR_OK;
  for (int32_t i = 0, m = n; i < c->n_in; i++)
    if (is_carry(k, i) && !k->linear[i]) out[m++] = g->inputs[i];
  tsr_graph *body;
  TSR_TRY(tsri_extract(g, n_in, in, 2 * n, out, &body));
  bool reverse = ((const tsr_scan_attrs *)c->attrs)->reverse;
  TSR_TRY(tsri_scan_emit(b, c, body, n_consts, n, reverse, operands, results));
  for (int32_t i = 0, m = n; i < c->n_in; i++)
    if (is_carry(k, i) && !k->linear[i]) k->stack[i] = results[m++];
  return TSR_OK;
}

/* ---- the body of the backward scan ---- */

/* Inputs: consts | sums, cotangents of carries | other xs, stacked carries, cotangents of ys. */
static tsr_status body_of(backward *k, tsr_graph **out) {
  const tsr_graph *step = k->step;
  int32_t n_consts = 0, n_plain = 0, n_ct = step->n_inputs;
  for (int32_t i = 0; i < k->l.n_in; i++) {
    n_plain += !k->linear[i];
    n_consts += i < k->l.n_consts && !k->linear[i];
    k->n_sums += i < k->l.n_consts && k->live_in[i];
    k->n_carry += is_carry(k, i) && k->live_in[i];
  }
  n_ct -= n_plain;
  int32_t n_in = step->n_inputs + k->n_sums, at = 0;
  tsr_type *types;
  tsr_value *in, *step_in, *step_out;
  int32_t *from; /* of the step's inputs */
  TSR_TRY(TSRI_NEW(k->arena, n_in, &types));
  TSR_TRY(TSRI_NEW(k->arena, n_in, &in));
  TSR_TRY(TSRI_NEW(k->arena, step->n_inputs, &from));
  TSR_TRY(TSRI_NEW(k->arena, step->n_inputs, &step_in));
  TSR_TRY(TSRI_NEW(k->arena, step->n_outputs, &step_out));
  for (int32_t i = 0; i < n_consts; i++)
    from[i] = at++;
  for (int32_t i = 0; i < k->n_sums; i++)
    types[at++] = step->types[step->outputs[i]];
  for (int32_t i = 0; i < k->n_carry; i++)
    from[n_plain + i] = at++;
  for (int32_t i = n_consts; i < n_plain; i++)
    from[i] = at++;
  for (int32_t i = k->n_carry; i < n_ct; i++)
    from[n_plain + i] = at++;
  for (int32_t i = 0; i < step->n_inputs; i++)
    types[from[i]] = step->types[step->inputs[i]];
  tsr_builder *b;
  TSR_TRY(tsri_open(step, n_in, types, in, &b));
  for (int32_t i = 0; i < step->n_inputs; i++)
    step_in[i] = in[from[i]];
  (void)tsr_graph_inline(b, step, step_in, step_out); /* latches */
  for (int32_t i = 0; i < k->n_sums; i++)
    step_out[i] = tsr_add(b, in[n_consts + i], step_out[i]);
  return tsri_finish(b, step_out, step->n_outputs, out);
}

static tsr_status operands_of(backward *k, tsr_builder *b, const tsr_call *c, const tsr_value *ct,
                              tsr_value **out, int32_t *n_consts) {
  int32_t n = 0;
  TSR_TRY(TSRI_NEW(k->arena, k->step->n_inputs + k->n_sums, out));
  tsr_value *in = *out;
  for (int32_t i = 0; i < k->l.n_consts; i++)
    if (!k->linear[i]) in[n++] = c->in[i];
  *n_consts = n;
  for (int32_t i = 0; i < k->l.n_consts; i++)
    if (k->live_in[i]) in[n++] = tsri_zeros(b, &c->in_type[i]);
  for (int32_t j = 0; j < k->l.n_carry; j++)
    if (k->live_out[j]) in[n++] = tsri_materialise(b, ct[j], &c->out_type[j]);
  for (int32_t i = k->l.n_consts; i < k->l.n_in; i++)
    if (!k->linear[i]) in[n++] = is_carry(k, i) ? k->stack[i] : c->in[i];
  for (int32_t j = k->l.n_carry; j < k->l.n_out; j++)
    if (k->live_out[j]) in[n++] = ct[j];
  return TSR_OK;
}

static tsr_status run(backward *k, tsr_builder *b, const tsr_call *c, const tsr_value *ct,
                      tsr_value *in_ct) {
  tsr_graph *body;
  tsr_value *in, *out;
  int32_t n_consts;
  TSR_TRY(stack_others(k, b, c));
  TSR_TRY(TSRI_NEW(k->arena, k->step->n_outputs, &out));
  TSR_TRY(body_of(k, &body));
  tsr_status status = operands_of(k, b, c, ct, &in, &n_consts);
  if (status != TSR_OK) return tsr_graph_release(body), status;
  bool reverse = ((const tsr_scan_attrs *)c->attrs)->reverse;
  TSR_TRY(tsri_scan_emit(b, c, body, n_consts, k->n_sums + k->n_carry, !reverse, in, out));
  for (int32_t i = 0, n = 0; i < k->l.n_in; i++)
    in_ct[i] = k->live_in[i] ? out[n++] : TSR_ZERO_VALUE;
  return TSR_OK;
}

tsr_status tsri_scan_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                               const tsr_value *ct, tsr_value *in_ct) {
  backward k = {.l = tsri_scan_loop(c), .arena = c->context->arena};
  tsr_status status = prepare(&k, c, linear, ct);
  if (status == TSR_OK) status = run(&k, b, c, ct, in_ct);
  tsr_graph_release(k.step);
  return status;
}
