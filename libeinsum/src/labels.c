/* labels.c - labels are numbered in order of first use; a hash table finds them again. */
#include "einsum_internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "tsr/hash.h"

tsr_status tsri_names_init(tsri_names *names, size_t room, tsr_arena *arena) {
  *names = (tsri_names){0};
  while (((size_t)1 << names->log) < 2 * room + 2)
    names->log++;
  void *list, *table;
  TSR_TRY(tsr_arena_alloc(arena, room * sizeof *names->names, &list));
  TSR_TRY(tsr_arena_alloc(arena, sizeof *names->table << names->log, &table));
  names->names = list;
  names->table = table;
  names->room = (int32_t)room;
  return TSR_OK;
}

/* Slot of a name, or the empty one where it belongs. */
static size_t slot_of(const tsri_names *names, int64_t name) {
  size_t mask = ((size_t)1 << names->log) - 1;
  size_t i = (size_t)tsr_hash_u64(TSR_HASH_SEED, (uint64_t)name) & mask;
  while (names->table[i] && names->names[names->table[i] - 1] != name)
    i = (i + 1) & mask;
  return i;
}

int32_t tsri_names_find(const tsri_names *names, int64_t name) {
  return names->table[slot_of(names, name)] - 1;
}

int32_t tsri_names_add(tsri_names *names, int64_t name) {
  size_t i = slot_of(names, name);
  if (!names->table[i]) {
    names->names[names->n++] = name;
    names->table[i] = names->n;
  }
  return names->table[i] - 1;
}

const char *tsri_name_text(bool numbered, int64_t name, char buffer[TSRI_LABEL_TEXT]) {
  uint32_t c = (uint32_t)name;
  if (numbered)
    snprintf(buffer, TSRI_LABEL_TEXT, "%" PRId64, name);
  else if (c < 0x80)
    snprintf(buffer, TSRI_LABEL_TEXT, "%c", (int)c);
  else if (c < 0x800)
    snprintf(buffer, TSRI_LABEL_TEXT, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 63)));
  else if (c < 0x10000)
    snprintf(buffer, TSRI_LABEL_TEXT, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 63)),
             (int)(0x80 | (c & 63)));
  else
    snprintf(buffer, TSRI_LABEL_TEXT, "%c%c%c%c", (int)(0xf0 | c >> 18),
             (int)(0x80 | (c >> 12 & 63)), (int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
  return buffer;
}
