/* memory.c - the emulated device's memory: blocks of the host's, each between red zones.
 *
 * A block is not cleared: it holds a pattern that is a NaN of every float type, and so does
 * what is left behind when it is freed. The address sanitizer sees accesses beyond it at
 * once, and the zones show them to everybody else.
 */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  ZONE = 256, /* bytes; also the alignment */
  FRESH = 0xFF,
  STALE = 0xFE,
  GUARD = 0xB7
};

typedef struct block {
  struct block *next;
  char *memory; /* zone, data, zone */
  size_t size;
} block;

static block *blocks;
static size_t in_use, reserved; /* reserved: kept by the pool, too */
static int damaged;

static char *data_of(const block *b) { return b->memory + ZONE; }

static int is_whole(const block *b) {
  for (size_t i = 0; i < ZONE; i++) {
    if ((unsigned char)b->memory[i] != GUARD) return 0;
    if ((unsigned char)data_of(b)[b->size + i] != GUARD) return 0;
  }
  return 1;
}

static void check(const block *b) {
  if (is_whole(b)) return;
  damaged = 1;
  fprintf(stderr, "emulated GPU: something was written next to a block of %zu bytes\n", b->size);
}

tsri_result emulated_take(size_t size, tsri_address *out) {
  *out = 0;
  if (size == 0) return EMULATED_INVALID_VALUE;
  if (size > EMULATED_MEMORY - in_use) return EMULATED_NOMEM;
  block *b = malloc(sizeof *b);
  if (!b) return EMULATED_NOMEM;
  const size_t all = (size + 3 * ZONE - 1) / ZONE * ZONE;
  *b = (block){blocks, aligned_alloc(ZONE, all), size};
  if (!b->memory) {
    free(b);
    return EMULATED_NOMEM;
  }
  memset(b->memory, GUARD, all);
  memset(data_of(b), FRESH, size);
  blocks = b;
  in_use += size;
  if (in_use > reserved) reserved = in_use;
  *out = (tsri_address)(uintptr_t)data_of(b);
  return 0;
}

tsri_result emulated_release(tsri_address data) {
  for (block **at = &blocks; *at; at = &(*at)->next) {
    block *b = *at;
    if ((tsri_address)(uintptr_t)data_of(b) != data) continue;
    check(b);
    *at = b->next;
    in_use -= b->size;
    memset(data_of(b), STALE, b->size);
    free(b->memory);
    free(b);
    return 0;
  }
  return EMULATED_INVALID_VALUE;
}

int emulated_covers(tsri_address data, size_t size) {
  for (const block *b = blocks; b; b = b->next) {
    const tsri_address first = (tsri_address)(uintptr_t)data_of(b);
    if (data >= first && data - first <= b->size && size <= b->size - (size_t)(data - first))
      return 1;
  }
  return 0;
}

int emulated_zones_are_whole(void) {
  for (const block *b = blocks; b; b = b->next)
    check(b);
  return !damaged;
}

size_t emulated_reserved(void) { return reserved; }

void emulated_trim(void) { reserved = in_use; }
