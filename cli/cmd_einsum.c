/* cmd_einsum.c - tsr einsum: a contraction of files, its plan, its gradients. */
#include "command.h"
#include "report.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/einsum.h"
#include "tsr/npy.h"

/* The contraction: files behind the formula. */
typedef struct contraction {
  const char *formula;
  const char *const *files; /* [n] */
  size_t n;
  bool has_dtype;
  tsr_dtype dtype;   /* --dtype */
  tsr_value *values; /* [n] */
  int64_t grad;      /* --grad, or -1 */
} contraction;

/* The dtype that holds what was seen so far, and one more. */
static tsr_status widen(tsr_dtype *common, tsr_dtype dtype) {
  TSR_TRY_MSG(tsr_dtype_promote(*common, dtype, common),
              "looking for a dtype that holds all operands; --dtype chooses one");
  return TSR_OK;
}

/* ---- the plan, from headers alone ---- */

static tsr_status common_dtype(const contraction *c, const tsr_npy_header *headers,
                               tsr_dtype *out) {
  *out = c->has_dtype ? c->dtype : headers[0].dtype;
  for (size_t i = 1; i < c->n && !c->has_dtype; i++)
    TSR_TRY(widen(out, headers[i].dtype));
  return TSR_OK;
}

static tsr_status print_path(const contraction *c, tsr_dtype dtype, const tsr_dims *shapes) {
  tsr_einsum_path *path;
  TSR_TRY(tsr_einsum_path_create(c->formula, dtype, shapes, c->n, &path));
  const size_t size = tsr_einsum_path_format(path, NULL, 0) + 1;
  char *text = malloc(size);
  if (text) {
    tsr_einsum_path_format(path, text, size);
    fputs(text, stdout);
  }
  free(text);
  tsr_einsum_path_release(path);
  return text ? TSR_OK : TSR_FAIL(TSR_ERR_NOMEM, "no memory for the text of the plan");
}

static tsr_status read_headers(const contraction *c, tsr_npy_header *headers, tsr_dims *shapes) {
  tsr_dtype dtype;
  for (size_t i = 0; i < c->n; i++) {
    TSR_TRY(tsr_npy_read_header(c->files[i], &headers[i]));
    shapes[i] = (tsr_dims){headers[i].dims, (size_t)headers[i].rank};
  }
  TSR_TRY(common_dtype(c, headers, &dtype));
  return print_path(c, dtype, shapes);
}

static int plan(const command *self, const contraction *c) {
  for (size_t i = 0; i < c->n; i++)
    if (strcmp(c->files[i], "-") == 0)
      return report_usage(self, "--plan reads the headers of files, not standard input");
  tsr_npy_header *headers = calloc(c->n, sizeof *headers);
  tsr_dims *shapes = calloc(c->n, sizeof *shapes);
  const tsr_status status = headers && shapes
                                ? read_headers(c, headers, shapes)
                                : TSR_FAIL(TSR_ERR_NOMEM, "no memory for %zu headers", c->n);
  free(headers);
  free(shapes);
  return report_status(self, status);
}

/* ---- the value, or a gradient ---- */

/* Operands of one dtype: that of --dtype, or what holds them all. */
static tsr_status unify(session *s, const contraction *c) {
  tsr_type type;
  tsr_dtype common = c->dtype;
  for (size_t i = 0; i < c->n && !c->has_dtype; i++) {
    TSR_TRY(tsr_value_type(s->b, c->values[i], &type));
    if (i == 0)
      common = type.dtype;
    else
      TSR_TRY(widen(&common, type.dtype));
  }
  for (size_t i = 0; i < c->n; i++)
    c->values[i] = tsr_convert(s->b, c->values[i], common);
  return tsr_builder_status(s->b);
}

static tsr_status load(session *s, const contraction *c) {
  for (size_t i = 0; i < c->n; i++)
    TSR_TRY(session_load(s, c->files[i], &c->values[i]));
  return unify(s, c);
}

