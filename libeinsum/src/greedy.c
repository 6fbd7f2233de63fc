/* greedy.c - greedy order of pairwise contractions.
 *
 *   next pair = the (i, j) that share a label with least size(ij) - size(i) - size(j)
 *
 * (Daniel Smith, Gray: "opt_einsum", JOSS 2018, path "greedy".) Every live term has one
 * entry in a heap, for its best partner among terms with a common label; an entry whose
 * partner has gone is computed anew when it surfaces. A pair is the business of whichever
 * term is younger, so nothing is missed, and a chain costs O(n log n). What shares no
 * label is multiplied at the end, smallest first.
 */
#include "einsum_internal.h"

#include <stdlib.h>

typedef struct node {
  tsri_term term; /* labels in rising order */
  double size;
  int64_t seen; /* the last look that came across this one */
  bool live;
} node;

typedef struct cell { /* terms that have a label */
  int32_t node;
  struct cell *next;
} cell;

typedef struct entry {
  double cost;
  int32_t node, partner; /* partner -1: node is on its own */
} entry;

typedef struct search {
  const double *sizes;
  tsr_arena *arena;
  node *nodes; /* [2 n - 1] */
  int32_t n_nodes;
  int64_t look;   /* counts searches for a partner */
  cell **users;   /* [n_labels] live terms, and dead ones not yet unlinked */
  int32_t *count; /* [n_labels] live terms that have it, and one for the output */
  entry *heap;    /* [n_nodes at most] */
  int32_t n_heap;
  tsri_pair *pairs;
} search;

/* ---- heap ---- */

/* Ties go to older terms, so the order follows from the formula alone. */
static bool before(const entry *a, const entry *b) {
  if (a->cost != b->cost) return a->cost < b->cost;
  if (a->node != b->node) return a->node < b->node;
  return a->partner < b->partner;
}

static void swap_entries(search *s, int32_t i, int32_t j) {
  entry e = s->heap[i];
  s->heap[i] = s->heap[j];
  s->heap[j] = e;
}

