/* qr_jvp.c - the derivative of the QR decomposition.
 *
 *   X = da1 r1^-1,   B = q^H X,   W = L - L^H + i Im D
 *   dq = X - q (B - W),   dr = q^H da - W r
 *
 * with the first k columns of q and da, the leading [k, k] of r, and L, D what is below and
 * on the diagonal of B. W = q^H dq is skew; that dr is upper triangular with a real diagonal
 * fixes it, and so does the leading square for matrices that are wider than tall. Columns
 * that complete q to a square stay orthogonal to the moving ones, dq2 = -q (dq^H q2), and do
 * not turn among themselves. (Walter, Lehmann, Lamour, "On evaluating higher-order
 * derivatives of the QR decomposition", 2012; Roberts, Roberts, arXiv:2009.10071, wide case.)
 */
#include "linalg_internal.h"

#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* L - L^H + i Im D */
static tsr_value skew(tsr_builder *b, tsr_value x) {
  tsr_value below = tsr_tril(b, x, -1);
  tsr_value out = tsr_sub(b, below, tsri_linalg_adjoint(b, below));
  if (!tsri_linalg_is_complex(b, x)) return out;
  tsr_value diagonal = tsr_triu(b, tsr_tril(b, x, 0), 0);
  tsr_value twice = tsr_sub(b, diagonal, tsr_conj(b, diagonal));
  return tsr_add(b, out, tsr_mul(b, twice, tsr_scalar(b, 0.5)));
}

tsr_status tsri_qr_jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  const tsr_type *type = &c->in_type[0];
  const tsr_dim zero = tsr_dim_of(0), m = type->dims[type->rank - 2];
  const tsr_value q = c->out[0], r = c->out[1];
  tsr_dim k;
  TSR_TRY(tsr_dim_min(b->space, m, type->dims[type->rank - 1], &k));
  const bool completed = !tsr_dim_same(b->space, tsr_value_dim(b, q, -1), k);
  const bool square = tsr_dim_same(b->space, m, k);
  tsr_value q1 = completed ? tsri_linalg_columns(b, q, zero, k) : q;
  tsr_value r1 = completed ? tsri_linalg_rows(b, r, zero, k) : r;
  tsr_value x = tsri_linalg_triangular(b, tsri_linalg_columns(b, r1, zero, k),
                                       tsri_linalg_columns(b, t[0], zero, k), TSR_RIGHT, TSR_UPPER,
                                       TSR_TRANS_NONE, TSR_DIAG_NON_UNIT);
  tsr_value q1h = tsri_linalg_adjoint(b, q1), inside = tsr_matmul(b, q1h, x);
  tsr_value w = skew(b, inside);
  tsr_value dq =
      square ? tsr_matmul(b, q1, w) : tsr_sub(b, x, tsr_matmul(b, q1, tsr_sub(b, inside, w)));
  tsr_value moved = tsr_sub(b, tsr_matmul(b, q1h, t[0]), tsr_matmul(b, w, r1));
  tsr_value dr = tsr_triu(b, moved, 0);
  if (completed) {
    tsr_value q2 = tsri_linalg_columns(b, q, k, m), r2 = tsri_linalg_rows(b, r, k, m);
    tsr_value back = tsr_matmul(b, tsri_linalg_adjoint(b, dq), q2);
    dq = tsr_concatenate(b, TSR_VALUES(dq, tsr_neg(b, tsr_matmul(b, q1, back))), -1);
    dr = tsr_concatenate(b, TSR_VALUES(dr, tsr_zeros_like(b, r2)), -2);
  }
  out_t[0] = dq;
  out_t[1] = dr;
  return tsr_builder_status(b);
}
