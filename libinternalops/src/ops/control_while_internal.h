/* ops/control_while_internal.h - the rules of while. */
#ifndef TSRI_CONTROL_WHILE_INTERNAL_H
#define TSRI_CONTROL_WHILE_INTERNAL_H

#include "ops/control_internal.h"

/* The loop behind an inferred application of while; no xs, no ys. */
tsri_loop tsri_while_loop(const tsr_call *c);
const tsr_graph *tsri_while_test(const tsr_call *c);

/* Apply while with test and body, which are released. */
tsr_status tsri_while_emit(tsr_builder *b, tsr_graph *test, tsr_graph *body, int32_t n_consts,
                           const tsr_value *in, tsr_value *out);

tsr_status tsri_while_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                            int32_t *out_axis);

#endif /* TSRI_CONTROL_WHILE_INTERNAL_H */
