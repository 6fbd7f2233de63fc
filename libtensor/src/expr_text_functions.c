/* expr_text_functions.c - functions that the texts of ops call, in the common part of C and C++.
 *
 * TSR_FN says what kind of function they are. Complex numbers are pairs; their functions are
 * computed in double for both dtypes, with principal branches, and infinities and zeros as in
 * annex G of C99: Kahan, Branch cuts for complex elementary functions (1987).
 */
#include "expr_text_internal.h"

static const char *const halves[] = {
    "typedef union tsr_bits { float f; uint32_t u; } tsr_bits;\n"
    "TSR_FN float tsr_load_bf16(uint16_t h) {\n"
    "  tsr_bits x;\n"
    "  x.u = (uint32_t)h << 16;\n"
    "  return x.f;\n}\n"
    "TSR_FN uint16_t tsr_store_bf16(float f) {\n"
    "  tsr_bits x;\n"
    "  x.f = f;\n"
    "  if (f != f) return (uint16_t)(x.u >> 16 | 0x40);\n"
    "  return (uint16_t)((x.u + 0x7fff + (x.u >> 16 & 1)) >> 16);\n}\n",
    NULL};

/* Rounding to odd: Boldo and Melquiond, Emulation of FMA and correctly rounded sums (2008). */
static const char *const odd[] = {
    "TSR_FN float tsr_odd(double x) {\n"
    "  tsr_bits r;\n"
    "  r.f = (float)x;\n"
    "  double back = (double)r.f;\n"
    "  if (back < x || back > x) r.u = (r.u - (fabs(back) > fabs(x))) | 1u;\n"
    "  return r.f;\n}\n"
    "TSR_FN double tsr_odd_unsigned(uint64_t x) {\n"
    "  return (double)(x >> 53 ? (x >> 11 | ((x & 0x7ffu) != 0)) << 11 : x);\n}\n"
    "TSR_FN double tsr_odd_signed(int64_t x) {\n"
    "  return x < 0 ? -tsr_odd_unsigned(0 - (uint64_t)x) : tsr_odd_unsigned((uint64_t)x);\n}\n",
    NULL};

/* Maximum and minimum of IEEE 754-2019; the power in logistic is never above 1. */
static const char *const reals[] = {
    "TSR_FN $t tsr_max_$t($t a, $t b) {\n"
    "  return a == 0 && b == 0 ? a + b : a > b || a != a ? a : b;\n}\n"
    "TSR_FN $t tsr_min_$t($t a, $t b) {\n"
    "  return a == 0 && b == 0 ? -(-a - b) : a < b || a != a ? a : b;\n}\n"
    "TSR_FN $t tsr_logistic_$t($t a) {\n"
    "  $t power = exp$S(-fabs$S(a));\n"
    "  return (a < 0 ? power : 1) / (1 + power);\n}\n",
    NULL};

static const char *const integers[] = {"TSR_FN uint64_t tsr_power(uint64_t base, uint64_t n) {\n"
                                       "  uint64_t power = 1;\n"
                                       "  for (; n; n >>= 1, base *= base)\n"
                                       "    if (n & 1) power *= base;\n"
                                       "  return power;\n}\n",
                                       NULL};

/* Floats become integers towards zero, held at the ends of the range; NaN becomes 0. */
static const char *const casts[] = {
    "TSR_FN $t tsr_to_$r(double x) {\n"
    "  return x != x ? 0 : x <= (double)$l ? $l : x >= (double)$h ? $h : ($t)x;\n}\n",
    NULL};

