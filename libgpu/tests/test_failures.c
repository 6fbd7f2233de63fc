/* test_failures.c - the k-th call of the driver fails, for every k: an error that says which,
 * nothing lost, and a device that works again afterwards.
 */
#include "mock_cuda.h"
#include "tsr_test.h"

static tsri_cuda_backend backend;
static const tsr_backend *const b = &backend.base;

/* What the first failure hit: work that must report it, or giving something back. */
typedef enum phase {
  WORK,
  FREE,
  RELEASE
} phase;
static phase now, at_failure;
static bool seen_failure;

static void enter_phase(phase next) {
  if (mock.n_failed && !seen_failure) {
    seen_failure = true;
    at_failure = now;
  }
  now = next;
}

static tsr_status copy_there_and_back(tsr_device *d, tsr_stream *stream, void *data) {
  char from[100], to[100] = {0};
  for (int i = 0; i < 100; i++)
    from[i] = (char)i;
  TSR_TRY(b->upload(stream, data, from, sizeof from));
  TSR_TRY(b->synchronize(stream));
  TSR_TRY(b->download(d->stream, to, data, sizeof to));
  TSR_TRY(b->synchronize(d->stream));
  assert_memory_equal(from, to, sizeof from);
  return TSR_OK;
}

static tsr_status with_event(tsr_device *d, tsr_stream *stream, void *event, void *data) {
  TSR_TRY(copy_there_and_back(d, stream, data));
  TSR_TRY(b->event_record(stream, event));
  return b->event_wait(d->stream, event);
}

static tsr_status with_memory(tsr_device *d, tsr_stream *stream, void *event) {
  void *data;
  tsr_status status = b->alloc(stream, 1000, &data);
  if (status != TSR_OK) {
    assert_null(data);
    return status;
  }
  status = with_event(d, stream, event, data);
  enter_phase(FREE);
  b->free(stream, data, 1000);
  enter_phase(WORK);
  tsr_status later = b->synchronize(stream);
  return status != TSR_OK ? status : later;
}

static tsr_status with_stream(tsr_device *d, tsr_stream *stream) {
  void *event;
  TSR_TRY(b->event_create(d, &event));
  tsr_status status = with_memory(d, stream, event);
  enter_phase(RELEASE);
  b->event_destroy(d, event);
  enter_phase(WORK);
  return status;
}

static tsr_status work(tsr_device *d) {
  tsr_stream *stream;
  TSR_TRY(b->stream_open(d, &stream));
  tsr_status status = with_stream(d, stream);
  enter_phase(RELEASE);
  b->stream_close(stream);
  enter_phase(WORK);
  assert_int_equal(d->live, 0);
  assert_int_equal(mock.allocations + mock.events, 0);
  assert_int_equal(mock.streams, 1);
  return status;
}

/* Everything once; on a failure that comes once, everything again on the same device. */
static tsr_status everything(char *message) {
  tsr_device *d;
  tsr_status status = b->open(b, 1, &d);
  if (status != TSR_OK) {
    assert_null(d);
    snprintf(message, TSR_ERROR_TEXT, "%s", tsr_error_message());
    enter_phase(WORK);
    return status;
  }
  status = work(d);
  snprintf(message, TSR_ERROR_TEXT, "%s", tsr_error_message());
  if (mock.n_failed && !mock.persistent) {
    mock.fail_at = -1;
    assert_ok(work(d));
  }
  enter_phase(RELEASE);
  tsr_device_release(d);
  enter_phase(WORK);
  return status;
}

static bool may_succeed(bool persistent) {
  const char *name = mock.failed[0];
  if (at_failure == RELEASE || strcmp(name, "cuMemPoolGetAttribute") == 0) return true;
  if (at_failure == FREE) return strncmp(name, "cuCtx", 5) == 0;
  /* trimmed, and tried once more */
  return !persistent && mock.failure == MOCK_NOMEM && strcmp(name, "cuMemAllocFromPoolAsync") == 0;
}

