/* version.c - which version each of the vendor's libraries has. */
#include "libraries_internal.h"

/* The version of a library, one part at a time: 0 major, 1 minor, 2 patch. */
typedef tsri_result (*property_function)(unsigned property, int *value);

static tsr_status properties(const tsri_libraries *all, tsr_gpu_library which, const char *function,
                             property_function get, int32_t out[3]) {
  for (unsigned i = 0; i < 3; i++) {
    TSR_TRY(tsri_check(all, which, function, get(i, &out[i])));
  }
  return TSR_OK;
}

static tsr_status driver_version(const tsri_libraries *all, int32_t out[3]) {
  int version = 0;
  TSR_TRY(TSRI_DRIVER(all, cuDriverGetVersion, &version));
  out[0] = version / 1000;
  out[1] = version % 1000 / 10;
  return TSR_OK;
}

static tsr_status cublas_version(const tsri_libraries *all, int32_t out[3]) {
  return properties(all, TSR_GPU_CUBLAS, "cublasGetProperty", all->cublas.cublasGetProperty, out);
}

static tsr_status cublaslt_version(const tsri_libraries *all, int32_t out[3]) {
  return properties(all, TSR_GPU_CUBLASLT, "cublasLtGetProperty", all->cublaslt.cublasLtGetProperty,
                    out);
}

static tsr_status cufft_version(const tsri_libraries *all, int32_t out[3]) {
  return properties(all, TSR_GPU_CUFFT, "cufftGetProperty", all->cufft.cufftGetProperty, out);
}

static tsr_status cusolver_version(const tsri_libraries *all, int32_t out[3]) {
  return properties(all, TSR_GPU_CUSOLVER, "cusolverGetProperty", all->cusolver.cusolverGetProperty,
                    out);
}

static tsr_status nvrtc_version(const tsri_libraries *all, int32_t out[3]) {
  return TSRI_CALL(all, NVRTC, nvrtc, nvrtcVersion, &out[0], &out[1]);
}

static tsr_status (*const versions[TSR_GPU_LIBRARIES])(const tsri_libraries *, int32_t *) = {
#define TSRI_LIBRARY(ID, file, ...) [TSR_GPU_##ID] = file##_version,
#include "libraries.def"
};

tsr_status tsri_library_version(tsri_libraries *all, tsr_gpu_library which, int32_t out[3]) {
  out[0] = out[1] = out[2] = 0;
  TSR_TRY(tsri_library_need(all, which));
  tsr_status status = versions[which](all, out);
  if (status != TSR_OK) out[0] = out[1] = out[2] = 0;
  return status;
}
