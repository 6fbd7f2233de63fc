/* tsr/spi/kernels.h - looking at the kernels a runtime has; for tables, tools and tests. */
#ifndef TSR_SPI_KERNELS_H
#define TSR_SPI_KERNELS_H

#include "tsr/runtime.h"
#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_runtime_kernel - row number i of an op on a backend, in the order in which rows are tried.
 *
 * in   rt       runtime
 *      backend  its name, e.g. "cpu"
 *      op       core or registered extension op
 *      i        from 0, the highest priority
 * ret  the row; NULL when there are no more, or no such backend or op
 */
TSR_API const tsr_kernel *tsr_runtime_kernel(tsr_runtime *rt, const char *backend, const tsr_op *op,
                                             int32_t i);

TSR_END

#endif /* TSR_SPI_KERNELS_H */
