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

/* (1 + tanh u) / 2 as logistic(2 u), which keeps the digits of its tail. */
tsr_value tsr_gelu_tanh(tsr_builder *b, tsr_value x) {
  const tsr_value cubic = tsr_mul(b, tsr_square(b, x), tsr_scalar(b, 0.044715));
  const tsr_value slope = tsr_add(b, tsr_scalar(b, 1), cubic);
  const tsr_value twice = tsr_mul(b, tsr_scalar(b, 1.59576912160573071176), tsr_mul(b, x, slope));
  return tsr_mul(b, x, tsr_logistic(b, twice));
}

/* Of max and |x| one has slope 1/2, the other 0 where they meet: together the slope at 0. */
tsr_value tsr_softplus(tsr_builder *b, tsr_value x) {
  const tsr_value rest = tsr_log1p(b, tsr_exp(b, tsr_neg(b, tsr_abs(b, x))));
  return tsr_add(b, tsr_max(b, x, tsr_scalar(b, 0)), rest);
}
