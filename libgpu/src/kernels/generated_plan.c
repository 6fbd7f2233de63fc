/* generated_plan.c - how one kernel walks its arrays: axes ordered and fused, reductions cut.
 *
 * Neighbouring threads take what lies next to each other: kept axes go by falling stride, and
 * the threads of a block that reduces lie along the reduced axes or along the kept ones. All
 * of it follows from sizes and strides alone, and so does the order of every sum.
 */
#include "generated.h"

#include <string.h>

enum {
  BLOCKS = 512, /* enough to fill any device: more reductions than that are not cut */
  LEAST = 16    /* elements that a thread of a chunk should have */
};

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

static int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* The least k with 2^k >= n. */
static int32_t log2_up(int64_t n) {
  int32_t k = 0;
  while (k < 62 && INT64_C(1) << k < n)
    k++;
  return k;
}

/* ---- axes ---- */

static int32_t arrays_of(const tsr_expr *e) { return e->n_inputs + e->n_outputs; }

static bool is_reduced(const tsri_cuda_nest *nest, int32_t axis) {
  return tsri_cuda_has_axis(nest->text.reduced, axis);
}

/* The array by whose strides the axes are ordered: the first output of the nest, or the first
 * input that the reduced axes walk.
 */
static const int64_t *leading(const tsri_cuda_loop *l, const tsri_cuda_nest *nest) {
  const tsr_expr *e = l->expr;
  for (int32_t i = 0; nest->text.reduced && i < e->n_inputs; i++)
    for (int32_t a = 0; a < e->rank; a++)
      if (is_reduced(nest, a) && l->dims[a] > 1 && l->strides[i][a]) return l->strides[i];
  int32_t j = 0;
  while (!tsri_cuda_nest_has(nest, e, j))
    j++;
  return l->strides[e->n_inputs + j];
}

/* Kept axes by falling stride, then reduced ones as they are; gives the number of the former. */
static int32_t order_axes(const tsri_cuda_loop *l, const tsri_cuda_nest *nest) {
  const int64_t *lead = leading(l, nest);
  int32_t n = 0;
  for (int32_t a = 0; a < l->expr->rank; a++) {
    if (is_reduced(nest, a)) continue;
    int32_t at = n++;
    for (; at > 0 && magnitude(lead[l->order[at - 1]]) < magnitude(lead[a]); at--)
      l->order[at] = l->order[at - 1];
    l->order[at] = a;
  }
  const int32_t kept = n;
  for (int32_t a = 0; a < l->expr->rank; a++)
    if (is_reduced(nest, a)) l->order[n++] = a;
  return kept;
}

/* The nearest that neighbours along axes [from, to) of the order lie in an array. */
static int64_t nearest(const tsri_cuda_loop *l, const int64_t *strides, int32_t from, int32_t to) {
  int64_t best = INT64_MAX;
  for (int32_t k = from; k < to; k++) {
    const int32_t a = l->order[k];
    if (l->dims[a] > 1 && strides[a]) best = smaller(best, magnitude(strides[a]));
  }
  return best;
}

static int64_t product(const int64_t *dims, int32_t from, int32_t to) {
  int64_t n = 1;
  for (int32_t a = from; a < to; a++)
    n *= dims[a];
  return n;
}

/* ---- reductions ---- */

typedef struct shape {
  int64_t kept, count, chunk, chunks;
  int32_t log_across, log_finish;
  bool is_row;
} shape;

/* How much of a block lies across the kept indices. */
static int32_t log_across(const shape *s) {
  const int32_t block = log2_up(TSR_EXPR_BLOCK);
  const int32_t down = log2_up(smaller(s->count, s->is_row ? TSR_EXPR_BLOCK : 8));
  const int32_t free = block - down, wanted = log2_up(s->kept);
  return free < wanted ? free : wanted;
}

static void cut(shape *s) {
  s->log_across = log_across(s);
  s->log_finish = log2_up(s->kept) < 5 ? log2_up(s->kept) : 5;
  const int64_t down = TSR_EXPR_BLOCK >> s->log_across;
  const int64_t blocks = ceil_div(s->kept, INT64_C(1) << s->log_across);
  const int64_t wanted = smaller(ceil_div(BLOCKS, blocks), ceil_div(s->count, LEAST * down));
  s->chunk = s->count;
  s->chunks = 1;
  if (wanted <= 1) return;
  s->chunk = ceil_div(ceil_div(s->count, wanted), down) * down;
  s->chunks = ceil_div(s->count, s->chunk);
}

