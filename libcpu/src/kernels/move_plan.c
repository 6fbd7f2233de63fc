/* move_plan.c - from strides to blocks: which axes of a copy are taken together.
 *
 * Memory moves in cache lines, so whatever a block touches it should use up. Columns are made
 * of the axes that lie densest in the destination and rows of those that lie densest in the
 * source, each until there are a few lines of them: one long axis is cut, many short ones are
 * joined (24 axes of size 2 are no different from a matrix). The axes that are left make an
 * odometer over blocks. Elements that stay together on both sides are moved as one.
 */
#include "move.h"
#include "variants/variants.h"

#include <string.h>

enum {
  ROWS = TSRI_COPY_ROWS / 2, /* wanted at most, since a group may grow to nearly twice that */
  COLS = TSRI_COPY_COLS / 2,
#ifdef TSR_STRESS
  ROW_BYTES = 48,
  COL_BYTES = 64,
  LARGE_ROW_BYTES = 64,
  LARGE_COL_BYTES = 64,
  PAST_LINES = 1,
  BLOCK_BYTES = 256,
  PAST_BLOCK_BYTES = 128,
  TASK_BYTES = 512,
  FETCHED = 2048,
#else
  ROW_BYTES = 256,        /* of the source that the rows of a block shall use up */
  PAST_LINES = 4,         /* of the destination, where rows are written past the caches */
  LARGE_ROW_BYTES = 1024, /* where blocks go through a buffer */
  LARGE_COL_BYTES = 256,
  COL_BYTES = 1024,        /* of the destination, for its columns */
  BLOCK_BYTES = 16384,     /* where blocks are made of lines or runs */
  PAST_BLOCK_BYTES = 2048, /* of lines that go through a buffer */
  TASK_BYTES = 1 << 18,    /* below this a second thread costs more than it gives */
  FETCHED = 2 << 20,       /* of both sides, from which on the source is fetched ahead */
#endif
  LINE = TSRI_MOVE_LINE
};

/* Room for the table of a group. */
static int64_t table_size(int32_t rank, const int64_t *dims, int64_t most) {
  int64_t n = 1;
  for (int32_t i = 0; i < rank && n < most; i++)
    if (__builtin_mul_overflow(n, dims ? dims[i] : most, &n)) n = most;
  return tsri_max(1, tsri_min(n, most));
}

size_t tsri_copy_bytes(int32_t rank, const int64_t *dims) {
  const int64_t tables =
      table_size(rank, dims, TSRI_COPY_ROWS) + table_size(rank, dims, TSRI_COPY_COLS);
  return sizeof(int64_t) * (3 * ((size_t)rank + 4) + 2 * (size_t)tables);
}

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

/* Axes taken together, the densest first; all of each but the last, which may be cut. */
typedef struct group {
  int32_t n, axis[10]; /* every axis but the last doubles the size at least */
  int64_t whole, step; /* elements of all axes but the last; of the last */
} group;

typedef struct planner {
  tsri_copy *copy;
  int32_t rank;
  int64_t size; /* bytes of what is moved as one */
  int64_t *dims, *x, *z;
  bool lines;  /* columns have no table */
  bool joined; /* the rows of a block follow one another in the destination */
  bool large;  /* more than stays in the caches */
  bool taken[64];
  group rows, cols;
} planner;

static int64_t group_size(const group *g) { return g->whole * g->step; }

/* Walk an axis from its other end. */
static void flip(planner *p, int32_t a) {
  p->copy->x_at += (p->dims[a] - 1) * p->x[a];
  p->copy->z_at += (p->dims[a] - 1) * p->z[a];
  p->x[a] = -p->x[a];
  p->z[a] = -p->z[a];
}

/* Order axes by falling destination stride; a stable insertion sort. */
static void order_axes(planner *p) {
  for (int32_t i = 1; i < p->rank; i++)
    for (int32_t k = i; k > 0 && p->z[k - 1] < p->z[k]; k--) {
      int64_t *all[] = {p->dims, p->x, p->z};
      for (int32_t a = 0; a < 3; a++) {
        int64_t t = all[a][k];
        all[a][k] = all[a][k - 1];
        all[a][k - 1] = t;
      }
    }
}

