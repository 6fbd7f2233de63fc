/* vm_rows_frame.c - the passes of a program of rows as lists, and the layout of its frame.
 *
 * In front lie pointers and what lives as long as a task or an item: blocks of scalars, the
 * numbers of rows, what is kept, accumulators. Blocks follow, whose room each pass uses anew;
 * a block is free again after the last instruction that reads it.
 */
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

static tsr_status set_instruction(const layout *l, int32_t i, tsri_rows_instruction *out) {
  const tsr_expr *e = expr_of(l);
  const tsr_expr_step *step = &e->steps[i];
  tsr_dtype key = step->dtype;
  if (step->op->key >= 0) key = e->steps[step->arg[step->op->key]].dtype;
  *out = (tsri_rows_instruction){.out = i, .array = -1};
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

static void find_last_uses(layout *l, int32_t n, const tsri_rows_pass *pass) {
  const tsr_expr *e = expr_of(l);
  for (int32_t i = 0; i < e->n_steps; i++)
    l->last_use[i] = -1;
  for (int32_t i = 0; i < pass->n_instructions; i++)
    for (int32_t k = 0; k < pass->instructions[i].n_args; k++)
      l->last_use[pass->instructions[i].args[k]] = i;
  for (int32_t i = 0; i < e->n_steps; i++)
    if (tsri_rows_reduces(&e->steps[i]) && l->p->rows->steps[i].pass == n + 1)
      l->last_use[e->steps[i].arg[0]] = pass->n_instructions;
  for (int32_t j = 0; j < l->p->rows->n_out; j++)
    l->last_use[l->p->rows->out[j].step] = pass->n_instructions;
}

/* Can every block of an array be a piece of its memory? */
static bool is_in_place(const tsri_rows *r, const tsri_rows_array *a) {
  return a->dense && (!r->is_across || r->rows == r->columns || r->height == 1);
}

/* Blocks that live for the whole pass: what is read, and numbers of rows repeated. */
static void place_inputs(layout *l, int32_t n, tsri_rows_pass *pass) {
  tsri_rows *r = l->p->rows;
  for (int32_t i = 0; i < r->n_in; i++) {
    const int32_t s = r->in[i].step;
    if (state_of(l, n, s) != TSRI_ROWS_COMPUTED) continue;
    const bool none = r->steps[s].kept || is_in_place(r, &r->in[i]);
    l->place[s] = none ? 0 : take(l, r->in[i].size);
    pass->loads[pass->n_loads++] = (tsri_rows_place){i, l->place[s]};
  }
  for (int32_t s = 0; s < r->n_steps; s++) {
    if (r->steps[s].kind != TSRI_ROWS_ROW || state_of(l, n, s) == TSRI_ROWS_UNUSED) continue;
    pass->spreads[pass->n_spreads++] = (tsri_rows_place){s, take(l, r->steps[s].size)};
  }
}

/* Which result an instruction may write in place, or -1. */
static int32_t result_of(const tsri_rows *r, int32_t step, int32_t pass) {
  if (r->steps[step].kept || r->steps[step].pass != pass) return -1;
  for (int32_t j = 0; j < r->n_out; j++)
    if (r->out[j].step == step && is_in_place(r, &r->out[j])) return j;
  return -1;
}

static void place_results(layout *l, int32_t n, tsri_rows_pass *pass) {
  tsri_rows *r = l->p->rows;
  for (int32_t i = 0; i < pass->n_instructions; i++) {
    tsri_rows_instruction *k = &pass->instructions[i];
    for (int32_t a = 0; a < k->n_args; a++) {
      const int32_t s = k->args[a];
      if (l->last_use[s] != i || l->place[s] == SIZE_MAX || !expr_of(l)->steps[s].op ||
          r->steps[s].kind != TSRI_ROWS_FULL)
        continue;
      give_back(l, s);
      l->last_use[s] = -1; /* an argument may stand twice */
    }
    k->array = result_of(r, k->out, n);
    const bool none = k->array >= 0 || r->steps[k->out].kept;
    l->place[k->out] = k->place = none ? SIZE_MAX : take(l, r->steps[k->out].size);
  }
}

static void list_stores(const layout *l, int32_t n, tsri_rows_pass *pass) {
  const tsri_rows *r = l->p->rows;
  for (int32_t j = 0; j < r->n_out; j++) {
    bool written = r->steps[r->out[j].step].pass != n;
    for (int32_t i = 0; i < pass->n_instructions; i++)
      written |= pass->instructions[i].array == j;
    if (!written) pass->stores[pass->n_stores++] = j;
  }
}

static tsr_status list_pass(layout *l, int32_t n, size_t blocks) {
  const tsr_expr *e = expr_of(l);
  tsri_rows *r = l->p->rows;
  tsri_rows_pass *pass = &r->passes[n];
  l->pool.used = blocks;
  TSR_TRY(tsri_rows_alloc(&r->arena, r->n_in, sizeof *pass->loads, &pass->loads));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *pass->spreads, &pass->spreads));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *pass->instructions, &pass->instructions));
  TSR_TRY(tsri_rows_alloc(&r->arena, r->n_out, sizeof *pass->stores, &pass->stores));
  for (int32_t log = 0; log < 5; log++)
    l->pool.n_free[log] = 0;
  for (int32_t i = 0; i < e->n_steps; i++) {
    l->place[i] = SIZE_MAX;
    if (r->steps[i].kind == TSRI_ROWS_FULL && e->steps[i].op &&
        state_of(l, n, i) == TSRI_ROWS_COMPUTED)
      TSR_TRY(set_instruction(l, i, &pass->instructions[pass->n_instructions++]));
  }
  find_last_uses(l, n, pass);
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
  const size_t longest = (size_t)tsri_max(r->block, r->rows);
  for (int32_t i = 0; i < r->n_steps; i++) {
    tsri_rows_step *s = &r->steps[i];
    if (s->kind == TSRI_ROWS_SCALAR)
      s->home = reserve(used, s->size * longest);
    else if (s->kind == TSRI_ROWS_FULL)
      s->home = s->kept ? reserve(used, s->size * (size_t)(r->rows * r->count)) : SIZE_MAX;
    else if (r->is_split)
      s->home = reserve(&r->workspace, s->size * (size_t)(r->kept * r->columns));
    else
      s->home = reserve(used, s->size * (size_t)r->rows);
  }
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
  size_t used = tsri_round_up(2 * sizeof(void *) * (size_t)r->n_steps, 64);
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
  if (used > r->frame) r->frame = used;
  r->blocks_size = r->frame - used;
  place_partials(r);
  return TSR_OK;
}
