/* test_extension.c - operations from outside: kernels that fail, rules that lower. */
#include "rt.h"
#include "tsr_session.h"

#include <string.h>

#include "tsr/spi/rule.h"

/* ---- example.picky.v1: z = x, but refuses 17 ---- */

/* The row of an op with one operand and one result, without derivative. */
#define UNARY(name_, meaning, dtypes_)                                                             \
  {                                                                                                \
    .name = (name_), .synopsis = (meaning), .jvp = TSR_JVP_NONE, .dtypes = (dtypes_),              \
    .min_inputs = 1, .max_inputs = 1, .n_outputs = 1                                               \
  }

static tsr_status infer_same(const tsr_call *c, tsr_type *out) {
  return tsr_type_make(c, c->in_type[0].dtype, c->in_type[0].rank, c->in_type[0].dims, &out[0]);
}

static tsr_status run_picky(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                            const tsr_view *out) {
  (void)stream, (void)c;
  double x = *(const double *)in[0].data;
  if (x == 17) return TSR_FAIL(TSR_ERR_DEVICE, "picky: 17 is not welcome");
  *(double *)out[0].data = x;
  return TSR_OK;
}

static const tsr_op picky = UNARY("example.picky.v1", "z = x", TSR_BIT(F64));
static const tsr_rules picky_rules = {.infer = infer_same};
static const tsr_kernel picky_rows[] = {
    {.op = &picky, .dtypes = TSR_BIT(F64), .name = "cpu.picky", .run = run_picky}
};

/* ---- example.cube.v1: z = x^3, by way of example.square.v1, neither with a kernel ---- */

static tsr_status lower_square(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  out[0] = tsr_mul(b, c->in[0], c->in[0]);
  return tsr_builder_status(b);
}
static const tsr_op square = UNARY("example.square.v1", "z = x^2", TSR_DTYPES_NUMERIC);
static const tsr_rules square_rules = {.infer = infer_same, .lower = lower_square};

static tsr_status lower_cube(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  tsr_value s = tsr_emit1(b, &square, NULL, tsr_values_of(c->in, 1));
  out[0] = tsr_mul(b, s, c->in[0]);
  return tsr_builder_status(b);
}
static const tsr_op cube = UNARY("example.cube.v1", "z = x^3", TSR_DTYPES_NUMERIC);
static const tsr_rules cube_rules = {.infer = infer_same, .lower = lower_cube};

/* ---- example.lonely.v1: nobody can compute it ---- */

static const tsr_op lonely = UNARY("example.lonely.v1", "?", TSR_DTYPES_NUMERIC);
static const tsr_rules lonely_rules = {.infer = infer_same};

/* ---- example.round.v1 lowers to itself ---- */

static tsr_status lower_round(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  out[0] = tsr_emit1(b, c->op, NULL, tsr_values_of(c->in, 1));
  return tsr_builder_status(b);
}
static const tsr_op round_and_round = UNARY("example.round.v1", "?", TSR_DTYPES_NUMERIC);
static const tsr_rules round_rules = {.infer = infer_same, .lower = lower_round};

static tsr_status example_register(tsr_runtime *to) {
  TSR_TRY(tsr_runtime_add_op(to, &picky, &picky_rules));
  TSR_TRY(tsr_runtime_add_op(to, &square, &square_rules));
  TSR_TRY(tsr_runtime_add_op(to, &cube, &cube_rules));
  TSR_TRY(tsr_runtime_add_op(to, &lonely, &lonely_rules));
  TSR_TRY(tsr_runtime_add_op(to, &round_and_round, &round_rules));
  return tsr_runtime_add_kernels(to, "cpu", picky_rows, 1);
}

static int setup(void **state) {
  (void)state;
  return session_open(TSR_WITH(tsr_cpu_register, example_register), "cpu");
}

static tsr_status count_on(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_add(b, tsr_emit1(b, &picky, NULL, TSR_VALUES(in[0])), tsr_scalar(b, 1));
  return TSR_OK;
}

