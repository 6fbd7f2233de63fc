/* device.c - names, memory figures and waiting: what users may ask of a device. */
#include "tsr/spi/backend.h"

TSR_OBJECT_DEFINE(tsr_device)

const char *tsr_device_name(const tsr_device *device) { return device ? device->name : ""; }

void tsr_device_memory(const tsr_device *device, int64_t *live, int64_t *high, int64_t *reserved) {
  *live = *high = *reserved = 0;
  if (!device) return;
  *live = __atomic_load_n(&device->live, __ATOMIC_RELAXED);
  *high = __atomic_load_n(&device->high, __ATOMIC_RELAXED);
  *reserved = __atomic_load_n(&device->reserved, __ATOMIC_RELAXED);
}

void tsr_device_memory_reset(tsr_device *device) {
  if (!device) return;
  int64_t live = __atomic_load_n(&device->live, __ATOMIC_RELAXED);
  __atomic_store_n(&device->high, live, __ATOMIC_RELAXED);
}

tsr_status tsr_device_synchronize(tsr_device *device) {
  if (!device) return TSR_FAIL(TSR_ERR_ARGUMENT, "synchronize: device is NULL");
  return device->backend->synchronize(device->stream);
}
