/* test_npy_files.c - writing and reading back, and every system call and allocation failing. */
#define _POSIX_C_SOURCE 200809L
#include "npy_test.h"

#include <errno.h>
#include <fcntl.h>

/* ---- system calls of which one fails ---- */

static int calls_made, failing; /* the call with this number, from 0; -1: none */
static int short_by;            /* bytes that one call moves at most; 0: all */
static int interrupted;         /* every other call fails with EINTR first */

static bool fails(void) {
  const bool now = calls_made++ == failing;
  if (now) errno = EIO;
  return now;
}
static bool interrupts(void) {
  static int turn;
  const bool now = interrupted && turn++ % 2 == 0;
  if (now) errno = EINTR;
  return now;
}
static size_t part(size_t size) {
  return short_by > 0 && size > (size_t)short_by ? (size_t)short_by : size;
}
static int bad_open(const char *path, int flags, mode_t mode) {
  return fails() ? -1 : tsri_file_posix.open(path, flags, mode);
}
static int bad_fstat(int fd, struct stat *out) { return fails() ? -1 : fstat(fd, out); }
static int bad_lstat(const char *path, struct stat *out) { return fails() ? -1 : lstat(path, out); }
static ssize_t bad_pread(int fd, void *data, size_t size, off_t at) {
  return fails() || interrupts() ? -1 : pread(fd, data, part(size), at);
}
static ssize_t bad_write(int fd, const void *data, size_t size) {
  return fails() || interrupts() ? -1 : write(fd, data, part(size));
}
static int bad_close(int fd) {
  close(fd); /* a failing close closes all the same */
  return fails() ? -1 : 0;
}
static int bad_rename(const char *from, const char *to) { return fails() ? -1 : rename(from, to); }

static const tsri_file_calls bad_calls = {bad_open,  bad_fstat, bad_lstat,  bad_pread,
                                          bad_write, bad_close, bad_rename, unlink};

static void calls_reset(int which, int most, int eintr) {
  calls_made = 0;
  failing = which;
  short_by = most;
  interrupted = eintr;
}

/* ---- tensors ---- */

static int32_t numbers[720]; /* 2 x 3 x 4 x 5 x 6 */

static tsr_tensor *tensor_of(tsr_device *d, tsr_dims dims) {
  tsr_tensor *t;
  for (int i = 0; i < 720; i++)
    numbers[i] = 1000003 * i;
  assert_ok(tsr_tensor_from_data(d, TSR_I32, dims, numbers, &t));
  return t;
}

static void assert_same(tsr_tensor *a, tsr_tensor *b) {
  int32_t x[720], y[720];
  const size_t size = (size_t)tsr_tensor_count(a) * sizeof *x;
  assert_int_equal(tsr_tensor_rank(a), tsr_tensor_rank(b));
  if (tsr_tensor_rank(a) > 0)
    assert_memory_equal(tsr_tensor_dims(a), tsr_tensor_dims(b),
                        (size_t)tsr_tensor_rank(a) * sizeof(int64_t));
  assert_ok(tsr_tensor_read(a, x, size));
  assert_ok(tsr_tensor_read(b, y, size));
  if (size > 0) assert_memory_equal(x, y, size);
}

static void round_trip(const scratch *s, tsr_device *d, tsr_tensor *t, bool fortran_order) {
  tsr_tensor *back;
  tsr_npy_header h;
  assert_ok(tsr_npy_write(s->path, t));
  assert_ok(tsr_npy_read_header(s->path, &h));
  assert_int_equal(h.fortran_order, fortran_order);
  assert_ok(tsr_npy_read(d, s->path, &back));
  assert_same(t, back);
  tsr_tensor_release(back);
}

