/* matrices.h - what the CPU kernels share: batches of matrices, cut into chunks by shape.
 *
 * LAPACK's matrices are column-major with unit stride down a column. A matrix in C order
 * is the transpose of such a one, and kernels hand it over as that. Other strides go
 * through a dense copy.
 */
#ifndef TSRI_LINALG_MATRICES_H
#define TSRI_LINALG_MATRICES_H

#include "tsr/layout.h"
#include "tsr/spi/cpu.h"

/* Index into the tables of LAPACK functions; the dtype is one that LAPACK knows. */
int32_t tsri_lapack_index(tsr_dtype dtype);

/* A finding of one matrix: LAPACK's info, or one of ours. */
enum {
  TSRI_FINE = 0,
  TSRI_NOT_FINITE = -1000
};

/* How a batch is worked on; made by prepare, from shapes and strides alone. */
typedef struct tsri_plan {
  int64_t n;      /* matrices */
  int64_t chunks; /* n matrices are shared out evenly */
  size_t scratch; /* bytes for each chunk, a multiple of 64 */
  size_t head;    /* bytes of findings in front of them */
} tsri_plan;

/* Work is per matrix, in flops or bytes, to decide whether threads are worth it. */
tsr_status tsri_linalg_plan_make(const tsr_prepare *p, int32_t rank, const int64_t *dims,
                                 double work, size_t scratch, tsri_plan *out);
size_t tsri_linalg_plan_bytes(const tsri_plan *plan);

/* One batch being worked on. Kernels embed it and give the function for one matrix, which
 * returns a finding. Pointers at matrix i: tsri_linalg_matrix(view, inner, job, i).
 */
typedef struct tsri_job tsri_job;
typedef int (*tsri_linalg_one)(const tsri_job *job, int64_t i, char *scratch);
typedef void (*tsri_linalg_describe)(int finding, char *text, size_t size);
struct tsri_job {
  const tsri_plan *plan;
  const tsr_call *call;
  const tsr_cpu_spi *cpu;
  int32_t rank;        /* of the batch */
  const int64_t *dims; /* [rank] */
  tsri_linalg_one one;
  tsri_linalg_describe describe; /* a finding as text for the error; NULL: findings are no error */
};
/* one, for every matrix that the leading axes of `matrices` count. */
tsri_job tsri_linalg_job_of(tsr_stream *stream, const tsr_call *call, const tsri_plan *plan,
                            const tsr_view *matrices, tsri_linalg_one one,
                            tsri_linalg_describe describe);
tsr_status tsri_linalg_job_run(tsr_stream *stream, const tsri_job *job);

/* Matrix (inner 2), vector (inner 1) or number (inner 0) i of a view whose leading axes broadcast
 * against those of the job. */
tsr_view tsri_linalg_matrix(const tsr_view *v, int32_t inner, const tsri_job *job, int64_t i);

/* May LAPACK work on the last two axes as they stand, and with which leading dimension. */
bool tsri_linalg_is_direct(const tsr_view *v);
int tsri_linalg_leading(const tsr_view *matrix);
/* How the last two axes stand: rows or columns are dense and lie a leading dimension apart. */
typedef enum tsri_layout {
  TSRI_STRIDED,
  TSRI_ROWS,
  TSRI_COLUMNS
} tsri_layout;
tsri_layout tsri_linalg_layout(const tsr_view *v);
int tsri_linalg_leading_of(const tsr_view *matrix, tsri_layout layout);
/* A dense matrix or vector in C order over memory, with the dims of another. */
typedef struct tsri_dense {
  tsr_view view;
  int64_t strides[2];
} tsri_dense;
void tsri_linalg_dense_like(tsri_dense *out, const tsr_view *v, void *memory);
void tsri_linalg_turn(tsri_dense *matrix); /* to columns */

void tsri_linalg_copy_view(const tsr_view *from, const tsr_view *to); /* equal dims and dtype */
void tsri_linalg_fill_nan(const tsr_view *v);
bool tsri_linalg_all_finite(const void *data, tsr_dtype dtype, int64_t n);

/* Bytes of a dense block, rounded up to whole cache lines; adds to *sum, ERR_LIMIT if huge. */
tsr_status tsri_linalg_add_bytes(size_t *sum, int64_t n, size_t item);
/* The same for a dense copy of the last axes of v, of which there are inner. */
tsr_status tsri_linalg_add_matrix(size_t *sum, const tsr_view *v, int32_t inner);

#endif /* TSRI_LINALG_MATRICES_H */
