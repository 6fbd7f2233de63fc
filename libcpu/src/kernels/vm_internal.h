/* vm_internal.h - what the files of the vector machine share. */
#ifndef TSRI_VM_INTERNAL_H
#define TSRI_VM_INTERNAL_H

#include "vm.h"

#include <stdatomic.h>

/* A program in the making. */
typedef struct tsri_vm_planner {
  const tsri_vm_source *s;
  tsri_vm *vm;
  char *memory; /* the rest of vm's allocation */
  int32_t n_arrays;
  int64_t **strides; /* [n_arrays] of [rank], loads first, then outputs */
  int32_t *order;    /* [rank] loop axis at each place */
  int32_t group[3];  /* axes kept outside, reduced, columns */
} tsri_vm_planner;

/* The next bytes of the program's allocation. */
static inline void *tsri_vm_take(tsri_vm_planner *p, size_t bytes) {
  void *result = p->memory;
  p->memory += tsri_round_up(bytes, 16);
  return result;
}

static inline bool tsri_vm_is_load(const tsr_expr_step *step) { return step->op == NULL; }

/* vm_axes.c: order, fuse and cut the loop; fills in sizes and p->strides. */
void tsri_vm_plan_axes(tsri_vm_planner *p);

/* A program at work. */
typedef struct tsri_vm_task tsri_vm_task;

typedef struct tsri_vm_job {
  const tsri_vm *vm;
  const tsr_view *in, *out;
  char *workspace;
  void (*run)(tsri_vm_task *task, int64_t begin, int64_t end);
  _Atomic int32_t found; /* what block functions returned, or-ed */
} tsri_vm_job;

struct tsri_vm_task {
  const tsri_vm *vm;
  tsri_vm_job *job;
  char *frame;
  void **slot;      /* [n_steps] */
  int64_t repeated; /* elements of the blocks of arrays that repeat, if they begin with a row */
  int32_t found;
};

/* vm_chain.c: make chains of instructions, and run one on rows of n elements of the slots, which
 * are pitch bytes apart.
 */
void tsri_vm_plan_chains(tsri_vm_planner *p);
void tsri_vm_run_chain(const tsri_vm *vm, const tsri_vm_chain *chain, void *const *slots,
                       const int64_t *pitch, int64_t rows, int64_t n);

/* vm_places.c: where arrays are found, once chains are known. */
void tsri_vm_place_arrays(tsri_vm_planner *p);

/* Work on a range of items, with a frame for blocks. */
typedef void (*tsri_vm_work)(void *job, char *frame, int64_t begin, int64_t end);

/* vm_run.c: share items in chunks, each with so many bytes of its thread's stack. */
tsr_status tsri_vm_share(tsr_stream *stream, size_t frame, int64_t items, int64_t chunk,
                         tsri_vm_work run, void *job);

/* vm_run.c: compute elements [pos, pos + n) of everything. */
void tsri_vm_compute(tsri_vm_task *t, int64_t pos, int64_t n);

typedef enum tsri_vm_way {
  TSRI_VM_GATHER,
  TSRI_VM_SCATTER
} tsri_vm_way;

/* vm_run.c: move elements [pos, pos + n) of a strided array to or from a dense block. */
void tsri_vm_exchange(tsri_vm_way way, tsri_move move, size_t size, int32_t rank,
                      const int64_t *dims, const int64_t *strides, char *strided, char *dense,
                      int64_t pos, int64_t n);

/* vm_reduce.c: work on a range of items, and the joins of what segments gave. */
void tsri_vm_run_down_short(tsri_vm_task *t, int64_t begin, int64_t end);
void tsri_vm_run_down_long(tsri_vm_task *t, int64_t begin, int64_t end);
void tsri_vm_run_across(tsri_vm_task *t, int64_t begin, int64_t end);
tsr_status tsri_vm_join_segments(void *job, int64_t begin, int64_t end);

#endif /* TSRI_VM_INTERNAL_H */
