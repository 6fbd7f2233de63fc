/* elements.h - what templates over the four dtypes need to know about each. */
#ifndef TSRI_LINALG_ELEMENTS_H
#define TSRI_LINALG_ELEMENTS_H

#include <complex.h>
#include <math.h>

#ifndef CMPLX /* glibc keeps them from clang */
#define CMPLX(x, y)  __builtin_complex((double)(x), (double)(y))
#define CMPLXF(x, y) __builtin_complex((float)(x), (float)(y))
#endif

/* e with size = x 2^e, 1/2 <= x < 1; 0 where there is none */
static inline int tsri_exponent(double size) {
  int e = 0;
  if (size > 0 && isfinite(size)) (void)frexp(size, &e);
  return e;
}

/* |re| + |im|, LAPACK's measure for choosing pivots. */
static inline double tsri_size_f32(float x) { return fabsf(x); }
static inline double tsri_size_f64(double x) { return fabs(x); }
static inline double tsri_size_c64(float complex x) {
  return (double)fabsf(crealf(x)) + (double)fabsf(cimagf(x));
}
static inline double tsri_size_c128(double complex x) { return fabs(creal(x)) + fabs(cimag(x)); }

static inline float tsri_conj_f32(float x) { return x; }
static inline double tsri_conj_f64(double x) { return x; }
static inline float complex tsri_conj_c64(float complex x) { return conjf(x); }
static inline double complex tsri_conj_c128(double complex x) { return conj(x); }

/* x 2^e */
static inline float tsri_scaled_f32(float x, int e) { return ldexpf(x, e); }
static inline double tsri_scaled_f64(double x, int e) { return ldexp(x, e); }
static inline float complex tsri_scaled_c64(float complex x, int e) {
  return CMPLXF(ldexpf(crealf(x), e), ldexpf(cimagf(x), e));
}
static inline double complex tsri_scaled_c128(double complex x, int e) {
  return CMPLX(ldexp(creal(x), e), ldexp(cimag(x), e));
}

#endif /* TSRI_LINALG_ELEMENTS_H */
