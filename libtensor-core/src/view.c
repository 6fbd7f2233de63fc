/* libtensor-core/src/view.c - strided views of host memory, and copying between them. */
#include <string.h>

#include "tsr/layout.h"

tsr_view tsr_view_c(void *data, tsr_dtype dtype, int32_t rank, const int64_t *dims,
                    int64_t *strides) {
  tsr_layout_c_strides(rank, dims, strides);
  tsr_view view = {data, dims, strides, rank, dtype};
  return view;
}

int64_t tsr_view_count(const tsr_view *view) {
  int64_t count = 1;
  for (int32_t i = 0; i < view->rank; i++)
    if (view->dims[i] == 0) return 0;
  for (int32_t i = 0; i < view->rank; i++)
    if (__builtin_mul_overflow(count, view->dims[i], &count)) return INT64_MAX;
  return count;
}

bool tsr_view_is_contiguous(const tsr_view *view) {
  return tsr_layout_is_contiguous(view->rank, view->dims, view->strides);
}

/* A count below 2^63 leaves room for 62 axes of two elements or more. */
enum {
  MAX_WALKED = 62
};

/* The axes of a copy that have two elements or more, outermost first. */
typedef struct walk {
  int32_t rank;
  int64_t dims[MAX_WALKED];
  int64_t to[MAX_WALKED];   /* strides of the destination */
  int64_t from[MAX_WALKED]; /* strides of the source */
  char *dst;
  const char *src;
  size_t item; /* bytes of an element */
} walk;

typedef void (*copy_run)(char *dst, int64_t to, const char *src, int64_t from, int64_t n,
                         size_t item);

static void copy_dense(char *dst, int64_t to, const char *src, int64_t from, int64_t n,
                       size_t item) {
  (void)to, (void)from;
  memcpy(dst, src, (size_t)n * item);
}

/* One loop per element size, so that the compiler turns memcpy into a move. */
#define COPY_STRIDED(bytes)                                                                        \
  static void copy_##bytes(char *dst, int64_t to, const char *src, int64_t from, int64_t n,        \
                           size_t item) {                                                          \
    (void)item;                                                                                    \
    for (int64_t i = 0; i < n; i++)                                                                \
      memcpy(dst + i * to * (bytes), src + i * from * (bytes), (bytes));                           \
  }
COPY_STRIDED(1)
COPY_STRIDED(2)
COPY_STRIDED(4)
COPY_STRIDED(8)
COPY_STRIDED(16)
#undef COPY_STRIDED

static const struct {
  size_t item;
  copy_run run;
} strided_copies[] = {
    {1,  copy_1 },
    {2,  copy_2 },
    {4,  copy_4 },
    {8,  copy_8 },
    {16, copy_16}
};

/* Put an axis where the destination's strides descend; equal ones keep their order. */
static void add_axis(walk *w, int64_t dim, int64_t to, int64_t from) {
  int32_t at = w->rank++;
  for (; at > 0 && w->to[at - 1] < to; at--) {
    w->dims[at] = w->dims[at - 1];
    w->to[at] = w->to[at - 1];
    w->from[at] = w->from[at - 1];
  }
  w->dims[at] = dim;
  w->to[at] = to;
  w->from[at] = from;
}

/* Order is free in a copy: turn every axis so that the destination goes forward. */
static void plan_walk(const tsr_view *src, const tsr_view *dst, walk *w) {
  w->rank = 0;
  w->item = tsr_dtype_size(src->dtype);
  int64_t item = (int64_t)w->item;
  w->dst = dst->data;
  w->src = src->data;
  for (int32_t i = 0; i < src->rank; i++) {
    int64_t dim = src->dims[i], to = dst->strides[i], from = src->strides[i];
    if (dim == 1) continue;
    if (to < 0) {
      w->dst += (dim - 1) * to * item;
      w->src += (dim - 1) * from * item;
      to = -to, from = -from;
    }
    add_axis(w, dim, to, from);
  }
  int64_t *const strides[] = {w->to, w->from};
  w->rank = tsr_layout_fuse(2, w->rank, w->dims, strides);
}

static copy_run pick_run(const walk *w) {
  int32_t last = w->rank - 1;
  if (last < 0 || (w->to[last] == 1 && w->from[last] == 1)) return copy_dense;
  for (size_t i = 0; i < sizeof strided_copies / sizeof *strided_copies; i++)
    if (strided_copies[i].item == w->item) return strided_copies[i].run;
  return NULL;
}

/* Step the odometer of the outer axes; false when it has come round. */
static bool advance(walk *w, int32_t outer, int64_t *index) {
  int64_t item = (int64_t)w->item;
  for (int32_t i = outer - 1; i >= 0; i--) {
    bool more = index[i] + 1 < w->dims[i];
    int64_t step = (more ? 1 : -index[i]) * item;
    w->dst += w->to[i] * step;
    w->src += w->from[i] * step;
    index[i] = more ? index[i] + 1 : 0;
    if (more) return true;
  }
  return false;
}

static void copy_all(walk *w, copy_run run) {
  int32_t outer = w->rank > 0 ? w->rank - 1 : 0;
  bool single = w->rank == 0;
  int64_t n = single ? 1 : w->dims[outer], to = single ? 1 : w->to[outer];
  int64_t from = single ? 1 : w->from[outer], index[MAX_WALKED] = {0};
  do
    run(w->dst, to, w->src, from, n, w->item);
  while (advance(w, outer, index));
}

static tsr_status check_pair(const tsr_view *src, const tsr_view *dst) {
  if (src->dtype != dst->dtype)
    return TSR_FAIL(TSR_ERR_DTYPE, "copy: dtypes %s and %s differ", tsr_dtype_name(src->dtype),
                    tsr_dtype_name(dst->dtype));
  if (tsr_dtype_size(src->dtype) == 0)
    return TSR_FAIL(TSR_ERR_DTYPE, "copy: %d is no dtype", (int)src->dtype);
  if (src->rank != dst->rank)
    return TSR_FAIL(TSR_ERR_SHAPE, "copy: ranks %d and %d differ", (int)src->rank, (int)dst->rank);
  for (int32_t i = 0; i < src->rank; i++)
    if (src->dims[i] != dst->dims[i])
      return TSR_FAIL(TSR_ERR_SHAPE, "copy: sizes %lld and %lld differ at axis %d",
                      (long long)src->dims[i], (long long)dst->dims[i], (int)i);
  return TSR_OK;
}

/* Every offset must fit in bytes, and its sign must be free to turn. */
static tsr_status check_reach(const tsr_view *view) {
  int64_t low, high, limit = PTRDIFF_MAX / (int64_t)tsr_dtype_size(view->dtype);
  TSR_TRY(tsr_layout_extent(view->rank, view->dims, view->strides, &low, &high));
  if (low >= -limit && high <= limit) return TSR_OK;
  return TSR_FAIL(TSR_ERR_LIMIT, "copy: offsets %lld to %lld leave the address space",
                  (long long)low, (long long)high);
}

tsr_status tsr_view_copy(const tsr_view *src, const tsr_view *dst) {
  TSR_TRY(check_pair(src, dst));
  int64_t count;
  TSR_TRY(tsr_layout_count(src->rank, src->dims, &count));
  if (count == 0) return TSR_OK;
  if (src->data == NULL || dst->data == NULL)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "copy: a view has no data");
  TSR_TRY(check_reach(src));
  TSR_TRY(check_reach(dst));
  walk w;
  plan_walk(src, dst, &w);
  copy_all(&w, pick_run(&w));
  return TSR_OK;
}
