/* vm_rows_frame.c - the passes of a program of rows as lists, and the layout of its frame.
 *
 * In front lie pointers and what lives as long as a task or an item: blocks of scalars, the
 * numbers of rows, what is kept, accumulators. Blocks follow, whose room each pass uses anew;
 * a block is free again after the last instruction that reads it.
 */
#include "vm_internal.h"
#include "vm_rows_internal.h"

/* Room for blocks; free ones by the logarithm of the size of their elements. */
typedef struct pool {
  size_t used;
  size_t *free[5];
  int32_t n_free[5];
} pool;

typedef struct layout {
  tsri_rows_planner *p;
  pool pool;
  int32_t *last_use; /* [n_steps] instruction of the pass that reads a step last; -1: none */
  size_t *place;     /* [n_steps] its block in this pass */
} layout;

static const tsr_expr *expr_of(const layout *l) { return l->p->s->expr; }

static size_t reserve(size_t *used, size_t bytes) {
  const size_t at = *used;
  *used += tsri_round_up(bytes, 64);
  return at;
}

static size_t take(layout *l, size_t size) {
  pool *f = &l->pool;
  const int32_t log = __builtin_ctzll(size);
  if (f->n_free[log]) return f->free[log][--f->n_free[log]];
  return reserve(&f->used, size * (size_t)l->p->rows->block);
}

static void give_back(layout *l, int32_t step) {
  const int32_t log = __builtin_ctzll(l->p->rows->steps[step].size);
  l->pool.free[log][l->pool.n_free[log]++] = l->place[step];
}

static tsr_status set_instruction(const layout *l, int32_t i, tsri_vm_instruction *out) {
  const tsr_expr *e = expr_of(l);
  const tsr_expr_step *step = &e->steps[i];
  tsr_dtype key = step->dtype;
  if (step->op->key >= 0) key = e->steps[step->arg[step->op->key]].dtype;
  *out = (tsri_vm_instruction){.out = i, .span = 1};
  out->run = tsri_block_find(tsr_op_core_id(step->op), key, step->attrs);
  for (; out->n_args < 3 && step->arg[out->n_args] >= 0; out->n_args++)
    out->args[out->n_args] = step->arg[out->n_args];
  if (out->run) return TSR_OK;
  return TSR_FAIL(TSR_ERR_DTYPE, "%s: no CPU kernel for %s", step->op->name, tsr_dtype_name(key));
}

/* Scalars, and what is done on rows before each pass. */
static tsr_status list_small(layout *l) {
  const tsr_expr *e = expr_of(l);
  tsri_rows *r = l->p->rows;
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *r->scalars, &r->scalars));
  r->n_scalars = 0;
  for (int32_t i = 0; i < e->n_steps; i++)
    if (r->steps[i].kind == TSRI_ROWS_SCALAR && e->steps[i].op)
      TSR_TRY(set_instruction(l, i, &r->scalars[r->n_scalars++]));
  for (int32_t n = 0; n <= r->n_passes; n++) {
    tsri_rows_pass *pass = &r->passes[n];
    TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *pass->before, &pass->before));
    for (int32_t i = 0; i < e->n_steps; i++)
      if (r->steps[i].kind == TSRI_ROWS_ROW && r->steps[i].pass == n && e->steps[i].op &&
          !tsri_rows_reduces(&e->steps[i]))
        TSR_TRY(set_instruction(l, i, &pass->before[pass->n_before++]));
  }
  return TSR_OK;
}

static int8_t state_of(const layout *l, int32_t pass, int32_t step) {
  return l->p->state[(int64_t)pass * l->p->rows->n_steps + step];
}

/* Can every block of an array be a piece of its memory? */
static bool is_in_place(const tsri_rows *r, const tsri_rows_array *a) {
  return a->dense && (!r->is_across || r->rows == r->columns || r->height == 1);
}

/* Or at least every line of a block, at equal distances? */
static bool is_in_lines(const tsri_rows *r, const tsri_rows_array *a) {
  return r->is_across && r->by_lines && r->reduced_rank == 1 && r->rank == r->outer_rank + 2 &&
         a->strides[r->rank - 1] == 1;
}

