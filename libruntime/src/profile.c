/* profile.c - the profile of a runtime: events in Chrome's trace format, streamed to a file.
 *
 * Events are written into a buffer under a lock, and the buffer into the file when it is full:
 * memory stays bounded, and what is in the file is a prefix of a valid array at any time.
 */
#define _GNU_SOURCE /* gettid, flock */
#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "tsr/alloc.h"

enum {
  BUFFER = 1 << 16,
  EVENT = 4096, /* bytes of an event at most */
  ARGS = 3072,  /* and of its arguments */
  FILES = 100   /* names that are tried */
};

struct tsri_profile {
  pthread_mutex_t lock;
  int file;       /* -1 after a failure */
  int64_t origin; /* ns */
  const char *between;
  size_t used;
  char buffer[BUFFER];
};

/* ---- the file ---- */

/* A file of its own: whoever holds the lock of a name is writing it now. */
static int open_free(const char *path) {
  char name[4096];
  for (int k = 1; k < FILES; k++) {
    int n = k == 1 ? snprintf(name, sizeof name, "%s", path)
                   : snprintf(name, sizeof name, "%s.%d", path, k);
    if (n < 0 || (size_t)n >= sizeof name) {
      errno = ENAMETOOLONG;
      return -1;
    }
    int file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return -1;
    if (flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
      if (ftruncate(file, 0) == 0 || errno == EINVAL) return file; /* a pipe has no length */
      close(file);
      return -1;
    }
    close(file);
  }
  errno = EBUSY;
  return -1;
}

static void flush(tsri_profile *p) {
  const char *at = p->buffer;
  while (p->used && p->file >= 0) {
    ssize_t n = write(p->file, at, p->used);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      close(p->file);
      p->file = -1;
      break;
    }
    at += n;
    p->used -= (size_t)n;
  }
  p->used = 0;
}

/* Text of at most EVENT bytes; the lock is held. */
static void append(tsri_profile *p, const char *text, size_t n) {
  if (p->file < 0) return;
  if (p->used + n > BUFFER) flush(p);
  memcpy(p->buffer + p->used, text, n);
  p->used += n;
}

tsr_status tsri_profile_open(const char *path, tsri_profile **out) {
  *out = NULL;
  void *made;
  TSR_TRY(tsr_alloc(sizeof(tsri_profile), 0, &made));
  tsri_profile *p = made;
  memset(p, 0, sizeof *p - BUFFER);
  p->file = open_free(path);
  p->between = "\n";
  p->origin = tsri_profile_now();
  tsr_status status = TSR_OK;
  if (p->file < 0)
    status = TSR_FAIL(TSR_ERR_IO, "profile: cannot write %s: %s", path, strerror(errno));
  if (status == TSR_OK && pthread_mutex_init(&p->lock, NULL)) {
    status = TSR_FAIL(TSR_ERR_NOMEM, "profile: the system has no mutex left");
    close(p->file);
  }
  if (status != TSR_OK) {
    tsr_free(p, sizeof *p, 0);
    return status;
  }
  append(p, "[", 1);
  *out = p;
  return TSR_OK;
}

void tsri_profile_close(tsri_profile *p) {
  if (!p) return;
  append(p, "\n]\n", 3);
  flush(p);
  if (p->file >= 0) close(p->file);
  pthread_mutex_destroy(&p->lock);
  tsr_free(p, sizeof *p, 0);
}

/* ---- events ---- */

int64_t tsri_profile_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A name inside quotes: whoever chose it need not have thought of JSON. */
static const char *quoted(const char *name, char *buffer, size_t size) {
  size_t n = 0;
  for (; *name && n + 2 < size; name++) {
    unsigned char c = (unsigned char)*name;
    if (c == '"' || c == '\\') buffer[n++] = '\\';
    buffer[n++] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
  }
  buffer[n] = 0;
  return buffer;
}

void tsri_profile_add(tsri_profile *p, const char *category, const char *name, int64_t begin,
                      const char *args) {
  char text[EVENT], safe[200];
  int64_t ts = begin - p->origin, duration = tsri_profile_now() - begin;
  int n = snprintf(text, sizeof text,
                   "{\"name\": \"%s\", \"cat\": \"%s\", \"ph\": \"X\", \"ts\": %" PRId64
                   ".%03d, \"dur\": %" PRId64 ".%03d, \"pid\": %d, \"tid\": %d, \"args\": {%s}}",
                   quoted(name, safe, sizeof safe), category, ts / 1000, (int)(ts % 1000),
                   duration / 1000, (int)(duration % 1000), (int)getpid(), (int)gettid(), args);
  if (n < 0 || (size_t)n >= sizeof text) return;
  pthread_mutex_lock(&p->lock);
  append(p, p->between, strlen(p->between));
  append(p, text, (size_t)n);
  p->between = ",\n";
  pthread_mutex_unlock(&p->lock);
}

/* Arguments being written; what does not fit is left out as a whole. */
typedef struct arguments {
  size_t used;
  char text[ARGS];
} arguments;

static TSR_PRINTF(2, 3) void add(arguments *a, const char *fmt, ...) {
  va_list list;
  va_start(list, fmt);
  int n = vsnprintf(a->text + a->used, sizeof a->text - a->used, fmt, list);
  va_end(list);
  if (n > 0 && (size_t)n < sizeof a->text - a->used) a->used += (size_t)n;
  a->text[a->used] = 0;
}

/* "in": ["f64[3]", ...]; returns the bytes they take together when dense. */
static int64_t add_types(arguments *a, const char *key, int32_t n, const tsr_type *types) {
  uint64_t bytes = 0;
  add(a, "\"%s\": [", key);
  for (int32_t i = 0; i < n; i++) {
    char type[160];
    uint64_t size = tsr_dtype_size(types[i].dtype);
    for (int32_t k = 0; k < types[i].rank; k++)
      size *= (uint64_t)types[i].dims[k].n;
    bytes += size;
    if (a->used > ARGS - 600) continue;
    add(a, "%s\"%s\"", i ? ", " : "", tsr_type_format(&types[i], type, sizeof type));
  }
  add(a, "], ");
  return (int64_t)bytes;
}

void tsri_profile_call(tsri_profile *p, const tsr_device *device, const tsr_call *c,
                       const tsr_kernel *kernel, int64_t begin) {
  arguments a = {0};
  char name[200];
  bool deferred = device->backend->wait || !device->is_host;
  int64_t bytes = add_types(&a, "in", c->n_in, c->in_type);
  bytes += add_types(&a, "out", c->n_out, c->out_type);
  if (kernel) add(&a, "\"kernel\": \"%s\", ", quoted(kernel->name, name, sizeof name));
  add(&a, "\"bytes\": %" PRId64 ", \"device\": \"%s\"", bytes, device->name);
  const char *category = kernel ? deferred ? "enqueue" : "kernel" : "lowered";
  tsri_profile_add(p, category, c->op->name, begin, a.text);
}