static void test_any_strides_come_back(void **state) {
  for (int host = 0; host < 2; host++) {
    tsr_device *d;
    tsr_tensor *view[6];
    assert_ok(open_test_device(host, &d));
    tsr_tensor *t = tensor_of(d, TSR_DIMS(2, 3, 4, 5, 6));
    assert_ok(tsr_tensor_transpose(t, TSR_AXES(4, 3, 2, 1, 0), &view[0]));
    assert_ok(tsr_tensor_transpose(t, TSR_AXES(3, 0, 4, 1, 2), &view[1]));
    assert_ok(tsr_tensor_slice(t, TSR_DIMS(1, 2, 3, 4, 5), TSR_DIMS(-1, -1, -1, -1, -1),
                               TSR_DIMS(-1, -1, -2, -1, -2), &view[2]));
    assert_ok(tsr_tensor_slice(t, TSR_DIMS(0, 1, 0, 0, 2), TSR_DIMS(2, 2, 4, 5, 3),
                               TSR_DIMS(1, 1, 3, 1, 1), &view[3]));
    assert_ok(tsr_tensor_view(t, 700, TSR_DIMS(3, 5, 4), (int64_t[]){0, 1, 0}, &view[4]));
    assert_ok(tsr_tensor_view(t, 719, TSR_DIMS(720), (int64_t[]){-1}, &view[5]));
    round_trip(*state, d, t, false);
    for (int i = 0; i < 6; i++)
      round_trip(*state, d, view[i], i == 0 && host);
    tsr_tensors_release(view, 6);
    tsr_tensor_release(t);
    assert_int_equal(d->live, 0);
    tsr_device_release(d);
  }
}

/* The gathering block holds 16,384 i32: shapes whose rows fit it, just not, or by far. */
static void test_large_strided_tensors_come_back(void **state) {
  const scratch *s = *state;
  static int32_t from[200000], to[200000];
  static const int64_t shapes[][2] = {
      {100000, 2     },
      {2,      100000},
      {12,     16384 },
      {12,     16385 },
      {447,    447   }
  };
  tsr_device *d;
  assert_ok(open_test_device(true, &d));
  for (int i = 0; i < 200000; i++)
    from[i] = i * 7 + 1;
  for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
    const int64_t n = shapes[k][0], m = shapes[k][1];
    tsr_tensor *t, *turned, *back;
    assert_ok(tsr_tensor_from_data(d, TSR_I32, TSR_DIMS(n, m), from, &t));
    assert_ok(tsr_tensor_slice(t, TSR_DIMS(n - 1, 0), TSR_DIMS(-1, m), TSR_DIMS(-1, 1), &turned));
    assert_ok(tsr_npy_write(s->path, turned));
    assert_ok(tsr_npy_read(d, s->path, &back));
    assert_ok(tsr_tensor_read(back, to, (size_t)(n * m) * sizeof *to));
    for (int64_t i = 0; i < n; i++)
      assert_memory_equal(to + i * m, from + (n - 1 - i) * m, (size_t)m * sizeof *to);
    tsr_tensors_release((tsr_tensor *[]){t, turned, back}, 3);
  }
  tsr_device_release(d);
}

static void test_interrupted_and_partial_calls_are_continued(void **state) {
  const scratch *s = *state;
  tsr_device *d;
  tsr_tensor *back;
  assert_ok(open_test_device(true, &d));
  tsr_tensor *t = tensor_of(d, TSR_DIMS(30, 24));
  for (int most = 1; most < 50; most += 16) {
    calls_reset(-1, most, 1);
    assert_ok(tsri_npy_write(&bad_calls, s->path, t));
    assert_ok(tsri_npy_read(&bad_calls, d, s->path, &back));
    assert_same(t, back);
    tsr_tensor_release(back);
  }
  tsr_tensor_release(t);
  tsr_device_release(d);
}

/* The old file stays until the new one is complete. The folder's own removal at the end of the
 * test shows that nothing else was left in it.
 */
static void test_a_failing_call_leaves_the_old_file(void **state) {
  const scratch *s = *state;
  tsr_device *d;
  tsr_npy_header h;
  assert_ok(open_test_device(true, &d));
  tsr_tensor *old = tensor_of(d, TSR_DIMS(3)), *t = tensor_of(d, TSR_DIMS(30, 24)), *turned;
  assert_ok(tsr_tensor_transpose(t, TSR_AXES(1, 0), &turned));
  assert_ok(tsr_npy_write(s->path, old));
  int n = 0;
  for (tsr_status status = TSR_ERR_IO; status != TSR_OK; n++) {
    calls_reset(n, 500, 0);
    status = tsri_npy_write(&bad_calls, s->path, turned);
    if (status == TSR_OK) break;
    assert_error_says(status, TSR_ERR_IO, s->path, strerror(EIO));
    assert_ok(tsr_npy_read_header(s->path, &h));
    assert_int_equal(h.dims[0], 3);
  }
  assert_true(n > 8); /* lstat, open, 1 + 6 writes, close, rename */
  assert_ok(tsr_npy_read_header(s->path, &h));
  assert_int_equal(h.dims[0], 24);
  tsr_tensors_release((tsr_tensor *[]){old, t, turned}, 3);
  tsr_device_release(d);
}

