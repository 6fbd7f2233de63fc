/* tsr/spi/transform.h - derivatives and batching of traces and closed graphs.
 *
 * Reverse mode is linearise, then transpose: the jvp rules are replayed with symbolic
 * tangents, which splits the work into a part on primal values and a part linear in the
 * tangents; the linear part is walked backwards through the transpose rules. Everything
 * is emitted into the builder in hand, so transforms nest in any order. (JAX's scheme;
 * Radul et al., "You Only Linearize Once", 2023.)
 */
#ifndef TSR_SPI_TRANSFORM_H
#define TSR_SPI_TRANSFORM_H

#include "tsr/spi/graph.h"

TSR_BEGIN

/* tsr_pushforward - tangents of values of a trace: d outputs along d wrt.
 *
 * in   b        trace builder that recorded everything between wrt and outputs
 *      outputs  values of b
 *      wrt      values of b (inputs or intermediate), or of builders around it that b uses; they
 *               are held independent, all other values of builders around b are constants
 *      tangents one per wrt, same type; symbolic zero allowed
 * out  out      [outputs.n] tangents; symbolic zero where an output does not depend
 * ret  the builder's status; NO_RULE names the op without a rule
 */
TSR_API tsr_status tsr_pushforward(tsr_builder *b, tsr_values outputs, tsr_values wrt,
                                   tsr_values tangents, tsr_value *out);

/* tsr_pullback - cotangents of values of a trace.
 *
 * in   b        trace builder that recorded everything between wrt and outputs
 *      outputs  values of b
 *      cotangents  one per output, same type; symbolic zero allowed
 *      wrt      as for tsr_pushforward, float or complex, no value twice
 * out  out      [wrt.n] cotangents; symbolic zero where no output depends on it
 * ret  the builder's status; NO_RULE names the op without a rule
 * note ops with regions on the way are amended to give what the way back needs
 */
TSR_API tsr_status tsr_pullback(tsr_builder *b, tsr_values outputs, tsr_values cotangents,
                                tsr_values wrt, tsr_value *out);

/* tsr_graph_jvp - forward derivative of a closed graph.
 *
 * in   graph   f
 *      active  [n_inputs] which inputs have tangents (only float and complex may)
 *      active_out  [n_outputs] on entry: outputs that must have one (zeros are made)
 * out  active_out  on return: outputs that have one
 *      out     inputs: all primals, then tangents of the active ones; outputs: all
 *              primals, then tangents of the active ones
 * err  NO_RULE, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_jvp(const tsr_graph *graph, const bool *active,
                                               bool *active_out, tsr_graph **out);

/* tsr_graph_linearize - split f into a primal part with residuals and a linear part.
 *
 * in   graph       f
 *      active      [n_inputs] inputs with tangents
 *      active_out  [n_outputs] on entry: outputs that must have a tangent
 * out  active_out  on return: outputs that have one
 *      primal      f's inputs -> f's outputs, then residuals
 *      linear      residuals, then active tangents -> tangents of the active outputs
 * note a residual that is an input of f comes out of primal as that very value; constants,
 *      broadcasts, reshapes and transposes are repeated in linear rather than kept
 * err  NO_RULE, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_linearize(const tsr_graph *graph, const bool *active,
                                                     bool *active_out, tsr_graph **primal,
                                                     tsr_graph **linear);

/* tsr_graph_transpose - the transpose of a graph that is linear in some inputs.
 *
 * in   graph    f, real-linear in the marked inputs together
 *      linear   [n_inputs]
 * out  out      inputs: the unmarked inputs of f, then one cotangent per output; outputs:
 *               one cotangent per marked input (zeros are made)
 * err  NO_RULE, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_transpose(const tsr_graph *graph, const bool *linear,
                                                     tsr_graph **out);

/* tsr_graph_batch - f over one more axis.
 *
 * in   graph     f
 *      size      of the mapped axis
 *      axis      [n_inputs] where the mapped axis of each input is; -1: not mapped
 *      out_axis  [n_outputs] on entry: wanted place of the mapped axis (>= 0 broadcasts an
 *                output that does not depend on mapped inputs); -1: leave it as it comes out
 * out  out_axis  on return: where it is; -1 not mapped
 *      out       same number and order of inputs and outputs as f
 * err  NO_RULE, NOMEM, and errors of batch rules
 */
TSR_API TSR_NODISCARD tsr_status tsr_graph_batch(const tsr_graph *graph, tsr_dim size,
                                                 const int32_t *axis, int32_t *out_axis,
                                                 tsr_graph **out);

TSR_END

#endif /* TSR_SPI_TRANSFORM_H */
