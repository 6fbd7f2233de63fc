/* mock_cuda.h - a machine with CUDA, made of counters: every function of the .def files.
 *
 * Work is done when it is enqueued. Device addresses are shifted, so that touching them
 * without a copy would show. One call, or one and all later ones, can be made to fail;
 * functions that release do so all the same, as the vendor documents.
 */
#ifndef MOCK_CUDA_H
#define MOCK_CUDA_H

#include "abi_internal.h"
#include "cuda_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  MOCK_SHIFT = 1 << 20,
  MOCK_NOMEM = 2,
  MOCK_ILLEGAL_ADDRESS = 700,
  MOCK_MAX_FAILED = 64
};

typedef struct mock_state {
  int n_devices;
  bool has_pools;
  const char *absent;   /* part of the paths that are not there */
  const char *missing;  /* a symbol that no library has */
  tsri_result deferred; /* what the next cuStreamSynchronize answers */
  size_t memory;        /* bytes of the device */

  long calls, fail_at; /* fail_at < 0: never */
  bool persistent;
  tsri_result failure;
  const char *failed[MOCK_MAX_FAILED]; /* names of the functions that failed */
  int n_failed;

  /* what is open now */
  int libraries, contexts, allocations, streams, events, pools, modules, handles, plans, programs;
  size_t in_use, reserved; /* bytes */
  uint64_t threshold;      /* of the pool */
  int trims, launches, waits;
  unsigned blocks;           /* of the last launch */
  struct CUstream_st *bound; /* the stream a vendor handle was bound to last */
  char options[256];         /* of the last compilation */
} mock_state;

static mock_state mock;
static pthread_mutex_t mock_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct CUctx_st *mock_current;
static char mock_objects[5]; /* the primary context, a foreign one, kernels */

#define MOCK_CONTEXT   ((struct CUctx_st *)(void *)&mock_objects[0])
#define MOCK_FOREIGN   ((struct CUctx_st *)(void *)&mock_objects[1])
#define MOCK_KERNEL    ((struct CUfunc_st *)(void *)&mock_objects[2])
#define MOCK_GENERATED ((struct CUfunc_st *)(void *)&mock_objects[3]) /* "tsr_fused..." */
#define MOCK_PREBUILT  ((struct CUfunc_st *)(void *)&mock_objects[4])

static inline void mock_reset(void) {
  mock = (mock_state){.n_devices = 2, .has_pools = true, .fail_at = -1, .memory = 1 << 24};
  mock_current = MOCK_FOREIGN;
}

static inline int mock_open_things(void) {
  return mock.libraries + mock.contexts + mock.allocations + mock.streams + mock.events +
         mock.pools + mock.modules + mock.handles + mock.plans + mock.programs;
}

/* 0, or what the call about to be made answers. */
static tsri_result mock_refuse(const char *name) {
  if (strncmp(name, "cuGetError", 10) == 0) return 0;
  long call = mock.calls++;
  bool fails =
      mock.fail_at >= 0 && (call == mock.fail_at || (mock.persistent && call > mock.fail_at));
  if (!fails) return 0;
  if (mock.n_failed < MOCK_MAX_FAILED) mock.failed[mock.n_failed++] = name;
  return mock.failure;
}

static bool mock_releases(const char *name) {
  return strstr(name, "Destroy") || strstr(name, "Release") || strstr(name, "Free") ||
         strstr(name, "Unload");
}

/* Objects without content are one byte each: freeing one twice, or never, shows. */
static void *mock_make(int *count) {
  ++*count;
  return malloc(1);
}

static tsri_result mock_drop(int *count, void *object) {
  --*count;
  free(object);
  return 0;
}

static tsri_result fake_cuInit(unsigned flags) {
  (void)flags;
  return mock.n_devices ? 0 : TSRI_NO_DEVICE;
}

static tsri_result fake_cuDriverGetVersion(int *version) {
  *version = 13020;
  return 0;
}

static tsri_result fake_cuGetErrorName(tsri_result error, const char **text) {
  *text = error == MOCK_NOMEM ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_ILLEGAL_ADDRESS";
  return error == MOCK_NOMEM || error == MOCK_ILLEGAL_ADDRESS ? 0 : 1;
}

static tsri_result fake_cuGetErrorString(tsri_result error, const char **text) {
  *text = error == MOCK_NOMEM ? "out of memory" : "an illegal memory access was encountered";
  return error == MOCK_NOMEM || error == MOCK_ILLEGAL_ADDRESS ? 0 : 1;
}

static tsri_result fake_cuDeviceGetCount(int *count) {
  *count = mock.n_devices;
  return 0;
}

