/* test_trace.c - recording: identity of values, captures, the latch, amending, replaying. */
#include "trace_test.h"

static void nothing_is_merged_or_dropped(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n));
  tsr_value a = tsr_sin(w.b, x), b = tsr_sin(w.b, x);
  assert_true(a.id != b.id);
  tsr_sin(w.b, x);
  tsr_graph *g = finished(&w, TSR_VALUES(a, b, x, a));
  assert_int_equal(3, tsr_graph_count(g, "sin"));
  assert_int_equal(4, g->n_outputs);
  assert_int_equal(g->outputs[0], g->outputs[3]);
  assert_int_equal(g->inputs[0], g->outputs[2]);
  tsr_graph_release(g);
  trace_close(&w);
}

static void a_foreign_or_stale_value_is_refused(void **state) {
  (void)state;
  trace_world w, other;
  assert_ok(trace_open(&w));
  assert_ok(trace_open(&other));
  tsr_builder *second;
  assert_ok(tsr_graph_builder_create(w.registry, NULL, NULL, &second));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_NO_SHAPE);
  tsr_value stale = input(second, "x", TSR_F64, TSR_NO_SHAPE), y;
  tsr_type type;
  assert_status(TSR_ERR_ARGUMENT, tsr_value_type(w.b, stale, &type));
  tsr_builder_close(second);
  y = tsr_add(w.b, x, stale);
  assert_true(tsr_value_is_none(y));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_ARGUMENT, "another builder", "add");
  tsr_builder_clear(w.b);
  /* straight to tsr_emit: the operand is named */
  tsr_emit1(w.b, tsr_op_core(TSR_OP_ADD), NULL, TSR_VALUES(x, stale));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_ARGUMENT, "add: operand 1", "another builder");
  tsr_builder_clear(w.b);
  tsr_value forged = tsr_value_of_id(x.id + 1000);
  assert_status(TSR_ERR_ARGUMENT, tsr_value_type(w.b, forged, &type));
  tsr_emit1(w.b, tsr_op_core(TSR_OP_NEG), NULL, TSR_VALUES(forged));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_ARGUMENT, "never made");
  tsr_builder_clear(w.b);
  forged = tsr_value_of_id(x.id | UINT32_MAX); /* a negative index */
  assert_status(TSR_ERR_ARGUMENT, tsr_value_type(w.b, forged, &type));
  tsr_emit1(w.b, tsr_op_core(TSR_OP_NEG), NULL, TSR_VALUES(TSR_NO_VALUE));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_ARGUMENT, "neg: operand 0 is no value");
  assert_status(TSR_ERR_ARGUMENT, tsr_value_type(w.b, TSR_ZERO_VALUE, &type));
  trace_close(&other);
  trace_close(&w);
}

static void the_first_error_latches_with_op_and_types(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_value y = input(w.b, "y", TSR_F32, TSR_SHAPE(tsr_dim_of(3)));
  tsr_value out[3] = {x, x, x};
  tsr_value bad = tsr_emit1(w.b, tsr_op_core(TSR_OP_MUL), NULL, TSR_VALUES(x, y));
  assert_true(tsr_value_is_none(bad));
  assert_true(tsr_value_is_none(tsr_add(w.b, bad, x))); /* a silent no-op */
  copies_attrs three = {3};
  assert_status(TSR_ERR_DTYPE, tsr_emit(w.b, &copies, &three, TSR_VALUES(bad), out));
  for (int i = 0; i < 3; i++)
    assert_true(tsr_value_is_none(out[i]));
  assert_status(TSR_ERR_IO, tsr_builder_fail(w.b, TSR_FAIL(TSR_ERR_IO, "later")));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_DTYPE,
                    "while building mul(f64[2, 3], f32[3])");
  assert_type_is(w.b, x, "f64[2, 3]"); /* earlier values stay readable */
  tsr_builder_clear(w.b);
  assert_ok(tsr_builder_status(w.b));
  assert_type_is(w.b, tsr_neg(w.b, x), "f64[2, 3]");
  assert_ok(tsr_builder_fail(w.b, TSR_OK));
  assert_ok(tsr_builder_status(w.b));
  trace_close(&w);
}

