/* args.h - the one parameter of each kernel, as host and device see it.
 *
 * Read by the C compiler, by nvcc and by NVRTC, which knows no system header. A kernel gets
 * its struct by value; the driver accepts 4096 bytes. Strides count elements.
 */
#ifndef TSRI_CUDA_ARGS_H
#define TSRI_CUDA_ARGS_H

#ifdef __CUDACC_RTC__
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
#else
#include <stdint.h>
#endif

/* Axes a kernel can walk, after neighbours have been fused. */
#define TSRI_CUDA_RANK 64

/* Threads of a block, in every launch. */
#define TSRI_CUDA_THREADS 256

/* Tiles of a transposing copy are squares of this many elements. */
#define TSRI_CUDA_TILE 32

/* Element types, numbered as tsr_dtype is. */
typedef enum tsri_cuda_type {
  TSRI_CUDA_BOOL,
  TSRI_CUDA_I8,
  TSRI_CUDA_I16,
  TSRI_CUDA_I32,
  TSRI_CUDA_I64,
  TSRI_CUDA_U8,
  TSRI_CUDA_U16,
  TSRI_CUDA_U32,
  TSRI_CUDA_U64,
  TSRI_CUDA_F16,
  TSRI_CUDA_BF16,
  TSRI_CUDA_F32,
  TSRI_CUDA_F64,
  TSRI_CUDA_C64,
  TSRI_CUDA_C128
} tsri_cuda_type;

/* to[i] = from[i] for every index i; also iota, which writes base plus the offset in from. */
typedef struct tsri_copy_args {
  const void *from;
  void *to;
  int64_t n; /* elements */
  int64_t base;
  int32_t rank, type;
  int64_t dims[TSRI_CUDA_RANK], from_strides[TSRI_CUDA_RANK], to_strides[TSRI_CUDA_RANK];
} tsri_copy_args;

/* gather: axes of the result, those of the index tensor first, then those of the window. */
typedef struct tsri_gather_args {
  const void *operand, *indices;
  void *out;
  int64_t n;
  int32_t rank, index_size, index_type, unused;
  int64_t index_stride; /* between the components of an index vector */
  int64_t dims[TSRI_CUDA_RANK], out_strides[TSRI_CUDA_RANK], operand_strides[TSRI_CUDA_RANK],
      index_strides[TSRI_CUDA_RANK];
  int64_t start_stride[TSRI_CUDA_RANK], start_limit[TSRI_CUDA_RANK]; /* [index_size] */
} tsri_gather_args;

/* First pass of a scatter: one record of 1 + index_size numbers per index vector, the offset
 * of its updates and where its window starts; the first start is -1 when it does not fit.
 */
typedef struct tsri_starts_args {
  const void *indices;
  int64_t *records;
  int64_t n; /* index vectors */
  int32_t rank, index_size, index_type, unused;
  int64_t index_stride;
  int64_t dims[TSRI_CUDA_RANK], index_strides[TSRI_CUDA_RANK], update_strides[TSRI_CUDA_RANK];
  int64_t start_limit[TSRI_CUDA_RANK];
} tsri_starts_args;

/* Second pass, by windows: a thread has one place of the window, of one instance. */
typedef struct tsri_windows_args {
  const int64_t *records;
  const void *updates;
  void *out;
  int64_t n, free; /* threads; index vectors that each of them goes through */
  int64_t window;  /* elements of a window: threads of an instance */
  int32_t rank, index_size;
  int64_t dims[TSRI_CUDA_RANK], update_strides[TSRI_CUDA_RANK], out_strides[TSRI_CUDA_RANK];
  int64_t start_stride[TSRI_CUDA_RANK];
} tsri_windows_args;

/* Second pass, by results: a thread has one element and looks which windows reach it. */
typedef struct tsri_elements_args {
  const int64_t *records;
  const void *in, *updates;
  void *out;
  int64_t n, free;
  int32_t rank, index_size;
  int64_t dims[TSRI_CUDA_RANK], in_strides[TSRI_CUDA_RANK], out_strides[TSRI_CUDA_RANK];
  int64_t update_strides[TSRI_CUDA_RANK]; /* along the window */
  int64_t windows[TSRI_CUDA_RANK];        /* sizes of the window */
  int64_t instance[TSRI_CUDA_RANK];       /* place of a batching axis in the instance number */
  int8_t start[TSRI_CUDA_RANK];           /* component that moves the axis, or -1 */
} tsri_elements_args;

/* argmax and argmin: rank, dims and strides of the result; the axis on its own. */
typedef struct tsri_arg_args {
  const void *from;
  int64_t *to;
  int64_t n, size, stride; /* results; of the axis */
  int32_t rank, unused;
  int64_t dims[TSRI_CUDA_RANK], from_strides[TSRI_CUDA_RANK], to_strides[TSRI_CUDA_RANK];
} tsri_arg_args;

/* Running sums and their like: rank, dims and strides of the lines. */
typedef struct tsri_cumulative_args {
  const void *from;
  void *to;
  int64_t n, size, from_step, to_step; /* lines; along the axis */
  int32_t rank, unused;
  int64_t dims[TSRI_CUDA_RANK], from_strides[TSRI_CUDA_RANK], to_strides[TSRI_CUDA_RANK];
} tsri_cumulative_args;

/* One pass of a sort: places within the lines, in sorted runs of width, to runs of twice that.
 * from NULL: every place at its own.
 */
typedef struct tsri_merge_args {
  const void *x; /* the key */
  const int64_t *from;
  int64_t *to;
  int64_t n, length, width, step; /* places of all lines; of one; stride of x along the axis */
  uint64_t flip;
  int32_t rank, unused;
  int64_t dims[TSRI_CUDA_RANK], strides[TSRI_CUDA_RANK];
} tsri_merge_args;

/* to[i] = from[places[i]] along the axis. */
typedef struct tsri_carry_args {
  const void *from;
  void *to;
  const int64_t *places;
  int64_t n, length, from_step, to_step;
  int32_t rank, unused;
  int64_t dims[TSRI_CUDA_RANK], from_strides[TSRI_CUDA_RANK], to_strides[TSRI_CUDA_RANK];
} tsri_carry_args;

/* dot_general: axes of the groups b, m, n and k one after the other, strides 0 in the arrays
 * that lack them.
 */
typedef struct tsri_dot_args {
  const void *x, *y;
  void *z;
  int64_t n, k;         /* results; terms of each */
  int32_t rank, k_rank; /* of b, m and n together; of k, which stands behind them */
  int64_t dims[TSRI_CUDA_RANK], x_strides[TSRI_CUDA_RANK], y_strides[TSRI_CUDA_RANK],
      z_strides[TSRI_CUDA_RANK];
} tsri_dot_args;

/* rng_bit_generator. */
typedef struct tsri_random_args {
  const uint64_t *state;
  uint64_t *next;
  void *out;
  int64_t state_stride, next_stride;
  int64_t n, blocks;  /* elements; blocks of 16 bytes they come from */
  int32_t rank, wide; /* wide: elements of 8 bytes, else 4 */
  int64_t dims[TSRI_CUDA_RANK], strides[TSRI_CUDA_RANK];
} tsri_random_args;

#endif /* TSRI_CUDA_ARGS_H */
