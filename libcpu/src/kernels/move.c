/* move.c - running the copies that move_plan.c makes: an odometer over blocks.
 *
 * Where the destination is too large to stay in the caches, a block goes to a buffer first and
 * leaves it row by row in whole cache lines that pass the caches: lines that are written whole
 * need not be read, and what is in the caches stays there.
 */
#include "move.h"

#include "variants/variants.h"

#include <string.h>

enum {
  MOST_AXES = 64 /* of size 2 or more, in memory that has addresses */
};

tsri_move tsri_move_of(size_t size) {
  return tsri_variant_chosen()->movers->sizes[__builtin_ctzll(size)].strided;
}

/* Where the odometer stands. */
typedef struct position {
  const tsri_copy *copy;
  int64_t index[MOST_AXES];
  int64_t x, z;
} position;

static void go_to(position *p, int64_t block) {
  const tsri_copy *c = p->copy;
  p->x = c->x_at;
  p->z = c->z_at;
  for (int32_t a = c->rank - 1; a >= 0; a--) {
    const int64_t rest = block / c->dims[a];
    p->index[a] = block - rest * c->dims[a];
    p->x += p->index[a] * c->x[a];
    p->z += p->index[a] * c->z[a];
    block = rest;
  }
}

static void step(position *p) {
  const tsri_copy *c = p->copy;
  for (int32_t a = c->rank - 1; a >= 0; a--) {
    p->x += c->x[a];
    p->z += c->z[a];
    if (++p->index[a] < c->dims[a]) return;
    p->x -= c->dims[a] * c->x[a];
    p->z -= c->dims[a] * c->z[a];
    p->index[a] = 0;
  }
}

static int64_t size_here(const position *p, const tsri_copy_group *g) {
  if (g->cut < 0 || p->index[g->cut] < p->copy->dims[g->cut] - 1) return g->n;
  return g->last;
}

static void block_here(const position *p, const void *src, void *dst, tsri_move_block *b) {
  const tsri_copy *c = p->copy;
  b->x = (const char *)src + p->x;
  b->z = (char *)dst + p->z;
  b->rows = size_here(p, &c->rows);
  b->cols = size_here(p, &c->cols);
  b->size = c->size;
  b->fetch = c->fetch;
  b->even = c->even;
  if (!c->straight) return;
  b->size *= b->cols;
  b->cols = 1;
}

static void run_directly(position *p, const void *src, void *dst, int64_t n) {
  const tsri_copy *c = p->copy;
  const bool aligned = ((uintptr_t)dst + (uintptr_t)c->z_at) % TSRI_MOVE_LINE == 0;
  const tsri_block_mover mover = aligned ? c->mover : c->unaligned;
  tsri_move_block b = {
      .x_row = c->rows.x, .z_row = c->rows.z, .x_col = c->cols.x, .z_col = c->cols.z};
  for (; n > 0; n--, step(p)) {
    block_here(p, src, dst, &b);
    mover(&b);
  }
}

static void run_by_buffer(position *p, const void *src, void *dst, int64_t n) {
  _Alignas(64) char buffer[TSRI_COPY_BUFFER];
  int64_t to[TSRI_COPY_ROWS];
  const tsri_copy *c = p->copy;
  tsri_move_block b = {
      .x_row = c->rows.x, .z_row = c->rows.z, .x_col = c->cols.x, .z_col = c->cols.z};
  tsri_drain how = {.pitch = c->pitch};
  for (int64_t r = 0; r < c->rows.n; r++)
    to[r] = r * c->pitch;
  for (; n > 0; n--) {
    block_here(p, src, dst, &b);
    const int64_t end = p->z + b.cols * c->size;
    step(p);
    tsri_move_block in = b;
    in.z = buffer + TSRI_MOVE_LINE;
    in.z_row = to;
    c->mover(&in);
    b.x = in.z;
    how.width = b.cols * c->size;
    how.after = n > 1 && p->z == end && size_here(p, &c->rows) == b.rows &&
                (how.before || how.width >= TSRI_MOVE_LINE);
    c->table->drain(&b, &how);
    how.before = how.after;
  }
}

void tsri_copy_blocks(const tsri_copy *c, const void *src, void *dst, int64_t begin, int64_t end) {
  position p;
  p.copy = c;
  go_to(&p, begin);
  if (c->pitch)
    run_by_buffer(&p, src, dst, end - begin);
  else
    run_directly(&p, src, dst, end - begin);
}

typedef struct copy_job {
  const tsri_copy *copy;
  const void *src;
  void *dst;
} copy_job;

static tsr_status run_blocks(void *ctx, int64_t begin, int64_t end) {
  const copy_job *job = ctx;
  const tsri_copy *c = job->copy;
  tsri_copy_blocks(c, job->src, job->dst, begin, end);
  if (c->pitch || c->past) c->table->stream_end();
  return TSR_OK;
}

tsr_status tsri_copy_run(const tsri_copy *c, tsr_stream *stream, const void *src, void *dst) {
  copy_job job = {c, src, dst};
  return tsri_parallel_ranges(stream, c->blocks, c->chunk, run_blocks, &job);
}
