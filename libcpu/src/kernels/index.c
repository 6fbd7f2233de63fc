/* index.c - index vectors of any integer type, one as i64 or a block as offsets. */
#include "index.h"

#define LOAD(ID, T)                                                                                \
  static int64_t load_##ID(const void *data, int64_t i) { return (int64_t)((const T *)data)[i]; }
LOAD(BOOL, uint8_t)
LOAD(I8, int8_t)
LOAD(I16, int16_t)
LOAD(I32, int32_t)
LOAD(I64, int64_t)
LOAD(U8, uint8_t)
LOAD(U16, uint16_t)
LOAD(U32, uint32_t)
#undef LOAD
static int64_t load_U64(const void *data, int64_t i) {
  uint64_t v = ((const uint64_t *)data)[i];
  return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static int64_t (*const loads[TSR_DTYPE_COUNT])(const void *, int64_t) = {
    [TSR_BOOL] = load_BOOL, [TSR_I8] = load_I8,   [TSR_I16] = load_I16,
    [TSR_I32] = load_I32,   [TSR_I64] = load_I64, [TSR_U8] = load_U8,
    [TSR_U16] = load_U16,   [TSR_U32] = load_U32, [TSR_U64] = load_U64,
};

int64_t tsri_index_at(tsr_dtype dtype, const void *data, int64_t i) {
  return loads[dtype](data, i);
}

/* ---- blocks of batch positions ---- */

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

/* Order axes by falling stride in the values; a stable insertion sort. */
static void order_axes(int32_t rank, int64_t *values, int64_t *const *others, int32_t n) {
  for (int32_t i = 1; i < rank; i++)
    for (int32_t k = i; k > 0 && magnitude(values[k - 1]) < magnitude(values[k]); k--)
      for (int32_t a = -1; a < n; a++) {
        int64_t *v = a < 0 ? values : others[a];
        const int64_t t = v[k];
        v[k] = v[k - 1];
        v[k - 1] = t;
      }
}

static void scale(int32_t n, int64_t *v, size_t by) {
  for (int32_t i = 0; i < n; i++)
    v[i] *= (int64_t)by;
}

/* Does one step walk all batch axes in the values? They have been fused before. */
static bool is_uniform(const tsr_window_plan *w) {
  for (int32_t k = w->batch_rank - 1; k > 0; k--)
    if (w->batch_values[k - 1] != w->batch_values[k] * w->batch_dims[k]) return false;
  return true;
}

void tsri_walk_init(tsri_walk *walk, tsr_window_plan *w, size_t size, tsri_walk_order order,
                    const tsri_index_loops *loops) {
  int64_t *batch[] = {w->batch_values, w->batch_indices, w->batch_operand};
  int64_t *others[] = {w->batch_dims, w->batch_indices, w->batch_operand};
  int64_t *window[] = {w->window_values, w->window_operand};
  int64_t *window_others[] = {w->window_dims, w->window_operand};
  if (order == TSRI_WALK_CLAMPING) order_axes(w->batch_rank, w->batch_values, others, 3);
  w->batch_rank = tsr_layout_fuse(3, w->batch_rank, w->batch_dims, batch);
  order_axes(w->window_rank, w->window_values, window_others, 2);
  w->window_rank = tsr_layout_fuse(2, w->window_rank, w->window_dims, window);
  scale(w->batch_rank, w->batch_values, size);
  scale(w->batch_rank, w->batch_operand, size);
  scale(w->window_rank, w->window_values, size);
  scale(w->window_rank, w->window_operand, size);
  scale(w->index_size, w->start_stride, size);
  const int32_t last = w->batch_rank - 1;
  *walk = (tsri_walk){.plan = w};
  walk->resolver = (order == TSRI_WALK_CLAMPING ? loops->clamp : loops->drop)[w->index_dtype];
  walk->index_bytes = tsr_dtype_size(w->index_dtype);
  walk->inner = last >= 0 ? w->batch_dims[last] : 1;
  walk->step = last >= 0 ? w->batch_values[last] : 0;
  walk->uniform = is_uniform(w);
  const int64_t length = walk->uniform ? w->batches : walk->inner;
  walk->places = tsri_min(TSRI_PLACES, length);
  walk->of_row = tsri_ceil_div(length, TSRI_PLACES);
  walk->blocks = w->batches == 0 ? 0 : walk->of_row * (w->batches / length);
}

/* Offsets of n positions along the last batch axis, from position number j of row number outer. */
static void resolve(const tsri_walk *walk, const char *indices, int64_t outer, int64_t j, int64_t n,
                    int64_t *at) {
  const tsr_window_plan *w = walk->plan;
  const int32_t last = w->batch_rank - 1;
  const int64_t along = last >= 0 ? w->batch_operand[last] : 0;
  const int64_t step = last >= 0 ? w->batch_indices[last] : 0;
  const int64_t base = tsri_offset(last, w->batch_dims, w->batch_operand, outer) + j * along;
  const int64_t from = tsri_offset(last, w->batch_dims, w->batch_indices, outer) + j * step;
  for (int64_t i = 0; w->index_size == 0 && i < n; i++)
    at[i] = base + i * along;
  for (int32_t k = 0; k < w->index_size; k++)
    (k == 0 ? walk->resolver.first : walk->resolver.next)(
        n, indices + (from + k * w->index_stride) * (int64_t)walk->index_bytes, step,
        w->start_limit[k], w->start_stride[k], base, along, at);
}

int64_t tsri_walk_block(const tsri_walk *walk, const char *indices, int64_t b, int64_t *at,
                        int64_t *values) {
  const tsr_window_plan *w = walk->plan;
  if (!walk->uniform) {
    const int64_t outer = b / walk->of_row, j = b % walk->of_row * TSRI_PLACES;
    const int64_t n = tsri_min(TSRI_PLACES, walk->inner - j);
    resolve(walk, indices, outer, j, n, at);
    *values =
        tsri_offset(w->batch_rank - 1, w->batch_dims, w->batch_values, outer) + j * walk->step;
    return n;
  }
  const int64_t first = b * TSRI_PLACES, n = tsri_min(TSRI_PLACES, w->batches - first);
  *values = first * walk->step;
  for (int64_t done = 0; done < n;) {
    const int64_t outer = (first + done) / walk->inner, j = first + done - outer * walk->inner;
    const int64_t part = tsri_min(n - done, walk->inner - j);
    resolve(walk, indices, outer, j, part, at + done);
    done += part;
  }
  return n;
}

void tsri_window_rows_init(tsri_window_rows *rows, const tsr_window_plan *w, size_t size) {
  int32_t rank = w->window_rank;
  *rows = (tsri_window_rows){.run = 1, .outer = 1, .rows = 1};
  if (rank > 0 && w->window_values[rank - 1] == (int64_t)size &&
      w->window_operand[rank - 1] == (int64_t)size)
    rows->run = w->window_dims[--rank];
  if (rank > 0) {
    rank--;
    rows->rows = w->window_dims[rank];
    rows->operand_row = w->window_operand[rank];
    rows->values_row = w->window_values[rank];
  }
  rows->rank = rank;
  rows->outer = tsri_product(rank, w->window_dims);
}
