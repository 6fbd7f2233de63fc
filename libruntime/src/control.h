/* control.h - kernels of the runtime itself: operations that run graphs.
 *
 * cond, while, scan and checkpoint are ordinary rows, added to every backend. Their
 * prepare plans the regions as plans of their own whose arena is the step's workspace.
 * What a run of them needs of its own lives in a frame made together with that of the
 * plan around it, and stands in c->state when they run.
 */
#ifndef TSRI_CONTROL_H
#define TSRI_CONTROL_H

#include "tsr/spi/rule.h"

struct tsri_tables;

/* p->planner, while a plan or an eager application is prepared. */
typedef struct tsri_planner {
  struct tsri_tables *tables;
  const int64_t *symbols; /* sizes, -1 where unknown */
  int32_t n_symbols;
} tsri_planner;

typedef struct tsri_control {
  tsr_status (*prepare)(const tsri_planner *planner, tsr_prepare *p);
  /* One run's part of a prepared state, and its end. */
  tsr_status (*open)(void *state, tsr_numeric *numeric, void **out);
  void (*close)(void *frame);
} tsri_control;

/* The rows, for any backend. */
#define TSRI_CONTROL_ROWS 4
void tsri_control_fill(tsr_kernel rows[TSRI_CONTROL_ROWS]);

/* What stands behind one of those rows; NULL for the rows of backends. */
const tsri_control *tsri_control_of(const tsr_kernel *row);

extern const tsri_control tsri_control_cond, tsri_control_while, tsri_control_scan,
    tsri_control_call;
tsr_status tsri_cond_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out);
tsr_status tsri_while_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                          const tsr_view *out);
tsr_status tsri_scan_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out);
tsr_status tsri_call_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out);

#endif /* TSRI_CONTROL_H */
