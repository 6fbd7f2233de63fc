/* eigh.c - LAPACK syevd (heevd), divide and conquer.
 *
 * LAPACK leaves eigenvectors in the columns of a column-major matrix, which is v^T in C
 * order. So the transpose of a, in C order, is made where v^T is wanted; what is not to be
 * read becomes zero there, and LAPACK looks at the other triangle only.
 */
#include "rows.h"
#include "target.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Where the parts of a chunk's scratch begin. */
typedef struct eigh_state {
  tsri_plan plan;
  char job;  /* LAPACK's N or V */
  char uplo; /* the triangle of a that is read: L or U */
  int lwork, lrwork, liwork;
  bool direct_v, direct_w;
  size_t rwork, iwork, w, v;
} eigh_state;

typedef struct eigh_job {
  tsri_job job;
  const eigh_state *state;
  const tsr_view *a, *w, *v; /* v NULL for values alone */
} eigh_job;

/* ---- sizes ---- */

/* The least lwork, lrwork and liwork that LAPACK documents. */
static tsr_status least_work(const tsr_prepare *p, char job, double *lwork, double *lrwork,
                             double *liwork) {
  const tsr_view *a = &p->in[0];
  const double n = (double)a->dims[a->rank - 1];
  const bool vectors = job == 'V' && n > 1, complex = tsri_is_complex(a->dtype);
  if (complex) {
    *lwork = vectors ? 2 * n + n * n : n + 1;
    *lrwork = vectors ? 1 + 5 * n + 2 * n * n : n > 1 ? n : 1;
  } else {
    *lwork = vectors ? 1 + 6 * n + 2 * n * n : 2 * n + 1;
    *lrwork = 0;
  }
  *liwork = vectors ? 3 + 5 * n : 1;
  if (*lwork > INT_MAX || *lrwork > INT_MAX)
    return TSR_FAIL(TSR_ERR_LIMIT, "%s: [%.0f, %.0f] needs work space beyond LAPACK's integers",
                    p->call->op->name, n, n);
  return TSR_OK;
}

/* Ask LAPACK what it would like. */
static int best_lwork(const tsr_prepare *p, const eigh_state *s, double least) {
  const tsr_cpu_spi *cpu = p->device->backend->spi;
  const tsr_view *a = &p->in[0];
  const int n = (int)a->dims[a->rank - 1], ask = -1, lda = n > 0 ? n : 1;
  double unused[2] = {0}, answer[2] = {0}, real_answer[2] = {0};
  int int_answer = 0, info = 0;
  cpu->lapack->syevd[tsri_lapack_index(a->dtype)](&s->job, &s->uplo, &n, unused, &lda, unused,
                                                  answer, &ask, real_answer, &ask, &int_answer,
                                                  &ask, &info);
  return tsri_lapack_answer(a->dtype, answer, info, least);
}

static tsr_status lay_out(eigh_state *s, const tsr_prepare *p, size_t *total) {
  const tsr_view *a = &p->in[0], *w = &p->out[0];
  tsri_exchanged v;
  *total = 0;
  TSR_TRY(tsri_linalg_add_bytes(total, s->lwork, tsr_dtype_size(a->dtype))); /* work is first */
  s->rwork = *total;
  TSR_TRY(tsri_linalg_add_bytes(total, s->lrwork, tsr_dtype_size(w->dtype)));
  s->iwork = *total;
  TSR_TRY(tsri_linalg_add_bytes(total, s->liwork, sizeof(int)));
  s->w = *total;
  s->direct_w = w->dims[w->rank - 1] <= 1 || w->strides[w->rank - 1] == 1;
  if (!s->direct_w) TSR_TRY(tsri_linalg_add_matrix(total, w, 1));
  s->v = *total;
  s->direct_v = s->job == 'V' && tsri_linalg_is_direct(tsri_linalg_exchange(&v, &p->out[1]));
  return s->direct_v ? TSR_OK : tsri_linalg_add_matrix(total, a, 2);
}

