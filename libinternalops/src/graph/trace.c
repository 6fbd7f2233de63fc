/* trace.c - the trace builder: records every application as it comes.
 *
 * Recording has two halves. The first may fail and changes nothing that can be seen: infer,
 * reserve room, copy operands and attributes into the arena. The second only stores.
 */
#include "graph/trace_internal.h"

#include <inttypes.h>
#include <string.h>

static const tsr_builder_class trace_class;

tsri_trace *tsri_trace_of(tsr_builder *b) {
  return b && b->isa == &trace_class ? (tsri_trace *)(void *)b : NULL;
}

bool tsr_builder_is_trace(const tsr_builder *b) { return b && b->isa == &trace_class; }

/* ---- values ---- */

static tsr_status check_index(const tsri_trace *t, tsr_value v) {
  int32_t index = TSR_VALUE_INDEX(v);
  if (index >= 0 && index < t->n_values) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "value %#" PRIx64 " was never made by its builder", v.id);
}

static tsr_status trace_type(tsr_builder *b, tsr_value v, tsr_type *out) {
  const tsri_trace *t = tsri_trace_of(b);
  TSR_TRY(check_index(t, v));
  *out = t->types[TSR_VALUE_INDEX(v)];
  return TSR_OK;
}

/* Number of a value that needs no new capture, or -1. */
static int32_t known_number(const tsri_trace *t, tsr_value v) {
  if (TSR_VALUE_SERIAL(v) == t->base.serial) return TSR_VALUE_INDEX(v);
  return tsri_map_find(&t->captured, v.id);
}

static tsr_status copy_type(tsri_trace *t, const tsr_type *from, tsr_type *out) {
  void *dims;
  TSR_TRY(tsr_arena_copy(&t->arena, from->dims, (size_t)from->rank * sizeof *from->dims, &dims));
  *out = (tsr_type){from->dtype, from->rank, dims};
  return TSR_OK;
}

static tsr_status reserve_values(tsri_trace *t, int32_t more) {
  TSRI_GROW(t->types, t->types_capacity, t->n_values + more);
  TSRI_GROW(t->def, t->def_capacity, t->n_values + more);
  return TSR_OK;
}

static int32_t store_value(tsri_trace *t, const tsr_type *type, int32_t def) {
  t->types[t->n_values] = *type;
  t->def[t->n_values] = def;
  return t->n_values++;
}

/* ---- captures ---- */

static tsr_status reserve_captures(tsri_trace *t, int32_t more) {
  TSR_TRY(reserve_values(t, more));
  TSRI_GROW(t->captures, t->captures_capacity, t->n_captures + more);
  return tsri_map_reserve(&t->captured, more);
}

/* Room is there; type is ours. */
static int32_t store_capture(tsri_trace *t, tsr_value outer, const tsr_type *type) {
  int32_t value = store_value(t, type, -1);
  t->captures[t->n_captures++] = (tsri_capture){value, outer};
  tsri_map_put(&t->captured, outer.id, value);
  return value;
}

tsr_status tsri_trace_number(tsri_trace *t, tsr_value v, int32_t *out) {
  tsr_type type, copy;
  *out = -1;
  TSR_TRY(tsr_value_type(&t->base, v, &type));
  int32_t number = known_number(t, v);
  if (number < 0) {
    TSR_TRY(reserve_captures(t, 1));
    TSR_TRY(copy_type(t, &type, &copy));
    number = store_capture(t, v, &copy);
  }
  *out = number;
  return TSR_OK;
}

/* ---- applications ---- */

/* What the first half of recording prepares. */
typedef struct draft {
  int32_t n_in, n_out, n_new; /* n_new: operands not captured before */
  int32_t *in, *out;          /* in the arena */
  tsr_type *in_type;          /* scratch; dims of new captures are ours */
  tsr_type *out_type;         /* scratch, with dims in the arena */
  void *attrs;
} draft;