static tsri_result fake_cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return 0;
}

static tsri_result fake_cuDeviceGetName(char *name, int size, int device) {
  snprintf(name, (size_t)size, "mock %d", device);
  return 0;
}

static tsri_result fake_cuDeviceGetAttribute(int *value, unsigned attribute, int device) {
  (void)device;
  *value = attribute == TSRI_ATTRIBUTE_ARCH_MAJOR        ? 9
           : attribute == TSRI_ATTRIBUTE_ARCH_MINOR      ? 0
           : attribute == TSRI_ATTRIBUTE_MULTIPROCESSORS ? 132
           : attribute == TSRI_ATTRIBUTE_SHARED_MAX      ? 232448
           : attribute == TSRI_ATTRIBUTE_MEMORY_POOLS    ? mock.has_pools
                                                         : -1;
  return 0;
}

static tsri_result fake_cuDeviceTotalMem(size_t *size, int device) {
  (void)device;
  *size = mock.memory;
  return 0;
}

static tsri_result fake_cuDevicePrimaryCtxRetain(struct CUctx_st **context, int device) {
  (void)device;
  mock.contexts++;
  *context = MOCK_CONTEXT;
  return 0;
}

static tsri_result fake_cuDevicePrimaryCtxRelease(int device) {
  (void)device;
  mock.contexts--;
  return 0;
}

static tsri_result fake_cuCtxGetCurrent(struct CUctx_st **context) {
  *context = mock_current;
  return 0;
}

static tsri_result fake_cuCtxSetCurrent(struct CUctx_st *context) {
  mock_current = context;
  return 0;
}

/* CUDA_ERROR_INVALID_CONTEXT for what needs a context, without ours. */
static tsri_result mock_needs_context(void) { return mock_current == MOCK_CONTEXT ? 0 : 201; }

static tsri_result fake_cuStreamCreate(struct CUstream_st **stream, unsigned flags) {
  if (flags != TSRI_STREAM_NON_BLOCKING) return 1;
  if (mock_needs_context()) return 201;
  *stream = mock_make(&mock.streams);
  return 0;
}

static tsri_result fake_cuStreamDestroy(struct CUstream_st *stream) {
  return mock_drop(&mock.streams, stream);
}

static tsri_result fake_cuStreamSynchronize(struct CUstream_st *stream) {
  tsri_result result = stream ? mock.deferred : 1;
  mock.deferred = 0;
  return result;
}

static tsri_result fake_cuStreamWaitEvent(struct CUstream_st *stream, struct CUevent_st *event,
                                          unsigned flags) {
  mock.waits++;
  return stream && event && !flags ? 0 : 1;
}

static tsri_result fake_cuEventCreate(struct CUevent_st **event, unsigned flags) {
  if (flags != TSRI_EVENT_DISABLE_TIMING) return 1;
  if (mock_needs_context()) return 201;
  *event = mock_make(&mock.events);
  return 0;
}

static tsri_result fake_cuEventRecord(struct CUevent_st *event, struct CUstream_st *stream) {
  return stream && event ? 0 : 1;
}

static tsri_result fake_cuEventDestroy(struct CUevent_st *event) {
  return mock_drop(&mock.events, event);
}

static tsri_result fake_cuMemPoolCreate(struct CUmemPoolHandle_st **pool,
                                        const struct CUmemPoolProps_st *props) {
  const tsri_pool_props *p = (const void *)props;
  if (p->type != TSRI_POOL_PINNED || p->location_type != TSRI_POOL_ON_DEVICE) return 1;
  *pool = mock_make(&mock.pools);
  return 0;
}

static tsri_result fake_cuMemPoolDestroy(struct CUmemPoolHandle_st *pool) {
  return mock_drop(&mock.pools, pool);
}

static tsri_result fake_cuMemPoolSetAttribute(struct CUmemPoolHandle_st *pool, unsigned attribute,
                                              void *value) {
  if (!pool || attribute != TSRI_POOL_RELEASE_THRESHOLD) return 1;
  memcpy(&mock.threshold, value, sizeof mock.threshold);
  return 0;
}

static tsri_result fake_cuMemPoolGetAttribute(struct CUmemPoolHandle_st *pool, unsigned attribute,
                                              void *value) {
  if (!pool || attribute != TSRI_POOL_RESERVED_CURRENT) return 1;
  uint64_t reserved = mock.reserved;
  memcpy(value, &reserved, sizeof reserved);
  return 0;
}

static tsri_result fake_cuMemPoolTrimTo(struct CUmemPoolHandle_st *pool, size_t keep) {
  mock.trims++;
  mock.reserved = mock.in_use;
  return pool && keep == 0 ? 0 : 1;
}

