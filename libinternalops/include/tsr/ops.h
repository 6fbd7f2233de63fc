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

#include "tsr/arrange.h"
#include "tsr/builder.h"
#include "tsr/elementwise.h"
#include "tsr/indexing.h"
#include "tsr/ordering.h"
#include "tsr/reduction.h"

TSR_BEGIN

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

/* tsr_bitcast_convert - the bits of x as another dtype (StableHLO bitcast_convert).
 *
 * A narrower dtype gives a last axis that counts the parts of an element, lowest bits first;
 * a wider one takes such an axis away.
 *
 * in   b      builder
 *      x      any dtype; bool goes to bool only, complex to complex only
 *      dtype  target; a wider one needs a last axis of size (its size / that of x)
 * ad   none: zero to and from integers, ERR_NO_RULE between floats of different dtypes
 */
TSR_API tsr_value tsr_bitcast_convert(tsr_builder *b, tsr_value x, tsr_dtype dtype);

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

/* tsr_arange - z[i] = start + i step, 0 <= i < n.
 *
 * in   b      builder
 *      dtype  any number; of half precision computed in single
 *      start, step  must fit the dtype: 0.5 is refused among integers
 *      n      >= 0, also symbolic
 */
TSR_API tsr_value tsr_arange(tsr_builder *b, tsr_dtype dtype, double start, double step, tsr_dim n);

/* tsr_linspace - n numbers at equal distances from start to stop, both exactly.
 *
 *   z[i] = start + i (stop - start) / (n - 1);   start alone when n is 1
 *
 * in   b      builder
 *      dtype  float
 *      start, stop  the ends
 *      n      >= 0, also symbolic
 * note each half counts from its own end, and differences are taken of halves: nothing overflows
 */
TSR_API tsr_value tsr_linspace(tsr_builder *b, tsr_dtype dtype, double start, double stop,
                               tsr_dim n);

/* tsr_eye - z[i, j] = 1 where j - i = k, else 0.
 *
 * in   b      builder
 *      dtype  element type
 *      m, n   rows and columns, also symbolic
 *      k      which diagonal: 0 the main one, positive above it
 */
TSR_API tsr_value tsr_eye(tsr_builder *b, tsr_dtype dtype, tsr_dim m, tsr_dim n, int64_t k);

/* tsr_one_hot - z[.., j] = 1 where j = indices[..], else 0.
 *
 * in   b        builder
 *      indices  integers of any shape; outside of [0, n) a row is all 0
 *      n        size of the new last axis, also symbolic
 *      dtype    of the result
 */
TSR_API tsr_value tsr_one_hot(tsr_builder *b, tsr_value indices, tsr_dim n, tsr_dtype dtype);

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

/* tsr_reverse - z = x with the elements along axes in opposite order.
 *
 * in   b      builder
 *      x      any dtype
 *      axes   distinct, negative from the last; TSR_ALL_AXES for all
 * ad   linear
 * note a view with negative strides where memory is strided
 */
TSR_API tsr_value tsr_reverse(tsr_builder *b, tsr_value x, tsr_axes axes);

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

/* tsr_tensordot - products of x and y summed over pairs of axes: z has the other axes of x, then
 * those of y.
 *
 * in   b       builder
 *      x, y    numbers of one dtype after promotion
 *      axes_x, axes_y  paired, equal sizes, negative from the last
 * ad   linear in each
 */
TSR_API tsr_value tsr_tensordot(tsr_builder *b, tsr_value x, tsr_value y, tsr_axes axes_x,
                                tsr_axes axes_y);

/* tsr_outer - z[i.., j..] = x[i..] y[j..], whatever the ranks.
 *
 * in   b     builder
 *      x, y  numbers of one dtype after promotion
 * ad   linear in each
 */
TSR_API tsr_value tsr_outer(tsr_builder *b, tsr_value x, tsr_value y);

/* tsr_vecdot - sum of conj(x) y along an axis, the others broadcast (Array API).
 *
 * in   b     builder
 *      x, y  numbers of one dtype after promotion
 *      axis  negative, counted from the last of both; equal sizes there
 * ad   real-linear in x, linear in y
 */
TSR_API tsr_value tsr_vecdot(tsr_builder *b, tsr_value x, tsr_value y, int64_t axis);

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
