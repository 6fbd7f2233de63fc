/* file_internal.h - files read at any place, and files that appear whole or not at all. */
#ifndef TSRI_FILE_INTERNAL_H
#define TSRI_FILE_INTERNAL_H

#include <sys/stat.h>
#include <sys/types.h>

#include "tsr/status.h"

/* The system calls, as in POSIX; a test puts others in their place to make them fail. */
typedef struct tsri_file_calls {
  int (*open)(const char *path, int flags, mode_t mode);
  int (*fstat)(int fd, struct stat *out);
  int (*lstat)(const char *path, struct stat *out);
  ssize_t (*pread)(int fd, void *data, size_t size, off_t offset);
  ssize_t (*write)(int fd, const void *data, size_t size);
  int (*close)(int fd);
  int (*rename)(const char *from, const char *to);
  int (*unlink)(const char *path);
} tsri_file_calls;

extern const tsri_file_calls tsri_file_posix;

/* A file open for reading. */
typedef struct tsri_input {
  const tsri_file_calls *calls;
  const char *path; /* the caller's */
  int fd;
  size_t size;
} tsri_input;

/* open refuses what is no regular file, since only that knows its size. */
tsr_status tsri_input_open(const tsri_file_calls *calls, const char *path, tsri_input *out);
tsr_status tsri_input_read(const tsri_input *in, size_t offset, void *data, size_t size);
void tsri_input_close(tsri_input *in);

/* A file being written: beside its place and renamed at the end, or directly (see npy.h). */
typedef struct tsri_output {
  const tsri_file_calls *calls;
  const char *path;   /* the caller's */
  char *beside;       /* name until the end; NULL: written directly */
  size_t beside_size; /* of that block */
  int fd;
} tsri_output;

tsr_status tsri_output_open(const tsri_file_calls *calls, const char *path, tsri_output *out);
tsr_status tsri_output_write(tsri_output *out, const void *data, size_t size);

/* Ends the file: puts it in its place, or, when status is a failure, takes it away. */
tsr_status tsri_output_close(tsri_output *out, tsr_status status);

#endif /* TSRI_FILE_INTERNAL_H */