/* ---- instructions ---- */

static tsr_status list_instructions(layout *l, int32_t n, tsri_vm *code) {
  const tsr_expr *e = expr_of(l);
  const tsri_rows *r = l->p->rows;
  TSR_TRY(tsri_rows_alloc(&l->p->rows->arena, e->n_steps, sizeof *code->instructions,
                          &code->instructions));
  for (int32_t i = 0; i < e->n_steps; i++)
    if (r->steps[i].kind == TSRI_ROWS_FULL && e->steps[i].op &&
        state_of(l, n, i) == TSRI_ROWS_COMPUTED)
      TSR_TRY(set_instruction(l, i, &code->instructions[code->n_instructions++]));
  return TSR_OK;
}

static void want(tsri_vm *code, int32_t step, tsri_vm_kind kind) {
  code->out[code->n_out++] = (tsri_vm_array){.slot = step, .kind = kind};
}

/* What others than instructions want to find; dense: results where they belong, if possible. */
static tsr_status list_wanted(layout *l, int32_t n, tsri_vm *code) {
  const tsr_expr *e = expr_of(l);
  const tsri_rows *r = l->p->rows;
  tsr_arena *scratch = &l->p->scratch;
  TSR_TRY(tsri_rows_alloc(scratch, e->n_steps + e->n_outputs, sizeof *code->out, &code->out));
  TSR_TRY(tsri_rows_alloc(scratch, e->n_steps, sizeof *code->reductions, &code->reductions));
  for (int32_t i = 0; i < e->n_steps; i++) {
    if (r->steps[i].kept) want(code, i, TSRI_VM_STRIDED);
    if (tsri_rows_reduces(&e->steps[i]) && r->steps[i].pass == n + 1)
      code->reductions[code->n_reductions++].slot = e->steps[i].arg[0];
  }
  for (int32_t j = 0; j < r->n_out; j++) {
    const tsri_rows_array *a = &r->out[j];
    if (r->steps[a->step].pass == n)
      want(code, a->step, is_in_place(r, a) || is_in_lines(r, a) ? TSRI_VM_DENSE : TSRI_VM_STRIDED);
  }
  return TSR_OK;
}

static int32_t times_wanted(const tsri_vm *code, int32_t step) {
  int32_t n = 0;
  for (int32_t i = 0; i < code->n_out; i++)
    n += code->out[i].slot == step;
  return n;
}

static bool is_reduced(const tsri_vm *code, int32_t step) {
  for (int32_t i = 0; i < code->n_reductions; i++)
    if (code->reductions[i].slot == step) return true;
  return false;
}

/* Does no block function read or write a step? */
static bool is_chained(const tsri_vm *code, int32_t step) {
  for (int32_t i = 0; i < code->n_instructions; i += code->instructions[i].span) {
    const tsri_vm_instruction *k = &code->instructions[i];
    if (k->chain) continue;
    if (k->out == step) return false;
    for (int32_t a = 0; a < k->n_args; a++)
      if (k->args[a] == step) return false;
  }
  return true;
}

/* Do none but instructions want a step? */
static bool is_alone(const tsri_vm *code, int32_t step) {
  return !times_wanted(code, step) && !is_reduced(code, step);
}

static tsr_status list_chains(layout *l, tsri_vm *code) {
  const tsr_expr *e = expr_of(l);
  tsri_rows *r = l->p->rows;
  const int64_t n = code->n_instructions;
  const tsri_vm_source source = {.n_steps = e->n_steps, .steps = e->steps};
  tsri_vm_planner planner = {.s = &source, .vm = code};
  TSR_TRY(tsri_rows_alloc(&r->arena, n, sizeof *code->chains, &code->chains));
  TSR_TRY(tsri_rows_alloc(&r->arena, n * (TSRI_VM_LINKS + 1), sizeof *code->links, &code->links));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *code->homes, &code->homes));
  code->streams = r->streams;
  tsri_vm_plan_chains(&planner);
  for (int32_t i = 0; i < e->n_steps; i++) {
    const tsri_rows_kind kind = r->steps[i].kind;
    const bool along = kind == TSRI_ROWS_ROW && !r->is_across && r->by_lines;
    if ((along || kind == TSRI_ROWS_SCALAR) && is_alone(code, i) && is_chained(code, i))
      code->homes[i] = TSRI_VM_NUMBER;
  }
  return TSR_OK;
}

