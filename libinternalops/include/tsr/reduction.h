/* tsr/reduction.h - along axes to one number: sums, extremes, and what is made of them.
 *
 * Included by ops.h, whose conventions hold here.
 */
#ifndef TSR_REDUCTION_H
#define TSR_REDUCTION_H

#include "tsr/builder.h"

TSR_BEGIN

/* ---- sums, extremes, logic ---- */

/* tsr_reduce_sum, tsr_sum - sum over axes, which are dropped; accumulated pairwise.
 *
 * in   b     builder
 *      x     numbers; tsr_sum widens integers below 64 bits (Array API), reduce_sum does not
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   linear
 */
TSR_API tsr_value tsr_reduce_sum(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_sum(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_reduce_prod, tsr_prod - product over axes, which are dropped; 1 if empty.
 *
 * in   b     builder
 *      x     numbers; tsr_prod widens integers below 64 bits (Array API), reduce_prod does not
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   dz = sum_i dx_i prod_{j != i} x_j, without a division: right where x has zeros
 */
TSR_API tsr_value tsr_reduce_prod(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_prod(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_mean - sum over axes divided by the number of elements summed.
 *
 * in   b     builder
 *      x     float or complex
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   linear
 * note the mean of nothing is NaN
 */
TSR_API tsr_value tsr_mean(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_reduce_max, tsr_reduce_min - largest, smallest over axes; NaN if there is one.
 *
 * in   b     builder
 *      x     bool, integer or float
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   dz = mean of dx over the places that attain the extreme
 * note of nothing: the lowest value of the dtype (-inf), respectively the largest (inf)
 */
TSR_API tsr_value tsr_reduce_max(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_reduce_min(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_reduce_and, tsr_reduce_or - and, or over axes, bit by bit.
 *
 * in   b     builder
 *      x     bool or integer
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   locally constant
 * note of nothing: true (all bits 1), respectively false (0)
 */
TSR_API tsr_value tsr_reduce_and(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_reduce_or(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_all, tsr_any - is all of x true, is any; bool. A number is true unless it is 0.
 *
 * in   b     builder
 *      x     any dtype; NaN is true
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   locally constant
 * note of nothing: true, respectively false
 */
TSR_API tsr_value tsr_all(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_any(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_argmax, tsr_argmin - first index of the largest, smallest along axis, i64.
 *
 * in   b     builder
 *      x     bool, integer or float; the axis must not be empty
 *      axis  negative from the last
 * ad   locally constant
 * note the first NaN, if there is one, is both
 */
TSR_API tsr_value tsr_argmax(tsr_builder *b, tsr_value x, int64_t axis);
TSR_API tsr_value tsr_argmin(tsr_builder *b, tsr_value x, int64_t axis);

/* ---- statistics ---- */

/* tsr_var, tsr_std - sum |x - mean|^2 / (n - correction) over axes, and its square root.
 *
 * In two passes: the mean first.
 *
 * in   b     builder
 *      x     float or complex; the result has the real dtype
 *      axes  distinct; TSR_ALL_AXES for all
 *      correction  0 for the variance of the numbers, 1 to estimate that of their population
 * ad   dz of std is 0 where all numbers are equal
 * note NaN where n <= correction and the numbers are equal
 */
TSR_API tsr_value tsr_var(tsr_builder *b, tsr_value x, tsr_axes axes, double correction);
TSR_API tsr_value tsr_std(tsr_builder *b, tsr_value x, tsr_axes axes, double correction);

/* tsr_norm2 - z = sqrt(sum |x|^2) over axes; scaled by a power of two, lest squares overflow.
 *
 * in   b     builder
 *      x     float or complex; the result has the real dtype
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   dz = Re(sum conj(x) dx) / z, 0 at 0
 */
TSR_API tsr_value tsr_norm2(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_logsumexp, tsr_softmax, tsr_log_softmax - s = log sum e^x over axes; e^(x - s); x - s.
 *
 * Shifted by the largest x, lest powers overflow; the latter two keep the shape of x.
 *
 * in   b     builder
 *      x     float
 *      axes  distinct; TSR_ALL_AXES for all
 * ad   ds = sum of softmax(x) dx
 * note where all x are -inf, s is -inf and the other two are NaN
 */
TSR_API tsr_value tsr_logsumexp(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_softmax(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_log_softmax(tsr_builder *b, tsr_value x, tsr_axes axes);

/* tsr_layer_norm, tsr_rms_norm - (x - mean x) / sqrt(var x + epsilon), x / sqrt(mean x^2 + epsilon),
 * both over axes.
 *
 * in   b        builder
 *      x        float; half precision is computed in single
 *      axes     distinct; TSR_ALL_AXES for all
 *      epsilon  > 0 keeps constant x finite
 * ad   by their formulas
 * note the variance is that of the distances from the mean, so a large mean costs no digits;
 *      the weight and the bias of a layer are a product and a sum behind it
 */
TSR_API tsr_value tsr_layer_norm(tsr_builder *b, tsr_value x, tsr_axes axes, double epsilon);
TSR_API tsr_value tsr_rms_norm(tsr_builder *b, tsr_value x, tsr_axes axes, double epsilon);

TSR_END

#endif /* TSR_REDUCTION_H */
