/* vm_run.c - running a program of the vector machine.
 *
 * A task walks a range of the loop block by block, with its blocks in a frame on its
 * own stack.
 */
#include "variants/stream.h"
#include "vm_internal.h"

/* Move elements [pos, pos + n) of a strided array to or from a dense block. */
void tsri_vm_exchange(tsri_vm_way way, tsri_move move, size_t size, int32_t rank,
                      const int64_t *dims, const int64_t *strides, char *strided, char *dense,
                      int64_t pos, int64_t n) {
  int64_t inner = rank ? dims[rank - 1] : 1, s = rank ? strides[rank - 1] : 0;
  int64_t outer_size = rank > 1 ? dims[rank - 2] : 1, outer = rank > 1 ? strides[rank - 2] : 0;
  int64_t row = pos / inner, col = pos - row * inner;
  while (n > 0) {
    char *at = strided + (tsri_offset(rank - 1, dims, strides, row) + col * s) * (int64_t)size;
    int64_t rows = 1, cols = tsri_min(n, inner - col);
    if (cols == inner) rows = tsri_min(n / inner, outer_size - row % outer_size);
    if (way == TSRI_VM_GATHER)
      move(rows, cols, at, outer, s, dense, cols, 1);
    else
      move(rows, cols, dense, cols, 1, at, outer, s);
    dense += rows * cols * (int64_t)size;
    n -= rows * cols;
    row += rows;
    col = 0;
  }
}

/* Where a block of an array is or shall be; NULL: in the frame, by way of exchange. */
static char *in_place(const tsri_vm *vm, const tsri_vm_array *a, void *data, int64_t pos,
                      int64_t n) {
  if (a->repeats) return NULL;
  if (a->kind == TSRI_VM_DENSE) return (char *)data + pos * (int64_t)a->size;
  if (a->kind == TSRI_VM_STRIDED)
    if (pos % a->piece + n > a->piece) return NULL;
  return (char *)data + tsri_offset(vm->rank, vm->dims, a->strides, pos) * (int64_t)a->size;
}

static void begin_task(tsri_vm_task *t) {
  const tsri_vm *vm = t->vm;
  t->slot = (void **)(void *)t->frame;
  for (int32_t i = 0; i < vm->n_steps; i++)
    t->slot[i] = vm->temporaries[i] == SIZE_MAX ? NULL : t->frame + vm->temporaries[i];
  for (int32_t i = 0; i < vm->n_in; i++) {
    const tsri_vm_array *a = &vm->in[i];
    if (a->kind != TSRI_VM_SCALAR || vm->total == 0) continue;
    t->slot[a->slot] = t->job->in[a->view].data;
    if (vm->homes[a->slot] == TSRI_VM_NUMBER) continue;
    t->slot[a->slot] = t->frame + a->buffer;
    a->move(1, vm->block, t->job->in[a->view].data, 0, 0, t->slot[a->slot], 0, 1);
  }
}

/* Gather a block; numbers of rows are repeated as a whole where they lie side by side. */
static void gather(const tsri_vm *vm, const tsri_vm_array *a, char *data, int64_t pos, int64_t n,
                   char *block) {
  const int64_t inner = vm->inner, rows = n / inner;
  const bool whole = pos % inner == 0 && n % inner == 0;
  const bool together = vm->rank == 2 && a->strides[0] == 1 && a->strides[1] == 0;
  if (whole && together)
    tsri_spread_of(a->size)(rows, inner, data + pos / inner * (int64_t)a->size, block);
  else
    tsri_vm_exchange(TSRI_VM_GATHER, a->move, a->size, vm->rank, vm->dims, a->strides, data, block,
                     pos, n);
}

/* Find or gather elements [pos, pos + n) of the inputs. */
static void load(tsri_vm_task *t, int64_t pos, int64_t n) {
  const tsri_vm *vm = t->vm;
  const bool at_row = vm->repeats && pos % vm->inner == 0, again = at_row && n <= t->repeated;
  for (int32_t i = 0; i < vm->n_in; i++) {
    const tsri_vm_array *a = &vm->in[i];
    if (a->kind == TSRI_VM_SCALAR || (a->repeats && again)) continue;
    void *data = t->job->in[a->view].data;
    char *place = in_place(vm, a, data, pos, n);
    if (!place) {
      place = t->frame + a->buffer;
      gather(vm, a, data, pos, n, place);
    }
    t->slot[a->slot] = place;
  }
  if (!again) t->repeated = at_row ? n : 0;
}

/* Where the outputs shall go. */
static void find_outputs(tsri_vm_task *t, int64_t pos, int64_t n) {
  const tsri_vm *vm = t->vm;
  for (int32_t i = 0; i < vm->n_out; i++) {
    const tsri_vm_array *a = &vm->out[i];
    char *place = in_place(vm, a, t->job->out[a->view].data, pos, n);
    t->slot[a->slot] = place ? place : t->frame + a->buffer;
  }
}

