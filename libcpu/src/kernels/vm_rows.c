/* vm_rows.c - running a program of rows.
 *
 * A task takes items one after the other, or, where rows are cut, one pass over segments of
 * items; see vm_rows.h. For each block of a pass its operands are found in place or gathered,
 * the numbers of its rows are repeated into blocks of their own, every instruction is one call
 * on whole blocks, and reductions take the result in, in the order of blocks.h.
 */
#include "vm_rows.h"

#include "vm_internal.h"
#include "vm_tree.h"

#include <stdatomic.h>
#include <string.h>

enum {
  STEPS_AHEAD = 4
};

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
  int64_t outer, column; /* the item's place */
  int64_t first, n;      /* its rows */
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

static char *in_place(const tsri_rows *r, const tsri_rows_array *a, void *data, const piece *b,
                      bool is_one) {
  if (!is_one) return NULL;
  if (a->dense) return (char *)data + b->pos * (int64_t)a->size;
  const int64_t inner = r->rank ? r->dims[r->rank - 1] : 1;
  if (r->rank == 0 || a->strides[r->rank - 1] != 1 || b->pos % inner + b->n > inner) return NULL;
  return (char *)data + tsri_offset(r->rank, r->dims, a->strides, b->pos) * (int64_t)a->size;
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

/* Bring near what is wanted a few steps later; rows far apart are not foreseen by the processor. */
static void fetch_ahead(const char *x, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64)
    __builtin_prefetch(x + i, 0, 2);
}

