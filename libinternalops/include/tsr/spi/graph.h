/* tsr/spi/graph.h - closed graphs: immutable, in static single assignment form.
 *
 * A graph has inputs, nodes in an order where every operand comes first, and outputs.
 * Bodies of control flow are graphs held in attributes. A trace builder makes graphs; it
 * never merges or drops anything. Transforms take a graph and give a new one.
 */
#ifndef TSR_SPI_GRAPH_H
#define TSR_SPI_GRAPH_H

#include "tsr/alloc.h"
#include "tsr/spi/builder.h"

TSR_BEGIN

typedef struct tsr_graph tsr_graph; /* a tsr_object */

typedef struct tsr_node {
  const tsr_op *op;
  const tsr_rules *rules;
  const void *attrs;
  int32_t n_in, n_out;
  const int32_t *in;  /* [n_in] value numbers */
  const int32_t *out; /* [n_out] value numbers */
} tsr_node;

struct tsr_graph {
  tsr_object object;
  tsr_registry *registry; /* retained */
  tsr_dim_space *space;   /* retained */
  int32_t n_values, n_nodes, n_inputs, n_outputs;
  const tsr_type *types;    /* [n_values] */
  const int32_t *def;       /* [n_values] the node that makes it; -1: an input */
  const tsr_node *nodes;    /* [n_nodes] */
  const int32_t *inputs;    /* [n_inputs] value numbers */
  const char *const *names; /* [n_inputs] "" for unnamed ones */
  const int32_t *outputs;   /* [n_outputs] value numbers; may repeat, may be inputs */
  tsr_arena arena;          /* owns all arrays, attributes and types */
};
TSR_OBJECT_DECLARE(tsr_graph);

/* tsr_object_as_graph - the graph an attribute's object is, NULL when it is none. */
TSR_API const tsr_graph *tsr_object_as_graph(const tsr_object *object);

/* tsr_graph_builder_create - a trace builder.
 *
 * in   registry  retained
 *      space     dims of the graph; NULL: the parent's, or a new one
 *      parent    values of it and of builders around it may be captured; NULL: none
 * out  out       to be closed or finished
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_builder_create(tsr_registry *registry,
                                                          tsr_dim_space *space, tsr_builder *parent,
                                                          tsr_builder **out);

/* tsr_builder_is_trace - made by tsr_graph_builder_create: it records. */
TSR_API bool tsr_builder_is_trace(const tsr_builder *b);

/* tsr_graph_builder_input - declare the next input; latches.
 *
 * in   b     trace builder
 *      name  copied; NULL for none; unique among named inputs
 *      type  copied
 */
TSR_API tsr_value tsr_graph_builder_input(tsr_builder *b, const char *name, const tsr_type *type);

/* tsr_graph_builder_finish - close a trace builder into a graph.
 *
 * The builder is consumed whatever happens. Inputs of the graph are the captured values
 * in order of first use, then the declared inputs; all nodes stay, needed or not.
 *
 * in   b        trace builder
 *      outputs  values of b, or captured on the spot
 * out  n_captured  leading inputs that stand for values of the builders around b
 *      captured    [n_captured] those values; free with tsr_free(captured, n * sizeof, 0);
 *                  may be NULL in a call for a builder without parent, as may n_captured
 *      out         a new reference
 * err  the latched error; ARGUMENT  an output is no value of b; NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_builder_finish(tsr_builder *b, tsr_values outputs,
                                                          int32_t *n_captured, tsr_value **captured,
                                                          tsr_graph **out);

/* tsr_trace_body - trace a body on a builder inside b and close it.
 *
 * in   b         builder around it, trace or eager; gives captures
 *      body, ctx  what to trace
 *      n_in, in_type  its declared inputs
 *      n_out     its outputs
 * out  n_captured, captured, out  as tsr_graph_builder_finish
 * err  the body's own error, its builder's latched one, or NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_trace_body(tsr_builder *b, tsr_body body, void *ctx,
                                                int32_t n_in, const tsr_type *in_type,
                                                int32_t n_out, int32_t *n_captured,
                                                tsr_value **captured, tsr_graph **out);

/* tsr_graph_inline - replay the nodes of a graph on a builder.
 *
 * in   b      any builder
 *      graph  closed graph
 *      in     [n_inputs] values of b standing for its inputs
 * out  out    [n_outputs]
 * ret  the builder's status
 */
