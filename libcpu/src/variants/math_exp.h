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

/* E / (E + 2) where E = e^(2 |x|) - 1 = 2^n - 1 + 2^n (e^r - 1). */
static inline float tsri_tanhf(float x) {
  float a = fabsf(x), twice = a > 10 ? 20 : 2 * a;
  float rounder = tsri_madf(twice, 0x1.715476p0f, TSRI_ROUNDERF), n = rounder - TSRI_ROUNDERF;
  float r = tsri_madf(n, -TSRI_LN2_LOWF, tsri_madf(n, -TSRI_LN2_HIGHF, twice));
  float power = tsri_f32_of_bits((tsri_bits_of_f32(rounder) + 127) << 23);
  float e = tsri_madf(power, tsri_madf(r * r, tsri_exp_tailf(r), r), power - 1);
  return tsri_signed_asf(e / (e + 2), x);
}
static inline double tsri_tanh(double x) {
  double a = fabs(x), twice = a > 20 ? 40 : 2 * a;
  double rounder = tsri_mad(twice, 0x1.71547652b82fep0, TSRI_ROUNDER), n = rounder - TSRI_ROUNDER;
  double r = tsri_mad(n, -TSRI_LN2_LOW, tsri_mad(n, -TSRI_LN2_HIGH, twice));
  double power = tsri_f64_of_bits((tsri_bits_of_f64(rounder) + 1023) << 52);
  double e = tsri_mad(power, tsri_mad(r * r, tsri_exp_tail(r), r), power - 1);
  return tsri_signed_as(e / (e + 2), x);
}

/* 2^x, from the same polynomial at r log 2 */
static inline float tsri_exp2f(float x) {
  x = x < -160 ? -160 : x;
  x = x > 130 ? 130 : x;
  float rounder = x + TSRI_ROUNDERF, r = x - (rounder - TSRI_ROUNDERF), t = r * 0x1.62e43p-1f;
  float rest = tsri_madf(t * t, tsri_exp_tailf(t), r * -0x1.05c61p-29f);
  return tsri_scaledf(1 + tsri_madf(r, 0x1.62e43p-1f, rest), rounder);
}
static inline double tsri_exp2(double x) {
  x = x < -1080 ? -1080 : x;
  x = x > 1030 ? 1030 : x;
  double rounder = x + TSRI_ROUNDER, r = x - (rounder - TSRI_ROUNDER);
  double t = r * 0x1.62e42fefa39efp-1;
  double rest = tsri_mad(t * t, tsri_exp_tail(t), r * 0x1.abc9e3b39803fp-56);
  return tsri_scaled(1 + tsri_mad(r, 0x1.62e42fefa39efp-1, rest), rounder);
}

/* (e^x - 1) / 2 = high + low in units of 1 or, where 2^n might overflow, of 2^32 (2^64); there the
 * 1 does not matter.
 */
static inline float tsri_half_expm1f(float x, float *low, float *unit) {
  float rounder = tsri_madf(x, 0x1.715476p0f, TSRI_ROUNDERF), n = rounder - TSRI_ROUNDERF;
  int huge = n > 64;
  uint32_t bias = huge ? 126 - 32 : 126;
  float power = tsri_f32_of_bits((tsri_bits_of_f32(rounder) + bias) << 23);
  float first = tsri_madf(n, -TSRI_LN2_HIGHF, x), r = tsri_madf(n, -TSRI_LN2_LOWF, first);
  float lost = tsri_madf(n, -TSRI_LN2_LOWF, first - r);
  float tail = tsri_madf(r * r, tsri_exp_tailf(r), lost);
  float base = power - 0.5f, linear = power * r, high = base + linear;
  *low = tsri_madf(power, tail, (base - high) + linear);
  *unit = huge ? 0x1p32f : 1;
  return high;
}
static inline double tsri_half_expm1(double x, double *low, double *unit) {
  double rounder = tsri_mad(x, 0x1.71547652b82fep0, TSRI_ROUNDER), n = rounder - TSRI_ROUNDER;
  int huge = n > 512;
  uint64_t bias = huge ? 1022 - 64 : 1022;
  double power = tsri_f64_of_bits((tsri_bits_of_f64(rounder) + bias) << 52);
  double first = tsri_mad(n, -TSRI_LN2_HIGH, x), r = tsri_mad(n, -TSRI_LN2_LOW, first);
  double lost = tsri_mad(n, -TSRI_LN2_LOW, first - r);
  double tail = tsri_mad(r * r, tsri_exp_tail(r), lost);
  double base = power - 0.5, linear = power * r, high = base + linear;
  *low = tsri_mad(power, tail, (base - high) + linear);
  *unit = huge ? 0x1p64 : 1;
  return high;
}

