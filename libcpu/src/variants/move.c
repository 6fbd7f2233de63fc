/* move.c - block movers for elements of every size: squares turned in registers, rows with a
 * step, runs of bytes, and stores that pass the caches.
 */
#include "kernels/move_block.h"
#include "stream.h"
#include "variants.h"

#include <string.h>

#define TSRI_CAT_(a, b)     a##_##b
#define TSRI_CAT(a, b)      TSRI_CAT_(a, b)
#define TSRI_CAT3_(a, b, c) a##_##b##_##c
#define TSRI_CAT3(a, b, c)  TSRI_CAT3_(a, b, c)

static inline int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

/* Bytes from column to column where they are even. */
static inline int64_t step_of(const tsri_move_block *b, const int64_t *at) {
  return b->cols > 1 ? at[1] : 0;
}

typedef uint64_t wide __attribute__((vector_size(16)));

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

/* Lanes from i on of two vectors of n lanes, in turn. */
#define PAIR(i, n)  i, (n) + (i)
#define FOUR(i, n)  PAIR(i, n), PAIR((i) + 1, n), PAIR((i) + 2, n), PAIR((i) + 3, n)
#define EIGHT(i, n) FOUR(i, n), FOUR((i) + 4, n)

/* 16 bytes at x, and as many `apart` bytes behind them. */
typedef uint64_t loose_part __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t two_parts __attribute__((vector_size(32)));
#define TWO_PARTS(x, apart)                                                                        \
  __builtin_shufflevector(*(const loose_part *)(x), *(const loose_part *)((x) + (apart)), 0, 1, 2, \
                          3)

#define BYTES    1
#define T        uint8_t
#define M        8
#define N        8
#define LOW      FOUR(0, N)
#define HIGH     FOUR(4, N)
#define NARROWER anyhow_1
#include "move_tile.inc"
#define M        16
#define N        16
#define LOW      EIGHT(0, N)
#define HIGH     EIGHT(8, N)
#define NARROWER tiles_1_8
#include "move_tile.inc"
#if defined(__AVX512BW__)
#define M        16
#define N        64
#define LOW      EIGHT(0, N), EIGHT(16, N), EIGHT(32, N), EIGHT(48, N)
#define HIGH     EIGHT(8, N), EIGHT(24, N), EIGHT(40, N), EIGHT(56, N)
#define NARROWER tiles_1_16
#include "move_tile.inc"
#elif defined(__AVX2__)
#define M        16
#define N        32
#define LOW      EIGHT(0, N), EIGHT(16, N)
#define HIGH     EIGHT(8, N), EIGHT(24, N)
#define NARROWER tiles_1_16
#include "move_tile.inc"
#endif
#undef BYTES
#undef T

#define BYTES    2
#define T        uint16_t
#define M        4
#define N        4
#define LOW      PAIR(0, N), PAIR(1, N)
#define HIGH     PAIR(2, N), PAIR(3, N)
#define NARROWER anyhow_2
#include "move_tile.inc"
#define M        8
#define N        8
#define LOW      FOUR(0, N)
#define HIGH     FOUR(4, N)
#define NARROWER tiles_2_4
#include "move_tile.inc"
#if defined(__AVX512BW__)
#define M        8
#define N        32
#define LOW      FOUR(0, N), FOUR(8, N), FOUR(16, N), FOUR(24, N)
#define HIGH     FOUR(4, N), FOUR(12, N), FOUR(20, N), FOUR(28, N)
#define NARROWER tiles_2_8
#include "move_tile.inc"
#elif defined(__AVX2__)
#define M        8
#define N        16
#define LOW      FOUR(0, N), FOUR(8, N)
#define HIGH     FOUR(4, N), FOUR(12, N)
#define NARROWER tiles_2_8
#include "move_tile.inc"
#endif
#undef BYTES
#undef T

