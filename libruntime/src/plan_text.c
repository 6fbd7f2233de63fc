/* plan_text.c - a plan as text.
 *
 *   plan for cpu:0: 2 inputs, 1 output, 2 steps, arena 128 bytes
 *   step 0: add(f64[4], f64[4]) by cpu.add.f64
 *     in 0: input 0 + 0, strides [1]
 *     ...
 *     workspace: arena + 64, 64 bytes
 *
 * Where things lie is read back from the patches, as a run does.
 */
#include "plan_text.h"

#include "frame.h"
#include "plan.h"
#include "prepare.h"

#include <inttypes.h>

#include "tsr/print.h"
#include "tsr/spi/writer.h"

/* The patch of a byte of the frame. */
static const tsri_patch *patch_of(const tsri_plan *plan, size_t slot, int32_t *base) {
  for (*base = 0; *base < plan->n_bases; ++*base)
    for (int32_t k = plan->first_patch[*base]; k < plan->first_patch[*base + 1]; k++)
      if (plan->patches[k].slot == slot) return &plan->patches[k];
  return NULL;
}

static void add_place(tsr_writer *w, const tsri_plan *plan, size_t slot) {
  int32_t base;
  const tsri_patch *patch = patch_of(plan, slot, &base);
  if (!patch)
    tsr_writer_add(w, "nowhere");
  else if (base == TSRI_BASE_ARENA)
    tsr_writer_add(w, "arena + %" PRId64, patch->offset);
  else if (base < TSRI_BASE_OUTPUT(plan, 0))
    tsr_writer_add(w, "input %d + %" PRId64, (int)(base - TSRI_BASE_INPUT(plan, 0)), patch->offset);
  else if (base < TSRI_BASE_CONSTANT(plan, 0))
    tsr_writer_add(w, "output %d + %" PRId64, (int)(base - TSRI_BASE_OUTPUT(plan, 0)),
                   patch->offset);
  else
    tsr_writer_add(w, "constant %d + %" PRId64, (int)(base - TSRI_BASE_CONSTANT(plan, 0)),
                   patch->offset);
}

static void add_view(tsr_writer *w, const tsri_plan *plan, int32_t view, const char *what,
                     int32_t i) {
  char strides[256];
  const tsr_view *v = &plan->views[view];
  tsr_writer_add(w, "  %s %d: ", what, (int)i);
  add_place(w, plan,
            tsri_frame_shape_of(plan).views + sizeof(tsr_view) * (size_t)view +
                offsetof(tsr_view, data));
  tsr_writer_add(w, ", strides %s\n",
                 tsr_format_shape(v->rank, v->strides, strides, sizeof strides));
}

static void add_step(tsr_writer *w, const tsri_plan *plan, int32_t s) {
  char text[512];
  const tsri_step *step = &plan->steps[s];
  int32_t view = plan->first_view[s];
  tsr_writer_add(w, "step %d: %s by %s\n", (int)s, tsri_call_text(&step->call, text, sizeof text),
                 step->kernel->name);
  for (int32_t i = 0; i < step->call.n_in; i++)
    add_view(w, plan, view++, "in", i);
  for (int32_t j = 0; j < step->call.n_out; j++)
    add_view(w, plan, view++, "out", j);
  if (!step->workspace) return;
  tsr_writer_add(w, "  workspace: ");
  add_place(w, plan,
            tsri_frame_shape_of(plan).tasks + sizeof(tsri_task) * (size_t)s +
                offsetof(tsri_task, call) + offsetof(tsr_call, workspace));
  tsr_writer_add(w, ", %" PRId64 " bytes\n", step->workspace);
}

tsr_status tsri_plan_text(const tsri_plan *plan, char **out, size_t *size) {
  tsr_writer w = {0};
  tsr_writer_add(
      &w, "plan for %s: %d inputs, %d outputs, %d constants, %d steps, arena %" PRId64 " bytes\n",
      plan->device->name, (int)plan->n_in, (int)plan->n_out, (int)plan->n_constants,
      (int)plan->n_steps, plan->arena_size);
  for (int32_t s = 0; s < plan->n_steps; s++)
    add_step(&w, plan, s);
  for (int32_t j = 0; j < plan->n_out; j++) {
    if (plan->outputs[j].takes >= 0)
      tsr_writer_add(&w, "output %d: in the memory of input %d\n", (int)j,
                     (int)plan->outputs[j].takes);
    else
      tsr_writer_add(&w, "output %d: %zu bytes\n", (int)j, plan->outputs[j].size);
  }
  return tsr_writer_end(&w, out, size);
}
