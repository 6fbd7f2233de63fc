/* dot.h - dot_general as groups of axes: z[b, m, n] = sum_k x[b, m, k] y[b, n, k]. */
#ifndef TSRI_CUDA_DOT_H
#define TSRI_CUDA_DOT_H

#include "rows.h"

/* Axes that run together; strides of each array, 0 in the one that lacks them. */
typedef struct tsri_cuda_group {
  int32_t rank;
  int64_t size; /* of all axes together */
  int64_t *dims, *x, *y, *z;
} tsri_cuda_group;

typedef struct tsri_cuda_dot {
  tsri_cuda_state state;
  tsri_cuda_group b, m, n, k; /* axes of size 1 are left out */
} tsri_cuda_dot;

/* The groups of a call; free with tsri_cuda_state_release. */
tsr_status tsri_cuda_dot_create(const tsr_prepare *p, tsri_cuda_dot **out);

#endif /* TSRI_CUDA_DOT_H */
