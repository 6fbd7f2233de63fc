/* math_arc.h - inverse trigonometric functions.
 *
 * An angle is turned by 0, pi / 4 or pi / 2 until its tangent is at most tan (pi / 8) and odd
 * polynomials are short; quotients and roots come with their errors.
 */
#ifndef TSRI_MATH_ARC_H
#define TSRI_MATH_ARC_H

#include "math_base.h"

/* (atan t - t) / t^3 and (asin s - s) / s^3 by z = t^2 <= tan (pi / 8)^2, z = s^2 <= 1 / 4 */
static inline float tsri_atan_tailf(float z) {
  return TSRI_POLYF(z, -0x1.55554ap-2f, 0x1.999196p-3f, -0x1.23b516p-3f, 0x1.b1eb66p-4f,
                    -0x1.f1e942p-5f);
}
static inline double tsri_atan_tail(double z) {
  return TSRI_POLY(z, -0x1.555555555553dp-2, 0x1.99999999957bfp-3, -0x1.24924922a9efp-3,
                   0x1.c71c70e4e6a42p-4, -0x1.745cf8bec846cp-4, 0x1.3b11173ec8eedp-4,
                   -0x1.10eba4d27eap-4, 0x1.df0e44e53c2d2p-5, -0x1.9cce6d2a3f649p-5,
                   0x1.37cb58b268503p-5, -0x1.255509241721p-6);
}
static inline float tsri_asin_tailf(float z) {
  return TSRI_POLYF(z, 0x1.5555c8p-3f, 0x1.3301cep-4f, 0x1.7480ccp-5f, 0x1.8c0d6ap-6f,
                    0x1.59858ep-5f);
}
static inline double tsri_asin_tail(double z) {
  return TSRI_POLY(z, 0x1.555555555539p-3, 0x1.333333336e866p-4, 0x1.6db6db4275a43p-5,
                   0x1.f1c72c3ab2a2ep-6, 0x1.6e89f413d40a9p-6, 0x1.1c6be461aa613p-6,
                   0x1.c6fd89eb56425p-7, 0x1.8ec4742eccdd2p-7, 0x1.abc26573527c2p-8,
                   0x1.3ffdb4ba74508p-6, -0x1.09e19a1708e53p-6, 0x1.0572751a90b0ep-5);
}

/* base + base_low + atan ((top + top_low) / (bottom + bottom_low)) */
static inline float tsri_atan_fromf(float base, float base_low, float top, float top_low,
                                    float bottom, float bottom_low) {
  float inverse = 1 / bottom, t = top * inverse;
  float low = (tsri_fmaf(-t, bottom, top) + tsri_madf(-t, bottom_low, top_low)) * inverse;
  float z = t * t, rest = tsri_madf(t * z, tsri_atan_tailf(z), low + base_low);
  float sum = base + t;
  return sum + (((base - sum) + t) + rest);
}
static inline double tsri_atan_from(double base, double base_low, double top, double top_low,
                                    double bottom, double bottom_low) {
  double inverse = 1 / bottom, t = top * inverse;
  double low = (tsri_fma(-t, bottom, top) + tsri_mad(-t, bottom_low, top_low)) * inverse;
  double z = t * t, rest = tsri_mad(t * z, tsri_atan_tail(z), low + base_low);
  double sum = base + t;
  return sum + (((base - sum) + t) + rest);
}

static inline float tsri_atanf(float x) {
  float a = fabsf(x);
  a = a > 0x1p60f ? 0x1p60f : a;
  int middle = a > 0x1.a8279ap-2f, far = a > 0x1.3504f4p1f;
  float less = a - 1, more = a + 1, less_low = (-1 - less) + a, more_low = (1 - more) + a;
  float top = far ? -1 : middle ? less : a, top_low = middle & !far ? less_low : 0;
  float bottom = far ? a : middle ? more : 1, bottom_low = middle & !far ? more_low : 0;
  float base = far ? 0x1.921fb6p0f : middle ? 0x1.921fb6p-1f : 0;
  return tsri_signed_asf(
      tsri_atan_fromf(base, base * -0x1.de12cap-26f, top, top_low, bottom, bottom_low), x);
}
static inline double tsri_atan(double x) {
  double a = fabs(x);
  a = a > 0x1p300 ? 0x1p300 : a;
  int middle = a > 0x1.a827999fcef32p-2, far = a > 0x1.3504f333f9de6p1;
  double less = a - 1, more = a + 1, less_low = (-1 - less) + a, more_low = (1 - more) + a;
  double top = far ? -1 : middle ? less : a, top_low = middle & !far ? less_low : 0;
  double bottom = far ? a : middle ? more : 1, bottom_low = middle & !far ? more_low : 0;
  double base = far ? 0x1.921fb54442d18p0 : middle ? 0x1.921fb54442d18p-1 : 0;
  return tsri_signed_as(
      tsri_atan_from(base, base * 0x1.678afae35cdd1p-55, top, top_low, bottom, bottom_low), x);
}

/* atan2 needs quotients that neither overflow nor lose digits; the rest goes to libm. */
static inline int tsri_atan2_is_far(double y, double x) {
  double a = fabs(y), b = fabs(x), big = a > b ? a : b;
  return (!(a + b < 0x1p500)) | (big < 0x1p-500) | ((a < 0x1p-500) & (a > 0));
}
static inline int tsri_atan2_is_farf(float y, float x) {
  return (!(fabsf(y) < INFINITY)) | (!(fabsf(x) < INFINITY)) | ((y == 0) & (x == 0));
}
static inline double tsri_atan2_far(double y, double x) { return atan2(y, x); }
static inline float tsri_atan2_farf(float y, float x) { return atan2f(y, x); }

