/* surface/cumulative.c - running sums, products and extremes along an axis. */
#include "surface/reduction.h"

#include <float.h>
#include <math.h>

#define CUMULATE(ID, name)                                                                         \
  tsr_value tsr_##name(tsr_builder *b, tsr_value x, int64_t axis, tsr_scan_order order) {          \
    return cumulate(b, TSR_OP_##ID, x, axis, order);                                               \
  }

static tsr_value cumulate(tsr_builder *b, tsr_op_id id, tsr_value x, int64_t axis,
                          tsr_scan_order order) {
  const char *name = tsr_op_core(id)->name;
  tsr_type type;
  if (tsr_value_is_zero(x) && id == TSR_OP_CUMSUM) return x;
  if (!tsri_type(b, name, x, &type) || !tsri_axis_of(b, name, axis, type.rank, &axis))
    return TSR_NO_VALUE;
  const tsr_cumulative_attrs attrs = {axis, order == TSR_SCAN_REVERSE};
  return tsri_emit(b, id, &attrs, TSR_VALUES(x));
}

CUMULATE(CUMSUM, cumsum)
CUMULATE(CUMPROD, cumprod)
CUMULATE(CUMMAX, cummax)
CUMULATE(CUMMIN, cummin)
#undef CUMULATE

/* ---- cumlogsumexp ---- */

/* The sum of powers so far is sum e^shift, where shift is the largest x without its fraction,
 * within the range of the dtype: exact, and locally constant, so derivatives see a constant.
 */
static tsr_status add_power(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  const double largest = *(const double *)ctx;
  const tsr_value shift = in[0], sum = in[1], x = in[2];
  const tsr_value whole =
      tsr_clamp(b, tsr_scalar(b, -largest), tsr_floor(b, x), tsr_scalar(b, largest));
  out[0] = out[2] = tsr_max(b, shift, whole);
  out[1] = out[3] = tsr_add(b, tsr_mul(b, sum, tsr_exp(b, tsr_sub(b, shift, out[0]))),
                            tsr_exp(b, tsr_sub(b, x, out[0])));
  return tsr_builder_status(b);
}

/* shift + log sum; -inf, of derivative 0, where the sum is 0. */
static tsr_value log_of(tsr_builder *b, tsr_value shift, tsr_value sum) {
  const tsr_value is_zero = tsr_eq(b, sum, tsr_scalar(b, 0));
  const tsr_value log = tsr_log(b, tsr_select(b, is_zero, tsr_scalar(b, 1), sum));
  return tsr_select(b, is_zero, tsr_scalar(b, -(double)INFINITY), tsr_add(b, shift, log));
}

/* x with the axis at the front. */
static tsr_value sum_powers(tsr_builder *b, tsr_value x, tsr_scan_order order) {
  tsr_type type;
  tsr_value out[4];
  if (!tsri_type(b, "cumlogsumexp", x, &type)) return TSR_NO_VALUE;
  double largest = type.dtype == TSR_F32 ? (double)FLT_MAX : DBL_MAX;
  const tsr_shape slice = tsri_shape_of(type.dims + 1, (size_t)type.rank - 1);
  const tsr_value shift = tsr_full(b, type.dtype, slice, -largest);
  const tsr_value sum = tsr_zeros(b, type.dtype, slice);
  if (tsr_scan(b, add_power, &largest, TSR_VALUES(shift, sum), TSR_VALUES(x), type.dims[0], order,
               2, out) != TSR_OK)
    return TSR_NO_VALUE;
  return log_of(b, out[2], out[3]);
}

tsr_value tsr_cumlogsumexp(tsr_builder *b, tsr_value x, int64_t axis, tsr_scan_order order) {
  tsr_type type;
  if (!tsri_type(b, "cumlogsumexp", x, &type) ||
      !tsri_require_dtypes(b, "cumlogsumexp", type.dtype, TSR_DTYPES_REAL, "float") ||
      !tsri_axis_of(b, "cumlogsumexp", axis, type.rank, &axis))
    return TSR_NO_VALUE;
  const tsr_dim size = type.dims[axis];
  x = tsr_batch_front(b, tsr_convert(b, x, tsri_wide(type.dtype)), (int32_t)axis, size);
  const tsr_value z = tsri_batch_at(b, sum_powers(b, x, order), 0, size, (int32_t)axis);
  return tsr_convert(b, z, type.dtype);
}