static void finishing_reports_the_latched_error(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_graph *g;
  tsr_value x = input(w.b, "x", TSR_BOOL, TSR_NO_SHAPE);
  tsr_value y = tsr_sin(w.b, x);
  assert_error_says(tsr_graph_builder_finish(w.b, TSR_VALUES(y), NULL, NULL, &g), TSR_ERR_DTYPE,
                    "sin", "bool");
  assert_null(g);
  w.b = NULL;
  trace_close(&w);
}

static void inputs_are_checked(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  input(w.b, "x", TSR_F64, TSR_NO_SHAPE);
  input(w.b, NULL, TSR_F64, TSR_NO_SHAPE);
  input(w.b, NULL, TSR_F64, TSR_NO_SHAPE);
  assert_ok(tsr_builder_status(w.b));
  input(w.b, "x", TSR_F64, TSR_NO_SHAPE);
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_EXISTS, "x");
  tsr_builder_clear(w.b);
  input(w.b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(-3)));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_SHAPE, "y", "-3");
  trace_close(&w);
}

static void captures_reach_through_two_builders(void **state) {
  (void)state;
  trace_world w;
  tsr_builder *child, *grandchild;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n));
  tsr_value y = input(w.b, "y", TSR_F64, TSR_SHAPE(w.n));
  assert_ok(tsr_graph_builder_create(w.registry, NULL, w.b, &child));
  tsr_value u = input(child, NULL, TSR_F64, TSR_SHAPE(w.n));
  assert_ok(tsr_graph_builder_create(w.registry, NULL, child, &grandchild));
  tsr_value t = input(grandchild, NULL, TSR_F64, TSR_SHAPE(w.n));

  /* first use decides the order: u, y, x; each is captured once */
  tsr_value uu = tsr_mul(grandchild, u, u);
  tsr_value yuu = tsr_mul(grandchild, y, uu);
  tsr_value z = tsr_add(grandchild, yuu, x);
  z = tsr_add(grandchild, z, tsr_mul(grandchild, y, t));
  int32_t n_captured;
  tsr_value *captured;
  tsr_graph *inner;
  assert_ok(tsr_graph_builder_finish(grandchild, TSR_VALUES(z), &n_captured, &captured, &inner));
  assert_int_equal(3, n_captured);
  assert_int_equal(4, inner->n_inputs);
  assert_true(captured[0].id == u.id && captured[1].id == y.id && captured[2].id == x.id);

  /* the child passes them on; u is its own, so it captures y and x */
  call_attrs attrs = {&inner->object};
  tsr_value in[] = {captured[0], captured[1], captured[2], u};
  tsr_value r = tsr_emit1(child, &call, &attrs, tsr_values_of(in, 4));
  tsr_free(captured, (size_t)n_captured * sizeof *captured, 0);
  tsr_graph_release(inner);
  tsr_graph *outer;
  assert_ok(tsr_graph_builder_finish(child, TSR_VALUES(r), &n_captured, &captured, &outer));
  assert_int_equal(2, n_captured);
  assert_true(captured[0].id == y.id && captured[1].id == x.id);
  assert_graph_text(outer, "graph(%1: f64[n], %2: f64[n], %0: f64[n]) {\n"
                           "  %3:f64[n] = test.call.v1 %0, %1, %2, %0\n"
                           "    body = graph(%1: f64[n], %3: f64[n], %5: f64[n], %0: f64[n]) {\n"
                           "      %2:f64[n] = mul %1, %1\n"
                           "      %4:f64[n] = mul %3, %2\n"
                           "      %6:f64[n] = add %4, %5\n"
                           "      %7:f64[n] = mul %3, %0\n"
                           "      %8:f64[n] = add %6, %7\n"
                           "      return %8\n"
                           "    }\n"
                           "  return %3\n"
                           "}\n");
  assert_int_equal(3, tsr_graph_count(outer, "mul")); /* regions included */
  tsr_free(captured, (size_t)n_captured * sizeof *captured, 0);
  tsr_graph_release(outer);
  trace_close(&w);
}

