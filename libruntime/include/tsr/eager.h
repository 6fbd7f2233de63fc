/* tsr/eager.h - running operations at once.
 *
 * An eager builder is a scope: values made in it live until it closes. Open a scope
 * inside another for the temporaries of a loop; results leave as tensors.
 */
#ifndef TSR_EAGER_H
#define TSR_EAGER_H

#include <stdio.h>

#include "tsr/ops.h"
#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_eager_open - a scope on a device of a runtime.
 *
 * in   rt      retained
 *      device  name as for tsr_runtime_device
 * out  out     close with tsr_builder_close
 * err  as tsr_runtime_device
 */
TSR_API TSR_NODISCARD tsr_status tsr_eager_open(tsr_runtime *rt, const char *device,
                                                tsr_builder **out);

/* tsr_eager_nest - a scope inside a scope: sees its values, and dies first.
 *
 * in   around  eager builder
 * out  out     close with tsr_builder_close
 * err  ARGUMENT  around is NULL or a trace; NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_eager_nest(tsr_builder *around, tsr_builder **out);

/* tsr_from_tensor - a tensor as a value; no copy. In a trace it becomes a constant.
 *
 * in   b       builder
 *      tensor  retained; on the scope's device
 * note latches ARGUMENT for NULL or a tensor of another device, STATE for a donated one
 */
TSR_API tsr_value tsr_from_tensor(tsr_builder *b, tsr_tensor *tensor);

/* tsr_from_data - a copy of C-ordered host data as a value.
 *
 * in   b     eager builder; a trace has no device, say tsr_from_tensor there
 *      dtype, dims  as for tsr_tensor_create
 *      data  prod(dims) elements
 * note latches ARGUMENT for a trace, and what tsr_tensor_from_data returns
 */
TSR_API tsr_value tsr_from_data(tsr_builder *b, tsr_dtype dtype, tsr_dims dims, const void *data);

/* tsr_to_tensor - the tensor of an eager value, to outlive the scope.
 *
 * in   b    eager builder
 *      v    one of its values
 * out  out  a new reference
 * err  the latched error; ARGUMENT  a trace, or a foreign value; NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_to_tensor(tsr_builder *b, tsr_value v, tsr_tensor **out);

/* tsr_eager_run_into - out = op(in), written into existing tensors; makes no values.
 *
 * One operation of the catalogue (<tsr/op.h>) as it is: nothing is converted or broadcast.
 * Once it was prepared for such layouts, a call takes no memory but the workspace that some
 * operations need. To run more than one operation this way, compile a program.
 *
 * in   b      eager builder
 *      op     as tsr_op_core(TSR_OP_ADD)
 *      attrs  its attributes; NULL when it has none
 *      in     values of b, or of scopes around it
 *      out    a tensor for each result, on the scope's device, of the result's dtype and shape;
 *             any strides that do not overlap themselves. Nobody else may hold its storage but
 *             operands: where elements are combined one by one, x = x + y, and x lies as the
 *             tensor does. Such a value, and what looks at it, then has the new elements.
 * err  the latched error, and none is latched here
 *      ARGUMENT  a trace, no op, a foreign value, a wrong number of operands or tensors; a
 *                tensor that is NULL, of another device, shared, overlaps itself, or is an operand
 *                that is read in another order
 *      DTYPE, SHAPE  operands that do not fit the op or one another, a tensor that does not
 *                fit the result; both in the message
 *      NUMERIC   the operation met a numerical failure; out has undefined elements
 *      NOT_FOUND, UNSUPPORTED, NOMEM, DEVICE
 */
TSR_API TSR_NODISCARD tsr_status tsr_eager_run_into(tsr_builder *b, const tsr_op *op,
                                                    const void *attrs, tsr_values in,
                                                    tsr_tensor_list out);

/* tsr_read - the elements of an eager value in C order.
 *
 * in   b     eager builder
 *      v     one of its values
 *      size  bytes at data, exactly those of v
 * out  data  the elements
 * err  the latched error; ARGUMENT  a trace, size differs, a foreign value; NOMEM, and the
 *      error of the work that made it
 */
TSR_API TSR_NODISCARD tsr_status tsr_read(tsr_builder *b, tsr_value v, void *data, size_t size);

/* tsr_print - print an eager value like NumPy.
 *
 * in   b     eager builder
 *      v     one of its values
 *      file  where to
 * err  the latched error; ARGUMENT  a trace, a foreign value, file is NULL; LIMIT  more than
 *      512 axes; IO, NOMEM, and the error of the work that made it
 */
TSR_API TSR_NODISCARD tsr_status tsr_print(tsr_builder *b, tsr_value v, FILE *file);

TSR_END

#endif /* TSR_EAGER_H */
