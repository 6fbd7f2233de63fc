/* libtensor-core/src/half.h - the values of f16 and bf16, exactly, as doubles. */
#ifndef TSRI_HALF_H
#define TSRI_HALF_H

#include <string.h>

#include "tsr/base.h"

/* bf16 is the upper half of an f32. */
static inline double tsri_from_bf16(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &word, sizeof value);
  return value;
}

/* f16: 1 sign, 5 exponent (bias 15) and 10 fraction bits, moved to their places in a
 * double. A subnormal is a small integer times 2^-24. */
static inline double tsri_from_f16(uint16_t bits) {
  uint64_t sign = (uint64_t)(bits >> 15) << 63, fraction = bits & 0x3ff;
  uint32_t exponent = (bits >> 10) & 0x1f;
  double value;
  if (exponent == 0) {
    value = (double)fraction * 0x1p-24;
    return sign ? -value : value;
  }
  uint64_t wide_exponent = exponent == 0x1f ? 0x7ff : exponent - 15 + 1023;
  uint64_t word = sign | wide_exponent << 52 | fraction << 42;
  memcpy(&value, &word, sizeof value);
  return value;
}

#endif /* TSRI_HALF_H */
