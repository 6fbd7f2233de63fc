/* deferred.h - a device that works later, with an operation that refuses some numbers. */
#ifndef DEFERRED_H
#define DEFERRED_H

#include "contracts.h"
#include "tsr_mock.h"

#include <pthread.h>

#include "tsr/spi/rule.h"

static tsr_device *mock;

/* ---- example.picky.v1: z = x on f64, refuses numbers above 100 ---- */

static tsr_status infer_same(const tsr_call *c, tsr_type *out) {
  return tsr_type_make(c, c->in_type[0].dtype, c->in_type[0].rank, c->in_type[0].dims, &out[0]);
}
static pthread_t ran_on; /* read after synchronising */
static tsr_status run_picky(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                            const tsr_view *out) {
  (void)stream, (void)c;
  double x = *(const double *)in[0].data;
  ran_on = pthread_self();
  if (x > 100) return TSR_FAIL(TSR_ERR_DEVICE, "picky: %g is too much", x);
  *(double *)out[0].data = x;
  return TSR_OK;
}
static const tsr_op picky = {.name = "example.picky.v1",
                             .synopsis = "z = x",
                             .jvp = TSR_JVP_NONE,
                             .dtypes = TSR_BIT(F64),
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .n_outputs = 1};
static const tsr_rules picky_rules = {.infer = infer_same};
static const tsr_kernel picky_rows[] = {
    {.op = &picky, .dtypes = TSR_BIT(F64), .name = "cpu.picky", .run = run_picky}
};

static tsr_status host_register(tsr_runtime *to) {
  TSR_TRY(tsr_cpu_register(to));
  return tsr_runtime_add_kernels(to, "cpu", picky_rows, 1);
}
static tsr_status mock_register(tsr_runtime *to) {
  TSR_TRY(tsr_runtime_add_op(to, &picky, &picky_rules));
  return tsr_mock_register_over(to, host_register, 77);
}

static inline tsr_status open_mock(void) {
  TSR_TRY(tsr_runtime_create(TSR_WITH(mock_register), &rt));
  return tsr_runtime_device(rt, "mock", &mock);
}
static inline int setup(void **state) {
  (void)state;
  assert_ok(open_mock());
  return 0;
}

static inline tsr_tensor *there(double x) {
  tsr_tensor *t = NULL;
  assert_ok(tsr_tensor_from_data(mock, TSR_F64, TSR_NO_DIMS, &x, &t));
  return t;
}

BODY(double_it) {
  (void)ctx;
  out[0] = tsr_emit1(b, &picky, NULL, TSR_VALUES(tsr_mul(b, in[0], tsr_scalar(b, 2))));
  return TSR_OK;
}
static inline tsr_program *program_at(tsr_body body) {
  tsr_builder *b = trace();
  tsr_value x = number(b, "x"), y;
  assert_ok(body(b, NULL, &x, &y));
  return compiled(b, TSR_VALUES(y));
}

/* What came out; the same each time it is asked. */
static inline void assert_reads(tsr_tensor *t, double expected) {
  double got = 0;
  for (int k = 0; k < 2; k++) {
    assert_ok(tsr_tensor_read(t, &got, sizeof got));
    assert_near(got, expected, 0, 0);
  }
}
static inline void assert_spoiled(tsr_tensor *t, const char *sentence) {
  double got = 0;
  for (int k = 0; k < 2; k++)
    assert_error_says(tsr_tensor_read(t, &got, sizeof got), TSR_ERR_DEVICE, "picky", sentence,
                      "while running example.picky.v1");
}

#endif /* DEFERRED_H */
