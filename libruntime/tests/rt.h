/* rt.h - what the tests of the runtime share: a runtime on the CPU, and short ways to
 * make tensors, programs and runs.
 */
#ifndef RT_H
#define RT_H

#include "tsr_test.h"

#include "tsr/cpu.h"
#include "tsr/eager.h"
#include "tsr/ops.h"
#include "tsr/runtime.h"

/* With RT_MOCK the same tests run on the asynchronous mock of the CPU. */
#ifdef RT_MOCK
#include "tsr_mock.h"
#define RT_DEVICE   "mock"
#define RT_SUITE(s) s "_mock"
static inline tsr_status rt_register(tsr_runtime *rt) {
  return tsr_mock_register_over(rt, tsr_cpu_register, 20240229);
}
#else
#define RT_DEVICE   "cpu"
#define RT_SUITE(s) s
static inline tsr_status rt_register(tsr_runtime *rt) { return tsr_cpu_register(rt); }
#endif

/* A runtime with its backend; the device is lent by it. */
static inline tsr_status rt_open(tsr_runtime **rt, tsr_device **device) {
  TSR_TRY(tsr_runtime_create(TSR_WITH(rt_register), rt));
  tsr_status status = tsr_runtime_device(*rt, RT_DEVICE, device);
  if (status != TSR_OK) {
    tsr_runtime_release(*rt);
    *rt = NULL;
  }
  return status;
}

/* f64 tensor of C-ordered numbers. */
static inline tsr_tensor *rt_f64(tsr_device *device, tsr_dims dims, const double *data) {
  tsr_tensor *t = NULL;
  assert_ok(tsr_tensor_from_data(device, TSR_F64, dims, data, &t));
  return t;
}

/* f64 tensor holding first, first + 1, ... */
static inline tsr_tensor *rt_count(tsr_device *device, tsr_dims dims, double first) {
  static double numbers[1 << 16];
  size_t n = 1;
  for (size_t k = 0; k < dims.n; k++)
    n *= (size_t)dims.data[k];
  assert_true(n <= sizeof numbers / sizeof *numbers);
  for (size_t i = 0; i < n; i++)
    numbers[i] = first + (double)i;
  return rt_f64(device, dims, numbers);
}

/* The n numbers of an f64 tensor are those of expected, exactly. */
#define assert_numbers(tensor, ...)                                                                \
  do {                                                                                             \
    const double expected_[] = {__VA_ARGS__};                                                      \
    double actual_[sizeof expected_ / sizeof *expected_] = {0};                                    \
    assert_ok(tsr_tensor_read((tensor), actual_, sizeof actual_));                                 \
    assert_close(actual_, expected_, sizeof expected_ / sizeof *expected_, 0.0, 0.0);              \
  } while (0)

/* A run that meets a numerical failure: at once, or when a result is read. */
static inline tsr_status rt_run_and_wait(const tsr_program *p, tsr_device *device,
                                         tsr_tensor_list in, tsr_tensor **out, size_t n) {
  tsr_status status = tsr_program_run(p, device, in, out, n);
  if (status == TSR_OK) status = tsr_device_synchronize(device);
  if (status != TSR_OK) tsr_tensors_release(out, n);
  return status;
}

#endif /* RT_H */
