/* vm_reduce.c - reductions of the vector machine, in the order of blocks.h.
 *
 * Long reductions are cut into segments, each a whole subtree of that order; their
 * results meet in the workspace and are joined by the rest of the tree.
 */
#include "vm_internal.h"
#include "vm_tree.h"

#include <string.h>

/* Results [pos, pos + n) are complete: write them as elements. */
static void store_results(const tsri_vm_job *job, const tsri_vm_reduction *r, int64_t pos,
                          int64_t n, const char *acc) {
  const tsri_vm *vm = job->vm;
  char *out = job->out[r->view].data;
  if (r->dense) {
    r->reducer->store(n, acc, out + pos * (int64_t)r->size);
    return;
  }
  _Alignas(64) char block[64 * 16];
  for (int64_t i = 0; i < n; i += 64) {
    int64_t m = tsri_min(64, n - i);
    r->reducer->store(m, acc + i * (int64_t)r->reducer->size, block);
    tsri_vm_exchange(TSRI_VM_SCATTER, r->move, r->size, vm->kept_rank, vm->kept_dims, r->strides,
                     out, block, pos + i, m);
  }
}

/* Results of one segment: final when there is just one, else kept for the last joins. */
static void emit(const tsri_vm_job *job, const tsri_vm_reduction *r, int64_t segment, int64_t pos,
                 int64_t n, const void *acc) {
  const tsri_vm *vm = job->vm;
  if (vm->n_segments == 1) {
    store_results(job, r, pos, n, acc);
  } else {
    size_t at = (size_t)(segment * vm->kept * vm->columns + pos) * r->reducer->size;
    memcpy(job->workspace + r->partial + at, acc, (size_t)n * r->reducer->size);
  }
}

/* DOWN, short: several whole results in a block. */
void tsri_vm_run_down_short(tsri_vm_task *t, int64_t begin, int64_t end) {
  const tsri_vm *vm = t->vm;
  int64_t per_block = vm->count ? tsri_max(1, vm->block / vm->count) : vm->block;
  for (int64_t o = begin; o < end; o += per_block) {
    int64_t m = tsri_min(per_block, end - o);
    if (vm->count) tsri_vm_compute(t, o * vm->count, m * vm->count);
    for (int32_t i = 0; i < vm->n_reductions; i++) {
      const tsri_vm_reduction *r = &vm->reductions[i];
      char *acc = t->frame + r->lanes;
      if (vm->count)
        r->reducer->runs(m, vm->count, t->slot[r->slot], acc);
      else
        r->reducer->clear(m, acc);
      emit(t->job, r, 0, o, m, acc);
    }
  }
}

/* DOWN, long: items are (result, segment). */
void tsri_vm_run_down_long(tsri_vm_task *t, int64_t begin, int64_t end) {
  const tsri_vm *vm = t->vm;
  for (int64_t item = begin; item < end; item++) {
    int64_t o = item / vm->n_segments, segment = item % vm->n_segments;
    int64_t first = segment * vm->segment, last = tsri_min(vm->count, first + vm->segment);
    /* The stacks lie in the frame; only how full they are is kept here. */
    int32_t depth = 0;
    int64_t count = 0;
    for (int64_t k = first; k < last; k += vm->block) {
      int64_t n = tsri_min(vm->block, last - k);
      tsri_vm_compute(t, o * vm->count + k, n);
      tsri_tree after = {0};
      for (int32_t i = 0; i < vm->n_reductions; i++) {
        const tsri_vm_reduction *r = &vm->reductions[i];
        tsri_tree sums = {r->reducer, t->frame + r->stack, 1, count, depth};
        const char *x = t->slot[r->slot];
        char *acc = t->frame + r->lanes;
        int64_t whole = n / TSRI_RUN, rest = n % TSRI_RUN;
        r->reducer->runs(whole, TSRI_RUN, x, acc);
        if (rest)
          r->reducer->runs(1, rest, x + (size_t)(whole * TSRI_RUN) * r->size,
                           acc + (size_t)whole * r->reducer->size);
        for (int64_t j = 0; j < whole + (rest != 0); j++)
          tsri_tree_push(&sums, acc + (size_t)j * r->reducer->size);
        after = sums;
      }
      depth = after.depth;
      count = after.count;
    }
    for (int32_t i = 0; i < vm->n_reductions; i++) {
      const tsri_vm_reduction *r = &vm->reductions[i];
      tsri_tree sums = {r->reducer, t->frame + r->stack, 1, count, depth};
      emit(t->job, r, segment, o, 1, tsri_tree_finish(&sums));
    }
  }
}

/* ACROSS, narrow: a run of whole rows. Row i goes into lane i mod TSRI_LANES; so many rows
 * lie side by side that a group of them is added to all lanes at once.
 */
