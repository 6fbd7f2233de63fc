/* cmd_ops.c - tsr ops: the catalogue of operations, one of them, or the table of what each has. */
#include "command.h"
#include "matrix.h"
#include "report.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "tsr/spi/kernels.h"
#include "tsr/spi/rule.h"

/* ---- one op ---- */

static const char *const families[] = {
    [TSR_FAMILY_EXTENSION] = "extension",     [TSR_FAMILY_ELEMENTWISE] = "elementwise",
    [TSR_FAMILY_ANALYTIC] = "analytic",       [TSR_FAMILY_TYPE] = "type",
    [TSR_FAMILY_CREATION] = "creation",       [TSR_FAMILY_STRUCTURAL] = "structural",
    [TSR_FAMILY_INDEXING] = "indexing",       [TSR_FAMILY_REDUCTION] = "reduction",
    [TSR_FAMILY_CONTRACTION] = "contraction", [TSR_FAMILY_RANDOM] = "random",
    [TSR_FAMILY_CONTROL] = "control",         [TSR_FAMILY_CUMULATIVE] = "cumulative",
    [TSR_FAMILY_ORDERING] = "ordering",
};
static const char *const linearities[] = {
    [TSR_LIN_NONE] = "none",
    [TSR_LIN_JOINT] = "in these operands together: ",
    [TSR_LIN_EACH] = "in each of these operands, the others held fixed: ",
    [TSR_LIN_REGION] = "that of its regions",
};
static const char *const derivatives[] = {
    [TSR_JVP_DERIVED] = "derived from its linearity",
    [TSR_JVP_RULE] = "a rule of its own",
    [TSR_JVP_ZERO] = "zero: it is locally constant",
    [TSR_JVP_NONE] = "none: differentiating through it is refused",
};
static const char *const effects[] = {
    [TSR_EFFECT_PURE] = "none",
    [TSR_EFFECT_BARRIER] = "never merged, nothing moves across",
    [TSR_EFFECT_ORDERED] = "kept, in order",
    [TSR_EFFECT_CHECKED] = "may end in ERR_NUMERIC",
};
static const char *const kinds[] = {
    [TSR_ATTR_I64] = "number",    [TSR_ATTR_F64] = "real number",      [TSR_ATTR_BOOL] = "bool",
    [TSR_ATTR_DTYPE] = "dtype",   [TSR_ATTR_ENUM] = "one of",          [TSR_ATTR_DIM] = "size",
    [TSR_ATTR_SHAPE] = "shape",   [TSR_ATTR_AXES] = "list of numbers", [TSR_ATTR_TEXT] = "text",
    [TSR_ATTR_OBJECT] = "object", [TSR_ATTR_OBJECTS] = "objects",
};

static void print_counts(const tsr_op *op) {
  if (op->max_inputs < 0)
    printf("operands    %d or more\n", (int)op->min_inputs);
  else if (op->min_inputs < op->max_inputs)
    printf("operands    %d to %d\n", (int)op->min_inputs, (int)op->max_inputs);
  else
    printf("operands    %d\n", (int)op->min_inputs);
  if (op->n_outputs < 0)
    printf("results     as many as its attributes say\n");
  else
    printf("results     %d\n", op->n_outputs ? (int)op->n_outputs : 1);
}

static void print_dtypes(const tsr_op *op) {
  printf("dtypes     ");
  for (tsr_dtype d = 0; d < TSR_DTYPE_COUNT; d++)
    if (op->dtypes >> d & 1) printf(" %s", tsr_dtype_name(d));
  if (op->key == TSR_KEY_OUTPUT)
    printf(", of the result\n");
  else
    printf(", of operand %d\n", (int)op->key);
}

static void print_linearity(const tsr_op *op) {
  const bool has_operands = op->lin == TSR_LIN_JOINT || op->lin == TSR_LIN_EACH;
  printf("linearity   %s", linearities[op->lin]);
  if (has_operands && op->lin_inputs == UINT32_MAX) printf("all");
  for (int32_t i = 0; has_operands && op->lin_inputs != UINT32_MAX && op->lin_inputs >> i; i++)
    if (op->lin_inputs >> i & 1) printf("%d ", (int)i);
  if (has_operands) printf(" (over the %s numbers)", op->complex_linear ? "complex" : "real");
  printf("\n");
}

static void print_attributes(const tsr_op *op) {
  if (!op->attrs) printf("attributes  none\n");
  for (int32_t i = 0; op->attrs && i < op->attrs->n_fields; i++) {
    const tsr_attr_field *f = &op->attrs->fields[i];
    printf("%-11s %s: %s", i ? "" : "attributes", f->name, kinds[f->kind]);
    for (const char *const *word = f->names; f->kind == TSR_ATTR_ENUM && word && *word; word++)
      printf("%s %s", word == f->names ? "" : ",", *word);
    printf("\n");
  }
}

