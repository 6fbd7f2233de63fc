/* room.c - small arrays that live as long as one function. */
#include "room.h"

void tsri_room_enter(tsri_room *room, tsr_builder *b) {
  room->b = b;
  room->arena = (tsr_arena){0};
  room->used = 0;
  room->failed = false;
}

tsr_status tsri_room_leave(tsri_room *room) {
  tsr_arena_deinit(&room->arena);
  return tsr_builder_status(room->b);
}

void *tsri_room_take(tsri_room *room, size_t n, size_t size) {
  const size_t align = sizeof(tsr_dim);
  const size_t bytes = (n * size + align - 1) / align * align;
  if (bytes <= sizeof room->bytes - room->used) {
    void *at = (char *)room->bytes + room->used;
    room->used += bytes;
    return at;
  }
  void *out = NULL;
  const tsr_status status = tsr_arena_alloc(&room->arena, bytes, &out);
  if (status != TSR_OK) {
    tsr_builder_fail(room->b, status);
    room->failed = true;
  }
  return out;
}
