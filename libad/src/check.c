/* check.c - what is refused before anything is differentiated. */
#include "ad_internal.h"

tsr_status tsri_check_entries(const char *who, const char *what, const void *data, size_t n) {
  if (n > 0 && !data) return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %zu %s, but no list", who, n, what);
  return TSR_OK;
}

tsr_status tsri_check_loss(const char *who, const tsr_type *type) {
  char text[128];
  tsr_kind kind = tsr_dtype_kind(type->dtype);
  tsr_type_format(type, text, sizeof text);
  if (kind == TSR_KIND_COMPLEX)
    return TSR_FAIL(TSR_ERR_DTYPE,
                    "%s: the loss is %s, a gradient needs a real one: take its real part or "
                    "|z|^2, or give tsr_vjp a cotangent",
                    who, text);
  if (kind != TSR_KIND_REAL)
    return TSR_FAIL(TSR_ERR_DTYPE, "%s: the loss is %s, only float and complex have derivatives",
                    who, text);
  if (type->rank != 0)
    return TSR_FAIL(TSR_ERR_SHAPE,
                    "%s: the loss is %s, must have rank 0: sum it, or give tsr_vjp a cotangent",
                    who, text);
  return TSR_OK;
}

tsr_status tsri_check_active(const char *who, size_t index, const tsr_type *type) {
  char text[128];
  if (tsr_dtype_is_active(type->dtype)) return TSR_OK;
  return TSR_FAIL(TSR_ERR_DTYPE, "%s: value %zu is %s, only float and complex have derivatives",
                  who, index, tsr_type_format(type, text, sizeof text));
}

tsr_status tsri_check_partner(tsr_builder *b, const char *who, const char *what, size_t index,
                              tsr_value v, const tsr_type *type) {
  tsr_type have;
  char got[128], want[128];
  if (tsr_value_is_zero(v)) return TSR_OK;
  TSR_TRY(tsr_value_type(b, v, &have));
  if (tsr_type_same(b->space, &have, type)) return TSR_OK;
  return TSR_FAIL(have.dtype == type->dtype ? TSR_ERR_SHAPE : TSR_ERR_DTYPE,
                  "%s: %s %zu is %s, must be %s", who, what, index,
                  tsr_type_format(&have, got, sizeof got),
                  tsr_type_format(type, want, sizeof want));
}

tsr_value tsri_or_zeros(tsr_builder *b, tsr_value v, const tsr_type *type) {
  tsr_shape shape = {type->dims, (size_t)type->rank};
  return tsr_value_is_zero(v) ? tsr_zeros(b, type->dtype, shape) : v;
}

void tsri_none(tsr_value *out, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    out[i] = TSR_NO_VALUE;
}
