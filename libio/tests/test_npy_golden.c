/* test_npy_golden.c - files made by numpy.save are read as what they hold, and written again as
 * the same bytes.
 */
#define _POSIX_C_SOURCE 200809L
#include "npy_test.h"

typedef struct golden {
  const char *name;
  tsr_dtype dtype;
  int version, fortran_order, own, rank;
  int64_t dims[12];
  size_t size;
  const char *bytes;
} golden;

static const golden files[] = {
#include "golden/npy.inc"
};
enum {
  N_FILES = sizeof files / sizeof *files
};

/* The formulas of make_npy.py. */
static uint64_t integer_at(int64_t i) { return (uint64_t)(7919 * i + 5); }
static double real_at(int64_t i) { return (double)(i - 3) * 0.625; }

/* The sixteen-bit floats of real_at(i), which both hold exactly, by their definition. */
static uint16_t bits_of(double x, int exponent_bits, int mantissa_bits) {
  if (x == 0) return 0;
  int e = 0;
  double m = x < 0 ? -x : x;
  for (; m >= 2; m /= 2)
    e++;
  for (; m < 1; m *= 2)
    e--;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int fraction = (int)((m - 1) * (1 << mantissa_bits));
  return (uint16_t)((x < 0 ? 0x8000 : 0) | (e + bias) << mantissa_bits | fraction);
}

static void put_element(tsr_dtype dtype, int64_t i, void *out) {
  const double x = real_at(i);
  const float xf = (float)x, zf[2] = {(float)x, 0.25f * (float)i};
  const double z[2] = {x, 0.25 * (double)i};
  const uint64_t n = integer_at(i); /* little-endian: its first bytes are its last digits */
  const uint16_t half = bits_of(x, 5, 10), brain = bits_of(x, 8, 7);
  const uint8_t logical = i % 3 == 0;
  const void *from = dtype == TSR_BOOL   ? (const void *)&logical
                     : dtype == TSR_F16  ? (const void *)&half
                     : dtype == TSR_BF16 ? (const void *)&brain
                     : dtype == TSR_F32  ? (const void *)&xf
                     : dtype == TSR_F64  ? (const void *)&x
                     : dtype == TSR_C64  ? (const void *)zf
                     : dtype == TSR_C128 ? (const void *)z
                                         : (const void *)&n;
  memcpy(out, from, tsr_dtype_size(dtype));
}

static void check_tensor(const golden *g, tsr_tensor *t) {
  char got[256], want[256];
  const size_t item = tsr_dtype_size(g->dtype);
  assert_int_equal(tsr_tensor_dtype(t), g->dtype);
  assert_int_equal(tsr_tensor_rank(t), g->rank);
  for (int k = 0; k < g->rank; k++)
    assert_int_equal(tsr_tensor_dims(t)[k], g->dims[k]);
  const size_t size = (size_t)tsr_tensor_count(t) * item;
  assert_true(size <= sizeof got);
  assert_ok(tsr_tensor_read(t, got, size));
  for (int64_t i = 0; i < tsr_tensor_count(t); i++)
    put_element(g->dtype, i, want + (size_t)i * item);
  if (size > 0) assert_memory_equal(got, want, size);
}

static void test_files_of_numpy_are_read(void **state) {
  const scratch *s = *state;
  for (int host = 0; host < 2; host++) {
    tsr_device *d;
    assert_ok(open_test_device(host, &d));
    for (size_t i = 0; i < N_FILES; i++) {
      const golden *g = &files[i];
      tsr_npy_header h;
      tsr_tensor *t;
      assert_ok(tsr_npy_decode(d, g->bytes, g->size, &t));
      check_tensor(g, t);
      tsr_tensor_release(t);
      put_file(s->path, g->bytes, g->size);
      assert_ok(tsr_npy_read(d, s->path, &t));
      check_tensor(g, t);
      assert_true(tsr_tensor_is_sole_owner(t));
      tsr_tensor_release(t);
      assert_ok(tsr_npy_read_header(s->path, &h));
      assert_int_equal(h.version, g->version);
      assert_int_equal(h.fortran_order, g->fortran_order);
      assert_int_equal(h.rank, g->rank);
      assert_int_equal(h.offset + h.size, g->size);
      assert_int_equal(h.offset % 64, 0);
    }
    assert_int_equal(d->live, 0);
    tsr_device_release(d);
  }
}

static void test_fortran_order_becomes_strides(void **state) {
  (void)state;
  tsr_device *d;
  int seen = 0;
  assert_ok(open_test_device(true, &d));
  for (size_t i = 0; i < N_FILES; i++) {
    tsr_tensor *t;
    if (!files[i].fortran_order || files[i].rank != 2) continue;
    assert_ok(tsr_npy_decode(d, files[i].bytes, files[i].size, &t));
    assert_int_equal(tsr_tensor_strides(t)[0], 1);
    assert_int_equal(tsr_tensor_strides(t)[1], files[i].dims[0]);
    tsr_tensor_release(t);
    seen++;
  }
  assert_true(seen >= 4);
  tsr_device_release(d);
}

static void test_files_are_written_as_numpy_writes_them(void **state) {
  const scratch *s = *state;
  tsr_device *d;
  assert_ok(open_test_device(true, &d));
  for (size_t i = 0; i < N_FILES; i++) {
    const golden *g = &files[i];
    tsr_tensor *t;
    size_t size;
    if (!g->own) continue;
    assert_ok(tsr_npy_decode(d, g->bytes, g->size, &t));
    assert_ok(tsr_npy_write(s->path, t));
    char *bytes = get_file(s->path, &size);
    assert_int_equal(size, g->size);
    assert_memory_equal(bytes, g->bytes, size);
    free(bytes);
    tsr_tensor_release(t);
  }
  tsr_device_release(d);
}

/* Every prefix is too short, and one byte more is too much. */
static void test_files_cut_anywhere_are_refused(void **state) {
  (void)state;
  tsr_device *d;
  tsr_npy_header h;
  assert_ok(open_test_device(true, &d));
  for (size_t i = 0; i < N_FILES; i++) {
    const golden *g = &files[i];
    for (size_t size = 0; size < g->size; size++) {
      char *copy = malloc(size ? size : 1); /* so that a sanitizer sees a byte too far */
      assert_non_null(copy);
      memcpy(copy, g->bytes, size);
      assert_status(TSR_ERR_IO, tsr_npy_parse(copy, size, &h));
      assert_int_equal(h.rank + (int)h.offset, 0);
      free(copy);
    }
    char *longer = malloc(g->size + 1);
    assert_non_null(longer);
    memcpy(longer, g->bytes, g->size);
    longer[g->size] = 0;
    assert_error_says(tsr_npy_parse(longer, g->size + 1, &h), TSR_ERR_IO, "the file has");
    free(longer);
  }
  tsr_device_release(d);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_open, scratch_close)
  const struct CMUnitTest tests[] = {
      TEST(test_files_of_numpy_are_read),
      TEST(test_fortran_order_becomes_strides),
      TEST(test_files_are_written_as_numpy_writes_them),
      TEST(test_files_cut_anywhere_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
