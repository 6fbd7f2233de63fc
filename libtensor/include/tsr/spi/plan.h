/* tsr/spi/plan.h - what kernels of every backend work out alike in prepare.
 *
 * From the attributes and layouts of one call to sizes, strides and offsets. Nothing here
 * depends on who computes: a backend goes on from these numbers, fuses axes and picks code.
 */
#ifndef TSR_SPI_PLAN_H
#define TSR_SPI_PLAN_H

#include "tsr/attrs.h"
#include "tsr/spi/backend.h"

TSR_BEGIN

/* ---- states ---- */

/* A kernel's state begins with its size, so that one release serves all of them. */
typedef struct tsr_kernel_state {
  size_t size;
} tsr_kernel_state;

/* tsr_kernel_state_create - zeroed memory with a tsr_kernel_state in front.
 *
 * in   size  bytes of the whole state
 * out  out   pointer to a pointer to it
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_kernel_state_create(size_t size, void *out);

/* tsr_kernel_state_release - fits tsr_prepare's release.
 *
 * in   state  from tsr_kernel_state_create, or NULL
 */
TSR_API void tsr_kernel_state_release(void *state);

/* ---- layouts ---- */

/* tsr_view_same_layout - do all elements lie at the same places, in elements?
 *
 * Axes of size 1 do not matter, nor does the dtype.
 *
 * in   a, b  views
 */
TSR_API bool tsr_view_same_layout(const tsr_view *a, const tsr_view *b);

/* tsr_axes_find - the place of an axis in a list, or -1.
 *
 * in   axes  the list
 *      axis  what to look for
 */
TSR_API int32_t tsr_axes_find(tsr_axes axes, int64_t axis);

/* ---- ops that lay the elements of one input out anew ---- */

/* tsr_plan_broadcast, tsr_plan_transpose, tsr_plan_slice, tsr_plan_reverse - where the elements
 * of the result lie in the input.
 *
 * in   p        a call of the op broadcast_in_dim, transpose, slice or reverse
 * out  strides  [rank of the result] of the input, along the axes of the result
 * ret  elements from the first of the input to the first of the result
 */
TSR_API int64_t tsr_plan_broadcast(const tsr_prepare *p, int64_t *strides);
TSR_API int64_t tsr_plan_transpose(const tsr_prepare *p, int64_t *strides);
TSR_API int64_t tsr_plan_slice(const tsr_prepare *p, int64_t *strides);
TSR_API int64_t tsr_plan_reverse(const tsr_prepare *p, int64_t *strides);

/* The part of pad's operand that stays within the result, and where it goes. */
typedef struct tsr_pad_plan {
  int64_t *dims, *from, *to;      /* [rank] sizes of the part, its strides on both sides */
  int64_t *first, *span;          /* [rank] its range in the result; nothing: 0, 0 */
  int64_t from_offset, to_offset; /* elements to its first */
} tsr_pad_plan;

/* tsr_plan_pad - what to copy over a result that is filled with the value.
 *
 * in   p        a call of pad
 *      numbers  [5 rank] room for the lists of the plan
 * out  out      the plan
 */
TSR_API void tsr_plan_pad(const tsr_prepare *p, int64_t *numbers, tsr_pad_plan *out);

/* One copy of elements as narrow as the narrower side of bitcast_convert has. */
typedef struct tsr_bitcast_plan {
  size_t size; /* of an element */
  int32_t rank;
  const int64_t *dims, *from, *to; /* [rank] sizes, and strides of both sides */
} tsr_bitcast_plan;

/* tsr_plan_bitcast - the side of wider elements seen as one of narrower ones.
 *
 * The lowest bits come first, as they lie in memory. A call without elements gives sizes
 * without elements.
 *
 * in   p        a call of bitcast_convert; its views outlive the plan
 *      numbers  [larger rank + 1] room for a list of the plan
 * out  out      the plan
 */
TSR_API void tsr_plan_bitcast(const tsr_prepare *p, int64_t *numbers, tsr_bitcast_plan *out);

/* ---- contractions: z[b, m, n] = sum_k x[b, m, k] y[b, n, k] ---- */

