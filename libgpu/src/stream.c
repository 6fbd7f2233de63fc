/* stream.c - streams, the failures that show later, and events. */
#include "abi_internal.h"
#include "cuda_internal.h"

#include <stdio.h>

#include "tsr/alloc.h"

tsr_status tsri_cuda_stream_init(tsri_cuda_device *device, tsri_cuda_stream *stream) {
  *stream = (tsri_cuda_stream){.base.device = &device->base};
  return TSRI_DRIVER(&device->libraries, cuStreamCreate, &stream->handle, TSRI_STREAM_NON_BLOCKING);
}

void tsri_cuda_stream_deinit(tsri_cuda_device *device, tsri_cuda_stream *stream) {
  tsri_cuda_handles_close(device, stream);
  if (!stream->handle) return;
  device->libraries.driver.cuStreamSynchronize(stream->handle);
  device->libraries.driver.cuStreamDestroy(stream->handle);
  stream->handle = NULL;
}

tsr_status tsri_cuda_stream_open(tsr_device *device, tsr_stream **out) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  *out = NULL;
  void *made = NULL;
  struct CUctx_st *before;
  TSR_TRY(tsr_alloc(sizeof(tsri_cuda_stream), 0, &made));
  tsri_cuda_stream *stream = made;
  tsr_status status = tsri_cuda_enter(d, &before);
  if (status == TSR_OK) {
    status = tsri_cuda_stream_init(d, stream);
    bool opened = status == TSR_OK;
    status = tsri_cuda_leave(d, before, status);
    if (opened && status != TSR_OK) tsri_cuda_stream_deinit(d, stream);
  }
  if (status != TSR_OK) {
    tsr_free(made, sizeof(tsri_cuda_stream), 0);
    return tsr_annotate(status, "opening a stream of %s", device->name);
  }
  *out = &stream->base;
  return TSR_OK;
}

void tsri_cuda_stream_close(tsr_stream *stream) {
  if (!stream) return;
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before = tsri_cuda_enter_anyway(device);
  tsri_cuda_stream_deinit(device, tsri_cuda_stream_of(stream));
  tsri_cuda_leave_anyway(device, before);
  tsr_free(stream, sizeof(tsri_cuda_stream), 0);
}

/* Release cannot fail and leaves the thread's record alone, so the stream keeps it. */
void tsri_cuda_defer(tsri_cuda_stream *stream, const char *function, tsri_result result) {
  if (result == 0) return;
  tsri_cuda_device *device = tsri_cuda_of(stream->base.device);
  tsr_status code = tsri_result_code(TSR_GPU_DRIVER, result);
  char text[512];
  tsri_result_text(&device->libraries, TSR_GPU_DRIVER, function, result, text, sizeof text);
  pthread_mutex_lock(&device->lock);
  if (stream->deferred.code == TSR_OK) {
    stream->deferred.code = code;
    snprintf(stream->deferred.text, sizeof stream->deferred.text, "%s: %s", tsr_status_name(code),
             text);
  }
  pthread_mutex_unlock(&device->lock);
}

/* The failure kept by a stream, as this thread's record; the stream forgets it. */
static tsr_status raise_deferred(tsri_cuda_device *device, tsri_cuda_stream *stream) {
  pthread_mutex_lock(&device->lock);
  tsr_status status = tsr_error_raise(&stream->deferred);
  stream->deferred.code = TSR_OK;
  pthread_mutex_unlock(&device->lock);
  return status;
}

tsr_status tsri_cuda_synchronize(tsr_stream *stream) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  tsri_cuda_stream *s = tsri_cuda_stream_of(stream);
  struct CUctx_st *before;
  uint32_t found[TSRI_CUDA_FINDINGS] = {0};
  TSR_TRY(tsri_cuda_enter(device, &before));
  tsri_result fetched = tsri_cuda_findings_fetch(s, found);
  tsri_result result = device->libraries.driver.cuStreamSynchronize(s->handle);
  tsr_status status = raise_deferred(device, s);
  if (status == TSR_OK) {
    status = tsri_check(&device->libraries, TSR_GPU_DRIVER, "cuStreamSynchronize", result);
  }
  if (status == TSR_OK) {
    status = tsri_check(&device->libraries, TSR_GPU_DRIVER, "cuMemcpyDtoHAsync", fetched);
  }
  if (status == TSR_OK) status = tsri_cuda_findings_raise(s, found);
  if (status != TSR_OK) status = tsr_annotate(status, "waiting for %s", stream->device->name);
  return tsri_cuda_leave(device, before, status);
}

tsr_status tsri_cuda_event_create(tsr_device *device, void **out) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  struct CUctx_st *before;
  struct CUevent_st *event = NULL;
  *out = NULL;
  TSR_TRY(tsri_cuda_enter(d, &before));
  tsr_status status = TSRI_DRIVER(&d->libraries, cuEventCreate, &event, TSRI_EVENT_DISABLE_TIMING);
  bool created = status == TSR_OK;
  status = tsri_cuda_leave(d, before, status);
  if (status == TSR_OK) {
    *out = event;
  } else if (created) {
    tsri_cuda_event_destroy(device, event);
  }
  return status;
}

tsr_status tsri_cuda_event_record(tsr_stream *stream, void *event) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before;
  TSR_TRY(tsri_cuda_enter(device, &before));
  return tsri_cuda_leave(
      device, before,
      TSRI_DRIVER(&device->libraries, cuEventRecord, event, tsri_cuda_stream_of(stream)->handle));
}

tsr_status tsri_cuda_event_wait(tsr_stream *stream, void *event) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before;
  TSR_TRY(tsri_cuda_enter(device, &before));
  return tsri_cuda_leave(device, before,
                         TSRI_DRIVER(&device->libraries, cuStreamWaitEvent,
                                     tsri_cuda_stream_of(stream)->handle, event, 0));
}

void tsri_cuda_event_destroy(tsr_device *device, void *event) {
  if (!event) return;
  tsri_cuda_device *d = tsri_cuda_of(device);
  struct CUctx_st *before = tsri_cuda_enter_anyway(d);
  d->libraries.driver.cuEventDestroy(event);
  tsri_cuda_leave_anyway(d, before);
}
