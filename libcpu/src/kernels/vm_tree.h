/* vm_tree.h - the tree in which runs of a reduction are joined (blocks.h), as a binary counter:
 * equal subtrees are joined as soon as both exist.
 */
#ifndef TSRI_VM_TREE_H
#define TSRI_VM_TREE_H

#include "blocks.h"

#include <string.h>

typedef struct tsri_tree {
  const tsri_reducer *reducer;
  char *stack; /* a row of accumulators for each level */
  int64_t width, count;
  int32_t depth;
} tsri_tree;

static inline char *tsri_tree_level(const tsri_tree *t, int32_t level) {
  return t->stack + (size_t)(level * t->width) * t->reducer->size;
}

static inline void tsri_tree_join(tsri_tree *t) {
  t->depth--;
  t->reducer->merge(t->width, tsri_tree_level(t, t->depth), tsri_tree_level(t, t->depth - 1));
}

/* Where the next row goes, and that it is there. */
static inline void *tsri_tree_place(const tsri_tree *t) { return tsri_tree_level(t, t->depth); }

static inline void tsri_tree_grow(tsri_tree *t) {
  t->depth++;
  for (int64_t count = ++t->count; !(count & 1); count /= 2)
    tsri_tree_join(t);
}

static inline void tsri_tree_push(tsri_tree *t, const void *row) {
  memcpy(tsri_tree_place(t), row, (size_t)t->width * t->reducer->size);
  tsri_tree_grow(t);
}

static inline const void *tsri_tree_finish(tsri_tree *t) {
  if (!t->depth) t->reducer->clear(t->width, t->stack);
  while (t->depth > 1)
    tsri_tree_join(t);
  return t->stack;
}

#endif /* TSRI_VM_TREE_H */
