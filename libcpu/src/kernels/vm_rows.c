/* vm_rows.c - running a program of rows.
 *
 * A task takes items one after the other, or, where rows are cut, one pass over segments of
 * items; see vm_rows.h. For each block of a pass its operands are found in place or gathered,
 * the numbers of its rows are repeated into blocks of their own, every instruction is one call
 * on whole blocks, and reductions take the result in, in the order of blocks.h.
 */
#include "vm_rows.h"

#include "variants/stream.h"
#include "vm_internal.h"
#include "vm_tree.h"

#include <stdatomic.h>
#include <string.h>

typedef struct rows_task rows_task;

typedef struct rows_job {
  const tsri_rows *rows;
  const tsr_view *in, *out;
  char *workspace;
  int32_t pass; /* where rows are cut */
  void (*run)(rows_task *task, int64_t begin, int64_t end);
  _Atomic int32_t found;
} rows_job;

/* How far the trees of all reductions of a pass have come; they grow alike. */
typedef struct growth {
  int64_t count;
  int32_t depth;
} growth;

struct rows_task {
  const tsri_rows *rows;
  rows_job *job;
  char *frame;
  void **full, **row;    /* [n_steps] where a step's block is, and the numbers of the item's rows */
  int64_t *pitch;        /* [n_steps] bytes from line to line of a block */
  int64_t outer, column; /* the item's place */
  int64_t first, n;      /* its rows */
  int64_t line;          /* elements of a line: of a row, or of all rows */
  int32_t found;
};

/* Part of an item: height steps along n rows side by side, or row after row. */
typedef struct piece {
  int64_t pos;       /* of its first element in the loop */
  int64_t at;        /* and in what is kept */
  int64_t row, rows; /* DOWN: which rows of the item */
  int64_t k, height; /* from where along the rows, and how far */
  int64_t n;         /* elements */
} piece;

static bool is_piece(const rows_task *t) { return !t->rows->is_across || t->n == t->rows->columns; }

/* ---- operands and results ---- */

/* Where a piece of an array lies in one; or NULL. */
static char *in_place(const tsri_rows *r, const tsri_rows_array *a, void *data, const piece *b,
                      bool is_one) {
  if (!is_one) return NULL;
  if (a->dense) return (char *)data + b->pos * (int64_t)a->size;
  const int64_t inner = r->rank ? r->dims[r->rank - 1] : 1;
  if (r->rank == 0 || a->strides[r->rank - 1] != 1 || b->pos % inner + b->n > inner) return NULL;
  return (char *)data + tsri_offset(r->rank, r->dims, a->strides, b->pos) * (int64_t)a->size;
}

/* A step's piece is that of an array, where it lies: in one, or line by line. */
static void find(rows_task *t, int32_t step, const tsri_rows_array *a, void *data, const piece *b,
                 bool is_one) {
  const tsri_rows *r = t->rows;
  const int64_t size = (int64_t)a->size;
  t->full[step] = in_place(r, a, data, b, is_one);
  t->pitch[step] = t->line * size;
  if (t->full[step]) return;
  t->full[step] = (char *)data + tsri_offset(r->rank, r->dims, a->strides, b->pos) * size;
  t->pitch[step] = a->strides[r->outer_rank] * size;
}

static void find_result(rows_task *t, int32_t step, int32_t number, const piece *b, bool is_one) {
  const tsri_rows_array *a = &t->rows->out[number];
  find(t, step, a, t->job->out[a->view].data, b, is_one);
}

