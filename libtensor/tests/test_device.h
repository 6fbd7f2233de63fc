/* test_device.h - a device for tests of tensors: memory from tsr_alloc, host or not.
 *
 * When it is not host memory, addresses are handed out shifted, so that touching them
 * without upload or download would show.
 */
#ifndef TEST_DEVICE_H
#define TEST_DEVICE_H

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/spi/tensor.h"

typedef struct test_device {
  tsr_device base;
  tsr_stream stream;
} test_device;

enum {
  REMOTE_SHIFT = 1 << 20
};

static inline char *real_address(const tsr_stream *stream, const void *data) {
  return (char *)(uintptr_t)data - (stream->device->is_host ? 0 : REMOTE_SHIFT);
}

static tsr_status test_alloc(tsr_stream *stream, size_t size, void **out) {
  void *block = NULL;
  TSR_TRY(tsr_alloc(size, 64, &block));
  *out = (char *)block + (stream->device->is_host ? 0 : REMOTE_SHIFT);
  __atomic_fetch_add(&stream->device->live, (int64_t)size, __ATOMIC_RELAXED);
  return TSR_OK;
}

static void test_free(tsr_stream *stream, void *data, size_t size) {
  tsr_free(real_address(stream, data), size, 64);
  __atomic_fetch_sub(&stream->device->live, (int64_t)size, __ATOMIC_RELAXED);
}

static tsr_status test_upload(tsr_stream *stream, void *device, const void *host, size_t size) {
  memcpy(real_address(stream, device), host, size);
  return TSR_OK;
}

static tsr_status test_download(tsr_stream *stream, void *host, const void *device, size_t size) {
  memcpy(host, real_address(stream, device), size);
  return TSR_OK;
}

static tsr_status test_synchronize(tsr_stream *stream) {
  (void)stream;
  return TSR_OK;
}

static void test_device_deinit(void *self) { tsr_device_handles_close(self); }

static const tsr_class test_device_class = {"test device", sizeof(test_device), test_device_deinit,
                                            NULL, NULL};

static const tsr_backend test_backend = {
    .name = "test",
    .alloc = test_alloc,
    .free = test_free,
    .upload = test_upload,
    .download = test_download,
    .synchronize = test_synchronize,
};

static tsr_status open_test_device(bool is_host, tsr_device **out) {
  *out = NULL;
  void *made = NULL;
  TSR_TRY(tsr_object_create(&test_device_class, &made));
  test_device *d = made;
  d->base.backend = &test_backend;
  d->base.stream = &d->stream;
  d->base.is_host = is_host;
  d->stream.device = &d->base;
  strcpy(d->base.name, is_host ? "test:0" : "remote:0");
  tsr_status status = tsr_device_handles_open(&d->base);
  if (status != TSR_OK) {
    tsr_device_release(&d->base);
    return status;
  }
  *out = &d->base;
  return TSR_OK;
}

#endif /* TEST_DEVICE_H */
