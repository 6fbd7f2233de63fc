/* numeric.c - the first numerical failure of a run, noted while the run goes on. */
#include <stdio.h>

#include "tsr/spi/backend.h"

void tsr_numeric_flag(const tsr_call *c, int64_t batch, const char *what) {
  tsr_numeric *n = c->numeric;
  if (!n) return;
  bool first = n->error.code == TSR_OK;
  bool lower = n->call == c && batch >= 0 && batch < n->batch;
  if (!first && !lower) return;
  n->error.code = TSR_ERR_NUMERIC;
  n->batch = batch;
  n->call = c;
  const char *name = c->op ? c->op->name : "?";
  if (batch < 0) {
    snprintf(n->error.text, sizeof n->error.text, "ERR_NUMERIC: %s: %s", name, what);
  } else {
    snprintf(n->error.text, sizeof n->error.text, "ERR_NUMERIC: %s, batch %lld: %s", name,
             (long long)batch, what);
  }
}
