/* heap_internal.h - the CPU device's caching allocator. */
#ifndef TSRI_HEAP_INTERNAL_H
#define TSRI_HEAP_INTERNAL_H

#include "lock_internal.h"

#include "tsr/spi/backend.h"

/* Classes have 8 steps per doubling, so a block is at most 12.5 % larger than asked; what of it lies
 * past the size asked for is never touched.
 */
enum {
  TSRI_HEAP_MIN_LOG = 6,  /* the smallest block has 64 bytes */
  TSRI_HEAP_MAX_LOG = 47, /* more than a process can address */
  TSRI_HEAP_STEPS_LOG = 3,
  TSRI_HEAP_CLASSES = ((TSRI_HEAP_MAX_LOG - TSRI_HEAP_MIN_LOG) << TSRI_HEAP_STEPS_LOG) + 1
};

#define TSRI_HEAP_HUGE ((size_t)1 << 21) /* blocks from here on want huge pages */

typedef struct tsri_free_block {
  struct tsri_free_block *next;
} tsri_free_block;

typedef struct tsri_heap {
  tsri_lock lock;
  tsr_device *device; /* whose live, high and reserved are kept */
  int64_t cached;     /* bytes of free blocks kept */
  int64_t cached_max; /* bytes of free blocks kept at most */
  tsri_free_block *free[TSRI_HEAP_CLASSES];
} tsri_heap;

/* A zeroed heap with device and cached_max set is ready. */

/* Bytes of the block for a size, and what the size counts for in live and high. */
size_t tsri_heap_rounded(size_t size);
size_t tsri_heap_counted(size_t size);

tsr_status tsri_heap_alloc(tsri_heap *heap, size_t size, void **out);
void tsri_heap_free(tsri_heap *heap, void *data, size_t size);
void tsri_heap_trim(tsri_heap *heap);

#endif /* TSRI_HEAP_INTERNAL_H */
