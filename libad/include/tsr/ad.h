/* tsr/ad.h - derivatives, batching and checkpoints.
 *
 * Two forms. On a trace, derivatives are taken between values that were recorded: write the
 * program, then ask tsr_grad for the gradient of this in that. Of a function, given as a
 * body, they can be taken on a trace and on an eager builder alike. Both give ordinary
 * values, so they nest in any order: the gradient of a gradient, vmap of a gradient, the
 * gradient of a scan whose body takes a gradient.
 *
 * The pairing of complex numbers is Re(conj(a) b): the gradient of a real loss is the
 * direction of steepest ascent, 2 z for |z|^2. Integers and bools carry no derivative; an
 * operation without a rule is ERR_NO_RULE with its name, never a silent zero.
 */
#ifndef TSR_AD_H
#define TSR_AD_H

#include "tsr/ops.h"

TSR_BEGIN

/* ---- between values of a trace ---- */

/* tsr_grad - dw[i] = d loss / d w[i]; zeros where the loss does not depend on w.
 *
 * All values between are differentiated through; w is held independent of everything else,
 * so it may be an input or any value on the way. Values of builders around b, other than w
 * itself, are constants.
 *
 * in   b     trace builder; an eager one is ERR_STATE: use tsr_value_and_grad_of
 *      loss  real, rank 0; ERR_DTYPE for a complex one: use tsr_vjp
 *      w     float or complex, any shape
 * ad   all modes
 * note a region on the way (scan, cond) is amended to keep what the way back needs
 */
TSR_API tsr_value tsr_grad(tsr_builder *b, tsr_value loss, tsr_value w);

/* tsr_grads - gradients in several values at once, each held independent of the others.
 *
 * in   b     trace builder
 *      loss  real, rank 0
 *      wrt   float or complex values, no two the same
 * out  out   [wrt.n]
 * ret  the builder's status; ERR_STATE for an eager one, ERR_DTYPE, ERR_SHAPE for the loss,
 *      ERR_DTYPE for a value without derivatives, ERR_ARGUMENT for one named twice or
 *      foreign, ERR_NO_RULE
 * ad   all modes
 */
TSR_API tsr_status tsr_grads(tsr_builder *b, tsr_value loss, tsr_values wrt, tsr_value *out);

/* tsr_vjp - out = J^H cotangents, with J = d outputs / d wrt.
 *
 * in   b           trace builder
 *      outputs     values of b
 *      cotangents  [outputs.n] of the same types, or TSR_ZERO_VALUE
 *      wrt         float or complex values, no two the same
 * out  out         [wrt.n] of the types of wrt
 * ret  the builder's status; as tsr_grads, and ERR_ARGUMENT, ERR_DTYPE, ERR_SHAPE for
 *      cotangents that do not fit in number or type; ERR_NO_RULE names the operation
 * ad   all modes
 */
TSR_API tsr_status tsr_vjp(tsr_builder *b, tsr_values outputs, tsr_values cotangents,
                           tsr_values wrt, tsr_value *out);

/* tsr_jvp - out = J tangents, with J = d outputs / d wrt.
 *
 * in   b         trace builder
 *      outputs   values of b
 *      wrt       float or complex values
 *      tangents  [wrt.n] of the same types, or TSR_ZERO_VALUE
 * out  out       [outputs.n] of the types of outputs; zeros for integers and bools
 * ret  the builder's status; as tsr_vjp, for tangents
 * ad   all modes
 */
TSR_API tsr_status tsr_jvp(tsr_builder *b, tsr_values outputs, tsr_values wrt, tsr_values tangents,
                           tsr_value *out);

/* ---- of a function ---- */

/* tsr_value_and_grad_of - loss = f(in), and its gradients.
 *
 * in   b       trace or eager
 *      f, ctx  gives one real value of rank 0; what it captures is constant
 *      in      float or complex
 * out  loss    f(in)
 *      grads   [in.n]
 * ret  the builder's status; ERR_DTYPE, ERR_SHAPE for the loss, ERR_DTYPE for an input without
 *      derivatives, ERR_NO_RULE
 * ad   all modes
 */
TSR_API tsr_status tsr_value_and_grad_of(tsr_builder *b, tsr_body f, void *ctx, tsr_values in,
                                         tsr_value *loss, tsr_value *grads);