static inline float tsri_expm1f(float x) {
  float low, unit, a = x < -30 ? -30 : x;
  a = a > 89 ? 89 : a;
  float high = tsri_half_expm1f(a, &low, &unit);
  return fabsf(x) < 0x1p-40f ? x : 2 * (high + low) * unit;
}
static inline double tsri_expm1(double x) {
  double low, unit, a = x < -50 ? -50 : x;
  a = a > 710 ? 710 : a;
  double high = tsri_half_expm1(a, &low, &unit);
  return fabs(x) < 0x1p-80 ? x : 2 * (high + low) * unit;
}

/* With h = (e^a - 1) / 2: sinh a = h + h / (2 h + 1), cosh a = h + 1 / 2 + 1 / (2 (2 h + 1)). Where
 * the unit is large, what is not in it does not matter.
 */
static inline float tsri_sinhf(float x) {
  float low, unit, a = fabsf(x);
  a = a > 90 ? 90 : a;
  float high = tsri_half_expm1f(a, &low, &unit), h = high + low;
  low = (high - h) + low;
  float r = (h + (low + h / (2 * h + 1))) * unit;
  return fabsf(x) < 0x1p-40f ? x : tsri_signed_asf(r, x);
}
static inline double tsri_sinh(double x) {
  double low, unit, a = fabs(x);
  a = a > 711 ? 711 : a;
  double high = tsri_half_expm1(a, &low, &unit), h = high + low;
  low = (high - h) + low;
  double r = (h + (low + h / (2 * h + 1))) * unit;
  return fabs(x) < 0x1p-80 ? x : tsri_signed_as(r, x);
}
static inline float tsri_coshf(float x) {
  float low, unit, a = fabsf(x);
  a = a > 90 ? 90 : a;
  float high = tsri_half_expm1f(a, &low, &unit), h = high + low, sum = h + 0.5f;
  float rest = (h - (sum - 0.5f)) + ((high - h) + low);
  return (sum + (rest + 0.25f / sum)) * unit;
}
static inline double tsri_cosh(double x) {
  double low, unit, a = fabs(x);
  a = a > 711 ? 711 : a;
  double high = tsri_half_expm1(a, &low, &unit), h = high + low, sum = h + 0.5;
  double rest = (h - (sum - 0.5)) + ((high - h) + low);
  return (sum + (rest + 0.25 / sum)) * unit;
}

/* The power is never above 1, so that neither tail overflows or loses digits. */
static inline float tsri_logisticf(float x) {
  float power = tsri_expf(-fabsf(x));
  return (x < 0 ? power : 1) / (1 + power);
}
static inline double tsri_logistic(double x) {
  double power = tsri_exp(-fabs(x));
  return (x < 0 ? power : 1) / (1 + power);
}

/* e^(high + low) times, low far below high; the product may be subnormal where e^high is 0 */
static inline double tsri_exp_of_parts(double high, double low, double times) {
  low = fabs(high) < 746 ? low : 0;
  high = high < -746 ? -746 : high;
  high = high > 710 ? 710 : high;
  double rounder = tsri_mad(high, 0x1.71547652b82fep0, TSRI_ROUNDER), n = rounder - TSRI_ROUNDER;
  double first = tsri_mad(n, -TSRI_LN2_HIGH, high), second = tsri_mad(n, -TSRI_LN2_LOW, low);
  double r = first + second, lost = (first - r) + second;
  double sum = 1 + r, rest = ((1 - sum) + r) + lost;
  return tsri_scaled((sum + tsri_mad(r * r, tsri_exp_tail(r), rest)) * times, rounder);
}

/* 2^r for |r| <= 1 / 2 within 2^-29, for f32 computed in f64 */
static inline double tsri_exp2_shortf(double r) {
  return TSRI_POLY(r, 0x1.0000000260208p0, 0x1.62e430c7eb201p-1, 0x1.ebfbdadd7003ap-3,
                   0x1.c6aed4b5b5e8dp-5, 0x1.3b2dbb5fc32d4p-7, 0x1.5f456bf0f0ffbp-10,
                   0x1.41d36e4539f6bp-13);
}

#endif /* TSRI_MATH_EXP_H */
