/* plan_place.c - lifetimes, in-place results, and offsets in the arena.
 *
 * Two buffers whose lifetimes meet in a step never overlap, unless the step's kernel said
 * that an output may take over an input that ends there; then both become one buffer.
 * Packing is best fit by decreasing size.
 */
#include "draft.h"
#include "prepare.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT INT64_C(64)

int32_t tsri_draft_root(const tsri_draft *d, int32_t b) {
  while (d->buffers[b].same_as >= 0)
    b = d->buffers[b].same_as;
  return b;
}

static void touch(tsri_draft *d, int32_t b, int32_t step) {
  tsri_buffer *buffer = &d->buffers[b];
  if (step < buffer->first) buffer->first = step;
  if (step > buffer->last) buffer->last = step;
}

void tsri_draft_lifetimes(tsri_draft *d) {
  for (int32_t s = 0; s < d->plan->n_steps; s++) {
    const tsri_step *step = &d->plan->steps[s];
    for (int32_t i = 0; i < step->call.n_in + step->call.n_out; i++)
      touch(d, d->values[step->value[i]].buffer, s);
    if (step->workspace_buffer >= 0) touch(d, step->workspace_buffer, s);
  }
}

/* Would writing output j over input i spoil another operand of the step? */
static bool spoils_others(const tsri_draft *d, const tsri_step *step, int32_t i, int32_t j) {
  const tsri_value *in = &d->values[step->value[i]];
  int32_t root = tsri_draft_root(d, in->buffer);
  for (int32_t k = 0; k < step->call.n_in + step->call.n_out; k++) {
    if (k == i || k == step->call.n_in + j) continue;
    const tsri_value *other = &d->values[step->value[k]];
    if (tsri_draft_root(d, other->buffer) != root) continue;
    bool same = k < step->call.n_in && tsri_is_pointwise(step->call.op) &&
                other->offset == in->offset && tsri_same_layout(&other->view, &in->view);
    if (!same) return true;
  }
  return false;
}

/* Let the memory of buffer a be that of b from now on. */
static void merge(tsri_draft *d, int32_t a, int32_t b) {
  tsri_buffer *from = &d->buffers[a], *to = &d->buffers[b];
  from->same_as = b;
  if (from->first < to->first) to->first = from->first;
  if (from->last > to->last) to->last = from->last;
}

/* Output j of a step over the memory of a given-away input: an output of the plan then. */
static bool take_over(tsri_draft *d, int32_t in, int32_t out) {
  tsri_buffer *from = &d->buffers[in];
  int32_t j = d->buffers[out].index;
  if (!(from->use & TSRI_MAY_TAKE) || from->size != d->buffers[out].size) return false;
  if (d->want->pair && d->want->pair[j] != from->index) return false;
  d->plan->outputs[j].takes = from->index;
  TSRI_LOG(&d->want->tables->watch, TSRI_LOG_MEMORY,
           "output %d is computed in the memory of donated input %d", (int)j, (int)from->index);
  from->use = 0;
  merge(d, out, in);
  return true;
}

static void try_in_place(tsri_draft *d, int32_t s, int32_t j) {
  const tsri_step *step = &d->plan->steps[s];
  int32_t i = step->alias[j];
  if (i < 0 || i >= step->call.n_in) return;
  const tsri_value *in = &d->values[step->value[i]];
  const tsri_value *out = &d->values[step->value[step->call.n_in + j]];
  int32_t from = tsri_draft_root(d, in->buffer), to = tsri_draft_root(d, out->buffer);
  const tsri_buffer *a = &d->buffers[from], *b = &d->buffers[to];
  if (from == to || a->last != s || in->offset || out->offset) return;
  if (!tsri_same_layout(&in->view, &out->view) || spoils_others(d, step, i, j)) return;
  bool writable =
      a->home == TSRI_HOME_ARENA || (a->home == TSRI_HOME_INPUT && (a->use & TSRI_MAY_WRITE));
  if (!writable) return;
  bool done = false;
  if (b->home == TSRI_HOME_ARENA && b->size <= a->size) {
    merge(d, to, from);
    done = true;
  } else if (b->home == TSRI_HOME_OUTPUT && a->home == TSRI_HOME_ARENA && a->size == b->size) {
    merge(d, from, to);
    done = true;
  } else if (b->home == TSRI_HOME_OUTPUT && a->home == TSRI_HOME_INPUT) {
    done = take_over(d, from, to);
  }
  if (done)
    TSRI_LOG(&d->want->tables->watch, TSRI_LOG_MEMORY, "step %d, %s: result %d over operand %d",
             (int)s, step->kernel->name, (int)j, (int)i);
}

