/* ops/control_scan_linearize.c - scan in reverse mode: keep residuals, then one linear scan.
 *
 * The recorded scan is amended: its body also gives the residuals of each round, stacked.
 * Some residuals cost nothing more: those that are operands of the scan or can be computed
 * from its consts alone are passed as they are, slices of xs and of ys are there already.
 */
#include "ops/control_scan_internal.h"

typedef enum source {
  FROM_CONST, /* operand `index` */
  FROM_HOIST, /* value `index` of those computed from consts, outside the loop */
  FROM_XS,    /* operand `index`, stacked */
  FROM_OUTPUT /* output `index` of the scan, stacked */
} source;

typedef struct residual {
  source from;
  int32_t index;
} residual;

typedef struct split {
  tsri_loop l;
  tsr_arena *arena;
  bool *active, *active_out, *wanted;
  tsr_graph *primal, *linear;
  int32_t n_res, n_hoist, n_outputs; /* n_outputs: of the amended scan */
  residual *res;                     /* [n_res] */
  int32_t *hoisted;                  /* [n_hoist] value numbers in primal */
  int32_t *outputs;                  /* [n_outputs] value numbers in primal */
  tsr_value *hoist;                  /* [n_hoist] */
  tsr_value *all;                    /* [n_outputs] outputs of the amended scan */
} split;

/* ---- what becomes of each residual ---- */

/* Which values change from round to round; and the place of a value among inputs and ys. */
static tsr_status look(const split *s, bool *varies, int32_t *input, int32_t *ys) {
  const tsr_graph *g = s->primal;
  for (int32_t v = 0; v < g->n_values; v++)
    input[v] = ys[v] = -1;
  for (int32_t i = 0; i < g->n_inputs; i++) {
    input[g->inputs[i]] = i;
    varies[g->inputs[i]] = i >= s->l.n_consts;
  }
  for (int32_t n = 0; n < g->n_nodes; n++) {
    const tsr_node *node = &g->nodes[n];
    bool any = node->op->effect != TSR_EFFECT_PURE;
    for (int32_t i = 0; i < node->n_in && !any; i++)
      any = varies[node->in[i]];
    for (int32_t j = 0; j < node->n_out; j++)
      varies[node->out[j]] = any;
  }
  for (int32_t j = s->l.n_carry; j < s->l.n_out; j++)
    ys[g->outputs[j]] = j;
  return TSR_OK;
}

static tsr_status place_residuals(split *s) {
  const tsr_graph *g = s->primal;
  bool *varies;
  int32_t *input, *ys;
  s->n_res = g->n_outputs - s->l.n_out;
  TSR_TRY(TSRI_NEW(s->arena, g->n_values, &varies));
  TSR_TRY(TSRI_NEW(s->arena, g->n_values, &input));
  TSR_TRY(TSRI_NEW(s->arena, g->n_values, &ys));
  TSR_TRY(TSRI_NEW(s->arena, s->n_res, &s->res));
  TSR_TRY(TSRI_NEW(s->arena, s->n_res, &s->hoisted));
  TSR_TRY(TSRI_NEW(s->arena, s->n_res, &s->hoist));
  TSR_TRY(TSRI_NEW(s->arena, g->n_outputs, &s->outputs));
  TSR_TRY(look(s, varies, input, ys));
  for (int32_t j = 0; j < s->l.n_out; j++)
    s->outputs[s->n_outputs++] = g->outputs[j];
  for (int32_t r = 0; r < s->n_res; r++) {
    int32_t v = g->outputs[s->l.n_out + r];
    if (input[v] >= 0 && !varies[v]) {
      s->res[r] = (residual){FROM_CONST, input[v]};
    } else if (input[v] >= s->l.n_consts + s->l.n_carry) {
      s->res[r] = (residual){FROM_XS, input[v]};
    } else if (!varies[v]) {
      s->hoisted[s->n_hoist] = v;
      s->res[r] = (residual){FROM_HOIST, s->n_hoist++};
    } else if (ys[v] >= 0) {
      s->res[r] = (residual){FROM_OUTPUT, ys[v]};
    } else {
      s->outputs[s->n_outputs] = v;
      s->res[r] = (residual){FROM_OUTPUT, s->n_outputs++};
    }
  }
  return TSR_OK;
}

static tsr_status hoist(split *s, tsr_builder *b, const tsr_call *c) {
  tsr_graph *outside;
  if (s->n_hoist == 0) return TSR_OK;
  TSR_TRY(
      tsri_extract(s->primal, s->l.n_consts, s->primal->inputs, s->n_hoist, s->hoisted, &outside));
  return tsri_inline_and_release(b, outside, c->in, s->hoist);
}

/* ---- the primal scan gives more ---- */

