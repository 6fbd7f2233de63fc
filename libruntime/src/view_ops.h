/* view_ops.h - operations that only look at memory in another way. */
#ifndef TSRI_VIEW_OPS_H
#define TSRI_VIEW_OPS_H

#include "tsr/layout.h"
#include "tsr/spi/call.h"

typedef struct tsri_view_op {
  /* Strides of output j, whose dims are set, and the elements it starts behind its operand;
   * false: only a copy gives it.
   */
  bool (*view)(const tsr_call *c, int32_t j, const tsr_view *in, const tsr_view *out,
               int64_t *strides, int64_t *offset);
  /* Strides of the operand that make output j come out with the strides it has; NULL: no. */
  bool (*unview)(const tsr_call *c, const tsr_view *in, const tsr_view *out, int64_t *strides);
  bool each; /* output j looks at operand j, not at operand 0 */
} tsri_view_op;

/* The entry of an op, or NULL: it computes. */
const tsri_view_op *tsri_view_op_of(const tsr_op *op);

#endif /* TSRI_VIEW_OPS_H */
