/* type.c - rules of conversion and of the parts of complex numbers.
 *
 * Cotangents pair by Re(conj(a) b), real ones by a b. Hence the transposes: Re takes back
 * ct + 0i, Im takes back 0 + i ct, conj is its own transpose.
 */
#include "ops/ops_internal.h"

static bool is_complex(tsr_dtype dtype) { return tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX; }

/* ---- convert ---- */

static tsr_status convert_infer(const tsr_call *c, tsr_type *out) {
  tsr_dtype from = c->in_type[0].dtype, to = ((const tsr_convert_attrs *)c->attrs)->dtype;
  if ((size_t)to >= TSR_DTYPE_COUNT)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "convert: %d is no dtype", (int)to);
  if (is_complex(from) && !is_complex(to) && to != TSR_BOOL)
    return TSR_FAIL(TSR_ERR_DTYPE, "convert: %s to %s would drop the imaginary part: say tsr_real",
                    tsr_dtype_name(from), tsr_dtype_name(to));
  out[0] = c->in_type[0];
  out[0].dtype = to;
  return TSR_OK;
}

static tsr_status convert_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                              tsr_value *out_t) {
  tsr_dtype to = ((const tsr_convert_attrs *)c->attrs)->dtype;
  bool active = tsr_dtype_is_active(c->in_type[0].dtype) && tsr_dtype_is_active(to);
  out_t[0] = active ? tsr_convert(b, t[0], to) : TSR_ZERO_VALUE;
  return tsr_builder_status(b);
}

static tsr_status convert_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                    const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  tsr_dtype from = c->in_type[0].dtype, to = ((const tsr_convert_attrs *)c->attrs)->dtype;
  if (!tsr_dtype_is_active(from) || !tsr_dtype_is_active(to))
    in_ct[0] = TSR_ZERO_VALUE;
  else
    in_ct[0] = tsr_convert(b, is_complex(from) ? ct[0] : tsr_real(b, ct[0]), from);
  return tsr_builder_status(b);
}

static tsr_status convert_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (c->in_type[0].dtype == ((const tsr_convert_attrs *)c->attrs)->dtype) out[0] = c->in[0];
  return tsr_builder_status(b);
}

const tsr_rules tsri_convert_rules = {.infer = convert_infer,
                                      .jvp = convert_jvp,
                                      .transpose = convert_transpose,
                                      .batch = tsri_batch_elementwise,
                                      .simplify = convert_simplify};

/* ---- parts ---- */

static tsr_status part_infer(const tsr_call *c, tsr_type *out) {
  out[0] = c->in_type[0];
  out[0].dtype = tsr_dtype_real(c->in_type[0].dtype);
  return TSR_OK;
}

static tsr_status real_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                 const tsr_value *ct, tsr_value *in_ct) {
  (void)c, (void)linear;
  in_ct[0] = tsr_complex(b, ct[0], TSR_ZERO_VALUE);
  return tsr_builder_status(b);
}

static tsr_status imag_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                 const tsr_value *ct, tsr_value *in_ct) {
  (void)c, (void)linear;
  in_ct[0] = tsr_complex(b, TSR_ZERO_VALUE, ct[0]);
  return tsr_builder_status(b);
}

/* The part of a number that was just put together: its operand. */
static tsr_status part_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  tsr_call made;
  if (tsr_builder_producer(b, c->in[0], &made) && made.op == tsr_op_core(TSR_OP_COMPLEX))
    out[0] = made.in[c->op == tsr_op_core(TSR_OP_IMAG)];
  return tsr_builder_status(b);
}

const tsr_rules tsri_real_rules = {.infer = part_infer,
                                   .transpose = real_transpose,
                                   .batch = tsri_batch_elementwise,
                                   .simplify = part_simplify};
const tsr_rules tsri_imag_rules = {.infer = part_infer,
                                   .transpose = imag_transpose,
                                   .batch = tsri_batch_elementwise,
                                   .simplify = part_simplify};

static tsr_status conj_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                 const tsr_value *ct, tsr_value *in_ct) {
  (void)c, (void)linear;
  in_ct[0] = tsr_conj(b, ct[0]);
  return tsr_builder_status(b);
}

const tsr_rules tsri_conj_rules = {.infer = tsri_infer_same,
                                   .transpose = conj_transpose,
                                   .batch = tsri_batch_elementwise,
                                   .simplify = tsri_simplify_twice};

static tsr_status complex_infer(const tsr_call *c, tsr_type *out) {
  TSR_TRY(tsri_infer_same(c, out));
  return tsr_dtype_complex(c->in_type[0].dtype, &out[0].dtype);
}

static tsr_status complex_transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                                    const tsr_value *ct, tsr_value *in_ct) {
  (void)c;
  in_ct[0] = linear[0] ? tsr_real(b, ct[0]) : TSR_NO_VALUE;
  in_ct[1] = linear[1] ? tsr_imag(b, ct[0]) : TSR_NO_VALUE;
  return tsr_builder_status(b);
}

const tsr_rules tsri_complex_rules = {
    .infer = complex_infer, .transpose = complex_transpose, .batch = tsri_batch_elementwise};
