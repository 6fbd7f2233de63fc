/* test_spi.c - what other libraries get from a CUDA device, over a mock of the vendor's. */
#include "mock_cuda.h"
#include "tsr_test.h"

static tsri_cuda_backend backend;
static const tsr_backend *const b = &backend.base;
static const tsr_gpu_spi *const spi = &tsri_cuda_spi;
static tsr_device *d;

static int setup(void **state) {
  (void)state;
  backend = mock_backend();
  mock_reset();
  return b->open(b, 1, &d);
}

static int teardown(void **state) {
  (void)state;
  mock.fail_at = -1;
  tsr_device_release(d);
  return mock_open_things();
}

static void fail_in(long calls) {
  mock.fail_at = mock.calls + calls;
  mock.failure = 3;
}

static void test_facts_and_handles_of_the_driver(void **state) {
  (void)state;
  const tsr_gpu_facts *facts = spi->facts(d);
  assert_string_equal(facts->name, "mock 1");
  assert_int_equal(facts->arch, 90);
  assert_int_equal(facts->multiprocessors, 132);
  assert_int_equal(facts->shared_max, 232448);
  assert_int_equal(facts->memory, 1 << 24);
  assert_ptr_equal(spi->context(d), MOCK_CONTEXT);
  assert_non_null(spi->stream(d->stream));
  assert_ptr_equal(b->spi, spi);
}

static void test_enter_and_leave_nest(void **state) {
  (void)state;
  struct CUctx_st *outer, *inner;
  assert_ok(spi->enter(d, &outer));
  assert_ptr_equal(mock_current, MOCK_CONTEXT);
  assert_ok(spi->enter(d, &inner));
  assert_ok(spi->leave(d, inner, TSR_OK));
  assert_ptr_equal(mock_current, MOCK_CONTEXT);
  assert_int_equal(spi->leave(d, outer, TSR_ERR_SHAPE), TSR_ERR_SHAPE);
  assert_ptr_equal(mock_current, MOCK_FOREIGN);
}

static void test_handles_belong_to_a_stream(void **state) {
  (void)state;
  tsr_stream *stream;
  struct cublasContext *blas, *again, *other;
  struct cublasLtContext *lt;
  struct cusolverDnContext *solver;
  assert_ok(b->stream_open(d, &stream));
  assert_ok(spi->cublas(stream, &blas));
  assert_ptr_equal(mock.bound, spi->stream(stream));
  assert_ok(spi->cublas(stream, &again));
  assert_ptr_equal(blas, again);
  assert_ok(spi->cublas(d->stream, &other));
  assert_ptr_not_equal(blas, other);
  assert_ok(spi->cusolver(stream, &solver));
  assert_ptr_equal(mock.bound, spi->stream(stream));
  assert_ok(spi->cublaslt(stream, &lt));
  assert_int_equal(mock.handles, 4);
  b->stream_close(stream);
  assert_int_equal(mock.handles, 1);
  assert_ptr_equal(mock_current, MOCK_FOREIGN);
}

static void test_a_handle_that_cannot_be_bound_is_destroyed(void **state) {
  (void)state;
  struct cublasContext *blas;
  struct cusolverDnContext *solver;
  fail_in(3); /* cuCtxGetCurrent, cuCtxSetCurrent, create */
  assert_error_says(spi->cublas(d->stream, &blas), TSR_ERR_NOMEM, "cublasSetStream",
                    "error 3 of cuBLAS");
  assert_null(blas);
  fail_in(3);
  assert_error_says(spi->cusolver(d->stream, &solver), TSR_ERR_DEVICE, "cusolverDnSetStream",
                    "CUSOLVER_STATUS_INVALID_VALUE");
  assert_null(solver);
  assert_int_equal(mock.handles, 0);
  fail_in(2);
  assert_error_says(spi->cublas(d->stream, &blas), TSR_ERR_NOMEM, "cublasCreate");
  assert_ok(spi->cublas(d->stream, &blas));
}

static void test_a_library_that_is_not_there_is_named(void **state) {
  (void)state;
  struct cusolverDnContext *solver;
  int plan;
  mock.absent = "libcu";
  assert_error_says(spi->cusolver(d->stream, &solver), TSR_ERR_DEVICE, "cannot open cuSOLVER",
                    "libcusolver.so.11: no such file");
  assert_error_says(spi->fft_create(d, &plan), TSR_ERR_DEVICE, "cannot open cuFFT");
  spi->fft_destroy(d, 1); /* harmless */
}

static void test_fft_plans(void **state) {
  (void)state;
  int plan, work = 0;
  assert_ok(spi->fft_create(d, &plan));
  assert_ok(spi->fft_bind(d->stream, plan, &work));
  assert_ptr_equal(mock.bound, spi->stream(d->stream));
  assert_ok(spi->fft_bind(d->stream, plan, NULL));
  spi->fft_destroy(d, plan);
  assert_int_equal(mock.plans, 0);
  for (int calls = 2; calls < 5; calls++) { /* create, auto allocation, leaving */
    fail_in(calls);
    assert_status(TSR_ERR_DEVICE, spi->fft_create(d, &plan));
    assert_int_equal(mock.plans, 0);
    mock_current = MOCK_FOREIGN;
  }
}

static void test_find_check_and_version(void **state) {
  (void)state;
  tsr_gpu_function found;
  int32_t version[3];
  assert_ok(spi->find(d, TSR_GPU_CUSOLVER, "cusolverDnCreate", &found));
  assert_non_null(found);
  assert_ok(spi->check(d, TSR_GPU_CUFFT, "cufftExecZ2Z", 0));
  assert_error_says(spi->check(d, TSR_GPU_CUFFT, "cufftExecZ2Z", 6), TSR_ERR_DEVICE,
                    "cufftExecZ2Z: error 6 of cuFFT, CUFFT_EXEC_FAILED");
  assert_error_says(spi->check(d, TSR_GPU_CUBLAS, "cublasDgemm", 3), TSR_ERR_NOMEM, "cublasDgemm");
  assert_ok(spi->version(d, TSR_GPU_DRIVER, version));
  assert_int_equal(version[0], 13);
  assert_int_equal(version[1], 2);
}

