/* fuse_internal.h - the two halves of the fusion pass. */
#ifndef TSRI_FUSE_INTERNAL_H
#define TSRI_FUSE_INTERNAL_H

#include "watch.h"

#include "tsr/spi/graph.h"

enum {
  TSRI_FUSE_MAX_STEPS = 48, /* a region's registers must stay in the first-level cache */
  TSRI_FUSE_NONE = -1
};

/* Which nodes form a region; all arrays by node number. */
typedef struct tsri_fuse_groups {
  int32_t *group;   /* the root node of the region a node belongs to, or NONE */
  int32_t *members; /* at a root: how many nodes belong, itself included; one is no region */
  int32_t *first;   /* at a root: the first of them */
  int32_t *step_of; /* [n_values] all -1; room for writing regions down */
  tsri_watch *watch;
} tsri_fuse_groups;

/* Find the regions of a graph; out->watch is set. */
tsr_status tsri_fuse_find(const tsr_graph *graph, tsr_arena *arena, tsri_fuse_groups *out);

#endif /* TSRI_FUSE_INTERNAL_H */
