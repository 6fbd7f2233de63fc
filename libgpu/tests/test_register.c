/* test_register.c - registering succeeds on any machine; opening says what is missing. */
#include "tsr_test.h"

#include <string.h>

#include "tsr/gpu.h"
#include "tsr/spi/gpu.h"

/* The part of a runtime that registration needs. */
typedef struct fake_runtime {
  tsr_runtime_head head;
  const tsr_backend *backend;
  int32_t n_rows;
} fake_runtime;

static tsr_status add_backend(tsr_runtime *rt, int version, const tsr_backend *backend,
                              const char *core) {
  assert_ptr_equal(core, &tsr_core_mark);
  fake_runtime *fake = (fake_runtime *)(void *)rt;
  assert_int_equal(version, TSR_SPI_VERSION);
  if (fake->backend) return TSR_FAIL(TSR_ERR_EXISTS, "%s", backend->name);
  fake->backend = backend;
  return TSR_OK;
}

static tsr_status add_kernels(tsr_runtime *rt, int version, const char *backend,
                              const tsr_kernel *rows, int32_t n, const char *core) {
  assert_ptr_equal(core, &tsr_core_mark);
  fake_runtime *fake = (fake_runtime *)(void *)rt;
  assert_int_equal(version, TSR_SPI_VERSION);
  assert_string_equal(backend, "cuda");
  assert_ptr_equal(core, &tsr_core_mark);
  for (int32_t i = 0; i < n; i++)
    assert_true(rows[i].op && rows[i].run && strncmp(rows[i].name, "cuda.", 5) == 0);
  fake->n_rows += n;
  return TSR_OK;
}

static const tsr_runtime_spi fake_spi = {.add_backend = add_backend, .add_kernels = add_kernels};

static void test_registration_needs_no_gpu(void **state) {
  (void)state;
  fake_runtime rt = {.head = {.spi = &fake_spi}};
  assert_ok(tsr_gpu_register((tsr_runtime *)(void *)&rt));
  assert_string_equal(rt.backend->name, "cuda");
  assert_non_null(rt.backend->spi);
  assert_true(rt.n_rows > 0);
  assert_status(TSR_ERR_EXISTS, tsr_gpu_register((tsr_runtime *)(void *)&rt));
  assert_status(TSR_ERR_ARGUMENT, tsr_gpu_register(NULL));
}

static void test_counting_and_opening_agree(void **state) {
  (void)state;
  fake_runtime rt = {.head = {.spi = &fake_spi}};
  tsr_device *device;
  int32_t n = -1;
  assert_ok(tsr_gpu_register((tsr_runtime *)(void *)&rt));
  tsr_status status = tsr_gpu_count(&n);
  if (status != TSR_OK) { /* no driver, or one without a device behind it */
    assert_int_equal(n, 0);
    assert_int_equal(status, TSR_ERR_DEVICE);
    bool is_missing = strstr(tsr_error_message(), "cannot open the CUDA driver: libcuda.so.1") &&
                      strstr(tsr_error_message(), "is the NVIDIA driver installed?");
    assert_true(is_missing || strstr(tsr_error_message(), "cuInit: error "));
    assert_status(TSR_ERR_DEVICE, rt.backend->open(rt.backend, 0, &device));
  } else {
    assert_true(n >= 0);
    assert_error_says(rt.backend->open(rt.backend, n, &device), TSR_ERR_NOT_FOUND, "present");
  }
  assert_null(device);
  assert_status(TSR_ERR_ARGUMENT, tsr_gpu_count(NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_registration_needs_no_gpu),
      cmocka_unit_test(test_counting_and_opening_agree),
  };
  return cmocka_run_group_tests_name("gpu/register", tests, NULL, NULL);
}
