/* ops/control_cond_linearize.c - cond in reverse mode: keep residuals, then a linear cond.
 *
 * The recorded cond is amended: each branch also fills the slots for residuals, one set of
 * slots for all branches, because only one of them runs. A branch takes a slot of the same
 * type if another made one, and gives zeros for slots it has no use for. Residuals that
 * are operands of the cond are passed as they are.
 */
#include "ops/control_cond_internal.h"

typedef struct split {
  tsr_arena *arena;
  bool *active, *wanted; /* active: without the index */
  tsri_cases primal, linear, amended, final;
  int32_t n_active, n_slots, slots_capacity;
  tsr_type *slot;        /* [n_slots] */
  int32_t **slot_of;     /* [cases][residuals] slot, or -1 - operand */
  tsr_value *slot_value; /* [n_slots] */
} split;

static tsr_status linearize_cases(split *s, const tsr_call *c) {
  bool *given;
  TSR_TRY(TSRI_NEW(s->arena, c->n_out, &given));
  for (int32_t k = 0; k < s->primal.n; k++) {
    for (int32_t j = 0; j < c->n_out; j++)
      given[j] = s->wanted[j];
    TSR_TRY(tsri_linearize_graph(tsri_cond_case(c, k), s->active, s->wanted, given,
                                 &s->primal.graph[k], &s->linear.graph[k]));
    s->slots_capacity += s->primal.graph[k]->n_outputs;
  }
  return TSR_OK;
}

/* ---- slots ---- */

static int32_t take_slot(split *s, const tsr_graph *g, const tsr_type *type, bool *taken) {
  for (int32_t i = 0; i < s->n_slots; i++)
    if (!taken[i] && tsr_type_same(g->space, &s->slot[i], type)) return i;
  s->slot[s->n_slots] = *type;
  return s->n_slots++;
}

static tsr_status place_residuals(split *s, const tsr_call *c) {
  bool *taken;
  TSR_TRY(TSRI_NEW(s->arena, s->slots_capacity, &s->slot));
  TSR_TRY(TSRI_NEW(s->arena, s->primal.n, &s->slot_of));
  for (int32_t k = 0; k < s->primal.n; k++) {
    const tsr_graph *g = s->primal.graph[k];
    int32_t n_res = g->n_outputs - c->n_out, *input;
    TSR_TRY(TSRI_NEW(s->arena, n_res, &s->slot_of[k]));
    TSR_TRY(TSRI_NEW(s->arena, s->slots_capacity, &taken));
    TSR_TRY(TSRI_NEW(s->arena, g->n_values, &input));
    for (int32_t i = 0; i < g->n_inputs; i++)
      input[g->inputs[i]] = i + 1;
    for (int32_t r = 0; r < n_res; r++) {
      int32_t v = g->outputs[c->n_out + r];
      s->slot_of[k][r] = input[v] ? -input[v] : take_slot(s, g, &g->types[v], taken);
      if (!input[v]) taken[s->slot_of[k][r]] = true;
    }
  }
  return TSR_OK;
}

/* One branch with all slots among its outputs. */
static tsr_status amend_case(split *s, const tsr_call *c, int32_t k) {
  const tsr_graph *g = s->primal.graph[k];
  int32_t n_res = g->n_outputs - c->n_out, n = c->n_out + s->n_slots;
  tsr_type *types;
  tsr_value *in, *made, *outputs;
  TSR_TRY(tsri_input_types(s->arena, g, &types));
  TSR_TRY(TSRI_NEW(s->arena, g->n_inputs, &in));
  TSR_TRY(TSRI_NEW(s->arena, g->n_outputs, &made));
  TSR_TRY(TSRI_NEW(s->arena, n, &outputs));
  tsr_builder *b;
  TSR_TRY(tsri_open(g, g->n_inputs, types, in, &b));
  (void)tsr_graph_inline(b, g, in, made); /* latches */
  for (int32_t j = 0; j < c->n_out; j++)
    outputs[j] = made[j];
  for (int32_t r = 0; r < n_res; r++)
    if (s->slot_of[k][r] >= 0) outputs[c->n_out + s->slot_of[k][r]] = made[c->n_out + r];
  for (int32_t i = 0; i < s->n_slots; i++)
    if (tsr_value_is_none(outputs[c->n_out + i]))
      outputs[c->n_out + i] = tsri_zeros(b, &s->slot[i]);
  return tsri_finish(b, outputs, n, &s->amended.graph[k]);
}

