/* math_pow.h - x^y = e^(y log x).
 *
 * The result loses as many bits as y log x has before the point, so log x has 11 bits more than the
 * result: f32 computes in f64, f64 with sums of two numbers: with s = f / (2 + f),
 * log (1 + f) = 2 s + 2/3 s^3 + s^5 T(s^2), where only T may be rounded to one number. Signs, zeros
 * and wholeness are put right at the end; what is infinite, NaN or subnormal goes to libm.
 */
#ifndef TSRI_MATH_POW_H
#define TSRI_MATH_POW_H

#include "math_exp.h"
#include "math_log.h"

static inline int tsri_pow_is_farf(float x, float y) {
  return (!(fabsf(x) < INFINITY)) | (!(fabsf(y) < INFINITY));
}
static inline int tsri_pow_is_far(double x, double y) {
  double a = fabs(x);
  return (!(a < (double)INFINITY)) | (!(fabs(y) < (double)INFINITY)) | ((a < 0x1p-1022) & (a > 0));
}

static inline float tsri_pow_farf(float x, float y) { return powf(x, y); }
static inline double tsri_pow_far(double x, double y) { return pow(x, y); }

/* The power of |x|, and of a negative or zero x; odd whole numbers y keep its sign. */
static inline double tsri_pow_edges(double x, double y, double r) {
  int whole = trunc(y) == y, odd = whole & (trunc(0.5 * y) != 0.5 * y);
  r = x == 0 ? (y < 0 ? (double)INFINITY : 0) : r;
  r = y == 0 ? 1 : r;
  uint64_t sign = odd ? tsri_bits_of_f64(x) & TSRI_SIGN : 0;
  return (x < 0) & !whole ? (double)NAN : tsri_f64_of_bits(tsri_bits_of_f64(r) ^ sign);
}

static inline float tsri_powf(float base, float exponent) {
  double x = base, y = exponent, k;
  double f = tsri_split_power(fabs(x), &k);
  double p = TSRI_POLY(f, 0x1.71547652a1ec2p0, -0x1.715476565d2a7p-1, 0x1.ec709ebb7ed42p-2,
                       -0x1.715470977abf8p-2, 0x1.27765202b82dfp-2, -0x1.ec72b5bd5b911p-3,
                       0x1.a63f4324531f7p-3, -0x1.71416c17259b8p-3, 0x1.452923b555a6p-3,
                       -0x1.252f712c7e6e9p-3, 0x1.2871e3200d50bp-3, -0x1.248804cac400bp-3,
                       0x1.3ce6be8e15a93p-4);
  double v = y * tsri_mad(f, p, k);
  v = v < -160 ? -160 : v;
  v = v > 140 ? 140 : v;
  double rounder = v + TSRI_ROUNDER, r = v - (rounder - TSRI_ROUNDER);
  double power = tsri_exp2_shortf(r);
  double scale = tsri_f64_of_bits((tsri_bits_of_f64(rounder) + 1023) << 52);
  return (float)tsri_pow_edges(x, y, power * scale);
}

/* log x = result + low within 2^-64, for positive normal x */
static inline double tsri_log_parts(double x, double *low) {
  double k, f = tsri_split_power(x, &k);
  double sum = 2 + f, sum_low = (2 - sum) + f, inverse = 1 / sum;
  double s = f * inverse;
  double s_low = tsri_mad(-s, sum_low, tsri_fma(-s, sum, f)) * inverse;
  double z = s * s, z_low = tsri_mad(s + s, s_low, tsri_fma(s, s, -z));
  double t = TSRI_POLY(z, 0x1.9999999999996p-2, 0x1.249249249302bp-2, 0x1.c71c71c581719p-3,
                       0x1.745d1831dbc69p-3, 0x1.3b1362d3e0a31p-3, 0x1.1120b1644288ep-3,
                       0x1.de341416761e1p-4, 0x1.eb0c106f87e3fp-4);
  double third = 0x1.5555555555555p-1, third_low = 0x1.5555555555555p-55;
  double q = third * z, q_low = tsri_mad(third, z_low, tsri_fma(third, z, -q));
  q_low = tsri_mad(z * z, t, tsri_mad(third_low, z, q_low));
  double u = 2 + q, u_low = ((2 - u) + q) + q_low;
  double l = s * u, l_low = tsri_mad(s_low, u, tsri_mad(s, u_low, tsri_fma(s, u, -l)));
  double base = k * TSRI_LN2_HIGH, high = base + l;
  double rest = ((base - high) + l) + tsri_mad(k, TSRI_LN2_LOW, l_low), whole = high + rest;
  *low = (high - whole) + rest;
  return whole;
}

/* An exponent beyond 2^65 gives 0, 1 or infinity like 2^65, and no overflow on the way. */
static inline double tsri_pow(double x, double y) {
  double low, high = tsri_log_parts(fabs(x), &low);
  double e = y < -0x1p65 ? -0x1p65 : y;
  e = e > 0x1p65 ? 0x1p65 : e;
  double v = e * high, v_low = tsri_mad(e, low, tsri_fma(e, high, -v));
  return tsri_pow_edges(x, y, tsri_exp_of_parts(v, v_low, 1));
}

#endif /* TSRI_MATH_POW_H */
