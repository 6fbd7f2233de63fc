/* libtensor-core/tests/test_arena.c - bump allocation. */
#include "tsr_test.h"

#include <string.h>

#include "tsr/arena.h"

static void test_bytes_are_zero_aligned_and_apart(void **state) {
  (void)state;
  tsr_arena arena = {NULL, 0};
  unsigned char *blocks[200];
  for (size_t round = 0; round < 2; round++) {
    for (size_t i = 0; i < 200; i++) {
      void *p;
      assert_ok(tsr_arena_alloc(&arena, i, &p));
      blocks[i] = p;
      assert_int_equal(0, (uintptr_t)p % _Alignof(max_align_t));
      for (size_t k = 0; k < i; k++)
        assert_int_equal(0, blocks[i][k]);
      memset(p, (int)i + 1, i);
    }
    for (size_t i = 0; i < 200; i++) /* nobody wrote over a neighbour */
      for (size_t k = 0; k < i; k++)
        assert_int_equal((unsigned char)(i + 1), blocks[i][k]);
    tsr_arena_reset(&arena);
  }
  tsr_arena_deinit(&arena);
  assert_null(arena.last);
}

static void test_size_zero_is_a_unique_pointer(void **state) {
  (void)state;
  tsr_arena arena = {NULL, 0};
  void *a, *b, *c;
  assert_ok(tsr_arena_alloc(&arena, 0, &a));
  assert_ok(tsr_arena_alloc(&arena, 0, &b));
  assert_ok(tsr_arena_copy(&arena, NULL, 0, &c));
  assert_true(a && b && c && a != b && b != c);
  tsr_arena_deinit(&arena);
}

static void test_copies_hold_the_bytes(void **state) {
  (void)state;
  tsr_arena arena = {NULL, 64};
  void *copy;
  char text[300];
  memset(text, 'x', sizeof text);
  assert_ok(tsr_arena_copy(&arena, text, sizeof text, &copy)); /* larger than a block */
  assert_memory_equal(text, copy, sizeof text);
  tsr_arena_deinit(&arena);
}

static void test_impossible_sizes_are_refused(void **state) {
  (void)state;
  tsr_arena arena = {NULL, 0};
  for (size_t size = SIZE_MAX; size > SIZE_MAX - 70; size--) {
    void *p = &p;
    assert_status(TSR_ERR_NOMEM, tsr_arena_alloc(&arena, size, &p));
    assert_null(p);
  }
  tsr_arena_deinit(&arena);
  tsr_arena_reset(&arena); /* of nothing: nothing */
}

static tsr_status use_arena(void *arg) {
  (void)arg;
  tsr_arena arena = {NULL, 128};
  tsr_status status = TSR_OK;
  void *p;
  for (size_t i = 0; i < 20 && status == TSR_OK; i++)
    status =
        i % 2 ? tsr_arena_copy(&arena, "0123456789", 10, &p) : tsr_arena_alloc(&arena, 10 * i, &p);
  tsr_arena_reset(&arena);
  if (status == TSR_OK) status = tsr_arena_alloc(&arena, 1000, &p);
  tsr_arena_deinit(&arena);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(use_arena, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bytes_are_zero_aligned_and_apart),
      cmocka_unit_test(test_size_zero_is_a_unique_pointer),
      cmocka_unit_test(test_copies_hold_the_bytes),
      cmocka_unit_test(test_impossible_sizes_are_refused),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("tensor-core/arena", tests, NULL, NULL);
}
