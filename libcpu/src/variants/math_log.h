/* math_log.h - logarithms.
 *
 * x = 2^k (1 + f) with 1 + f between the roots of 1/2 and 2, so that k log 2 and log (1 + f) never
 * cancel; log (1 + f) = f - f^2 / 2 + ..., where f is exact.
 */
#ifndef TSRI_MATH_LOG_H
#define TSRI_MATH_LOG_H

#include "math_base.h"

/* f, and k: of a positive normal number. Magic as in tsri_scaled, since AVX2 converts no i64. */
static inline float tsri_split_powerf(float x, float *k) {
  uint32_t u = tsri_bits_of_f32(x), above = u - 0x3f3504f3u + (127u << 23), e = above >> 23;
  *k = (float)((int32_t)e - 127);
  return tsri_f32_of_bits(u - (e << 23) + (127u << 23)) - 1;
}
static inline double tsri_split_power(double x, double *k) {
  const uint64_t one = UINT64_C(0x3ff0000000000000);
  uint64_t u = tsri_bits_of_f64(x), e = (u - UINT64_C(0x3fe6a09e667f3bcd) + one) >> 52;
  *k = tsri_f64_of_bits(UINT64_C(0x4330000000000000) | e) - (0x1p52 + 1023);
  return tsri_f64_of_bits(u - (e << 52) + one) - 1;
}

/* What a logarithm is where it is not finite: r for positive finite x. */
static inline float tsri_log_edgesf(float x, float r) {
  r = x < INFINITY ? r : x;
  return x > 0 ? r : x == 0 ? -INFINITY : NAN;
}
static inline double tsri_log_edges(double x, double r) {
  r = x < (double)INFINITY ? r : x;
  return x > 0 ? r : x == 0 ? -(double)INFINITY : (double)NAN;
}

/* log (1 + f) - f = f^3 P(f) - f^2 / 2 */
static inline float tsri_log1p_tailf(float f) {
  float p =
      TSRI_POLYF(f, 0x1.555548p-2f, -0x1.000006p-2f, 0x1.99a4b4p-3f, -0x1.555c48p-3f,
                 0x1.23378ap-3f, -0x1.fc22dcp-4f, 0x1.e6ef6cp-4f, -0x1.de371p-4f, 0x1.1453d4p-4f);
  float square = f * f;
  return tsri_madf(square * f, p, -0.5f * square);
}

/* With s = f / (2 + f) it is s (f^2 / 2 + R) - f^2 / 2, where R = log ((1 + s) / (1 - s)) / s - 2. */
static inline double tsri_log1p_tail(double f) {
  double s = f / (2 + f), z = s * s, half = 0.5 * f * f;
  double p = TSRI_POLY(z, 0x1.5555555555592p-1, 0x1.999999997fef9p-2, 0x1.24924941dfcd7p-2,
                       0x1.c71c52171be71p-3, 0x1.74663c278ca22p-3, 0x1.39a2002b48123p-3,
                       0x1.2f02b695f1b1ep-3);
  return tsri_mad(s, tsri_mad(z, p, half), -half);
}

static inline float tsri_logf(float x) {
  int small = x < 0x1p-126f;
  float k, f = tsri_split_powerf(small ? x * 0x1p23f : x, &k);
  k = small ? k - 23 : k;
  float base = k * TSRI_LN2_HIGHF, high = base + f, low = (base - high) + f;
  return tsri_log_edgesf(x, high + (low + tsri_madf(k, TSRI_LN2_LOWF, tsri_log1p_tailf(f))));
}
static inline double tsri_log(double x) {
  int small = x < 0x1p-1022;
  double k, f = tsri_split_power(small ? x * 0x1p52 : x, &k);
  k = small ? k - 52 : k;
  double base = k * TSRI_LN2_HIGH, high = base + f, low = (base - high) + f;
  return tsri_log_edges(x, high + (low + tsri_mad(k, TSRI_LN2_LOW, tsri_log1p_tail(f))));
}