static void exchange(const rows_task *t, tsri_vm_way way, const tsri_rows_array *a, char *data,
                     char *dense, const piece *b, bool is_one) {
  const tsri_rows *r = t->rows;
  const int64_t size = (int64_t)a->size;
  if (is_one) {
    tsri_vm_exchange(way, a->move, a->size, r->rank, r->dims, a->strides, data, dense, b->pos,
                     b->n);
    return;
  }
  if (r->reduced_rank <= 1 && r->rank - r->outer_rank - r->reduced_rank == 1) {
    const int64_t along = r->reduced_rank ? a->strides[r->outer_rank] : 0;
    const int64_t aside = a->strides[r->rank - 1];
    char *at = data + tsri_offset(r->rank, r->dims, a->strides, b->pos) * size;
    if (way == TSRI_VM_GATHER)
      a->move(b->height, t->n, at, along, aside, dense, t->n, 1);
    else
      a->move(b->height, t->n, dense, t->n, 1, at, along, aside);
    return;
  }
  for (int64_t k = 0; k < b->height; k++)
    tsri_vm_exchange(way, a->move, a->size, r->rank, r->dims, a->strides, data,
                     dense + k * t->n * size, b->pos + k * r->columns, t->n);
}

static void load(rows_task *t, const tsri_rows_place *place, const piece *b, bool is_one) {
  const tsri_rows *r = t->rows;
  const tsri_rows_array *a = &r->in[place->number];
  const tsri_rows_step *s = &r->steps[a->step];
  char *data = t->job->in[a->view].data;
  if (!s->kept && place->at == SIZE_MAX) {
    find(t, a->step, a, data, b, is_one);
    return;
  }
  char *to = s->kept ? NULL : in_place(r, a, data, b, is_one);
  if (!to) {
    to = t->frame + (s->kept ? s->home + (size_t)b->at * a->size : place->at);
    exchange(t, TSRI_VM_GATHER, a, data, to, b, is_one);
  }
  t->full[a->step] = to;
}

static void store(const rows_task *t, int32_t number, const piece *b, bool is_one) {
  const tsri_rows_array *a = &t->rows->out[number];
  exchange(t, TSRI_VM_SCATTER, a, t->job->out[a->view].data, t->full[a->step], b, is_one);
}

static void call(rows_task *t, const tsri_vm_instruction *k, int64_t n, void **slots) {
  const void *args[3] = {slots[k->args[0]], slots[k->args[1]], slots[k->args[2]]};
  t->found |= k->run(n, args, slots[k->out]);
}

/* Where a pass keeps its values, the same for all pieces. */
static void begin_pass(rows_task *t, const tsri_rows_pass *pass) {
  const tsri_rows *r = t->rows;
  t->line = r->is_across ? t->n : r->count;
  for (int32_t i = 0; i < r->n_steps; i++)
    t->pitch[i] = r->steps[i].kind == TSRI_ROWS_SCALAR ? 0 : t->line * (int64_t)r->steps[i].size;
  for (int32_t i = 0; i < pass->n_blocks; i++)
    t->full[pass->blocks[i].number] = t->frame + pass->blocks[i].at;
}

static void find_places(rows_task *t, const tsri_rows_pass *pass, const piece *b, bool is_one) {
  const tsri_rows *r = t->rows;
  for (int32_t i = 0; i < pass->n_kept; i++) {
    const int32_t step = pass->kept[i];
    const tsri_rows_step *s = &r->steps[step];
    if (s->result >= 0)
      find_result(t, step, s->result, b, is_one);
    else
      t->full[step] = t->frame + s->home + (size_t)b->at * s->size;
  }
  for (int32_t i = 0; i < pass->n_loads; i++)
    load(t, &pass->loads[i], b, is_one);
  for (int32_t i = 0; i < pass->n_results; i++)
    find_result(t, r->out[pass->results[i]].step, pass->results[i], b, is_one);
}

/* Do the lines of a step's block lie side by side? */
static bool is_dense(const rows_task *t, int32_t step) {
  const tsri_rows_step *s = &t->rows->steps[step];
  return s->kind == TSRI_ROWS_SCALAR || t->pitch[step] == t->line * (int64_t)s->size;
}

/* A block function on a block, or on one line after the other. */
static void call_lines(rows_task *t, const tsri_vm_instruction *k, int64_t lines, int64_t n) {
  const char *args[3] = {t->full[k->args[0]], t->full[k->args[1]], t->full[k->args[2]]};
  char *out = t->full[k->out];
  bool dense = is_dense(t, k->out);
  for (int32_t a = 0; a < k->n_args; a++)
    dense &= is_dense(t, k->args[a]);
  if (dense) {
    n *= lines;
    lines = 1;
  }
  for (int64_t line = 0; line < lines; line++, out += t->pitch[k->out]) {
    t->found |= k->run(n, (const void *const[]){args[0], args[1], args[2]}, out);
    for (int32_t a = 0; a < k->n_args; a++)
      args[a] += t->pitch[k->args[a]];
  }
}

