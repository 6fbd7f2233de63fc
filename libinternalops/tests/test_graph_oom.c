/* test_graph_oom.c - a trace that uses everything survives every failing allocation. */
#include "trace_test.h"

static tsr_status region(trace_world *w, tsr_value x, tsr_value *out) {
  tsr_builder *child;
  tsr_value *captured = NULL;
  int32_t n_captured = 0;
  tsr_graph *g = NULL;
  TSR_TRY(tsr_graph_builder_create(w->registry, NULL, w->b, &child));
  tsr_value u = input(child, NULL, TSR_F64, TSR_SHAPE(w->n));
  tsr_value v = tsr_mul(child, u, x);
  v = tsr_add(child, v, tsr_scalar(child, 2));
  TSR_TRY(tsr_graph_builder_finish(child, TSR_VALUES(v), &n_captured, &captured, &g));
  tsr_value in[] = {captured[0], x};
  call_attrs attrs = {&g->object};
  tsr_status status = tsr_emit(w->b, &call, &attrs, tsr_values_of(in, 2), out);
  tsr_free(captured, (size_t)n_captured * sizeof *captured, 0);
  tsr_graph_release(g);
  return status;
}

static tsr_status record(trace_world *w, tsr_value *out) {
  tsr_builder *b = w->b;
  tsr_value x = input(b, "x", TSR_F64, TSR_SHAPE(w->n)),
            y = input(b, "y", TSR_F32, TSR_SHAPE(w->m, w->n));
  copies_attrs one = {1}, two = {2};
  tsr_value copy, *all, z;
  int32_t n;
  tsr_call made;
  z = tsr_add(b, x, tsr_mul(b, y, tsr_scalar_int(b, 3)));
  z = tsr_select(b, tsr_lt(b, z, x), z, TSR_ZERO_VALUE);
  z = tsr_real(b, tsr_conj(b, tsr_complex(b, z, tsr_sin(b, x))));
  z = tsr_add(b, z, tsr_convert(b, tsr_iota(b, TSR_I64, TSR_SHAPE(w->m, w->n), 1), TSR_F64));
  z = tsr_mul(b, z, tsr_dim_value(b, w->n, TSR_F64));
  for (int i = 0; i < 20; i++) /* enough to make arrays grow */
    z = tsr_exp(b, tsr_neg(b, z));
  TSR_TRY(tsr_emit(b, &copies, &one, TSR_VALUES(x), &copy));
  TSR_TRY(tsr_graph_builder_amend(b, copy, &two, &n, &all));
  copy = all[1];
  tsr_free(all, (size_t)n * sizeof *all, 0);
  if (!tsr_builder_producer(b, copy, &made)) TSR_TRY(tsr_builder_status(b));
  TSR_TRY(region(w, copy, out));
  out[0] = tsr_add(b, out[0], z);
  return tsr_builder_status(b);
}

static tsr_status write_down(const tsr_graph *g) {
  char *text;
  size_t size;
  TSR_TRY(tsr_graph_text(g, &text, &size));
  tsr_free(text, size, 0);
  TSR_TRY(tsr_graph_dot(g, &text, &size));
  tsr_free(text, size, 0);
  return TSR_OK;
}

static tsr_status replay(trace_world *w, const tsr_graph *g) {
  tsr_value in[2], out;
  TSR_TRY(tsr_graph_builder_create(w->registry, g->space, NULL, &w->b));
  for (int i = 0; i < 2; i++)
    in[i] = tsr_graph_builder_input(w->b, NULL, &g->types[g->inputs[i]]);
  return tsr_graph_inline(w->b, g, in, &out);
}

static tsr_status everything(void *arg) {
  (void)arg;
  trace_world w;
  tsr_graph *g = NULL;
  tsr_value out;
  tsr_status status = trace_open(&w);
  if (status == TSR_OK) status = record(&w, &out);
  if (status == TSR_OK) {
    tsr_builder *b = w.b;
    w.b = NULL;
    status = tsr_graph_builder_finish(b, TSR_VALUES(out), NULL, NULL, &g);
  }
  if (status == TSR_OK) status = write_down(g);
  if (status == TSR_OK) status = replay(&w, g);
  tsr_graph_release(g);
  trace_close(&w);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  tsr_test_oom(everything, NULL);
}

/* After a failed application the trace is what it was, and goes on. */
static tsr_status try_twice(void *arg) {
  (void)arg;
  trace_world w;
  tsr_graph *g = NULL;
  tsr_status status = trace_open(&w);
  tsr_value x = TSR_NO_VALUE, y;
  if (status == TSR_OK) {
    x = input(w.b, "x", TSR_F64, TSR_SHAPE(w.n));
    status = tsr_builder_status(w.b);
  }
  for (int i = 0; i < 12 && status == TSR_OK; i++) {
    y = tsr_mul(w.b, x, x);
    if (tsr_builder_status(w.b) != TSR_OK) { /* once more, with memory again */
      tsr_builder_clear(w.b);
      y = tsr_mul(w.b, x, x);
    }
    x = y;
    status = tsr_builder_status(w.b);
  }
  if (status == TSR_OK) {
    tsr_builder *b = w.b;
    w.b = NULL;
    status = tsr_graph_builder_finish(b, TSR_VALUES(x), NULL, NULL, &g);
  }
  if (status == TSR_OK && (g->n_nodes != 12 || g->n_values != 13))
    status = TSR_FAIL(TSR_ERR_INTERNAL, "a failed application left something behind");
  tsr_graph_release(g);
  trace_close(&w);
  return status;
}

static void a_failed_application_leaves_nothing_behind(void **state) {
  (void)state;
  tsr_test_oom(try_twice, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(a_failed_application_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
