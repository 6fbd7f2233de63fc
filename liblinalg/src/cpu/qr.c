/* qr.c - LAPACK geqrf and orgqr (ungqr).
 *
 * They are a good deal faster on tall matrices than their row-wise counterparts, so columns
 * are made dense: the kernel works on transposes in C order, and q is turned back at the
 * end unless it is column-major anyway. Columns of q and rows of r then change sign
 * together, so that the diagonal of r is not negative.
 */
#include "rows.h"
#include "target.h"

#include <stdio.h>
#include <string.h>

/* Where the parts of a chunk's scratch begin. */
typedef struct qr_state {
  tsri_plan plan;
  bool wants_q, direct_q;
  bool in_q; /* q is as large as a, which is then factored where q will be */
  int lwork;
  size_t tau, work, flips, factors, q;
} qr_state;

typedef struct qr_job {
  tsri_job job;
  const qr_state *state;
  const tsr_view *a, *q, *r;
} qr_job;

/* ---- sizes ---- */

/* The larger of what geqrf and orgqr want, for a [m, n] and q [m, columns]. */
static int work_size(const tsr_prepare *p, int m, int n, int columns) {
  const tsr_cpu_spi *cpu = p->device->backend->spi;
  const tsr_dtype dtype = p->in[0].dtype;
  const int32_t at = tsri_lapack_index(dtype);
  const int k = m < n ? m : n, ask = -1;
  double unused[2] = {0}, answer[2] = {0};
  int info = 0;
  cpu->lapack->geqrf[at](&m, &n, unused, &m, unused, answer, &ask, &info);
  const int factor = tsri_lapack_answer(dtype, answer, info, n);
  cpu->lapack->orgqr[at](&m, &columns, &k, unused, &m, unused, answer, &ask, &info);
  const int expand = tsri_lapack_answer(dtype, answer, info, columns);
  return factor > expand ? factor : expand;
}

static tsr_status lay_out(qr_state *s, const tsr_prepare *p, int64_t k, size_t *total) {
  const size_t size = tsr_dtype_size(p->in[0].dtype);
  *total = 0;
  TSR_TRY(tsri_linalg_add_bytes(total, k, size)); /* tau is first */
  s->work = *total;
  TSR_TRY(tsri_linalg_add_bytes(total, s->lwork, size));
  s->flips = *total;
  TSR_TRY(tsri_linalg_add_bytes(total, k, 1));
  s->factors = *total;
  if (!s->in_q) TSR_TRY(tsri_linalg_add_matrix(total, &p->in[0], 2));
  s->q = *total;
  if (s->wants_q && !s->direct_q) TSR_TRY(tsri_linalg_add_matrix(total, &p->out[0], 2));
  return TSR_OK;
}

