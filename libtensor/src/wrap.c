/* wrap.c - foreign memory seen as a tensor. */
#include "tensor_internal.h"

#include <string.h>

static const size_t alignments[] = {
#define TSR_DTYPE(ID, name, ctype, bytes, dl, kind) [TSR_##ID] = _Alignof(ctype),
#include "tsr/dtypes.def"
};

static tsr_status check_data(tsr_dtype dtype, int64_t count, const void *data) {
  if (count && !data) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "wrap: data is NULL, but there are %lld elements",
                    (long long)count);
  }
  if ((uintptr_t)data % alignments[dtype]) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "wrap: data at %p is not aligned to the %zu bytes of %s",
                    data, alignments[dtype], tsr_dtype_name(dtype));
  }
  return TSR_OK;
}

/* The bytes [low, high) around data that the layout touches. */
static tsr_status byte_range(const tsr_tensor *t, int64_t count, int64_t *low, int64_t *high) {
  *low = *high = 0;
  if (count == 0) return TSR_OK;
  int64_t element = (int64_t)tsr_dtype_size(t->dtype), size;
  TSR_TRY(tsr_layout_extent(t->rank, t->dims, t->strides, low, high));
  if (__builtin_mul_overflow(*low, element, low) || __builtin_add_overflow(*high, 1, high) ||
      __builtin_mul_overflow(*high, element, high) || __builtin_sub_overflow(*high, *low, &size))
    return TSR_FAIL(TSR_ERR_LIMIT, "wrap: the layout spans more than 2^63 - 1 bytes");
  return TSR_OK;
}

tsr_status tsr_tensor_wrap(tsr_device *device, tsr_dtype dtype, tsr_dims dims,
                           const int64_t *strides, void *data, tsr_deleter deleter, void *ctx,
                           tsr_tensor **out) {
  *out = NULL;
  if (!device) return TSR_FAIL(TSR_ERR_ARGUMENT, "wrap: device is NULL");
  TSR_TRY(tsri_check_type(dtype, dims));
  int64_t count = 0;
  TSR_TRY(tsr_layout_count((int32_t)dims.n, dims.data, &count));
  TSR_TRY(check_data(dtype, count, data));
  tsr_storage *storage = NULL;
  TSR_TRY(tsri_storage_wrap(device, data, &storage));
  tsr_tensor *t = NULL;
  tsr_status status = tsri_tensor_blank(storage, dtype, dims.n, &t);
  if (status != TSR_OK) {
    tsr_storage_release(storage);
    return status;
  }
  t->data = data;
  tsri_tensor_set_layout(t, dims.data, strides);
  status = byte_range(t, count, &storage->low, &storage->high);
  if (status != TSR_OK) {
    tsr_tensor_release(t);
    return status;
  }
  storage->size = (size_t)(storage->high - storage->low);
  storage->deleter = deleter;
  storage->deleter_ctx = ctx;
  *out = t;
  return TSR_OK;
}
