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
 * ad   s always; u and vt where the singular values are distinct and nonzero, exactly for
 *      functions that do not depend on the choice of vectors. Values closer than 16 eps s[0]
 *      count as equal, those below as zero: there, and between vectors that complete u or vt
 *      to a square, the part of the derivative that is undefined is left out. Then symmetric
 *      functions of s and the unitary factor u vt stay exact, and all is finite; functions
 *      like u f(s) vt lose what happens inside a block of equal values
 * note LAPACK gesdd, whose choice of signs and phases is kept; no convergence, or input that
 *      is not finite, gives NaN and ERR_NUMERIC with the batch index
 */
TSR_API tsr_svd_result tsr_svd(tsr_builder *b, tsr_value a, tsr_svd_kind kind);

typedef enum tsr_qr_kind {
  TSR_QR_REDUCED, /* q [m, k], r [k, n], k = min(m, n) */
  TSR_QR_COMPLETE /* q [m, m], r [m, n] */
} tsr_qr_kind;

typedef struct tsr_qr_result {
  tsr_value q, r;
} tsr_qr_result;

/* tsr_qr - a = q r, columns of q orthonormal, r upper triangular.
 *
 * in   b     builder
 *      a     [.., m, n] f32 f64 c64 c128
 *      kind  what is computed
 * ad   where the first min(m, n) columns of a are linearly independent; exactly dependent ones
 *      are ERR_NUMERIC with the diagonal element of r that is zero, nearly dependent ones amplify.
 *      Columns that complete q to a square do not turn among themselves: exact for functions that
 *      do not depend on their choice
 * note LAPACK geqrf and orgqr. The diagonal of r is real and >= 0, so q and r are unique where
 *      the columns are independent, whatever computes them; signs of dependent columns, and
 *      columns that complete q, are LAPACK's. Input that is not finite gives NaN and
 *      ERR_NUMERIC with the batch index
 */
TSR_API tsr_qr_result tsr_qr(tsr_builder *b, tsr_value a, tsr_qr_kind kind);

/* The triangle of a matrix that is read, with its diagonal. */
typedef enum tsr_uplo {
  TSR_LOWER,
  TSR_UPPER
} tsr_uplo;

typedef struct tsr_eigh_result {
  tsr_value w, v;
} tsr_eigh_result;

/* tsr_eigh, tsr_eigvalsh - a = v diag(w) v^H for a hermitian a, w real, ascending; w alone.
 *
 * Column i of v belongs to w[i].
 *
 * in   b     builder
 *      a     [.., n, n] f32 f64 c64 c128, of which one triangle is read, and of its diagonal
 *            the real part: what stands in the other does not matter
 *      uplo  which triangle
 * ad   w always; v where the eigenvalues are distinct, exactly for functions that do not depend
 *      on the phases of the vectors. Values closer than 16 eps max |w| count as equal: the part
 *      of the derivative of v that is undefined there is left out. Then symmetric functions
 *      of w stay exact, and all is finite; functions like v f(w) v^H lose what happens inside
 *      a block of equal values. The gradient has zeros in the other triangle
 * note LAPACK syevd (heevd), whose choice of signs and phases is kept: the same for the same
 *      bits of a. No convergence, or input that is not finite, gives NaN and ERR_NUMERIC with
 *      the batch index
 */
TSR_API tsr_eigh_result tsr_eigh(tsr_builder *b, tsr_value a, tsr_uplo uplo);
TSR_API tsr_value tsr_eigvalsh(tsr_builder *b, tsr_value a, tsr_uplo uplo);

/* rcond, where singular values are cut: eps max(m, n) of the real dtype. */
#define TSR_RCOND_DEFAULT (-1.0)

typedef struct tsr_lstsq_result {
  tsr_value x;         /* [.., n, k] */
  tsr_value residuals; /* [.., k] sum |rhs - a x|^2 over rows */
  tsr_value rank;      /* [..] i64: singular values above the cut */
  tsr_value s;         /* [.., min(m, n)] singular values of a, descending */
} tsr_lstsq_result;

/* tsr_lstsq - of all x that minimise |rhs - a x|, the one of the least norm.
 *
 * x = v diag(1/s) u^H rhs over the singular values s > rcond s[0]; those below count as zero.
 *
 * in   b      builder
 *      a      [.., m, n] f32 f64 c64 c128, of any rank
 *      rhs    [.., m, k], or [m] for one right-hand side; dtypes promote, batch axes broadcast
 *      rcond  >= 0, or negative for the default: see TSR_RCOND_DEFAULT
 * ad   dx = dp rhs + p drhs with the pseudo-inverse p; see tsr_pinv
 * note residuals are there for any shape and rank, unlike NumPy's; errors as tsr_svd
 */
