/* dot.c - graphs for Graphviz: a box per application, an ellipse per input, clusters for
 * regions.
 */
#include "graph/print_internal.h"

#include <inttypes.h>
#include <string.h>

#include "tsr/alloc.h"

/* Every graph gets a number of its own, so that names are unique in the file. */
typedef struct writer {
  tsr_writer *print;
  int32_t graphs; /* so far */
  int32_t parent; /* graph and node that the regions being written belong to */
  int32_t node;
} writer;

static void print_body(writer *w, const tsr_graph *g, int32_t id);

/* Text inside quotes. */
static void print_quoted(const writer *w, const char *text) {
  for (; *text; text++)
    tsr_writer_add(w->print, strchr("\"\\", *text) ? "\\%c" : "%c", *text);
}

static void print_end(const writer *w, const tsr_graph *g, int32_t id, int32_t value) {
  if (g->def[value] < 0)
    tsr_writer_add(w->print, "g%" PRId32 "_v%" PRId32, id, value);
  else
    tsr_writer_add(w->print, "g%" PRId32 "_n%" PRId32, id, g->def[value]);
}

static void print_edge(const writer *w, const tsr_graph *g, int32_t id, int32_t value,
                       const char *to, int32_t number) {
  char type[256];
  tsr_writer_add(w->print, "  ");
  print_end(w, g, id, value);
  tsr_writer_add(w->print, " -> g%" PRId32 "_%s%" PRId32 " [label=\"%%%" PRId32 " ", id, to, number,
                 value);
  print_quoted(w, tsr_type_format(&g->types[value], type, sizeof type));
  tsr_writer_add(w->print, "\"];\n");
}

static void print_region(void *ctx, const char *field, int32_t index, const tsr_graph *region) {
  writer *w = ctx;
  writer saved = *w;
  int32_t id = w->graphs++;
  tsr_writer_add(w->print, "  subgraph cluster_%" PRId32 " {\n  label=\"%s", id, field);
  if (index >= 0) tsr_writer_add(w->print, "[%" PRId32 "]", index);
  tsr_writer_add(w->print, " of g%" PRId32 "_n%" PRId32 "\";\n", saved.parent, saved.node);
  print_body(w, region, id);
  tsr_writer_add(w->print, "  }\n");
  w->parent = saved.parent;
  w->node = saved.node;
}

static void print_node(writer *w, const tsr_graph *g, int32_t id, int32_t n) {
  const tsr_node *node = &g->nodes[n];
  tsr_writer attrs = {0};
  char *text;
  size_t size;
  tsri_print_attrs(&attrs, node);
  tsr_status status = tsr_writer_end(&attrs, &text, &size);
  if (status != TSR_OK) {
    w->print->status = status;
    return;
  }
  tsr_writer_add(w->print, "  g%" PRId32 "_n%" PRId32 " [shape=box, label=\"", id, n);
  print_quoted(w, node->op->name);
  tsr_writer_add(w->print, size > 1 ? "\\n" : "");
  print_quoted(w, text);
  tsr_writer_add(w->print, "\"];\n");
  tsr_free(text, size, 0);
  for (int32_t i = 0; i < node->n_in; i++)
    print_edge(w, g, id, node->in[i], "n", n);
  w->parent = id;
  w->node = n;
  tsri_each_region(node, print_region, w);
}

static void print_body(writer *w, const tsr_graph *g, int32_t id) {
  for (int32_t i = 0; i < g->n_inputs; i++) {
    tsr_writer_add(w->print, "  g%" PRId32 "_v%" PRId32 " [label=\"%%%" PRId32 " ", id,
                   g->inputs[i], g->inputs[i]);
    print_quoted(w, g->names[i]);
    tsr_writer_add(w->print, "\"];\n");
  }
  for (int32_t n = 0; n < g->n_nodes; n++)
    print_node(w, g, id, n);
  for (int32_t i = 0; i < g->n_outputs; i++) {
    tsr_writer_add(w->print,
                   "  g%" PRId32 "_out%" PRId32 " [shape=plaintext, label=\"output %" PRId32
                   "\"];\n",
                   id, i, i);
    print_edge(w, g, id, g->outputs[i], "out", i);
  }
}

tsr_status tsr_graph_dot(const tsr_graph *graph, char **out, size_t *size) {
  tsr_writer print = {0};
  writer w = {.print = &print, .graphs = 1};
  tsr_writer_add(&print, "digraph graph0 {\n");
  print_body(&w, graph, 0);
  tsr_writer_add(&print, "}\n");
  return tsr_writer_end(&print, out, size);
}
