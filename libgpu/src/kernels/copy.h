/* copy.h - a copy between two strided arrays of one shape, ready to run. */
#ifndef TSRI_CUDA_COPY_H
#define TSRI_CUDA_COPY_H

#include "rows.h"

typedef struct tsri_cuda_copy {
  struct CUfunc_st *function; /* NULL: dense on both sides, bytes as they are */
  size_t bytes;
  int64_t tiles; /* 0: threads follow the destination */
  tsri_copy_args args;
} tsri_cuda_copy;

/* Fill in a copy of elements of size bytes. */
tsr_status tsri_cuda_copy_init(tsri_cuda_copy *copy, tsr_device *device, size_t size, int32_t rank,
                               const int64_t *dims, const int64_t *from_strides,
                               const int64_t *to_strides);

/* Enqueue it. */
tsr_status tsri_cuda_copy_run(const tsri_cuda_copy *copy, tsr_stream *stream, const void *from,
                              void *to);

#endif /* TSRI_CUDA_COPY_H */
