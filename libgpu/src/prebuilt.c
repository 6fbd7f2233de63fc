/* prebuilt.c - the modules of the prebuilt kernels of a device, and launching one of them. */
#include "cuda_internal.h"
#include "kernels/args.h"

enum {
  THREADS = TSRI_CUDA_THREADS,
  BLOCKS_PER_SM = 32 /* no more than this: threads go round */
};

static tsr_status load_text(tsr_device *device, const tsri_cuda_image *image,
                            struct CUmod_st **out) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  const tsr_gpu_source source = {image->name, (const char *)image->data, NULL, 0};
  tsr_gpu_image code;
  TSR_TRY(tsri_compile(&d->libraries, d->facts.arch, &source, &code));
  const tsr_status status = tsri_cuda_module_load(device, &code, out);
  tsri_image_free(&code);
  return status;
}

static tsr_status load(tsr_device *device, const tsri_cuda_image *image, struct CUmod_st **out) {
  const tsr_gpu_image code = {(void *)(uintptr_t)image->data, image->size};
  const tsr_status status =
      image->is_text ? load_text(device, image, out) : tsri_cuda_module_load(device, &code, out);
  return status == TSR_OK ? TSR_OK : tsr_annotate(status, "loading the kernels of %s", image->name);
}

tsr_status tsri_cuda_prebuilt(tsr_device *device, tsri_cuda_image_id id, const char *name,
                              struct CUfunc_st **out) {
  tsri_cuda_modules *modules = &tsri_cuda_of(device)->modules;
  *out = NULL;
  pthread_mutex_lock(&modules->lock);
  tsr_status status = TSR_OK;
  if (!modules->module[id]) status = load(device, &tsri_cuda_images[id], &modules->module[id]);
  pthread_mutex_unlock(&modules->lock);
  TSR_TRY(status);
  return tsri_cuda_module_find(device, modules->module[id], name, out);
}

void tsri_cuda_modules_unload(tsri_cuda_device *device) {
  for (int i = 0; i < TSRI_CUDA_IMAGES; i++) {
    tsri_cuda_module_unload(&device->base, device->modules.module[i]);
    device->modules.module[i] = NULL;
  }
}

static tsr_status launch(tsr_stream *stream, struct CUfunc_st *function, int64_t blocks,
                         const void *arguments) {
  const int64_t most = (int64_t)tsri_cuda_of(stream->device)->facts.multiprocessors * BLOCKS_PER_SM;
  const tsr_gpu_grid grid = {
      {(uint32_t)(blocks < most ? blocks : most), 1, 1},
      {THREADS,                                   1, 1},
      0
  };
  void *only = (void *)(uintptr_t)arguments;
  if (blocks <= 0) return TSR_OK;
  return tsri_cuda_launch(stream, function, &grid, &only);
}

tsr_status tsri_cuda_launch_threads(tsr_stream *stream, struct CUfunc_st *function, int64_t n,
                                    const void *arguments) {
  return launch(stream, function, n / THREADS + (n % THREADS != 0), arguments);
}

tsr_status tsri_cuda_launch_blocks(tsr_stream *stream, struct CUfunc_st *function, int64_t n,
                                   const void *arguments) {
  return launch(stream, function, n, arguments);
}
