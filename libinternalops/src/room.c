/* room.c - small arrays that live as long as one function of a builder. */
#include "room.h"

static tsr_status take(tsri_room *room, size_t n, size_t size, void **out) {
  const size_t unit = sizeof(max_align_t);
  size_t bytes;
  *out = NULL;
  /* Counts may be a caller's: their product is checked like any other. */
  if (__builtin_mul_overflow(n, size, &bytes) || __builtin_add_overflow(bytes, unit - 1, &bytes))
    return TSR_FAIL(TSR_ERR_NOMEM, "cannot allocate %zu items of %zu bytes", n, size);
  bytes = bytes / unit * unit;
  if (bytes > sizeof room->bytes - room->used) return tsr_arena_alloc(&room->arena, bytes, out);
  *out = (char *)room->bytes + room->used;
  room->used += bytes;
  return TSR_OK;
}

void *tsri_room_take(tsri_room *room, size_t n, size_t size) {
  void *at;
  if (tsr_builder_fail(room->b, take(room, n, size, &at)) != TSR_OK) at = NULL;
  room->failed |= at == NULL;
  return at;
}