/* The sum of the real parts, as a function of one operand. */
static tsr_status sum_of_real(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const contraction *c = ctx;
  c->values[c->grad] = in[0];
  tsr_value z = tsr_einsum(b, c->formula, tsr_values_of(c->values, c->n));
  out[0] = tsr_sum(b, tsr_real(b, z), TSR_ALL_AXES);
  return tsr_builder_status(b);
}

static tsr_value gradient(session *s, contraction *c) {
  tsr_value sum, grad = TSR_NO_VALUE;
  const tsr_value at = c->values[c->grad];
  (void)tsr_value_and_grad_of(s->b, sum_of_real, c, TSR_VALUES(at), &sum, &grad); /* latches */
  return grad;
}

static int contract(const command *self, const arguments *a, contraction *c) {
  session s;
  tsr_status status = session_open(chosen_device(self, a), &s);
  if (status == TSR_OK) status = load(&s, c);
  int ended;
  if (status == TSR_OK) {
    const tsr_value z = c->grad >= 0 ? gradient(&s, c)
                                     : tsr_einsum(s.b, c->formula, tsr_values_of(c->values, c->n));
    const result r = {NULL, z};
    ended = session_finish(&s, self, a, 1, &r);
  } else {
    ended = report_status(self, status);
  }
  session_close(&s);
  return ended;
}

/* ---- the words ---- */

static int read_options(const command *self, const arguments *a, contraction *c) {
  const char *dtype = option_value(self, a, "--dtype"), *grad = option_value(self, a, "--grad");
  c->has_dtype = dtype != NULL;
  c->grad = -1;
  if (dtype && tsr_dtype_find(dtype, &c->dtype) != TSR_OK)
    return report_usage(self, "--dtype is one of ours, such as f64 or c64, not %s", dtype);
  if (grad && (!parse_integer(grad, &c->grad) || c->grad < 0 || c->grad >= (int64_t)c->n))
    return report_usage(self, "--grad wants the number of an operand, 0 to %zu, not %s", c->n - 1,
                        grad);
  return check_outputs(self, a, 1);
}

static int run_einsum(const command *self, const arguments *a) {
  if (a->n == 0) return report_usage(self, "a formula is wanted, such as \"ij,jk->ik\"");
  if (a->n == 1) return report_usage(self, "%s wants files behind it", a->operands[0]);
  contraction c = {.formula = a->operands[0], .files = a->operands + 1, .n = a->n - 1};
  int ended = read_options(self, a, &c);
  if (ended != EXIT_OK) return ended;
  const bool wants_plan = option_given(self, a, "--plan");
  if (wants_plan && a->n_outputs && strcmp(a->outputs[0], "-") == 0)
    return report_usage(self, "--plan and -o - would mix on standard output");
  if (wants_plan) ended = plan(self, &c);
  if (ended != EXIT_OK || (wants_plan && !a->n_outputs)) return ended;
  c.values = calloc(c.n, sizeof *c.values);
  if (!c.values) return report_failure(self, "there is no memory for %zu operands", c.n);
  ended = contract(self, a, &c);
  free(c.values);
  return ended;
}

static const option options[] = {
    OPTION_OUTPUTS,
    {"--plan",  NULL, "print the order of contractions and what it costs; compute only with -o"},
    {"--grad",  "N",  "not the value but its gradient in operand N, from 0"                    },
    {"--dtype", "D",  "convert operands: f32, f64, c64, ... ; else to what holds them all"     },
    OPTION_DEVICE,
    {NULL,      NULL, NULL                                                                     },
};

const command command_einsum = {
    .name = "einsum",
    .summary = "contract arrays by a formula in labels",
    .synopsis = "FORMULA FILE... [-o FILE] [--plan] [--grad N] [--dtype D] [--device D]",
    .options = options,
    .text =
        "FORMULA is NumPy's, such as \"ij,jk->ik\", with one term per file: labels that the\n"
        "output does not name are summed over, \"...\" stands for any axes, and what stands in\n"
        "parentheses is contracted first.\n"
        "\n"
        "The gradient is that of the sum of the output, of its real part if complex. For\n"
        "complex operands it is the direction of steepest ascent: that of Re(sum x y) in x\n"
        "is conj(y).\n",
    .run = run_einsum,
};