/* The same for a chain. */
static void run_chain(const rows_task *t, const tsri_vm *code, const tsri_vm_chain *chain,
                      int64_t lines, int64_t n) {
  bool dense = true;
  for (int32_t i = 0; i < chain->n_links && dense; i++) {
    const int32_t slot = code->links[chain->first + i].slot;
    if (slot >= 0 && code->homes[slot] < TSRI_VM_GROUP) dense = is_dense(t, slot);
  }
  if (dense) {
    n *= lines;
    lines = 1;
  }
  tsri_vm_run_chain(code, chain, t->full, t->pitch, lines, n);
}

static void compute(rows_task *t, const tsri_rows_pass *pass, const piece *b) {
  const bool is_one = is_piece(t) || b->height == 1;
  const int64_t lines = t->rows->is_across ? b->height : b->rows, n = b->n / lines;
  const tsri_vm *code = &pass->code;
  find_places(t, pass, b, is_one);
  for (int32_t i = 0; i < code->n_instructions; i += code->instructions[i].span) {
    const tsri_vm_instruction *k = &code->instructions[i];
    if (k->chain)
      run_chain(t, code, k->chain, lines, n);
    else
      call_lines(t, k, lines, n);
  }
  for (int32_t i = 0; i < pass->n_stores; i++)
    store(t, pass->stores[i], b, is_one);
}

/* Numbers of rows, repeated to the shape of blocks: each along its row, or all for each step. */
static void spread(rows_task *t, const tsri_rows_pass *pass, const piece *b) {
  const tsri_rows *r = t->rows;
  for (int32_t i = 0; i < pass->n_spreads; i++) {
    const int32_t s = pass->spreads[i].number;
    const size_t size = r->steps[s].size, width = size * (size_t)t->n;
    char *from = t->row[s], *to = t->frame + pass->spreads[i].at;
    if (pass->spreads[i].at == SIZE_MAX) {
      t->full[s] = from + (size_t)b->row * size;
      t->pitch[s] = r->is_across ? 0 : (int64_t)size;
      continue;
    }
    t->full[s] = to;
    for (int64_t k = 0; k < b->height && r->is_across; k++)
      memcpy(to + (size_t)k * width, from, width);
    if (!r->is_across) tsri_spread_of(size)(b->rows, b->height, from + (size_t)b->row * size, to);
  }
}

/* ---- reductions ---- */

/* The tree of a reduction, grown so far. */
static tsri_tree tree_of(const rows_task *t, const tsri_rows_reduction *s, int64_t width,
                         growth g) {
  return (tsri_tree){s->reducer, t->frame + s->stack, width, g.count, g.depth};
}

static void push(const rows_task *t, const tsri_rows_reduction *s, int64_t width, const void *acc,
                 growth *g) {
  tsri_tree tree = tree_of(t, s, width, *g);
  tsri_tree_push(&tree, acc);
  *g = (growth){tree.count, tree.depth};
}

static const void *finish(const rows_task *t, const tsri_rows_reduction *s, int64_t width,
                          growth g) {
  tsri_tree tree = tree_of(t, s, width, g);
  return tsri_tree_finish(&tree);
}

/* Whole rows, or a piece of one, the last if ends. */
static void reduce_down(rows_task *t, const tsri_rows_pass *pass, const piece *b, bool ends,
                        growth *growing) {
  growth after = *growing;
  for (int32_t i = 0; i < pass->n_reductions; i++) {
    const tsri_rows_reduction *s = &pass->reductions[i];
    char *acc = t->frame + s->acc + (size_t)b->row * s->reducer->size;
    if (ends && growing->count == 0) {
      s->reducer->runs(b->rows, b->height, t->full[s->arg], acc);
      continue;
    }
    tsri_tree tree = tree_of(t, s, 1, *growing);
    s->reducer->runs(1, b->height, t->full[s->arg], tsri_tree_place(&tree));
    tsri_tree_grow(&tree);
    after = (growth){tree.count, tree.depth};
    if (ends) memcpy(acc, tsri_tree_finish(&tree), s->reducer->size);
  }
  *growing = ends ? (growth){0} : after;
}

