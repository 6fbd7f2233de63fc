/* tsr/layout.h - shape and stride arithmetic, and views of host or device memory.
 *
 * Strides count elements, not bytes; they may be 0 or negative. Nothing here
 * allocates. Every product is checked for overflow.
 */
#ifndef TSR_LAYOUT_H
#define TSR_LAYOUT_H

#include "tsr/dtype.h"
#include "tsr/list.h"

TSR_BEGIN

#ifdef TSR_STRESS
#define TSR_INLINE_RANK 2 /* so that the long way is walked in tests */
#else
#define TSR_INLINE_RANK 8 /* ranks up to this need no allocation; there is no limit */
#endif

/* A strided block of elements somewhere. Borrowed: whoever made it owns it all. */
typedef struct tsr_view {
  void *data;             /* element [0, 0, ...]; NULL while a plan is prepared */
  const int64_t *dims;    /* [rank] */
  const int64_t *strides; /* [rank] elements */
  int32_t rank;
  tsr_dtype dtype;
} tsr_view;

/* tsr_layout_count - the number of elements, prod_i dims[i]; 1 for rank 0.
 *
 * in   rank, dims  sizes, each >= 0
 * out  out         elements
 * err  SHAPE  a negative size
 *      LIMIT  the product does not fit 63 bits (a size 0 makes it 0 whatever the others)
 */
TSR_API TSR_NODISCARD tsr_status tsr_layout_count(int32_t rank, const int64_t *dims, int64_t *out);

/* tsr_layout_bytes - count times the element size.
 *
 * in   dtype, rank, dims  an array
 * out  out                bytes
 * err  SHAPE LIMIT  as tsr_layout_count
 *      DTYPE  no dtype
 */
TSR_API TSR_NODISCARD tsr_status tsr_layout_bytes(tsr_dtype dtype, int32_t rank,
                                                  const int64_t *dims, size_t *out);

/* tsr_layout_c_strides, tsr_layout_f_strides - strides of a dense array, last or
 * first axis contiguous.
 *
 * in   rank, dims  sizes whose count is known to fit
 * out  strides     [rank] elements
 */
TSR_API void tsr_layout_c_strides(int32_t rank, const int64_t *dims, int64_t *strides);
TSR_API void tsr_layout_f_strides(int32_t rank, const int64_t *dims, int64_t *strides);

/* tsr_layout_is_contiguous - dense in C order (axes of size 1 do not matter, empty is). */
TSR_API bool tsr_layout_is_contiguous(int32_t rank, const int64_t *dims, const int64_t *strides);

/* tsr_layout_extent - the offsets [low, high] that a strided array touches, from its
 * first element, in elements; low <= 0 <= high, and low > high never.
 *
 * in   rank, dims, strides  layout
 * out  low, high            inclusive; both 0 when the array is empty
 * err  LIMIT  an offset does not fit 63 bits
 */
TSR_API TSR_NODISCARD tsr_status tsr_layout_extent(int32_t rank, const int64_t *dims,
                                                   const int64_t *strides, int64_t *low,
                                                   int64_t *high);

/* tsr_layout_overlaps_itself - may two indices name one element (a 0 or short stride).
 *
 * note exact for broadcasts, slices and permutations; true when in doubt
 */
TSR_API bool tsr_layout_overlaps_itself(int32_t rank, const int64_t *dims, const int64_t *strides);

/* tsr_layout_broadcast - the common shape of two, aligned at the last axis.
 *
 * in   rank_a, dims_a, rank_b, dims_b  shapes
 * out  dims  [max(rank_a, rank_b)]
 * err  SHAPE  sizes differ and neither is 1; the message holds both
 */
TSR_API TSR_NODISCARD tsr_status tsr_layout_broadcast(int32_t rank_a, const int64_t *dims_a,
                                                      int32_t rank_b, const int64_t *dims_b,
                                                      int64_t *dims);

/* tsr_layout_reshape - strides of a view under a new shape, when no copy is needed.
 *
 * in   rank, dims, strides  old layout
 *      new_rank, new_dims   shape of the same count
 * out  new_strides          [new_rank]; undefined when the result is false
 * ret  true when a view exists
 */
TSR_API bool tsr_layout_reshape(int32_t rank, const int64_t *dims, const int64_t *strides,
                                int32_t new_rank, const int64_t *new_dims, int64_t *new_strides);

/* tsr_layout_axis - an axis in [-rank, rank) as one in [0, rank).
 *
 * in   axis, rank  axis and rank
 * out  out         the axis
 * err  ARGUMENT  outside; the message holds both
 */
TSR_API TSR_NODISCARD tsr_status tsr_layout_axis(int64_t axis, int32_t rank, int32_t *out);

/* tsr_layout_fuse - merge neighbouring axes that all arrays walk with one stride,
 * and drop axes of size 1; a loop over the result visits the same elements in the
 * same logical order.
 *
 * in   n        arrays
 *      rank     common rank
 *      dims     [rank]; replaced by the fused sizes
 *      strides  n pointers to [rank]; replaced
 * ret  the new rank, >= 0 (0: a single element)
 * note an empty array gives rank 1 with size 0
 */
TSR_API int32_t tsr_layout_fuse(int32_t n, int32_t rank, int64_t *dims, int64_t *const *strides);

/* tsr_view_c - a dense C-order view; strides must hold rank entries and outlive it. */
TSR_API tsr_view tsr_view_c(void *data, tsr_dtype dtype, int32_t rank, const int64_t *dims,
                            int64_t *strides);

/* tsr_view_count - elements of a valid view. */
TSR_API int64_t tsr_view_count(const tsr_view *view);

/* tsr_view_is_contiguous - dense in C order. */
TSR_API bool tsr_view_is_contiguous(const tsr_view *view);

/* tsr_view_copy - dst[i] = src[i] for host memory, any strides, same shape and dtype.
 *
 * in   src  readable, must not overlap dst
 *      dst  writable
 * err  SHAPE DTYPE  the two differ; the message holds both
 *      ARGUMENT  a view has elements but no data
 *      LIMIT  an offset leaves the address space
 */
TSR_API TSR_NODISCARD tsr_status tsr_view_copy(const tsr_view *src, const tsr_view *dst);

TSR_END

#endif /* TSR_LAYOUT_H */