static tsr_status amend(split *s, tsr_builder *b, const tsr_call *c) {
  TSR_TRY(TSRI_NEW(s->arena, s->n_slots, &s->slot_value));
  if (s->n_slots == 0) return TSR_OK;
  tsr_object_ref *branch;
  TSR_TRY(TSRI_NEW(s->arena, s->amended.n, &branch));
  for (int32_t k = 0; k < s->amended.n; k++) {
    TSR_TRY(amend_case(s, c, k));
    branch[k] = &s->amended.graph[k]->object;
  }
  tsr_cond_attrs attrs = {
      .branches = {branch, (size_t)s->amended.n}
  };
  int32_t n;
  tsr_value *out;
  TSR_TRY(tsr_graph_builder_amend(b, c->out[0], &attrs, &n, &out));
  for (int32_t i = 0; i < s->n_slots; i++)
    s->slot_value[i] = out[c->n_out + i];
  tsr_free(out, (size_t)n * sizeof *out, 0);
  return TSR_OK;
}

/* ---- the linear cond: (index, operands, slots, tangents) -> tangents ---- */

static tsr_status emit_linear(split *s, tsr_builder *b, const tsr_call *c, const tsr_value *t,
                              tsr_value *out) {
  int32_t n_plain = c->n_in - 1, first_tangent = n_plain + s->n_slots;
  int32_t n = first_tangent + s->n_active, *from;
  tsr_type *types;
  tsr_value *in;
  TSR_TRY(TSRI_NEW(s->arena, n, &types));
  TSR_TRY(TSRI_NEW(s->arena, n + 1, &in));
  in[0] = c->in[0];
  for (int32_t i = 0; i < n_plain; i++) {
    types[i] = c->in_type[i + 1];
    in[1 + i] = c->in[i + 1];
  }
  for (int32_t i = 0; i < s->n_slots; i++) {
    types[n_plain + i] = s->slot[i];
    in[1 + n_plain + i] = s->slot_value[i];
  }
  for (int32_t i = 0, m = first_tangent; i < n_plain; i++) {
    if (!s->active[i]) continue;
    types[m] = c->in_type[i + 1];
    in[1 + m++] = t[i + 1];
  }
  for (int32_t k = 0; k < s->linear.n; k++) {
    const tsr_graph *g = s->linear.graph[k];
    int32_t n_res = g->n_inputs - s->n_active;
    TSR_TRY(TSRI_NEW(s->arena, g->n_inputs, &from));
    for (int32_t r = 0; r < n_res; r++) {
      int32_t slot = s->slot_of[k][r];
      from[r] = slot >= 0 ? n_plain + slot : -slot - 1;
    }
    for (int32_t i = 0; i < s->n_active; i++)
      from[n_res + i] = first_tangent + i;
    TSR_TRY(tsri_rewire(g, n, types, from, g->n_outputs, NULL, &s->final.graph[k]));
  }
  return tsri_cond_emit(b, s->arena, &s->final, tsr_values_of(in, (size_t)n + 1), out);
}

static tsr_status linearize(split *s, tsr_builder *b, const tsr_call *c, const tsr_value *t,
                            tsr_value *out_t) {
  tsri_cases *all[4] = {&s->primal, &s->linear, &s->amended, &s->final};
  tsr_value *out;
  for (int32_t i = 0; i < 4; i++)
    TSR_TRY(tsri_cases_create(s->arena, tsri_cond_cases(c), all[i]));
  TSR_TRY(TSRI_NEW(s->arena, c->n_in, &s->active));
  TSR_TRY(TSRI_NEW(s->arena, c->n_out, &s->wanted));
  TSR_TRY(TSRI_NEW(s->arena, c->n_out, &out));
  for (int32_t i = 1; i < c->n_in; i++) {
    s->active[i - 1] = !tsr_value_is_zero(t[i]);
    s->n_active += s->active[i - 1];
  }
  TSR_TRY(tsri_cond_reach(c, TSRI_REACH_TANGENT, s->active, s->wanted));
  for (int32_t j = 0; j < c->n_out; j++)
    s->wanted[j] &= !tsr_value_is_zero(out_t[j]);
  TSR_TRY(linearize_cases(s, c));
  TSR_TRY(place_residuals(s, c));
  TSR_TRY(amend(s, b, c)); /* c->attrs are gone from here on */
  TSR_TRY(emit_linear(s, b, c, t, out));
  for (int32_t j = 0, n = 0; j < c->n_out; j++)
    out_t[j] = s->wanted[j] ? out[n++] : TSR_ZERO_VALUE;
  return TSR_OK;
}

tsr_status tsri_cond_linearize(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                               tsr_value *out_t) {
  split s = {.arena = c->context->arena};
  tsr_status status = linearize(&s, b, c, t, out_t);
  tsri_cases_release(&s.primal);
  tsri_cases_release(&s.linear);
  tsri_cases_release(&s.amended);
  tsri_cases_release(&s.final);
  return status;
}
