/* memory.c - blocks at addresses the host cannot touch, checked when work uses them. */
#define _GNU_SOURCE
#include "mock_internal.h"

#include <string.h>
#include <sys/mman.h>

#include "tsr/alloc.h"

#define RANGE     ((size_t)1 << 30)
#define ALIGNMENT ((size_t)64)
enum {
  FRESH = 0xA5, /* read before it was written */
  STALE = 0xDB  /* read after it was freed */
};

tsr_status mock_memory_open(mock_memory *m) {
  m->size = RANGE;
  m->device = mmap(NULL, RANGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  m->host =
      mmap(NULL, RANGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  pthread_mutex_init(&m->lock, NULL);
  if (m->device != MAP_FAILED && m->host != MAP_FAILED) return TSR_OK;
  mock_memory_close(m);
  return TSR_FAIL(TSR_ERR_NOMEM, "mock: cannot reserve addresses");
}

void mock_memory_close(mock_memory *m) {
  while (m->blocks) {
    mock_block *b = m->blocks;
    m->blocks = b->next;
    tsr_free(b, sizeof *b, 0);
  }
  if (m->device != MAP_FAILED) munmap(m->device, m->size);
  if (m->host != MAP_FAILED) munmap(m->host, m->size);
  pthread_mutex_destroy(&m->lock);
}

static tsr_status place(mock_memory *m, mock_block *made) {
  size_t end = 0;
  mock_block **at = &m->blocks;
  for (; *at && (*at)->offset - end < made->size; at = &(*at)->next)
    end = (*at)->offset + (*at)->size;
  if (!*at && m->size - end < made->size)
    return TSR_FAIL(TSR_ERR_NOMEM, "mock: no room for %zu bytes", made->size);
  made->offset = end;
  made->next = *at;
  *at = made;
  return TSR_OK;
}

tsr_status mock_memory_alloc(mock_memory *m, size_t size, void **out) {
  *out = NULL;
  void *memory = NULL;
  TSR_TRY(tsr_alloc(sizeof(mock_block), 0, &memory));
  mock_block *made = memory;
  made->size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  pthread_mutex_lock(&m->lock);
  tsr_status status = place(m, made);
  pthread_mutex_unlock(&m->lock);
  if (status != TSR_OK) {
    tsr_free(made, sizeof *made, 0);
    return status;
  }
  memset(m->host + made->offset, FRESH, made->size);
  *out = m->device + made->offset;
  return TSR_OK;
}

void mock_memory_free(mock_memory *m, void *device) {
  size_t offset = (size_t)((char *)device - m->device);
  pthread_mutex_lock(&m->lock);
  mock_block **at = &m->blocks;
  while (*at && (*at)->offset != offset)
    at = &(*at)->next;
  mock_block *b = *at;
  if (b) {
    memset(m->host + b->offset, STALE, b->size);
    *at = b->next;
  }
  pthread_mutex_unlock(&m->lock);
  tsr_free(b, sizeof *b, 0);
}

tsr_status mock_memory_map(mock_memory *m, const void *device, int64_t low, int64_t high,
                           const char *what, void **out) {
  *out = NULL;
  int64_t at = (int64_t)((intptr_t)device - (intptr_t)m->device);
  if (low == high) return TSR_OK; /* no element: any address will do */
  bool found = false;
  pthread_mutex_lock(&m->lock);
  for (const mock_block *b = m->blocks; b && !found; b = b->next)
    found = at + low >= (int64_t)b->offset && at + high <= (int64_t)(b->offset + b->size);
  pthread_mutex_unlock(&m->lock);
  if (!found)
    return TSR_FAIL(TSR_ERR_DEVICE,
                    "mock: %s uses memory that is not allocated at this point of "
                    "the stream",
                    what);
  *out = m->host + at;
  return TSR_OK;
}
