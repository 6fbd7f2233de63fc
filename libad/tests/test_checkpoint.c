/* test_checkpoint.c - memory for time: what is kept, what is run again, and that nothing else
 * changes.
 */
#include "ad_test.h"

static const double point[4] = {0.4, -0.3, 0.8, 0.1};

BODY(layer) { /* sin(exp x) x, and the index of the largest */
  (void)ctx;
  out[0] = tsr_mul(b, tsr_sin(b, tsr_exp(b, in[0])), in[0]);
  out[1] = tsr_argmax(b, in[0], 0);
  return TSR_OK;
}

/* Two layers, then the sum of squares. */
static tsr_value loss_of(tsr_builder *b, tsr_value x, bool checkpointed) {
  tsr_value y[2], z[2];
  if (checkpointed) {
    (void)tsr_checkpoint(b, layer, NULL, TSR_VALUES(x), 2, y);
    (void)tsr_checkpoint(b, layer, NULL, TSR_VALUES(y[0]), 2, z);
  } else {
    (void)layer(b, NULL, &x, y);
    (void)layer(b, NULL, y, z);
  }
  return total(b, tsr_mul(b, z[0], z[0]));
}

static void derivatives_at_point(bool checkpointed, double *out) {
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 4), loss = loss_of(w.b, x, checkpointed), g = tsr_grad(w.b, loss, x), t;
  tsr_value second = tsr_grad(w.b, total(w.b, tsr_mul(w.b, g, g)), x);
  assert_ok(tsr_jvp(w.b, TSR_VALUES(g), TSR_VALUES(x), TSR_VALUES(x), &t));
  assert_int_equal(13, results(&w, TSR_VALUES(loss, g, second, t), point, out));
}

static void test_derivatives_are_those_of_the_plain_program(void **state) {
  (void)state;
  double plain[13], checkpointed[13];
  derivatives_at_point(false, plain);
  derivatives_at_point(true, checkpointed);
  assert_close(checkpointed, plain, 13, 1e-13, 0);
}

/* The way back starts from x behind a barrier, which also holds the cotangent. */
static void test_the_body_is_run_again_behind_a_barrier(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 4), y[2];
  assert_ok(tsr_checkpoint(w.b, layer, NULL, TSR_VALUES(x), 2, y));
  tsr_value g = tsr_grad(w.b, total(w.b, y[0]), x);
  tsr_graph *graph = finished(&w, TSR_VALUES(g));
  assert_int_equal(1, tsr_graph_count(graph, "barrier"));
  for (int32_t n = 0; n < graph->n_nodes; n++) {
    if (graph->nodes[n].op == tsr_op_core(TSR_OP_BARRIER))
      assert_int_equal(2, graph->nodes[n].n_in); /* x and one cotangent */
    if (graph->nodes[n].op == tsr_op_core(TSR_OP_CHECKPOINT))
      assert_int_equal(2, graph->nodes[n].n_out); /* no residual was added */
  }
  tsr_graph_release(graph);
  world_close(&w);
}

BODY(step) { /* a round that leaves much */
  (void)ctx;
  tsr_value y[2];
  TSR_TRY(layer(b, NULL, in, y));
  out[0] = tsr_add(b, tsr_sin(b, y[0]), tsr_exp(b, tsr_mul(b, in[0], y[0])));
  return TSR_OK;
}
BODY(checkpointed_step) { return tsr_checkpoint(b, step, ctx, TSR_VALUES(in[0]), 1, out); }

static int32_t stacked_by(tsr_body body, double *gradient) {
  world w;
  world_open(&w);
  tsr_value x = vector(w.b, 4), y;
  assert_ok(tsr_scan(w.b, body, NULL, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(3), TSR_SCAN_FORWARD,
                     0, &y));
  tsr_graph *g = finished(&w, TSR_VALUES(tsr_grad(w.b, total(w.b, y), x)));
  int32_t n = 0;
  while (g->nodes[n].op != tsr_op_core(TSR_OP_SCAN))
    n++;
  n = g->nodes[n].n_out - 1;
  evaluate_at(g, NULL, point, gradient);
  tsr_graph_release(g);
  world_close(&w);
  return n;
}

static void test_a_scan_of_checkpoints_keeps_its_carry_alone(void **state) {
  (void)state;
  double plain[4], checkpointed[4];
  assert_true(stacked_by(step, plain) > 3);
  assert_int_equal(1, stacked_by(checkpointed_step, checkpointed));
  assert_close(checkpointed, plain, 4, 1e-13, 0);
}

static void test_vmap_of_a_checkpoint_is_a_checkpoint(void **state) {
  (void)state;
  world w;
  world_open(&w);
  tsr_value x = input(w.b, TSR_F64, TSR_SHAPE(tsr_dim_of(4), tsr_dim_of(2))), y;
  assert_ok(tsr_vmap(w.b, checkpointed_step, NULL, TSR_VALUES(x), TSR_AXES(1), 1, TSR_NO_AXES, &y));
  tsr_value g = tsr_grad(w.b, total(w.b, y), x);
  tsr_graph *graph = finished(&w, TSR_VALUES(y, g));
  assert_int_equal(1, tsr_graph_count(graph, "checkpoint"));
  assert_int_equal(1, tsr_graph_count(graph, "barrier"));
  tsr_graph_release(graph);
  world_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_derivatives_are_those_of_the_plain_program),
      cmocka_unit_test(test_the_body_is_run_again_behind_a_barrier),
      cmocka_unit_test(test_a_scan_of_checkpoints_keeps_its_carry_alone),
      cmocka_unit_test(test_vmap_of_a_checkpoint_is_a_checkpoint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
