/* svd.c - LAPACK gesdd, divide and conquer.
 *
 *   a = u s vt  is  a^T = vt^T s u^T
 *
 * A matrix in C order is its transpose to LAPACK, so gesdd is asked for a^T and writes what
 * it calls u straight into our vt, and what it calls vt into our u.
 */
#include "rows.h"
#include "target.h"

#include <limits.h>
#include <stdio.h>

/* Where the parts of a chunk's scratch begin; total is its size. */
typedef struct svd_state {
  tsri_plan plan;
  char job; /* LAPACK's N, S or A */
  int lwork;
  bool direct_u, direct_vt, direct_s;
  size_t work, rwork, iwork, u, vt, s;
} svd_state;

typedef struct svd_job {
  tsri_job job;
  const svd_state *state;
  const tsr_view *a, *u, *s, *vt; /* u and vt NULL for values alone */
} svd_job;

/* ---- sizes ---- */

/* The least lwork and lrwork of LAPACK 3.11, of all path and versions the larger. */
static tsr_status least_work(const tsr_prepare *p, char job, double *lwork, double *lrwork) {
  const tsr_view *a = &p->in[0];
  double m = (double)a->dims[a->rank - 2], n = (double)a->dims[a->rank - 1];
  double least = m < n ? m : n, most = m < n ? n : m;
  if (tsri_is_complex(a->dtype)) {
    *lwork = job == 'N' ? 2 * least + most : least * least + 3 * least + most;
    double squares = 5 * least * least + 5 * least;
    double mixed = 2 * most * least + 2 * least * least + least;
    *lrwork = job == 'N' ? 7 * least : squares > mixed ? squares : mixed;
  } else {
    *lwork = job == 'N' ? 3 * least + (most > 7 * least ? most : 7 * least)
                        : 4 * least * least + 7 * least + most;
    *lrwork = 0;
  }
  if (*lwork > INT_MAX || *lrwork > INT_MAX)
    return TSR_FAIL(TSR_ERR_LIMIT, "%s: [%.0f, %.0f] needs work space beyond LAPACK's integers",
                    p->call->op->name, m, n);
  return TSR_OK;
}

/* Ask LAPACK what it would like. */
static int best_lwork(const tsr_prepare *p, char job, double least) {
  const tsr_cpu_spi *cpu = p->device->backend->spi;
  const tsr_view *a = &p->in[0];
  int m = (int)a->dims[a->rank - 1], n = (int)a->dims[a->rank - 2];
  int k = m < n ? m : n, ask = -1, info = 0, unused_int = 0;
  int lda = m > 0 ? m : 1, ldvt = job == 'A' ? n : k;
  if (ldvt < 1) ldvt = 1;
  double unused[2] = {0}, answer[2] = {0};
  cpu->lapack->gesdd[tsri_lapack_index(a->dtype)](&job, &m, &n, unused, &lda, unused, unused, &lda,
                                                  unused, &ldvt, answer, &ask, unused, &unused_int,
                                                  &info);
  return tsri_lapack_answer(a->dtype, answer, info, least);
}

static tsr_status add_matrix(const tsr_view *v, int32_t inner, size_t *at, size_t *sum) {
  *at = *sum;
  return tsri_linalg_add_matrix(sum, v, inner);
}

static tsr_status lay_out(svd_state *s, const tsr_prepare *p, double lrwork, size_t *total) {
  const tsr_view *a = &p->in[0], *values = &p->out[p->call->n_out == 3];
  const int64_t k = values->dims[values->rank - 1];
  size_t real = tsr_dtype_size(values->dtype), at;
  *total = 0;
  TSR_TRY(add_matrix(a, 2, &at, total)); /* gesdd destroys its input */
  s->work = *total;
  TSR_TRY(tsri_linalg_add_bytes(total, s->lwork, tsr_dtype_size(a->dtype)));
  s->rwork = *total;
  TSR_TRY(tsri_linalg_add_bytes(total, (int64_t)lrwork, real));
  s->iwork = *total;
  TSR_TRY(tsri_linalg_add_bytes(total, 8 * k, sizeof(int)));
  s->direct_s = k <= 1 || values->strides[values->rank - 1] == 1;
  if (!s->direct_s) TSR_TRY(add_matrix(values, 1, &s->s, total));
  if (s->job == 'N') return TSR_OK;
  s->direct_u = tsri_linalg_is_direct(&p->out[0]);
  s->direct_vt = tsri_linalg_is_direct(&p->out[2]);
  if (!s->direct_u) TSR_TRY(add_matrix(&p->out[0], 2, &s->u, total));
  if (!s->direct_vt) TSR_TRY(add_matrix(&p->out[2], 2, &s->vt, total));
  return TSR_OK;
}

