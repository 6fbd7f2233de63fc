/* ops/control_scan_internal.h - the rules of scan, one file each. */
#ifndef TSRI_CONTROL_SCAN_INTERNAL_H
#define TSRI_CONTROL_SCAN_INTERNAL_H

#include "ops/control_internal.h"

/* The loop behind an inferred application of scan. */
tsri_loop tsri_scan_loop(const tsr_call *c);

/* Apply scan with a body, which is released, and other numbers of operands. */
tsr_status tsri_scan_emit(tsr_builder *b, const tsr_call *c, tsr_graph *body, int32_t n_consts,
                          int32_t n_carry, bool reverse, const tsr_value *in, tsr_value *out);

tsr_status tsri_scan_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t);
tsr_status tsri_scan_linearize(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                               tsr_value *out_t);
tsr_status tsri_scan_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                               const tsr_value *ct, tsr_value *in_ct);
tsr_status tsri_scan_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                           int32_t *out_axis);
tsr_status tsri_scan_prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out);

#endif /* TSRI_CONTROL_SCAN_INTERNAL_H */
