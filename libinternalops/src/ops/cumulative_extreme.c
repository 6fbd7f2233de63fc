/* cumulative_extreme.c - z[i] = largest or smallest of x[0 .. i] along axis, NaN from the first on.
 *
 *   dz[i] = dx[k], where k is the first place with x[k] = z[i], or of a NaN
 *
 * k is the last place up to i at which z became another number.
 */
#include "cumulative.h"

/* The places where z takes its value from x: the first one, and wherever x is none of what
 * was there before, unless that was NaN.
 */
static tsr_value is_taken(tsr_builder *b, const tsr_call *c, tsr_value place) {
  const tsr_cumulative_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  const tsr_scan_order order = tsri_cumulative_order(c);
  const tsr_value last =
      tsr_sub(b, tsr_dim_value(b, x->dims[a->axis], TSR_I64), tsr_scalar_int(b, 1));
  const tsr_value first = order == TSR_SCAN_FORWARD ? tsr_scalar_int(b, 0) : last;
  const tsr_value before =
      tsri_neighbour(b, c->out[0], tsri_zero_scalar(b, x->dtype), a->axis, order);
  const tsr_value was_number = tsr_eq(b, before, before);
  const tsr_value changes = tsr_and(b, was_number, tsr_ne(b, c->out[0], before));
  return tsr_or(b, tsr_eq(b, place, first), changes);
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_cumulative_attrs *a = c->attrs;
  const tsr_scan_order order = tsri_cumulative_order(c);
  out_t[0] = t[0];
  if (tsr_value_is_zero(t[0])) return TSR_OK;
  const tsr_value place = tsr_iota(b, TSR_I64, tsri_type_shape(&c->in_type[0]), a->axis);
  const tsr_value never = tsr_scalar_int(b, order == TSR_SCAN_FORWARD ? -1 : INT64_MAX);
  const tsr_value taken = tsr_select(b, is_taken(b, c, place), place, never);
  const tsr_value at = order == TSR_SCAN_FORWARD ? tsr_cummax(b, taken, a->axis, order)
                                                 : tsr_cummin(b, taken, a->axis, order);
  out_t[0] = tsr_take_along_axis(b, t[0], at, a->axis);
  return tsr_builder_status(b);
}

const tsr_rules tsri_cummax_rules = {.infer = tsri_cumulative_infer,
                                     .jvp = jvp,
                                     .batch = tsri_cumulative_batch,
                                     .simplify = tsri_cumulative_simplify};
const tsr_rules tsri_cummin_rules = {.infer = tsri_cumulative_infer,
                                     .jvp = jvp,
                                     .batch = tsri_cumulative_batch,
                                     .simplify = tsri_cumulative_simplify};
