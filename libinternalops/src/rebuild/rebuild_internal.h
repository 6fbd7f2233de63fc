/* rebuild_internal.h - the parts of tsr_graph_rebuild. */
#ifndef TSRI_REBUILD_INTERNAL_H
#define TSRI_REBUILD_INTERNAL_H

#include "tsr/spi/replay.h"

/* Applications recorded so far, found by op, attributes and operands. */
typedef struct tsri_merge_entry {
  uint64_t hash;
  tsr_builder *b;
  tsr_value *out; /* [n_out] */
  int32_t n_out;
} tsri_merge_entry;

typedef struct tsri_merge_table {
  tsri_merge_entry *slots; /* open addressing; out NULL: free */
  size_t n, capacity;      /* capacity is a power of two, or 0 */
  tsr_arena values;
} tsri_merge_table;

uint64_t tsri_merge_hash(const tsr_op *op, const void *attrs, int32_t n_in, const tsr_value *in);

/* The outputs of an equal application, NULL if there is none. */
const tsr_value *tsri_merge_find(const tsri_merge_table *table, uint64_t hash, const tsr_op *op,
                                 const void *attrs, int32_t n_in, const tsr_value *in);

/* Remember the application of b that made out. */
tsr_status tsri_merge_add(tsri_merge_table *table, uint64_t hash, tsr_builder *b,
                          const tsr_value *out, int32_t n_out);
void tsri_merge_deinit(tsri_merge_table *table);

#endif /* TSRI_REBUILD_INTERNAL_H */
