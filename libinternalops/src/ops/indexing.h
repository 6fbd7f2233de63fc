/* indexing.h - what gather and scatter share: their dimension numbers (StableHLO).
 *
 * An operand axis is a window axis, dropped (its window has size 1 and no axis in the
 * result), or batching (paired with an axis of indices). A result axis is a window axis or,
 * in order, one of indices without index_vector_dim. "Result" is gather's output and
 * scatter's updates.
 */
#ifndef TSRI_INDEXING_H
#define TSRI_INDEXING_H

#include "axes.h"

typedef struct tsri_numbers {
  tsr_axes window;           /* result axes that run through windows, increasing */
  tsr_axes dropped;          /* operand axes, increasing */
  tsr_axes batching;         /* operand axes, increasing */
  tsr_axes indices_batching; /* axes of indices, paired with batching */
  tsr_axes map;              /* operand axis of each component of an index */
  int64_t vector_dim;        /* axis of indices with the components; its rank: there is one */
} tsri_numbers;

tsri_numbers tsri_gather_numbers(const tsr_gather_attrs *a);
tsri_numbers tsri_scatter_numbers(const tsr_scatter_attrs *a);
tsr_gather_attrs tsri_gather_attrs_of(const tsri_numbers *n, tsr_shape slice_sizes);
tsr_scatter_attrs tsri_scatter_attrs_of(const tsri_numbers *n);

/* The names of the fields above in messages, as each op calls them. */
typedef struct tsri_number_names {
  const char *window, *dropped, *batching, *indices_batching, *map;
} tsri_number_names;

/* tsri_check_numbers - everything that does not depend on window sizes.
 *
 * in   c        the call; operand 0 is indexed by operand 1
 *      n        numbers
 *      names    for messages
 * out  rank     axes the result must have
 * err  ARGUMENT, SHAPE, DTYPE
 */
TSR_NODISCARD tsr_status tsri_check_numbers(const tsr_call *c, const tsri_numbers *n,
                                            const tsri_number_names *names, int64_t *rank);

/* tsri_is_window - does operand axis k run through windows with size above 1 allowed. */
static inline bool tsri_is_window(const tsri_numbers *n, int64_t k) {
  return !tsri_axes_has(n->dropped, k) && !tsri_axes_has(n->batching, k);
}

/* tsri_shift_numbers - numbers of one instance for operands stacked at the front.
 *
 * in   n        of one instance
 *      operand  true: the operand has a mapped axis 0
 *      indices  true: so have the indices, and the result
 * out  out      lists in room; axes paired by the mapping are not added to any list
 * ret  false when the room failed
 */
bool tsri_shift_numbers(tsri_room *room, const tsri_numbers *n, bool operand, bool indices,
                        tsri_numbers *out);

/* tsri_prepend - a list with 0 before it. */
bool tsri_prepend(tsri_room *room, tsr_axes *axes);

/* tsri_clamp_indices - indices moved into the range where windows fit, as gather reads them.
 *
 * in   indices  integers
 *      operand  type of what they index
 *      sizes    [operand rank] sizes of windows
 */
tsr_value tsri_clamp_indices(tsri_room *room, const tsri_numbers *n, tsr_value indices,
                             const tsr_type *operand, tsr_shape sizes);

/* tsri_misses - bool, one per index (the shape of indices without the components): does its
 * window reach outside, as scatter judges.
 */
tsr_value tsri_misses(tsri_room *room, const tsri_numbers *n, tsr_value indices,
                      const tsr_type *operand, tsr_shape sizes);

#endif /* TSRI_INDEXING_H */
