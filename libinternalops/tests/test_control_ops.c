/* test_control_ops.c - what ops with regions accept, and what is left when results are not read. */
#include "transform_test.h"

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)

typedef struct world {
  tsr_registry *r;
  tsr_builder *b;
  tsr_value x, v, k, p; /* f64[], f64[4], i64[], bool[] */
} world;

static world opened_world(void) {
  world w;
  w.r = registry();
  assert_ok(tsr_graph_builder_create(w.r, NULL, NULL, &w.b));
  w.x = input(w.b, TSR_F64, TSR_NO_SHAPE);
  w.v = input(w.b, TSR_F64, TSR_SHAPE(tsr_dim_of(4)));
  w.k = input(w.b, TSR_I64, TSR_NO_SHAPE);
  w.p = input(w.b, TSR_BOOL, TSR_NO_SHAPE);
  return w;
}

static void close_world(world *w) {
  tsr_builder_close(w->b);
  tsr_registry_release(w->r);
}

/* ---- what is refused ---- */

BODY(same) {
  (void)b, (void)ctx;
  out[0] = in[0];
  return TSR_OK;
}
BODY(as_integer) {
  (void)ctx;
  out[0] = tsr_convert(b, in[0], TSR_I64);
  return TSR_OK;
}
BODY(widened) {
  (void)ctx;
  out[0] = tsr_broadcast_to(b, in[0], TSR_SHAPE(tsr_dim_of(2)));
  return TSR_OK;
}
BODY(mismatched) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(5))));
  return TSR_OK;
}

#define REFUSED(call, code, ...)                                                                   \
  assert_error_says(call, code, __VA_ARGS__);                                                      \
  assert_true(tsr_value_is_none(out[0]));                                                          \
  tsr_builder_clear(w.b)

static void test_messages_hold_both_types(void **state) {
  (void)state;
  world w = opened_world();
  tsr_value out[2];
  const tsr_dim four = tsr_dim_of(4);
  const tsr_scan_order forward = TSR_SCAN_FORWARD;
  REFUSED(tsr_scan(w.b, as_integer, NULL, TSR_VALUES(w.x), TSR_NO_VALUES, four, forward, 0, out),
          TSR_ERR_DTYPE, "scan", "carry", "i64[]", "f64[]");
  REFUSED(tsr_scan(w.b, widened, NULL, TSR_VALUES(w.x), TSR_NO_VALUES, four, forward, 0, out),
          TSR_ERR_SHAPE, "scan", "carry", "f64[2]", "f64[]");
  REFUSED(
      tsr_scan(w.b, same, NULL, TSR_VALUES(w.x), TSR_VALUES(w.v), tsr_dim_of(5), forward, 0, out),
      TSR_ERR_SHAPE, "scan", "f64[4]", "5");
  REFUSED(tsr_scan(w.b, same, NULL, TSR_VALUES(w.x), TSR_VALUES(w.x), four, forward, 0, out),
          TSR_ERR_SHAPE, "scan", "xs 0", "f64[]");
  REFUSED(tsr_cond(w.b, w.p, same, as_integer, NULL, TSR_VALUES(w.x), 1, out), TSR_ERR_DTYPE,
          "cond", "branch 1", "f64[]", "i64[]");
  REFUSED(tsr_cond(w.b, w.k, same, same, NULL, TSR_VALUES(w.x), 1, out), TSR_ERR_DTYPE, "cond",
          "i64[]", "bool[]");
  REFUSED(tsr_while(w.b, same, same, NULL, TSR_VALUES(w.x), out), TSR_ERR_DTYPE, "while", "test",
          "f64[]", "bool[]");
  REFUSED(tsr_while(w.b, same, as_integer, NULL, TSR_VALUES(w.p), out), TSR_ERR_DTYPE, "while",
          "carry", "i64[]", "bool[]");
  close_world(&w);
}

static void test_an_error_in_a_body_is_the_callers(void **state) {
  (void)state;
  world w = opened_world();
  tsr_value out[1];
  REFUSED(tsr_cond(w.b, w.p, same, mismatched, NULL, TSR_VALUES(w.v), 1, out), TSR_ERR_SHAPE, "add",
          "else body");
  REFUSED(tsr_while(w.b, mismatched, same, NULL, TSR_VALUES(w.v), out), TSR_ERR_SHAPE,
          "while: test");
  close_world(&w);
}