#define BYTES    4
#define T        uint32_t
#define M        4
#define N        4
#define LOW      PAIR(0, N), PAIR(1, N)
#define HIGH     PAIR(2, N), PAIR(3, N)
#define NARROWER anyhow_4
#include "move_tile.inc"
#if defined(__AVX2__)
#define M        8
#define N        8
#define LOW      FOUR(0, N)
#define HIGH     FOUR(4, N)
#define NARROWER tiles_4_4
#include "move_tile.inc"
#endif
#if defined(__AVX512BW__)
#define M        16
#define N        16
#define LOW      EIGHT(0, N)
#define HIGH     EIGHT(8, N)
#define NARROWER tiles_4_8
#include "move_tile.inc"
#endif
#undef BYTES
#undef T

#define BYTES    8
#define T        uint64_t
#define M        2
#define N        2
#define LOW      PAIR(0, N)
#define HIGH     PAIR(1, N)
#define NARROWER anyhow_8
#include "move_tile.inc"
#if defined(__AVX2__)
#define M        4
#define N        4
#define LOW      PAIR(0, N), PAIR(1, N)
#define HIGH     PAIR(2, N), PAIR(3, N)
#define NARROWER tiles_8_2
#include "move_tile.inc"
#endif
#if defined(__AVX512BW__)
#define M        8
#define N        8
#define LOW      FOUR(0, N)
#define HIGH     FOUR(4, N)
#define NARROWER tiles_8_4
#include "move_tile.inc"
#endif
#undef BYTES

/* Elements of two lanes each. */
#define BYTES 16
#if defined(__AVX2__)
#define M        2
#define N        2
#define LOW      0, 1, 4, 5
#define HIGH     2, 3, 6, 7
#define NARROWER anyhow_16
#include "move_tile.inc"
#endif
#if defined(__AVX512BW__)
#define M        4
#define N        4
#define LOW      0, 1, 8, 9, 2, 3, 10, 11
#define HIGH     4, 5, 12, 13, 6, 7, 14, 15
#define NARROWER tiles_16_2
#include "move_tile.inc"
#endif
#undef BYTES
#undef T

/* ---- runs of bytes ---- */

/* n bytes as two pieces of one size that may overlap. */
#define RUN_OF(name, bytes)                                                                        \
  static inline void name(char *to, const char *from, int64_t n) {                                 \
    char low[bytes], high[bytes];                                                                  \
    memcpy(low, from, bytes);                                                                      \
    memcpy(high, from + n - (bytes), bytes);                                                       \
    memcpy(to, low, bytes);                                                                        \
    memcpy(to + n - (bytes), high, bytes);                                                         \
  }
RUN_OF(run_2, 2)
RUN_OF(run_4, 4)
RUN_OF(run_8, 8)
RUN_OF(run_16, 16)
RUN_OF(run_32, 32)
RUN_OF(run_64, 64)

static inline void run_any(char *to, const char *from, int64_t n) {
  int64_t i = 0;
  for (; i + 64 <= n; i += 64)
    memcpy(to + i, from + i, 64);
  if (i < n) memcpy(to + n - 64, from + n - 64, 64);
}

static inline void run_long(char *to, const char *from, int64_t n) { memcpy(to, from, (size_t)n); }

#define RUNS(run)                                                                                  \
  for (int64_t r = 0; r < b->rows; r++) {                                                          \
    const char *x = b->x + b->x_row[r];                                                            \
    char *z = b->z + b->z_row[r];                                                                  \
    if (b->even)                                                                                   \
      for (int64_t c = 0; c < b->cols; c++, x += x_step, z += z_step)                              \
        run(z, x, n);                                                                              \
    else                                                                                           \
      for (int64_t c = 0; c < b->cols; c++)                                                        \
        run(z + b->z_col[c], x + b->x_col[c], n);                                                  \
  }

static void runs(const tsri_move_block *b) {
  const int64_t n = b->size, x_step = step_of(b, b->x_col), z_step = step_of(b, b->z_col);
  if (n > 1024)
    RUNS(run_long)
  else if (n > 128)
    RUNS(run_any)
  else if (n > 64)
    RUNS(run_64)
  else if (n > 32)
    RUNS(run_32)
  else if (n > 16)
    RUNS(run_16)
  else if (n > 8)
    RUNS(run_8)
  else if (n > 4)
    RUNS(run_4)
  else if (n > 1)
    RUNS(run_2)
  else
    anyhow_1(b);
}

