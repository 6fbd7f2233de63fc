/* libtensor-core/src/layout.c - sizes, strides and offsets of strided arrays. */
#include "tsr/layout.h"

#include <string.h>

static tsr_status check_sizes(int32_t rank, const int64_t *dims) {
  if (rank < 0) return TSR_FAIL(TSR_ERR_SHAPE, "rank %d is negative", (int)rank);
  for (int32_t i = 0; i < rank; i++)
    if (dims[i] < 0)
      return TSR_FAIL(TSR_ERR_SHAPE, "size %lld at axis %d is negative", (long long)dims[i],
                      (int)i);
  return TSR_OK;
}

static bool is_empty(int32_t rank, const int64_t *dims) {
  for (int32_t i = 0; i < rank; i++)
    if (dims[i] == 0) return true;
  return false;
}

tsr_status tsr_layout_count(int32_t rank, const int64_t *dims, int64_t *out) {
  *out = 0;
  TSR_TRY(check_sizes(rank, dims));
  if (is_empty(rank, dims)) return TSR_OK; /* whatever the other sizes are */
  int64_t count = 1;
  for (int32_t i = 0; i < rank; i++) {
    int64_t before = count;
    if (__builtin_mul_overflow(before, dims[i], &count))
      return TSR_FAIL(TSR_ERR_LIMIT,
                      "the number of elements does not fit 63 bits at axis %d: %lld times %lld",
                      (int)i, (long long)before, (long long)dims[i]);
  }
  *out = count;
  return TSR_OK;
}

tsr_status tsr_layout_bytes(tsr_dtype dtype, int32_t rank, const int64_t *dims, size_t *out) {
  *out = 0;
  int64_t count, bytes, size = (int64_t)tsr_dtype_size(dtype);
  TSR_TRY(tsr_layout_count(rank, dims, &count));
  if (size == 0) return TSR_FAIL(TSR_ERR_DTYPE, "%d is no dtype", (int)dtype);
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX)
    return TSR_FAIL(TSR_ERR_LIMIT, "%lld elements of %s do not fit the address space",
                    (long long)count, tsr_dtype_name(dtype));
  *out = (size_t)bytes;
  return TSR_OK;
}

/* The stride after an axis. Axes of size 0 count as 1, and beyond 63 bits it stays
 * at the largest value: only an empty array gets there, and nobody walks that. */
static int64_t grown(int64_t stride, int64_t dim) {
  if (dim > 1 && __builtin_mul_overflow(stride, dim, &stride)) return INT64_MAX;
  return stride;
}

void tsr_layout_c_strides(int32_t rank, const int64_t *dims, int64_t *strides) {
  int64_t stride = 1;
  for (int32_t i = rank - 1; i >= 0; i--) {
    strides[i] = stride;
    stride = grown(stride, dims[i]);
  }
}

void tsr_layout_f_strides(int32_t rank, const int64_t *dims, int64_t *strides) {
  int64_t stride = 1;
  for (int32_t i = 0; i < rank; i++) {
    strides[i] = stride;
    stride = grown(stride, dims[i]);
  }
}

bool tsr_layout_is_contiguous(int32_t rank, const int64_t *dims, const int64_t *strides) {
  if (is_empty(rank, dims)) return true;
  int64_t expected = 1;
  for (int32_t i = rank - 1; i >= 0; i--) {
    if (dims[i] == 1) continue;
    if (strides[i] != expected) return false;
    expected = grown(expected, dims[i]);
  }
  return true;
}

tsr_status tsr_layout_extent(int32_t rank, const int64_t *dims, const int64_t *strides,
                             int64_t *low, int64_t *high) {
  *low = *high = 0;
  if (is_empty(rank, dims)) return TSR_OK;
  int64_t ends[2] = {0, 0}; /* low, high */
  for (int32_t i = 0; i < rank; i++) {
    int64_t reach, *end = &ends[strides[i] > 0];
    if (__builtin_mul_overflow(dims[i] - 1, strides[i], &reach) ||
        __builtin_add_overflow(*end, reach, end))
      return TSR_FAIL(TSR_ERR_LIMIT, "size %lld with stride %lld at axis %d leaves 63 bits",
                      (long long)dims[i], (long long)strides[i], (int)i);
  }
  *low = ends[0];
  *high = ends[1];
  return TSR_OK;
}

static uint64_t magnitude(int64_t x) { return x < 0 ? 0 - (uint64_t)x : (uint64_t)x; }

/* The walked axis that follows (stride, axis) in the order of |stride|, or -1. */
static int32_t next_by_stride(int32_t rank, const int64_t *dims, const int64_t *strides,
                              int32_t before) {
  int32_t best = -1;
  for (int32_t i = 0; i < rank; i++) {
    if (dims[i] == 1) continue;
    uint64_t stride = magnitude(strides[i]);
    if (before >= 0) {
      uint64_t last = magnitude(strides[before]);
      if (stride < last || (stride == last && i <= before)) continue;
    }
    if (best < 0 || stride < magnitude(strides[best])) best = i;
  }
  return best;
}

/* From the shortest stride up, each must step over all that the shorter ones reach. */
bool tsr_layout_overlaps_itself(int32_t rank, const int64_t *dims, const int64_t *strides) {
  if (is_empty(rank, dims)) return false;
  uint64_t reached = 0;
  int32_t axis = -1;
  while ((axis = next_by_stride(rank, dims, strides, axis)) >= 0) {
    uint64_t stride = magnitude(strides[axis]), reach;
    if (stride <= reached) return true;
    if (__builtin_mul_overflow((uint64_t)dims[axis] - 1, stride, &reach) ||
        __builtin_add_overflow(reached, reach, &reached))
      return true;
  }
  return false;
}

tsr_status tsr_layout_axis(int64_t axis, int32_t rank, int32_t *out) {
  *out = 0;
  if (axis < -(int64_t)rank || axis >= rank)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "axis %lld is outside of rank %d", (long long)axis,
                    (int)rank);
  *out = (int32_t)(axis < 0 ? axis + rank : axis);
  return TSR_OK;
}

/* Size of axis i of the result: the array stands at the right, with ones before it. */
static int64_t aligned(int32_t rank, const int64_t *dims, int32_t result_rank, int32_t i) {
  int32_t axis = i - (result_rank - rank);
  return axis < 0 ? 1 : dims[axis];
}

static tsr_status broadcast(int32_t rank_a, const int64_t *dims_a, int32_t rank_b,
                            const int64_t *dims_b, int32_t rank, int64_t *dims) {
  TSR_TRY(check_sizes(rank_a, dims_a));
  TSR_TRY(check_sizes(rank_b, dims_b));
  for (int32_t i = 0; i < rank; i++) {
    int64_t a = aligned(rank_a, dims_a, rank, i), b = aligned(rank_b, dims_b, rank, i);
    if (a != b && a != 1 && b != 1)
      return TSR_FAIL(TSR_ERR_SHAPE, "sizes %lld and %lld do not broadcast at axis %d",
                      (long long)a, (long long)b, (int)i);
    dims[i] = a == 1 ? b : a;
  }
  return TSR_OK;
}

tsr_status tsr_layout_broadcast(int32_t rank_a, const int64_t *dims_a, int32_t rank_b,
                                const int64_t *dims_b, int64_t *dims) {
  int32_t rank = rank_a > rank_b ? rank_a : rank_b;
  tsr_status status = broadcast(rank_a, dims_a, rank_b, dims_b, rank, dims);
  if (status != TSR_OK && rank > 0) memset(dims, 0, (size_t)rank * sizeof *dims);
  return status;
}
