/* scatter_mul.h - products of updates that meet at a place. */
#ifndef TSRI_SCATTER_MUL_H
#define TSRI_SCATTER_MUL_H

#include "scatter.h"

/* tsri_scatter_products - for every update, x times all other updates at its place, in the
 * shape of updates; of windows that are dropped whatever is near.
 */
tsr_value tsri_scatter_products(tsri_room *room, const tsr_call *c);

#endif /* TSRI_SCATTER_MUL_H */
