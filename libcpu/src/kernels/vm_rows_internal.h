/* vm_rows_internal.h - what the files that plan programs of rows share. */
#ifndef TSRI_VM_ROWS_INTERNAL_H
#define TSRI_VM_ROWS_INTERNAL_H

#include "vm_rows.h"

/* A program in the making. Strides are those of the source in the loop's order, fused. */
typedef struct tsri_rows_planner {
  const tsri_rows_source *s;
  tsri_rows *rows;
  uint64_t reduced;  /* the axes of s that rows are made along */
  tsr_arena scratch; /* gone with the planner */
  int64_t **strides; /* [n_inputs + n_outputs] of [rank] */
  int8_t *state;     /* [n_passes][n_steps] tsri_rows_need */
  int64_t block;     /* elements */
  int64_t *cost;     /* [n_steps] of computing them, in operations */
  int64_t worth;     /* so much that they are kept from pass to pass */
} tsri_rows_planner;

/* What a pass does about a step. */
typedef enum tsri_rows_need {
  TSRI_ROWS_UNUSED,
  TSRI_ROWS_COMPUTED,
  TSRI_ROWS_FOUND /* where an earlier pass left it */
} tsri_rows_need;

static inline bool tsri_rows_is_load(const tsr_expr_step *step) { return step->op == NULL; }
static inline bool tsri_rows_reduces(const tsr_expr_step *step) {
  return step->op && tsr_expr_reduces(step->op);
}

/* tsri_rows_alloc - n items of the arena; no overflow, n counts steps or axes. */
static inline tsr_status tsri_rows_alloc(tsr_arena *arena, int64_t n, size_t size, void *out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)n * size, &memory));
  *(void **)out = memory;
  return TSR_OK;
}

/* vm_rows_axes.c: order and fuse the loop; sets its sizes and p->strides. */
tsr_status tsri_rows_plan_axes(tsri_rows_planner *p);

/* vm_rows_frame.c: passes as lists, and which block of the frame holds what. */
tsr_status tsri_rows_plan_passes(tsri_rows_planner *p);

#endif /* TSRI_VM_ROWS_INTERNAL_H */
