/* arg_reduce.c - rows of argmax and argmin.
 *
 * Along a row the best element is what the reducer of max or min gives, block by block; only
 * the block that first attains it is searched for the place. Across rows every column keeps its
 * best element and the number of its row; a few short columns are taken as one wide row of many.
 * Long axes are cut into segments, by shape alone; the best of the segments are joined at the end.
 */
#include "arg.h"
#include "move.h"
#include "variants/stream.h"
#include "variants/variants.h"

#include <string.h>

enum {
  BLOCK = 16384,   /* bytes that are searched at once, or TSRI_BLOCK elements */
  RESULTS = 512,   /* of short rows that are taken together */
  TILE = 2048,     /* columns taken together */
  NARROW = 32,     /* so few are taken as one wide row of many, */
  WIDE = 512,      /* which is so wide */
  ROWS = 8,        /* of a tile that are read together at least, */
  NEAR = 16384,    /* or so many bytes */
  ACCUMULATOR = 8, /* bytes of the largest */
  ITEMS = 16       /* so many or more are not cut into segments */
};

typedef struct arg_state {
  tsr_kernel_state state;
  const tsri_reducer *reducer;
  const tsri_arg_reducer *arg;
  tsri_move move;
  size_t size;
  int64_t n, stride; /* of the axis */
  int64_t results;
  int64_t columns; /* results side by side that are taken across rows; 0: along the axis */
  int64_t lanes;   /* rows taken as one */
  int64_t block;   /* elements along the axis that are searched at once */
  bool streams;    /* places shall go past the caches */
  int64_t segment, n_segments;
  int32_t rank;
  int64_t *dims, *in, *out; /* [rank] of the results, by falling stride of the input */
} arg_state;

typedef struct arg_job {
  const arg_state *state;
  const char *in;
  int64_t *out;
  char *workspace;
} arg_job;

/* ---- preparation ---- */

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

/* The kept axes, those that lie farthest apart first, fused. */
static void order_axes(arg_state *s, const tsr_view *in, const tsr_view *out, int64_t axis) {
  int32_t n = 0;
  for (int32_t i = 0; i < in->rank; i++) {
    if (i == axis) continue;
    int32_t at = n++;
    for (; at > 0 && magnitude(s->in[at - 1]) < magnitude(in->strides[i]); at--) {
      s->dims[at] = s->dims[at - 1];
      s->in[at] = s->in[at - 1];
      s->out[at] = s->out[at - 1];
    }
    s->dims[at] = in->dims[i];
    s->in[at] = in->strides[i];
    s->out[at] = out->strides[i - (i > axis)];
  }
  int64_t *strides[] = {s->in, s->out};
  s->rank = tsr_layout_fuse(2, n, s->dims, strides);
}

static void choose_sizes(arg_state *s) {
  const int32_t last = s->rank - 1;
  if (s->rank && s->in[last] == 1 && s->dims[last] > 1 && magnitude(s->stride) > 1)
    s->columns = s->dims[last];
  s->block = tsri_min(TSRI_BLOCK, BLOCK / (int64_t)s->size);
  s->lanes = 1;
  if (s->columns && s->columns <= NARROW && s->stride == s->columns) s->lanes = WIDE / s->columns;
  const int64_t width = s->columns ? tsri_min(TILE, s->columns) : 1;
  const int64_t items =
      s->columns ? s->results / s->columns * tsri_ceil_div(s->columns, TILE) : s->results;
  s->segment = tsri_max(1, s->n);
  if (items < ITEMS && s->n > 4 * TSRI_GRAIN / width) {
    const int64_t some = tsri_max(2 * TSRI_GRAIN / width, s->n * tsri_max(1, items) / ITEMS);
    s->segment = tsri_ceil_div(some, s->lanes) * s->lanes;
  }
  s->n_segments = tsri_max(1, tsri_ceil_div(s->n, s->segment));
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsr_arg_reduce_attrs *attrs = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  const bool least = tsri_kernel_op(self) == TSR_OP_ARGMIN;
  size_t rank = (size_t)out->rank;
  arg_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + 3 * sizeof(int64_t) * rank, &s));
  s->dims = (int64_t *)(s + 1);
  s->in = s->dims + rank;
  s->out = s->in + rank;
  s->reducer = tsri_reducer_find(least ? TSR_OP_REDUCE_MIN : TSR_OP_REDUCE_MAX, in->dtype);
  s->arg = &tsri_variant_chosen()->arg[least ? TSRI_ARGMIN : TSRI_ARGMAX][in->dtype];
  s->size = tsr_dtype_size(in->dtype);
  s->move = tsri_move_of(s->size);
  s->n = in->dims[attrs->axis];
  s->stride = in->strides[attrs->axis];
  s->results = tsr_view_count(out);
  s->streams =
      tsri_streams(p->device, (size_t)s->results * ((size_t)s->n * s->size + sizeof(int64_t)));
  order_axes(s, in, out, attrs->axis);
  choose_sizes(s);
  if (s->n_segments > 1)
    p->workspace = (size_t)(s->n_segments * s->results) * (ACCUMULATOR + sizeof(int64_t));
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

