/* qr.c - a = q r: the op, its rules but the derivative, and the surface. */
#include "linalg_internal.h"

static const char *const kinds[] = {"reduced", "complete", NULL};
static const tsr_attr_field qr_fields[] = {
    {"kind", TSR_ATTR_ENUM, offsetof(tsri_qr_attrs, kind), kinds}
};
static const tsr_attr_class qr_attr_class = {
    .name = "qr", .size = sizeof(tsri_qr_attrs), .n_fields = 1, .fields = qr_fields};

const tsr_op tsri_qr_op = {.name = "tessera.linalg.qr.v1",
                           .synopsis = "(q, r) with a = q r",
                           .jvp = TSR_JVP_RULE,
                           .effect = TSR_EFFECT_CHECKED,
                           .dtypes = TSRI_LAPACK_DTYPES,
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .n_outputs = 2,
                           .attrs = &qr_attr_class};

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsri_qr_attrs *attrs = c->attrs;
  const tsr_type *a = &c->in_type[0];
  tsr_dim k;
  if (attrs->kind != TSR_QR_REDUCED && attrs->kind != TSR_QR_COMPLETE)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: kind %d is neither reduced nor complete", c->op->name,
                    (int)attrs->kind);
  TSR_TRY(tsri_linalg_least_side(c, &k));
  const tsr_dim m = a->dims[a->rank - 2], n = a->dims[a->rank - 1];
  if (attrs->kind == TSR_QR_COMPLETE) k = m;
  TSR_TRY(tsri_linalg_batched_type(c, a->dtype, 2, (const tsr_dim[]){m, k}, &out[0]));
  return tsri_linalg_batched_type(c, a->dtype, 2, (const tsr_dim[]){k, n}, &out[1]);
}

const tsr_rules tsri_qr_rules = {.infer = infer, .jvp = tsri_qr_jvp, .batch = tsri_linalg_batch};

tsr_qr_result tsr_qr(tsr_builder *b, tsr_value a, tsr_qr_kind kind) {
  const tsri_qr_attrs attrs = {kind};
  tsr_value out[2] = {TSR_NO_VALUE, TSR_NO_VALUE};
  (void)tsr_emit(b, &tsri_qr_op, &attrs, TSR_VALUES(a), out);
  return (tsr_qr_result){out[0], out[1]};
}
