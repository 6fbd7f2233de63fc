/* trace_test.h - a registry, a trace and two ops of our own, for the tests of graphs. */
#ifndef TRACE_TEST_H
#define TRACE_TEST_H

#include "tsr_test.h"

#include <string.h>

#include "tsr/ops.h"
#include "tsr/spi/graph.h"

/* ---- "test.copies.v1": z_0, .., z_{n-1} = x ---- */

typedef struct copies_attrs {
  int64_t n;
} copies_attrs;

static const tsr_attr_field copies_fields[] = {
    {"n", TSR_ATTR_I64, offsetof(copies_attrs, n), NULL}
};
static const tsr_attr_class copies_class = {"copies", sizeof(copies_attrs), 1, copies_fields};

static tsr_status copies_count(const tsr_call *c, int32_t *out_n) {
  *out_n = (int32_t)((const copies_attrs *)c->attrs)->n;
  return TSR_OK;
}
static tsr_status copies_infer(const tsr_call *c, tsr_type *out) {
  for (int32_t i = 0; i < c->n_out; i++)
    out[i] = c->in_type[0];
  return TSR_OK;
}

static const tsr_op copies = {.name = "test.copies.v1",
                              .synopsis = "z_i = x",
                              .min_inputs = 1,
                              .max_inputs = 1,
                              .n_outputs = -1,
                              .dtypes = TSR_DTYPES_ANY,
                              .jvp = TSR_JVP_NONE,
                              .attrs = &copies_class};
static const tsr_rules copies_rules = {.infer = copies_infer, .count = copies_count};

/* ---- "test.call.v1": z = body(x..) ---- */

typedef struct call_attrs {
  tsr_object_ref body;
} call_attrs;

static const tsr_attr_field call_fields[] = {
    {"body", TSR_ATTR_OBJECT, offsetof(call_attrs, body), NULL}
};
static const tsr_attr_class call_class = {"call", sizeof(call_attrs), 1, call_fields};

static tsr_status call_count(const tsr_call *c, int32_t *out_n) {
  *out_n = tsr_object_as_graph(((const call_attrs *)c->attrs)->body)->n_outputs;
  return TSR_OK;
}
static tsr_status call_infer(const tsr_call *c, tsr_type *out) {
  const tsr_graph *g = tsr_object_as_graph(((const call_attrs *)c->attrs)->body);
  for (int32_t i = 0; i < g->n_outputs; i++)
    out[i] = g->types[g->outputs[i]];
  return TSR_OK;
}

static const tsr_op call = {.name = "test.call.v1",
                            .synopsis = "z = body(x)",
                            .min_inputs = 0,
                            .max_inputs = -1,
                            .n_outputs = -1,
                            .key = TSR_KEY_OUTPUT,
                            .dtypes = TSR_DTYPES_ANY,
                            .jvp = TSR_JVP_NONE,
                            .attrs = &call_class};
static const tsr_rules call_rules = {.infer = call_infer, .count = call_count};

/* ---- a trace in a registry of its own ---- */

typedef struct trace_world {
  tsr_registry *registry;
  tsr_builder *b;
  tsr_dim n, m; /* symbols */
} trace_world;

static inline tsr_status trace_open(trace_world *w) {
  memset(w, 0, sizeof *w);
  TSR_TRY(tsr_registry_create(&w->registry));
  TSR_TRY(tsr_registry_add(w->registry, &copies, &copies_rules));
  TSR_TRY(tsr_registry_add(w->registry, &call, &call_rules));
  TSR_TRY(tsr_graph_builder_create(w->registry, NULL, NULL, &w->b));
  w->n = tsr_dim_symbol(w->b, "n");
  w->m = tsr_dim_symbol(w->b, "m");
  return tsr_builder_status(w->b);
}

static inline void trace_close(trace_world *w) {
  tsr_builder_close(w->b);
  tsr_registry_release(w->registry);
}

static inline tsr_value input(tsr_builder *b, const char *name, tsr_dtype dtype, tsr_shape shape) {
  tsr_type type = {dtype, (int32_t)shape.n, shape.data};
  return tsr_graph_builder_input(b, name, &type);
}

/* Finish the world's trace, which is gone then. */
static inline tsr_graph *finished(trace_world *w, tsr_values outputs) {
  tsr_graph *g = NULL;
  assert_ok(tsr_graph_builder_finish(w->b, outputs, NULL, NULL, &g));
  w->b = NULL;
  return g;
}

static inline void assert_graph_text(const tsr_graph *g, const char *expected) {
  char *text;
  size_t size;
  assert_ok(tsr_graph_text(g, &text, &size));
  assert_int_equal(size, strlen(text) + 1);
  assert_string_equal(expected, text);
  tsr_free(text, size, 0);
}

static inline void assert_type_is(tsr_builder *b, tsr_value v, const char *expected) {
  tsr_type type;
  char text[128];
  assert_ok(tsr_value_type(b, v, &type));
  assert_string_equal(expected, tsr_type_format(&type, text, sizeof text));
}

#endif /* TRACE_TEST_H */
