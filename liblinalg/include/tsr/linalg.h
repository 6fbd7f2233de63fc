/* tsr/linalg.h - linear algebra over the last two axes, batched over the others. */
#ifndef TSR_LINALG_H
#define TSR_LINALG_H

#include "tsr/builder.h"
#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_linalg_register - make the linear algebra ops known to a runtime, with kernels for
 * the backends registered before.
 *
 * in   rt  a runtime
 * err  EXISTS  registered before
 *      ARGUMENT, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_linalg_register(tsr_runtime *rt);

typedef enum tsr_svd_kind {
  TSR_SVD_REDUCED, /* u [m, k], vt [k, n], k = min(m, n) */
  TSR_SVD_FULL,    /* u [m, m], vt [n, n] */
  TSR_SVD_VALUES   /* s only; u and vt are "no value" */
} tsr_svd_kind;

typedef struct tsr_svd_result {
  tsr_value u, s, vt;
} tsr_svd_result;

/* tsr_svd - a = u diag(s) vt, s real, descending, >= 0.
 *
 * in   b     builder
 *      a     [.., m, n] f32 f64 c64 c128
 *      kind  what is computed; outputs that turn out unused are not computed either
 * ad   s always; u and vt where the singular values are distinct and nonzero. Values closer
 *      than 16 eps s[0] count as equal, those below as zero: there, and between vectors that
 *      complete u or vt to a square, the part of the derivative that is undefined is left out.
 *      Exact for functions that do not depend on the choice of vectors, finite for all
 * note LAPACK gesdd, whose choice of signs and phases is kept; no convergence, or input that
 *      is not finite, gives NaN and ERR_NUMERIC with the batch index
 */
TSR_API tsr_svd_result tsr_svd(tsr_builder *b, tsr_value a, tsr_svd_kind kind);

/* ---- factorizations and systems ----
 *
 * A matrix that cannot be factored leaves NaN in its place of the batch, and the run ends in
 * ERR_NUMERIC with the batch index. The _ex forms give `info`, [..] i32, instead of the error:
 * 0 where all is well, else the place where it stopped, counted from 1.
 */

typedef enum tsr_uplo {
  TSR_LOWER,
  TSR_UPPER
} tsr_uplo;
typedef enum tsr_side {
  TSR_LEFT,
  TSR_RIGHT
} tsr_side;
typedef enum tsr_trans {
  TSR_TRANS_NONE,
  TSR_TRANS_TRANSPOSE,
  TSR_TRANS_ADJOINT
} tsr_trans;
typedef enum tsr_diag {
  TSR_DIAG_NON_UNIT,
  TSR_DIAG_UNIT /* taken to be 1, and not read */
} tsr_diag;

/* All zero: left, lower, as it is, with its own diagonal. */
typedef struct tsr_triangular_options {
  tsr_side side;
  tsr_uplo uplo; /* the triangle that is read */
  tsr_trans trans;
  tsr_diag diag;
} tsr_triangular_options;

/* tsr_triangular_solve - x with op(a) x = rhs, or x op(a) = rhs on the right; op(a) is a, a^T
 * or a^H.
 *
 * in   b        builder
 *      a        [.., n, n] f32 f64 c64 c128; one triangle is read
 *      rhs      [.., n, k], on the right [.., k, n], or [n]; dtypes promote, batch axes broadcast
 *      options  NULL: all zero
 * ad   dx = op(a)^-1 (drhs - op(da) x), da in the triangle that is read
 * note BLAS trsm; as in LAPACK's trtrs a zero on the diagonal that is read means singular: NaN,
 *      and ERR_NUMERIC with its place, counted from 0, and the batch index
 */
TSR_API tsr_value tsr_triangular_solve(tsr_builder *b, tsr_value a, tsr_value rhs,
                                       const tsr_triangular_options *options);

typedef struct tsr_cholesky_result {
  tsr_value factor, info;
} tsr_cholesky_result;

/* tsr_cholesky, tsr_cholesky_ex - l with a = l l^H, or u with a = u^H u; a is Hermitian and
 * positive definite.
 *
 * in   b     builder
 *      a     [.., n, n] f32 f64 c64 c128; only the triangle uplo is read, of its diagonal only
 *            the real part
 *      uplo  the triangle of a that is read and of the result that is not zero
 * ad   in the triangle that is read; (a + a^H) / 2 as operand makes the gradient Hermitian
 * note LAPACK potrf. Not positive definite, or NaN: NaN and ERR_NUMERIC with the order of the
 *      first leading minor that is not positive, or that order in info
 */
TSR_API tsr_value tsr_cholesky(tsr_builder *b, tsr_value a, tsr_uplo uplo);
TSR_API tsr_cholesky_result tsr_cholesky_ex(tsr_builder *b, tsr_value a, tsr_uplo uplo);

/* tsr_cholesky_solve - x with l l^H x = rhs, or u^H u x = rhs.
 *
 * in   b       builder
 *      factor  [.., n, n] as tsr_cholesky gives it; one triangle is read
 *      rhs     [.., n, k], or [n]; dtypes promote, batch axes broadcast
 *      uplo    the triangle
 * ad   that of two triangular solves
 */
