/* libtensor-core/src/set.c - open addressing with linear probing. */
#include "set.h"

#include <string.h>

#include "tsr/alloc.h"

#ifdef TSR_STRESS
enum {
  FIRST_CAPACITY = 2
}; /* so that tables grow in every test */
#else
enum {
  FIRST_CAPACITY = 32
};
#endif

const void *tsri_set_find(const tsri_set *set, const void *key, tsri_set_equal equal) {
  if (set->capacity == 0) return NULL;
  uint64_t hash = *(const uint64_t *)key;
  for (size_t i = hash & (set->capacity - 1); set->slots[i]; i = (i + 1) & (set->capacity - 1))
    if (*set->slots[i] == hash && equal(key, set->slots[i])) return set->slots[i];
  return NULL;
}

void tsri_set_add(tsri_set *set, const void *item) {
  size_t i = *(const uint64_t *)item & (set->capacity - 1);
  while (set->slots[i])
    i = (i + 1) & (set->capacity - 1);
  set->slots[i] = item;
  set->n++;
}

/* At most half full, so that there is always an empty slot to stop at. */
tsr_status tsri_set_reserve(tsri_set *set) {
  if ((set->n + 1) * 2 <= set->capacity) return TSR_OK;
  tsri_set grown = {NULL, 0, set->capacity ? set->capacity * 2 : FIRST_CAPACITY};
  void *slots;
  TSR_TRY(tsr_alloc(grown.capacity * sizeof *grown.slots, 0, &slots));
  memset(slots, 0, grown.capacity * sizeof *grown.slots);
  grown.slots = slots;
  for (size_t i = 0; i < set->capacity; i++)
    if (set->slots[i]) tsri_set_add(&grown, set->slots[i]);
  tsri_set_deinit(set);
  *set = grown;
  return TSR_OK;
}

void tsri_set_deinit(tsri_set *set) {
  tsr_free((void *)set->slots, set->capacity * sizeof *set->slots, 0);
  set->slots = NULL;
  set->n = set->capacity = 0;
}
