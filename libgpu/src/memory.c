/* memory.c - device memory from the device's own pool, and copies.
 *
 * The pool never gives memory back by itself (its release threshold is the largest
 * number), so after the first run of a program an allocation is a look-up in the driver.
 * It is our own and not the device's default pool: what other libraries of the process
 * set or trim there must not slow us down, and the other way round. Devices without
 * pools get plain cuMemAlloc.
 */
#include "abi_internal.h"
#include "cuda_internal.h"

#include <string.h>

enum {
  BLOCK = 512 /* bytes; what the driver rounds to */
};

tsr_status tsri_cuda_pool_open(tsri_cuda_device *device) {
  const tsri_libraries *all = &device->libraries;
  int has_pools = 0;
  TSR_TRY(
      TSRI_DRIVER(all, cuDeviceGetAttribute, &has_pools, TSRI_ATTRIBUTE_MEMORY_POOLS, device->id));
  if (!has_pools) return TSR_OK;
  tsri_pool_props props;
  memset(&props, 0, sizeof props);
  props.type = TSRI_POOL_PINNED;
  props.location_type = TSRI_POOL_ON_DEVICE;
  props.location_id = device->id;
  uint64_t threshold = UINT64_MAX;
  struct CUmemPoolHandle_st *pool = NULL;
  TSR_TRY(TSRI_DRIVER(all, cuMemPoolCreate, &pool, (const void *)&props));
  device->pool = pool;
  return TSRI_DRIVER(all, cuMemPoolSetAttribute, pool, TSRI_POOL_RELEASE_THRESHOLD, &threshold);
}

size_t tsri_cuda_rounded_size(const tsr_device *device, size_t size) {
  (void)device;
  return size <= BLOCK ? BLOCK : (size + BLOCK - 1) / BLOCK * BLOCK;
}

