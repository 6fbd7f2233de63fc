/* tsr/spi/replay.h - a graph once more, node by node: how passes over graphs are written.
 *
 * A pass is a visit. It is called for each node in order and says what stands for the
 * node's outputs in the new graph: usually the same application (tsr_replay_node), else
 * whatever it emits.
 */
#ifndef TSR_SPI_REPLAY_H
#define TSR_SPI_REPLAY_H

#include "tsr/spi/graph.h"

TSR_BEGIN

/* A replay under way, as a visit sees it. */
typedef struct tsr_replay {
  const tsr_graph *graph;
  tsr_builder *to;
  tsr_value *value;  /* [graph->n_values] counterparts in to, "no value" where there is none */
  tsr_arena scratch; /* empty at the start of each visit */
} tsr_replay;

/* Set r->value of the outputs of node, or of those that later nodes ask for. */
typedef tsr_status (*tsr_replay_visit)(void *ctx, tsr_replay *r, const tsr_node *node);

/* tsr_replay_node - the visit that changes nothing: the application on the new operands.
 *
 * in   r      replay
 *      node   of its graph
 *      attrs  instead of those of the node; NULL: its own
 * err  the builder's error; NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_replay_node(tsr_replay *r, const tsr_node *node,
                                                 const void *attrs);

/* tsr_replay_call - the application as rules see it, with operands of the new graph.
 *
 * in   r        replay
 *      node     of its graph
 *      context  room; filled in
 * out  out      lives in r->scratch; out->out is room for [n_out] values, "no value" at first
 * err  NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_replay_call(tsr_replay *r, const tsr_node *node,
                                                 tsr_call_context *context, tsr_call *out);

/* tsr_graph_replay_on - visit the nodes of a graph, recording on a given builder.
 *
 * in   b           any builder
 *      graph       closed graph
 *      in          [n_inputs] values of b standing for its inputs; NULL: there are none
 *      visit, ctx  called for each node; NULL: every node as it is
 *      n           values asked for
 *      wanted      [n] their numbers in graph
 * out  out         [n] their counterparts; "no value" after a failure
 * err  the builder's error, or that of a visit; ARGUMENT  symbolic sizes of another space;
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_replay_on(tsr_builder *b, const tsr_graph *graph,
                                                     const tsr_value *in, tsr_replay_visit visit,
                                                     void *ctx, int32_t n, const int32_t *wanted,
                                                     tsr_value *out);

/* tsr_graph_replay - a new graph with the same inputs and outputs from the visits of the nodes.
 *
 * in   graph       closed graph
 *      visit, ctx  called for each node
 * out  out         a new reference
 * err  as tsr_graph_replay_on
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_replay(const tsr_graph *graph, tsr_replay_visit visit,
                                                  void *ctx, tsr_graph **out);

TSR_END

#endif /* TSR_SPI_REPLAY_H */
