/* libtensor-core/src/column.c - real numbers of one array in one notation, points aligned.
 *
 * The rules are NumPy's: eight digits after the point at most, and scientific notation
 * when magnitudes are large, small or far apart.
 */
#include "column.h"

#include <stdlib.h>

enum {
  PRECISION = 8
};

/* Scientific from `high` on and below `low`, which is 0.0001 in the type itself; a
 * number alone is scientific from `alone` on. */
typedef struct limits {
  double low, high;
  double alone;
} limits;
static const limits limits_of[TSR_DTYPE_COUNT] = {
    [TSR_F16] = {0x1.a38p-14, 1e3, 1e3 },
      [TSR_BF16] = {0x1.a4p-14,  1e2, 1e2 },
    [TSR_F32] = {1e-4f,       1e6, 1e6 },
      [TSR_F64] = {1e-4,        1e8, 1e16},
    [TSR_C64] = {1e-4f,       1e6, 1e6 },
      [TSR_C128] = {1e-4,        1e8, 1e16},
};

/* Shortest digits, cut to PRECISION places after the point. */
static tsri_decimal fixed_digits(const tsri_real *real) {
  tsri_decimal d = tsri_decimal_shortest(real);
  int kept = d.exponent + 1 + PRECISION;
  if (d.n <= kept) return d;
  if (kept >= 1) return tsri_decimal_rounded(real->value, kept);
  return (tsri_decimal){.negative = d.negative, .n = 1, .digits = "0"};
}

static tsri_decimal scientific_digits(const tsri_real *real) {
  tsri_decimal d = tsri_decimal_shortest(real);
  return d.n <= PRECISION + 1 ? d : tsri_decimal_rounded(real->value, PRECISION + 1);
}

static int exponent_width(int exponent) { return exponent > -100 && exponent < 100 ? 2 : 3; }

static void grow(int *width, int needed) {
  if (*width < needed) *width = needed;
}

static void measure_special(tsri_column *c, double value) {
  c->any_special = true;
  if (value < 0) c->any_negative_inf = true;
}

static void measure_size(tsri_column *c, double value) {
  double size = value < 0 ? -value : value;
  if (size == 0) return;
  if (c->least == 0 || size < c->least) c->least = size;
  if (size > c->largest) c->largest = size;
}

void tsri_column_measure(tsri_column *c, const tsri_real *real) {
  if (!__builtin_isfinite(real->value)) {
    measure_special(c, real->value);
    return;
  }
  c->any_finite = true;
  measure_size(c, real->value);
  int sign = c->always_sign || __builtin_signbit(real->value);

  tsri_decimal d = fixed_digits(real);
  grow(&c->fixed.left, sign + (d.exponent > 0 ? d.exponent + 1 : 1));
  grow(&c->fixed.right, d.n - 1 - d.exponent);

  d = scientific_digits(real);
  grow(&c->scientific.left, sign + 1);
  grow(&c->scientific.right, d.n - 1);
  grow(&c->scientific.exponent, exponent_width(d.exponent));
}

void tsri_column_settle(tsri_column *c, tsr_dtype dtype) {
  const limits *l = &limits_of[dtype];
  c->use_scientific =
      c->least > 0 && (c->largest >= l->high || c->least < l->low || c->largest / c->least > 1000);
  c->left = c->use_scientific ? c->scientific.left : c->fixed.left;
  c->right = c->use_scientific ? c->scientific.right : c->fixed.right;
  if (!c->any_special) return;
  /* "nan" and "-inf" may be wider than the numbers, point and exponent included. */
  int after = 1 + c->right + (c->use_scientific ? 2 + c->scientific.exponent : 0);
  grow(&c->left, 3 + (c->always_sign || c->any_negative_inf) - after);
  grow(&c->left, 3 - after);
}