static tsr_status draft_operands(tsri_trace *t, tsr_values in, draft *d) {
  void *numbers, *types;
  d->n_in = (int32_t)in.n;
  TSR_TRY(tsr_arena_alloc(&t->arena, in.n * sizeof *d->in, &numbers));
  TSR_TRY(tsr_arena_alloc(&t->base.scratch, in.n * sizeof *d->in_type, &types));
  d->in = numbers;
  d->in_type = types;
  for (int32_t i = 0; i < d->n_in; i++) {
    TSR_TRY(tsr_value_type(&t->base, in.data[i], &d->in_type[i]));
    d->in[i] = known_number(t, in.data[i]);
    if (d->in[i] >= 0) continue;
    TSR_TRY(copy_type(t, &d->in_type[i], &d->in_type[i]));
    d->n_new++;
  }
  return TSR_OK;
}

/* Infer the outputs, and give them numbers to be filled in. */
static tsr_status draft_outputs(tsri_trace *t, const tsr_op *op, const void *attrs, draft *d) {
  tsr_call_context context = {&t->base.scratch, t->base.space};
  TSR_TRY(tsr_infer(t->base.registry, &context, op, attrs, d->n_in, d->in_type, &d->n_out,
                    &d->out_type));
  void *numbers;
  TSR_TRY(tsr_arena_alloc(&t->arena, (size_t)d->n_out * sizeof *d->out, &numbers));
  d->out = numbers;
  for (int32_t i = 0; i < d->n_out; i++)
    TSR_TRY(copy_type(t, &d->out_type[i], &d->out_type[i]));
  return TSR_OK;
}

static tsr_status record(tsri_trace *t, const tsr_op *op, const void *attrs, tsr_values in,
                         tsr_value *out) {
  tsr_builder *b = &t->base;
  draft d = {0};
  TSR_TRY(tsr_attr_check(op->attrs, attrs, op->name));
  TSR_TRY(draft_operands(t, in, &d));
  TSR_TRY(draft_outputs(t, op, attrs, &d));
  TSR_TRY(reserve_captures(t, d.n_new));
  TSR_TRY(reserve_values(t, d.n_new + d.n_out));
  TSRI_GROW(t->nodes, t->nodes_capacity, t->n_nodes + 1);
  TSR_TRY(tsr_attr_copy(op->attrs, attrs, &t->arena, &d.attrs));

  for (int32_t i = 0; i < d.n_in; i++)
    if (d.in[i] < 0) { /* unless an earlier operand was the same value */
      d.in[i] = known_number(t, in.data[i]);
      if (d.in[i] < 0) d.in[i] = store_capture(t, in.data[i], &d.in_type[i]);
    }
  for (int32_t i = 0; i < d.n_out; i++) {
    d.out[i] = store_value(t, &d.out_type[i], t->n_nodes);
    out[i] = tsr_value_make(b->serial, d.out[i]);
  }
  int32_t index = tsr_registry_index(b->registry, op);
  t->nodes[t->n_nodes++] = (tsr_node){.op = tsr_registry_op(b->registry, index),
                                      .rules = tsr_registry_rules(b->registry, index),
                                      .attrs = d.attrs,
                                      .n_in = d.n_in,
                                      .n_out = d.n_out,
                                      .in = d.in,
                                      .out = d.out};
  return TSR_OK;
}

/* Scratch is emptied at the end: until then operands and attributes may lie in it. */
static tsr_status trace_emit(tsr_builder *b, const tsr_op *op, const void *attrs, tsr_values in,
                             tsr_value *out) {
  tsr_status status = record(tsri_trace_of(b), op, attrs, in, out);
  tsr_arena_reset(&b->scratch);
  return status;
}

/* ---- life ---- */

static void trace_close(tsr_builder *b) {
  tsri_trace *t = tsri_trace_of(b);
  for (int32_t i = 0; i < t->n_nodes; i++)
    tsr_attr_release(t->nodes[i].op->attrs, (void *)(uintptr_t)t->nodes[i].attrs);
  TSRI_FREE(t->types, t->types_capacity);
  TSRI_FREE(t->def, t->def_capacity);
  TSRI_FREE(t->nodes, t->nodes_capacity);
  TSRI_FREE(t->inputs, t->inputs_capacity);
  TSRI_FREE(t->captures, t->captures_capacity);
  tsri_map_deinit(&t->captured);
  tsr_arena_deinit(&t->arena);
  tsr_builder_deinit(b);
  tsr_free(t, sizeof *t, 0);
}