/* tsr_vjp_of - out = f(in) and J^H cotangents.
 *
 * in   b           trace or eager
 *      f, ctx      gives as many values as there are cotangents; captures are constant
 *      in          float or complex
 *      cotangents  of the types f gives, or TSR_ZERO_VALUE
 * out  out         [cotangents.n] f(in)
 *      in_ct       [in.n]
 * ret  the builder's status; ERR_DTYPE for an input without derivatives, ERR_DTYPE, ERR_SHAPE
 *      for cotangents of other types, ERR_NO_RULE
 * ad   all modes
 */
TSR_API tsr_status tsr_vjp_of(tsr_builder *b, tsr_body f, void *ctx, tsr_values in,
                              tsr_values cotangents, tsr_value *out, tsr_value *in_ct);

/* tsr_jvp_of - out = f(in) and J tangents, in one sweep that keeps nothing.
 *
 * in   b         trace or eager
 *      f, ctx    gives n_out values; captures are constant
 *      in        any values
 *      tangents  [in.n] of the types of in, or TSR_ZERO_VALUE
 *      n_out     results of f
 * out  out       [n_out] f(in)
 *      out_t     [n_out] tangents; zeros for integers and bools
 * ret  the builder's status; ERR_ARGUMENT, ERR_DTYPE, ERR_SHAPE for tangents that do not fit
 *      in number or type, ERR_ARGUMENT for a negative n_out, ERR_NO_RULE
 * ad   all modes
 */
TSR_API tsr_status tsr_jvp_of(tsr_builder *b, tsr_body f, void *ctx, tsr_values in,
                              tsr_values tangents, int32_t n_out, tsr_value *out, tsr_value *out_t);

/* tsr_hvp_of - out = H direction, with H the Hessian of f at in: forward over reverse.
 *
 * in   b          trace or eager
 *      f, ctx     gives one real value of rank 0; captures are constant
 *      in         float or complex
 *      direction  [in.n] of the types of in, or TSR_ZERO_VALUE
 * out  out        [in.n]
 * ret  the builder's status; as tsr_value_and_grad_of, and as tsr_jvp_of for directions
 * ad   all modes
 */
TSR_API tsr_status tsr_hvp_of(tsr_builder *b, tsr_body f, void *ctx, tsr_values in,
                              tsr_values direction, tsr_value *out);

/* ---- over one more axis ---- */

/* An entry of in_axes or out_axes: not mapped, the same for all. */
#define TSR_NOT_MAPPED INT64_MIN

/* tsr_vmap - f for every index of an axis at once: out[.., i, ..] = f(in[.., i, ..]).
 *
 * f sees its inputs without the mapped axis. Operations become operations over one more
 * axis, a loop becomes one loop over arrays; those without a batch rule run in turn. What f
 * captures is the same for all.
 *
 * in   b         trace or eager
 *      f, ctx    gives n_out values
 *      in        any values, at least one of them mapped
 *      in_axes   [in.n] mapped axis, negative from the last, or TSR_NOT_MAPPED;
 *                TSR_NO_AXES: the first of each
 *      n_out     results of f
 *      out_axes  [n_out] where the mapped axis goes, negative from the last;
 *                TSR_NOT_MAPPED for a result that does not depend on mapped values;
 *                TSR_NO_AXES: in front of each
 * out  out       [n_out]
 * ret  the builder's status; ERR_SHAPE when mapped sizes differ; ERR_ARGUMENT for axes that do
 *      not exist or do not fit in number, when nothing is mapped, for a result that is
 *      NOT_MAPPED and depends on what is, for a negative n_out
 * ad   all modes
 */
TSR_API tsr_status tsr_vmap(tsr_builder *b, tsr_body f, void *ctx, tsr_values in, tsr_axes in_axes,
                            int32_t n_out, tsr_axes out_axes, tsr_value *out);

/* ---- memory for time ---- */

/* tsr_checkpoint - out = f(in); the way back keeps only in, and runs f again.
 *
 * Within a scan it makes the scan keep its carry instead of all that f leaves. (Griewank
 * and Walther, "Evaluating Derivatives", 2008, ch. 12.)
 *
 * in   b       trace or eager
 *      f, ctx  gives n_out values; captures count as inputs
 *      in      any values
 *      n_out   results of f
 * out  out     [n_out]
 * ret  the builder's status; ERR_ARGUMENT for a negative n_out
 * ad   all modes
 */
TSR_API tsr_status tsr_checkpoint(tsr_builder *b, tsr_body f, void *ctx, tsr_values in,
                                  int32_t n_out, tsr_value *out);

TSR_END

#endif /* TSR_AD_H */
