/* control.c - the rows of the runtime's own kernels. */
#include "control.h"

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsri_control *control = self->data;
  return control->prepare(p->planner, p);
}

/* Their ops have an id known to the compiler, but descriptors are found by a call. */
typedef struct entry {
  tsr_op_id op;
  const char *name;
  tsr_status (*run)(tsr_stream *stream, const tsr_call *c, const tsr_view *in, const tsr_view *out);
  const tsri_control *control;
} entry;

const tsri_control *tsri_control_of(const tsr_kernel *row) {
  return row->prepare == prepare ? row->data : NULL;
}

void tsri_control_fill(tsr_kernel rows[TSRI_CONTROL_ROWS]) {
  static const entry entries[TSRI_CONTROL_ROWS] = {
      {TSR_OP_COND,       "runtime.cond",       tsri_cond_run,  &tsri_control_cond },
      {TSR_OP_WHILE,      "runtime.while",      tsri_while_run, &tsri_control_while},
      {TSR_OP_SCAN,       "runtime.scan",       tsri_scan_run,  &tsri_control_scan },
      {TSR_OP_CHECKPOINT, "runtime.checkpoint", tsri_call_run,  &tsri_control_call },
  };
  for (int i = 0; i < TSRI_CONTROL_ROWS; i++) {
    const entry *e = &entries[i];
    rows[i] = (tsr_kernel){.op = tsr_op_core(e->op),
                           .dtypes = TSR_DTYPES_ANY,
                           .name = e->name,
                           .prepare = prepare,
                           .run = e->run,
                           .data = e->control};
  }
}
