/* creation.c - constants, numbers, counting and sizes as values. */
#include "surface/surface_internal.h"

static tsr_value constant(tsr_builder *b, const tsr_object *tensor) {
  tsr_constant_attrs attrs = {tensor};
  return tsr_emit1(b, tsr_op_core(TSR_OP_CONSTANT), &attrs, TSR_NO_VALUES);
}

tsr_value tsr_constant(tsr_builder *b, tsr_tensor *tensor) {
  return constant(b, (const tsr_object *)(const void *)tensor);
}

tsr_value tsri_number(tsr_builder *b, const tsr_number *number, tsr_dtype dtype) {
  tsr_literal *literal;
  if (tsri_latched(b)) return TSR_NO_VALUE;
  tsr_status status = tsr_literal_of_number(number, dtype, &literal);
  if (status != TSR_OK) return tsri_refuse(b, status);
  tsr_value v = constant(b, &literal->object);
  tsr_literal_release(literal);
  return v;
}

tsr_value tsri_fill(tsr_builder *b, const tsr_type *type, const tsr_number *number) {
  tsr_value v = tsri_number(b, number, type->dtype);
  return type->rank == 0 ? v : tsri_broadcast_value(b, v, type->rank, type->dims);
}

tsr_value tsri_zeros(tsr_builder *b, const tsr_type *type) {
  return tsri_fill(b, type, &(tsr_number){.dtype = TSR_I64});
}

/* ---- numbers ---- */

static tsr_value weak(tsr_builder *b, tsr_number number) {
  tsr_value v = tsri_number(b, &number, number.dtype);
  tsri_weak_add(b, v, &number);
  return tsri_latched(b) ? TSR_NO_VALUE : v;
}

tsr_value tsr_scalar(tsr_builder *b, double value) {
  return weak(b, (tsr_number){.dtype = TSR_F64, .re = value});
}
tsr_value tsr_scalar_int(tsr_builder *b, int64_t value) {
  return weak(b, (tsr_number){.dtype = TSR_I64, .i = value});
}
tsr_value tsr_scalar_complex(tsr_builder *b, double re, double im) {
  return weak(b, (tsr_number){.dtype = TSR_C128, .re = re, .im = im});
}

/* ---- constants everywhere ---- */

static tsr_value full(tsr_builder *b, const char *name, tsr_dtype dtype, tsr_shape shape,
                      const tsr_number *number) {
  if (tsri_latched(b)) return TSR_NO_VALUE;
  if (shape.n > INT32_MAX)
    return tsri_refuse(b, TSR_FAIL(TSR_ERR_LIMIT, "%s: rank %zu is too large", name, shape.n));
  tsr_type type = {dtype, (int32_t)shape.n, shape.data};
  return tsri_fill(b, &type, number);
}

tsr_value tsr_full(tsr_builder *b, tsr_dtype dtype, tsr_shape shape, double value) {
  return full(b, "full", dtype, shape, &(tsr_number){.dtype = TSR_F64, .re = value});
}
tsr_value tsr_zeros(tsr_builder *b, tsr_dtype dtype, tsr_shape shape) {
  return full(b, "zeros", dtype, shape, &(tsr_number){.dtype = TSR_I64});
}
tsr_value tsr_ones(tsr_builder *b, tsr_dtype dtype, tsr_shape shape) {
  return full(b, "ones", dtype, shape, &(tsr_number){.dtype = TSR_I64, .i = 1});
}

tsr_value tsr_zeros_like(tsr_builder *b, tsr_value x) {
  tsr_type type;
  return tsri_type(b, "zeros_like", x, &type) ? tsri_zeros(b, &type) : TSR_NO_VALUE;
}
tsr_value tsr_ones_like(tsr_builder *b, tsr_value x) {
  tsr_type type;
  if (!tsri_type(b, "ones_like", x, &type)) return TSR_NO_VALUE;
  return tsri_fill(b, &type, &(tsr_number){.dtype = TSR_I64, .i = 1});
}

/* ---- counting and sizes ---- */

tsr_value tsr_iota(tsr_builder *b, tsr_dtype dtype, tsr_shape shape, int64_t axis) {
  int32_t at;
  if (tsri_latched(b)) return TSR_NO_VALUE;
  tsr_status status = shape.n <= INT32_MAX
                          ? tsr_layout_axis(axis, (int32_t)shape.n, &at)
                          : TSR_FAIL(TSR_ERR_LIMIT, "rank %zu is too large", shape.n);
  if (status != TSR_OK) return tsri_refuse(b, tsr_annotate(status, "building iota"));
  tsr_iota_attrs attrs = {dtype, shape, at};
  return tsr_emit1(b, tsr_op_core(TSR_OP_IOTA), &attrs, TSR_NO_VALUES);
}

tsr_value tsr_dim_value(tsr_builder *b, tsr_dim dim, tsr_dtype dtype) {
  tsr_dim_size_attrs attrs = {dim, dtype};
  return tsr_emit1(b, tsr_op_core(TSR_OP_DIM_SIZE), &attrs, TSR_NO_VALUES);
}
