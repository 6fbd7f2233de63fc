/* tsr/arrange.h - elements in another order: functions made of the core operations.
 *
 * Included by ops.h, whose conventions hold here. All take any dtype and symbolic sizes, count
 * negative axes from the last, and are linear; symbolic zero gives symbolic zero.
 */
#ifndef TSR_ARRANGE_H
#define TSR_ARRANGE_H

#include "tsr/builder.h"

TSR_BEGIN

/* ---- order ---- */

/* tsr_flip - tsr_reverse under its name in the Array API.
 *
 * in   b      builder
 *      x      any dtype
 *      axes   distinct; TSR_ALL_AXES for all
 * ad   linear
 */
TSR_API tsr_value tsr_flip(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_roll - z[(i + shift) mod n] = x[i] along each axis.
 *
 * in   b       builder
 *      x       any dtype
 *      shifts  one per axis, of any sign and size
 *      axes    an axis named twice is shifted by both
 * ad   linear
 */
TSR_API tsr_value tsr_roll(tsr_builder *b, tsr_value x, tsr_axes shifts, tsr_axes axes);

/* tsr_moveaxis - axis source[k] of x becomes axis destination[k], the others keep their order.
 *
 * in   b       builder
 *      x       any dtype
 *      source, destination  as many of either, each distinct
 * ad   linear
 */
TSR_API tsr_value tsr_moveaxis(tsr_builder *b, tsr_value x, tsr_axes source, tsr_axes destination);

/* tsr_swapaxes - two axes exchanged.
 *
 * in   b       builder
 *      x       any dtype
 *      first, second  axes, perhaps the same
 * ad   linear
 */
TSR_API tsr_value tsr_swapaxes(tsr_builder *b, tsr_value x, int64_t first, int64_t second);

/* ---- joined, cut and repeated ---- */

/* tsr_stack - values of one shape joined along a new axis.
 *
 * in   b      builder
 *      in     one or more, of one type; symbolic zeros among them stand for zeros
 *      axis   of the result
 * ad   linear
 */
TSR_API tsr_value tsr_stack(tsr_builder *b, tsr_values in, int64_t axis);

/* tsr_split - n parts of equal size along axis.
 *
 * in   b      builder
 *      x      any dtype; n divides the size of the axis
 *      n      >= 1
 *      axis   to cut
 * out  out    [n] the parts, in order
 * ret  the builder's status
 * ad   linear
 */
TSR_API tsr_status tsr_split(tsr_builder *b, tsr_value x, int64_t n, int64_t axis, tsr_value *out);

/* tsr_split_at - parts along axis: up to the first place, from each place to the next, the rest.
 *
 * in   b       builder
 *      x       any dtype
 *      places  0 <= ascending <= size of the axis; equal ones give an empty part
 *      axis    to cut
 * out  out     [places.n + 1] the parts, in order
 * ret  the builder's status
 * ad   linear
 */
TSR_API tsr_status tsr_split_at(tsr_builder *b, tsr_value x, tsr_shape places, int64_t axis,
                                tsr_value *out);

/* tsr_tile - x side by side with itself, counts[k] times along axis k.
 *
 * in   b       builder
 *      x       any dtype
 *      counts  >= 0; the shorter of counts and shape is extended by 1 in front
 * ad   linear
 */
TSR_API tsr_value tsr_tile(tsr_builder *b, tsr_value x, tsr_axes counts);

/* tsr_repeat - z[.., i count + j, ..] = x[.., i, ..]: every element count times in a row.
 *
 * in   b       builder
 *      x       any dtype
 *      count   >= 0
 *      axis    to repeat along
 * ad   linear
 */
TSR_API tsr_value tsr_repeat(tsr_builder *b, tsr_value x, int64_t count, int64_t axis);

/* ---- diagonals and triangles, over the last two axes ---- */

/* tsr_diagonal - z[.., i] = x[.., i, i + offset], or x[.., i - offset, i] below the main one.
 *
 * in   b       builder
 *      x       [.., m, n]
 *      offset  0 for the main diagonal, positive above; beyond the matrix there is nothing
 * ad   linear
 */
TSR_API tsr_value tsr_diagonal(tsr_builder *b, tsr_value x, int64_t offset);

/* tsr_diag - the square matrices with x on a diagonal and 0 elsewhere.
 *
 * in   b       builder
 *      x       [.., k] gives [.., n, n], n = k + |offset|
 *      offset  0 for the main diagonal, positive above
 * ad   linear
 */
TSR_API tsr_value tsr_diag(tsr_builder *b, tsr_value x, int64_t offset);

/* tsr_trace - z = sum over a diagonal; sums widen as in tsr_sum.
 *
 * in   b       builder
 *      x       [.., m, n] numbers
 *      offset  as for tsr_diagonal
 * ad   linear
 */
TSR_API tsr_value tsr_trace(tsr_builder *b, tsr_value x, int64_t offset);

/* tsr_tril, tsr_triu - x below, or above, a diagonal, itself included; 0 elsewhere.
 *
 * in   b       builder
 *      x       [.., m, n]
 *      offset  of the diagonal: 0 for the main one, positive above
 * ad   linear
 */
TSR_API tsr_value tsr_tril(tsr_builder *b, tsr_value x, int64_t offset);
TSR_API tsr_value tsr_triu(tsr_builder *b, tsr_value x, int64_t offset);

TSR_END

#endif /* TSR_ARRANGE_H */