static int refuse_rename(const char *from, const char *to) {
  (void)from, (void)to;
  errno = EXDEV;
  return -1;
}
static int refuse_unlink(const char *path) {
  (void)path;
  errno = EACCES;
  return -1;
}

static void test_what_cannot_be_removed_is_named(void **state) {
  const scratch *s = *state;
  tsri_file_calls calls = tsri_file_posix;
  char part_name[200];
  tsr_device *d;
  calls.rename = refuse_rename;
  calls.unlink = refuse_unlink;
  assert_ok(open_test_device(true, &d));
  tsr_tensor *t = tensor_of(d, TSR_DIMS(3));
  snprintf(part_name, sizeof part_name, "%s.%ld.0.part", s->path, (long)getpid());
  assert_error_says(tsri_npy_write(&calls, s->path, t), TSR_ERR_IO, strerror(EXDEV), part_name,
                    "left behind");
  assert_ok(tsr_npy_write(s->path, t)); /* under the next name, and the old one stays */
  assert_int_equal(unlink(part_name), 0);
  tsr_tensor_release(t);
  tsr_device_release(d);
}

static void test_a_failing_call_ends_reading(void **state) {
  const scratch *s = *state;
  for (int host = 0; host < 2; host++) {
    tsr_device *d;
    assert_ok(open_test_device(host, &d));
    tsr_tensor *t = tensor_of(d, TSR_DIMS(30, 24)), *back;
    assert_ok(tsr_npy_write(s->path, t));
    int n = 0;
    for (;; n++) {
      calls_reset(n, 500, 0);
      const tsr_status status = tsri_npy_read(&bad_calls, d, s->path, &back);
      if (status == TSR_OK) {
        tsr_tensor_release(back);
        if (calls_made <= n) break; /* all but the last close matter */
        continue;
      }
      assert_error_says(status, TSR_ERR_IO, s->path, strerror(EIO));
      assert_null(back);
    }
    assert_true(n > 10);
    tsr_tensor_release(t);
    assert_int_equal(d->live, 0);
    tsr_device_release(d);
  }
}

/* A file that shrinks between measuring and reading. */
static int shrinking_fstat(int fd, struct stat *out) {
  const int result = fstat(fd, out);
  out->st_size += 8;
  return result;
}

static void test_a_shrinking_file_is_noticed(void **state) {
  const scratch *s = *state;
  tsri_file_calls calls = tsri_file_posix;
  tsr_device *d;
  tsr_tensor *back;
  calls.fstat = shrinking_fstat;
  assert_ok(open_test_device(true, &d));
  tsr_tensor *t = tensor_of(d, TSR_DIMS(3));
  assert_ok(tsr_npy_write(s->path, t));
  assert_error_says(tsri_npy_read(&calls, d, s->path, &back), TSR_ERR_IO, "byte 140", "148");
  tsr_tensor_release(t);
  tsr_device_release(d);
}

static void test_paths_that_do_not_work_are_named(void **state) {
  const scratch *s = *state;
  char missing[160];
  tsr_npy_header h;
  tsr_device *d;
  tsr_tensor *back;
  assert_ok(open_test_device(true, &d));
  tsr_tensor *t = tensor_of(d, TSR_DIMS(3));
  snprintf(missing, sizeof missing, "%s/no/such.npy", s->folder);
  assert_error_says(tsr_npy_read(d, missing, &back), TSR_ERR_IO, missing, strerror(ENOENT));
  assert_null(back);
  assert_error_says(tsr_npy_write(missing, t), TSR_ERR_IO, missing, strerror(ENOENT));
  assert_error_says(tsr_npy_read_header(s->folder, &h), TSR_ERR_IO, s->folder,
                    "not a regular file");
  assert_error_says(tsr_npy_read_header("/dev/zero", &h), TSR_ERR_IO, "not a regular file");
  assert_error_says(tsr_npy_write(s->folder, t), TSR_ERR_IO, s->folder, strerror(EISDIR));
  assert_error_says(tsr_npy_write("/dev/full", t), TSR_ERR_IO, strerror(ENOSPC), "incomplete");
  put_file(s->path, "hello, world", 12);
  assert_error_says(tsr_npy_read(d, s->path, &back), TSR_ERR_IO, "68 65 6c", s->path);
  put_file(s->path, "", 0);
  assert_error_says(tsr_npy_read(d, s->path, &back), TSR_ERR_IO, "0 bytes", s->path);
  assert_status(TSR_ERR_ARGUMENT, tsr_npy_write(NULL, t));
  assert_status(TSR_ERR_ARGUMENT, tsr_npy_write(s->path, NULL));
  assert_status(TSR_ERR_ARGUMENT, tsr_npy_read(d, NULL, &back));
  assert_status(TSR_ERR_ARGUMENT, tsr_npy_read(NULL, s->path, &back));
  assert_status(TSR_ERR_ARGUMENT, tsr_npy_read_header(NULL, &h));
  tsr_tensor_release(t);
  tsr_device_release(d);
}

