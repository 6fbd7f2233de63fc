/* linalg_rows.h - the operations of tsr linalg, as rows. */
#ifndef CLI_LINALG_ROWS_H
#define CLI_LINALG_ROWS_H

#include "tsr/builder.h"

enum {
  LINALG_INPUTS = 2,
  LINALG_OUTPUTS = 4,
  LINALG_ROWS_MAX = 32
};

typedef enum linalg_option {
  LINALG_FULL = 1,
  LINALG_UPPER = 2,
  LINALG_ORD = 4,
  LINALG_RCOND = 8
} linalg_option;

typedef struct linalg_row linalg_row;

typedef struct linalg_call {
  const linalg_row *row;
  tsr_builder *b;
  tsr_value in[LINALG_INPUTS];
  bool full, upper;
  const char *ord; /* NULL: not given */
  double rcond;    /* negative: not given */
} linalg_call;

struct linalg_row {
  const char *name;
  const char *what;
  int32_t n_inputs;
  const char *outputs[LINALG_OUTPUTS]; /* names; NULL behind the last */
  unsigned options;                    /* of linalg_option */
  /* Fills out; failures of operations latch in the builder, others are returned. */
  tsr_status (*emit)(const linalg_call *c, tsr_value *out);
};

extern const linalg_row linalg_rows[];
extern const size_t linalg_row_count;

#endif /* CLI_LINALG_ROWS_H */
