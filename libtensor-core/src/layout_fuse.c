/* libtensor-core/src/layout_fuse.c - axes merged into one, and one split into several. */
#include "tsr/layout.h"

/* stride * dim == target, in exact arithmetic. */
static bool steps_to(int64_t stride, int64_t dim, int64_t target) {
  int64_t product;
  return !__builtin_mul_overflow(stride, dim, &product) && product == target;
}

static void move_axis(int32_t n, int64_t *dims, int64_t *const *strides, int32_t from, int32_t to) {
  dims[to] = dims[from];
  for (int32_t k = 0; k < n; k++)
    strides[k][to] = strides[k][from];
}

static int32_t make_empty(int32_t n, int64_t *dims, int64_t *const *strides) {
  dims[0] = 0;
  for (int32_t k = 0; k < n; k++)
    strides[k][0] = 1;
  return 1;
}

/* Can the axis `inner` be walked as the continuation of the axis `outer`? */
static bool joins(int32_t n, const int64_t *dims, int64_t *const *strides, int32_t outer,
                  int32_t inner) {
  for (int32_t k = 0; k < n; k++)
    if (!steps_to(strides[k][inner], dims[inner], strides[k][outer])) return false;
  return true;
}

int32_t tsr_layout_fuse(int32_t n, int32_t rank, int64_t *dims, int64_t *const *strides) {
  for (int32_t i = 0; i < rank; i++)
    if (dims[i] == 0) return make_empty(n, dims, strides);

  int32_t fused = 0; /* axes [0, fused) are the result so far */
  for (int32_t i = 0; i < rank; i++) {
    if (dims[i] == 1) continue;
    int64_t outer = fused ? dims[fused - 1] : 0, size = 0;
    bool joined = fused && joins(n, dims, strides, fused - 1, i) &&
                  !__builtin_mul_overflow(outer, dims[i], &size);
    if (!joined) fused++;
    move_axis(n, dims, strides, i, fused - 1);
    if (joined) dims[fused - 1] = size;
  }
  return fused;
}

static bool same_count(int32_t rank, const int64_t *dims, int32_t new_rank, const int64_t *new_dims,
                       bool *empty) {
  int64_t a = 1, b = 1;
  bool a_empty = false, b_empty = false;
  for (int32_t i = 0; i < rank; i++) {
    if (dims[i] < 0) return false;
    a_empty |= dims[i] == 0;
  }
  for (int32_t i = 0; i < new_rank; i++) {
    if (new_dims[i] < 0) return false;
    b_empty |= new_dims[i] == 0;
  }
  *empty = a_empty;
  if (a_empty || b_empty) return a_empty && b_empty;
  for (int32_t i = 0; i < rank; i++)
    if (__builtin_mul_overflow(a, dims[i], &a)) return false;
  for (int32_t i = 0; i < new_rank; i++)
    if (__builtin_mul_overflow(b, new_dims[i], &b)) return false;
  return a == b;
}

/* A group of axes, seen from its last one. */
typedef struct group {
  int32_t first; /* axes [first, end) */
  int32_t end;
  int64_t count;
} group;

static void take_axis(group *g, const int64_t *dims) { g->count *= dims[--g->first]; }

/* Do the old axes of a group form one arithmetic progression? Its step is *out, which
 * stays as it is when all sizes are 1. */
static bool is_one_run(const group *g, const int64_t *dims, const int64_t *strides, int64_t *out) {
  int32_t inner = -1;
  for (int32_t i = g->end - 1; i >= g->first; i--) {
    if (dims[i] == 1) continue;
    if (inner >= 0 && !steps_to(strides[inner], dims[inner], strides[i])) return false;
    if (inner < 0) *out = strides[i];
    inner = i;
  }
  return true;
}

static bool split_run(const group *g, const int64_t *new_dims, int64_t step, int64_t *new_strides) {
  for (int32_t i = g->end - 1; i >= g->first; i--) {
    new_strides[i] = step;
    /* Beyond the first axis of the group the step is not used. */
    if (__builtin_mul_overflow(step, new_dims[i], &step) && i > g->first) return false;
  }
  return true;
}

/* Cut both shapes, from the last axis, into the smallest groups of equal count; each
 * old group must be one run, and the new group splits it. */
bool tsr_layout_reshape(int32_t rank, const int64_t *dims, const int64_t *strides, int32_t new_rank,
                        const int64_t *new_dims, int64_t *new_strides) {
  bool empty;
  if (!same_count(rank, dims, new_rank, new_dims, &empty)) return false;
  if (empty) {
    tsr_layout_c_strides(new_rank, new_dims, new_strides);
    return true;
  }
  group old = {rank, rank, 1}, made = {new_rank, new_rank, 1};
  while (old.first > 0 || made.first > 0) {
    old.end = old.first, old.count = 1;
    made.end = made.first, made.count = 1;
    if (old.first > 0) take_axis(&old, dims);
    if (made.first > 0) take_axis(&made, new_dims);
    while (old.count != made.count)
      if (old.count < made.count)
        take_axis(&old, dims);
      else
        take_axis(&made, new_dims);
    int64_t step = 1;
    if (!is_one_run(&old, dims, strides, &step)) return false;
    if (!split_run(&made, new_dims, step, new_strides)) return false;
  }
  return true;
}
