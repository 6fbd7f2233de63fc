/* surface/reduction.c - sums, products, means, extremes. */
#include "surface/reduction.h"

/* Reductions name their axes in ascending order. */
static tsr_value reduce(tsr_builder *b, tsr_op_id id, tsr_value x, tsr_axes axes) {
  tsr_type type;
  if (!tsri_type(b, tsr_op_core(id)->name, x, &type)) return TSR_NO_VALUE;
  tsr_value out = TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  if (tsri_axes_from(&room, tsr_op_core(id)->name, axes, type.rank, &axes)) {
    int64_t *sorted = tsri_room_axes(&room, axes.n);
    if (!room.failed) {
      for (size_t i = 0; i < axes.n; i++)
        sorted[i] = axes.data[i];
      tsri_axes_sort(sorted, axes.n);
      const tsr_reduce_attrs attrs = {tsri_axes_of(sorted, axes.n)};
      out = axes.n == 0 ? x : tsri_emit(b, id, &attrs, TSR_VALUES(x));
    }
  }
  (void)tsri_room_leave(&room);
  return out;
}

tsr_value tsr_reduce_sum(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return tsr_value_is_zero(x) ? x : reduce(b, TSR_OP_REDUCE_SUM, x, axes);
}

#define REDUCE(ID, name)                                                                           \
  tsr_value tsr_reduce_##name(tsr_builder *b, tsr_value x, tsr_axes axes) {                        \
    return reduce(b, TSR_OP_REDUCE_##ID, x, axes);                                                 \
  }
REDUCE(PROD, prod)
REDUCE(MAX, max)
REDUCE(MIN, min)
REDUCE(AND, and)
REDUCE(OR, or)
#undef REDUCE

/* Integers below 64 bits with room for their sums. */
static tsr_value widened(tsr_builder *b, tsr_value x, tsr_dtype dtype) {
  const uint32_t bit = UINT32_C(1) << dtype;
  if (bit & TSR_DTYPES_SIGNED) x = tsr_convert(b, x, TSR_I64);
  if (bit & TSR_DTYPES_UNSIGNED) x = tsr_convert(b, x, TSR_U64);
  return x;
}

tsr_value tsr_sum(tsr_builder *b, tsr_value x, tsr_axes axes) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "sum", x, &type)) return TSR_NO_VALUE;
  return tsr_reduce_sum(b, widened(b, x, type.dtype), axes);
}

tsr_value tsr_prod(tsr_builder *b, tsr_value x, tsr_axes axes) {
  tsr_type type;
  if (!tsri_type(b, "prod", x, &type)) return TSR_NO_VALUE;
  return tsr_reduce_prod(b, widened(b, x, type.dtype), axes);
}

/* Whatever is not zero counts as true. */
tsr_value tsr_all(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return tsr_reduce_and(b, tsr_convert(b, x, TSR_BOOL), axes);
}

tsr_value tsr_any(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return tsr_reduce_or(b, tsr_convert(b, x, TSR_BOOL), axes);
}

tsr_value tsri_count_less(tsr_builder *b, const tsr_type *type, tsr_axes axes, double less,
                          tsr_dtype dtype) {
  tsr_dim count = tsr_dim_of(1);
  for (size_t i = 0; i < axes.n; i++)
    tsr_builder_fail(b, tsr_dim_mul(b->space, count, type->dims[axes.data[i]], &count));
  if (tsr_dim_is_const(count))
    return tsr_scalar(b, (double)count.n > less ? (double)count.n - less : 0);
  const tsr_value n = tsr_dim_value(b, count, dtype);
  if (less == 0) return n;
  return tsr_max(b, tsr_sub(b, n, tsr_scalar(b, less)), tsr_scalar(b, 0));
}

bool tsri_require_dtypes(tsr_builder *b, const char *name, tsr_dtype dtype, uint32_t dtypes,
                         const char *wanted) {
  if ((size_t)dtype < TSR_DTYPE_COUNT && (dtypes >> dtype & 1)) return true;
  tsr_builder_fail(b, TSR_FAIL(TSR_ERR_DTYPE, "%s: %s is not %s: convert it", name,
                               tsr_dtype_name(dtype), wanted));
  return false;
}

static tsr_value mean_of(tsri_room *room, tsr_value x, const tsr_type *type, tsr_axes axes) {
  tsr_builder *b = room->b;
  const tsr_dtype wide = tsri_wide(type->dtype);
  if (!tsri_axes_from(room, "mean", axes, type->rank, &axes)) return TSR_NO_VALUE;
  const tsr_value n = tsri_count_less(b, type, axes, 0, wide);
  const tsr_value sum = tsr_reduce_sum(b, tsr_convert(b, x, wide), axes);
  return tsr_convert(b, tsr_div(b, sum, n), type->dtype);
}

tsr_value tsr_mean(tsr_builder *b, tsr_value x, tsr_axes axes) {
  tsr_type type;
  if (tsr_value_is_zero(x)) return x;
  if (!tsri_type(b, "mean", x, &type)) return TSR_NO_VALUE;
  if (!tsri_require_dtypes(b, "mean", type.dtype, TSR_DTYPES_FIELD, "float or complex"))
    return TSR_NO_VALUE;
  tsri_room room;
  tsri_room_enter(&room, b);
  const tsr_value out = mean_of(&room, x, &type, axes);
  (void)tsri_room_leave(&room);
  return out;
}

static tsr_value arg_reduce(tsr_builder *b, tsr_op_id id, tsr_value x, int64_t axis) {
  const char *name = tsr_op_core(id)->name;
  tsr_type type;
  tsr_arg_reduce_attrs attrs;
  if (!tsri_type(b, name, x, &type) || !tsri_axis_of(b, name, axis, type.rank, &attrs.axis))
    return TSR_NO_VALUE;
  return tsri_emit(b, id, &attrs, TSR_VALUES(x));
}

tsr_value tsr_argmax(tsr_builder *b, tsr_value x, int64_t axis) {
  return arg_reduce(b, TSR_OP_ARGMAX, x, axis);
}
tsr_value tsr_argmin(tsr_builder *b, tsr_value x, int64_t axis) {
  return arg_reduce(b, TSR_OP_ARGMIN, x, axis);
}
