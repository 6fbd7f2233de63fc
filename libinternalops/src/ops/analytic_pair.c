/* analytic_pair.c - rules of analytic functions of two operands: pow and atan2. */
#include "ops/ops_internal.h"

/* dz = y x^(y - 1) dx + z log x dy. At x = 0 the second slope is 0 (z does not depend on y
 * there, as long as y > 0), and so is the first when y = 0. log of a negative x is NaN: a
 * real power of a negative number has no derivative in its exponent.
 */
static tsr_status pow_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  tsr_value by_x = TSR_ZERO_VALUE, by_y = TSR_ZERO_VALUE;
  out_t[0] = TSR_ZERO_VALUE;
  if (tsri_is_all_zero(t, 2)) return TSR_OK;
  const tsr_value x = c->in[0], y = c->in[1], zero = tsr_scalar(b, 0), one = tsr_scalar(b, 1);
  const tsr_value at_zero = tsr_eq(b, x, zero);
  if (!tsri_is_zero(t[0])) {
    const tsr_value origin = tsr_and(b, at_zero, tsr_eq(b, y, zero));
    const tsr_value base = tsr_select(b, origin, one, x);
    by_x = tsr_mul(b, tsr_mul(b, y, tsr_pow(b, base, tsr_sub(b, y, one))), t[0]);
  }
  if (!tsri_is_zero(t[1])) {
    const tsr_value base = tsr_select(b, at_zero, one, x);
    by_y = tsr_mul(b, tsr_mul(b, c->out[0], tsr_log(b, base)), t[1]);
  }
  out_t[0] = tsr_add(b, by_x, by_y);
  return tsr_builder_status(b);
}

/* x^0 = 1, x^1 = x, x^2 = x x */
static tsr_status pow_simplify(tsr_builder *b, const tsr_call *c, tsr_value *out) {
  const tsr_value x = c->in[0], y = c->in[1];
  if (tsri_is_splat_of(b, y, 0))
    out[0] = tsr_ones_like(b, x);
  else if (tsri_is_splat_of(b, y, 1))
    out[0] = x;
  else if (tsri_is_splat_of(b, y, 2))
    out[0] = tsr_mul(b, x, x);
  return tsr_builder_status(b);
}

const tsr_rules tsri_pow_rules = {.infer = tsri_infer_same,
                                  .jvp = pow_jvp,
                                  .batch = tsri_batch_elementwise,
                                  .simplify = pow_simplify};

/* dz = (x / r) dy - (y / r) dx, r = x^2 + y^2; operands are (y, x). NaN at the origin. */
static tsr_status atan2_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                            tsr_value *out_t) {
  const tsr_value y = c->in[0], x = c->in[1];
  out_t[0] = TSR_ZERO_VALUE;
  if (tsri_is_all_zero(t, 2)) return TSR_OK;
  const tsr_value r = tsr_add(b, tsr_mul(b, x, x), tsr_mul(b, y, y));
  const tsr_value by_y = tsri_is_zero(t[0]) ? t[0] : tsr_mul(b, tsr_div(b, x, r), t[0]);
  const tsr_value by_x = tsri_is_zero(t[1]) ? t[1] : tsr_mul(b, tsr_div(b, y, r), t[1]);
  out_t[0] = tsr_sub(b, by_y, by_x);
  return tsr_builder_status(b);
}

const tsr_rules tsri_atan2_rules = {
    .infer = tsri_infer_same, .jvp = atan2_jvp, .batch = tsri_batch_elementwise};