static bool names_a_failed_function(const char *message) {
  for (int i = 0; i < mock.n_failed; i++) {
    if (strstr(message, mock.failed[i])) return true;
  }
  return false;
}

static void check_message(tsr_status status, const char *message) {
  bool nomem = mock.failure == MOCK_NOMEM;
  assert_int_equal(status, nomem ? TSR_ERR_NOMEM : TSR_ERR_DEVICE);
  if (!names_a_failed_function(message)) fail_msg("%s not named: %s", mock.failed[0], message);
  assert_non_null(strstr(message, nomem ? "error 2 " : "error 700 "));
  assert_non_null(strstr(message, nomem ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_ILLEGAL_ADDR"));
  assert_non_null(strstr(message, nomem ? "out of memory" : "illegal memory access"));
}

static void fail_at(long k, bool persistent, tsri_result failure, bool pools) {
  char message[TSR_ERROR_TEXT];
  mock_reset();
  mock.has_pools = pools;
  mock.fail_at = k;
  mock.persistent = persistent;
  mock.failure = failure;
  seen_failure = false;
  now = WORK;
  tsr_status status = everything(message);
  assert_true(mock.n_failed > 0 && seen_failure);
  if (status != TSR_OK) {
    check_message(status, message);
  } else if (!may_succeed(persistent)) {
    fail_msg("call %ld: nobody was told that %s failed", k, mock.failed[0]);
  }
  assert_int_equal(mock_open_things(), 0);
  if (strcmp(mock.failed[0], "cuCtxSetCurrent") != 0 && !persistent) {
    assert_ptr_equal(mock_current, MOCK_FOREIGN);
  }
}

static void walk(bool pools) {
  char message[TSR_ERROR_TEXT];
  backend = mock_backend();
  mock_reset();
  mock.has_pools = pools;
  assert_ok(everything(message));
  assert_int_equal(mock_open_things(), 0);
  assert_ptr_equal(mock_current, MOCK_FOREIGN);
  long total = mock.calls;
  assert_true(total > 60);
  for (long k = 0; k < total; k++) {
    for (int how = 0; how < 4; how++)
      fail_at(k, how / 2, how % 2 ? MOCK_NOMEM : MOCK_ILLEGAL_ADDRESS, pools);
  }
}

static void test_every_call_may_fail(void **state) {
  (void)state;
  walk(true);
}

static void test_every_call_may_fail_without_pools(void **state) {
  (void)state;
  walk(false);
}

/* Host memory: everything that allocates, vendor handles and a compilation included. */
static tsr_status with_handles(tsr_device *d, const tsr_gpu_spi *spi) {
  static const char *const options[] = {"-G"};
  static const tsr_gpu_source source = {"k.cu", "kernel", options, 1};
  struct cublasContext *blas;
  tsr_gpu_image image;
  struct CUmod_st *module;
  TSR_TRY(spi->cublas(d->stream, &blas));
  TSR_TRY(spi->compile(d, &source, &image));
  tsr_status status = spi->module_load(d, &image, &module);
  if (status == TSR_OK) spi->module_unload(d, module);
  spi->image_free(&image);
  return status == TSR_OK ? work(d) : status;
}

static tsr_status out_of_memory(void *arg) {
  tsr_device *d;
  (void)arg;
  TSR_TRY(b->open(b, 0, &d));
  tsr_status status = with_handles(d, b->spi);
  tsr_device_release(d);
  return status;
}

static void test_running_out_of_host_memory(void **state) {
  (void)state;
  backend = mock_backend();
  mock_reset();
  tsr_test_oom(out_of_memory, NULL);
  assert_int_equal(mock_open_things(), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_call_may_fail),
      cmocka_unit_test(test_every_call_may_fail_without_pools),
      cmocka_unit_test(test_running_out_of_host_memory),
  };
  return cmocka_run_group_tests_name("gpu/failures", tests, NULL, NULL);
}
