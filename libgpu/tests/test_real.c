/* test_real.c - the whole backend on a real GPU; skipped where there is none. */
#include "cuda_internal.h"
#include "tsr_test.h"

#include <stdlib.h>
#include <string.h>

#include "tsr/tensor.h"

static const tsr_backend *const b = &tsri_cuda_system_backend.base;
static const tsr_gpu_spi *const spi = &tsri_cuda_spi;
static tsr_device *d;

static const char kernel_text[] =
    "extern \"C\" __global__ void axpb(float *x, float a, float b, int n) {\n"
    "  int i = blockIdx.x * blockDim.x + threadIdx.x;\n"
    "  if (i < n) x[i] = x[i] * a + b;\n"
    "}\n"
    "extern \"C\" __global__ void crash(int *x) { *x = 1; }\n";

enum {
  N = 1000
};

static void test_a_device_has_facts(void **state) {
  (void)state;
  const tsr_gpu_facts *facts = spi->facts(d);
  int32_t version[3];
  assert_true(strlen(facts->name) > 0);
  assert_in_range(facts->arch, 50, 999);
  assert_true(facts->multiprocessors > 0 && facts->shared_max >= 48 * 1024);
  assert_true(facts->memory > INT64_C(1) << 28);
  assert_ok(spi->version(d, TSR_GPU_DRIVER, version));
  print_message("%s, compute capability %d.%d, %d multiprocessors, %lld MiB, CUDA %d.%d\n",
                facts->name, facts->arch / 10, facts->arch % 10, facts->multiprocessors,
                (long long)(facts->memory >> 20), version[0], version[1]);
}

static void test_tensors_go_there_and_back(void **state) {
  (void)state;
  double x[6] = {1, 2, 3, 4, 5, 6}, y[6];
  static const double turned[6] = {1, 4, 2, 5, 3, 6};
  static const int64_t axes[] = {1, 0};
  tsr_tensor *t, *v;
  assert_ok(tsr_tensor_from_data(d, TSR_F64, TSR_DIMS(2, 3), x, &t));
  assert_ok(tsr_tensor_transpose(t, (tsr_axes){axes, 2}, &v));
  assert_ok(tsr_tensor_read(v, y, sizeof y));
  assert_memory_equal(y, turned, sizeof y);
  tsr_tensor_release(t);
  tsr_tensor_release(v);
}

static void test_memory_comes_back_to_the_pool(void **state) {
  (void)state;
  enum {
    SIZE = 64 << 20
  };
  void *first, *second;
  int64_t live, high, before, after;
  assert_ok(b->alloc(d->stream, SIZE, &first));
  assert_int_equal((uintptr_t)first % 64, 0);
  tsr_device_memory(d, &live, &high, &before);
  assert_int_equal(live, SIZE);
  assert_true(before >= SIZE);
  b->free(d->stream, first, SIZE);
  assert_ok(b->synchronize(d->stream));
  assert_ok(b->alloc(d->stream, SIZE, &second));
  tsr_device_memory(d, &live, &high, &after);
  assert_int_equal(after, before); /* the same memory again */
  b->free(d->stream, second, SIZE);
  assert_ok(b->synchronize(d->stream));
}

static void test_too_much_memory_is_refused(void **state) {
  (void)state;
  void *data;
  size_t size = (size_t)spi->facts(d)->memory * 2;
  assert_error_says(b->alloc(d->stream, size, &data), TSR_ERR_NOMEM, "error 2 ",
                    "CUDA_ERROR_OUT_OF_MEMORY", "cuda:0");
  assert_ok(b->alloc(d->stream, 1, &data)); /* and all is well */
  b->free(d->stream, data, 1);
}

static void test_a_kernel_runs_ordered_across_streams(void **state) {
  (void)state;
  const tsr_gpu_source source = {"real.cu", kernel_text, NULL, 0};
  const tsr_gpu_grid grid = {
      {(N + 127) / 128, 1, 1},
      {128,             1, 1},
      0
  };
  tsr_gpu_image image;
  struct CUmod_st *module;
  struct CUfunc_st *axpb;
  tsr_stream *stream;
  void *event, *x, *copy;
  float host[N], back[N], a = 3, c = 0.5f;
  int n = N;
  void *arguments[] = {&x, &a, &c, &n};
  if (spi->compile(d, &source, &image) != TSR_OK) {
    print_message("no kernel is run: %s\n", tsr_error_message());
    return;
  }
  for (int i = 0; i < N; i++)
    host[i] = (float)i;
  assert_ok(spi->module_load(d, &image, &module));
  assert_ok(spi->module_find(d, module, "axpb", &axpb));
  assert_ok(b->stream_open(d, &stream));
  assert_ok(b->event_create(d, &event));
  assert_ok(b->alloc(stream, sizeof host, &x));
  assert_ok(b->alloc(d->stream, sizeof host, &copy));
  assert_ok(b->upload(stream, x, host, sizeof host));
  assert_ok(spi->launch(stream, axpb, &grid, arguments));
  assert_ok(b->event_record(stream, event));
  assert_ok(b->event_wait(d->stream, event));
  assert_ok(spi->copy(d->stream, copy, x, sizeof host));
  assert_ok(b->download(d->stream, back, copy, sizeof back));
  assert_ok(b->synchronize(d->stream));
  for (int i = 0; i < N; i++)
    assert_true(back[i] == 3 * (float)i + 0.5f);
  assert_ok(spi->fill(d->stream, copy, 0, sizeof host));
  assert_ok(b->download(d->stream, back, copy, sizeof back));
  assert_ok(b->synchronize(d->stream));
  assert_true(back[0] == 0 && back[N - 1] == 0);
  b->free(d->stream, copy, sizeof host);
  b->free(stream, x, sizeof host);
  b->event_destroy(d, event);
  b->stream_close(stream);
  spi->module_unload(d, module);
  spi->image_free(&image);
}

