/* register.c - tell a runtime about the CPU: the backend, then every table of kernels. */
#include "device_internal.h"
#include "variants/variants.h"

#define TSR_KERNEL_TABLE(file)                                                                     \
  extern const tsr_kernel tsri_##file##_kernels[];                                                 \
  extern const int32_t tsri_##file##_kernel_count;
#include "kernels/tables.def"

tsr_status tsr_cpu_register(tsr_runtime *rt) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "cpu: runtime is NULL");
  const tsri_variant *variant;
  TSR_TRY(tsri_variant_find(&variant));
  TSR_TRY(tsr_runtime_add_backend(rt, &tsri_cpu_backend));
#define TSR_KERNEL_TABLE(file)                                                                     \
  TSR_TRY(tsr_runtime_add_kernels(rt, "cpu", tsri_##file##_kernels, tsri_##file##_kernel_count));
#include "kernels/tables.def"
  return TSR_OK;
}
