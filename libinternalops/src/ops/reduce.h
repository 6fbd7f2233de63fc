/* reduce.h - rules that reductions over axes share. */
#ifndef TSRI_REDUCE_H
#define TSRI_REDUCE_H

#include "axes.h"

/* z has x's dtype and the axes of x that stay. */
tsr_status tsri_reduce_infer(const tsr_call *c, tsr_type *out);

/* The mapped axis stays where it is among the others. */
tsr_status tsri_reduce_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                             tsr_value *out, int32_t *out_axis);

/* Over nothing: x. Over axes of size 1: a reshape. After the same reduction: one, but for
 * products of floats. After a transpose that keeps the order of what stays: without it.
 */
tsr_status tsri_reduce_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out);

/* tsri_reduce_spread - a value of z's shape repeated along the axes reduced, to x's shape. */
tsr_value tsri_reduce_spread(tsr_builder *b, const tsr_call *c, tsr_value v);

#endif /* TSRI_REDUCE_H */
