/* test_device.c - registering, opening and asking the CPU device. */
#define _POSIX_C_SOURCE 200809L
#include "device_internal.h"
#include "tsr_test.h"

#include <stdlib.h>
#include <string.h>

#include "tsr/tensor.h"

/* The part of a runtime that registration needs. */
typedef struct fake_runtime {
  tsr_runtime_head head;
  const tsr_backend *backend;
  int32_t n_kernels;
} fake_runtime;

static tsr_status add_backend(tsr_runtime *rt, int version, const tsr_backend *backend,
                              const char *core) {
  assert_ptr_equal(core, &tsr_core_mark);
  assert_int_equal(version, TSR_SPI_VERSION);
  ((fake_runtime *)(void *)rt)->backend = backend;
  return TSR_OK;
}

static tsr_status add_kernels(tsr_runtime *rt, int version, const char *backend,
                              const tsr_kernel *rows, int32_t n, const char *core) {
  assert_ptr_equal(core, &tsr_core_mark);
  assert_int_equal(version, TSR_SPI_VERSION);
  assert_string_equal(backend, "cpu");
  for (int32_t i = 0; i < n; i++) {
    assert_non_null(rows[i].op);
    assert_non_null(rows[i].run);
    assert_non_null(rows[i].name);
  }
  ((fake_runtime *)(void *)rt)->n_kernels += n;
  return TSR_OK;
}

static const tsr_runtime_spi fake_spi = {.add_backend = add_backend, .add_kernels = add_kernels};

static void test_registration_adds_backend_and_kernels(void **state) {
  (void)state;
  fake_runtime rt = {.head = {.spi = &fake_spi}};
  assert_ok(tsr_cpu_register((tsr_runtime *)(void *)&rt));
  assert_non_null(rt.backend);
  assert_string_equal(rt.backend->name, "cpu");
  const tsr_cpu_spi *spi = rt.backend->spi;
  assert_non_null(spi->parallel);
  assert_true(spi->parallel_threshold > 0);
  assert_status(TSR_ERR_ARGUMENT, tsr_cpu_register(NULL));
}

static tsr_device *open_cpu(void) {
  tsr_device *d;
  assert_ok(tsri_cpu_backend.open(&tsri_cpu_backend, 0, &d));
  return d;
}

static void test_there_is_one_device(void **state) {
  (void)state;
  tsr_device *d;
  assert_error_says(tsri_cpu_backend.open(&tsri_cpu_backend, 1, &d), TSR_ERR_NOT_FOUND, "cpu:1");
  assert_null(d);
  d = open_cpu();
  assert_string_equal(tsr_device_name(d), "cpu:0");
  assert_ok(tsr_device_synchronize(d));
  tsr_device_release(d);
}

static void test_the_environment_sets_the_threads(void **state) {
  (void)state;
  const char *const texts[] = {"1", "3", "0", "many", "-2", "99999", "3x", "3.5", "", "%n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    setenv("TSR_NUM_THREADS", texts[i], 1);
    tsr_device *d = open_cpu();
    assert_int_equal(tsr_cpu_threads(d), i == 0 ? 1 : i == 1 ? 3 : tsri_os_cpus());
    tsr_device_release(d);
  }
  unsetenv("TSR_NUM_THREADS");
}

static void test_set_threads_takes_what_it_documents(void **state) {
  (void)state;
  tsr_device *d = open_cpu();
  assert_ok(tsr_cpu_set_threads(d, 3));
  assert_int_equal(tsr_cpu_threads(d), 3);
  assert_error_says(tsr_cpu_set_threads(d, 0), TSR_ERR_ARGUMENT, "0", "1024");
  assert_status(TSR_ERR_ARGUMENT, tsr_cpu_set_threads(d, 1025));
  assert_status(TSR_ERR_ARGUMENT, tsr_cpu_set_threads(NULL, 2));
  assert_int_equal(tsr_cpu_threads(d), 3);
  assert_ok(tsr_cpu_set_threads(d, 1));
  assert_int_equal(tsr_cpu_threads(d), 1);
  tsr_device_release(d);
}

static void test_tensors_live_on_it(void **state) {
  (void)state;
  tsr_device *d = open_cpu();
  double x[3] = {1, 2, 3}, y[3];
  tsr_tensor *t;
  int64_t live, high, reserved;
  assert_ok(tsr_tensor_from_data(d, TSR_F64, TSR_DIMS(3), x, &t));
  assert_ok(tsr_tensor_read(t, y, sizeof y));
  assert_memory_equal(x, y, sizeof x);
  tsr_device_memory(d, &live, &high, &reserved);
  assert_int_equal(live, 64);
  tsr_device_release(d); /* the tensor keeps it open */
  tsr_tensor_release(t);
}

static void test_blas_knows_its_core(void **state) {
  (void)state;
  assert_true(strlen(tsr_cpu_blas_name()) > 0);
  assert_non_null(strstr(tsr_cpu_blas_config(), "OpenBLAS"));
}

static void test_the_instruction_set_is_one_this_processor_has(void **state) {
  (void)state;
  const char *isa = tsr_cpu_isa();
  assert_true(strcmp(isa, "portable") == 0 || strncmp(isa, "x86-64-v", 8) == 0);
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512f")) assert_string_not_equal(isa, "x86-64-v4");
  if (!__builtin_cpu_supports("avx2")) assert_string_equal(isa, "portable");
  if (__builtin_cpu_supports("avx512vl")) assert_string_not_equal(isa, "portable");
#endif
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_registration_adds_backend_and_kernels),
      cmocka_unit_test(test_there_is_one_device),
      cmocka_unit_test(test_the_environment_sets_the_threads),
      cmocka_unit_test(test_set_threads_takes_what_it_documents),
      cmocka_unit_test(test_tensors_live_on_it),
      cmocka_unit_test(test_blas_knows_its_core),
      cmocka_unit_test(test_the_instruction_set_is_one_this_processor_has),
  };
  return cmocka_run_group_tests_name("cpu/device", tests, NULL, NULL);
}
