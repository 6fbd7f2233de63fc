/* vm_rows_plan.c - from an expression and strides to a program of rows: what each step varies
 * along, which pass computes it, and what is kept between passes.
 */
#include "vm_rows_internal.h"

#include <string.h>

enum {
  BLOCK = 4096,     /* elements, unless too many blocks are alive at once */
  WIDTH = 256,      /* rows side by side at most */
  NARROW = 16,      /* a multiple of which they are, where there are so many */
  ROWS = 16,        /* rows one after the other, so that steps on rows are worth a call */
  L1 = 40 << 10,    /* bytes of blocks */
  NEAR = 24 << 10,  /* bytes that are kept for ROWS rows, near the processor */
  FAR = 1100 << 10, /* bytes of an item whose rows lie side by side */
  MOST = 448 << 10, /* bytes that are kept at all */
  FEW = 8,          /* items that leave threads idle */
  LINE = 128,       /* elements of a row, or lines across, that chains take singly */
  CHEAP = 4,        /* operations in chains whose result is worth keeping */
  EXPENSIVE = 16    /* operations in chains that take the time of a function */
};

static const tsr_expr *expr_of(const tsri_rows_planner *p) { return p->s->expr; }

/* ---- what steps vary along, and when they can be computed ---- */

static tsri_rows_kind kind_of_load(const tsri_rows_planner *p, int32_t input) {
  const tsri_rows *r = p->rows;
  const tsr_expr_load *from = &expr_of(p)->inputs[input];
  bool any = false;
  for (int32_t k = 0; k < from->rank && r->count == 0; k++) /* there is nothing to read then */
    if (p->reduced >> from->axes[k] & 1) return TSRI_ROWS_FULL;
  for (int32_t a = 0; a < r->rank; a++) {
    const bool is_reduced = a >= r->outer_rank && a < r->outer_rank + r->reduced_rank;
    if (is_reduced && r->count && p->strides[input][a]) return TSRI_ROWS_FULL;
    any |= !is_reduced && p->strides[input][a] != 0;
  }
  return any ? TSRI_ROWS_ROW : TSRI_ROWS_SCALAR;
}

/* pass is the earliest one here. */
static void classify(tsri_rows_planner *p) {
  const tsr_expr *e = expr_of(p);
  for (int32_t i = 0; i < e->n_steps; i++) {
    const tsr_expr_step *from = &e->steps[i];
    tsri_rows_step *step = &p->rows->steps[i];
    *step = (tsri_rows_step){.kind = TSRI_ROWS_SCALAR, .size = tsr_dtype_size(from->dtype)};
    if (tsri_rows_is_load(from)) step->kind = kind_of_load(p, from->arg[0]);
    for (int32_t k = 0; from->op && k < 3 && from->arg[k] >= 0; k++) {
      const tsri_rows_step *arg = &p->rows->steps[from->arg[k]];
      if (arg->kind > step->kind) step->kind = arg->kind;
      if (arg->pass > step->pass) step->pass = arg->pass;
    }
    if (!tsri_rows_reduces(from)) continue;
    step->kind = TSRI_ROWS_ROW;
    step->pass++;
    if (step->pass > p->rows->n_passes) p->rows->n_passes = step->pass;
  }
  for (int32_t j = 0; j < e->n_outputs; j++) {
    const int32_t pass = p->rows->steps[e->outputs[j].step].pass;
    if (!e->outputs[j].reduced && pass >= p->rows->n_passes) p->rows->n_passes = pass + 1;
  }
}

static bool is_full_result(const tsr_expr_out *out) { return !out->reduced; }

/* Later where nobody needs it before. */
static tsr_status postpone(tsri_rows_planner *p) {
  const tsr_expr *e = expr_of(p);
  tsri_rows_step *steps = p->rows->steps;
  int32_t *pass;
  TSR_TRY(tsri_rows_alloc(&p->scratch, e->n_steps, sizeof *pass, &pass));
  for (int32_t i = 0; i < e->n_steps; i++)
    pass[i] = INT32_MAX;
  for (int32_t j = 0; j < e->n_outputs; j++) {
    const int32_t s = e->outputs[j].step;
    if (is_full_result(&e->outputs[j]) && steps[s].pass < pass[s]) pass[s] = steps[s].pass;
  }
  for (int32_t i = e->n_steps - 1; i >= 0; i--) {
    const tsr_expr_step *s = &e->steps[i];
    const int32_t at = tsri_rows_reduces(s) ? steps[i].pass - 1 : pass[i];
    for (int32_t k = 0; s->op && k < 3 && s->arg[k] >= 0; k++)
      if (steps[s->arg[k]].kind == TSRI_ROWS_FULL && at < pass[s->arg[k]]) pass[s->arg[k]] = at;
  }
  for (int32_t i = 0; i < e->n_steps; i++)
    if (steps[i].kind == TSRI_ROWS_FULL) steps[i].pass = pass[i];
  return TSR_OK;
}

