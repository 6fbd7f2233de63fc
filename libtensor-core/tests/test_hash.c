/* libtensor-core/tests/test_hash.c - the hash of bytes. */
#include "tsr_test.h"

#include <string.h>

#include "tsr/hash.h"

static void test_equal_bytes_hash_equal_wherever_they_lie(void **state) {
  (void)state;
  unsigned char a[64], b[65];
  for (int i = 0; i < 64; i++)
    a[i] = b[i + 1] = (unsigned char)(i * 7);
  for (size_t n = 0; n <= 64; n++)
    assert_true(tsr_hash_bytes(TSR_HASH_SEED, a, n) == tsr_hash_bytes(TSR_HASH_SEED, b + 1, n));
}

static void test_runs_of_zeros_differ_by_length(void **state) {
  (void)state;
  const unsigned char zeros[32] = {0};
  for (size_t n = 0; n < 32; n++)
    for (size_t m = 0; m < n; m++)
      assert_true(tsr_hash_bytes(TSR_HASH_SEED, zeros, n) !=
                  tsr_hash_bytes(TSR_HASH_SEED, zeros, m));
}

static void test_each_bit_and_the_seed_count(void **state) {
  (void)state;
  unsigned char bytes[13] = {0};
  uint64_t none = tsr_hash_bytes(TSR_HASH_SEED, bytes, sizeof bytes);
  for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
    bytes[bit / 8] = (unsigned char)(1 << bit % 8);
    assert_true(tsr_hash_bytes(TSR_HASH_SEED, bytes, sizeof bytes) != none);
    bytes[bit / 8] = 0;
  }
  assert_true(tsr_hash_bytes(1, bytes, sizeof bytes) != none);
}

/* Sets use the low bits: sizes 0..1023 must not crowd into few of 1024 slots. */
static void test_low_bits_of_small_numbers_spread(void **state) {
  (void)state;
  bool hit[1024] = {false};
  int n_hit = 0;
  for (uint64_t i = 0; i < 1024; i++) {
    size_t slot = tsr_hash_u64(TSR_HASH_SEED, i) % 1024;
    n_hit += !hit[slot];
    hit[slot] = true;
  }
  assert_true(n_hit > 550); /* 1024 (1 - 1/e) = 647 are expected of a random function */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_equal_bytes_hash_equal_wherever_they_lie),
      cmocka_unit_test(test_runs_of_zeros_differ_by_length),
      cmocka_unit_test(test_each_bit_and_the_seed_count),
      cmocka_unit_test(test_low_bits_of_small_numbers_spread),
  };
  return cmocka_run_group_tests_name("tensor-core/hash", tests, NULL, NULL);
}
