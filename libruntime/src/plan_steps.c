/* plan_steps.c - the forward pass: views for free, constants, a prepared kernel for the rest. */
#include "draft.h"
#include "prepare.h"
#include "view_ops.h"

#include <string.h>

static tsr_status copy_types(tsri_draft *d, int32_t n, const int32_t *values, tsr_type **out) {
  TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof **out, n, out));
  for (int32_t i = 0; i < n; i++)
    (*out)[i] = d->values[values[i]].type;
  return TSR_OK;
}

static tsr_status copy_views(tsri_draft *d, int32_t n, const int32_t *values, tsr_view *out) {
  for (int32_t i = 0; i < n; i++)
    out[i] = d->values[values[i]].view;
  (void)d;
  return TSR_OK;
}

/* Fill in what does not depend on the kernel. */
static tsr_status describe(tsri_draft *d, tsri_step *s, const tsr_op *op, int32_t n_in,
                           const int32_t *in, int32_t n_out, const int32_t *out) {
  tsr_type *in_type = NULL, *out_type = NULL;
  TSR_TRY(copy_types(d, n_in, in, &in_type));
  TSR_TRY(copy_types(d, n_out, out, &out_type));
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *s->value, n_in + n_out, &s->value));
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *s->alias, n_out, &s->alias));
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *s->wanted, n_out, &s->wanted));
  if (n_in) memcpy(s->value, in, sizeof *in * (size_t)n_in);
  if (n_out) memcpy(s->value + n_in, out, sizeof *out * (size_t)n_out);
  for (int32_t j = 0; j < n_out; j++) {
    s->alias[j] = -1;
    s->wanted[j] = d->values[out[j]].used;
  }
  s->workspace_buffer = -1;
  s->call =
      (tsr_call){.op = op, .n_in = n_in, .n_out = n_out, .in_type = in_type, .out_type = out_type};
  return TSR_OK;
}

static tsr_status choose(tsri_draft *d, tsri_step *s) {
  tsr_view *views = NULL;
  int32_t n_in = s->call.n_in, n_out = s->call.n_out;
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *views, n_in + n_out, &views));
  TSR_TRY(copy_views(d, n_in + n_out, s->value, views));
  tsri_planner planner = {d->want->tables, d->symbols, d->n_symbols};
  tsr_prepare p = {.device = d->want->device,
                   .call = &s->call,
                   .in = views,
                   .out = views + n_in,
                   .wanted = s->wanted,
                   .alias = s->alias};
  TSR_TRY(tsri_prepare(&planner, &p, &s->kernel));
  s->control = tsri_control_of(s->kernel);
  s->call.state = s->state = p.state;
  s->release = p.release;
  s->workspace = (int64_t)p.workspace;
  if (s->workspace) s->workspace_buffer = tsri_draft_buffer(d, TSRI_HOME_ARENA, -1, s->workspace);
  return TSR_OK;
}

tsr_status tsri_draft_step(tsri_draft *d, const tsr_op *op, const void *attrs, int32_t n_in,
                           const int32_t *in, int32_t n_out, const int32_t *out) {
  tsri_step *s = &d->plan->steps[d->plan->n_steps];
  TSR_TRY(describe(d, s, op, n_in, in, n_out, out));
  void *resolved = NULL;
  TSR_TRY(tsr_attr_resolve(op->attrs, attrs, d->symbols, &d->plan->arena, &resolved));
  s->call.attrs = resolved;
  d->plan->n_steps++; /* from here on the plan gives attributes and state back */
  return choose(d, s);
}

/* Dense in a buffer of its own, or in the output it is meant for. */
static tsr_status place(tsri_draft *d, int32_t v) {
  tsri_value *value = &d->values[v];
  if (value->target >= 0) {
    value->view.strides = value->target_strides;
    value->buffer = d->graph->n_inputs + value->target;
    return TSR_OK;
  }
  int64_t *strides = NULL;
  TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof *strides, value->view.rank, &strides));
  tsr_layout_c_strides(value->view.rank, value->view.dims, strides);
  value->view.strides = strides;
  value->buffer = tsri_draft_buffer(d, TSRI_HOME_ARENA, -1, tsri_dense_bytes(&value->view));
  return TSR_OK;
}

/* Give output j of a view op its place over its operand's memory, if strides allow. */
static tsr_status look(tsri_draft *d, const tsri_view_op *rule, const tsr_call *call,
                       const tsr_node *node, int32_t j, bool *done) {
  const tsri_value *operand = &d->values[node->in[rule->each ? j : 0]];
  tsri_value *value = &d->values[node->out[j]];
  int64_t *strides = NULL, offset = 0;
  TSR_TRY(tsri_plan_array(&d->plan->arena, sizeof *strides, value->view.rank, &strides));
  *done = rule->view(call, j, &operand->view, &value->view, strides, &offset);
  if (!*done) return TSR_OK;
  value->view.strides = strides;
  value->buffer = operand->buffer;
  value->offset = operand->offset + offset * (int64_t)tsr_dtype_size(operand->view.dtype);
  return TSR_OK;
}

