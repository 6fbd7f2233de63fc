/* tsr/ordering.h - along an axis: running sums, products and extremes; sorting.
 *
 * Included by ops.h, whose conventions hold here.
 */
#ifndef TSR_ORDERING_H
#define TSR_ORDERING_H

#include "tsr/builder.h"

TSR_BEGIN

/* ---- cumulative operations ---- */

typedef enum tsr_scan_order {
  TSR_SCAN_FORWARD,
  TSR_SCAN_REVERSE
} tsr_scan_order;

/* tsr_cumsum, tsr_cumprod - z[i] = sum, product of x[0 .. i] along axis.
 *
 * in   b      builder
 *      x      numbers; the dtype stays, f16 and bf16 accumulate in f32
 *      axis   negative from the last
 *      order  REVERSE: z[i] = sum, product of x[i .. n - 1]
 * ad   linear; dz[i] = x[i] dz[i - 1] + z[i - 1] dx[i], right where x has zeros
 * note products are taken one by one; the order of a sum follows from the size of the axis alone
 */
TSR_API tsr_value tsr_cumsum(tsr_builder *b, tsr_value x, int64_t axis, tsr_scan_order order);
TSR_API tsr_value tsr_cumprod(tsr_builder *b, tsr_value x, int64_t axis, tsr_scan_order order);

/* tsr_cummax, tsr_cummin - z[i] = largest, smallest of x[0 .. i] along axis; NaN from the first on.
 *
 * in   b      builder
 *      x      bool, integer or float
 *      axis   negative from the last
 *      order  REVERSE: z[i] = extreme of x[i .. n - 1]
 * ad   dz[i] = dx of the element that z[i] is, the first met of several
 */
TSR_API tsr_value tsr_cummax(tsr_builder *b, tsr_value x, int64_t axis, tsr_scan_order order);
TSR_API tsr_value tsr_cummin(tsr_builder *b, tsr_value x, int64_t axis, tsr_scan_order order);

/* tsr_cumlogsumexp - z[i] = log sum of e^x[0 .. i] along axis.
 *
 * The sum of powers so far is kept shifted by the largest x so far, lest it overflow.
 *
 * in   b      builder
 *      x      float; f16 and bf16 go through f32
 *      axis   negative from the last
 *      order  REVERSE: z[i] = log sum of e^x[i .. n - 1]
 * ad   dz[i] = sum of e^(x[j] - z[i]) dx[j] over j = 0 .. i; 0 where z[i] is -inf
 */
TSR_API tsr_value tsr_cumlogsumexp(tsr_builder *b, tsr_value x, int64_t axis, tsr_scan_order order);

/* ---- ordering ---- */

/* tsr_sort - the elements of x in order along axis.
 *
 * Stable. NaN comes last in either order; -0 and 0 are equal.
 *
 * in   b      builder
 *      x      bool, integer or float
 *      axis   negative from the last
 *      order  TSR_ASCENDING or TSR_DESCENDING
 * ad   dz = dx of the elements, which move
 */
TSR_API tsr_value tsr_sort(tsr_builder *b, tsr_value x, int64_t axis, tsr_sort_order order);

/* tsr_argsort - z with sort(x) = take_along_axis(x, z), i64; equal elements keep their order.
 *
 * in   b      builder
 *      x      bool, integer or float
 *      axis   negative from the last
 *      order  TSR_ASCENDING or TSR_DESCENDING
 * ad   locally constant
 */
TSR_API tsr_value tsr_argsort(tsr_builder *b, tsr_value x, int64_t axis, tsr_sort_order order);

/* tsr_sort_by_keys - several values of one shape, moved alike so that the keys are in order.
 *
 * The first key decides; where it is equal, the next. Elements equal in all keys keep their order.
 *
 * in   b        builder
 *      keys     one or more; bool, integer or float
 *      carried  any dtypes; may be none
 *      axis     negative from the last
 *      order    of all keys: TSR_ASCENDING or TSR_DESCENDING
 * out  out      [keys.n + carried.n] keys, then what is carried
 * ret  the builder's status
 * ad   dz = dx of the elements, which move
 */
TSR_API tsr_status tsr_sort_by_keys(tsr_builder *b, tsr_values keys, tsr_values carried,
                                    int64_t axis, tsr_sort_order order, tsr_value *out);

/* tsr_top_k - the k largest along axis, falling, and their indices.
 *
 * in   b      builder
 *      x      bool, integer or float; NaN counts as smaller than any number
 *      k      0 <= k <= size
 *      axis   negative from the last
 * out  out    [2] values, and places as i64; of equal elements the first
 * ret  the builder's status
 * ad   dz = dx of the elements taken
 */
TSR_API tsr_status tsr_top_k(tsr_builder *b, tsr_value x, tsr_dim k, int64_t axis, tsr_value *out);

typedef enum tsr_search_side {
  TSR_SEARCH_LEFT,
  TSR_SEARCH_RIGHT
} tsr_search_side;

/* tsr_searchsorted - where values belong among sorted: the number of elements before them, i64.
 *
 * By bisection, all values at once.
 *
 * in   b       builder
 *      sorted  rank 1, rising, NaN last; bool, integer or float
 *      values  any shape, which is that of the result
 *      side    LEFT counts elements < value, RIGHT those <= value; NaN comes after all numbers
 * ad   locally constant
 */
TSR_API tsr_value tsr_searchsorted(tsr_builder *b, tsr_value sorted, tsr_value values,
                                   tsr_search_side side);

TSR_END

#endif /* TSR_ORDERING_H */
