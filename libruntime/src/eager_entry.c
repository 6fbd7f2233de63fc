/* eager_entry.c - preparing an application the first time its operands look like this. */
#include "eager_internal.h"
#include "prepare.h"
#include "view_ops.h"

#include <string.h>

#include "tsr/alloc.h"
#include "tsr/spi/literal.h"

static tsr_status array(tsri_entry *entry, size_t element, int32_t n, void *out) {
  void *made = NULL;
  TSR_TRY(tsr_arena_alloc(&entry->arena, element * (size_t)n, &made));
  memcpy(out, &made, sizeof made);
  return TSR_OK;
}

void tsri_entry_destroy(tsri_entry *entry) {
  if (!entry) return;
  if (entry->control && entry->call.state) entry->control->close(entry->call.state);
  if (entry->release) entry->release(entry->state);
  tsr_tensor_release(entry->tensor);
  tsr_attr_release(entry->op->attrs, entry->attrs);
  tsr_arena_deinit(&entry->arena);
  tsr_free(entry, sizeof *entry, 0);
}

/* Sizes of an inferred type, which are constants in an eager scope. */
static tsr_status sizes_of(tsri_entry *entry, const tsr_type *type, int64_t **out) {
  TSR_TRY(array(entry, sizeof **out, type->rank, out));
  for (int32_t k = 0; k < type->rank; k++) {
    if (!tsr_dim_is_const(type->dims[k]))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: a symbolic size in an eager scope", entry->op->name);
    (*out)[k] = type->dims[k].n;
  }
  return TSR_OK;
}

/* Dense output layouts for the inferred types. */
static tsr_status dense_outputs(tsri_eager *e, tsri_entry *entry, const tsr_type *types) {
  for (int32_t j = 0; j < entry->n_out; j++) {
    int64_t *dims = NULL, *strides = NULL;
    TSR_TRY(sizes_of(entry, &types[j], &dims));
    TSR_TRY(array(entry, sizeof *strides, types[j].rank, &strides));
    size_t bytes = 0;
    TSR_TRY(tsr_layout_bytes(types[j].dtype, types[j].rank, dims, &bytes));
    tsr_layout_c_strides(types[j].rank, dims, strides);
    TSR_TRY(tsri_layout_intern(e->context, types[j].dtype, types[j].rank, dims, strides,
                               &entry->out[j]));
  }
  return TSR_OK;
}

/* Outputs that look at their operands; done is false when strides do not allow it. */
static tsr_status try_view(tsri_eager *e, tsri_entry *entry, bool *done) {
  *done = false;
  const tsri_view_op *rule = tsri_view_op_of(entry->op);
  if (!rule) return TSR_OK;
  TSR_TRY(array(entry, sizeof *entry->offset, entry->n_out, &entry->offset));
  TSR_TRY(array(entry, sizeof *entry->operand, entry->n_out, &entry->operand));
  for (int32_t j = 0; j < entry->n_out; j++) {
    int32_t i = rule->each ? j : 0;
    const tsr_view *in = &entry->in[i]->view, *out = &entry->out[j]->view;
    int64_t *strides = NULL, offset = 0;
    TSR_TRY(array(entry, sizeof *strides, out->rank, &strides));
    if (!rule->view(&entry->call, j, in, out, strides, &offset)) return TSR_OK;
    TSR_TRY(
        tsri_layout_intern(e->context, out->dtype, out->rank, out->dims, strides, &entry->out[j]));
    entry->offset[j] = offset * (int64_t)tsr_dtype_size(in->dtype);
    entry->operand[j] = i;
  }
  entry->apply = tsri_apply_view;
  if (entry->n_in == 1 && entry->n_out == 1) {
    entry->from = entry->in[0];
    entry->to = entry->out[0];
    entry->shift = entry->offset[0];
  }
  *done = true;
  return TSR_OK;
}

