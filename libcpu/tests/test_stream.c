/* test_stream.c - streaming stores write what ordinary ones would, and when they are wanted. */
#include "cpu_internal.h"
#include "device_internal.h"
#include "tsr_test.h"
#include "variants/stream.h"

#include <string.h>

enum {
  SIZE = 1024
};

static void test_a_streamed_copy_writes_its_bytes_and_no_others(void **state) {
  (void)state;
  static _Alignas(64) unsigned char from[SIZE], to[SIZE], expected[SIZE];
  static const size_t sizes[] = {0, 1, 3, 8, 63, 64, 65, 127, 128, 129, 192, 255, 300, 513};
  for (size_t i = 0; i < SIZE; i++)
    from[i] = (unsigned char)(7 * i + i / 256 + 1);
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
    for (size_t head = 0; head < 130; head++)
      for (size_t source = 0; source < 70; source += 23) {
        memset(to, 0, SIZE);
        memset(expected, 0, SIZE);
        for (size_t i = 0; i < sizes[k]; i++)
          expected[head + i] = from[source + i];
        tsri_stream_copy(to + head, from + source, sizes[k]);
        tsri_stream_end();
        assert_memory_equal(to, expected, SIZE);
      }
}

static void test_work_streams_when_it_exceeds_the_last_cache(void **state) {
  (void)state;
  tsr_device *d;
  assert_ok(tsri_cpu_backend.open(&tsri_cpu_backend, 0, &d));
  tsri_cpu_device *cpu = (tsri_cpu_device *)(void *)d;
  assert_true(cpu->cache >= 1024); /* found, or assumed */
  cpu->cache = 4096;
  assert_false(tsri_streams(d, 0));
  assert_false(tsri_streams(d, 3072));
  assert_true(tsri_streams(d, 3075));
  assert_true(tsri_streams(d, SIZE_MAX));
  cpu->cache = SIZE_MAX;
  assert_false(tsri_streams(d, SIZE_MAX / 2));
  assert_false(tsri_streams(NULL, SIZE_MAX));
  tsr_device_release(d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_streamed_copy_writes_its_bytes_and_no_others),
      cmocka_unit_test(test_work_streams_when_it_exceeds_the_last_cache),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
