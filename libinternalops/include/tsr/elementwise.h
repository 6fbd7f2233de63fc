/* tsr/elementwise.h - operations that work element by element; part of <tsr/ops.h>.
 *
 * Operands are brought to one dtype and one shape first, as ops.h says. A result of f16 or
 * bf16 is computed in f32 and rounded.
 */
#ifndef TSR_ELEMENTWISE_H
#define TSR_ELEMENTWISE_H

#include "tsr/builder.h"

TSR_BEGIN

/* ---- arithmetic, comparison, selection ---- */

/* tsr_add, tsr_sub, tsr_mul - z = x + y, x - y, x y.
 *
 * in   b     builder
 *      x, y  numbers of one dtype after promotion, shapes that broadcast
 * ad   linear; the product in each factor
 */
TSR_API tsr_value tsr_add(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_sub(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_mul(tsr_builder *b, tsr_value x, tsr_value y);

/* tsr_div - z = x / y; integers truncate towards zero, and division by zero is ERR_NUMERIC.
 *
 * in   b     builder
 *      x, y  numbers of one dtype after promotion, shapes that broadcast
 * ad   dz = (dx - z dy) / y
 */
TSR_API tsr_value tsr_div(tsr_builder *b, tsr_value x, tsr_value y);

/* tsr_neg - z = -x.
 *
 * in   b     builder
 *      x     numbers
 * ad   linear
 */
TSR_API tsr_value tsr_neg(tsr_builder *b, tsr_value x);

/* tsr_compare, tsr_eq, tsr_ne, tsr_lt, tsr_le, tsr_gt, tsr_ge - z = x <direction> y, bool.
 *
 * in   b     builder
 *      x, y  of one dtype after promotion, shapes that broadcast; complex only eq and ne
 *      direction  which relation; any relation with NaN is false, except ne
 * ad   locally constant
 */
TSR_API tsr_value tsr_compare(tsr_builder *b, tsr_value x, tsr_value y, tsr_direction direction);
TSR_API tsr_value tsr_eq(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_ne(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_lt(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_le(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_gt(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_ge(tsr_builder *b, tsr_value x, tsr_value y);

/* tsr_select - z = p ? x : y, element by element.
 *
 * in   b     builder
 *      p     bool
 *      x, y  of one dtype after promotion; all three shapes broadcast
 * ad   linear in (x, y)
 */
TSR_API tsr_value tsr_select(tsr_builder *b, tsr_value p, tsr_value x, tsr_value y);

/* tsr_where - another name of tsr_select.
 *
 * in   b     builder
 *      p     bool
 *      x, y  of one dtype after promotion; all three shapes broadcast
 * ad   linear in (x, y)
 */
TSR_API tsr_value tsr_where(tsr_builder *b, tsr_value p, tsr_value x, tsr_value y);

/* ---- order, whole numbers, bits ---- */

/* tsr_abs - z = |x|; of the real dtype when x is complex.
 *
 * in   b     builder
 *      x     numbers; the lowest integer is its own modulus
 * ad   dz = Re(conj(sign x) dx), 0 at x = 0
 */
TSR_API tsr_value tsr_abs(tsr_builder *b, tsr_value x);

/* tsr_sign - z = x / |x|: -1, 1, or x itself where it is 0 or NaN.
 *
 * in   b     builder
 *      x     numbers; an infinite complex x gives NaN
 * ad   0 for a real x; dz = i z Im(conj(z) dx) / |x| for a complex one, 0 at x = 0
 */
TSR_API tsr_value tsr_sign(tsr_builder *b, tsr_value x);

/* tsr_max, tsr_min - the larger and the smaller of x and y; NaN if either is NaN.
 *
 * maximum and minimum of IEEE 754-2019: -0 is below +0.
 *
 * in   b     builder
 *      x, y  integers or floats of one dtype after promotion, shapes that broadcast
 * ad   dz is that of the operand taken, (dx + dy) / 2 where they are equal
 */
TSR_API tsr_value tsr_max(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_min(tsr_builder *b, tsr_value x, tsr_value y);

/* tsr_clamp, tsr_clip - z = min(max(x, low), high); NaN if one of them is NaN.
 *
 * in   b     builder
 *      low, high  bounds; clip leaves out one that is TSR_NO_VALUE. high wins where low > high
 *      x     integers or floats; all of one dtype after promotion, shapes that broadcast
 * ad   dz = dx between the bounds and at them, else that of the bound; a clip with one bound
 *      is a max or min
 */
TSR_API tsr_value tsr_clamp(tsr_builder *b, tsr_value low, tsr_value x, tsr_value high);
TSR_API tsr_value tsr_clip(tsr_builder *b, tsr_value x, tsr_value low, tsr_value high);

/* tsr_rem - z = x - y trunc(x / y), of the sign of x; integers by zero are ERR_NUMERIC.
 *
 * in   b     builder
 *      x, y  integers or floats of one dtype after promotion, shapes that broadcast
 * ad   dz = dx - trunc(x / y) dy
 */
TSR_API tsr_value tsr_rem(tsr_builder *b, tsr_value x, tsr_value y);

/* tsr_floor, tsr_ceil, tsr_trunc, tsr_round_nearest_even - a whole number next to x.
 *
 * The largest <= x, the smallest >= x, the one towards zero, the nearest (even when there
 * are two).
 *
 * in   b     builder
 *      x     float
 * ad   locally constant
 */
TSR_API tsr_value tsr_floor(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_ceil(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_trunc(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_round_nearest_even(tsr_builder *b, tsr_value x);

/* tsr_is_finite - z = x is neither infinite nor NaN, bool.
 *
 * in   b     builder
 *      x     float
 * ad   locally constant
 */
TSR_API tsr_value tsr_is_finite(tsr_builder *b, tsr_value x);

/* tsr_not, tsr_and, tsr_or, tsr_xor - logic, bit by bit.
 *
 * in   b     builder
 *      x, y  bool, or integers of one dtype after promotion; shapes that broadcast
 * ad   locally constant
 */
TSR_API tsr_value tsr_not(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_and(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_or(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_xor(tsr_builder *b, tsr_value x, tsr_value y);

/* tsr_shift_left, tsr_shift_right_arithmetic, tsr_shift_right_logical - bits of x moved by y.
 *
 * Zeros move in; arithmetic moves in copies of the highest bit, be the dtype signed or not.
 *
 * in   b     builder
 *      x, y  integers of one dtype after promotion, shapes that broadcast; y is read as
 *            unsigned, and from the width of the dtype on all bits of x are moved out
 * ad   locally constant
 */
TSR_API tsr_value tsr_shift_left(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_shift_right_arithmetic(tsr_builder *b, tsr_value x, tsr_value y);
TSR_API tsr_value tsr_shift_right_logical(tsr_builder *b, tsr_value x, tsr_value y);

/* ---- analytic functions ----
 *
 * Complex results are on the principal branch, with the values at zeros, infinities and on
 * both sides of a cut that annex G of C99 gives. Derivatives at branch points and poles are
 * what IEEE 754 makes of the formula given: that of sqrt at 0 is infinite.
 */

/* tsr_exp, tsr_exp2, tsr_expm1 - e^x, 2^x, e^x - 1 (accurate near 0).
 *
 * in   b     builder
 *      x     float or complex
 * ad   dz = z dx, z log 2 dx, (z + 1) dx; holomorphic
 */
TSR_API tsr_value tsr_exp(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_exp2(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_expm1(tsr_builder *b, tsr_value x);

/* tsr_log, tsr_log2, tsr_log10, tsr_log1p - log x, to base e, 2 and 10; log (1 + x).
 *
 * in   b     builder
 *      x     float (negative gives NaN) or complex
 * ad   dz = dx / x, over log of the base; dx / (1 + x); holomorphic
 */
TSR_API tsr_value tsr_log(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_log2(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_log10(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_log1p(tsr_builder *b, tsr_value x);

/* tsr_sqrt, tsr_rsqrt, tsr_cbrt - x^(1/2), x^(-1/2), x^(1/3) of the sign of x.
 *
 * in   b     builder
 *      x     float; sqrt and rsqrt also complex, with Re z >= 0
 * ad   dz = dx / 2 z, -z dx / 2 x, dx / 3 z^2; holomorphic
 */
TSR_API tsr_value tsr_sqrt(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_rsqrt(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_cbrt(tsr_builder *b, tsr_value x);

/* tsr_pow - z = x^y = e^(y log x), x^0 = 1.
 *
 * Integers wrap, and a negative exponent of integers is ERR_NUMERIC. A complex 0^y is 0 when
 * Re y > 0. The angle of a complex power is off by an eps of |y log x|.
 *
 * in   b     builder
 *      x, y  numbers of one dtype after promotion, shapes that broadcast
 * ad   dz = y x^(y - 1) dx + z log x dy, where log 0 counts as 0; holomorphic
 * note for a real x < 0 the derivative in y is NaN; a constant y has none
 */
TSR_API tsr_value tsr_pow(tsr_builder *b, tsr_value x, tsr_value y);

/* tsr_sin, tsr_cos, tsr_tan, tsr_sinh, tsr_cosh, tsr_tanh - circular functions of radians, and
 * hyperbolic ones.
 *
 * in   b     builder
 *      x     float or complex
 * ad   dz = cos x dx, -sin x dx, (1 + z^2) dx, cosh x dx, sinh x dx, (1 - z^2) dx; holomorphic
 */
TSR_API tsr_value tsr_sin(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_cos(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_tan(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_sinh(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_cosh(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_tanh(tsr_builder *b, tsr_value x);

/* tsr_asin, tsr_acos, tsr_atan, tsr_asinh, tsr_acosh, tsr_atanh - their inverses, in radians.
 *
 * in   b     builder
 *      x     float, NaN outside of the domain; or complex, principal branches as in C99
 * ad   dz = dx / sqrt(1 - x^2), minus that, dx / (1 + x^2); dx / sqrt(x^2 + 1),
 *      dx / (sqrt(x - 1) sqrt(x + 1)), dx / (1 - x^2); holomorphic
 */
TSR_API tsr_value tsr_asin(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_acos(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_atan(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_asinh(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_acosh(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_atanh(tsr_builder *b, tsr_value x);

/* tsr_atan2 - the angle of the point (x, y) in (-pi, pi], radians.
 *
 * in   b     builder
 *      y, x  floats of one dtype after promotion, shapes that broadcast
 * ad   dz = (x dy - y dx) / (x^2 + y^2), NaN at the origin
 */
TSR_API tsr_value tsr_atan2(tsr_builder *b, tsr_value y, tsr_value x);

/* tsr_erf, tsr_erfc - 2 / sqrt pi times the integral of e^(-t^2) from 0 to x; 1 minus that.
 *
 * in   b     builder
 *      x     float
 * ad   dz = +- 2 / sqrt pi e^(-x^2) dx
 */
TSR_API tsr_value tsr_erf(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_erfc(tsr_builder *b, tsr_value x);

/* tsr_logistic - z = 1 / (1 + e^-x), accurate in both tails.
 *
 * in   b     builder
 *      x     float or complex
 * ad   dz = z (1 - z) dx; holomorphic
 */
TSR_API tsr_value tsr_logistic(tsr_builder *b, tsr_value x);

/* tsr_square, tsr_relu, tsr_silu, tsr_gelu - x^2; max(x, 0); x / (1 + e^-x); x times the normal
 * distribution function at x, x erfc(-x / sqrt 2) / 2.
 *
 * in   b     builder
 *      x     numbers; for relu integers or floats, for silu and gelu floats
 * ad   dz = 2 x dx; relu: dx where x > 0, else 0; by their formulas
 */
TSR_API tsr_value tsr_square(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_relu(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_silu(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_gelu(tsr_builder *b, tsr_value x);

/* tsr_gelu_tanh, tsr_softplus - x (1 + tanh u) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3), near
 * gelu; log(1 + e^x).
 *
 * in   b     builder
 *      x     float
 * ad   by its formula; dz = dx / (1 + e^-x)
 * note accurate in both tails
 */
TSR_API tsr_value tsr_gelu_tanh(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_softplus(tsr_builder *b, tsr_value x);

TSR_END

#endif /* TSR_ELEMENTWISE_H */
