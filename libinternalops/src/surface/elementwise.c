/* elementwise.c - arithmetic, comparison and selection with promotion and broadcasting. */
#include "surface/surface_internal.h"

/* Both operands are there; the way that eager dispatch takes is the first branch. */
static tsr_value binary(tsr_builder *b, tsr_op_id id, const void *attrs, tsr_value x, tsr_value y) {
  const tsr_op *op = tsr_op_core(id);
  tsr_value v[2] = {x, y};
  tsr_type tx, ty;
  if (tsri_latched(b)) return TSR_NO_VALUE;
  if (!tsri_type(b, op->name, x, &tx) || !tsri_type(b, op->name, y, &ty)) return TSR_NO_VALUE;
  if (!tsri_same_at_a_glance(&tx, &ty)) {
    if (!tsri_promote2(b, op->name, &v[0], &v[1])) return TSR_NO_VALUE;
    if (!tsri_broadcast(b, op->name, 2, v)) return TSR_NO_VALUE;
  }
  return tsr_emit1(b, op, attrs, tsr_values_of(v, 2));
}

static tsr_value unary(tsr_builder *b, tsr_op_id id, tsr_value x) {
  return tsr_emit1(b, tsr_op_core(id), NULL, tsr_values_of(&x, 1));
}

tsr_value tsr_add(tsr_builder *b, tsr_value x, tsr_value y) {
  if (tsri_is_zero(x)) return tsri_unchanged(b, "add", y);
  if (tsri_is_zero(y)) return tsri_unchanged(b, "add", x);
  return binary(b, TSR_OP_ADD, NULL, x, y);
}

tsr_value tsr_sub(tsr_builder *b, tsr_value x, tsr_value y) {
  if (tsri_is_zero(y)) return tsri_unchanged(b, "sub", x);
  if (tsri_is_zero(x)) return tsr_neg(b, y);
  return binary(b, TSR_OP_SUB, NULL, x, y);
}

tsr_value tsr_mul(tsr_builder *b, tsr_value x, tsr_value y) {
  if (tsri_is_zero(x) || tsri_is_zero(y)) return TSR_ZERO_VALUE;
  return binary(b, TSR_OP_MUL, NULL, x, y);
}

tsr_value tsr_div(tsr_builder *b, tsr_value x, tsr_value y) {
  if (tsri_is_zero(x) && !tsri_is_zero(y)) return TSR_ZERO_VALUE;
  return binary(b, TSR_OP_DIV, NULL, x, y);
}

tsr_value tsr_neg(tsr_builder *b, tsr_value x) {
  return tsri_is_zero(x) ? x : unary(b, TSR_OP_NEG, x);
}

tsr_value tsr_compare(tsr_builder *b, tsr_value x, tsr_value y, tsr_direction direction) {
  tsr_compare_attrs attrs = {direction};
  return binary(b, TSR_OP_COMPARE, &attrs, x, y);
}

tsr_value tsr_eq(tsr_builder *b, tsr_value x, tsr_value y) { return tsr_compare(b, x, y, TSR_EQ); }
tsr_value tsr_ne(tsr_builder *b, tsr_value x, tsr_value y) { return tsr_compare(b, x, y, TSR_NE); }
tsr_value tsr_lt(tsr_builder *b, tsr_value x, tsr_value y) { return tsr_compare(b, x, y, TSR_LT); }
tsr_value tsr_le(tsr_builder *b, tsr_value x, tsr_value y) { return tsr_compare(b, x, y, TSR_LE); }
tsr_value tsr_gt(tsr_builder *b, tsr_value x, tsr_value y) { return tsr_compare(b, x, y, TSR_GT); }
tsr_value tsr_ge(tsr_builder *b, tsr_value x, tsr_value y) { return tsr_compare(b, x, y, TSR_GE); }

