/* coverage.c - counting what was compared, and the table of what was not. */
#include "coverage.h"

#include "holes.h"

#include <stdio.h>

/* An array this large is cut into blocks, and these over threads. */
#define LARGE 4096

typedef struct column {
  const char *name;
  hole_kind why; /* explains a place of it that is empty */
} column;

static const column columns[COVER_COUNT] = {
    [COVER_SCALAR] = {"rank 0",           HOLE_SCALAR  },
    [COVER_EMPTY] = {"size 0",           HOLE_EMPTY   },
    [COVER_ONE] = {"size 1",           HOLE_ONE     },
    [COVER_REVERSED] = {"negative strides", HOLE_LAYOUTS },
    [COVER_PERMUTED] = {"permuted",         HOLE_PERMUTED},
    [COVER_SPACED] = {"gaps",             HOLE_LAYOUTS },
    [COVER_REPEATED] = {"stride 0",         HOLE_LAYOUTS },
    [COVER_LARGE] = {"large",            HOLE_LARGE   },
    [COVER_EDGES] = {"edge values",      HOLE_EDGES   },
    [COVER_JVP] = {"jvp",              HOLE_GRADIENT},
    [COVER_SECOND] = {"jvp of jvp",       HOLE_GRADIENT},
    [COVER_ADJOINT] = {"vjp",              HOLE_REVERSE },
    [COVER_SECOND_ADJOINT] = {"vjp of jvp",       HOLE_REVERSE },
    [COVER_VMAP] = {"vmap",             HOLE_BATCH   },
};

void cover(stage *w, coverage_kind kind) { w->covered[w->key][kind]++; }

/* ---- kinds of a call ---- */

static void add_sizes(const array *a, int32_t n, bool *empty, int64_t *total) {
  for (int32_t i = 0; i < n; i++) {
    *empty = *empty || a[i].n == 0;
    *total += a[i].n;
  }
}

void coverage_sample(stage *w, const sample *s, const array *in, const array *out) {
  const array *first = s->n_in > 0 ? &in[0] : &out[0];
  bool empty = false;
  int64_t total = 0;
  add_sizes(in, s->n_in, &empty, &total);
  add_sizes(out, s->n_out, &empty, &total);
  if (first->rank == 0) cover(w, COVER_SCALAR);
  if (empty) cover(w, COVER_EMPTY);
  if (first->rank > 0 && first->n == 1) cover(w, COVER_ONE);
  if (s->is_large && total >= LARGE) cover(w, COVER_LARGE);
  if (s->n_in > 0 && s->in[0].fill == FILL_EDGES) cover(w, COVER_EDGES);
}

/* Axes along which there is something to step over. */
static int32_t long_axes(const array *a) {
  int32_t n = 0;
  for (int32_t k = 0; k < a->rank && a->n > 0; k++)
    n += a->dims[k] > 1;
  return n;
}

static bool shows(const array *a, placing layout) {
  if (layout == PLACE_PERMUTED) return long_axes(a) > 1;
  if (layout == PLACE_REPEATED) return a->n > 0 && a->rank > 0 && a->dims[0] > 1;
  return layout != PLACE_C && long_axes(a) > 0;
}

void coverage_layout(stage *w, const sample *s, const array *in, placing layout) {
  static const coverage_kind kinds[PLACE_COUNT] = {[PLACE_REVERSED] = COVER_REVERSED,
                                                   [PLACE_PERMUTED] = COVER_PERMUTED,
                                                   [PLACE_SPACED] = COVER_SPACED,
                                                   [PLACE_REPEATED] = COVER_REPEATED};
  bool any = false;
  for (int32_t i = 0; i < s->n_in; i++)
    any = any || shows(&in[i], layout);
  if (any) cover(w, kinds[layout]);
}

/* ---- the table ---- */

/* Edge values are asked of what works element by element. */
static bool is_wanted(const tsr_op *op, coverage_kind kind) {
  const tsr_op_family f = op->family;
  return kind != COVER_EDGES || f == TSR_FAMILY_ELEMENTWISE || f == TSR_FAMILY_ANALYTIC ||
         f == TSR_FAMILY_TYPE;
}

static void print_place(stage *w, const tsr_op *op, tsr_dtype key, coverage_kind kind) {
  const int32_t n = w->covered[key][kind];
  const char *why = hole_find(columns[kind].why, op, key);
  if (!is_wanted(op, kind)) {
    printf(" - |");
    return;
  }
  if (n > 0)
    printf(" %d |", n);
  else
    printf(" %s |", why != NULL ? "*" : "none");
  w->n_compared += n > 0;
  w->n_explained += n == 0 && why != NULL;
  w->n_unexplained += n == 0 && why == NULL;
}

/* Sentences of holes.c, each once; one whose place was filled for every dtype is wrong. */
static void explain(stage *w, const tsr_op *op, coverage_kind kind, uint32_t dtypes) {
  const char *last = NULL;
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    const char *why = hole_find(columns[kind].why, op, d);
    if (!(dtypes >> d & 1) || !is_wanted(op, kind)) continue;
    if (w->covered[d][kind] == 0 && why != NULL && why != last)
      printf("* %s, from %s: %s\n", columns[kind].name, tsr_dtype_name(d), why);
    if (w->covered[d][kind] > 0 && why != NULL)
      stage_fail(w, "%s of %s was compared after all (%s): take its entry out of holes.c", op->name,
                 tsr_dtype_name(d), columns[kind].name);
    if (w->covered[d][kind] == 0 && why == NULL)
      stage_fail(w, "%s of %s was never compared: %s. Add a sample, or an entry to holes.c",
                 op->name, tsr_dtype_name(d), columns[kind].name);
    last = why;
  }
}

void coverage_report(stage *w, const tsr_op *op, coverage_kind first, coverage_kind last,
                     uint32_t dtypes) {
  printf("| %s |", op->name);
  for (coverage_kind k = first; k <= last; k++)
    printf(" %s |", columns[k].name);
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    if (!(dtypes >> d & 1)) continue;
    printf("\n| %s |", tsr_dtype_name(d));
    for (coverage_kind k = first; k <= last; k++)
      print_place(w, op, d, k);
  }
  printf("\n");
  for (coverage_kind k = first; !STAGE_SMALL && k <= last; k++)
    explain(w, op, k, dtypes);
}
