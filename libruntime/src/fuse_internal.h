/* fuse_internal.h - what the parts of the fusion pass share. */
#ifndef TSRI_FUSE_INTERNAL_H
#define TSRI_FUSE_INTERNAL_H

#include "watch.h"

#include "tsr/spi/graph.h"

enum {
  TSRI_FUSE_MAX_STEPS = 48, /* a region's registers must stay in the first-level cache */
  TSRI_FUSE_MAX_NODES = 64, /* of a region of rows */
  TSRI_FUSE_NONE = -1
};

/* Which nodes form a region; all arrays by node number. */
typedef struct tsri_fuse_groups {
  int32_t *group;   /* the root node of the region a node belongs to, or NONE */
  int32_t *members; /* at a root: how many nodes belong, itself included; one is no region */
  int32_t *first;   /* at a root: the first of them */
  int32_t *step_of; /* [n_values] all -1; room for writing regions down */
  int32_t *region;  /* a reduction of the region of rows a node belongs to, or NONE */
  int32_t *order;   /* all nodes, operands first, those of a region of rows side by side */
  int32_t *last;    /* at that reduction: the last node of its region, in the order */
  bool ends_only;   /* reductions stand at the ends of regions: there are no rows */
  tsri_watch *watch;
} tsri_fuse_groups;

/* An operation that a region may compute element by element; a reduction that it may make. */
bool tsri_fuse_is_elementwise(const tsr_graph *g, const tsr_node *node);
bool tsri_fuse_is_reduction(const tsr_graph *g, const tsr_node *node);
bool tsri_fuse_same_shape(const tsr_graph *g, const tsr_type *a, const tsr_type *b);

/* Find the regions of a graph among nodes that belong to no rows; out->watch and order are set. */
tsr_status tsri_fuse_find(const tsr_graph *graph, tsr_arena *arena, tsri_fuse_groups *out);

#endif /* TSRI_FUSE_INTERNAL_H */
