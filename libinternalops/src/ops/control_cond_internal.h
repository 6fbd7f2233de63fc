/* ops/control_cond_internal.h - the rules of cond. */
#ifndef TSRI_CONTROL_COND_INTERNAL_H
#define TSRI_CONTROL_COND_INTERNAL_H

#include "ops/control_internal.h"

/* One graph per case, all over the same inputs. */
typedef struct tsri_cases {
  int32_t n;
  tsr_graph **graph; /* [n] owned; NULL where not made yet */
} tsri_cases;

tsr_status tsri_cases_create(tsr_arena *arena, int32_t n, tsri_cases *out);
void tsri_cases_release(tsri_cases *cases);

int32_t tsri_cond_cases(const tsr_call *c);
const tsr_graph *tsri_cond_case(const tsr_call *c, int32_t k);

/* Marks that operands (without the index) put on outputs in any case. */
tsr_status tsri_cond_reach(const tsr_call *c, tsri_reach how, const bool *in, bool *out);

/* Apply cond; in[0] is the index. */
tsr_status tsri_cond_emit(tsr_builder *b, tsr_arena *arena, const tsri_cases *cases, tsr_values in,
                          tsr_value *out);

tsr_status tsri_cond_linearize(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                               tsr_value *out_t);
tsr_status tsri_cond_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *map, tsr_value *out,
                           int32_t *out_axis);

#endif /* TSRI_CONTROL_COND_INTERNAL_H */
