/* dot.h - dot_general as groups of axes: z[b, m, n] = sum_k x[b, m, k] y[b, n, k]. */
#ifndef TSRI_DOT_H
#define TSRI_DOT_H

#include "kernel.h"

#include "tsr/attrs.h"

/* Axes that run together; strides of each array, 0 in the one that lacks them. */
typedef struct tsri_dot_group {
  int32_t rank;
  int64_t size; /* of all axes together */
  int64_t *dims, *x, *y, *z;
} tsri_dot_group;

typedef struct tsri_dot {
  tsri_state state;
  tsri_dot_group b, m, n, k;
} tsri_dot;

/* The groups of a call; free with tsri_state_release. */
tsr_status tsri_dot_create(const tsr_prepare *p, tsri_dot **out);

/* Merge the axes of every group that all arrays walk alike. */
void tsri_dot_fuse(tsri_dot *dot);

#endif /* TSRI_DOT_H */
