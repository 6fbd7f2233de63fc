/* null.c - a backend that plans everything and computes nothing. */
#include "tsr_null.h"

#include <stdio.h>

#include "tsr/alloc.h"

typedef struct null_device {
  tsr_device base;
  tsr_stream stream;
  int64_t runs;
} null_device;

static const tsr_class null_class = {"null device", sizeof(null_device), NULL, NULL, NULL};

static tsr_status null_open(const tsr_backend *self, int32_t ordinal, tsr_device **out) {
  *out = NULL;
  void *made = NULL;
  TSR_TRY(tsr_object_create(&null_class, &made));
  null_device *d = made;
  d->base.backend = self;
  d->base.ordinal = ordinal;
  d->base.stream = &d->stream;
  d->stream.device = &d->base;
  snprintf(d->base.name, sizeof d->base.name, "null:%d", (int)ordinal);
  *out = &d->base;
  return TSR_OK;
}

static size_t null_rounded(const tsr_device *device, size_t size) {
  (void)device;
  return (size + 63) / 64 * 64;
}

static tsr_status null_alloc(tsr_stream *stream, size_t size, void **out) {
  tsr_device *d = stream->device;
  int64_t rounded = (int64_t)null_rounded(d, size);
  TSR_TRY(tsr_alloc((size_t)rounded, 64, out));
  int64_t live = __atomic_add_fetch(&d->live, rounded, __ATOMIC_RELAXED);
  int64_t high = __atomic_load_n(&d->high, __ATOMIC_RELAXED);
  while (live > high && !__atomic_compare_exchange_n(&d->high, &high, live, false, __ATOMIC_RELAXED,
                                                     __ATOMIC_RELAXED)) {
  }
  return TSR_OK;
}

static void null_free(tsr_stream *stream, void *data, size_t size) {
  size_t rounded = null_rounded(stream->device, size);
  __atomic_sub_fetch(&stream->device->live, (int64_t)rounded, __ATOMIC_RELAXED);
  tsr_free(data, rounded, 64);
}

static tsr_status null_upload(tsr_stream *stream, void *to, const void *from, size_t size) {
  (void)stream, (void)to, (void)from, (void)size;
  return TSR_OK;
}

static tsr_status null_download(tsr_stream *stream, void *to, const void *from, size_t size) {
  (void)stream, (void)to, (void)from, (void)size;
  return TSR_OK;
}

static tsr_status null_synchronize(tsr_stream *stream) {
  (void)stream;
  return TSR_OK;
}

static tsr_status null_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                           const tsr_view *out) {
  (void)c, (void)in, (void)out;
  null_device *d = (null_device *)(void *)stream->device;
  __atomic_add_fetch(&d->runs, 1, __ATOMIC_RELAXED);
  return TSR_OK;
}

int64_t tsr_null_runs(const tsr_device *device) {
  return __atomic_load_n(&((const null_device *)(const void *)device)->runs, __ATOMIC_RELAXED);
}

static const tsr_backend backend = {
    .name = "null",
    .open = null_open,
    .alloc = null_alloc,
    .free = null_free,
    .rounded_size = null_rounded,
    .upload = null_upload,
    .download = null_download,
    .synchronize = null_synchronize,
};

/* Ops are known by name. */
static const tsr_op ops[TSR_OP_CORE_COUNT] = {
#define TSR_OP(ID, op_name, ...) [TSR_OP_##ID] = {.name = #op_name},
#include "tsr/ops.def"
};

/* A row per op; those with regions (and barrier, a view) are the runtime's. */
#define ROW_OF(ID, op_name)                                                                        \
  {.op = &ops[TSR_OP_##ID], .dtypes = TSR_DTYPES_ANY, .name = "null." #op_name, .run = null_run},
#define ROW_ELEMENTWISE ROW_OF
#define ROW_ANALYTIC    ROW_OF
#define ROW_TYPE        ROW_OF
#define ROW_CREATION    ROW_OF
#define ROW_STRUCTURAL  ROW_OF
#define ROW_INDEXING    ROW_OF
#define ROW_REDUCTION   ROW_OF
#define ROW_CUMULATIVE  ROW_OF
#define ROW_ORDERING    ROW_OF
#define ROW_CONTRACTION ROW_OF
#define ROW_RANDOM      ROW_OF
#define ROW_CONTROL(ID, op_name)
static const tsr_kernel rows[] = {
#define TSR_OP(ID, op_name, family, ...) ROW_##family(ID, op_name)
#include "tsr/ops.def"
};

tsr_status tsr_null_register(tsr_runtime *rt) {
  TSR_TRY(tsr_runtime_add_backend(rt, &backend));
  return tsr_runtime_add_kernels(rt, "null", rows, (int32_t)(sizeof rows / sizeof *rows));
}
