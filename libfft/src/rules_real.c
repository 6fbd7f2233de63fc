/* rules_real.c - the ops r2c and c2r and their rules.
 *
 *   r2c  z[k] = c sum_j x[j] e^(-2 pi i j k / n),          0 <= k <= n / 2
 *   c2r  x[j] = c sum_k m[k] Re(z[k] e^(+2 pi i j k / n)), m = 1 for k = 0 and 2 k = n, else 2
 *
 * The other half of the spectrum of real numbers is the conjugate of this one, which m
 * accounts for. Each is the adjoint of the other but for m: in Re <a, b> the adjoint of r2c
 * sums without m, so it is c2r of z / m, and that of c2r is m times r2c.
 */
#include "fft_internal.h"

#include "tsr/ops.h"

static const tsr_attr_field fields[] = {
    {"axis",    TSR_ATTR_I64,  offsetof(tsri_fft_real_attrs, axis),    NULL                  },
    {"n",       TSR_ATTR_DIM,  offsetof(tsri_fft_real_attrs, n),       NULL                  },
    {"scaling", TSR_ATTR_ENUM, offsetof(tsri_fft_real_attrs, scaling), tsri_fft_scaling_words},
};
static const tsr_attr_class attr_class = {
    .name = "fft_real", .size = sizeof(tsri_fft_real_attrs), .n_fields = 3, .fields = fields};

const tsr_op tsri_fft_r2c_op = {.name = "tessera.fft.r2c.v1",
                                .synopsis =
                                    "z[k] = c sum_j x[j] e^(-2 pi i j k / n), 2 k <= n, x real",
                                .lin = TSR_LIN_JOINT,
                                .lin_inputs = 1,
                                .jvp = TSR_JVP_DERIVED,
                                .effect = TSR_EFFECT_PURE,
                                .dtypes = TSR_BIT(F32) | TSR_BIT(F64),
                                .min_inputs = 1,
                                .max_inputs = 1,
                                .n_outputs = 1,
                                .attrs = &attr_class};

const tsr_op tsri_fft_c2r_op = {.name = "tessera.fft.c2r.v1",
                                .synopsis =
                                    "n real numbers from the first n / 2 + 1 of their spectrum",
                                .lin = TSR_LIN_JOINT,
                                .lin_inputs = 1,
                                .jvp = TSR_JVP_DERIVED,
                                .effect = TSR_EFFECT_PURE,
                                .dtypes = TSR_DTYPES_COMPLEX,
                                .min_inputs = 1,
                                .max_inputs = 1,
                                .n_outputs = 1,
                                .attrs = &attr_class};

tsr_status tsri_fft_half(tsr_dim_space *space, tsr_dim n, tsr_dim *out) {
  TSR_TRY(tsr_dim_div(space, n, tsr_dim_of(2), out));
  return tsr_dim_add(space, *out, tsr_dim_of(1), out);
}

/* ---- infer ---- */

static tsr_status check(const tsr_call *c, tsr_dim wanted) {
  const tsri_fft_real_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  char text[2][80];
  if (a->scaling < 0 || a->scaling > TSRI_FFT_WHOLE)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: there is no scaling %d", c->op->name, (int)a->scaling);
  if (a->axis < 0 || a->axis >= x->rank)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: axis %lld of rank %d", c->op->name, (long long)a->axis,
                    (int)x->rank);
  if (tsr_dim_is_const(a->n) && a->n.n < 1)
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: length %lld, wanted is 1 or more", c->op->name,
                    (long long)a->n.n);
  if (!tsr_dim_same(c->context->space, x->dims[a->axis], wanted))
    return TSR_FAIL(TSR_ERR_SHAPE, "%s: axis %lld has size %s, wanted is %s", c->op->name,
                    (long long)a->axis, tsr_dim_format(x->dims[a->axis], text[0], sizeof text[0]),
                    tsr_dim_format(wanted, text[1], sizeof text[1]));
  return TSR_OK;
}

