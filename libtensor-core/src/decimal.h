/* libtensor-core/src/decimal.h - floating-point numbers as decimal digits. */
#ifndef TSRI_DECIMAL_H
#define TSRI_DECIMAL_H

#include "tsr/dtype.h"

/* A real element, with the numbers nearer to it than to its neighbours. */
typedef struct tsri_real {
  double value;
  bool is_double;   /* low and high are not used: a double is its own judge */
  bool even;        /* the bounds themselves belong to it */
  double low, high; /* of |value| */
} tsri_real;

/* Digits d of the number d[0].d[1]d[2]... 10^exponent, without trailing zeros. */
typedef struct tsri_decimal {
  bool negative;
  int exponent;
  int n; /* >= 1; zero is the one digit 0 */
  char digits[24];
} tsri_decimal;

/* Element `part` (0, or 1 for the imaginary part) of a float or complex dtype. */
tsri_real tsri_real_at(tsr_dtype dtype, const void *element, int part);

/* The shortest digits that read back as the same number. */
tsri_decimal tsri_decimal_shortest(const tsri_real *real);

/* n digits, 1 <= n <= 20, rounded to nearest. */
tsri_decimal tsri_decimal_rounded(double value, int n);

#endif /* TSRI_DECIMAL_H */
