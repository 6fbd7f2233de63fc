/* tsr_null.h - a backend that plans everything and computes nothing. For tests only.
 *
 * Its memory is real and counted, but never written, and the host may not look at it.
 */
#ifndef TSR_NULL_H
#define TSR_NULL_H

#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_null_register - make device "null", with a kernel for every core op without regions.
 *
 * in   rt  a runtime
 * err  EXISTS, NOMEM
 */
TSR_NODISCARD tsr_status tsr_null_register(tsr_runtime *rt);

/* tsr_null_runs - how many kernels the device has been asked to run. */
int64_t tsr_null_runs(const tsr_device *device);

TSR_END

#endif /* TSR_NULL_H */
