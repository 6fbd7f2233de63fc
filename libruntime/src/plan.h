/* plan.h - a graph specialised to exact sizes, strides and device.
 *
 * A plan is a flat list of prepared steps over views whose pointers are still open. Each
 * view lies at a fixed offset from a base: the arena, an input, an output or a constant.
 * A frame (frame.h) is one run's copy of the views. Plans of programs and of the bodies of
 * control flow are the same thing: in the latter inputs, outputs and arena belong to the
 * step around it.
 */
#ifndef TSRI_PLAN_H
#define TSRI_PLAN_H

#include "control.h"
#include "tables.h"

#include "tsr/spi/graph.h"

struct tsri_frame;

/* What may be done with an input. */
#define TSRI_MAY_WRITE 1u /* its memory is free for other values once it has been read */
#define TSRI_MAY_TAKE  2u /* an output of its size and layout may keep living there */

/* What a plan is to be made for. */
typedef struct tsri_want {
  tsri_tables *tables;
  tsr_device *device;
  const tsr_graph *graph;
  const int64_t *symbols; /* sizes known from around, -1 where not; may be NULL */
  int32_t n_symbols;
  const tsr_view *in;    /* [n_inputs] layouts; data is not looked at */
  const uint8_t *in_use; /* [n_inputs] TSRI_MAY_ bits; NULL: none */
  const tsr_view *out;   /* [n_outputs] layouts to write to; NULL: dense in C order */
  const int32_t *pair;   /* [n_outputs] the one input that output may take; NULL: any */
  const bool *skip;      /* [n_outputs] nobody wants that output; NULL: none */
} tsri_want;

typedef struct tsri_step {
  const tsr_kernel *kernel;
  const tsri_control *control; /* the kernel is one of ours, with frames of its own */
  tsr_call call;               /* types and attributes hold constants only */
  void *state;
  void (*release)(void *state);
  int64_t workspace; /* bytes */
  /* the rest is of interest while planning */
  int32_t *value; /* [n_in + n_out] */
  int32_t *alias; /* [n_out] */
  bool *wanted;   /* [n_out] */
  int32_t workspace_buffer;
} tsri_step;

/* A pointer of a frame, at byte slot of it, that lies offset bytes from its base. */
typedef struct tsri_patch {
  size_t slot;
  int64_t offset;
} tsri_patch;

typedef struct tsri_output {
  tsr_view view; /* layout */
  size_t size;   /* bytes when dense */
  int32_t takes; /* input whose memory it lives in, or -1 */
} tsri_output;

typedef struct tsri_plan {
  tsr_object object;
  tsr_arena arena; /* owns all arrays */
  tsr_device *device;
  tsri_profile *profile; /* of the runtime, which the graph keeps; NULL: none */
  tsr_graph *graph;      /* as planned, after lowering; owns attribute objects */
  int32_t n_in, n_out, n_steps, n_views, n_constants, n_bases;
  tsri_step *steps;
  tsr_view *views;       /* [n_views] of all steps in turn: inputs, then outputs */
  int32_t *first_view;   /* [n_steps] */
  tsri_output *outputs;  /* [n_out] */
  void **constants;      /* [n_constants] where they are */
  tsr_tensor **uploaded; /* [n_constants] what owns them, or NULL */
  tsri_patch *patches;
  int32_t *first_patch; /* [n_bases + 1] */
  int64_t arena_size;   /* bytes, workspaces included */
  size_t frame_size;
  struct tsri_frame *spare;  /* a frame nobody uses; exchanged atomically */
  struct tsri_frame *spares; /* more of them, under the lock */
  pthread_mutex_t lock;
  bool has_lock;
} tsri_plan;

/* Bases in the order of frame->bound. */
#define TSRI_BASE_ARENA             0
#define TSRI_BASE_INPUT(plan, i)    (1 + (i))
#define TSRI_BASE_OUTPUT(plan, j)   (1 + (plan)->n_in + (j))
#define TSRI_BASE_CONSTANT(plan, k) (1 + (plan)->n_in + (plan)->n_out + (k))

/* n zeroed elements; out points to the pointer that is set. */
tsr_status tsri_plan_array(tsr_arena *arena, size_t element, int64_t n, void *out);

/* Bytes that a run takes from the device at most; false when they do not fit 63 bits. */
bool tsri_plan_peak(const tsri_plan *plan, int64_t *bytes);

tsr_status tsri_plan_create(const tsri_want *want, tsri_plan **out);

#endif /* TSRI_PLAN_H */