enum {
  FETCHED = 1024 /* bytes of the next run that are asked for; the processor goes on by itself */
};

/* Column c of row r of the source. */
static inline void expect_run(const tsri_move_block *b, int64_t r, int64_t c) {
  if (c == b->cols) {
    c = 0;
    r++;
  }
  if (r == b->rows) return;
  const char *x = b->x + b->x_row[r] + b->x_col[c];
  for (int64_t i = 0; i < b->size && i < FETCHED; i += TSRI_MOVE_LINE)
    __builtin_prefetch(x + i, 0, 2);
}

static void streams(const tsri_move_block *b) {
  for (int64_t r = 0; r < b->rows; r++)
    for (int64_t c = 0; c < b->cols; c++) {
      expect_run(b, r, c + 1);
      tsri_stream_copy(b->z + b->z_row[r] + b->z_col[c], b->x + b->x_row[r] + b->x_col[c],
                       (size_t)b->size);
    }
}

/* The bytes at x that lie in the line which the next block completes, to right before base. */
static inline void keep(char *base, const char *x, int64_t n) {
  char line[TSRI_MOVE_LINE];
  memcpy(line, x, sizeof line);
  memcpy(base - n, line, sizeof line);
}

/* Rows in the middle of longer ones: nothing but whole lines. */
static void drain_lines(const tsri_move_block *b, const tsri_drain *how) {
  char *base = (char *)(uintptr_t)b->x;
  for (int64_t r = 0; r < b->rows; r++, base += how->pitch) {
    char *z = b->z + b->z_row[r];
    const int64_t held = (int64_t)((uintptr_t)z % TSRI_MOVE_LINE), n = how->width + held;
    const int64_t left = n % TSRI_MOVE_LINE;
    for (int64_t i = 0; i < n - left; i += TSRI_MOVE_LINE)
      tsri_stream_line(z - held + i, base - held + i);
    keep(base, base + how->width - left, left);
  }
}

static void drain(const tsri_move_block *b, const tsri_drain *how) {
  if (how->before && how->after) {
    drain_lines(b, how);
    return;
  }
  char *base = (char *)(uintptr_t)b->x;
  for (int64_t r = 0; r < b->rows; r++, base += how->pitch) {
    char *z = b->z + b->z_row[r];
    const int64_t held = how->before ? (int64_t)((uintptr_t)z % TSRI_MOVE_LINE) : 0;
    const int64_t end = (int64_t)((uintptr_t)(z + how->width) % TSRI_MOVE_LINE);
    const int64_t left = how->after ? end : 0;
    tsri_stream_copy(z - held, base - held, (size_t)(how->width + held - left));
    keep(base, base + how->width - left, left);
  }
}

static void stream_end(void) { tsri_stream_end(); }

/* ---- strided matrices ---- */

enum {
  SIDE = 64
};

static void fill_steps(int64_t *at, int64_t n, int64_t step) {
  for (int64_t i = 0; i < n; i++)
    at[i] = i * step;
}

/* The mover for a block whose columns are dense in z; rows and cols are at most SIDE, but cols
 * may be any number for lines.
 */
static tsri_block_mover mover_of(const tsri_movers *m, int64_t rows, int64_t cols, bool crossed) {
  for (int32_t i = 0; crossed && i < TSRI_TILE_SIZES && m->lanes[i]; i++)
    if (rows >= m->lanes[i] && cols >= m->lanes[i]) return m->tiles[i];
  return m->lines;
}

