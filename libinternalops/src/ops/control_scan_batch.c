/* ops/control_scan_batch.c - scan over one more axis, and scan without what nobody reads. */
#include "axes.h"
#include "ops/control_scan_internal.h"

typedef struct mapping {
  bool *in, *out;           /* mapped */
  int32_t *axis, *out_axis; /* in the body */
  tsr_value *operands;
} mapping;

/* Mapped carries stand in front; the mapped axis of xs comes right behind the scanned one. */
static tsr_status place(tsr_builder *b, const tsri_loop *l, const tsr_call *c, const tsr_batch *map,
                        mapping *m) {
  for (int32_t i = 0; i < l->n_in; i++) {
    int32_t axis = map->axis[i];
    m->operands[i] = c->in[i];
    m->axis[i] = -1;
    if (!m->in[i]) continue;
    if (i < l->n_consts) {
      m->axis[i] = axis;
    } else if (i < l->n_consts + l->n_carry) {
      m->axis[i] = 0;
      m->operands[i] = tsr_batch_front(b, c->in[i], axis, map->size);
    } else {
      m->axis[i] = axis == 0 ? 0 : axis - 1;
      if (axis == 0) m->operands[i] = tsri_batch_at(b, c->in[i], 0, map->size, 1);
    }
  }
  for (int32_t j = 0; j < l->n_out; j++)
    m->out_axis[j] = m->out[j] ? 0 : -1;
  return tsr_builder_status(b);
}

tsr_status tsri_scan_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                           int32_t *out_axis) {
  tsri_loop l = tsri_scan_loop(c);
  tsr_arena *arena = c->context->arena;
  mapping m;
  TSR_TRY(TSRI_NEW(arena, l.n_in, &m.in));
  TSR_TRY(TSRI_NEW(arena, l.n_out, &m.out));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &m.axis));
  TSR_TRY(TSRI_NEW(arena, l.n_out, &m.out_axis));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &m.operands));
  for (int32_t i = 0; i < l.n_in; i++)
    m.in[i] = map->axis[i] >= 0;
  TSR_TRY(tsri_loop_reach(&l, TSRI_REACH_ANY, m.in, m.out));
  TSR_TRY(place(b, &l, c, map, &m));
  tsr_graph *body;
  TSR_TRY(tsr_graph_batch(l.body, map->size, m.axis, m.out_axis, &body));
  for (int32_t j = 0; j < l.n_out; j++) {
    out_axis[j] = m.out_axis[j];
    if (j >= l.n_carry && out_axis[j] >= 0) out_axis[j]++;
  }
  return tsri_scan_emit(b, c, body, l.n_consts, l.n_carry,
                        ((const tsr_scan_attrs *)c->attrs)->reverse, m.operands, out);
}

/* ys nobody reads go, then carries neither read nor needed, then operands without use. */
tsr_status tsri_scan_prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  tsri_loop l = tsri_scan_loop(c);
  tsr_arena *arena = c->context->arena;
  bool *keep_out, *keep_in;
  int32_t *in, *outputs, n_in = 0, n_out = 0, n_consts = 0, n_carry = 0;
  tsr_value *operands, *made;
  TSR_TRY(TSRI_NEW(arena, l.n_out, &keep_out));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &keep_in));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &in));
  TSR_TRY(TSRI_NEW(arena, l.n_in, &operands));
  TSR_TRY(TSRI_NEW(arena, l.n_out, &outputs));
  TSR_TRY(TSRI_NEW(arena, l.n_out, &made));
  for (int32_t j = 0; j < l.n_out; j++)
    keep_out[j] = live[j];
  TSR_TRY(tsri_loop_reach_back(&l, keep_out, keep_in));
  for (int32_t j = 0; j < l.n_out; j++) {
    if (!keep_out[j]) continue;
    outputs[n_out++] = l.body->outputs[j];
    n_carry += j < l.n_carry;
  }
  for (int32_t i = 0; i < l.n_in; i++) {
    bool carry = i >= l.n_consts && i < l.n_consts + l.n_carry;
    if (!(carry ? keep_out[i - l.n_consts] : keep_in[i])) continue;
    n_consts += i < l.n_consts;
    operands[n_in] = c->in[i];
    in[n_in++] = l.body->inputs[i];
  }
  if (n_in == l.n_in && n_out == l.n_out) return TSR_OK;
  tsr_graph *body;
  TSR_TRY(tsri_extract(l.body, n_in, in, n_out, outputs, &body));
  TSR_TRY(tsri_scan_emit(b, c, body, n_consts, n_carry, ((const tsr_scan_attrs *)c->attrs)->reverse,
                         operands, made));
  for (int32_t j = 0, n = 0; j < l.n_out; j++)
    if (keep_out[j]) out[j] = made[n++];
  return TSR_OK;
}
