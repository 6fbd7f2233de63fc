/* svd.c - a = u diag(s) vt: the two ops, their rules but the derivative, and the surface. */
#include "linalg_internal.h"

#include "tsr/spi/graph.h"

static const char *const kinds[] = {"reduced", "full", NULL};
static const tsr_attr_field svd_fields[] = {
    {"kind", TSR_ATTR_ENUM, offsetof(tsri_svd_attrs, kind), kinds}
};
static const tsr_attr_class svd_attr_class = {
    .name = "svd", .size = sizeof(tsri_svd_attrs), .n_fields = 1, .fields = svd_fields};

const tsr_op tsri_svd_op = {.name = "tessera.linalg.svd.v1",
                            .synopsis = "(u, s, vt) with a = u diag(s) vt",
                            .jvp = TSR_JVP_RULE,
                            .effect = TSR_EFFECT_CHECKED,
                            .dtypes = TSRI_LAPACK_DTYPES,
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .n_outputs = 3,
                            .attrs = &svd_attr_class};

const tsr_op tsri_svd_values_op = {.name = "tessera.linalg.svd_values.v1",
                                   .synopsis = "s, the singular values of a, descending",
                                   .jvp = TSR_JVP_RULE,
                                   .effect = TSR_EFFECT_CHECKED,
                                   .dtypes = TSRI_LAPACK_DTYPES,
                                   .min_inputs = 1,
                                   .max_inputs = 1,
                                   .n_outputs = 1};

/* ---- types ---- */

static tsr_status infer_values(const tsr_call *c, tsr_type *out) {
  tsr_dim k;
  TSR_TRY(tsri_linalg_least_side(c, &k));
  return tsri_linalg_batched_type(c, tsr_dtype_real(c->in_type[0].dtype), 1, &k, &out[0]);
}

static tsr_status infer_svd(const tsr_call *c, tsr_type *out) {
  const tsri_svd_attrs *attrs = c->attrs;
  if (attrs->kind != TSR_SVD_REDUCED && attrs->kind != TSR_SVD_FULL)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: kind %d is neither reduced nor full", c->op->name,
                    (int)attrs->kind);
  TSR_TRY(infer_values(c, &out[1]));
  const tsr_type *a = &c->in_type[0];
  tsr_dim m = a->dims[a->rank - 2], n = a->dims[a->rank - 1];
  tsr_dim k = out[1].dims[out[1].rank - 1];
  bool full = attrs->kind == TSR_SVD_FULL;
  const tsr_dim u[] = {m, full ? m : k}, vt[] = {full ? n : k, n};
  TSR_TRY(tsri_linalg_batched_type(c, a->dtype, 2, u, &out[0]));
  return tsri_linalg_batched_type(c, a->dtype, 2, vt, &out[2]);
}

/* ---- pruning ---- */

static tsr_status prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  if (live[0] || live[2] || !live[1]) return TSR_OK;
  out[1] = tsr_emit1(b, &tsri_svd_values_op, NULL, TSR_VALUES(c->in[0]));
  return tsr_builder_status(b);
}

const tsr_rules tsri_svd_rules = {
    .infer = infer_svd, .jvp = tsri_svd_jvp, .batch = tsri_linalg_batch, .prune = prune};
const tsr_rules tsri_svd_values_rules = {
    .infer = infer_values, .jvp = tsri_svd_values_jvp, .batch = tsri_linalg_batch};

/* ---- surface ---- */

/* A trace asks for everything: derivatives may want u and vt, and what stays unused is
 * pruned when the program is compiled. An eager scope computes no more than was asked for.
 */
tsr_svd_result tsr_svd(tsr_builder *b, tsr_value a, tsr_svd_kind kind) {
  tsr_value out[3] = {TSR_NO_VALUE, TSR_NO_VALUE, TSR_NO_VALUE};
  bool values = kind == TSR_SVD_VALUES;
  if (values && !tsr_builder_is_trace(b)) {
    out[1] = tsr_emit1(b, &tsri_svd_values_op, NULL, TSR_VALUES(a));
  } else {
    const tsri_svd_attrs attrs = {values ? TSR_SVD_REDUCED : kind};
    (void)tsr_emit(b, &tsri_svd_op, &attrs, TSR_VALUES(a), out);
  }
  tsr_svd_result result = {out[0], out[1], out[2]};
  if (values) result.u = result.vt = TSR_NO_VALUE;
  return result;
}