/* Rows of elements added to accumulators from `lane` on. */
static void add_rows(const rows_task *t, const tsri_rows_reduction *s, int64_t lane,
                     tsri_rows_of what) {
  char *acc = t->frame + s->lanes + (size_t)(lane * t->n) * s->reducer->size;
  if (what.rows) s->reducer->rows(&what, acc, acc);
}

/* The steps of a piece, added to their lanes: to all at a time where steps lie side by side. */
static void take_across(const rows_task *t, const tsri_rows_reduction *s, const piece *b,
                        int64_t lane, int64_t lanes) {
  const int64_t size = (int64_t)t->rows->steps[s->arg].size, line = t->pitch[s->arg] / size;
  const char *x = t->full[s->arg];
  if (line != t->n) {
    for (int64_t k = 0; k < tsri_min(lanes, b->height); k++) {
      const int64_t n = tsri_ceil_div(b->height - k, lanes);
      add_rows(t, s, lane + k, (tsri_rows_of){x + k * line * size, n, lanes * line, t->n, 0});
    }
    return;
  }
  const int64_t whole = b->height / lanes, rest = b->height % lanes, group = lanes * line;
  add_rows(t, s, lane, (tsri_rows_of){x, whole, group, group, 0});
  add_rows(t, s, lane, (tsri_rows_of){x + whole * group * size, rest != 0, 0, rest * line, 0});
}

/* Some steps of all rows of an item; run is how many the present run has. */
static void reduce_across(rows_task *t, const tsri_rows_pass *pass, const piece *b, int64_t in_run,
                          int64_t run, growth *growing) {
  const int64_t lanes = run < TSRI_LANES ? 1 : TSRI_LANES;
  growth after = *growing;
  for (int32_t i = 0; i < pass->n_reductions; i++) {
    const tsri_rows_reduction *s = &pass->reductions[i];
    char *acc = t->frame + s->lanes;
    if (in_run == 0) s->reducer->clear(lanes * t->n, acc);
    take_across(t, s, b, in_run % lanes, lanes);
    if (in_run + b->height < run) continue;
    if (lanes > 1) s->reducer->halve(t->n, acc);
    growth g = *growing;
    push(t, s, t->n, acc, &g);
    after = g;
  }
  *growing = after;
}

/* ---- passes ---- */

static void run_down(rows_task *t, const tsri_rows_pass *pass, int64_t begin, int64_t end) {
  const tsri_rows *r = t->rows;
  const int64_t together = r->count <= r->block && r->count ? r->block / r->count : 1;
  growth growing = {0};
  begin_pass(t, pass);
  for (int64_t row = 0; row < t->n; row += together)
    for (int64_t k = begin; k < end; k += r->block) {
      piece b = {.row = row, .rows = tsri_min(together, t->n - row), .k = k};
      b.height = tsri_min(r->block, end - k);
      b.n = b.rows * b.height;
      b.at = row * r->count + k;
      b.pos = t->first * r->count + b.at;
      if (k == begin) spread(t, pass, &b);
      compute(t, pass, &b);
      reduce_down(t, pass, &b, k + b.height == end, &growing);
    }
  for (int32_t i = 0; i < pass->n_reductions && begin == end; i++)
    pass->reductions[i].reducer->clear(t->n, t->frame + pass->reductions[i].acc);
}

