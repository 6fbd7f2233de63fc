/* test_transform_oom.c - every transform with every allocation failing. */
#include "transform_test.h"

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)

BODY(negated) {
  (void)ctx;
  out[0] = tsr_neg(b, in[0]);
  return TSR_OK;
}
BODY(exponential) {
  (void)ctx;
  out[0] = tsr_exp(b, in[0]);
  return TSR_OK;
}
BODY(step) { /* a condition in a scan, with a capture */
  const tsr_value *w = ctx;
  tsr_value p = tsr_lt(b, in[0], in[1]), y;
  TSR_TRY(tsr_cond(b, p, negated, exponential, NULL, TSR_VALUES(in[1]), 1, &y));
  out[0] = tsr_mul(b, tsr_add(b, in[0], y), *w);
  out[1] = in[0];
  return TSR_OK;
}
BODY(program) {
  (void)ctx;
  tsr_value w = tsr_reduce_sum(b, in[0], TSR_ALL_AXES), r[2];
  TSR_TRY(tsr_scan(b, step, &w, TSR_VALUES(w), TSR_VALUES(in[0]), tsr_dim_of(2), TSR_SCAN_FORWARD,
                   1, r));
  out[0] = tsr_add(b, r[0], tsr_reduce_sum(b, r[1], TSR_ALL_AXES));
  return tsr_builder_status(b);
}

BODY(small) {
  (void)ctx;
  out[0] = tsr_lt(b, in[0], tsr_scalar(b, 3));
  return TSR_OK;
}

typedef tsr_status (*use)(tsr_builder *b, tsr_value x);

static tsr_status with_builder(use f) {
  tsr_registry *r;
  tsr_builder *b;
  TSR_TRY(tsr_registry_create(&r));
  tsr_status status = tsr_graph_builder_create(r, NULL, NULL, &b);
  if (status == TSR_OK) {
    tsr_value x = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2)));
    status = tsr_builder_status(b);
    if (status == TSR_OK) status = f(b, x);
    if (status == TSR_OK) status = tsr_builder_status(b);
    tsr_builder_close(b);
  }
  tsr_registry_release(r);
  return status;
}

static tsr_status pull_program(tsr_builder *b, tsr_value x) {
  tsr_value y, g;
  TSR_TRY(program(b, NULL, &x, &y));
  return tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(tsr_ones_like(b, y)), TSR_VALUES(x), &g);
}

static tsr_status push_program(tsr_builder *b, tsr_value x) {
  tsr_value y, t;
  TSR_TRY(program(b, NULL, &x, &y));
  return tsr_pushforward(b, TSR_VALUES(y), TSR_VALUES(x), TSR_VALUES(x), &t);
}

static tsr_status push_while(tsr_builder *b, tsr_value x) {
  tsr_value y, t, s = tsr_reduce_sum(b, x, TSR_ALL_AXES);
  TSR_TRY(tsr_while(b, small, exponential, NULL, TSR_VALUES(s), &y));
  return tsr_pushforward(b, TSR_VALUES(y), TSR_VALUES(s), TSR_VALUES(s), &t);
}

static tsr_status batch_program(tsr_builder *b, tsr_value x) {
  tsr_type type;
  tsr_graph *g, *mapped;
  tsr_value *captured;
  int32_t n, axis = 1, out_axis = 0;
  TSR_TRY(tsr_value_type(b, x, &type));
  TSR_TRY(tsr_trace_body(b, program, NULL, 1, &type, 1, &n, &captured, &g));
  tsr_free(captured, (size_t)n * sizeof *captured, 0);
  tsr_status status = tsr_graph_batch(g, tsr_dim_of(3), &axis, &out_axis, &mapped);
  tsr_graph_release(g);
  if (status == TSR_OK) tsr_graph_release(mapped);
  return status;
}

static tsr_status pull_checkpoint(tsr_builder *b, tsr_value x) {
  tsr_type type;
  tsr_graph *g;
  tsr_value *captured, y, ct;
  int32_t n;
  TSR_TRY(tsr_value_type(b, x, &type));
  TSR_TRY(tsr_trace_body(b, exponential, NULL, 1, &type, 1, &n, &captured, &g));
  tsr_free(captured, (size_t)n * sizeof *captured, 0);
  tsr_checkpoint_attrs attrs = {.body = &g->object};
  y = tsr_emit1(b, tsr_op_core(TSR_OP_CHECKPOINT), &attrs, TSR_VALUES(x));
  tsr_graph_release(g);
  TSR_TRY(tsr_builder_status(b));
  return tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(x), TSR_VALUES(x), &ct);
}

static tsr_status run(void *f) { return with_builder(*(use *)f); }

#define OOM(name)                                                                                  \
  static void test_##name##_survives(void **state) {                                               \
    (void)state;                                                                                   \
    use f = name;                                                                                  \
    tsr_test_oom(run, &f);                                                                         \
  }
OOM(pull_program)
OOM(push_program)
OOM(push_while)
OOM(batch_program)
OOM(pull_checkpoint)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pull_program_survives),
      cmocka_unit_test(test_push_program_survives),
      cmocka_unit_test(test_push_while_survives),
      cmocka_unit_test(test_batch_program_survives),
      cmocka_unit_test(test_pull_checkpoint_survives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
