/* scatter.h - what all scatters share: z = x, changed by updates at places from indices.
 *
 *   z[indices[i without update_window_dims] + i at update_window_dims] o= updates[i]
 *
 * in C order of the indices. A window that does not fit is dropped as a whole.
 */
#ifndef TSRI_SCATTER_H
#define TSRI_SCATTER_H

#include "indexing.h"

tsr_status tsri_scatter_infer(const tsr_call *c, tsr_type *out);

/* The mapped axis goes to the front of everything. Same places for all: it is one more
 * window axis, taken whole. Own places: it is a batching axis.
 */
tsr_status tsri_scatter_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map,
                              tsr_value *out, int32_t *out_axis);

/* tsri_scatter_sizes - [rank of x] sizes of windows; NULL fails. */
tsr_dim *tsri_scatter_sizes(tsri_room *room, const tsr_call *c);

/* tsri_scatter_is_void - is there an axis of size 0 that no window fits into: z is x, and
 * nothing can be read back.
 */
bool tsri_scatter_is_void(const tsr_call *c);

/* tsri_scatter_is_apart - can no two windows meet: axes of updates outside of windows are of
 * size 1, or paired with axes of x.
 */
bool tsri_scatter_is_apart(const tsr_call *c);

/* tsri_scatter_read - what x has where updates go, in their shape; of windows that are dropped
 * whatever is near.
 */
tsr_value tsri_scatter_read(tsri_room *room, const tsr_call *c, tsr_value x);

/* tsri_scatter_misses - bool, in the shape of updates: is it dropped. */
tsr_value tsri_scatter_misses(tsri_room *room, const tsr_call *c);

#endif /* TSRI_SCATTER_H */
