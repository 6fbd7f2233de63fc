/* ops_internal.h - what rules of several ops share. */
#ifndef TSRI_OPS_INTERNAL_H
#define TSRI_OPS_INTERNAL_H

#include "surface/surface_internal.h"

#include "tsr/ops.h"
#include "tsr/spi/rule.h"

/* infer: output 0 has the type of operand 0, and all operands have it. */
tsr_status tsri_infer_same(const tsr_call *c, tsr_type *out);

/* Operands i and j agree in rank and dims, whatever their dtypes. */
tsr_status tsri_require_same_shape(const tsr_call *c, int32_t i, int32_t j);

/* batch for ops that work element by element on operands of one shape. */
tsr_status tsri_batch_elementwise(tsr_builder *b, const tsr_call *c, const tsr_batch *batch,
                                  tsr_value *out, int32_t *out_axis);

/* batch for ops without operands: the same for all. */
tsr_status tsri_batch_none(tsr_builder *b, const tsr_call *c, const tsr_batch *batch,
                           tsr_value *out, int32_t *out_axis);

/* simplify for ops that undo themselves: --x = x. */
tsr_status tsri_simplify_twice(tsr_builder *b, const tsr_call *c, tsr_value *out);
/* simplify for ops that do nothing the second time. */
tsr_status tsri_simplify_idempotent(tsr_builder *b, const tsr_call *c, tsr_value *out);

/* Is v a constant (perhaps broadcast) with one number everywhere? */
bool tsri_splat(tsr_builder *b, tsr_value v, tsr_number *out);
/* The same for one particular number. */
bool tsri_is_splat_of(tsr_builder *b, tsr_value v, int64_t number);

#endif /* TSRI_OPS_INTERNAL_H */
