/* driver.c - libcuda.so.1 without a GPU: one device in host memory, for tests.
 *
 * It has the functions of libgpu's driver.def. Work waits until somebody synchronises; what
 * is copied to the device is read when it is enqueued, as the driver does with memory that
 * is not page-locked. A thread without a current context is refused.
 */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  ATTRIBUTE_CLOCK = 13 /* kHz; for bench/gpu.c */
};

struct CUctx_st {
  int references;
};
struct CUstream_st {
  int is_open;
};
struct CUevent_st {
  int is_open;
};
struct CUmemPoolHandle_st {
  int is_open;
};

static struct CUctx_st primary;
static _Thread_local struct CUctx_st *current;

#define NEED_CONTEXT()                                                                             \
  if (current != &primary) return EMULATED_NO_CONTEXT

/* ---- device ---- */

tsri_result cuInit(unsigned flags) { return flags == 0 ? 0 : EMULATED_INVALID_VALUE; }

tsri_result cuDriverGetVersion(int *version) {
  *version = 13000;
  return 0;
}

static const struct {
  tsri_result result;
  const char *name, *text;
} errors[] = {
    {EMULATED_INVALID_VALUE,   "CUDA_ERROR_INVALID_VALUE",   "invalid argument"        },
    {EMULATED_NOMEM,           "CUDA_ERROR_OUT_OF_MEMORY",   "out of memory"           },
    {EMULATED_NO_CONTEXT,      "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"  },
    {EMULATED_NOT_FOUND,       "CUDA_ERROR_NOT_FOUND",       "named symbol not found"  },
    {EMULATED_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access"},
};

tsri_result cuGetErrorName(tsri_result error, const char **text) {
  *text = "CUDA_ERROR_UNKNOWN";
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].result == error) *text = errors[i].name;
  return 0;
}

tsri_result cuGetErrorString(tsri_result error, const char **text) {
  *text = "unknown error";
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (errors[i].result == error) *text = errors[i].text;
  return 0;
}

tsri_result cuDeviceGetCount(int *count) {
  *count = 1;
  return 0;
}

tsri_result cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return ordinal == 0 ? 0 : EMULATED_INVALID_VALUE;
}

tsri_result cuDeviceGetName(char *name, int size, int device) {
  (void)device;
  snprintf(name, (size_t)size, "emulated GPU");
  return 0;
}

tsri_result cuDeviceGetAttribute(int *value, unsigned attribute, int device) {
  static const struct {
    unsigned attribute;
    int value;
  } known[] = {
      {ATTRIBUTE_CLOCK,                1000000},
      {TSRI_ATTRIBUTE_MULTIPROCESSORS, 2      },
      {TSRI_ATTRIBUTE_ARCH_MAJOR,      9      },
      {TSRI_ATTRIBUTE_ARCH_MINOR,      0      },
      {TSRI_ATTRIBUTE_SHARED_MAX,      232448 },
      {TSRI_ATTRIBUTE_MEMORY_POOLS,    1      },
  };
  (void)device;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (known[i].attribute != attribute) continue;
    *value = known[i].value;
    return 0;
  }
  return EMULATED_INVALID_VALUE;
}

tsri_result cuDeviceTotalMem_v2(size_t *size, int device) {
  (void)device;
  *size = EMULATED_MEMORY;
  return 0;
}

tsri_result cuDevicePrimaryCtxRetain(struct CUctx_st **context, int device) {
  (void)device;
  __atomic_add_fetch(&primary.references, 1, __ATOMIC_RELAXED);
  *context = &primary;
  return 0;
}

tsri_result cuDevicePrimaryCtxRelease_v2(int device) {
  (void)device;
  __atomic_sub_fetch(&primary.references, 1, __ATOMIC_RELAXED);
  return emulated_wait();
}

tsri_result cuCtxGetCurrent(struct CUctx_st **context) {
  *context = current;
  return 0;
}

tsri_result cuCtxSetCurrent(struct CUctx_st *context) {
  current = context;
  return 0;
}

/* NVRTC looks for a driver when it compiles, and goes on without it. */
EMULATED_API tsri_result cuGetExportTable(const void **table, const void *id);
tsri_result cuGetExportTable(const void **table, const void *id) {
  (void)id;
  *table = NULL;
  return EMULATED_NOT_FOUND;
}

/* ---- streams and events: one order for all ---- */

tsri_result cuStreamCreate(struct CUstream_st **stream, unsigned flags) {
  (void)flags;
  NEED_CONTEXT();
  *stream = calloc(1, sizeof **stream);
  return *stream ? 0 : EMULATED_NOMEM;
}

tsri_result cuStreamDestroy_v2(struct CUstream_st *stream) {
  free(stream);
  return 0;
}

tsri_result cuStreamSynchronize(struct CUstream_st *stream) {
  (void)stream;
  NEED_CONTEXT();
  return emulated_wait();
}

tsri_result cuStreamWaitEvent(struct CUstream_st *stream, struct CUevent_st *event,
                              unsigned flags) {
  NEED_CONTEXT();
  return stream && event && flags == 0 ? 0 : EMULATED_INVALID_VALUE;
}

tsri_result cuEventCreate(struct CUevent_st **event, unsigned flags) {
  (void)flags;
  NEED_CONTEXT();
  *event = calloc(1, sizeof **event);
  return *event ? 0 : EMULATED_NOMEM;
}

