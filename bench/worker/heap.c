/* heap.c - how often the heap was called: the linker sends calls of malloc and its like here. */
#include "worker.h"

#include <stdlib.h>

/* Names that the linker makes of --wrap=malloc; see its manual. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *data, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *data, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);

static int64_t calls; /* of all threads */

static void count(void) { __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED); }

int64_t heap_calls(void) { return __atomic_load_n(&calls, __ATOMIC_RELAXED); }

void *__wrap_malloc(size_t size) {
  count();
  return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
  count();
  return __real_calloc(n, size);
}

void *__wrap_realloc(void *data, size_t size) {
  count();
  return __real_realloc(data, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  count();
  return __real_aligned_alloc(alignment, size);
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size) {
  count();
  return __real_posix_memalign(out, alignment, size);
}
