/* npy_test.h - what the tests of .npy share: a device without a runtime, paths, small files. */
#ifndef NPY_TEST_H
#define NPY_TEST_H

#include "../../libtensor/tests/test_device.h"
#include "npy_internal.h"
#include "tsr_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct scratch {
  char folder[64], path[128];
} scratch;

static inline int scratch_open(void **state) {
  scratch *s = calloc(1, sizeof *s);
  assert_non_null(s);
  strcpy(s->folder, "/tmp/tsr_npy_XXXXXX");
  assert_non_null(mkdtemp(s->folder));
  snprintf(s->path, sizeof s->path, "%s/a.npy", s->folder);
  *state = s;
  return 0;
}

static inline int scratch_close(void **state) {
  scratch *s = *state;
  unlink(s->path);
  const int left = rmdir(s->folder); /* fails when a test leaves something in it */
  free(s);
  return left;
}

static inline void put_file(const char *path, const void *data, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

/* The bytes of a file, and how many; free them. */
static inline char *get_file(const char *path, size_t *size) {
  enum {
    MOST = 1 << 20
  };
  char *data = malloc(MOST);
  FILE *file = fopen(path, "rb");
  assert_non_null(data);
  assert_non_null(file);
  *size = fread(data, 1, MOST, file);
  fclose(file);
  return data;
}

/* A file of format 1.0 with any text for a dictionary and n bytes of zeros. */
static inline size_t make_file(char *out, size_t room, const char *text, size_t n) {
  const size_t length = strlen(text);
  assert_true(10 + length + n <= room);
  memcpy(out, "\x93NUMPY\x01\x00", 8);
  out[8] = (char)(length & 0xff);
  out[9] = (char)(length >> 8);
  memcpy(out + 10, text, length);
  memset(out + 10 + length, 0, n);
  return 10 + length + n;
}

#endif /* NPY_TEST_H */
