/* ops/control_table.c - what transforms ask of ops with regions beyond the common rules. */
#include "ops/control_cond_internal.h"
#include "ops/control_scan_internal.h"
#include "ops/control_while_internal.h"

/* ---- how marks spread through an application ---- */

static tsr_status scan_reach(const tsr_call *c, tsri_reach how, bool *in, bool *out) {
  tsri_loop loop = tsri_scan_loop(c);
  return tsri_loop_reach(&loop, how, in, out);
}

/* What decides over the number of rounds decides over every result. */
static tsr_status while_reach(const tsr_call *c, tsri_reach how, bool *in, bool *out) {
  tsri_loop loop = tsri_while_loop(c);
  bool tested = false;
  TSR_TRY(tsri_loop_reach(&loop, how, in, out));
  if (how == TSRI_REACH_ANY) TSR_TRY(tsri_reach_outputs(tsri_while_test(c), how, in, &tested));
  for (int32_t j = 0; j < c->n_out; j++)
    out[j] |= tested;
  return TSR_OK;
}

static tsr_status cond_reach(const tsr_call *c, tsri_reach how, bool *in, bool *out) {
  TSR_TRY(tsri_cond_reach(c, how, in + 1, out));
  for (int32_t j = 0; j < c->n_out; j++)
    out[j] |= in[0];
  return TSR_OK;
}

static tsr_status checkpoint_reach(const tsr_call *c, tsri_reach how, bool *in, bool *out) {
  const tsr_checkpoint_attrs *a = c->attrs;
  return tsri_reach_outputs(tsr_object_as_graph(a->body), how, in, out);
}

/* ---- the table ---- */

extern const tsr_rules tsri_scan_rules, tsri_while_rules, tsri_cond_rules, tsri_checkpoint_rules;

typedef struct row {
  const tsr_rules *rules;
  tsri_both_rule both;
  tsri_reach_rule reach;
} row;

static const row *find(const tsr_rules *rules) {
  static const row rows[] = {
      {&tsri_scan_rules,       tsri_scan_both,       scan_reach      },
      {&tsri_while_rules,      tsri_while_both,      while_reach     },
      {&tsri_cond_rules,       tsri_cond_both,       cond_reach      },
      {&tsri_checkpoint_rules, tsri_checkpoint_both, checkpoint_reach}
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].rules == rules) return &rows[i];
  return NULL;
}

tsri_both_rule tsri_find_both(const tsr_rules *rules) {
  const row *r = find(rules);
  return r ? r->both : NULL;
}

tsri_reach_rule tsri_find_reach(const tsr_rules *rules) {
  const row *r = find(rules);
  return r ? r->reach : NULL;
}
