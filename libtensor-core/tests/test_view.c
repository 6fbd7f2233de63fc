/* libtensor-core/tests/test_view.c - views, and copies between any two layouts. */
#include "random_test.h"
#include "tsr_test.h"

#include <stdlib.h>
#include <string.h>

#include "tsr/layout.h"

#define D(...)                                                                                     \
  (const int64_t[]) { __VA_ARGS__ }
enum {
  MAX_RANK = 12
};

static void test_a_c_view_is_contiguous(void **state) {
  (void)state;
  float data[6];
  int64_t strides[2];
  tsr_view v = tsr_view_c(data, TSR_F32, 2, D(2, 3), strides);
  assert_ptr_equal(data, v.data);
  assert_int_equal(TSR_F32, v.dtype);
  assert_int_equal(6, tsr_view_count(&v));
  assert_true(tsr_view_is_contiguous(&v));
  strides[0] = 4;
  assert_false(tsr_view_is_contiguous(&v));
  v = tsr_view_c(data, TSR_F32, 0, NULL, NULL);
  assert_int_equal(1, tsr_view_count(&v));
  v = tsr_view_c(data, TSR_F32, 2, D(0, 3), strides);
  assert_int_equal(0, tsr_view_count(&v));
}

/* One strided block that owns exactly the bytes its layout reaches. */
typedef struct block {
  tsr_view view;
  int64_t dims[MAX_RANK], strides[MAX_RANK];
  unsigned char *memory;
  size_t size;
} block;

static void block_init(block *b, tsr_dtype dtype, int32_t rank) {
  int64_t low, high, item = (int64_t)tsr_dtype_size(dtype);
  assert_ok(tsr_layout_extent(rank, b->dims, b->strides, &low, &high));
  b->size = (size_t)((high - low + 1) * item);
  b->memory = malloc(b->size);
  assert_non_null(b->memory);
  b->view = (tsr_view){b->memory - low * item, b->dims, b->strides, rank, dtype};
}

/* Strides of a dense array with its axes in random order, some reversed, with gaps. */
static void permuted_strides(uint64_t *seed, int32_t rank, const int64_t *dims, int64_t *strides) {
  int32_t order[MAX_RANK];
  for (int32_t i = 0; i < rank; i++) {
    int32_t at = (int32_t)random_in(seed, 0, i);
    order[i] = order[at];
    order[at] = i;
  }
  int64_t stride = random_in(seed, 0, 3) ? 1 : 2;
  for (int32_t i = 0; i < rank; i++) {
    strides[order[i]] = random_in(seed, 0, 3) ? stride : -stride;
    stride *= dims[order[i]];
  }
}

static unsigned char *element(const tsr_view *v, const int64_t *index) {
  int64_t offset = 0;
  for (int32_t i = 0; i < v->rank; i++)
    offset += index[i] * v->strides[i];
  return (unsigned char *)v->data + offset * (int64_t)tsr_dtype_size(v->dtype);
}

static bool next_index(int32_t rank, const int64_t *dims, int64_t *index) {
  for (int32_t i = rank - 1; i >= 0; i--) {
    if (++index[i] < dims[i]) return true;
    index[i] = 0;
  }
  return false;
}

static void assert_same_elements(const tsr_view *a, const tsr_view *b) {
  int64_t index[MAX_RANK] = {0};
  do
    assert_memory_equal(element(a, index), element(b, index), tsr_dtype_size(a->dtype));
  while (next_index(a->rank, a->dims, index));
}

static void test_copies_agree_element_by_element(void **state) {
  (void)state;
  uint64_t seed = 11;
  for (int round = 0; round < 3000; round++) {
    block src, dst;
    tsr_dtype dtype = (tsr_dtype)random_in(&seed, 0, TSR_DTYPE_COUNT - 1);
    int32_t rank = (int32_t)random_in(&seed, 0, MAX_RANK);
    int64_t count = 1;
    for (int32_t i = 0; i < rank; i++) {
      src.dims[i] = count < 500 ? random_in(&seed, 1, 4) : 1;
      dst.dims[i] = src.dims[i];
      count *= src.dims[i];
    }
    permuted_strides(&seed, rank, src.dims, src.strides);
    permuted_strides(&seed, rank, dst.dims, dst.strides);
    if (rank && random_in(&seed, 0, 3) == 0) src.strides[random_in(&seed, 0, rank - 1)] = 0;
    block_init(&src, dtype, rank);
    block_init(&dst, dtype, rank);
    for (size_t i = 0; i < src.size; i++)
      src.memory[i] = (unsigned char)random_word(&seed);
    memset(dst.memory, 0xa5, dst.size);
    assert_ok(tsr_view_copy(&src.view, &dst.view));
    assert_same_elements(&src.view, &dst.view);
    free(src.memory);
    free(dst.memory);
  }
}

