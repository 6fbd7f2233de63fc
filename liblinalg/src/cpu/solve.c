/* solve.c - two triangular solves in place of the right-hand sides, in C order.
 *
 *   getrf saw C = a^T = P L U;   rhs in C order is, to BLAS, its transpose
 *   a x = rhs:    x^T C   = rhs^T, so x^T = rhs^T U^-1 L^-1 P^-1
 *   a^H x = rhs:  x^T C^H = rhs^T, so x^T = rhs^T P L^-H U^-H
 *
 * P acts on columns of x^T, which are rows of x. No transposed copy is made.
 */
#include "rows.h"
#include "small.h"

#include <string.h>

typedef struct solve_state {
  tsri_plan plan;
  bool direct_lu, direct_x;
  size_t lu; /* bytes of scratch for the factors */
} solve_state;

typedef struct solve_job {
  tsri_job job;
  const solve_state *state;
  const tsr_view *lu, *pivots, *rhs, *out;
  tsri_form form;
} solve_job;

static tsr_status fill(void *state, tsr_prepare *p) {
  solve_state *s = state;
  const tsr_view *lu = &p->in[1], *rhs = &p->in[3];
  double n = (double)rhs->dims[rhs->rank - 2], k = (double)rhs->dims[rhs->rank - 1];
  size_t scratch = 0;
  s->direct_lu = tsri_linalg_is_direct(lu);
  s->direct_x = tsri_linalg_is_direct(&p->out[0]);
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  TSR_TRY(tsri_require_lapack_size(p->call, 3));
  if (!s->direct_lu) TSR_TRY(tsri_linalg_add_matrix(&scratch, lu, 2));
  s->lu = scratch;
  if (!s->direct_x) TSR_TRY(tsri_linalg_add_matrix(&scratch, rhs, 2));
  TSR_TRY(
      tsri_linalg_plan_make(p, rhs->rank - 2, rhs->dims, 2 * n * n * k + 100, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_solve_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(solve_state), fill);
}

static void swap_rows(const tsr_view *x, int64_t i, int64_t j) {
  char kept[256];
  const size_t size = tsr_dtype_size(x->dtype), bytes = (size_t)x->dims[1] * size;
  char *a = (char *)x->data + (size_t)(i * x->strides[0]) * size;
  char *b = (char *)x->data + (size_t)(j * x->strides[0]) * size;
  if (i == j) return;
  for (size_t at = 0; at < bytes; at += sizeof kept) {
    size_t n = bytes - at < sizeof kept ? bytes - at : sizeof kept;
    memcpy(kept, a + at, n);
    memcpy(a + at, b + at, n);
    memcpy(b + at, kept, n);
  }
}

static int64_t pivot_of(const tsr_view *pivots, int64_t i) {
  int64_t n = pivots->dims[0], at = ((const int32_t *)pivots->data)[i * pivots->strides[0]];
  return at < 0 ? 0 : at < n ? at : n - 1; /* what is no pivot must not lead astray */
}

static void triangle(const solve_job *s, const char *uplo, const char *diag, const tsr_view *lu,
                     const tsr_view *x) {
  static const float one_f[] = {1, 0};
  static const double one_d[] = {1, 0};
  const void *one = tsr_dtype_real(x->dtype) == TSR_F32 ? (const void *)one_f : one_d;
  int n = (int)x->dims[0], k = (int)x->dims[1], ld_lu = tsri_linalg_leading(lu),
      ld_x = tsri_linalg_leading(x);
  s->job.cpu->blas->trsm[tsri_lapack_index(x->dtype)]("R", uplo,
                                                      s->form == TSRI_ADJOINT ? "C" : "N", diag, &k,
                                                      &n, one, lu->data, &ld_lu, x->data, &ld_x);
}

static void by_loops(const tsr_view *lu, const tsr_view *pivots, const tsr_view *x,
                     tsri_form form) {
  int64_t at[TSRI_SMALL];
  for (int64_t k = 0; k < x->dims[0]; k++)
    at[k] = pivot_of(pivots, k);
  tsri_small_solve(lu, at, x, form);
}

static void by_blas(const solve_job *s, const tsr_view *lu, const tsr_view *pivots,
                    const tsr_view *x) {
  const int64_t n = x->dims[0];
  if (s->form == TSRI_ADJOINT) {
    for (int64_t k = 0; k < n; k++)
      swap_rows(x, k, pivot_of(pivots, k));
    triangle(s, "L", "U", lu, x);
    triangle(s, "U", "N", lu, x);
  } else {
    triangle(s, "U", "N", lu, x);
    triangle(s, "L", "U", lu, x);
    for (int64_t k = n - 1; k >= 0; k--)
      swap_rows(x, k, pivot_of(pivots, k));
  }
}

static int solve(const tsri_job *job, int64_t i, char *scratch) {
  const solve_job *s = (const solve_job *)job;
  tsr_view lu = tsri_linalg_matrix(s->lu, 2, job, i),
           pivots = tsri_linalg_matrix(s->pivots, 1, job, i);
  tsr_view rhs = tsri_linalg_matrix(s->rhs, 2, job, i), out = tsri_linalg_matrix(s->out, 2, job, i);
  if (rhs.dims[0] == 0 || rhs.dims[1] == 0) return TSRI_FINE;
  tsri_dense dense_lu, dense_x;
  tsri_linalg_dense_like(&dense_lu, &lu, scratch);
  tsri_linalg_dense_like(&dense_x, &out, scratch + s->state->lu);
  const tsr_view *x = s->state->direct_x ? &out : &dense_x.view;
  tsri_linalg_copy_view(&rhs, x);
  if (!s->state->direct_lu) {
    tsri_linalg_copy_view(&lu, &dense_lu.view);
    lu = dense_lu.view;
  }
  if (tsri_is_small(x))
    by_loops(&lu, &pivots, x, s->form);
  else
    by_blas(s, &lu, &pivots, x);
  if (x != &out) tsri_linalg_copy_view(x, &out);
  return TSRI_FINE;
}

tsr_status tsri_solve_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                          const tsr_view *out) {
  const solve_state *state = c->state;
  const tsri_solve_attrs *attrs = c->attrs;
  solve_job s = {.job = tsri_linalg_job_of(stream, c, &state->plan, &in[3], solve, NULL),
                 .state = state,
                 .lu = &in[1],
                 .pivots = &in[2],
                 .rhs = &in[3],
                 .out = &out[0],
                 .form = attrs->form == TSRI_ADJOINT ? TSRI_ADJOINT : TSRI_PLAIN};
  return tsri_linalg_job_run(stream, &s.job);
}
