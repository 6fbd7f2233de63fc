/* move.h - moving elements between strided places, by element size. */
#ifndef TSRI_MOVE_H
#define TSRI_MOVE_H

#include "kernel.h"

/* dst[r, c] = src[r, c] for r < rows, c < cols; strides in elements, any sign; source
 * strides may be 0.
 */
typedef void (*tsri_move)(int64_t rows, int64_t cols, const void *src, int64_t src_row,
                          int64_t src_col, void *dst, int64_t dst_row, int64_t dst_col);

/* The mover of elements of 1, 2, 4, 8 or 16 bytes. */
tsri_move tsri_move_of(size_t size);

/* A copy between two strided arrays of one shape, ready to run: axes fused, ordered for
 * the destination, and the best pair of axes brought to the end.
 */
typedef struct tsri_copy {
  tsri_move move;
  size_t size;               /* of an element */
  int32_t rank;              /* >= 2 */
  int64_t outer, rows, cols; /* rows and cols are the last two axes, outer all others */
  int64_t *dims, *src, *dst; /* [rank] */
} tsri_copy;

/* Bytes of memory a copy of some rank needs behind itself. */
static inline size_t tsri_copy_bytes(int32_t rank) {
  return 3 * sizeof(int64_t) * (size_t)(rank + 2);
}

/* Fill in a copy; memory has tsri_copy_bytes(rank) bytes and lives as long as it. */
void tsri_copy_init(tsri_copy *copy, void *memory, size_t size, int32_t rank, const int64_t *dims,
                    const int64_t *src_strides, const int64_t *dst_strides);

/* Run it, cut into chunks by shape. */
tsr_status tsri_copy_run(const tsri_copy *copy, tsr_stream *stream, const void *src, void *dst);

#endif /* TSRI_MOVE_H */
