/* fft.c - registration, and the surface: axes counted from either end, real input converted. */
#include "fft_internal.h"

#include <stdlib.h>

#include "tsr/arena.h"
#include "tsr/layout.h"
#include "tsr/ops.h"

tsr_status tsr_fft_register(tsr_runtime *rt) {
  if (!rt) return TSR_FAIL(TSR_ERR_ARGUMENT, "fft: runtime is NULL");
  TSR_TRY(tsr_runtime_add_op(rt, &tsri_fft_op, &tsri_fft_rules));
  if (!tsr_runtime_backend_spi(rt, "cpu")) return TSR_OK;
  return tsr_runtime_add_kernels(rt, "cpu", tsri_fft_cpu_kernels, tsri_fft_cpu_kernel_count);
}

static int compare_axes(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Axes in [0, rank), distinct and rising. */
static tsr_status normalise(tsr_arena *arena, const char *name, tsr_axes axes, int32_t rank,
                            tsr_axes *out) {
  const bool all = !axes.data && axes.n == SIZE_MAX;
  const size_t n = all ? (size_t)rank : axes.n;
  if (n > (size_t)rank)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %zu axes for an operand of rank %d", name, n, (int)rank);
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, n * sizeof(int64_t), &memory));
  int64_t *list = memory;
  for (size_t i = 0; i < n; i++) {
    int32_t axis = (int32_t)i;
    if (!all) TSR_TRY_MSG(tsr_layout_axis(axes.data[i], rank, &axis), "building %s", name);
    list[i] = axis;
  }
  qsort(list, n, sizeof *list, compare_axes);
  for (size_t i = 1; i < n; i++)
    if (list[i] == list[i - 1])
      return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %lld is named twice", name, (long long)list[i]);
  *out = (tsr_axes){list, n};
  return TSR_OK;
}

static tsr_status build(tsr_builder *b, tsr_arena *arena, const char *name, tsr_value x,
                        tsr_axes axes, tsri_fft_attrs *attrs, tsr_value *out) {
  tsr_type type;
  tsr_dtype dtype;
  TSR_TRY(tsr_value_type(b, x, &type));
  TSR_TRY_MSG(tsr_dtype_complex(type.dtype, &dtype), "building %s: convert the operand first",
              name);
  TSR_TRY(normalise(arena, name, axes, type.rank, &attrs->axes));
  if (type.dtype != dtype) x = tsr_convert(b, x, dtype);
  return tsr_emit(b, &tsri_fft_op, attrs, TSR_VALUES(x), out);
}

/* Which factor a norm puts on a direction. */
static const int32_t scalings[][3] = {
    [TSRI_FFT_FORWARD] = {TSRI_FFT_PLAIN, TSRI_FFT_SQRT, TSRI_FFT_WHOLE},
    [TSRI_FFT_BACKWARD] = {TSRI_FFT_WHOLE, TSRI_FFT_SQRT, TSRI_FFT_PLAIN},
};

static tsr_value transform(tsr_builder *b, const char *name, tsri_fft_direction direction,
                           tsr_value x, tsr_axes axes, tsr_fft_norm norm) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  if (tsr_value_is_zero(x)) return x;
  tsr_arena arena = {0};
  tsr_value out = TSR_NO_VALUE;
  tsr_status status = TSR_OK;
  if ((unsigned)norm > TSR_FFT_FORWARD)
    status = TSR_FAIL(TSR_ERR_ARGUMENT, "%s: there is no norm %d", name, (int)norm);
  if (status == TSR_OK) {
    tsri_fft_attrs attrs = {.direction = direction, .scaling = scalings[direction][norm]};
    status = build(b, &arena, name, x, axes, &attrs, &out);
  }
  tsr_arena_deinit(&arena);
  return tsr_builder_fail(b, status) == TSR_OK ? out : TSR_NO_VALUE;
}

tsr_value tsr_fft(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_fft_norm norm) {
  return transform(b, "fft", TSRI_FFT_FORWARD, x, axes, norm);
}

tsr_value tsr_ifft(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_fft_norm norm) {
  return transform(b, "ifft", TSRI_FFT_BACKWARD, x, axes, norm);
}
