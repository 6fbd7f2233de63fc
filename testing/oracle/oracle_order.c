/* oracle_order.c - order, sign, whole numbers and bits, one element at a time. */
#include "oracle_internal.h"

#include <math.h>

static bool is_unsigned(tsr_dtype dtype) { return tsr_dtype_kind(dtype) == TSR_KIND_UNSIGNED; }
static int width(tsr_dtype dtype) { return (int)tsr_dtype_size(dtype) * 8; }

static tsr_cell real(tsr_dtype d, double x) { return oracle_fit(d, (tsr_cell){.re = x}); }
static tsr_cell whole(tsr_dtype d, uint64_t bits) {
  return oracle_fit(
      d, (tsr_cell){.i = bits > INT64_MAX ? -(int64_t)(UINT64_MAX - bits) - 1 : (int64_t)bits});
}

/* The modulus of a complex number is asked for in its real dtype. */
static tsr_cell abs_(tsr_dtype d, const tsr_cell *x) {
  if (oracle_is_float(d)) return real(d, (double)hypotl((long double)x->re, (long double)x->im));
  return whole(d, !is_unsigned(d) && x->i < 0 ? 0 - (uint64_t)x->i : (uint64_t)x->i);
}

static tsr_cell sign(tsr_dtype d, const tsr_cell *x) {
  if (tsr_dtype_kind(d) == TSR_KIND_COMPLEX) {
    const long double size = hypotl((long double)x->re, (long double)x->im);
    if (size == 0) return *x;
    return oracle_fit(d, (tsr_cell){.re = (double)((long double)x->re / size),
                                    .im = (double)((long double)x->im / size)});
  }
  if (oracle_is_float(d)) return x->re == 0 || isnan(x->re) ? *x : real(d, copysign(1, x->re));
  return (tsr_cell){.i = x->i == 0 ? 0 : is_unsigned(d) || x->i > 0 ? 1 : -1};
}

/* x is below y, with -0 below +0. */
static bool below(tsr_dtype d, tsr_cell x, tsr_cell y) {
  if (oracle_is_float(d) && x.re == 0 && y.re == 0) return signbit(x.re) && !signbit(y.re);
  return oracle_less(d, x, y);
}
static tsr_cell max_(tsr_dtype d, const tsr_cell *x) {
  if (isnan(x[0].re) || isnan(x[1].re)) return real(d, (double)NAN);
  return below(d, x[0], x[1]) ? x[1] : x[0];
}
static tsr_cell min_(tsr_dtype d, const tsr_cell *x) {
  if (isnan(x[0].re) || isnan(x[1].re)) return real(d, (double)NAN);
  return below(d, x[1], x[0]) ? x[1] : x[0];
}
static tsr_cell clamp(tsr_dtype d, const tsr_cell *x) {
  const tsr_cell upper[2] = {max_(d, x), x[2]};
  return min_(d, upper);
}

/* A zero divisor of integers was refused before. */
static tsr_cell rem_(tsr_dtype d, const tsr_cell *x) {
  if (oracle_is_float(d)) return real(d, fmod(x[0].re, x[1].re));
  if (is_unsigned(d)) return whole(d, (uint64_t)x[0].i % (uint64_t)x[1].i);
  return (tsr_cell){.i = x[1].i == -1 ? 0 : x[0].i % x[1].i};
}

static tsr_cell floor_(tsr_dtype d, const tsr_cell *x) { return real(d, floor(x->re)); }
static tsr_cell ceil_(tsr_dtype d, const tsr_cell *x) { return real(d, ceil(x->re)); }
static tsr_cell trunc_(tsr_dtype d, const tsr_cell *x) { return real(d, trunc(x->re)); }
/* half away from zero, then back by one where that is odd */
static tsr_cell round_even(tsr_dtype d, const tsr_cell *x) {
  double away = round(x->re);
  if (fabs(x->re - trunc(x->re)) == 0.5 && fmod(away, 2) != 0) away -= copysign(1, x->re);
  return real(d, copysign(away, x->re));
}
static tsr_cell is_finite(tsr_dtype d, const tsr_cell *x) {
  (void)d;
  return (tsr_cell){.i = isfinite(x->re)};
}

static tsr_cell not_(tsr_dtype d, const tsr_cell *x) {
  return d == TSR_BOOL ? (tsr_cell){.i = x->i == 0} : whole(d, ~(uint64_t)x->i);
}
static tsr_cell and_(tsr_dtype d, const tsr_cell *x) {
  return whole(d, (uint64_t)x[0].i & (uint64_t)x[1].i);
}
static tsr_cell or_(tsr_dtype d, const tsr_cell *x) {
  return whole(d, (uint64_t)x[0].i | (uint64_t)x[1].i);
}
static tsr_cell xor_(tsr_dtype d, const tsr_cell *x) {
  return whole(d, (uint64_t)x[0].i ^ (uint64_t)x[1].i);
}

/* One bit at a time; negative amounts are large unsigned ones. */
static bool bit_of(tsr_cell x, int k) { return ((uint64_t)x.i >> k & 1) != 0; }
static tsr_cell moved(tsr_dtype d, const tsr_cell *x, int direction, bool filler) {
  const int n = width(d);
  const int by = x[1].i < 0 || x[1].i >= n ? n : (int)x[1].i;
  uint64_t z = 0;
  for (int k = 0; k < n; k++) {
    const int from = k - direction * by;
    const bool bit = from < 0 ? false : from >= n ? filler : bit_of(x[0], from);
    if (bit) z |= UINT64_C(1) << k;
  }
  return whole(d, z);
}
static tsr_cell left(tsr_dtype d, const tsr_cell *x) { return moved(d, x, 1, false); }
static tsr_cell right_logical(tsr_dtype d, const tsr_cell *x) { return moved(d, x, -1, false); }
static tsr_cell right_arithmetic(tsr_dtype d, const tsr_cell *x) {
  return moved(d, x, -1, bit_of(x[0], width(d) - 1));
}

oracle_cell_fn oracle_order(tsr_op_id id) {
  static const oracle_cell_fn cells[TSR_OP_CORE_COUNT] = {
      [TSR_OP_ABS] = abs_,
      [TSR_OP_SIGN] = sign,
      [TSR_OP_MAX] = max_,
      [TSR_OP_MIN] = min_,
      [TSR_OP_CLAMP] = clamp,
      [TSR_OP_REM] = rem_,
      [TSR_OP_FLOOR] = floor_,
      [TSR_OP_CEIL] = ceil_,
      [TSR_OP_TRUNC] = trunc_,
      [TSR_OP_ROUND_NEAREST_EVEN] = round_even,
      [TSR_OP_IS_FINITE] = is_finite,
      [TSR_OP_NOT] = not_,
      [TSR_OP_AND] = and_,
      [TSR_OP_OR] = or_,
      [TSR_OP_XOR] = xor_,
      [TSR_OP_SHIFT_LEFT] = left,
      [TSR_OP_SHIFT_RIGHT_ARITHMETIC] = right_arithmetic,
      [TSR_OP_SHIFT_RIGHT_LOGICAL] = right_logical};
  return cells[id];
}