static tsr_status look_all(tsri_draft *d, const tsr_node *node, bool *done) {
  *done = false;
  const tsri_view_op *rule = tsri_view_op_of(node->op);
  if (!rule) return TSR_OK;
  void *attrs = NULL;
  TSR_TRY(tsr_attr_resolve(node->op->attrs, node->attrs, d->symbols, &d->arena, &attrs));
  tsr_call call = {.op = node->op, .attrs = attrs, .n_in = node->n_in, .n_out = node->n_out};
  tsr_status status = TSR_OK;
  for (int32_t j = 0; j < node->n_out && status == TSR_OK && (j == 0 || *done); j++)
    status = look(d, rule, &call, node, j, done);
  tsr_attr_release(node->op->attrs, attrs);
  return status;
}

static tsr_status visit(tsri_draft *d, const tsr_node *node) {
  if (node->op == tsr_op_core(TSR_OP_CONSTANT)) return tsri_draft_constant(d, node);
  bool done = false;
  TSR_TRY(look_all(d, node, &done));
  if (done) {
    TSRI_LOG(&d->want->tables->watch, TSRI_LOG_LAYOUT, "%s: a view, no step", node->op->name);
    return TSR_OK;
  }
  if (tsri_view_op_of(node->op))
    TSRI_LOG(&d->want->tables->watch, TSRI_LOG_LAYOUT,
             "%s: copies, no strides over its operand give its result", node->op->name);
  for (int32_t j = 0; j < node->n_out; j++)
    TSR_TRY(place(d, node->out[j]));
  return tsri_draft_step(d, node->op, node->attrs, node->n_in, node->in, node->n_out, node->out);
}

tsr_status tsri_draft_steps(tsri_draft *d) {
  const tsr_graph *g = d->graph;
  tsri_plan *plan = d->plan;
  TSR_TRY(tsri_plan_array(&plan->arena, sizeof *plan->steps, (int64_t)g->n_nodes + g->n_outputs,
                          &plan->steps));
  TSR_TRY(tsri_plan_array(&plan->arena, sizeof *plan->constants, g->n_nodes, &plan->constants));
  TSR_TRY(tsri_plan_array(&plan->arena, sizeof *plan->uploaded, g->n_nodes, &plan->uploaded));
  for (int32_t n = 0; n < g->n_nodes; n++)
    TSR_TRY(visit(d, &g->nodes[n]));
  return TSR_OK;
}

bool tsri_same_layout(const tsr_view *a, const tsr_view *b) {
  if (a->rank != b->rank || tsr_dtype_size(a->dtype) != tsr_dtype_size(b->dtype)) return false;
  for (int32_t k = 0; k < a->rank; k++) {
    if (a->dims[k] != b->dims[k]) return false;
    if (a->dims[k] != 1 && a->strides[k] != b->strides[k]) return false;
  }
  return true;
}

/* May output j simply stay in the memory of an input that was given away? */
static bool take_input(tsri_draft *d, int32_t j) {
  const tsri_value *value = &d->values[d->graph->outputs[j]];
  tsri_output *out = &d->plan->outputs[j];
  tsri_buffer *b = &d->buffers[value->buffer];
  if (b->home != TSRI_HOME_INPUT || !(b->use & TSRI_MAY_TAKE) || value->offset) return false;
  if (d->want->pair && d->want->pair[j] != b->index) return false;
  if (b->size != (int64_t)out->size || !tsri_same_layout(&value->view, &out->view)) return false;
  b->use = 0; /* once, and nobody may write over it any more */
  b->last = TSRI_END;
  out->takes = b->index;
  TSRI_LOG(&d->want->tables->watch, TSRI_LOG_MEMORY, "output %d is the memory of donated input %d",
           (int)j, (int)b->index);
  return true;
}

static tsr_status copy_output(tsri_draft *d, int32_t j) {
  int32_t from = d->graph->outputs[j], to = d->n_values++;
  const tsr_view *view = &d->values[from].view;
  d->values[to] = d->values[from];
  d->values[to].view.strides = d->plan->outputs[j].view.strides;
  d->values[to].buffer = d->graph->n_inputs + j;
  d->values[to].offset = 0;
  int64_t *axes = NULL;
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *axes, view->rank, &axes));
  for (int32_t k = 0; k < view->rank; k++)
    axes[k] = k;
  tsr_transpose_attrs attrs = {
      {axes, (size_t)view->rank}
  };
  return tsri_draft_step(d, tsr_op_core(TSR_OP_TRANSPOSE), &attrs, 1, &from, 1, &to);
}

tsr_status tsri_draft_copies(tsri_draft *d) {
  for (int32_t j = 0; j < d->graph->n_outputs; j++) {
    if (d->want->skip && d->want->skip[j]) continue;
    const tsri_value *value = &d->values[d->graph->outputs[j]];
    if (value->buffer == d->graph->n_inputs + j) continue;
    if (take_input(d, j)) continue;
    TSRI_LOG(&d->want->tables->watch, TSRI_LOG_LAYOUT,
             "output %d: copied, it is a view, an input or an output already", (int)j);
    TSR_TRY(copy_output(d, j));
  }
  return TSR_OK;
}
