/* handles.c - the vendor libraries' own handles: one of each kind per stream, and FFT plans.
 *
 * A handle of cuBLAS or cuSOLVER belongs to one thread at a time, and so does a stream:
 * bound to each other for life, they need neither a lock nor a call to bind them again.
 */
#include "abi_internal.h"
#include "cuda_internal.h"

/* Make a handle, bind it, and keep it in the stream; destroy it if it cannot be bound. */
static tsr_status make_cublas(tsri_cuda_device *device, tsri_cuda_stream *stream) {
  tsri_libraries *all = &device->libraries;
  struct cublasContext *made = NULL;
  TSR_TRY(TSRI_CALL(all, CUBLAS, cublas, cublasCreate, &made));
  tsr_status status = TSRI_CALL(all, CUBLAS, cublas, cublasSetStream, made, stream->handle);
  if (status == TSR_OK) /* sums of f16 and bf16 stay in f32 to their end */
    status = TSRI_CALL(all, CUBLAS, cublas, cublasSetMathMode, made, TSRI_BLAS_WHOLE_SUMS);
  if (status != TSR_OK) {
    all->cublas.cublasDestroy(made);
    return status;
  }
  stream->cublas = made;
  return TSR_OK;
}

/* Its functions are told the stream in each call. */
static tsr_status make_cublaslt(tsri_cuda_device *device, tsri_cuda_stream *stream) {
  struct cublasLtContext *made = NULL;
  TSR_TRY(TSRI_CALL(&device->libraries, CUBLASLT, cublaslt, cublasLtCreate, &made));
  stream->cublaslt = made;
  return TSR_OK;
}

static tsr_status make_cusolver(tsri_cuda_device *device, tsri_cuda_stream *stream) {
  tsri_libraries *all = &device->libraries;
  struct cusolverDnContext *made = NULL;
  TSR_TRY(TSRI_CALL(all, CUSOLVER, cusolver, cusolverDnCreate, &made));
  tsr_status status = TSRI_CALL(all, CUSOLVER, cusolver, cusolverDnSetStream, made, stream->handle);
  if (status != TSR_OK) {
    all->cusolver.cusolverDnDestroy(made);
    return status;
  }
  stream->cusolver = made;
  return TSR_OK;
}

/* Open the library and run a function above in the device's context. A handle that was
 * made stays even if leaving the context failed: the next call finds it.
 */
static tsr_status make(tsr_stream *stream, tsr_gpu_library which,
                       tsr_status (*how)(tsri_cuda_device *, tsri_cuda_stream *)) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before;
  TSR_TRY(tsri_library_need(&device->libraries, which));
  TSR_TRY(tsri_cuda_enter(device, &before));
  return tsri_cuda_leave(device, before, how(device, tsri_cuda_stream_of(stream)));
}

tsr_status tsri_cuda_cublas(tsr_stream *stream, struct cublasContext **out) {
  tsri_cuda_stream *s = tsri_cuda_stream_of(stream);
  *out = NULL;
  if (!s->cublas) TSR_TRY(make(stream, TSR_GPU_CUBLAS, make_cublas));
  *out = s->cublas;
  return TSR_OK;
}

tsr_status tsri_cuda_cublaslt(tsr_stream *stream, struct cublasLtContext **out) {
  tsri_cuda_stream *s = tsri_cuda_stream_of(stream);
  *out = NULL;
  if (!s->cublaslt) TSR_TRY(make(stream, TSR_GPU_CUBLASLT, make_cublaslt));
  *out = s->cublaslt;
  return TSR_OK;
}

tsr_status tsri_cuda_cusolver(tsr_stream *stream, struct cusolverDnContext **out) {
  tsri_cuda_stream *s = tsri_cuda_stream_of(stream);
  *out = NULL;
  if (!s->cusolver) TSR_TRY(make(stream, TSR_GPU_CUSOLVER, make_cusolver));
  *out = s->cusolver;
  return TSR_OK;
}

void tsri_cuda_handles_close(tsri_cuda_device *device, tsri_cuda_stream *stream) {
  tsri_libraries *all = &device->libraries;
  if (stream->cusolver) all->cusolver.cusolverDnDestroy(stream->cusolver);
  if (stream->cublaslt) all->cublaslt.cublasLtDestroy(stream->cublaslt);
  if (stream->cublas) all->cublas.cublasDestroy(stream->cublas);
  stream->cusolver = NULL;
  stream->cublaslt = NULL;
  stream->cublas = NULL;
}

tsr_status tsri_cuda_fft_create(tsr_device *device, int *out) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  tsri_libraries *all = &d->libraries;
  struct CUctx_st *before;
  *out = 0;
  TSR_TRY(tsri_library_need(all, TSR_GPU_CUFFT));
  TSR_TRY(tsri_cuda_enter(d, &before));
  int plan = 0;
  tsr_status status = TSRI_CALL(all, CUFFT, cufft, cufftCreate, &plan);
  bool created = status == TSR_OK;
  if (created) status = TSRI_CALL(all, CUFFT, cufft, cufftSetAutoAllocation, plan, 0);
  status = tsri_cuda_leave(d, before, status);
  if (status == TSR_OK) {
    *out = plan;
  } else if (created) {
    tsri_cuda_fft_destroy(device, plan);
  }
  return status;
}

tsr_status tsri_cuda_fft_bind(tsr_stream *stream, int plan, void *work) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  tsri_libraries *all = &device->libraries;
  struct CUctx_st *before;
  TSR_TRY(tsri_library_need(all, TSR_GPU_CUFFT));
  TSR_TRY(tsri_cuda_enter(device, &before));
  tsr_status status =
      TSRI_CALL(all, CUFFT, cufft, cufftSetStream, plan, tsri_cuda_stream_of(stream)->handle);
  if (status == TSR_OK && work) {
    status = TSRI_CALL(all, CUFFT, cufft, cufftSetWorkArea, plan, work);
  }
  return tsri_cuda_leave(device, before, status);
}

void tsri_cuda_fft_destroy(tsr_device *device, int plan) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  if (!d->libraries.cufft.library.handle) return;
  struct CUctx_st *before = tsri_cuda_enter_anyway(d);
  d->libraries.cufft.cufftDestroy(plan);
  tsri_cuda_leave_anyway(d, before);
}
