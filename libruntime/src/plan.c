/* plan.c - making a plan, pass by pass, and what it owns. */
#include "plan.h"

#include "draft.h"
#include "frame.h"
#include "lower.h"

#include <string.h>

static void plan_deinit(void *self) {
  tsri_plan *plan = self;
  tsri_frame_destroy(plan->spare);
  while (plan->spares) {
    tsri_frame *frame = plan->spares;
    plan->spares = frame->next;
    tsri_frame_destroy(frame);
  }
  for (int32_t s = 0; s < plan->n_steps; s++) {
    tsri_step *step = &plan->steps[s];
    if (step->release) step->release(step->state);
    tsr_attr_release(step->call.op->attrs, (void *)(uintptr_t)step->call.attrs);
  }
  for (int32_t k = 0; k < plan->n_constants; k++)
    tsr_tensor_release(plan->uploaded[k]);
  if (plan->has_lock) pthread_mutex_destroy(&plan->lock);
  tsr_graph_release(plan->graph);
  tsr_device_release(plan->device);
  tsr_arena_deinit(&plan->arena);
}

static const tsr_class plan_class = {"plan", sizeof(tsri_plan), plan_deinit, NULL, NULL};

tsr_status tsri_plan_array(tsr_arena *arena, size_t element, int64_t n, void *out) {
  void *made = NULL;
  TSR_TRY(tsr_arena_alloc(arena, element * (size_t)n, &made));
  memcpy(out, &made, sizeof made);
  return TSR_OK;
}

/* The base in which a buffer lies, and where. */
static int32_t base_of(const tsri_draft *d, int32_t buffer, int64_t *offset) {
  const tsri_buffer *b = &d->buffers[tsri_draft_root(d, buffer)];
  *offset = b->home == TSRI_HOME_ARENA ? b->at : 0;
  switch (b->home) {
  case TSRI_HOME_INPUT:
    return TSRI_BASE_INPUT(d->plan, b->index);
  case TSRI_HOME_OUTPUT:
    return TSRI_BASE_OUTPUT(d->plan, b->index);
  case TSRI_HOME_CONSTANT:
    return TSRI_BASE_CONSTANT(d->plan, b->index);
  case TSRI_HOME_ARENA:
    break;
  }
  return TSRI_BASE_ARENA;
}

/* One pass over everything that has a pointer: counts per base, or fills in patches. */
static void walk_pointers(const tsri_draft *d, int32_t *next, tsri_patch *patches) {
  const tsri_plan *plan = d->plan;
  tsri_frame_shape shape = tsri_frame_shape_of(plan);
  for (int32_t s = 0; s < plan->n_steps; s++) {
    const tsri_step *step = &plan->steps[s];
    int32_t n = step->call.n_in + step->call.n_out;
    for (int32_t i = 0; i < n; i++) {
      const tsri_value *value = &d->values[step->value[i]];
      int64_t at = 0;
      int32_t base = base_of(d, value->buffer, &at), k = next[base]++;
      size_t slot = shape.views + sizeof(tsr_view) * (size_t)(plan->first_view[s] + i) +
                    offsetof(tsr_view, data);
      if (patches) patches[k] = (tsri_patch){slot, at + value->offset};
    }
    if (step->workspace_buffer < 0) continue;
    int64_t at = 0;
    int32_t base = base_of(d, step->workspace_buffer, &at), k = next[base]++;
    size_t slot = shape.tasks + sizeof(tsri_task) * (size_t)s + offsetof(tsri_task, call) +
                  offsetof(tsr_call, workspace);
    if (patches) patches[k] = (tsri_patch){slot, at};
  }
}