static const tsr_builder_class trace_class = {
    .name = "trace", .emit = trace_emit, .type = trace_type, .close = trace_close};

tsr_status tsr_graph_builder_create(tsr_registry *registry, tsr_dim_space *space,
                                    tsr_builder *parent, tsr_builder **out) {
  *out = NULL;
  void *memory;
  TSR_TRY(tsr_alloc(sizeof(tsri_trace), 0, &memory));
  tsri_trace *t = memset(memory, 0, sizeof *t);
  tsr_status status = tsr_builder_init(&t->base, &trace_class, registry, space, parent);
  if (status != TSR_OK) {
    tsr_free(t, sizeof *t, 0);
    return status;
  }
  *out = &t->base;
  return TSR_OK;
}

/* ---- inputs ---- */

static tsr_status check_input(const tsri_trace *t, const char *name, const tsr_type *type) {
  if ((size_t)type->dtype >= TSR_DTYPE_COUNT)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "input '%s': %d is no dtype", name, (int)type->dtype);
  if (type->rank < 0)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "input '%s': rank %" PRId32 " is negative", name, type->rank);
  for (int32_t i = 0; i < type->rank; i++)
    if (tsr_dim_is_const(type->dims[i]) && type->dims[i].n < 0)
      return TSR_FAIL(TSR_ERR_SHAPE, "input '%s': axis %" PRId32 " has size %" PRId64, name, i,
                      type->dims[i].n);
  for (int32_t i = 0; i < t->n_inputs && name[0]; i++)
    if (strcmp(t->inputs[i].name, name) == 0)
      return TSR_FAIL(TSR_ERR_EXISTS, "there is an input named '%s' already", name);
  return TSR_OK;
}

static tsr_status add_input(tsri_trace *t, const char *name, const tsr_type *type, int32_t *out) {
  tsr_type copy;
  void *own_name;
  TSR_TRY(check_input(t, name, type));
  TSR_TRY(reserve_values(t, 1));
  TSRI_GROW(t->inputs, t->inputs_capacity, t->n_inputs + 1);
  TSR_TRY(tsr_arena_copy(&t->arena, name, strlen(name) + 1, &own_name));
  TSR_TRY(copy_type(t, type, &copy));
  *out = store_value(t, &copy, -1);
  t->inputs[t->n_inputs++] = (tsri_input){*out, own_name};
  return TSR_OK;
}

tsr_value tsr_graph_builder_input(tsr_builder *b, const char *name, const tsr_type *type) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsri_trace *t = tsri_trace_of(b);
  int32_t value = -1;
  tsr_status status =
      t ? add_input(t, name ? name : "", type, &value)
        : TSR_FAIL(TSR_ERR_ARGUMENT, "a builder of class %s has no inputs", b->isa->name);
  tsr_builder_fail(b, status);
  return status == TSR_OK ? tsr_value_make(b->serial, value) : TSR_NO_VALUE;
}

/* ---- looking back, and amending ---- */

static tsr_node *node_of(tsri_trace *t, tsr_value v) {
  if (!t || TSR_VALUE_SERIAL(v) != t->base.serial) return NULL;
  int32_t index = TSR_VALUE_INDEX(v);
  if (index < 0 || index >= t->n_values || t->def[index] < 0) return NULL;
  return &t->nodes[t->def[index]];
}

