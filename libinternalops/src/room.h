/* room.h - small arrays that live as long as one function.
 *
 * Rules and surface functions build lists of axes and dims. While ranks are small these
 * stand on the stack; beyond that they come from an arena. A request that fails latches
 * in the builder and marks the room, so a function asks for all its arrays and checks once:
 *
 *   tsri_room room;
 *   tsri_room_enter(&room, b);
 *   int64_t *axes = tsri_room_axes(&room, n);
 *   tsr_dim *dims = tsri_room_dims(&room, n);
 *   if (!room.failed) { ... }
 *   return tsri_room_leave(&room);
 */
#ifndef TSRI_ROOM_H
#define TSRI_ROOM_H

#include "tsr/layout.h"
#include "tsr/spi/builder.h"

/* A dozen shapes of the largest inline rank. */
#define TSRI_ROOM_BYTES (TSR_INLINE_RANK * sizeof(tsr_dim) * 12)

typedef struct tsri_room {
  tsr_builder *b;
  tsr_arena arena; /* what does not fit in bytes */
  size_t used;
  bool failed;
  tsr_dim bytes[TSRI_ROOM_BYTES / sizeof(tsr_dim)];
} tsri_room;

/* tsri_room_enter, tsri_room_leave - begin and end; leave gives the builder's status. */
void tsri_room_enter(tsri_room *room, tsr_builder *b);
tsr_status tsri_room_leave(tsri_room *room);

/* tsri_room_take - n items of size bytes, not zeroed; NULL when it fails. */
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
