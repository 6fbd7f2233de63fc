/* cumulative_prod.c - z[i] = product of x[0 .. i] along axis.
 *
 *   dz[i] = x[i] dz[i - 1] + z[i - 1] dx[i]
 *
 * by a scan, which is linear in dx: right at zeros, in derivatives of any order.
 */
#include "cumulative.h"
#include "surface/reduction.h"

/* dz' = x dz + source */
static tsr_status step(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = out[1] = tsr_add(b, tsr_mul(b, in[1], in[0]), in[2]);
  return tsr_builder_status(b);
}

/* dz from x and z' dx, with the axis at the front. */
static tsr_value scan(tsr_builder *b, tsr_value x, tsr_value source, tsr_scan_order order) {
  tsr_type type;
  tsr_value out[2];
  if (!tsri_type(b, "cumprod", x, &type)) return TSR_NO_VALUE;
  const tsr_shape slice = tsri_shape_of(type.dims + 1, (size_t)type.rank - 1);
  const tsr_value init = tsr_zeros(b, type.dtype, slice);
  if (tsr_scan(b, step, NULL, TSR_VALUES(init), TSR_VALUES(x, source), type.dims[0], order, 1,
               out) != TSR_OK)
    return TSR_NO_VALUE;
  return out[1];
}

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_cumulative_attrs *a = c->attrs;
  const tsr_scan_order order = tsri_cumulative_order(c);
  const tsr_dtype dtype = c->in_type[0].dtype;
  out_t[0] = t[0];
  if (tsr_value_is_zero(t[0])) return TSR_OK;
  const tsr_dtype wide = tsri_wide(dtype);
  const tsr_dim size = c->in_type[0].dims[a->axis];
  const int32_t axis = (int32_t)a->axis;
  const tsr_value x = tsr_convert(b, c->in[0], wide), dx = tsr_convert(b, t[0], wide);
  const tsr_value z = tsr_cumprod(b, x, axis, order), one = tsr_ones(b, wide, TSR_NO_SHAPE);
  const tsr_value source = tsr_mul(b, tsri_neighbour(b, z, one, axis, order), dx);
  const tsr_value dz =
      scan(b, tsr_batch_front(b, x, axis, size), tsr_batch_front(b, source, axis, size), order);
  out_t[0] = tsr_convert(b, tsri_batch_at(b, dz, 0, size, axis), dtype);
  return tsr_builder_status(b);
}

const tsr_rules tsri_cumprod_rules = {.infer = tsri_cumulative_infer,
                                      .jvp = jvp,
                                      .batch = tsri_cumulative_batch,
                                      .simplify = tsri_cumulative_simplify};
