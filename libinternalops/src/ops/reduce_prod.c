/* reduce_prod.c - z = product of x over axes.
 *
 *   dz = sum_i dx_i prod_{j < i} x_j prod_{j > i} x_j
 *
 * with both products accumulated from their end: nothing is divided by x, so zeros, several
 * of them too, need no care, in the derivatives of this as well. One axis at a time.
 */
#include "cumulative.h"
#include "reduce.h"
#include "surface/reduction.h"

/* The tangent of the product of x along axis, of tangent dx. */
static tsr_value along(tsr_builder *b, tsr_value x, tsr_value dx, int64_t axis) {
  tsr_type type;
  if (!tsri_type(b, "reduce_prod", x, &type)) return TSR_NO_VALUE;
  const tsr_value one = tsr_ones(b, type.dtype, TSR_NO_SHAPE);
  const tsr_value before =
      tsr_cumprod(b, tsri_neighbour(b, x, one, axis, TSR_SCAN_FORWARD), axis, TSR_SCAN_FORWARD);
  const tsr_value after =
      tsr_cumprod(b, tsri_neighbour(b, x, one, axis, TSR_SCAN_REVERSE), axis, TSR_SCAN_REVERSE);
  return tsr_reduce_sum(b, tsr_mul(b, tsr_mul(b, before, after), dx), TSR_AXES(axis));
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_reduce_attrs *a = c->attrs;
  const tsr_dtype dtype = c->in_type[0].dtype;
  out_t[0] = t[0];
  if (tsr_value_is_zero(t[0])) return TSR_OK;
  tsr_value x = tsr_convert(b, c->in[0], tsri_wide(dtype));
  tsr_value dx = tsr_convert(b, t[0], tsri_wide(dtype));
  for (int64_t k = c->in_type[0].rank; k-- > 0;) { /* from the last: the others keep their names */
    if (!tsri_axes_has(a->axes, k)) continue;
    dx = along(b, x, dx, k);
    x = tsr_reduce_prod(b, x, TSR_AXES(k));
  }
  out_t[0] = tsr_convert(b, dx, dtype);
  return tsr_builder_status(b);
}

const tsr_rules tsri_reduce_prod_rules = {.infer = tsri_reduce_infer,
                                          .jvp = jvp,
                                          .batch = tsri_reduce_batch,
                                          .simplify = tsri_reduce_simplify};
