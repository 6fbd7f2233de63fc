/* order.c - rules of modulus, sign, extremes, bounds and remainders.
 *
 * All are linear in pieces. Where two pieces meet the derivative is a convention, and finite:
 * 0 for abs and sign at 0, the mean of both for max and min of equals, that of x for clamp at
 * a bound and for rem at a multiple of y.
 */
#include "ops/ops_internal.h"

static bool is_complex(tsr_dtype dtype) { return tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX; }

/* ---- abs, sign ---- */

static tsr_status abs_infer(const tsr_call *c, tsr_type *out) {
  out[0] = c->in_type[0];
  out[0].dtype = tsr_dtype_real(c->in_type[0].dtype);
  return TSR_OK;
}

/* dz = Re(conj(sign x) dx) */
static tsr_status abs_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  out_t[0] = t[0];
  if (tsri_is_zero(t[0])) return TSR_OK;
  const tsr_value direction = tsr_conj(b, tsr_sign(b, c->in[0]));
  out_t[0] = tsr_real(b, tsr_mul(b, direction, t[0]));
  return tsr_builder_status(b);
}

/* ||x|| = |x|, unsigned numbers are their own */
static tsr_status abs_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (tsr_dtype_kind(c->in_type[0].dtype) == TSR_KIND_UNSIGNED) out[0] = c->in[0];
  return tsri_simplify_idempotent(b, c, out);
}

const tsr_rules tsri_abs_rules = {
    .infer = abs_infer, .jvp = abs_jvp, .batch = tsri_batch_elementwise, .simplify = abs_simplify};

/* A complex x turns: dz = i z Im(conj(z) dx) / |x|, 0 at 0. A real one does not. */
static tsr_status sign_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                           tsr_value *out_t) {
  out_t[0] = TSR_ZERO_VALUE;
  if (tsri_is_zero(t[0]) || !is_complex(c->in_type[0].dtype)) return TSR_OK;
  const tsr_value z = c->out[0], size = tsr_abs(b, c->in[0]);
  const tsr_value zero = tsr_eq(b, size, tsr_scalar(b, 0));
  const tsr_value safe = tsr_select(b, zero, tsr_scalar(b, 1), size);
  const tsr_value turn = tsr_div(b, tsr_imag(b, tsr_mul(b, tsr_conj(b, z), t[0])), safe);
  out_t[0] = tsr_mul(b, z, tsr_complex(b, TSR_ZERO_VALUE, turn));
  return tsr_builder_status(b);
}

const tsr_rules tsri_sign_rules = {.infer = tsri_infer_same,
                                   .jvp = sign_jvp,
                                   .batch = tsri_batch_elementwise,
                                   .simplify = tsri_simplify_idempotent};

/* ---- max, min, clamp ---- */

/* The tangent of the operand that is taken, the mean of both where they are equal. */
static tsr_status extreme_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                              tsr_value *out_t, tsr_direction taken) {
  out_t[0] = TSR_ZERO_VALUE;
  if (tsri_is_all_zero(t, 2)) return TSR_OK;
  const tsr_value x = c->in[0], y = c->in[1], half = tsr_scalar(b, 0.5);
  const tsr_value mean = tsr_add(b, tsr_mul(b, half, t[0]), tsr_mul(b, half, t[1]));
  const tsr_value one = tsr_select(b, tsr_compare(b, x, y, taken), t[0], t[1]);
  out_t[0] = tsr_select(b, tsr_eq(b, x, y), mean, one);
  return tsr_builder_status(b);
}
static tsr_status max_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  return extreme_jvp(b, c, t, out_t, TSR_GT);
}
static tsr_status min_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  return extreme_jvp(b, c, t, out_t, TSR_LT);
}

/* max(x, x) = x */
static tsr_status extreme_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  if (c->in[0].id == c->in[1].id) out[0] = c->in[0];
  return tsr_builder_status(b);
}

const tsr_rules tsri_max_rules = {.infer = tsri_infer_same,
                                  .jvp = max_jvp,
                                  .batch = tsri_batch_elementwise,
                                  .simplify = extreme_simplify};
const tsr_rules tsri_min_rules = {.infer = tsri_infer_same,
                                  .jvp = min_jvp,
                                  .batch = tsri_batch_elementwise,
                                  .simplify = extreme_simplify};

/* dhigh where max(x, low) > high, else dlow where x < low, else dx. */
static tsr_status clamp_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                            tsr_value *out_t) {
  const tsr_value low = c->in[0], x = c->in[1], high = c->in[2];
  out_t[0] = TSR_ZERO_VALUE;
  if (tsri_is_all_zero(t, 3)) return TSR_OK;
  out_t[0] = tsr_select(b, tsr_lt(b, x, low), t[0], t[1]);
  out_t[0] = tsr_select(b, tsr_gt(b, tsr_max(b, x, low), high), t[2], out_t[0]);
  return tsr_builder_status(b);
}

const tsr_rules tsri_clamp_rules = {
    .infer = tsri_infer_same, .jvp = clamp_jvp, .batch = tsri_batch_elementwise};

/* ---- rem ---- */

/* dz = dx - q dy, q = trunc(x / y). Rounding (x - z) / y finds q even where x / y itself
 * rounds to the next whole number.
 */
static tsr_status rem_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  out_t[0] = t[0];
  if (tsri_is_zero(t[1])) return TSR_OK;
  const tsr_value quotient = tsr_div(b, tsr_sub(b, c->in[0], c->out[0]), c->in[1]);
  out_t[0] = tsr_sub(b, t[0], tsr_mul(b, tsr_round_nearest_even(b, quotient), t[1]));
  return tsr_builder_status(b);
}

const tsr_rules tsri_rem_rules = {
    .infer = tsri_infer_same, .jvp = rem_jvp, .batch = tsri_batch_elementwise};
