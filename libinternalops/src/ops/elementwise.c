/* elementwise.c - rules of arithmetic, comparison, selection and fused regions. */
#include "ops/ops_internal.h"

#include <inttypes.h>
#include <math.h>

#include "tsr/spi/expr.h"

/* ---- add, sub, neg ---- */

static tsr_status add_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                const tsr_value *ct, tsr_value *in_ct) {
  (void)c, (void)linear;
  in_ct[0] = in_ct[1] = ct[0];
  return tsr_builder_status(b);
}

typedef enum zero_sign {
  PLUS_ZERO,
  MINUS_ZERO
} zero_sign;

/* Is v zero everywhere, all its parts of one sign? Integers have a single zero. */
static bool is_zero(tsr_builder *b, tsr_value v, zero_sign sign) {
  tsr_number n;
  if (!tsri_is_splat_of(b, v, 0) || !tsri_splat(b, v, &n)) return false;
  if (n.dtype == TSR_I64) return true;
  const bool minus = sign == MINUS_ZERO;
  return (signbit(n.re) != 0) == minus && (n.dtype != TSR_C128 || (signbit(n.im) != 0) == minus);
}

/* x + -0 = x; but x + 0 is not: -0 + 0 = 0 */
static tsr_status add_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (is_zero(b, c->in[1], MINUS_ZERO))
    out[0] = c->in[0];
  else if (is_zero(b, c->in[0], MINUS_ZERO))
    out[0] = c->in[1];
  return tsr_builder_status(b);
}

const tsr_rules tsri_add_rules = {.infer = tsri_infer_same,
                                  .transpose = add_transpose,
                                  .batch = tsri_batch_elementwise,
                                  .simplify = add_simplify};

static tsr_status sub_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                const tsr_value *ct, tsr_value *in_ct) {
  (void)c;
  in_ct[0] = ct[0];
  in_ct[1] = linear[1] ? tsr_neg(b, ct[0]) : TSR_NO_VALUE;
  return tsr_builder_status(b);
}

/* x - 0 = x; but x - -0 is not: -0 - -0 = 0 */
static tsr_status sub_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (is_zero(b, c->in[1], PLUS_ZERO)) out[0] = c->in[0];
  return tsr_builder_status(b);
}

const tsr_rules tsri_sub_rules = {.infer = tsri_infer_same,
                                  .transpose = sub_transpose,
                                  .batch = tsri_batch_elementwise,
                                  .simplify = sub_simplify};

static tsr_status neg_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                const tsr_value *ct, tsr_value *in_ct) {
  (void)c, (void)linear;
  in_ct[0] = tsr_neg(b, ct[0]);
  return tsr_builder_status(b);
}

const tsr_rules tsri_neg_rules = {.infer = tsri_infer_same,
                                  .transpose = neg_transpose,
                                  .batch = tsri_batch_elementwise,
                                  .simplify = tsri_simplify_twice};

/* ---- mul, div ---- */

/* The pairing is Re(conj(a) b), so a factor comes back conjugated. */
static tsr_status mul_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                const tsr_value *ct, tsr_value *in_ct) {
  for (int i = 0; i < 2; i++)
    in_ct[i] = linear[i] ? tsr_mul(b, ct[0], tsr_conj(b, c->in[1 - i])) : TSR_NO_VALUE;
  return tsr_builder_status(b);
}

/* Complex numbers multiply and divide in parts, and inf times the part 0 of 1 is NaN. */
static bool is_one(tsr_builder *b, const tsr_call *c, int32_t i) {
  return tsr_dtype_kind(c->in_type[i].dtype) != TSR_KIND_COMPLEX &&
         tsri_is_splat_of(b, c->in[i], 1);
}

static tsr_status mul_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (is_one(b, c, 1))
    out[0] = c->in[0];
  else if (is_one(b, c, 0))
    out[0] = c->in[1];
  return tsr_builder_status(b);
}

const tsr_rules tsri_mul_rules = {.infer = tsri_infer_same,
                                  .transpose = mul_transpose,
                                  .batch = tsri_batch_elementwise,
                                  .simplify = mul_simplify};

/* dz = (dx - z dy) / y; for integers there is no tangent to come here */
static tsr_status div_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  out_t[0] = tsr_div(b, tsr_sub(b, t[0], tsr_mul(b, c->out[0], t[1])), c->in[1]);
  return tsr_builder_status(b);
}

static tsr_status div_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                const tsr_value *ct, tsr_value *in_ct) {
  in_ct[0] = linear[0] ? tsr_div(b, ct[0], tsr_conj(b, c->in[1])) : TSR_NO_VALUE;
  in_ct[1] = TSR_NO_VALUE;
  return tsr_builder_status(b);
}

static tsr_status div_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (is_one(b, c, 1)) out[0] = c->in[0];
  return tsr_builder_status(b);
}

const tsr_rules tsri_div_rules = {.infer = tsri_infer_same,
                                  .jvp = div_jvp,
                                  .transpose = div_transpose,
                                  .batch = tsri_batch_elementwise,
                                  .simplify = div_simplify};

/* ---- select, compare ---- */