static const char *const pairs[] = {
    "typedef struct tsr_$r { $p re, im; } tsr_$r;\n"
    "TSR_FN tsr_$r tsr_make_$r($p re, $p im) {\n"
    "  tsr_$r z = {re, im};\n"
    "  return z;\n}\n",
    "TSR_FN tsr_$r tsr_add_$r(tsr_$r x, tsr_$r y) {\n"
    "  return tsr_make_$r(x.re + y.re, x.im + y.im);\n}\n"
    "TSR_FN tsr_$r tsr_sub_$r(tsr_$r x, tsr_$r y) {\n"
    "  return tsr_make_$r(x.re - y.re, x.im - y.im);\n}\n"
    "TSR_FN tsr_$r tsr_mul_$r(tsr_$r x, tsr_$r y) {\n"
    "  return tsr_make_$r(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re);\n}\n",
    /* Smith (1962), and what annex G asks for where that gives NaN */
    "TSR_FN $p tsr_box_$r($p x) { return copysign$S(fabs$S(x) == INFINITY ? ($p)1 : ($p)0, x); }\n"
    "TSR_FN tsr_$r tsr_div_special_$r($p a, $p b, $p c, $p d, tsr_$r z) {\n"
    "  $p inf = INFINITY;\n"
    "  if (c == 0 && d == 0 && (a == a || b == b))\n"
    "    return tsr_make_$r(copysign$S(inf, c) * a, copysign$S(inf, c) * b);\n"
    "  if ((fabs$S(a) == inf || fabs$S(b) == inf) && fabs$S(c) < inf && fabs$S(d) < inf) {\n"
    "    a = tsr_box_$r(a), b = tsr_box_$r(b);\n"
    "    return tsr_make_$r(inf * (a * c + b * d), inf * (b * c - a * d));\n"
    "  }\n"
    "  if ((fabs$S(c) == inf || fabs$S(d) == inf) && fabs$S(a) < inf && fabs$S(b) < inf) {\n"
    "    c = tsr_box_$r(c), d = tsr_box_$r(d);\n"
    "    return tsr_make_$r(0 * (a * c + b * d), 0 * (b * c - a * d));\n"
    "  }\n"
    "  return z;\n}\n",
    "TSR_FN tsr_$r tsr_div_$r(tsr_$r x, tsr_$r y) {\n"
    "  $p a = x.re, b = x.im, c = y.re, d = y.im;\n"
    "  int first = fabs$S(c) >= fabs$S(d);\n"
    "  $p big = first ? c : d, small = first ? d : c, ratio = small / big;\n"
    "  $p scale = big + small * ratio;\n"
    "  $p re = first ? a + b * ratio : b + a * ratio;\n"
    "  $p im = first ? b - a * ratio : b * ratio - a;\n"
    "  tsr_$r z = tsr_make_$r(re / scale, im / scale);\n"
    "  return z.re != z.re && z.im != z.im ? tsr_div_special_$r(a, b, c, d, z) : z;\n}\n",
    /* scaled by a power of two first, lest the modulus overflow or lose digits */
    "TSR_FN tsr_$r tsr_sign_$r(tsr_$r x) {\n"
    "  $p big = fmax$S(fabs$S(x.re), fabs$S(x.im));\n"
    "  $p scale = big > 1 ? ($p)0.25 : sizeof(big) == 4 ? ($p)0x1p26 : ($p)0x1p56;\n"
    "  $p re = scale * x.re, im = scale * x.im, size = hypot$S(re, im);\n"
    "  return size == 0 ? tsr_make_$r(re, im) : tsr_make_$r(re / size, im / size);\n}\n",
    NULL};

