/* matrix.c - op x dtype x what there is for it, as a markdown table; what is not is explained.
 *
 * A cell of the table has a place for each aspect of an op at a dtype of its key operand. An
 * empty place is explained by the op's row, by the dtype, or by an entry of holes.c.
 */
#include "matrix.h"

#include "holes.h"

#include <string.h>

#include "tsr/spi/kernels.h"
#include "tsr/spi/rule.h"

/* Why a place is empty. */
typedef struct finding {
  bool is_empty;
  const char *why;   /* a sentence; NULL: nothing explains it */
  const char *where; /* in words; NULL: the ops are listed */
} finding;

typedef struct place {
  tsr_runtime *rt;
  const tsr_op *op;
  const tsr_rules *rules;
  tsr_dtype key;
} place;

static const finding there = {false, NULL, NULL};

static finding empty(const char *why) { return (finding){true, why, NULL}; }

/* ---- kernels ---- */

static bool has_kernel(const place *p, const char *backend) {
  const tsr_kernel *row;
  for (int32_t i = 0; (row = tsr_runtime_kernel(p->rt, backend, p->op, i)) != NULL; i++)
    if (row->dtypes >> p->key & 1) return true;
  return false;
}

static finding find_cpu(const place *p) {
  if (has_kernel(p, "cpu")) return there;
  return empty(hole_find(HOLE_KERNEL, p->op, p->key));
}

static finding find_cuda(const place *p) {
  const char *why = hole_find(HOLE_KERNEL, p->op, p->key);
  if (has_kernel(p, "cuda")) return there;
  return empty(why ? why : "there is no kernel on cuda, where a run says so by ERR_UNSUPPORTED");
}

/* ---- rules ---- */

static finding inactive(void) {
  return (finding){true, "they carry no derivative", "bool and integers of every op"};
}

static finding find_jvp(const place *p) {
  if (!tsr_dtype_is_active(p->key)) return inactive();
  if (p->op->jvp == TSR_JVP_ZERO || p->rules->jvp) return there;
  if (p->op->jvp == TSR_JVP_DERIVED && p->op->lin != TSR_LIN_NONE) return there;
  return empty(hole_find(HOLE_JVP, p->op, p->key));
}

static finding find_transpose(const place *p) {
  const char *reverse = hole_find(HOLE_REVERSE, p->op, p->key);
  const char *why = hole_find(HOLE_TRANSPOSE, p->op, p->key);
  if (!tsr_dtype_is_active(p->key)) return inactive();
  if (p->op->lin == TSR_LIN_NONE) return empty("it is not linear, so nothing asks for it");
  if (reverse) return empty(reverse);
  return p->rules->transpose ? there : empty(why);
}

static finding find_batch(const place *p) {
  return p->rules->batch ? there : empty(hole_find(HOLE_BATCH, p->op, p->key));
}

typedef struct aspect {
  char letter;
  const char *name, *what;
  bool counts;
  finding (*find)(const place *p);
} aspect;

static const aspect aspects[] = {
    {'c', "cpu",       "a kernel on the CPU",                   true,  find_cpu      },
    {'g', "cuda",      "a kernel on NVIDIA's GPUs",             false, find_cuda     },
    {'j', "jvp",       "a derivative",                          true,  find_jvp      },
    {'t', "transpose", "what reverse mode asks of a linear op", true,  find_transpose},
    {'b', "batch",     "a batch rule, for vmap",                true,  find_batch    },
};
enum {
  N_ASPECTS = sizeof aspects / sizeof *aspects
};

/* ---- walking over the places ---- */

static bool takes(const tsr_op *op, tsr_dtype key) { return op->dtypes >> key & 1; }

/* The row takes the dtype, and so can a call. */
static bool can_have(const tsr_op *op, tsr_dtype key) {
  return takes(op, key) && !hole_find(HOLE_SAMPLES, op, key);
}

static place place_of(tsr_runtime *rt, int32_t index) {
  const tsr_registry *registry = tsr_runtime_registry(rt);
  return (place){rt, tsr_registry_op(registry, index), tsr_registry_rules(registry, index), 0};
}

static int32_t count_ops(tsr_runtime *rt) { return tsr_registry_count(tsr_runtime_registry(rt)); }

/* ---- the table ---- */

static void print_cell(place *p, FILE *out) {
  if (!can_have(p->op, p->key)) {
    fprintf(out, " - |");
    return;
  }
  fprintf(out, " ");
  for (size_t i = 0; i < N_ASPECTS; i++)
    fprintf(out, "%c", aspects[i].find(p).is_empty ? '.' : aspects[i].letter);
  fprintf(out, " |");
}

