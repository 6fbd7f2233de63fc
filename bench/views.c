/* views.c - metadata: a view made and released, against malloc and free of its struct.
 *
 * views [batches]: per case the least and the median of batches of 1000.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tsr/cpu.h"
#include "tsr/spi/backend.h"
#include "tsr/spi/tensor.h"

typedef struct registry {
  tsr_runtime_head head;
  const tsr_backend *backend;
} registry;

static tsr_status add_backend(tsr_runtime *rt, int version, const tsr_backend *backend) {
  (void)version;
  ((registry *)(void *)rt)->backend = backend;
  return TSR_OK;
}

static tsr_status add_kernels(tsr_runtime *rt, int version, const char *backend,
                              const tsr_kernel *rows, int32_t n) {
  (void)rt, (void)version, (void)backend, (void)rows, (void)n;
  return TSR_OK;
}

static const tsr_runtime_spi spi = {.add_backend = add_backend, .add_kernels = add_kernels};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static tsr_device *device;
static tsr_tensor *base;
static const int64_t strides[] = {1, 3};

static tsr_status view(void) {
  tsr_tensor *t;
  TSR_TRY(tsr_tensor_view(base, 0, TSR_DIMS(3, 2), strides, &t));
  tsr_tensor_release(t);
  return TSR_OK;
}

static tsr_status transpose(void) {
  tsr_tensor *t;
  TSR_TRY(tsr_tensor_transpose(base, TSR_AXES(1, 0), &t));
  tsr_tensor_release(t);
  return TSR_OK;
}

static tsr_status create(void) {
  tsr_tensor *t;
  TSR_TRY(tsr_tensor_create(device, TSR_F32, TSR_DIMS(3, 2), &t));
  tsr_tensor_release(t);
  return TSR_OK;
}

static tsr_status allocate(void) {
  void *data;
  TSR_TRY(device->backend->alloc(device->stream, 1000, &data));
  device->backend->free(device->stream, data, 1000);
  return TSR_OK;
}

static tsr_status system_allocate(void) {
  void *volatile data = malloc(sizeof(tsr_tensor));
  free(data);
  return TSR_OK;
}

static tsr_status count_reference(void) {
  tsr_tensor_release(tsr_tensor_retain(base));
  return TSR_OK;
}

static const struct {
  const char *name;
  tsr_status (*run)(void);
} cases[] = {
    {"malloc + free",       system_allocate},
    {"retain + release",    count_reference},
    {"view",                view           },
    {"transpose",           transpose      },
    {"device alloc + free", allocate       },
    {"create",              create         },
};

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  enum {
    BATCH = 1000
  };
  long n = argc > 1 ? atol(argv[1]) : 2000;
  registry rt = {.head = {.spi = &spi}};
  double *each = n > 0 ? malloc(sizeof *each * (size_t)n) : NULL;
  if (!each || tsr_cpu_register((tsr_runtime *)(void *)&rt) != TSR_OK ||
      rt.backend->open(rt.backend, 0, &device) != TSR_OK ||
      tsr_tensor_create(device, TSR_F32, TSR_DIMS(2, 3), &base) != TSR_OK) {
    fprintf(stderr, "views: %s\n", tsr_error_message());
    return 1;
  }
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    for (long r = 0; r < n; r++) {
      double start = now();
      for (long i = 0; i < BATCH; i++) {
        if (cases[k].run() != TSR_OK) return 1;
      }
      each[r] = (now() - start) / BATCH;
    }
    qsort(each, (size_t)n, sizeof *each, by_value);
    printf("%-20s least %6.1f ns   median %6.1f\n", cases[k].name, each[0], each[n / 2]);
  }
  free(each);
  tsr_tensor_release(base);
  tsr_device_release(device);
  return 0;
}
