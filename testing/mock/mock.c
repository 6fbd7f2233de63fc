/* mock.c - the mock's device, its backend table, and how it gets hold of host kernels. */
#include "mock_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/alloc.h"

static mock_host host;
static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- device ---- */

static void device_deinit(void *self) {
  mock_device *d = self;
  if (d->has_queue) mock_queue_close(&d->queue);
  if (d->has_memory) mock_memory_close(&d->memory);
  tsr_device_release(d->host);
}

static const tsr_class device_class = {"mock device", sizeof(mock_device), device_deinit, NULL,
                                       NULL};

static tsr_status fill(mock_device *d) {
  TSR_TRY(host.backend->open(host.backend, 0, &d->host));
  TSR_TRY(mock_memory_open(&d->memory));
  d->has_memory = true;
  TSR_TRY(mock_queue_open(&d->queue, host.seed));
  d->has_queue = true;
  return TSR_OK;
}

static tsr_status mock_open(const tsr_backend *self, int32_t ordinal, tsr_device **out) {
  *out = NULL;
  void *made = NULL;
  TSR_TRY(tsr_object_create(&device_class, &made));
  mock_device *d = made;
  d->base.backend = self;
  d->base.ordinal = ordinal;
  d->base.stream = &d->stream;
  d->stream.device = &d->base;
  snprintf(d->base.name, sizeof d->base.name, "mock:%d", (int)ordinal);
  tsr_status status = fill(d);
  if (status != TSR_OK) {
    tsr_device_release(&d->base);
    return status;
  }
  *out = &d->base;
  return TSR_OK;
}

/* ---- memory: figures at once, effects in turn ---- */

static size_t mock_rounded(const tsr_device *device, size_t size) {
  (void)device;
  return (size + 63) / 64 * 64;
}

