/* tsr/indexing.h - reading and writing at places known when the program runs.
 *
 * Included by ops.h, whose conventions hold here.
 */
#ifndef TSR_INDEXING_H
#define TSR_INDEXING_H

#include "tsr/builder.h"

TSR_BEGIN

/* ---- gather and scatter ---- */

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
 * note updates to one place are added in C order of indices, on any number of threads
 */
TSR_API tsr_value tsr_scatter_add(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                                  const tsr_scatter_attrs *numbers);

/* tsr_scatter_set - x with updates in place at places read from indices.
 *
 * in   b        builder
 *      x        any dtype
 *      indices  integers; windows that do not fit are dropped
 *      updates  same dtype as x
 *      numbers  dimension numbers
 * ad   linear in (x, updates); of several updates to one place only the last counts
 * note the last in C order of indices stays, on any number of threads
 */
TSR_API tsr_value tsr_scatter_set(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                                  const tsr_scatter_attrs *numbers);

/* tsr_scatter_mul - x multiplied by updates at places read from indices.
 *
 * in   b        builder
 *      x        numbers
 *      indices  integers; windows that do not fit are dropped
 *      updates  same dtype as x
 *      numbers  dimension numbers
 * ad   dz = dx times updates + sum over updates of du times x and the other updates there;
 *      right where factors are 0, and to any order. du takes two scans over the updates
 *      unless no two windows can meet (one window per batch)
 */
TSR_API tsr_value tsr_scatter_mul(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                                  const tsr_scatter_attrs *numbers);

/* tsr_scatter_min, tsr_scatter_max - the extreme of x and the updates at places read from indices.
 *
 * in   b        builder
 *      x        bool, integer or float; NaN wins
 *      indices  integers; windows that do not fit are dropped
 *      updates  same dtype as x
 *      numbers  dimension numbers
 * ad   dz = mean of the tangents of x and updates that attain the extreme
 */
TSR_API tsr_value tsr_scatter_min(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                                  const tsr_scatter_attrs *numbers);
TSR_API tsr_value tsr_scatter_max(tsr_builder *b, tsr_value x, tsr_value indices, tsr_value updates,
                                  const tsr_scatter_attrs *numbers);

/* ---- windows ---- */

/* tsr_dynamic_slice - z[i] = x[s + i], s = clamp(starts, 0, size - sizes).
 *
 * in   b       builder
 *      x       any dtype, rank r
 *      starts  [r] integers; moved so that the window fits
 *      sizes   [r] of the window, at most those of x
 * ad   linear in x
 */
TSR_API tsr_value tsr_dynamic_slice(tsr_builder *b, tsr_value x, tsr_value starts, tsr_shape sizes);

/* tsr_dynamic_update_slice - z = x, but z[s + i] = y[i], s = clamp(starts, 0, size - size of y).
 *
 * in   b       builder
 *      x       any dtype, rank r
 *      y       same dtype and rank, no axis longer than that of x
 *      starts  [r] integers; moved so that the window fits
 * ad   linear in (x, y)
 */
TSR_API tsr_value tsr_dynamic_update_slice(tsr_builder *b, tsr_value x, tsr_value y,
                                           tsr_value starts);

/* ---- along an axis ---- */

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

/* tsr_put_along_axis - z = x, but z[.., indices[.., i, ..], ..] = values[.., i, ..].
 *
 * in   b        builder
 *      x        any dtype, rank r
 *      indices  integers, rank r; other axes equal those of x, or are 1. Those out of range
 *               are dropped
 *      values   broadcast to the sizes of x, with that of indices along axis; dtypes promote
 *      axis     negative from the last
 * ad   linear in (x, values); of several values for one place only the last counts
 */
TSR_API tsr_value tsr_put_along_axis(tsr_builder *b, tsr_value x, tsr_value indices,
                                     tsr_value values, int64_t axis);

TSR_END

#endif /* TSR_INDEXING_H */
