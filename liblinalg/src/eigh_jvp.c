/* eigh_jvp.c - the derivative of the eigenvalue decomposition of a hermitian matrix.
 *
 *   dP = v^H dA v,   dw_i = dP_ii,   dv = v (R dP),   R_ij = 1 / (w_j - w_i)
 *
 * (R dP element by element). dA is hermitian and made of the triangle of da that belongs to
 * the one that is read. R_ij is 0 where the values count as equal, and on the diagonal: the
 * phases of the vectors are free. (Magnus, "On differentiating eigenvalues and
 * eigenvectors", 1985.)
 */
#include "linalg_internal.h"

#include "tsr/ops.h"

typedef struct context {
  tsr_value w, v;
  tsr_value ga;       /* [.., n, n] v^H dA */
  tsr_value diagonal; /* [.., n] dP_ii */
} context;

/* dA = S + S^H + Re D, of the part S of one triangle and the diagonal D */
static tsr_value hermitian(tsr_builder *b, tsr_value da, tsr_uplo uplo) {
  tsr_value side = tsri_linalg_triangle(b, da, uplo, TSRI_STRICT);
  tsr_value diagonal = tsr_triu(b, tsr_tril(b, da, 0), 0);
  if (tsri_linalg_is_complex(b, da))
    diagonal = tsr_mul(b, tsr_add(b, diagonal, tsr_conj(b, diagonal)), tsr_scalar(b, 0.5));
  return tsr_add(b, tsr_add(b, side, tsri_linalg_adjoint(b, side)), diagonal);
}

/* dP_ii = sum_j (v^H dA)_ij v_ji */
static void project(tsr_builder *b, context *x, tsr_value da) {
  tsr_value vh = tsri_linalg_adjoint(b, x->v);
  x->ga = tsr_matmul(b, vh, da);
  x->diagonal = tsr_reduce_sum(b, tsr_mul(b, x->ga, tsr_conj(b, vh)), TSR_AXES(-1));
}

tsr_status tsri_eigh_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsri_eigh_attrs *attrs = c->attrs;
  context x = {.w = c->out[0], .v = c->out[1]};
  project(b, &x, hermitian(b, t[0], (tsr_uplo)attrs->uplo));
  tsr_value largest = tsr_reduce_max(b, tsr_abs(b, x.w), TSR_AXES(-1));
  tsr_value gaps = tsri_linalg_inverse_gaps(b, x.w, tsri_linalg_threshold(b, largest));
  tsr_value turn = tsr_mul(b, tsr_matmul(b, x.ga, x.v), gaps);
  out_t[0] = tsr_real(b, x.diagonal);
  out_t[1] = tsr_matmul(b, x.v, turn);
  return tsr_builder_status(b);
}

/* The vectors are needed after all; with w they come from one decomposition. */
tsr_status tsri_eigh_values_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t,
                                tsr_value *out_t) {
  const tsri_eigh_attrs *attrs = c->attrs;
  tsr_value d[2];
  TSR_TRY(tsr_emit(b, &tsri_eigh_op, attrs, TSR_VALUES(c->in[0]), d));
  context x = {.w = d[0], .v = d[1]};
  project(b, &x, hermitian(b, t[0], (tsr_uplo)attrs->uplo));
  out_t[0] = tsr_real(b, x.diagonal);
  return tsr_builder_status(b);
}
