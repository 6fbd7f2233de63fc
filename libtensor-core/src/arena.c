/* libtensor-core/src/arena.c - bump allocation in a chain of blocks.
 *
 * With TSR_STRESS every request gets a block of its own, so that a sanitizer
 * sees each one's end.
 */
#include "tsr/arena.h"

#include <string.h>

#include "tsr/alloc.h"

struct tsr_arena_block {
  tsr_arena_block *before;
  size_t size; /* bytes after the header */
  size_t used;
};

enum {
  ALIGN = _Alignof(max_align_t)
};
enum {
  HEADER = (sizeof(tsr_arena_block) + ALIGN - 1) / ALIGN * ALIGN
};

#ifdef TSR_STRESS
static size_t usual_size(const tsr_arena *arena) {
  (void)arena;
  return 0;
}
#else
enum {
  DEFAULT_BLOCK = 4096
};
static size_t usual_size(const tsr_arena *arena) {
  size_t whole = arena->block_size ? arena->block_size : DEFAULT_BLOCK;
  return whole > HEADER ? (whole - HEADER) / ALIGN * ALIGN : 0;
}
#endif

static tsr_status add_block(tsr_arena *arena, size_t least) {
  size_t size = usual_size(arena), whole;
  if (size < least) size = least;
  if (__builtin_add_overflow(size, (size_t)HEADER, &whole))
    return TSR_FAIL(TSR_ERR_NOMEM, "cannot allocate %zu bytes", size);
  void *memory;
  TSR_TRY(tsr_alloc(whole, 0, &memory));
  tsr_arena_block *block = memory;
  block->before = arena->last;
  block->size = size;
  block->used = 0;
  arena->last = block;
  return TSR_OK;
}

static void drop_block(tsr_arena_block *block) { tsr_free(block, HEADER + block->size, 0); }

tsr_status tsr_arena_alloc(tsr_arena *arena, size_t size, void **out) {
  *out = NULL;
  size_t rounded;
  if (__builtin_add_overflow(size ? size : 1, (size_t)ALIGN - 1, &rounded))
    return TSR_FAIL(TSR_ERR_NOMEM, "cannot allocate %zu bytes", size);
  rounded = rounded / ALIGN * ALIGN;
  if (arena->last == NULL || arena->last->size - arena->last->used < rounded)
    TSR_TRY(add_block(arena, rounded));
  tsr_arena_block *block = arena->last;
  *out = (char *)block + HEADER + block->used;
  block->used += rounded;
  memset(*out, 0, rounded);
  return TSR_OK;
}

tsr_status tsr_arena_copy(tsr_arena *arena, const void *bytes, size_t size, void **out) {
  TSR_TRY(tsr_arena_alloc(arena, size, out));
  if (size) memcpy(*out, bytes, size);
  return TSR_OK;
}

void tsr_arena_reset(tsr_arena *arena) {
  tsr_arena_block *kept = arena->last;
  if (kept == NULL) return;
  while (kept->before) {
    tsr_arena_block *before = kept->before;
    kept->before = before->before;
    drop_block(before);
  }
  kept->used = 0;
}

void tsr_arena_deinit(tsr_arena *arena) {
  while (arena->last) {
    tsr_arena_block *before = arena->last->before;
    drop_block(arena->last);
    arena->last = before;
  }
}
