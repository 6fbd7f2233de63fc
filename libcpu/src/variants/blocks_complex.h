/* blocks_complex.h - functions of a complex number that C lacks, or in which libm loses digits.
 *
 * All in double; c64 rounds the result. Branches are principal: -pi < arg <= pi, and the
 * sign of a zero imaginary part says on which side of a cut a number lies.
 */
#ifndef TSRI_BLOCKS_COMPLEX_H
#define TSRI_BLOCKS_COMPLEX_H

#include <complex.h>
#include <math.h>
#ifndef CMPLX /* glibc keeps it from clang */
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#endif

/* e^z - 1 = (e^x - 1) cos y - 2 sin^2 (y / 2) + i e^x sin y: no difference of near numbers
 * that the imaginary part does not outweigh. Away from x = 0 there is none anyway.
 */
static inline double _Complex tsri_complex_expm1(double _Complex z) {
  double x = creal(z), y = cimag(z), half = sin(y / 2);
  if (!(fabs(x) < 1)) {
    double _Complex power = cexp(z);
    return CMPLX(creal(power) - 1, cimag(power));
  }
  return CMPLX(expm1(x) * cos(y) - 2 * half * half, exp(x) * sin(y));
}

/* log (1 + z) = log1p (2 x + x^2 + y^2) / 2 + i arg (1 + z) where z is small. */
static inline double _Complex tsri_complex_log1p(double _Complex z) {
  double x = creal(z), y = cimag(z);
  if (fabs(x) <= 0.5 && fabs(y) <= 0.5)
    return CMPLX(log1p(x * (2 + x) + y * y) / 2, atan2(y, 1 + x));
  return clog(CMPLX(1 + x, y));
}

/* 2^z = 2^x (cos t + i sin t), t = y log 2: the modulus has all its digits, and t more than a
 * double has: sin (t + e) = sin t cos e + cos t sin e. Of a huge y it has no digit left, but the
 * modulus is 2^x all the same.
 */
static inline double _Complex tsri_complex_exp2(double _Complex z) {
  long double exact = cimag(z) * 0.693147180559945309417232121458176568L;
  double size = exp2(creal(z)), t = (double)exact, e = (double)(exact - t);
  if (cimag(z) == 0) return CMPLX(size, cimag(z));
  double c = fabs(e) < 0x1p-26 ? 1 : cos(e), s = fabs(e) < 0x1p-26 ? e : sin(e);
  return CMPLX(size * (cos(t) * c - s * sin(t)), size * (sin(t) * c + s * cos(t)));
}

/* log z over the logarithm of a base, by its inverse. */
static inline double _Complex tsri_complex_log_of(double _Complex z, double inverse) {
  double _Complex w = clog(z);
  return CMPLX(creal(w) * inverse, cimag(w) * inverse);
}

/* 1 / (1 + e^-z), where a power above 1 might overflow as e^z / (1 + e^z). */
static inline double _Complex tsri_complex_logistic(double _Complex z) {
  double _Complex power = cexp(creal(z) < 0 ? z : -z);
  double _Complex above = CMPLX(1 + creal(power), cimag(power));
  return (creal(z) < 0 ? power : CMPLX(1, 0)) / above;
}

/* z^w = |z|^a e^(-b t) at the angle a t + b log |z|, where w = a + i b and t = arg z: pow
 * keeps digits of the modulus that e^(a log |z|) would lose. z^0 = 1; 0^w = 0 when a > 0,
 * infinite when w < 0, and undefined otherwise. A modulus of 0 needs no angle.
 */
static inline double _Complex tsri_complex_pow(double _Complex z, double _Complex w) {
  double a = creal(w), b = cimag(w), size = hypot(creal(z), cimag(z));
  double t = atan2(cimag(z), creal(z));
  if (a == 0 && b == 0) return CMPLX(1, 0);
  if (size == 0) return a > 0 ? CMPLX(0, 0) : CMPLX(b == 0 ? INFINITY : NAN, NAN);
  double modulus = pow(size, a), angle = a * t;
  if (b != 0) {
    double turned = exp(-b * t);
    int both = isnormal(modulus) && isnormal(turned); /* else the product may be in range */
    modulus = both ? modulus * turned : exp(a * log(size) - b * t);
    angle += b * log(size);
  }
  if (modulus == 0 && !isfinite(angle)) return CMPLX(0, 0);
  return CMPLX(modulus * cos(angle), modulus * sin(angle));
}

#endif /* TSRI_BLOCKS_COMPLEX_H */