/* Axes larger than 1, in bytes, by falling destination stride, which is positive, and fused. */
static bool set_axes(planner *p, int32_t rank, const int64_t *dims, const int64_t *x,
                     const int64_t *z) {
  for (int32_t i = 0; i < rank; i++)
    if (dims[i] == 0) return false;
  for (int32_t i = 0; i < rank; i++) {
    if (dims[i] == 1) continue;
    const int32_t a = p->rank++;
    p->dims[a] = dims[i];
    p->x[a] = x[i] * p->size;
    p->z[a] = z[i] * p->size;
    if (p->z[a] < 0) flip(p, a);
  }
  order_axes(p);
  int64_t *strides[] = {p->x, p->z};
  p->rank = tsr_layout_fuse(2, p->rank, p->dims, strides);
  if (p->rank == 1 && p->dims[0] == 1) p->rank = 0;
  return true;
}

static void forget(planner *p) {
  memset(p->taken, 0, sizeof p->taken);
  p->rows = p->cols = (group){.whole = 1, .step = 1};
}

/* The free axis that continues a dense group on one side; else -1. */
static int32_t next_dense(planner *p, const group *g, const int64_t *strides) {
  const int64_t next = p->size * group_size(g);
  for (int32_t a = 0; a < p->rank; a++)
    if (!p->taken[a] && magnitude(strides[a]) == next) {
      if (strides[a] < 0) flip(p, a);
      return a;
    }
  return -1;
}

/* The free axis that is nearest on one side; else -1. */
static int32_t next_near(planner *p, const group *g, const int64_t *strides) {
  (void)g;
  int32_t best = -1;
  for (int32_t a = 0; a < p->rank; a++)
    if (!p->taken[a] && strides[a] &&
        (best < 0 || magnitude(strides[a]) < magnitude(strides[best])))
      best = a;
  for (int32_t a = p->rank - 1; a >= 0 && best < 0; a--)
    if (!p->taken[a]) best = a;
  return best;
}

/* Take axes until a group has so many elements, or none is found. */
static void grow(planner *p, group *g, int64_t wanted, const int64_t *strides,
                 int32_t (*next)(planner *p, const group *g, const int64_t *strides)) {
  for (;;) {
    if (g->n > 0) g->step = tsri_min(p->dims[g->axis[g->n - 1]], tsri_ceil_div(wanted, g->whole));
    if (group_size(g) >= wanted) return;
    const int32_t a = next(p, g, strides);
    if (a < 0) return;
    p->taken[a] = true;
    g->whole *= g->step;
    g->step = 1;
    g->axis[g->n++] = a;
  }
}

/* Pieces of one size rather than many and a rest, if possible of whole lines. */
static void balance(const planner *p, group *g, int64_t room) {
  if (g->n == 0) return;
  const int64_t size = p->dims[g->axis[g->n - 1]];
  if (g->step == size) return;
  const int64_t line = tsri_max(1, LINE / p->size), most = tsri_max(g->step, room);
  g->step = tsri_ceil_div(size, tsri_ceil_div(size, g->step));
  const int64_t whole_lines = (int64_t)tsri_round_up((size_t)g->step, (size_t)line);
  if (g->whole == 1 && whole_lines <= most) g->step = whole_lines;
  g->step = tsri_min(g->step, size);
}

/* Whether blocks of these columns, wherever they are, begin and end with cache lines. */
static bool whole_lines(const planner *p) {
  const group *g = &p->cols;
  const int32_t cut = g->n ? g->axis[g->n - 1] : -1;
  if (group_size(g) * p->size % LINE != 0) return false;
  if (cut >= 0 && g->step < p->dims[cut] &&
      (g->step * p->z[cut] % LINE != 0 || p->dims[cut] % g->step * p->z[cut] % LINE != 0))
    return false;
  for (int32_t a = 0; a < p->rank; a++) {
    bool inside = false;
    for (int32_t i = 0; i < g->n; i++)
      inside |= g->axis[i] == a;
    if (!inside && p->z[a] % LINE != 0) return false;
  }
  return true;
}

/* ---- ways to move, the best first; false: this is not one ---- */

static const tsri_movers *movers_of(const planner *p) {
  return &p->copy->table->sizes[__builtin_ctzll((uint64_t)p->size)];
}

