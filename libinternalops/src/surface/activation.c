/* activation.c - functions of one number that are made of a few operations. */
#include "surface/surface_internal.h"

tsr_value tsr_square(tsr_builder *b, tsr_value x) { return tsr_mul(b, x, x); }

/* A NaN is not <= 0, and so stays. */
tsr_value tsr_relu(tsr_builder *b, tsr_value x) {
  return tsr_select(b, tsr_le(b, x, tsr_scalar_int(b, 0)), TSR_ZERO_VALUE, x);
}

tsr_value tsr_silu(tsr_builder *b, tsr_value x) { return tsr_mul(b, x, tsr_logistic(b, x)); }

/* erfc keeps the digits that 1 + erf would lose for negative x. */
tsr_value tsr_gelu(tsr_builder *b, tsr_value x) {
  const tsr_value upper = tsr_erfc(b, tsr_mul(b, x, tsr_scalar(b, -0.70710678118654752440)));
  return tsr_mul(b, tsr_mul(b, tsr_scalar(b, 0.5), x), upper);
}
