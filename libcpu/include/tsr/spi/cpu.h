/* tsr/spi/cpu.h - what libcpu offers to kernels of other libraries.
 *
 * Get the table once, when registering: tsr_runtime_backend_spi(rt, "cpu").
 */
#ifndef TSR_SPI_CPU_H
#define TSR_SPI_CPU_H

#include "tsr/spi/backend.h"

TSR_BEGIN

/* One chunk of parallel work; the chunks of one call may run in any order, anywhere. */
typedef tsr_status (*tsr_cpu_task)(void *ctx, int64_t chunk);

/* Column-major LAPACK and BLAS, Fortran entry points, always single-threaded. Index of
 * the arrays: 0 f32, 1 f64, 2 c64, 3 c128. Arguments are passed as LAPACK documents
 * them; the hidden lengths of text arguments are taken care of by the table. In a build
 * without BLAS every entry of both tables is NULL.
 */
typedef struct tsr_cpu_blas {
  void (*gemm[4])(const char *trans_a, const char *trans_b, const int *m, const int *n,
                  const int *k, const void *alpha, const void *a, const int *lda, const void *b,
                  const int *ldb, const void *beta, void *c, const int *ldc);
  void (*trsm[4])(const char *side, const char *uplo, const char *trans, const char *diag,
                  const int *m, const int *n, const void *alpha, const void *a, const int *lda,
                  void *b, const int *ldb);
} tsr_cpu_blas;

typedef struct tsr_cpu_lapack {
  void (*getrf[4])(const int *m, const int *n, void *a, const int *lda, int *ipiv, int *info);
  void (*getrs[4])(const char *trans, const int *n, const int *nrhs, const void *a, const int *lda,
                   const int *ipiv, void *b, const int *ldb, int *info);
  void (*potrf[4])(const char *uplo, const int *n, void *a, const int *lda, int *info);
  /* rwork is not read for the real types */
  void (*gesdd[4])(const char *jobz, const int *m, const int *n, void *a, const int *lda, void *s,
                   void *u, const int *ldu, void *vt, const int *ldvt, void *work, const int *lwork,
                   void *rwork, int *iwork, int *info);
  /* Orthogonal factors and eigenvalues; for the complex types orgqr is ungqr, syevd heevd. */
  void (*geqrf[4])(const int *m, const int *n, void *a, const int *lda, void *tau, void *work,
                   const int *lwork, int *info);
  void (*orgqr[4])(const int *m, const int *n, const int *k, void *a, const int *lda,
                   const void *tau, void *work, const int *lwork, int *info);
  /* rwork and lrwork are not read for the real types */
  void (*syevd[4])(const char *jobz, const char *uplo, const int *n, void *a, const int *lda,
                   void *w, void *work, const int *lwork, void *rwork, const int *lrwork,
                   int *iwork, const int *liwork, int *info);
} tsr_cpu_lapack;

typedef struct tsr_cpu_spi {
  /* Run task(ctx, 0 .. n - 1). The caller takes part; a busy pool means the caller does
   * it all. Returns the failure of the lowest failing chunk, as this thread's record.
   * n must follow from shapes alone, never from the number of threads.
   */
  tsr_status (*parallel)(tsr_stream *stream, int64_t n, tsr_cpu_task task, void *ctx);
  /* The smallest work, in bytes moved or flops done, that a second thread repays. */
  int64_t parallel_threshold;
  const tsr_cpu_blas *blas;
  const tsr_cpu_lapack *lapack;
} tsr_cpu_spi;

TSR_END

#endif /* TSR_SPI_CPU_H */
