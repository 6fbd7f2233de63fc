/* vm_plan.c - from an expression and strides to a program of the vector machine: which
 * arrays can be used in place, and which block of the frame holds which value.
 */
#include "vm_internal.h"

#include <string.h>

enum {
  NARROW_GROUPS = 4, /* of narrow rows that are taken together, where they need not be fetched */
  NEAR = 2 << 20     /* bytes that are likely to be found in a cache of one core */
};

static void set_array(tsri_vm_planner *p, tsri_vm_array *array, int32_t view, int32_t slot,
                      size_t size, int64_t *strides) {
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
  array->piece = 1;
  for (int32_t a = vm->rank - 1; a >= 0 && strides[a] == array->piece; a--)
    array->piece *= vm->dims[a];
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

/* The dtype that chooses a step's block function. */
static tsr_dtype key_of(const tsri_vm_source *s, const tsr_expr_step *step) {
  return step->op->key >= 0 ? s->steps[step->arg[step->op->key]].dtype : step->dtype;
}

static tsr_status set_instruction(tsri_vm_planner *p, int32_t i) {
  const tsr_expr_step *step = &p->s->steps[i];
  tsr_op_id id = tsr_op_core_id(step->op);
  const tsr_dtype key = key_of(p->s, step);
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
static void set_outputs(tsri_vm_planner *p) {
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
      r->strides = tsri_vm_take(p, sizeof *strides * (size_t)vm->kept_rank);
      for (int32_t a = 0; a < vm->kept_rank; a++)
        r->strides[a] = strides[a < p->group[0] ? a : a + p->group[1]];
      r->dense = tsr_layout_is_contiguous(vm->kept_rank, vm->kept_dims, r->strides);
      continue;
    }
    int32_t slot = o->step;
    bool taken = tsri_vm_is_load(&s->steps[slot]);
    for (int32_t k = 0; k < vm->n_out; k++)
      taken |= vm->out[k].slot == slot;
    if (taken) {
      tsri_vm_instruction copy = {
          copies[__builtin_ctzll(size)], NULL, 1, s->n_steps + j, 1, {slot, 0, 0}
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
  bool has_blocks; /* of as many elements as the program's block */
  size_t *free[5]; /* by log of the size */
  int32_t n_free[5];
} frame_plan;

static size_t frame_take(frame_plan *f, size_t size, int64_t block) {
  int32_t log = __builtin_ctzll(size);
  if (f->n_free[log]) return f->free[log][--f->n_free[log]];
  size_t at = f->used;
  f->has_blocks = true;
  f->used += tsri_round_up(size * (size_t)block, 64);
  return at;
}

/* Places for what the instructions [i, end) give, which run as one. */
static void place_results(tsri_vm_planner *p, frame_plan *f, int32_t i, int32_t end) {
  tsri_vm *vm = p->vm;
  for (; i < end; i++) {
    int32_t slot = vm->instructions[i].out;
    bool placed = slot >= p->s->n_steps || vm->homes[slot] == TSRI_VM_NOWHERE;
    for (int32_t k = 0; k < vm->n_out; k++)
      placed |= vm->out[k].slot == slot;
    if (placed) continue;
    size_t size = tsr_dtype_size(p->s->steps[slot].dtype);
    if (vm->homes[slot] == TSRI_VM_BLOCK) {
      vm->temporaries[slot] = frame_take(f, size, vm->block);
    } else {
      vm->temporaries[slot] = f->used;
      f->used += TSRI_CHAIN_GROUP;
    }
  }
}

static void plan_temporaries(tsri_vm_planner *p, frame_plan *f, int32_t *last_use) {
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
  for (int32_t i = 0; i < vm->n_instructions; i += vm->instructions[i].span) {
    int32_t end = i + vm->instructions[i].span;
    place_results(p, f, i, end);
    for (int32_t m = i; m < end; m++)
      for (int32_t k = 0; k < vm->instructions[m].n_args; k++) {
        int32_t a = vm->instructions[m].args[k];
        bool dead = last_use[a] >= 0 && last_use[a] < end;
        if (!dead || vm->temporaries[a] == SIZE_MAX || vm->homes[a] != TSRI_VM_BLOCK) continue;
        last_use[a] = -1; /* an argument may stand twice */
        int32_t log = __builtin_ctzll(tsr_dtype_size(s->steps[a].dtype));
        f->free[log][f->n_free[log]++] = vm->temporaries[a];
      }
  }
}

static void place_array(const tsri_vm *vm, frame_plan *f, tsri_vm_array *a) {
  bool in_place = a->kind == TSRI_VM_DENSE || a->kind == TSRI_VM_ROWS;
  bool number = vm->homes[a->slot] == TSRI_VM_NUMBER;
  if (!in_place && !number) a->buffer = frame_take(f, a->size, vm->block);
}

/* Lay the frame out for vm->block; its size in bytes. */
static size_t plan_frame(tsri_vm_planner *p, int32_t *last_use, size_t *free_places,
                         bool *has_blocks) {
  tsri_vm *vm = p->vm;
  frame_plan f = {.used = tsri_round_up(sizeof(void *) * (size_t)vm->n_steps, 64)};
  for (int32_t log = 0; log < 5; log++)
    f.free[log] = free_places + log * vm->n_steps;
  for (int32_t i = 0; i < vm->n_in; i++)
    place_array(vm, &f, &vm->in[i]);
  for (int32_t i = 0; i < vm->n_out; i++)
    place_array(vm, &f, &vm->out[i]);
  plan_temporaries(p, &f, last_use);
  for (int32_t i = 0; i < vm->n_reductions; i++) {
    tsri_vm_reduction *r = &vm->reductions[i];
    const bool is_wide = vm->mode == TSRI_VM_ACROSS && !vm->narrow;
    int64_t depth = 2, leaves = tsri_ceil_div(vm->segment, TSRI_RUN) * (is_wide ? TSRI_LANES : 1);
    for (; leaves; leaves /= 2)
      depth++;
    int64_t lanes = vm->block; /* a short row in every element */
    if (vm->mode == TSRI_VM_ACROSS) lanes = vm->narrow ? vm->tile * TSRI_LANES : 0;
    r->lanes = f.used;
    f.used += tsri_round_up(r->reducer->size * (size_t)lanes + TSRI_SLACK, 64);
    r->stack = f.used;
    f.used += tsri_round_up(r->reducer->size * (size_t)(depth * vm->tile), 64);
  }
  *has_blocks = f.has_blocks;
  return f.used;
}

/* DOWN: so many elements lie in one piece of memory and are a whole row or a subtree of it; where
 * there is no such number, as many as there may be.
 */
static int64_t piece_of(const tsri_vm *vm) {
  if (vm->inner == vm->count) return vm->count;
  if (vm->mode == TSRI_VM_MAP || vm->inner % TSRI_RUN) return INT64_MAX;
  return TSRI_RUN << __builtin_ctzll((uint64_t)(vm->inner / TSRI_RUN));
}

/* Columns of a tile, elements of a block and of a segment, from shapes alone. A tile is
 * wide, so that memory is read in long pieces, but not so wide that blocks of an
 * expression leave the first cache. Narrow rows are those of which TSRI_LANES fit in there.
 */
static void choose_sizes(tsri_vm *vm, int64_t block) {
  bool across = vm->mode == TSRI_VM_ACROSS;
  int64_t tile = 4096, page = vm->n_instructions ? 4096 : 16384, widest = 64;
  for (int32_t i = 0; i < vm->n_reductions; i++)
    tile = tsri_min(tile, page / (int64_t)vm->reductions[i].reducer->size);
  if (vm->in_place) {
    widest = tsri_max(widest, tile / TSRI_LANES);
    block = tsri_max(TSRI_BLOCK, NARROW_GROUPS * TSRI_LANES * tsri_min(widest, vm->columns));
  }
  vm->narrow = across && vm->columns <= widest;
  vm->tile = across ? tsri_min(vm->columns, tile) : 1;
  vm->block = !across || (vm->narrow && vm->in_place) ? block : vm->narrow ? 1024 : vm->tile;
  if (!across && vm->in_rows && vm->inner >= TSRI_RUN) vm->block = tsri_min(block, piece_of(vm));
  if (vm->square && vm->square <= block) vm->block = block / vm->square * vm->square;
  vm->segment = TSRI_RUN;
  while (vm->segment * vm->tile < 2 * TSRI_GRAIN)
    vm->segment *= 2;
  vm->n_segments = tsri_max(1, tsri_ceil_div(vm->count, vm->segment));
}

/* Whole rows, where chains go through rows. */
static void choose_chunk(tsri_vm_planner *p) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  size_t size = 1;
  int64_t cost = 1;
  for (int32_t i = 0; i < s->n_steps; i++) {
    const tsr_expr_step *step = &s->steps[i];
    const size_t here = tsr_dtype_size(step->dtype);
    if (here > size) size = here;
    if (!tsri_vm_is_load(step))
      cost = tsri_max(cost, tsri_block_cost(tsr_op_core_id(step->op), key_of(s, step)));
  }
  vm->chunk = tsri_grain_of(size, cost);
  if (vm->by_rows && vm->inner < vm->chunk) vm->chunk -= vm->chunk % vm->inner;
}

/* Chains take so little time that beginning one should not happen often. */
static bool has_chains_alone(const tsri_vm *vm) {
  for (int32_t i = 0; i < vm->n_instructions; i += vm->instructions[i].span)
    if (!vm->instructions[i].chain) return false;
  return true;
}

static tsr_status choose_block(tsri_vm_planner *p) {
  tsri_vm *vm = p->vm;
  int32_t *last_use = tsri_vm_take(p, sizeof *last_use * (size_t)vm->n_steps);
  size_t *free_places = tsri_vm_take(p, 5 * sizeof *free_places * (size_t)vm->n_steps);
  int64_t block = vm->mode == TSRI_VM_MAP && has_chains_alone(vm) ? 4096 : 1024;
  size_t frame = SIZE_MAX;
  bool has_blocks = true;
  for (; block >= 256 && frame > (size_t)24 << 10; block /= 2) {
    choose_sizes(vm, block);
    frame = plan_frame(p, last_use, free_places, &has_blocks);
  }
  if (!has_blocks && vm->mode == TSRI_VM_MAP) vm->block = vm->chunk; /* chains alone */
  vm->large = frame > TSRI_VM_FRAME;
  if (frame > TSRI_VM_LARGE_FRAME)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "fused: %d steps keep %zu bytes of blocks alive, over %zu",
                    p->s->n_steps, frame, TSRI_VM_LARGE_FRAME);
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

/* Bytes that the arrays cover. */
static size_t touched(const tsri_vm *vm) {
  size_t bytes = 0;
  for (int32_t i = 0; i < vm->n_in + vm->n_out; i++) {
    const tsri_vm_array *array = i < vm->n_in ? &vm->in[i] : &vm->out[i - vm->n_in];
    size_t size = array->size;
    for (int32_t a = 0; a < vm->rank; a++)
      if (array->strides[a]) size *= (size_t)vm->dims[a];
    bytes += size;
  }
  for (int32_t i = 0; i < vm->n_reductions; i++)
    bytes += (size_t)(vm->kept * vm->columns) * vm->reductions[i].size;
  return bytes;
}

static void note_memory(tsri_vm_planner *p) {
  tsri_vm *vm = p->vm;
  bool reads = vm->mode != TSRI_VM_MAP && vm->n_instructions == 0 && vm->n_in > 0;
  vm->in_place = reads;
  for (int32_t i = 0; i < vm->n_in; i++)
    vm->in_place &= vm->in[i].kind == TSRI_VM_DENSE;
  vm->plain = reads && vm->mode == TSRI_VM_ACROSS && vm->n_in == 1 && p->group[2] == 1 &&
              vm->in[0].strides[vm->rank - 1] == 1;
  vm->far = (vm->in_place || vm->plain) && touched(vm) > NEAR;
}

static tsr_status plan(tsri_vm_planner *p) {
  const tsri_vm_source *s = p->s;
  tsri_vm *vm = p->vm;
  for (int32_t j = 0; j < s->n_outs; j++) {
    tsr_dtype dtype = s->steps[s->outs[j].step].dtype;
    if (s->outs[j].reduce != TSR_OP_CORE_COUNT && !tsri_reducer_find(s->outs[j].reduce, dtype))
      return TSR_FAIL(TSR_ERR_DTYPE, "%s: no CPU kernel for %s",
                      tsri_cpu_ops[s->outs[j].reduce].name, tsr_dtype_name(dtype));
  }
  tsri_vm_plan_axes(p);
  for (int32_t i = 0; i < s->n_steps; i++) {
    const tsr_expr_step *step = &s->steps[i];
    if (tsri_vm_is_load(step))
      set_array(p, &vm->in[vm->n_in++], step->arg[0], i, tsr_dtype_size(step->dtype),
                p->strides[i]);
    else
      TSR_TRY(set_instruction(p, i));
  }
  set_outputs(p);
  note_memory(p);
  vm->streams = tsri_streams(s->device, touched(vm));
  tsri_vm_plan_chains(p);
  tsri_vm_place_arrays(p);
  choose_chunk(p);
  return choose_block(p);
}

tsr_status tsri_vm_create(const tsri_vm_source *s, tsri_vm **out) {
  size_t n_loads = 0, rank = (size_t)s->rank, n_outs = (size_t)s->n_outs;
  while (n_loads < (size_t)s->n_steps && tsri_vm_is_load(&s->steps[n_loads]))
    n_loads++;
  size_t n_steps = (size_t)s->n_steps + n_outs, n_arrays = n_loads + n_outs;
  size_t bytes = sizeof(tsri_vm) + 16 * (24 + n_arrays) + n_loads * sizeof(tsri_vm_array) +
                 n_outs * (sizeof(tsri_vm_array) + sizeof(tsri_vm_reduction)) +
                 n_steps * (sizeof(tsri_vm_instruction) + 8 * sizeof(size_t)) +
                 n_steps * (sizeof(tsri_vm_chain) + sizeof(tsri_vm_home) + sizeof(int64_t)) +
                 n_steps * (TSRI_VM_LINKS + 1) * sizeof(tsri_vm_link) +
                 2 * n_arrays * sizeof(void *) +
                 sizeof(int64_t) * (rank + 2) * (n_arrays + n_outs + 4);
  tsri_vm *vm;
  TSR_TRY(tsr_kernel_state_create(bytes, &vm));
  tsri_vm_planner p = {.s = s, .vm = vm, .memory = (char *)(vm + 1), .n_arrays = (int32_t)n_arrays};
  vm->n_steps = (int32_t)n_steps;
  vm->dims = tsri_vm_take(&p, sizeof *vm->dims * (rank + 2));
  vm->kept_dims = tsri_vm_take(&p, sizeof *vm->dims * rank);
  vm->in = tsri_vm_take(&p, sizeof *vm->in * n_loads);
  vm->out = tsri_vm_take(&p, sizeof *vm->out * n_outs);
  vm->instructions = tsri_vm_take(&p, sizeof *vm->instructions * n_steps);
  vm->chains = tsri_vm_take(&p, sizeof *vm->chains * n_steps);
  vm->links = tsri_vm_take(&p, sizeof *vm->links * n_steps * (TSRI_VM_LINKS + 1));
  vm->homes = tsri_vm_take(&p, sizeof *vm->homes * n_steps);
  vm->rows = tsri_vm_take(&p, sizeof *vm->rows * n_steps);
  vm->reductions = tsri_vm_take(&p, sizeof *vm->reductions * n_outs);
  vm->temporaries = tsri_vm_take(&p, sizeof *vm->temporaries * n_steps);
  p.strides = tsri_vm_take(&p, sizeof *p.strides * n_arrays);
  for (size_t i = 0; i < n_arrays; i++)
    p.strides[i] = tsri_vm_take(&p, sizeof(int64_t) * (rank + 2));
  p.order = tsri_vm_take(&p, sizeof *p.order * rank);
  tsr_status status = plan(&p);
  if (status != TSR_OK) {
    tsr_kernel_state_release(vm);
    return status;
  }
  *out = vm;
  return TSR_OK;
}
