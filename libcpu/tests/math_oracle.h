/* math_oracle.h - the vector functions, what they should give, and how far off they are.
 *
 * f32 is compared with C's f64 functions, whose own error is some 2^-29 of a last place of f32;
 * f64 with MPFR at 128 bits, where the build has it.
 */
#ifndef TSR_MATH_ORACLE_H
#define TSR_MATH_ORACLE_H

#include "tsr_test.h"
#include "variants/variants.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef TSR_TEST_MPFR
#include <mpfr.h>
#endif

typedef struct math_function {
  tsr_op_id op;
  const char *name;
  double (*one)(double);         /* f64 of one argument */
  double (*two)(double, double); /* or of two */
  double bound_f32, bound_f64;   /* math_bounds.def */
#ifdef TSR_TEST_MPFR
  int (*exact_one)(mpfr_t, const mpfr_t, mpfr_rnd_t);
  int (*exact_two)(mpfr_t, const mpfr_t, const mpfr_t, mpfr_rnd_t);
#endif
} math_function;

static double rsqrt(double x) { return 1 / sqrt(x); }
static double logistic(double x) { return 1 / (1 + exp(-x)); }

#ifdef TSR_TEST_MPFR
/* mpfr_rec_sqrt makes +inf of -0 */
static int mpfr_rsqrt(mpfr_t z, const mpfr_t x, mpfr_rnd_t mode) {
  mpfr_sqrt(z, x, mode);
  return mpfr_ui_div(z, 1, z, mode);
}
static int mpfr_logistic(mpfr_t z, const mpfr_t x, mpfr_rnd_t mode) {
  mpfr_neg(z, x, mode);
  mpfr_exp(z, z, mode);
  mpfr_add_ui(z, z, 1, mode);
  return mpfr_ui_div(z, 1, z, mode);
}
#define EXACT_ONE(name) .exact_one = mpfr_##name,
#define EXACT_TWO(name) .exact_two = mpfr_##name,
#else
#define EXACT_ONE(name)
#define EXACT_TWO(name)
#endif

#define TSRI_BOUND(OP, f, f32, f64)                                                                \
  {.op = TSR_OP_##OP, .name = #f, .one = f, EXACT_ONE(f).bound_f32 = f32, .bound_f64 = f64},
#define TSRI_BOUND2(OP, f, f32, f64)                                                               \
  {.op = TSR_OP_##OP, .name = #f, .two = f, EXACT_TWO(f).bound_f32 = f32, .bound_f64 = f64},
static const math_function math_functions[] = {
#include "variants/math_bounds.def"
};
#undef TSRI_BOUND
#undef TSRI_BOUND2
#define MATH_FUNCTIONS ((int)(sizeof math_functions / sizeof *math_functions))

static inline float float_of_bits(uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}
static inline double double_of_bits(uint64_t u) {
  double x;
  memcpy(&x, &u, sizeof x);
  return x;
}

/* Last places between an f32 and the truth; infinite where NaN, infinity, or the sign of a zero is
 * wrong. An overflow counts as 2^128.
 */
static inline double error_f32(float got, double want) {
  if (isnan(want) || isnan(got)) return isnan(want) && isnan(got) ? 0 : INFINITY;
  if (isinf(want) || want == 0)
    return (double)got == want && !signbit(got) == !signbit(want) ? 0 : INFINITY;
  if (got == 0 && !signbit(got) != !signbit(want)) return INFINITY;
  int e;
  frexp(want, &e);
  double value = isinf(got) ? copysign(0x1p128, (double)got) : (double)got;
  double capped = fabs(want) > 0x1p128 ? copysign(0x1p128, want) : want;
  return fabs(value - capped) / ldexp(1, (e < FLT_MIN_EXP ? FLT_MIN_EXP : e > 128 ? 128 : e) - 24);
}

#endif /* TSR_MATH_ORACLE_H */