static tsr_status prepare_kernel(tsri_eager *e, tsri_entry *entry) {
  bool *wanted = NULL;
  TSR_TRY(array(entry, sizeof *wanted, entry->n_out, &wanted));
  TSR_TRY(array(entry, sizeof *entry->alias, entry->n_out, &entry->alias));
  TSR_TRY(array(entry, sizeof *entry->in_view, entry->n_in, &entry->in_view));
  TSR_TRY(array(entry, sizeof *entry->out_view, entry->n_out, &entry->out_view));
  for (int32_t i = 0; i < entry->n_in; i++)
    entry->in_view[i] = entry->in[i]->view;
  for (int32_t j = 0; j < entry->n_out; j++) {
    entry->out_view[j] = entry->out[j]->view;
    wanted[j] = true;
    entry->alias[j] = -1;
  }
  tsri_planner planner = {.tables = e->context->tables};
  tsr_prepare p = {.device = e->context->device,
                   .call = &entry->call,
                   .in = entry->in_view,
                   .out = entry->out_view,
                   .wanted = wanted,
                   .alias = entry->alias};
  TSR_TRY(tsri_prepare(&planner, &p, &entry->kernel));
  entry->control = tsri_control_of(entry->kernel);
  entry->call.state = entry->control ? NULL : p.state;
  entry->state = p.state;
  entry->release = p.release;
  entry->workspace = p.workspace;
  entry->call.numeric = &e->context->numeric;
  entry->apply = e->context->device->backend->wait ? tsri_apply_deferred : tsri_apply_kernel;
  if (!entry->control) return TSR_OK;
  return entry->control->open(p.state, &e->context->numeric, &entry->call.state);
}

/* The constant on the device: its own tensor, or a copy. */
static tsr_status prepare_constant(tsri_eager *e, tsri_entry *entry) {
  const tsr_constant_attrs *a = entry->attrs;
  const tsr_literal *literal = tsr_literal_cast(a->tensor);
  tsr_device *device = e->context->device;
  entry->apply = tsri_apply_constant;
  if (literal) {
    tsr_dims dims = {literal->dims, (size_t)literal->rank};
    return tsr_tensor_from_data(device, literal->dtype, dims, literal->data, &entry->tensor);
  }
  tsr_tensor *tensor = (tsr_tensor *)(uintptr_t)a->tensor;
  const tsr_view *view = &entry->out[0]->view;
  if (tsr_tensor_device(tensor) == device) {
    entry->tensor = tsr_tensor_retain(tensor);
    return tsri_layout_intern(e->context, view->dtype, view->rank, view->dims,
                              tsr_tensor_strides(tensor), &entry->out[0]);
  }
  size_t size = entry->out[0]->size;
  void *host = NULL;
  TSR_TRY(tsr_alloc(size, 64, &host));
  tsr_status status = tsr_tensor_read(tensor, host, size);
  tsr_dims dims = {view->dims, (size_t)view->rank};
  if (status == TSR_OK)
    status = tsr_tensor_from_data(device, view->dtype, dims, host, &entry->tensor);
  tsr_free(host, size, 64);
  return status;
}

static tsr_status describe(tsri_eager *e, tsri_entry *entry, const void *attrs,
                           tsri_slot *const *in) {
  const tsr_registry *registry = e->base.registry;
  const tsr_attr_class *isa = entry->op->attrs;
  TSR_TRY(tsr_attr_copy(isa, attrs, &entry->arena, &entry->attrs));
  bool single = isa && attrs && isa->n_fields == 1 && !isa->fields->offset;
  entry->sole = single ? isa->fields->kind : TSR_ATTR_KIND_COUNT;
  tsr_type *in_type = NULL, *out_type = NULL;
  TSR_TRY(array(entry, sizeof *entry->in, entry->n_in, &entry->in));
  TSR_TRY(array(entry, sizeof *in_type, entry->n_in, &in_type));
  for (int32_t i = 0; i < entry->n_in; i++) {
    entry->in[i] = in[i]->layout;
    in_type[i] = in[i]->layout->type;
  }
  tsr_call_context context = {&entry->arena, e->base.space};
  TSR_TRY(tsr_infer(registry, &context, entry->op, entry->attrs, entry->n_in, in_type,
                    &entry->n_out, &out_type));
  TSR_TRY(array(entry, sizeof *entry->out, entry->n_out, &entry->out));
  entry->call = (tsr_call){.op = entry->op,
                           .attrs = entry->attrs,
                           .n_in = entry->n_in,
                           .n_out = entry->n_out,
                           .in_type = in_type,
                           .out_type = out_type};
  return dense_outputs(e, entry, out_type);
}

