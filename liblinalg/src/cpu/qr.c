/* qr.c - LAPACK gelqf and orglq (unglq), on matrices in C order.
 *
 *   a = q r  is  a^T = r^T q^T
 *
 * A matrix in C order is its transpose to LAPACK, so gelqf finds r^T, lower triangular, and
 * orglq makes q^T of what gelqf leaves beside it. Columns of q and rows of r then change
 * sign together, so that the diagonal of r is not negative.
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

/* The larger of what gelqf and orglq want; for them a is [n, m] and q [columns, m]. */
static int work_size(const tsr_prepare *p, int m, int n, int columns) {
  const tsr_cpu_spi *cpu = p->device->backend->spi;
  const tsr_dtype dtype = p->in[0].dtype;
  const int32_t at = tsri_lapack_index(dtype);
  const int k = m < n ? m : n, ask = -1, ld = n > columns ? n : columns;
  double unused[2] = {0}, answer[2] = {0};
  int info = 0;
  cpu->lapack->gelqf[at](&n, &m, unused, &ld, unused, answer, &ask, &info);
  const int factor = tsri_lapack_answer(dtype, answer, info, n);
  cpu->lapack->orglq[at](&columns, &m, &k, unused, &ld, unused, answer, &ask, &info);
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
  size_t scratch;
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  s->direct_q = tsri_linalg_is_direct(q);
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
static void take_r(const tsr_view *factors, const tsr_view *r, char *flips) {
  const size_t size = tsr_dtype_size(r->dtype);
  const int64_t m = factors->dims[0], n = factors->dims[1];
  for (int64_t i = 0; i < r->dims[0]; i++) {
    const bool flip = i < m && i < n && is_negative(r->dtype, element(factors, i, i));
    if (i < m && i < n) flips[i] = flip;
    for (int64_t j = 0; j < n; j++) {
      char *to = element(r, i, j);
      if (j < i) {
        memset(to, 0, size);
        continue;
      }
      memcpy(to, element(factors, i, j), size);
      if (flip) negate(r->dtype, to);
    }
  }
}

/* The first k columns hold what gelqf knows of q. */
static void take_reflectors(const tsr_view *factors, const tsr_view *q, int64_t k) {
  const size_t bytes = (size_t)k * tsr_dtype_size(q->dtype);
  for (int64_t i = 0; i < q->dims[0]; i++)
    memcpy(element(q, i, 0), element(factors, i, 0), bytes);
}

static void flip_columns(const tsr_view *q, int64_t k, const char *flips) {
  for (int64_t i = 0; i < q->dims[0]; i++)
    for (int64_t j = 0; j < k; j++)
      if (flips[j]) negate(q->dtype, element(q, i, j));
}

/* ---- one matrix ---- */

/* Factors become r and, at q, the reflectors that orglq expands. */
static int factor(const qr_job *job, const tsr_view *factors, const tsri_target *q,
                  const tsr_view *r, char *scratch) {
  const qr_state *st = job->state;
  const tsr_cpu_lapack *lapack = job->job.cpu->lapack;
  const int32_t at = tsri_lapack_index(r->dtype);
  const int m = (int)factors->dims[0], n = (int)factors->dims[1], k = m < n ? m : n;
  const int ld = tsri_linalg_leading(factors), ld_q = tsri_linalg_leading(q->at);
  const int columns = (int)q->at->dims[1];
  char *flips = scratch + st->flips;
  int info = 0;
  lapack->gelqf[at](&n, &m, factors->data, &ld, scratch + st->tau, scratch + st->work, &st->lwork,
                    &info);
  if (info != 0) return info;
  take_r(factors, r, flips);
  if (!st->wants_q) return TSRI_FINE;
  if (!st->in_q) take_reflectors(factors, q->at, k);
  lapack->orglq[at](&columns, &m, &k, q->at->data, &ld_q, scratch + st->tau, scratch + st->work,
                    &st->lwork, &info);
  if (info == 0) flip_columns(q->at, k, flips);
  return info;
}

static int decompose(const tsri_job *base, int64_t i, char *scratch) {
  const qr_job *job = (const qr_job *)base;
  const qr_state *st = job->state;
  const tsr_view a = tsri_linalg_matrix(job->a, 2, base, i);
  const tsr_view r = tsri_linalg_matrix(job->r, 2, base, i);
  tsri_target q;
  tsri_dense copy;
  tsri_linalg_aim(&q, tsri_linalg_matrix(job->q, 2, base, i), st->direct_q, scratch + st->q);
  if (a.dims[0] == 0 || a.dims[1] == 0) {
    if (st->wants_q) tsri_linalg_set_identity(&q.view);
    return TSRI_FINE;
  }
  tsri_linalg_dense_like(&copy, &a, scratch + st->factors);
  const tsr_view *factors = st->in_q ? q.at : &copy.view;
  tsri_linalg_copy_view(&a, factors);
  const int info = tsri_linalg_rows_are_finite(factors) ? factor(job, factors, &q, &r, scratch)
                                                        : TSRI_NOT_FINITE;
  if (st->wants_q) tsri_linalg_land(&q, info == 0);
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
  qr_job job = {
      .job = {.plan = &state->plan,
              .call = c,
              .cpu = stream->device->backend->spi,
              .rank = in[0].rank - 2,
              .dims = in[0].dims,
              .one = decompose,
              .describe = describe},
      .state = state,
      .a = &in[0],
      .q = &out[0],
      .r = &out[1]
  };
  return tsri_linalg_job_run(stream, &job.job);
}
