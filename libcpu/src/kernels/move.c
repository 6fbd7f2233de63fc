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
  LINE = 64,
  BUFFER = 32 << 10,
  MOST_AXES = 64 /* of size 2 or more, in memory that has addresses */
};

tsri_move tsri_move_of(size_t size) {
  return tsri_variant_chosen()->movers->sizes[__builtin_ctzll(size)].strided;
}

/* Some rows at a time into the buffer, then out of it. */
static void by_buffer(const tsri_copy *c, const tsri_move_block *b) {
  _Alignas(64) char buffer[BUFFER];
  int64_t to[BUFFER / 128];
  const int64_t width = b->cols * c->size;
  const int64_t pitch = (int64_t)tsri_round_up((size_t)width, 64) + 64;
  int64_t most = tsri_min(BUFFER / pitch, b->rows);
  if (most > 16) most = most / 16 * 16; /* whole squares */
  for (int64_t r = 0; r < most; r++)
    to[r] = r * pitch;
  for (int64_t r = 0; r < b->rows; r += most) {
    tsri_move_block part = *b;
    part.rows = tsri_min(most, b->rows - r);
    part.x_row += r;
    part.z = buffer;
    part.z_row = to;
    c->mover(&part);
    for (int64_t i = 0; i < part.rows; i++)
      c->table->stream(b->z + b->z_row[r + i], buffer + to[i], width);
  }
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

void tsri_copy_blocks(const tsri_copy *c, const void *src, void *dst, int64_t begin, int64_t end) {
  position p;
  p.copy = c;
  go_to(&p, begin);
  const tsri_block_mover mover =
      ((uintptr_t)dst + (uintptr_t)c->z_at) % LINE == 0 ? c->mover : c->unaligned;
  tsri_move_block b = {
      .x_row = c->rows.x, .z_row = c->rows.z, .x_col = c->cols.x, .z_col = c->cols.z};
  for (int64_t i = begin; i < end; i++, step(&p)) {
    b.x = (const char *)src + p.x;
    b.z = (char *)dst + p.z;
    b.rows = size_here(&p, &c->rows);
    b.cols = size_here(&p, &c->cols);
    b.size = c->size;
    if (c->straight) {
      b.size *= b.cols;
      b.cols = 1;
    }
    if (c->by_buffer)
      by_buffer(c, &b);
    else
      mover(&b);
  }
  if (c->by_buffer || c->past) c->table->stream_end();
}

typedef struct copy_job {
  const tsri_copy *copy;
  const void *src;
  void *dst;
} copy_job;

static tsr_status run_blocks(void *ctx, int64_t begin, int64_t end) {
  const copy_job *job = ctx;
  tsri_copy_blocks(job->copy, job->src, job->dst, begin, end);
  return TSR_OK;
}

tsr_status tsri_copy_run(const tsri_copy *c, tsr_stream *stream, const void *src, void *dst) {
  copy_job job = {c, src, dst};
  return tsri_parallel_ranges(stream, c->blocks, c->chunk, run_blocks, &job);
}
