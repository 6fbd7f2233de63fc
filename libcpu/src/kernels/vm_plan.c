/* vm_plan.c - from an expression and strides to a program of the vector machine.
 *
 * Three things are decided here: the order of the axes (kept axes may go anywhere, the
 * reduced ones keep their logical order, so that sums have one order), which arrays can
 * be used in place, and which block of the frame holds which value.
 */
#include "vm.h"

#include <string.h>

typedef struct planner {
  const tsri_vm_source *s;
  tsri_vm *vm;
  char *memory; /* the rest of vm's allocation */
  int32_t n_arrays;
  int64_t **strides; /* [n_arrays] of [rank], loads first, then outputs */
  int32_t *order;    /* [rank] loop axis at each place */
  int32_t group[3];  /* axes kept outside, reduced, columns */
} planner;

static void *take(planner *p, size_t bytes) {
  void *result = p->memory;
  p->memory += tsri_round_up(bytes, 16);
  return result;
}

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

static bool is_reduced(const planner *p, int32_t axis) {
  return p->s->reduced && p->s->reduced[axis];
}

static bool is_load(const tsr_expr_step *step) { return step->op == NULL; }

/* The array whose strides decide the order: the first that the reduced axes walk, or
 * the first output.
 */
static const int64_t *leading_strides(const planner *p) {
  const tsri_vm_source *s = p->s;
  if (!s->reduced) return s->outs[0].strides;
  for (int32_t i = 0; i < s->n_steps && is_load(&s->steps[i]); i++)
    for (int32_t a = 0; a < s->rank; a++)
      if (is_reduced(p, a) && s->dims[a] > 1 && s->in_strides[s->steps[i].arg[0]][a])
        return s->in_strides[s->steps[i].arg[0]];
  return s->outs[0].strides;
}

/* Append the axes of one group to the order; kept axes by falling stride. */
static void append_group(planner *p, int32_t group, const int8_t *group_of, const int64_t *lead,
                         int32_t *n) {
  int32_t first = *n;
  for (int32_t a = 0; a < p->s->rank; a++) {
    if (group_of[a] != group) continue;
    int32_t at = (*n)++;
    for (; group != 1 && at > first && magnitude(lead[p->order[at - 1]]) < magnitude(lead[a]); at--)
      p->order[at] = p->order[at - 1];
    p->order[at] = a;
  }
  p->group[group] = *n - first;
}

static void order_axes(planner *p, int8_t *group_of) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  const int64_t *lead = leading_strides(p);
  int64_t nearest = INT64_MAX, count = 1, columns = 1;
  for (int32_t a = 0; a < s->rank; a++)
    if (is_reduced(p, a)) {
      count *= s->dims[a];
      if (s->dims[a] > 1 && lead[a]) nearest = tsri_min(nearest, magnitude(lead[a]));
    }
  for (int32_t a = 0; a < s->rank; a++) {
    bool column = s->reduced && !is_reduced(p, a) && s->dims[a] > 1 && lead[a] != 0 &&
                  magnitude(lead[a]) < nearest && nearest != INT64_MAX;
    group_of[a] = is_reduced(p, a) ? 1 : column ? 2 : 0;
    if (column) columns *= s->dims[a];
  }
  vm->mode = !s->reduced ? TSRI_VM_MAP : columns > 1 ? TSRI_VM_ACROSS : TSRI_VM_DOWN;
  /* A few short columns are not worth a task of their own. */
  if (vm->mode == TSRI_VM_ACROSS && count * columns < 64) {
    vm->mode = TSRI_VM_DOWN;
    for (int32_t a = 0; a < s->rank; a++)
      if (group_of[a] == 2) group_of[a] = 0;
  }
  int32_t n = 0;
  append_group(p, 0, group_of, lead, &n);
  append_group(p, 1, group_of, lead, &n);
  append_group(p, 2, group_of, lead, &n);
}

static const int64_t *strides_of_array(const planner *p, int32_t i) {
  const tsri_vm_source *s = p->s;
  int32_t n_loads = p->n_arrays - s->n_outs;
  return i < n_loads ? s->in_strides[s->steps[i].arg[0]] : s->outs[i - n_loads].strides;
}

