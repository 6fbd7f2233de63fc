/* test_transform.c - what transforms refuse, what they cost, and what they keep. */
#include "transform/transform_internal.h"
#include "transform_test.h"

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)

static tsr_value total(tsr_builder *b, tsr_value x) { return tsr_reduce_sum(b, x, TSR_ALL_AXES); }

static tsr_builder *builder(tsr_registry *r) {
  tsr_builder *b;
  assert_ok(tsr_graph_builder_create(r, NULL, NULL, &b));
  return b;
}

static tsr_value scalar_input(tsr_builder *b) { return input(b, TSR_F64, TSR_NO_SHAPE); }

/* ---- ops of our own: one without a derivative, one without a batch rule ---- */

static tsr_status same_type(const tsr_call *c, tsr_type *out) {
  out[0] = c->in_type[0];
  return TSR_OK;
}
static tsr_status forgetful_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                                tsr_value *out_t) {
  (void)b, (void)c, (void)t, (void)out_t;
  return TSR_OK;
}
static tsr_status square_lower(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  out[0] = tsr_mul(b, c->in[0], c->in[0]);
  return tsr_builder_status(b);
}
static tsr_status square_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                             tsr_value *out_t) {
  out_t[0] = tsr_mul(b, tsr_mul(b, tsr_scalar(b, 2), c->in[0]), t[0]);
  return tsr_builder_status(b);
}
#define OUR_OP(id, kind)                                                                           \
  static const tsr_op id = {.name = "test." #id ".v1",                                             \
                            .synopsis = "z = x",                                                   \
                            .jvp = kind,                                                           \
                            .min_inputs = 1,                                                       \
                            .max_inputs = 1,                                                       \
                            .n_outputs = 1,                                                        \
                            .dtypes = TSR_DTYPES_FIELD}
OUR_OP(opaque, TSR_JVP_NONE);
OUR_OP(forgetful, TSR_JVP_RULE);
OUR_OP(square, TSR_JVP_RULE);
static const tsr_rules opaque_rules = {.infer = same_type};
static const tsr_rules forgetful_rules = {.infer = same_type, .jvp = forgetful_jvp};
static const tsr_rules square_rules = {
    .infer = same_type, .jvp = square_jvp, .lower = square_lower};

static tsr_registry *extended(void) {
  tsr_registry *r = registry();
  assert_ok(tsr_registry_add(r, &opaque, &opaque_rules));
  assert_ok(tsr_registry_add(r, &forgetful, &forgetful_rules));
  assert_ok(tsr_registry_add(r, &square, &square_rules));
  return r;
}

static tsr_status pulled(tsr_builder *b, tsr_value y, tsr_value x, tsr_value *g) {
  return tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(tsr_ones_like(b, y)), TSR_VALUES(x), g);
}

static void test_a_missing_rule_names_the_op(void **state) {
  (void)state;
  tsr_registry *r = extended();
  tsr_builder *b = builder(r);
  tsr_value x = scalar_input(b), g;
  tsr_value y = tsr_emit1(b, &opaque, NULL, TSR_VALUES(x));
  assert_error_says(pulled(b, tsr_sin(b, y), x, &g), TSR_ERR_NO_RULE, "test.opaque.v1");
  assert_true(tsr_value_is_none(g));
  tsr_builder_clear(b);
  assert_error_says(tsr_pushforward(b, TSR_VALUES(y), TSR_VALUES(x), TSR_VALUES(x), &g),
                    TSR_ERR_NO_RULE, "test.opaque.v1");
  tsr_builder_clear(b);
  /* beside the way it does not matter */
  assert_ok(pulled(b, tsr_sin(b, x), x, &g));
  assert_ok(pulled(b, tsr_sin(b, y), y, &g));
  tsr_builder_close(b);
  tsr_registry_release(r);
}

static void test_a_rule_that_forgets_a_tangent_is_found_out(void **state) {
  (void)state;
  tsr_registry *r = extended();
  tsr_builder *b = builder(r);
  tsr_value x = scalar_input(b), g;
  tsr_value y = tsr_emit1(b, &forgetful, NULL, TSR_VALUES(x));
  assert_error_says(pulled(b, y, x, &g), TSR_ERR_INTERNAL, "test.forgetful.v1", "jvp");
  tsr_builder_close(b);
  tsr_registry_release(r);
}

