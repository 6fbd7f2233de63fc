/* cofactor.c - cofactors of matrices of any rank, by Gaussian elimination with full pivoting.
 *
 *   P a Q = l u,   u = [[u1, v], [0, t]]   ->   cof(a) = (+-1) P^T (adj(u) l^-1)^T Q^T,
 *   adj(u) = det(u1) [[t u1^-1, -u1^-1 v], [0, 1]]
 *
 * Full pivoting leaves what is (nearly) zero for last: with rank n - 1 that is t, by which
 * nothing is divided; with less, det(u1) is zero and so are all cofactors.
 */
#include "elements.h"
#include "rows.h"

#include <string.h>

#define ELEMENT float
#define NAME    f32
#include "cofactor.inc"
#define ELEMENT double
#define NAME    f64
#include "cofactor.inc"
#define ELEMENT float complex
#define NAME    c64
#include "cofactor.inc"
#define ELEMENT double complex
#define NAME    c128
#include "cofactor.inc"

typedef void (*cofactors)(void *matrix, void *column, int64_t n, int64_t *rows, int64_t *columns,
                          const tsr_view *out);
static const cofactors functions[4] = {cofactors_f32, cofactors_f64, cofactors_c64, cofactors_c128};

typedef struct cofactor_state {
  tsri_plan plan;
  size_t permutations, column; /* offsets into scratch, the matrix first */
} cofactor_state;

typedef struct cofactor_job {
  tsri_job job;
  const cofactor_state *state;
  const tsr_view *in, *out;
} cofactor_job;

static tsr_status fill(void *state, tsr_prepare *p) {
  cofactor_state *s = state;
  const tsr_view *a = &p->in[0];
  const int64_t n = a->dims[a->rank - 1];
  const double work = 3 * (double)n * (double)n * (double)n + 100;
  size_t scratch = 0;
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  TSR_TRY(tsri_linalg_add_matrix(&scratch, a, 2));
  s->permutations = scratch;
  TSR_TRY(tsri_linalg_add_bytes(&scratch, n, 2 * sizeof(int64_t)));
  s->column = scratch;
  TSR_TRY(tsri_linalg_add_bytes(&scratch, n, tsr_dtype_size(a->dtype)));
  TSR_TRY(tsri_linalg_plan_make(p, a->rank - 2, a->dims, work, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_cofactor_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(cofactor_state), fill);
}

static int cofactor(const tsri_job *job, int64_t i, char *scratch) {
  const cofactor_job *c = (const cofactor_job *)job;
  const tsr_view a = tsri_linalg_matrix(&c->in[0], 2, job, i),
                 out = tsri_linalg_matrix(&c->out[0], 2, job, i);
  const int64_t n = a.dims[0];
  int64_t *rows = (int64_t *)(void *)(scratch + c->state->permutations);
  tsri_dense dense;
  if (n == 0) return TSRI_FINE;
  tsri_linalg_dense_like(&dense, &a, scratch);
  tsri_linalg_copy_view(&a, &dense.view);
  functions[tsri_lapack_index(a.dtype)](scratch, scratch + c->state->column, n, rows, rows + n,
                                        &out);
  return TSRI_FINE;
}

tsr_status tsri_cofactor_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                             const tsr_view *out) {
  const cofactor_state *s = c->state;
  cofactor_job k = {.job = tsri_linalg_job_of(stream, c, &s->plan, &in[0], cofactor, NULL),
                    .state = s,
                    .in = in,
                    .out = out};
  return tsri_linalg_job_run(stream, &k.job);
}