/* Fuse inside each group; gives the sizes kept outside, reduced and in columns. */
static void fuse_axes(planner *p) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  int64_t product[3] = {1, 1, 1};
  int64_t **part = take(p, sizeof *part * (size_t)p->n_arrays);
  for (int32_t i = 0; i < p->n_arrays; i++) {
    const int64_t *strides = strides_of_array(p, i);
    for (int32_t a = 0; a < s->rank; a++)
      p->strides[i][a] = strides[p->order[a]];
  }
  for (int32_t a = 0; a < s->rank; a++)
    vm->dims[a] = s->dims[p->order[a]];
  vm->total = tsri_product(s->rank, vm->dims);
  int32_t from = 0, to = 0;
  for (int32_t g = 0; g < 3; g++) {
    int32_t n = p->group[g];
    product[g] = tsri_product(n, vm->dims + from);
    memmove(vm->dims + to, vm->dims + from, sizeof *vm->dims * (size_t)n);
    for (int32_t i = 0; i < p->n_arrays; i++) {
      part[i] = p->strides[i] + to;
      memmove(part[i], p->strides[i] + from, sizeof **part * (size_t)n);
    }
    from += n;
    p->group[g] = n ? tsr_layout_fuse(p->n_arrays, n, vm->dims + to, part) : 0;
    to += p->group[g];
  }
  vm->rank = to;
  vm->kept = product[0];
  vm->count = product[1];
  vm->columns = product[2];
  vm->inner = to ? vm->dims[to - 1] : 1;
  vm->kept_rank = p->group[0] + p->group[2];
  for (int32_t a = 0; a < vm->kept_rank; a++)
    vm->kept_dims[a] = vm->dims[a < p->group[0] ? a : a + p->group[1]];
}

/* The largest divisor of n from 8 to 32, or 0. */
static int64_t tile_of(int64_t n) {
  for (int64_t t = 32; t >= 8; t--)
    if (n % t == 0) return t;
  return 0;
}

/* When an input runs across the others, like the transpose in x + x^T, the loop is cut
 * into small squares: two more axes, of which one block covers the last two.
 */
static void tile_axes(planner *p) {
  tsri_vm *vm = p->vm;
  int32_t last = vm->rank - 1, across = -1;
  int32_t n_loads = p->n_arrays - p->s->n_outs;
  for (int32_t i = 0; i < n_loads; i++)
    for (int32_t a = 0; a < last; a++) {
      int64_t here = magnitude(p->strides[i][a]), inner = magnitude(p->strides[i][last]);
      if (here && inner > 8 && here < inner && (across < 0 || here == 1)) across = a;
    }
  if (across < 0) return;
  int64_t rows = tile_of(vm->dims[across]), cols = tile_of(vm->dims[last]);
  if (!rows || !cols) return;
  vm->square = rows * cols;
  vm->dims[across] /= rows;
  vm->dims[last] /= cols;
  vm->dims[last + 1] = rows;
  vm->dims[last + 2] = vm->inner = cols;
  for (int32_t i = 0; i < p->n_arrays; i++) {
    int64_t *strides = p->strides[i];
    strides[last + 1] = strides[across];
    strides[last + 2] = strides[last];
    strides[across] *= rows;
    strides[last] *= cols;
  }
  vm->rank += 2;
}

static void set_array(planner *p, tsri_vm_array *array, int32_t view, int32_t slot, size_t size,
                      int64_t *strides) {
  tsri_vm *vm = p->vm;
  bool scalar = true;
  for (int32_t a = 0; a < vm->rank; a++)
    scalar &= strides[a] == 0;
  bool dense = tsr_layout_is_contiguous(vm->rank, vm->dims, strides);
  array->kind = dense ? TSRI_VM_DENSE : scalar ? TSRI_VM_SCALAR : TSRI_VM_STRIDED;
  array->view = view;
  array->slot = slot;
  array->size = size;
  array->move = tsri_move_of(size);
  array->strides = strides;
  bool strided = array->kind == TSRI_VM_STRIDED;
  vm->strided |= strided;
  vm->in_rows |= strided && vm->inner >= 64 && strides[vm->rank - 1] == 1;
}