static void test_what_is_not_linear_is_not_transposed(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value x = scalar_input(b);
  tsr_graph *g = finish(b, TSR_VALUES(tsr_sin(b, x))), *t;
  const bool linear = true;
  assert_error_says(tsr_graph_transpose(g, &linear, &t), TSR_ERR_NO_RULE, "sin", "operand 0");
  tsr_graph_release(g);
  b = builder(r);
  x = scalar_input(b);
  g = finish(b, TSR_VALUES(tsr_mul(b, x, tsr_neg(b, x))));
  assert_error_says(tsr_graph_transpose(g, &linear, &t), TSR_ERR_NO_RULE, "mul", "2 operands");
  tsr_graph_release(g);
  tsr_registry_release(r);
}

BODY(go_on) {
  (void)ctx;
  out[0] = tsr_lt(b, in[0], tsr_scalar(b, 5));
  return TSR_OK;
}
BODY(twice) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], in[0]);
  return TSR_OK;
}

static void test_reverse_mode_through_while_says_what_to_do(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value x = scalar_input(b), y, g;
  assert_ok(tsr_while(b, go_on, twice, NULL, TSR_VALUES(x), &y));
  assert_error_says(pulled(b, y, x, &g), TSR_ERR_NO_RULE, "while", "reverse mode", "scan");
  tsr_builder_close(b);
  tsr_registry_release(r);
}

BODY(squared) {
  (void)ctx;
  out[0] = total(b, tsr_emit1(b, &square, NULL, TSR_VALUES(in[0])));
  return TSR_OK;
}

static void test_an_op_without_batch_rule_runs_in_turn(void **state) {
  (void)state;
  tsr_registry *r = extended();
  tsr_graph *f = trace(r, squared, NULL, 3), *df = gradient(f), *mapped;
  const double xs[6] = {1, 2, 3, 4, 5, 6};
  check_batched(f, 0, 0, 3, 1, xs, 2);
  check_batched(df, 1, 1, 3, 3, xs, 2);
  int32_t axis = 0, out_axis = -1;
  assert_ok(tsr_graph_batch(f, tsr_dim_of(2), &axis, &out_axis, &mapped));
  assert_int_equal(1, tsr_graph_count(mapped, "scan"));
  assert_int_equal(0, out_axis);
  tsr_graph_release(mapped);
  tsr_graph_release(df);
  tsr_graph_release(f);
  tsr_registry_release(r);
}

/* ---- cost ---- */

/* Nodes of the gradient of a chain of n products with one shared factor, dead ones included. */
static int32_t gradient_nodes(int n) {
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value x = scalar_input(b), y = x, g;
  for (int k = 0; k < n; k++)
    y = tsr_mul(b, tsr_sin(b, y), x);
  assert_ok(pulled(b, y, x, &g));
  tsr_graph *graph = finish(b, TSR_VALUES(g));
  int32_t nodes = graph->n_nodes;
  tsr_graph_release(graph);
  tsr_registry_release(r);
  return nodes;
}

static void test_the_gradient_of_a_chain_is_linear_in_its_length(void **state) {
  (void)state;
  int32_t fixed = gradient_nodes(0), per_step = gradient_nodes(1) - fixed;
  assert_true(per_step <= 12);
  int32_t long_chain = gradient_nodes(2000);
  assert_true(long_chain <= fixed + 2000 * per_step);
}

/* Values before the ones in question are not looked at, let alone differentiated. */
static void test_a_pullback_replays_only_what_lies_between(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value x = scalar_input(b), y = x, g;
  for (int k = 0; k < 500; k++)
    y = tsr_sin(b, y);
  tsr_value z = tsr_mul(b, y, y), beside = tsr_exp(b, y);
  for (int k = 0; k < 500; k++)
    beside = tsr_sin(b, beside);
  assert_ok(pulled(b, z, y, &g));
  tsr_graph *graph = finish(b, TSR_VALUES(g));
  assert_true(graph->n_nodes <= 1002 + 10);
  tsr_graph_release(graph);
  tsr_registry_release(r);
}

static void test_an_unused_derivative_leaves_nothing_behind(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value x = scalar_input(b), y = tsr_sin(b, tsr_mul(b, x, x)), g;
  assert_ok(pulled(b, y, x, &g));
  tsr_graph *graph = finish(b, TSR_VALUES(y));
  assert_true(graph->n_nodes > 2);
  assert_ok(tsri_trim(&graph));
  assert_int_equal(2, graph->n_nodes);
  tsr_graph_release(graph);
  tsr_registry_release(r);
}

