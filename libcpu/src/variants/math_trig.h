/* math_trig.h - sine, cosine and tangent.
 *
 * |x| = n pi / 2 + r in Cody's and Waite's way with pi / 2 in three parts. The first difference is
 * exact; the second product and its difference keep their errors, so that r + low is right even
 * where x is next to a multiple of pi / 2. That holds for |x| up to TSRI_TRIG_LIMIT; what is
 * further off is multiplied with as many bits of 2 / pi as matter (Payne and Hanek 1983), one
 * element at a time.
 */
#ifndef TSRI_MATH_TRIG_H
#define TSRI_MATH_TRIG_H

#include "math_base.h"

#define TSRI_TRIG_LIMITF 0x1p17f
#define TSRI_TRIG_LIMIT  0x1p30

/* Whether x is finite and beyond the limit. */
static inline int tsri_sin_is_farf(float x) {
  return (fabsf(x) > TSRI_TRIG_LIMITF) & (fabsf(x) < INFINITY);
}
static inline int tsri_sin_is_far(double x) {
  return (fabs(x) > TSRI_TRIG_LIMIT) & (fabs(x) < (double)INFINITY);
}

#define tsri_cos_is_farf tsri_sin_is_farf
#define tsri_cos_is_far  tsri_sin_is_far
#define tsri_tan_is_farf tsri_sin_is_farf
#define tsri_tan_is_far  tsri_sin_is_far

/* r + low; the low bits of quarters are n. */
static inline float tsri_turnf(float a, float *low, uint32_t *quarters) {
  float rounder = tsri_madf(a, 0x1.45f306p-1f, TSRI_ROUNDERF), n = rounder - TSRI_ROUNDERF;
  float first = tsri_fmaf(n, -0x1.921fb6p0f, a);
  float t = n * -0x1.777a5cp-25f, t_low = tsri_fmaf(n, -0x1.777a5cp-25f, -t);
  float r = first - t, v = r - first, lost = (first - (r - v)) - (t + v);
  *low = tsri_madf(n, 0x1.ee59dap-50f, lost - t_low);
  *quarters = tsri_bits_of_f32(rounder);
  return r;
}
static inline double tsri_turn(double a, double *low, uint64_t *quarters) {
  double rounder = tsri_mad(a, 0x1.45f306dc9c883p-1, TSRI_ROUNDER), n = rounder - TSRI_ROUNDER;
  double first = tsri_fma(n, -0x1.921fb54442d18p0, a);
  double t = n * 0x1.1a62633145c07p-54, t_low = tsri_fma(n, 0x1.1a62633145c07p-54, -t);
  double r = first - t, v = r - first, lost = (first - (r - v)) - (t + v);
  *low = tsri_mad(n, 0x1.f1976b7ed8fbcp-110, lost - t_low);
  *quarters = tsri_bits_of_f64(rounder);
  return r;
}

/* sin (r + low) = r + rest and cos (r + low) = result + rest for |r| a little above pi / 4 at most */
static inline float tsri_sin_restf(float r, float low) {
  float z = r * r;
  return tsri_madf(r * z, TSRI_POLYF(z, -0x1.555542p-3f, 0x1.11063p-7f, -0x1.98e9ccp-13f), low);
}
static inline float tsri_cos_partsf(float r, float low, float *rest) {
  float z = r * r, half = 0.5f * z, w = 1 - half;
  *rest = tsri_madf(z * z, TSRI_POLYF(z, 0x1.555548p-5f, -0x1.6c0b12p-10f, 0x1.999964p-16f),
                    ((1 - w) - half) - r * low);
  return w;
}
static inline double tsri_sin_rest(double r, double low) {
  double z = r * r;
  return tsri_mad(r * z,
                  TSRI_POLY(z, -0x1.5555555555548p-3, 0x1.111111110f7c8p-7, -0x1.a01a019bfcdcp-13,
                            0x1.71de3566dd855p-19, -0x1.ae5e59cbc98fdp-26, 0x1.5d8f96db40f33p-33),
                  low);
}
static inline double tsri_cos_parts(double r, double low, double *rest) {
  double z = r * r, half = 0.5 * z, w = 1 - half;
  *rest = tsri_mad(z * z,
                   TSRI_POLY(z, 0x1.555555555554bp-5, -0x1.6c16c16c14f88p-10, 0x1.a01a019c8364fp-16,
                             -0x1.27e4f7ea16829p-22, 0x1.1ee9d73b5e2f8p-29, -0x1.8fa45998bd962p-37),
                   ((1 - w) - half) - r * low);
  return w;
}

