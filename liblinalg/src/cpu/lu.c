/* lu.c - LAPACK getrf on matrices where they stand: LAPACK sees, and factors, a^T. */
#include "rows.h"

#include <stdio.h>

typedef struct lu_state {
  tsri_plan plan;
  bool direct;   /* the factors can be made in out[0] */
  size_t pivots; /* bytes of scratch for LAPACK's pivots */
} lu_state;

typedef struct lu_job {
  tsri_job job;
  const lu_state *state;
  const tsr_view *in, *out;
} lu_job;

static tsr_status fill(void *state, tsr_prepare *p) {
  lu_state *s = state;
  const tsr_view *a = &p->in[0];
  int64_t n = a->dims[a->rank - 1];
  size_t scratch = 0;
  s->direct = tsri_linalg_is_direct(&p->out[0]);
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  TSR_TRY(tsri_linalg_add_bytes(&scratch, n, sizeof(int)));
  s->pivots = scratch;
  if (!s->direct) TSR_TRY(tsri_linalg_add_matrix(&scratch, a, 2));
  double work = 0.7 * (double)n * (double)n * (double)n + 100;
  TSR_TRY(tsri_linalg_plan_make(p, a->rank - 2, a->dims, work, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_lu_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(lu_state), fill);
}

static int factor(const tsri_job *job, int64_t i, char *scratch) {
  const lu_job *l = (const lu_job *)job;
  tsr_view a = tsri_linalg_matrix(&l->in[0], 2, job, i),
           lu = tsri_linalg_matrix(&l->out[0], 2, job, i);
  tsr_view pivots = tsri_linalg_matrix(&l->out[1], 1, job, i);
  tsri_dense dense;
  tsri_linalg_dense_like(&dense, &lu, scratch + l->state->pivots);
  const tsr_view *at = l->state->direct ? &lu : &dense.view;
  int *piv = (int *)(void *)scratch, n = (int)lu.dims[0], ld = tsri_linalg_leading(at), info = 0;
  if (n == 0) return TSRI_FINE;
  tsri_linalg_copy_view(&a, at);
  job->cpu->lapack->getrf[tsri_lapack_index(lu.dtype)](&n, &n, at->data, &ld, piv, &info);
  if (info != 0)
    tsri_linalg_fill_nan(&lu);
  else if (at != &lu)
    tsri_linalg_copy_view(at, &lu);
  for (int64_t k = 0; k < n; k++)
    ((int32_t *)pivots.data)[k * pivots.strides[0]] = piv[k] - 1;
  return info;
}

static void describe(int info, char *text, size_t size) {
  snprintf(text, size, "matrix is singular: pivot %d is zero", info - 1);
}

tsr_status tsri_lu_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                       const tsr_view *out) {
  const lu_state *s = c->state;
  lu_job l = {
      .job = {.plan = &s->plan,
              .call = c,
              .cpu = stream->device->backend->spi,
              .rank = in[0].rank - 2,
              .dims = in[0].dims,
              .one = factor,
              .describe = describe},
      .state = s,
      .in = in,
      .out = out
  };
  return tsri_linalg_job_run(stream, &l.job);
}
