/* transform/graph_batch.c - a graph over one more axis.
 *
 * Nodes are replayed in order. One without mapped operands is replayed as it is; one with
 * a batch rule becomes what the rule says; any other becomes a scan over the mapped axis.
 */
#include "axes.h"
#include "transform/transform_internal.h"

typedef struct work {
  tsr_arena arena;
  tsr_arena in_hand;
  tsr_builder *b;
  const tsr_graph *g;
  tsr_dim size;
  tsr_value *made; /* [n_values] */
  int32_t *axis;   /* [n_values] mapped axis, or -1 */
} work;

/* ---- one node ---- */

/* The op on one slice, as the body of a scan: operands that are not mapped come first. */
static tsr_status slice_body(work *k, const tsr_node *node, const int32_t *axis,
                             const tsr_type *in_type, tsr_graph **out) {
  tsr_value *in, *outs;
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_in, &in));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_out, &outs));
  tsr_builder *b;
  TSR_TRY(tsr_graph_builder_create(k->g->registry, k->g->space, NULL, &b));
  for (int32_t i = 0; i < node->n_in; i++)
    if (axis[i] < 0) in[i] = tsr_graph_builder_input(b, NULL, &in_type[i]);
  for (int32_t i = 0; i < node->n_in; i++)
    if (axis[i] >= 0) in[i] = tsr_graph_builder_input(b, NULL, &k->g->types[node->in[i]]);
  (void)tsr_emit(b, node->op, node->attrs, tsr_values_of(in, (size_t)node->n_in), outs);
  return tsr_graph_builder_finish(b, tsr_values_of(outs, (size_t)node->n_out), NULL, NULL, out);
}

static tsr_status map_in_turn(work *k, const tsr_node *node, const tsr_call *c, const int32_t *axis,
                              tsr_value *out, int32_t *out_axis) {
  tsr_value *in;
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_in, &in));
  int32_t n = 0;
  for (int32_t i = 0; i < node->n_in; i++)
    if (axis[i] < 0) in[n++] = c->in[i];
  tsr_scan_attrs attrs = {.length = k->size, .n_consts = n};
  for (int32_t i = 0; i < node->n_in; i++)
    if (axis[i] >= 0) in[n++] = tsr_batch_front(k->b, c->in[i], axis[i], k->size);
  for (int32_t j = 0; j < node->n_out; j++)
    out_axis[j] = 0;
  tsr_graph *body;
  TSR_TRY(slice_body(k, node, axis, c->in_type, &body));
  attrs.body = &body->object;
  tsr_status status =
      tsr_emit(k->b, tsr_op_core(TSR_OP_SCAN), &attrs, tsr_values_of(in, (size_t)node->n_in), out);
  tsr_graph_release(body);
  return status;
}

static tsr_status batch_node(work *k, const tsr_node *node) {
  tsr_arena_reset(&k->in_hand);
  tsr_value *in, *out;
  tsr_type *in_type;
  int32_t *axis, *out_axis;
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_in, &in));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_in, &in_type));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_in, &axis));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_out, &out));
  TSR_TRY(TSRI_NEW(&k->in_hand, node->n_out, &out_axis));
  bool mapped = false;
  for (int32_t i = 0; i < node->n_in; i++) {
    in[i] = k->made[node->in[i]];
    axis[i] = k->axis[node->in[i]];
    mapped |= axis[i] >= 0;
    TSR_TRY(tsr_value_type(k->b, in[i], &in_type[i]));
  }
  for (int32_t j = 0; j < node->n_out; j++)
    out_axis[j] = -1;
  if (!mapped) {
    TSR_TRY(tsr_emit(k->b, node->op, node->attrs, tsr_values_of(in, (size_t)node->n_in), out));
  } else {
    tsr_call_context context = {&k->in_hand, k->b->space};
    tsr_call c = {.op = node->op,
                  .attrs = node->attrs,
                  .n_in = node->n_in,
                  .n_out = node->n_out,
                  .in_type = in_type,
                  .in = in,
                  .context = &context};
    tsr_batch batch = {k->size, axis};
    if (node->rules->batch)
      TSR_TRY(node->rules->batch(k->b, &c, &batch, out, out_axis));
    else
      TSR_TRY(map_in_turn(k, node, &c, axis, out, out_axis));
  }
  TSR_TRY(tsr_builder_status(k->b));
  for (int32_t j = 0; j < node->n_out; j++) {
    if (tsr_value_is_none(out[j]))
      return TSR_FAIL(TSR_ERR_INTERNAL, "%s: its batch rule left a result out", node->op->name);
    k->made[node->out[j]] = out[j];
    k->axis[node->out[j]] = out_axis[j];
  }
  return TSR_OK;
}

/* ---- the graph ---- */

/* type with a mapped axis put in */
static tsr_status stacked_type(work *k, const tsr_type *type, int32_t axis, tsr_type *out) {
  *out = *type;
  if (axis < 0) return TSR_OK;
  if (axis > type->rank)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "batch: mapped axis %d of a value of rank %d", (int)axis,
                    (int)type->rank + 1);
  tsr_dim *dims;
  TSR_TRY(TSRI_NEW(&k->arena, type->rank + 1, &dims));
  for (int32_t i = 0; i <= type->rank; i++)
    dims[i] = i == axis ? k->size : type->dims[i > axis ? i - 1 : i];
  out->rank = type->rank + 1;
  out->dims = dims;
  return TSR_OK;
}

static tsr_value place_output(work *k, tsr_value v, int32_t axis, int32_t *wanted) {
  if (*wanted < 0) {
    *wanted = axis;
    return v;
  }
  return tsri_batch_at(k->b, v, axis, k->size, *wanted);
}

static tsr_status replay(work *k, const int32_t *axis, int32_t *out_axis, tsr_value *outputs) {
  const tsr_graph *g = k->g;
  for (int32_t i = 0; i < g->n_inputs; i++) {
    tsr_type type;
    TSR_TRY(stacked_type(k, &g->types[g->inputs[i]], axis[i], &type));
    k->made[g->inputs[i]] = tsr_graph_builder_input(k->b, NULL, &type);
    k->axis[g->inputs[i]] = axis[i];
  }
  TSR_TRY(tsr_builder_status(k->b));
  for (int32_t n = 0; n < g->n_nodes; n++)
    TSR_TRY(batch_node(k, &g->nodes[n]));
  for (int32_t j = 0; j < g->n_outputs; j++)
    outputs[j] = place_output(k, k->made[g->outputs[j]], k->axis[g->outputs[j]], &out_axis[j]);
  return TSR_OK;
}

static tsr_status batch(work *k, const int32_t *axis, int32_t *out_axis, tsr_graph **out) {
  const tsr_graph *g = k->g;
  tsr_value *outputs;
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values, &k->made));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_values, &k->axis));
  TSR_TRY(TSRI_NEW(&k->arena, g->n_outputs, &outputs));
  TSR_TRY(tsr_graph_builder_create(g->registry, g->space, NULL, &k->b));
  (void)tsr_builder_fail(k->b, replay(k, axis, out_axis, outputs));
  return tsri_finish(k->b, outputs, g->n_outputs, out);
}

tsr_status tsr_graph_batch(const tsr_graph *graph, tsr_dim size, const int32_t *axis,
                           int32_t *out_axis, tsr_graph **out) {
  *out = NULL;
  work k = {.g = graph, .size = size};
  tsr_status status = batch(&k, axis, out_axis, out);
  tsr_arena_deinit(&k.in_hand);
  tsr_arena_deinit(&k.arena);
  return status;
}
