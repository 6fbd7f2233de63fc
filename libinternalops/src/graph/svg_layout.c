/* svg_layout.c - place the boxes of a graph in rows. */
#include "graph/svg_internal.h"

#include <stdlib.h>

int32_t tsri_svg_maker(const tsr_graph *g, int32_t value) {
  if (g->def[value] >= 0) return g->n_inputs + g->def[value];
  for (int32_t i = 0; i < g->n_inputs; i++)
    if (g->inputs[i] == value) return i;
  return 0;
}

/* What box i reads; value numbers. */
static int32_t reads(const tsr_graph *g, int32_t i, const int32_t **out) {
  if (i < g->n_inputs) return 0;
  i -= g->n_inputs;
  if (i < g->n_nodes) {
    *out = g->nodes[i].in;
    return g->nodes[i].n_in;
  }
  *out = &g->outputs[i - g->n_nodes];
  return 1;
}

static void set_rows(const tsr_graph *g, tsri_svg_layout *l) {
  for (int32_t i = 0; i < l->n_boxes; i++) {
    const int32_t *in;
    int32_t n = reads(g, i, &in);
    l->boxes[i].row = 0;
    for (int32_t k = 0; k < n; k++) {
      int32_t row = l->boxes[tsri_svg_maker(g, in[k])].row + 1;
      if (row > l->boxes[i].row) l->boxes[i].row = row;
    }
    if (l->boxes[i].row >= l->n_rows) l->n_rows = l->boxes[i].row + 1;
  }
}

typedef struct place_in_row {
  double wanted;
  int32_t box;
} place_in_row;

static int compare_places(const void *a, const void *b) {
  const place_in_row *x = a, *y = b;
  if (x->wanted != y->wanted) return x->wanted < y->wanted ? -1 : 1;
  return (x->box > y->box) - (x->box < y->box);
}

static void want_mean(const tsr_graph *g, tsri_svg_layout *l, int32_t i) {
  const int32_t *in;
  int32_t n = reads(g, i, &in);
  double sum = 0;
  for (int32_t k = 0; k < n; k++)
    sum += l->boxes[tsri_svg_maker(g, in[k])].x;
  l->boxes[i].wanted = n ? sum / n : i;
}

/* Side by side, in order, each as near to its wish as its neighbour allows. */
static void place_row(tsri_svg_layout *l, place_in_row *row, int32_t n) {
  qsort(row, (size_t)n, sizeof *row, compare_places);
  double free_from = TSRI_SVG_MARGIN;
  for (int32_t k = 0; k < n; k++) {
    tsri_svg_box *box = &l->boxes[row[k].box];
    double least = free_from + box->width / 2;
    box->x = box->wanted > least ? box->wanted : least;
    free_from = box->x + box->width / 2 + TSRI_SVG_GAP;
  }
  if (free_from > l->width) l->width = free_from;
}

tsr_status tsri_svg_place(const tsr_graph *g, tsr_arena *arena, tsri_svg_layout *l) {
  place_in_row *row;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)l->n_boxes * sizeof *row, (void **)&row));
  set_rows(g, l);
  for (int32_t r = 0; r < l->n_rows; r++) {
    int32_t n = 0;
    for (int32_t i = 0; i < l->n_boxes; i++) {
      if (l->boxes[i].row != r) continue;
      want_mean(g, l, i);
      row[n++] = (place_in_row){l->boxes[i].wanted, i};
    }
    place_row(l, row, n);
  }
  l->height = l->n_rows * TSRI_SVG_ROW_HEIGHT + 2 * TSRI_SVG_MARGIN;
  return TSR_OK;
}
