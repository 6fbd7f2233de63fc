/* logic.c - rules of whole numbers, tests and bits: locally constant. */
#include "ops/ops_internal.h"

#define WHOLE(op)                                                                                  \
  const tsr_rules tsri_##op##_rules = {.infer = tsri_infer_same,                                   \
                                       .batch = tsri_batch_elementwise,                            \
                                       .simplify = tsri_simplify_idempotent};
WHOLE(floor)
WHOLE(ceil)
WHOLE(trunc)
WHOLE(round_nearest_even)

static tsr_status is_finite_infer(const tsr_call *c, tsr_type *out) {
  out[0] = c->in_type[0];
  out[0].dtype = TSR_BOOL;
  return TSR_OK;
}

const tsr_rules tsri_is_finite_rules = {.infer = is_finite_infer, .batch = tsri_batch_elementwise};

const tsr_rules tsri_not_rules = {
    .infer = tsri_infer_same, .batch = tsri_batch_elementwise, .simplify = tsri_simplify_twice};

/* x and x = x or x = x */
static tsr_status same_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (c->in[0].id == c->in[1].id) out[0] = c->in[0];
  return tsr_builder_status(b);
}

const tsr_rules tsri_and_rules = {
    .infer = tsri_infer_same, .batch = tsri_batch_elementwise, .simplify = same_simplify};
const tsr_rules tsri_or_rules = {
    .infer = tsri_infer_same, .batch = tsri_batch_elementwise, .simplify = same_simplify};
const tsr_rules tsri_xor_rules = {.infer = tsri_infer_same, .batch = tsri_batch_elementwise};

/* x moved by nothing */
static tsr_status shift_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (tsri_is_splat_of(b, c->in[1], 0)) out[0] = c->in[0];
  return tsr_builder_status(b);
}

#define SHIFT(op)                                                                                  \
  const tsr_rules tsri_##op##_rules = {                                                            \
      .infer = tsri_infer_same, .batch = tsri_batch_elementwise, .simplify = shift_simplify};
SHIFT(shift_left)
SHIFT(shift_right_arithmetic)
SHIFT(shift_right_logical)
