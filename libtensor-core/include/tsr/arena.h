/* tsr/arena.h - bump allocation of many small things that die together. */
#ifndef TSR_ARENA_H
#define TSR_ARENA_H

#include "tsr/status.h"

TSR_BEGIN

typedef struct tsr_arena_block tsr_arena_block;
typedef struct tsr_arena {
  tsr_arena_block *last;
  size_t block_size; /* bytes of a fresh block; 0 means 4 KiB */
} tsr_arena;

/* A zeroed tsr_arena is ready for use. */

/* tsr_arena_alloc - size zeroed bytes aligned for any type, owned by the arena.
 *
 * in   arena  zeroed or in use
 *      size   bytes; 0 gives a unique non-NULL pointer
 * out  out    never NULL on success
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_arena_alloc(tsr_arena *arena, size_t size, void **out);

/* tsr_arena_copy - the same, filled from memory.
 *
 * in   arena  zeroed or in use
 *      bytes, size  what to copy; bytes may be NULL when size is 0
 * out  out    the copy
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_arena_copy(tsr_arena *arena, const void *bytes, size_t size,
                                                void **out);

/* tsr_arena_reset, tsr_arena_deinit - forget everything, keeping one block or none. */
TSR_API void tsr_arena_reset(tsr_arena *arena);
TSR_API void tsr_arena_deinit(tsr_arena *arena);

TSR_END

#endif /* TSR_ARENA_H */
