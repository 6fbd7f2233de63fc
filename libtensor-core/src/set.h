/* libtensor-core/src/set.h - a hash set of pointers to things that begin with their hash. */
#ifndef TSRI_SET_H
#define TSRI_SET_H

#include "tsr/status.h"

/* Zeroed is empty. Things are borrowed, and only ever added. */
typedef struct tsri_set {
  const uint64_t **slots;
  size_t n;
  size_t capacity; /* 0 or a power of two */
} tsri_set;

/* key and item have one type; their hashes are equal already */
typedef bool (*tsri_set_equal)(const void *key, const void *item);

/* The item equal to key, or NULL; key begins with its hash, too. */
const void *tsri_set_find(const tsri_set *set, const void *key, tsri_set_equal equal);
/* Room for one more: tsri_set_add then cannot fail. */
tsr_status tsri_set_reserve(tsri_set *set);
void tsri_set_add(tsri_set *set, const void *item);
void tsri_set_deinit(tsri_set *set);

#endif /* TSRI_SET_H */