static tsr_status fill(void *state, tsr_prepare *p) {
  const tsri_svd_attrs *attrs = p->call->attrs; /* NULL: values alone */
  const tsr_view *a = &p->in[0];
  svd_state *s = state;
  double lwork, lrwork;
  size_t scratch;
  s->job = !attrs ? 'N' : attrs->kind == TSR_SVD_FULL ? 'A' : 'S';
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  TSR_TRY(least_work(p, s->job, &lwork, &lrwork));
  s->lwork = best_lwork(p, s->job, lwork);
  TSR_TRY(lay_out(s, p, lrwork, &scratch));
  double m = (double)a->dims[a->rank - 2], n = (double)a->dims[a->rank - 1];
  double work = (m < n ? m * m * n : m * n * n) * (s->job == 'N' ? 4 : 20) + 1000;
  TSR_TRY(tsri_linalg_plan_make(p, a->rank - 2, a->dims, work, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_svd_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(svd_state), fill);
}

/* ---- one matrix ---- */

/* Without singular values any orthonormal vectors will do. */
static int decompose_nothing(const svd_job *job, int64_t i) {
  if (!job->u) return TSRI_FINE;
  tsr_view u = tsri_linalg_matrix(job->u, 2, &job->job, i),
           vt = tsri_linalg_matrix(job->vt, 2, &job->job, i);
  tsri_linalg_set_identity(&u);
  tsri_linalg_set_identity(&vt);
  return TSRI_FINE;
}

static int decompose(const tsri_job *base, int64_t i, char *scratch) {
  const svd_job *job = (const svd_job *)base;
  const svd_state *st = job->state;
  tsr_view a = tsri_linalg_matrix(job->a, 2, base, i);
  int m = (int)a.dims[1], n = (int)a.dims[0], info = TSRI_NOT_FINITE; /* of a^T */
  if (m == 0 || n == 0) return decompose_nothing(job, i);
  tsri_dense copy;
  tsri_target u = {0}, s, vt = {0};
  tsri_linalg_dense_like(&copy, &a, scratch);
  tsri_linalg_copy_view(&a, &copy.view);
  tsri_linalg_aim(&s, tsri_linalg_matrix(job->s, 1, base, i), st->direct_s, scratch + st->s);
  if (job->u) {
    tsri_linalg_aim(&u, tsri_linalg_matrix(job->u, 2, base, i), st->direct_u, scratch + st->u);
    tsri_linalg_aim(&vt, tsri_linalg_matrix(job->vt, 2, base, i), st->direct_vt, scratch + st->vt);
  }
  int ld_u = job->u ? tsri_linalg_leading(u.at) : 1,
      ld_vt = job->u ? tsri_linalg_leading(vt.at) : m;
  if (tsri_linalg_all_finite(copy.view.data, a.dtype, a.dims[0] * a.dims[1]))
    base->cpu->lapack->gesdd[tsri_lapack_index(a.dtype)](
        &st->job, &m, &n, copy.view.data, &m, s.at->data, job->u ? vt.at->data : scratch, &ld_vt,
        job->u ? u.at->data : scratch, &ld_u, scratch + st->work, &st->lwork, scratch + st->rwork,
        (int *)(void *)(scratch + st->iwork), &info);
  tsri_linalg_land(&s, info == 0);
  if (job->u) {
    tsri_linalg_land(&u, info == 0);
    tsri_linalg_land(&vt, info == 0);
  }
  return info;
}

static void describe(int info, char *text, size_t size) {
  snprintf(text, size, "%s",
           info == TSRI_NOT_FINITE ? "the input is not finite: it holds an infinity or NaN"
                                   : "the singular values did not converge");
}

tsr_status tsri_svd_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                        const tsr_view *out) {
  const svd_state *state = c->state;
  const bool values = state->job == 'N';
  svd_job job = {.job = tsri_linalg_job_of(stream, c, &state->plan, &in[0], decompose, describe),
                 .state = state,
                 .a = &in[0],
                 .u = values ? NULL : &out[0],
                 .s = values ? &out[0] : &out[1],
                 .vt = values ? NULL : &out[2]};
  return tsri_linalg_job_run(stream, &job.job);
}