static tsr_status select_infer(const tsr_call *c, tsr_type *out) {
  TSR_TRY(tsr_require_dtype(c, 0, TSR_BIT(BOOL)));
  TSR_TRY(tsr_require_same_type(c, 1, 2));
  TSR_TRY(tsri_require_same_shape(c, 0, 1));
  out[0] = c->in_type[1];
  return TSR_OK;
}

static tsr_status select_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                   const tsr_value *ct, tsr_value *in_ct) {
  tsr_value p = c->in[0], zero = TSR_ZERO_VALUE;
  in_ct[0] = TSR_NO_VALUE;
  in_ct[1] = linear[1] ? tsr_select(b, p, ct[0], zero) : TSR_NO_VALUE;
  in_ct[2] = linear[2] ? tsr_select(b, p, zero, ct[0]) : TSR_NO_VALUE;
  return tsr_builder_status(b);
}

static tsr_status select_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (c->in[1].id == c->in[2].id || tsri_is_splat_of(b, c->in[0], 1))
    out[0] = c->in[1];
  else if (tsri_is_splat_of(b, c->in[0], 0))
    out[0] = c->in[2];
  return tsr_builder_status(b);
}

const tsr_rules tsri_select_rules = {.infer = select_infer,
                                     .transpose = select_transpose,
                                     .batch = tsri_batch_elementwise,
                                     .simplify = select_simplify};

static tsr_status compare_infer(const tsr_call *c, tsr_type *out) {
  const tsr_compare_attrs *a = c->attrs;
  if (a->direction < TSR_EQ || a->direction > TSR_GE)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "compare: direction %" PRId32 " is none", a->direction);
  TSR_TRY(tsr_require_same_type(c, 0, 1));
  if (a->direction != TSR_EQ && a->direction != TSR_NE)
    TSR_TRY_MSG(tsr_require_dtype(c, 0, TSR_DTYPES_ORDERED | TSR_BIT(BOOL)),
                "ordering: complex numbers have only eq and ne");
  out[0] = c->in_type[0];
  out[0].dtype = TSR_BOOL;
  return TSR_OK;
}

const tsr_rules tsri_compare_rules = {.infer = compare_infer, .batch = tsri_batch_elementwise};

/* ---- fused ---- */

static tsr_status fused_expr(const tsr_call *c, const tsr_expr **out) {
  *out = tsr_expr_cast(((const tsr_fused_attrs *)c->attrs)->expr);
  return *out ? TSR_OK : TSR_FAIL(TSR_ERR_ARGUMENT, "fused: there is no expression");
}

static tsr_status fused_count(const tsr_call *c, int32_t *out_n) {
  const tsr_expr *e = NULL;
  *out_n = 0;
  TSR_TRY(fused_expr(c, &e));
  *out_n = e->n_outputs;
  return TSR_OK;
}

/* Input i walks loop axes; its size along each is the loop's, or 1. */
static tsr_status check_fused_input(const tsr_call *c, const tsr_expr *e, int32_t i) {
  const tsr_expr_load *load = &e->inputs[i];
  TSR_TRY(tsr_require_dtype(c, i, UINT32_C(1) << load->dtype));
  TSR_TRY(tsr_require_rank(c, i, load->rank));
  for (int32_t k = 0; k < load->rank; k++) {
    tsr_dim have = c->in_type[i].dims[k], loop = e->dims[load->axes[k]];
    if (tsr_dim_is(have, 1) || tsr_dim_same(c->context->space, have, loop)) continue;
    char have_text[128], loop_text[128];
    return TSR_FAIL(TSR_ERR_SHAPE,
                    "fused: axis %" PRId32 " of operand %" PRId32 " has size %s, its loop %s", k, i,
                    tsr_dim_format(have, have_text, sizeof have_text),
                    tsr_dim_format(loop, loop_text, sizeof loop_text));
  }
  return TSR_OK;
}

static tsr_status fused_infer(const tsr_call *c, tsr_type *out) {
  const tsr_expr *e = NULL;
  TSR_TRY(fused_expr(c, &e));
  if (c->n_in != e->n_inputs)
    return TSR_FAIL(TSR_ERR_ARGUMENT,
                    "fused: the expression takes %" PRId32 " operands, got %" PRId32, e->n_inputs,
                    c->n_in);
  for (int32_t i = 0; i < c->n_in; i++)
    TSR_TRY(check_fused_input(c, e, i));
  for (int32_t j = 0; j < e->n_outputs; j++) {
    const tsr_expr_out *o = &e->outputs[j];
    void *memory;
    TSR_TRY(tsr_arena_alloc(c->context->arena, (size_t)e->rank * sizeof(tsr_dim), &memory));
    tsr_dim *dims = memory;
    int32_t rank = 0;
    for (int32_t a = 0; a < e->rank; a++)
      if (!(o->reduced >> a & 1)) dims[rank++] = e->dims[a];
    out[j] = (tsr_type){e->steps[o->step].dtype, rank, dims};
  }
  return TSR_OK;
}

const tsr_rules tsri_fused_rules = {.infer = fused_infer, .count = fused_count};
