/* tsr/gpu.h - the CUDA backend. Everything of CUDA is opened at run time. */
#ifndef TSR_GPU_H
#define TSR_GPU_H

#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_gpu_register - make backend "cuda" known to a runtime.
 *
 * Succeeds without a GPU or driver; opening device "cuda" then fails with a message that
 * says which library is missing, or what the driver answered.
 *
 * in   rt  a runtime
 * err  ARGUMENT  rt is NULL
 *      EXISTS, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_gpu_register(tsr_runtime *rt);

/* tsr_gpu_count - CUDA devices that can be opened.
 *
 * out  n    devices; 0 with OK when a driver is there but no device is
 * err  DEVICE    no driver: names the library looked for; or the driver's own error
 *      ARGUMENT  n is NULL
 */
TSR_API TSR_NODISCARD tsr_status tsr_gpu_count(int32_t *n);

TSR_END

#endif /* TSR_GPU_H */
