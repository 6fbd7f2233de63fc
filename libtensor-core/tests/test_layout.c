/* libtensor-core/tests/test_layout.c - shape and stride arithmetic against enumeration. */
#include "random_test.h"
#include "tsr_test.h"

#include <stdlib.h>
#include <string.h>

#include "tsr/layout.h"

#define D(...)                                                                                     \
  (const int64_t[]) { __VA_ARGS__ }
#define HUGE_SIZE INT64_MAX

static void test_count_is_the_product(void **state) {
  (void)state;
  int64_t n;
  assert_ok(tsr_layout_count(0, NULL, &n));
  assert_int_equal(1, n);
  assert_ok(tsr_layout_count(3, D(2, 3, 4), &n));
  assert_int_equal(24, n);
  assert_ok(tsr_layout_count(1, D(HUGE_SIZE), &n));
  assert_true(n == INT64_MAX);
  assert_ok(tsr_layout_count(3, D(HUGE_SIZE, 0, HUGE_SIZE), &n));
  assert_int_equal(0, n);
}

static void test_count_refuses_what_is_no_count(void **state) {
  (void)state;
  int64_t n = 5;
  assert_status(TSR_ERR_LIMIT, tsr_layout_count(2, D(HUGE_SIZE, 2), &n));
  assert_int_equal(0, n);
  assert_status(TSR_ERR_SHAPE, tsr_layout_count(2, D(4, -3), &n));
  assert_non_null(strstr(tsr_error_message(), "size -3 at axis 1"));
  assert_status(TSR_ERR_SHAPE, tsr_layout_count(2, D(0, -1), &n));
  assert_status(TSR_ERR_SHAPE, tsr_layout_count(-1, NULL, &n));
}

static void test_bytes_are_checked_too(void **state) {
  (void)state;
  size_t bytes = 1;
  assert_ok(tsr_layout_bytes(TSR_C128, 2, D(3, 5), &bytes));
  assert_int_equal(240, bytes);
  assert_ok(tsr_layout_bytes(TSR_U8, 1, D(HUGE_SIZE), &bytes));
  assert_status(TSR_ERR_LIMIT, tsr_layout_bytes(TSR_I16, 1, D(HUGE_SIZE), &bytes));
  assert_int_equal(0, bytes);
  assert_status(TSR_ERR_SHAPE, tsr_layout_bytes(TSR_I16, 1, D(-1), &bytes));
  assert_status(TSR_ERR_DTYPE, tsr_layout_bytes(TSR_DTYPE_COUNT, 1, D(1), &bytes));
}

static void test_dense_strides(void **state) {
  (void)state;
  int64_t s[3];
  tsr_layout_c_strides(3, D(2, 3, 4), s);
  assert_memory_equal(s, D(12, 4, 1), sizeof s);
  tsr_layout_f_strides(3, D(2, 3, 4), s);
  assert_memory_equal(s, D(1, 2, 6), sizeof s);
  tsr_layout_c_strides(0, NULL, NULL);
  tsr_layout_c_strides(3, D(2, 0, 4), s);
  assert_memory_equal(s, D(4, 4, 1), sizeof s);
  tsr_layout_c_strides(3, D(HUGE_SIZE, HUGE_SIZE, 0), s); /* empty: any stride, no overflow */
  tsr_layout_f_strides(3, D(HUGE_SIZE, HUGE_SIZE, 0), s);
}

static void test_contiguous_means_dense_in_c_order(void **state) {
  (void)state;
  assert_true(tsr_layout_is_contiguous(0, NULL, NULL));
  assert_true(tsr_layout_is_contiguous(2, D(2, 3), D(3, 1)));
  assert_false(tsr_layout_is_contiguous(2, D(2, 3), D(1, 2)));
  assert_false(tsr_layout_is_contiguous(2, D(2, 3), D(4, 1)));
  assert_false(tsr_layout_is_contiguous(1, D(3), D(-1)));
  assert_false(tsr_layout_is_contiguous(1, D(3), D(0)));
  assert_true(tsr_layout_is_contiguous(3, D(2, 1, 3), D(3, -77, 1)));
  assert_true(tsr_layout_is_contiguous(2, D(0, 3), D(5, 5)));
}