static void copy_block(int64_t n, const void *x, void *out, size_t size) {
  memcpy(out, x, (size_t)n * size);
}
#define COPY(bytes)                                                                                \
  static int32_t copy_##bytes(int64_t n, const void *const *args, void *out) {                     \
    copy_block(n, args[0], out, bytes);                                                            \
    return 0;                                                                                      \
  }
COPY(1)
COPY(2)
COPY(4)
COPY(8)
COPY(16)
#undef COPY

static tsr_status set_instruction(planner *p, int32_t i) {
  const tsr_expr_step *step = &p->s->steps[i];
  tsr_op_id id = tsr_op_core_id(step->op);
  tsr_dtype key = step->dtype;
  if (step->op->key >= 0) key = p->s->steps[step->arg[step->op->key]].dtype;
  tsri_vm_instruction *instruction = &p->vm->instructions[p->vm->n_instructions++];
  instruction->run = tsri_block_find(id, key, step->attrs);
  if (!instruction->run)
    return TSR_FAIL(TSR_ERR_DTYPE, "%s: no CPU kernel for %s", step->op->name, tsr_dtype_name(key));
  instruction->out = i;
  for (int32_t k = 0; k < 3 && step->arg[k] >= 0; k++)
    instruction->args[instruction->n_args++] = step->arg[k];
  return TSR_OK;
}

/* Outputs and reductions; a value that already has a home is copied to its second one. */
static void set_outputs(planner *p) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  static const tsri_block copies[] = {copy_1, copy_2, copy_4, copy_8, copy_16};
  int32_t n_loads = vm->n_in;
  for (int32_t j = 0; j < s->n_outs; j++) {
    const tsri_vm_out *o = &s->outs[j];
    tsr_dtype dtype = s->steps[o->step].dtype;
    size_t size = tsr_dtype_size(dtype);
    int64_t *strides = p->strides[n_loads + j];
    if (o->reduce != TSR_OP_CORE_COUNT) {
      tsri_vm_reduction *r = &vm->reductions[vm->n_reductions++];
      *r = (tsri_vm_reduction){.reducer = tsri_reducer_find(o->reduce, dtype),
                               .view = o->view,
                               .slot = o->step,
                               .size = size,
                               .move = tsri_move_of(size)};
      r->strides = take(p, sizeof *strides * (size_t)vm->kept_rank);
      for (int32_t a = 0; a < vm->kept_rank; a++)
        r->strides[a] = strides[a < p->group[0] ? a : a + p->group[1]];
      r->dense = tsr_layout_is_contiguous(vm->kept_rank, vm->kept_dims, r->strides);
      continue;
    }
    int32_t slot = o->step;
    bool taken = is_load(&s->steps[slot]);
    for (int32_t k = 0; k < vm->n_out; k++)
      taken |= vm->out[k].slot == slot;
    if (taken) {
      tsri_vm_instruction copy = {
          copies[__builtin_ctzll(size)], s->n_steps + j, 1, {slot, 0, 0}
      };
      vm->instructions[vm->n_instructions++] = copy;
      slot = s->n_steps + j;
    }
    set_array(p, &vm->out[vm->n_out++], o->view, slot, size, strides);
  }
}

/* Give every temporary value a block, reusing those of dead values of its size. */
typedef struct frame_plan {
  size_t used;
  size_t *free[5]; /* by log of the size */
  int32_t n_free[5];
} frame_plan;

static size_t frame_take(frame_plan *f, size_t size, int64_t block) {
  int32_t log = __builtin_ctzll(size);
  if (f->n_free[log]) return f->free[log][--f->n_free[log]];
  size_t at = f->used;
  f->used += tsri_round_up(size * (size_t)block, 64);
  return at;
}