static void push(search *s, entry e) {
  int32_t i = s->n_heap++;
  s->heap[i] = e;
  for (; i > 0 && before(&s->heap[i], &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
    swap_entries(s, i, (i - 1) / 2);
}

static entry pop(search *s) {
  entry top = s->heap[0];
  s->heap[0] = s->heap[--s->n_heap];
  for (int32_t i = 0;;) {
    int32_t least = i;
    for (int32_t c = 2 * i + 1; c <= 2 * i + 2; c++)
      if (c < s->n_heap && before(&s->heap[c], &s->heap[least])) least = c;
    if (least == i) return top;
    swap_entries(s, i, least);
    i = least;
  }
}

/* ---- terms ---- */

/* The labels of i and j that somebody else still needs; their number, and their size. */
static int32_t merge(const search *s, int32_t i, int32_t j, int32_t *labels, double *size) {
  const tsri_term *x = &s->nodes[i].term, *y = &s->nodes[j].term;
  int32_t a = 0, b = 0, n = 0;
  *size = 1;
  while (a < x->n || b < y->n) {
    int32_t p = a < x->n ? x->labels[a] : INT32_MAX, q = b < y->n ? y->labels[b] : INT32_MAX;
    int32_t label = p < q ? p : q;
    a += p == label, b += q == label;
    if (s->count[label] == (p == label) + (q == label)) continue;
    if (labels) labels[n] = label;
    n++;
    *size *= s->sizes[label];
  }
  if (*size > 1e300) *size = 1e300; /* beyond all memory; but costs stay numbers */
  return n;
}

static void look_for_partner(search *s, int32_t i) {
  node *x = &s->nodes[i];
  entry best = {0, i, -1};
  s->look++;
  for (int32_t k = 0; k < x->term.n; k++) {
    for (cell **c = &s->users[x->term.labels[k]]; *c;) {
      int32_t j = (*c)->node;
      node *y = &s->nodes[j];
      if (!y->live) {
        *c = (*c)->next;
        continue;
      }
      c = &(*c)->next;
      if (j == i || y->seen == s->look) continue;
      y->seen = s->look;
      double size;
      (void)merge(s, i, j, NULL, &size);
      entry e = {size - x->size - y->size, i, j};
      if (best.partner < 0 || before(&e, &best)) best = e;
    }
  }
  if (best.partner >= 0) push(s, best);
}

static tsr_status add_users(search *s, int32_t i) {
  const tsri_term *t = &s->nodes[i].term;
  for (int32_t k = 0; k < t->n; k++) {
    void *made;
    TSR_TRY(tsr_arena_alloc(s->arena, sizeof(cell), &made));
    cell *c = made;
    *c = (cell){i, s->users[t->labels[k]]};
    s->users[t->labels[k]] = c;
    s->count[t->labels[k]]++;
  }
  return TSR_OK;
}

static void kill(search *s, int32_t i) {
  const tsri_term *t = &s->nodes[i].term;
  for (int32_t k = 0; k < t->n; k++)
    s->count[t->labels[k]]--;
  s->nodes[i].live = false;
}

/* Contract two: a new term in place of both. */
static tsr_status join(search *s, int32_t i, int32_t j, int32_t n_terms) {
  int32_t made = s->n_nodes;
  s->pairs[made - n_terms] = (tsri_pair){i < j ? i : j, i < j ? j : i};
  node *z = &s->nodes[made];
  void *labels;
  size_t room = (size_t)s->nodes[i].term.n + (size_t)s->nodes[j].term.n;
  TSR_TRY(tsr_arena_alloc(s->arena, room * sizeof(int32_t), &labels));
  z->term.labels = labels;
  z->term.n = merge(s, i, j, labels, &z->size);
  z->live = true;
  kill(s, i);
  kill(s, j);
  s->n_nodes++;
  return add_users(s, made);
}

static int compare_labels(const void *a, const void *b) {
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

/* A term, which repeats no label, with its labels in rising order. */
static tsr_status sorted(const tsri_term *t, tsr_arena *arena, tsri_term *out) {
  void *labels;
  TSR_TRY(tsr_arena_copy(arena, t->labels, (size_t)t->n * sizeof *t->labels, &labels));
  *out = (tsri_term){t->n, labels};
  qsort(out->labels, (size_t)t->n, sizeof *t->labels, compare_labels);
  return TSR_OK;
}

static tsr_status init(search *s, int32_t n_terms, const tsri_term *terms, const tsri_term *output,
                       int32_t n_labels) {
  size_t n = (size_t)n_terms;
  void *nodes, *users, *count, *heap, *pairs;
  TSR_TRY(tsr_arena_alloc(s->arena, 2 * n * sizeof *s->nodes, &nodes));
  TSR_TRY(tsr_arena_alloc(s->arena, (size_t)n_labels * sizeof *s->users, &users));
  TSR_TRY(tsr_arena_alloc(s->arena, (size_t)n_labels * sizeof *s->count, &count));
  TSR_TRY(tsr_arena_alloc(s->arena, 2 * n * sizeof *s->heap, &heap));
  TSR_TRY(tsr_arena_alloc(s->arena, n * sizeof *s->pairs, &pairs));
  s->nodes = nodes, s->users = users, s->count = count, s->heap = heap, s->pairs = pairs;
  for (int32_t k = 0; k < output->n; k++)
    s->count[output->labels[k]]++;
  for (int32_t i = 0; i < n_terms; i++) {
    TSR_TRY(sorted(&terms[i], s->arena, &s->nodes[i].term));
    s->nodes[i].live = true;
    s->n_nodes++;
    TSR_TRY(add_users(s, i));
  }
  return TSR_OK;
}

static void measure(search *s, int32_t n_terms) {
  for (int32_t i = 0; i < n_terms; i++) {
    node *x = &s->nodes[i];
    x->size = 1;
    for (int32_t k = 0; k < x->term.n; k++)
      x->size *= s->sizes[x->term.labels[k]];
    if (x->size > 1e300) x->size = 1e300;
  }
}

/* Terms that share labels. */
static tsr_status join_partners(search *s, int32_t n_terms) {
  for (int32_t i = 0; i < n_terms; i++)
    look_for_partner(s, i);
  while (s->n_heap > 0) {
    entry e = pop(s);
    if (!s->nodes[e.node].live) continue;
    if (!s->nodes[e.partner].live) {
      look_for_partner(s, e.node);
      continue;
    }
    TSR_TRY(join(s, e.node, e.partner, n_terms));
    look_for_partner(s, s->n_nodes - 1);
  }
  return TSR_OK;
}

/* Terms without common labels: always the two smallest. */
static tsr_status join_strangers(search *s, int32_t n_terms) {
  for (int32_t i = 0; i < s->n_nodes; i++)
    if (s->nodes[i].live) push(s, (entry){s->nodes[i].size, i, -1});
  while (s->n_heap > 1) {
    int32_t i = pop(s).node, j = pop(s).node;
    TSR_TRY(join(s, i, j, n_terms));
    push(s, (entry){s->nodes[s->n_nodes - 1].size, s->n_nodes - 1, -1});
  }
  return TSR_OK;
}

tsr_status tsri_greedy(int32_t n_terms, const tsri_term *terms, const tsri_term *output,
                       int32_t n_labels, const double *sizes, tsr_arena *arena, tsri_pair **out) {
  *out = NULL;
  search s = {.sizes = sizes, .arena = arena};
  TSR_TRY(init(&s, n_terms, terms, output, n_labels));
  measure(&s, n_terms);
  TSR_TRY(join_partners(&s, n_terms));
  TSR_TRY(join_strangers(&s, n_terms));
  *out = s.pairs;
  return TSR_OK;
}