/* The size stands in front of the block. */
static tsri_result fake_cuMemAlloc(tsri_address *data, size_t size) {
  if (mock_needs_context()) return 201;
  if (size % 512 || mock.in_use + size > mock.memory) return MOCK_NOMEM;
  char *block = malloc(size + 64);
  memcpy(block, &size, sizeof size);
  mock.allocations++;
  mock.in_use += size;
  *data = (tsri_address)(uintptr_t)block + 64 + MOCK_SHIFT;
  return 0;
}

static char *mock_memory(tsri_address data) { return (char *)(uintptr_t)(data - MOCK_SHIFT); }

static tsri_result fake_cuMemFree(tsri_address data) {
  char *block = mock_memory(data) - 64;
  size_t size;
  memcpy(&size, block, sizeof size);
  mock.allocations--;
  mock.in_use -= size;
  free(block);
  return 0;
}

static tsri_result fake_cuMemAllocFromPoolAsync(tsri_address *data, size_t size,
                                                struct CUmemPoolHandle_st *pool,
                                                struct CUstream_st *stream) {
  if (!pool || !stream) return 1;
  tsri_result result = fake_cuMemAlloc(data, size);
  if (mock.in_use > mock.reserved) mock.reserved = mock.in_use;
  return result;
}

static tsri_result fake_cuMemFreeAsync(tsri_address data, struct CUstream_st *stream) {
  return stream ? fake_cuMemFree(data) : 1;
}

static tsri_result mock_copy(void *to, const void *from, size_t size, struct CUstream_st *stream) {
  if (!stream || mock_needs_context()) return 1;
  memcpy(to, from, size);
  return 0;
}

static tsri_result fake_cuMemcpyHtoDAsync(tsri_address to, const void *from, size_t size,
                                          struct CUstream_st *stream) {
  return mock_copy(mock_memory(to), from, size, stream);
}

static tsri_result fake_cuMemcpyDtoHAsync(void *to, tsri_address from, size_t size,
                                          struct CUstream_st *stream) {
  return mock_copy(to, mock_memory(from), size, stream);
}

static tsri_result fake_cuMemcpyDtoDAsync(tsri_address to, tsri_address from, size_t size,
                                          struct CUstream_st *stream) {
  return mock_copy(mock_memory(to), mock_memory(from), size, stream);
}

static tsri_result fake_cuMemsetD8Async(tsri_address to, unsigned char value, size_t size,
                                        struct CUstream_st *stream) {
  memset(mock_memory(to), value, size);
  return stream ? 0 : 1;
}

static tsri_result fake_cuModuleLoadData(struct CUmod_st **module, const void *image) {
  static const unsigned char fatbin[] = {0x50, 0xED, 0x55, 0xBA};
  if (memcmp(image, "CODE", 4) != 0 && memcmp(image, fatbin, 4) != 0) return 200;
  *module = mock_make(&mock.modules);
  return 0;
}

static tsri_result fake_cuModuleUnload(struct CUmod_st *module) {
  return mock_drop(&mock.modules, module);
}

static tsri_result fake_cuModuleGetFunction(struct CUfunc_st **function, struct CUmod_st *module,
                                            const char *name) {
  const bool generated = strncmp(name, "tsr_fused", 9) == 0;
  const bool prebuilt = !generated && strncmp(name, "tsr_", 4) == 0;
  *function = generated ? MOCK_GENERATED : prebuilt ? MOCK_PREBUILT : MOCK_KERNEL;
  return module && (generated || prebuilt || strcmp(name, "add") == 0) ? 0 : 500;
}

static tsri_result fake_cuLaunchKernel(struct CUfunc_st *function, unsigned blocks_x,
                                       unsigned blocks_y, unsigned blocks_z, unsigned threads_x,
                                       unsigned threads_y, unsigned threads_z, unsigned shared,
                                       struct CUstream_st *stream, void **arguments, void **extra) {
  mock.launches++;
  mock.blocks = blocks_x;
  if (function == MOCK_GENERATED) return stream && arguments && !extra ? 0 : 1;
  if (function == MOCK_PREBUILT)
    return blocks_y * blocks_z == 1 && threads_x == 256 && threads_y * threads_z == 1 ? 0 : 1;
  bool right = function == MOCK_KERNEL && blocks_x == 1 && blocks_y == 2 && blocks_z == 3 &&
               threads_x == 4 && threads_y == 5 && threads_z == 6 && shared == 7 && stream &&
               arguments && !extra;
  return right ? 0 : 1;
}

#include "mock_vendor.h"

#endif /* MOCK_CUDA_H */