static void test_error_in_a_body_names_the_round_and_frees_all(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_program *p = NULL;
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_NO_SHAPE), out[1];
  tsr_scan(b, count_on, NULL, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(10), TSR_SCAN_FORWARD, 0,
           out);
  assert_ok(tsr_compile(b, TSR_VALUES(out[0]), &p));
  tsr_tensor *five = rt_f64(cpu, TSR_NO_DIMS, (double[]){10}), *zero, *result[1];
  zero = rt_f64(cpu, TSR_NO_DIMS, (double[]){0});
  int64_t live, after, high, reserved;
  tsr_device_memory(cpu, &live, &high, &reserved);
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(five), result, 1), TSR_ERR_DEVICE,
                    "17 is not welcome", "running example.picky.v1(f64[])",
                    "running round 7 of scan", "running scan(");
  assert_null(result[0]);
  tsr_device_memory(cpu, &after, &high, &reserved);
  assert_true(live == after);
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(zero), result, 1));
  assert_numbers(result[0], 10);
  tsr_tensors_release((tsr_tensor *[]){five, zero, result[0]}, 3);
  tsr_program_release(p);
}

static void test_ops_without_kernels_are_lowered(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_program *p = NULL;
  double got[2];
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n")));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_emit1(b, &cube, NULL, TSR_VALUES(x))), &p));
  tsr_tensor *tx = rt_f64(cpu, TSR_DIMS(2), (double[]){2, -3}), *result[1];
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(tx), result, 1));
  assert_numbers(result[0], 8, -27);
  assert_int_equal(tsr_program_count(p, "example.cube.v1"), 1);
  tsr_builder *e = NULL;
  assert_ok(tsr_eager_open(rt, "cpu", &e));
  for (int round = 0; round < 2; round++) {
    tsr_value v = tsr_emit1(e, &cube, NULL, TSR_VALUES(tsr_from_tensor(e, tx)));
    assert_ok(tsr_read(e, v, got, sizeof got));
    assert_close(got, ((double[]){8, -27}), 2, 0.0, 0.0);
  }
  tsr_builder_close(e);
  tsr_tensors_release((tsr_tensor *[]){tx, result[0]}, 2);
  tsr_program_release(p);
}

static void test_lowered_ops_are_written_into_tensors(void **state) {
  (void)state;
  tsr_builder *e = NULL;
  tsr_tensor *x = rt_f64(cpu, TSR_DIMS(2), (double[]){2, -3}), *y = rt_count(cpu, TSR_DIMS(2), 0);
  int64_t live, after, high, reserved;
  assert_ok(tsr_eager_open(rt, "cpu", &e));
  tsr_value v = tsr_from_tensor(e, x);
  tsr_device_memory(cpu, &live, &high, &reserved);
  for (int round = 0; round < 2; round++) {
    assert_ok(tsr_eager_run_into(e, &cube, NULL, TSR_VALUES(v), TSR_TENSORS(y)));
    assert_numbers(y, 8, -27);
  }
  tsr_device_memory(cpu, &after, &high, &reserved);
  assert_true(live == after); /* what stood in between is gone */
  assert_error_says(tsr_eager_run_into(e, &round_and_round, NULL, TSR_VALUES(v), TSR_TENSORS(y)),
                    TSR_ERR_INTERNAL, "circles");
  assert_error_says(tsr_eager_run_into(e, &lonely, NULL, TSR_VALUES(v), TSR_TENSORS(y)),
                    TSR_ERR_UNSUPPORTED, "example.lonely.v1(f64[2])");
  assert_error_says(tsr_eager_run_into(e, &cube, NULL, TSR_VALUES(v), TSR_TENSORS(x)),
                    TSR_ERR_ARGUMENT, "example.cube.v1", "operand 0");
  assert_ok(tsr_builder_status(e)); /* nothing was latched */
  tsr_builder_close(e);
  tsr_tensors_release((tsr_tensor *[]){x, y}, 2);
}

