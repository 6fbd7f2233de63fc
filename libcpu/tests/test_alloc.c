/* test_alloc.c - the caching allocator: sizes, reuse, figures, limits, huge blocks. */
#include "device_internal.h"
#include "tsr_test.h"

#include <string.h>

#include "tsr/alloc.h"

static tsr_device *device;
static tsri_heap *heap;

static int open_cpu(void **state) {
  (void)state;
  assert_ok(tsri_cpu_backend.open(&tsri_cpu_backend, 0, &device));
  heap = ((tsri_cpu_device *)device)->heap;
  return 0;
}

static int close_cpu(void **state) {
  (void)state;
  tsr_device_release(device);
  return 0;
}

static int trim(void **state) {
  (void)state;
  tsr_cpu_trim(device);
  tsr_device_memory_reset(device);
  return 0;
}

static void *take(size_t size) {
  void *data;
  assert_ok(tsri_heap_alloc(heap, size, &data));
  memset(data, 0x5a, size);
  return data;
}

static void assert_figures(int64_t live, int64_t high, int64_t reserved) {
  int64_t l, h, r;
  tsr_device_memory(device, &l, &h, &r);
  assert_int_equal(l, live);
  assert_int_equal(h, high);
  assert_int_equal(r, reserved);
}

static void test_rounding_wastes_at_most_an_eighth(void **state) {
  (void)state;
  for (size_t size = 1; size < (size_t)1 << 40; size += size / 7 + 1) {
    size_t rounded = tsri_heap_rounded(size);
    assert_true(rounded >= size && rounded % 64 == 0);
    assert_true(rounded <= 64 || rounded - size < 64 || rounded - size <= size / 8);
    assert_int_equal(tsri_heap_rounded(rounded), rounded);
    size_t counted = device->backend->rounded_size(device, size);
    assert_true(counted >= size && counted % 64 == 0 && counted < size + 64);
    assert_true(counted <= rounded);
  }
  assert_int_equal(tsri_heap_rounded(0), 64);
  assert_int_equal(tsri_heap_rounded(65), 128);
  assert_int_equal(tsri_heap_rounded(1025), 1152);
  assert_int_equal(tsri_heap_rounded((size_t)1 << 30), (size_t)1 << 30);
}

/* trim walks the classes by their computed sizes: each must be that of its blocks. */
static void test_every_class_is_given_back_as_it_was_taken(void **state) {
  (void)state;
  for (size_t size = 1; size <= (size_t)64 << 20; size += size / 9 + 1) {
    void *data;
    assert_ok(tsri_heap_alloc(heap, size, &data));
    tsri_heap_free(heap, data, size);
  }
  assert_true(device->reserved > 0);
  assert_int_equal(device->reserved, heap->cached);
  tsr_cpu_trim(device);
  assert_int_equal(device->reserved, 0);
  assert_int_equal(heap->cached, 0);
}

static void test_freed_blocks_are_used_again(void **state) {
  (void)state;
  void *a = take(1000), *b = take(1000);
  assert_int_equal((uintptr_t)a % 64, 0);
  tsri_heap_free(heap, a, 1000);
  void *c = take(1020); /* the same class */
  assert_ptr_equal(a, c);
  tsri_heap_free(heap, c, 1020);
  tsri_heap_free(heap, b, 1000);
  assert_figures(0, 2048, 2048);
}

/* 5000 and 4700 bytes lie in blocks of 5120. */
static void test_high_water_is_the_sum_of_sizes_in_cache_lines(void **state) {
  (void)state;
  void *a = take(100), *b = take(5000);
  const int64_t blocks = 128 + 5120;
  assert_figures(128 + 5056, 128 + 5056, blocks);
  tsri_heap_free(heap, b, 5000);
  assert_figures(128, 128 + 5056, blocks);
  tsr_device_memory_reset(device);
  assert_figures(128, 128, blocks);
  b = take(4700);
  assert_figures(128 + 4736, 128 + 4736, blocks);
  tsri_heap_free(heap, a, 100);
  tsri_heap_free(heap, b, 4700);
  assert_figures(0, 128 + 4736, blocks);
}

static void test_large_blocks_start_on_huge_pages(void **state) {
  (void)state;
  size_t size = ((size_t)5 << 20) + 1;
  char *a = take(size);
  assert_int_equal((uintptr_t)a % TSRI_HEAP_HUGE, 0);
  tsri_heap_free(heap, a, size);
  assert_ptr_equal(take(size), a);
  tsri_heap_free(heap, a, size);
  tsr_cpu_trim(device);
  assert_int_equal(device->reserved, 0);
}

