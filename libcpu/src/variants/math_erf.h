/* math_erf.h - the error function and its complement.
 *
 * erf: below 1 a polynomial in x^2; above, 1 - e^v with a polynomial v = log erfc |x|, which needs
 * the fewer digits the larger x is. erfc a = e^(-a^2) P(t) / (1 + 2 a)
 * for a >= 0, where t = (a - 4) / (a + 4) brings all of a between -1 and 1; the square and t come
 * with their errors.
 */
#ifndef TSRI_MATH_ERF_H
#define TSRI_MATH_ERF_H

#include "math_exp.h"

/* e^v = 2^n 2^r as in math_exp.h, with log 2 in the polynomial of v, and fewer digits of 2^r. */
static inline float tsri_erff(float x) {
  float a = fabsf(x), z = x * x;
  float near =
      tsri_madf(x,
                TSRI_POLYF(z, 0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2cf8p-4f, -0x1.b7f90ep-6f,
                           0x1.5405b4p-8f, -0x1.a3f70ep-11f, 0x1.496a5ep-14f),
                x);
  float b = a > 4 ? 4 : a;
  float v = TSRI_POLYF(b, -0x1.0badb4p-11f, -0x1.a03fd6p0f, -0x1.d76ecp-1f, -0x1.306f5ap-3f,
                       0x1.01b36cp-5f, -0x1.15ec02p-8f, 0x1.18b596p-12f);
  float rounder = v + TSRI_ROUNDERF, r = v - (rounder - TSRI_ROUNDERF);
  float power = TSRI_POLYF(r, 0x1.000002p0f, 0x1.62e428p-1f, 0x1.ebf918p-3f, 0x1.c6b6e6p-5f,
                           0x1.3d0c4ep-7f, 0x1.5c0884p-10f);
  float rest = tsri_f32_of_bits(tsri_bits_of_f32(power) + (tsri_bits_of_f32(rounder) << 23));
  return a >= 1 ? tsri_signed_asf(1 - rest, x) : near;
}
static inline double tsri_erf(double x) {
  double a = fabs(x), z = x * x;
  double near =
      tsri_mad(x,
               TSRI_POLY(z, 0x1.06eba8214db68p-3, -0x1.812746b0379bdp-2, 0x1.ce2f21a040d16p-4,
                         -0x1.b82ce311fa96ap-6, 0x1.565bccf92b95cp-8, -0x1.c02db03de7872p-11,
                         0x1.f9a2baaa98f1cp-14, -0x1.f4ca4d888fad3p-17, 0x1.b97fd4d800861p-20,
                         -0x1.5c072d17cf1a3p-23, 0x1.d71b39eb834a6p-27, -0x1.abaec91b91d83p-31),
               x);
  a = a > 6 ? 6 : a;
  double v = TSRI_POLY(
      a, -0x1.8bf3d7e672ce6p-23, -0x1.20dd5565ac2acp0, -0x1.45f4328a6d6fap-1, -0x1.a4d9aa06e5f5ap-4,
      0x1.388e8e1484c92p-6, 0x1.27efb83414d31p-12, -0x1.d03ca848ea27ap-10, 0x1.51076a176c3bp-11,
      -0x1.817e563f39e22p-15, -0x1.248efef7103b3p-14, 0x1.778fa9d6fcbb7p-15, -0x1.13827813fdae3p-16,
      0x1.20b0d8a8bd78cp-18, -0x1.c5c3ce0bf4dbcp-21, 0x1.0c135198b9e16p-23, -0x1.d0a02fc1611fep-27,
      0x1.17911bc1a44e9p-30, -0x1.a1f7de546ce9dp-35, 0x1.2477d82d3f769p-40);
  return fabs(x) < 1 ? near : tsri_signed_as(1 - tsri_exp(v), x);
}

/* (1 + 2 a) e^(a^2) erfc a by t = (a - 2) / (a + 2), and by t = (a - 4) / (a + 4); within 2^-26 and
 * 2^-57
 */
static inline float tsri_erfcxf(float t) {
  return TSRI_POLYF(t, 0x1.46e80ep0f, -0x1.7bf616p-4f, -0x1.54084ep-3f, 0x1.4ffc4ap-3f,
                    -0x1.bc09c6p-5f, -0x1.081d42p-7f, 0x1.1aca76p-7f, 0x1.58454cp-10f,
                    -0x1.41e9fep-10f, -0x1.a2d8d6p-12f);
}
static inline double tsri_erfcx(double t) {
  return TSRI_POLY(
      t, 0x1.3ba5916e9fd7fp0, -0x1.1df1ad154a29cp-3, 0x1.f7f5df66fd71ep-7, 0x1.16ecefcfa6043p-4,
      -0x1.9ddb23c3e8a5p-4, 0x1.7fee004df6ac4p-4, -0x1.0fb06dfe58c81p-4, 0x1.3079edf9f9aap-5,
      -0x1.0962388077de5p-6, 0x1.49c67191a8fb5p-8, -0x1.8d4a9feea3b4ep-11, -0x1.a1de83cf9d604p-13,
      0x1.3be0d2d930941p-13, -0x1.9969d60898becp-16, -0x1.78a87201a93c8p-17, 0x1.7fae635bd9c01p-18,
      0x1.44391310703c3p-22, -0x1.bfe12b881c5cbp-21, 0x1.0bf5b55e967cep-24, 0x1.ec09bfc92cac2p-24,
      -0x1.0b47f09e1df0fp-27, -0x1.cbf377a991d3ep-27, -0x1.d8248af489e62p-30);
}

static inline double tsri_erfc(double x) {
  double a = fabs(x);
  a = a > 28 ? 28 : a;
  double top = a - 4, top_low = a > 4 ? (a - top) - 4 : a - (top + 4);
  double bottom = a + 4, bottom_low = a > 4 ? (a - bottom) + 4 : (4 - bottom) + a;
  double inverse = 1 / bottom, t = top * inverse;
  double low = (tsri_fma(-t, bottom, top) + tsri_mad(-t, bottom_low, top_low)) * inverse;
  double z = t * t, slope = 1.74 * z * z; /* P' / P, roughly, where it is not small */
  double p = tsri_erfcx(t), square = a * a;
  p = tsri_mad(p * low, slope, p) / tsri_mad(a, 2, 1);
  double r = tsri_exp_of_parts(-square, -tsri_fma(a, a, -square), p);
  return x < 0 ? 2 - r : r;
}

/* e^(-a^2) is e^r 2^n as in math_exp.h, where what the square lost goes into r. */
static inline float tsri_erfcf(float x) {
  float a = fabsf(x);
  a = a > 10.2f ? 10.2f : a;
  float square = a * a, lost = tsri_fmaf(a, a, -square);
  float rounder = tsri_madf(square, -0x1.715476p0f, TSRI_ROUNDERF), n = rounder - TSRI_ROUNDERF;
  float r = tsri_madf(n, -TSRI_LN2_LOWF, tsri_madf(n, -TSRI_LN2_HIGHF, -square) - lost);
  float power = 1 + tsri_madf(r * r, tsri_exp_tailf(r), r);
  float p = tsri_erfcxf((a - 2) / (a + 2)) / tsri_madf(a, 2, 1);
  float tail = tsri_scaledf(power * p, rounder);
  return x < 0 ? 2 - tail : tail;
}

#endif /* TSRI_MATH_ERF_H */