/* ---- what is kept ---- */

/* What it takes to compute a step from what is read, next to an operation in a chain. */
static tsr_status find_costs(tsri_rows_planner *p) {
  const tsr_expr *e = expr_of(p);
  TSR_TRY(tsri_rows_alloc(&p->scratch, e->n_steps, sizeof *p->cost, &p->cost));
  for (int32_t i = 0; i < e->n_steps; i++) {
    const tsr_expr_step *s = &e->steps[i];
    if (p->rows->steps[i].kind != TSRI_ROWS_FULL || !s->op) continue;
    const bool root = s->op == tsr_op_core(TSR_OP_SQRT);
    p->cost[i] = s->op->family == TSR_FAMILY_ANALYTIC && !root ? EXPENSIVE : 1;
    for (int32_t k = 0; k < 3 && s->arg[k] >= 0; k++)
      p->cost[i] = tsri_min(p->cost[i] + p->cost[s->arg[k]], 2 * EXPENSIVE);
  }
  return TSR_OK;
}

/* Would step i, needed after the pass that computes it, be kept? */
static bool may_keep(const tsri_rows_planner *p, int32_t i) {
  const tsr_expr_step *s = &expr_of(p)->steps[i];
  if (s->op) return p->cost[i] >= p->worth;
  const int32_t last = p->rows->rank - 1; /* memory in one piece is as near as a copy of it */
  return p->worth <= CHEAP && last >= 0 && p->strides[s->arg[0]][last] != 1;
}

/* ---- rooms: results that keep a step until they are there themselves ---- */

/* Is the memory of an output in lines of the loop? */
static bool has_lines(const tsri_rows_planner *p, int32_t output) {
  const tsri_rows *r = p->rows;
  const int64_t *strides = p->strides[expr_of(p)->n_inputs + output];
  if (!r->is_across) return tsr_layout_is_contiguous(r->rank, r->dims, strides);
  return r->reduced_rank == 1 && r->rank == r->outer_rank + 2 && strides[r->rank - 1] == 1 &&
         2 * r->columns >= LINE;
}

static bool reads(const tsr_expr_step *s, int32_t step) {
  return s->op && (s->arg[0] == step || s->arg[1] == step || s->arg[2] == step);
}

/* Is step i still read by a pass that makes `result` when that is written? */
static bool is_late(const tsri_rows_planner *p, int32_t i, int32_t result, int32_t pass) {
  const tsr_expr *e = expr_of(p);
  const int8_t *state = p->state + (int64_t)pass * e->n_steps;
  for (int32_t k = i + 1; k < e->n_steps; k++) {
    const bool here = tsri_rows_reduces(&e->steps[k])
                          ? p->rows->steps[k].pass == pass + 1
                          : k > result && state[k] == TSRI_ROWS_COMPUTED;
    if (here && reads(&e->steps[k], i)) return true;
  }
  return false;
}

static bool is_computed_after(const tsri_rows_planner *p, int32_t i, int32_t pass) {
  for (int32_t n = pass + 1; n < p->rows->n_passes; n++)
    if (p->state[(int64_t)n * p->rows->n_steps + i] == TSRI_ROWS_COMPUTED) return true;
  return false;
}

/* May step i, found by a pass and none behind it, be kept where output number j will be? */
static bool has_room(const tsri_rows_planner *p, int32_t i, int32_t pass, int32_t output,
                     int32_t j) {
  const tsri_rows_step *steps = p->rows->steps;
  const int32_t result = expr_of(p)->outputs[output].step;
  if (result == i) return has_lines(p, output);
  if (steps[result].kind != TSRI_ROWS_FULL || steps[result].size != steps[i].size ||
      tsri_rows_is_load(&expr_of(p)->steps[result]) || steps[result].pass < pass ||
      !has_lines(p, output))
    return false;
  for (int32_t k = 0; k < p->rows->n_steps; k++)
    if (steps[k].kept && steps[k].result == j) return false;
  return steps[result].pass > pass || !is_late(p, i, result, pass);
}

