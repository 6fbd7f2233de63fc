/* reduction.h - what sums, means and their kin share. */
#ifndef TSRI_REDUCTION_H
#define TSRI_REDUCTION_H

#include "axes.h"

/* Sums of half precision and what follows them go through single precision. */
static inline tsr_dtype tsri_wide(tsr_dtype dtype) {
  return tsr_dtype_size(dtype) < 4 ? TSR_F32 : dtype;
}

/* tsri_count_less - elements along axes minus less, at least 0, as a rank 0 number of dtype. */
tsr_value tsri_count_less(tsr_builder *b, const tsr_type *type, tsr_axes axes, double less,
                          tsr_dtype dtype);

/* tsri_require_dtypes - latches ERR_DTYPE unless dtype is one of dtypes, described by wanted. */
bool tsri_require_dtypes(tsr_builder *b, const char *name, tsr_dtype dtype, uint32_t dtypes,
                         const char *wanted);

#endif /* TSRI_REDUCTION_H */
