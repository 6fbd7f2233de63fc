/* inline.c - replay a graph on a builder. */
#include <string.h>

#include "tsr/alloc.h"
#include "tsr/spi/graph.h"

/* Dims of one space mean nothing in another, unless they are all constants. */
static tsr_status check_space(const tsr_builder *b, const tsr_graph *graph) {
  if (graph->space == b->space || tsr_dim_symbols(graph->space) == 0) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "a graph with symbolic sizes of another space is inlined");
}

/* values: [n_values] counterparts of the graph's; io: room for the widest node. */
static tsr_status replay(tsr_builder *b, const tsr_graph *graph, tsr_value *values, tsr_value *io) {
  for (int32_t n = 0; n < graph->n_nodes; n++) {
    const tsr_node *node = &graph->nodes[n];
    tsr_value *out = io + node->n_in;
    for (int32_t i = 0; i < node->n_in; i++)
      io[i] = values[node->in[i]];
    TSR_TRY(tsr_emit(b, node->op, node->attrs, tsr_values_of(io, (size_t)node->n_in), out));
    for (int32_t i = 0; i < node->n_out; i++)
      values[node->out[i]] = out[i];
  }
  return TSR_OK;
}

tsr_status tsr_graph_inline(tsr_builder *b, const tsr_graph *graph, const tsr_value *in,
                            tsr_value *out) {
  size_t widest = 0, n_values = (size_t)graph->n_values;
  for (int32_t i = 0; i < graph->n_outputs; i++)
    out[i] = TSR_NO_VALUE;
  TSR_TRY(tsr_builder_status(b));
  for (int32_t n = 0; n < graph->n_nodes; n++) {
    size_t width = (size_t)graph->nodes[n].n_in + (size_t)graph->nodes[n].n_out;
    if (width > widest) widest = width;
  }
  void *memory;
  size_t size = (n_values + widest) * sizeof(tsr_value);
  tsr_status status = check_space(b, graph);
  if (status == TSR_OK) status = tsr_alloc(size, 0, &memory);
  if (status != TSR_OK) return tsr_builder_fail(b, status);
  tsr_value *values = memset(memory, 0, size);
  for (int32_t i = 0; i < graph->n_inputs; i++)
    values[graph->inputs[i]] = in[i];
  status = replay(b, graph, values, values + n_values);
  if (status == TSR_OK)
    for (int32_t i = 0; i < graph->n_outputs; i++)
      out[i] = values[graph->outputs[i]];
  tsr_free(memory, size, 0);
  return status;
}
