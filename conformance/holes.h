/* holes.h - what is missing on purpose, each with the sentence that explains it. */
#ifndef HOLES_H
#define HOLES_H

#include "tsr/op.h"

typedef enum hole_kind {
  HOLE_BATCH,     /* no batch rule: mapped one by one, or never mapped */
  HOLE_JVP,       /* differentiating through it is refused by name */
  HOLE_TRANSPOSE, /* no transpose rule */
  HOLE_REVERSE,   /* reverse mode is refused by name */
  HOLE_KERNEL,    /* no kernel of priority 0 */
  HOLE_ROWS,      /* no kernel row is run by itself */
  HOLE_SAMPLES,   /* dtypes that the row accepts and no call can have */
  /* no call of the kind is compared with a second source: see coverage.h */
  HOLE_SCALAR,
  HOLE_EMPTY,
  HOLE_ONE,
  HOLE_LAYOUTS,
  HOLE_PERMUTED,
  HOLE_LARGE,
  HOLE_EDGES,
  HOLE_GRADIENT
} hole_kind;

/* hole_find - why an op lacks something for a key dtype; NULL: it must not. */
const char *hole_find(hole_kind kind, const tsr_op *op, tsr_dtype key);

#endif /* HOLES_H */
