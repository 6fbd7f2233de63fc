/* room.h - small arrays that live as long as one function of a builder.
 *
 * Rules and surface functions build lists of axes and dims. A request that fails latches
 * in the builder and marks the room, so a function asks for all its arrays and checks once:
 *
 *   tsri_room room;
 *   tsri_room_enter(&room, b);
 *   int64_t *axes = tsri_room_axes(&room, n);
 *   tsr_dim *dims = tsri_room_dims(&room, n);
 *   if (!room.failed) { ... }
 *   return tsri_room_leave(&room);
 *
 * A little lies in the room itself, more comes from the heap.
 */
#ifndef TSRI_ROOM_H
#define TSRI_ROOM_H

#include "tsr/arena.h"
#include "tsr/spi/builder.h"

typedef struct tsri_room {
  tsr_builder *b;
  bool failed;
  size_t used; /* of bytes, which stay as they were */
  tsr_arena arena;
  max_align_t bytes[1024 / sizeof(max_align_t)];
} tsri_room;

static inline void tsri_room_enter(tsri_room *room, tsr_builder *b) {
  room->b = b;
  room->failed = false;
  room->used = 0;
  room->arena = (tsr_arena){0};
}

/* The builder's status, for rules to end in. */
static inline tsr_status tsri_room_leave(tsri_room *room) {
  if (room->arena.last) tsr_arena_deinit(&room->arena);
  return tsr_builder_status(room->b);
}

/* n items of size bytes, not zeroed; NULL when it fails. */
void *tsri_room_take(tsri_room *room, size_t n, size_t size);

static inline int64_t *tsri_room_axes(tsri_room *room, size_t n) {
  return tsri_room_take(room, n, sizeof(int64_t));
}
static inline tsr_dim *tsri_room_dims(tsri_room *room, size_t n) {
  return tsri_room_take(room, n, sizeof(tsr_dim));
}
static inline tsr_value *tsri_room_values(tsri_room *room, size_t n) {
  return tsri_room_take(room, n, sizeof(tsr_value));
}

#endif /* TSRI_ROOM_H */
