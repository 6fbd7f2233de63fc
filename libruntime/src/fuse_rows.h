/* fuse_rows.h - regions of rows: elementwise work around reductions over the same axes. */
#ifndef TSRI_FUSE_ROWS_H
#define TSRI_FUSE_ROWS_H

#include "fuse_internal.h"

#include "tsr/spi/replay.h"

/* How a value lies in the loop of a region. */
typedef enum tsri_rows_class {
  TSRI_CLASS_NONE,
  TSRI_CLASS_FULL, /* over the whole loop */
  TSRI_CLASS_ROW,  /* without the axes that rows are made along */
  TSRI_CLASS_ROW1  /* with size 1 along those */
} tsri_rows_class;

/* The loop of a region: the type of what its reductions reduce, and over which axes. */
typedef struct tsri_rows_loop {
  const tsr_graph *graph;
  const tsr_type *type;
  uint64_t reduced;
} tsri_rows_loop;

tsri_rows_loop tsri_rows_loop_of(const tsr_graph *g, int32_t reduction);
tsri_rows_class tsri_rows_classify(const tsri_rows_loop *loop, int32_t value);

/* Does a node only repeat or reshape numbers of rows? Its operand then stands for its result. */
bool tsri_rows_is_glue(const tsri_rows_loop *loop, const tsr_node *node);

/* Find the regions of rows of a graph; out->region and out->order are set. */
tsr_status tsri_fuse_find_rows(const tsr_graph *g, tsr_arena *arena, tsri_fuse_groups *out);

/* Emit the region whose reduction is `seed`; its nodes lie together in the order. */
tsr_status tsri_fuse_emit_rows(const tsri_fuse_groups *groups, int32_t seed, tsr_replay *to);

#endif /* TSRI_FUSE_ROWS_H */
