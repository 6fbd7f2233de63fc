/* blocks.h - block functions: the instructions of the vector machine.
 *
 * One block function applies one op to n elements that lie side by side. It is a plain
 * C loop which the compiler turns into vector code, so a whole block costs one indirect
 * call; a program of such calls over blocks that stay in the first cache is as fast as
 * a hand-fused loop for all but the shortest expressions. tsri_block_find is the
 * instruction table [op][dtype]. The rows of single ops and fused regions both run
 * these functions and nothing else, hence give the same bits. Every function exists
 * once per instruction set, from the same text.
 */
#ifndef TSRI_BLOCKS_H
#define TSRI_BLOCKS_H

#include "kernel.h"

/* out[i] = op(args[0][i], ...). out may be one of args, but not overlap one otherwise.
 * Returns 1 when an integer was divided by zero or raised to a negative power, else 0.
 */
typedef int32_t (*tsri_block)(int64_t n, const void *const *args, void *out);

/* Sums, maxima and their like in a fixed order. A reduction of k elements cuts them into runs of
 * TSRI_RUN; a run shorter than TSRI_LANES is reduced one by one, a longer one in
 * TSRI_LANES interleaved lanes, which are then halved until one is left; the runs are
 * joined as a binary tree. All of this follows from k alone, and rounding errors grow
 * with log k. (Where no order can be seen, in whole numbers, any will do.) Accumulators have their
 * own type (f32 for f16), and joining with the value of nothing changes none of them.
 */
#define TSRI_LANES 16
#define TSRI_RUN   256
#define TSRI_SLACK 64
/* Runs that are reduced in one call at most, and their elements; a whole subtree of that order. */
#define TSRI_BLOCK_RUNS 16
#define TSRI_BLOCK      (TSRI_BLOCK_RUNS * TSRI_RUN)

typedef enum tsri_reduction {
  TSRI_SUM,
  TSRI_PROD,
  TSRI_MAX,
  TSRI_MIN,
  TSRI_AND,
  TSRI_OR,
  TSRI_REDUCTION_COUNT
} tsri_reduction;

typedef struct tsri_rows_of {
  const void *x;
  int64_t rows, stride, n; /* n elements side by side in each row, rows so many elements apart */
  int64_t ahead;           /* how far behind x the next ones wanted are; 0: they are near */
} tsri_rows_of;

typedef struct tsri_reducer {
  size_t size; /* bytes of an accumulator */
  /* acc[0..n) = the value of nothing */
  void (*clear)(int64_t n, void *acc);
  /* acc[i] = acc[i] + x[i], x accumulators */
  void (*merge)(int64_t n, const void *x, void *acc);
  /* acc[r] = x[r k .. r k + k) in the order above, complete, 0 < k <= TSRI_BLOCK */
  void (*runs)(int64_t rows, int64_t k, const void *x, void *acc);
  /* acc[i] = from[i] + x[i] + x[stride + i] + .. + x[(rows - 1) stride + i] from the left, for
   * i < n; from may be acc, and NULL for nothing. So the rows of a lane are added. */
  void (*rows)(const tsri_rows_of *what, const void *from, void *acc);
  /* acc[i] = the lanes acc[i], acc[n + i], .. halved until one is left; writes into the
   * TSRI_SLACK bytes behind the last */
  void (*halve)(int64_t n, void *acc);
  /* out[i] = acc[i] as an element */
  void (*store)(int64_t n, const void *acc, void *out);
} tsri_reducer;

/* The block functions of one op, by dtype of its key operand. */
typedef tsri_block tsri_block_row[TSR_DTYPE_COUNT];

/* out[r n + i] = x[r] for i < n, r < rows. */
typedef void (*tsri_spread)(int64_t rows, int64_t n, const void *x, void *out);

/* The function of an op, or NULL: key is the dtype of its key operand. */
tsri_block tsri_block_find(tsr_op_id op, tsr_dtype key, const void *attrs);

/* How long it takes, roughly: 1 for arithmetic, more for functions like exp. */
int64_t tsri_block_cost(tsr_op_id op, tsr_dtype key);

/* What a block function of an op says by returning 1. */
const char *tsri_block_finding(const tsr_op *op);

/* The reducer of an op like reduce_sum, or NULL. */
const tsri_reducer *tsri_reducer_find(tsr_op_id op, tsr_dtype dtype);

/* For elements of 1, 2, 4, 8 or 16 bytes. */
tsri_spread tsri_spread_of(size_t size);

#endif /* TSRI_BLOCKS_H */