/* The values and types of some numbers, in scratch memory. */
static tsr_status gather(tsri_trace *t, int32_t n, const int32_t *numbers,
                         const tsr_value **out_values, const tsr_type **out_types) {
  void *values, *types;
  TSR_TRY(tsr_arena_alloc(&t->base.scratch, (size_t)n * sizeof(tsr_value), &values));
  TSR_TRY(tsr_arena_alloc(&t->base.scratch, (size_t)n * sizeof(tsr_type), &types));
  for (int32_t i = 0; i < n; i++) {
    ((tsr_value *)values)[i] = tsr_value_make(t->base.serial, numbers[i]);
    ((tsr_type *)types)[i] = t->types[numbers[i]];
  }
  *out_values = values;
  *out_types = types;
  return TSR_OK;
}

bool tsr_builder_producer(tsr_builder *b, tsr_value v, tsr_call *out) {
  tsri_trace *t = tsri_trace_of(b);
  const tsr_node *node = node_of(t, v);
  *out = (tsr_call){0};
  if (!node) return false;
  tsr_call c = {.op = node->op, .attrs = node->attrs, .n_in = node->n_in, .n_out = node->n_out};
  tsr_status status = gather(t, node->n_in, node->in, &c.in, &c.in_type);
  if (status == TSR_OK) status = gather(t, node->n_out, node->out, &c.out, &c.out_type);
  if (tsr_builder_fail(b, status) != TSR_OK) return false;
  *out = c;
  return true;
}

static tsr_status store_amended(tsri_trace *t, tsr_node *node, const void *attrs,
                                tsr_value *out_values, draft *d) {
  TSR_TRY(reserve_values(t, d->n_out - node->n_out));
  TSR_TRY(tsr_attr_copy(node->op->attrs, attrs, &t->arena, &d->attrs));
  int32_t index = (int32_t)(node - t->nodes);
  for (int32_t i = 0; i < d->n_out; i++) {
    d->out[i] = i < node->n_out ? node->out[i] : store_value(t, &d->out_type[i], index);
    out_values[i] = tsr_value_make(t->base.serial, d->out[i]);
  }
  tsr_attr_release(node->op->attrs, (void *)(uintptr_t)node->attrs);
  node->attrs = d->attrs;
  node->out = d->out;
  node->n_out = d->n_out;
  return TSR_OK;
}

static tsr_status check_amended(const tsri_trace *t, const tsr_node *node, const draft *d) {
  if (d->n_out < node->n_out)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: would lose outputs: %" PRId32 " instead of %" PRId32,
                    node->op->name, d->n_out, node->n_out);
  for (int32_t i = 0; i < node->n_out; i++)
    if (!tsr_type_same(t->base.space, &t->types[node->out[i]], &d->out_type[i]))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: output %" PRId32 " would change its type",
                      node->op->name, i);
  return TSR_OK;
}

static tsr_status amend(tsri_trace *t, tsr_node *node, const void *attrs, int32_t *n_out,
                        tsr_value **out) {
  draft d = {.n_in = node->n_in};
  const tsr_value *unused;
  const tsr_type *in_type;
  TSR_TRY(gather(t, node->n_in, node->in, &unused, &in_type));
  d.in_type = (tsr_type *)(uintptr_t)in_type;
  TSR_TRY(draft_outputs(t, node->op, attrs, &d));
  TSR_TRY(check_amended(t, node, &d));
  void *memory;
  size_t size = (size_t)d.n_out * sizeof(tsr_value);
  TSR_TRY(tsr_alloc(size, 0, &memory));
  tsr_status status = store_amended(t, node, attrs, memory, &d);
  if (status != TSR_OK) {
    tsr_free(memory, size, 0);
    return status;
  }
  *n_out = d.n_out;
  *out = memory;
  return TSR_OK;
}

tsr_status tsr_graph_builder_amend(tsr_builder *b, tsr_value v, const void *attrs, int32_t *n_out,
                                   tsr_value **out) {
  *n_out = 0;
  *out = NULL;
  tsri_trace *t = tsri_trace_of(b);
  tsr_node *node = node_of(t, v);
  if (!node)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "value %#" PRIx64 " is no result recorded here", v.id);
  tsr_status status = amend(t, node, attrs, n_out, out);
  tsr_arena_reset(&b->scratch);
  return status;
}
