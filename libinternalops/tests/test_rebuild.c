/* test_rebuild.c - a rebuilt graph is smaller and means the same. */
#include "tsr_test.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/ops.h"
#include "tsr/spi/graph.h"

static tsr_registry *registry;

static int setup(void **state) {
  (void)state;
  return tsr_registry_create(&registry) != TSR_OK;
}
static int teardown(void **state) {
  (void)state;
  tsr_registry_release(registry);
  return 0;
}

static tsr_builder *open_trace(void) {
  tsr_builder *b;
  assert_ok(tsr_graph_builder_create(registry, NULL, NULL, &b));
  return b;
}

static tsr_value input(tsr_builder *b, const char *name) {
  const tsr_dim dims[] = {tsr_dim_of(4)};
  const tsr_type type = {TSR_F64, 1, dims};
  return tsr_graph_builder_input(b, name, &type);
}

static tsr_graph *finish(tsr_builder *b, tsr_values outputs) {
  tsr_graph *g;
  assert_ok(tsr_graph_builder_finish(b, outputs, NULL, NULL, &g));
  return g;
}

static tsr_graph *rebuild(tsr_graph *g, uint32_t what) {
  tsr_graph *made;
  assert_ok(tsr_graph_rebuild(g, what, &made));
  tsr_graph_release(g);
  return made;
}

static void test_equal_work_becomes_one(void **state) {
  (void)state;
  tsr_builder *b = open_trace();
  tsr_value x = input(b, "x");
  tsr_value y = tsr_add(b, tsr_exp(b, x), tsr_exp(b, x));
  tsr_graph *g = finish(b, TSR_VALUES(y));
  assert_int_equal(tsr_graph_count(g, "exp"), 2);
  g = rebuild(g, TSR_REBUILD_MERGE);
  assert_int_equal(tsr_graph_count(g, "exp"), 1);
  assert_int_equal(g->n_nodes, 2);
  tsr_graph_release(g);
}

static void test_merging_reaches_through_chains(void **state) {
  (void)state;
  tsr_builder *b = open_trace();
  tsr_value x = input(b, "x");
  tsr_value y = tsr_sin(b, tsr_exp(b, x)), z = tsr_sin(b, tsr_exp(b, x));
  tsr_graph *g = rebuild(finish(b, TSR_VALUES(y, z)), TSR_REBUILD_ALL);
  assert_int_equal(g->n_nodes, 2);
  assert_int_equal(g->outputs[0], g->outputs[1]);
  tsr_graph_release(g);
}

static void test_inputs_are_never_merged(void **state) {
  (void)state;
  tsr_builder *b = open_trace();
  tsr_value x = input(b, "x"), y = input(b, "y");
  tsr_graph *g = rebuild(finish(b, TSR_VALUES(tsr_exp(b, x), tsr_exp(b, y))), TSR_REBUILD_ALL);
  assert_int_equal(g->n_inputs, 2);
  assert_int_equal(tsr_graph_count(g, "exp"), 2);
  tsr_graph_release(g);
}

static void test_dead_work_is_dropped_and_inputs_stay(void **state) {
  (void)state;
  tsr_builder *b = open_trace();
  tsr_value x = input(b, "x"), y = input(b, "y");
  tsr_exp(b, tsr_exp(b, x));
  tsr_graph *g = rebuild(finish(b, TSR_VALUES(tsr_neg(b, y))), 0);
  assert_int_equal(g->n_nodes, 1);
  assert_int_equal(g->n_inputs, 2);
  assert_string_equal(g->names[0], "x");
  tsr_graph_release(g);
}

static void test_x_times_one_is_x(void **state) {
  (void)state;
  tsr_builder *b = open_trace();
  tsr_value x = input(b, "x");
  tsr_value y = tsr_neg(b, tsr_neg(b, tsr_mul(b, x, tsr_scalar(b, 1))));
  tsr_graph *g = rebuild(finish(b, TSR_VALUES(y)), TSR_REBUILD_ALL);
  assert_int_equal(g->n_nodes, 0);
  assert_int_equal(g->outputs[0], g->inputs[0]);
  tsr_graph_release(g);
}

static void test_x_times_zero_stays(void **state) { /* inf times 0 is NaN */
  (void)state;
  tsr_builder *b = open_trace();
  tsr_value y = tsr_mul(b, input(b, "x"), tsr_scalar(b, 0));
  tsr_graph *g = rebuild(finish(b, TSR_VALUES(y)), TSR_REBUILD_ALL);
  assert_int_equal(tsr_graph_count(g, "mul"), 1);
  tsr_graph_release(g);
}

static tsr_status build_and_rebuild(void *arg) {
  (void)arg;
  tsr_registry *r = NULL;
  tsr_builder *b = NULL;
  tsr_graph *g = NULL, *made = NULL;
  TSR_TRY(tsr_registry_create(&r));
  tsr_status status = tsr_graph_builder_create(r, NULL, NULL, &b);
  if (status == TSR_OK) {
    tsr_value x = input(b, "x");
    tsr_value y = tsr_add(b, tsr_exp(b, x), tsr_mul(b, tsr_exp(b, x), tsr_scalar(b, 1)));
    status = tsr_graph_builder_finish(b, TSR_VALUES(y), NULL, NULL, &g);
  }
  if (status == TSR_OK) status = tsr_graph_rebuild(g, TSR_REBUILD_ALL, &made);
  if (status == TSR_OK) assert_int_equal(tsr_graph_count(made, "exp"), 1);
  tsr_graph_release(made);
  tsr_graph_release(g);
  tsr_registry_release(r);
  return status;
}

static void test_out_of_memory_leaks_nothing(void **state) {
  (void)state;
  tsr_test_oom(build_and_rebuild, NULL);
}

static void test_svg_escapes_names(void **state) {
  (void)state;
  tsr_builder *b = open_trace();
  tsr_graph *g = finish(b, TSR_VALUES(tsr_exp(b, input(b, "a<b"))));
  char *text;
  size_t size;
  assert_ok(tsr_graph_svg(g, &text, &size));
  assert_int_equal(strlen(text) + 1, size);
  assert_non_null(strstr(text, "a&lt;b"));
  assert_null(strstr(text, "a<b"));
  assert_non_null(strstr(text, "</svg>"));
  tsr_free(text, size, 0);
  tsr_graph_release(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_equal_work_becomes_one),
      cmocka_unit_test(test_merging_reaches_through_chains),
      cmocka_unit_test(test_inputs_are_never_merged),
      cmocka_unit_test(test_dead_work_is_dropped_and_inputs_stay),
      cmocka_unit_test(test_x_times_one_is_x),
      cmocka_unit_test(test_x_times_zero_stays),
      cmocka_unit_test(test_out_of_memory_leaks_nothing),
      cmocka_unit_test(test_svg_escapes_names),
  };
  return cmocka_run_group_tests_name("internalops/rebuild", tests, setup, teardown);
}