/* ---- arguments ---- */

static tsr_status reserve(tsri_cuda_nest *nest, size_t size) {
  nest->used += size;
  if (nest->used <= TSRI_CUDA_ARGUMENTS) return TSR_OK;
  return TSR_FAIL(TSR_ERR_UNSUPPORTED, "a kernel of cuda takes %d bytes of arguments, not %zu",
                  (int)TSRI_CUDA_ARGUMENTS, nest->used);
}

static tsr_status put_number(tsri_cuda_nest *nest, int64_t n) {
  const int32_t narrow = (int32_t)n;
  const bool wide = nest->text.bits == 64;
  const size_t at = nest->used, size = wide ? sizeof n : sizeof narrow;
  TSR_TRY(reserve(nest, size));
  memcpy((char *)nest->arguments + at, wide ? (const void *)&n : (const void *)&narrow, size);
  return TSR_OK;
}

static tsr_status put_numbers(tsri_cuda_nest *nest, const int64_t *numbers, int32_t n) {
  for (int32_t i = 0; i < n; i++)
    TSR_TRY(put_number(nest, numbers[i]));
  return TSR_OK;
}

static tsr_status put_shape(tsri_cuda_nest *nest, const shape *s) {
  const int64_t reducing[] = {s->count,      s->chunk,  s->chunks,
                              s->log_across, s->is_row, s->log_finish};
  TSR_TRY(put_number(nest, s->kept));
  if (!nest->text.reduced) return TSR_OK;
  return put_numbers(nest, reducing, TSRI_COUNT_OF(reducing));
}

/* Addresses come first, and are filled in by run. */
static tsr_status put_addresses(const tsr_expr *e, tsri_cuda_nest *nest) {
  size_t n = (size_t)e->n_inputs + (size_t)nest->n_outputs;
  if (nest->text.reduced) n += (size_t)nest->n_outputs;
  if (!nest->text.reduced && tsr_expr_has_finding(e)) n++;
  return reserve(nest, n * sizeof(void *));
}

/* Do all indices and offsets fit 32 bits, steps of a whole grid beyond the end included? */
static bool is_narrow(const int64_t *const *strides, int32_t n_arrays, const int64_t *dims,
                      int32_t rank, const shape *s) {
  const int64_t most = INT64_C(1) << 30;
  if (s->kept > most || s->count > most) return false;
  for (int32_t i = 0; i < n_arrays; i++) {
    int64_t reach = 0, step;
    for (int32_t a = 0; a < rank; a++)
      if (dims[a] > 0 && (__builtin_mul_overflow(dims[a] - 1, magnitude(strides[i][a]), &step) ||
                          __builtin_add_overflow(reach, step, &reach)))
        return false;
    if (reach > INT32_MAX) return false;
  }
  return true;
}

/* ---- all of it ---- */

/* Arrays of the nest, inputs and then its outputs, with their strides in order. */
static int32_t collect(const tsri_cuda_loop *l, const tsri_cuda_nest *nest, int64_t *dims) {
  const tsr_expr *e = l->expr;
  int32_t n = 0;
  for (int32_t i = 0; i < arrays_of(e); i++) {
    if (i >= e->n_inputs && !tsri_cuda_nest_has(nest, e, i - e->n_inputs)) continue;
    for (int32_t a = 0; a < e->rank; a++)
      l->part[n][a] = l->strides[i][l->order[a]];
    n++;
  }
  for (int32_t a = 0; a < e->rank; a++)
    dims[a] = l->dims[l->order[a]];
  return n;
}

/* Fuse axes [from, to) and close the gap before them, which ends at from. */
static int32_t fuse(const tsri_cuda_loop *l, int32_t n, int64_t *dims, int32_t at, int32_t from,
                    int32_t to) {
  int64_t **rows = l->part + arrays_of(l->expr); /* the second half: where the group begins */
  memmove(dims + at, dims + from, sizeof *dims * (size_t)(to - from));
  for (int32_t i = 0; i < n; i++) {
    rows[i] = l->part[i] + at;
    memmove(rows[i], l->part[i] + from, sizeof **rows * (size_t)(to - from));
  }
  return tsr_layout_fuse(n, to - from, dims + at, rows);
}

