/* math_exp.h - e^x and what is made of it.
 *
 * x = n log 2 + r with |r| <= log 2 / 2 in Cody's and Waite's two steps, a minimax polynomial of
 * e^r, and 2^n put into the exponent. Functions that must not lose digits near zero work with
 * e^x - 1 = (2^n - 1) + 2^n r + 2^n (e^r - 1 - r), kept as a sum of two numbers.
 */
#ifndef TSRI_MATH_EXP_H
#define TSRI_MATH_EXP_H

#include "math_base.h"

/* (e^r - 1 - r) / r^2 within 2^-28 and 2^-57 of e^r */
static inline float tsri_exp_tailf(float r) {
  return TSRI_POLYF(r, 0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558f2p-5f, 0x1.1239fep-7f,
                    0x1.6a23f4p-10f);
}
static inline double tsri_exp_tail(double r) {
  return TSRI_POLY(r, 0x1.000000000000ap-1, 0x1.55555555554fap-3, 0x1.5555555550861p-5,
                   0x1.1111111127c7bp-7, 0x1.6c16c18430b35p-10, 0x1.a01a012a32f7p-13,
                   0x1.a01999f94329cp-16, 0x1.71df2584a4672p-19, 0x1.28ad856615844p-22,
                   0x1.ad7f51c439eeep-26);
}

/* p 2^n for |n| < 200, rounder = TSRI_ROUNDERF + n: two steps, of which only the second can
 * round or overflow.
 */
static inline float tsri_scaledf(float p, float rounder) {
  uint32_t n = tsri_bits_of_f32(rounder);
  int down = rounder < TSRI_ROUNDERF;
  uint32_t bias = down ? 127 + 64 : 127 - 64;
  float rest = down ? 0x1p-64f : 0x1p64f;
  return p * tsri_f32_of_bits((n + bias) << 23) * rest;
}
static inline double tsri_scaled(double p, double rounder) {
  uint64_t n = tsri_bits_of_f64(rounder);
  int down = rounder < TSRI_ROUNDER;
  uint64_t bias = down ? 1023 + 128 : 1023 - 128;
  double rest = down ? 0x1p-128 : 0x1p128;
  return p * tsri_f64_of_bits((n + bias) << 52) * rest;
}

static inline float tsri_expf(float x) {
  x = x < -104 ? -104 : x;
  x = x > 89 ? 89 : x;
  float rounder = tsri_madf(x, 0x1.715476p0f, TSRI_ROUNDERF), n = rounder - TSRI_ROUNDERF;
  float r = tsri_madf(n, -TSRI_LN2_LOWF, tsri_madf(n, -TSRI_LN2_HIGHF, x));
  return tsri_scaledf(1 + tsri_madf(r * r, tsri_exp_tailf(r), r), rounder);
}
static inline double tsri_exp(double x) {
  x = x < -746 ? -746 : x;
  x = x > 710 ? 710 : x;
  double rounder = tsri_mad(x, 0x1.71547652b82fep0, TSRI_ROUNDER), n = rounder - TSRI_ROUNDER;
  double r = tsri_mad(n, -TSRI_LN2_LOW, tsri_mad(n, -TSRI_LN2_HIGH, x));
  return tsri_scaled(1 + tsri_mad(r * r, tsri_exp_tail(r), r), rounder);
}

/* e^x - 1 = high + low for 0 <= x < 60, low below the last bit of high. */
static inline float tsri_expm1_partsf(float x, float *low) {
  float rounder = tsri_madf(x, 0x1.715476p0f, TSRI_ROUNDERF), n = rounder - TSRI_ROUNDERF;
  float power = tsri_f32_of_bits((tsri_bits_of_f32(rounder) + 127) << 23);
  float first = tsri_madf(n, -TSRI_LN2_HIGHF, x), r = tsri_madf(n, -TSRI_LN2_LOWF, first);
  float lost = tsri_madf(n, -TSRI_LN2_LOWF, first - r);
  float tail = tsri_madf(r * r, tsri_exp_tailf(r), lost);
  float base = power - 1, linear = power * r, high = base + linear;
  float rest = tsri_madf(power, tail, (base - high) + linear), sum = high + rest;
  *low = (high - sum) + rest;
  return sum;
}
static inline double tsri_expm1_parts(double x, double *low) {
  double rounder = tsri_mad(x, 0x1.71547652b82fep0, TSRI_ROUNDER), n = rounder - TSRI_ROUNDER;
  double power = tsri_f64_of_bits((tsri_bits_of_f64(rounder) + 1023) << 52);
  double first = tsri_mad(n, -TSRI_LN2_HIGH, x), r = tsri_mad(n, -TSRI_LN2_LOW, first);
  double lost = tsri_mad(n, -TSRI_LN2_LOW, first - r);
  double tail = tsri_mad(r * r, tsri_exp_tail(r), lost);
  double base = power - 1, linear = power * r, high = base + linear;
  double rest = tsri_mad(power, tail, (base - high) + linear), sum = high + rest;
  *low = (high - sum) + rest;
  return sum;
}

/* E / (E + 2) where E = e^(2 |x|) - 1, the quotient corrected once by its remainder. */
static inline float tsri_tanhf(float x) {
  float low, a = fabsf(x);
  a = a > 10 ? 10 : a;
  float high = tsri_expm1_partsf(2 * a, &low), sum = 2 + high, v = sum - 2;
  float rest = (high - v) + (2 - (sum - v)) + low;
  float inverse = 1 / sum, t = high * inverse;
  float remainder = tsri_madf(-t, rest, tsri_fmaf(-t, sum, high) + low);
  return tsri_signed_asf(tsri_madf(remainder, inverse, t), x);
}
static inline double tsri_tanh(double x) {
  double low, a = fabs(x);
  a = a > 20 ? 20 : a;
  double high = tsri_expm1_parts(2 * a, &low), sum = 2 + high, v = sum - 2;
  double rest = (high - v) + (2 - (sum - v)) + low;
  double inverse = 1 / sum, t = high * inverse;
  double remainder = tsri_mad(-t, rest, tsri_fma(-t, sum, high) + low);
  return tsri_signed_as(tsri_mad(remainder, inverse, t), x);
}

#endif /* TSRI_MATH_EXP_H */