/* Those of the toolkit's libraries that are there. */
static void test_vendor_handles_open(void **state) {
  (void)state;
  struct cublasContext *blas;
  struct cublasLtContext *lt;
  struct cusolverDnContext *solver;
  int plan;
  for (int i = 0; i < TSR_GPU_LIBRARIES; i++) {
    int32_t version[3];
    bool there = spi->version(d, (tsr_gpu_library)i, version) == TSR_OK;
    print_message("%s: %s", tsri_library_title((tsr_gpu_library)i), there ? "" : "not there\n");
    if (there) print_message("%d.%d.%d\n", version[0], version[1], version[2]);
  }
  tsri_libraries *all = &tsri_cuda_of(d)->libraries;
  if (tsri_library_need(all, TSR_GPU_CUBLAS) == TSR_OK) assert_ok(spi->cublas(d->stream, &blas));
  if (tsri_library_need(all, TSR_GPU_CUBLASLT) == TSR_OK) assert_ok(spi->cublaslt(d->stream, &lt));
  if (tsri_library_need(all, TSR_GPU_CUSOLVER) == TSR_OK) {
    assert_ok(spi->cusolver(d->stream, &solver));
  }
  if (tsri_library_need(all, TSR_GPU_CUFFT) == TSR_OK) {
    assert_ok(spi->fft_create(d, &plan));
    assert_ok(spi->fft_bind(d->stream, plan, NULL));
    spi->fft_destroy(d, plan);
  }
}

static void test_another_ordinal_is_not_there(void **state) {
  (void)state;
  int32_t n;
  tsr_device *other;
  assert_ok(tsr_gpu_count(&n));
  assert_error_says(b->open(b, n, &other), TSR_ERR_NOT_FOUND, "asked for", "present");
}

/* Last: a kernel that writes nowhere ends the context for good. */
static void test_a_crash_is_told_when_waiting(void **state) {
  (void)state;
  const tsr_gpu_source source = {"real.cu", kernel_text, NULL, 0};
  const tsr_gpu_grid grid = {
      {1, 1, 1},
      {1, 1, 1},
      0
  };
  tsr_gpu_image image;
  struct CUmod_st *module;
  struct CUfunc_st *crash;
  void *nowhere = NULL, *arguments[] = {&nowhere};
  if (spi->compile(d, &source, &image) != TSR_OK) return;
  assert_ok(spi->module_load(d, &image, &module));
  assert_ok(spi->module_find(d, module, "crash", &crash));
  assert_ok(spi->launch(d->stream, crash, &grid, arguments));
  assert_error_says(b->synchronize(d->stream), TSR_ERR_DEVICE, "cuStreamSynchronize", "error 700");
  spi->module_unload(d, module);
  spi->image_free(&image);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_device_has_facts),
      cmocka_unit_test(test_tensors_go_there_and_back),
      cmocka_unit_test(test_memory_comes_back_to_the_pool),
      cmocka_unit_test(test_too_much_memory_is_refused),
      cmocka_unit_test(test_a_kernel_runs_ordered_across_streams),
      cmocka_unit_test(test_vendor_handles_open),
      cmocka_unit_test(test_another_ordinal_is_not_there),
      cmocka_unit_test(test_a_crash_is_told_when_waiting),
  };
  int32_t n = 0;
  if (tsr_gpu_count(&n) != TSR_OK || n == 0) {
    print_message("skipped: %s\n",
                  n == 0 && tsr_error_message()[0] ? tsr_error_message() : "no device");
    return 77;
  }
  if (b->open(b, 0, &d) != TSR_OK) {
    print_error("%s\n", tsr_error_message());
    return 1;
  }
  int result = cmocka_run_group_tests_name("gpu/real", tests, NULL, NULL);
  tsr_device_release(d);
  return result;
}