TSR_API tsr_value tsr_cholesky_solve(tsr_builder *b, tsr_value factor, tsr_value rhs,
                                     tsr_uplo uplo);

/* k = min(m, n) */
typedef struct tsr_lu_factors {
  tsr_value lu;          /* [.., m, n] l below the diagonal, u on and above it */
  tsr_value pivots;      /* [.., k] i32: row i was swapped with row pivots[i], i = 0, 1 .. */
  tsr_value permutation; /* [.., m] i32: row i of l u is row permutation[i] of a */
} tsr_lu_factors;

typedef struct tsr_lu_result {
  tsr_value p, l, u; /* [.., m, m], [.., m, k] unit lower, [.., k, n] upper triangular */
} tsr_lu_result;

/* tsr_lu, tsr_lu_factor - a = p l u with row interchanges, as matrices or as LAPACK has them.
 *
 * in   b  builder
 *      a  [.., m, n] f32 f64 c64 c128
 * ad   l and u where the leading k by k block of u is regular, with the interchanges held fixed;
 *      else ERR_NUMERIC, raised by a triangular solve. p, pivots and permutation are constant
 * note LAPACK getrf; a singular a has factors too, with a zero on the diagonal of u, and NaN
 *      goes through
 */
TSR_API tsr_lu_result tsr_lu(tsr_builder *b, tsr_value a);
TSR_API tsr_lu_factors tsr_lu_factor(tsr_builder *b, tsr_value a);

/* tsr_lu_solve - x with a x = rhs, from the factors of a.
 *
 * in   b        builder
 *      factors  of a square a, from tsr_lu_factor; pivots are not read
 *      rhs      [.., n, k], or [n]; dtypes promote, batch axes broadcast
 * ad   that of two triangular solves, in factors.lu and rhs
 * note a zero on the diagonal of u gives NaN and ERR_NUMERIC
 */
TSR_API tsr_value tsr_lu_solve(tsr_builder *b, tsr_lu_factors factors, tsr_value rhs);

typedef struct tsr_solve_result {
  tsr_value x, info;
} tsr_solve_result;

/* tsr_solve, tsr_solve_ex - x with a x = rhs.
 *
 * in   b    builder
 *      a    [.., n, n] f32 f64 c64 c128
 *      rhs  [.., n, k], or [n] for one right-hand side; dtypes promote, batch axes broadcast
 * ad   dx = a^-1 (drhs - da x), with the same factors
 * note LAPACK getrf and BLAS trsm; a singular a gives NaN and ERR_NUMERIC with the pivot,
 *      counted from 0, and the batch index; or 1 + that pivot in info, [..] of a
 */
TSR_API tsr_value tsr_solve(tsr_builder *b, tsr_value a, tsr_value rhs);
TSR_API tsr_solve_result tsr_solve_ex(tsr_builder *b, tsr_value a, tsr_value rhs);

/* tsr_inv, tsr_inv_ex - x with a x = 1.
 *
 * in   b  builder
 *      a  [.., n, n] f32 f64 c64 c128
 * ad   dx = -x da x
 * note by tsr_solve, and fails like it
 */
TSR_API tsr_value tsr_inv(tsr_builder *b, tsr_value a);
TSR_API tsr_solve_result tsr_inv_ex(tsr_builder *b, tsr_value a);

/* tsr_matrix_power - a^n by repeated squaring; a^0 = 1, a^-n = (a^-1)^n.
 *
 * in   b  builder
 *      a  [.., n, n] any float or complex dtype; for negative powers those of tsr_inv
 *      n  any
 * ad   that of the products
 */
TSR_API tsr_value tsr_matrix_power(tsr_builder *b, tsr_value a, int64_t n);

/* ---- determinants ---- */

/* tsr_det - the determinant; 1 for [0, 0].
 *
 * in   b  builder
 *      a  [.., n, n] f32 f64 c64 c128
 * ad   by cofactors, for singular matrices too; the second derivative of one that is not 1 by 1
 *      wants a regular a, else ERR_NUMERIC
 * note LAPACK getrf, the product taken with an exponent of its own. Exactly singular: 0, no error
 */
TSR_API tsr_value tsr_det(tsr_builder *b, tsr_value a);

typedef struct tsr_slogdet_result {
  tsr_value sign;      /* [..] of modulus 1, or 0 */
  tsr_value logabsdet; /* [..] real */
} tsr_slogdet_result;

/* tsr_slogdet - det a = sign e^logabsdet.
 *
 * in   b  builder
 *      a  [.., n, n] f32 f64 c64 c128
 * ad   d logabsdet = Re tr(a^-1 da), d sign = i sign Im tr(a^-1 da); a singular: ERR_NUMERIC
 * note exactly singular: sign 0, logabsdet -inf, no error
 */
TSR_API tsr_slogdet_result tsr_slogdet(tsr_builder *b, tsr_value a);

TSR_END

#endif /* TSR_LINALG_H */
