/* dlpack.c - tensors shared with other libraries by DLPack. */
#include "tsr/dlpack.h"

#include "tensor_internal.h"

#include <string.h>

#include "tsr/alloc.h"

static const tsr_dlpack_dtype dtypes[] = {
#define TSR_DTYPE(ID, name, ctype, bytes, dl, kind) [TSR_##ID] = {dl, 8 * bytes, 1},
#include "tsr/dtypes.def"
};

/* ---- out ---- */

/* One block: what the other library sees, what keeps it alive, and the layout. */
typedef struct export {
  union {
    tsr_dlpack versioned;
    tsr_dlpack_legacy legacy;
  } as;
  tsr_tensor *tensor; /* retained */
  size_t size;        /* bytes of this block */
  int64_t layout[];   /* dims, then strides */
}
export;

static void end_export(export *e) {
  tsr_tensor *t = e->tensor;
  __atomic_sub_fetch(&t->storage->exports, 1, __ATOMIC_RELEASE);
  tsr_free(e, e->size, 0);
  tsr_tensor_release(t);
}
static void delete_versioned(tsr_dlpack *self) { end_export(self->context); }
static void delete_legacy(tsr_dlpack_legacy *self) { end_export(self->context); }

/* What can be exported, once its elements are there. */
static tsr_status check_export(const tsr_tensor *t) {
  TSR_TRY(tsri_tensor_check_held(t));
  if (!t->storage->device->backend->dlpack_device)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "DLPack has no number for the memory of %s",
                    t->storage->device->name);
  return tsr_storage_wait(t->storage);
}

static tsr_status create_export(tsr_tensor *t, export **out) {
  void *memory;
  const size_t rank = (size_t)t->rank, dims_size = rank * sizeof(int64_t);
  const size_t size = sizeof(export) + 2 * dims_size;
  TSR_TRY(tsr_alloc(size, 0, &memory));
  export *e = memory;
  *e = (export){.tensor = tsr_tensor_retain(t), .size = size};
  if (rank > 0) {
    memcpy(e->layout, t->dims, dims_size);
    memcpy(e->layout + rank, t->strides, dims_size);
  }
  __atomic_add_fetch(&t->storage->exports, 1, __ATOMIC_RELAXED);
  *out = e;
  return TSR_OK;
}

static tsr_dlpack_tensor describe(export *e) {
  const tsr_tensor *t = e->tensor;
  const tsr_device *device = t->storage->device;
  return (tsr_dlpack_tensor){
      .data = t->data,
      .device = {device->backend->dlpack_device, device->ordinal},
      .rank = t->rank,
      .dtype = dtypes[t->dtype],
      .dims = e->layout,
      .strides = e->layout + t->rank
  };
}

tsr_status tsr_tensor_to_dlpack(tsr_tensor *tensor, tsr_dlpack **out) {
  export *e;
  *out = NULL;
  TSR_TRY(check_export(tensor));
  TSR_TRY(create_export(tensor, &e));
  e->as.versioned = (tsr_dlpack){.major = TSR_DLPACK_MAJOR,
                                 .minor = TSR_DLPACK_MINOR,
                                 .context = e,
                                 .deleter = delete_versioned,
                                 .flags = TSR_DLPACK_READ_ONLY,
                                 .tensor = describe(e)};
  *out = &e->as.versioned;
  return TSR_OK;
}

tsr_status tsr_tensor_to_dlpack_legacy(tsr_tensor *tensor, tsr_dlpack_legacy **out) {
  export *e;
  *out = NULL;
  TSR_TRY(check_export(tensor));
  TSR_TRY(create_export(tensor, &e));
  e->as.legacy = (tsr_dlpack_legacy){.tensor = describe(e), .context = e, .deleter = delete_legacy};
  *out = &e->as.legacy;
  return TSR_OK;
}

/* ---- in ---- */

static void delete_foreign(void *ctx, void *data) {
  tsr_dlpack *from = ctx;
  (void)data;
  if (from->deleter) from->deleter(from);
}
static void delete_foreign_legacy(void *ctx, void *data) {
  tsr_dlpack_legacy *from = ctx;
  (void)data;
  if (from->deleter) from->deleter(from);
}

static tsr_status find_dtype(tsr_dlpack_dtype from, tsr_dtype *out) {
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    if (dtypes[d].code == from.code && dtypes[d].bits == from.bits && from.lanes == 1) {
      *out = d;
      return TSR_OK;
    }
  return TSR_FAIL(TSR_ERR_DTYPE, "DLPack: code %u with %u bits and %u lanes is no dtype of ours",
                  (unsigned)from.code, (unsigned)from.bits, (unsigned)from.lanes);
}

static tsr_status check_device(const tsr_device *device, tsr_dlpack_device from) {
  const int32_t type = device->backend->dlpack_device;
  const bool same = from.type == type || (device->is_host && from.type == TSR_DLPACK_CUDA_HOST);
  if (!type || !same)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "DLPack: the tensor is on device type %d, %s is type %d",
                    (int)from.type, device->name, (int)type);
  if (!device->is_host && from.id != device->ordinal)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "DLPack: the tensor is on device %d, not on %s", (int)from.id,
                    device->name);
  return TSR_OK;
}

static tsr_status import(tsr_device *device, const tsr_dlpack_tensor *from, tsr_deleter deleter,
                         void *ctx, tsr_tensor **out) {
  tsr_dtype dtype = TSR_BOOL;
  TSR_TRY(check_device(device, from->device));
  TSR_TRY(find_dtype(from->dtype, &dtype));
  if (from->rank < 0 || (from->rank > 0 && !from->dims))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "DLPack: rank %d %s", (int)from->rank,
                    from->rank < 0 ? "is negative" : "without dims");
  char *data = from->data;
  if (data) data += from->offset;
  const tsr_dims dims = {from->dims, (size_t)from->rank};
  return tsr_tensor_wrap(device, dtype, dims, from->strides, data, deleter, ctx, out);
}

tsr_status tsr_tensor_from_dlpack(tsr_device *device, tsr_dlpack *from, tsr_tensor **out) {
  *out = NULL;
  if (!device || !from) return TSR_FAIL(TSR_ERR_ARGUMENT, "DLPack: device or tensor is NULL");
  if (from->major != TSR_DLPACK_MAJOR)
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "DLPack: version %u.%u, understood is %d",
                    (unsigned)from->major, (unsigned)from->minor, TSR_DLPACK_MAJOR);
  return import(device, &from->tensor, delete_foreign, from, out);
}

tsr_status tsr_tensor_from_dlpack_legacy(tsr_device *device, tsr_dlpack_legacy *from,
                                         tsr_tensor **out) {
  *out = NULL;
  if (!device || !from) return TSR_FAIL(TSR_ERR_ARGUMENT, "DLPack: device or tensor is NULL");
  return import(device, &from->tensor, delete_foreign_legacy, from, out);
}
