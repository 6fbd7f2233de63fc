/* test_graph_text.c - graphs as text and for Graphviz, and their equality by content. */
#include "trace_test.h"

#include <stdio.h>

static tsr_graph *sample(trace_world *w) {
  tsr_builder *b = w->b, *child;
  tsr_graph *body;
  tsr_value x = input(b, "x", TSR_F64, TSR_SHAPE(w->n, tsr_dim_of(3)));
  assert_ok(tsr_graph_builder_create(w->registry, NULL, b, &child));
  tsr_value u = input(child, "u", TSR_F64, TSR_SHAPE(w->n, tsr_dim_of(3)));
  assert_ok(tsr_graph_builder_finish(child, TSR_VALUES(tsr_sin(child, u), u), NULL, NULL, &body));
  call_attrs attrs = {&body->object};
  tsr_value out[2];
  assert_ok(tsr_emit(b, &call, &attrs, TSR_VALUES(x), out));
  tsr_graph_release(body);
  return finished(w, TSR_VALUES(out[1], out[0]));
}

static void text_shows_regions_below_their_node(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_graph *g = sample(&w);
  assert_graph_text(g, "graph(%0 x: f64[n, 3]) {\n"
                       "  %1:f64[n, 3], %2:f64[n, 3] = test.call.v1 %0\n"
                       "    body = graph(%0 u: f64[n, 3]) {\n"
                       "      %1:f64[n, 3] = sin %0\n"
                       "      return %1, %0\n"
                       "    }\n"
                       "  return %2, %1\n"
                       "}\n");
  tsr_graph_release(g);
  trace_close(&w);
}

static void an_empty_graph_is_written_too(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_graph *g = finished(&w, TSR_NO_VALUES);
  assert_graph_text(g, "graph() {\n  return\n}\n");
  tsr_graph_release(g);
  trace_close(&w);
}

static void constants_show_their_number(void **state) {
  (void)state;
  static const struct {
    tsr_dtype dtype;
    double value;
    const char *text;
  } cases[] = {
      {TSR_F32,  0.5, "f32[] 0.5" },
      {TSR_BF16, -2,  "bf16[] -2" },
      {TSR_U8,   200, "u8[] 200"  },
      {TSR_BOOL, 1,   "bool[] 1"  },
      {TSR_C64,  3,   "c64[] 3+0i"}
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    trace_world w;
    char expected[256];
    assert_ok(trace_open(&w));
    tsr_value v = tsr_full(w.b, cases[i].dtype, TSR_NO_SHAPE, cases[i].value);
    tsr_graph *g = finished(&w, TSR_VALUES(v));
    snprintf(expected, sizeof expected,
             "graph() {\n  %%0:%s[] = constant {tensor=%s}\n  return %%0\n}\n",
             tsr_dtype_name(cases[i].dtype), cases[i].text);
    assert_graph_text(g, expected);
    tsr_graph_release(g);
    trace_close(&w);
  }
}

static void dot_declares_every_end_of_every_edge(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_graph *g = sample(&w);
  char *text;
  size_t size;
  assert_ok(tsr_graph_dot(g, &text, &size));
  assert_string_equal(text, "digraph graph0 {\n"
                            "  g0_v0 [label=\"%0 x\"];\n"
                            "  g0_n0 [shape=box, label=\"test.call.v1\"];\n"
                            "  g0_v0 -> g0_n0 [label=\"%0 f64[n, 3]\"];\n"
                            "  subgraph cluster_1 {\n"
                            "  label=\"body of g0_n0\";\n"
                            "  g1_v0 [label=\"%0 u\"];\n"
                            "  g1_n0 [shape=box, label=\"sin\"];\n"
                            "  g1_v0 -> g1_n0 [label=\"%0 f64[n, 3]\"];\n"
                            "  g1_out0 [shape=plaintext, label=\"output 0\"];\n"
                            "  g1_n0 -> g1_out0 [label=\"%1 f64[n, 3]\"];\n"
                            "  g1_out1 [shape=plaintext, label=\"output 1\"];\n"
                            "  g1_v0 -> g1_out1 [label=\"%0 f64[n, 3]\"];\n"
                            "  }\n"
                            "  g0_out0 [shape=plaintext, label=\"output 0\"];\n"
                            "  g0_n0 -> g0_out0 [label=\"%2 f64[n, 3]\"];\n"
                            "  g0_out1 [shape=plaintext, label=\"output 1\"];\n"
                            "  g0_n0 -> g0_out1 [label=\"%1 f64[n, 3]\"];\n"
                            "}\n");
  assert_int_equal(size, strlen(text) + 1);
  tsr_free(text, size, 0);
  tsr_graph_release(g);
  trace_close(&w);
}

static void names_are_quoted_for_dot(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_value x = input(w.b, "a \"b\" \\", TSR_F64, TSR_NO_SHAPE);
  tsr_graph *g = finished(&w, TSR_VALUES(x));
  char *text;
  size_t size;
  assert_ok(tsr_graph_dot(g, &text, &size));
  assert_non_null(strstr(text, "label=\"%0 a \\\"b\\\" \\\\\"];"));
  tsr_free(text, size, 0);
  tsr_graph_release(g);
  trace_close(&w);
}

/* A body recorded on a builder inside w. */
static tsr_graph *body_of(trace_world *w, tsr_op_id id) {
  tsr_builder *child;
  tsr_graph *g = NULL;
  assert_ok(tsr_graph_builder_create(w->registry, NULL, w->b, &child));
  tsr_value x = input(child, NULL, TSR_F64, TSR_SHAPE(w->n));
  tsr_value y = tsr_emit1(child, tsr_op_core(id), NULL, TSR_VALUES(x));
  y = tsr_add(child, y, tsr_scalar(child, 0.5));
  assert_ok(tsr_graph_builder_finish(child, TSR_VALUES(y), NULL, NULL, &g));
  return g;
}

static void graphs_recorded_alike_are_equal(void **state) {
  (void)state;
  trace_world w;
  assert_ok(trace_open(&w));
  tsr_graph *a = body_of(&w, TSR_OP_SIN), *b = body_of(&w, TSR_OP_SIN),
            *c = body_of(&w, TSR_OP_COS);
  call_attrs x = {&a->object}, y = {&b->object}, z = {&c->object};
  assert_true(tsr_attr_equal(&call_class, &x, &y));
  assert_true(tsr_attr_hash(&call_class, &x) == tsr_attr_hash(&call_class, &y));
  assert_false(tsr_attr_equal(&call_class, &x, &z));
  tsr_graph_release(a);
  tsr_graph_release(b);
  tsr_graph_release(c);
  trace_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_shows_regions_below_their_node),
      cmocka_unit_test(an_empty_graph_is_written_too),
      cmocka_unit_test(constants_show_their_number),
      cmocka_unit_test(dot_declares_every_end_of_every_edge),
      cmocka_unit_test(names_are_quoted_for_dot),
      cmocka_unit_test(graphs_recorded_alike_are_equal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
