/* tsr/ops.h - the core operations.
 *
 * Every function takes a builder and values and gives a value; failures latch in the
 * builder (see builder.h). The primitives of ops.def neither promote nor broadcast; the
 * functions here do both for elementwise operations, by the rules of NumPy and the Array
 * API: shapes align at the last axis, integers with floats are refused with advice. A
 * tsr_scalar adopts the dtype of its partner. All accept symbolic zero where the operation
 * is linear and then give symbolic zero, or drop the term.
 */
#ifndef TSR_OPS_H
#define TSR_OPS_H

#include "tsr/builder.h"

TSR_BEGIN

/* ---- elementwise ---- */

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
 *      x     float; exp and expm1 also complex
 * ad   dz = z dx, z log 2 dx, (z + 1) dx; holomorphic
 */
TSR_API tsr_value tsr_exp(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_exp2(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_expm1(tsr_builder *b, tsr_value x);

/* tsr_log, tsr_log2, tsr_log10, tsr_log1p - log x, to base e, 2 and 10; log (1 + x).
 *
 * in   b     builder
 *      x     float (negative gives NaN); log and log1p also complex
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
 *      x     float; outside of the domain NaN
 * ad   dz = dx / sqrt(1 - x^2), minus that, dx / (1 + x^2); dx / sqrt(x^2 + 1),
 *      dx / sqrt(x^2 - 1), dx / (1 - x^2)
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
 *      x     float
 * ad   dz = z (1 - z) dx
 */
TSR_API tsr_value tsr_logistic(tsr_builder *b, tsr_value x);

/* ---- dtypes and complex numbers ---- */

/* tsr_convert - x in another dtype.
 *
 * Float to integer truncates towards zero and saturates (NaN gives 0); to bool is x != 0;
 * real to complex has imaginary part 0.
 *
 * in   b      builder
 *      x      any dtype
 *      dtype  target; complex to real is ERR_DTYPE: say tsr_real
 * ad   linear between float and complex types, zero tangent to or from int and bool
 */
TSR_API tsr_value tsr_convert(tsr_builder *b, tsr_value x, tsr_dtype dtype);

/* tsr_real, tsr_imag - parts of a complex x; x itself and zeros for a real one.
 *
 * in   b     builder
 *      x     float or complex
 * ad   real-linear
 */
TSR_API tsr_value tsr_real(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_imag(tsr_builder *b, tsr_value x);

/* tsr_conj - complex conjugate; x itself when real.
 *
 * in   b     builder
 *      x     numbers
 * ad   real-linear
 */
TSR_API tsr_value tsr_conj(tsr_builder *b, tsr_value x);

/* tsr_complex - z = x + i y.
 *
 * in   b     builder
 *      x, y  f32 (gives c64) or f64 (gives c128), shapes that broadcast
 * ad   real-linear
 */
TSR_API tsr_value tsr_complex(tsr_builder *b, tsr_value x, tsr_value y);

/* ---- creation ---- */

/* tsr_constant - a literal; the tensor is retained and must not change.
 *
 * in   b       builder
 *      tensor  on a host device, or on the device of an eager builder
 * ad   constant
 */
TSR_API tsr_value tsr_constant(tsr_builder *b, tsr_tensor *tensor);

/* tsr_scalar, tsr_scalar_int, tsr_scalar_complex - a rank 0 number that adopts the dtype of
 * its partner in the elementwise operations; alone it is f64, i64, c128.
 *
 * in   b             builder
 *      value, re, im  the number
 * note adopting is refused (ERR_DTYPE) where it would lose: a fraction by an integer partner,
 *      an imaginary part by a real one
 */
TSR_API tsr_value tsr_scalar(tsr_builder *b, double value);
TSR_API tsr_value tsr_scalar_int(tsr_builder *b, int64_t value);
TSR_API tsr_value tsr_scalar_complex(tsr_builder *b, double re, double im);

/* tsr_full, tsr_zeros, tsr_ones - a constant everywhere.
 *
 * in   b      builder
 *      dtype  element type
 *      shape  sizes, possibly symbolic
 *      value  what fills it; must be a whole number for integers
 */
TSR_API tsr_value tsr_full(tsr_builder *b, tsr_dtype dtype, tsr_shape shape, double value);
TSR_API tsr_value tsr_zeros(tsr_builder *b, tsr_dtype dtype, tsr_shape shape);
TSR_API tsr_value tsr_ones(tsr_builder *b, tsr_dtype dtype, tsr_shape shape);

/* tsr_zeros_like, tsr_ones_like - the same, with dtype and shape of a value.
 *
 * in   b     builder
 *      x     gives dtype and shape
 */
TSR_API tsr_value tsr_zeros_like(tsr_builder *b, tsr_value x);
TSR_API tsr_value tsr_ones_like(tsr_builder *b, tsr_value x);

/* tsr_iota - z[i] = i[axis].
 *
 * in   b      builder
 *      dtype  numbers
 *      shape  sizes, possibly symbolic
 *      axis   which index counts; negative from the last
 */
TSR_API tsr_value tsr_iota(tsr_builder *b, tsr_dtype dtype, tsr_shape shape, int64_t axis);

/* tsr_dim_value - a size as a rank 0 number, known when the program runs.
 *
 * in   b      builder
 *      dim    constant or symbolic
 *      dtype  numbers
 */
TSR_API tsr_value tsr_dim_value(tsr_builder *b, tsr_dim dim, tsr_dtype dtype);

/* ---- shape ---- */

/* tsr_broadcast_in_dim - z[i] = x[i[axes]]: axis k of x runs along axis axes[k] of z.
 *
 * in   b      builder
 *      x      any dtype, rank r
 *      shape  of z
 *      axes   [r] strictly increasing; x's axis has size 1 or that of z
 * ad   linear
 */
TSR_API tsr_value tsr_broadcast_in_dim(tsr_builder *b, tsr_value x, tsr_shape shape, tsr_axes axes);

/* tsr_broadcast_to - the same, aligned at the last axis.
 *
 * in   b      builder
 *      x      any dtype
 *      shape  of z
 * ad   linear
 */
TSR_API tsr_value tsr_broadcast_to(tsr_builder *b, tsr_value x, tsr_shape shape);

/* tsr_reshape - the elements of x in C order under another shape of the same count.
 *
 * in   b      builder
 *      x      any dtype
 *      shape  at most one entry may be the constant -1: computed
 * ad   linear
 */
TSR_API tsr_value tsr_reshape(tsr_builder *b, tsr_value x, tsr_shape shape);

/* tsr_transpose - axis k of z is axis axes[k] of x.
 *
 * in   b      builder
 *      x      any dtype, rank r
 *      axes   a permutation of 0 .. r - 1; TSR_ALL_AXES reverses all
 * ad   linear
 */
TSR_API tsr_value tsr_transpose(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_expand_dims, tsr_squeeze - insert axes of size 1, or drop them.
 *
 * in   b      builder
 *      x      any dtype
 *      axes   positions in the result (expand) or in x (squeeze)
 * ad   linear
 */
TSR_API tsr_value tsr_expand_dims(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_squeeze(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_slice - z[i] = x[start + step i], as long as the index is below limit.
 *
 * in   b      builder
 *      x      any dtype, rank r
 *      start, limit  [r] 0 <= start <= limit <= size
 *      step   [r] positive; TSR_NO_AXES: all 1
 * ad   linear
 */
TSR_API tsr_value tsr_slice(tsr_builder *b, tsr_value x, tsr_shape start, tsr_shape limit,
                            tsr_axes step);

/* tsr_pad - x with value around it and between its elements (StableHLO pad).
 *
 * in   b      builder
 *      x      any dtype, rank r
 *      value  rank 0, same dtype
 *      low, high  [r] elements before and after; negative cuts
 *      interior   [r] >= 0 elements between neighbours; TSR_NO_AXES: none
 * ad   linear
 */
TSR_API tsr_value tsr_pad(tsr_builder *b, tsr_value x, tsr_value value, tsr_shape low,
                          tsr_shape high, tsr_axes interior);

/* tsr_concatenate - the inputs joined along axis.
 *
 * in   b      builder
 *      in     one or more, same dtype and, but for axis, shape
 *      axis   negative from the last
 * ad   linear
 */
TSR_API tsr_value tsr_concatenate(tsr_builder *b, tsr_values in, int64_t axis);

/* ---- indexing ---- */

/* tsr_gather - slices of x, at starts read from indices (StableHLO gather).
 *
 * in   b        builder
 *      x        any dtype
 *      indices  integers; starts out of range are clamped so that the slice fits
 *      numbers  dimension numbers
 * ad   linear in x
 */
TSR_API tsr_value tsr_gather(tsr_builder *b, tsr_value x, tsr_value indices,
                             const tsr_gather_attrs *numbers);

/* tsr_scatter_add - x with updates added at places read from indices (StableHLO scatter).
 *
 * in   b        builder
 *      x        numbers
 *      indices  integers; windows that do not fit are dropped
 *      updates  same dtype as x
 *      numbers  dimension numbers
 * ad   linear in (x, updates)
 * note updates to one place are added in C order of updates, on any number of threads
 */
TSR_API tsr_value tsr_scatter_add(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                                  const tsr_scatter_attrs *numbers);

/* tsr_take - z = x[.., indices, ..]: the axis is replaced by the axes of indices.
 *
 * in   b        builder
 *      x        any dtype
 *      indices  integers of any rank, clamped into range
 *      axis     negative from the last
 * ad   linear in x
 */
TSR_API tsr_value tsr_take(tsr_builder *b, tsr_value x, tsr_value indices, int64_t axis);

/* tsr_take_along_axis - z[.., i, ..] = x[.., indices[.., i, ..], ..].
 *
 * in   b        builder
 *      x        any dtype, rank r
 *      indices  integers, rank r; other axes equal those of x, or are 1 on either side
 *      axis     negative from the last
 * ad   linear in x
 */
TSR_API tsr_value tsr_take_along_axis(tsr_builder *b, tsr_value x, tsr_value indices, int64_t axis);

/* ---- reduction ---- */

/* tsr_reduce_sum, tsr_sum - sum over axes, which are dropped; accumulated pairwise.
 *
 * in   b     builder
 *      x     numbers; tsr_sum widens integers below 64 bits (Array API), reduce_sum does not
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   linear
 */
TSR_API tsr_value tsr_reduce_sum(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_sum(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_mean - sum over axes divided by the number of elements summed.
 *
 * in   b     builder
 *      x     float or complex
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   linear
 * note the mean of nothing is NaN
 */
TSR_API tsr_value tsr_mean(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_reduce_max - largest over axes; NaN if there is one; lowest value of the dtype if empty.
 *
 * in   b     builder
 *      x     bool, integer or float
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   dz = mean of dx over the places that attain the maximum
 */
TSR_API tsr_value tsr_reduce_max(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_argmax - first index of the largest along axis, i64; of the first NaN if there is one.
 *
 * in   b     builder
 *      x     bool, integer or float; the axis must not be empty
 *      axis  negative from the last
 * ad   locally constant
 */
TSR_API tsr_value tsr_argmax(tsr_builder *b, tsr_value x, int64_t axis);

/* ---- contraction ---- */

/* tsr_dot_general - z[batch, m, n] = sum_k x[batch, m, k] y[batch, n, k].
 *
 * Result axes: batch axes in the order given, then the other axes of x, then those of y.
 *
 * in   b     builder
 *      x, y  numbers of one dtype
 *      axes  paired batch and contracted axes
 * ad   linear in each
 */
TSR_API tsr_value tsr_dot_general(tsr_builder *b, tsr_value x, tsr_value y,
                                  const tsr_dot_general_attrs *axes);

/* tsr_matmul - matrix product over the last two axes, leading axes broadcast (Array API).
 *
 * in   b     builder
 *      x     [.., m, k] or [k]
 *      y     [.., k, n] or [k]
 * ad   linear in each
 */
TSR_API tsr_value tsr_matmul(tsr_builder *b, tsr_value x, tsr_value y);

/* ---- random bits ---- */

/* tsr_rng_bit_generator - counter-based random bits: Philox 4x32-10.
 *
 * (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011.)
 *
 * in   b      builder
 *      state  u64[2]: key and counter
 *      dtype  i32 u32 i64 u64
 *      shape  of the bits
 * out  out    [2] the state with its counter advanced, and the bits
 * ret  the builder's status
 * ad   constant
 */
TSR_API tsr_status tsr_rng_bit_generator(tsr_builder *b, tsr_value state, tsr_dtype dtype,
                                         tsr_shape shape, tsr_value *out);

/* tsr_rng_state - the state for a seed, counter 0.
 *
 * in   b     builder
 *      seed  the key
 */
TSR_API tsr_value tsr_rng_state(tsr_builder *b, uint64_t seed);

/* ---- control flow ---- */

/* tsr_barrier - the same values, behind a wall no pass merges or moves work across.
 *
 * in   b    builder
 *      in   one or more
 * out  out  [in.n]
 * ret  the builder's status
 * ad   linear
 */
TSR_API tsr_status tsr_barrier(tsr_builder *b, tsr_values in, tsr_value *out);

/* tsr_cond - if (p) out = then_body(in), else out = else_body(in); only one is run.
 *
 * in   b     builder
 *      p     bool, rank 0
 *      then_body, else_body, ctx  both give n_out values of equal types
 *      in    operands
 *      n_out outputs
 * out  out   [n_out]
 * ret  the builder's status
 * ad   all modes; under vmap with mapped p both are run and selected from
 */
TSR_API tsr_status tsr_cond(tsr_builder *b, tsr_value p, tsr_body then_body, tsr_body else_body,
                            void *ctx, tsr_values in, int32_t n_out, tsr_value *out);

/* tsr_while - x = init; while (test(x)) x = body(x).
 *
 * in   b     builder
 *      test  gives one bool of rank 0
 *      body, ctx  gives values of the types of init
 *      init  [n]
 * out  out   [n]
 * ret  the builder's status
 * ad   forward mode only: the number of rounds, hence memory, is not known
 */
TSR_API tsr_status tsr_while(tsr_builder *b, tsr_body test, tsr_body body, void *ctx,
                             tsr_values init, tsr_value *out);

typedef enum tsr_scan_order {
  TSR_SCAN_FORWARD,
  TSR_SCAN_REVERSE
} tsr_scan_order;

/* tsr_scan - for t in 0 .. length - 1: (carry, ys[t]) = body(carry, xs[t]).
 *
 * The body reads carry and the t-th slices of xs along their first axis, and gives the
 * next carry (of unchanged types) and n_ys slices, which are stacked.
 *
 * in   b       builder
 *      body, ctx  see above
 *      init    [n_carry]
 *      xs      each of first size length; may be none
 *      length  number of rounds
 *      order   REVERSE runs t from length - 1 down to 0
 *      n_ys    stacked outputs
 * out  out     [n_carry + n_ys] the last carry, then ys
 * ret  the builder's status
 * ad   all modes; reverse mode stacks what each round leaves, see tsr_checkpoint
 */
TSR_API tsr_status tsr_scan(tsr_builder *b, tsr_body body, void *ctx, tsr_values init,
                            tsr_values xs, tsr_dim length, tsr_scan_order order, int32_t n_ys,
                            tsr_value *out);

TSR_END

#endif /* TSR_OPS_H */
