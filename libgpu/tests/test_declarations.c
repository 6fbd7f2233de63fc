/* test_declarations.c - our declarations against the vendor's headers; skipped without them.
 *
 * Most of it happens when it is compiled: the type of every function of the .def files has
 * to be that of the vendor's, and so have the constants and the struct of abi_internal.h.
 */
#include "tsr_test.h"

#if defined(__has_include)
#if __has_include("/usr/local/cuda/include/cuda.h") &&                                             \
                  __has_include("/usr/local/cuda/include/cusolverDn.h")
#define HAS_HEADERS 1
#endif
#endif

#ifdef HAS_HEADERS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#pragma GCC diagnostic ignored "-Wpedantic"
#include "/usr/local/cuda/include/cublasLt.h"
#include "/usr/local/cuda/include/cublas_v2.h"
#include "/usr/local/cuda/include/cuda.h"
#include "/usr/local/cuda/include/cufft.h"
#include "/usr/local/cuda/include/cusolverDn.h"
#include "/usr/local/cuda/include/nvrtc.h"
#pragma GCC diagnostic pop

#include "abi_internal.h"
#include "cuda_internal.h"

static tsri_libraries all;

/* Never evaluated; wrong types do not compile. */
#define SAME_TYPE(table, name, symbol) (void)sizeof(all.table.name = symbol);

static void test_functions(void **state) {
  (void)state;
#define TSRI_FUNCTION(name, symbol, ...) SAME_TYPE(driver, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...)
#include "driver.def"
#define TSRI_FUNCTION(name, symbol, ...)    SAME_TYPE(cublas, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) SAME_TYPE(cublas, name, symbol)
#include "cublas.def"
#define TSRI_FUNCTION(name, symbol, ...)    SAME_TYPE(cublaslt, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) SAME_TYPE(cublaslt, name, symbol)
#include "cublaslt.def"
#define TSRI_FUNCTION(name, symbol, ...)    SAME_TYPE(cufft, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) SAME_TYPE(cufft, name, symbol)
#include "cufft.def"
#define TSRI_FUNCTION(name, symbol, ...)    SAME_TYPE(cusolver, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) SAME_TYPE(cusolver, name, symbol)
#include "cusolver.def"
#define TSRI_FUNCTION(name, symbol, ...)    SAME_TYPE(nvrtc, name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) SAME_TYPE(nvrtc, name, symbol)
#include "nvrtc.def"
  assert_null(all.loader);
}

static void test_constants(void **state) {
  (void)state;
  assert_int_equal(TSRI_ATTRIBUTE_MULTIPROCESSORS, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  assert_int_equal(TSRI_ATTRIBUTE_ARCH_MAJOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  assert_int_equal(TSRI_ATTRIBUTE_ARCH_MINOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  assert_int_equal(TSRI_ATTRIBUTE_SHARED_MAX,
                   CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  assert_int_equal(TSRI_ATTRIBUTE_MEMORY_POOLS, CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED);
  assert_int_equal(TSRI_POOL_RELEASE_THRESHOLD, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD);
  assert_int_equal(TSRI_POOL_RESERVED_CURRENT, CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT);
  assert_int_equal(TSRI_POOL_PINNED, CU_MEM_ALLOCATION_TYPE_PINNED);
  assert_int_equal(TSRI_POOL_ON_DEVICE, CU_MEM_LOCATION_TYPE_DEVICE);
  assert_int_equal(TSRI_STREAM_NON_BLOCKING, CU_STREAM_NON_BLOCKING);
  assert_int_equal(TSRI_EVENT_DISABLE_TIMING, CU_EVENT_DISABLE_TIMING);
  assert_int_equal(TSRI_NO_DEVICE, CUDA_ERROR_NO_DEVICE);
  assert_int_equal(TSRI_BLAS_F32, CUDA_R_32F);
  assert_int_equal(TSRI_BLAS_F64, CUDA_R_64F);
  assert_int_equal(TSRI_BLAS_F16, CUDA_R_16F);
  assert_int_equal(TSRI_BLAS_BF16, CUDA_R_16BF);
  assert_int_equal(TSRI_BLAS_C64, CUDA_C_32F);
  assert_int_equal(TSRI_BLAS_C128, CUDA_C_64F);
  assert_int_equal(TSRI_BLAS_COMPUTE_F32, CUBLAS_COMPUTE_32F);
  assert_int_equal(TSRI_BLAS_COMPUTE_F64, CUBLAS_COMPUTE_64F);
  assert_int_equal(TSRI_BLAS_WHOLE_SUMS, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION);
}

static void test_out_of_memory(void **state) {
  (void)state;
  static const unsigned results[TSR_GPU_LIBRARIES] = {
      CUDA_ERROR_OUT_OF_MEMORY, CUBLAS_STATUS_ALLOC_FAILED,   CUBLAS_STATUS_ALLOC_FAILED,
      CUFFT_ALLOC_FAILED,       CUSOLVER_STATUS_ALLOC_FAILED, NVRTC_ERROR_OUT_OF_MEMORY};
  for (int i = 0; i < TSR_GPU_LIBRARIES; i++)
    assert_int_equal(tsri_result_code((tsr_gpu_library)i, results[i]), TSR_ERR_NOMEM);
}

static void test_pool_props(void **state) {
  (void)state;
#define SAME_PLACE(ours, theirs)                                                                   \
  assert_int_equal(offsetof(tsri_pool_props, ours), offsetof(CUmemPoolProps, theirs))
  assert_int_equal(sizeof(tsri_pool_props), sizeof(CUmemPoolProps));
  SAME_PLACE(type, allocType);
  SAME_PLACE(handle_types, handleTypes);
  SAME_PLACE(location_type, location.type);
  SAME_PLACE(location_id, location.id);
  SAME_PLACE(security, win32SecurityAttributes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_functions),
      cmocka_unit_test(test_constants),
      cmocka_unit_test(test_out_of_memory),
      cmocka_unit_test(test_pool_props),
  };
  return cmocka_run_group_tests_name("gpu/declarations", tests, NULL, NULL);
}
#else
int main(void) {
  print_message("skipped: /usr/local/cuda/include/cuda.h is not there\n");
  return 77;
}
#endif
