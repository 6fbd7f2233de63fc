/* grow_internal.h - growable arrays, and a table from 64-bit keys to small numbers. */
#ifndef TSRI_GROW_INTERNAL_H
#define TSRI_GROW_INTERNAL_H

#include "tsr/alloc.h"

/* Room for needed items; the array stays as it is when there is no memory. */
tsr_status tsri_grow(void *data, int32_t *capacity, int32_t needed, size_t item, void **out);

#define TSRI_GROW(array, capacity, needed)                                                         \
  do {                                                                                             \
    void *grown_;                                                                                  \
    TSR_TRY(tsri_grow((array), &(capacity), (needed), sizeof *(array), &grown_));                  \
    (array) = grown_;                                                                              \
  } while (0)

#define TSRI_FREE(array, capacity) tsr_free((array), (size_t)(capacity) * sizeof *(array), 0)

/* Keys are not 0. A zeroed map is empty. */
typedef struct tsri_map {
  struct tsri_map_slot *slots;
  int32_t n, capacity; /* a power of two, or 0 */
} tsri_map;

/* The number of a key, or -1. */
int32_t tsri_map_find(const tsri_map *map, uint64_t key);
/* Room for so many more keys: puts up to that number cannot fail. */
tsr_status tsri_map_reserve(tsri_map *map, int32_t more);
void tsri_map_put(tsri_map *map, uint64_t key, int32_t number);
void tsri_map_deinit(tsri_map *map);

#endif /* TSRI_GROW_INTERNAL_H */
