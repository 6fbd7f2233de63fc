/* scatter_mul.c - z = x multiplied by updates at places read from indices.
 *
 *   dz = dx times updates, + sum over updates of p du,  p: x times the other updates there
 *
 * Dividing z by an update would give p, but not at 0, and not twice: derivatives of p are
 * products without two of the updates. So p is made of products alone, that of what comes
 * before an update and that of what comes after: two scans over the updates, which read a
 * window and multiply it. They are differentiated like any other loop, to any order, and cost
 * one round per update; where no two windows can meet, p is x.
 */
#include "scatter_mul.h"

/* p, in the shape of updates; 0 for those that are dropped, lest 0 meet an infinity. */
static tsr_value others(tsri_room *room, const tsr_call *c) {
  tsr_builder *b = room->b;
  const tsr_value p = tsri_scatter_is_apart(c) ? tsri_scatter_read(room, c, c->in[0])
                                               : tsri_scatter_products(room, c);
  return tsr_select(b, tsri_scatter_misses(room, c), tsri_zero_scalar(b, c->in_type[0].dtype), p);
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  out_t[0] = t[0];
  if (tsri_scatter_is_void(c) || (tsr_value_is_zero(t[0]) && tsr_value_is_zero(t[2])))
    return TSR_OK;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (!tsr_value_is_zero(t[0])) out_t[0] = tsr_scatter_mul(b, t[0], c->in[1], c->in[2], c->attrs);
  if (!tsr_value_is_zero(t[2])) {
    const tsr_value terms = tsr_mul(b, others(&room, c), t[2]);
    if (tsr_value_is_zero(t[0])) out_t[0] = tsri_zeros(b, &c->in_type[0]);
    out_t[0] = tsr_scatter_add(b, out_t[0], c->in[1], terms, c->attrs);
  }
  return tsri_room_leave(&room);
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  in_ct[0] = ct[0];
  if (linear[0] && !tsr_value_is_zero(ct[0]))
    in_ct[0] = tsr_scatter_mul(b, ct[0], c->in[1], tsr_conj(b, c->in[2]), c->attrs);
  return tsr_builder_status(b);
}

const tsr_rules tsri_scatter_mul_rules = {
    .infer = tsri_scatter_infer, .jvp = jvp, .transpose = transpose, .batch = tsri_scatter_batch};
