/* module.c - compiled code: loading it, finding kernels in it, launching them. */
#include "cuda_internal.h"

tsr_status tsri_cuda_module_load(tsr_device *device, const tsr_gpu_image *image,
                                 struct CUmod_st **out) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  struct CUctx_st *before;
  *out = NULL;
  if (!image->data || !image->size) return TSR_FAIL(TSR_ERR_ARGUMENT, "module: the image is empty");
  TSR_TRY(tsri_cuda_enter(d, &before));
  struct CUmod_st *module = NULL;
  tsr_status status = TSRI_DRIVER(&d->libraries, cuModuleLoadData, &module, image->data);
  bool loaded = status == TSR_OK;
  status = tsri_cuda_leave(d, before, status);
  if (status == TSR_OK) {
    *out = module;
  } else if (loaded) {
    tsri_cuda_module_unload(device, module);
  }
  return status;
}

void tsri_cuda_module_unload(tsr_device *device, struct CUmod_st *module) {
  if (!module) return;
  tsri_cuda_device *d = tsri_cuda_of(device);
  struct CUctx_st *before = tsri_cuda_enter_anyway(d);
  d->libraries.driver.cuModuleUnload(module);
  tsri_cuda_leave_anyway(d, before);
}

tsr_status tsri_cuda_module_find(tsr_device *device, struct CUmod_st *module, const char *name,
                                 struct CUfunc_st **out) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  struct CUctx_st *before;
  *out = NULL;
  TSR_TRY(tsri_cuda_enter(d, &before));
  struct CUfunc_st *function = NULL;
  tsr_status status = TSRI_DRIVER(&d->libraries, cuModuleGetFunction, &function, module, name);
  if (status != TSR_OK) status = tsr_annotate(status, "looking for kernel %s", name);
  status = tsri_cuda_leave(d, before, status);
  if (status == TSR_OK) *out = function;
  return status;
}

tsr_status tsri_cuda_launch(tsr_stream *stream, struct CUfunc_st *function,
                            const tsr_gpu_grid *grid, void **arguments) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before;
  TSR_TRY(tsri_cuda_enter(device, &before));
  const uint32_t *b = grid->blocks, *t = grid->threads;
  return tsri_cuda_leave(device, before,
                         TSRI_DRIVER(&device->libraries, cuLaunchKernel, function, b[0], b[1], b[2],
                                     t[0], t[1], t[2], grid->shared,
                                     tsri_cuda_stream_of(stream)->handle, arguments, NULL));
}