static void load(rows_task *t, const tsri_rows_place *place, const piece *b, bool is_one) {
  const tsri_rows *r = t->rows;
  const tsri_rows_array *a = &r->in[place->number];
  const tsri_rows_step *s = &r->steps[a->step];
  char *data = t->job->in[a->view].data;
  char *to = s->kept ? NULL : in_place(r, a, data, b, is_one);
  if (to && r->is_across && r->reduced_rank == 1)
    fetch_ahead(to + STEPS_AHEAD * a->strides[r->outer_rank] * (int64_t)a->size,
                (size_t)b->n * a->size);
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

static void call(rows_task *t, const tsri_rows_instruction *k, int64_t n, void **slots, void *out) {
  const void *args[3] = {slots[k->args[0]], slots[k->args[1]], slots[k->args[2]]};
  t->found |= k->run(n, args, out);
}

/* What earlier passes left. */
static void find_kept(rows_task *t, const piece *b) {
  const tsri_rows *r = t->rows;
  for (int32_t i = 0; i < r->n_steps; i++)
    if (r->steps[i].kept)
      t->full[i] = t->frame + r->steps[i].home + (size_t)b->at * r->steps[i].size;
}

static void compute(rows_task *t, const tsri_rows_pass *pass, const piece *b) {
  const tsri_rows *r = t->rows;
  const bool is_one = is_piece(t) || b->height == 1;
  find_kept(t, b);
  for (int32_t i = 0; i < pass->n_loads; i++)
    load(t, &pass->loads[i], b, is_one);
  for (int32_t i = 0; i < pass->n_instructions; i++) {
    const tsri_rows_instruction *k = &pass->instructions[i];
    if (k->array >= 0) {
      const tsri_rows_array *a = &r->out[k->array];
      t->full[k->out] = in_place(r, a, t->job->out[a->view].data, b, is_one);
    } else if (!r->steps[k->out].kept) {
      t->full[k->out] = t->frame + k->place;
    }
    call(t, k, b->n, t->full, t->full[k->out]);
  }
  for (int32_t i = 0; i < pass->n_stores; i++)
    store(t, pass->stores[i], b, is_one);
}

/* Numbers of rows, repeated to the shape of blocks: each along its row, or all for each step. */
static void spread(rows_task *t, const tsri_rows_pass *pass, const piece *b) {
  const tsri_rows *r = t->rows;
  for (int32_t i = 0; i < pass->n_spreads; i++) {
    const int32_t s = pass->spreads[i].number;
    const size_t size = r->steps[s].size;
    const size_t width = size * (size_t)t->n;
    char *to = t->frame + pass->spreads[i].at, *from = t->row[s];
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

/* A piece of one row. */
static void take_down(rows_task *t, const tsri_rows_reduction *s, const char *x, int64_t n,
                      growth *g) {
  tsri_tree tree = tree_of(t, s, 1, *g);
  s->reducer->runs(1, n, x, tsri_tree_place(&tree));
  tsri_tree_grow(&tree);
  *g = (growth){tree.count, tree.depth};
}

/* A block of one or several rows, the last of a row if ends. */
static void reduce_down(rows_task *t, const tsri_rows_pass *pass, const piece *b, bool ends,
                        growth *growing) {
  growth after = *growing;
  for (int32_t i = 0; i < pass->n_reductions; i++) {
    const tsri_rows_reduction *s = &pass->reductions[i];
    const char *x = t->full[s->arg];
    char *acc = t->frame + s->acc + (size_t)b->row * s->reducer->size;
    if (b->rows > 1 && b->height <= TSRI_RUN) {
      s->reducer->runs(b->rows, b->height, x, acc);
      continue;
    }
    for (int64_t row = 0; row < b->rows; row++) {
      growth g = *growing;
      take_down(t, s, x + (size_t)(row * b->height) * t->rows->steps[s->arg].size, b->height, &g);
      if (ends) memcpy(acc + (size_t)row * s->reducer->size, finish(t, s, 1, g), s->reducer->size);
      after = g;
    }
  }
  *growing = ends ? (growth){0} : after;
}

/* Some steps of all rows of an item; run is how many the present run has. */
static void reduce_across(rows_task *t, const tsri_rows_pass *pass, const piece *b, int64_t in_run,
                          int64_t run, growth *growing) {
  const int64_t lanes = run < TSRI_LANES ? 1 : TSRI_LANES, width = t->n;
  growth after = *growing;
  for (int32_t i = 0; i < pass->n_reductions; i++) {
    const tsri_rows_reduction *s = &pass->reductions[i];
    const size_t row = (size_t)width * s->reducer->size;
    const size_t step = (size_t)width * t->rows->steps[s->arg].size;
    const char *x = t->full[s->arg];
    char *acc = t->frame + s->lanes;
    if (in_run == 0) s->reducer->clear(lanes * width, acc);
    for (int64_t k = 0, groups, some; k < b->height; k += groups * some) {
      const int64_t lane = (in_run + k) % lanes, left = b->height - k;
      char *at = acc + (size_t)lane * row;
      some = tsri_min(lanes - lane, left);
      groups = some == lanes ? left / lanes : 1;
      const tsri_rows_of what = {x + (size_t)k * step, groups, lanes * width, some * width, 0};
      s->reducer->rows(&what, at, at);
    }
    if (in_run + b->height < run) continue;
    if (lanes > 1) s->reducer->halve(width, acc);
    growth g = *growing;
    push(t, s, width, acc, &g);
    after = g;
  }
  *growing = after;
}

/* ---- passes ---- */

static void run_down(rows_task *t, const tsri_rows_pass *pass, int64_t begin, int64_t end) {
  const tsri_rows *r = t->rows;
  const int64_t together = r->count <= r->block && r->count ? r->block / r->count : 1;
  growth growing = {0};
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
    const tsri_rows_instruction *k = &r->passes[pass].before[i];
    call(t, k, t->n, t->row, t->row[k->out]);
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
  const int64_t n = tsri_max(r->block, r->rows);
  t->full = (void **)(void *)t->frame;
  t->row = t->full + r->n_steps;
  for (int32_t i = 0; i < r->n_steps; i++) {
    const bool scalar = r->steps[i].kind == TSRI_ROWS_SCALAR;
    t->full[i] = t->row[i] = scalar ? t->frame + r->steps[i].home : NULL;
  }
  for (int32_t i = 0; i < r->n_scalar_in; i++) {
    const tsri_rows_array *a = &r->scalar_in[i];
    a->move(1, n, t->job->in[a->view].data, 0, 0, t->full[a->step], 0, 1);
  }
  for (int32_t i = 0; i < r->n_scalars; i++)
    call(t, &r->scalars[i], n, t->full, t->full[r->scalars[i].out]);
}

static void run_task(void *ctx, char *frame, int64_t begin, int64_t end) {
  rows_job *job = ctx;
  rows_task t = {.rows = job->rows, .job = job, .frame = frame};
  begin_task(&t);
  job->run(&t, begin, end);
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