static const char *const debug[] = {"-G"};

static void test_compile_load_and_launch(void **state) {
  (void)state;
  static const tsr_gpu_source source = {"k.cu", "kernel", debug, 1};
  static const tsr_gpu_grid grid = {
      {1, 2, 3},
      {4, 5, 6},
      7
  };
  tsr_gpu_image image;
  struct CUmod_st *module;
  struct CUfunc_st *function;
  int argument = 0;
  void *arguments[] = {&argument};
  assert_ok(spi->compile(d, &source, &image));
  assert_string_equal(mock.options, "--gpu-architecture=sm_90 --std=c++17 --fmad=false -G ");
  assert_ok(spi->module_load(d, &image, &module));
  assert_ok(spi->module_find(d, module, "add", &function));
  assert_ok(spi->launch(d->stream, function, &grid, arguments));
  assert_int_equal(mock.launches, 1);
  assert_error_says(spi->module_find(d, module, "sub", &function), TSR_ERR_DEVICE,
                    "cuModuleGetFunction", "error 500", "kernel sub");
  assert_null(function);
  spi->module_unload(d, module);
  spi->module_unload(d, NULL);
  spi->image_free(&image);
  assert_error_says(spi->module_load(d, &image, &module), TSR_ERR_ARGUMENT, "empty");
  assert_null(module);
}

static void test_what_is_compiled_for(void **state) {
  (void)state;
  static const struct {
    int32_t arch;
    const char *option;
    size_t size;
  } rows[] = {
      {75,  "=sm_75 ",      4},
      {89,  "=sm_86 ",      4},
      {90,  "=sm_90 ",      4},
      {120, "=compute_90 ", 4}
  };
  static const tsr_gpu_source source = {"k.cu", "kernel", NULL, 0};
  tsri_libraries *all = &tsri_cuda_of(d)->libraries;
  tsr_gpu_image image;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_ok(tsri_compile(all, rows[i].arch, &source, &image));
    assert_non_null(strstr(mock.options, rows[i].option));
    assert_memory_equal(image.data, rows[i].arch == 120 ? "PTX" : "CODE", 4);
    tsri_image_free(&image);
  }
  assert_error_says(tsri_compile(all, 70, &source, &image), TSR_ERR_UNSUPPORTED, "7.0");
}

static void test_wrong_sources_are_explained(void **state) {
  (void)state;
  static const tsr_gpu_source wrong = {"wrong.cu", "wrong", NULL, 0},
                              none = {"e.cu", "empty", NULL, 0};
  tsr_gpu_image image;
  assert_error_says(spi->compile(d, &wrong, &image), TSR_ERR_ARGUMENT, "wrong.cu does not compile",
                    "wrong.cu(1): error: this is wrong");
  assert_null(image.data);
  assert_error_says(spi->compile(d, &none, &image), TSR_ERR_DEVICE, "no code", "sm_90");
}

static void test_every_call_of_a_compilation_may_fail(void **state) {
  (void)state;
  static const tsr_gpu_source sources[] = {
      {"k.cu", "kernel", NULL, 0},
      {"w.cu", "wrong",  NULL, 0}
  };
  tsri_libraries *all = &tsri_cuda_of(d)->libraries;
  tsr_gpu_image image;
  for (int i = 0; i < 4; i++) {
    for (long k = 0; k < 6; k++) {
      fail_in(k);
      tsr_status status = tsri_compile(all, i / 2 ? 120 : 90, &sources[i % 2], &image);
      const char *failed = mock.failed[mock.n_failed - 1];
      assert_true(mock.calls > mock.fail_at);
      if (strcmp(failed, "nvrtcDestroyProgram") != 0) {
        assert_error_says(status, TSR_ERR_DEVICE, failed, "error 3 of NVRTC", "NVRTC_ERROR_OTHER");
      }
      if (status == TSR_OK) tsri_image_free(&image);
      assert_int_equal(mock.programs, 0);
    }
  }
}

static void test_copy_and_fill(void **state) {
  (void)state;
  void *from, *to;
  unsigned char bytes[3] = {0};
  static const unsigned char expected[3] = {7, 7, 7};
  assert_ok(b->alloc(d->stream, 3, &from));
  assert_ok(b->alloc(d->stream, 3, &to));
  assert_ok(spi->fill(d->stream, from, 7, 3));
  assert_ok(spi->copy(d->stream, to, from, 3));
  assert_ok(b->download(d->stream, bytes, to, 3));
  assert_memory_equal(bytes, expected, 3);
  b->free(d->stream, from, 3);
  b->free(d->stream, to, 3);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_facts_and_handles_of_the_driver),
      TEST(test_enter_and_leave_nest),
      TEST(test_handles_belong_to_a_stream),
      TEST(test_a_handle_that_cannot_be_bound_is_destroyed),
      TEST(test_a_library_that_is_not_there_is_named),
      TEST(test_fft_plans),
      TEST(test_find_check_and_version),
      TEST(test_compile_load_and_launch),
      TEST(test_what_is_compiled_for),
      TEST(test_wrong_sources_are_explained),
      TEST(test_every_call_of_a_compilation_may_fail),
      TEST(test_copy_and_fill),
  };
  return cmocka_run_group_tests_name("gpu/spi", tests, NULL, NULL);
}