static void an_output_may_be_captured_on_the_spot(void **state) {
  (void)state;
  trace_world w;
  tsr_builder *child;
  tsr_value *captured;
  int32_t n_captured;
  tsr_graph *g;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_NO_SHAPE);
  assert_ok(tsr_graph_builder_create(w.registry, NULL, w.b, &child));
  assert_ok(tsr_graph_builder_finish(child, TSR_VALUES(x), &n_captured, &captured, &g));
  assert_int_equal(1, n_captured);
  assert_true(captured[0].id == x.id);
  assert_int_equal(g->inputs[0], g->outputs[0]);
  tsr_free(captured, sizeof *captured, 0);
  tsr_graph_release(g);
  assert_ok(tsr_graph_builder_create(w.registry, NULL, w.b, &child));
  assert_error_says(tsr_graph_builder_finish(child, TSR_VALUES(x), NULL, NULL, &g),
                    TSR_ERR_ARGUMENT, "captured 1");
  assert_ok(tsr_graph_builder_create(w.registry, NULL, w.b, &child));
  assert_error_says(
      tsr_graph_builder_finish(child, TSR_VALUES(x, TSR_NO_VALUE), &n_captured, &captured, &g),
      TSR_ERR_ARGUMENT, "output 1");
  assert_null(captured);
  trace_close(&w);
}

static void a_failed_application_captures_nothing(void **state) {
  (void)state;
  trace_world w;
  tsr_builder *child;
  tsr_value *captured;
  int32_t n_captured;
  tsr_graph *g;
  assert_ok(trace_open(&w));
  tsr_value p = input(w.b, "p", TSR_BOOL, TSR_NO_SHAPE);
  assert_ok(tsr_graph_builder_create(w.registry, NULL, w.b, &child));
  assert_true(tsr_value_is_none(tsr_sin(child, p)));
  tsr_builder_clear(child);
  assert_ok(tsr_graph_builder_finish(child, TSR_NO_VALUES, &n_captured, &captured, &g));
  assert_int_equal(0, n_captured);
  tsr_graph_release(g);
  trace_close(&w);
}

static void producers_can_be_looked_at(void **state) {
  (void)state;
  trace_world w;
  tsr_call made;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n)), y = tsr_neg(w.b, x);
  assert_false(tsr_builder_producer(w.b, x, &made));
  assert_false(tsr_builder_producer(w.b, TSR_NO_VALUE, &made));
  assert_true(tsr_builder_producer(w.b, y, &made));
  assert_ptr_equal(tsr_op_core(TSR_OP_NEG), made.op);
  assert_int_equal(1, made.n_in);
  assert_true(made.in[0].id == x.id && made.out[0].id == y.id);
  assert_int_equal(TSR_F64, made.in_type[0].dtype);
  /* its operand list may be given right back */
  tsr_value z = tsr_emit1(w.b, tsr_op_core(TSR_OP_ADD), NULL, TSR_VALUES(made.in[0], made.out[0]));
  tsr_call again;
  assert_true(tsr_builder_producer(w.b, z, &again));
  tsr_emit1(w.b, again.op, again.attrs, tsr_values_of(again.in, (size_t)again.n_in));
  assert_ok(tsr_builder_status(w.b));
  trace_close(&w);
}