/* ---- blocks ---- */

static void find_last_uses(layout *l, const tsri_vm *code) {
  for (int32_t i = 0; i < code->n_steps; i++)
    l->last_use[i] = -1;
  for (int32_t i = 0; i < code->n_instructions; i++)
    for (int32_t k = 0; k < code->instructions[i].n_args; k++)
      l->last_use[code->instructions[i].args[k]] = i;
  for (int32_t i = 0; i < code->n_out; i++)
    l->last_use[code->out[i].slot] = code->n_instructions;
  for (int32_t i = 0; i < code->n_reductions; i++)
    l->last_use[code->reductions[i].slot] = code->n_instructions;
}

/* A block for numbers of rows; SIZE_MAX: they serve as they are, for each row or each line. */
static size_t take_spread(layout *l, const tsri_vm *code, int32_t step) {
  const tsri_rows *r = l->p->rows;
  const bool serves =
      r->is_across ? r->by_lines && is_alone(code, step) : code->homes[step] == TSRI_VM_NUMBER;
  return serves ? SIZE_MAX : take(l, r->steps[step].size);
}

/* Blocks that live for the whole pass: what is read, and numbers of rows repeated. */
static void place_inputs(layout *l, int32_t n, tsri_rows_pass *pass) {
  tsri_rows *r = l->p->rows;
  for (int32_t i = 0; i < r->n_in; i++) {
    const int32_t s = r->in[i].step;
    if (state_of(l, n, s) != TSRI_ROWS_COMPUTED) continue;
    const tsri_rows_array *a = &r->in[i];
    const bool lines = is_in_lines(r, a) && !times_wanted(&pass->code, s);
    const bool none = r->steps[s].kept || is_in_place(r, a) || lines;
    l->place[s] = none ? SIZE_MAX : take(l, a->size);
    pass->loads[pass->n_loads++] = (tsri_rows_place){i, l->place[s]};
  }
  for (int32_t s = 0; s < r->n_steps; s++) {
    if (state_of(l, n, s) == TSRI_ROWS_UNUSED) continue;
    if (r->steps[s].kept) pass->kept[pass->n_kept++] = s;
    if (r->steps[s].kind == TSRI_ROWS_ROW)
      pass->spreads[pass->n_spreads++] = (tsri_rows_place){s, take_spread(l, &pass->code, s)};
  }
}

/* The result that a step is written to in place; or -1. */
static int32_t result_of(const tsri_rows *r, const tsri_vm *code, int32_t step, int32_t pass) {
  if (r->steps[step].kept || r->steps[step].pass != pass) return -1;
  for (int32_t j = 0; j < r->n_out; j++) {
    const tsri_rows_array *a = &r->out[j];
    if (a->step != step) continue;
    if (is_in_place(r, a) || (is_in_lines(r, a) && times_wanted(code, step) == 1)) return j;
  }
  return -1;
}

static void place_result(layout *l, int32_t n, tsri_rows_pass *pass, int32_t step) {
  const tsri_rows *r = l->p->rows;
  const tsri_vm_home home = pass->code.homes[step];
  const int32_t result = result_of(r, &pass->code, step, n);
  if (result >= 0) pass->results[pass->n_results++] = result;
  if (result >= 0 || r->steps[step].kept || home == TSRI_VM_NOWHERE) return;
  l->place[step] = home == TSRI_VM_BLOCK ? take(l, r->steps[step].size)
                                         : reserve(&l->pool.used, TSRI_CHAIN_GROUP);
  pass->blocks[pass->n_blocks++] = (tsri_rows_place){step, l->place[step]};
}

/* Blocks of what nobody reads behind the instructions [i, end). */
static void give_back_dead(layout *l, const tsri_vm *code, int32_t i, int32_t end) {
  for (; i < end; i++)
    for (int32_t a = 0; a < code->instructions[i].n_args; a++) {
      const int32_t s = code->instructions[i].args[a];
      if (l->last_use[s] < 0 || l->last_use[s] >= end || l->place[s] == SIZE_MAX ||
          !expr_of(l)->steps[s].op || l->p->rows->steps[s].kind != TSRI_ROWS_FULL ||
          code->homes[s] != TSRI_VM_BLOCK)
        continue;
      give_back(l, s);
      l->last_use[s] = -1; /* an argument may stand twice */
    }
}

