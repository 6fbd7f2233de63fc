/* lu.c - LAPACK getrf on matrices where they stand: LAPACK sees, and factors, a^T. */
#include "rows.h"
#include "small.h"

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
  const tsr_view *a = &p->in[0], *pivots = &p->out[1];
  const double m = (double)a->dims[a->rank - 2], n = (double)a->dims[a->rank - 1];
  const int64_t k = pivots->dims[pivots->rank - 1];
  size_t scratch = 0;
  s->direct = tsri_linalg_is_direct(&p->out[0]);
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  TSR_TRY(tsri_linalg_add_bytes(&scratch, k, sizeof(int)));
  s->pivots = scratch;
  if (!s->direct) TSR_TRY(tsri_linalg_add_matrix(&scratch, a, 2));
  const double work = 0.7 * m * n * (double)k + 100;
  TSR_TRY(tsri_linalg_plan_make(p, a->rank - 2, a->dims, work, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_lu_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(lu_state), fill);
}

/* Factors of matrix i; LAPACK's pivots go to piv. Info counts from 1, 0 is fine. */
static int factor(const lu_job *l, int64_t i, char *scratch, tsr_view *lu, int *piv) {
  const tsr_view a = tsri_linalg_matrix(&l->in[0], 2, &l->job, i);
  tsri_dense dense;
  *lu = tsri_linalg_matrix(&l->out[0], 2, &l->job, i);
  tsri_linalg_dense_like(&dense, lu, scratch + l->state->pivots);
  const tsr_view *at = l->state->direct ? lu : &dense.view;
  const int rows = (int)lu->dims[1], columns = (int)lu->dims[0], ld = tsri_linalg_leading(at);
  int info = 0;
  if (rows == 0 || columns == 0) return 0;
  tsri_linalg_copy_view(&a, at);
  if (tsri_is_small(at))
    info = tsri_small_factor(at, piv);
  else
    l->job.cpu->lapack->getrf[tsri_lapack_index(lu->dtype)](&rows, &columns, at->data, &ld, piv,
                                                            &info);
  if (at != lu) tsri_linalg_copy_view(at, lu);
  return info;
}

static void put(const tsr_view *v, int64_t i, int32_t value) {
  ((int32_t *)v->data)[v->rank > 0 ? i * v->strides[0] : 0] = value;
}
static int32_t get(const tsr_view *v, int64_t i) {
  return ((const int32_t *)v->data)[i * v->strides[0]];
}

static void put_pivots(const lu_job *l, int64_t i, const int *piv) {
  const tsr_view pivots = tsri_linalg_matrix(&l->out[1], 1, &l->job, i);
  for (int64_t k = 0; k < pivots.dims[0]; k++)
    put(&pivots, k, piv[k] - 1);
}

/* For solves: a singular matrix has no use. */
static int regular(const tsri_job *job, int64_t i, char *scratch) {
  const lu_job *l = (const lu_job *)job;
  int *piv = (int *)(void *)scratch;
  tsr_view lu;
  const int finding = factor(l, i, scratch, &lu, piv);
  const tsr_view info = tsri_linalg_matrix(&l->out[2], 0, job, i);
  if (finding != 0) tsri_linalg_fill_nan(&lu);
  put_pivots(l, i, piv);
  put(&info, 0, finding);
  return finding;
}

static int any(const tsri_job *job, int64_t i, char *scratch) {
  const lu_job *l = (const lu_job *)job;
  int *piv = (int *)(void *)scratch;
  tsr_view lu;
  (void)factor(l, i, scratch, &lu, piv);
  const tsr_view permutation = tsri_linalg_matrix(&l->out[2], 1, job, i);
  const tsr_view pivots = tsri_linalg_matrix(&l->out[1], 1, job, i);
  put_pivots(l, i, piv);
  for (int64_t k = 0; k < permutation.dims[0]; k++)
    put(&permutation, k, (int32_t)k);
  for (int64_t k = 0; k < pivots.dims[0]; k++) {
    const int32_t j = get(&pivots, k), kept = get(&permutation, k);
    put(&permutation, k, get(&permutation, j));
    put(&permutation, j, kept);
  }
  return TSRI_FINE;
}

static void describe(int info, char *text, size_t size) {
  snprintf(text, size, "matrix is singular: pivot %d is zero", info - 1);
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out, tsri_linalg_one one, tsri_linalg_describe failure) {
  const lu_state *s = c->state;
  lu_job l = {.job = tsri_linalg_job_of(stream, c, &s->plan, &in[0], one, failure),
              .state = s,
              .in = in,
              .out = out};
  return tsri_linalg_job_run(stream, &l.job);
}

tsr_status tsri_lu_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                       const tsr_view *out) {
  const tsri_lu_attrs *attrs = c->attrs;
  return run(stream, c, in, out, regular, attrs->failure == TSRI_RAISE ? describe : NULL);
}

tsr_status tsri_lu_factor_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                              const tsr_view *out) {
  return run(stream, c, in, out, any, NULL);
}