static void test_attributes_without_a_graph_are_refused(void **state) {
  (void)state;
  world w = opened_world();
  tsr_value out[1] = {TSR_NO_VALUE};
  const tsr_scan_attrs scan = {.length = tsr_dim_of(4), .n_carry = 1};
  const tsr_cond_attrs cond = {
      .branches = {NULL, 0}
  };
  REFUSED(tsr_emit(w.b, tsr_op_core(TSR_OP_SCAN), &scan, TSR_VALUES(w.x), out), TSR_ERR_ARGUMENT,
          "scan", "body");
  REFUSED(tsr_emit(w.b, tsr_op_core(TSR_OP_COND), &cond, TSR_VALUES(w.p), out), TSR_ERR_ARGUMENT,
          "cond", "no branches");
  close_world(&w);
}

/* ---- results nobody reads ---- */

/* Apply the prune rule to the application that made v; gives the smaller application. */
static tsr_call pruned(world *w, tsr_value v, const bool *live, tsr_value *out) {
  tsr_arena arena = {0};
  tsr_call_context context = {&arena, w->b->space};
  tsr_call c, made;
  tsr_value in[8];
  tsr_type types[8];
  assert_true(tsr_builder_producer(w->b, v, &c));
  for (int32_t i = 0; i < c.n_in; i++) { /* the builder records more */
    in[i] = c.in[i];
    types[i] = c.in_type[i];
  }
  c.in = in;
  c.in_type = types;
  c.context = &context;
  const tsr_rules *rules = tsr_registry_rules(w->r, tsr_registry_index(w->r, c.op));
  for (int32_t j = 0; j < c.n_out; j++)
    out[j] = TSR_NO_VALUE;
  assert_ok(rules->prune(w->b, &c, live, out));
  tsr_arena_deinit(&arena);
  memset(&made, 0, sizeof made);
  for (int32_t j = 0; j < c.n_out; j++)
    if (!tsr_value_is_none(out[j])) assert_true(tsr_builder_producer(w->b, out[j], &made));
  return made;
}

/* Both values of the world's inputs, evaluated. */
static void assert_same_value(world *w, tsr_value a, tsr_value b) {
  const double x = 0.5, v[4] = {1, 2, 3, 4};
  const int64_t k = 3, four = 4;
  const uint8_t p = 1;
  tsr_graph *g = finish(w->b, TSR_VALUES(a, b));
  tsr_arena arena = {0};
  tsr_array in[4], out[2];
  assert_ok(tsr_array_make(&arena, TSR_F64, 0, NULL, &in[0]));
  assert_ok(tsr_array_make(&arena, TSR_F64, 1, &four, &in[1]));
  assert_ok(tsr_array_make(&arena, TSR_I64, 0, NULL, &in[2]));
  assert_ok(tsr_array_make(&arena, TSR_BOOL, 0, NULL, &in[3]));
  tsr_array_read(&in[0], &x);
  tsr_array_read(&in[1], v);
  tsr_array_read(&in[2], &k);
  tsr_array_read(&in[3], &p);
  assert_ok(tsr_oracle_run(g, NULL, &arena, in, out));
  assert_int_equal(out[0].n, out[1].n);
  for (int64_t i = 0; i < out[0].n; i++)
    assert_near(out[0].at[i].re, out[1].at[i].re, 0, 0);
  tsr_arena_deinit(&arena);
  tsr_graph_release(g);
  w->b = NULL;
  close_world(w);
}

/* carries: c += x, d += c, e *= 2; ys: x x, e */
BODY(many_results) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], in[3]);
  out[1] = tsr_add(b, in[1], in[0]);
  out[2] = tsr_mul(b, in[2], tsr_scalar(b, 2));
  out[3] = tsr_mul(b, in[3], in[3]);
  out[4] = in[2];
  return TSR_OK;
}