TSR_API tsr_lstsq_result tsr_lstsq(tsr_builder *b, tsr_value a, tsr_value rhs, double rcond);

/* tsr_pinv - p = v diag(1/s) u^H over the singular values s > rcond s[0] of a: Moore, Penrose.
 *
 * in   b      builder
 *      a      [.., m, n] f32 f64 c64 c128; p is [.., n, m]
 *      rcond  >= 0, or negative for the default: see TSR_RCOND_DEFAULT
 * ad   dp = -p da p + p p^H da^H (1 - a p) + (1 - p a) da^H p^H p, as long as the rank is the
 *      same; singular values may be equal, those below the cut are taken for zero
 */
TSR_API tsr_value tsr_pinv(tsr_builder *b, tsr_value a, double rcond);

/* tsr_matrix_rank - r = the number of singular values s > rcond s[0], i64 [..].
 *
 * in   b      builder
 *      a      [.., m, n] f32 f64 c64 c128
 *      rcond  >= 0, or negative for the default: see TSR_RCOND_DEFAULT
 * ad   locally constant
 */
TSR_API tsr_value tsr_matrix_rank(tsr_builder *b, tsr_value a, double rcond);

/* tsr_matrix_cond - c = s[0] / s[k - 1], the condition in the 2-norm, [..].
 *
 * in   b  builder
 *      a  [.., m, n] f32 f64 c64 c128
 * ad   through tsr_svd; 0 where c is infinite
 * note infinite where s[k - 1] = 0; 0 when m or n is 0
 */
TSR_API tsr_value tsr_matrix_cond(tsr_builder *b, tsr_value a);

/* tsr_vector_norm - z = (sum |x|^ord)^(1 / ord) over axes, which are dropped.
 *
 * INFINITY is max |x|, -INFINITY min |x|, 0 the number of x != 0, 1 the sum of moduli.
 *
 * in   b     builder
 *      x     float or complex; the result has the real dtype
 *      axes  distinct; TSR_ALL_AXES for all
 *      ord   any number but NaN; a negative one gives 0 where an x is 0
 * ad   dz = sum (|x| / z)^(ord - 1) d|x|, with 0 from each x = 0; 0 at z = 0
 * note powers are those of |x| over a number next to the largest (for negative ord the
 *      smallest) of them: up to |ord| 1e5 (f32) or 1e8 (f64) they neither overflow nor vanish
 *      unless the result does. ord 2 is tsr_norm2. Of no elements: 0, infinite for negative
 *      ord
 */
TSR_API tsr_value tsr_vector_norm(tsr_builder *b, tsr_value x, tsr_axes axes, double ord);

typedef enum tsr_matrix_ord {
  TSR_NORM_FRO,       /* sqrt of the sum of |a|^2 */
  TSR_NORM_NUC,       /* sum of the singular values */
  TSR_NORM_1,         /* largest sum of |a| over a column */
  TSR_NORM_MINUS_1,   /* smallest */
  TSR_NORM_2,         /* largest singular value */
  TSR_NORM_MINUS_2,   /* smallest */
  TSR_NORM_INF,       /* largest sum of |a| over a row */
  TSR_NORM_MINUS_INF, /* smallest */
  TSR_NORM_COUNT
} tsr_matrix_ord;

/* tsr_matrix_norm - the norm of each matrix, [..]; names after the Array API.
 *
 * in   b    builder
 *      a    [.., m, n] float or complex; f32 f64 c64 c128 for those of singular values
 *      ord  which
 * ad   where the largest or smallest is attained more than once, the mean of the derivatives;
 *      0 at a = 0
 * note FRO as tsr_norm2. Largest of none: 0; smallest of none: infinite
 */
TSR_API tsr_value tsr_matrix_norm(tsr_builder *b, tsr_value a, tsr_matrix_ord ord);

/* ---- factorizations and systems ----
 *
 * A matrix that cannot be factored leaves NaN in its place of the batch, and the run ends in
 * ERR_NUMERIC with the batch index. The _ex forms give `info`, [..] i32, instead of the error:
 * 0 where all is well, else the place where it stopped, counted from 1.
 */

typedef enum tsr_side {
  TSR_LEFT,
  TSR_RIGHT
} tsr_side;
typedef enum tsr_trans {
  TSR_TRANS_NONE,
  TSR_TRANS_TRANSPOSE,
  TSR_TRANS_ADJOINT
} tsr_trans;
typedef enum tsr_diag_kind {
  TSR_DIAG_NON_UNIT,
  TSR_DIAG_UNIT /* taken to be 1, and not read */
} tsr_diag_kind;

/* All zero: left, lower, as it is, with its own diagonal. */
typedef struct tsr_triangular_options {
  tsr_side side;
  tsr_uplo uplo; /* the triangle that is read */
  tsr_trans trans;
  tsr_diag_kind diag;
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