/* k b + c log (1 + f), b = b_high + b_low of which b_high k is exact, c = c_high + c_low. */
static inline float tsri_log_basedf(float x, float b_high, float b_low, float c, float c_low) {
  int small = x < 0x1p-126f;
  float k, f = tsri_split_powerf(small ? x * 0x1p23f : x, &k);
  k = small ? k - 23 : k;
  float tail = tsri_log1p_tailf(f), l = f + tail, l_low = (f - l) + tail, p = l * c;
  float p_low = tsri_madf(l, c_low, tsri_madf(l_low, c, tsri_fmaf(l, c, -p)));
  float base = k * b_high, high = base + p, low = (base - high) + p;
  return tsri_log_edgesf(x, high + (low + tsri_madf(k, b_low, p_low)));
}
static inline double tsri_log_based(double x, double b_high, double b_low, double c, double c_low) {
  int small = x < 0x1p-1022;
  double k, f = tsri_split_power(small ? x * 0x1p52 : x, &k);
  k = small ? k - 52 : k;
  double tail = tsri_log1p_tail(f), l = f + tail, l_low = (f - l) + tail, p = l * c;
  double p_low = tsri_mad(l, c_low, tsri_mad(l_low, c, tsri_fma(l, c, -p)));
  double base = k * b_high, high = base + p, low = (base - high) + p;
  return tsri_log_edges(x, high + (low + tsri_mad(k, b_low, p_low)));
}
static inline float tsri_log2f(float x) {
  return tsri_log_basedf(x, 1, 0, 0x1.715476p0f, 0x1.4ae0cp-26f);
}
static inline double tsri_log2(double x) {
  return tsri_log_based(x, 1, 0, 0x1.71547652b82fep0, 0x1.777d0ffda0d24p-56);
}
static inline float tsri_log10f(float x) {
  return tsri_log_basedf(x, 0x1.3442p-2f, -0x1.95ec1p-19f, 0x1.bcb7b2p-2f, -0x1.5b235ep-27f);
}
static inline double tsri_log10(double x) {
  return tsri_log_based(x, 0x1.34413509f78p-2, 0x1.fef311f12b358p-46, 0x1.bcb7b1526e50ep-2,
                        0x1.95355baaafad3p-57);
}

/* 1 + x = u + lost = 2^k (1 + f + g), and log (1 + f + g) = log (1 + f) + g (1 - f + f^2 - ...) */
static inline float tsri_log1pf(float x) {
  float u = 1 + x, lost = x < 1 ? x - (u - 1) : 1 - (u - x), k, f = tsri_split_powerf(u, &k);
  float unit = tsri_f32_of_bits((uint32_t)(127 - (int32_t)k) << 23); /* 2^-k */
  float g = (k < 99 ? lost * unit : 0) * tsri_madf(f, f - 1, 1);
  float base = k * TSRI_LN2_HIGHF, high = base + f, low = (base - high) + f;
  float rest = low + (tsri_madf(k, TSRI_LN2_LOWF, g) + tsri_log1p_tailf(f));
  return tsri_signed_asf(tsri_log_edgesf(u, high + rest), x);
}
static inline double tsri_log1p(double x) {
  double u = 1 + x, lost = x < 1 ? x - (u - 1) : 1 - (u - x), k, f = tsri_split_power(u, &k);
  double unit = tsri_f64_of_bits(tsri_bits_of_f64((0x1p52 + 1023) - k) << 52); /* 2^-k */
  double g = (k < 999 ? lost * unit : 0) * tsri_mad(f, f - 1, 1);
  double base = k * TSRI_LN2_HIGH, high = base + f, low = (base - high) + f;
  double rest = low + (tsri_mad(k, TSRI_LN2_LOW, g) + tsri_log1p_tail(f));
  return tsri_signed_as(tsri_log_edges(u, high + rest), x);
}

#endif /* TSRI_MATH_LOG_H */
