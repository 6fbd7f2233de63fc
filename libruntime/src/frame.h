/* frame.h - what one run of a plan has for itself: views with pointers, calls, findings.
 *
 * A frame is one block made from the plan's template. Binding a base (arena, input,
 * output) sets the pointers that lie in it, and does nothing when the base is where it was
 * in the frame's last run, so repeating a run over the same memory costs its steps only.
 */
#ifndef TSRI_FRAME_H
#define TSRI_FRAME_H

#include "plan.h"

#include "tsr/spi/tensor.h"

typedef struct tsri_task {
  tsr_status (*run)(tsr_stream *stream, const tsr_call *c, const tsr_view *in, const tsr_view *out);
  const tsr_view *in, *out;
  tsr_call call;
} tsri_task;

typedef struct tsri_frame {
  struct tsri_frame *next;
  const tsri_plan *plan;
  size_t size;          /* bytes of the block */
  tsr_numeric *numeric; /* behind the views, or that of the frame around this one */
  void **bound;         /* [n_bases] */
  tsr_storage **held;   /* [n_in] memory of donated inputs during a run */
  tsri_task *tasks;     /* [n_steps] */
  tsr_view *views;      /* [n_views] */
} tsri_frame;

/* Where the parts of a frame's block begin. */
typedef struct tsri_frame_shape {
  size_t bound, held, tasks, views, numeric;
} tsri_frame_shape;
static inline tsri_frame_shape tsri_frame_shape_of(const tsri_plan *plan) {
  tsri_frame_shape s;
  s.bound = sizeof(tsri_frame);
  s.held = s.bound + sizeof(void *) * (size_t)plan->n_bases;
  s.tasks = s.held + sizeof(void *) * (size_t)plan->n_in;
  s.views = s.tasks + sizeof(tsri_task) * (size_t)plan->n_steps;
  s.numeric = s.views + sizeof(tsr_view) * (size_t)plan->n_views;
  return s;
}

/* A frame of its own (numeric NULL), or of a region inside another frame. */
tsr_status tsri_frame_create(const tsri_plan *plan, tsr_numeric *numeric, tsri_frame **out);
void tsri_frame_destroy(tsri_frame *frame);

/* A frame from the plan's spares, or a new one; and back. */
tsr_status tsri_frame_borrow(tsri_plan *plan, tsri_frame **out);
void tsri_frame_return(tsri_plan *plan, tsri_frame *frame);

void tsri_frame_rebind(tsri_frame *frame, int32_t base, void *data);
static inline void tsri_frame_bind(tsri_frame *frame, int32_t base, void *data) {
  if (frame->bound[base] != data) tsri_frame_rebind(frame, base, data);
}

/* Add "while ..." to a finding that the steps just run have made. */
void tsri_frame_note(const tsri_frame *frame, const char *fmt, ...) TSR_PRINTF(2, 3);

/* Run all steps in order; numerical findings are left in frame->numeric. */
tsr_status tsri_frame_run(tsri_frame *frame, tsr_stream *stream);

#endif /* TSRI_FRAME_H */
