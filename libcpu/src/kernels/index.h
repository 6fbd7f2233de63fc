/* index.h - places named by index vectors, block by block, for gather and the scatters.
 *
 * Index vectors are resolved ahead of the moving: for a block of batch positions that fits the
 * first cache, one vectorised pass per component turns indices of any integer type into byte
 * offsets. What is then done at those places is a loop over plain offsets that knows nothing of
 * dimension numbers and index types.
 */
#ifndef TSRI_INDEX_H
#define TSRI_INDEX_H

#include "kernel.h"

/* Component k of an index vector as i64; u64 beyond i64 becomes INT64_MAX. */
int64_t tsri_index_at(tsr_dtype dtype, const void *data, int64_t i);

/* The offset of a window that does not fit. */
#define TSRI_DROPPED INT64_MIN

/* at[i] = base + i * along + x[i * step] * stride for the first component of an index vector, at[i] +
 * x[i * step] * stride for the next ones, x of one integer type. What is beyond [0, limit] is clamped,
 * or makes at[i] TSRI_DROPPED.
 */
typedef void (*tsri_resolve)(int64_t n, const void *x, int64_t step, int64_t limit, int64_t stride,
                             int64_t base, int64_t along, int64_t *at);
typedef struct tsri_resolver {
  tsri_resolve first, next;
} tsri_resolver;

/* z[r, i] = x[r, at[i]], runs of `run` bytes; all steps in bytes. */
typedef void (*tsri_collect)(int64_t rows, int64_t n, int64_t run, const char *x, const int64_t *at,
                             int64_t x_row, char *z, int64_t z_row, int64_t z_step);

/* z[r, at[i]] = z[r, at[i]] joined with x[r, i], runs of `run` elements, i rising; steps in bytes.
 * Dropped places are left out. What joins and where it lies come apart, as many loops are made
 * of this.
 */
typedef struct tsri_join_part {
  int64_t rows, n, run;
  const char *x;
  const int64_t *number; /* x[r, number[i]] is meant; NULL: x[r, i] */
  int64_t x_row, x_step;
  char *z;
  const int64_t *at; /* at[n .. n + TSRI_AHEAD) may be read, whatever it says */
  int64_t z_row;
  bool far; /* places are asked for before their turn */
} tsri_join_part;
typedef void (*tsri_join)(const tsri_join_part *part);

typedef enum tsri_joint {
  TSRI_JOINT_SET,
  TSRI_JOINT_ADD,
  TSRI_JOINT_MUL,
  TSRI_JOINT_MIN,
  TSRI_JOINT_MAX,
  TSRI_JOINT_COUNT
} tsri_joint;

/* These loops, compiled for one instruction set. */
typedef struct tsri_index_loops {
  tsri_resolver clamp[TSR_DTYPE_COUNT], drop[TSR_DTYPE_COUNT];
  tsri_collect collect[8]; /* [log2 of the run] up to 64 bytes; the last takes any run */
  const tsri_join *join[TSRI_JOINT_COUNT]; /* [dtype] */
} tsri_index_loops;

/* ---- blocks of batch positions ---- */

enum {
#ifdef TSR_STRESS
  TSRI_PLACES = 5,
#else
  TSRI_PLACES = 512,
#endif
  TSRI_AHEAD = 16
};

typedef struct tsri_walk {
  tsr_window_plan *plan; /* its batch axes fused, its strides in bytes */
  tsri_resolver resolver;
  size_t index_bytes; /* of an index */
  int64_t inner;      /* positions along the last batch axis */
  bool uniform;       /* one step walks all positions in the values */
  int64_t step;       /* bytes, in the values, along the last batch axis */
  int64_t places;     /* most positions of a block */
  int64_t of_row;     /* blocks along the last batch axis, where a block is a part of it */
  int64_t blocks;
} tsri_walk;

/* gather may meet its windows in any order and clamps; a scatter goes through the index vectors in
 * C order and drops.
 */
typedef enum tsri_walk_order {
  TSRI_WALK_CLAMPING,
  TSRI_WALK_DROPPING
} tsri_walk_order;

/* Take a window plan over: fuse and order its axes, turn strides of operand and values into bytes. */
void tsri_walk_init(tsri_walk *walk, tsr_window_plan *plan, size_t size, tsri_walk_order order,
                    const tsri_index_loops *loops);

/* Offsets of block number b, in bytes: at[i] in the operand, *values of its first position in the
 * values. Returns the number of positions, at most TSRI_PLACES.
 */
int64_t tsri_walk_block(const tsri_walk *walk, const char *indices, int64_t b, int64_t *at,
                        int64_t *values);

/* The window apart from its run: elements side by side on both sides. */
typedef struct tsri_window_rows {
  int64_t run;                     /* elements */
  int32_t rank;                    /* of the axes outside of a row of runs */
  int64_t outer, rows;             /* numbers of rows of runs, and of runs in one */
  int64_t operand_row, values_row; /* bytes between them */
} tsri_window_rows;
void tsri_window_rows_init(tsri_window_rows *rows, const tsr_window_plan *plan, size_t size);

#endif /* TSRI_INDEX_H */