/* The operand's shape with one size replaced. */
static tsr_status with_size(const tsr_call *c, tsr_dtype dtype, tsr_dim size, tsr_type *out) {
  const tsri_fft_real_attrs *a = c->attrs;
  const tsr_type *x = &c->in_type[0];
  tsr_arena arena = {0};
  void *memory;
  tsr_status status = tsr_arena_copy(&arena, x->dims, (size_t)x->rank * sizeof *x->dims, &memory);
  if (status == TSR_OK) {
    ((tsr_dim *)memory)[a->axis] = size;
    status = tsr_type_make(c, dtype, x->rank, memory, out);
  }
  tsr_arena_deinit(&arena);
  return status;
}

static tsr_status infer_r2c(const tsr_call *c, tsr_type *out) {
  const tsri_fft_real_attrs *a = c->attrs;
  tsr_dim half;
  tsr_dtype dtype;
  TSR_TRY(check(c, a->n));
  TSR_TRY(tsri_fft_half(c->context->space, a->n, &half));
  TSR_TRY(tsr_dtype_complex(c->in_type[0].dtype, &dtype));
  return with_size(c, dtype, half, out);
}

static tsr_status infer_c2r(const tsr_call *c, tsr_type *out) {
  const tsri_fft_real_attrs *a = c->attrs;
  tsr_dim half;
  TSR_TRY(tsri_fft_half(c->context->space, a->n, &half));
  TSR_TRY(check(c, half));
  return with_size(c, tsr_dtype_real(c->in_type[0].dtype), a->n, out);
}

/* ---- transpose, batch ---- */

/* z times factor, except at k = 0 and 2 k = n */
static tsr_value weigh(tsr_builder *b, const tsri_fft_real_attrs *a, tsr_value z, double factor) {
  tsr_type type;
  if (tsr_value_type(b, z, &type) != TSR_OK) return TSR_NO_VALUE;
  const tsr_shape shape = {type.dims, (size_t)type.rank};
  tsr_value k = tsr_iota(b, TSR_I64, shape, a->axis);
  tsr_value n = tsr_dim_value(b, a->n, TSR_I64);
  tsr_value edge = tsr_or(b, tsr_eq(b, k, tsr_scalar(b, 0)), tsr_eq(b, tsr_add(b, k, k), n));
  return tsr_select(b, edge, z, tsr_mul(b, z, tsr_scalar(b, factor)));
}

static tsr_status transpose_r2c(tsr_builder *b, const tsr_call *c, const bool *linear,
                                const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  in_ct[0] = ct[0];
  if (tsr_value_is_zero(ct[0])) return TSR_OK;
  tsr_value z = weigh(b, c->attrs, ct[0], 0.5);
  in_ct[0] = tsr_emit1(b, &tsri_fft_c2r_op, c->attrs, TSR_VALUES(z));
  return tsr_builder_status(b);
}

static tsr_status transpose_c2r(tsr_builder *b, const tsr_call *c, const bool *linear,
                                const tsr_value *ct, tsr_value *in_ct) {
  (void)linear;
  in_ct[0] = ct[0];
  if (tsr_value_is_zero(ct[0])) return TSR_OK;
  tsr_value z = tsr_emit1(b, &tsri_fft_r2c_op, c->attrs, TSR_VALUES(ct[0]));
  in_ct[0] = weigh(b, c->attrs, z, 2);
  return tsr_builder_status(b);
}

static tsr_status batch(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, tsr_value *out,
                        int32_t *out_axis) {
  tsri_fft_real_attrs attrs = *(const tsri_fft_real_attrs *)c->attrs;
  attrs.axis += attrs.axis >= batch->axis[0];
  out_axis[0] = batch->axis[0];
  return tsr_emit(b, c->op, &attrs, TSR_VALUES(c->in[0]), out);
}

const tsr_rules tsri_fft_r2c_rules = {
    .infer = infer_r2c, .transpose = transpose_r2c, .batch = batch};
const tsr_rules tsri_fft_c2r_rules = {
    .infer = infer_c2r, .transpose = transpose_c2r, .batch = batch};