static tsr_status finish_views(tsri_draft *d) {
  tsri_plan *plan = d->plan;
  TSR_TRY(
      tsri_plan_array(&plan->arena, sizeof *plan->first_view, plan->n_steps, &plan->first_view));
  for (int32_t s = 0; s < plan->n_steps; s++) {
    plan->first_view[s] = plan->n_views;
    plan->n_views += plan->steps[s].call.n_in + plan->steps[s].call.n_out;
  }
  TSR_TRY(tsri_plan_array(&plan->arena, sizeof *plan->views, plan->n_views, &plan->views));
  tsr_view *view = plan->views;
  for (int32_t s = 0; s < plan->n_steps; s++) {
    const tsri_step *step = &plan->steps[s];
    for (int32_t i = 0; i < step->call.n_in + step->call.n_out; i++)
      *view++ = d->values[step->value[i]].view;
  }
  return TSR_OK;
}

tsr_status tsri_draft_finish(tsri_draft *d) {
  tsri_plan *plan = d->plan;
  TSR_TRY(finish_views(d));
  plan->n_bases = 1 + plan->n_in + plan->n_out + plan->n_constants;
  TSR_TRY(tsri_plan_array(&plan->arena, sizeof *plan->first_patch, plan->n_bases + 1,
                          &plan->first_patch));
  walk_pointers(d, plan->first_patch + 1, NULL);
  for (int32_t b = 0; b < plan->n_bases; b++)
    plan->first_patch[b + 1] += plan->first_patch[b];
  int32_t *next = NULL;
  TSR_TRY(tsri_plan_array(&d->arena, sizeof *next, plan->n_bases, &next));
  memcpy(next, plan->first_patch, sizeof *next * (size_t)plan->n_bases);
  TSR_TRY(tsri_plan_array(&plan->arena, sizeof *plan->patches, plan->first_patch[plan->n_bases],
                          &plan->patches));
  walk_pointers(d, next, plan->patches);
  plan->frame_size = tsri_frame_shape_of(plan).numeric;
  return TSR_OK;
}

/* Add what a block of a size counts for; false when the sum does not fit. */
static bool add_rounded(const tsr_device *device, size_t size, int64_t *sum) {
  return !size || !__builtin_add_overflow(*sum, device->backend->rounded_size(device, size), sum);
}

bool tsri_plan_peak(const tsri_plan *plan, int64_t *bytes) {
  *bytes = 0;
  bool fits = add_rounded(plan->device, (size_t)plan->arena_size, bytes);
  for (int32_t j = 0; j < plan->n_out && fits; j++)
    fits = plan->outputs[j].takes >= 0 || add_rounded(plan->device, plan->outputs[j].size, bytes);
  return fits;
}

static tsr_status run_passes(tsri_draft *d) {
  TSR_TRY(tsri_draft_types(d));
  TSR_TRY(tsri_draft_check(d));
  TSR_TRY(tsri_draft_buffers(d));
  TSR_TRY(tsri_draft_targets(d));
  TSR_TRY(tsri_draft_steps(d));
  TSR_TRY(tsri_draft_copies(d));
  tsri_draft_lifetimes(d);
  tsri_draft_in_place(d);
  TSR_TRY(tsri_draft_pack(d));
  return tsri_draft_finish(d);
}

static tsr_status fill_plan(const tsri_want *want, tsri_plan *plan) {
  plan->device = tsr_device_retain(want->device);
  plan->profile = want->tables->watch.profile;
  if (pthread_mutex_init(&plan->lock, NULL))
    return TSR_FAIL(TSR_ERR_NOMEM, "plan: the system has no mutex left");
  plan->has_lock = true;
  TSR_TRY(tsri_lower(want->tables, want->device, want->graph, &plan->graph));
  plan->n_in = plan->graph->n_inputs;
  plan->n_out = plan->graph->n_outputs;
  tsri_draft draft = {.want = want, .plan = plan, .graph = plan->graph};
  tsr_status status = run_passes(&draft);
  tsr_arena_deinit(&draft.arena);
  return status;
}

tsr_status tsri_plan_create(const tsri_want *want, tsri_plan **out) {
  *out = NULL;
  void *made = NULL;
  TSR_TRY(tsr_object_create(&plan_class, &made));
  tsr_status status = fill_plan(want, made);
  if (status != TSR_OK) {
    tsr_object_release(made);
    return status;
  }
  *out = made;
  return TSR_OK;
}