tsr_value tsr_select(tsr_builder *b, tsr_value p, tsr_value x, tsr_value y) {
  tsr_value v[3] = {p, x, y};
  if (tsri_is_all_zero(&v[1], 2)) return TSR_ZERO_VALUE;
  if (tsri_is_zero(x) || tsri_is_zero(y)) { /* the zero is a number of its partner's dtype */
    tsr_type type;
    if (!tsri_type(b, "select", tsri_is_zero(x) ? y : x, &type)) return TSR_NO_VALUE;
    v[tsri_is_zero(x) ? 1 : 2] = tsri_number(b, &(tsr_number){.dtype = TSR_I64}, type.dtype);
  }
  if (tsri_latched(b) || !tsri_promote2(b, "select", &v[1], &v[2])) return TSR_NO_VALUE;
  if (!tsri_broadcast(b, "select", 3, v)) return TSR_NO_VALUE;
  return tsr_emit1(b, tsr_op_core(TSR_OP_SELECT), NULL, tsr_values_of(v, 3));
}

tsr_value tsr_where(tsr_builder *b, tsr_value p, tsr_value x, tsr_value y) {
  return tsr_select(b, p, x, y);
}

/* ---- order, whole numbers, bits ---- */

tsr_value tsr_abs(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ABS, x); }
tsr_value tsr_sign(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_SIGN, x); }
tsr_value tsr_max(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_MAX, NULL, x, y);
}
tsr_value tsr_min(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_MIN, NULL, x, y);
}
tsr_value tsr_rem(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_REM, NULL, x, y);
}

tsr_value tsr_clamp(tsr_builder *b, tsr_value low, tsr_value x, tsr_value high) {
  tsr_value v[3] = {low, x, high};
  if (tsri_latched(b)) return TSR_NO_VALUE;
  if (!tsri_promote2(b, "clamp", &v[1], &v[0]) || !tsri_promote2(b, "clamp", &v[1], &v[2]) ||
      !tsri_promote2(b, "clamp", &v[0], &v[1]) || !tsri_broadcast(b, "clamp", 3, v))
    return TSR_NO_VALUE;
  return tsr_emit1(b, tsr_op_core(TSR_OP_CLAMP), NULL, tsr_values_of(v, 3));
}

/* x itself, if there is anything to clip in it. */
static tsr_value unclipped(tsr_builder *b, tsr_value x) {
  tsr_type type;
  if (!tsri_type(b, "clip", x, &type)) return TSR_NO_VALUE;
  if (TSR_DTYPES_ORDERED >> type.dtype & 1) return x;
  return tsri_refuse(b, TSR_FAIL(TSR_ERR_DTYPE, "clip: %s has no order: integers or floats do",
                                 tsr_dtype_name(type.dtype)));
}

tsr_value tsr_clip(tsr_builder *b, tsr_value x, tsr_value low, tsr_value high) {
  if (tsr_value_is_none(low))
    return tsr_value_is_none(high) ? unclipped(b, x) : tsr_min(b, x, high);
  return tsr_value_is_none(high) ? tsr_max(b, x, low) : tsr_clamp(b, low, x, high);
}

tsr_value tsr_floor(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_FLOOR, x); }
tsr_value tsr_ceil(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_CEIL, x); }
tsr_value tsr_trunc(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_TRUNC, x); }
tsr_value tsr_round_nearest_even(tsr_builder *b, tsr_value x) {
  return unary(b, TSR_OP_ROUND_NEAREST_EVEN, x);
}
tsr_value tsr_is_finite(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_IS_FINITE, x); }
tsr_value tsr_not(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_NOT, x); }
tsr_value tsr_and(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_AND, NULL, x, y);
}
tsr_value tsr_or(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_OR, NULL, x, y);
}
tsr_value tsr_xor(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_XOR, NULL, x, y);
}
tsr_value tsr_shift_left(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_SHIFT_LEFT, NULL, x, y);
}
tsr_value tsr_shift_right_arithmetic(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_SHIFT_RIGHT_ARITHMETIC, NULL, x, y);
}
tsr_value tsr_shift_right_logical(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_SHIFT_RIGHT_LOGICAL, NULL, x, y);
}

/* ---- analytic functions ---- */

