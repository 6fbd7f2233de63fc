/* math_hyperbolic.h - inverse hyperbolic functions, all from log (1 + w).
 *
 * f32 computes in f64: their formulas have roots and quotients whose errors add up.
 */
#ifndef TSRI_MATH_HYPERBOLIC_H
#define TSRI_MATH_HYPERBOLIC_H

#include "math_log.h"

/* asinh a = log (1 + a + a^2 / (1 + sqrt (1 + a^2))), or log 2 a where a^2 would overflow. */
static inline double tsri_asinh(double x) {
  double a = fabs(x), square = a * a;
  int huge = a > 0x1p30;
  double w = huge ? a - 1 : a + square / (1 + sqrt(1 + square));
  return tsri_signed_as(tsri_log1p(w) + (huge ? 0x1.62e42fefa39efp-1 : 0), x);
}
static inline double tsri_acosh(double x) {
  double t = x - 1;
  int huge = x > 0x1p30;
  double w = huge ? t : t + sqrt(t * (2 + t));
  double r = tsri_log1p(w) + (huge ? 0x1.62e42fefa39efp-1 : 0);
  return x < 1 ? (double)NAN : r;
}
static inline double tsri_atanh(double x) {
  double a = fabs(x), twice = a + a, w = twice + twice * a / (1 - a);
  w = a < 0.5 ? w : twice / (1 - a);
  return tsri_signed_as(0.5 * tsri_log1p(w), x);
}
static inline float tsri_asinhf(float x) { return (float)tsri_asinh((double)x); }
static inline float tsri_acoshf(float x) { return (float)tsri_acosh((double)x); }
static inline float tsri_atanhf(float x) { return (float)tsri_atanh((double)x); }

#endif /* TSRI_MATH_HYPERBOLIC_H */
