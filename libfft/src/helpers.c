/* helpers.c - lengths, frequencies and shifts: what one needs around a transform. */
#include "fft_internal.h"

#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* ---- lengths ---- */

static tsr_status fit(tsr_builder *b, tsr_arena *arena, tsr_value x, tsr_axes axes, tsr_shape sizes,
                      tsr_value *out) {
  tsr_type type;
  int64_t *list;
  size_t n;
  void *low, *high;
  TSR_TRY(tsr_value_type(b, x, &type));
  TSR_TRY(tsri_fft_axes(arena, "fft_fit", axes, type.rank, &list, &n));
  if (n != sizes.n || (n > 0 && !sizes.data))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "fft_fit: %zu axes, but %zu sizes", n, sizes.n);
  TSR_TRY(tsr_arena_alloc(arena, (size_t)type.rank * sizeof(tsr_dim), &low));
  TSR_TRY(tsr_arena_alloc(arena, (size_t)type.rank * sizeof(tsr_dim), &high));
  bool same = true;
  for (size_t i = 0; i < n; i++) {
    tsr_dim *more = (tsr_dim *)high + list[i];
    if (tsr_dim_is_const(sizes.data[i]) && sizes.data[i].n < 0)
      return TSR_FAIL(TSR_ERR_SHAPE, "fft_fit: size %lld for axis %lld", (long long)sizes.data[i].n,
                      (long long)list[i]);
    TSR_TRY(tsr_dim_sub(b->space, sizes.data[i], type.dims[list[i]], more));
    same &= tsr_dim_is(*more, 0);
  }
  *out = x;
  if (same) return TSR_OK;
  const size_t rank = (size_t)type.rank;
  *out = tsr_pad(b, x, tsr_zeros(b, type.dtype, TSR_NO_SHAPE), (tsr_shape){low, rank},
                 (tsr_shape){high, rank}, TSR_NO_AXES);
  return tsr_builder_status(b);
}

tsr_value tsr_fft_fit(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_shape sizes) {
  tsr_arena arena = {0};
  tsr_value out = TSR_NO_VALUE;
  if (tsr_builder_status(b) != TSR_OK) return out;
  if (tsr_value_is_zero(x)) return x;
  tsr_status status = fit(b, &arena, x, axes, sizes, &out);
  return tsri_fft_done(b, &arena, status, out);
}

/* ---- frequencies ---- */

static tsr_status half_of(tsr_builder *b, tsr_dim n, int64_t more, tsr_dim *out) {
  TSR_TRY(tsr_dim_add(b->space, n, tsr_dim_of(more), out));
  return tsr_dim_div(b->space, *out, tsr_dim_of(2), out);
}

static tsr_status check_frequencies(const char *name, tsr_dtype dtype, tsr_dim n) {
  if (dtype != TSR_F32 && dtype != TSR_F64)
    return TSR_FAIL(TSR_ERR_DTYPE, "%s: frequencies are f32 or f64, not %s", name,
                    tsr_dtype_name(dtype));
  if (tsr_dim_is_const(n) && n.n < 1)
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: length %lld, wanted is 1 or more", name, (long long)n.n);
  return TSR_OK;
}

/* k / (n d) for whole numbers k in i64 */
static tsr_value over_length(tsr_builder *b, tsr_value k, tsr_dtype dtype, tsr_dim n, double d) {
  tsr_value length = tsr_mul(b, tsr_dim_value(b, n, dtype), tsr_scalar(b, d));
  return tsr_div(b, tsr_convert(b, k, dtype), length);
}

tsr_value tsr_fftfreq(tsr_builder *b, tsr_dtype dtype, tsr_dim n, double d) {
  tsr_dim positive;
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_status status = check_frequencies("fftfreq", dtype, n);
  if (status == TSR_OK) status = half_of(b, n, 1, &positive);
  if (tsr_builder_fail(b, status) != TSR_OK) return TSR_NO_VALUE;
  tsr_value k = tsr_iota(b, TSR_I64, TSR_SHAPE(n), 0);
  tsr_value below = tsr_sub(b, k, tsr_dim_value(b, n, TSR_I64));
  tsr_value first = tsr_lt(b, k, tsr_dim_value(b, positive, TSR_I64));
  return over_length(b, tsr_select(b, first, k, below), dtype, n, d);
}

tsr_value tsr_rfftfreq(tsr_builder *b, tsr_dtype dtype, tsr_dim n, double d) {
  tsr_dim half;
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_status status = check_frequencies("rfftfreq", dtype, n);
  if (status == TSR_OK) status = tsri_fft_half(b->space, n, &half);
  if (tsr_builder_fail(b, status) != TSR_OK) return TSR_NO_VALUE;
  return over_length(b, tsr_iota(b, TSR_I64, TSR_SHAPE(half), 0), dtype, n, d);
}

/* ---- shifts ---- */

/* x with its first (n + more) / 2 elements along axis moved to the end */
static tsr_status turn(tsr_builder *b, tsr_arena *arena, int64_t axis, int64_t more, tsr_value *x) {
  tsr_type type;
  tsr_dim at;
  void *zeros, *limit, *start;
  TSR_TRY(tsr_value_type(b, *x, &type));
  TSR_TRY(half_of(b, type.dims[axis], more, &at));
  const size_t rank = (size_t)type.rank, size = rank * sizeof(tsr_dim);
  TSR_TRY(tsr_arena_alloc(arena, size, &zeros));
  TSR_TRY(tsr_arena_alloc(arena, size, &start));
  TSR_TRY(tsr_arena_copy(arena, type.dims, size, &limit));
  const tsr_shape whole = {type.dims, rank};
  ((tsr_dim *)start)[axis] = ((tsr_dim *)limit)[axis] = at;
  tsr_value front =
      tsr_slice(b, *x, (tsr_shape){zeros, rank}, (tsr_shape){limit, rank}, TSR_NO_AXES);
  tsr_value back = tsr_slice(b, *x, (tsr_shape){start, rank}, whole, TSR_NO_AXES);
  *x = tsr_concatenate(b, TSR_VALUES(back, front), axis);
  return tsr_builder_status(b);
}

static tsr_value shift(tsr_builder *b, const char *name, tsr_value x, tsr_axes axes, int64_t more) {
  tsr_arena arena = {0};
  tsr_type type;
  int64_t *list;
  size_t n = 0;
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  if (tsr_value_is_zero(x)) return x;
  tsr_status status = tsr_value_type(b, x, &type);
  if (status == TSR_OK) status = tsri_fft_axes(&arena, name, axes, type.rank, &list, &n);
  for (size_t i = 0; status == TSR_OK && i < n; i++)
    status = turn(b, &arena, list[i], more, &x);
  return tsri_fft_done(b, &arena, status, x);
}

tsr_value tsr_fftshift(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return shift(b, "fftshift", x, axes, 1);
}

tsr_value tsr_ifftshift(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return shift(b, "ifftshift", x, axes, 0);
}
