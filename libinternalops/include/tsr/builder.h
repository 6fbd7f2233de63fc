/* tsr/builder.h - where operations go: recorded by a trace, run by an eager scope.
 *
 * Every operation takes a builder and values and returns a value. The first failure
 * latches in the builder: later operations do nothing and return "no value", values
 * made before stay readable, and the error comes out of whatever ends the chain
 * (tsr_compile, tsr_to_tensor, tsr_print) or of tsr_builder_status. A builder belongs
 * to one thread at a time.
 */
#ifndef TSR_BUILDER_H
#define TSR_BUILDER_H

#include "tsr/op.h"
#include "tsr/tensor.h"
#include "tsr/value.h"

TSR_BEGIN

typedef struct tsr_builder tsr_builder;

/* A function on values: reads in, fills out, and may use (capture) any value of the
 * builders around it. Its status stands for errors of its own; operations latch.
 */
typedef tsr_status (*tsr_body)(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out);

/* tsr_builder_status - the latched error, raised again on this thread; OK if none.
 *
 * in   b  trace or eager
 * err  whatever the first failing operation returned
 */
TSR_API TSR_NODISCARD tsr_status tsr_builder_status(tsr_builder *b);

/* tsr_builder_clear - forget the latched error and go on. */
TSR_API void tsr_builder_clear(tsr_builder *b);

/* tsr_builder_fail - latch a status a caller got elsewhere; the first one stays.
 *
 * in   b     builder
 *      code  what failed, with its text in this thread's record; OK does nothing
 * ret  code
 */
TSR_API tsr_status tsr_builder_fail(tsr_builder *b, tsr_status code);

/* tsr_builder_close - end a builder; its values die with it. NULL is fine. */
TSR_API void tsr_builder_close(tsr_builder *b);

/* tsr_emit - apply an op; what every operation function ends in.
 *
 * in   b      builder
 *      op     core or registered extension op
 *      attrs  instance of op->attrs, copied; NULL when the op has none
 *      in     operands
 * out  out    one value per output; "no value" on failure
 * ret  the builder's status, also latched
 */
TSR_API tsr_status tsr_emit(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_values in,
                            tsr_value *out);

/* tsr_emit1 - the same for an op with one output. */
TSR_API tsr_value tsr_emit1(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_values in);

/* tsr_value_type - dtype and shape of a value; dims are valid until the builder closes.
 *
 * in   b    the value's builder or one inside it
 *      v    a value, not a symbolic zero
 * out  out  its type
 * err  ARGUMENT  no value of this builder or those around it
 */
TSR_API TSR_NODISCARD tsr_status tsr_value_type(tsr_builder *b, tsr_value v, tsr_type *out);

/* tsr_dim_symbol - an unknown size, by name; the same name is the same size.
 *
 * note on failure it latches and gives the constant 0
 */
TSR_API tsr_dim tsr_dim_symbol(tsr_builder *b, const char *name);

/* tsr_value_dim - the size of axis (negative: from the last) of a value; latches. */
TSR_API tsr_dim tsr_value_dim(tsr_builder *b, tsr_value v, int64_t axis);

TSR_END

#endif /* TSR_BUILDER_H */