/* Axes that run together, none of size 1; strides are 0 in the array that lacks them. */
typedef struct tsr_dot_group {
  int32_t rank;
  int64_t size; /* of all axes together */
  int64_t *dims, *x, *y, *z;
} tsr_dot_group;

typedef struct tsr_dot_plan {
  tsr_kernel_state state;
  tsr_dot_group b, m, n, k;
} tsr_dot_plan;

/* tsr_dot_plan_create - the axes of dot_general in groups.
 *
 * in   p    a call of dot_general
 * out  out  to be released by tsr_kernel_state_release
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_dot_plan_create(const tsr_prepare *p, tsr_dot_plan **out);

/* tsr_dot_plan_fuse - merge the axes of every group that all arrays walk alike.
 *
 * in   plan  changed in place
 */
TSR_API void tsr_dot_plan_fuse(tsr_dot_plan *plan);

/* tsr_dot_group_stride - the one stride that walks all axes of a group in one array.
 *
 * in   group    of a plan, fused or not
 *      strides  x, y or z of the group
 * out  stride   1 for a group of one element; undefined when the result is false
 * ret  true when there is one
 */
TSR_API bool tsr_dot_group_stride(const tsr_dot_group *group, const int64_t *strides,
                                  int64_t *stride);

typedef struct tsr_dot_sizes {
  int64_t b, m, n, k; /* products of sizes */
} tsr_dot_sizes;

/* tsr_dot_sizes_of - how large the groups are, for applies.
 *
 * in   p    a call of dot_general
 * out  out  undefined when the result is false
 * ret  false when an operand has no elements
 */
TSR_API bool tsr_dot_sizes_of(const tsr_prepare *p, tsr_dot_sizes *out);

/* tsr_blas_fits - can BLAS read a matrix as it lies? A size of 1 excuses its stride.
 *
 * in   rows, cols              sizes
 *      row_stride, col_stride  elements; that of a size of 1 is changed to one that fits
 * ret  one stride is 1, the other at least a line long, and an int
 */
TSR_API bool tsr_blas_fits(int64_t rows, int64_t cols, int64_t *row_stride, int64_t *col_stride);

/* ---- gather and scatter: windows of an operand that starts at run time ---- */

/* gather and scatter by the same names: values are gather's result and scatter's updates. */
typedef struct tsr_window_spec {
  const tsr_view *operand, *indices, *values;
  tsr_axes window_axes; /* of values */
  tsr_axes collapsed;   /* of operand: windows of size 1 that values lack */
  tsr_axes operand_batching, indices_batching;
  tsr_axes start_axes; /* operand axis of each component of an index vector */
  int64_t index_vector_dim;
} tsr_window_spec;

/* Both walk batch positions; each reads one index vector, which says where in the operand a
 * window starts.
 */
typedef struct tsr_window_plan {
  tsr_kernel_state state;
  tsr_dtype index_dtype;
  int32_t batch_rank, window_rank, index_size;
  int64_t batches, window; /* positions; elements of a window */
  int64_t *batch_dims;     /* [batch_rank] */
  int64_t *batch_values;   /* strides of values along them */
  int64_t *batch_indices;  /* of indices */
  int64_t *batch_operand;  /* of the operand: along batching axes, else 0 */
  int64_t *window_dims;    /* [window_rank] */
  int64_t *window_values;  /* strides of values along them */
  int64_t *window_operand; /* of the operand */
  int64_t index_stride;    /* between the components of an index vector */
  int64_t *start_stride;   /* [index_size] operand stride of each component */
  int64_t *start_limit;    /* [index_size] largest start that fits; < 0: none fits */
} tsr_window_plan;

/* tsr_window_spec_of_gather - gather's dimension numbers.
 *
 * in   p  a call of gather
 */
TSR_API tsr_window_spec tsr_window_spec_of_gather(const tsr_prepare *p);

/* tsr_window_plan_create - dimension numbers turned into strides.
 *
 * in   spec  views and numbers that the op's rule has accepted
 * out  out   to be released by tsr_kernel_state_release
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_window_plan_create(const tsr_window_spec *spec,
                                                        tsr_window_plan **out);

TSR_END

#endif /* TSR_SPI_PLAN_H */
