/* findings.c - elements at fault, noted by kernels and told by the next synchronisation. */
#include "cuda_internal.h"

#include "tsr/spi/expr.h"

enum {
  BYTES = TSRI_CUDA_FINDINGS * sizeof(uint32_t),
  BLOCK = 512 /* what the driver gives out at least */
};

/* Not of the pool: what a device keeps for itself does not count as its user's. */
static tsr_status create(tsri_cuda_device *d, tsri_address *out) {
  const tsri_libraries *all = &d->libraries;
  TSR_TRY(TSRI_DRIVER(all, cuMemAlloc, out, BLOCK));
  tsr_status status = TSRI_DRIVER(all, cuMemsetD8Async, *out, 0, BYTES, d->first.handle);
  if (status == TSR_OK) status = TSRI_DRIVER(all, cuStreamSynchronize, d->first.handle);
  if (status == TSR_OK) return TSR_OK;
  d->libraries.driver.cuMemFree(*out);
  *out = 0;
  return status;
}

tsr_status tsri_cuda_findings_open(tsr_device *device) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  struct CUctx_st *before;
  TSR_TRY(tsri_cuda_enter(d, &before));
  pthread_mutex_lock(&d->lock);
  const tsr_status status = d->findings ? TSR_OK : create(d, &d->findings);
  pthread_mutex_unlock(&d->lock);
  return tsri_cuda_leave(d, before, status);
}

void tsri_cuda_findings_close(tsri_cuda_device *device) {
  if (device->findings) device->libraries.driver.cuMemFree(device->findings);
  device->findings = 0;
}

void *tsri_cuda_findings_expect(tsr_stream *stream) {
  tsri_cuda_stream_of(stream)->may_find = true;
  return (void *)(uintptr_t)tsri_cuda_of(stream->device)->findings;
}

tsri_result tsri_cuda_findings_fetch(tsri_cuda_stream *stream, uint32_t *found) {
  const tsri_cuda_device *d = tsri_cuda_of(stream->base.device);
  if (!stream->may_find) return 0;
  stream->may_find = false;
  return d->libraries.driver.cuMemcpyDtoHAsync(found, d->findings, BYTES, stream->handle);
}

tsr_status tsri_cuda_findings_raise(tsri_cuda_stream *stream, const uint32_t *found) {
  const tsri_cuda_device *d = tsri_cuda_of(stream->base.device);
  for (int32_t i = 0; i < TSRI_CUDA_FINDINGS; i++) {
    if (!found[i]) continue;
    TSR_TRY(TSRI_DRIVER(&d->libraries, cuMemsetD8Async, d->findings, 0, BYTES, stream->handle));
    return TSR_FAIL(TSR_ERR_NUMERIC, "%s", tsr_expr_finding(i));
  }
  return TSR_OK;
}
