/* eigh.c - a = v diag(w) v^H: the two ops, their rules but the derivative, and the surface. */
#include "linalg_internal.h"

#include "tsr/spi/graph.h"

static const char *const triangles[] = {"lower", "upper", NULL};
static const tsr_attr_field eigh_fields[] = {
    {"uplo", TSR_ATTR_ENUM, offsetof(tsri_eigh_attrs, uplo), triangles}
};
static const tsr_attr_class eigh_attr_class = {
    .name = "eigh", .size = sizeof(tsri_eigh_attrs), .n_fields = 1, .fields = eigh_fields};

const tsr_op tsri_eigh_op = {.name = "tessera.linalg.eigh.v1",
                             .synopsis = "(w, v) with a = v diag(w) v^H, a hermitian",
                             .jvp = TSR_JVP_RULE,
                             .effect = TSR_EFFECT_CHECKED,
                             .dtypes = TSRI_LAPACK_DTYPES,
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .n_outputs = 2,
                             .attrs = &eigh_attr_class};

const tsr_op tsri_eigh_values_op = {.name = "tessera.linalg.eigh_values.v1",
                                    .synopsis = "w, the eigenvalues of a hermitian a, ascending",
                                    .jvp = TSR_JVP_RULE,
                                    .effect = TSR_EFFECT_CHECKED,
                                    .dtypes = TSRI_LAPACK_DTYPES,
                                    .min_inputs = 1,
                                    .max_inputs = 1,
                                    .n_outputs = 1,
                                    .attrs = &eigh_attr_class};

static tsr_status infer_values(const tsr_call *c, tsr_type *out) {
  const tsri_eigh_attrs *attrs = c->attrs;
  const tsr_type *a = &c->in_type[0];
  if (attrs->uplo != TSR_LOWER && attrs->uplo != TSR_UPPER)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: uplo %d is neither lower nor upper", c->op->name,
                    (int)attrs->uplo);
  TSR_TRY(tsr_require_min_rank(c, 0, 2));
  TSR_TRY(tsr_require_same_dim(c, 0, a->rank - 2, 0, a->rank - 1));
  TSR_TRY(tsri_require_lapack_size(c, 0));
  return tsr_type_make(c, tsr_dtype_real(a->dtype), a->rank - 1, a->dims, &out[0]);
}

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  TSR_TRY(infer_values(c, &out[0]));
  return tsr_type_make(c, a->dtype, a->rank, a->dims, &out[1]);
}

static tsr_status prune(tsr_builder *b, const tsr_call *c, const bool *live, tsr_value *out) {
  if (live[1] || !live[0]) return TSR_OK;
  out[0] = tsr_emit1(b, &tsri_eigh_values_op, c->attrs, TSR_VALUES(c->in[0]));
  return tsr_builder_status(b);
}

const tsr_rules tsri_eigh_rules = {
    .infer = infer, .jvp = tsri_eigh_jvp, .batch = tsri_linalg_batch, .prune = prune};
const tsr_rules tsri_eigh_values_rules = {
    .infer = infer_values, .jvp = tsri_eigh_values_jvp, .batch = tsri_linalg_batch};

tsr_eigh_result tsr_eigh(tsr_builder *b, tsr_value a, tsr_uplo uplo) {
  const tsri_eigh_attrs attrs = {uplo};
  tsr_value out[2] = {TSR_NO_VALUE, TSR_NO_VALUE};
  (void)tsr_emit(b, &tsri_eigh_op, &attrs, TSR_VALUES(a), out);
  return (tsr_eigh_result){out[0], out[1]};
}

/* A trace asks for everything: a derivative will want the vectors, and what stays unused is
 * pruned when the program is compiled.
 */
tsr_value tsr_eigvalsh(tsr_builder *b, tsr_value a, tsr_uplo uplo) {
  const tsri_eigh_attrs attrs = {uplo};
  if (tsr_builder_is_trace(b)) return tsr_eigh(b, a, uplo).w;
  return tsr_emit1(b, &tsri_eigh_values_op, &attrs, TSR_VALUES(a));
}
