/* passes.h - what stands between a recorded graph and the one that is planned. */
#ifndef TSRI_PASSES_H
#define TSRI_PASSES_H

#include "tsr/spi/graph.h"

/* Compute what follows from constants alone; graph -> an equal graph. */
tsr_status tsri_fold(const tsr_graph *graph, tsr_graph **out);

/* Merge elementwise work into single loops; graph -> an equal graph. */
tsr_status tsri_fuse(const tsr_graph *graph, tsr_graph **out);

/* The same for backends that take reductions at the ends of loops only. */
tsr_status tsri_fuse_ends(const tsr_graph *graph, tsr_graph **out);

#endif /* TSRI_PASSES_H */
