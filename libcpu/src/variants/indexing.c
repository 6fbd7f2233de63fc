/* indexing.c - the loops of gather and the scatters: offsets from indices, then runs of bytes
 * fetched from such places.
 *
 * Places are wherever the indices say, so what counts is how many fetches are under way at once:
 * plain loads of a size known to the compiler, one after the other, keep more of them in flight
 * than gather instructions do. Runs of several cache lines are asked for a little ahead.
 */
#include "blocks_tables.h"
#include "copy_run.h"
#include "kernels/index.h"

#include <string.h>

/* ---- offsets ---- */

#define PLAIN(x) (int64_t)(x)
#define ID       BOOL
#define T        uint8_t
#define LOAD     PLAIN
#include "resolve.inc"
#define ID   I8
#define T    int8_t
#define LOAD PLAIN
#include "resolve.inc"
#define ID   I16
#define T    int16_t
#define LOAD PLAIN
#include "resolve.inc"
#define ID   I32
#define T    int32_t
#define LOAD PLAIN
#include "resolve.inc"
#define ID   I64
#define T    int64_t
#define LOAD PLAIN
#include "resolve.inc"
#define ID   U8
#define T    uint8_t
#define LOAD PLAIN
#include "resolve.inc"
#define ID   U16
#define T    uint16_t
#define LOAD PLAIN
#include "resolve.inc"
#define ID   U32
#define T    uint32_t
#define LOAD PLAIN
#include "resolve.inc"
#define ID      U64
#define T       uint64_t
#define LOAD(x) ((x) > INT64_MAX ? INT64_MAX : (int64_t)(x))
#include "resolve.inc"

/* ---- fetching ---- */

/* Runs of a size that the compiler knows. */
#define COLLECT(bytes)                                                                             \
  static void collect_##bytes(int64_t rows, int64_t n, int64_t run, const char *x,                 \
                              const int64_t *at, int64_t x_row, char *z, int64_t z_row,            \
                              int64_t z_step) {                                                    \
    (void)run;                                                                                     \
    for (int64_t r = 0; r < rows; r++, x += x_row, z += z_row)                                     \
      for (int64_t i = 0; i < n; i++)                                                              \
        memcpy(z + i * z_step, x + at[i], bytes);                                                  \
  }
COLLECT(1)
COLLECT(2)
COLLECT(4)
COLLECT(8)
COLLECT(16)
COLLECT(32)
COLLECT(64)
#undef COLLECT

enum {
  AHEAD = 4,         /* runs asked for before their turn */
  FETCHED = 64 * 16, /* bytes of each; the processor goes on by itself */
  LONG = 2048        /* bytes that are memcpy's */
};

static void collect_runs(int64_t rows, int64_t n, int64_t run, const char *x, const int64_t *at,
                         int64_t x_row, char *z, int64_t z_row, int64_t z_step) {
  const int64_t fetched = run < FETCHED ? run : FETCHED;
  for (int64_t r = 0; r < rows; r++, x += x_row, z += z_row)
    for (int64_t i = 0; i < n; i++) {
      const char *next = x + at[i + AHEAD < n ? i + AHEAD : n - 1];
      for (int64_t line = 0; line < fetched; line += 64)
        __builtin_prefetch(next + line);
      if (run >= LONG)
        memcpy(z + i * z_step, x + at[i], (size_t)run);
      else
        tsri_copy_run_of(z + i * z_step, x + at[i], run);
    }
}

/* ---- joining ---- */

extern const tsri_join TSRI_OF_VARIANT(tsri_join_set)[], TSRI_OF_VARIANT(tsri_join_add)[],
    TSRI_OF_VARIANT(tsri_join_mul)[], TSRI_OF_VARIANT(tsri_join_min)[],
    TSRI_OF_VARIANT(tsri_join_max)[];
#define RESOLVER(kind, ID) [TSR_##ID] = {kind##_first_##ID, kind##_next_##ID}
#define ALL(kind)                                                                                  \
  RESOLVER(kind, BOOL), RESOLVER(kind, I8), RESOLVER(kind, I16), RESOLVER(kind, I32),              \
      RESOLVER(kind, I64), RESOLVER(kind, U8), RESOLVER(kind, U16), RESOLVER(kind, U32),           \
      RESOLVER(kind, U64)

extern const tsri_index_loops TSRI_OF_VARIANT(tsri_indexing);

const tsri_index_loops TSRI_OF_VARIANT(tsri_indexing) = {
    .clamp = {ALL(clamp)},
    .drop = {                                        ALL(drop)},
    .collect = { collect_1, collect_2, collect_4, collect_8, collect_16, collect_32, collect_64,
              collect_runs},
    .join = {                    [TSRI_JOINT_SET] = TSRI_OF_VARIANT(tsri_join_set),
              [TSRI_JOINT_ADD] = TSRI_OF_VARIANT(tsri_join_add),
              [TSRI_JOINT_MUL] = TSRI_OF_VARIANT(tsri_join_mul),
              [TSRI_JOINT_MIN] = TSRI_OF_VARIANT(tsri_join_min),
              [TSRI_JOINT_MAX] = TSRI_OF_VARIANT(tsri_join_max)},
};
