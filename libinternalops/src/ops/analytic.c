/* analytic.c - rules of analytic functions of one operand: dz = slope dx.
 *
 * All are holomorphic where they take complex numbers. At a branch point or a pole the slope
 * is what IEEE 754 makes of its formula: infinite where it grows without bound.
 */
#include "ops/ops_internal.h"

typedef tsr_value (*slope_fn)(tsr_builder *b, tsr_value x, tsr_value z);

static tsr_status along(slope_fn slope, tsr_builder *b, const tsr_call *c, const tsr_value *t,
                        tsr_value *out_t) {
  out_t[0] = tsri_is_zero(t[0]) ? t[0] : tsr_mul(b, slope(b, c->in[0], c->out[0]), t[0]);
  return tsr_builder_status(b);
}

/* SLOPE(op, formula) - the rules of an op by its slope at x, where it is z. */
#define SLOPE(op, formula)                                                                         \
  static tsr_value op##_slope(tsr_builder *b, tsr_value x, tsr_value z) {                          \
    (void)b, (void)x, (void)z;                                                                     \
    return formula;                                                                                \
  }                                                                                                \
  static tsr_status op##_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,                \
                             tsr_value *out_t) {                                                   \
    return along(op##_slope, b, c, t, out_t);                                                      \
  }                                                                                                \
  const tsr_rules tsri_##op##_rules = {                                                            \
      .infer = tsri_infer_same, .jvp = op##_jvp, .batch = tsri_batch_elementwise};

static tsr_value number(tsr_builder *b, double value) { return tsr_scalar(b, value); }
static tsr_value over(tsr_builder *b, tsr_value x) { return tsr_div(b, number(b, 1), x); }
static tsr_value square(tsr_builder *b, tsr_value x) { return tsr_mul(b, x, x); }
/* 1 - x^2 keeps its digits as (1 - x) (1 + x). */
static tsr_value above(tsr_builder *b, tsr_value x) { return tsr_add(b, x, number(b, 1)); }
static tsr_value below(tsr_builder *b, tsr_value x) { return tsr_sub(b, number(b, 1), x); }
static tsr_value circle(tsr_builder *b, tsr_value x) {
  return tsr_mul(b, below(b, x), above(b, x));
}

/* ---- exponentials and logarithms ---- */

#define LN_2  0.69314718055994530942
#define LN_10 2.30258509299404568402

SLOPE(exp, z)
SLOPE(expm1, above(b, z))
SLOPE(exp2, tsr_mul(b, z, number(b, LN_2)))
SLOPE(log, over(b, x))
SLOPE(log1p, over(b, above(b, x)))
SLOPE(log2, over(b, tsr_mul(b, x, number(b, LN_2))))
SLOPE(log10, over(b, tsr_mul(b, x, number(b, LN_10))))
/* z (1 - z), without the cancellation */
SLOPE(logistic, tsr_mul(b, z, tsr_logistic(b, tsr_neg(b, x))))

/* ---- roots ---- */

SLOPE(sqrt, tsr_div(b, number(b, 0.5), z))
SLOPE(rsqrt, tsr_mul(b, number(b, -0.5), tsr_div(b, z, x)))
SLOPE(cbrt, over(b, tsr_mul(b, number(b, 3), square(b, z))))

/* ---- circular and hyperbolic functions ---- */

SLOPE(sin, tsr_cos(b, x))
SLOPE(cos, tsr_neg(b, tsr_sin(b, x)))
SLOPE(tan, above(b, square(b, z)))
SLOPE(sinh, tsr_cosh(b, x))
SLOPE(cosh, tsr_sinh(b, x))
SLOPE(tanh, circle(b, z))
SLOPE(asin, tsr_rsqrt(b, circle(b, x)))
SLOPE(acos, tsr_neg(b, tsr_rsqrt(b, circle(b, x))))
SLOPE(atan, over(b, above(b, square(b, x))))
SLOPE(asinh, tsr_rsqrt(b, above(b, square(b, x))))
/* The root of the product would have another cut than acosh. */
SLOPE(acosh, tsr_mul(b, tsr_rsqrt(b, tsr_sub(b, x, number(b, 1))), tsr_rsqrt(b, above(b, x))))
SLOPE(atanh, over(b, circle(b, x)))

/* ---- error functions: slope +- 2 / sqrt pi e^(-x^2) ---- */

#define TWO_OVER_ROOT_PI 1.12837916709551257390

static tsr_value bell(tsr_builder *b, tsr_value x, double height) {
  return tsr_mul(b, number(b, height), tsr_exp(b, tsr_neg(b, square(b, x))));
}
SLOPE(erf, bell(b, x, TWO_OVER_ROOT_PI))
SLOPE(erfc, bell(b, x, -TWO_OVER_ROOT_PI))