static void run_narrow(tsri_vm_task *t, int64_t pos, int64_t run) {
  const tsri_vm *vm = t->vm;
  int64_t width = vm->columns, rows_at_once = vm->block / width / TSRI_LANES * TSRI_LANES;
  int64_t lanes = run < TSRI_LANES ? 1 : TSRI_LANES;
  for (int32_t i = 0; i < vm->n_reductions; i++)
    vm->reductions[i].reducer->clear(lanes * width, t->frame + vm->reductions[i].lanes);
  for (int64_t row = 0; row < run; row += rows_at_once) {
    int64_t rows = tsri_min(rows_at_once, run - row);
    tsri_vm_compute(t, pos + row * width, rows * width);
    for (int32_t i = 0; i < vm->n_reductions; i++) {
      const tsri_vm_reduction *r = &vm->reductions[i];
      const char *x = t->slot[r->slot];
      for (int64_t k = 0; k < rows; k += lanes)
        r->reducer->add(tsri_min(lanes, rows - k) * width, x + (size_t)(k * width) * r->size,
                        t->frame + r->lanes);
    }
  }
  for (int32_t i = 0; i < vm->n_reductions; i++) {
    const tsri_vm_reduction *r = &vm->reductions[i];
    char *acc = t->frame + r->lanes;
    for (int64_t half = lanes / 2; half; half /= 2)
      r->reducer->merge(half * width, acc + (size_t)(half * width) * r->reducer->size, acc);
  }
}

/* ACROSS, wide: one row at a time, lane after lane. Lanes are halved by adding lane l + h
 * to lane l for h = 8, 4, 2, 1; taken in the order of their reversed bits they come as
 * neighbours, and a binary counter needs a handful of rows instead of all lanes.
 */
static void run_wide(tsri_vm_task *t, int64_t pos, int64_t run, int64_t width) {
  const tsri_vm *vm = t->vm;
  static const int8_t order[TSRI_LANES] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
  int64_t lanes = run < TSRI_LANES ? 1 : TSRI_LANES;
  int32_t depth = 0;
  for (int64_t l = 0; l < lanes; l++) {
    for (int32_t i = 0; i < vm->n_reductions; i++) {
      const tsri_vm_reduction *r = &vm->reductions[i];
      size_t level = (size_t)(depth * width) * r->reducer->size;
      r->reducer->clear(width, t->frame + r->lanes + level);
    }
    for (int64_t row = lanes == 1 ? 0 : order[l]; row < run; row += lanes) {
      tsri_vm_compute(t, pos + row * vm->columns, width);
      for (int32_t i = 0; i < vm->n_reductions; i++) {
        const tsri_vm_reduction *r = &vm->reductions[i];
        size_t level = (size_t)(depth * width) * r->reducer->size;
        r->reducer->add(width, t->slot[r->slot], t->frame + r->lanes + level);
      }
    }
    depth++;
    for (int64_t count = l + 1; !(count & 1); count /= 2, depth--)
      for (int32_t i = 0; i < vm->n_reductions; i++) {
        const tsri_vm_reduction *r = &vm->reductions[i];
        char *top = t->frame + r->lanes + (size_t)((depth - 1) * width) * r->reducer->size;
        r->reducer->merge(width, top, top - (size_t)width * r->reducer->size);
      }
  }
}

/* ACROSS: items are (kept index, tile of columns, segment). */
void tsri_vm_run_across(tsri_vm_task *t, int64_t begin, int64_t end) {
  const tsri_vm *vm = t->vm;
  int64_t n_tiles = tsri_ceil_div(vm->columns, vm->tile);
  for (int64_t item = begin; item < end; item++) {
    int64_t segment = item % vm->n_segments, rest = item / vm->n_segments;
    int64_t o = rest / n_tiles, column = rest % n_tiles * vm->tile;
    int64_t width = tsri_min(vm->tile, vm->columns - column);
    int64_t first = segment * vm->segment, last = tsri_min(vm->count, first + vm->segment);
    int32_t depth = 0;
    int64_t count = 0;
    for (int64_t k = first; k < last; k += TSRI_RUN) {
      int64_t run = tsri_min(TSRI_RUN, last - k);
      int64_t pos = (o * vm->count + k) * vm->columns + column;
      if (vm->columns <= TSRI_NARROW)
        run_narrow(t, pos, run);
      else
        run_wide(t, pos, run, width);
      tsri_tree after = {0};
      for (int32_t i = 0; i < vm->n_reductions; i++) {
        const tsri_vm_reduction *r = &vm->reductions[i];
        tsri_tree sums = {r->reducer, t->frame + r->stack, width, count, depth};
        tsri_tree_push(&sums, t->frame + r->lanes);
        after = sums;
      }
      depth = after.depth;
      count = after.count;
    }
    for (int32_t i = 0; i < vm->n_reductions; i++) {
      const tsri_vm_reduction *r = &vm->reductions[i];
      tsri_tree sums = {r->reducer, t->frame + r->stack, width, count, depth};
      emit(t->job, r, segment, o * vm->columns + column, width, tsri_tree_finish(&sums));
    }
  }
}

/* The top of the trees: join the segments of a range of results. */
tsr_status tsri_vm_join_segments(void *ctx, int64_t begin, int64_t end) {
  const tsri_vm_job *job = ctx;
  const tsri_vm *vm = job->vm;
  enum {
    WIDTH = 16,
    LEVELS = 64
  };
  for (int32_t i = 0; i < vm->n_reductions; i++) {
    const tsri_vm_reduction *r = &vm->reductions[i];
    for (int64_t o = begin; o < end; o += WIDTH) {
      _Alignas(64) char stack[WIDTH * LEVELS * 16];
      tsri_tree sums = {r->reducer, stack, tsri_min(WIDTH, end - o), 0, 0};
      for (int64_t s = 0; s < vm->n_segments; s++) {
        size_t at = (size_t)(s * vm->kept * vm->columns + o) * r->reducer->size;
        tsri_tree_push(&sums, job->workspace + r->partial + at);
      }
      store_results(job, r, o, sums.width, tsri_tree_finish(&sums));
    }
  }
  return TSR_OK;
}
