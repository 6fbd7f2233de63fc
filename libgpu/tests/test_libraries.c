/* test_libraries.c - finding the vendor's libraries, and what is said when they are not there. */
#include "mock_cuda.h"
#include "tsr_test.h"

static char tried[1024];

/* Nothing is there; keep what was asked for, in order. */
static void *open_nothing(const char *path) {
  size_t used = strlen(tried);
  snprintf(tried + used, sizeof tried - used, "%s ", path);
  return NULL;
}

static const char *no_reason(void) { return NULL; }

static const tsri_loader empty_loader = {open_nothing, no_reason, NULL, NULL};

static tsr_status need(const tsri_loader *loader, tsr_gpu_library which) {
  tsri_libraries all;
  tsri_libraries_init(&all, loader);
  tsr_status status = tsri_library_need(&all, which);
  tsri_libraries_close(&all);
  return status;
}

static void test_names_and_folders_are_tried_in_order(void **state) {
  (void)state;
  static const char *const expected[TSR_GPU_LIBRARIES] = {
      "libcuda.so.1 /usr/local/cuda/lib64/libcuda.so.1 ",
      "libcublas.so.13 libcublas.so.12 /usr/local/cuda/lib64/libcublas.so.13 "
      "/usr/local/cuda/lib64/libcublas.so.12 ",
      "libcublasLt.so.13 libcublasLt.so.12 /usr/local/cuda/lib64/libcublasLt.so.13 "
      "/usr/local/cuda/lib64/libcublasLt.so.12 ",
      "libcufft.so.12 libcufft.so.11 /usr/local/cuda/lib64/libcufft.so.12 "
      "/usr/local/cuda/lib64/libcufft.so.11 ",
      "libcusolver.so.12 libcusolver.so.11 /usr/local/cuda/lib64/libcusolver.so.12 "
      "/usr/local/cuda/lib64/libcusolver.so.11 ",
      "libnvrtc.so.13 libnvrtc.so.12 /usr/local/cuda/lib64/libnvrtc.so.13 "
      "/usr/local/cuda/lib64/libnvrtc.so.12 ",
  };
  for (int i = 0; i < TSR_GPU_LIBRARIES; i++) {
    tried[0] = 0;
    assert_status(TSR_ERR_DEVICE, need(&empty_loader, (tsr_gpu_library)i));
    assert_string_equal(tried, expected[i]);
  }
}

static void test_the_error_names_each_path_and_the_reason(void **state) {
  (void)state;
  mock_reset();
  mock.absent = "cublas";
  assert_error_says(
      need(&mock_loader, TSR_GPU_CUBLAS), TSR_ERR_DEVICE,
      "cannot open cuBLAS: ", "libcublas.so.13: no such file; libcublas.so.12: no such file; ",
      "/usr/local/cuda/lib64/libcublas.so.12: no such file; ", "is the CUDA toolkit installed?");
  mock.absent = "libcuda";
  assert_error_says(need(&mock_loader, TSR_GPU_DRIVER), TSR_ERR_DEVICE,
                    "cannot open the CUDA driver: libcuda.so.1: no such file",
                    "is the NVIDIA driver installed?");
  assert_int_equal(mock.libraries, 0);
}

static void *open_unlikely(const char *path) {
  char other[128];
  snprintf(other, sizeof other, "%s.not.there", path);
  return tsri_system_loader.open(other);
}

static void test_the_systems_reason_names_the_path_once(void **state) {
  (void)state;
  tsri_loader unlikely = tsri_system_loader;
  unlikely.open = open_unlikely;
  assert_error_says(need(&unlikely, TSR_GPU_DRIVER), TSR_ERR_DEVICE,
                    "cannot open the CUDA driver: libcuda.so.1.not.there: cannot open shared "
                    "object file",
                    "; /usr/local/cuda/lib64/libcuda.so.1.not.there: cannot open");
}

static void test_a_missing_function_is_named(void **state) {
  (void)state;
  mock_reset();
  mock.missing = "cuMemAlloc_v2";
  assert_error_says(need(&mock_loader, TSR_GPU_DRIVER), TSR_ERR_DEVICE, "the CUDA driver",
                    "cuMemAlloc_v2", "too old");
  assert_int_equal(mock.libraries, 0);
}

static void test_other_names_and_folders_do(void **state) {
  (void)state;
  mock_reset();
  assert_ok(need(&mock_loader, TSR_GPU_CUBLASLT)); /* .12 only */
  assert_ok(need(&mock_loader, TSR_GPU_NVRTC));    /* in the toolkit's folder only */
  assert_int_equal(mock.libraries, 0);
}

static void test_any_symbol_is_found_and_the_library_opened_once(void **state) {
  (void)state;
  tsri_libraries all;
  tsr_gpu_function found;
  mock_reset();
  tsri_libraries_init(&all, &mock_loader);
  assert_ok(tsri_library_find(&all, TSR_GPU_CUFFT, "cufftCreate", &found));
  assert_non_null(found);
  assert_ok(tsri_library_need(&all, TSR_GPU_CUFFT));
  assert_int_equal(mock.libraries, 1);
  assert_error_says(tsri_library_find(&all, TSR_GPU_CUFFT, "cufftNonsense", &found), TSR_ERR_DEVICE,
                    "cuFFT", "cufftNonsense");
  assert_null(found);
  assert_status(TSR_ERR_ARGUMENT, tsri_library_need(&all, TSR_GPU_LIBRARIES));
  tsri_libraries_close(&all);
  assert_int_equal(mock.libraries, 0);
}

