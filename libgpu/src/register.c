/* register.c - tell a runtime about the CUDA backend and its kernels, and count devices without one. */
#include "cuda_internal.h"

#define TSR_KERNEL_TABLE(file)                                                                     \
  extern const tsr_kernel tsri_cuda_##file##_kernels[];                                            \
  extern const int32_t tsri_cuda_##file##_kernel_count;
#include "kernels/tables.def"

tsr_status tsr_gpu_register(tsr_runtime *rt) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "cuda: runtime is NULL");
  TSR_TRY(tsr_runtime_add_backend(rt, &tsri_cuda_system_backend.base));
#define TSR_KERNEL_TABLE(file)                                                                     \
  TSR_TRY(tsr_runtime_add_kernels(rt, "cuda", tsri_cuda_##file##_kernels,                          \
                                  tsri_cuda_##file##_kernel_count));
#include "kernels/tables.def"
  return TSR_OK;
}

tsr_status tsri_cuda_count(const tsri_loader *loader, int32_t *n) {
  tsri_libraries libraries;
  int count = 0;
  tsri_libraries_init(&libraries, loader);
  tsr_status status = tsri_cuda_start(&libraries, &count);
  tsri_libraries_close(&libraries);
  *n = count;
  return status;
}

tsr_status tsr_gpu_count(int32_t *n) {
  if (!n) return TSR_FAIL(TSR_ERR_ARGUMENT, "gpu count: nowhere to put it");
  return tsri_cuda_count(&tsri_system_loader, n);
}