static void strided(const tsri_movers *m, int64_t size, int64_t rows, int64_t cols, const char *x,
                    int64_t xr, int64_t xc, char *z, int64_t zr, int64_t zc) {
  if (zc != size && zr == size) {
    strided(m, size, cols, rows, x, xc, xr, z, zc, zr);
    return;
  }
  int64_t at[4][SIDE];
  const bool crossed = xc != size && xr == size && rows > 1, dense = zc == size;
  const int64_t width = dense && !crossed ? cols : SIDE;
  for (int64_t r = 0; r < rows; r += SIDE)
    for (int64_t c = 0; c < cols; c += width) {
      tsri_move_block b = {x + r * xr + c * xc,
                           z + r * zr + c * zc,
                           at_most(SIDE, rows - r),
                           at_most(width, cols - c),
                           at[0],
                           at[1],
                           at[2],
                           at[3],
                           size,
                           false,
                           true};
      fill_steps(at[0], b.rows, xr);
      fill_steps(at[2], b.rows, zr);
      fill_steps(at[1], at_most(SIDE, b.cols), xc);
      fill_steps(at[3], at_most(SIDE, b.cols), zc);
      if (dense)
        mover_of(m, b.rows, b.cols, crossed)(&b);
      else
        m->anyhow(&b);
    }
}

extern const tsri_mover_table TSRI_OF_VARIANT(tsri_movers);

#define STRIDED(log, bytes)                                                                        \
  static void strided_##bytes(int64_t rows, int64_t cols, const void *x, int64_t xr, int64_t xc,   \
                              void *z, int64_t zr, int64_t zc) {                                   \
    strided(&TSRI_OF_VARIANT(tsri_movers).sizes[log], bytes, rows, cols, x, xr *(bytes),           \
            xc *(bytes), z, zr *(bytes), zc *(bytes));                                             \
  }
STRIDED(0, 1)
STRIDED(1, 2)
STRIDED(2, 4)
STRIDED(3, 8)
STRIDED(4, 16)

#if defined(__AVX512BW__)
#define TILES_1                                                                                    \
  .lanes = {64, 16, 8}, .tiles = {tiles_1_64, tiles_1_16, tiles_1_8}, .past = lines_past_1_64
#define TILES_2                                                                                    \
  .lanes = {32, 8, 4}, .tiles = {tiles_2_32, tiles_2_8, tiles_2_4}, .past = lines_past_2_32
#define TILES_4                                                                                    \
  .lanes = {16, 8, 4}, .tiles = {tiles_4_16, tiles_4_8, tiles_4_4}, .past = lines_past_4_16
#define TILES_8  .lanes = {8, 4}, .tiles = {tiles_8_8, tiles_8_4}, .past = lines_past_8_8
#define TILES_16 .lanes = {4, 2}, .tiles = {tiles_16_4, tiles_16_2}, .past = lines_past_16_4
#elif defined(__AVX2__)
#define TILES_1  .lanes = {32, 16, 8}, .tiles = {tiles_1_32, tiles_1_16, tiles_1_8}
#define TILES_2  .lanes = {16, 8, 4}, .tiles = {tiles_2_16, tiles_2_8, tiles_2_4}
#define TILES_4  .lanes = {8, 4}, .tiles = {tiles_4_8, tiles_4_4}
#define TILES_8  .lanes = {4}, .tiles = {tiles_8_4}
#define TILES_16 .lanes = {2}, .tiles = {tiles_16_2}
#else
#define TILES_1  .lanes = {16, 8}, .tiles = {tiles_1_16, tiles_1_8}
#define TILES_2  .lanes = {8, 4}, .tiles = {tiles_2_8, tiles_2_4}
#define TILES_4  .lanes = {4}, .tiles = {tiles_4_4}
#define TILES_8  .lanes = {2}, .tiles = {tiles_8_2}
#define TILES_16 .lanes = {0}
#endif

#define MOVERS(bytes)                                                                              \
  {                                                                                                \
    .strided = strided_##bytes, .anyhow = anyhow_##bytes, .lines = lines_##bytes,                  \
    .weave = weave_##bytes, TILES_##bytes                                                          \
  }

const tsri_mover_table TSRI_OF_VARIANT(tsri_movers) = {
    .sizes = {MOVERS(1), MOVERS(2), MOVERS(4), MOVERS(8), MOVERS(16)},
    .runs = runs,
    .streams = streams,
    .drain = drain,
    .stream_end = stream_end,
};