/* The result, among those along the loop, that can keep step i; or -1. Nothing is kept so where
 * results go past the caches. A step that is a result of its own is kept there or nowhere.
 */
static int32_t room_of(const tsri_rows_planner *p, int32_t i, int32_t pass) {
  const tsr_expr *e = expr_of(p);
  int32_t own = 0, n = 0, room = -1;
  if (p->rows->streams || p->cost[i] < CHEAP || is_computed_after(p, i, pass)) return -1;
  for (int32_t j = 0; j < e->n_outputs; j++)
    own += is_full_result(&e->outputs[j]) && e->outputs[j].step == i;
  for (int32_t j = 0; j < e->n_outputs && own < 2; j++) {
    if (!is_full_result(&e->outputs[j])) continue;
    if (own == (e->outputs[j].step == i) && has_room(p, i, pass, j, n)) room = n;
    n++;
  }
  return room;
}

static bool keep(tsri_rows_planner *p, int32_t i, int32_t pass) {
  tsri_rows_step *s = &p->rows->steps[i];
  if (s->kept) return true;
  s->result = room_of(p, i, pass);
  s->kept = s->result >= 0 || may_keep(p, i);
  return s->kept;
}

/* ---- what passes compute, and what they find ---- */

static void visit_pass(tsri_rows_planner *p, int32_t pass) {
  const tsr_expr *e = expr_of(p);
  tsri_rows_step *steps = p->rows->steps;
  int8_t *state = p->state + (int64_t)pass * e->n_steps;
  for (int32_t j = 0; j < e->n_outputs; j++)
    if (is_full_result(&e->outputs[j]) && steps[e->outputs[j].step].pass == pass)
      state[e->outputs[j].step] = TSRI_ROWS_COMPUTED;
  for (int32_t i = e->n_steps - 1; i >= 0; i--) {
    const tsr_expr_step *s = &e->steps[i];
    const bool ends = tsri_rows_reduces(s) && steps[i].pass == pass + 1;
    const bool full = steps[i].kind == TSRI_ROWS_FULL;
    if (full && steps[i].kept && steps[i].pass == pass) state[i] = TSRI_ROWS_COMPUTED;
    if (!ends && (!full || state[i] == TSRI_ROWS_UNUSED)) continue;
    if (full && steps[i].pass < pass && keep(p, i, pass)) {
      state[i] = TSRI_ROWS_FOUND;
      continue;
    }
    for (int32_t k = 0; s->op && k < 3 && s->arg[k] >= 0; k++)
      state[s->arg[k]] = TSRI_ROWS_COMPUTED;
  }
}

/* Bytes kept in the frame for each element. */
static int64_t visit_passes(tsri_rows_planner *p) {
  tsri_rows *r = p->rows;
  int64_t bytes = 0;
  for (int32_t i = 0; i < r->n_steps; i++)
    r->steps[i].kept = false;
  memset(p->state, TSRI_ROWS_UNUSED, (size_t)r->n_passes * (size_t)r->n_steps);
  for (int32_t pass = r->n_passes - 1; pass >= 0; pass--)
    visit_pass(p, pass);
  for (int32_t i = 0; i < r->n_steps; i++)
    if (r->steps[i].kept && r->steps[i].result < 0) bytes += (int64_t)r->steps[i].size;
  return bytes;
}

/* ---- sizes ---- */

/* Bytes of the operands and results that lie along the loop, for each of its elements. */
static int64_t element_bytes(const tsri_rows_planner *p) {
  const tsr_expr *e = expr_of(p);
  const tsri_rows_step *steps = p->rows->steps;
  int64_t bytes = 0;
  for (int32_t i = 0; i < e->n_steps && tsri_rows_is_load(&e->steps[i]); i++)
    if (steps[i].kind == TSRI_ROWS_FULL) bytes += (int64_t)steps[i].size;
  for (int32_t j = 0; j < e->n_outputs; j++)
    if (is_full_result(&e->outputs[j])) bytes += (int64_t)steps[e->outputs[j].step].size;
  return bytes;
}

