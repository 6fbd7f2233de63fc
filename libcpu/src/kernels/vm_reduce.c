/* vm_reduce.c - reductions of the vector machine, in the order of blocks.h.
 *
 * Long reductions are cut into segments, each a whole subtree of that order; their
 * results meet in the workspace and are joined by the rest of the tree.
 */
#include "variants/stream.h"
#include "vm_internal.h"
#include "vm_tree.h"

#include <string.h>

/* Rows of a tile that are read together, if they are near or not: more would fall out of the caches
 * where rows lie a power of two apart.
 */
enum {
  NEAR_ROWS = 4,
  FAR_ROWS = 8
};

/* Results [pos, pos + n) are complete: write them as elements. */
static void store_results(const tsri_vm_job *job, const tsri_vm_reduction *r, int64_t pos,
                          int64_t n, const char *acc) {
  const tsri_vm *vm = job->vm;
  char *out = job->out[r->view].data;
  enum {
    SOME = 256
  };
  _Alignas(64) char block[SOME * 16];
  if (r->dense && !vm->streams) {
    r->reducer->store(n, acc, out + pos * (int64_t)r->size);
    return;
  }
  for (int64_t i = 0; i < n; i += SOME) {
    int64_t m = tsri_min(SOME, n - i);
    r->reducer->store(m, acc + i * (int64_t)r->reducer->size, block);
    if (r->dense)
      tsri_stream_copy(out + (pos + i) * (int64_t)r->size, block, (size_t)m * r->size);
    else
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

/* How far the trees of all reductions of a task have come; they grow alike. */
typedef struct growth {
  int64_t count;
  int32_t depth;
} growth;

static tsri_tree tree_of(const tsri_vm_task *t, const tsri_vm_reduction *r, int64_t width,
                         growth g) {
  return (tsri_tree){r->reducer, t->frame + r->stack, width, g.count, g.depth};
}

/* The next row of every tree is there. */
static growth grow(const tsri_vm_task *t, int64_t width, growth g) {
  growth after = g;
  for (int32_t i = 0; i < t->vm->n_reductions; i++) {
    tsri_tree tree = tree_of(t, &t->vm->reductions[i], width, g);
    tsri_tree_grow(&tree);
    after = (growth){tree.count, tree.depth};
  }
  return after;
}

static void finish(const tsri_vm_task *t, int64_t segment, int64_t pos, int64_t width, growth g) {
  for (int32_t i = 0; i < t->vm->n_reductions; i++) {
    const tsri_vm_reduction *r = &t->vm->reductions[i];
    tsri_tree tree = tree_of(t, r, width, g);
    emit(t->job, r, segment, pos, width, tsri_tree_finish(&tree));
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
    growth g = {0};
    for (int64_t k = first; k < last; k += vm->block) {
      int64_t n = tsri_min(vm->block, last - k);
      tsri_vm_compute(t, o * vm->count + k, n);
      for (int32_t i = 0; i < vm->n_reductions; i++) {
        const tsri_vm_reduction *r = &vm->reductions[i];
        tsri_tree tree = tree_of(t, r, 1, g);
        r->reducer->runs(1, n, t->slot[r->slot], tsri_tree_place(&tree));
      }
      g = grow(t, 1, g);
    }
    finish(t, segment, o, 1, g);
  }
}

/* ACROSS, narrow: a run of whole rows. Row i goes into lane i mod TSRI_LANES; so many rows
 * lie side by side that a group of them is added to all lanes at once.
 */
static growth run_narrow(tsri_vm_task *t, int64_t pos, int64_t run, growth g) {
  const tsri_vm *vm = t->vm;
  int64_t width = vm->columns, rows_at_once = vm->block / width / TSRI_LANES * TSRI_LANES;
  int64_t lanes = run < TSRI_LANES ? 1 : TSRI_LANES;
  for (int64_t row = 0; row < run; row += rows_at_once) {
    int64_t rows = tsri_min(rows_at_once, run - row), groups = rows / lanes;
    tsri_vm_compute(t, pos + row * width, rows * width);
    for (int32_t i = 0; i < vm->n_reductions; i++) {
      const tsri_vm_reduction *r = &vm->reductions[i];
      const char *x = t->slot[r->slot];
      char *acc = t->frame + r->lanes;
      tsri_rows_of some = {x, groups, lanes * width, lanes * width, vm->far ? rows * width : 0};
      r->reducer->rows(&some, row ? acc : NULL, acc);
      some = (tsri_rows_of){x + (size_t)(groups * lanes * width) * r->size, 1, 0,
                            rows % lanes * width, 0};
      r->reducer->rows(&some, acc, acc);
    }
  }
  for (int32_t i = 0; i < vm->n_reductions; i++) {
    const tsri_vm_reduction *r = &vm->reductions[i];
    tsri_tree tree = tree_of(t, r, width, g);
    char *acc = t->frame + r->lanes;
    if (lanes > 1) r->reducer->halve(width, acc);
    memcpy(tsri_tree_place(&tree), acc, (size_t)width * r->reducer->size);
  }
  return grow(t, width, g);
}

/* ACROSS: results [pos, pos + width) of one segment, whose steps are [first, last). */
typedef struct tile {
  int64_t o, column, width, segment, first, last;
} tile;

static tile tile_of(const tsri_vm *vm, int64_t item) {
  const int64_t n_tiles = tsri_ceil_div(vm->columns, vm->tile), rest = item / vm->n_segments;
  tile it = {.o = rest / n_tiles, .segment = item % vm->n_segments};
  it.column = rest % n_tiles * vm->tile;
  it.width = tsri_min(vm->tile, vm->columns - it.column);
  it.first = it.segment * vm->segment;
  it.last = tsri_min(vm->count, it.first + vm->segment);
  return it;
}

/* Where step k of a tile begins in the loop. */
static int64_t position(const tsri_vm *vm, const tile *it, int64_t k) {
  return (it->o * vm->count + k) * vm->columns + it->column;
}

/* How many steps from k on, `lanes` apart, lie at one stride, of those before end. */
static int64_t together(const tsri_vm *vm, int64_t k, int64_t end, int64_t lanes) {
  if (!vm->plain) return 1;
  const int64_t piece = vm->dims[vm->rank - 2];
  end = tsri_min(end, k - k % piece + piece);
  return tsri_min(tsri_ceil_div(end - k, lanes), vm->far ? FAR_ROWS : NEAR_ROWS);
}

/* Rows where they lie in memory; after is where the next ones wanted begin in the loop. */
static tsri_rows_of in_memory(tsri_vm_task *t, int64_t pos, int64_t after) {
  const tsri_vm *vm = t->vm;
  const tsri_vm_array *a = &vm->in[0];
  const int64_t offset = tsri_offset(vm->rank, vm->dims, a->strides, pos);
  t->slot[a->slot] = (char *)t->job->in[a->view].data + offset * (int64_t)a->size;
  tsri_rows_of rows = {.stride = a->strides[vm->rank - 2]};
  if (vm->far) rows.ahead = tsri_offset(vm->rank, vm->dims, a->strides, after) - offset;
  return rows;
}

/* ACROSS, wide: steps [k, k + run) of a tile, lane after lane. Lanes are halved by adding lane l + h
 * to lane l for h = 8, 4, 2, 1; taken in the order of their reversed bits they come as neighbours,
 * as leaves of the same tree that runs are joined in.
 */
static growth run_wide(tsri_vm_task *t, const tile *it, int64_t k, int64_t run, int64_t after,
                       growth g) {
  const tsri_vm *vm = t->vm;
  static const int8_t order[TSRI_LANES] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
  const int64_t lanes = run < TSRI_LANES ? 1 : TSRI_LANES;
  for (int64_t l = 0; l < lanes; l++) {
    const int64_t first = lanes == 1 ? 0 : order[l];
    for (int64_t row = first, n; row < run; row += n * lanes) {
      const int64_t pos = position(vm, it, k + row);
      n = together(vm, k + row, k + run, lanes);
      tsri_rows_of some = {0};
      if (vm->plain) {
        int64_t next = row + n * lanes;
        if (next >= run) next = l + 1 < lanes ? order[l + 1] : -1;
        some = in_memory(t, pos, next < 0 ? after : position(vm, it, k + next));
      } else {
        tsri_vm_compute(t, pos, it->width);
      }
      some.rows = n;
      some.stride *= lanes;
      some.n = it->width;
      for (int32_t i = 0; i < vm->n_reductions; i++) {
        const tsri_vm_reduction *r = &vm->reductions[i];
        tsri_tree tree = tree_of(t, r, it->width, g);
        void *acc = tsri_tree_place(&tree);
        some.x = t->slot[r->slot];
        r->reducer->rows(&some, row > first ? acc : NULL, acc);
      }
    }
    g = grow(t, it->width, g);
  }
  return g;
}

/* ACROSS: items are (kept index, tile of columns, segment). */
void tsri_vm_run_across(tsri_vm_task *t, int64_t begin, int64_t end) {
  const tsri_vm *vm = t->vm;
  for (int64_t item = begin; item < end; item++) {
    const tile it = tile_of(vm, item), next = tile_of(vm, tsri_min(item + 1, end - 1));
    growth g = {0};
    for (int64_t k = it.first; k < it.last; k += TSRI_RUN) {
      const int64_t run = tsri_min(TSRI_RUN, it.last - k);
      const bool ends = k + run == it.last;
      if (vm->narrow)
        g = run_narrow(t, position(vm, &it, k), run, g);
      else
        g = run_wide(t, &it, k, run,
                     ends ? position(vm, &next, next.first) : position(vm, &it, k + run), g);
    }
    finish(t, it.segment, it.o * vm->columns + it.column, it.width, g);
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
  if (vm->streams) tsri_stream_end();
  return TSR_OK;
}
