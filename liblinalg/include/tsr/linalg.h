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
