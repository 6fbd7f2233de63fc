/* rows.h - the kernels of this library for the CPU, by file. */
#ifndef TSRI_LINALG_ROWS_H
#define TSRI_LINALG_ROWS_H

#include "linalg_internal.h"
#include "matrices.h"

tsr_status tsri_lu_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_lu_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                       const tsr_view *out);
tsr_status tsri_solve_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_solve_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                          const tsr_view *out);
tsr_status tsri_lu_factor_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                              const tsr_view *out);
tsr_status tsri_cholesky_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_cholesky_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                             const tsr_view *out);
tsr_status tsri_triangular_solve_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_triangular_solve_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                                     const tsr_view *out);
tsr_status tsri_det_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_det_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                        const tsr_view *out);
tsr_status tsri_slogdet_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                            const tsr_view *out);
tsr_status tsri_cofactor_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_cofactor_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                             const tsr_view *out);
tsr_status tsri_qr_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_qr_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                       const tsr_view *out);
tsr_status tsri_eigh_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_eigh_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out);
tsr_status tsri_svd_prepare(const tsr_kernel *self, tsr_prepare *p);
tsr_status tsri_svd_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                        const tsr_view *out);

/* Zeroed state of size bytes for fill, which becomes the result of prepare when that succeeds. */
typedef tsr_status (*tsri_linalg_fill)(void *state, tsr_prepare *p);
tsr_status tsri_linalg_prepare(tsr_prepare *p, size_t size, tsri_linalg_fill fill);

#endif /* TSRI_LINALG_ROWS_H */
