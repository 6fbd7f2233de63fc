/* cmd_linalg.c - tsr linalg: decompositions and systems of files. */
#include "command.h"
#include "linalg_rows.h"
#include "report.h"
#include "session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *name;
  linalg_option flag;
} option_flags[] = {
    {"--full",  LINALG_FULL },
    {"--upper", LINALG_UPPER},
    {"--ord",   LINALG_ORD  },
    {"--rcond", LINALG_RCOND},
};

static const linalg_row *find_row(const char *name) {
  for (size_t i = 0; i < linalg_row_count; i++)
    if (strcmp(linalg_rows[i].name, name) == 0) return &linalg_rows[i];
  return NULL;
}

static int unknown_row(const command *self, const char *name) {
  const char *names[LINALG_ROWS_MAX];
  for (size_t i = 0; i < linalg_row_count; i++)
    names[i] = linalg_rows[i].name;
  return report_unknown(self, "operation", name, linalg_row_count, names);
}

static size_t count_outputs(const linalg_row *row) {
  size_t n = 0;
  while (n < LINALG_OUTPUTS && row->outputs[n])
    n++;
  return n;
}

/* ---- options ---- */

static int check_options(const command *self, const arguments *a, const linalg_row *row) {
  for (size_t i = 0; i < sizeof option_flags / sizeof *option_flags; i++)
    if (option_given(self, a, option_flags[i].name) && !(row->options & option_flags[i].flag))
      return report_usage(self, "%s does not take %s", row->name, option_flags[i].name);
  return EXIT_OK;
}

static int read_options(const command *self, const arguments *a, const linalg_row *row,
                        linalg_call *out) {
  const char *rcond = option_value(self, a, "--rcond");
  const int ended = check_options(self, a, row);
  if (ended != EXIT_OK) return ended;
  out->full = option_given(self, a, "--full");
  out->upper = option_given(self, a, "--upper");
  out->ord = option_value(self, a, "--ord");
  out->rcond = -1;
  if (rcond && (!parse_number(rcond, &out->rcond) || !(out->rcond >= 0)))
    return report_usage(self, "--rcond wants a number of 0 or more, not %s", rcond);
  return EXIT_OK;
}

/* ---- running ---- */

static tsr_status load(session *s, const arguments *a, linalg_call *c) {
  for (int32_t i = 0; i < c->row->n_inputs; i++) {
    TSR_TRY(session_load(s, a->operands[1 + i], &c->in[i]));
    c->in[i] = session_to_float(s, c->in[i]);
  }
  return tsr_builder_status(s->b);
}

static int compute(const command *self, const arguments *a, linalg_call *c) {
  session s;
  tsr_value out[LINALG_OUTPUTS] = {TSR_NO_VALUE};
  result results[LINALG_OUTPUTS];
  const size_t n = count_outputs(c->row);
  tsr_status status = session_open(chosen_device(self, a), &s);
  if (status == TSR_OK) status = load(&s, a, c);
  c->b = s.b;
  if (status == TSR_OK) status = c->row->emit(c, out);
  for (size_t i = 0; i < n; i++)
    results[i] = (result){c->row->outputs[i], out[i]};
  const int ended =
      status == TSR_OK ? session_finish(&s, self, a, n, results) : report_status(self, status);
  session_close(&s);
  return ended;
}

static int run_linalg(const command *self, const arguments *a) {
  linalg_call c = {0};
  if (a->n == 0) return report_usage(self, "which operation");
  c.row = find_row(a->operands[0]);
  if (!c.row) return unknown_row(self, a->operands[0]);
  if (a->n != (size_t)c.row->n_inputs + 1)
    return report_usage(self, "%s wants %d file%s, not %zu", c.row->name, (int)c.row->n_inputs,
                        c.row->n_inputs == 1 ? "" : "s", a->n - 1);
  int ended = check_outputs(self, a, count_outputs(c.row));
  if (ended == EXIT_OK) ended = read_options(self, a, c.row, &c);
  return ended == EXIT_OK ? compute(self, a, &c) : ended;
}

/* ---- help ---- */

/* The table of operations: name, operands, results, what it is. */
static void print_rows(void) {
  for (size_t i = 0; i < linalg_row_count; i++) {
    const linalg_row *row = &linalg_rows[i];
    char outputs[64] = "";
    for (size_t j = 0; j < count_outputs(row); j++)
      snprintf(outputs + strlen(outputs), sizeof outputs - strlen(outputs), "%s%s", j ? " " : "",
               row->outputs[j]);
    printf("  %-9s %-6s %-22s %s\n", row->name, row->n_inputs == 1 ? "a" : "a rhs", outputs,
           row->what);
  }
}

static const option options[] = {
    OPTION_OUTPUTS,
    {"--full",  NULL,  "svd, qr: square u, vt and q, not reduced ones"                      },
    {"--upper", NULL,  "eigh, cholesky: the upper triangle is read, not the lower one"      },
    {"--ord",   "ORD", "norm: fro, nuc, 1, 2, inf and their negatives; or the p of a vector"},
    {"--rcond", "R",   "lstsq: singular values below R times the largest count as zero"     },
    OPTION_DEVICE,
    {NULL,      NULL,  NULL                                                                 },
};

const command command_linalg = {
    .name = "linalg",
    .summary = "decompositions, systems of equations, determinants, norms",
    .synopsis = "OP FILE [FILE] [-o FILE...] [OPTION...]",
    .options = options,
    .text = "OP takes matrices in the last two axes, batched over the others, and gives:\n\n",
    .rows = print_rows,
    .after = "\nWith -o the first results go to the files named. Integers are taken as f64.\n",
    .run = run_linalg,
};
