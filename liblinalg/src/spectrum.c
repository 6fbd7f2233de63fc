/* spectrum.c - differences of eigenvalues and singular values: what derivatives of
 * decompositions are made of. Operations latch.
 */
#include "linalg_internal.h"

#include <float.h>

#include "tsr/ops.h"
#include "tsr/spi/builder.h"

static tsr_dtype dtype_of(tsr_builder *b, tsr_value v) {
  tsr_type type;
  return tsr_builder_fail(b, tsr_value_type(b, v, &type)) == TSR_OK ? type.dtype : TSR_F64;
}

bool tsri_linalg_is_complex(tsr_builder *b, tsr_value v) {
  return tsr_dtype_kind(dtype_of(b, v)) == TSR_KIND_COMPLEX;
}

bool tsri_linalg_same_side(tsr_builder *b, tsr_value x, int64_t axis_x, tsr_value y,
                           int64_t axis_y) {
  return tsr_dim_same(b->space, tsr_value_dim(b, x, axis_x), tsr_value_dim(b, y, axis_y));
}

tsr_value tsri_linalg_safe_div(tsr_builder *b, tsr_value ok, tsr_value x, tsr_value y) {
  tsr_value quotient = tsr_div(b, x, tsr_select(b, ok, y, tsr_scalar(b, 1)));
  return tsr_select(b, ok, quotient, tsr_scalar(b, 0));
}

tsr_value tsri_linalg_threshold(tsr_builder *b, tsr_value largest) {
  const double eps = dtype_of(b, largest) == TSR_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  return tsr_mul(b, tsr_expand_dims(b, largest, TSR_AXES(-1)), tsr_scalar(b, 16 * eps));
}

tsr_value tsri_linalg_inverse_gaps(tsr_builder *b, tsr_value values, tsr_value threshold) {
  tsr_value gap = tsr_sub(b, tsri_linalg_as_row(b, values), tsri_linalg_as_column(b, values));
  tsr_value size = tsr_select(b, tsr_gt(b, gap, tsr_scalar(b, 0)), gap, tsr_neg(b, gap));
  tsr_value apart = tsr_gt(b, size, tsri_linalg_as_column(b, threshold));
  return tsri_linalg_safe_div(b, apart, tsr_scalar(b, 1), gap);
}
