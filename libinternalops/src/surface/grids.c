/* grids.c - arrays whose elements follow from their index. */
#include "axes.h"
#include "surface/reduction.h"

static tsr_status check_length(const char *name, tsr_dim n) {
  if (!tsr_dim_is_const(n) || n.n >= 0) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "%s: length %lld, wanted is 0 or more", name, (long long)n.n);
}

static bool is_grid_dtype(tsr_builder *b, const char *name, tsr_dtype dtype, uint32_t dtypes,
                          const char *wanted) {
  return !tsri_latched(b) && tsri_require_dtypes(b, name, dtype, dtypes, wanted);
}

tsr_value tsr_arange(tsr_builder *b, tsr_dtype dtype, double start, double step, tsr_dim n) {
  if (!is_grid_dtype(b, "arange", dtype, TSR_DTYPES_NUMERIC, "numeric")) return TSR_NO_VALUE;
  if (tsr_builder_fail(b, check_length("arange", n)) != TSR_OK) return TSR_NO_VALUE;
  const tsr_dtype wide = tsri_wide(dtype);
  const bool is_real = tsr_dtype_kind(dtype) == TSR_KIND_REAL;
  tsr_value i = tsr_iota(b, is_real ? wide : dtype, TSR_SHAPE(n), 0);
  tsr_value z = tsr_add(b, tsr_mul(b, i, tsr_scalar(b, step)), tsr_scalar(b, start));
  return tsr_convert(b, z, dtype);
}

/* From both ends, so that each is met exactly: start + 2 i h below the middle, and
 * stop - 2 (n - 1 - i) h above, where h is half a step; the whole range may be out of range.
 */
tsr_value tsr_linspace(tsr_builder *b, tsr_dtype dtype, double start, double stop, tsr_dim n) {
  if (!is_grid_dtype(b, "linspace", dtype, TSR_DTYPES_REAL, "float")) return TSR_NO_VALUE;
  if (tsr_builder_fail(b, check_length("linspace", n)) != TSR_OK) return TSR_NO_VALUE;
  const tsr_dtype wide = tsri_wide(dtype);
  const tsr_value one = tsr_scalar(b, 1), i = tsr_iota(b, wide, TSR_SHAPE(n), 0);
  const tsr_value last = tsr_sub(b, tsr_dim_value(b, n, wide), one), back = tsr_sub(b, last, i);
  const tsr_value half = tsr_div(b, tsr_scalar(b, stop / 2 - start / 2), tsr_max(b, last, one));
  const tsr_value up = tsr_mul(b, tsr_add(b, i, i), half);
  const tsr_value down = tsr_mul(b, tsr_add(b, back, back), half);
  const tsr_value low = tsr_add(b, tsr_scalar(b, start), up);
  const tsr_value high = tsr_sub(b, tsr_scalar(b, stop), down);
  return tsr_convert(b, tsr_select(b, tsr_le(b, i, back), low, high), dtype);
}

tsr_value tsr_eye(tsr_builder *b, tsr_dtype dtype, tsr_dim m, tsr_dim n, int64_t k) {
  if (tsri_latched(b)) return TSR_NO_VALUE;
  const tsr_shape shape = TSR_SHAPE(m, n);
  const tsr_value row = tsr_iota(b, TSR_I64, shape, 0), column = tsr_iota(b, TSR_I64, shape, 1);
  const tsr_value on = tsr_eq(b, tsr_sub(b, column, row), tsr_scalar_int(b, k));
  return tsr_select(b, on, tsr_ones(b, dtype, shape), tsr_zeros(b, dtype, shape));
}

tsr_value tsr_one_hot(tsr_builder *b, tsr_value indices, tsr_dim n, tsr_dtype dtype) {
  tsr_type type;
  tsr_value out = TSR_NO_VALUE;
  if (!tsri_type(b, "one_hot", indices, &type) ||
      !tsri_require_dtypes(b, "one_hot", type.dtype, TSR_DTYPES_INTEGER, "integer") ||
      tsr_builder_fail(b, check_length("one_hot", n)) != TSR_OK)
    return TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  const size_t rank = (size_t)type.rank;
  tsr_dim *dims = tsri_room_dims(&room, rank + 1);
  if (!room.failed) {
    for (size_t k = 0; k < rank; k++)
      dims[k] = type.dims[k];
    dims[rank] = n;
    const tsr_shape shape = tsri_shape_of(dims, rank + 1);
    /* every integer dtype but u64 fits i64, and there what does not is no index either */
    const tsr_value at = tsr_expand_dims(b, tsr_convert(b, indices, TSR_I64), TSR_AXES(-1));
    const tsr_value place = tsr_iota(b, TSR_I64, shape, (int64_t)rank);
    out =
        tsr_select(b, tsr_eq(b, place, at), tsr_ones(b, dtype, shape), tsr_zeros(b, dtype, shape));
  }
  (void)tsri_room_leave(&room);
  return out;
}