static void test_missing_kernels_are_named(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_program *p = NULL;
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_emit1(b, &lonely, NULL, TSR_VALUES(x))), &p));
  tsr_tensor *tx = rt_f64(cpu, TSR_DIMS(2), (double[]){2, -3}), *result[1];
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(tx), result, 1), TSR_ERR_UNSUPPORTED,
                    "cpu:0", "example.lonely.v1(f64[2])");
  tsr_program_release(p);
  b = trace();
  x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_emit1(b, &round_and_round, NULL, TSR_VALUES(x))), &p));
  assert_error_says(tsr_program_run(p, cpu, TSR_TENSORS(tx), result, 1), TSR_ERR_INTERNAL,
                    "circles");
  tsr_program_release(p);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_emit1(b, &round_and_round, NULL, TSR_VALUES(tsr_from_tensor(b, tx)));
  assert_error_says(tsr_builder_status(b), TSR_ERR_INTERNAL, "circles");
  tsr_builder_close(b);
  tsr_tensor_release(tx);
}

/* ---- a CPU without a kernel for fused work ---- */

static tsr_runtime *behind; /* what the filter forwards to */

static tsr_status pass_backend(tsr_runtime *to, int version, const tsr_backend *backend,
                               const char *core) {
  (void)to, (void)version, (void)core;
  return tsr_runtime_add_backend(behind, backend);
}

static tsr_status pass_kernels(tsr_runtime *to, int version, const char *backend,
                               const tsr_kernel *rows, int32_t n, const char *core) {
  (void)to, (void)version, (void)core;
  for (int32_t i = 0; i < n; i++) {
    if (strcmp(rows[i].op->name, "fused") == 0) continue;
    TSR_TRY(tsr_runtime_add_kernels(behind, backend, &rows[i], 1));
  }
  return TSR_OK;
}

static tsr_status register_without_fused(tsr_runtime *to) {
  static const tsr_runtime_spi filter = {pass_backend, pass_kernels, NULL, NULL};
  tsr_runtime_head head = {.spi = &filter};
  behind = to;
  return tsr_cpu_register((tsr_runtime *)(void *)&head);
}

static void test_backend_without_fused_kernel_gets_single_steps(void **state) {
  (void)state;
  tsr_runtime *plain = NULL;
  tsr_device *device = NULL;
  tsr_builder *b = NULL;
  tsr_program *p = NULL;
  assert_ok(tsr_runtime_create(TSR_WITH(register_without_fused), &plain));
  assert_ok(tsr_runtime_device(plain, "cpu", &device));
  assert_ok(tsr_trace_open(plain, &b));
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
  tsr_value y = tsr_mul(b, tsr_add(b, x, x), tsr_sub(b, x, tsr_scalar(b, 1)));
  assert_ok(tsr_compile(b, TSR_VALUES(y), &p));
  assert_int_equal(tsr_program_count(p, "fused"), 1);
  tsr_tensor *tx = rt_f64(device, TSR_DIMS(2), (double[]){2, -3}), *result[1];
  assert_ok(tsr_program_run(p, device, TSR_TENSORS(tx), result, 1));
  assert_numbers(result[0], 4, 24);
  tsr_tensors_release((tsr_tensor *[]){tx, result[0]}, 2);
  tsr_program_release(p);
  tsr_runtime_release(plain);
}

#define unit(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
      unit(test_error_in_a_body_names_the_round_and_frees_all),
      unit(test_ops_without_kernels_are_lowered),
      unit(test_lowered_ops_are_written_into_tensors),
      unit(test_missing_kernels_are_named),
      cmocka_unit_test(test_backend_without_fused_kernel_gets_single_steps),
  };
  return cmocka_run_group_tests_name("runtime/extension", tests, NULL, NULL);
}
