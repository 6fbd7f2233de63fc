/* test_deferred_memory.c - works cost nothing once they are done, and may fail to be made. */
#include "deferred.h"

/* ---- an allocator that counts the blocks there are ---- */

static int64_t blocks; /* atomic: the device's thread allocates too */

static void *counting_resize(void *self, void *ptr, size_t old_size, size_t new_size,
                             size_t alignment) {
  (void)self;
  void *made = NULL;
  if (new_size) {
    size_t unit = alignment ? alignment : _Alignof(max_align_t);
    made = aligned_alloc(unit, (new_size + unit - 1) / unit * unit);
    if (!made) return NULL;
    __atomic_add_fetch(&blocks, 1, __ATOMIC_RELAXED);
  }
  if (ptr && made) memcpy(made, ptr, old_size < new_size ? old_size : new_size);
  if (ptr) {
    __atomic_sub_fetch(&blocks, 1, __ATOMIC_RELAXED);
    free(ptr);
  }
  return made;
}

static int64_t blocks_when_idle(tsr_status expected) {
  assert_status(expected, tsr_device_synchronize(mock));
  return __atomic_load_n(&blocks, __ATOMIC_RELAXED);
}

BODY(negate) {
  (void)ctx;
  out[0] = tsr_emit1(b, &picky, NULL, TSR_VALUES(tsr_neg(b, in[0])));
  return TSR_OK;
}

/* x becomes f(f(... x)). */
static void run_chain(const tsr_program *p, int n, tsr_tensor **x) {
  for (int k = 0; k < n; k++) {
    tsr_tensor *out[1];
    assert_ok(tsr_program_run(p, mock, TSR_TENSORS(*x), out, 1));
    tsr_tensor_release(*x);
    *x = out[0];
  }
}

/* Ten runs or ten thousand, from x = 3 or from a number whose negative is refused. */
static void check_chain(const tsr_program *p, double at, tsr_status expected) {
  tsr_tensor *x = there(at);
  run_chain(p, 10, &x);
  int64_t few = blocks_when_idle(expected);
  run_chain(p, 10000, &x);
  assert_int_equal(blocks_when_idle(TSR_OK), few);
  if (expected == TSR_OK) {
    assert_reads(x, at);
  } else {
    assert_spoiled(x, "120 is");
  }
  tsr_tensor_release(x);
}

static void test_a_long_chain_keeps_nothing_of_what_is_done(void **state) {
  (void)state;
  static const tsr_allocator counting = {counting_resize, NULL};
  tsr_allocator_set(&counting);
  assert_ok(open_mock());
  tsr_program *p = program_at(negate);
  check_chain(p, 3, TSR_OK);
  check_chain(p, -120, TSR_ERR_DEVICE);
  tsr_program_release(p);
  teardown(NULL);
  assert_int_equal(blocks, 0);
  tsr_allocator_set(NULL);
}

/* ---- without memory ---- */

/* NOMEM is passed on; the refusal of 120 is as it should be. */
static tsr_status expect(tsr_status status, tsr_status wanted) {
  if (status == wanted) return TSR_OK;
  return status == TSR_OK ? TSR_FAIL(TSR_ERR_INTERNAL, "it should have failed") : status;
}

static tsr_status use(const tsr_program *p, double x, tsr_status wanted) {
  tsr_tensor *in = NULL, *out[1] = {NULL}, *next[1] = {NULL};
  double got = 0;
  tsr_status status = tsr_tensor_from_data(mock, TSR_F64, TSR_NO_DIMS, &x, &in);
  if (status == TSR_OK) status = tsr_program_run(p, mock, TSR_TENSORS(in), out, 1);
  if (status == TSR_OK) status = tsr_program_run(p, mock, TSR_TENSORS(out[0]), next, 1);
  if (status == TSR_OK) status = expect(tsr_tensor_read(next[0], &got, sizeof got), wanted);
  tsr_tensors_release((tsr_tensor *[]){in, out[0], next[0]}, 3);
  return status;
}

static tsr_status use_scope(double x, tsr_status wanted) {
  tsr_builder *b = NULL;
  double got = 0;
  TSR_TRY(tsr_eager_open(rt, "mock", &b));
  tsr_value v = tsr_scalar(b, x), y = TSR_NO_VALUE;
  tsr_status status = double_it(b, NULL, &v, &y);
  y = tsr_neg(b, y);
  if (status == TSR_OK) status = tsr_builder_status(b);
  if (status == TSR_OK) status = expect(tsr_read(b, y, &got, sizeof got), wanted);
  tsr_builder_close(b);
  return status;
}

static tsr_status trace_and_use(void) {
  tsr_builder *b = NULL;
  tsr_program *p = NULL;
  TSR_TRY(tsr_trace_open(rt, &b));
  tsr_value x = number(b, "x"), y = TSR_NO_VALUE;
  tsr_status status = double_it(b, NULL, &x, &y);
  (void)status; /* the builder has it */
  TSR_TRY(tsr_compile(b, TSR_VALUES(y), &p));
  status = use(p, 60, TSR_ERR_DEVICE);
  if (status == TSR_OK) status = use(p, 2, TSR_OK);
  tsr_program_release(p);
  return status;
}

static tsr_status all_of_it(void *arg) {
  (void)arg;
  tsr_status status = open_mock();
  if (status == TSR_OK) status = trace_and_use();
  if (status == TSR_OK) status = use_scope(60, TSR_ERR_DEVICE);
  if (status == TSR_OK) status = use_scope(2, TSR_OK);
  teardown(NULL);
  return status;
}

static void test_every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(all_of_it, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_long_chain_keeps_nothing_of_what_is_done),
      cmocka_unit_test(test_every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
