/* test_kernel_random.c - Philox 4x32-10 against the vectors of its authors. */
#include "kernel_harness.h"

static void generate(uint64_t key, uint64_t counter, const array *bits, uint64_t *next) {
  const int64_t two[] = {2};
  array state = make_array(TSR_U64, 1, two, C_ORDER);
  array out[2] = {make_array(TSR_U64, 1, two, REVERSED), *bits};
  ((uint64_t *)state.data)[0] = key;
  ((uint64_t *)state.data)[1] = counter;
  tsr_rng_attrs attrs = {
      bits->dtype, {NULL, 0}
  };
  run_rows(TSR_OP_RNG_BIT_GENERATOR, &attrs, 1, &state, 2, out, INT32_MAX);
  assert_int_equal(*(uint64_t *)at(&out[0], 0), key);
  *next = *(uint64_t *)at(&out[0], 1);
  free_array(&state);
  free_array(&out[0]);
}

/* One round after the other, for one block, as the paper writes it. */
static void reference(uint64_t key, uint64_t block, uint32_t *c) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  c[0] = (uint32_t)block;
  c[1] = (uint32_t)(block >> 32);
  c[2] = c[3] = 0;
  for (int i = 0; i < 10; i++) {
    uint64_t a = (uint64_t)0xD2511F53u * c[0], b = (uint64_t)0xCD9E8D57u * c[2];
    uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k0, (uint32_t)b,
                        (uint32_t)(a >> 32) ^ c[3] ^ k1, (uint32_t)a};
    memcpy(c, next, sizeof next);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

/* kat_vectors of Random123: philox4x32 10 with all-zero counter and key. */
static void test_known_answer(void **state) {
  (void)state;
  static const uint32_t zero[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  const int64_t dims[] = {4};
  array bits = make_array(TSR_U32, 1, dims, C_ORDER);
  uint64_t next;
  generate(0, 0, &bits, &next);
  assert_memory_equal(bits.data, zero, sizeof zero);
  assert_int_equal(next, 1);
  free_array(&bits);
  uint32_t c[4];
  reference(0, 0, c);
  assert_memory_equal(c, zero, sizeof zero);
}

static void test_elements_take_words_in_order(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_U32, TSR_I32, TSR_U64, TSR_I64};
  uint64_t key = 0x0123456789abcdefu, counter = 0xfffffffffffffffdu; /* wraps on the way */
  for (int d = 0; d < 4; d++)
    for (layout_kind kind = C_ORDER; kind < REPEATED; kind++) {
      const int64_t dims[] = {7, 41};
      array bits = make_array(dtypes[d], 2, dims, kind);
      int64_t per_element = (int64_t)tsr_dtype_size(dtypes[d]) / 4;
      uint64_t next;
      generate(key, counter, &bits, &next);
      for (int64_t i = 0; i < 287; i++)
        for (int64_t w = 0; w < per_element; w++) {
          int64_t word = i * per_element + w;
          uint32_t c[4], v;
          reference(key, counter + (uint64_t)(word / 4), c);
          memcpy(&v, at(&bits, i) + 4 * w, 4);
          assert_int_equal(v, c[word % 4]);
        }
      assert_int_equal(next, counter + (uint64_t)((287 * per_element + 3) / 4));
      free_array(&bits);
    }
}

static void test_threads_change_no_bit(void **state) {
  (void)state;
  const int64_t dims[] = {1000003};
  array a = make_array(TSR_U32, 1, dims, C_ORDER), b = make_array(TSR_U32, 1, dims, C_ORDER);
  uint64_t next_a, next_b;
  int32_t threads = tsr_cpu_threads(harness_device);
  assert_ok(tsr_cpu_set_threads(harness_device, 1));
  generate(5, 6, &a, &next_a);
  assert_ok(tsr_cpu_set_threads(harness_device, 4));
  generate(5, 6, &b, &next_b);
  assert_ok(tsr_cpu_set_threads(harness_device, threads));
  assert_same_bits(&a, &b);
  assert_int_equal(next_a, next_b);
  /* continuing where one stopped is the same as one long stream */
  uint32_t c[4];
  reference(5, 6 + 250000, c);
  assert_memory_equal(at(&a, 1000000), c, 12);
  free_array(&a);
  free_array(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_answer),
      cmocka_unit_test(test_elements_take_words_in_order),
      cmocka_unit_test(test_threads_change_no_bit),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