/* A block function may write where it reads; a chain may not. */
static void place_results(layout *l, int32_t n, tsri_rows_pass *pass) {
  const tsri_vm *code = &pass->code;
  for (int32_t i = 0; i < code->n_instructions; i += code->instructions[i].span) {
    const int32_t end = i + code->instructions[i].span;
    if (!code->instructions[i].chain) give_back_dead(l, code, i, end);
    for (int32_t k = i; k < end; k++)
      place_result(l, n, pass, code->instructions[k].out);
    give_back_dead(l, code, i, end);
  }
}

static void list_stores(const layout *l, int32_t n, tsri_rows_pass *pass) {
  const tsri_rows *r = l->p->rows;
  for (int32_t j = 0; j < r->n_out; j++) {
    const tsri_rows_step *s = &r->steps[r->out[j].step];
    bool written = s->pass != n || (s->kept && s->result == j);
    for (int32_t i = 0; i < pass->n_results; i++)
      written |= pass->results[i] == j;
    if (!written) pass->stores[pass->n_stores++] = j;
  }
}

static tsr_status list_pass(layout *l, int32_t n, size_t blocks) {
  const tsr_expr *e = expr_of(l);
  tsri_rows *r = l->p->rows;
  tsri_rows_pass *pass = &r->passes[n];
  l->pool.used = blocks;
  pass->code.n_steps = e->n_steps;
  TSR_TRY(tsri_rows_alloc(&r->arena, r->n_in, sizeof *pass->loads, &pass->loads));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *pass->spreads, &pass->spreads));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *pass->blocks, &pass->blocks));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *pass->kept, &pass->kept));
  TSR_TRY(tsri_rows_alloc(&r->arena, r->n_out, sizeof *pass->results, &pass->results));
  TSR_TRY(tsri_rows_alloc(&r->arena, r->n_out, sizeof *pass->stores, &pass->stores));
  for (int32_t log = 0; log < 5; log++)
    l->pool.n_free[log] = 0;
  for (int32_t i = 0; i < e->n_steps; i++)
    l->place[i] = SIZE_MAX;
  TSR_TRY(list_instructions(l, n, &pass->code));
  TSR_TRY(list_wanted(l, n, &pass->code));
  TSR_TRY(list_chains(l, &pass->code));
  find_last_uses(l, &pass->code);
  place_inputs(l, n, pass);
  place_results(l, n, pass);
  list_stores(l, n, pass);
  if (l->pool.used > r->frame) r->frame = l->pool.used;
  return TSR_OK;
}

/* Accumulators of the reductions that pass n makes. */
static tsr_status list_reductions(layout *l, int32_t n, size_t *used) {
  const tsr_expr *e = expr_of(l);
  tsri_rows *r = l->p->rows;
  tsri_rows_pass *pass = &r->passes[n];
  const int64_t width = r->is_across ? r->rows : 1;
  int64_t depth = 2;
  for (int64_t runs = tsri_ceil_div(r->count, TSRI_RUN); runs; runs /= 2)
    depth++;
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *pass->reductions, &pass->reductions));
  for (int32_t i = 0; i < e->n_steps; i++) {
    const tsr_expr_step *s = &e->steps[i];
    if (!tsri_rows_reduces(s) || r->steps[i].pass != n + 1) continue;
    tsri_rows_reduction *sum = &pass->reductions[pass->n_reductions++];
    sum->reducer = tsri_reducer_find(tsr_op_core_id(s->op), s->dtype);
    if (!sum->reducer)
      return TSR_FAIL(TSR_ERR_DTYPE, "%s: no CPU kernel for %s", s->op->name,
                      tsr_dtype_name(s->dtype));
    const size_t size = sum->reducer->size;
    sum->arg = s->arg[0];
    sum->out = i;
    sum->acc = reserve(used, size * (size_t)r->rows);
    sum->lanes = reserve(used, r->is_across ? size * (size_t)(width * TSRI_LANES) + TSRI_SLACK : 0);
    sum->stack = reserve(used, size * (size_t)(depth * width));
  }
  return TSR_OK;
}