/* An op without kernel here, whose author says it in terms of others. */
static bool wants_lowering(const tsri_eager *e, tsri_entry *entry) {
  int32_t index = tsr_registry_index(e->base.registry, entry->op);
  entry->rules = tsr_registry_rules(e->base.registry, index);
  const tsr_call *c = &entry->call;
  return entry->rules->lower && !tsri_has_kernel(e->context->tables, e->context->device, c->op,
                                                 c->n_in, c->in_type, c->n_out, c->out_type);
}

/* The results have the types that infer says, and lie as these tensors do. */
static tsr_status describe_into(tsri_eager *e, tsri_entry *entry, tsr_tensor_list into) {
  char is[160], wanted[160];
  entry->into = true;
  if (into.n != (size_t)entry->n_out)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %zu tensors given for %d results", entry->op->name,
                    into.n, (int)entry->n_out);
  for (int32_t j = 0; j < entry->n_out; j++) {
    const tsr_tensor *t = into.data[j];
    const tsri_layout **out = &entry->out[j];
    const tsr_type *type = &(*out)->type;
    TSR_TRY(tsri_layout_intern(e->context, t->dtype, t->rank, t->dims, t->strides, out));
    if (!tsr_type_same(e->base.space, &(*out)->type, type))
      return TSR_FAIL(t->dtype == type->dtype ? TSR_ERR_SHAPE : TSR_ERR_DTYPE,
                      "%s: the tensor for result %d is %s, should be %s", entry->op->name, (int)j,
                      tsr_type_format(&(*out)->type, is, sizeof is),
                      tsr_type_format(type, wanted, sizeof wanted));
    if (tsr_layout_overlaps_itself(t->rank, t->dims, t->strides))
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: the tensor for result %d overlaps itself",
                      entry->op->name, (int)j);
  }
  return TSR_OK;
}

static tsr_status fill(tsri_eager *e, tsri_entry *entry, const void *attrs, tsri_slot *const *in,
                       const tsr_tensor_list *into) {
  bool done = false;
  TSR_TRY(describe(e, entry, attrs, in));
  if (into) {
    TSR_TRY(describe_into(e, entry, *into));
  } else if (entry->op == tsr_op_core(TSR_OP_CONSTANT)) {
    return prepare_constant(e, entry);
  } else {
    TSR_TRY(try_view(e, entry, &done));
  }
  if (done) return TSR_OK;
  if (wants_lowering(e, entry)) {
    TSRI_LOG(&e->context->tables->watch, TSRI_LOG_LOWER,
             "%s: no kernel on %s, written in terms of others", entry->op->name,
             e->context->device->name);
    entry->apply = tsri_apply_rule;
    return TSR_OK;
  }
  return prepare_kernel(e, entry);
}

tsr_status tsri_entry_create(tsri_eager *e, const tsr_op *op, const void *attrs, tsr_values values,
                             tsri_slot *const *in, const tsr_tensor_list *into, tsri_entry **out) {
  *out = NULL;
  int32_t index = tsr_registry_index(e->base.registry, op);
  if (index < 0)
    return TSR_FAIL(TSR_ERR_NOT_FOUND, "op %s is not registered", op->name ? op->name : "?");
  if (tsr_registry_op(e->base.registry, index)->attrs && !attrs)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: attributes are missing", op->name);
  void *made = NULL;
  TSR_TRY(tsr_alloc(sizeof(tsri_entry), 0, &made));
  tsri_entry *entry = made;
  *entry = (tsri_entry){.op = tsr_registry_op(e->base.registry, index), .n_in = (int32_t)values.n};
  tsr_status status = fill(e, entry, attrs, in, into);
  bool works = entry->kernel || entry->apply == tsri_apply_rule;
  if (works && e->context->tables->watch.profile) {
    entry->profiled = entry->apply;
    entry->apply = tsri_apply_profiled;
  }
  if (status != TSR_OK) {
    tsri_entry_destroy(entry);
    return status;
  }
  *out = entry;
  return TSR_OK;
}
