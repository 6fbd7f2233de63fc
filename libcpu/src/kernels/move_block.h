/* move_block.h - block movers: the inner loops of strided copies, by element size.
 *
 * A block is a matrix whose rows and columns lie anywhere: four tables say how many bytes from
 * the block's start row r and column c are, on either side. So one axis of a large matrix, or
 * a dozen axes of size 2 taken together, are the same to a mover; what it is good at is stated
 * as a condition on the tables.
 */
#ifndef TSRI_MOVE_BLOCK_H
#define TSRI_MOVE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tsri_move_block {
  const char *x; /* from */
  char *z;       /* to */
  int64_t rows, cols;
  const int64_t *x_row, *x_col, *z_row, *z_col; /* [rows] or [cols], in bytes */
  int64_t size;                                 /* bytes of an element */
  bool fetch;                                   /* rows of x are asked for before their turn */
  bool even;                                    /* columns have one step, on either side */
} tsri_move_block;

typedef void (*tsri_block_mover)(const tsri_move_block *b);

/* dst[r, c] = src[r, c] for r < rows, c < cols; strides in elements, any sign; source
 * strides may be 0.
 */
typedef void (*tsri_move)(int64_t rows, int64_t cols, const void *src, int64_t src_row,
                          int64_t src_col, void *dst, int64_t dst_row, int64_t dst_col);

enum {
  TSRI_TILE_SIZES = 3
};

/* Movers for elements of one size. */
typedef struct tsri_movers {
  tsri_move strided;
  tsri_block_mover anyhow;                 /* no condition */
  tsri_block_mover lines;                  /* z_col is dense, x_col has one step, x_col[1] */
  tsri_block_mover weave;                  /* x_row, z_col are dense; z_row has the step of cols */
  int32_t lanes[TSRI_TILE_SIZES];          /* falling; 0 for those after the last */
  tsri_block_mover tiles[TSRI_TILE_SIZES]; /* x_row, z_col are dense; rows, cols >= lanes */
  tsri_block_mover past;                   /* the first of tiles, for rows of z that are whole
                                            * cache lines, past the caches; may be NULL */
} tsri_movers;

enum {
  TSRI_MOVE_LINE = 64 /* bytes of a cache line; before and after each row of a buffer is one */
};

/* How rows leave a buffer. Cache lines are written whole, so what lies in a line that the next
 * block completes stays in the buffer, right before the row.
 */
typedef struct tsri_drain {
  int64_t pitch, width; /* bytes from row to row, and of a row */
  bool before;          /* the block before has left the beginning of a line */
  bool after;           /* the next block goes on where this one ends */
} tsri_drain;

/* All movers of one instruction set. */
typedef struct tsri_mover_table {
  tsri_movers sizes[5];     /* by log2 of the size of an element */
  tsri_block_mover runs;    /* elements of any size */
  tsri_block_mover streams; /* the same, past the caches */
  /* Take rows of b's z out of a buffer, past the caches; b's x is the first of them there. */
  void (*drain)(const tsri_move_block *b, const tsri_drain *how);
  void (*stream_end)(void); /* after the last of a task */
} tsri_mover_table;

#endif /* TSRI_MOVE_BLOCK_H */
