/* libtensor-core/src/column.h - real numbers of one array in one notation, points aligned. */
#ifndef TSRI_COLUMN_H
#define TSRI_COLUMN_H

#include "decimal.h"
#include "text.h"

/* How the real numbers of an array line up; filled by measuring each of them. */
typedef struct tsri_column {
  bool always_sign; /* "+" too, as imaginary parts have it */
  bool any_finite, any_special, any_negative_inf;
  double least, largest; /* magnitudes beside 0 */
  struct {
    int left;     /* characters before the point */
    int right;    /* digits after it */
    int exponent; /* digits of the exponent */
  } fixed, scientific;
  bool use_scientific; /* settled */
  int left, right;     /* settled */
} tsri_column;

void tsri_column_measure(tsri_column *column, const tsri_real *real);
void tsri_column_settle(tsri_column *column, tsr_dtype dtype);
void tsri_column_put(const tsri_column *column, const tsri_real *real, tsri_text *text);

/* A number on its own with all its digits; `whole` follows one without a fraction. */
void tsri_real_put_alone(const tsri_real *real, tsr_dtype dtype, const char *whole,
                         tsri_text *text);

#endif /* TSRI_COLUMN_H */