static void put_special(const tsri_column *c, double value, tsri_text *text) {
  bool is_nan = value != value;
  const char *sign = !is_nan && value < 0 ? "-" : c->always_sign ? "+" : "";
  int width = c->left + 1 + c->right + (c->use_scientific ? 2 + c->scientific.exponent : 0);
  int pad = width - 3 - (*sign != 0);
  tsri_text_put(text, "%*s%s%s", pad > 0 ? pad : 0, "", sign, is_nan ? "nan" : "inf");
}

static char digit_at(const tsri_decimal *d, int place) {
  return place >= 0 && place < d->n ? d->digits[place] : '0';
}

static void put_sign(const tsri_column *c, const tsri_decimal *d, int n_integer, tsri_text *text) {
  const char *sign = d->negative ? "-" : c->always_sign ? "+" : "";
  int pad = c->left - n_integer - (*sign != 0);
  tsri_text_put(text, "%*s%s", pad > 0 ? pad : 0, "", sign);
}

static void put_fixed(const tsri_column *c, const tsri_real *real, tsri_text *text) {
  tsri_decimal d = fixed_digits(real);
  int n_integer = d.exponent > 0 ? d.exponent + 1 : 1, n_fraction = d.n - 1 - d.exponent;
  put_sign(c, &d, n_integer, text);
  /* Digit `place` has the weight 10^(exponent - place). */
  for (int place = d.exponent - n_integer + 1; place <= d.exponent; place++)
    tsri_text_put(text, "%c", digit_at(&d, place));
  tsri_text_put(text, ".");
  for (int i = 1; i <= n_fraction; i++)
    tsri_text_put(text, "%c", digit_at(&d, d.exponent + i));
  int pad = c->right - (n_fraction > 0 ? n_fraction : 0);
  tsri_text_put(text, "%*s", pad, "");
}

/* All digits are true ones: zeros are not put where more of the number is known. */
static void put_scientific(const tsri_column *c, const tsri_real *real, tsri_text *text) {
  tsri_decimal d = tsri_decimal_rounded(real->value, c->right + 1);
  put_sign(c, &d, 1, text);
  tsri_text_put(text, "%c.", d.digits[0]);
  for (int i = 1; i <= c->right; i++)
    tsri_text_put(text, "%c", digit_at(&d, i));
  int size = d.exponent < 0 ? -d.exponent : d.exponent;
  tsri_text_put(text, "e%c%0*d", d.exponent < 0 ? '-' : '+', c->scientific.exponent, size);
}

void tsri_column_put(const tsri_column *c, const tsri_real *real, tsri_text *text) {
  if (!__builtin_isfinite(real->value))
    put_special(c, real->value, text);
  else if (c->use_scientific)
    put_scientific(c, real, text);
  else
    put_fixed(c, real, text);
}

void tsri_real_put_alone(const tsri_real *real, tsr_dtype dtype, const char *whole,
                         tsri_text *text) {
  if (!__builtin_isfinite(real->value)) {
    bool is_nan = real->value != real->value;
    tsri_text_put(text, "%s", is_nan ? "nan" : real->value < 0 ? "-inf" : "inf");
    return;
  }
  tsri_decimal d = tsri_decimal_shortest(real);
  if (d.negative) tsri_text_put(text, "-");
  double size = d.negative ? -real->value : real->value;
  bool positional = size == 0 || (size >= 1e-4 && size < limits_of[dtype].alone);
  int point = !positional ? 0 : d.exponent; /* the place after which the point stands */
  int last = d.n - 1 > point ? d.n - 1 : point;
  for (int place = point < 0 ? point : 0; place <= last; place++) {
    tsri_text_put(text, "%c", digit_at(&d, place));
    if (place == point && place < last) tsri_text_put(text, ".");
  }
  if (positional)
    tsri_text_put(text, "%s", last == point ? whole : "");
  else
    tsri_text_put(text, "e%c%02d", d.exponent < 0 ? '-' : '+', abs(d.exponent));
}