tsr_value tsr_exp(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_EXP, x); }
tsr_value tsr_sin(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_SIN, x); }
tsr_value tsr_cos(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_COS, x); }
tsr_value tsr_expm1(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_EXPM1, x); }
tsr_value tsr_log(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_LOG, x); }
tsr_value tsr_log1p(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_LOG1P, x); }
tsr_value tsr_sqrt(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_SQRT, x); }
tsr_value tsr_rsqrt(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_RSQRT, x); }
tsr_value tsr_tan(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_TAN, x); }
tsr_value tsr_tanh(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_TANH, x); }
tsr_value tsr_sinh(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_SINH, x); }
tsr_value tsr_cosh(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_COSH, x); }
tsr_value tsr_logistic(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_LOGISTIC, x); }
tsr_value tsr_exp2(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_EXP2, x); }
tsr_value tsr_log2(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_LOG2, x); }
tsr_value tsr_log10(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_LOG10, x); }
tsr_value tsr_cbrt(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_CBRT, x); }
tsr_value tsr_asin(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ASIN, x); }
tsr_value tsr_acos(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ACOS, x); }
tsr_value tsr_atan(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ATAN, x); }
tsr_value tsr_asinh(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ASINH, x); }
tsr_value tsr_acosh(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ACOSH, x); }
tsr_value tsr_atanh(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ATANH, x); }
tsr_value tsr_erf(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ERF, x); }
tsr_value tsr_erfc(tsr_builder *b, tsr_value x) { return unary(b, TSR_OP_ERFC, x); }
tsr_value tsr_pow(tsr_builder *b, tsr_value x, tsr_value y) {
  return binary(b, TSR_OP_POW, NULL, x, y);
}
tsr_value tsr_atan2(tsr_builder *b, tsr_value y, tsr_value x) {
  return binary(b, TSR_OP_ATAN2, NULL, y, x);
}

/* ---- dtypes and complex numbers ---- */

tsr_value tsr_convert(tsr_builder *b, tsr_value x, tsr_dtype dtype) {
  tsr_type type;
  if (tsri_is_zero(x)) return x;
  if (!tsri_type(b, "convert", x, &type)) return TSR_NO_VALUE;
  if (type.dtype == dtype) return x;
  tsr_convert_attrs attrs = {dtype};
  return tsr_emit1(b, tsr_op_core(TSR_OP_CONVERT), &attrs, TSR_VALUES(x));
}

/* A part of x: by an op when x is complex, otherwise x itself or zeros. */
static tsr_value part(tsr_builder *b, tsr_op_id id, uint32_t accepted, tsr_value x) {
  const tsr_op *op = tsr_op_core(id);
  tsr_type type;
  if (tsri_is_zero(x)) return x;
  if (!tsri_type(b, op->name, x, &type)) return TSR_NO_VALUE;
  if (tsr_dtype_kind(type.dtype) == TSR_KIND_COMPLEX) return unary(b, id, x);
  if (!(accepted >> type.dtype & 1))
    return tsri_refuse(b, TSR_FAIL(TSR_ERR_DTYPE,
                                   "%s: operand is %s, wanted is a float or complex "
                                   "dtype",
                                   op->name, tsr_dtype_name(type.dtype)));
  return id == TSR_OP_IMAG ? tsri_zeros(b, &type) : x;
}

tsr_value tsr_real(tsr_builder *b, tsr_value x) {
  return part(b, TSR_OP_REAL, TSR_DTYPES_FIELD, x);
}
tsr_value tsr_imag(tsr_builder *b, tsr_value x) {
  return part(b, TSR_OP_IMAG, TSR_DTYPES_FIELD, x);
}
tsr_value tsr_conj(tsr_builder *b, tsr_value x) {
  return part(b, TSR_OP_CONJ, TSR_DTYPES_NUMERIC, x);
}

tsr_value tsr_complex(tsr_builder *b, tsr_value x, tsr_value y) {
  if (tsri_is_zero(x) && tsri_is_zero(y)) return TSR_ZERO_VALUE;
  if (tsri_is_zero(x)) x = tsr_zeros_like(b, y);
  if (tsri_is_zero(y)) y = tsr_zeros_like(b, x);
  return binary(b, TSR_OP_COMPLEX, NULL, x, y);
}
