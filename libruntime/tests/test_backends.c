/* test_backends.c - the test backends themselves: null computes nothing, mock catches errors. */
#define RT_MOCK
#include "rt.h"
#include "tsr_null.h"

#include "tsr/spi/tensor.h"

static tsr_program *chain(tsr_runtime *rt, int n) {
  tsr_builder *b = NULL;
  tsr_program *p = NULL;
  tsr_compile_options options = {.keep_all = true};
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(4), tsr_dim_of(4)));
  for (int i = 0; i < n; i++)
    x = tsr_matmul(b, x, x);
  assert_ok(tsr_compile_with(b, TSR_VALUES(x), &options, &p));
  return p;
}

static tsr_status at_once(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_lt(b, in[0], tsr_scalar(b, 1));
  return TSR_OK;
}
static tsr_status on(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], in[0]);
  return TSR_OK;
}

static void test_null_plans_and_dispatches_only(void **state) {
  (void)state;
  tsr_runtime *rt = NULL;
  tsr_device *null = NULL;
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_null_register), &rt));
  assert_ok(tsr_runtime_device(rt, "null:3", &null));
  assert_string_equal(tsr_device_name(null), "null:3");
  tsr_program *p = chain(rt, 5);
  tsr_tensor *x = NULL, *out[1];
  assert_ok(tsr_tensor_create(null, TSR_F64, TSR_DIMS(4, 4), &x));
  int64_t peak, live, high, reserved;
  assert_ok(tsr_program_peak(p, null, TSR_TENSORS(x), &peak));
  tsr_device_memory_reset(null);
  assert_ok(tsr_program_run(p, null, TSR_TENSORS(x), out, 1));
  assert_int_equal(tsr_null_runs(null), 5);
  tsr_device_memory(null, &live, &high, &reserved);
  assert_int_equal(high - 128, peak);
  tsr_tensors_release((tsr_tensor *[]){x, out[0]}, 2);
  tsr_device_memory(null, &live, &high, &reserved);
  assert_int_equal(live, 0);
  tsr_program_release(p);
  tsr_runtime_release(rt);
}

/* A predicate nobody computed reads as false, so that loops end. */
static void test_null_ends_loops(void **state) {
  (void)state;
  tsr_runtime *rt = NULL;
  tsr_builder *b = NULL;
  tsr_value out[1];
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_null_register), &rt));
  assert_ok(tsr_eager_open(rt, "null", &b));
  tsr_while(b, at_once, on, NULL, TSR_VALUES(tsr_full(b, TSR_F64, TSR_NO_SHAPE, 0)), out);
  assert_ok(tsr_builder_status(b));
  tsr_builder_close(b);
  tsr_runtime_release(rt);
}

static void test_mock_defers_work(void **state) {
  (void)state;
  tsr_runtime *rt = NULL;
  tsr_device *mock = NULL;
  assert_ok(rt_open(&rt, &mock));
  tsr_program *p = chain(rt, 200);
  tsr_tensor *x = rt_f64(mock, TSR_DIMS(4, 4), (double[16]){1}), *out[1];
  int64_t before = tsr_mock_deferred(mock);
  assert_ok(tsr_program_run(p, mock, TSR_TENSORS(x), out, 1));
  int64_t at_return = tsr_mock_deferred(mock);
  tsr_program_release(p); /* deferred work needs neither plan nor program */
  assert_ok(tsr_device_synchronize(mock));
  assert_true(at_return - before < 200);
  assert_true(tsr_mock_deferred(mock) - before >= 200);
  tsr_tensors_release((tsr_tensor *[]){x, out[0]}, 2);
  tsr_runtime_release(rt);
}

