/* oracle_analytic.c - analytic functions in long double, rounded once to f64 or c128. */
#include "oracle_internal.h"

#include <complex.h>
#include <math.h>
#ifndef CMPLXL /* glibc keeps it from clang */
#define CMPLXL(x, y) __builtin_complex((long double)(x), (long double)(y))
#endif

static long double complex number(tsr_cell x) {
  return CMPLXL((long double)x.re, (long double)x.im);
}

/* A function of one number, given for real and complex arguments. */
static tsr_cell apply(tsr_dtype d, tsr_cell x, long double (*real)(long double),
                      long double complex (*complex_)(long double complex)) {
  if (tsr_dtype_kind(d) != TSR_KIND_COMPLEX)
    return oracle_fit(d, (tsr_cell){.re = (double)real((long double)x.re)});
  const long double complex z = complex_(number(x));
  return oracle_fit(d, (tsr_cell){.re = (double)creall(z), .im = (double)cimagl(z)});
}

static long double complex none(long double complex x) { return x; }
static long double rsqrtl(long double x) { return 1 / sqrtl(x); }
static long double logisticl(long double x) { return 1 / (1 + expl(-x)); }
static long double complex crsqrtl(long double complex x) { return 1 / csqrtl(x); }
static long double complex cexpm1l(long double complex x) { return cexpl(x) - 1; }
static long double complex clog1pl(long double complex x) {
  return clogl(CMPLXL(1 + creall(x), cimagl(x)));
}

static long double complex clogisticl(long double complex x) { return 1 / (1 + cexpl(-x)); }
static long double complex cexp2l(long double complex x) { return cexpl(x * logl(2)); }
static long double complex clog2l(long double complex x) { return clogl(x) / logl(2); }
static long double complex clog10_l(long double complex x) { return clogl(x) / logl(10); }

#define FUNCTION(name, real, complex_)                                                             \
  static tsr_cell name##_cell(tsr_dtype d, const tsr_cell *x) {                                    \
    return apply(d, *x, real, complex_);                                                           \
  }
FUNCTION(exp, expl, cexpl)
FUNCTION(sin, sinl, csinl)
FUNCTION(cos, cosl, ccosl)
FUNCTION(expm1, expm1l, cexpm1l)
FUNCTION(log, logl, clogl)
FUNCTION(log1p, log1pl, clog1pl)
FUNCTION(sqrt, sqrtl, csqrtl)
FUNCTION(rsqrt, rsqrtl, crsqrtl)
FUNCTION(tan, tanl, ctanl)
FUNCTION(tanh, tanhl, ctanhl)
FUNCTION(sinh, sinhl, csinhl)
FUNCTION(cosh, coshl, ccoshl)
FUNCTION(logistic, logisticl, clogisticl)
FUNCTION(exp2, exp2l, cexp2l)
FUNCTION(log2, log2l, clog2l)
FUNCTION(log10, log10l, clog10_l)
FUNCTION(cbrt, cbrtl, none)
FUNCTION(asin, asinl, casinl)
FUNCTION(acos, acosl, cacosl)
FUNCTION(atan, atanl, catanl)
FUNCTION(asinh, asinhl, casinhl)
FUNCTION(acosh, acoshl, cacoshl)
FUNCTION(atanh, atanhl, catanhl)
FUNCTION(erf, erfl, none)
FUNCTION(erfc, erfcl, none)

static tsr_cell atan2_cell(tsr_dtype d, const tsr_cell *x) {
  return oracle_fit(d,
                    (tsr_cell){.re = (double)atan2l((long double)x[0].re, (long double)x[1].re)});
}

/* A negative exponent of integers was refused before. */
static tsr_cell pow_cell(tsr_dtype d, const tsr_cell *x) {
  if (tsr_dtype_kind(d) == TSR_KIND_REAL)
    return oracle_fit(d,
                      (tsr_cell){.re = (double)powl((long double)x[0].re, (long double)x[1].re)});
  if (tsr_dtype_kind(d) == TSR_KIND_COMPLEX) {
    const bool is_zero = x[0].re == 0 && x[0].im == 0;
    if (x[1].re == 0 && x[1].im == 0) return (tsr_cell){.re = 1};
    if (is_zero && x[1].re > 0) return (tsr_cell){0};
    const long double complex z = cpowl(number(x[0]), number(x[1]));
    return oracle_fit(d, (tsr_cell){.re = (double)creall(z), .im = (double)cimagl(z)});
  }
  tsr_cell z = {.i = 1};
  const uint64_t y = (uint64_t)x[1].i;
  for (int bit = 63; bit >= 0; bit--) { /* from the highest bit of the exponent down */
    z = oracle_mul(d, z, z);
    if (y >> bit & 1) z = oracle_mul(d, z, x[0]);
  }
  return z;
}

oracle_cell_fn oracle_analytic(tsr_op_id id) {
  static const oracle_cell_fn cells[TSR_OP_CORE_COUNT] = {
      [TSR_OP_EXP] = exp_cell,     [TSR_OP_SIN] = sin_cell,     [TSR_OP_COS] = cos_cell,
      [TSR_OP_EXPM1] = expm1_cell, [TSR_OP_LOG] = log_cell,     [TSR_OP_LOG1P] = log1p_cell,
      [TSR_OP_SQRT] = sqrt_cell,   [TSR_OP_RSQRT] = rsqrt_cell, [TSR_OP_TAN] = tan_cell,
      [TSR_OP_TANH] = tanh_cell,   [TSR_OP_SINH] = sinh_cell,   [TSR_OP_COSH] = cosh_cell,
      [TSR_OP_POW] = pow_cell,     [TSR_OP_EXP2] = exp2_cell,   [TSR_OP_LOG2] = log2_cell,
      [TSR_OP_LOG10] = log10_cell, [TSR_OP_CBRT] = cbrt_cell,   [TSR_OP_ATAN2] = atan2_cell,
      [TSR_OP_ASIN] = asin_cell,   [TSR_OP_ACOS] = acos_cell,   [TSR_OP_ATAN] = atan_cell,
      [TSR_OP_ASINH] = asinh_cell, [TSR_OP_ACOSH] = acosh_cell, [TSR_OP_ATANH] = atanh_cell,
      [TSR_OP_ERF] = erf_cell,     [TSR_OP_ERFC] = erfc_cell,   [TSR_OP_LOGISTIC] = logistic_cell};
  return cells[id];
}
