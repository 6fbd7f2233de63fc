/* test_device.c - the CUDA device over a mock driver: opening, memory, streams, events. */
#include "mock_cuda.h"
#include "tsr_test.h"

#include "tsr/tensor.h"

static tsri_cuda_backend backend;
static const tsr_backend *const b = &backend.base;

static tsr_device *open_cuda(int32_t ordinal) {
  tsr_device *d;
  assert_ok(b->open(b, ordinal, &d));
  return d;
}

static int setup(void **state) {
  (void)state;
  backend = mock_backend();
  mock_reset();
  return 0;
}

static int teardown(void **state) {
  (void)state;
  return mock_open_things();
}

static void assert_memory_is(const tsr_device *d, int64_t live, int64_t high, int64_t reserved) {
  int64_t l, h, r;
  tsr_device_memory(d, &l, &h, &r);
  assert_int_equal(l, live);
  assert_int_equal(h, high);
  assert_int_equal(r, reserved);
}

static void test_devices_open_by_ordinal(void **state) {
  (void)state;
  tsr_device *d;
  assert_error_says(b->open(b, 7, &d), TSR_ERR_NOT_FOUND, "cuda:7 asked for, 2 devices present");
  assert_null(d);
  assert_error_says(b->open(b, -1, &d), TSR_ERR_NOT_FOUND, "cuda:-1 asked for");
  mock.n_devices = 1;
  assert_error_says(b->open(b, 1, &d), TSR_ERR_NOT_FOUND, "cuda:1 asked for, 1 device present");
  mock.n_devices = 0;
  assert_error_says(b->open(b, 0, &d), TSR_ERR_NOT_FOUND, "cuda:0 asked for, 0 devices present");
  mock.n_devices = 2;
  d = open_cuda(1);
  assert_string_equal(tsr_device_name(d), "cuda:1");
  assert_false(d->is_host);
  assert_int_equal(mock.threshold == UINT64_MAX, 1);
  tsr_device *other = open_cuda(0);
  tsr_device_release(d);
  assert_ok(tsr_device_synchronize(other));
  tsr_device_release(other);
}

static void test_without_a_driver_the_error_says_what_to_do(void **state) {
  (void)state;
  tsr_device *d;
  int32_t n = -1;
  mock.absent = "libcuda";
  assert_error_says(b->open(b, 0, &d), TSR_ERR_DEVICE,
                    "cannot open the CUDA driver: libcuda.so.1: no such file",
                    "is the NVIDIA driver installed?", "cuda:0");
  assert_null(d);
  assert_error_says(tsri_cuda_count(&mock_loader, &n), TSR_ERR_DEVICE, "libcuda.so.1");
  assert_int_equal(n, 0);
}

static void test_count(void **state) {
  (void)state;
  int32_t n = -1;
  assert_ok(tsri_cuda_count(&mock_loader, &n));
  assert_int_equal(n, 2);
  mock.n_devices = 0;
  assert_ok(tsri_cuda_count(&mock_loader, &n));
  assert_int_equal(n, 0);
  mock.n_devices = 2;
  for (mock.fail_at = 0; mock.fail_at < 2; mock.fail_at++) {
    mock.calls = 0;
    mock.failure = MOCK_ILLEGAL_ADDRESS;
    assert_error_says(tsri_cuda_count(&mock_loader, &n), TSR_ERR_DEVICE, "error 700",
                      mock.fail_at ? "cuDeviceGetCount" : "cuInit");
    assert_int_equal(n, 0);
  }
}