static void test_a_symbolic_link_is_followed(void **state) {
  const scratch *s = *state;
  char link[160];
  tsr_device *d;
  tsr_npy_header h;
  struct stat about;
  assert_ok(open_test_device(true, &d));
  tsr_tensor *t = tensor_of(d, TSR_DIMS(3));
  snprintf(link, sizeof link, "%s/link", s->folder);
  put_file(s->path, "old", 3);
  assert_int_equal(chmod(s->path, 0640), 0);
  assert_int_equal(symlink(s->path, link), 0);
  assert_ok(tsr_npy_write(link, t));
  assert_ok(tsr_npy_read_header(s->path, &h));
  assert_int_equal(h.dims[0], 3);
  assert_int_equal(unlink(link), 0);
  assert_ok(tsr_npy_write(s->path, t)); /* and permissions stay */
  assert_int_equal(stat(s->path, &about), 0);
  assert_int_equal(about.st_mode & 0777, 0640);
  tsr_tensor_release(t);
  tsr_device_release(d);
}

static void test_too_many_axes_are_not_written(void **state) {
  const scratch *s = *state;
  int64_t dims[65];
  tsr_device *d;
  tsr_tensor *t;
  tsr_npy_header h;
  for (int i = 0; i < 65; i++)
    dims[i] = 1;
  assert_ok(open_test_device(true, &d));
  assert_ok(tsr_tensor_from_data(d, TSR_F64, (tsr_dims){dims, 65}, &(double){1}, &t));
  assert_error_says(tsr_npy_write(s->path, t), TSR_ERR_LIMIT, "65", "64");
  tsr_tensor_release(t);
  for (int i = 0; i < 64; i++)
    dims[i] = i == 63 ? 0 : INT64_MAX; /* the longest header there is */
  assert_ok(tsr_tensor_from_data(d, TSR_F64, (tsr_dims){dims, 64}, NULL, &t));
  assert_ok(tsr_npy_write(s->path, t));
  assert_ok(tsr_npy_read_header(s->path, &h));
  assert_int_equal(h.rank, 64);
  assert_true(h.dims[62] == INT64_MAX);
  tsr_tensor_release(t);
  tsr_device_release(d);
}

typedef struct trip {
  const char *path;
  bool host;
} trip;

static tsr_status write_and_read(tsr_device *d, const char *path) {
  tsr_tensor *t[3] = {0};
  tsr_status status = tsr_tensor_from_data(d, TSR_I32, TSR_DIMS(2, 3, 4), numbers, &t[0]);
  if (status == TSR_OK) status = tsr_tensor_transpose(t[0], TSR_AXES(1, 0, 2), &t[1]);
  if (status == TSR_OK) status = tsr_npy_write(path, t[1]);
  if (status == TSR_OK) status = tsr_npy_read(d, path, &t[2]);
  tsr_tensors_release(t, 3);
  return status;
}

static tsr_status whole_trip(void *arg) {
  const trip *w = arg;
  tsr_device *d;
  TSR_TRY(open_test_device(w->host, &d));
  tsr_status status = write_and_read(d, w->path);
  tsr_device_release(d);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  const scratch *s = *state;
  tsr_test_oom(whole_trip, (&(trip){s->path, true}));
  tsr_test_oom(whole_trip, (&(trip){s->path, false}));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_open, scratch_close)
  const struct CMUnitTest tests[] = {
      TEST(test_any_strides_come_back),
      TEST(test_large_strided_tensors_come_back),
      TEST(test_interrupted_and_partial_calls_are_continued),
      TEST(test_a_failing_call_leaves_the_old_file),
      TEST(test_what_cannot_be_removed_is_named),
      TEST(test_a_failing_call_ends_reading),
      TEST(test_a_shrinking_file_is_noticed),
      TEST(test_paths_that_do_not_work_are_named),
      TEST(test_a_symbolic_link_is_followed),
      TEST(test_too_many_axes_are_not_written),
      TEST(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