static inline double tsri_atan2(double y, double x) {
  double a = fabs(y), b = fabs(x);
  int middle = a > 0x1.a827999fcef32p-2 * b, far = a > 0x1.3504f333f9de6p1 * b;
  double less = a - b, more = a + b, big = a > b ? a : b, small = a > b ? b : a;
  double lost = a > b ? (a - less) - b : a - (less + b);
  double top = far ? -b : middle ? less : a, top_low = middle & !far ? lost : 0;
  double bottom = far      ? a
                  : middle ? more
                           : b,
         bottom_low = middle & !far ? (big - more) + small : 0;
  double base = far ? 0x1.921fb54442d18p0 : middle ? 0x1.921fb54442d18p-1 : 0;
  int left = x < 0; /* pi minus that */
  base = left ? 0x1.921fb54442d18p1 - base : base;
  double r = tsri_atan_from(base, base * 0x1.678afae35cdd1p-55, left ? -top : top,
                            left ? -top_low : top_low, bottom, bottom_low);
  return tsri_signed_as(r, y);
}

/* In f64 no quotient of two f32 overflows, and rounding errors are far away. */
static inline float tsri_atan2f(float up, float right) {
  double y = up, x = right, a = fabs(y), b = fabs(x);
  int middle = a > 0x1.a827999fcef32p-2 * b, far = a > 0x1.3504f333f9de6p1 * b;
  double top = far ? -b : middle ? a - b : a, bottom = far ? a : middle ? a + b : b;
  double base = far ? 0x1.921fb54442d18p0 : middle ? 0x1.921fb54442d18p-1 : 0;
  double t = top / bottom,
         r = base + t * TSRI_POLY(t * t, 0x1.fffffffad01f5p-1, -0x1.55554412c926fp-2,
                                  0x1.99903fa1969bap-3, -0x1.23a2fd7fc90a8p-3, 0x1.b1162414ba749p-4,
                                  -0x1.ee5a70ffc5b65p-5);
  return (float)tsri_signed_as(x < 0 ? 0x1.921fb54442d18p1 - r : r, y);
}

/* asin s = s + rest where s = a or, above 1 / 2, the root of (1 - a) / 2. */
static inline float tsri_asin_partsf(float a, float *rest) {
  int above = a > 0.5f;
  float z = above ? 0.5f - 0.5f * a : a * a, root = sqrtf(z), s = above ? root : a;
  float lost = above & (z > 0) ? tsri_fmaf(-root, root, z) * (0.5f / root) : 0;
  *rest = tsri_madf(s * z, tsri_asin_tailf(z), lost);
  return s;
}
static inline double tsri_asin_parts(double a, double *rest) {
  int above = a > 0.5;
  double z = above ? 0.5 - 0.5 * a : a * a, root = sqrt(z), s = above ? root : a;
  double lost = above & (z > 0) ? tsri_fma(-root, root, z) * (0.5 / root) : 0;
  *rest = tsri_mad(s * z, tsri_asin_tail(z), lost);
  return s;
}
static inline float tsri_asinf(float x) {
  float a = fabsf(x), rest, s = tsri_asin_partsf(a, &rest);
  float below = 0x1.921fb6p0f - 2 * s, lost = (0x1.921fb6p0f - below) - 2 * s;
  float top = below + (lost + (-0x1.777a5cp-25f - 2 * rest));
  return tsri_signed_asf(a > 0.5f ? top : s + rest, x);
}
static inline double tsri_asin(double x) {
  double a = fabs(x), rest, s = tsri_asin_parts(a, &rest);
  double below = 0x1.921fb54442d18p0 - 2 * s, lost = (0x1.921fb54442d18p0 - below) - 2 * s;
  double top = below + (lost + (0x1.1a62633145c07p-54 - 2 * rest));
  return tsri_signed_as(a > 0.5 ? top : s + rest, x);
}

/* base + base_low + sign (s + rest), over the same s */
static inline float tsri_acosf(float x) {
  float a = fabsf(x), rest, s = tsri_asin_partsf(a, &rest);
  int above = a > 0.5f;
  float base = !above ? 0x1.921fb6p0f : x < 0 ? 0x1.921fb6p1f : 0;
  float times = above ? (x < 0 ? -2 : 2) : x < 0 ? 1 : -1;
  float sum = base + times * s, lost = (base - sum) + times * s;
  return sum + (lost + tsri_madf(times, rest, base * -0x1.de12cap-26f));
}
static inline double tsri_acos(double x) {
  double a = fabs(x), rest, s = tsri_asin_parts(a, &rest);
  int above = a > 0.5;
  double base = !above ? 0x1.921fb54442d18p0 : x < 0 ? 0x1.921fb54442d18p1 : 0;
  double times = above ? (x < 0 ? -2 : 2) : x < 0 ? 1 : -1;
  double sum = base + times * s, lost = (base - sum) + times * s;
  return sum + (lost + tsri_mad(times, rest, base * 0x1.678afae35cdd1p-55));
}

#endif /* TSRI_MATH_ARC_H */