BODY(scan_and_cond) {
  (void)ctx;
  tsr_value s = total(b, in[0]), y;
  TSR_TRY(tsr_scan(b, twice, NULL, TSR_VALUES(s), TSR_NO_VALUES, tsr_dim_of(3), TSR_SCAN_FORWARD, 0,
                   &y));
  return tsr_cond(b, tsr_gt(b, s, tsr_scalar(b, 0)), twice, twice, NULL, TSR_VALUES(y), 1, out);
}

static void test_forward_mode_of_a_graph_runs_a_region_once(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_graph *f = trace(r, scan_and_cond, NULL, 2), *both;
  bool active = true, out = false;
  assert_ok(tsr_graph_jvp(f, &active, &out, &both));
  assert_true(out);
  assert_int_equal(1, tsr_graph_count(both, "scan"));
  assert_int_equal(1, tsr_graph_count(both, "cond"));
  tsr_graph_release(both);
  tsr_graph_release(f);
  tsr_registry_release(r);
}

/* (x, 0) -> (2 x, 1) three times: the second result never depends on x */
BODY(two_carries) {
  (void)ctx;
  out[0] = tsr_add(b, in[0], in[0]);
  out[1] = tsr_add(b, in[1], tsr_scalar(b, 1));
  return TSR_OK;
}
BODY(inner_loop) {
  (void)ctx;
  return tsr_scan(b, two_carries, NULL, TSR_VALUES(in[0], in[1]), TSR_NO_VALUES, tsr_dim_of(3),
                  TSR_SCAN_FORWARD, 0, out);
}

static void test_what_a_nested_loop_does_not_touch_stays_untouched(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value x = scalar_input(b), y[2];
  assert_ok(tsr_scan(b, inner_loop, NULL, TSR_VALUES(x, tsr_zeros_like(b, x)), TSR_NO_VALUES,
                     tsr_dim_of(2), TSR_SCAN_FORWARD, 0, y));
  tsr_graph *f = finish(b, TSR_VALUES(y[0], y[1])), *g;
  const bool active = true;
  bool has_tangent[2] = {false, false};
  assert_ok(tsr_graph_jvp(f, &active, has_tangent, &g));
  assert_true(has_tangent[0] && !has_tangent[1]);
  tsr_graph_release(g);
  int32_t axis = 0, out_axis[2] = {-1, -1};
  assert_ok(tsr_graph_batch(f, tsr_dim_of(2), &axis, out_axis, &g));
  assert_int_equal(0, out_axis[0]);
  assert_int_equal(-1, out_axis[1]);
  tsr_graph_release(g);
  tsr_graph_release(f);
  tsr_registry_release(r);
}

/* ---- long scans against closed forms ---- */

BODY(scaled) { /* c' = a c, y = c */
  const tsr_value *a = ctx;
  out[0] = tsr_mul(b, *a, in[0]);
  out[1] = in[0];
  return TSR_OK;
}

/* c = a^1000 x: dc/da = 1000 a^999 x, dc/dx = a^1000; sum of ys = x (1 - a^1000) / (1 - a) */
static void test_a_thousand_rounds(void **state) {
  (void)state;
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value a = scalar_input(b), x = scalar_input(b), y[2], g[2], h[1], t[2];
  assert_ok(tsr_scan(b, scaled, &a, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(1000),
                     TSR_SCAN_FORWARD, 1, y));
  tsr_value one = tsr_ones(b, TSR_F64, TSR_NO_SHAPE), sum = total(b, y[1]);
  assert_ok(tsr_pullback(b, TSR_VALUES(y[0]), TSR_VALUES(one), TSR_VALUES(a, x), g));
  assert_ok(tsr_pullback(b, TSR_VALUES(sum), TSR_VALUES(one), TSR_VALUES(x), h));
  assert_ok(tsr_pushforward(b, TSR_VALUES(y[0], sum), TSR_VALUES(a, x), TSR_VALUES(one, one), t));
  tsr_graph *graph = finish(b, TSR_VALUES(g[0], g[1], h[0], t[0], t[1]));
  const double data[2] = {0.999, 1.5};
  double out[5];
  evaluate(graph, data, out);
  const double A = 0.999, X = 1.5, P = pow(A, 1000), dP = 1000 * pow(A, 999);
  const double sums = (1 - P) / (1 - A);
  const double dsums = (-dP * (1 - A) + (1 - P)) / ((1 - A) * (1 - A));
  assert_near(out[0], dP * X, 1e-12, 0);
  assert_near(out[1], P, 1e-12, 0);
  assert_near(out[2], sums, 1e-12, 0);
  assert_near(out[3], dP * X + P, 1e-12, 0);
  assert_near(out[4], dsums * X + sums, 1e-9, 0);
  tsr_graph_release(graph);
  tsr_registry_release(r);
}