static tsr_status amend(split *s, tsr_builder *b, const tsr_call *c) {
  TSR_TRY(TSRI_NEW(s->arena, s->n_outputs, &s->all));
  for (int32_t j = 0; j < s->l.n_out; j++)
    s->all[j] = c->out[j];
  if (s->n_outputs == s->l.n_out) return TSR_OK;
  tsr_scan_attrs attrs = *(const tsr_scan_attrs *)c->attrs;
  tsr_graph *body;
  TSR_TRY(tsri_extract(s->primal, s->primal->n_inputs, s->primal->inputs, s->n_outputs, s->outputs,
                       &body));
  attrs.body = &body->object;
  int32_t n;
  tsr_value *out;
  tsr_status status = tsr_graph_builder_amend(b, c->out[0], &attrs, &n, &out);
  tsr_graph_release(body);
  TSR_TRY(status);
  for (int32_t j = 0; j < n && j < s->n_outputs; j++)
    s->all[j] = out[j];
  tsr_free(out, (size_t)n * sizeof *out, 0);
  return TSR_OK;
}

/* ---- the linear scan ---- */

static tsr_value value_of(const split *s, const tsr_call *c, const residual *r) {
  if (r->from == FROM_HOIST) return s->hoist[r->index];
  return r->from == FROM_OUTPUT ? s->all[r->index] : c->in[r->index];
}

/* Operands: residuals that stay, tangents of consts | of carries | other residuals, of xs. */
static tsr_status emit_linear(split *s, tsr_builder *b, const tsr_call *c, const tsr_value *t,
                              bool reverse, tsr_value *out) {
  int32_t n = s->linear->n_inputs, at = 0, n_consts = 0, n_carry = 0;
  int32_t *place;
  tsr_value *in;
  TSR_TRY(TSRI_NEW(s->arena, n, &place));
  TSR_TRY(TSRI_NEW(s->arena, n, &in));
  for (int32_t stacked = 0; stacked < 2; stacked++) {
    for (int32_t r = 0; r < s->n_res; r++) {
      bool stays = s->res[r].from == FROM_CONST || s->res[r].from == FROM_HOIST;
      if (stays != !stacked) continue;
      in[at] = value_of(s, c, &s->res[r]);
      place[r] = at++;
    }
    /* tangents, in order of operands: consts and carries first, xs later */
    int32_t first_xs = s->l.n_consts + s->l.n_carry;
    for (int32_t i = 0, k = s->n_res; i < s->l.n_in; i++) {
      if (!s->active[i]) continue;
      if ((i >= first_xs) == (stacked == 1)) {
        in[at] = tsri_materialise(b, t[i], &c->in_type[i]);
        place[k] = at++;
      }
      k++;
    }
    if (stacked) break;
    for (int32_t i = s->l.n_consts; i < first_xs; i++)
      n_carry += s->active[i];
    n_consts = at - n_carry;
  }
  tsr_graph *body;
  TSR_TRY(tsri_permute(s->arena, s->linear, place, s->linear->n_outputs, NULL, &body));
  return tsri_scan_emit(b, c, body, n_consts, n_carry, reverse, in, out);
}

static tsr_status linearize(split *s, tsr_builder *b, const tsr_call *c, const tsr_value *t,
                            tsr_value *out_t) {
  bool reverse = ((const tsr_scan_attrs *)c->attrs)->reverse;
  for (int32_t j = 0; j < s->l.n_out; j++) {
    bool is_carry = j < s->l.n_carry;
    s->wanted[j] = s->active_out[j] && (is_carry || !tsr_value_is_zero(out_t[j]));
    s->active_out[j] &= is_carry; /* must have a tangent; ys only if they do */
  }
  TSR_TRY(
      tsri_linearize_graph(s->l.body, s->active, s->wanted, s->active_out, &s->primal, &s->linear));
  TSR_TRY(place_residuals(s));
  TSR_TRY(hoist(s, b, c));
  TSR_TRY(amend(s, b, c)); /* c->attrs are gone from here on but for plain numbers */
  tsr_value *out;
  TSR_TRY(TSRI_NEW(s->arena, s->linear->n_outputs, &out));
  TSR_TRY(emit_linear(s, b, c, t, reverse, out));
  for (int32_t j = 0, n = 0; j < s->l.n_out; j++)
    out_t[j] = s->active_out[j] ? out[n++] : TSR_ZERO_VALUE;
  return TSR_OK;
}

tsr_status tsri_scan_linearize(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                               tsr_value *out_t) {
  split s = {.l = tsri_scan_loop(c), .arena = c->context->arena};
  TSR_TRY(TSRI_NEW(s.arena, c->n_in, &s.active));
  TSR_TRY(TSRI_NEW(s.arena, c->n_out, &s.active_out));
  TSR_TRY(TSRI_NEW(s.arena, c->n_out, &s.wanted));
  for (int32_t i = 0; i < c->n_in; i++)
    s.active[i] = !tsr_value_is_zero(t[i]);
  TSR_TRY(tsri_loop_reach(&s.l, TSRI_REACH_TANGENT, s.active, s.active_out));
  tsr_status status = linearize(&s, b, c, t, out_t);
  tsr_graph_release(s.primal);
  tsr_graph_release(s.linear);
  return status;
}