TSR_API tsr_status tsr_graph_inline(tsr_builder *b, const tsr_graph *graph, const tsr_value *in,
                                    tsr_value *out);

/* tsr_graph_builder_amend - give a recorded application more outputs.
 *
 * The node that made v gets new attributes under which its first outputs are what they
 * were and further ones follow; how linearize keeps residuals of a region.
 *
 * in   b      trace builder that recorded it
 *      v      any output of the application
 *      attrs  instance of the op's attributes, copied
 * out  n_out  outputs now
 *      out    [n_out] all outputs; free with tsr_free(out, n_out * sizeof(tsr_value), 0)
 * err  ARGUMENT  v was not recorded by b, or earlier outputs change their types
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_builder_amend(tsr_builder *b, tsr_value v,
                                                         const void *attrs, int32_t *n_out,
                                                         tsr_value **out);

/* What a rebuild may do; bits to be joined. */
#define TSR_REBUILD_SIMPLIFY UINT32_C(1) /* algebra, transposes folded into contractions */
#define TSR_REBUILD_MERGE    UINT32_C(2) /* equal applications become one (not barriers) */
#define TSR_REBUILD_PRUNE    UINT32_C(4) /* dead outputs: cheaper forms; unused carries, ys */
#define TSR_REBUILD_ALL      (TSR_REBUILD_SIMPLIFY | TSR_REBUILD_MERGE | TSR_REBUILD_PRUNE)

/* tsr_graph_rebuild - an equal graph without dead nodes, improved as what allows.
 *
 * Regions are rebuilt likewise. Inputs keep number and order.
 *
 * in   graph  closed graph
 *      what   TSR_REBUILD_ bits
 * out  out    a new reference
 * err  NOMEM, and errors of rules
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_rebuild(const tsr_graph *graph, uint32_t what,
                                                   tsr_graph **out);

/* tsr_attr_graph - graph number i among those that attributes hold, in order of fields.
 *
 * in   isa, attrs  instance, as for tsr_attr_copy; either may be NULL
 *      i           from 0
 * ret  lent by attrs; NULL when there are no more
 */
TSR_API const tsr_graph *tsr_attr_graph(const tsr_attr_class *isa, const void *attrs, int32_t i);

/* A transform of regions; gives a new reference, possibly to graph itself. */
typedef tsr_status (*tsr_graph_map)(void *ctx, const tsr_graph *graph, tsr_graph **out);

/* tsr_attr_map_graphs - a copy of attributes with every graph in them replaced.
 *
 * in   isa, attrs  instance, as for tsr_attr_copy
 *      map, ctx    called once for each graph, in order of fields
 *      arena       owner of the copy's memory
 * out  out         the copy; give its references back with tsr_attr_release
 * err  NOMEM, and what map returns
 */
TSR_API TSR_NODISCARD tsr_status tsr_attr_map_graphs(const tsr_attr_class *isa, const void *attrs,
                                                     tsr_graph_map map, void *ctx, tsr_arena *arena,
                                                     void **out);

/* tsr_graph_text, tsr_graph_dot - a graph as text, or for Graphviz.
 *
 * in   graph  closed graph, regions included
 * out  out    zero-terminated; free with tsr_free(out, size, 0)
 *      size   bytes of out with its zero
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_text(const tsr_graph *graph, char **out, size_t *size);
TSR_API TSR_NODISCARD tsr_status tsr_graph_dot(const tsr_graph *graph, char **out, size_t *size);

/* tsr_graph_svg - a graph as a picture: inputs at the top, results at the bottom.
 *
 * Regions are not drawn; an application that has some shows their number.
 *
 * in   graph  closed graph
 * out  out    an SVG document, zero-terminated; free with tsr_free(out, size, 0)
 *      size   bytes of out with its zero
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_svg(const tsr_graph *graph, char **out, size_t *size);

/* tsr_graph_count - applications of an op, regions included; for tests and reports. */
TSR_API int32_t tsr_graph_count(const tsr_graph *graph, const char *op_name);

TSR_END

#endif /* TSR_SPI_GRAPH_H */
