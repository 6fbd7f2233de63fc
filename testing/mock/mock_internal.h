/* mock_internal.h - the parts of the mock device. */
#ifndef TSR_MOCK_INTERNAL_H
#define TSR_MOCK_INTERNAL_H

#include "tsr_mock.h"

#include <pthread.h>

/* A block of device memory. It is listed from alloc until its deferred free has run. */
typedef struct mock_block {
  struct mock_block *next;
  size_t offset, size; /* rounded */
} mock_block;

/* Device addresses are those of a range without access; the bytes are elsewhere. */
typedef struct mock_memory {
  char *device, *host;
  size_t size;
  mock_block *blocks; /* by offset */
  pthread_mutex_t lock;
} mock_memory;

tsr_status mock_memory_open(mock_memory *m);
void mock_memory_close(mock_memory *m);
tsr_status mock_memory_alloc(mock_memory *m, size_t size, void **out);
void mock_memory_free(mock_memory *m, void *device); /* when its turn has come */
/* Host address of a range inside one live block; fails with ERR_DEVICE naming what. */
tsr_status mock_memory_map(mock_memory *m, const void *device, int64_t low, int64_t high,
                           const char *what, void **out);

/* A piece of deferred work: run unless its work has failed, then end, on the device's thread. */
typedef struct mock_work {
  struct mock_work *next;
  tsr_work *owner; /* entered; NULL for frees, which cannot fail */
  tsr_status (*run)(struct mock_work *self);
  void (*end)(struct mock_work *self);
} mock_work;

typedef struct mock_queue {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  mock_work *first, **last;
  bool busy, stopping, started;
  uint64_t random;  /* state of the delays; 0: none */
  tsr_work *failed; /* see tsr_works_add */
  int64_t done;
} mock_queue;

tsr_status mock_queue_open(mock_queue *q, uint64_t seed);
void mock_queue_close(mock_queue *q); /* finishes what is there */
void mock_queue_push(mock_queue *q, mock_work *work);
void mock_queue_wait(mock_queue *q);
tsr_status mock_queue_tell(mock_queue *q); /* the first failure nobody has been told of */

/* What the host backend registered, once per process; rows live as long as it. */
typedef struct mock_host {
  const tsr_backend *backend;
  tsr_kernel *rows; /* ours, with data pointing to theirs */
  int32_t n_rows, room;
  uint64_t seed;
} mock_host;

typedef struct mock_device {
  tsr_device base;
  tsr_stream stream;
  tsr_device *host; /* on which the kernels really run */
  mock_memory memory;
  mock_queue queue;
  bool has_memory, has_queue;
} mock_device;

static inline mock_device *mock_of(const tsr_device *device) {
  return (mock_device *)(uintptr_t)device;
}

/* A row of ours for one of theirs. */
tsr_kernel mock_kernel_over(const tsr_kernel *row);

#endif /* TSR_MOCK_INTERNAL_H */
