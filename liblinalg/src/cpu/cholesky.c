/* cholesky.c - LAPACK potrf on matrices where they stand.
 *
 * A matrix in C order is the transpose of what LAPACK sees, for a Hermitian one its conjugate:
 * the other triangle of that is named, and u^H u = conj(a) there is l l^H = a here.
 */
#include "rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct cholesky_state {
  tsri_plan plan;
  tsri_layout layout; /* of the result; TSRI_STRIDED: made in scratch, by rows */
} cholesky_state;

typedef struct cholesky_job {
  tsri_job job;
  const cholesky_state *state;
  const tsr_view *in, *out;
  tsr_uplo uplo;
} cholesky_job;

static tsr_status fill(void *state, tsr_prepare *p) {
  cholesky_state *s = state;
  const tsr_view *a = &p->in[0];
  const double n = (double)a->dims[a->rank - 1];
  size_t scratch = 0;
  s->layout = tsri_linalg_layout(&p->out[0]);
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  if (s->layout == TSRI_STRIDED) TSR_TRY(tsri_linalg_add_matrix(&scratch, a, 2));
  TSR_TRY(tsri_linalg_plan_make(p, a->rank - 2, a->dims, 0.4 * n * n * n + 100, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_cholesky_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(cholesky_state), fill);
}

/* Zeros in the other triangle, run by run. */
static void clear(const tsr_view *a, tsri_layout layout, tsr_uplo uplo) {
  const int32_t far = layout == TSRI_COLUMNS;
  const bool behind = (uplo == TSR_LOWER) != (layout == TSRI_COLUMNS); /* the diagonal of a run */
  const int64_t n = a->dims[0], size = (int64_t)tsr_dtype_size(a->dtype);
  for (int64_t i = 0; i < n; i++) {
    const int64_t begin = behind ? i + 1 : 0, count = behind ? n - i - 1 : i;
    memset((char *)a->data + (i * a->strides[far] + begin) * size, 0, (size_t)(count * size));
  }
}

/* 1 + the first place of the diagonal with NaN, which potrf need not notice; or 0. */
static int first_nan(const tsr_view *a) {
  const int64_t step = (a->strides[0] + a->strides[1]) * (int64_t)tsr_dtype_size(a->dtype);
  const bool single = tsr_dtype_real(a->dtype) == TSR_F32;
  for (int64_t i = 0; i < a->dims[0]; i++) {
    const void *at = (const char *)a->data + i * step;
    if (single ? isnan(*(const float *)at) : isnan(*(const double *)at)) return (int)i + 1;
  }
  return 0;
}

static int factor(const tsri_job *job, int64_t i, char *scratch) {
  const cholesky_job *c = (const cholesky_job *)job;
  const tsr_view a = tsri_linalg_matrix(&c->in[0], 2, job, i),
                 out = tsri_linalg_matrix(&c->out[0], 2, job, i),
                 info = tsri_linalg_matrix(&c->out[1], 0, job, i);
  tsri_dense dense;
  tsri_linalg_dense_like(&dense, &out, scratch);
  const tsr_view *at = c->state->layout == TSRI_STRIDED ? &dense.view : &out;
  const bool by_columns = c->state->layout == TSRI_COLUMNS;
  const int n = (int)out.dims[0], ld = tsri_linalg_leading_of(at, c->state->layout);
  int finding = 0;
  if (n > 0) {
    tsri_linalg_copy_view(&a, at);
    clear(at, c->state->layout, c->uplo);
    job->cpu->lapack->potrf[tsri_lapack_index(out.dtype)](
        (c->uplo == TSR_LOWER) == by_columns ? "L" : "U", &n, at->data, &ld, &finding);
    const int nan_at = first_nan(at);
    if (nan_at > 0 && (finding == 0 || nan_at < finding)) finding = nan_at;
    if (finding != 0)
      tsri_linalg_fill_nan(&out);
    else if (at != &out)
      tsri_linalg_copy_view(at, &out);
  }
  *(int32_t *)info.data = finding;
  return finding;
}

static void describe(int info, char *text, size_t size) {
  snprintf(text, size, "matrix is not positive definite: leading minor of order %d", info);
}

tsr_status tsri_cholesky_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                             const tsr_view *out) {
  const cholesky_state *s = c->state;
  const tsri_cholesky_attrs *attrs = c->attrs;
  cholesky_job k = {.job = tsri_linalg_job_of(stream, c, &s->plan, &in[0], factor,
                                              attrs->failure == TSRI_RAISE ? describe : NULL),
                    .state = s,
                    .in = in,
                    .out = out,
                    .uplo = attrs->uplo == TSR_LOWER ? TSR_LOWER : TSR_UPPER};
  return tsri_linalg_job_run(stream, &k.job);
}
