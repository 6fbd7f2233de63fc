/* device.c - opening and closing the CPU device, and the backend's table. */
#include "cpu_internal.h"
#include "device_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/alloc.h"
#include "tsr/dlpack.h"

static tsri_cpu_device *cpu_of(const tsr_device *device) {
  return (tsri_cpu_device *)(uintptr_t)device;
}

static void device_deinit(void *self) {
  tsri_cpu_device *cpu = self;
  if (cpu->pool) {
    tsri_pool_deinit(cpu->pool);
    tsr_free(cpu->pool, sizeof *cpu->pool, TSRI_LINE);
  }
  if (cpu->heap) {
    tsri_heap_trim(cpu->heap);
    tsr_free(cpu->heap, sizeof *cpu->heap, TSRI_LINE);
  }
  tsr_device_handles_close(&cpu->base);
}

static const tsr_class device_class = {"cpu device", sizeof(tsri_cpu_device), device_deinit, NULL,
                                       NULL};

/* TSR_NUM_THREADS, or as many as the process may run on. */
static int32_t default_threads(void) {
  int32_t cpus = tsri_os_cpus();
  const char *text = getenv("TSR_NUM_THREADS");
  char *end = NULL;
  long wanted = text ? strtol(text, &end, 10) : 0;
  if (end && *end) wanted = 0; /* "4 or so" is no number */
  if (wanted >= 1 && wanted <= TSRI_POOL_MAX) return (int32_t)wanted;
  return cpus < TSRI_POOL_MAX ? cpus : TSRI_POOL_MAX;
}

/* Free blocks are kept up to a quarter of the machine's memory. */
static int64_t default_cached_max(void) {
  int64_t memory = tsri_os_memory();
  return memory ? memory / 4 : INT64_C(1) << 30;
}

/* Bytes of the last cache where the system does not say: what most processors have at least. */
#define CACHE ((size_t)32 << 20)

static tsr_status open_heap(tsri_cpu_device *cpu) {
  void *heap = NULL;
  TSR_TRY(tsr_alloc(sizeof *cpu->heap, TSRI_LINE, &heap));
  cpu->heap = heap;
  memset(cpu->heap, 0, sizeof *cpu->heap);
  cpu->heap->device = &cpu->base;
  cpu->heap->cached_max = default_cached_max();
  return TSR_OK;
}

static tsr_status open_pool(tsri_cpu_device *cpu) {
  void *pool = NULL;
  TSR_TRY(tsr_alloc(sizeof *cpu->pool, TSRI_LINE, &pool));
  cpu->pool = pool;
  tsri_pool_init(cpu->pool);
  return tsri_pool_resize(cpu->pool, default_threads());
}

static tsr_status open_parts(tsri_cpu_device *cpu) {
  TSR_TRY(tsr_device_handles_open(&cpu->base));
  TSR_TRY(open_heap(cpu));
  return open_pool(cpu);
}

static tsr_status cpu_open(const tsr_backend *self, int32_t ordinal, tsr_device **out) {
  *out = NULL;
  if (ordinal != 0) return TSR_FAIL(TSR_ERR_NOT_FOUND, "cpu:%d: there is only cpu:0", ordinal);
  void *made = NULL;
  TSR_TRY(tsr_object_create(&device_class, &made));
  tsri_cpu_device *cpu = made;
  cpu->base.backend = self;
  cpu->base.stream = &cpu->stream;
  cpu->base.is_host = true;
  cpu->stream.device = &cpu->base;
  cpu->cache = tsri_os_cache();
  if (!cpu->cache) cpu->cache = CACHE;
  snprintf(cpu->base.name, sizeof cpu->base.name, "cpu:%d", ordinal);
  tsr_status status = open_parts(cpu);
  if (status != TSR_OK) {
    tsr_device_release(&cpu->base);
    return status;
  }
  tsri_blas_open();
  *out = &cpu->base;
  return TSR_OK;
}

static tsr_status cpu_alloc(tsr_stream *stream, size_t size, void **out) {
  return tsri_heap_alloc(cpu_of(stream->device)->heap, size, out);
}

static void cpu_free(tsr_stream *stream, void *data, size_t size) {
  tsri_heap_free(cpu_of(stream->device)->heap, data, size);
}

static size_t cpu_rounded_size(const tsr_device *device, size_t size) {
  (void)device;
  return tsri_heap_counted(size);
}

static tsr_status copy_bytes(tsr_stream *stream, void *to, const void *from, size_t size) {
  (void)stream;
  if (size) memcpy(to, from, size);
  return TSR_OK;
}

/* All work is finished when run returns, and its failure was returned. */
static tsr_status cpu_synchronize(tsr_stream *stream) {
  (void)stream;
  return TSR_OK;
}

const tsr_backend tsri_cpu_backend = {
    .name = "cpu",
    .computes_on_host = true,
    .dlpack_device = TSR_DLPACK_CPU,
    .open = cpu_open,
    .alloc = cpu_alloc,
    .free = cpu_free,
    .rounded_size = cpu_rounded_size,
    .upload = copy_bytes,
    .download = copy_bytes,
    .synchronize = cpu_synchronize,
    .spi = &tsri_cpu_spi,
};

static tsr_status cpu_parallel(tsr_stream *stream, int64_t n, tsr_cpu_task task, void *ctx) {
  return tsri_pool_run(cpu_of(stream->device)->pool, n, task, ctx);
}

const tsr_cpu_spi tsri_cpu_spi = {
    .parallel = cpu_parallel,
    .parallel_threshold = 64 * 1024,
    .blas = &tsri_cpu_blas,
    .lapack = &tsri_cpu_lapack,
};

static bool is_cpu(const tsr_device *device) {
  return device && device->backend == &tsri_cpu_backend;
}

bool tsri_streams(const tsr_device *device, size_t bytes) {
  return is_cpu(device) && bytes / 3 > cpu_of(device)->cache / 4;
}

int32_t tsr_cpu_threads(const tsr_device *device) {
  return is_cpu(device) ? cpu_of(device)->pool->n_workers + 1 : 1;
}

tsr_status tsr_cpu_set_threads(tsr_device *device, int32_t n) {
  if (!is_cpu(device)) return TSR_FAIL(TSR_ERR_ARGUMENT, "set_threads: not a CPU device");
  if (n < 1 || n > TSRI_POOL_MAX) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "set_threads: %d is not in [1, %d]", n, TSRI_POOL_MAX);
  }
  return tsri_pool_resize(cpu_of(device)->pool, n);
}

void tsr_cpu_trim(tsr_device *device) {
  if (is_cpu(device)) tsri_heap_trim(cpu_of(device)->heap);
}
