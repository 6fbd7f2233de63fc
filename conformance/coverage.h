/* coverage.h - which kinds of calls were compared with a second source, and which were not.
 *
 * A suite counts each comparison it made by dtype and kind. A place of that table that stays
 * empty is a failure unless holes.c has a sentence for it.
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include "stage.h"

/* Count a comparison of a kind for w->key. */
void cover(stage *w, coverage_kind kind);

/* coverage_sample - count the kinds of a sample whose results, here out[n_out], were compared
 * with the oracle: its sizes, edge values.
 */
void coverage_sample(stage *w, const sample *s, const array *in, const array *out);
/* The same for operands in a layout, unless it is that of C for all of them. */
void coverage_layout(stage *w, const sample *s, const array *in, placing layout);

/* coverage_report - print the table of one suite, and fail for places that nothing explains.
 *
 * in   first, last  the kinds of the suite
 *      dtypes       for which there should be all of them
 */
void coverage_report(stage *w, const tsr_op *op, coverage_kind first, coverage_kind last,
                     uint32_t dtypes);

#endif /* COVERAGE_H */