/* ---- results ---- */

/* Where the segments' best elements are kept, and their places. */
static char *partial_best(const arg_job *job, int64_t segment, int64_t o) {
  const arg_state *s = job->state;
  return job->workspace + (segment * s->results + o) * (int64_t)s->reducer->size;
}
static int64_t *partial_at(const arg_job *job, int64_t segment, int64_t o) {
  const arg_state *s = job->state;
  int64_t *all = (int64_t *)(void *)(job->workspace + s->n_segments * s->results * ACCUMULATOR);
  return all + segment * s->results + o;
}

/* Results [o, o + n) of one segment; they do not leave a row of the last axis. */
static void emit(const arg_job *job, int64_t segment, int64_t o, int64_t n, const void *best,
                 const int64_t *at) {
  const arg_state *s = job->state;
  if (s->n_segments > 1) {
    memcpy(partial_best(job, segment, o), best, (size_t)n * s->reducer->size);
    memcpy(partial_at(job, segment, o), at, (size_t)n * sizeof *at);
    return;
  }
  int64_t *out = job->out + tsri_offset(s->rank, s->dims, s->out, o);
  const int64_t step = s->rank ? s->out[s->rank - 1] : 0;
  if (s->streams && step == 1)
    tsri_stream_copy(out, at, (size_t)n * sizeof *at);
  else
    for (int64_t i = 0; i < n; i++)
      out[i * step] = at[i];
}

static tsr_status join_segments(void *ctx, int64_t begin, int64_t end) {
  const arg_job *job = ctx;
  const arg_state *s = job->state;
  const int64_t n = end - begin;
  for (int64_t segment = 1; segment < s->n_segments; segment++)
    s->arg->join(n, partial_best(job, segment, begin), partial_at(job, segment, begin),
                 partial_best(job, 0, begin), partial_at(job, 0, begin));
  for (int64_t o = begin; o < end; o++)
    job->out[tsri_offset(s->rank, s->dims, s->out, o)] = *partial_at(job, 0, o);
  return TSR_OK;
}

/* ---- along the axis ---- */

/* Elements [k, k + n) of `rows` results from o on, side by side. */
static const void *elements(const arg_job *job, int64_t o, int64_t rows, int64_t k, int64_t n,
                            char *buffer) {
  const arg_state *s = job->state;
  const int64_t row = s->rank ? s->in[s->rank - 1] : 0;
  const int64_t offset = tsri_offset(s->rank, s->dims, s->in, o) + k * s->stride;
  const char *x = job->in + offset * (int64_t)s->size;
  if (s->stride == 1 && (rows == 1 || row == n)) return x;
  s->move(rows, n, x, row, s->stride, buffer, n, 1);
  return buffer;
}

static void run_long(const arg_job *job, int64_t o, int64_t segment) {
  const arg_state *s = job->state;
  _Alignas(64) char buffer[BLOCK], best[ACCUMULATOR], block_best[ACCUMULATOR];
  const int64_t block = s->block;
  const int64_t first = segment * s->segment, last = tsri_min(s->n, first + s->segment);
  int64_t at;
  s->arg->clear(1, best, &at);
  at = first;
  for (int64_t k = first; k < last; k += block) {
    const int64_t n = tsri_min(block, last - k);
    s->reducer->runs(1, n, elements(job, o, 1, k, n, buffer), block_best);
    s->arg->join(1, block_best, &k, best, &at);
  }
  const int64_t n = tsri_min(block, last - at);
  int64_t inside = 0;
  if (n > 0) s->arg->find(1, n, elements(job, o, 1, at, n, buffer), best, &inside);
  at += inside;
  emit(job, segment, o, 1, best, &at);
}