static void store(const tsri_vm_task *t, int64_t pos, int64_t n) {
  const tsri_vm *vm = t->vm;
  for (int32_t i = 0; i < vm->n_out; i++) {
    const tsri_vm_array *a = &vm->out[i];
    void *data = t->job->out[a->view].data;
    char *block = t->frame + a->buffer;
    if (a->kind == TSRI_VM_STRIDED && t->slot[a->slot] == block)
      tsri_vm_exchange(TSRI_VM_SCATTER, a->move, a->size, vm->rank, vm->dims, a->strides, data,
                       block, pos, n);
  }
}

/* Compute elements [pos, pos + n) of everything. */
void tsri_vm_compute(tsri_vm_task *t, int64_t pos, int64_t n) {
  const tsri_vm *vm = t->vm;
  const int64_t rows = vm->by_rows && n > vm->inner ? n / vm->inner : 1;
  load(t, pos, n);
  find_outputs(t, pos, n);
  for (int32_t i = 0; i < vm->n_instructions; i += vm->instructions[i].span) {
    const tsri_vm_instruction *k = &vm->instructions[i];
    if (k->chain) {
      tsri_vm_run_chain(vm, k->chain, t->slot, vm->rows, rows, n / rows);
      continue;
    }
    const void *args[3] = {t->slot[k->args[0]], t->slot[k->args[1]], t->slot[k->args[2]]};
    t->found |= k->run(n, args, t->slot[k->out]);
  }
  store(t, pos, n);
}

/* How many of n elements from begin on make a block. */
static int64_t block_of(const tsri_vm *vm, int64_t begin, int64_t n) {
  if (!vm->by_rows && !vm->in_rows && !vm->repeats) return n;
  const int64_t row = begin / vm->inner, left = vm->inner - begin % vm->inner;
  if (vm->in_rows || left < vm->inner || n < vm->inner) return tsri_min(n, left);
  int64_t rows = n / vm->inner;
  if (vm->by_rows) rows = tsri_min(rows, vm->dims[vm->rank - 2] - row % vm->dims[vm->rank - 2]);
  return rows * vm->inner;
}

static void run_map(tsri_vm_task *t, int64_t begin, int64_t end) {
  const tsri_vm *vm = t->vm;
  while (begin < end) {
    int64_t n = block_of(vm, begin, tsri_min(vm->block, end - begin));
    tsri_vm_compute(t, begin, n);
    begin += n;
  }
}

static void run_task(void *ctx, char *frame, int64_t begin, int64_t end) {
  tsri_vm_job *job = ctx;
  tsri_vm_task t = {.vm = job->vm, .job = job, .frame = frame};
  begin_task(&t);
  job->run(&t, begin, end);
  if (job->vm->streams) tsri_stream_end();
  if (t.found) atomic_fetch_or_explicit(&job->found, t.found, memory_order_relaxed);
}

typedef struct framed {
  tsri_vm_work run;
  void *job;
} framed;

static tsr_status run_small(void *ctx, int64_t begin, int64_t end) {
  _Alignas(64) char frame[TSRI_VM_FRAME];
  const framed *f = ctx;
  f->run(f->job, frame, begin, end);
  return TSR_OK;
}

static tsr_status run_large(void *ctx, int64_t begin, int64_t end) {
  _Alignas(64) char frame[TSRI_VM_LARGE_FRAME];
  const framed *f = ctx;
  f->run(f->job, frame, begin, end);
  return TSR_OK;
}

tsr_status tsri_vm_share(tsr_stream *stream, size_t frame, int64_t items, int64_t chunk,
                         tsri_vm_work run, void *job) {
  framed f = {run, job};
  return tsri_parallel_ranges(stream, items, chunk, frame > TSRI_VM_FRAME ? run_large : run_small,
                              &f);
}

tsr_status tsri_vm_run(const tsri_vm *vm, tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                       const tsr_view *out, void *workspace) {
  tsri_vm_job job = {.vm = vm, .in = in, .out = out, .workspace = workspace};
  const size_t frame = vm->large ? TSRI_VM_LARGE_FRAME : TSRI_VM_FRAME;
  int64_t items = vm->total, chunk = vm->chunk;
  job.run = run_map;
  if (vm->mode == TSRI_VM_DOWN) {
    bool is_short = vm->count <= vm->block;
    items = vm->kept * (is_short ? 1 : vm->n_segments);
    chunk = tsri_max(1, TSRI_GRAIN / tsri_max(1, tsri_min(vm->count, vm->segment)));
    job.run = is_short ? tsri_vm_run_down_short : tsri_vm_run_down_long;
  } else if (vm->mode == TSRI_VM_ACROSS) {
    items = vm->kept * tsri_ceil_div(vm->columns, vm->tile) * vm->n_segments;
    chunk = tsri_max(1, TSRI_GRAIN / tsri_max(1, vm->tile * tsri_min(vm->count, vm->segment)));
    job.run = tsri_vm_run_across;
  }
  TSR_TRY(tsri_vm_share(stream, frame, items, chunk, run_task, &job));
  if (vm->n_segments > 1)
    TSR_TRY(
        tsri_parallel_ranges(stream, vm->kept * vm->columns, 4096, tsri_vm_join_segments, &job));
  if (job.found) tsr_numeric_flag(c, -1, tsri_block_finding(c->op));
  return TSR_OK;
}
