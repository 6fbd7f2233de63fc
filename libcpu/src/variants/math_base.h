/* math_base.h - what the vector functions of math_*.h are made of.
 *
 * They are functions of one scalar without branches, calls or tables, which the compiler turns into
 * vector code when it sees them in a loop; a scalar remainder of the loop then has the same bits.
 * tools/minimax.py makes their coefficients. Two kinds of a * b + c are told apart: tsri_mad rounds
 * once or twice, whatever is fast, and tsri_fma loses nothing but its last bit, for what a
 * cancellation leaves.
 */
#ifndef TSRI_MATH_BASE_H
#define TSRI_MATH_BASE_H

#include "kernels/half.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__FMA__) || defined(__FP_FAST_FMA) || defined(__aarch64__)
#define TSRI_HAS_FMA 1
#else
#define TSRI_HAS_FMA 0
#endif

static inline uint64_t tsri_bits_of_f64(double x) {
  uint64_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}
static inline double tsri_f64_of_bits(uint64_t u) {
  double x;
  memcpy(&x, &u, sizeof x);
  return x;
}

static inline float tsri_madf(float a, float b, float c) {
#if TSRI_HAS_FMA
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}
static inline double tsri_mad(double a, double b, double c) {
#if TSRI_HAS_FMA
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

/* Without the instruction: a product of f32 is exact in f64. */
static inline float tsri_fmaf(float a, float b, float c) {
#if TSRI_HAS_FMA
  return __builtin_fmaf(a, b, c);
#else
  return (float)((double)a * (double)b + (double)c);
#endif
}

/* Without the instruction: halves of 26 bits (Dekker 1971) give the product's error, and the
 * sum's error is Knuth's. Nothing here comes near overflow.
 */
static inline double tsri_fma(double a, double b, double c) {
#if TSRI_HAS_FMA
  return __builtin_fma(a, b, c);
#else
  double ta = a * 0x8000001p0, ah = ta - (ta - a), al = a - ah;
  double tb = b * 0x8000001p0, bh = tb - (tb - b), bl = b - bh;
  double p = a * b, e = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
  double s = p + c, v = s - p, t = (p - (s - v)) + (c - v);
  return s + (t + e);
#endif
}

/* c[0] + c[1] x + ... + c[n - 1] x^(n - 1), n a constant. */
static inline float tsri_polyf(float x, int n, const float *c) {
  float p = c[n - 1];
#pragma GCC unroll 32
  for (int i = n - 2; i >= 0; i--)
    p = tsri_madf(p, x, c[i]);
  return p;
}
static inline double tsri_poly(double x, int n, const double *c) {
  double p = c[n - 1];
#pragma GCC unroll 32
  for (int i = n - 2; i >= 0; i--)
    p = tsri_mad(p, x, c[i]);
  return p;
}
#define TSRI_POLYF(x, ...)                                                                         \
  tsri_polyf(x, (int)(sizeof((const float[]){__VA_ARGS__}) / sizeof(float)),                       \
             (const float[]){__VA_ARGS__})
#define TSRI_POLY(x, ...)                                                                          \
  tsri_poly(x, (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)),                      \
            (const double[]){__VA_ARGS__})

/* Adding this and taking it away again rounds |x| < 2^22 (2^51) to a whole number, which the low
 * bits of the sum hold meanwhile.
 */
#define TSRI_ROUNDERF 0x1.8p23f
#define TSRI_ROUNDER  0x1.8p52

/* log 2, in a part that a small whole number multiplies exactly, and the rest. */
#define TSRI_LN2_HIGHF 0x1.62e4p-1f
#define TSRI_LN2_LOWF  0x1.7f7d1cp-20f
#define TSRI_LN2_HIGH  0x1.62e42fefa3800p-1
#define TSRI_LN2_LOW   0x1.ef35793c76730p-45

#define TSRI_SIGNF UINT32_C(0x80000000)
#define TSRI_SIGN  UINT64_C(0x8000000000000000)

/* |x| with the sign of s */
static inline float tsri_signed_asf(float x, float s) {
  return tsri_f32_of_bits((tsri_bits_of_f32(x) & ~TSRI_SIGNF) | (tsri_bits_of_f32(s) & TSRI_SIGNF));
}
static inline double tsri_signed_as(double x, double s) {
  return tsri_f64_of_bits((tsri_bits_of_f64(x) & ~TSRI_SIGN) | (tsri_bits_of_f64(s) & TSRI_SIGN));
}

#endif /* TSRI_MATH_BASE_H */