static void test_gaps_of_the_destination_stay(void **state) {
  (void)state;
  const uint16_t src[] = {1, 2, 3, 4};
  uint16_t dst[] = {9, 9, 9, 9, 9, 9, 9};
  tsr_view from = {(void *)src, D(4), D(1), 1, TSR_U16}, to = {dst, D(4), D(2), 1, TSR_U16};
  assert_ok(tsr_view_copy(&from, &to));
  const uint16_t expected[] = {1, 9, 2, 9, 3, 9, 4};
  assert_memory_equal(expected, dst, sizeof dst);
}

static void test_empty_and_scalar_copies(void **state) {
  (void)state;
  double src = 3, dst = 0;
  tsr_view from = {&src, NULL, NULL, 0, TSR_F64}, to = {&dst, NULL, NULL, 0, TSR_F64};
  assert_ok(tsr_view_copy(&from, &to));
  assert_true(dst == 3);
  tsr_view none = {NULL, D(3, 0), D(1, 1), 2, TSR_F64};
  assert_ok(tsr_view_copy(&none, &none));
}

/* Sizes 1 cost nothing, however many. */
static void test_a_rank_of_thousands_is_copied(void **state) {
  (void)state;
  enum {
    RANK = 5000
  };
  static int64_t dims[RANK], strides[RANK];
  for (int i = 0; i < RANK; i++)
    dims[i] = 1;
  dims[1000] = 3, strides[1000] = -1;
  int32_t src[] = {1, 2, 3}, dst[3] = {0};
  tsr_view from = {src + 2, dims, strides, RANK, TSR_I32},
           to = {dst + 2, dims, strides, RANK, TSR_I32};
  assert_ok(tsr_view_copy(&from, &to));
  assert_memory_equal(src, dst, sizeof src);
  for (int i = 0; i < 62; i++)
    dims[i] = 2, strides[i] = 0; /* the most axes a count of 63 bits allows */
  int64_t count;
  dims[1000] = 1;
  assert_ok(tsr_layout_count(RANK, dims, &count));
  assert_true(count == INT64_C(1) << 62);
}

static void test_views_that_differ_are_refused(void **state) {
  (void)state;
  double x[6] = {0};
  tsr_view a = {x, D(2, 3), D(3, 1), 2, TSR_F64}, b = a;
  b.dims = D(2, 4);
  assert_status(TSR_ERR_SHAPE, tsr_view_copy(&a, &b));
  assert_non_null(strstr(tsr_error_message(), "sizes 3 and 4 differ at axis 1"));
  b = a, b.rank = 1;
  assert_status(TSR_ERR_SHAPE, tsr_view_copy(&a, &b));
  assert_non_null(strstr(tsr_error_message(), "ranks 2 and 1 differ"));
  b = a, b.dtype = TSR_I64;
  assert_status(TSR_ERR_DTYPE, tsr_view_copy(&a, &b));
  assert_non_null(strstr(tsr_error_message(), "f64 and i64"));
  b = a, b.data = NULL;
  assert_status(TSR_ERR_ARGUMENT, tsr_view_copy(&a, &b));
  a.dtype = b.dtype = (tsr_dtype)77;
  assert_status(TSR_ERR_DTYPE, tsr_view_copy(&a, &b));
}

static void test_offsets_beyond_the_address_space_are_refused(void **state) {
  (void)state;
  double x[2] = {0};
  tsr_view a = {x, D(2), D(1), 1, TSR_F64}, b = a;
  const int64_t bad[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX / 4};
  for (int i = 0; i < 4; i++) {
    b.strides = &bad[i];
    assert_status(TSR_ERR_LIMIT, tsr_view_copy(&a, &b));
    assert_status(TSR_ERR_LIMIT, tsr_view_copy(&b, &a));
  }
  tsr_view huge = {x, D(INT64_MAX, 2), D(0, 0), 2, TSR_F64};
  assert_status(TSR_ERR_LIMIT, tsr_view_copy(&huge, &huge));
  assert_true(tsr_view_count(&huge) == INT64_MAX); /* invalid, but no crash */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_c_view_is_contiguous),
      cmocka_unit_test(test_copies_agree_element_by_element),
      cmocka_unit_test(test_gaps_of_the_destination_stay),
      cmocka_unit_test(test_empty_and_scalar_copies),
      cmocka_unit_test(test_a_rank_of_thousands_is_copied),
      cmocka_unit_test(test_views_that_differ_are_refused),
      cmocka_unit_test(test_offsets_beyond_the_address_space_are_refused),
  };
  return cmocka_run_group_tests_name("tensor-core/view", tests, NULL, NULL);
}
