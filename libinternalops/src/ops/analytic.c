/* analytic.c - rules of exp, sin and cos; all holomorphic. */
#include "ops/ops_internal.h"

/* dz = z dx */
static tsr_status exp_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  out_t[0] = tsr_mul(b, c->out[0], t[0]);
  return tsr_builder_status(b);
}

/* dz = cos x dx */
static tsr_status sin_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  out_t[0] = tsri_is_zero(t[0]) ? t[0] : tsr_mul(b, tsr_cos(b, c->in[0]), t[0]);
  return tsr_builder_status(b);
}

/* dz = -sin x dx */
static tsr_status cos_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  out_t[0] = tsri_is_zero(t[0]) ? t[0] : tsr_mul(b, tsr_neg(b, tsr_sin(b, c->in[0])), t[0]);
  return tsr_builder_status(b);
}

const tsr_rules tsri_exp_rules = {
    .infer = tsri_infer_same, .jvp = exp_jvp, .batch = tsri_batch_elementwise};
const tsr_rules tsri_sin_rules = {
    .infer = tsri_infer_same, .jvp = sin_jvp, .batch = tsri_batch_elementwise};
const tsr_rules tsri_cos_rules = {
    .infer = tsri_infer_same, .jvp = cos_jvp, .batch = tsri_batch_elementwise};