/* Rows of an item side by side, in equal shares: as many as stay in the second cache, but enough
 * for lines of memory to be worth while.
 */
static void size_across(const tsri_rows_planner *p, int64_t kept) {
  tsri_rows *r = p->rows;
  const int64_t bytes = element_bytes(p) + kept;
  int64_t width = WIDTH;
  while (width > LINE && width * r->count > FAR / bytes)
    width /= 2;
  if (width * r->count > FAR / bytes) width = WIDTH;
  const int64_t tiles = tsri_max(1, tsri_ceil_div(r->columns, width));
  width = tsri_ceil_div(tsri_ceil_div(r->columns, tiles), NARROW) * NARROW;
  r->rows = tsri_max(1, tsri_min(width, r->columns));
  r->height = TSRI_RUN;
  while (r->height > 1 && r->height * r->rows > p->block)
    r->height /= 2;
  r->block = r->height * r->rows;
  r->n_items = r->kept * tsri_ceil_div(r->columns, r->rows);
}

static void size_down(const tsri_rows_planner *p, int64_t kept) {
  tsri_rows *r = p->rows;
  const int64_t together = r->count ? tsri_max(1, p->block / r->count) : p->block;
  int64_t rows = ROWS;
  while (kept && rows > 1 && rows * r->count > NEAR / kept)
    rows /= 2;
  if (r->count > TSRI_GRAIN) rows = 1;
  r->rows = tsri_max(1, tsri_min(r->kept, tsri_max(together, rows / together * together)));
  r->block = p->block;
  r->n_items = tsri_ceil_div(r->kept, r->rows);
}

/* Does what is kept of an item fit the frame? */
static bool fits(const tsri_rows *r, int64_t kept) {
  return !kept || r->rows <= MOST / kept / tsri_max(1, r->count);
}

/* Few items of much work each are cut, and then nothing is kept. */
static void choose_cut(tsri_rows_planner *p, bool kept) {
  tsri_rows *r = p->rows;
  r->segment = TSRI_RUN;
  while (r->segment * (r->is_across ? r->rows : 1) < 2 * TSRI_GRAIN)
    r->segment *= 2;
  r->n_segments = 1;
  if (r->n_items >= (kept ? FEW / 2 : FEW) || r->count <= r->segment) return;
  r->is_split = true;
  r->n_segments = tsri_ceil_div(r->count, r->segment);
}

static void choose_sizes(tsri_rows_planner *p) {
  static const int64_t worth[] = {CHEAP, EXPENSIVE, INT64_MAX};
  tsri_rows *r = p->rows;
  int64_t kept = 0;
  for (int32_t i = 0; i < 3; i++) {
    p->worth = worth[i];
    kept = visit_passes(p);
    if (r->is_across)
      size_across(p, kept);
    else
      size_down(p, kept);
    if (fits(r, kept)) break;
  }
  r->by_lines = (r->is_across ? 2 * r->rows : r->count) >= LINE;
  choose_cut(p, kept > 0);
  if (!r->is_split || !kept) return;
  p->worth = INT64_MAX;
  (void)visit_passes(p);
}

/* ---- arrays ---- */

/* Bytes that the arrays cover. */
static size_t touched(const tsri_rows_planner *p) {
  const tsr_expr *e = expr_of(p);
  size_t bytes = 0;
  for (int32_t i = 0; i < e->n_inputs + e->n_outputs; i++) {
    const int32_t j = i - e->n_inputs;
    size_t size = tsr_dtype_size(j < 0 ? e->inputs[i].dtype : e->steps[e->outputs[j].step].dtype);
    for (int32_t a = 0; a < p->rows->rank; a++)
      if (p->strides[i][a]) size *= (size_t)p->rows->dims[a];
    bytes += size;
  }
  return bytes;
}

