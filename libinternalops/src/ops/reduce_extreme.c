/* reduce_extreme.c - z = largest or smallest of x over axes, NaN if there is one.
 *
 *   dz = mean of dx over the places where x attains z
 *
 * A subgradient that treats ties alike. The places of a NaN are those of the NaNs.
 * Tangents elsewhere do not enter, not even as 0 * inf. Nothing is attained over no
 * elements: dz = 0.
 */
#include "reduce.h"

static bool may_be_empty(const tsr_call *c) {
  const tsr_reduce_attrs *a = c->attrs;
  for (size_t i = 0; i < a->axes.n; i++) {
    const tsr_dim size = c->in_type[0].dims[a->axes.data[i]];
    if (!tsr_dim_is_const(size) || size.n == 0) return true;
  }
  return false;
}

/* Counts and sums of half precision stay exact, respectively finite, in single. */
static tsr_dtype wide(tsr_dtype dtype) { return tsr_dtype_size(dtype) < 4 ? TSR_F32 : dtype; }

static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_reduce_attrs *a = c->attrs;
  const tsr_dtype dtype = c->in_type[0].dtype;
  const tsr_value x = c->in[0];
  out_t[0] = t[0];
  if (tsr_value_is_zero(t[0])) return TSR_OK;
  const tsr_value is_extreme = tsr_eq(b, x, tsri_reduce_spread(b, c, c->out[0]));
  const tsr_value attained =
      tsr_select(b, is_extreme, tsr_full(b, TSR_BOOL, TSR_NO_SHAPE, 1.0), tsr_ne(b, x, x));
  tsr_value count = tsr_reduce_sum(b, tsr_convert(b, attained, wide(dtype)), a->axes);
  if (may_be_empty(c)) {
    const tsr_value none = tsr_eq(b, count, tsr_scalar(b, 0.0));
    count = tsr_select(b, none, tsr_scalar(b, 1.0), count);
  }
  const tsr_value dx = tsr_convert(b, t[0], wide(dtype));
  const tsr_value zero = tsri_zero_scalar(b, wide(dtype));
  const tsr_value sum = tsr_reduce_sum(b, tsr_select(b, attained, dx, zero), a->axes);
  out_t[0] = tsr_convert(b, tsr_div(b, sum, count), dtype);
  return tsr_builder_status(b);
}

const tsr_rules tsri_reduce_max_rules = {.infer = tsri_reduce_infer,
                                         .jvp = jvp,
                                         .batch = tsri_reduce_batch,
                                         .simplify = tsri_reduce_simplify};
const tsr_rules tsri_reduce_min_rules = {.infer = tsri_reduce_infer,
                                         .jvp = jvp,
                                         .batch = tsri_reduce_batch,
                                         .simplify = tsri_reduce_simplify};
