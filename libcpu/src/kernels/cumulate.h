/* cumulate.h - running sums, products and extremes of one part of some lines.
 *
 * The order of a running sum follows from its length alone. A line is cut into segments of
 * TSRI_SEGMENT elements, and these into blocks of 8. Within a block prefixes are joined by doubling:
 * first neighbours, then what lies 2 apart, then 4. Blocks and segments are joined one by one:
 *
 *   z[i] = (sum of the segments before + blocks before in this segment) + prefix in the block
 *
 * so all but one of the 8 additions of a block need not wait for each other, segments can be summed
 * by different threads, and roundings are fewer than one by one. Products of floats are taken one
 * by one: parts of a product overflow where the product does not.
 */
#ifndef TSRI_CUMULATE_H
#define TSRI_CUMULATE_H

#include "kernel.h"

enum {
#ifdef TSR_STRESS
  TSRI_SEGMENT = 24,
  TSRI_LINES = 5
#else
  TSRI_SEGMENT = 16 * 1024,
  TSRI_LINES = 256 /* side by side, at most */
#endif
};

typedef struct tsri_cumulate_part {
  int64_t lines, n; /* n >= 1 */
  const void *x;
  int64_t x_line, x_step; /* elements */
  void *z;                /* NULL: only totals are wanted. May be x */
  int64_t z_line, z_step;
  const void *start; /* [lines] accumulators to begin with; NULL: nothing */
  void *total;       /* [lines] what these elements are together, without start; may be NULL */
} tsri_cumulate_part;

typedef struct tsri_cumulate {
  /* n <= TSRI_SEGMENT, unless join is NULL */
  void (*scan)(const tsri_cumulate_part *part);
  /* acc[i] = acc[i] joined with x[i]; NULL: lines must not be cut */
  void (*join)(int64_t n, const void *x, void *acc);
  size_t size; /* bytes of an accumulator */
} tsri_cumulate;

typedef enum tsri_cumulation {
  TSRI_CUMSUM,
  TSRI_CUMPROD,
  TSRI_CUMMAX,
  TSRI_CUMMIN,
  TSRI_CUMULATION_COUNT
} tsri_cumulation;

#endif /* TSRI_CUMULATE_H */
