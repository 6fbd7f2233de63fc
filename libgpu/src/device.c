/* device.c - opening and closing a CUDA device, and the backend's table. */
#include "abi_internal.h"
#include "cuda_internal.h"

#include <stdio.h>

#include "tsr/dlpack.h"

/* Everything that needs the context; the deinit of the class gives it back, in part too. */
static tsr_status open_in_context(tsri_cuda_device *device) {
  TSR_TRY(tsri_cuda_pool_open(device));
  return tsri_cuda_stream_init(device, &device->first);
}

static tsr_status read_facts(tsri_cuda_device *device) {
  const tsri_libraries *all = &device->libraries;
  tsr_gpu_facts *facts = &device->facts;
  int major = 0, minor = 0;
  size_t memory = 0;
  const struct {
    unsigned attribute;
    int *value;
  } wanted[] = {
      {TSRI_ATTRIBUTE_ARCH_MAJOR,      &major                 },
      {TSRI_ATTRIBUTE_ARCH_MINOR,      &minor                 },
      {TSRI_ATTRIBUTE_MULTIPROCESSORS, &facts->multiprocessors},
      {TSRI_ATTRIBUTE_SHARED_MAX,      &facts->shared_max     },
  };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    TSR_TRY(
        TSRI_DRIVER(all, cuDeviceGetAttribute, wanted[i].value, wanted[i].attribute, device->id));
  }
  TSR_TRY(TSRI_DRIVER(all, cuDeviceGetName, facts->name, (int)sizeof facts->name, device->id));
  TSR_TRY(TSRI_DRIVER(all, cuDeviceTotalMem, &memory, device->id));
  facts->arch = 10 * major + minor;
  facts->memory = (int64_t)memory;
  return TSR_OK;
}

tsr_status tsri_cuda_start(tsri_libraries *libraries, int *n_devices) {
  *n_devices = 0;
  TSR_TRY(tsri_library_need(libraries, TSR_GPU_DRIVER));
  tsri_result result = libraries->driver.cuInit(0);
  if (result == TSRI_NO_DEVICE) return TSR_OK;
  TSR_TRY(tsri_check(libraries, TSR_GPU_DRIVER, "cuInit", result));
  tsr_status status = TSRI_DRIVER(libraries, cuDeviceGetCount, n_devices);
  if (status != TSR_OK) *n_devices = 0;
  return status;
}

static tsr_status open_parts(tsri_cuda_device *device) {
  const tsri_libraries *all = &device->libraries;
  int n = 0, ordinal = device->base.ordinal;
  struct CUctx_st *before;
  TSR_TRY(tsr_device_handles_open(&device->base));
  TSR_TRY(tsri_cuda_start(&device->libraries, &n));
  if (ordinal < 0 || ordinal >= n) {
    return TSR_FAIL(TSR_ERR_NOT_FOUND, "cuda:%d asked for, %d device%s present", ordinal, n,
                    n == 1 ? "" : "s");
  }
  TSR_TRY(TSRI_DRIVER(all, cuDeviceGet, &device->id, ordinal));
  TSR_TRY(read_facts(device));
  struct CUctx_st *context = NULL;
  TSR_TRY(TSRI_DRIVER(all, cuDevicePrimaryCtxRetain, &context, device->id));
  device->context = context;
  TSR_TRY(tsri_cuda_enter(device, &before));
  return tsri_cuda_leave(device, before, open_in_context(device));
}

static void close_in_context(tsri_cuda_device *device) {
  const tsri_driver *driver = &device->libraries.driver;
  struct CUctx_st *before = tsri_cuda_enter_anyway(device);
  tsri_cuda_stream_deinit(device, &device->first);
  tsri_cuda_modules_unload(device);
  tsri_cuda_codes_clear(&device->base);
  tsri_cuda_findings_close(device);
  if (device->pool) driver->cuMemPoolDestroy(device->pool);
  tsri_cuda_leave_anyway(device, before);
  driver->cuDevicePrimaryCtxRelease(device->id);
}

static void device_deinit(void *self) {
  tsri_cuda_device *device = self;
  if (device->context) close_in_context(device);
  tsri_libraries_close(&device->libraries);
  pthread_mutex_destroy(&device->lock);
  pthread_mutex_destroy(&device->modules.lock);
  pthread_mutex_destroy(&device->codes.lock);
  tsr_device_handles_close(&device->base);
}

static const tsr_class device_class = {"cuda device", sizeof(tsri_cuda_device), device_deinit, NULL,
                                       NULL};

static tsr_status cuda_open(const tsr_backend *self, int32_t ordinal, tsr_device **out) {
  *out = NULL;
  void *made = NULL;
  TSR_TRY(tsr_object_create(&device_class, &made));
  tsri_cuda_device *device = made;
  device->base.backend = self;
  device->base.ordinal = ordinal;
  device->base.stream = &device->first.base;
  device->first.base.device = &device->base;
  snprintf(device->base.name, sizeof device->base.name, "cuda:%d", ordinal);
  tsri_libraries_init(&device->libraries, ((const tsri_cuda_backend *)(const void *)self)->loader);
  device->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; /* unlike a call it cannot fail */
  device->modules.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  device->codes.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  tsr_status status = open_parts(device);
  if (status != TSR_OK) {
    tsr_device_release(&device->base);
    return tsr_annotate(status, "opening device cuda:%d", ordinal);
  }
  *out = &device->base;
  return TSR_OK;
}

const tsri_cuda_backend tsri_cuda_system_backend = {
    .base =
        {
               .name = "cuda",
               .dlpack_device = TSR_DLPACK_CUDA,
               .open = cuda_open,
               .stream_open = tsri_cuda_stream_open,
               .stream_close = tsri_cuda_stream_close,
               .alloc = tsri_cuda_alloc,
               .free = tsri_cuda_free,
               .rounded_size = tsri_cuda_rounded_size,
               .upload = tsri_cuda_upload,
               .download = tsri_cuda_download,
               .synchronize = tsri_cuda_synchronize,
               .event_create = tsri_cuda_event_create,
               .event_record = tsri_cuda_event_record,
               .event_wait = tsri_cuda_event_wait,
               .event_destroy = tsri_cuda_event_destroy,
               .spi = &tsri_cuda_spi,
               },
    .loader = &tsri_system_loader,
};
