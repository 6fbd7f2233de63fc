/* cumulative.h - rules that cumulative ops share: z[i] = x[0] + .. + x[i] along an axis. */
#ifndef TSRI_CUMULATIVE_H
#define TSRI_CUMULATIVE_H

#include "axes.h"

static inline tsr_scan_order tsri_cumulative_order(const tsr_call *c) {
  return ((const tsr_cumulative_attrs *)c->attrs)->reverse ? TSR_SCAN_REVERSE : TSR_SCAN_FORWARD;
}

/* z has x's type. */
tsr_status tsri_cumulative_infer(const tsr_call *c, tsr_type *out);

/* The mapped axis stays where it is. */
tsr_status tsri_cumulative_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                                 tsr_value *out, int32_t *out_axis);

/* Along an axis of size 1: x. */
tsr_status tsri_cumulative_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out);

/* tsri_neighbour - z[i] = x[i - 1] along axis (x[i + 1] in reverse), fill at the first.
 *
 * in   fill  rank 0, of the dtype of x
 */
tsr_value tsri_neighbour(tsr_builder *b, tsr_value x, tsr_value fill, int64_t axis,
                         tsr_scan_order order);

#endif /* TSRI_CUMULATIVE_H */
