/* frame.c - making frames, setting their pointers, running their steps. */
#include "frame.h"

#include "prepare.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tsr/alloc.h"

void tsri_frame_rebind(tsri_frame *frame, int32_t base, void *data) {
  const tsri_plan *plan = frame->plan;
  frame->bound[base] = data;
  for (int32_t i = plan->first_patch[base]; i < plan->first_patch[base + 1]; i++) {
    const tsri_patch *p = &plan->patches[i];
    void *pointer = (void *)((uintptr_t)data + (uintptr_t)p->offset);
    memcpy((char *)frame + p->slot, &pointer, sizeof pointer);
  }
}

static void close_controls(tsri_frame *frame, int32_t n) {
  for (int32_t s = 0; s < n; s++) {
    const tsri_control *control = frame->plan->steps[s].control;
    if (control) control->close(frame->tasks[s].call.state);
  }
}

static tsr_status fill(tsri_frame *frame) {
  const tsri_plan *plan = frame->plan;
  if (plan->n_views)
    memcpy(frame->views, plan->views, sizeof *frame->views * (size_t)plan->n_views);
  for (int32_t s = 0; s < plan->n_steps; s++) {
    const tsri_step *step = &plan->steps[s];
    tsri_task *task = &frame->tasks[s];
    task->run = step->kernel->run;
    task->call = step->call;
    task->call.numeric = frame->numeric;
    task->in = frame->views + plan->first_view[s];
    task->out = task->in + step->call.n_in;
    if (!step->control) continue;
    tsr_status status = step->control->open(step->state, frame->numeric, &task->call.state);
    if (status != TSR_OK) {
      close_controls(frame, s);
      return status;
    }
  }
  for (int32_t k = 0; k < plan->n_constants; k++)
    tsri_frame_rebind(frame, TSRI_BASE_CONSTANT(plan, k), plan->constants[k]);
  return TSR_OK;
}

tsr_status tsri_frame_create(const tsri_plan *plan, tsr_numeric *numeric, tsri_frame **out) {
  *out = NULL;
  tsri_frame_shape shape = tsri_frame_shape_of(plan);
  size_t size = shape.numeric + (numeric ? 0 : sizeof(tsr_numeric));
  void *block = NULL;
  TSR_TRY(tsr_alloc(size, 64, &block));
  memset(block, 0, size);
  tsri_frame *frame = block;
  frame->plan = plan;
  frame->size = size;
  frame->numeric = numeric ? numeric : (tsr_numeric *)(void *)((char *)block + shape.numeric);
  frame->bound = (void **)(void *)((char *)block + shape.bound);
  frame->held = (tsr_storage **)(void *)((char *)block + shape.held);
  frame->tasks = (tsri_task *)(void *)((char *)block + shape.tasks);
  frame->views = (tsr_view *)(void *)((char *)block + shape.views);
  tsr_status status = fill(frame);
  if (status != TSR_OK) {
    tsr_free(block, size, 64);
    return status;
  }
  *out = frame;
  return TSR_OK;
}

void tsri_frame_destroy(tsri_frame *frame) {
  if (!frame) return;
  close_controls(frame, frame->plan->n_steps);
  tsr_free(frame, frame->size, 64);
}

tsr_status tsri_frame_borrow(tsri_plan *plan, tsri_frame **out) {
  *out = __atomic_exchange_n(&plan->spare, NULL, __ATOMIC_ACQUIRE);
  if (*out) return TSR_OK;
  pthread_mutex_lock(&plan->lock);
  *out = plan->spares;
  if (*out) plan->spares = (*out)->next;
  pthread_mutex_unlock(&plan->lock);
  return *out ? TSR_OK : tsri_frame_create(plan, NULL, out);
}

void tsri_frame_return(tsri_plan *plan, tsri_frame *frame) {
  tsri_frame *none = NULL;
  if (__atomic_compare_exchange_n(&plan->spare, &none, frame, false, __ATOMIC_RELEASE,
                                  __ATOMIC_RELAXED))
    return;
  pthread_mutex_lock(&plan->lock);
  frame->next = plan->spares;
  plan->spares = frame;
  pthread_mutex_unlock(&plan->lock);
}

void tsri_frame_note(const tsri_frame *frame, const char *fmt, ...) {
  tsr_error *error = &frame->numeric->error;
  size_t used = strlen(error->text);
  size_t room = sizeof error->text - used;
  int n = snprintf(error->text + used, room, "\n  while ");
  if (n < 0 || (size_t)n >= room) return;
  va_list args;
  va_start(args, fmt);
  vsnprintf(error->text + used + (size_t)n, room - (size_t)n, fmt, args);
  va_end(args);
}

static tsr_status fail_step(const tsri_task *task, tsr_status status) {
  char text[512];
  return tsr_annotate(status, "running %s", tsri_call_text(&task->call, text, sizeof text));
}

static TSR_COLD tsr_status run_profiled(tsri_frame *frame, tsr_stream *stream) {
  const tsri_plan *plan = frame->plan;
  for (int32_t s = 0; s < plan->n_steps; s++) {
    tsri_task *task = &frame->tasks[s];
    int64_t begin = tsri_profile_now();
    tsr_status status = task->run(stream, &task->call, task->in, task->out);
    tsri_profile_call(plan->profile, plan->device, &task->call, plan->steps[s].kernel, begin);
    if (status != TSR_OK) return fail_step(task, status);
    frame->numeric->call = NULL;
  }
  return TSR_OK;
}

tsr_status tsri_frame_run(tsri_frame *frame, tsr_stream *stream) {
  if (__builtin_expect(frame->plan->profile != NULL, 0)) return run_profiled(frame, stream);
  tsri_task *task = frame->tasks;
  for (tsri_task *end = task + frame->plan->n_steps; task < end; task++) {
    tsr_status status = task->run(stream, &task->call, task->in, task->out);
    if (__builtin_expect(status != TSR_OK, 0)) return fail_step(task, status);
    frame->numeric->call = NULL;
  }
  return TSR_OK;
}