void tsri_draft_in_place(tsri_draft *d) {
  for (int32_t s = 0; s < d->plan->n_steps; s++) {
    for (int32_t j = 0; j < d->plan->steps[s].call.n_out; j++)
      try_in_place(d, s, j);
  }
}

static int by_size(const void *left, const void *right) {
  const tsri_buffer *a = *(const tsri_buffer *const *)left;
  const tsri_buffer *b = *(const tsri_buffer *const *)right;
  if (a->size != b->size) return a->size < b->size ? 1 : -1;
  return a < b ? -1 : a > b;
}

/* A buffer that has its place. They are looked through for every other one, so what is asked
 * of them stands side by side.
 */
typedef struct placed {
  int64_t at, end;
  int32_t first, last;
} placed;

/* The smallest gap that fits among those (sorted by offset) alive with b. */
static int64_t find_gap(const placed *all, int32_t n, const tsri_buffer *b) {
  int64_t best = -1, best_size = INT64_MAX, end = 0;
  for (int32_t i = 0; i < n; i++) {
    const placed *p = &all[i];
    if (p->last < b->first || p->first > b->last) continue;
    int64_t gap = p->at - end;
    if (gap >= b->size && gap < best_size) {
      best = end;
      best_size = gap;
    }
    if (p->end > end) end = p->end;
  }
  return best >= 0 ? best : end;
}

/* The arena as it was packed, and what a run takes beside it. */
static TSR_COLD void log_arena(const tsri_draft *d, const placed *all, int32_t n) {
  tsri_watch *watch = &d->want->tables->watch;
  int64_t peak = 0;
  for (int32_t i = 0; i < n; i++) {
    const placed *p = &all[i];
    TSRI_LOG(watch, TSRI_LOG_MEMORY, "arena + %lld: %lld bytes, from step %d to %d",
             (long long)p->at, (long long)(p->end - p->at), (int)p->first, (int)p->last);
  }
  if (!tsri_plan_peak(d->plan, &peak)) peak = -1; /* beyond any memory */
  TSRI_LOG(watch, TSRI_LOG_MEMORY, "arena of %lld bytes, %d steps; with outputs %lld at the peak",
           (long long)d->plan->arena_size, (int)d->plan->n_steps, (long long)peak);
}

tsr_status tsri_draft_pack(tsri_draft *d) {
  tsri_buffer **order = NULL;
  placed *all = NULL;
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *order, d->n_buffers, &order));
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *all, d->n_buffers, &all));
  int32_t n = 0;
  for (int32_t b = 0; b < d->n_buffers; b++) {
    tsri_buffer *buffer = &d->buffers[b];
    if (buffer->home != TSRI_HOME_ARENA || buffer->same_as >= 0 || buffer->last < 0) continue;
    if (buffer->size > INT64_MAX - ALIGNMENT)
      return TSR_FAIL(TSR_ERR_LIMIT, "a value of %lld bytes does not fit an arena",
                      (long long)buffer->size);
    buffer->size = (buffer->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    order[n++] = buffer;
  }
  if (n) qsort(order, (size_t)n, sizeof *order, by_size);
  for (int32_t i = 0; i < n; i++) {
    tsri_buffer *b = order[i];
    b->at = find_gap(all, i, b);
    int64_t end = 0;
    if (__builtin_add_overflow(b->at, b->size, &end))
      return TSR_FAIL(TSR_ERR_LIMIT, "the arena needs more than 2^63 - 1 bytes");
    if (end > d->plan->arena_size) d->plan->arena_size = end;
    int32_t at = i;
    while (at > 0 && all[at - 1].at > b->at)
      at--;
    memmove(&all[at + 1], &all[at], sizeof *all * (size_t)(i - at));
    all[at] = (placed){b->at, end, b->first, b->last};
  }
  if (d->want->tables->watch.topics & TSRI_LOG_MEMORY) log_arena(d, all, n);
  return TSR_OK;
}
