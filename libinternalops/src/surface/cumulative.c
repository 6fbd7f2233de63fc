/* surface/cumulative.c - running sums, products and extremes along an axis. */
#include "surface/reduction.h"

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

/* z' = log(e^z + e^x), both shifted by the larger without its fraction; where both are -inf
 * so is z', with derivative 0.
 */
static tsr_status add_power(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_value largest = tsr_max(b, in[0], in[1]), zero = tsr_scalar(b, 0);
  const tsr_value shift =
      tsr_select(b, tsr_is_finite(b, largest), tsr_floor(b, largest), zero);
  const tsr_value sum = tsr_add(b, tsr_exp(b, tsr_sub(b, in[0], shift)),
                                tsr_exp(b, tsr_sub(b, in[1], shift)));
  const tsr_value is_zero = tsr_eq(b, sum, zero);
  const tsr_value log = tsr_log(b, tsr_select(b, is_zero, tsr_scalar(b, 1), sum));
  const tsr_value lowest = tsr_scalar(b, -(double)INFINITY);
  out[0] = out[1] = tsr_select(b, is_zero, lowest, tsr_add(b, shift, log));
  return tsr_builder_status(b);
}

tsr_value tsr_cumlogsumexp(tsr_builder *b, tsr_value x, int64_t axis, tsr_scan_order order) {
  tsr_type type;
  tsr_value z[2];
  if (!tsri_type(b, "cumlogsumexp", x, &type) ||
      !tsri_require_dtypes(b, "cumlogsumexp", type.dtype, TSR_DTYPES_REAL, "float") ||
      !tsri_axis_of(b, "cumlogsumexp", axis, type.rank, &axis))
    return TSR_NO_VALUE;
  const tsr_dtype wide = tsri_wide(type.dtype);
  const tsr_dim size = type.dims[axis];
  const tsr_value lines = tsr_batch_front(b, tsr_convert(b, x, wide), (int32_t)axis, size);
  tsr_type line;
  if (!tsri_type(b, "cumlogsumexp", lines, &line)) return TSR_NO_VALUE;
  const tsr_shape slice = tsri_shape_of(line.dims + 1, (size_t)line.rank - 1);
  const tsr_value init = tsr_full(b, wide, slice, -(double)INFINITY);
  if (tsr_scan(b, add_power, NULL, TSR_VALUES(init), TSR_VALUES(lines), size, order, 1, z) !=
      TSR_OK)
    return TSR_NO_VALUE;
  return tsr_convert(b, tsri_batch_at(b, z[1], 0, size, (int32_t)axis), type.dtype);
}