/* Several results at a time, of at most a block together. */
static void run_short(const arg_job *job, int64_t begin, int64_t end) {
  const arg_state *s = job->state;
  _Alignas(64) char buffer[BLOCK], best[RESULTS * ACCUMULATOR];
  int64_t at[RESULTS];
  const int64_t per_block = tsri_min(RESULTS, s->block / tsri_max(1, s->n));
  const int64_t inner = s->rank ? s->dims[s->rank - 1] : 1;
  for (int64_t o = begin, rows; o < end; o += rows) {
    rows = tsri_min(tsri_min(per_block, end - o), inner - o % inner);
    s->arg->clear(rows, best, at);
    if (s->n > 0) {
      const void *x = elements(job, o, rows, 0, s->n, buffer);
      s->reducer->runs(rows, s->n, x, best);
      s->arg->find(rows, s->n, x, best, at);
    }
    emit(job, 0, o, rows, best, at);
  }
}

static tsr_status run_along(void *ctx, int64_t begin, int64_t end) {
  const arg_job *job = ctx;
  const arg_state *s = job->state;
  if (s->n_segments == 1 && s->n <= s->block) {
    run_short(job, begin, end);
  } else {
    for (int64_t item = begin; item < end; item++)
      run_long(job, item / s->n_segments, item % s->n_segments);
  }
  if (s->streams) tsri_stream_end();
  return TSR_OK;
}

/* ---- across rows ---- */

/* Rows [first, last) of a tile of columns at x; `lanes` of them make a wide row. */
static void run_tile(const arg_state *s, int64_t first, int64_t last, int64_t width, const char *x,
                     char *best, int64_t *at) {
  const int64_t lanes = s->lanes, rows = (last - first) / lanes, rest = (last - first) % lanes;
  const int64_t size = (int64_t)s->size, stride = lanes * s->stride;
  tsri_rows_of some = {.stride = stride, .n = lanes * width};
  const int64_t most = tsri_min(TSRI_ARG_ROWS, tsri_max(ROWS, NEAR / (lanes * width * size)));
  x += first * s->stride * size;
  s->arg->clear(lanes * width, best, at);
  for (int64_t r = 0; r < rows; r += some.rows) {
    some.x = x + r * stride * size;
    some.rows = tsri_min(most, rows - r);
    some.ahead = some.rows * stride;
    s->arg->across(&some, r, best, at);
  }
  if (rest) {
    some = (tsri_rows_of){x + rows * stride * size, 1, 0, rest * width, 0};
    s->arg->across(&some, rows, best, at);
  }
  for (int64_t l = 0; l < lanes; l++)
    for (int64_t c = 0; c < width; c++)
      at[l * width + c] = first + at[l * width + c] * lanes + l;
  for (int64_t l = 1; l < lanes; l++)
    s->arg->join(width, best + l * width * (int64_t)s->reducer->size, at + l * width, best, at);
}

static tsr_status run_across(void *ctx, int64_t begin, int64_t end) {
  const arg_job *job = ctx;
  const arg_state *s = job->state;
  _Alignas(64) char best[TILE * ACCUMULATOR];
  int64_t at[TILE];
  const int64_t n_tiles = tsri_ceil_div(s->columns, TILE);
  for (int64_t item = begin; item < end; item++) {
    const int64_t segment = item % s->n_segments, rest = item / s->n_segments;
    const int64_t column = rest % n_tiles * TILE, o = rest / n_tiles * s->columns + column;
    const int64_t width = tsri_min(TILE, s->columns - column);
    const int64_t first = segment * s->segment, last = tsri_min(s->n, first + s->segment);
    const char *x = job->in + tsri_offset(s->rank, s->dims, s->in, o) * (int64_t)s->size;
    run_tile(s, first, last, width, x, best, at);
    emit(job, segment, o, width, best, at);
  }
  if (s->streams) tsri_stream_end();
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const arg_state *s = c->state;
  arg_job job = {s, in[0].data, out[0].data, c->workspace};
  int64_t items = s->results, width = 1;
  if (s->columns) {
    width = tsri_min(TILE, s->columns);
    items = s->results / s->columns * tsri_ceil_div(s->columns, TILE);
  }
  const int64_t work = tsri_max(1, tsri_min(s->n, s->segment) * width);
  TSR_TRY(tsri_parallel_ranges(stream, items * s->n_segments, tsri_max(1, TSRI_GRAIN / work),
                               s->columns ? run_across : run_along, &job));
  if (s->n_segments == 1) return TSR_OK;
  return tsri_parallel_ranges(stream, s->results, 4096, join_segments, &job);
}

const tsr_kernel tsri_arg_reduce_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_ARGMAX],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .out_dtypes = TSR_BIT(I64),
     .name = "cpu.argmax",
     .prepare = prepare,
     .run = run},
    {.op = &tsri_cpu_ops[TSR_OP_ARGMIN],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .out_dtypes = TSR_BIT(I64),
     .name = "cpu.argmin",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_arg_reduce_kernel_count = TSRI_COUNT_OF(tsri_arg_reduce_kernels);
