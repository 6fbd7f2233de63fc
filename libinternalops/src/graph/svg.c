/* svg.c - a graph as a picture. */
#include "graph/print_internal.h"
#include "graph/svg_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Two lines in a box: what it is, and the type of its first result. */
typedef struct label {
  char name[64], type[96];
} label;

static void count_region(void *ctx, const char *field, int32_t index, const tsr_graph *region) {
  (void)field, (void)index, (void)region;
  ++*(int32_t *)ctx;
}

static void name_node(const tsr_node *node, label *out) {
  int32_t regions = 0;
  tsri_each_region(node, count_region, &regions);
  if (regions == 0)
    snprintf(out->name, sizeof out->name, "%s", node->op->name);
  else
    snprintf(out->name, sizeof out->name, "%s, %" PRId32 " regions", node->op->name, regions);
}

static void make_label(const tsr_graph *g, int32_t box, label *out) {
  int32_t value = -1, node = box - g->n_inputs;
  if (box < g->n_inputs) {
    const char *name = g->names[box];
    snprintf(out->name, sizeof out->name, "%s", name[0] ? name : "input");
    value = g->inputs[box];
  } else if (node < g->n_nodes) {
    name_node(&g->nodes[node], out);
    if (g->nodes[node].n_out) value = g->nodes[node].out[0];
  } else {
    snprintf(out->name, sizeof out->name, "output %" PRId32, node - g->n_nodes);
    value = g->outputs[node - g->n_nodes];
  }
  out->type[0] = 0;
  if (value >= 0) tsr_type_format(&g->types[value], out->type, sizeof out->type);
}

/* Names of inputs are the user's: escape what XML reserves. */
static void print_escaped(tsr_writer *p, const char *text) {
  for (; *text; text++) {
    const char *entity = *text == '&'   ? "&amp;"
                         : *text == '<' ? "&lt;"
                         : *text == '>' ? "&gt;"
                                        : NULL;
    if (entity)
      tsr_writer_add(p, "%s", entity);
    else
      tsr_writer_add(p, "%c", *text);
  }
}

static double top_of(const tsri_svg_box *box) {
  return TSRI_SVG_MARGIN + box->row * TSRI_SVG_ROW_HEIGHT;
}

static void print_box(tsr_writer *p, const tsri_svg_box *box, const label *text, const char *fill) {
  tsr_writer_add(
      p, "<rect x='%.1f' y='%.1f' width='%.1f' height='%d' rx='6' fill='%s' stroke='#555'/>",
      box->x - box->width / 2, top_of(box), box->width, TSRI_SVG_BOX_HEIGHT, fill);
  tsr_writer_add(p, "<text x='%.1f' y='%.1f' font-weight='bold'>", box->x, top_of(box) + 15);
  print_escaped(p, text->name);
  tsr_writer_add(p, "</text><text x='%.1f' y='%.1f'>", box->x, top_of(box) + 30);
  print_escaped(p, text->type);
  tsr_writer_add(p, "</text>\n");
}

static void print_edge(tsr_writer *p, const tsri_svg_box *from, const tsri_svg_box *to) {
  double y0 = top_of(from) + TSRI_SVG_BOX_HEIGHT, y1 = top_of(to), bend = (y1 - y0) / 2;
  tsr_writer_add(p,
                 "<path d='M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f' fill='none' stroke='#888'/>\n",
                 from->x, y0, from->x, y0 + bend, to->x, y1 - bend, to->x, y1);
}

static void print_edges(tsr_writer *p, const tsr_graph *g, const tsri_svg_layout *l) {
  for (int32_t n = 0; n < g->n_nodes; n++)
    for (int32_t i = 0; i < g->nodes[n].n_in; i++)
      print_edge(p, &l->boxes[tsri_svg_maker(g, g->nodes[n].in[i])], &l->boxes[g->n_inputs + n]);
  for (int32_t i = 0; i < g->n_outputs; i++)
    print_edge(p, &l->boxes[tsri_svg_maker(g, g->outputs[i])],
               &l->boxes[g->n_inputs + g->n_nodes + i]);
}

static const char *fill_of(const tsr_graph *g, int32_t box) {
  if (box < g->n_inputs) return "#e7f5ff";
  return box < g->n_inputs + g->n_nodes ? "#fff" : "#ebfbee";
}

static void set_widths(tsri_svg_layout *l, const label *labels) {
  enum {
    PER_LETTER = 7
  };
  for (int32_t i = 0; i < l->n_boxes; i++) {
    size_t letters = strlen(labels[i].name), below = strlen(labels[i].type);
    l->boxes[i].width = 20 + PER_LETTER * (double)(letters > below ? letters : below);
  }
}

static tsr_status draw(const tsr_graph *g, tsr_arena *arena, tsr_writer *p) {
  tsri_svg_layout l = {.n_boxes = g->n_inputs + g->n_nodes + g->n_outputs};
  label *labels;
  size_t n = (size_t)l.n_boxes;
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *labels, (void **)&labels));
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof *l.boxes, (void **)&l.boxes));
  for (int32_t i = 0; i < l.n_boxes; i++)
    make_label(g, i, &labels[i]);
  set_widths(&l, labels);
  TSR_TRY(tsri_svg_place(g, arena, &l));
  tsr_writer_add(p,
                 "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %.0f' "
                 "font-family='sans-serif' font-size='12' text-anchor='middle'>\n"
                 "<rect width='100%%' height='100%%' fill='white'/>\n",
                 l.width, l.height);
  print_edges(p, g, &l);
  for (int32_t i = 0; i < l.n_boxes; i++)
    print_box(p, &l.boxes[i], &labels[i], fill_of(g, i));
  tsr_writer_add(p, "</svg>\n");
  return TSR_OK;
}

tsr_status tsr_graph_svg(const tsr_graph *graph, char **out, size_t *size) {
  tsr_arena arena = {0};
  tsr_writer print = {0};
  tsr_status status = draw(graph, &arena, &print);
  tsr_arena_deinit(&arena);
  if (print.status == TSR_OK) print.status = status;
  return tsr_writer_end(&print, out, size);
}