static tsr_status fill(void *state, tsr_prepare *p) {
  qr_state *s = state;
  const tsr_view *a = &p->in[0], *q = &p->out[0];
  const int64_t m = a->dims[a->rank - 2], n = a->dims[a->rank - 1], columns = q->dims[q->rank - 1];
  const int64_t k = m < n ? m : n;
  tsri_exchanged q_t;
  size_t scratch;
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  s->direct_q = tsri_linalg_is_direct(tsri_linalg_exchange(&q_t, q));
  s->wants_q = p->wanted[0];
  s->in_q = s->wants_q && columns == n;
  s->lwork = k > 0 ? work_size(p, (int)m, (int)n, (int)columns) : 1;
  TSR_TRY(lay_out(s, p, k, &scratch));
  const double work = 4 * (double)m * (double)k * (double)(n > columns ? n : columns) + 1000;
  TSR_TRY(tsri_linalg_plan_make(p, a->rank - 2, a->dims, work, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_qr_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(qr_state), fill);
}

/* ---- elements ---- */

static char *element(const tsr_view *v, int64_t i, int64_t j) {
  return (char *)v->data +
         (i * v->strides[0] + j * v->strides[1]) * (int64_t)tsr_dtype_size(v->dtype);
}

static bool is_negative(tsr_dtype dtype, const void *x) {
  return tsr_dtype_real(dtype) == TSR_F32 ? *(const float *)x < 0 : *(const double *)x < 0;
}

static void negate(tsr_dtype dtype, void *x) {
  const int parts = tsri_is_complex(dtype) ? 2 : 1;
  for (int i = 0; i < parts; i++)
    if (tsr_dtype_real(dtype) == TSR_F32)
      ((float *)x)[i] = -((float *)x)[i];
    else
      ((double *)x)[i] = -((double *)x)[i];
}

/* r is the upper triangle of the factors, of no negative diagonal; flips: rows negated. */
static void take_r(const tsr_view *factors_t, const tsr_view *r, char *flips) {
  const size_t size = tsr_dtype_size(r->dtype);
  const int64_t n = factors_t->dims[0], m = factors_t->dims[1];
  for (int64_t i = 0; i < r->dims[0]; i++) {
    const bool is_row = i < m && i < n;
    const bool flip = is_row && is_negative(r->dtype, element(factors_t, i, i));
    if (is_row) flips[i] = flip;
    for (int64_t j = 0; j < n; j++) {
      char *to = element(r, i, j);
      if (j < i) {
        memset(to, 0, size);
        continue;
      }
      memcpy(to, element(factors_t, j, i), size);
      if (flip) negate(r->dtype, to);
    }
  }
}

/* The first k columns hold what geqrf knows of q. */
static void take_reflectors(const tsr_view *factors_t, const tsr_view *q_t, int64_t k) {
  const size_t bytes = (size_t)q_t->dims[1] * tsr_dtype_size(q_t->dtype);
  for (int64_t j = 0; j < k; j++)
    memcpy(element(q_t, j, 0), element(factors_t, j, 0), bytes);
}

static void flip_columns(const tsr_view *q_t, int64_t k, const char *flips) {
  for (int64_t j = 0; j < k; j++)
    for (int64_t i = 0; i < q_t->dims[1] && flips[j]; i++)
      negate(q_t->dtype, element(q_t, j, i));
}

/* ---- one matrix ---- */

/* Factors become r and, at q, the reflectors that orgqr expands. */
static int factor(const qr_job *job, const tsr_view *factors_t, const tsr_view *q_t,
                  const tsr_view *r, char *scratch) {
  const qr_state *st = job->state;
  const tsr_cpu_lapack *lapack = job->job.cpu->lapack;
  const int32_t at = tsri_lapack_index(r->dtype);
  const int n = (int)factors_t->dims[0], m = (int)factors_t->dims[1], k = m < n ? m : n;
  const int ld = tsri_linalg_leading(factors_t), ld_q = tsri_linalg_leading(q_t);
  const int columns = (int)q_t->dims[0];
  char *flips = scratch + st->flips;
  int info = 0;
  lapack->geqrf[at](&m, &n, factors_t->data, &ld, scratch + st->tau, scratch + st->work, &st->lwork,
                    &info);
  if (info != 0) return info;
  take_r(factors_t, r, flips);
  if (!st->wants_q) return TSRI_FINE;
  if (!st->in_q) take_reflectors(factors_t, q_t, k);
  lapack->orgqr[at](&m, &columns, &k, q_t->data, &ld_q, scratch + st->tau, scratch + st->work,
                    &st->lwork, &info);
  if (info == 0) flip_columns(q_t, k, flips);
  return info;
}

static int decompose(const tsri_job *base, int64_t i, char *scratch) {
  const qr_job *job = (const qr_job *)base;
  const qr_state *st = job->state;
  const tsr_view a = tsri_linalg_matrix(job->a, 2, base, i);
  const tsr_view r = tsri_linalg_matrix(job->r, 2, base, i);
  const tsr_view q = tsri_linalg_matrix(job->q, 2, base, i);
  tsri_exchanged a_t, q_t;
  tsri_target q_at;
  tsri_dense copy;
  tsri_linalg_exchange(&a_t, &a);
  tsri_linalg_aim(&q_at, *tsri_linalg_exchange(&q_t, &q), st->direct_q, scratch + st->q);
  if (a.dims[0] == 0 || a.dims[1] == 0) {
    if (st->wants_q) tsri_linalg_set_identity(&q);
    return TSRI_FINE;
  }
  tsri_linalg_dense_like(&copy, &a_t.view, scratch + st->factors);
  const tsr_view *factors_t = st->in_q ? q_at.at : &copy.view;
  tsri_linalg_copy_view(&a_t.view, factors_t);
  const int info = tsri_linalg_rows_are_finite(factors_t)
                       ? factor(job, factors_t, q_at.at, &r, scratch)
                       : TSRI_NOT_FINITE;
  if (st->wants_q) tsri_linalg_land(&q_at, info == 0);
  if (info != 0) tsri_linalg_fill_nan(&r);
  return info;
}

static void describe(int info, char *text, size_t size) {
  (void)info; /* LAPACK has no findings here */
  snprintf(text, size, "the input is not finite: it holds an infinity or NaN");
}

tsr_status tsri_qr_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                       const tsr_view *out) {
  const qr_state *state = c->state;
  qr_job job = {.job = tsri_linalg_job_of(stream, c, &state->plan, &in[0], decompose, describe),
                .state = state,
                .a = &in[0],
                .q = &out[0],
                .r = &out[1]};
  return tsri_linalg_job_run(stream, &job.job);
}
