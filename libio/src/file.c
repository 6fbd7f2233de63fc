/* file.c - files read at any place, and files that appear whole or not at all. */
#define _POSIX_C_SOURCE 200809L
#include "file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tsr/alloc.h"

enum {
  PATH_ROOM = 32,     /* for ".<process>.<attempt>.part" */
  ATTEMPTS = 100,     /* names tried for a file that does not exist yet */
  ONE_CALL = 1 << 30, /* most bytes asked of one call; Linux moves less than 2^31 */
};

static int posix_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

const tsri_file_calls tsri_file_posix = {
    .open = posix_open,
    .fstat = fstat,
    .lstat = lstat,
    .pread = pread,
    .write = write,
    .close = close,
    .rename = rename,
    .unlink = unlink,
};

/* "cannot VERB PATH: REASON", for the failed call's errno. */
static tsr_status io_error(const char *verb, const char *path, int number) {
  char reason[128];
  if (strerror_r(number, reason, sizeof reason) != 0)
    snprintf(reason, sizeof reason, "error %d", number);
  return TSR_FAIL(TSR_ERR_IO, "cannot %s %s: %s", verb, path, reason);
}

/* ---- reading ---- */

static tsr_status measure(tsri_input *in) {
  struct stat about;
  if (in->calls->fstat(in->fd, &about) != 0) return io_error("examine", in->path, errno);
  if (!S_ISREG(about.st_mode))
    return TSR_FAIL(TSR_ERR_IO, "cannot read %s: it is not a regular file", in->path);
  in->size = (size_t)about.st_size;
  return TSR_OK;
}

tsr_status tsri_input_open(const tsri_file_calls *calls, const char *path, tsri_input *out) {
  *out = (tsri_input){.calls = calls, .path = path, .fd = -1};
  /* NONBLOCK: opening a pipe that nobody writes must not wait */
  const int fd = calls->open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0) return io_error("open", path, errno);
  out->fd = fd;
  tsr_status status = measure(out);
  if (status != TSR_OK) tsri_input_close(out);
  return status;
}

tsr_status tsri_input_read(const tsri_input *in, size_t offset, void *data, size_t size) {
  for (size_t done = 0; done < size;) {
    const size_t left = size - done, ask = left < ONE_CALL ? left : ONE_CALL;
    const ssize_t got = in->calls->pread(in->fd, (char *)data + done, ask, (off_t)(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read", in->path, errno);
    if (got == 0)
      return TSR_FAIL(TSR_ERR_IO, "cannot read %s: it ends at byte %zu, it had %zu when opened",
                      in->path, offset + done, in->size);
    done += (size_t)got;
  }
  return TSR_OK;
}

void tsri_input_close(tsri_input *in) {
  if (in->fd >= 0) in->calls->close(in->fd);
  in->fd = -1;
}

/* ---- writing ---- */

static tsr_status open_directly(tsri_output *o) {
  o->fd = o->calls->open(o->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  return o->fd < 0 ? io_error("write", o->path, errno) : TSR_OK;
}

static void forget_name(tsri_output *o) {
  tsr_free(o->beside, o->beside_size, 0);
  o->beside = NULL;
}

static tsr_status open_beside(tsri_output *o, mode_t mode) {
  void *name = NULL;
  o->beside_size = strlen(o->path) + PATH_ROOM;
  TSR_TRY(tsr_alloc(o->beside_size, 0, &name));
  o->beside = name;
  for (int attempt = 0; attempt < ATTEMPTS && o->fd < 0; attempt++) {
    snprintf(o->beside, o->beside_size, "%s.%ld.%d.part", o->path, (long)getpid(), attempt);
    o->fd = o->calls->open(o->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (o->fd < 0 && errno != EEXIST) break;
  }
  if (o->fd >= 0) return TSR_OK;
  tsr_status status = io_error("create", o->beside, errno);
  forget_name(o);
  return status;
}

tsr_status tsri_output_open(const tsri_file_calls *calls, const char *path, tsri_output *out) {
  *out = (tsri_output){.calls = calls, .path = path, .fd = -1};
  struct stat old;
  const bool exists = calls->lstat(path, &old) == 0;
  if (!exists && errno != ENOENT) return io_error("write", path, errno);
  if (exists && !S_ISREG(old.st_mode)) return open_directly(out);
  return open_beside(out, exists ? old.st_mode & 0777 : 0666);
}

tsr_status tsri_output_write(tsri_output *o, const void *data, size_t size) {
  const char *name = o->beside ? o->beside : o->path;
  for (size_t done = 0; done < size;) {
    const size_t left = size - done, ask = left < ONE_CALL ? left : ONE_CALL;
    const ssize_t put = o->calls->write(o->fd, (const char *)data + done, ask);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return io_error("write", name, put < 0 ? errno : ENOSPC);
    done += (size_t)put;
  }
  return TSR_OK;
}

static tsr_status close_directly(const tsri_output *o, tsr_status status) {
  return status == TSR_OK ? TSR_OK
                          : tsr_annotate(status, "writing %s, which is now incomplete", o->path);
}

static tsr_status put_in_place(tsri_output *o, tsr_status status) {
  if (status == TSR_OK && o->calls->rename(o->beside, o->path) != 0)
    status = io_error("replace", o->path, errno);
  if (status != TSR_OK && o->calls->unlink(o->beside) != 0)
    status = tsr_annotate(status, "removing %s, which is left behind", o->beside);
  forget_name(o);
  return status;
}

tsr_status tsri_output_close(tsri_output *o, tsr_status status) {
  const char *name = o->beside ? o->beside : o->path;
  if (o->calls->close(o->fd) != 0 && status == TSR_OK) status = io_error("write", name, errno);
  o->fd = -1;
  return o->beside ? put_in_place(o, status) : close_directly(o, status);
}