/* ---- residuals ---- */

/* Results of the first scan of a graph, which is the one the user wrote. */
static int32_t first_scan(const tsr_graph *g) {
  for (int32_t n = 0; n < g->n_nodes; n++)
    if (g->nodes[n].op == tsr_op_core(TSR_OP_SCAN)) return g->nodes[n].n_out;
  return -1;
}

typedef struct kept {
  tsr_value w;
} kept;

/* c' = c + x exp(w): exp w is the same in each round, x is there already, c is not needed */
BODY(nothing_to_keep) {
  const kept *k = ctx;
  out[0] = tsr_add(b, in[0], tsr_mul(b, in[1], tsr_exp(b, k->w)));
  return TSR_OK;
}
/* c' = c c, y = c: the residual is the carry, which comes out as y already */
BODY(kept_anyway) {
  (void)ctx;
  out[0] = tsr_mul(b, in[0], in[0]);
  out[1] = in[0];
  return TSR_OK;
}
/* c' = sin c: keeps cos c and nothing else */
BODY(keep_one) {
  (void)ctx;
  out[0] = tsr_sin(b, in[0]);
  return TSR_OK;
}

static int32_t results_of_scan(tsr_body body, bool with_xs, int32_t n_ys) {
  tsr_registry *r = registry();
  tsr_builder *b = builder(r);
  tsr_value c = scalar_input(b), w = scalar_input(b);
  tsr_value xs = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(4))), y[2], g[2];
  kept k = {.w = w};
  assert_ok(tsr_scan(b, body, &k, TSR_VALUES(c), with_xs ? TSR_VALUES(xs) : TSR_NO_VALUES,
                     tsr_dim_of(4), TSR_SCAN_FORWARD, n_ys, y));
  assert_ok(
      tsr_pullback(b, TSR_VALUES(y[0]), TSR_VALUES(tsr_ones_like(b, y[0])), TSR_VALUES(c, w), g));
  tsr_graph *graph = finish(b, TSR_VALUES(or_zeros(b, g[0], c), or_zeros(b, g[1], w), y[0]));
  int32_t n = first_scan(graph);
  double data[6] = {0.5, 0.25, 1, 2, 3, 4}, out[3];
  evaluate(graph, data, out);
  if (body == nothing_to_keep) assert_near(out[1], 10 * exp(0.25), 1e-14, 0);
  if (body == kept_anyway) assert_near(out[0], 16 * pow(0.5, 15), 1e-14, 0);
  tsr_graph_release(graph);
  tsr_registry_release(r);
  return n;
}

static void test_a_scan_stacks_only_what_it_must(void **state) {
  (void)state;
  assert_int_equal(1 + 0, results_of_scan(nothing_to_keep, true, 0));
  assert_int_equal(2 + 0, results_of_scan(kept_anyway, false, 1));
  assert_int_equal(1 + 1, results_of_scan(keep_one, false, 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_missing_rule_names_the_op),
      cmocka_unit_test(test_a_rule_that_forgets_a_tangent_is_found_out),
      cmocka_unit_test(test_what_is_not_linear_is_not_transposed),
      cmocka_unit_test(test_reverse_mode_through_while_says_what_to_do),
      cmocka_unit_test(test_an_op_without_batch_rule_runs_in_turn),
      cmocka_unit_test(test_the_gradient_of_a_chain_is_linear_in_its_length),
      cmocka_unit_test(test_a_pullback_replays_only_what_lies_between),
      cmocka_unit_test(test_an_unused_derivative_leaves_nothing_behind),
      cmocka_unit_test(test_forward_mode_of_a_graph_runs_a_region_once),
      cmocka_unit_test(test_what_a_nested_loop_does_not_touch_stays_untouched),
      cmocka_unit_test(test_a_thousand_rounds),
      cmocka_unit_test(test_a_scan_stacks_only_what_it_must),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
