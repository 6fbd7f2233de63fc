/* reduce_logic.c - z = and, or of x over axes, bit by bit. Locally constant. */
#include "reduce.h"

const tsr_rules tsri_reduce_and_rules = {
    .infer = tsri_reduce_infer, .batch = tsri_reduce_batch, .simplify = tsri_reduce_simplify};
const tsr_rules tsri_reduce_or_rules = {
    .infer = tsri_reduce_infer, .batch = tsri_reduce_batch, .simplify = tsri_reduce_simplify};
