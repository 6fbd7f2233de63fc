/* axes.c - axes counted from either end, and the scaling of a norm. */
#include "fft_internal.h"

#include "tsr/layout.h"

tsr_status tsri_fft_axes(tsr_arena *arena, const char *name, tsr_axes axes, int32_t rank,
                         int64_t **out, size_t *n) {
  const bool all = !axes.data && axes.n == SIZE_MAX;
  *n = all ? (size_t)rank : axes.n;
  if (*n > (size_t)rank)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %zu axes for an operand of rank %d", name, *n,
                    (int)rank);
  if (*n > 0 && !all && !axes.data)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: the list of %zu axes is NULL", name, *n);
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, *n * sizeof(int64_t), &memory));
  int64_t *list = memory;
  for (size_t i = 0; i < *n; i++) {
    int32_t axis = (int32_t)i;
    if (!all) TSR_TRY_MSG(tsr_layout_axis(axes.data[i], rank, &axis), "building %s", name);
    for (size_t k = 0; k < i; k++)
      if (list[k] == axis)
        return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %d is named twice", name, (int)axis);
    list[i] = axis;
  }
  *out = list;
  return TSR_OK;
}

static const int32_t scalings[][3] = {
    [TSRI_FFT_FORWARD] = {TSRI_FFT_PLAIN, TSRI_FFT_SQRT, TSRI_FFT_WHOLE},
    [TSRI_FFT_BACKWARD] = {TSRI_FFT_WHOLE, TSRI_FFT_SQRT, TSRI_FFT_PLAIN},
};

tsr_status tsri_fft_scaling_of(const char *name, tsri_fft_direction direction, tsr_fft_norm norm,
                               int32_t *out) {
  if ((unsigned)norm > TSR_FFT_FORWARD)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: there is no norm %d", name, (int)norm);
  *out = scalings[direction][norm];
  return TSR_OK;
}
