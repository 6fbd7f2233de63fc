/* reduce_sum.c - z = sum of x over axes. The transpose repeats ct along them. */
#include "reduce.h"

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  in_ct[0] = tsri_reduce_spread(b, c, ct[0]);
  return tsr_builder_status(b);
}

const tsr_rules tsri_reduce_sum_rules = {.infer = tsri_reduce_infer,
                                         .transpose = transpose,
                                         .batch = tsri_reduce_batch,
                                         .simplify = tsri_reduce_simplify};