/* One long run after the other: cut, since nothing else about it can be divided. */
static bool plan_straight(planner *p) {
  const int32_t last = p->rank - 1;
  if (p->rank == 0 || p->x[last] != p->size || p->z[last] != p->size) return false;
  if (p->dims[last] <= BLOCK_BYTES / p->size) {
    p->size *= p->dims[last];
    p->rank--;
    return false;
  }
  p->cols = (group){.n = 1, .axis = {last}, .whole = 1, .step = BLOCK_BYTES / p->size};
  p->taken[last] = true;
  p->copy->mover = p->large ? p->copy->table->streams : p->copy->table->runs;
  p->copy->straight = true;
  p->copy->past = p->large;
  return true;
}

/* Elements that stay together on both sides. */
static bool plan_runs(planner *p) {
  const int64_t most = tsri_min(COLS, tsri_max(1, BLOCK_BYTES / p->size));
  const bool single = (p->size & (p->size - 1)) == 0 && p->size <= 16;
  if (single && p->rank > 0) return false;
  p->copy->mover = p->copy->table->runs;
  if (p->large && (whole_lines(p) || p->size >= 4 * LINE)) {
    p->copy->mover = p->copy->table->streams;
    p->copy->past = true;
    grow(p, &p->rows, most, p->x, next_near);
    return true;
  }
  grow(p, &p->cols, p->size < 4 * LINE ? tsri_min(most, COL_BYTES / p->size + 1) : most, p->z,
       next_near);
  if (p->size < 4 * LINE)
    grow(p, &p->rows, tsri_min(ROWS, ROW_BYTES / p->size + 1), p->x, next_near);
  return true;
}

static int64_t pitch_of(int64_t width) {
  return (int64_t)tsri_round_up((size_t)width, LINE) + 2 * LINE;
}

/* No more rows than a buffer takes. */
static void fit_buffer(planner *p) {
  const int64_t pitch = pitch_of(group_size(&p->cols) * p->size);
  while (p->rows.step > 1 && group_size(&p->rows) * pitch > TSRI_COPY_BUFFER)
    p->rows.step--;
}

/* Squares whose rows are whole cache lines go past the caches from registers: writing lines
 * anywhere is cheap then, and the source can be read in its own order.
 */
static bool plan_tiles_past(planner *p) {
  const tsri_movers *m = movers_of(p);
  if (!p->large || !m->past) return false;
  for (int64_t lines = tsri_min(PAST_LINES, COLS / m->lanes[0]); lines * m->lanes[0] <= COLS;
       lines++) {
    forget(p);
    grow(p, &p->cols, lines * m->lanes[0], p->z, next_dense);
    grow(p, &p->rows, m->lanes[0], p->x, next_dense);
    if (group_size(&p->rows) < m->lanes[0] || !whole_lines(p)) continue;
    grow(p, &p->rows, tsri_min(ROWS, 128), p->x, next_dense);
    p->copy->mover = m->past;
    p->copy->unaligned = m->tiles[0];
    p->copy->past = true;
    return true;
  }
  forget(p);
  return false;
}

/* Rows of the source and rows of the destination cross: squares. */
static bool plan_tiles(planner *p) {
  const tsri_movers *m = movers_of(p);
  for (int32_t i = 0; i < TSRI_TILE_SIZES && m->lanes[i]; i++) {
    forget(p);
    grow(p, &p->cols, m->lanes[i], p->z, next_dense);
    grow(p, &p->rows, m->lanes[i], p->x, next_dense);
    if (group_size(&p->cols) < m->lanes[i] || group_size(&p->rows) < m->lanes[i]) continue;
    const int64_t rows = (p->large ? LARGE_ROW_BYTES : ROW_BYTES) / p->size;
    const int64_t cols = (p->large ? LARGE_COL_BYTES : COL_BYTES) / p->size;
    grow(p, &p->rows, tsri_max(16, tsri_min(ROWS, rows)), p->x, next_dense);
    grow(p, &p->cols, tsri_min(COLS, cols), p->z, next_dense);
    if (p->large) fit_buffer(p);
    p->copy->mover = m->tiles[i];
    return true;
  }
  forget(p);
  return false;
}