/* Numbers of rows lie in the frame, or, for all rows, in the workspace. */
static void place_homes(const layout *l, size_t *used) {
  tsri_rows *r = l->p->rows;
  for (int32_t i = 0; i < r->n_steps; i++) {
    tsri_rows_step *s = &r->steps[i];
    if (s->kind == TSRI_ROWS_SCALAR)
      s->home = reserve(used, s->size * (size_t)tsri_max(r->block, r->rows));
    else if (s->kind == TSRI_ROWS_FULL)
      s->home = s->kept && s->result < 0 ? reserve(used, s->size * (size_t)(r->rows * r->count))
                                         : SIZE_MAX;
    else if (r->is_split)
      s->home = reserve(&r->workspace, s->size * (size_t)(r->kept * r->columns));
    else
      s->home = reserve(used, s->size * (size_t)r->rows);
  }
}

static void repeat(tsri_rows_step *s, int64_t n) { s->repeats = tsri_max(s->repeats, n); }

/* How often scalars stand in their blocks: as often as anybody wants them. */
static void count_repeats(const layout *l) {
  tsri_rows *r = l->p->rows;
  for (int32_t i = 0; i < r->n_steps; i++)
    r->steps[i].repeats = 1;
  for (int32_t n = 0; n <= r->n_passes; n++) {
    const tsri_rows_pass *pass = &r->passes[n];
    for (int32_t i = 0; i < pass->n_before; i++)
      for (int32_t a = 0; a < pass->before[i].n_args; a++)
        repeat(&r->steps[pass->before[i].args[a]], r->rows);
    for (int32_t i = 0; i < r->n_steps && n < r->n_passes; i++)
      if (pass->code.homes[i] != TSRI_VM_NUMBER && state_of(l, n, i) != TSRI_ROWS_UNUSED)
        repeat(&r->steps[i], r->block);
  }
  for (int32_t i = r->n_scalars; i-- > 0;)
    for (int32_t a = 0; a < r->scalars[i].n_args; a++)
      repeat(&r->steps[r->scalars[i].args[a]], r->steps[r->scalars[i].out].repeats);
}

static void place_partials(tsri_rows *r) {
  for (int32_t n = 0; r->is_split && n < r->n_passes; n++)
    for (int32_t i = 0; i < r->passes[n].n_reductions; i++) {
      tsri_rows_reduction *sum = &r->passes[n].reductions[i];
      sum->partial = reserve(&r->workspace,
                             sum->reducer->size * (size_t)(r->kept * r->columns * r->n_segments));
    }
}

tsr_status tsri_rows_plan_passes(tsri_rows_planner *p) {
  tsri_rows *r = p->rows;
  layout l = {.p = p};
  size_t used = tsri_round_up(3 * sizeof(void *) * (size_t)r->n_steps, 64);
  r->frame = r->workspace = 0;
  TSR_TRY(tsri_rows_alloc(&r->arena, r->n_passes + 1, sizeof *r->passes, &r->passes));
  TSR_TRY(tsri_rows_alloc(&p->scratch, r->n_steps, sizeof *l.last_use, &l.last_use));
  TSR_TRY(tsri_rows_alloc(&p->scratch, r->n_steps, sizeof *l.place, &l.place));
  for (int32_t log = 0; log < 5; log++)
    TSR_TRY(tsri_rows_alloc(&p->scratch, r->n_steps, sizeof(size_t), &l.pool.free[log]));
  place_homes(&l, &used);
  TSR_TRY(list_small(&l));
  for (int32_t n = 0; n < r->n_passes; n++)
    TSR_TRY(list_reductions(&l, n, &used));
  for (int32_t n = 0; n < r->n_passes; n++)
    TSR_TRY(list_pass(&l, n, used));
  count_repeats(&l);
  if (used > r->frame) r->frame = used;
  r->blocks_size = r->frame - used;
  place_partials(r);
  return TSR_OK;
}
