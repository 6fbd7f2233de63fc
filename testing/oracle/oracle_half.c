/* oracle_half.c - f16 and bf16 by the definition of their formats. */
#include "oracle_internal.h"

#include <math.h>
#include <string.h>

typedef struct format {
  int min, max; /* exponents of the smallest normal number and of the largest, as in ldexp */
  int fraction; /* bits stored */
} format;
static const format f16 = {-14, 15, 10}, bf16 = {-126, 127, 7};

/* Round to nearest even; the bits. */
static uint16_t narrow(const format *f, double x) {
  const uint16_t sign = signbit(x) ? 0x8000 : 0;
  const uint16_t inf = (uint16_t)((f->max - f->min + 2) << f->fraction);
  if (isnan(x)) return (uint16_t)(sign | inf | 1 << (f->fraction - 1));
  if (isinf(x)) return sign | inf;
  if (x == 0) return sign;
  int e;
  x = fabs(x);
  (void)frexp(x, &e);
  const int lowest = e - 1 < f->min ? f->min : e - 1;
  double units = ldexp(x, f->fraction - lowest), whole = floor(units);
  const double rest = units - whole;
  if (rest > 0.5 || (rest == 0.5 && fmod(whole, 2) != 0)) whole += 1;
  /* whole has at most one bit more than the significand; a carry moves into the exponent */
  const double biased = (double)(lowest - f->min) * ldexp(1, f->fraction) + whole;
  return biased >= inf ? (uint16_t)(sign | inf) : (uint16_t)(sign | (uint16_t)biased);
}

static double widen(const format *f, uint16_t bits) {
  const int e = (bits & 0x7fff) >> f->fraction, top = f->max - f->min + 2;
  const double m = bits & ((1 << f->fraction) - 1), hidden = ldexp(1, f->fraction);
  double x =
      e == 0 ? ldexp(m, f->min - f->fraction) : ldexp(m + hidden, e - 1 + f->min - f->fraction);
  if (e == top) x = m != 0 ? NAN : INFINITY;
  return bits >> 15 ? -x : x;
}

static tsr_cell load(const format *f, const char *data) {
  uint16_t bits;
  memcpy(&bits, data, sizeof bits);
  return (tsr_cell){.re = widen(f, bits)};
}
static void store(const format *f, tsr_cell x, char *data) {
  const uint16_t bits = narrow(f, x.re);
  memcpy(data, &bits, sizeof bits);
}

tsr_cell oracle_load_f16(const char *data) { return load(&f16, data); }
tsr_cell oracle_load_bf16(const char *data) { return load(&bf16, data); }
void oracle_store_f16(tsr_cell x, char *data) { store(&f16, x, data); }
void oracle_store_bf16(tsr_cell x, char *data) { store(&bf16, x, data); }