/* Ranks that kernels are printed for: few, so that calls share them. */
static int32_t printed_rank(int32_t rank) {
  return rank < 1 ? 1 : rank <= 4 ? rank : (rank + 3) / 4 * 4;
}

/* Axes of size 1 in [from, to). */
static void pad(const tsri_cuda_loop *l, int32_t n, int64_t *dims, int32_t from, int32_t to) {
  for (int32_t a = from; a < to; a++) {
    dims[a] = 1;
    for (int32_t i = 0; i < n; i++)
      l->part[i][a] = 0;
  }
}

/* Fuse kept and reduced axes, the first n_kept of the order and the others, each by themselves. */
static void fuse_groups(const tsri_cuda_loop *l, int32_t n, int64_t *dims, int32_t n_kept,
                        tsr_expr_nest *text) {
  const int32_t kept = fuse(l, n, dims, 0, 0, n_kept);
  text->kept_rank = printed_rank(kept);
  const int32_t reduced = fuse(l, n, dims, text->kept_rank, n_kept, l->expr->rank);
  text->reduced_rank = text->reduced ? printed_rank(reduced) : 0;
  pad(l, n, dims, kept, text->kept_rank);
  pad(l, n, dims, text->kept_rank + reduced, text->kept_rank + text->reduced_rank);
}

static tsr_status put_arguments(const tsri_cuda_loop *l, tsri_cuda_nest *nest, const shape *s,
                                const int64_t *dims, int32_t n_arrays) {
  const tsr_expr *e = l->expr;
  const int32_t kept = nest->text.kept_rank, rank = kept + nest->text.reduced_rank;
  nest->text.bits = is_narrow((const int64_t *const *)l->part, n_arrays, dims, rank, s) ? 32 : 64;
  TSR_TRY(put_addresses(e, nest));
  TSR_TRY(put_shape(nest, s));
  TSR_TRY(put_numbers(nest, dims, rank));
  for (int32_t i = 0; i < n_arrays; i++)
    TSR_TRY(put_numbers(nest, l->part[i], i < e->n_inputs ? rank : kept));
  return TSR_OK;
}

static tsr_status set_grid(tsri_cuda_nest *nest, const shape *s) {
  const int64_t blocks = ceil_div(s->kept, INT64_C(1) << s->log_across);
  const int64_t last = ceil_div(s->kept, INT64_C(1) << s->log_finish);
  nest->kept = s->kept;
  nest->chunks = s->chunks;
  if (!nest->text.reduced) return TSR_OK;
  if (blocks > INT32_MAX)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "a reduction to %lld results", (long long)s->kept);
  nest->grid = (tsr_gpu_grid){
      {(uint32_t)blocks, (uint32_t)s->chunks, 1},
      {TSR_EXPR_BLOCK,   1,                   1},
      0
  };
  nest->finish = (tsr_gpu_grid){
      {(uint32_t)last, 1, 1},
      {TSR_EXPR_BLOCK, 1, 1},
      0
  };
  /* cut makes chunks only where kept is small */
  if (s->chunks > 1) nest->part_size = (size_t)s->kept * (size_t)s->chunks * 16;
  return TSR_OK;
}

tsr_status tsri_cuda_nest_plan(const tsri_cuda_loop *loop, tsri_cuda_nest *nest) {
  const tsr_expr *e = loop->expr;
  int64_t *dims = loop->dims + e->rank + TSRI_CUDA_PADDING; /* the second half */
  shape s = {.chunks = 1};
  for (int32_t j = 0; j < e->n_outputs; j++)
    nest->n_outputs += tsri_cuda_nest_has(nest, e, j);
  const int32_t n_kept = order_axes(loop, nest);
  const int64_t *lead = leading(loop, nest);
  s.is_row = nearest(loop, lead, n_kept, e->rank) < nearest(loop, lead, 0, n_kept);
  const int32_t n = collect(loop, nest, dims);
  fuse_groups(loop, n, dims, n_kept, &nest->text);
  const int32_t kept = nest->text.kept_rank, rank = kept + nest->text.reduced_rank;
  s.kept = product(dims, 0, kept);
  /* beside an axis of size 0 products of the others need not fit */
  s.count = s.kept ? product(dims, kept, rank) : 0;
  if (nest->text.reduced && s.kept > 0) cut(&s);
  TSR_TRY(set_grid(nest, &s));
  return put_arguments(loop, nest, &s, dims, n);
}