static void amending_adds_outputs(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n)), one, *out;
  int32_t n_out;
  copies_attrs attrs = {1};
  assert_ok(tsr_emit(w.b, &copies, &attrs, TSR_VALUES(x), &one));
  tsr_value y = tsr_neg(w.b, one);
  attrs.n = 3;
  assert_ok(tsr_graph_builder_amend(w.b, one, &attrs, &n_out, &out));
  assert_int_equal(3, n_out);
  assert_true(out[0].id == one.id);
  assert_type_is(w.b, out[2], "f64[n]");
  tsr_value z = tsr_add(w.b, y, out[2]);
  tsr_free(out, (size_t)n_out * sizeof *out, 0);
  attrs.n = 2;
  assert_error_says(tsr_graph_builder_amend(w.b, one, &attrs, &n_out, &out), TSR_ERR_ARGUMENT,
                    "2 instead of 3");
  assert_error_says(tsr_graph_builder_amend(w.b, x, &attrs, &n_out, &out), TSR_ERR_ARGUMENT,
                    "no result");
  assert_null(out);
  tsr_graph *g = finished(&w, TSR_VALUES(z));
  assert_graph_text(g, "graph(%0 x: f64[n]) {\n"
                       "  %1:f64[n], %3:f64[n], %4:f64[n] = test.copies.v1 %0 {n=3}\n"
                       "  %2:f64[n] = neg %1\n"
                       "  %5:f64[n] = add %2, %4\n"
                       "  return %5\n"
                       "}\n");
  tsr_graph_release(g);
  trace_close(&w);
}

static void a_graph_replays_on_another_builder(void **state) {
  (void)state;
  trace_world w, strange;
  tsr_builder *other;
  assert_ok(trace_open(&w));
  assert_ok(trace_open(&strange));
  assert_ok(tsr_graph_builder_create(w.registry, w.b->space, NULL, &other));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n));
  tsr_value y = input(w.b, "y", TSR_F64, TSR_SHAPE(w.n));
  tsr_value d = tsr_sub(w.b, x, y), out[2];
  tsr_graph *g = finished(&w, TSR_VALUES(d, x));
  tsr_value a = input(other, "a", TSR_F64, TSR_SHAPE(w.n)), b = tsr_sin(other, a);
  assert_ok(tsr_graph_inline(other, g, TSR_VALUES(b, a).data, out));
  assert_true(out[1].id == b.id);
  assert_type_is(other, out[0], "f64[n]");
  tsr_value p = input(other, "p", TSR_F32, TSR_SHAPE(w.n));
  assert_status(TSR_ERR_DTYPE, tsr_graph_inline(other, g, TSR_VALUES(b, p).data, out));
  assert_true(tsr_value_is_none(out[0]) && tsr_value_is_none(out[1]));
  assert_error_says(tsr_builder_status(other), TSR_ERR_DTYPE, "sub", "f64", "f32");
  /* sizes of one space mean nothing in another */
  tsr_value s = input(strange.b, "s", TSR_F64, TSR_SHAPE(strange.n));
  assert_status(TSR_ERR_ARGUMENT, tsr_graph_inline(strange.b, g, TSR_VALUES(s, s).data, out));
  tsr_graph_release(g);
  tsr_builder_close(other);
  trace_close(&strange);
  trace_close(&w);
}

static void dims_of_a_value_can_be_asked_for(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n, tsr_dim_of(3)));
  assert_true(tsr_dim_is(tsr_value_dim(w.b, x, -1), 3));
  assert_true(tsr_dim_same(w.b->space, tsr_value_dim(w.b, x, 0), w.n));
  assert_true(tsr_dim_is(tsr_value_dim(w.b, x, 2), 0));
  assert_error_says(tsr_builder_status(w.b), TSR_ERR_ARGUMENT, "2");
  trace_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_merged_or_dropped),
      cmocka_unit_test(a_foreign_or_stale_value_is_refused),
      cmocka_unit_test(the_first_error_latches_with_op_and_types),
      cmocka_unit_test(finishing_reports_the_latched_error),
      cmocka_unit_test(inputs_are_checked),
      cmocka_unit_test(captures_reach_through_two_builders),
      cmocka_unit_test(an_output_may_be_captured_on_the_spot),
      cmocka_unit_test(a_failed_application_captures_nothing),
      cmocka_unit_test(producers_can_be_looked_at),
      cmocka_unit_test(amending_adds_outputs),
      cmocka_unit_test(a_graph_replays_on_another_builder),
      cmocka_unit_test(dims_of_a_value_can_be_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