static void plan_temporaries(planner *p, frame_plan *f, int32_t *last_use) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  for (int32_t i = 0; i < vm->n_steps; i++) {
    vm->temporaries[i] = SIZE_MAX;
    last_use[i] = -1;
  }
  for (int32_t i = 0; i < vm->n_instructions; i++)
    for (int32_t k = 0; k < vm->instructions[i].n_args; k++)
      last_use[vm->instructions[i].args[k]] = i;
  for (int32_t i = 0; i < vm->n_reductions; i++)
    last_use[vm->reductions[i].slot] = vm->n_instructions;
  for (int32_t i = 0; i < vm->n_instructions; i++) {
    const tsri_vm_instruction *instruction = &vm->instructions[i];
    bool placed = instruction->out >= s->n_steps;
    for (int32_t k = 0; k < vm->n_out; k++)
      placed |= vm->out[k].slot == instruction->out;
    if (!placed) {
      size_t size = tsr_dtype_size(s->steps[instruction->out].dtype);
      vm->temporaries[instruction->out] = frame_take(f, size, vm->block);
    }
    for (int32_t k = 0; k < instruction->n_args; k++) {
      int32_t a = instruction->args[k];
      if (last_use[a] != i || vm->temporaries[a] == SIZE_MAX) continue;
      last_use[a] = -1; /* an argument may stand twice */
      int32_t log = __builtin_ctzll(tsr_dtype_size(s->steps[a].dtype));
      f->free[log][f->n_free[log]++] = vm->temporaries[a];
    }
  }
}

/* Lay the frame out for vm->block; its size in bytes. */
static size_t plan_frame(planner *p, int32_t *last_use, size_t *free_places) {
  tsri_vm *vm = p->vm;
  frame_plan f = {.used = tsri_round_up(sizeof(void *) * (size_t)vm->n_steps, 64)};
  for (int32_t log = 0; log < 5; log++)
    f.free[log] = free_places + log * vm->n_steps;
  for (int32_t i = 0; i < vm->n_in; i++)
    if (vm->in[i].kind != TSRI_VM_DENSE)
      vm->in[i].buffer = frame_take(&f, vm->in[i].size, vm->block);
  for (int32_t i = 0; i < vm->n_out; i++)
    if (vm->out[i].kind != TSRI_VM_DENSE)
      vm->out[i].buffer = frame_take(&f, vm->out[i].size, vm->block);
  plan_temporaries(p, &f, last_use);
  for (int32_t i = 0; i < vm->n_reductions; i++) {
    tsri_vm_reduction *r = &vm->reductions[i];
    int64_t depth = 2;
    for (int64_t runs = tsri_ceil_div(vm->segment, TSRI_RUN); runs; runs /= 2)
      depth++;
    int64_t lanes = vm->block; /* a short run in every element */
    if (vm->mode == TSRI_VM_ACROSS)
      lanes = vm->tile * (vm->columns <= TSRI_NARROW ? TSRI_LANES : TSRI_LANE_LEVELS);
    r->lanes = f.used;
    f.used += tsri_round_up(r->reducer->size * (size_t)lanes, 64);
    r->stack = f.used;
    f.used += tsri_round_up(r->reducer->size * (size_t)(depth * vm->tile), 64);
  }
  return f.used;
}

/* Columns of a tile, elements of a block and of a segment, from shapes alone. A tile is
 * wide, so that memory is read in long pieces, but not so wide that blocks of an
 * expression leave the first cache.
 */
static void choose_sizes(tsri_vm *vm, int64_t block) {
  bool across = vm->mode == TSRI_VM_ACROSS;
  int64_t tile = 4096, page = vm->n_instructions ? 4096 : 16384;
  for (int32_t i = 0; i < vm->n_reductions; i++)
    tile = tsri_min(tile, page / (int64_t)vm->reductions[i].reducer->size);
  vm->tile = across ? tsri_min(vm->columns, tile) : 1;
  vm->block = !across ? block : vm->columns <= TSRI_NARROW ? 1024 : vm->tile;
  if (vm->square && vm->square <= block) vm->block = block / vm->square * vm->square;
  vm->segment = TSRI_RUN;
  while (vm->segment * vm->tile < 2 * TSRI_GRAIN)
    vm->segment *= 2;
  vm->n_segments = tsri_max(1, tsri_ceil_div(vm->count, vm->segment));
}

