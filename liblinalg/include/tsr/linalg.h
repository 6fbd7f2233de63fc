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
 *      are ERR_NUMERIC with the pivot that is zero, nearly dependent ones amplify. Columns that
 *      complete q to a square do not turn among themselves: exact for functions that do not
 *      depend on their choice
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

/* tsr_solve - x with a x = rhs.
 *
 * in   b    builder
 *      a    [.., n, n] f32 f64 c64 c128
 *      rhs  [.., n, k], or [n] for one right-hand side; dtypes promote, batch axes broadcast
 * ad   dx = a^-1 (drhs - da x), with the same factors
 * note LAPACK getrf and BLAS trsm; a singular a gives NaN and ERR_NUMERIC with the pivot,
 *      counted from 0, and the batch index
 */
TSR_API tsr_value tsr_solve(tsr_builder *b, tsr_value a, tsr_value rhs);

TSR_END

#endif /* TSR_LINALG_H */
