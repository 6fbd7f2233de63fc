/* fft.c - registration, and the complex transforms. */
#include "fft_internal.h"

#include <stdlib.h>

#include "tsr/ops.h"

tsr_status tsr_fft_register(tsr_runtime *rt) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "fft: runtime is NULL");
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_fft_op, &tsri_fft_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_fft_r2c_op, &tsri_fft_r2c_rules));
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_fft_c2r_op, &tsri_fft_c2r_rules));
  if (!tsr_runtime_backend_spi(rt, "cpu")) return TSR_OK;
  return tsr_runtime_add_kernels(rt, "cpu", tsri_fft_cpu_kernels, tsri_fft_cpu_kernel_count);
}

static int compare_axes(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

tsr_status tsri_fft_emit(tsr_builder *b, tsr_arena *arena, tsri_fft_direction direction,
                         int32_t scaling, const int64_t *axes, size_t n, tsr_value x,
                         tsr_value *out) {
  void *sorted;
  TSR_TRY(tsr_arena_copy(arena, axes, n * sizeof *axes, &sorted));
  qsort(sorted, n, sizeof *axes, compare_axes);
  const tsri_fft_attrs attrs = {
      {sorted, n},
      direction, scaling
  };
  return tsr_emit(b, &tsri_fft_op, &attrs, TSR_VALUES(x), out);
}

tsr_value tsri_fft_done(tsr_builder *b, tsr_arena *arena, tsr_status status, tsr_value out) {
  tsr_arena_deinit(arena);
  return tsr_builder_fail(b, status) == TSR_OK ? out : TSR_NO_VALUE;
}

static tsr_status build(tsr_builder *b, tsr_arena *arena, const char *name,
                        tsri_fft_direction direction, tsr_value x, tsr_axes axes, tsr_fft_norm norm,
                        tsr_value *out) {
  tsr_type type;
  tsr_dtype dtype;
  int32_t scaling;
  int64_t *list;
  size_t n;
  TSR_TRY(tsri_fft_scaling_of(name, direction, norm, &scaling));
  TSR_TRY(tsr_value_type(b, x, &type));
  TSR_TRY_MSG(tsr_dtype_complex(type.dtype, &dtype), "building %s: convert the operand first",
              name);
  TSR_TRY(tsri_fft_axes(arena, name, axes, type.rank, &list, &n));
  if (type.dtype != dtype) x = tsr_convert(b, x, dtype);
  return tsri_fft_emit(b, arena, direction, scaling, list, n, x, out);
}

static tsr_value transform(tsr_builder *b, const char *name, tsri_fft_direction direction,
                           tsr_value x, tsr_axes axes, tsr_fft_norm norm) {
  tsr_arena arena = {0};
  tsr_value out = TSR_NO_VALUE;
  if (tsr_builder_status(b) != TSR_OK) return out;
  if (tsr_value_is_zero(x)) return x;
  tsr_status status = build(b, &arena, name, direction, x, axes, norm, &out);
  return tsri_fft_done(b, &arena, status, out);
}

tsr_value tsr_fft(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_fft_norm norm) {
  return transform(b, "fft", TSRI_FFT_FORWARD, x, axes, norm);
}

tsr_value tsr_ifft(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_fft_norm norm) {
  return transform(b, "ifft", TSRI_FFT_BACKWARD, x, axes, norm);
}