static void test_versions(void **state) {
  (void)state;
  static const int32_t expected[TSR_GPU_LIBRARIES][3] = {
      {13, 2, 0},
      {12, 3, 4},
      {12, 3, 4},
      {12, 3, 4},
      {12, 3, 4},
      {13, 1, 0},
  };
  tsri_libraries all;
  int32_t version[3];
  mock_reset();
  tsri_libraries_init(&all, &mock_loader);
  for (int i = 0; i < TSR_GPU_LIBRARIES; i++) {
    assert_ok(tsri_library_version(&all, (tsr_gpu_library)i, version));
    assert_memory_equal(version, expected[i], sizeof version);
  }
  mock.fail_at = mock.calls + 1; /* the minor number of cuBLAS */
  mock.failure = 3;
  assert_error_says(tsri_library_version(&all, TSR_GPU_CUBLAS, version), TSR_ERR_NOMEM,
                    "cublasGetProperty", "error 3 of cuBLAS", "the resource allocation failed");
  assert_int_equal(version[0], 0);
  tsri_libraries_close(&all);
}

static void test_results_have_codes_and_texts(void **state) {
  (void)state;
  static const struct {
    tsr_gpu_library which;
    tsri_result result;
    tsr_status code;
    const char *text;
  } rows[] = {
      {TSR_GPU_DRIVER,   700,   TSR_ERR_DEVICE, "f: error 700 of the CUDA driver, CUDA_ERROR_ILLEGAL"},
      {TSR_GPU_DRIVER,   12345, TSR_ERR_DEVICE, "error 12345 of the CUDA driver, unknown: no text"   },
      {TSR_GPU_CUBLAS,   3,     TSR_ERR_NOMEM,  "error 3 of cuBLAS, the resource allocation failed"  },
      {TSR_GPU_CUBLASLT, 7,     TSR_ERR_DEVICE, "error 7 of cuBLASLt, unrecognized"                  },
      {TSR_GPU_CUFFT,    2,     TSR_ERR_NOMEM,  "error 2 of cuFFT, CUFFT_ALLOC_FAILED"               },
      {TSR_GPU_CUFFT,    99,    TSR_ERR_DEVICE, "error 99 of cuFFT, unknown"                         },
      {TSR_GPU_CUSOLVER, 6,     TSR_ERR_DEVICE, "CUSOLVER_STATUS_EXECUTION_FAILED"                   },
      {TSR_GPU_NVRTC,    1,     TSR_ERR_NOMEM,  "NVRTC_ERROR_OUT_OF_MEMORY"                          },
  };
  tsri_libraries all;
  mock_reset();
  tsri_libraries_init(&all, &mock_loader);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_ok(tsri_library_need(&all, rows[i].which));
    assert_ok(tsri_check(&all, rows[i].which, "f", 0));
    assert_error_says(tsri_check(&all, rows[i].which, "f", rows[i].result), rows[i].code,
                      rows[i].text);
  }
  tsri_libraries_close(&all);
}

static void test_a_library_is_looked_at_without_a_device(void **state) {
  (void)state;
  tsr_gpu_found found;
  mock_reset();
  mock.n_devices = 0;
  for (int i = 0; i < TSR_GPU_LIBRARIES; i++) {
    assert_ok(tsri_library_probe(&mock_loader, (tsr_gpu_library)i, &found));
    assert_string_equal(found.path, "/vendor/library.so");
    assert_true(found.version[0] > 0);
  }
  assert_int_equal(mock_open_things(), 0);
  mock.missing = "cublasGetProperty";
  assert_error_says(tsri_library_probe(&mock_loader, TSR_GPU_CUBLAS, &found), TSR_ERR_DEVICE,
                    "cublasGetProperty");
  assert_string_equal(found.path, "");
  assert_int_equal(mock_open_things(), 0);
  assert_status(TSR_ERR_ARGUMENT, tsr_gpu_library_probe(TSR_GPU_LIBRARIES, &found));
  assert_status(TSR_ERR_ARGUMENT, tsr_gpu_library_probe(TSR_GPU_CUBLAS, NULL));
  assert_string_equal(tsr_gpu_library_title(TSR_GPU_NVRTC), "NVRTC");
  assert_string_equal(tsr_gpu_library_title(TSR_GPU_LIBRARIES), "?");
}

/* The loader names the file of a library: here of the C library, which is always there. */
static void test_the_system_tells_the_path(void **state) {
  (void)state;
  void *library = tsri_system_loader.open("libc.so.6");
  assert_non_null(library);
  const char *path = tsri_system_loader.path(library);
  assert_non_null(path);
  assert_true(path[0] == '/' && strstr(path, "libc"));
  tsri_system_loader.close(library);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_and_folders_are_tried_in_order),
      cmocka_unit_test(test_the_error_names_each_path_and_the_reason),
      cmocka_unit_test(test_the_systems_reason_names_the_path_once),
      cmocka_unit_test(test_a_missing_function_is_named),
      cmocka_unit_test(test_other_names_and_folders_do),
      cmocka_unit_test(test_any_symbol_is_found_and_the_library_opened_once),
      cmocka_unit_test(test_versions),
      cmocka_unit_test(test_results_have_codes_and_texts),
      cmocka_unit_test(test_a_library_is_looked_at_without_a_device),
      cmocka_unit_test(test_the_system_tells_the_path),
  };
  return cmocka_run_group_tests_name("gpu/libraries", tests, NULL, NULL);
}
