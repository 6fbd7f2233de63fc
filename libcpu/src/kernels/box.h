/* box.h - what lies outside of a box within an array: at most two boxes for every axis.
 *
 * Those of the first axis go through all of the array along the others; those of the next ones stay
 * within the box along the axes before, so they are disjoint and as long as they can be.
 */
#ifndef TSRI_BOX_H
#define TSRI_BOX_H

#include "kernel.h"

/* Box number k of 2 rank; all lists are [rank]. False: it is empty. */
static inline bool tsri_outside(int32_t rank, const int64_t *dims, const int64_t *box_first,
                                const int64_t *box_dims, int32_t k, int64_t *first,
                                int64_t *count) {
  const int32_t axis = k / 2;
  const int64_t end = box_first[axis] + box_dims[axis];
  for (int32_t a = 0; a < rank; a++) {
    first[a] = a < axis ? box_first[a] : 0;
    count[a] = a < axis ? box_dims[a] : dims[a];
  }
  first[axis] = k % 2 == 0 ? 0 : end;
  count[axis] = k % 2 == 0 ? box_first[axis] : dims[axis] - end;
  return tsri_product(rank, count) > 0;
}

#endif /* TSRI_BOX_H */
