/* graph.c - closed graphs: finishing a trace, equality, counting. */
#include "tsr/spi/graph.h"

#include "graph/trace_internal.h"

#include <inttypes.h>
#include <string.h>

#include "tsr/hash.h"

/* ---- object ---- */

static void graph_deinit(void *self) {
  tsr_graph *g = self;
  for (int32_t i = 0; i < g->n_nodes; i++)
    tsr_attr_release(g->nodes[i].op->attrs, (void *)(uintptr_t)g->nodes[i].attrs);
  tsr_arena_deinit(&g->arena);
  tsr_dim_space_release(g->space);
  tsr_registry_release(g->registry);
}

static bool same_numbers(int32_t n, const int32_t *a, const int32_t *b) {
  return n == 0 || memcmp(a, b, (size_t)n * sizeof *a) == 0;
}

static bool same_node(const tsr_node *a, const tsr_node *b) {
  return a->op == b->op && a->n_in == b->n_in && a->n_out == b->n_out &&
         same_numbers(a->n_in, a->in, b->in) && same_numbers(a->n_out, a->out, b->out) &&
         tsr_attr_equal(a->op->attrs, a->attrs, b->attrs);
}

/* Equal as recorded: same numbering, ops, attributes and input types. */
static bool graph_equal(const void *self, const void *other) {
  const tsr_graph *a = self, *b = other;
  if (a->registry != b->registry || a->space != b->space || a->n_values != b->n_values ||
      a->n_nodes != b->n_nodes || a->n_inputs != b->n_inputs || a->n_outputs != b->n_outputs)
    return false;
  if (!same_numbers(a->n_inputs, a->inputs, b->inputs) ||
      !same_numbers(a->n_outputs, a->outputs, b->outputs))
    return false;
  for (int32_t i = 0; i < a->n_inputs; i++)
    if (!tsr_type_same(a->space, &a->types[a->inputs[i]], &b->types[b->inputs[i]])) return false;
  for (int32_t i = 0; i < a->n_nodes; i++)
    if (!same_node(&a->nodes[i], &b->nodes[i])) return false;
  return true;
}

static uint64_t graph_hash(const void *self) {
  const tsr_graph *g = self;
  uint64_t h = tsr_hash_u64(TSR_HASH_SEED, (uint64_t)g->n_values);
  h = tsr_hash_bytes(h, g->outputs, (size_t)g->n_outputs * sizeof *g->outputs);
  for (int32_t i = 0; i < g->n_nodes; i++) {
    const tsr_node *node = &g->nodes[i];
    h = tsr_hash_u64(h, (uint64_t)(uintptr_t)node->op);
    h = tsr_hash_u64(h, tsr_attr_hash(node->op->attrs, node->attrs));
    h = tsr_hash_bytes(h, node->in, (size_t)node->n_in * sizeof *node->in);
  }
  return h;
}

static const tsr_class graph_class = {
    .name = "graph",
    .size = sizeof(tsr_graph),
    .deinit = graph_deinit,
    .equal = graph_equal,
    .hash = graph_hash,
};

TSR_OBJECT_DEFINE(tsr_graph)

const tsr_graph *tsr_object_as_graph(const tsr_object *object) {
  return object && object->isa == &graph_class ? (const tsr_graph *)(const void *)object : NULL;
}

/* ---- finishing ---- */

static tsr_status keep(tsri_trace *t, const void *from, int32_t n, size_t item, const void **out) {
  void *copy;
  TSR_TRY(tsr_arena_copy(&t->arena, from, (size_t)n * item, &copy));
  *out = copy;
  return TSR_OK;
}

/* Inputs of the graph: captures, then declared ones. */
static tsr_status keep_inputs(tsri_trace *t, tsr_graph *g) {
  void *numbers, *names;
  g->n_inputs = t->n_captures + t->n_inputs;
  TSR_TRY(tsr_arena_alloc(&t->arena, (size_t)g->n_inputs * sizeof *g->inputs, &numbers));
  TSR_TRY(tsr_arena_alloc(&t->arena, (size_t)g->n_inputs * sizeof *g->names, &names));
  int32_t *input = numbers;
  const char **name = names;
  for (int32_t i = 0; i < t->n_captures; i++) {
    input[i] = t->captures[i].value;
    name[i] = "";
  }
  for (int32_t i = 0; i < t->n_inputs; i++) {
    input[t->n_captures + i] = t->inputs[i].value;
    name[t->n_captures + i] = t->inputs[i].name;
  }
  g->inputs = input;
  g->names = name;
  return TSR_OK;
}