/* A few rows of the source become one of the destination, their elements in turn. */
static bool plan_weave(planner *p) {
  const int32_t last = p->rank - 1;
  const int64_t k = p->dims[last];
  if (p->rank < 2 || k > 4 || p->z[last] != p->size) return false;
  if (p->z[last - 1] != k * p->size || p->x[last - 1] != p->size || p->dims[last - 1] < 8)
    return false;
  grow(p, &p->cols, k, p->z, next_dense);
  p->rows = (group){.n = 1, .axis = {last - 1}, .whole = 1};
  p->rows.step = tsri_min(ROWS, p->dims[last - 1]);
  p->taken[last - 1] = true;
  p->copy->mover = movers_of(p)->weave;
  p->joined = true;
  return true;
}

/* Rows of a block of lines that read the same cache lines of the source. */
static int64_t rows_within_lines(const planner *p) {
  const int32_t last = p->rank - 1;
  for (int32_t a = 0; a < last; a++)
    if (p->x[last] && p->x[a] && magnitude(p->x[a]) < LINE)
      return tsri_min(p->dims[a], LINE / magnitude(p->x[a]));
  return 1;
}

/* One step along rows of the destination. Blocks that go through a buffer are short, so that
 * the next one is read while this one is written.
 */
static bool plan_lines(planner *p) {
  const int32_t last = p->rank - 1;
  if (p->z[last] != p->size || p->dims[last] < 8) return false;
  const int64_t block = (p->large ? PAST_BLOCK_BYTES : BLOCK_BYTES) / p->size;
  const int64_t wide = p->large ? block / rows_within_lines(p) : p->rank > 1 ? 1024 : block;
  p->cols = (group){.n = 1, .axis = {last}, .whole = 1};
  p->cols.step = tsri_min(p->dims[last], tsri_max(1, wide));
  p->taken[last] = true;
  grow(p, &p->rows, tsri_max(1, tsri_min(ROWS, block / p->cols.step)), p->x, next_near);
  p->copy->mover = movers_of(p)->lines;
  p->lines = true;
  return true;
}

static bool plan_anyhow(planner *p) {
  grow(p, &p->cols, tsri_min(COLS, COL_BYTES / p->size), p->z, next_near);
  grow(p, &p->rows, tsri_min(ROWS, ROW_BYTES / p->size), p->x, next_near);
  p->copy->mover = movers_of(p)->anyhow;
  return true;
}

/* ---- what a plan becomes ---- */

/* Bytes from the first element of a group to each of its elements. */
static void fill_table(const planner *p, const group *g, const int64_t *strides, int64_t *at,
                       int64_t most) {
  int64_t n = 1;
  at[0] = 0;
  for (int32_t i = 0; i < g->n; i++) {
    const int64_t stride = strides[g->axis[i]];
    const int64_t size = i == g->n - 1 ? g->step : p->dims[g->axis[i]];
    for (int64_t k = 1; k < size; k++)
      for (int64_t e = 0; e < n && k * n + e < most; e++)
        at[k * n + e] = at[e] + k * stride;
    n *= size;
  }
}

/* Tables, and the axis that is cut stays as an axis that counts the pieces. */
static void set_group(planner *p, const group *g, tsri_copy_group *out, int64_t *memory,
                      int64_t room) {
  *out = (tsri_copy_group){group_size(g), group_size(g), -1, memory, memory + room};
  fill_table(p, g, p->x, out->x, room);
  fill_table(p, g, p->z, out->z, room);
  if (g->n == 0) return;
  const int32_t a = g->axis[g->n - 1];
  const int64_t pieces = tsri_ceil_div(p->dims[a], g->step);
  if (pieces == 1) return;
  out->last = g->whole * (p->dims[a] - (pieces - 1) * g->step);
  out->cut = a;
  p->dims[a] = pieces;
  p->x[a] *= g->step;
  p->z[a] *= g->step;
  p->taken[a] = false;
}

static void swap_outer(tsri_copy *c, int32_t i, int32_t k) {
  int64_t *all[] = {c->dims, c->x, c->z};
  for (int32_t a = 0; a < 3; a++) {
    int64_t t = all[a][k];
    all[a][k] = all[a][i];
    all[a][i] = t;
  }
  int32_t *cuts[] = {&c->rows.cut, &c->cols.cut};
  for (int32_t a = 0; a < 2; a++)
    *cuts[a] = *cuts[a] == i ? k : *cuts[a] == k ? i : *cuts[a];
}