static tsr_status choose_block(planner *p) {
  tsri_vm *vm = p->vm;
  int32_t *last_use = take(p, sizeof *last_use * (size_t)vm->n_steps);
  size_t *free_places = take(p, 5 * sizeof *free_places * (size_t)vm->n_steps);
  int64_t block = 1024;
  size_t frame = SIZE_MAX;
  for (; block >= 256 && frame > (size_t)24 << 10; block /= 2) {
    choose_sizes(vm, block);
    frame = plan_frame(p, last_use, free_places);
  }
  vm->large = frame > TSRI_VM_FRAME;
  if (frame > TSRI_VM_LARGE_FRAME)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "fused: %d steps keep %zu bytes of blocks alive, over %zu",
                    vm->n_steps, frame, TSRI_VM_LARGE_FRAME);
  size_t partial = 0;
  for (int32_t i = 0; i < vm->n_reductions && vm->n_segments > 1; i++) {
    tsri_vm_reduction *r = &vm->reductions[i];
    r->partial = partial;
    size_t results = (size_t)(vm->kept * vm->columns * vm->n_segments);
    partial += tsri_round_up(r->reducer->size * results, 64);
  }
  vm->workspace = partial;
  return TSR_OK;
}

static tsr_status plan(planner *p) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  for (int32_t j = 0; j < s->n_outs; j++) {
    tsr_dtype dtype = s->steps[s->outs[j].step].dtype;
    if (s->outs[j].reduce != TSR_OP_CORE_COUNT && !tsri_reducer_find(s->outs[j].reduce, dtype))
      return TSR_FAIL(TSR_ERR_DTYPE, "%s: no CPU kernel for %s",
                      tsri_cpu_ops[s->outs[j].reduce].name, tsr_dtype_name(dtype));
  }
  order_axes(p, take(p, (size_t)s->rank));
  fuse_axes(p);
  if (vm->mode == TSRI_VM_MAP) tile_axes(p);
  for (int32_t i = 0; i < s->n_steps; i++) {
    const tsr_expr_step *step = &s->steps[i];
    if (is_load(step))
      set_array(p, &vm->in[vm->n_in++], step->arg[0], i, tsr_dtype_size(step->dtype),
                p->strides[i]);
    else
      TSR_TRY(set_instruction(p, i));
  }
  set_outputs(p);
  return choose_block(p);
}

tsr_status tsri_vm_create(const tsri_vm_source *s, tsri_vm **out) {
  size_t n_loads = 0, rank = (size_t)s->rank, n_outs = (size_t)s->n_outs;
  while (n_loads < (size_t)s->n_steps && is_load(&s->steps[n_loads]))
    n_loads++;
  size_t n_steps = (size_t)s->n_steps + n_outs, n_arrays = n_loads + n_outs;
  size_t bytes = sizeof(tsri_vm) + 16 * (16 + n_arrays) + n_loads * sizeof(tsri_vm_array) +
                 n_outs * (sizeof(tsri_vm_array) + sizeof(tsri_vm_reduction)) +
                 n_steps * (sizeof(tsri_vm_instruction) + 8 * sizeof(size_t)) +
                 2 * n_arrays * sizeof(void *) +
                 sizeof(int64_t) * (rank + 2) * (n_arrays + n_outs + 4);
  tsri_vm *vm;
  TSR_TRY(tsri_state_create(bytes, &vm));
  planner p = {.s = s, .vm = vm, .memory = (char *)(vm + 1), .n_arrays = (int32_t)n_arrays};
  vm->n_steps = (int32_t)n_steps;
  vm->dims = take(&p, sizeof *vm->dims * (rank + 2));
  vm->kept_dims = take(&p, sizeof *vm->dims * rank);
  vm->in = take(&p, sizeof *vm->in * n_loads);
  vm->out = take(&p, sizeof *vm->out * n_outs);
  vm->instructions = take(&p, sizeof *vm->instructions * n_steps);
  vm->reductions = take(&p, sizeof *vm->reductions * n_outs);
  vm->temporaries = take(&p, sizeof *vm->temporaries * n_steps);
  p.strides = take(&p, sizeof *p.strides * n_arrays);
  for (size_t i = 0; i < n_arrays; i++)
    p.strides[i] = take(&p, sizeof(int64_t) * (rank + 2));
  p.order = take(&p, sizeof *p.order * rank);
  tsr_status status = plan(&p);
  if (status != TSR_OK) {
    tsri_state_release(vm);
    return status;
  }
  *out = vm;
  return TSR_OK;
}
