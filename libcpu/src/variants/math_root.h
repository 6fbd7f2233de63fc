/* math_root.h - cube roots.
 *
 * A third of the exponent and of the leading bits is a first guess, good to 5 bits; Halley's
 * iteration triples them, and a last step of Newton's with an exact square makes the rest right.
 */
#ifndef TSRI_MATH_ROOT_H
#define TSRI_MATH_ROOT_H

#include "math_base.h"

/* The cube root of a normal a, to some 45 bits. */
static inline double tsri_cbrt_near(double a) {
  /* the upper half as a number, for only floating point divides by 3 in vectors */
  double upper =
      tsri_f64_of_bits(UINT64_C(0x4330000000000000) | tsri_bits_of_f64(a) >> 32) - 0x1p52;
  double third = upper * 0x1.5555555555555p-2 + (0x1p52 + 715094163.0);
  double t = tsri_f64_of_bits(tsri_bits_of_f64(third) << 32);
  double cube = t * t * t;
  t = t * ((cube + 2 * a) / (2 * cube + a));
  cube = t * t * t;
  return t * ((cube + 2 * a) / (2 * cube + a));
}

static inline float tsri_cbrtf(float x) {
  double a = fabs((double)x);
  float r = (float)tsri_signed_as(tsri_cbrt_near(a), (double)x);
  return (a > 0) & (a < (double)INFINITY) ? r : x;
}

/* t has 24 bits, so that its square is exact */
static inline double tsri_cbrt(double x) {
  double a = fabs(x);
  int small = a<0x1p-1022, large = a> 0x1p1000;
  a *= small ? 0x1p54 : large ? 0x1p-54 : 1;
  double t = tsri_cbrt_near(a);
  t = tsri_f64_of_bits((tsri_bits_of_f64(t) + UINT64_C(0x10000000)) & ~UINT64_C(0x1fffffff));
  double ratio = a / (t * t);
  double r = t + t * ((ratio - t) / (2 * t + ratio));
  r = tsri_signed_as(r * (small ? 0x1p-18 : large ? 0x1p18 : 1), x);
  return (a > 0) & (a < (double)INFINITY) ? r : x;
}

#endif /* TSRI_MATH_ROOT_H */
