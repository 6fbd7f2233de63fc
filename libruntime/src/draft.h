/* draft.h - a plan in the making, and the passes that make it. */
#ifndef TSRI_DRAFT_H
#define TSRI_DRAFT_H

#include "plan.h"

typedef enum tsri_home {
  TSRI_HOME_ARENA,
  TSRI_HOME_INPUT,
  TSRI_HOME_OUTPUT,
  TSRI_HOME_CONSTANT
} tsri_home;

#define TSRI_END INT32_MAX /* a lifetime that lasts beyond the last step */

/* A piece of memory that values live in. */
typedef struct tsri_buffer {
  tsri_home home;
  int32_t index;       /* of the input, output or constant */
  uint32_t use;        /* TSRI_MAY_ bits */
  int64_t size;        /* bytes */
  int32_t first, last; /* steps that write and read it */
  int32_t same_as;     /* it was merged into this buffer, or -1 */
  int64_t at;          /* offset in the arena */
} tsri_buffer;

/* A value of the graph at its exact size. */
typedef struct tsri_value {
  tsr_view view;  /* data stays NULL */
  tsr_type type;  /* the same dims as constants */
  int32_t buffer; /* -1 as long as it has no place */
  int64_t offset; /* bytes from the start of the buffer to element [0, ...] */
  int32_t target; /* output it is written to directly, or -1 */
  const int64_t *target_strides;
  bool used;
} tsri_value;

typedef struct tsri_draft {
  const tsri_want *want;
  tsri_plan *plan;
  const tsr_graph *graph; /* lowered */
  tsr_arena arena;        /* for what the plan does not keep */
  int64_t *symbols;
  int32_t n_symbols, n_values, n_buffers;
  tsri_value *values;   /* [graph values + outputs], the latter for copies */
  tsri_buffer *buffers; /* inputs, then outputs, then others */
} tsri_draft;

/* The passes, in order. */
tsr_status tsri_draft_types(tsri_draft *d);   /* symbols, then dims of every value */
tsr_status tsri_draft_check(tsri_draft *d);   /* what infer rules say to these dims */
tsr_status tsri_draft_buffers(tsri_draft *d); /* one for each input and output */
tsr_status tsri_draft_targets(tsri_draft *d); /* which values are written to outputs */
tsr_status tsri_draft_steps(tsri_draft *d);   /* views, constants, prepared kernels */
tsr_status tsri_draft_copies(tsri_draft *d);  /* outputs nobody writes directly */
void tsri_draft_lifetimes(tsri_draft *d);     /* first and last step of every buffer */
void tsri_draft_in_place(tsri_draft *d);      /* outputs over inputs that end there */
tsr_status tsri_draft_pack(tsri_draft *d);    /* offsets in the arena */
tsr_status tsri_draft_finish(tsri_draft *d);  /* views and patches of the plan */

/* A new buffer. */
int32_t tsri_draft_buffer(tsri_draft *d, tsri_home home, int32_t index, int64_t size);

/* The buffer that b has become part of. */
int32_t tsri_draft_root(const tsri_draft *d, int32_t b);

/* Prepare one step for an application, all of whose values have their views. */
tsr_status tsri_draft_step(tsri_draft *d, const tsr_op *op, const void *attrs, int32_t n_in,
                           const int32_t *in, int32_t n_out, const int32_t *out);

/* Put a constant where the device can read it. */
tsr_status tsri_draft_constant(tsri_draft *d, const tsr_node *node);

/* Do two views of the same shape map indices to memory alike? */
bool tsri_same_layout(const tsr_view *a, const tsr_view *b);

/* Bytes of a dense array of the view's shape. */
int64_t tsri_dense_bytes(const tsr_view *view);

#endif /* TSRI_DRAFT_H */