static void print_table(tsr_runtime *rt, FILE *out) {
  fprintf(out, "| op |");
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    fprintf(out, " %s |", tsr_dtype_name(d));
  fprintf(out, "\n|---|");
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    fprintf(out, "---|");
  for (int32_t i = 0; i < count_ops(rt); i++) {
    place p = place_of(rt, i);
    fprintf(out, "\n| %s |", p.op->name);
    for (; p.key < TSR_DTYPE_COUNT; p.key++)
      print_cell(&p, out);
  }
  fprintf(out, "\n");
}

/* ---- what explains the empty places ---- */

static bool same_text(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

/* The dtypes at which an op lacks an aspect for a reason; all are those where it could be this
 * one.
 */
static uint32_t dtypes_of(place p, const aspect *a, const char *why, uint32_t *all) {
  uint32_t dtypes = 0;
  *all = 0;
  for (p.key = 0; p.key < TSR_DTYPE_COUNT; p.key++) {
    const uint32_t bit = UINT32_C(1) << p.key;
    if (!can_have(p.op, p.key)) continue;
    const finding f = a->find(&p);
    if (!f.where) *all |= bit;
    if (f.is_empty && same_text(f.why, why)) dtypes |= bit;
  }
  return dtypes;
}

static void print_dtypes(uint32_t dtypes, FILE *out) {
  const char *lead = " (";
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++) {
    if (!(dtypes >> d & 1)) continue;
    fprintf(out, "%s%s", lead, tsr_dtype_name(d));
    lead = " ";
  }
  fprintf(out, ")");
}

/* "abs, sign (f16 bf16)": what stands alone lacks it at all of its dtypes. */
static void list_ops(tsr_runtime *rt, const aspect *a, const char *why, FILE *out) {
  const char *lead = " ";
  for (int32_t i = 0; i < count_ops(rt); i++) {
    const place p = place_of(rt, i);
    uint32_t all;
    const uint32_t dtypes = dtypes_of(p, a, why, &all);
    if (!dtypes) continue;
    fprintf(out, "%s%s", lead, p.op->name);
    if (dtypes != all) print_dtypes(dtypes, out);
    lead = ", ";
  }
}

static void print_reason(tsr_runtime *rt, const aspect *a, const finding *f, FILE *out) {
  fprintf(out, "- %s of", a->name);
  if (f->where)
    fprintf(out, " %s", f->where);
  else
    list_ops(rt, a, f->why, out);
  fprintf(out, ": %s.\n", f->why ? f->why : "nothing explains it");
}

/* The reasons that were told already; one too many for it would be told twice. */
typedef struct told {
  const char *why[64];
  size_t n;
} told;

static bool is_new(told *t, const char *why) {
  for (size_t i = 0; i < t->n; i++)
    if (same_text(t->why[i], why)) return false;
  if (t->n < sizeof t->why / sizeof *t->why) t->why[t->n++] = why;
  return true;
}

/* Every reason of an aspect once, with its ops; gives the number of places without one. */
static int32_t explain_aspect(tsr_runtime *rt, const aspect *a, FILE *out) {
  int32_t unexplained = 0;
  told reasons = {.n = 0};
  for (int32_t i = 0; i < count_ops(rt); i++) {
    place p = place_of(rt, i);
    for (; p.key < TSR_DTYPE_COUNT; p.key++) {
      if (!can_have(p.op, p.key)) continue;
      const finding f = a->find(&p);
      if (!f.is_empty) continue;
      unexplained += !f.why && a->counts;
      if (is_new(&reasons, f.why)) print_reason(rt, a, &f, out);
    }
  }
  return unexplained;
}

/* Dtypes that a row accepts and no call can have. */
static void explain_dtypes(tsr_runtime *rt, FILE *out) {
  for (int32_t i = 0; i < count_ops(rt); i++) {
    const char *last = NULL;
    place p = place_of(rt, i);
    for (; p.key < TSR_DTYPE_COUNT; p.key++) {
      const char *why = takes(p.op, p.key) ? hole_find(HOLE_SAMPLES, p.op, p.key) : NULL;
      if (why && why != last) fprintf(out, "- `-` in the row of %s: %s.\n", p.op->name, why);
      if (why) last = why;
    }
  }
}

int32_t matrix_print(tsr_runtime *rt, FILE *out) {
  int32_t unexplained = 0;
  fprintf(out, "# Operations by dtype\n\nA cell tells what an op has at a dtype of its key "
               "operand; `-`: it does not take it.\n\n");
  for (size_t i = 0; i < N_ASPECTS; i++)
    fprintf(out, "- `%c` %s: %s\n", aspects[i].letter, aspects[i].name, aspects[i].what);
  fprintf(out, "\n");
  print_table(rt, out);
  fprintf(out, "\n## What is not there, and why\n\n");
  for (size_t i = 0; i < N_ASPECTS; i++)
    unexplained += explain_aspect(rt, &aspects[i], out);
  explain_dtypes(rt, out);
  fprintf(out, "\nEmpty places that nothing explains, in cpu, jvp, transpose and batch: %d\n",
          (int)unexplained);
  return unexplained;
}
