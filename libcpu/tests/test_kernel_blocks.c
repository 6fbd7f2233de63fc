/* test_kernel_blocks.c - the block functions of every instruction set agree bit by bit. */
#define _POSIX_C_SOURCE 200809L
#include "kernel_harness.h"
#include "variants/variants.h"

enum {
  N = 1003,
  BYTES = N * 16
};

static char x[3][BYTES + 64], out[2][BYTES + 64];

/* Mostly ordinary numbers, and some random bits for huge and subnormal ones, but no NaN:
 * which of two NaNs a sum is may differ.
 */
static void fill_bytes(int32_t k, tsr_dtype dtype) {
  size_t size = tsr_dtype_size(tsr_dtype_real(dtype));
  for (size_t i = 0; i * size < BYTES; i++) {
    uint64_t bits = random_u64();
    double d = random_real() * 100;
    float f = (float)d;
    uint16_t half = (uint16_t)(0x3000 + bits % 0x2000);
    char *at_k = x[k] + i * size;
    bool real = tsr_dtype_kind(tsr_dtype_real(dtype)) == TSR_KIND_REAL;
    if (dtype == TSR_BOOL) bits &= 1;
    if (real) bits &= ~(UINT64_C(1) << (8 * size - 3)); /* the exponent is not all ones */
    memcpy(at_k, &bits, size);
    if (real && bits % 16)
      memcpy(at_k, size == 8 ? (void *)&d : size == 4 ? (void *)&f : &half, size);
  }
}

static void compare(tsri_block a, tsri_block b, const char *what, int i, int j) {
  assert_int_equal(a == NULL, b == NULL);
  if (!a) return;
  const void *args[] = {x[0], x[1], x[2]};
  memset(out, 0x55, sizeof out);
  assert_int_equal(a(N, args, out[0]), b(N, args, out[1]));
  if (memcmp(out[0], out[1], sizeof out[0])) {
    size_t k = 0;
    while (out[0][k] == out[1][k])
      k++;
    uint64_t words[2];
    memcpy(&words[0], out[0] + k / 8 * 8, 8);
    memcpy(&words[1], out[1] + k / 8 * 8, 8);
    fail_msg("%s %d %d: byte %zu is in %016llx and %016llx", what, i, j, k,
             (unsigned long long)words[0], (unsigned long long)words[1]);
  }
}

static void compare_reducers(const tsri_reducer *a, const tsri_reducer *b) {
  assert_int_equal(a->size, b->size);
  assert_non_null(a->clear);
  static const int64_t runs[] = {1, 2, 3, 4, 7, 15, 16, 17, 33, 100, 255, 256, 257, 300};
  for (int i = 0; i < 14; i++) {
    memset(out, 0, sizeof out);
    a->runs(3, runs[i], x[0], out[0]);
    b->runs(3, runs[i], x[0], out[1]);
    a->merge(2, out[0] + a->size, out[0]);
    b->merge(2, out[1] + a->size, out[1]);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
  }
  for (int64_t n = 1; n < 150; n += 1 + n / 3) {
    const tsri_rows_of rows = {x[0], 5, 160, n, n % 2 ? 0 : 160};
    memset(out, 0, sizeof out);
    a->rows(&rows, NULL, out[0]);
    b->rows(&rows, NULL, out[1]);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
    a->rows(&rows, out[0], out[0]);
    b->rows(&rows, out[1], out[1]);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
  }
  for (int64_t n = 1; n < 50; n += 7) {
    memcpy(out[0], out[1], sizeof out[0]);
    a->halve(n, out[0]);
    b->halve(n, out[1]);
    assert_memory_equal(out[0], out[1], (size_t)n * a->size);
  }
}

/* Analytic functions may use fused multiply-adds where there are any, so they are not here. */
static void compare_variants(const tsri_variant *a, const tsri_variant *b) {
  for (int d = 0; d < TSR_DTYPE_COUNT; d++) {
    for (int k = 0; k < 3; k++)
      fill_bytes(k, (tsr_dtype)d);
    for (int op = 0; op < TSR_OP_CORE_COUNT; op++)
      if (op != TSR_OP_SELECT) compare(a->arith[op][d], b->arith[op][d], "op", op, d);
    for (int c = TSR_EQ; c <= TSR_GE; c++)
      compare(a->compare[c][d], b->compare[c][d], "compare", c, d);
    for (int t = 0; t < TSR_DTYPE_COUNT; t++)
      compare(a->convert[d][t], b->convert[d][t], "convert", d, t);
    for (int r = 0; r < TSRI_REDUCTION_COUNT; r++)
      if (b->reducers[r][d].clear) compare_reducers(&a->reducers[r][d], &b->reducers[r][d]);
    fill_bytes(0, TSR_BOOL);
    compare(a->arith[TSR_OP_SELECT][d], b->arith[TSR_OP_SELECT][d], "select", 0, d);
  }
}

static void test_instruction_sets_agree(void **state) {
  (void)state;
  assert_non_null(tsri_variant_at(0));
  for (int32_t i = 1; tsri_variant_at(i); i++)
    compare_variants(tsri_variant_at(0), tsri_variant_at(i));
}

static const tsri_variant *found;
static tsr_status find(const char *wanted) {
  if (wanted)
    setenv("TSR_CPU_ISA", wanted, 1);
  else
    unsetenv("TSR_CPU_ISA");
  return tsri_variant_find(&found);
}

static void test_the_environment_chooses_an_instruction_set(void **state) {
  (void)state;
  const char *before = getenv("TSR_CPU_ISA");
  char saved[64];
  snprintf(saved, sizeof saved, "%s", before ? before : "");
  int32_t n = 0;
  for (; tsri_variant_at(n); n++) {
    assert_ok(find(tsri_variant_at(n)->name));
    assert_ptr_equal(found, tsri_variant_at(n));
  }
  assert_ok(find(NULL));
  assert_ptr_equal(found, tsri_variant_at(n - 1));
  assert_error_says(find("vax"), TSR_ERR_ARGUMENT, "\"vax\"", tsri_variant_at(0)->name);
  assert_null(found);
  if (before)
    setenv("TSR_CPU_ISA", saved, 1);
  else
    unsetenv("TSR_CPU_ISA");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_instruction_sets_agree),
      cmocka_unit_test(test_the_environment_chooses_an_instruction_set),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