/* Step an index through a shape in C order; false after the last. */
static bool next_index(int32_t rank, const int64_t *dims, int64_t *index) {
  for (int32_t i = rank - 1; i >= 0; i--) {
    if (++index[i] < dims[i]) return true;
    index[i] = 0;
  }
  return false;
}

static int64_t offset_of(int32_t rank, const int64_t *index, const int64_t *strides) {
  int64_t offset = 0;
  for (int32_t i = 0; i < rank; i++)
    offset += index[i] * strides[i];
  return offset;
}

enum {
  MAX_RANK = 10,
  MAX_COUNT = 4096
};

/* All offsets in logical order; returns how many. */
static int64_t offsets_of(int32_t rank, const int64_t *dims, const int64_t *strides,
                          int64_t *offsets) {
  int64_t index[MAX_RANK + 1] = {0}, n = 0;
  for (int32_t i = 0; i < rank; i++)
    if (dims[i] == 0) return 0;
  do
    offsets[n++] = offset_of(rank, index, strides);
  while (next_index(rank, dims, index));
  return n;
}

/* Few elements, axes of size 1 often, of size 0 seldom. */
static int32_t random_dims(uint64_t *seed, int64_t *dims) {
  int32_t rank = (int32_t)random_in(seed, 0, MAX_RANK);
  int64_t count = 1;
  for (int32_t i = 0; i < rank; i++) {
    dims[i] = random_in(seed, 0, 40) == 0 ? 0 : random_in(seed, 1, 4);
    if (count * dims[i] > MAX_COUNT / 4) dims[i] = 1;
    count *= dims[i] ? dims[i] : 1;
  }
  return rank;
}

static void random_strides(uint64_t *seed, int32_t rank, const int64_t *dims, int64_t *strides) {
  if (random_in(seed, 0, 1)) { /* a dense array, permuted pairwise and with axes reversed */
    tsr_layout_c_strides(rank, dims, strides);
    for (int32_t i = 0; i < rank; i++)
      if (random_in(seed, 0, 5) == 0) strides[i] = -strides[i];
  } else {
    for (int32_t i = 0; i < rank; i++)
      strides[i] = random_in(seed, -6, 6);
  }
}

static void test_extent_is_that_of_all_offsets(void **state) {
  (void)state;
  uint64_t seed = 1;
  static int64_t offsets[MAX_COUNT];
  for (int round = 0; round < 2000; round++) {
    int64_t dims[MAX_RANK], strides[MAX_RANK], low, high, least = 0, most = 0;
    int32_t rank = random_dims(&seed, dims);
    random_strides(&seed, rank, dims, strides);
    int64_t n = offsets_of(rank, dims, strides, offsets);
    for (int64_t i = 0; i < n; i++) {
      if (offsets[i] < least) least = offsets[i];
      if (offsets[i] > most) most = offsets[i];
    }
    assert_ok(tsr_layout_extent(rank, dims, strides, &low, &high));
    assert_int_equal(least, low);
    assert_int_equal(most, high);
  }
}

static void test_extent_beyond_63_bits_is_refused(void **state) {
  (void)state;
  int64_t low, high;
  assert_status(TSR_ERR_LIMIT, tsr_layout_extent(1, D(HUGE_SIZE), D(2), &low, &high));
  assert_status(TSR_ERR_LIMIT, tsr_layout_extent(1, D(3), D(INT64_MIN), &low, &high));
  assert_status(TSR_ERR_LIMIT, tsr_layout_extent(2, D(2, 2), D(HUGE_SIZE, 1), &low, &high));
  assert_int_equal(0, low);
  assert_int_equal(0, high);
  assert_ok(tsr_layout_extent(2, D(2, 2), D(HUGE_SIZE, -HUGE_SIZE), &low, &high));
  assert_true(low == -INT64_MAX && high == INT64_MAX);
  assert_ok(tsr_layout_extent(2, D(HUGE_SIZE, 0), D(HUGE_SIZE, 1), &low, &high));
  assert_int_equal(0, high);
}

