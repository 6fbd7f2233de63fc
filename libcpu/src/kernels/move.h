/* move.h - moving elements between strided places. */
#ifndef TSRI_MOVE_H
#define TSRI_MOVE_H

#include "kernel.h"
#include "move_block.h"

/* The mover of strided matrices of elements of 1, 2, 4, 8 or 16 bytes. */
tsri_move tsri_move_of(size_t size);

enum {
#ifdef TSR_STRESS
  TSRI_COPY_ROWS = 32,
  TSRI_COPY_COLS = 32,
#else
  TSRI_COPY_ROWS = 1024, /* of a block, at most */
  TSRI_COPY_COLS = 256,
#endif
  TSRI_COPY_BUFFER = 192 << 10 /* bytes of a block that goes through a buffer */
};

/* Axes that a block takes together. */
typedef struct tsri_copy_group {
  int64_t n, last; /* elements of a block, and of the last block along the axis that is cut */
  int32_t cut;     /* the outer axis that counts blocks, or -1 */
  int64_t *x, *z;  /* [n] bytes from the first element */
} tsri_copy_group;

/* Does what is written stay in the caches? */
typedef enum tsri_copy_stores {
  TSRI_COPY_CACHED,
  TSRI_COPY_PAST
} tsri_copy_stores;

/* A copy between two strided arrays of one shape, ready to run: an odometer over blocks, and
 * a mover for them.
 */
typedef struct tsri_copy {
  const tsri_mover_table *table;
  tsri_copy_stores stores;
  tsri_block_mover mover, unaligned; /* the second where z is not aligned to a cache line */
  int64_t size;          /* bytes of an element, or of a run of elements that stay together */
  int64_t x_at, z_at;    /* bytes to the first block */
  int64_t blocks;        /* 0: nothing to copy */
  int64_t chunk;         /* blocks of a task */
  bool straight;         /* rows are dense on both sides */
  bool past;             /* the mover writes whole cache lines past the caches */
  bool even;             /* columns have one step on either side */
  bool fetch;            /* rows of the source are asked for before their turn */
  int64_t pitch;         /* bytes of a row in the buffer where blocks go through one, else 0 */
  int32_t rank;          /* outer axes */
  int64_t *dims, *x, *z; /* [rank], in bytes */
  tsri_copy_group rows, cols;
} tsri_copy;

/* Numbers of memory that are enough for a copy of so many axes, whatever their sizes. */
#define TSRI_COPY_NUMBERS(rank) (2 * (TSRI_COPY_ROWS + TSRI_COPY_COLS) + 3 * ((rank) + 4))

/* Bytes of memory a copy needs behind itself; dims may be NULL where they are not known yet. */
size_t tsri_copy_bytes(int32_t rank, const int64_t *dims);

/* Fill in a copy; memory has tsri_copy_bytes(rank, dims) bytes and lives as long as it. */
void tsri_copy_init(tsri_copy *copy, void *memory, const tsr_device *device, size_t size,
                    int32_t rank, const int64_t *dims, const int64_t *src_strides,
                    const int64_t *dst_strides);

/* The same with the movers of some instruction set, where that is known. */
void tsri_copy_init_with(tsri_copy *copy, void *memory, size_t size, int32_t rank,
                         const int64_t *dims, const int64_t *src_strides,
                         const int64_t *dst_strides, const tsri_mover_table *table,
                         tsri_copy_stores stores);

/* Run it, cut into chunks by shape. */
tsr_status tsri_copy_run(const tsri_copy *copy, tsr_stream *stream, const void *src, void *dst);

/* Run blocks [begin, end) in this thread. Before others are told of it, table->stream_end. */
void tsri_copy_blocks(const tsri_copy *copy, const void *src, void *dst, int64_t begin,
                      int64_t end);

#endif /* TSRI_MOVE_H */