static void test_mock_catches_use_of_freed_memory(void **state) {
  (void)state;
  tsr_runtime *rt = NULL;
  tsr_device *mock = NULL;
  assert_ok(rt_open(&rt, &mock));
  const tsr_backend *backend = mock->backend;
  void *data = NULL;
  double number = 1;
  assert_ok(backend->alloc(mock->stream, 64, &data));
  backend->free(mock->stream, data, 64);
  assert_ok(backend->upload(mock->stream, data, &number, sizeof number));
  assert_error_says(backend->synchronize(mock->stream), TSR_ERR_DEVICE, "upload",
                    "not allocated at this point");
  assert_ok(backend->synchronize(mock->stream)); /* told once */
  /* kernels are held to the same: an operand reaching behind its block */
  tsr_tensor *x = rt_f64(mock, TSR_DIMS(2), (double[]){1, 2}), *out[1];
  tsr_program *p = NULL;
  tsr_builder *b = NULL;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value v = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_neg(b, v)), &p));
  x->strides[0] = 1000;
  assert_ok(tsr_program_run(p, mock, TSR_TENSORS(x), out, 1));
  assert_error_says(tsr_device_synchronize(mock), TSR_ERR_DEVICE, "not allocated");
  tsr_tensors_release((tsr_tensor *[]){x, out[0]}, 2);
  tsr_program_release(p);
  tsr_runtime_release(rt);
}

static void test_deferred_error_reaches_the_reader(void **state) {
  (void)state;
  tsr_runtime *rt = NULL;
  tsr_device *mock = NULL;
  tsr_builder *b = NULL;
  tsr_program *p = NULL;
  assert_ok(rt_open(&rt, &mock));
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value x = tsr_input(b, "x", TSR_I64, TSR_SHAPE(tsr_dim_of(2)));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_div(b, x, tsr_sub(b, x, x))), &p));
  tsr_tensor *tx = NULL, *out[1];
  int64_t got[2];
  assert_ok(tsr_tensor_from_data(mock, TSR_I64, TSR_DIMS(2), (int64_t[]){1, 2}, &tx));
  assert_ok(tsr_program_run(p, mock, TSR_TENSORS(tx), out, 1));
  assert_error_says(tsr_tensor_read(out[0], got, sizeof got), TSR_ERR_NUMERIC, "div");
  tsr_tensors_release((tsr_tensor *[]){tx, out[0]}, 2);
  tsr_program_release(p);
  tsr_runtime_release(rt);
}

static void test_mock_keeps_works_apart(void **state) {
  (void)state;
  tsr_runtime *rt = NULL;
  tsr_device *mock = NULL;
  assert_ok(rt_open(&rt, &mock));
  const tsr_backend *backend = mock->backend;
  void *gone = NULL, *there = NULL;
  double number = 1, back[2] = {0, 7};
  assert_ok(backend->alloc(mock->stream, 64, &gone));
  assert_ok(backend->alloc(mock->stream, 64, &there));
  backend->free(mock->stream, gone, 64);
  tsr_work *bad = NULL, *good = NULL, *after = NULL;
  assert_ok(tsr_work_open(mock->stream, &bad));
  tsr_work_retain(bad);
  assert_ok(backend->upload(mock->stream, gone, &number, sizeof number));
  assert_ok(tsr_work_close(bad, TSR_OK));
  assert_ok(tsr_work_open(mock->stream, &good));
  assert_ok(backend->upload(mock->stream, there, &number, sizeof number));
  assert_ok(backend->download(mock->stream, &back[0], there, sizeof number));
  assert_ok(tsr_stream_wait(mock->stream)); /* bad is not ours */
  assert_ok(tsr_work_close(good, TSR_OK));
  assert_true(back[0] == 1);
  assert_ok(tsr_work_open(mock->stream, &after));
  assert_ok(tsr_work_depend(after, bad));
  assert_ok(backend->download(mock->stream, &back[1], there, sizeof number));
  assert_error_says(tsr_stream_wait(mock->stream), TSR_ERR_DEVICE, "upload");
  assert_ok(tsr_work_close(after, TSR_OK));
  assert_true(back[1] == 7);                     /* the piece was skipped */
  assert_ok(backend->synchronize(mock->stream)); /* told above */
  assert_error_says(tsr_work_raise(bad), TSR_ERR_DEVICE, "upload");
  tsr_work_release(bad);
  backend->free(mock->stream, there, 64);
  tsr_runtime_release(rt);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_null_plans_and_dispatches_only),
      cmocka_unit_test(test_null_ends_loops),
      cmocka_unit_test(test_mock_defers_work),
      cmocka_unit_test(test_mock_catches_use_of_freed_memory),
      cmocka_unit_test(test_deferred_error_reaches_the_reader),
      cmocka_unit_test(test_mock_keeps_works_apart),
  };
  return cmocka_run_group_tests_name("runtime/backends", tests, NULL, NULL);
}
