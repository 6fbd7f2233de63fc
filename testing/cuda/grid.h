/* grid.h - running a kernel compiled with shim.h over a grid: block by block, in order. */
#ifndef TSR_EMULATED_GRID_H
#define TSR_EMULATED_GRID_H

#include "emulated.h"

#include <stddef.h>

/* Run kernel once for every thread. where is tsr_emulated_here of the kernel's own library,
 * shared the bytes of dynamic shared memory. A thread that waits at a barrier gets a stack of
 * its own; without barriers a thread costs a call. 0, or -1 when there is no memory.
 */
int tsr_emulated_run(tsr_emulated_kernel kernel, tsr_emulated_where where, const unsigned blocks[3],
                     const unsigned threads[3], size_t shared, const void *arguments);

#endif /* TSR_EMULATED_GRID_H */
