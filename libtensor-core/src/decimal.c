/* libtensor-core/src/decimal.c - the shortest decimal digits that name a number.
 *
 * Digits are taken out of what snprintf makes, so that a locale's decimal point
 * never reaches the caller.
 */
#include "decimal.h"

#include "half.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The magnitude of a narrow float, by its bits without the sign. */
typedef struct narrow {
  size_t size;
  double (*value)(uint32_t bits);
} narrow;

static double f16_value(uint32_t bits) { return tsri_from_f16((uint16_t)bits); }
static double bf16_value(uint32_t bits) { return tsri_from_bf16((uint16_t)bits); }
static double f32_value(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static const narrow f16 = {2, f16_value}, bf16 = {2, bf16_value}, f32 = {4, f32_value};

/* Everything below is exact in double: the widest neighbours are 25 bits apart. */
static tsri_real narrow_at(const narrow *type, const char *at) {
  uint16_t half;
  uint32_t bits;
  if (type->size == 2) {
    memcpy(&half, at, sizeof half);
    bits = half;
  } else {
    memcpy(&bits, at, sizeof bits);
  }
  uint32_t sign = UINT32_C(1) << (8 * type->size - 1), size = bits & ~sign;
  tsri_real real = {.value = type->value(bits), .even = size % 2 == 0};
  if (size == 0 || !__builtin_isfinite(real.value)) return real;
  double here = type->value(size), before = type->value(size - 1), after = type->value(size + 1);
  if (!__builtin_isfinite(after)) after = here + (here - before);
  real.low = (before + here) / 2;
  real.high = (here + after) / 2;
  return real;
}

tsri_real tsri_real_at(tsr_dtype dtype, const void *element, int part) {
  static const narrow *const narrows[TSR_DTYPE_COUNT] = {
      [TSR_F16] = &f16, [TSR_BF16] = &bf16, [TSR_F32] = &f32, [TSR_C64] = &f32};
  const char *at = element;
  if (narrows[dtype]) return narrow_at(narrows[dtype], at + (size_t)part * narrows[dtype]->size);
  tsri_real real = {.is_double = true};
  memcpy(&real.value, at + (size_t)part * sizeof real.value, sizeof real.value);
  return real;
}

enum {
  MAX_DIGITS = 20
};

/* "-d.ddde-xx" from snprintf, and which of its characters are digits of the number. */
static void print_digits(double value, int n, char text[48], tsri_decimal *out) {
  snprintf(text, 48, "%.*e", n - 1, value);
  const char *at = text;
  for (; *at && *at != 'e'; at++)
    if (*at >= '0' && *at <= '9' && out->n < MAX_DIGITS) out->digits[out->n++] = *at;
  out->exponent = *at ? atoi(at + 1) : 0;
}

static void trim_zeros(tsri_decimal *d) {
  while (d->n > 1 && d->digits[d->n - 1] == '0')
    d->n--;
}

tsri_decimal tsri_decimal_rounded(double value, int n) {
  char text[48];
  tsri_decimal d = {.negative = __builtin_signbit(value)};
  print_digits(value, n, text, &d);
  trim_zeros(&d);
  return d;
}

/* Does this text, read as a number, round to the real it was made from? */
static bool names(const char *text, const tsri_real *real) {
  double read = strtod(text, NULL), size = read < 0 ? -read : read;
  if (real->is_double) return read == real->value;
  return (size > real->low && size < real->high) ||
         (real->even && (size == real->low || size == real->high));
}

tsri_decimal tsri_decimal_shortest(const tsri_real *real) {
  for (int n = 1;; n++) {
    char text[48];
    tsri_decimal d = {.negative = __builtin_signbit(real->value)};
    print_digits(real->value, n, text, &d);
    if (real->value != 0 && n < 17 && !names(text, real)) continue;
    trim_zeros(&d);
    return d;
  }
}
