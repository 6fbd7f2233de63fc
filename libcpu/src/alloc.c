/* alloc.c - the CPU device's memory: freed blocks are kept by size class for reuse.
 *
 * Fresh pages cost five times as much as writing to used ones, so large blocks gain
 * most. Blocks go through tsr_alloc and straight back while a test has replaced it.
 */
#include "tsr/alloc.h"

#include "heap_internal.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(block, size)   ((void)(block), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(block, size) ((void)(block), (void)(size))
#endif

/* Class of a size in 1 .. 2^MAX_LOG: 0 is up to 64 bytes; then 8 per doubling, though
 * blocks below 512 bytes still come in multiples of 64.
 */
static int32_t class_of(size_t size) {
  if (size <= (size_t)1 << TSRI_HEAP_MIN_LOG) return 0;
  int32_t log = 63 - __builtin_clzll(size - 1);
  int32_t step = (int32_t)(((size - 1) >> (log - TSRI_HEAP_STEPS_LOG)) & 7);
  return ((log - TSRI_HEAP_MIN_LOG) << TSRI_HEAP_STEPS_LOG) + step + 1;
}

size_t tsri_heap_rounded(size_t size) {
  enum {
    SMALLEST = 1 << TSRI_HEAP_MIN_LOG
  };
  if (size <= SMALLEST) return SMALLEST;
  int32_t log = 63 - __builtin_clzll(size - 1);
  size_t step = (size_t)1 << (log - TSRI_HEAP_STEPS_LOG);
  if (step < SMALLEST) step = SMALLEST;
  return (size + step - 1) & ~(step - 1);
}

size_t tsri_heap_counted(size_t size) {
  const size_t line = (size_t)1 << TSRI_HEAP_MIN_LOG;
  return size <= line ? line : (size + line - 1) & ~(line - 1);
}

static size_t alignment_of(size_t rounded) {
  return rounded >= TSRI_HEAP_HUGE ? TSRI_HEAP_HUGE : 64;
}

static tsr_status take_fresh(size_t rounded, void **out) {
  TSR_TRY(tsr_alloc(rounded, alignment_of(rounded), out));
  if (rounded >= TSRI_HEAP_HUGE) tsri_os_huge(*out, rounded);
  return TSR_OK;
}

static void give_back(void *data, size_t rounded) {
  ASAN_UNPOISON_MEMORY_REGION(data, rounded);
  tsr_free(data, rounded, alignment_of(rounded));
}

/* The counters change under the lock and are read without it. */
static void count(int64_t *counter, int64_t change) {
  __atomic_store_n(counter, *counter + change, __ATOMIC_RELAXED);
}

static void count_live(tsr_device *device, int64_t change) {
  count(&device->live, change);
  if (device->live > __atomic_load_n(&device->high, __ATOMIC_RELAXED)) {
    __atomic_store_n(&device->high, device->live, __ATOMIC_RELAXED);
  }
}

/* A kept block for the size, counted as live; NULL when there is none. */
static void *take_kept(tsri_heap *heap, size_t size, size_t rounded) {
  int32_t bin = class_of(rounded);
  tsri_lock_take(&heap->lock);
  tsri_free_block *block = heap->free[bin];
  if (block) {
    heap->free[bin] = block->next;
    count(&heap->cached, -(int64_t)rounded);
    count_live(heap->device, (int64_t)tsri_heap_counted(size));
  }
  tsri_lock_give(&heap->lock);
  return block;
}

tsr_status tsri_heap_alloc(tsri_heap *heap, size_t size, void **out) {
  *out = NULL;
  if (size > (size_t)1 << TSRI_HEAP_MAX_LOG) {
    return TSR_FAIL(TSR_ERR_NOMEM, "%s: cannot allocate %zu bytes", heap->device->name, size);
  }
  bool caching = tsr_allocator_is_default();
  size_t rounded = tsri_heap_rounded(size);
  if (caching) *out = take_kept(heap, size, rounded);
  if (*out) {
    ASAN_UNPOISON_MEMORY_REGION(*out, rounded);
    return TSR_OK;
  }
  tsr_status status = take_fresh(rounded, out);
  if (status != TSR_OK && caching && __atomic_load_n(&heap->cached, __ATOMIC_RELAXED)) {
    tsri_heap_trim(heap);
    status = take_fresh(rounded, out);
  }
  if (status != TSR_OK) {
    *out = NULL;
    return tsr_annotate(status, "allocating %zu bytes on %s", rounded, heap->device->name);
  }
  tsri_lock_take(&heap->lock);
  count(&heap->device->reserved, (int64_t)rounded);
  count_live(heap->device, (int64_t)tsri_heap_counted(size));
  tsri_lock_give(&heap->lock);
  return TSR_OK;
}

void tsri_heap_free(tsri_heap *heap, void *data, size_t size) {
  if (!data) return;
  size_t rounded = tsri_heap_rounded(size);
  int64_t bytes = (int64_t)rounded;
  bool caching = tsr_allocator_is_default();
  tsri_lock_take(&heap->lock);
  count_live(heap->device, -(int64_t)tsri_heap_counted(size));
  bool keep = caching && bytes <= heap->cached_max - heap->cached;
  if (keep) {
    int32_t bin = class_of(rounded);
    tsri_free_block *block = data;
    block->next = heap->free[bin];
    heap->free[bin] = block;
    count(&heap->cached, bytes);
    ASAN_POISON_MEMORY_REGION((char *)data + sizeof *block, rounded - sizeof *block);
  } else {
    count(&heap->device->reserved, -bytes);
  }
  tsri_lock_give(&heap->lock);
  if (!keep) give_back(data, rounded);
}

/* Take the whole list of a class out of the heap. */
static tsri_free_block *empty_class(tsri_heap *heap, int32_t bin, int64_t rounded) {
  tsri_lock_take(&heap->lock);
  tsri_free_block *list = heap->free[bin];
  heap->free[bin] = NULL;
  for (tsri_free_block *b = list; b; b = b->next) {
    count(&heap->cached, -rounded);
    count(&heap->device->reserved, -rounded);
  }
  tsri_lock_give(&heap->lock);
  return list;
}

/* Bytes of the blocks of a class. */
static size_t size_of_class(int32_t bin) {
  if (bin == 0) return (size_t)1 << TSRI_HEAP_MIN_LOG;
  int32_t log = ((bin - 1) >> TSRI_HEAP_STEPS_LOG) + TSRI_HEAP_MIN_LOG;
  size_t step = (size_t)((bin - 1) & 7) + 1;
  return ((size_t)1 << log) + (step << (log - TSRI_HEAP_STEPS_LOG));
}

void tsri_heap_trim(tsri_heap *heap) {
  for (int32_t bin = 0; bin < TSRI_HEAP_CLASSES; bin++) {
    size_t rounded = size_of_class(bin);
    for (tsri_free_block *b = empty_class(heap, bin, (int64_t)rounded); b;) {
      tsri_free_block *next = b->next;
      give_back(b, rounded);
      b = next;
    }
  }
}
