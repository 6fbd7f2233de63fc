/* plan_outputs.c - where inputs and outputs are, and which values are written to outputs.
 *
 * A result is written straight to its output by the step that makes it. When views stand
 * between the two (a transpose at the end, say), the step's strides are chosen so that the
 * view of them has the layout of the output. What cannot be had that way is copied at the
 * end: inputs, constants, one value returned twice.
 */
#include "draft.h"
#include "view_ops.h"

#include <string.h>

int64_t tsri_dense_bytes(const tsr_view *view) {
  return tsr_view_count(view) * (int64_t)tsr_dtype_size(view->dtype);
}

int32_t tsri_draft_buffer(tsri_draft *d, tsri_home home, int32_t index, int64_t size) {
  int32_t b = d->n_buffers++;
  d->buffers[b] = (tsri_buffer){
      .home = home, .index = index, .size = size, .first = TSRI_END, .last = -1, .same_as = -1};
  return b;
}

static tsr_status check_out(const tsri_draft *d, int32_t j, const tsr_view *is) {
  const tsr_view *out = &d->want->out[j];
  bool fits = out->rank == is->rank && out->dtype == is->dtype;
  for (int32_t k = 0; fits && k < is->rank; k++)
    fits = out->dims[k] == is->dims[k];
  if (fits) return TSR_OK;
  char text[160];
  return TSR_FAIL(TSR_ERR_SHAPE, "output %d does not fit the tensor given for it: it is %s", (int)j,
                  tsr_type_format(&d->values[d->graph->outputs[j]].type, text, sizeof text));
}

static tsr_status place_output(tsri_draft *d, int32_t j) {
  const tsri_value *value = &d->values[d->graph->outputs[j]];
  tsri_output *out = &d->plan->outputs[j];
  int64_t *strides = NULL;
  TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof *strides, value->view.rank, &strides));
  out->view = value->view;
  out->view.strides = strides;
  out->size = (size_t)tsri_dense_bytes(&value->view);
  out->takes = -1;
  tsr_layout_c_strides(value->view.rank, value->view.dims, strides);
  if (d->want->out) {
    TSR_TRY(check_out(d, j, &value->view));
    if (value->view.rank)
      memcpy(strides, d->want->out[j].strides, sizeof *strides * (size_t)value->view.rank);
  }
  int32_t b = tsri_draft_buffer(d, TSRI_HOME_OUTPUT, j, (int64_t)out->size);
  d->buffers[b].last = TSRI_END;
  return TSR_OK;
}

static tsr_status place_input(tsri_draft *d, int32_t i) {
  tsri_value *value = &d->values[d->graph->inputs[i]];
  int64_t *strides = NULL;
  TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof *strides, value->view.rank, &strides));
  if (value->view.rank)
    memcpy(strides, d->want->in[i].strides, sizeof *strides * (size_t)value->view.rank);
  value->view.strides = strides;
  value->buffer = tsri_draft_buffer(d, TSRI_HOME_INPUT, i, tsri_dense_bytes(&value->view));
  tsri_buffer *b = &d->buffers[value->buffer];
  b->first = -1;
  b->use = d->want->in_use ? d->want->in_use[i] : 0;
  return TSR_OK;
}

tsr_status tsri_draft_buffers(tsri_draft *d) {
  const tsr_graph *g = d->graph;
  int64_t most =
      (int64_t)g->n_inputs + 2 * (int64_t)g->n_outputs + g->n_values + 2 * (int64_t)g->n_nodes;
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *d->buffers, most, &d->buffers));
  TSR_TRY(
      tsri_plan_array(&d->plan->arena, sizeof *d->plan->outputs, g->n_outputs, &d->plan->outputs));
  for (int32_t i = 0; i < g->n_inputs; i++)
    TSR_TRY(place_input(d, i));
  for (int32_t j = 0; j < g->n_outputs; j++)
    TSR_TRY(place_output(d, j));
  return TSR_OK;
}

/* A call with everything a view rule reads. */
static tsr_status view_call(tsri_draft *d, const tsr_node *node, tsr_call *call) {
  *call = (tsr_call){.op = node->op, .n_in = node->n_in, .n_out = node->n_out};
  void *attrs = NULL;
  TSR_TRY(tsr_attr_resolve(node->op->attrs, node->attrs, d->symbols, &d->arena, &attrs));
  call->attrs = attrs;
  return TSR_OK;
}

/* Follow the views from an output up to the step that could write it. */
static tsr_status aim(tsri_draft *d, int32_t j) {
  const tsr_graph *g = d->graph;
  int32_t v = g->outputs[j];
  const int64_t *strides = d->plan->outputs[j].view.strides;
  for (;;) {
    tsri_value *value = &d->values[v];
    if (g->def[v] < 0 || value->target >= 0) return TSR_OK;
    const tsr_node *node = &g->nodes[g->def[v]];
    if (node->op == tsr_op_core(TSR_OP_CONSTANT)) return TSR_OK;
    const tsri_view_op *rule = tsri_view_op_of(node->op);
    if (!rule) {
      value->target = j;
      value->target_strides = strides;
      return TSR_OK;
    }
    if (!rule->unview) return TSR_OK;
    int32_t k = 0;
    while (node->out[k] != v)
      k++;
    int32_t u = node->in[rule->each ? k : 0];
    tsr_view out = value->view;
    out.strides = strides;
    int64_t *operand = NULL;
    TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof *operand, d->values[u].view.rank, &operand));
    tsr_call call;
    TSR_TRY(view_call(d, node, &call));
    bool can = rule->unview(&call, &d->values[u].view, &out, operand);
    tsr_attr_release(node->op->attrs, (void *)(uintptr_t)call.attrs);
    if (!can) return TSR_OK;
    v = u;
    strides = operand;
  }
}

tsr_status tsri_draft_targets(tsri_draft *d) {
  for (int32_t j = 0; j < d->graph->n_outputs; j++) {
    if (d->want->skip && d->want->skip[j]) continue;
    TSR_TRY(aim(d, j));
  }
  return TSR_OK;
}
