/* libtensor-core/tests/test_alloc.c - the default allocator and its replacement. */
#include "tsr_test.h"

#include <stdlib.h>
#include <string.h>

static void test_blocks_have_the_asked_alignment(void **state) {
  (void)state;
  for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    void *block;
    assert_ok(tsr_alloc(100, alignment, &block));
    assert_int_equal(0, (uintptr_t)block % alignment);
    memset(block, 1, 100);
    tsr_free(block, 100, alignment);
  }
}

static void test_size_zero_gives_a_block(void **state) {
  (void)state;
  void *a, *b;
  assert_ok(tsr_alloc(0, 0, &a));
  assert_ok(tsr_alloc(0, 64, &b));
  assert_non_null(a);
  assert_non_null(b);
  tsr_free(a, 0, 0);
  tsr_free(b, 0, 64);
  tsr_free(NULL, 10, 0);
}

static void test_impossible_sizes_are_refused(void **state) {
  (void)state;
  const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 63, (size_t)PTRDIFF_MAX + 1};
  for (size_t i = 0; i < 3; i++) {
    void *block = &block;
    assert_status(TSR_ERR_NOMEM, tsr_alloc(sizes[i], 64, &block));
    assert_null(block);
  }
  assert_non_null(strstr(tsr_error_message(), "9223372036854775808"));
}

/* Notes what it was asked for. */
typedef struct notes {
  size_t old_size, new_size, alignment;
} notes;

static void *noting_resize(void *self, void *ptr, size_t old_size, size_t new_size,
                           size_t alignment) {
  *(notes *)self = (notes){old_size, new_size, alignment};
  if (new_size) return malloc(new_size);
  free(ptr);
  return NULL;
}

static void test_a_replacement_sees_sizes_and_alignments(void **state) {
  (void)state;
  notes seen = {0, 0, 0};
  const tsr_allocator noting = {noting_resize, &seen};
  void *block;
  assert_true(tsr_allocator_is_default());
  tsr_allocator_set(&noting);
  assert_false(tsr_allocator_is_default());
  assert_ok(tsr_alloc(24, 32, &block));
  assert_int_equal(24, seen.new_size);
  assert_int_equal(32, seen.alignment);
  tsr_free(block, 24, 32);
  assert_int_equal(24, seen.old_size);
  assert_int_equal(0, seen.new_size);
  assert_int_equal(32, seen.alignment);
  tsr_allocator_set(NULL);
  assert_true(tsr_allocator_is_default());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_blocks_have_the_asked_alignment),
      cmocka_unit_test(test_size_zero_gives_a_block),
      cmocka_unit_test(test_impossible_sizes_are_refused),
      cmocka_unit_test(test_a_replacement_sees_sizes_and_alignments),
  };
  return cmocka_run_group_tests_name("tensor-core/alloc", tests, NULL, NULL);
}
