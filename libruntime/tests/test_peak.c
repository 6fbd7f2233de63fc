/* test_peak.c - what tsr_program_peak says is what a run takes, to the byte. */
#include "rt_session.h"

static int teardown_with_nothing_left(void **state) {
  int64_t live, high, reserved;
  tsr_device_memory(cpu, &live, &high, &reserved);
  assert_int_equal(live, 0);
  return teardown(state);
}

/* Compiled in every way, run twice at each size: prediction and measurement agree. */
static void check_peak(tsr_builder *(*make)(int depth, tsr_value *out), int depth, size_t n_out) {
  const tsr_compile_options ways[] = {
      {.keep_all = true}, {.no_fusion = true}, {0}, {.donated = TSR_INPUTS(0)}};
  for (int way = 0; way < 4; way++) {
    tsr_value outputs[4];
    tsr_program *p = NULL;
    tsr_builder *b = make(depth, outputs);
    assert_ok(tsr_compile_with(b, tsr_values_of(outputs, n_out), &ways[way], &p));
    for (int64_t size = 0; size <= 64; size = size ? size * 4 : 1) {
      for (int twice = 0; twice < 2; twice++) {
        tsr_tensor *x = rt_count(cpu, TSR_DIMS(size, size), 0), *out[4] = {NULL};
        int64_t peak = -1, before, high, reserved, live;
        assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(x), &peak));
        tsr_device_memory(cpu, &before, &high, &reserved);
        tsr_device_memory_reset(cpu);
        assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x), out, n_out));
        tsr_device_memory(cpu, &live, &high, &reserved);
        assert_int_equal(high - before, peak);
        tsr_tensors_release(out, n_out);
        tsr_tensor_release(x);
      }
    }
    tsr_program_release(p);
  }
}

/* A chain of matrix products and sums, with dead values of several sizes. */
static tsr_builder *tangle(int depth, tsr_value *out) {
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, n)), kept = x, first = x;
  for (int i = 0; i < depth; i++) {
    tsr_value y = tsr_matmul(b, x, tsr_transpose(b, kept, TSR_ALL_AXES));
    tsr_value s = tsr_sum(b, y, TSR_AXES(i % 2));
    x = tsr_exp(b, tsr_mul(b, tsr_sub(b, y, s), tsr_scalar(b, 1e-3)));
    if (i % 3 == 0) kept = x;
  }
  out[0] = x;
  out[1] = tsr_sum(b, x, TSR_ALL_AXES);
  out[2] = first;
  return b;
}

static void test_straight_programs(void **state) {
  (void)state;
  for (int depth = 0; depth < 7; depth++)
    check_peak(tangle, depth, 3);
}

static tsr_status step(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_add(b, tsr_matmul(b, in[0], *(tsr_value *)ctx), in[0]);
  out[1] = tsr_neg(b, in[1]);
  out[2] = tsr_sum(b, out[0], TSR_AXES(0));
  return TSR_OK;
}

static tsr_builder *looped(int depth, tsr_value *out) {
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, n));
  tsr_scan(b, step, &x, TSR_VALUES(tsr_transpose(b, x, TSR_ALL_AXES), x), TSR_NO_VALUES,
           tsr_dim_of(depth), TSR_SCAN_FORWARD, 1, out);
  return b;
}

static void test_loops(void **state) {
  (void)state;
  for (int depth = 0; depth < 4; depth++)
    check_peak(looped, depth, 3);
}

static tsr_status more(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_lt(b, in[1], tsr_scalar(b, 3));
  return TSR_OK;
}

static tsr_status grow(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_matmul(b, in[0], in[0]);
  out[1] = tsr_add(b, in[1], tsr_scalar(b, 1));
  return TSR_OK;
}

static tsr_status same(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)b, (void)ctx;
  out[0] = in[0];
  return TSR_OK;
}

static tsr_status product(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_matmul(b, tsr_matmul(b, in[0], in[0]), in[0]);
  return TSR_OK;
}

static tsr_builder *branched(int depth, tsr_value *out) {
  tsr_builder *b = trace();
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, n));
  tsr_value rounds = tsr_full(b, TSR_F64, TSR_NO_SHAPE, depth), picked[1];
  tsr_value p = tsr_gt(b, rounds, tsr_scalar(b, 1));
  tsr_cond(b, p, product, same, NULL, TSR_VALUES(x), 1, picked);
  tsr_while(b, more, grow, NULL, TSR_VALUES(picked[0], rounds), out);
  return b;
}

static void test_branches_and_whiles(void **state) {
  (void)state;
  for (int depth = 0; depth < 5; depth++)
    check_peak(branched, depth, 2);
}

#define unit(f) cmocka_unit_test_setup_teardown(f, setup, teardown_with_nothing_left)
int main(void) {
  const struct CMUnitTest tests[] = {
      unit(test_straight_programs),
      unit(test_loops),
      unit(test_branches_and_whiles),
  };
  return cmocka_run_group_tests_name(RT_SUITE("runtime/peak"), tests, NULL, NULL);
}