static int by_value(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* The answer may err only towards true, and not for the layouts it names. */
static void test_overlap_is_never_missed(void **state) {
  (void)state;
  uint64_t seed = 2;
  static int64_t offsets[MAX_COUNT];
  for (int round = 0; round < 2000; round++) {
    int64_t dims[MAX_RANK], strides[MAX_RANK];
    int32_t rank = random_dims(&seed, dims);
    random_strides(&seed, rank, dims, strides);
    int64_t n = offsets_of(rank, dims, strides, offsets);
    qsort(offsets, (size_t)n, sizeof *offsets, by_value);
    bool overlaps = false;
    for (int64_t i = 1; i < n; i++)
      overlaps |= offsets[i] == offsets[i - 1];
    if (overlaps) assert_true(tsr_layout_overlaps_itself(rank, dims, strides));
  }
}

static void test_overlap_is_exact_for_usual_views(void **state) {
  (void)state;
  assert_false(tsr_layout_overlaps_itself(0, NULL, NULL));
  assert_false(tsr_layout_overlaps_itself(2, D(3, 4), D(4, 1)));
  assert_false(tsr_layout_overlaps_itself(2, D(4, 3), D(1, 4)));
  assert_false(tsr_layout_overlaps_itself(2, D(2, 2), D(-8, 2)));
  assert_false(tsr_layout_overlaps_itself(3, D(2, 1, 3), D(3, 0, 1)));
  assert_false(tsr_layout_overlaps_itself(2, D(0, 3), D(0, 0)));
  assert_true(tsr_layout_overlaps_itself(2, D(3, 4), D(0, 1)));
  assert_true(tsr_layout_overlaps_itself(2, D(3, 4), D(3, 1)));
  assert_true(tsr_layout_overlaps_itself(2, D(2, 2), D(1, 1)));
  assert_true(tsr_layout_overlaps_itself(2, D(2, 2), D(1, -1)));
  assert_true(tsr_layout_overlaps_itself(2, D(3, 3), D(INT64_MIN, HUGE_SIZE)));
}

static void test_broadcast_takes_the_size_that_is_not_one(void **state) {
  (void)state;
  int64_t d[4];
  assert_ok(tsr_layout_broadcast(3, D(2, 1, 4), 2, D(3, 1), d));
  assert_memory_equal(d, D(2, 3, 4), 3 * sizeof *d);
  assert_ok(tsr_layout_broadcast(0, NULL, 2, D(3, 0), d));
  assert_memory_equal(d, D(3, 0), 2 * sizeof *d);
  assert_ok(tsr_layout_broadcast(1, D(1), 1, D(0), d));
  assert_int_equal(0, d[0]);
  assert_ok(tsr_layout_broadcast(0, NULL, 0, NULL, d));
  int64_t in_place[] = {1, 5};
  assert_ok(tsr_layout_broadcast(2, in_place, 2, D(7, 1), in_place));
  assert_memory_equal(in_place, D(7, 5), sizeof in_place);
}

static void test_broadcast_names_the_sizes_that_differ(void **state) {
  (void)state;
  int64_t d[3] = {9, 9, 9};
  assert_status(TSR_ERR_SHAPE, tsr_layout_broadcast(2, D(2, 3), 1, D(4), d));
  assert_non_null(strstr(tsr_error_message(), "sizes 3 and 4 do not broadcast at axis 1"));
  assert_memory_equal(d, D(0, 0), 2 * sizeof *d);
  assert_status(TSR_ERR_SHAPE, tsr_layout_broadcast(1, D(0), 1, D(2), d));
  assert_status(TSR_ERR_SHAPE, tsr_layout_broadcast(1, D(-1), 1, D(1), d));
}

static void test_axes_count_from_either_end(void **state) {
  (void)state;
  int32_t axis;
  for (int32_t i = 0; i < 4; i++) {
    assert_ok(tsr_layout_axis(i, 4, &axis));
    assert_int_equal(i, axis);
    assert_ok(tsr_layout_axis(i - 4, 4, &axis));
    assert_int_equal(i, axis);
  }
  const int64_t outside[] = {4, -5, INT64_MAX, INT64_MIN};
  for (int i = 0; i < 4; i++)
    assert_status(TSR_ERR_ARGUMENT, tsr_layout_axis(outside[i], 4, &axis));
  assert_status(TSR_ERR_ARGUMENT, tsr_layout_axis(0, 0, &axis));
  assert_non_null(strstr(tsr_error_message(), "axis 0 is outside of rank 0"));
}

/* A reshaped view must name the same elements in the same order. */
static void test_reshape_keeps_the_order_of_elements(void **state) {
  (void)state;
  uint64_t seed = 3;
  static int64_t before[MAX_COUNT], after[MAX_COUNT];
  int n_views = 0;
  for (int round = 0; round < 20000; round++) {
    int64_t dims[MAX_RANK], strides[MAX_RANK], new_dims[MAX_RANK], new_strides[MAX_RANK];
    int32_t rank = random_dims(&seed, dims), new_rank = random_dims(&seed, new_dims);
    random_strides(&seed, rank, dims, strides);
    int64_t n = offsets_of(rank, dims, strides, before);
    if (!tsr_layout_reshape(rank, dims, strides, new_rank, new_dims, new_strides)) continue;
    n_views++;
    assert_int_equal(n, offsets_of(new_rank, new_dims, new_strides, after));
    assert_memory_equal(before, after, (size_t)n * sizeof *before);
  }
  assert_true(n_views > 100);
}

static void test_reshape_finds_every_view_of_a_dense_array(void **state) {
  (void)state;
  uint64_t seed = 4;
  for (int round = 0; round < 20000; round++) {
    int64_t dims[MAX_RANK], strides[MAX_RANK], new_dims[MAX_RANK], new_strides[MAX_RANK], n, m;
    int32_t rank = random_dims(&seed, dims), new_rank = random_dims(&seed, new_dims);
    tsr_layout_c_strides(rank, dims, strides);
    assert_ok(tsr_layout_count(rank, dims, &n));
    assert_ok(tsr_layout_count(new_rank, new_dims, &m));
    assert_int_equal(n == m,
                     tsr_layout_reshape(rank, dims, strides, new_rank, new_dims, new_strides));
    if (n == m) assert_true(tsr_layout_is_contiguous(new_rank, new_dims, new_strides));
  }
}

static void test_reshape_of_strided_arrays(void **state) {
  (void)state;
  int64_t s[4];
  assert_false(tsr_layout_reshape(2, D(2, 3), D(1, 2), 1, D(6), s)); /* transposed */
  assert_true(tsr_layout_reshape(2, D(2, 3), D(1, 2), 3, D(2, 1, 3), s));
  assert_int_equal(1, s[0]);
  assert_int_equal(2, s[2]);
  assert_true(tsr_layout_reshape(1, D(6), D(-2), 2, D(2, 3), s)); /* reversed, every other */
  assert_memory_equal(s, D(-6, -2), 2 * sizeof *s);
  assert_true(tsr_layout_reshape(1, D(6), D(0), 2, D(2, 3), s)); /* broadcast */
  assert_memory_equal(s, D(0, 0), 2 * sizeof *s);
  assert_true(tsr_layout_reshape(2, D(2, 6), D(100, 1), 3, D(2, 2, 3), s)); /* a slice of rows */
  assert_memory_equal(s, D(100, 3, 1), 3 * sizeof *s);
  assert_false(tsr_layout_reshape(2, D(2, 6), D(100, 1), 1, D(12), s));
  assert_true(tsr_layout_reshape(0, NULL, NULL, 2, D(1, 1), s));
  assert_true(tsr_layout_reshape(2, D(1, 1), D(7, 7), 0, NULL, s));
  assert_true(tsr_layout_reshape(2, D(0, 3), D(3, 1), 1, D(0), s));
  assert_false(tsr_layout_reshape(2, D(0, 3), D(3, 1), 1, D(3), s));
  assert_false(tsr_layout_reshape(1, D(4), D(1), 2, D(-2, -2), s));
  assert_false(tsr_layout_reshape(2, D(HUGE_SIZE, 3), D(1, 1), 2, D(3, HUGE_SIZE), s));
}

static void test_fuse_keeps_the_order_of_elements(void **state) {
  (void)state;
  uint64_t seed = 5;
  static int64_t before[2][MAX_COUNT], after[MAX_COUNT];
  for (int round = 0; round < 5000; round++) {
    int64_t dims[MAX_RANK + 1], a[MAX_RANK + 1], b[MAX_RANK + 1], *const strides[] = {a, b};
    int32_t rank = random_dims(&seed, dims);
    for (int k = 0; k < 2; k++)
      random_strides(&seed, rank, dims, strides[k]);
    int64_t n = offsets_of(rank, dims, a, before[0]);
    offsets_of(rank, dims, b, before[1]);
    int32_t fused = tsr_layout_fuse(2, rank, dims, strides);
    assert_true(fused <= rank);
    if (n == 0) {
      assert_int_equal(1, fused);
      assert_int_equal(0, dims[0]);
      continue;
    }
    for (int k = 0; k < 2; k++) {
      assert_int_equal(n, offsets_of(fused, dims, strides[k], after));
      assert_memory_equal(before[k], after, (size_t)n * sizeof *after);
    }
    for (int32_t i = 0; i < fused; i++)
      assert_true(dims[i] > 1);
    for (int32_t i = 0; i + 1 < fused; i++) /* nothing is left to merge */
      assert_false(a[i] == a[i + 1] * dims[i + 1] && b[i] == b[i + 1] * dims[i + 1]);
  }
}

static void test_fuse_merges_what_all_arrays_allow(void **state) {
  (void)state;
  int64_t dims[] = {2, 3, 1, 4}, a[] = {12, 4, 9, 1}, *const one[] = {a};
  assert_int_equal(1, tsr_layout_fuse(1, 4, dims, one));
  assert_int_equal(24, dims[0]);
  assert_int_equal(1, a[0]);
  int64_t dims2[] = {2, 3, 4}, c[] = {12, 4, 1}, row[] = {0, 0, 1}, *const two[] = {c, row};
  assert_int_equal(2, tsr_layout_fuse(2, 3, dims2, two));
  assert_memory_equal(dims2, D(6, 4), 2 * sizeof *dims2);
  assert_memory_equal(row, D(0, 1), 2 * sizeof *row);
  int64_t huge[] = {HUGE_SIZE, HUGE_SIZE}, zero[] = {0, 0}, *const z[] = {zero};
  assert_int_equal(2, tsr_layout_fuse(1, 2, huge, z)); /* the product would not fit */
  assert_int_equal(0, tsr_layout_fuse(0, 0, NULL, NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_count_is_the_product),
      cmocka_unit_test(test_count_refuses_what_is_no_count),
      cmocka_unit_test(test_bytes_are_checked_too),
      cmocka_unit_test(test_dense_strides),
      cmocka_unit_test(test_contiguous_means_dense_in_c_order),
      cmocka_unit_test(test_extent_is_that_of_all_offsets),
      cmocka_unit_test(test_extent_beyond_63_bits_is_refused),
      cmocka_unit_test(test_overlap_is_never_missed),
      cmocka_unit_test(test_overlap_is_exact_for_usual_views),
      cmocka_unit_test(test_broadcast_takes_the_size_that_is_not_one),
      cmocka_unit_test(test_broadcast_names_the_sizes_that_differ),
      cmocka_unit_test(test_axes_count_from_either_end),
      cmocka_unit_test(test_reshape_keeps_the_order_of_elements),
      cmocka_unit_test(test_reshape_finds_every_view_of_a_dense_array),
      cmocka_unit_test(test_reshape_of_strided_arrays),
      cmocka_unit_test(test_fuse_keeps_the_order_of_elements),
      cmocka_unit_test(test_fuse_merges_what_all_arrays_allow),
  };
  return cmocka_run_group_tests_name("tensor-core/layout", tests, NULL, NULL);
}
