/* eager_apply.c - what a prepared application does: run a kernel, look, hand out a constant. */
#include "eager_internal.h"
#include "lower.h"

/* A root slot with fresh memory for a layout. */
static inline tsr_status push_fresh(tsri_eager *e, const tsri_layout *layout, tsri_slot **out,
                                    tsr_value *value) {
  TSR_TRY(tsri_eager_push(e, out, value));
  tsri_slot *slot = *out;
  *slot = (tsri_slot){.layout = layout, .root = slot};
  if (!layout->size) return TSR_OK;
  void *data = NULL;
  tsri_context *context = e->context;
  TSR_TRY(context->device->backend->alloc(context->stream, layout->size, &data));
  slot->data = data;
  return TSR_OK;
}

tsr_status tsri_raise_finding(tsr_numeric *numeric) {
  tsr_status status = tsr_error_raise(&numeric->error);
  numeric->error.code = TSR_OK;
  numeric->call = NULL;
  return status;
}

tsr_status tsri_run_with_workspace(tsri_context *context, tsri_entry *entry) {
  void *workspace = NULL;
  TSR_TRY(context->device->backend->alloc(context->stream, entry->workspace, &workspace));
  entry->call.workspace = workspace;
  tsr_status status =
      entry->kernel->run(context->stream, &entry->call, entry->in_view, entry->out_view);
  context->device->backend->free(context->stream, workspace, entry->workspace);
  return status;
}

tsr_status tsri_apply_kernel(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                             tsr_values values, tsr_value *out) {
  (void)values;
  tsri_context *context = e->context;
  int32_t before = e->n_slots;
  tsr_status status = TSR_OK;
  for (int32_t i = 0; i < entry->n_in; i++)
    entry->in_view[i].data = in[i]->data;
  for (int32_t j = 0; j < entry->n_out && status == TSR_OK; j++) {
    tsri_slot *slot = NULL;
    status = push_fresh(e, entry->out[j], &slot, &out[j]);
    entry->out_view[j].data = status == TSR_OK ? slot->data : NULL;
  }
  if (status == TSR_OK) status = tsri_entry_run(context, entry);
  if (status != TSR_OK) tsri_eager_pop(e, before);
  return status;
}

/* On a backend that defers the results have storages from the start: those know the work. */
static tsr_status run_as_work(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                              tsr_value *out, tsr_work *work) {
  int32_t before = e->n_slots;
  for (int32_t i = 0; i < entry->n_in; i++) {
    const tsr_storage *storage = in[i]->root->storage;
    if (storage) TSR_TRY(tsr_work_depend(work, storage->work));
  }
  TSR_TRY(tsri_apply_kernel(e, entry, in, TSR_NO_VALUES, out));
  for (int32_t i = before; i < e->n_slots; i++) {
    tsri_slot *slot = tsri_eager_at(e, i);
    tsr_status status = tsri_eager_own(e, slot);
    if (status != TSR_OK) {
      tsri_eager_pop(e, before);
      return status;
    }
    tsr_storage_set_work(slot->storage, work);
  }
  return TSR_OK;
}

tsr_status tsri_apply_deferred(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                               tsr_values values, tsr_value *out) {
  (void)values;
  tsr_work *work = NULL;
  TSR_TRY(tsr_work_open(e->context->stream, &work));
  return tsr_work_close(work, run_as_work(e, entry, in, out, work));
}

tsr_status tsri_apply_view(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                           tsr_values values, tsr_value *out) {
  (void)values;
  int32_t before = e->n_slots;
  for (int32_t j = 0; j < entry->n_out; j++) {
    const tsri_slot *from = in[entry->operand[j]];
    tsri_slot *slot = NULL;
    tsr_status status = tsri_eager_push(e, &slot, &out[j]);
    if (status != TSR_OK) {
      tsri_eager_pop(e, before);
      return status;
    }
    char *data = (char *)((uintptr_t)from->data + (uintptr_t)entry->offset[j]);
    *slot = (tsri_slot){.data = data, .layout = entry->out[j], .root = from->root};
  }
  return TSR_OK;
}

tsr_status tsri_apply_constant(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                               tsr_values values, tsr_value *out) {
  (void)in, (void)values;
  tsri_slot *slot = NULL;
  TSR_TRY(tsri_eager_push(e, &slot, &out[0]));
  *slot = (tsri_slot){.data = entry->tensor->data,
                      .layout = entry->out[0],
                      .root = slot,
                      .storage = tsr_storage_retain(entry->tensor->storage)};
  return TSR_OK;
}

tsr_status tsri_apply_profiled(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                               tsr_values values, tsr_value *out) {
  const tsri_context *context = e->context;
  int64_t begin = tsri_profile_now();
  tsr_status status = entry->profiled(e, entry, in, values, out);
  tsri_profile_call(context->tables->watch.profile, context->device, &entry->call, entry->kernel,
                    begin);
  return status;
}

/* The rule emits, and what it emits may want this entry's place: it stands aside meanwhile. */
tsr_status tsri_apply_rule(tsri_eager *e, tsri_entry *entry, tsri_slot *const *in,
                           tsr_values values, tsr_value *out) {
  (void)in;
  if (e->context->lowering >= TSRI_LOWERING_DEPTH)
    return TSR_FAIL(TSR_ERR_INTERNAL, "rules that lower operations go round in circles");
  e->context->lowering++;
  tsri_entry **place = &e->context->entry[entry->hash & (TSRI_ENTRIES - 1)];
  *place = NULL;
  tsr_arena arena = {0};
  tsr_call_context context = {&arena, e->base.space};
  tsr_call call = entry->call;
  call.in = values.data;
  call.context = &context;
  tsr_status status = entry->rules->lower(&e->base, &call, out);
  if (status == TSR_OK) status = tsr_builder_status(&e->base);
  if (status != TSR_OK) status = tsr_annotate(status, "lowering %s", call.op->name);
  tsr_arena_deinit(&arena);
  tsri_entry_destroy(*place);
  *place = entry;
  e->context->lowering--;
  return status;
}