static const char *const functions[] = {
    "TSR_FN tsr_c128 tsr_wide_c64(tsr_c64 z) { return tsr_make_c128(z.re, z.im); }\n"
    "TSR_FN tsr_c128 tsr_wide_c128(tsr_c128 z) { return z; }\n"
    "TSR_FN tsr_c64 tsr_to_c64(tsr_c128 z) { return tsr_make_c64((float)z.re, (float)z.im); }\n"
    "TSR_FN tsr_c128 tsr_to_c128(tsr_c128 z) { return z; }\n"
    /* i z and -i z */
    "TSR_FN tsr_c128 tsr_left(tsr_c128 z) { return tsr_make_c128(-z.im, z.re); }\n"
    "TSR_FN tsr_c128 tsr_right(tsr_c128 z) { return tsr_make_c128(z.im, -z.re); }\n"
    "TSR_FN int tsr_ends(double x) { return fabs(x) < INFINITY; }\n",
    /* in two halves where e^x alone would overflow */
    "TSR_FN tsr_c128 tsr_exp(tsr_c128 z) {\n"
    "  double x = z.re, y = z.im;\n"
    "  if (y == 0) return tsr_make_c128(exp(x), y);\n"
    "  if (!tsr_ends(y) && x == -INFINITY) return tsr_make_c128(0, 0);\n"
    "  if (!tsr_ends(y)) return tsr_make_c128(x == INFINITY ? x : NAN, NAN);\n"
    "  double half = exp(x > 700 ? x / 2 : x), rest = x > 700 ? half : 1;\n"
    "  return tsr_make_c128(half * cos(y) * rest, half * sin(y) * rest);\n}\n",
    "TSR_FN tsr_c128 tsr_expm1(tsr_c128 z) {\n"
    "  double x = z.re, y = z.im, half = sin(y / 2);\n"
    "  tsr_c128 power;\n"
    "  if (fabs(x) < 1)\n"
    "    return tsr_make_c128(expm1(x) * cos(y) - 2 * half * half, exp(x) * sin(y));\n"
    "  power = tsr_exp(z);\n"
    "  return tsr_make_c128(power.re - 1, power.im);\n}\n",
    /* log |z|: by log1p near the unit circle, scaled where squares leave the range */
    "TSR_FN double tsr_log_size(double x, double y) {\n"
    "  double big = fmax(fabs(x), fabs(y)), small = fmin(fabs(x), fabs(y));\n"
    "  if (x != x || y != y || big == 0 || big == INFINITY) return log(hypot(x, y));\n"
    "  if (big > 0.5 && big < 2 && small < 1)\n"
    "    return log1p((big - 1) * (big + 1) + small * small) / 2;\n"
    "  if (big > 0x1p1000) return log(hypot(x / 4, y / 4)) + 2 * 0x1.62e42fefa39efp-1;\n"
    "  if (big < 0x1p-900) return log(hypot(x * 0x1p200, y * 0x1p200)) - 200 * "
    "0x1.62e42fefa39efp-1;\n"
    "  return log(hypot(x, y));\n}\n"
    "TSR_FN tsr_c128 tsr_log(tsr_c128 z) {\n"
    "  return tsr_make_c128(tsr_log_size(z.re, z.im), atan2(z.im, z.re));\n}\n"
    "TSR_FN tsr_c128 tsr_log1p(tsr_c128 z) {\n"
    "  double x = z.re, y = z.im;\n"
    "  if (fabs(x) <= 0.5 && fabs(y) <= 0.5)\n"
    "    return tsr_make_c128(log1p(x * (2 + x) + y * y) / 2, atan2(y, 1 + x));\n"
    "  return tsr_log(tsr_make_c128(1 + x, y));\n}\n",
    "TSR_FN tsr_c128 tsr_sqrt(tsr_c128 z) {\n"
    "  double x = z.re, y = z.im, big = fmax(fabs(x), fabs(y)), scale = 1, back = 1, t;\n"
    "  if (fabs(y) == INFINITY) return tsr_make_c128(INFINITY, y);\n"
    "  if (x == 0 && y == 0) return tsr_make_c128(0, y);\n"
    "  if (x == INFINITY) return tsr_make_c128(x, y != y ? y : copysign(0.0, y));\n"
    "  if (x == -INFINITY) return tsr_make_c128(y != y ? y : 0, copysign(INFINITY, y));\n"
    "  if (big > 0x1p1000) scale = 0x1p-4, back = 4;\n"
    "  if (big < 0x1p-900) scale = 0x1p200, back = 0x1p-100;\n"
    "  x *= scale, y *= scale;\n"
    "  t = sqrt((fabs(x) + hypot(x, y)) / 2);\n"
    "  if (x >= 0) return tsr_make_c128(t * back, y / (2 * t) * back);\n"
    "  return tsr_make_c128(fabs(y) / (2 * t) * back, copysign(t, y) * back);\n}\n"
    "TSR_FN tsr_c128 tsr_rsqrt(tsr_c128 z) {\n"
    "  return tsr_div_c128(tsr_make_c128(1, 0), tsr_sqrt(z));\n}\n",
    /* cosh x cos y + i sinh x sin y and its sibling; beyond 700 both are e^|x| / 2 */
    "TSR_FN tsr_c128 tsr_sinh(tsr_c128 z) {\n"
    "  double x = z.re, y = z.im, half;\n"
    "  if (y == 0) return tsr_make_c128(sinh(x), y);\n"
    "  if (!tsr_ends(y)) return tsr_make_c128(x == 0 || fabs(x) == INFINITY ? x : NAN, NAN);\n"
    "  if (!(fabs(x) > 700)) return tsr_make_c128(sinh(x) * cos(y), cosh(x) * sin(y));\n"
    "  half = exp(fabs(x) / 2);\n"
    "  return tsr_make_c128(copysign(half, x) / 2 * cos(y) * half, half / 2 * sin(y) * half);\n}\n"
    "TSR_FN tsr_c128 tsr_cosh(tsr_c128 z) {\n"
    "  double x = z.re, y = z.im, half;\n"
    "  if (y == 0) return tsr_make_c128(cosh(x), copysign(1.0, x) * y);\n"
    "  if (!tsr_ends(y) && x == 0) return tsr_make_c128(NAN, 0);\n"
    "  if (!tsr_ends(y)) return tsr_make_c128(fabs(x) == INFINITY ? fabs(x) : NAN, NAN);\n"
    "  if (!(fabs(x) > 700)) return tsr_make_c128(cosh(x) * cos(y), sinh(x) * sin(y));\n"
    "  half = exp(fabs(x) / 2);\n"
    "  return tsr_make_c128(half / 2 * cos(y) * half, copysign(half, x) / 2 * sin(y) * half);\n}\n",
    "TSR_FN tsr_c128 tsr_tanh(tsr_c128 z) {\n"
    "  double x = z.re, y = z.im, t, s, beta, rho;\n"
    "  if (y == 0) return tsr_make_c128(tanh(x), y);\n"
    "  if (fabs(x) == INFINITY)\n"
    "    return tsr_make_c128(copysign(1.0, x), copysign(0.0, tsr_ends(y) ? sin(2 * y) : y));\n"
    "  if (!tsr_ends(y)) return tsr_make_c128(x == 0 ? x : NAN, NAN);\n"
    "  if (fabs(x) > 22)\n"
    "    return tsr_make_c128(copysign(1.0, x), 4 * sin(y) * cos(y) * exp(-2 * fabs(x)));\n"
    "  t = tan(y), s = sinh(x), beta = 1 + t * t, rho = sqrt(1 + s * s);\n"
    "  return tsr_make_c128(beta * rho * s / (1 + beta * s * s), t / (1 + beta * s * s));\n}\n",
    "TSR_FN tsr_c128 tsr_sin(tsr_c128 z) { return tsr_right(tsr_sinh(tsr_left(z))); }\n"
    "TSR_FN tsr_c128 tsr_cos(tsr_c128 z) { return tsr_cosh(tsr_left(z)); }\n"
    "TSR_FN tsr_c128 tsr_tan(tsr_c128 z) { return tsr_right(tsr_tanh(tsr_left(z))); }\n",
    /* 2^x (cos t + i sin t), t = y log 2 with more digits than a double: sin (t + e) */
    "TSR_FN tsr_c128 tsr_exp2(tsr_c128 z) {\n"
    "  double size = exp2(z.re), t = z.im * 0x1.62e42fefa39efp-1;\n"
    "  double e = fma(z.im, 0x1.62e42fefa39efp-1, -t) + z.im * 0x1.abc9e3b39803fp-56;\n"
    "  if (z.im == 0) return tsr_make_c128(size, z.im);\n"
    "  double c = fabs(e) < 0x1p-26 ? 1 : cos(e), s = fabs(e) < 0x1p-26 ? e : sin(e);\n"
    "  return tsr_make_c128(size * (cos(t) * c - s * sin(t)), size * (sin(t) * c + s * cos(t)));\n}\n"
    "TSR_FN tsr_c128 tsr_scaled(tsr_c128 z, double by) {\n"
    "  return tsr_make_c128(z.re * by, z.im * by);\n}\n"
    /* where a power above 1 might overflow, as e^z / (1 + e^z) */
    "TSR_FN tsr_c128 tsr_logistic(tsr_c128 z) {\n"
    "  tsr_c128 power = tsr_exp(z.re < 0 ? z : tsr_make_c128(-z.re, -z.im));\n"
    "  tsr_c128 above = tsr_make_c128(1 + power.re, power.im);\n"
    "  return tsr_div_c128(z.re < 0 ? power : tsr_make_c128(1, 0), above);\n}\n",
    /* where 1 does not count: the angle of a number, infinite parts being 1, and log |2 z| */
    "TSR_FN int tsr_is_far(tsr_c128 z) { return fabs(z.re) > 0x1p500 || fabs(z.im) > 0x1p500; }\n"
    "TSR_FN double tsr_turn(double y, double x) {\n"
    "  int is_infinite = fabs(x) == INFINITY || fabs(y) == INFINITY;\n"
    "  return is_infinite ? atan2(tsr_box_c128(y), tsr_box_c128(x)) : atan2(y, x);\n}\n"
    "TSR_FN double tsr_log_twice(tsr_c128 z) {\n"
    "  return tsr_log_size(z.re, z.im) + 0x1.62e42fefa39efp-1;\n}\n",
    /* Kahan's; x -+ 1 keeps the sign of a zero y, which says on which side of a cut z lies */
    "TSR_FN tsr_c128 tsr_asin(tsr_c128 z) {\n"
    "  tsr_c128 s = tsr_sqrt(tsr_make_c128(1 - z.re, -z.im));\n"
    "  tsr_c128 t = tsr_sqrt(tsr_make_c128(1 + z.re, z.im));\n"
    "  if (tsr_is_far(z))\n"
    "    return tsr_make_c128(tsr_turn(z.re, fabs(z.im)), copysign(tsr_log_twice(z), z.im));\n"
    "  return tsr_make_c128(atan2(z.re, s.re * t.re - s.im * t.im),\n"
    "                       asinh(s.re * t.im - s.im * t.re));\n}\n"
    "TSR_FN tsr_c128 tsr_acos(tsr_c128 z) {\n"
    "  tsr_c128 s = tsr_sqrt(tsr_make_c128(1 - z.re, -z.im));\n"
    "  tsr_c128 t = tsr_sqrt(tsr_make_c128(1 + z.re, z.im));\n"
    "  if (tsr_is_far(z))\n"
    "    return tsr_make_c128(tsr_turn(fabs(z.im), z.re), -copysign(tsr_log_twice(z), z.im));\n"
    "  return tsr_make_c128(2 * atan2(s.re, t.re), asinh(t.re * s.im - t.im * s.re));\n}\n"
    "TSR_FN tsr_c128 tsr_acosh(tsr_c128 z) {\n"
    "  tsr_c128 s = tsr_sqrt(tsr_make_c128(z.re - 1, z.im));\n"
    "  tsr_c128 t = tsr_sqrt(tsr_make_c128(z.re + 1, z.im));\n"
    "  if (tsr_is_far(z)) return tsr_make_c128(tsr_log_twice(z), tsr_turn(z.im, z.re));\n"
    "  return tsr_make_c128(asinh(s.re * t.re + s.im * t.im), 2 * atan2(s.im, t.re));\n}\n",
    "TSR_FN tsr_c128 tsr_atanh(tsr_c128 z) {\n"
    "  double x = fabs(z.re), y = z.im, re, im;\n"
    "  if (tsr_is_far(z)) {\n"
    "    re = x == INFINITY || fabs(y) == INFINITY ? 0 : x > fabs(y) ? 1 / (x + y * (y / x)) : x / y / (y + x * (x / y));\n"
    "    im = copysign(0x1.921fb54442d18p+0, y);\n"
    "  } else {\n"
    "    re = x == 1 && fabs(y) < 0x1p-500 ? (0x1.62e42fefa39efp-1 - log(fabs(y))) / 2\n"
    "                                      : log1p(4 * x / ((1 - x) * (1 - x) + y * y)) / 4;\n"
    "    im = atan2(2 * y, (1 - x) * (1 + x) - y * y) / 2;\n"
    "  }\n"
    "  return tsr_make_c128(copysign(re, z.re), im);\n}\n"
    "TSR_FN tsr_c128 tsr_asinh(tsr_c128 z) { return tsr_left(tsr_asin(tsr_right(z))); }\n"
    "TSR_FN tsr_c128 tsr_atan(tsr_c128 z) { return tsr_right(tsr_atanh(tsr_left(z))); }\n",
    /* z^w = |z|^a e^(-b t) at the angle a t + b log |z| where w = a + i b, t = arg z */
    "TSR_FN tsr_c128 tsr_pow(tsr_c128 z, tsr_c128 w) {\n"
    "  double a = w.re, b = w.im, size = hypot(z.re, z.im), t = atan2(z.im, z.re);\n"
    "  double modulus = pow(size, a), angle = a * t;\n"
    "  if (a == 0 && b == 0) return tsr_make_c128(1, 0);\n"
    "  if (size == 0)\n"
    "    return a > 0 ? tsr_make_c128(0, 0) : tsr_make_c128(b == 0 ? INFINITY : NAN, NAN);\n"
    "  if (b != 0) {\n"
    "    double turned = exp(-b * t);\n"
    "    int both = modulus > 0 && modulus < INFINITY && turned > 0 && turned < INFINITY;\n"
    "    modulus = both ? modulus * turned : exp(a * log(size) - b * t);\n"
    "    angle += b * log(size);\n"
    "  }\n"
    "  if (modulus == 0 && !(fabs(angle) < INFINITY)) return tsr_make_c128(0, 0);\n"
    "  return tsr_make_c128(modulus * cos(angle), modulus * sin(angle));\n}\n",
    NULL};

#define HALVES       (TSR_BIT(F16) | TSR_BIT(BF16))
#define FAMILY(name) (1 << TSR_FAMILY_##name)

const tsri_text_section tsri_text_sections[] = {
    {"halves",                                HALVES, 0, 0, halves},
    {"odd",                                      HALVES, FAMILY(TYPE), 0, odd},
    {"reals",                                 TSR_DTYPES_REAL, FAMILY(ELEMENTWISE) | FAMILY(ANALYTIC), TSR_BIT(F32) | TSR_BIT(F64),
     reals},
    {"integers",                                   TSR_DTYPES_INTEGER, FAMILY(ANALYTIC), 0, integers},
    {"casts",                           TSR_DTYPES_INTEGER, FAMILY(TYPE), TSR_DTYPES_INTEGER, casts},
    {"pairs",                                    TSR_DTYPES_COMPLEX, 0, TSR_DTYPES_COMPLEX, pairs},
    {"functions",                                 TSR_DTYPES_COMPLEX, FAMILY(ANALYTIC), 0, functions},
    {0},
};