static void test_memory_is_counted_as_it_is_rounded(void **state) {
  (void)state;
  tsr_device *d = open_cuda(0);
  void *one, *two;
  static const size_t sizes[] = {0, 1, 512, 513, 1000000},
                      rounded[] = {512, 512, 512, 1024, 1000448};
  for (int i = 0; i < 5; i++)
    assert_int_equal(b->rounded_size(d, sizes[i]), rounded[i]);
  assert_ok(b->alloc(d->stream, 1, &one));
  assert_ok(b->alloc(d->stream, 513, &two));
  assert_memory_is(d, 1536, 1536, 1536);
  b->free(d->stream, one, 1);
  assert_memory_is(d, 1024, 1536, 1536);
  tsr_device_memory_reset(d);
  assert_memory_is(d, 1024, 1024, 1536);
  b->free(d->stream, two, 513);
  b->free(d->stream, NULL, 0);
  assert_memory_is(d, 0, 1024, 1536);
  tsr_device_release(d);
}

static void test_without_pools_plain_memory_does(void **state) {
  (void)state;
  mock.has_pools = false;
  tsr_device *d = open_cuda(0);
  void *data;
  assert_int_equal(mock.pools, 0);
  assert_ok(b->alloc(d->stream, 700, &data));
  assert_memory_is(d, 1024, 1024, 1024);
  b->free(d->stream, data, 700);
  assert_memory_is(d, 0, 1024, 0);
  tsr_device_release(d);
}

static void test_too_much_memory_is_refused(void **state) {
  (void)state;
  tsr_device *d = open_cuda(0);
  void *data;
  assert_error_says(b->alloc(d->stream, mock.memory + 1, &data), TSR_ERR_NOMEM,
                    "cuMemAllocFromPoolAsync", "error 2 of the CUDA driver",
                    "CUDA_ERROR_OUT_OF_MEMORY: out of memory", "16777728 bytes on cuda:0");
  assert_null(data);
  assert_int_equal(mock.trims, 1); /* it tried */
  assert_error_says(b->alloc(d->stream, SIZE_MAX, &data), TSR_ERR_NOMEM, "cuda:0",
                    "18446744073709551615");
  assert_memory_is(d, 0, 0, 0);
  tsr_device_release(d);
}

static void test_a_failed_free_is_told_once_when_waiting(void **state) {
  (void)state;
  tsr_device *d = open_cuda(0);
  void *data;
  assert_ok(b->alloc(d->stream, 8, &data));
  assert_status(TSR_ERR_ARGUMENT, tsr_device_synchronize(NULL)); /* leaves a record */
  char before[TSR_ERROR_TEXT];
  strcpy(before, tsr_error_message());
  mock.fail_at = mock.calls + 2; /* cuCtxGetCurrent, cuCtxSetCurrent, then the free */
  mock.failure = MOCK_ILLEGAL_ADDRESS;
  b->free(d->stream, data, 8);
  assert_string_equal(mock.failed[0], "cuMemFreeAsync");
  assert_string_equal(tsr_error_message(), before); /* release leaves the record alone */
  assert_error_says(tsr_device_synchronize(d), TSR_ERR_DEVICE, "ERR_DEVICE: cuMemFreeAsync",
                    "error 700", "CUDA_ERROR_ILLEGAL_ADDRESS", "cuda:0");
  assert_ok(tsr_device_synchronize(d));
  assert_memory_is(d, 0, 512, 512);
  tsr_device_release(d);
}

static void test_work_that_failed_is_told_when_waiting(void **state) {
  (void)state;
  tsr_device *d = open_cuda(0);
  mock.deferred = MOCK_ILLEGAL_ADDRESS;
  assert_error_says(tsr_device_synchronize(d), TSR_ERR_DEVICE, "cuStreamSynchronize", "error 700");
  assert_ok(tsr_device_synchronize(d));
  tsr_device_release(d);
}