static void count_live(tsr_device *device, int64_t more) {
  int64_t live = __atomic_add_fetch(&device->live, more, __ATOMIC_RELAXED);
  int64_t high = __atomic_load_n(&device->high, __ATOMIC_RELAXED);
  while (live > high && !__atomic_compare_exchange_n(&device->high, &high, live, false,
                                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

static tsr_status mock_alloc(tsr_stream *stream, size_t size, void **out) {
  mock_device *d = mock_of(stream->device);
  tsr_status status = mock_memory_alloc(&d->memory, size, out);
  if (status != TSR_OK) { /* deferred frees may make room */
    mock_queue_wait(&d->queue);
    TSR_TRY(mock_memory_alloc(&d->memory, size, out));
  }
  count_live(&d->base, (int64_t)mock_rounded(&d->base, size));
  return TSR_OK;
}

typedef struct free_work {
  mock_work work;
  mock_device *device;
  void *data;
} free_work;

static tsr_status run_free(mock_work *work) {
  free_work *f = (free_work *)(void *)work;
  mock_memory_free(&f->device->memory, f->data);
  return TSR_OK;
}

/* A free cannot fail, so its work is not counted as ours. */
static void end_free(mock_work *work) { free(work); }

static void mock_free(tsr_stream *stream, void *data, size_t size) {
  mock_device *d = mock_of(stream->device);
  count_live(&d->base, -(int64_t)mock_rounded(&d->base, size));
  free_work *f = malloc(sizeof *f);
  if (!f) return;
  *f = (free_work){
      {.run = run_free, .end = end_free},
      d, data
  };
  mock_queue_push(&d->queue, &f->work);
}

/* ---- copies ---- */

typedef struct copy_work {
  mock_work work;
  mock_device *device;
  void *to;
  const void *from;
  size_t size;
  bool up;
} copy_work;

static tsr_status run_copy(mock_work *work) {
  copy_work *c = (copy_work *)(void *)work;
  void *mapped = NULL;
  const void *on_device = c->up ? c->to : c->from;
  TSR_TRY(mock_memory_map(&c->device->memory, on_device, 0, (int64_t)c->size,
                          c->up ? "upload" : "download", &mapped));
  if (c->size) memcpy(c->up ? mapped : c->to, c->up ? c->from : mapped, c->size);
  return TSR_OK;
}

static void end_copy(mock_work *work) { tsr_free(work, sizeof(copy_work), 0); }

static tsr_status copy(tsr_stream *stream, void *to, const void *from, size_t size, bool up) {
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(copy_work), 0, &made));
  copy_work *c = made;
  mock_device *d = mock_of(stream->device);
  *c = (copy_work){
      {.run = run_copy, .end = end_copy},
      d, to, from, size, up
  };
  tsr_status status = tsr_work_enter(&c->work.owner);
  if (status != TSR_OK) {
    end_copy(&c->work);
    return status;
  }
  mock_queue_push(&d->queue, &c->work);
  return TSR_OK;
}

static tsr_status mock_upload(tsr_stream *stream, void *to, const void *from, size_t size) {
  return copy(stream, to, from, size, true);
}

static tsr_status mock_download(tsr_stream *stream, void *to, const void *from, size_t size) {
  return copy(stream, to, from, size, false);
}

static void mock_wait(tsr_stream *stream) { mock_queue_wait(&mock_of(stream->device)->queue); }

static tsr_status mock_synchronize(tsr_stream *stream) {
  mock_wait(stream);
  return mock_queue_tell(&mock_of(stream->device)->queue);
}

int64_t tsr_mock_deferred(const tsr_device *device) {
  mock_queue *q = &mock_of(device)->queue;
  pthread_mutex_lock(&q->lock);
  int64_t done = q->done;
  pthread_mutex_unlock(&q->lock);
  return done;
}

static const tsr_backend backend = {
    .name = "mock",
    .open = mock_open,
    .alloc = mock_alloc,
    .free = mock_free,
    .rounded_size = mock_rounded,
    .upload = mock_upload,
    .download = mock_download,
    .synchronize = mock_synchronize,
    .wait = mock_wait,
};

/* ---- a runtime that only listens ---- */

static tsr_status hear_backend(tsr_runtime *rt, int version, const tsr_backend *heard,
                               const char *core) {
  (void)rt, (void)version, (void)core;
  host.backend = heard;
  return TSR_OK;
}

static tsr_status hear_kernels(tsr_runtime *rt, int version, const char *name,
                               const tsr_kernel *rows, int32_t n, const char *core) {
  (void)rt, (void)version, (void)name, (void)core;
  if (host.n_rows + n > host.room) {
    host.room = 2 * (host.n_rows + n);
    void *grown = realloc(host.rows, sizeof *host.rows * (size_t)host.room);
    if (!grown) return TSR_FAIL(TSR_ERR_NOMEM, "mock: no memory for rows");
    host.rows = grown;
  }
  for (int32_t i = 0; i < n; i++)
    host.rows[host.n_rows++] = mock_kernel_over(&rows[i]);
  return TSR_OK;
}

static tsr_status hear_op(tsr_runtime *rt, int version, const tsr_op *op,
                          const struct tsr_rules *rules, const char *core) {
  (void)core, (void)rt, (void)version, (void)op, (void)rules;
  return TSR_OK;
}

static const void *hear_spi(tsr_runtime *rt, int version, const char *name) {
  (void)rt, (void)version, (void)name;
  return host.backend ? host.backend->spi : NULL;
}

static tsr_status listen_to(tsr_status (*register_host)(tsr_runtime *rt)) {
  static const tsr_runtime_spi ears = {hear_backend, hear_kernels, hear_op, hear_spi};
  if (host.backend) return TSR_OK; /* rows of open runtimes must stay where they are */
  tsr_runtime_head head = {.spi = &ears};
  return register_host((tsr_runtime *)(void *)&head);
}

tsr_status tsr_mock_register_over(tsr_runtime *rt, tsr_status (*register_host)(tsr_runtime *rt),
                                  uint64_t seed) {
  pthread_mutex_lock(&host_lock);
  host.seed = seed;
  tsr_status status = listen_to(register_host);
  pthread_mutex_unlock(&host_lock);
  if (status == TSR_OK) status = tsr_runtime_add_backend(rt, &backend);
  if (status == TSR_OK) status = tsr_runtime_add_kernels(rt, "mock", host.rows, host.n_rows);
  return status;
}