static void test_scan_keeps_carries_that_are_read_or_needed(void **state) {
  (void)state;
  world w = opened_world();
  tsr_value y[5], z[5];
  assert_ok(tsr_scan(w.b, many_results, NULL, TSR_VALUES(w.x, w.x, w.x), TSR_VALUES(w.v),
                     tsr_dim_of(4), TSR_SCAN_FORWARD, 2, y));
  const bool live[5] = {false, true, false, false, false}; /* d needs c; e goes, ys go */
  tsr_call c = pruned(&w, y[0], live, z);
  assert_int_equal(3, c.n_in);
  assert_int_equal(2, c.n_out);
  assert_same_value(&w, y[1], z[1]);
}

static void test_scan_drops_xs_nobody_needs(void **state) {
  (void)state;
  world w = opened_world();
  tsr_value y[5], z[5];
  assert_ok(tsr_scan(w.b, many_results, NULL, TSR_VALUES(w.x, w.x, w.x), TSR_VALUES(w.v),
                     tsr_dim_of(4), TSR_SCAN_FORWARD, 2, y));
  const bool live[5] = {false, false, false, false, true};
  tsr_call c = pruned(&w, y[0], live, z);
  assert_int_equal(1, c.n_in);
  assert_int_equal(2, c.n_out);
  assert_same_value(&w, y[4], z[4]);
}

BODY(count_down) {
  (void)ctx;
  out[0] = tsr_gt(b, in[0], tsr_scalar_int(b, 0));
  return TSR_OK;
}
BODY(three_carries) {
  (void)ctx;
  out[0] = tsr_sub(b, in[0], tsr_scalar_int(b, 1));
  out[1] = tsr_mul(b, in[1], tsr_scalar(b, 3));
  out[2] = tsr_add(b, in[2], in[1]);
  return TSR_OK;
}

static void test_while_keeps_what_its_test_needs(void **state) {
  (void)state;
  world w = opened_world();
  tsr_value y[3], z[3];
  assert_ok(tsr_while(w.b, count_down, three_carries, NULL, TSR_VALUES(w.k, w.x, w.x), y));
  const bool live[3] = {false, true, false};
  tsr_call c = pruned(&w, y[0], live, z);
  assert_int_equal(2, c.n_out);
  assert_same_value(&w, y[1], z[1]);
}

BODY(two_results) {
  (void)ctx;
  out[0] = tsr_sin(b, in[0]);
  out[1] = tsr_mul(b, in[1], in[1]);
  return TSR_OK;
}

static void test_cond_and_barrier_drop_results(void **state) {
  (void)state;
  world w = opened_world();
  tsr_value y[2], z[2], q[2];
  const bool live[2] = {false, true};
  assert_ok(tsr_barrier(w.b, TSR_VALUES(w.x, w.v), q));
  assert_int_equal(1, pruned(&w, q[0], live, z).n_in);
  assert_ok(tsr_cond(w.b, w.p, two_results, two_results, NULL, TSR_VALUES(w.x, w.v), 2, y));
  tsr_call c = pruned(&w, y[0], live, z);
  assert_int_equal(2, c.n_in);
  assert_int_equal(1, c.n_out);
  assert_same_value(&w, y[1], z[1]);
}

static void test_nothing_is_emitted_when_all_is_read(void **state) {
  (void)state;
  world w = opened_world();
  tsr_value y[3], z[3];
  const bool live[3] = {true, true, true};
  assert_ok(tsr_while(w.b, count_down, three_carries, NULL, TSR_VALUES(w.k, w.x, w.x), y));
  assert_null(pruned(&w, y[0], live, z).op);
  close_world(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_messages_hold_both_types),
      cmocka_unit_test(test_an_error_in_a_body_is_the_callers),
      cmocka_unit_test(test_attributes_without_a_graph_are_refused),
      cmocka_unit_test(test_scan_keeps_carries_that_are_read_or_needed),
      cmocka_unit_test(test_scan_drops_xs_nobody_needs),
      cmocka_unit_test(test_while_keeps_what_its_test_needs),
      cmocka_unit_test(test_cond_and_barrier_drop_results),
      cmocka_unit_test(test_nothing_is_emitted_when_all_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
