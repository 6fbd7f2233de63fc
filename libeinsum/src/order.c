/* order.c - the path of a whole formula: groups first, each by the greedy search.
 *
 * While a group is contracted, a label is needed as long as the output or a term outside of
 * the group has it. What comes of a group takes the place of its first term.
 */
#include "einsum_internal.h"

/* What a symbolic size counts for when nothing is known of it. */
enum {
  USUAL_SIZE = 64
};

typedef struct order {
  const tsri_contraction *c;
  const double *sizes;
  tsr_arena *arena;
  tsri_term *terms; /* [n_terms] of what stands in a place */
  int32_t *ids;     /* [n_terms] its number, or -1: it went into another place */
  int32_t *uses;    /* [n_labels] places that have it, and one for the output */
  tsri_pair *pairs;
  int32_t n_pairs;
} order;

static void count_uses(order *o, const tsri_term *t, int32_t change) {
  for (int32_t k = 0; k < t->n; k++)
    o->uses[t->labels[k]] += change;
}

/* The terms of a group, and their labels that are needed elsewhere. */
static tsr_status collect(order *o, tsri_group g, tsri_term *members, int32_t *places, int32_t *n,
                          tsri_term *needed) {
  size_t room = 0;
  *n = 0;
  for (int32_t i = g.begin; i < g.end; i++) {
    if (o->ids[i] < 0) continue;
    members[*n] = o->terms[i];
    places[(*n)++] = i;
    room += (size_t)o->terms[i].n;
    count_uses(o, &o->terms[i], -1);
  }
  void *labels;
  TSR_TRY(tsr_arena_alloc(o->arena, room * sizeof(int32_t), &labels));
  *needed = (tsri_term){0, labels};
  for (int32_t m = 0; m < *n; m++)
    for (int32_t k = 0; k < members[m].n; k++) {
      const int32_t label = members[m].labels[k];
      if (o->uses[label] > 0 && tsri_term_find(needed, label) < 0)
        needed->labels[needed->n++] = label;
    }
  return TSR_OK;
}

static tsr_status contract_group(order *o, tsri_group g) {
  const int32_t n_terms = o->c->n_terms;
  void *members, *places_memory;
  int32_t n;
  tsri_term needed;
  tsri_pair *pairs;
  TSR_TRY(tsr_arena_alloc(o->arena, (size_t)(g.end - g.begin) * sizeof(tsri_term), &members));
  TSR_TRY(tsr_arena_alloc(o->arena, (size_t)(g.end - g.begin) * sizeof(int32_t), &places_memory));
  int32_t *places = places_memory;
  TSR_TRY(collect(o, g, members, places, &n, &needed));
  if (n < 2) {
    count_uses(o, &o->terms[places[0]], 1);
    return TSR_OK;
  }
  TSR_TRY(tsri_greedy(n, members, &needed, o->c->n_labels, o->sizes, o->arena, &pairs));
  const int32_t first = n_terms + o->n_pairs;
  for (int32_t i = 0; i < n - 1; i++) {
    const tsri_pair p = pairs[i];
    o->pairs[o->n_pairs++] = (tsri_pair){p.lhs < n ? o->ids[places[p.lhs]] : first + p.lhs - n,
                                         p.rhs < n ? o->ids[places[p.rhs]] : first + p.rhs - n};
  }
  for (int32_t i = 1; i < n; i++)
    o->ids[places[i]] = -1;
  o->ids[places[0]] = n_terms + o->n_pairs - 1;
  o->terms[places[0]] = needed;
  count_uses(o, &needed, 1);
  return TSR_OK;
}

tsr_status tsri_order(const tsri_contraction *c, const tsri_term *terms, const double *sizes,
                      tsr_arena *arena, tsri_pair **out) {
  const size_t n = (size_t)c->n_terms;
  order o = {.c = c, .sizes = sizes, .arena = arena};
  void *copy, *ids, *uses, *pairs;
  TSR_TRY(tsr_arena_copy(arena, terms, n * sizeof *terms, &copy));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *o.ids, &ids));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)c->n_labels * sizeof *o.uses, &uses));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *o.pairs, &pairs));
  o.terms = copy, o.ids = ids, o.uses = uses, o.pairs = pairs;
  count_uses(&o, &c->output, 1);
  for (int32_t i = 0; i < c->n_terms; i++) {
    o.ids[i] = i;
    count_uses(&o, &terms[i], 1);
  }
  for (int32_t g = 0; g < c->from->n_groups; g++)
    TSR_TRY(contract_group(&o, c->from->groups[g]));
  TSR_TRY(contract_group(&o, (tsri_group){0, c->n_terms}));
  *out = o.pairs;
  return TSR_OK;
}

tsr_status tsri_estimate_sizes(const tsri_contraction *c, const tsr_dim_space *space,
                               tsr_arena *arena, double **out) {
  const int32_t n_symbols = space ? tsr_dim_symbols(space) : 0;
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)n_symbols * sizeof(int64_t), &memory));
  int64_t *hints = memory;
  for (int32_t i = 0; i < n_symbols; i++) {
    int64_t hint = tsr_dim_hint(space, i);
    hints[i] = hint > 0 ? hint : USUAL_SIZE;
  }
  TSR_TRY(tsr_arena_alloc(arena, (size_t)c->n_labels * sizeof(double), &memory));
  *out = memory;
  for (int32_t l = 0; l < c->n_labels; l++) {
    int64_t n;
    TSR_TRY(tsr_dim_eval(c->dims[l], hints, &n));
    (*out)[l] = n > 0 ? (double)n : 1;
  }
  return TSR_OK;
}
