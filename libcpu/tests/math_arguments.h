/* math_arguments.h - arguments that find out a function: special values, thresholds with their
 * neighbours, and random ones of every size.
 */
#ifndef TSR_MATH_ARGUMENTS_H
#define TSR_MATH_ARGUMENTS_H

#include "math_oracle.h"

/* Zeros, infinities, ends of ranges, and where some function of math_*.h changes its ways, overflows,
 * underflows or has a zero. Each is tried with both signs, with 32 neighbours on each side;
 * no NaN is signalling, of which C says nothing.
 */
static const double math_places[] = {
    0,
    INFINITY,
    NAN,
    1,
    2,
    0.5,
    0.25,
    0.75,
    1.5,
    3,
    4,
    6,
    10,
    20,
    0x1p-149,
    0x1p-126,
    0x1.fffffep127,
    0x1p-1074,
    0x1p-1022,
    0x1.fffffffffffffp1023,
    0x1p-12,
    0x1p-24,
    0x1p-27,
    0x1p-53,
    0x1p17,
    0x1p23,
    0x1p24,
    0x1p30,
    0x1p52,
    0x1p53,
    88.722839,
    87.336544,
    103.97208,
    709.782712893384,
    708.39641853226408,
    745.13321910194122,
    128,
    149,
    150,
    126,
    1024,
    1022,
    1075,
    0.70710678118654752,
    1.4142135623730951,
    0.34657359027997264,
    1.0397207708399179,
    9.01,
    19.06,
    4.0,
    5.93,
    9.2,
    10.06,
    26.54,
    27.23,
    0.4769362762044699,
    0.78539816339744831,
    1.5707963267948966,
    2.3561944901923448,
    3.1415926535897931,
    4.7123889803846897,
    6.2831853071795862,
    11,
    22,
    355,
    710,
    51.8362787842316,
    0x1.6ac5b262ca1ffp+849,
    6381956970095103.0,
    33023.0,
    16367173.0,
    0x1.84cbp16,
};
#define MATH_PLACES ((int)(sizeof math_places / sizeof *math_places))

enum {
  NEIGHBOURS = 32,
  NEAR_PLACES = (2 * NEIGHBOURS + 1) * 2
};

static uint64_t math_seed = 0x9e3779b97f4a7c15u;
static inline uint64_t math_random(void) {
  math_seed ^= math_seed << 13;
  math_seed ^= math_seed >> 7;
  math_seed ^= math_seed << 17;
  return math_seed * 0x2545f4914f6cdd1du;
}

/* Argument i of NEAR_PLACES around place p. */
static inline float float_near(int p, int i) {
  float x = (float)math_places[p];
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  u += (uint32_t)(i / 2 - NEIGHBOURS);
  x = float_of_bits(u);
  x = isnan(x) ? NAN : x;
  return i % 2 ? -x : x;
}
static inline double double_near(int p, int i) {
  double x = math_places[p];
  uint64_t u;
  memcpy(&u, &x, sizeof u);
  u += (uint64_t)(int64_t)(i / 2 - NEIGHBOURS);
  x = double_of_bits(u);
  x = isnan(x) ? NAN : x;
  return i % 2 ? -x : x;
}

/* Of any size, of ordinary size, or near a multiple of pi / 2 or a whole number, by turns. */
static inline double random_double(void) {
  uint64_t u = math_random();
  double part = (double)(int64_t)math_random() * 0x1p-63;
  switch (u % 8) {
  case 0:
    return double_of_bits(math_random());
  case 1:
    return 750 * part;
  case 2:
    return 30 * part;
  case 3:
    return double_of_bits((u >> 12) | (uint64_t)(1023 - 30 + (int)(u >> 3 & 31)) << 52);
  case 4:
    return (double)((u >> 3) % 1000000) * 1.5707963267948966 * (part < 0 ? -1 : 1);
  case 5:
    return 1 + part * ldexp(1, -(int)(u >> 3 & 31));
  case 6:
    return round(part * 40) + part * ldexp(1, -(int)(u >> 3 & 31));
  default:
    return 2 * part;
  }
}

#endif /* TSR_MATH_ARGUMENTS_H */