/* sin x of x = +-(quarters pi / 2 + r + low), and cos x */
static inline float tsri_sin_turnedf(float x, float r, float low, uint32_t quarters) {
  float rest, w = tsri_cos_partsf(r, low, &rest);
  float sine = r + tsri_sin_restf(r, low), cosine = w + rest;
  uint32_t sign = (quarters << 30 ^ tsri_bits_of_f32(x)) & TSRI_SIGNF;
  return tsri_f32_of_bits(tsri_bits_of_f32(quarters & 1 ? cosine : sine) ^ sign);
}
static inline double tsri_sin_turned(double x, double r, double low, uint64_t quarters) {
  double rest, w = tsri_cos_parts(r, low, &rest);
  double sine = r + tsri_sin_rest(r, low), cosine = w + rest;
  uint64_t sign = (quarters << 62 ^ tsri_bits_of_f64(x)) & TSRI_SIGN;
  return tsri_f64_of_bits(tsri_bits_of_f64(quarters & 1 ? cosine : sine) ^ sign);
}
static inline float tsri_cos_turnedf(float r, float low, uint32_t quarters) {
  float rest, w = tsri_cos_partsf(r, low, &rest);
  float sine = r + tsri_sin_restf(r, low), cosine = w + rest;
  uint32_t sign = (quarters + 1) << 30 & TSRI_SIGNF;
  return tsri_f32_of_bits(tsri_bits_of_f32(quarters & 1 ? sine : cosine) ^ sign);
}
static inline double tsri_cos_turned(double r, double low, uint64_t quarters) {
  double rest, w = tsri_cos_parts(r, low, &rest);
  double sine = r + tsri_sin_rest(r, low), cosine = w + rest;
  uint64_t sign = (quarters + 1) << 62 & TSRI_SIGN;
  return tsri_f64_of_bits(tsri_bits_of_f64(quarters & 1 ? sine : cosine) ^ sign);
}

/* A quotient of the two sums, corrected once by its remainder; every other quarter -cos / sin. */
static inline float tsri_tan_turnedf(float x, float r, float low, uint32_t quarters) {
  float cos_rest, w = tsri_cos_partsf(r, low, &cos_rest), sin_rest = tsri_sin_restf(r, low);
  float sine = r + sin_rest, sin_low = (r - sine) + sin_rest;
  float cosine = w + cos_rest, cos_low = (w - cosine) + cos_rest;
  int turned = quarters & 1;
  float top = turned ? cosine : sine, top_low = turned ? cos_low : sin_low;
  float bottom = turned ? sine : cosine, bottom_low = turned ? sin_low : cos_low;
  float inverse = 1 / bottom, t = top * inverse;
  float left = tsri_fmaf(-t, bottom, top) + tsri_madf(-t, bottom_low, top_low);
  uint32_t sign = (quarters << 31 ^ tsri_bits_of_f32(x)) & TSRI_SIGNF;
  return tsri_f32_of_bits(tsri_bits_of_f32(tsri_madf(left, inverse, t)) ^ sign);
}
static inline double tsri_tan_turned(double x, double r, double low, uint64_t quarters) {
  double cos_rest, w = tsri_cos_parts(r, low, &cos_rest), sin_rest = tsri_sin_rest(r, low);
  double sine = r + sin_rest, sin_low = (r - sine) + sin_rest;
  double cosine = w + cos_rest, cos_low = (w - cosine) + cos_rest;
  int turned = quarters & 1;
  double top = turned ? cosine : sine, top_low = turned ? cos_low : sin_low;
  double bottom = turned ? sine : cosine, bottom_low = turned ? sin_low : cos_low;
  double inverse = 1 / bottom, t = top * inverse;
  double left = tsri_fma(-t, bottom, top) + tsri_mad(-t, bottom_low, top_low);
  uint64_t sign = (quarters << 63 ^ tsri_bits_of_f64(x)) & TSRI_SIGN;
  return tsri_f64_of_bits(tsri_bits_of_f64(tsri_mad(left, inverse, t)) ^ sign);
}

static inline float tsri_sinf(float x) {
  float low, r;
  uint32_t quarters;
  r = tsri_turnf(fabsf(x), &low, &quarters);
  return tsri_sin_turnedf(x, r, low, quarters);
}
static inline double tsri_sin(double x) {
  double low, r;
  uint64_t quarters;
  r = tsri_turn(fabs(x), &low, &quarters);
  return tsri_sin_turned(x, r, low, quarters);
}
static inline float tsri_cosf(float x) {
  float low, r;
  uint32_t quarters;
  r = tsri_turnf(fabsf(x), &low, &quarters);
  return tsri_cos_turnedf(r, low, quarters);
}
static inline double tsri_cos(double x) {
  double low, r;
  uint64_t quarters;
  r = tsri_turn(fabs(x), &low, &quarters);
  return tsri_cos_turned(r, low, quarters);
}

