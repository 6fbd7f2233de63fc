/* grow.c - growable arrays, and a table from 64-bit keys to small numbers. */
#include "graph/grow_internal.h"

#include <inttypes.h>
#include <string.h>

#include "tsr/hash.h"

tsr_status tsri_grow(void *data, int32_t *capacity, int32_t needed, size_t item, void **out) {
  *out = data;
  if (needed <= *capacity) return TSR_OK;
  if (needed > INT32_MAX / 2)
    return TSR_FAIL(TSR_ERR_LIMIT, "a trace of more than %" PRId32 " values", INT32_MAX / 2);
  int32_t wider = *capacity ? *capacity : 8;
  while (wider < needed)
    wider *= 2;
  TSR_TRY(tsr_alloc((size_t)wider * item, 0, out));
  if (data) memcpy(*out, data, (size_t)*capacity * item);
  tsr_free(data, (size_t)*capacity * item, 0);
  *capacity = wider;
  return TSR_OK;
}

struct tsri_map_slot {
  uint64_t key; /* 0: free */
  int32_t number;
};

static struct tsri_map_slot *slot_of(struct tsri_map_slot *slots, int32_t capacity, uint64_t key) {
  uint64_t mask = (uint64_t)capacity - 1;
  uint64_t i = tsr_hash_u64(TSR_HASH_SEED, key) & mask;
  while (slots[i].key != 0 && slots[i].key != key)
    i = (i + 1) & mask;
  return &slots[i];
}

int32_t tsri_map_find(const tsri_map *map, uint64_t key) {
  if (map->n == 0) return -1;
  const struct tsri_map_slot *slot = slot_of(map->slots, map->capacity, key);
  return slot->key ? slot->number : -1;
}

tsr_status tsri_map_reserve(tsri_map *map, int32_t more) {
  if (map->n + more <= map->capacity / 2) return TSR_OK;
  int32_t capacity = map->capacity ? map->capacity : 16;
  while (map->n + more > capacity / 2)
    capacity *= 2;
  void *memory;
  TSR_TRY(tsr_alloc((size_t)capacity * sizeof *map->slots, 0, &memory));
  struct tsri_map_slot *slots = memset(memory, 0, (size_t)capacity * sizeof *map->slots);
  for (int32_t i = 0; i < map->capacity; i++)
    if (map->slots[i].key) *slot_of(slots, capacity, map->slots[i].key) = map->slots[i];
  tsri_map_deinit(map);
  map->slots = slots;
  map->capacity = capacity;
  return TSR_OK;
}

void tsri_map_put(tsri_map *map, uint64_t key, int32_t number) {
  struct tsri_map_slot *slot = slot_of(map->slots, map->capacity, key);
  map->n += slot->key == 0;
  *slot = (struct tsri_map_slot){key, number};
}

void tsri_map_deinit(tsri_map *map) { TSRI_FREE(map->slots, map->capacity); }