tsri_result cuEventRecord(struct CUevent_st *event, struct CUstream_st *stream) {
  NEED_CONTEXT();
  return stream && event ? 0 : EMULATED_INVALID_VALUE;
}

tsri_result cuEventDestroy_v2(struct CUevent_st *event) {
  free(event);
  return 0;
}

/* ---- memory ---- */

tsri_result cuMemPoolCreate(struct CUmemPoolHandle_st **pool,
                            const struct CUmemPoolProps_st *props) {
  (void)props;
  NEED_CONTEXT();
  *pool = calloc(1, sizeof **pool);
  return *pool ? 0 : EMULATED_NOMEM;
}

tsri_result cuMemPoolDestroy(struct CUmemPoolHandle_st *pool) {
  free(pool);
  return 0;
}

tsri_result cuMemPoolSetAttribute(struct CUmemPoolHandle_st *pool, unsigned attribute,
                                  void *value) {
  (void)value;
  return pool && attribute == TSRI_POOL_RELEASE_THRESHOLD ? 0 : EMULATED_INVALID_VALUE;
}

tsri_result cuMemPoolGetAttribute(struct CUmemPoolHandle_st *pool, unsigned attribute,
                                  void *value) {
  if (!pool || attribute != TSRI_POOL_RESERVED_CURRENT) return EMULATED_INVALID_VALUE;
  emulated_lock();
  const uint64_t reserved = emulated_reserved();
  emulated_unlock();
  memcpy(value, &reserved, sizeof reserved);
  return 0;
}

tsri_result cuMemPoolTrimTo(struct CUmemPoolHandle_st *pool, size_t keep) {
  (void)keep;
  if (!pool) return EMULATED_INVALID_VALUE;
  emulated_lock();
  emulated_trim();
  emulated_unlock();
  return 0;
}

tsri_result cuMemAlloc_v2(tsri_address *data, size_t size) {
  NEED_CONTEXT();
  emulated_lock();
  const tsri_result result = emulated_take(size, data);
  emulated_unlock();
  return result;
}

tsri_result cuMemAllocFromPoolAsync(tsri_address *data, size_t size,
                                    struct CUmemPoolHandle_st *pool, struct CUstream_st *stream) {
  if (!pool || !stream) return EMULATED_INVALID_VALUE;
  return cuMemAlloc_v2(data, size);
}

static tsri_result release(void *data) { return emulated_release(*(tsri_address *)data); }

tsri_result cuMemFreeAsync(tsri_address data, struct CUstream_st *stream) {
  NEED_CONTEXT();
  if (!stream) return EMULATED_INVALID_VALUE;
  return tsr_emulated_enqueue(release, &data, sizeof data);
}

tsri_result cuMemFree_v2(tsri_address data) {
  NEED_CONTEXT();
  const tsri_result result = emulated_wait();
  emulated_lock();
  const tsri_result released = emulated_release(data);
  emulated_unlock();
  return result ? result : released;
}

/* ---- copies ---- */

typedef struct copy {
  tsri_address to, from; /* from 0: the bytes behind */
  size_t size;
  int is_up, is_down;
  unsigned char value;
  max_align_t bytes[];
} copy;

static tsri_result run_copy(void *data) {
  const copy *c = data;
  void *to = (void *)(uintptr_t)c->to;
  if (!c->is_down && !emulated_covers(c->to, c->size)) return EMULATED_ILLEGAL_ADDRESS;
  if (!c->is_up && c->from && !emulated_covers(c->from, c->size)) return EMULATED_ILLEGAL_ADDRESS;
  if (c->is_up)
    memcpy(to, c->bytes, c->size);
  else if (c->from)
    memcpy(to, (const void *)(uintptr_t)c->from, c->size);
  else
    memset(to, c->value, c->size);
  return 0;
}

tsri_result cuMemcpyHtoDAsync_v2(tsri_address to, const void *from, size_t size,
                                 struct CUstream_st *stream) {
  NEED_CONTEXT();
  copy *c = malloc(sizeof *c + size);
  if (!stream || !c) {
    free(c);
    return stream ? EMULATED_NOMEM : EMULATED_INVALID_VALUE;
  }
  *c = (copy){.to = to, .size = size, .is_up = 1};
  memcpy(c->bytes, from, size);
  const tsri_result result = tsr_emulated_enqueue(run_copy, c, sizeof *c + size);
  free(c);
  return result;
}

tsri_result cuMemcpyDtoHAsync_v2(void *to, tsri_address from, size_t size,
                                 struct CUstream_st *stream) {
  NEED_CONTEXT();
  const copy c = {(tsri_address)(uintptr_t)to, from, size, .is_down = 1};
  return stream ? tsr_emulated_enqueue(run_copy, &c, sizeof c) : EMULATED_INVALID_VALUE;
}

tsri_result cuMemcpyDtoDAsync_v2(tsri_address to, tsri_address from, size_t size,
                                 struct CUstream_st *stream) {
  NEED_CONTEXT();
  const copy c = {to, from, size, .is_up = 0};
  return stream ? tsr_emulated_enqueue(run_copy, &c, sizeof c) : EMULATED_INVALID_VALUE;
}

tsri_result cuMemsetD8Async(tsri_address to, unsigned char value, size_t size,
                            struct CUstream_st *stream) {
  NEED_CONTEXT();
  const copy c = {to, 0, size, .value = value};
  return stream ? tsr_emulated_enqueue(run_copy, &c, sizeof c) : EMULATED_INVALID_VALUE;
}