static inline float tsri_tanf(float x) {
  float low, r;
  uint32_t quarters;
  r = tsri_turnf(fabsf(x), &low, &quarters);
  return tsri_tan_turnedf(x, r, low, quarters);
}
static inline double tsri_tan(double x) {
  double low, r;
  uint64_t quarters;
  r = tsri_turn(fabs(x), &low, &quarters);
  return tsri_tan_turned(x, r, low, quarters);
}

/* The same for any finite a beyond the limit: a = m 2^e, and of m (2 / pi 2^e) the multiples of 4 and
 * what lies 2^-190 below the point are left out.
 */
static inline double tsri_far_turn(double a, double *low, uint64_t *quarters) {
  static const uint64_t two_over_pi[] = {
      UINT64_C(0xa2f9836e4e441529), UINT64_C(0xfc2757d1f534ddc0), UINT64_C(0xdb6295993c439041),
      UINT64_C(0xfe5163abdebbc561), UINT64_C(0xb7246e3a424dd2e0), UINT64_C(0x06492eea09d1921c),
      UINT64_C(0xfe1deb1cb129a73e), UINT64_C(0xe88235f52ebb4484), UINT64_C(0xe99c7026b45f7e41),
      UINT64_C(0x3991d639835339f4), UINT64_C(0x9c845f8bbdf9283b), UINT64_C(0x1ff897ffde05980f),
      UINT64_C(0xef2f118b5a0a6d1f), UINT64_C(0x6d367ecf27cb09b7), UINT64_C(0x4f463f669e5fea2d),
      UINT64_C(0x7527bac7ebe5f17b), UINT64_C(0x3d0739f78a5292ea), UINT64_C(0x6bfb5fb11f8d5d08),
      UINT64_C(0x56033046fc7b6bab), UINT64_C(0xf0cfbc209af4361d)};
  uint64_t u = tsri_bits_of_f64(a), m = (u & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
  int first = (int)(u >> 52 & 2047) - 1075 - 2; /* of 2 / pi's bits after the point */
  uint64_t part[3], carry = 0, sum[3];
  for (int i = 0; i < 3; i++) {
    int bit = first + 64 * i + 64, word = bit / 64 - 1, shift = bit % 64; /* bit >= 0 */
    uint64_t before = word < 0 ? 0 : two_over_pi[word];
    part[i] = shift ? before << shift | two_over_pi[word + 1] >> (64 - shift) : before;
  }
  for (int i = 2; i >= 0; i--) {
    unsigned __int128 product = (unsigned __int128)part[i] * m + carry;
    sum[i] = (uint64_t)product;
    carry = (uint64_t)(product >> 64);
  }
  uint64_t n = (sum[0] + (UINT64_C(1) << 61)) >> 62;
  sum[0] -= n << 62; /* now a signed number of 192 bits, in units of 2^-190 */
  uint64_t negative = sum[0] >> 63;
  if (negative) {
    sum[2] = 0 - sum[2];
    sum[1] = ~sum[1] + !sum[2];
    sum[0] = ~sum[0] + (!sum[1] & !sum[2]);
  }
  double high = (double)(sum[0] >> 11) * 0x1p-51;
  double mid = (double)((sum[0] & 0x7ff) << 42 | sum[1] >> 22) * 0x1p-104;
  double rest = (double)((sum[1] & 0x3fffff) << 31 | sum[2] >> 33) * 0x1p-157;
  double x = high + mid, x_low = ((high - x) + mid) + rest, turn = x + x_low;
  x_low = (x - turn) + x_low;
  double half_pi = 0x1.921fb54442d18p0, half_pi_low = 0x1.1a62633145c07p-54;
  double r = turn * half_pi;
  double lost = tsri_mad(x_low, half_pi, tsri_mad(turn, half_pi_low, tsri_fma(turn, half_pi, -r)));
  *low = negative ? -lost : lost;
  *quarters = n;
  return negative ? -r : r;
}

static inline double tsri_sin_far(double x) {
  double low, r;
  uint64_t quarters;
  r = tsri_far_turn(fabs(x), &low, &quarters);
  return tsri_sin_turned(x, r, low, quarters);
}
static inline double tsri_cos_far(double x) {
  double low, r;
  uint64_t quarters;
  r = tsri_far_turn(fabs(x), &low, &quarters);
  return tsri_cos_turned(r, low, quarters);
}
static inline double tsri_tan_far(double x) {
  double low, r;
  uint64_t quarters;
  r = tsri_far_turn(fabs(x), &low, &quarters);
  return tsri_tan_turned(x, r, low, quarters);
}
static inline float tsri_sin_farf(float x) { return (float)tsri_sin_far((double)x); }
static inline float tsri_cos_farf(float x) { return (float)tsri_cos_far((double)x); }
static inline float tsri_tan_farf(float x) { return (float)tsri_tan_far((double)x); }

#endif /* TSRI_MATH_TRIG_H */
