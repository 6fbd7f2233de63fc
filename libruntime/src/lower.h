/* lower.h - operations without a kernel on a backend, written in terms of others. */
#ifndef TSRI_LOWER_H
#define TSRI_LOWER_H

#include "tables.h"

#include "tsr/spi/graph.h"

/* Rules may lower to operations that want lowering themselves, but not forever. */
#define TSRI_LOWERING_DEPTH 16

/* The graph itself (retained) when the device's backend has kernels for all of it, else one
 * in which their `lower` rules have replaced operations without.
 */
tsr_status tsri_lower(tsri_tables *tables, const tsr_device *device, const tsr_graph *graph,
                      tsr_graph **out);

#endif /* TSRI_LOWER_H */