static void print_kernels(tsr_runtime *rt, const tsr_op *op) {
  static const char *const backends[] = {"cpu", "cuda"};
  for (size_t k = 0; k < sizeof backends / sizeof *backends; k++) {
    const tsr_kernel *row;
    for (int32_t i = 0; (row = tsr_runtime_kernel(rt, backends[k], op, i)) != NULL; i++)
      printf("%-11s %s\n", i ? "" : backends[k], row->name);
  }
}

static void print_op(tsr_runtime *rt, const tsr_op *op) {
  const tsr_registry *registry = tsr_runtime_registry(rt);
  const tsr_rules *rules = tsr_registry_rules(registry, tsr_registry_index(registry, op));
  printf("%s\n  %s\n\n", op->name, op->synopsis);
  printf("family      %s\n", families[op->family]);
  print_counts(op);
  print_dtypes(op);
  print_linearity(op);
  printf("derivative  %s\n", derivatives[op->jvp]);
  printf("batch rule  %s\n", rules->batch ? "yes" : "no: mapped one by one");
  printf("effect      %s\n", effects[op->effect]);
  print_attributes(op);
  print_kernels(rt, op);
}

/* ---- finding one ---- */

enum {
  NAMES_MAX = 512 /* names that a misspelt one is compared with */
};

/* "svd" for "tessera.linalg.svd.v1". */
static bool is_short_name(const char *word, const char *name) {
  char part[128];
  snprintf(part, sizeof part, ".%s.v", word);
  return strstr(name, part) != NULL;
}

static const tsr_op *find_op(const tsr_registry *registry, const char *word) {
  const tsr_op *op = tsr_registry_find(registry, word);
  for (int32_t i = 0; !op && i < tsr_registry_count(registry); i++)
    if (is_short_name(word, tsr_registry_op(registry, i)->name)) op = tsr_registry_op(registry, i);
  return op;
}

static int unknown_op(const command *self, const tsr_registry *registry, const char *word) {
  const char *names[NAMES_MAX];
  size_t n = 0;
  for (; n < NAMES_MAX && n < (size_t)tsr_registry_count(registry); n++)
    names[n] = tsr_registry_op(registry, (int32_t)n)->name;
  return report_unknown(self, "operation", word, n, names);
}

/* ---- the command ---- */

static void list_ops(const tsr_registry *registry) {
  for (int32_t i = 0; i < tsr_registry_count(registry); i++) {
    const tsr_op *op = tsr_registry_op(registry, i);
    printf("%-22s %s\n", op->name, op->synopsis);
  }
}

static int print_matrix(const command *self, tsr_runtime *rt) {
  const int32_t unexplained = matrix_print(rt, stdout);
  if (!unexplained) return EXIT_OK;
  return report_failure(self, "%d empty places have no explanation in conformance/holes.c",
                        (int)unexplained);
}

static int answer(const command *self, const arguments *a, tsr_runtime *rt) {
  const tsr_registry *registry = tsr_runtime_registry(rt);
  if (option_given(self, a, "--matrix")) return print_matrix(self, rt);
  if (a->n == 0) list_ops(registry);
  for (size_t i = 0; i < a->n; i++) {
    const tsr_op *op = find_op(registry, a->operands[i]);
    if (!op) return unknown_op(self, registry, a->operands[i]);
    if (i) printf("\n");
    print_op(rt, op);
  }
  return EXIT_OK;
}

static int run_ops(const command *self, const arguments *a) {
  tsr_runtime *rt;
  if (a->n && option_given(self, a, "--matrix"))
    return report_usage(self, "--matrix is about all operations");
  const tsr_status status = session_runtime(&rt);
  if (status != TSR_OK) return report_status(self, status);
  const int ended = answer(self, a, rt);
  tsr_runtime_release(rt);
  return ended;
}

static const option options[] = {
    {"--matrix", NULL, "a markdown table of kernels and rules by dtype; every gap explained"},
    {NULL,       NULL, NULL                                                                 },
};

const command command_ops = {
    .name = "ops",
    .summary = "the catalogue of operations",
    .synopsis = "[NAME...]\n--matrix",
    .options = options,
    .text = "Lists all operations with what they compute; with a NAME all that its row says:\n"
            "operands, dtypes, linearity, derivative, attributes, kernels. The table of --matrix\n"
            "ends with the number of gaps that nothing explains, and with 1 if there is one.\n",
    .run = run_ops,
};
