/* ops/control_while_batch.c - while over one more axis.
 *
 * If the test does not depend on mapped values, all lanes run the same rounds. Otherwise
 * the loop carries a mask of running lanes, goes on while there is one, and freezes the
 * carry of those that are done. Should the body be able to raise ERR_NUMERIC, it sees the
 * carry of a running lane in their place.
 */
#include "ops/control_while_internal.h"

typedef struct mapping {
  tsri_loop l;
  tsr_dim size;
  bool *in, *out;           /* mapped */
  int32_t *axis, *out_axis; /* of both regions */
  tsr_value *operands;
  tsr_graph *test, *body; /* both batched */
} mapping;

static tsr_status find_mapped(mapping *m, const tsr_call *c, const tsr_batch *map, bool *masked) {
  tsr_arena *arena = c->context->arena;
  m->l = tsri_while_loop(c);
  m->size = map->size;
  TSR_TRY(TSRI_NEW(arena, c->n_in, &m->in));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &m->out));
  TSR_TRY(TSRI_NEW(arena, c->n_in, &m->axis));
  TSR_TRY(TSRI_NEW(arena, c->n_out, &m->out_axis));
  TSR_TRY(TSRI_NEW(arena, c->n_in + 1, &m->operands));
  for (int32_t i = 0; i < c->n_in; i++)
    m->in[i] = map->axis[i] >= 0;
  TSR_TRY(tsri_loop_reach(&m->l, TSRI_REACH_ANY, m->in, m->out));
  TSR_TRY(tsri_reach_outputs(tsri_while_test(c), TSRI_REACH_ANY, m->in, masked));
  for (int32_t j = 0; *masked && j < m->l.n_carry; j++)
    m->in[m->l.n_consts + j] = m->out[j] = true;
  return TSR_OK;
}

/* Every mapped operand with its axis in front. */
static tsr_status regions(mapping *m, tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                          bool masked) {
  for (int32_t i = 0; i < c->n_in; i++) {
    m->axis[i] = m->in[i] ? 0 : -1;
    m->operands[i] = m->in[i] ? tsr_batch_front(b, c->in[i], map->axis[i], m->size) : c->in[i];
  }
  for (int32_t j = 0; j < c->n_out; j++)
    m->out_axis[j] = m->out[j] ? 0 : -1;
  TSR_TRY(tsr_builder_status(b));
  int32_t test_axis = masked ? 0 : -1;
  TSR_TRY(tsr_graph_batch(tsri_while_test(c), m->size, m->axis, &test_axis, &m->test));
  return tsr_graph_batch(m->l.body, m->size, m->axis, m->out_axis, &m->body);
}

/* ---- regions over (consts.., mask, carry..) ---- */

static tsr_status open_masked(mapping *m, tsr_arena *arena, tsr_value **in, tsr_builder **out) {
  int32_t n_consts = m->l.n_consts, n = m->l.n_in;
  tsr_type *plain, *types, mask = {TSR_BOOL, 1, &m->size};
  TSR_TRY(tsri_input_types(arena, m->body, &plain));
  TSR_TRY(TSRI_NEW(arena, n + 1, &types));
  TSR_TRY(TSRI_NEW(arena, n + 1, in));
  for (int32_t i = 0; i < n; i++)
    types[i + (i >= n_consts)] = plain[i];
  types[n_consts] = mask;
  return tsri_open(m->body, n + 1, types, *in, out);
}

static tsr_status masked_test(mapping *m, tsr_arena *arena, tsr_graph **out) {
  tsr_value *in;
  tsr_builder *b;
  TSR_TRY(open_masked(m, arena, &in, &b));
  tsr_value any = tsri_any_lane(b, in[m->l.n_consts]);
  return tsri_finish(b, &any, 1, out);
}

static tsr_status masked_body(mapping *m, tsr_arena *arena, tsr_graph **out) {
  int32_t n_consts = m->l.n_consts, n_carry = m->l.n_carry;
  tsr_value *in, *seen, *outputs, going;
  TSR_TRY(TSRI_NEW(arena, m->l.n_in, &seen));
  TSR_TRY(TSRI_NEW(arena, n_carry + 1, &outputs));
  bool checked = tsri_graph_is_checked(m->body);
  tsr_builder *b;
  TSR_TRY(open_masked(m, arena, &in, &b));
  tsr_value mask = in[n_consts], *carry = in + n_consts + 1, *next = outputs + 1;
  for (int32_t i = 0; i < m->l.n_in; i++) {
    seen[i] = in[i + (i >= n_consts)];
    if (checked && m->in[i]) seen[i] = tsri_safe_lanes(b, mask, seen[i]);
  }
  (void)tsr_graph_inline(b, m->body, seen, next); /* all of this latches */
  for (int32_t j = 0; j < n_carry; j++)
    next[j] = tsri_select_lanes(b, mask, next[j], carry[j]);
  for (int32_t i = 0; i < m->l.n_in; i++)
    seen[i] = i < n_consts ? in[i] : next[i - n_consts];
  (void)tsr_graph_inline(b, m->test, seen, &going);
  outputs[0] = tsr_select(b, mask, going, mask);
  return tsri_finish(b, outputs, n_carry + 1, out);
}

static tsr_status run_masked(mapping *m, tsr_builder *b, const tsr_call *c, tsr_value *out) {
  tsr_arena *arena = c->context->arena;
  tsr_graph *test, *body;
  tsr_value *made, *operands;
  TSR_TRY(TSRI_NEW(arena, c->n_out + 1, &made));
  TSR_TRY(TSRI_NEW(arena, c->n_in + 1, &operands));
  for (int32_t i = 0; i < c->n_in; i++)
    operands[i + (i >= m->l.n_consts)] = m->operands[i];
  TSR_TRY(tsr_graph_inline(b, m->test, m->operands, &operands[m->l.n_consts]));
  TSR_TRY(masked_test(m, arena, &test));
  tsr_status status = masked_body(m, arena, &body);
  if (status != TSR_OK) return tsr_graph_release(test), status;
  TSR_TRY(tsri_while_emit(b, test, body, m->l.n_consts, operands, made));
  for (int32_t j = 0; j < c->n_out; j++)
    out[j] = made[j + 1];
  return TSR_OK;
}

static tsr_status run_together(mapping *m, tsr_builder *b, tsr_value *out) {
  tsr_graph *test = m->test, *body = m->body;
  m->test = m->body = NULL; /* given away */
  return tsri_while_emit(b, test, body, m->l.n_consts, m->operands, out);
}

tsr_status tsri_while_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                            int32_t *out_axis) {
  mapping m = {0};
  bool masked;
  TSR_TRY(find_mapped(&m, c, map, &masked));
  tsr_status status = regions(&m, b, c, map, masked);
  if (status == TSR_OK) status = masked ? run_masked(&m, b, c, out) : run_together(&m, b, out);
  for (int32_t j = 0; j < c->n_out; j++)
    out_axis[j] = m.out_axis[j];
  tsr_graph_release(m.test);
  tsr_graph_release(m.body);
  return status;
}