static tsr_status add_array(tsri_rows_planner *p, tsri_rows_array *list, int32_t *n, int32_t step,
                            int32_t view, tsri_rows_kind kind, const int64_t *strides) {
  tsri_rows *r = p->rows;
  tsri_rows_array *a = &list[(*n)++];
  *a = (tsri_rows_array){.step = step,
                         .view = view,
                         .size = r->steps[step].size,
                         .move = tsri_move_of(r->steps[step].size),
                         .strides = strides};
  if (kind == TSRI_ROWS_FULL) {
    a->dense = tsr_layout_is_contiguous(r->rank, r->dims, strides);
    return TSR_OK;
  }
  int64_t *of_rows;
  TSR_TRY(tsri_rows_alloc(&r->arena, r->kept_rank, sizeof *of_rows, &of_rows));
  for (int32_t k = 0; k < r->kept_rank; k++)
    of_rows[k] = strides[k < r->outer_rank ? k : k + r->reduced_rank];
  a->strides = of_rows;
  a->dense = tsr_layout_is_contiguous(r->kept_rank, r->kept_dims, of_rows);
  return TSR_OK;
}

static tsr_status add_arrays(tsri_rows_planner *p) {
  const tsr_expr *e = expr_of(p);
  tsri_rows *r = p->rows;
  r->n_in = r->n_row_in = r->n_scalar_in = r->n_out = r->n_row_out = 0;
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *r->in, &r->in));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *r->in, &r->row_in));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *r->in, &r->scalar_in));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_outputs, sizeof *r->in, &r->out));
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_outputs, sizeof *r->in, &r->row_out));
  for (int32_t i = 0; i < e->n_steps && tsri_rows_is_load(&e->steps[i]); i++) {
    const int32_t view = e->steps[i].arg[0];
    const tsri_rows_kind kind = r->steps[i].kind;
    tsri_rows_array *lists[] = {r->scalar_in, r->row_in, r->in};
    int32_t *counts[] = {&r->n_scalar_in, &r->n_row_in, &r->n_in};
    TSR_TRY(add_array(p, lists[kind], counts[kind], i, view, kind, p->strides[view]));
  }
  for (int32_t j = 0; j < e->n_outputs; j++) {
    const bool full = is_full_result(&e->outputs[j]);
    TSR_TRY(add_array(p, full ? r->out : r->row_out, full ? &r->n_out : &r->n_row_out,
                      e->outputs[j].step, j, full ? TSRI_ROWS_FULL : TSRI_ROWS_ROW,
                      p->strides[e->n_inputs + j]));
  }
  return TSR_OK;
}

/* ---- all of it ---- */

static tsr_status plan(tsri_rows_planner *p) {
  const tsr_expr *e = expr_of(p);
  tsri_rows *r = p->rows;
  p->reduced = tsr_expr_rows(e);
  r->n_steps = e->n_steps;
  TSR_TRY(tsri_rows_alloc(&r->arena, e->n_steps, sizeof *r->steps, &r->steps));
  TSR_TRY(tsri_rows_plan_axes(p));
  r->streams = tsri_streams(p->s->device, touched(p));
  classify(p);
  TSR_TRY(postpone(p));
  TSR_TRY(find_costs(p));
  TSR_TRY(tsri_rows_alloc(&p->scratch, (int64_t)r->n_passes * e->n_steps, 1, &p->state));
  for (p->block = BLOCK;; p->block /= 2) {
    choose_sizes(p);
    TSR_TRY(add_arrays(p));
    TSR_TRY(tsri_rows_plan_passes(p));
    if (p->block <= BLOCK / 4 || r->blocks_size <= L1) break;
  }
  if (r->frame <= TSRI_VM_LARGE_FRAME) return TSR_OK;
  return TSR_FAIL(TSR_ERR_UNSUPPORTED, "fused: %d steps keep %zu bytes of blocks alive, over %zu",
                  r->n_steps, r->frame, TSRI_VM_LARGE_FRAME);
}

tsr_status tsri_rows_create(const tsri_rows_source *source, tsri_rows **out) {
  tsri_rows *rows;
  *out = NULL;
  TSR_TRY(tsr_kernel_state_create(sizeof *rows, &rows));
  tsri_rows_planner p = {.s = source, .rows = rows};
  tsr_status status = plan(&p);
  tsr_arena_deinit(&p.scratch);
  if (status != TSR_OK) {
    tsri_rows_release(rows);
    return status;
  }
  *out = rows;
  return TSR_OK;
}

void tsri_rows_release(tsri_rows *rows) {
  if (!rows) return;
  tsr_arena_deinit(&rows->arena);
  tsr_kernel_state_release(rows);
}
