/* context.c - making a device's context current on the calling thread, and the way back.
 *
 * A thread may belong to a program that uses CUDA itself, so what was current before is
 * restored. When ours is current already, entering costs one look at a thread variable.
 */
#include "cuda_internal.h"

tsr_status tsri_cuda_enter(tsri_cuda_device *device, struct CUctx_st **before) {
  const tsri_libraries *all = &device->libraries;
  *before = device->context;
  struct CUctx_st *current = NULL;
  TSR_TRY(TSRI_DRIVER(all, cuCtxGetCurrent, &current));
  if (current == device->context) return TSR_OK;
  TSR_TRY(TSRI_DRIVER(all, cuCtxSetCurrent, device->context));
  *before = current;
  return TSR_OK;
}

tsr_status tsri_cuda_leave(tsri_cuda_device *device, struct CUctx_st *before, tsr_status status) {
  if (before == device->context) return status;
  tsri_result result = device->libraries.driver.cuCtxSetCurrent(before);
  if (status != TSR_OK) return status;
  return tsri_check(&device->libraries, TSR_GPU_DRIVER, "cuCtxSetCurrent", result);
}

struct CUctx_st *tsri_cuda_enter_anyway(tsri_cuda_device *device) {
  const tsri_driver *driver = &device->libraries.driver;
  struct CUctx_st *current = device->context;
  driver->cuCtxGetCurrent(&current);
  if (current != device->context) driver->cuCtxSetCurrent(device->context);
  return current;
}

void tsri_cuda_leave_anyway(tsri_cuda_device *device, struct CUctx_st *before) {
  if (before != device->context) device->libraries.driver.cuCtxSetCurrent(before);
}
