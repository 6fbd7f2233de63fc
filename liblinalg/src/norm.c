/* norm.c - norms of vectors and matrices.
 *
 * Powers are taken of moduli over a scale next to the largest of them (the smallest, when
 * the power is negative). The scale follows from it by way of floor, which is locally
 * constant: derivatives see a constant, as they should, for the result does not depend on it.
 */
#include "linalg_internal.h"

#include <math.h>

#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* Checks x; its type in *type. */
static bool is_number(tsr_builder *b, const char *name, tsr_value x, tsr_type *type) {
  if (tsr_builder_status(b) != TSR_OK) return false;
  if (tsr_builder_fail(b, tsr_value_type(b, x, type)) != TSR_OK) return false;
  if (tsr_dtype_is_active(type->dtype)) return true;
  (void)tsr_builder_fail(b, TSR_FAIL(TSR_ERR_DTYPE, "%s: dtype %s, wanted is float or complex",
                                     name, tsr_dtype_name(type->dtype)));
  return false;
}

static tsr_value largest(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return tsr_max(b, tsr_reduce_max(b, x, axes), tsr_scalar(b, 0));
}
static tsr_value smallest(tsr_builder *b, tsr_value x, tsr_axes axes) {
  return tsr_neg(b, tsr_reduce_max(b, tsr_neg(b, x), axes));
}

/* ---- vectors ---- */

/* A reduced value back over the axes, of size 1 there. */
static tsr_value over(tsr_builder *b, tsr_value reduced, tsr_axes axes) {
  return axes.n == TSR_ALL_AXES.n ? reduced : tsr_expand_dims(b, reduced, axes);
}

/* y^p, of derivative 0 at 0 */
static tsr_value power(tsr_builder *b, tsr_value y, double p, double at_zero) {
  tsr_value is_zero = tsr_eq(b, y, tsr_scalar(b, 0));
  tsr_value safe = tsr_pow(b, tsr_select(b, is_zero, tsr_scalar(b, 1), y), tsr_scalar(b, p));
  return tsr_select(b, is_zero, tsr_scalar(b, at_zero), safe);
}

/* A number next to extreme and within the range of the normal numbers: near enough that
 * the powers 1e5 (single) and 1e8 (double) of their ratio stay in range.
 */
static tsr_value scale_of(tsr_builder *b, tsr_value extreme, tsr_dtype dtype) {
  const double parts = dtype == TSR_F32 ? 1 << 10 : 1 << 20, top = dtype == TSR_F32 ? 128 : 1024;
  tsr_value fine = tsr_mul(b, tsr_log2(b, extreme), tsr_scalar(b, parts));
  tsr_value exponent = tsr_div(b, tsr_floor(b, fine), tsr_scalar(b, parts));
  return tsr_exp2(b,
                  tsr_clamp(b, tsr_scalar(b, 2 - top), exponent, tsr_scalar(b, top - 2 / parts)));
}

static tsr_value general(tsr_builder *b, tsr_value y, tsr_axes axes, double p, tsr_dtype dtype) {
  const double at_zero = p > 0 ? 0 : INFINITY;
  tsr_value extreme = p > 0 ? largest(b, y, axes) : smallest(b, y, axes);
  tsr_value scale = scale_of(b, extreme, dtype);
  tsr_value powers = power(b, tsr_div(b, y, over(b, scale, axes)), p, at_zero);
  tsr_value root = power(b, tsr_reduce_sum(b, powers, axes), 1 / p, at_zero);
  return tsr_mul(b, root, scale);
}

static tsr_value by_modulus(tsr_builder *b, tsr_value x, tsr_axes axes, double ord,
                            tsr_dtype real) {
  tsr_value y = tsr_abs(b, x);
  if (ord == 1) return tsr_reduce_sum(b, y, axes);
  if (isinf(ord)) return ord > 0 ? largest(b, y, axes) : smallest(b, y, axes);
  const bool is_half = tsr_dtype_size(real) < 4;
  if (is_half) y = tsr_convert(b, y, TSR_F32);
  y = general(b, y, axes, ord, is_half ? TSR_F32 : real);
  return is_half ? tsr_convert(b, y, real) : y;
}

tsr_value tsr_vector_norm(tsr_builder *b, tsr_value x, tsr_axes axes, double ord) {
  tsr_type type;
  if (!is_number(b, "vector_norm", x, &type)) return TSR_NO_VALUE;
  if (isnan(ord)) {
    (void)tsr_builder_fail(b, TSR_FAIL(TSR_ERR_ARGUMENT, "vector_norm: ord is NaN"));
    return TSR_NO_VALUE;
  }
  const tsr_dtype real = tsr_dtype_real(type.dtype);
  if (ord == 2) return tsr_norm2(b, x, axes);
  if (ord != 0) return by_modulus(b, x, axes, ord, real);
  tsr_value is_some = tsr_ne(b, x, tsr_zeros_like(b, x));
  return tsr_reduce_sum(b, tsr_convert(b, is_some, real), axes);
}

/* ---- matrices ---- */

typedef tsr_value (*extreme)(tsr_builder *b, tsr_value x, tsr_axes axes);
typedef enum source {
  ELEMENTS, /* the root of the sum of squares */
  COLUMNS,  /* an extreme of sums of moduli */
  ROWS,
  VALUES, /* an extreme of singular values */
  SUM     /* their sum */
} source;

typedef struct matrix_norm {
  source of;
  extreme take;
} matrix_norm;

static const matrix_norm matrix_norms[TSR_NORM_COUNT] = {
    [TSR_NORM_FRO] = {ELEMENTS, NULL    },
      [TSR_NORM_NUC] = {SUM,      NULL    },
    [TSR_NORM_1] = {COLUMNS,  largest },
      [TSR_NORM_MINUS_1] = {COLUMNS,  smallest},
    [TSR_NORM_2] = {VALUES,   largest },
      [TSR_NORM_MINUS_2] = {VALUES,   smallest},
    [TSR_NORM_INF] = {ROWS,     largest },
      [TSR_NORM_MINUS_INF] = {ROWS,     smallest},
};

tsr_value tsr_matrix_norm(tsr_builder *b, tsr_value a, tsr_matrix_ord ord) {
  tsr_type type;
  if (!is_number(b, "matrix_norm", a, &type)) return TSR_NO_VALUE;
  tsr_status status = TSR_OK;
  if ((uint32_t)ord >= TSR_NORM_COUNT)
    status = TSR_FAIL(TSR_ERR_ARGUMENT, "matrix_norm: ord %d is none of the %d", (int)ord,
                      (int)TSR_NORM_COUNT);
  else if (type.rank < 2)
    status =
        TSR_FAIL(TSR_ERR_SHAPE, "matrix_norm: a has rank %d, wanted is 2 or more", (int)type.rank);
  if (tsr_builder_fail(b, status) != TSR_OK) return TSR_NO_VALUE;
  const matrix_norm *norm = &matrix_norms[ord];
  if (norm->of == ELEMENTS) return tsr_norm2(b, a, TSR_AXES(-2, -1));
  tsr_value terms;
  if (norm->of == COLUMNS || norm->of == ROWS) {
    const int64_t axis = norm->of == COLUMNS ? -2 : -1;
    terms = tsr_reduce_sum(b, tsr_abs(b, a), TSR_AXES(axis));
  } else {
    terms = tsr_svd(b, a, TSR_SVD_VALUES).s;
  }
  if (norm->of == SUM) return tsr_reduce_sum(b, terms, TSR_AXES(-1));
  return norm->take(b, terms, TSR_AXES(-1));
}
