/* move.c - copies between strided arrays.
 *
 * Axes are ordered by the destination's strides and fused. The last axis and the axis
 * along which the source is densest then form a matrix; everything else is a loop over
 * such matrices, which are cut into strips of rows for the threads.
 */
#include "move.h"

#include <string.h>

#define TSRI_CAT_(a, b) a##_##b
#define TSRI_CAT(a, b)  TSRI_CAT_(a, b)

typedef struct wide {
  uint64_t half[2];
} wide;

#define BYTES 1
#define T     uint8_t
#include "move.inc"
#define BYTES 2
#define T     uint16_t
#include "move.inc"
#define BYTES 4
#define T     uint32_t
#include "move.inc"
#define BYTES 8
#define T     uint64_t
#include "move.inc"
#define BYTES 16
#define T     wide
#include "move.inc"

tsri_move tsri_move_of(size_t size) {
  static const tsri_move by_log[] = {move_1, move_2, move_4, move_8, move_16};
  return by_log[__builtin_ctzll(size)];
}

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

/* Move axis `from` to place `to`, keeping the order of the others. */
static void rotate(int64_t *v, int32_t from, int32_t to) {
  int64_t value = v[from];
  memmove(v + from, v + from + 1, sizeof *v * (size_t)(to - from));
  v[to] = value;
}

/* Order axes by falling destination stride; a stable insertion sort. */
static void order_axes(tsri_copy *c, int32_t rank) {
  for (int32_t i = 1; i < rank; i++)
    for (int32_t k = i; k > 0 && magnitude(c->dst[k - 1]) < magnitude(c->dst[k]); k--) {
      int64_t *all[] = {c->dims, c->src, c->dst};
      for (int32_t a = 0; a < 3; a++) {
        int64_t t = all[a][k];
        all[a][k] = all[a][k - 1];
        all[a][k - 1] = t;
      }
    }
}

void tsri_copy_init(tsri_copy *c, void *memory, size_t size, int32_t rank, const int64_t *dims,
                    const int64_t *src_strides, const int64_t *dst_strides) {
  *c = (tsri_copy){.move = tsri_move_of(size), .size = size};
  /* two places in front for axes of size 1, so that there are always rows and columns */
  c->dims = memory;
  c->src = c->dims + rank + 2;
  c->dst = c->src + rank + 2;
  int32_t n = 0;
  bool empty = false;
  for (int32_t i = 0; i < rank; i++) {
    empty |= dims[i] == 0;
    if (dims[i] == 1) continue;
    c->dims[n] = dims[i];
    c->src[n] = src_strides[i];
    c->dst[n] = dst_strides[i];
    n++;
  }
  if (empty) {
    c->rank = 2;
    return;
  }
  order_axes(c, n);
  int64_t *strides[] = {c->src, c->dst};
  n = tsr_layout_fuse(2, n, c->dims, strides);
  while (n < 2) {
    for (int32_t a = 0; a < 3; a++) {
      int64_t *v = a == 0 ? c->dims : strides[a - 1];
      memmove(v + 1, v, sizeof *v * (size_t)n);
      v[0] = a == 0;
    }
    n++;
  }
  int32_t best = n - 2;
  for (int32_t i = n - 2; i >= 0; i--)
    if (c->src[i] != 0 && c->src[n - 1] != 0 && magnitude(c->src[i]) < magnitude(c->src[n - 1]) &&
        (c->src[best] == 0 || magnitude(c->src[i]) < magnitude(c->src[best])))
      best = i;
  rotate(c->dims, best, n - 2);
  rotate(c->src, best, n - 2);
  rotate(c->dst, best, n - 2);
  c->rank = n;
  c->rows = c->dims[n - 2];
  c->cols = c->dims[n - 1];
  c->outer = tsri_product(n - 2, c->dims);
}

typedef struct copy_job {
  const tsri_copy *copy;
  const char *src;
  char *dst;
} copy_job;

/* A range of rows, counted through all matrices. */
static tsr_status run_rows(void *ctx, int64_t begin, int64_t end) {
  const copy_job *job = ctx;
  const tsri_copy *c = job->copy;
  int32_t r = c->rank - 2;
  while (begin < end) {
    int64_t matrix = begin / c->rows, row = begin - matrix * c->rows;
    int64_t rows = tsri_min(c->rows - row, end - begin);
    int64_t from = tsri_offset(r, c->dims, c->src, matrix) + row * c->src[r];
    int64_t to = tsri_offset(r, c->dims, c->dst, matrix) + row * c->dst[r];
    c->move(rows, c->cols, job->src + from * (int64_t)c->size, c->src[r], c->src[r + 1],
            job->dst + to * (int64_t)c->size, c->dst[r], c->dst[r + 1]);
    begin += rows;
  }
  return TSR_OK;
}

/* A range of columns of the only row. */
static tsr_status run_columns(void *ctx, int64_t begin, int64_t end) {
  const copy_job *job = ctx;
  const tsri_copy *c = job->copy;
  int64_t from = begin * c->src[c->rank - 1], to = begin * c->dst[c->rank - 1];
  c->move(1, end - begin, job->src + from * (int64_t)c->size, 0, c->src[c->rank - 1],
          job->dst + to * (int64_t)c->size, 0, c->dst[c->rank - 1]);
  return TSR_OK;
}

tsr_status tsri_copy_run(const tsri_copy *c, tsr_stream *stream, const void *src, void *dst) {
  copy_job job = {c, src, dst};
  int64_t rows = c->outer * c->rows, bytes = c->cols * (int64_t)c->size;
  if (rows == 0 || bytes == 0) return TSR_OK;
  if (rows == 1) return tsri_parallel_ranges(stream, c->cols, 8 * TSRI_GRAIN, run_columns, &job);
  return tsri_parallel_ranges(stream, rows, tsri_max(64, 8 * TSRI_GRAIN / bytes), run_rows, &job);
}