static tsr_status keep_outputs(tsri_trace *t, tsr_values outputs, tsr_graph *g) {
  void *numbers;
  TSR_TRY(tsr_arena_alloc(&t->arena, outputs.n * sizeof(int32_t), &numbers));
  for (size_t i = 0; i < outputs.n; i++)
    TSR_TRY_MSG(tsri_trace_number(t, outputs.data[i], (int32_t *)numbers + i),
                "finishing a graph: output %zu", i);
  g->n_outputs = (int32_t)outputs.n;
  g->outputs = numbers;
  return TSR_OK;
}

static tsr_status keep_arrays(tsri_trace *t, tsr_values outputs, tsr_graph *g) {
  const void *types, *def, *nodes;
  TSR_TRY(keep_outputs(t, outputs, g)); /* first: it may capture */
  TSR_TRY(keep_inputs(t, g));
  TSR_TRY(keep(t, t->types, t->n_values, sizeof *t->types, &types));
  TSR_TRY(keep(t, t->def, t->n_values, sizeof *t->def, &def));
  TSR_TRY(keep(t, t->nodes, t->n_nodes, sizeof *t->nodes, &nodes));
  g->types = types;
  g->def = def;
  g->nodes = nodes;
  return TSR_OK;
}

static tsr_status list_captures(const tsri_trace *t, tsr_value **out) {
  void *memory;
  if (t->n_captures == 0) return TSR_OK;
  TSR_TRY(tsr_alloc((size_t)t->n_captures * sizeof **out, 0, &memory));
  *out = memory;
  for (int32_t i = 0; i < t->n_captures; i++)
    (*out)[i] = t->captures[i].outer;
  return TSR_OK;
}

static tsr_status finish(tsri_trace *t, tsr_values outputs, int32_t *n_captured,
                         tsr_value **captured, tsr_graph **out) {
  void *object;
  TSR_TRY(tsr_builder_status(&t->base));
  TSR_TRY(tsr_object_create(&graph_class, &object));
  tsr_graph *g = object;
  tsr_status status = keep_arrays(t, outputs, g);
  if (status == TSR_OK && t->n_captures && !(n_captured && captured))
    status = TSR_FAIL(TSR_ERR_ARGUMENT,
                      "finishing a graph: it captured %" PRId32 " values, but nobody takes them",
                      t->n_captures);
  if (status == TSR_OK && captured) status = list_captures(t, captured);
  if (status != TSR_OK) {
    tsr_graph_release(g); /* owns nothing yet: nodes are counted last */
    return status;
  }
  if (n_captured) *n_captured = t->n_captures;
  g->registry = tsr_registry_retain(t->base.registry);
  g->space = tsr_dim_space_retain(t->base.space);
  g->n_values = t->n_values;
  g->n_nodes = t->n_nodes;
  g->arena = t->arena;
  t->arena = (tsr_arena){0};
  t->n_nodes = 0; /* their attributes are the graph's now */
  *out = g;
  return TSR_OK;
}

tsr_status tsr_graph_builder_finish(tsr_builder *b, tsr_values outputs, int32_t *n_captured,
                                    tsr_value **captured, tsr_graph **out) {
  *out = NULL;
  if (n_captured) *n_captured = 0;
  if (captured) *captured = NULL;
  tsri_trace *t = tsri_trace_of(b);
  tsr_status status =
      t ? finish(t, outputs, n_captured, captured, out)
        : TSR_FAIL(TSR_ERR_ARGUMENT, "a builder of class %s makes no graph", b->isa->name);
  tsr_builder_close(b);
  return status;
}

/* ---- counting ---- */

int32_t tsr_graph_count(const tsr_graph *graph, const char *op_name) {
  int32_t n = 0;
  for (int32_t i = 0; i < graph->n_nodes; i++) {
    const tsr_node *node = &graph->nodes[i];
    const tsr_graph *region;
    n += strcmp(node->op->name, op_name) == 0;
    for (int32_t k = 0; (region = tsr_attr_graph(node->op->attrs, node->attrs, k)); k++)
      n += tsr_graph_count(region, op_name);
  }
  return n;
}
