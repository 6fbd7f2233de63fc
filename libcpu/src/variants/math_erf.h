/* math_erf.h - the error function.
 *
 * Below 1 a polynomial in x^2; above, 1 - e^v with a polynomial v = log erfc |x|, which needs the
 * fewer digits the larger x is.
 */
#ifndef TSRI_MATH_ERF_H
#define TSRI_MATH_ERF_H

#include "math_exp.h"

static inline float tsri_erff(float x) {
  float a = fabsf(x), z = x * x;
  float near =
      tsri_madf(x,
                TSRI_POLYF(z, 0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2cf8p-4f, -0x1.b7f90ep-6f,
                           0x1.5405b4p-8f, -0x1.a3f70ep-11f, 0x1.496a5ep-14f),
                x);
  a = a > 4 ? 4 : a;
  float v = TSRI_POLYF(a, -0x1.7314ccp-12f, -0x1.2085a6p0f, -0x1.46c5aep-1f, -0x1.a60956p-4f,
                       0x1.653fdp-6f, -0x1.814814p-9f, 0x1.85255p-13f);
  return fabsf(x) < 1 ? near : tsri_signed_asf(1 - tsri_expf(v), x);
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

#endif /* TSRI_MATH_ERF_H */