static void run_across(rows_task *t, const tsri_rows_pass *pass, int64_t begin, int64_t end) {
  const tsri_rows *r = t->rows;
  growth growing = {0};
  const piece whole = {.rows = t->n, .height = tsri_min(r->height, end - begin)};
  begin_pass(t, pass);
  spread(t, pass, &whole);
  for (int64_t k = begin; k < end; k += r->height) {
    const int64_t in_run = (k - begin) % TSRI_RUN;
    piece b = {.k = k, .height = tsri_min(r->height, end - k)};
    b.n = b.height * t->n;
    b.at = k * t->n;
    b.pos = (t->outer * r->count + k) * r->columns + t->column;
    compute(t, pass, &b);
    reduce_across(t, pass, &b, in_run, tsri_min(TSRI_RUN, end - k + in_run), &growing);
  }
  for (int32_t i = 0; i < pass->n_reductions; i++) {
    const tsri_rows_reduction *s = &pass->reductions[i];
    memcpy(t->frame + s->acc, finish(t, s, t->n, growing), (size_t)t->n * s->reducer->size);
  }
}

static void run_pass(rows_task *t, int32_t pass, int64_t begin, int64_t end) {
  if (t->rows->is_across)
    run_across(t, &t->rows->passes[pass], begin, end);
  else
    run_down(t, &t->rows->passes[pass], begin, end);
}

/* ---- rows ---- */

static void locate(rows_task *t, int64_t item) {
  const tsri_rows *r = t->rows;
  if (r->is_across) {
    const int64_t tiles = tsri_ceil_div(r->columns, r->rows);
    t->outer = item / tiles;
    t->column = item % tiles * r->rows;
    t->n = tsri_min(r->rows, r->columns - t->column);
    t->first = t->outer * r->columns + t->column;
  } else {
    t->first = item * r->rows;
    t->n = tsri_min(r->rows, r->kept - t->first);
  }
  for (int32_t i = 0; i < r->n_steps; i++) {
    const tsri_rows_step *s = &r->steps[i];
    if (s->kind != TSRI_ROWS_ROW) continue;
    t->row[i] =
        r->is_split ? t->job->workspace + s->home + (size_t)t->first * s->size : t->frame + s->home;
  }
}

static void exchange_rows(const rows_task *t, tsri_vm_way way, const tsri_rows_array *a,
                          char *data) {
  tsri_vm_exchange(way, a->move, a->size, t->rows->kept_rank, t->rows->kept_dims, a->strides, data,
                   t->row[a->step], t->first, t->n);
}

/* What comes before a pass; before the first one, operands that have a number for each row. */
static void compute_rows(rows_task *t, int32_t pass) {
  const tsri_rows *r = t->rows;
  for (int32_t i = 0; i < r->n_row_in && pass == 0; i++)
    exchange_rows(t, TSRI_VM_GATHER, &r->row_in[i], t->job->in[r->row_in[i].view].data);
  for (int32_t i = 0; i < r->passes[pass].n_before; i++) {
    call(t, &r->passes[pass].before[i], t->n, t->row);
  }
  for (int32_t i = 0; i < r->n_row_out && pass == r->n_passes; i++)
    exchange_rows(t, TSRI_VM_SCATTER, &r->row_out[i], t->job->out[r->row_out[i].view].data);
}

static void run_items(rows_task *t, int64_t begin, int64_t end) {
  const tsri_rows *r = t->rows;
  for (int64_t item = begin; item < end; item++) {
    locate(t, item);
    compute_rows(t, 0);
    for (int32_t n = 0; n < r->n_passes; n++) {
      run_pass(t, n, 0, r->count);
      for (int32_t i = 0; i < r->passes[n].n_reductions; i++) {
        const tsri_rows_reduction *s = &r->passes[n].reductions[i];
        s->reducer->store(t->n, t->frame + s->acc, t->row[s->out]);
      }
      compute_rows(t, n + 1);
    }
  }
}

/* ---- rows that are cut ---- */

static char *partial(const rows_task *t, const tsri_rows_reduction *s, int64_t segment) {
  const tsri_rows *r = t->rows;
  const int64_t at = segment * r->kept * r->columns + t->first;
  return t->job->workspace + s->partial + (size_t)at * s->reducer->size;
}

