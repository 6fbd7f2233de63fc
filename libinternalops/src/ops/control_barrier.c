/* ops/control_barrier.c - barrier: the same values, behind a wall. */
#include "ops/control_internal.h"

static tsr_status count(const tsr_call *c, int32_t *out_n) {
  *out_n = c->n_in;
  return TSR_OK;
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  for (int32_t i = 0; i < c->n_in; i++)
    out[i] = c->in_type[i];
  return TSR_OK;
}

/* A barrier over those of n values that are not symbolic zero. */
static tsr_status wall(tsr_builder *b, const tsr_call *c, const tsr_value *v, tsr_value *out) {
  tsr_value *in, *through;
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_in, &in));
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_in, &through));
  size_t n = 0;
  for (int32_t i = 0; i < c->n_in; i++)
    if (!tsr_value_is_zero(v[i])) in[n++] = v[i];
  if (n) TSR_TRY(tsr_emit(b, c->op, NULL, tsr_values_of(in, n), through));
  n = 0;
  for (int32_t i = 0; i < c->n_in; i++)
    out[i] = tsr_value_is_zero(v[i]) ? TSR_ZERO_VALUE : through[n++];
  return TSR_OK;
}

/* Tangents of integers do not exist, so the derived rule would not do. */
static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  return wall(b, c, t, out_t);
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  return wall(b, c, ct, in_ct);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                        int32_t *out_axis) {
  for (int32_t i = 0; i < c->n_in; i++)
    out_axis[i] = map->axis[i];
  return tsr_emit(b, c->op, NULL, tsr_values_of(c->in, (size_t)c->n_in), out);
}

/* Only what is used stands behind the wall. */
static tsr_status prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  tsr_value *in;
  TSR_TRY(TSRI_NEW(c->context->arena, c->n_in, &in));
  bool all = true;
  for (int32_t i = 0; i < c->n_in; i++) {
    in[i] = live[i] ? c->in[i] : TSR_ZERO_VALUE;
    all &= live[i];
  }
  if (all) return TSR_OK;
  TSR_TRY(wall(b, c, in, out));
  for (int32_t i = 0; i < c->n_in; i++)
    if (!live[i]) out[i] = TSR_NO_VALUE;
  return TSR_OK;
}

const tsr_rules tsri_barrier_rules = {.infer = infer,
                                      .count = count,
                                      .jvp = jvp,
                                      .transpose = transpose,
                                      .batch = batch,
                                      .prune = prune};

tsr_status tsr_barrier(tsr_builder *b, tsr_values in, tsr_value *out) {
  return tsr_emit(b, tsr_op_core(TSR_OP_BARRIER), NULL, in, out);
}