/* The order of the source, since reading far and wide costs more than writing so. */
static void order_outer(tsri_copy *c) {
  for (int32_t i = 1; i < c->rank; i++)
    for (int32_t k = i; k > 0 && magnitude(c->x[k - 1]) < magnitude(c->x[k]); k--)
      swap_outer(c, k - 1, k);
}

/* Keep the axes that no group has. */
static void set_outer(planner *p) {
  tsri_copy *c = p->copy;
  int32_t n = 0;
  for (int32_t a = 0; a < p->rank; a++) {
    if (p->taken[a]) continue;
    if (c->rows.cut == a) c->rows.cut = n;
    if (c->cols.cut == a) c->cols.cut = n;
    p->dims[n] = p->dims[a];
    p->x[n] = p->x[a];
    p->z[n] = p->z[a];
    n++;
  }
  c->rank = n;
  c->dims = p->dims;
  c->x = p->x;
  c->z = p->z;
  if (c->past) order_outer(c);
  c->size = p->size;
  c->blocks = tsri_product(n, c->dims);
}

static bool dense_columns(const planner *p) {
  const tsri_copy_group *g = &p->copy->cols;
  return g->n == 1 || (g->z[1] == p->size &&
                       (p->copy->straight || p->lines || g->z[g->n - 1] == (g->n - 1) * p->size));
}

/* Bytes of both sides. */
static size_t touched(size_t size, int32_t rank, const int64_t *dims, const int64_t *x) {
  size_t from = size, to = size;
  for (int32_t i = 0; i < rank; i++) {
    from *= x[i] ? (size_t)dims[i] : 1;
    to *= (size_t)dims[i];
  }
  return to ? from + to : 0;
}

void tsri_copy_init_with(tsri_copy *c, void *memory, size_t size, int32_t rank, const int64_t *dims,
                         const int64_t *src_strides, const int64_t *dst_strides,
                         const tsri_mover_table *table, tsri_copy_stores stores) {
  static bool (*const ways[])(planner *) = {plan_straight, plan_runs,  plan_tiles_past, plan_tiles,
                                            plan_weave,    plan_lines, plan_anyhow};
  *c = (tsri_copy){.table = table, .stores = stores};
  const int64_t n_rows = table_size(rank, dims, TSRI_COPY_ROWS);
  const int64_t n_cols = table_size(rank, dims, TSRI_COPY_COLS);
  int64_t *row_table = memory, *col_table = row_table + 2 * n_rows, *axes = col_table + 2 * n_cols;
  planner p = {.copy = c,
               .size = (int64_t)size,
               .dims = axes,
               .x = axes + rank + 4,
               .z = axes + 2 * (rank + 4)};
  if (!set_axes(&p, rank, dims, src_strides, dst_strides)) return;
  p.large = stores == TSRI_COPY_PAST;
  c->fetch = touched(size, rank, dims, src_strides) >= FETCHED;
  forget(&p);
  for (int32_t i = 0; !ways[i](&p);)
    i++;
  if (!c->past) balance(&p, &p.cols, n_cols);
  balance(&p, &p.rows, n_rows);
  set_group(&p, &p.rows, &c->rows, row_table, n_rows);
  set_group(&p, &p.cols, &c->cols, col_table, n_cols);
  set_outer(&p);
  c->even = p.cols.n <= 1;
  const int64_t width = c->cols.n * c->size, block = c->rows.n * width;
  const int64_t pitch = pitch_of(width);
  if (p.large && !c->past && !p.joined && width >= LINE && c->rows.n * pitch <= TSRI_COPY_BUFFER &&
      dense_columns(&p))
    c->pitch = pitch;
  if (!c->unaligned) c->unaligned = c->mover;
  c->chunk = tsri_max(1, TASK_BYTES / block);
}

void tsri_copy_init(tsri_copy *c, void *memory, const tsr_device *device, size_t size, int32_t rank,
                    const int64_t *dims, const int64_t *src_strides, const int64_t *dst_strides) {
  const bool past = tsri_streams(device, touched(size, rank, dims, src_strides));
  tsri_copy_init_with(c, memory, size, rank, dims, src_strides, dst_strides,
                      tsri_variant_chosen()->movers, past ? TSRI_COPY_PAST : TSRI_COPY_CACHED);
}
