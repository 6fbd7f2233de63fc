/* orthogonal_internal.h - QR, eigenvalues and pseudo-inverses; what derivatives of
 * decompositions share. Included by linalg_internal.h.
 */
#ifndef TSRI_ORTHOGONAL_INTERNAL_H
#define TSRI_ORTHOGONAL_INTERNAL_H

#include "tsr/linalg.h"
#include "tsr/spi/rule.h"

/* (q, r) of a; kind is a tsr_qr_kind */
typedef struct tsri_qr_attrs {
  int32_t kind;
} tsri_qr_attrs;

/* eigenvalues of a, of which the triangle uplo is read; uplo is a tsr_uplo */
typedef struct tsri_eigh_attrs {
  int32_t uplo;
} tsri_eigh_attrs;

extern const tsr_op tsri_qr_op, tsri_eigh_op, tsri_eigh_values_op, tsri_pinv_op;
extern const tsr_rules tsri_qr_rules, tsri_eigh_rules, tsri_eigh_values_rules, tsri_pinv_rules;

/* qr_jvp.c, eigh_jvp.c */
tsr_status tsri_qr_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t);
tsr_status tsri_eigh_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t);
tsr_status tsri_eigh_values_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                                tsr_value *out_t);

/* decomposition.c: rules of ops that take one matrix apart. */
/* in[0]'s leading axes, and behind them n of the given ones */
tsr_status tsri_linalg_batched_type(const tsr_call *c, tsr_dtype dtype, int32_t n,
                                    const tsr_dim *last, tsr_type *out);
/* min(m, n) of in[0], which must be a matrix that LAPACK can count */
tsr_status tsri_linalg_least_side(const tsr_call *c, tsr_dim *out);
tsr_status tsri_linalg_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *batch,
                             tsr_value *out, int32_t *out_axis);

/* spectrum.c: differences of eigenvalues and singular values. */
/* [.., k, k] 1 / (v_j - v_i), 0 where they differ by no more than the threshold */
tsr_value tsri_linalg_inverse_gaps(tsr_builder *b, tsr_value values, tsr_value threshold);
/* [.., 1] 16 eps times largest [..] */
tsr_value tsri_linalg_threshold(tsr_builder *b, tsr_value largest);
/* ok ? x / y : 0, where y may be anything that is not ok */
tsr_value tsri_linalg_safe_div(tsr_builder *b, tsr_value ok, tsr_value x, tsr_value y);
bool tsri_linalg_is_complex(tsr_builder *b, tsr_value v);
/* Are these sizes known to be equal? Axes count from the last. */
bool tsri_linalg_same_side(tsr_builder *b, tsr_value x, int64_t axis_x, tsr_value y,
                           int64_t axis_y);

#endif /* TSRI_ORTHOGONAL_INTERNAL_H */