static void count_live(tsr_device *device, int64_t change) {
  int64_t live = __atomic_add_fetch(&device->live, change, __ATOMIC_RELAXED);
  int64_t high = __atomic_load_n(&device->high, __ATOMIC_RELAXED);
  while (live > high && !__atomic_compare_exchange_n(&device->high, &high, live, true,
                                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

/* change: what a block without a pool adds; a pool knows its own figure. A failure to ask
 * leaves the old one, since the memory is there all the same.
 */
static void count_reserved(tsri_cuda_device *device, int64_t change) {
  const tsri_driver *driver = &device->libraries.driver;
  pthread_mutex_lock(&device->lock);
  uint64_t reserved = (uint64_t)(device->base.reserved + change);
  if (device->pool) {
    uint64_t now = 0;
    tsri_result result =
        driver->cuMemPoolGetAttribute(device->pool, TSRI_POOL_RESERVED_CURRENT, &now);
    reserved = result == 0 ? now : (uint64_t)device->base.reserved;
  }
  __atomic_store_n(&device->base.reserved, (int64_t)reserved, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&device->lock);
}

static tsr_status take(tsri_cuda_device *device, tsri_cuda_stream *stream, size_t size,
                       tsri_address *out) {
  const tsri_libraries *all = &device->libraries;
  if (!device->pool) return TSRI_DRIVER(all, cuMemAlloc, out, size);
  return TSRI_DRIVER(all, cuMemAllocFromPoolAsync, out, size, device->pool, stream->handle);
}

/* Memory that other sizes left behind in the pool may be what is missing. */
static tsr_status trim_and_take(tsri_cuda_device *device, tsri_cuda_stream *stream, size_t size,
                                tsri_address *out) {
  const tsri_libraries *all = &device->libraries;
  TSR_TRY(TSRI_DRIVER(all, cuStreamSynchronize, stream->handle));
  TSR_TRY(TSRI_DRIVER(all, cuMemPoolTrimTo, device->pool, 0));
  return take(device, stream, size, out);
}

/* Without a pool the driver does not wait for the work that uses the block. */
static void give(tsri_cuda_device *device, tsri_cuda_stream *stream, tsri_address data) {
  const tsri_driver *driver = &device->libraries.driver;
  if (device->pool) {
    tsri_cuda_defer(stream, "cuMemFreeAsync", driver->cuMemFreeAsync(data, stream->handle));
    return;
  }
  tsri_cuda_defer(stream, "cuStreamSynchronize", driver->cuStreamSynchronize(stream->handle));
  tsri_cuda_defer(stream, "cuMemFree", driver->cuMemFree(data));
}

tsr_status tsri_cuda_alloc(tsr_stream *stream, size_t size, void **out) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  tsri_cuda_stream *s = tsri_cuda_stream_of(stream);
  *out = NULL;
  if (size > (size_t)INT64_MAX - BLOCK) {
    return TSR_FAIL(TSR_ERR_NOMEM, "%s: cannot allocate %zu bytes", device->base.name, size);
  }
  size_t rounded = tsri_cuda_rounded_size(&device->base, size);
  struct CUctx_st *before;
  TSR_TRY(tsri_cuda_enter(device, &before));
  tsri_address data = 0;
  tsr_status status = take(device, s, rounded, &data);
  if (status == TSR_ERR_NOMEM && device->pool) status = trim_and_take(device, s, rounded, &data);
  bool taken = status == TSR_OK;
  if (taken) count_reserved(device, (int64_t)rounded);
  status = tsri_cuda_leave(device, before, status);
  if (status != TSR_OK) {
    if (taken) {
      give(device, s, data);
      count_reserved(device, -(int64_t)rounded);
    }
    return tsr_annotate(status, "allocating %zu bytes on %s", rounded, device->base.name);
  }
  count_live(&device->base, (int64_t)rounded);
  *out = (void *)(uintptr_t)data;
  return TSR_OK;
}

void tsri_cuda_free(tsr_stream *stream, void *data, size_t size) {
  if (!data) return;
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  int64_t rounded = (int64_t)tsri_cuda_rounded_size(&device->base, size);
  struct CUctx_st *before = tsri_cuda_enter_anyway(device);
  give(device, tsri_cuda_stream_of(stream), tsri_address_of(data));
  count_reserved(device, -rounded);
  tsri_cuda_leave_anyway(device, before);
  count_live(&device->base, -rounded);
}

tsr_status tsri_cuda_upload(tsr_stream *stream, void *to, const void *from, size_t size) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before;
  if (size == 0) return TSR_OK;
  TSR_TRY(tsri_cuda_enter(device, &before));
  return tsri_cuda_leave(device, before,
                         TSRI_DRIVER(&device->libraries, cuMemcpyHtoDAsync, tsri_address_of(to),
                                     from, size, tsri_cuda_stream_of(stream)->handle));
}

tsr_status tsri_cuda_download(tsr_stream *stream, void *to, const void *from, size_t size) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before;
  if (size == 0) return TSR_OK;
  TSR_TRY(tsri_cuda_enter(device, &before));
  return tsri_cuda_leave(device, before,
                         TSRI_DRIVER(&device->libraries, cuMemcpyDtoHAsync, to,
                                     tsri_address_of(from), size,
                                     tsri_cuda_stream_of(stream)->handle));
}

tsr_status tsri_cuda_copy_bytes(tsr_stream *stream, void *to, const void *from, size_t size) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before;
  if (size == 0) return TSR_OK;
  TSR_TRY(tsri_cuda_enter(device, &before));
  return tsri_cuda_leave(device, before,
                         TSRI_DRIVER(&device->libraries, cuMemcpyDtoDAsync, tsri_address_of(to),
                                     tsri_address_of(from), size,
                                     tsri_cuda_stream_of(stream)->handle));
}

tsr_status tsri_cuda_fill(tsr_stream *stream, void *to, uint8_t value, size_t size) {
  tsri_cuda_device *device = tsri_cuda_of(stream->device);
  struct CUctx_st *before;
  if (size == 0) return TSR_OK;
  TSR_TRY(tsri_cuda_enter(device, &before));
  return tsri_cuda_leave(device, before,
                         TSRI_DRIVER(&device->libraries, cuMemsetD8Async, tsri_address_of(to),
                                     value, size, tsri_cuda_stream_of(stream)->handle));
}
