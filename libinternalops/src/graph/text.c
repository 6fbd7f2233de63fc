/* text.c - graphs as text.
 *
 *   graph(%0 x: f64[n, 3], %1: f64[n, 3]) {
 *     %2:f64[n, 3] = mul %0, %1
 *     %3:f64[n] = reduce_sum %2 {axes=[1]}
 *     return %3
 *   }
 *
 * Regions stand below their node, indented. The text depends on the graph alone.
 */
#include "graph/print_internal.h"

#include <inttypes.h>

#include "tsr/alloc.h"

typedef struct writer {
  tsr_writer *print;
  int depth; /* of indentation */
} writer;

static void print_graph(writer *w, const tsr_graph *g);

static void indent(const writer *w) { tsr_writer_add(w->print, "%*s", 2 * w->depth, ""); }

static void print_type(const writer *w, const tsr_type *type) {
  char dim[256];
  tsr_writer_add(w->print, "%s[", tsr_dtype_name(type->dtype));
  for (int32_t i = 0; i < type->rank; i++)
    tsr_writer_add(w->print, "%s%s", i ? ", " : "", tsr_dim_format(type->dims[i], dim, sizeof dim));
  tsr_writer_add(w->print, "]");
}

static void print_numbers(const writer *w, int32_t n, const int32_t *numbers) {
  for (int32_t i = 0; i < n; i++)
    tsr_writer_add(w->print, "%s%%%" PRId32, i ? ", " : " ", numbers[i]);
}

static void print_region(void *ctx, const char *field, int32_t index, const tsr_graph *region) {
  writer *w = ctx;
  w->depth++;
  indent(w);
  tsr_writer_add(w->print, "%s", field);
  if (index >= 0) tsr_writer_add(w->print, "[%" PRId32 "]", index);
  tsr_writer_add(w->print, " = ");
  print_graph(w, region);
  w->depth--;
}

static void print_node(writer *w, const tsr_graph *g, const tsr_node *node) {
  indent(w);
  for (int32_t i = 0; i < node->n_out; i++) {
    tsr_writer_add(w->print, "%s%%%" PRId32 ":", i ? ", " : "", node->out[i]);
    print_type(w, &g->types[node->out[i]]);
  }
  tsr_writer_add(w->print, "%s%s", node->n_out ? " = " : "", node->op->name);
  print_numbers(w, node->n_in, node->in);
  tsr_writer attrs = {0};
  tsri_print_attrs(&attrs, node);
  char *text;
  size_t size;
  tsr_status status = tsr_writer_end(&attrs, &text, &size);
  if (status == TSR_OK) {
    tsr_writer_add(w->print, size > 1 ? " {%s}\n" : "%s\n", text);
    tsr_free(text, size, 0);
  } else {
    w->print->status = status;
  }
  tsri_each_region(node, print_region, w);
}

static void print_graph(writer *w, const tsr_graph *g) {
  tsr_writer_add(w->print, "graph(");
  for (int32_t i = 0; i < g->n_inputs; i++) {
    tsr_writer_add(w->print, "%s%%%" PRId32 "%s%s: ", i ? ", " : "", g->inputs[i],
                   g->names[i][0] ? " " : "", g->names[i]);
    print_type(w, &g->types[g->inputs[i]]);
  }
  tsr_writer_add(w->print, ") {\n");
  w->depth++;
  for (int32_t i = 0; i < g->n_nodes; i++)
    print_node(w, g, &g->nodes[i]);
  indent(w);
  tsr_writer_add(w->print, "return");
  print_numbers(w, g->n_outputs, g->outputs);
  tsr_writer_add(w->print, "\n");
  w->depth--;
  indent(w);
  tsr_writer_add(w->print, "}\n");
}

tsr_status tsr_graph_text(const tsr_graph *graph, char **out, size_t *size) {
  tsr_writer print = {0};
  writer w = {.print = &print};
  print_graph(&w, graph);
  return tsr_writer_end(&print, out, size);
}
