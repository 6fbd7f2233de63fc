/* rows.c - op rows and look-ups shared by the files of kernel rows. */
#include "rows.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)TSRI_CUDA_BOOL == (int)TSR_BOOL && (int)TSRI_CUDA_U8 == (int)TSR_U8 &&
                   (int)TSRI_CUDA_F16 == (int)TSR_F16 && (int)TSRI_CUDA_C128 == (int)TSR_C128,
               "element types are numbered as dtypes");

const tsr_op tsri_cuda_ops[TSR_OP_CORE_COUNT] = {
#define TSR_OP(ID, op_name, ...) [TSR_OP_##ID] = {.name = #op_name},
#include "tsr/ops.def"
};

tsr_status tsri_cuda_state(tsr_prepare *p, size_t size, void *out) {
  TSR_TRY(tsr_kernel_state_create(size, &p->state));
  p->release = tsr_kernel_state_release;
  memcpy(out, &p->state, sizeof p->state);
  return TSR_OK;
}

tsr_status tsri_cuda_prepared(tsr_prepare *p, tsr_status status) {
  if (status == TSR_OK) return TSR_OK;
  tsr_kernel_state_release(p->state);
  p->state = NULL;
  p->release = NULL;
  return status;
}

tsr_status tsri_cuda_kernel_by_dtype(tsr_device *device, tsri_cuda_image_id id, const char *prefix,
                                     tsr_dtype dtype, struct CUfunc_st **out) {
  char name[64];
  snprintf(name, sizeof name, "%s_%s", prefix, tsr_dtype_name(dtype));
  return tsri_cuda_prebuilt(device, id, name, out);
}

tsr_status tsri_cuda_kernel_by_size(tsr_device *device, tsri_cuda_image_id id, const char *prefix,
                                    size_t size, struct CUfunc_st **out) {
  char name[64];
  snprintf(name, sizeof name, "%s_%zu", prefix, size);
  return tsri_cuda_prebuilt(device, id, name, out);
}

tsr_dtype tsri_cuda_wrapped_as(tsr_dtype dtype) {
  _Static_assert(TSR_U64 - TSR_U8 == TSR_I64 - TSR_I8, "unsigned dtypes stand as signed ones do");
  const int to_unsigned = (int)TSR_U8 - (int)TSR_I8;
  return tsr_dtype_kind(dtype) == TSR_KIND_SIGNED ? (tsr_dtype)((int)dtype + to_unsigned) : dtype;
}

tsr_dtype tsri_cuda_ordered_as(tsr_dtype dtype) { return dtype == TSR_BOOL ? TSR_U8 : dtype; }

void tsri_cuda_fuse(int32_t n, int32_t *rank, int64_t *dims, int64_t *const *strides) {
  *rank = tsr_layout_fuse(n, *rank, dims, strides);
}

tsr_status tsri_cuda_too_many(const tsr_call *call, const char *what, int64_t n) {
  return TSR_FAIL(TSR_ERR_UNSUPPORTED, "%s: %lld %s, the kernels of cuda take %d at most",
                  call->op->name, (long long)n, what, TSRI_CUDA_RANK);
}