static void test_tensors_live_on_it(void **state) {
  (void)state;
  tsr_device *d = open_cuda(0);
  double x[6] = {1, 2, 3, 4, 5, 6}, y[6];
  static const double turned[6] = {1, 4, 2, 5, 3, 6};
  static const int64_t axes[] = {1, 0};
  tsr_tensor *t, *v;
  assert_ok(tsr_tensor_from_data(d, TSR_F64, TSR_DIMS(2, 3), x, &t));
  assert_ok(tsr_tensor_transpose(t, (tsr_axes){axes, 2}, &v));
  assert_ok(tsr_tensor_read(v, y, sizeof y));
  assert_memory_equal(y, turned, sizeof y);
  tsr_device_release(d); /* the tensors keep it open */
  tsr_tensor_release(t);
  tsr_tensor_release(v);
}

static void test_nothing_to_copy_is_no_call(void **state) {
  (void)state;
  tsr_device *d = open_cuda(0);
  const tsr_gpu_spi *spi = b->spi;
  long calls = mock.calls;
  assert_ok(b->upload(d->stream, NULL, NULL, 0));
  assert_ok(b->download(d->stream, NULL, NULL, 0));
  assert_ok(spi->copy(d->stream, NULL, NULL, 0));
  assert_ok(spi->fill(d->stream, NULL, 1, 0));
  assert_int_equal(mock.calls, calls);
  tsr_device_release(d);
}

static void test_events_order_streams(void **state) {
  (void)state;
  tsr_device *d = open_cuda(0);
  tsr_stream *stream;
  void *event;
  assert_ok(b->stream_open(d, &stream));
  assert_ptr_equal(stream->device, d);
  assert_ok(b->event_create(d, &event));
  assert_ok(b->event_record(stream, event));
  assert_ok(b->event_wait(d->stream, event));
  assert_int_equal(mock.waits, 1);
  b->event_destroy(d, event);
  b->event_destroy(d, NULL);
  b->stream_close(stream);
  b->stream_close(NULL);
  tsr_device_release(d);
}

enum {
  ROUNDS = 200,
  THREADS = 4
};

/* Each thread has a stream, and the context it had before. */
static void *use_device(void *arg) {
  tsr_device *d = arg;
  tsr_stream *stream;
  void *data;
  mock_current = NULL;
  if (b->stream_open(d, &stream) != TSR_OK) return arg;
  for (int i = 0; i < ROUNDS; i++) {
    int in = i, out = -1;
    if (b->alloc(stream, 4, &data) != TSR_OK) return arg;
    if (b->upload(stream, data, &in, sizeof in) != TSR_OK) return arg;
    if (b->download(stream, &out, data, sizeof out) != TSR_OK || out != i) return arg;
    b->free(stream, data, 4);
    if (b->synchronize(stream) != TSR_OK || mock_current != NULL) return arg;
  }
  b->stream_close(stream);
  return NULL;
}

static void test_any_thread_may_use_it(void **state) {
  (void)state;
  tsr_device *d = open_cuda(0);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, use_device, d), 0);
  for (int i = 0; i < THREADS; i++) {
    void *failed;
    pthread_join(threads[i], &failed);
    assert_null(failed);
  }
  int64_t live, high, reserved;
  tsr_device_memory(d, &live, &high, &reserved);
  assert_int_equal(live, 0);
  assert_in_range(high, 512, THREADS * 512);
  assert_ptr_equal(mock_current, MOCK_FOREIGN);
  tsr_device_release(d);
  assert_ptr_equal(mock_current, MOCK_FOREIGN);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(test_devices_open_by_ordinal),
      TEST(test_without_a_driver_the_error_says_what_to_do),
      TEST(test_count),
      TEST(test_memory_is_counted_as_it_is_rounded),
      TEST(test_without_pools_plain_memory_does),
      TEST(test_too_much_memory_is_refused),
      TEST(test_a_failed_free_is_told_once_when_waiting),
      TEST(test_work_that_failed_is_told_when_waiting),
      TEST(test_tensors_live_on_it),
      TEST(test_nothing_to_copy_is_no_call),
      TEST(test_events_order_streams),
      TEST(test_any_thread_may_use_it),
  };
  return cmocka_run_group_tests_name("gpu/device", tests, NULL, NULL);
}