static tsr_status fill(void *state, tsr_prepare *p) {
  const tsri_eigh_attrs *attrs = p->call->attrs;
  const tsr_view *a = &p->in[0];
  const double n = (double)a->dims[a->rank - 1];
  eigh_state *s = state;
  double lwork, lrwork, liwork;
  size_t scratch;
  s->job = p->call->n_out == 2 ? 'V' : 'N';
  s->uplo = attrs->uplo == TSR_LOWER ? 'L' : 'U';
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  TSR_TRY(least_work(p, s->job, &lwork, &lrwork, &liwork));
  s->lwork = best_lwork(p, s, lwork);
  s->lrwork = (int)lrwork;
  s->liwork = (int)liwork;
  TSR_TRY(lay_out(s, p, &scratch));
  const double work = n * n * n * (s->job == 'N' ? 1.5 : 9) + 1000;
  TSR_TRY(tsri_linalg_plan_make(p, a->rank - 2, a->dims, work, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_eigh_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(eigh_state), fill);
}

/* ---- one matrix ---- */

/* Zeros over what is not read of the transpose of a, which is C-ordered: one triangle, and
 * imaginary parts on the diagonal. */
static void clear_unread(const tsr_view *t, bool lower) {
  const size_t size = tsr_dtype_size(t->dtype);
  const int64_t n = t->dims[0];
  for (int64_t i = 0; i < n; i++) {
    char *row = (char *)t->data + (size_t)(i * t->strides[0]) * size;
    if (lower)
      memset(row, 0, (size_t)i * size);
    else
      memset(row + (size_t)(i + 1) * size, 0, (size_t)(n - i - 1) * size);
    if (tsri_is_complex(t->dtype)) memset(row + (size_t)i * size + size / 2, 0, size / 2);
  }
}

static int decompose(const tsri_job *base, int64_t i, char *scratch) {
  const eigh_job *job = (const eigh_job *)base;
  const eigh_state *st = job->state;
  const tsr_view a = tsri_linalg_matrix(job->a, 2, base, i);
  const tsr_view out = job->v ? tsri_linalg_matrix(job->v, 2, base, i) : a;
  const int n = (int)a.dims[0];
  tsri_exchanged a_t, v_t;
  tsri_target v, w;
  int info = TSRI_NOT_FINITE;
  if (n == 0) return TSRI_FINE;
  tsri_linalg_aim(&w, tsri_linalg_matrix(job->w, 1, base, i), st->direct_w, scratch + st->w);
  tsri_linalg_aim(&v, *tsri_linalg_exchange(&v_t, &out), st->direct_v, scratch + st->v);
  tsri_linalg_copy_view(tsri_linalg_exchange(&a_t, &a), v.at);
  clear_unread(v.at, st->uplo == 'L');
  const int ld = tsri_linalg_leading(v.at);
  if (tsri_linalg_rows_are_finite(v.at))
    base->cpu->lapack->syevd[tsri_lapack_index(a.dtype)](
        &st->job, &st->uplo, &n, v.at->data, &ld, w.at->data, scratch, &st->lwork,
        scratch + st->rwork, &st->lrwork, (int *)(void *)(scratch + st->iwork), &st->liwork, &info);
  tsri_linalg_land(&w, info == 0);
  if (job->v) tsri_linalg_land(&v, info == 0);
  return info;
}

static void describe(int info, char *text, size_t size) {
  snprintf(text, size, "%s",
           info == TSRI_NOT_FINITE ? "the input is not finite: it holds an infinity or NaN"
                                   : "the eigenvalues did not converge");
}

tsr_status tsri_eigh_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                         const tsr_view *out) {
  const eigh_state *state = c->state;
  eigh_job job = {.job = tsri_linalg_job_of(stream, c, &state->plan, &in[0], decompose, describe),
                  .state = state,
                  .a = &in[0],
                  .w = &out[0],
                  .v = state->job == 'V' ? &out[1] : NULL};
  return tsri_linalg_job_run(stream, &job.job);
}