static void test_the_cache_is_bounded(void **state) {
  (void)state;
  int64_t before = heap->cached_max;
  heap->cached_max = 3000;
  void *blocks[5];
  for (int i = 0; i < 5; i++) {
    blocks[i] = take(1024);
  }
  for (int i = 0; i < 5; i++) {
    tsri_heap_free(heap, blocks[i], 1024);
  }
  assert_figures(0, 5 * 1024, 2 * 1024);
  heap->cached_max = before;
}

static void test_absurd_sizes_are_out_of_memory(void **state) {
  (void)state;
  void *data = &data;
  assert_status(TSR_ERR_NOMEM, tsri_heap_alloc(heap, SIZE_MAX, &data));
  assert_null(data);
  assert_error_says(tsri_heap_alloc(heap, ((size_t)1 << 47) + 1, &data), TSR_ERR_NOMEM, "cpu:0");
  assert_null(data);
  assert_figures(0, 0, 0);
}

static tsr_status use_cpu(void *arg) {
  (void)arg;
  tsr_device *d = NULL;
  void *a = NULL, *b = NULL;
  TSR_TRY(tsri_cpu_backend.open(&tsri_cpu_backend, 0, &d));
  tsr_status status = d->backend->alloc(d->stream, 1000, &a);
  if (status == TSR_OK) status = d->backend->alloc(d->stream, (size_t)4 << 20, &b);
  int64_t expected = (a ? 1024 : 0) + (b ? 4 << 20 : 0);
  if (d->live != expected || d->reserved != expected) {
    status = TSR_FAIL(TSR_ERR_INTERNAL, "live is %lld", (long long)d->live);
  }
  d->backend->free(d->stream, b, (size_t)4 << 20);
  d->backend->free(d->stream, a, 1000);
  if (d->live || d->reserved) status = TSR_FAIL(TSR_ERR_INTERNAL, "a block was kept");
  tsr_device_release(d);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(use_cpu, NULL);
}

enum {
  THREADS = 4,
  ROUNDS = 2000
};

static void *churn(void *arg) {
  uint32_t seed = *(uint32_t *)arg;
  void *held[8] = {0};
  size_t sizes[8] = {0};
  for (int i = 0; i < ROUNDS; i++) {
    seed = seed * 1664525 + 1013904223;
    int k = seed >> 29;
    if (held[k]) {
      if (*(void **)held[k] != (void *)&held[k]) return NULL; /* someone else wrote there */
      tsri_heap_free(heap, held[k], sizes[k]);
      held[k] = NULL;
    } else {
      sizes[k] = 8 + (seed >> 8) % 2000;
      if (tsri_heap_alloc(heap, sizes[k], &held[k]) != TSR_OK) return NULL;
      *(void **)held[k] = &held[k];
    }
  }
  for (int k = 0; k < 8; k++) {
    tsri_heap_free(heap, held[k], sizes[k]);
  }
  return arg;
}

static void test_threads_get_blocks_of_their_own(void **state) {
  (void)state;
  pthread_t threads[THREADS];
  uint32_t seeds[THREADS];
  for (uint32_t i = 0; i < THREADS; i++) {
    seeds[i] = i + 1;
    assert_int_equal(pthread_create(&threads[i], NULL, churn, &seeds[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    void *result;
    pthread_join(threads[i], &result);
    assert_ptr_equal(result, &seeds[i]);
  }
  assert_int_equal(device->live, 0);
  assert_int_equal(device->reserved, heap->cached);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_rounding_wastes_at_most_an_eighth, trim),
      cmocka_unit_test_setup(test_every_class_is_given_back_as_it_was_taken, trim),
      cmocka_unit_test_setup(test_freed_blocks_are_used_again, trim),
      cmocka_unit_test_setup(test_high_water_is_the_sum_of_sizes_in_cache_lines, trim),
      cmocka_unit_test_setup(test_large_blocks_start_on_huge_pages, trim),
      cmocka_unit_test_setup(test_the_cache_is_bounded, trim),
      cmocka_unit_test_setup(test_absurd_sizes_are_out_of_memory, trim),
      cmocka_unit_test_setup(test_every_allocation_may_fail, trim),
      cmocka_unit_test_setup(test_threads_get_blocks_of_their_own, trim),
  };
  return cmocka_run_group_tests_name("cpu/alloc", tests, open_cpu, close_cpu);
}
