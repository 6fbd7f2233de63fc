/* spi.c - the table of functions for kernels of other libraries. */
#include "cuda_internal.h"

static struct CUctx_st *spi_context(const tsr_device *device) {
  return tsri_cuda_of(device)->context;
}

static struct CUstream_st *spi_stream(const tsr_stream *stream) {
  return tsri_cuda_stream_of(stream)->handle;
}

static const tsr_gpu_facts *spi_facts(const tsr_device *device) {
  return &tsri_cuda_of(device)->facts;
}

static tsr_status spi_enter(tsr_device *device, struct CUctx_st **before) {
  return tsri_cuda_enter(tsri_cuda_of(device), before);
}

static tsr_status spi_leave(tsr_device *device, struct CUctx_st *before, tsr_status status) {
  return tsri_cuda_leave(tsri_cuda_of(device), before, status);
}

static tsr_status spi_find(tsr_device *device, tsr_gpu_library library, const char *symbol,
                           tsr_gpu_function *out) {
  return tsri_library_find(&tsri_cuda_of(device)->libraries, library, symbol, out);
}

/* The texts come from functions of the library, which the caller may not have opened. */
static tsr_status spi_check(tsr_device *device, tsr_gpu_library library, const char *function,
                            unsigned result) {
  tsri_libraries *all = &tsri_cuda_of(device)->libraries;
  if (result == 0) return TSR_OK;
  TSR_TRY(tsri_library_need(all, library));
  return tsri_check(all, library, function, result);
}

static tsr_status spi_version(tsr_device *device, tsr_gpu_library library, int32_t *out) {
  return tsri_library_version(&tsri_cuda_of(device)->libraries, library, out);
}

static tsr_status spi_compile(tsr_device *device, const tsr_gpu_source *source,
                              tsr_gpu_image *out) {
  tsri_cuda_device *d = tsri_cuda_of(device);
  return tsri_compile(&d->libraries, d->facts.arch, source, out);
}

const tsr_gpu_spi tsri_cuda_spi = {
    .enter = spi_enter,
    .leave = spi_leave,
    .context = spi_context,
    .stream = spi_stream,
    .facts = spi_facts,
    .find = spi_find,
    .check = spi_check,
    .version = spi_version,
    .cublas = tsri_cuda_cublas,
    .cublaslt = tsri_cuda_cublaslt,
    .cusolver = tsri_cuda_cusolver,
    .fft_create = tsri_cuda_fft_create,
    .fft_bind = tsri_cuda_fft_bind,
    .fft_destroy = tsri_cuda_fft_destroy,
    .compile = spi_compile,
    .image_free = tsri_image_free,
    .module_load = tsri_cuda_module_load,
    .module_unload = tsri_cuda_module_unload,
    .module_find = tsri_cuda_module_find,
    .launch = tsri_cuda_launch,
    .copy = tsri_cuda_copy_bytes,
    .fill = tsri_cuda_fill,
    .codes = tsri_cuda_codes_count,
    .codes_clear = tsri_cuda_codes_clear,
};