/* One pass over pieces of items. */
static void run_pieces(rows_task *t, int64_t begin, int64_t end) {
  const tsri_rows *r = t->rows;
  for (int64_t at = begin; at < end; at++) {
    const int64_t segment = at % r->n_segments, from = segment * r->segment;
    locate(t, at / r->n_segments);
    run_pass(t, t->job->pass, from, tsri_min(r->count, from + r->segment));
    for (int32_t i = 0; i < r->passes[t->job->pass].n_reductions; i++) {
      const tsri_rows_reduction *s = &r->passes[t->job->pass].reductions[i];
      memcpy(partial(t, s, segment), t->frame + s->acc, (size_t)t->n * s->reducer->size);
    }
  }
}

/* Joins what segments gave in the pass before, and does what comes between, for some items. */
static void run_between(rows_task *t, int64_t begin, int64_t end) {
  const tsri_rows *r = t->rows;
  const int32_t pass = t->job->pass;
  for (int64_t item = begin; item < end; item++) {
    locate(t, item);
    for (int32_t i = 0; pass > 0 && i < r->passes[pass - 1].n_reductions; i++) {
      const tsri_rows_reduction *s = &r->passes[pass - 1].reductions[i];
      growth g = {0};
      for (int64_t segment = 0; segment < r->n_segments; segment++)
        push(t, s, t->n, partial(t, s, segment), &g);
      s->reducer->store(t->n, finish(t, s, t->n, g), t->row[s->out]);
    }
    compute_rows(t, pass);
  }
}

/* ---- tasks ---- */

static void begin_task(rows_task *t) {
  const tsri_rows *r = t->rows;
  t->full = (void **)(void *)t->frame;
  t->row = t->full + r->n_steps;
  t->pitch = (int64_t *)(void *)(t->row + r->n_steps);
  for (int32_t i = 0; i < r->n_steps; i++) {
    const bool scalar = r->steps[i].kind == TSRI_ROWS_SCALAR;
    t->full[i] = t->row[i] = scalar ? t->frame + r->steps[i].home : NULL;
  }
  for (int32_t i = 0; i < r->n_scalar_in; i++) {
    const tsri_rows_array *a = &r->scalar_in[i];
    a->move(1, r->steps[a->step].repeats, t->job->in[a->view].data, 0, 0, t->full[a->step], 0, 1);
  }
  for (int32_t i = 0; i < r->n_scalars; i++)
    call(t, &r->scalars[i], r->steps[r->scalars[i].out].repeats, t->full);
}

static void run_task(void *ctx, char *frame, int64_t begin, int64_t end) {
  rows_job *job = ctx;
  rows_task t = {.rows = job->rows, .job = job, .frame = frame};
  begin_task(&t);
  job->run(&t, begin, end);
  if (t.rows->streams) tsri_stream_end();
  if (t.found) atomic_fetch_or_explicit(&job->found, t.found, memory_order_relaxed);
}

static tsr_status share(rows_job *job, tsr_stream *stream, int64_t items, int64_t chunk) {
  return tsri_vm_share(stream, job->rows->frame, items, chunk, run_task, job);
}

static tsr_status run_cut(rows_job *job, tsr_stream *stream) {
  const tsri_rows *r = job->rows;
  for (job->pass = 0;; job->pass++) {
    job->run = run_between;
    TSR_TRY(share(job, stream, r->n_items, 16));
    if (job->pass == r->n_passes) return TSR_OK;
    job->run = run_pieces;
    TSR_TRY(share(job, stream, r->n_items * r->n_segments, 1));
  }
}

tsr_status tsri_rows_run(const tsri_rows *r, tsr_stream *stream, const tsr_call *c,
                         const tsr_view *in, const tsr_view *out, void *workspace) {
  rows_job job = {.rows = r, .in = in, .out = out, .workspace = workspace, .run = run_items};
  if (r->is_split) {
    TSR_TRY(run_cut(&job, stream));
  } else {
    const int64_t work = tsri_max(1, r->rows * r->count * r->n_passes);
    TSR_TRY(share(&job, stream, r->n_items, tsri_max(1, TSRI_GRAIN / 2 / work)));
  }
  if (job.found) tsr_numeric_flag(c, -1, tsri_block_finding(c->op));
  return TSR_OK;
}
