/* triangular.c - BLAS trsm on matrices where they stand.
 *
 * BLAS sees x, or x^T where x is in C order; then op(a) x = rhs becomes x^T op(a)^T = rhs^T, the
 * other side. It sees a or a^T likewise. Each of these turns once, and what remains is op(a),
 * its transpose, or its conjugate, which alone BLAS does not have.
 */
#include "rows.h"

#include <stdio.h>

typedef struct triangular_state {
  tsri_plan plan;
  tsri_layout a, x; /* TSRI_STRIDED: in scratch */
  bool copies_a;
  size_t a_bytes;
} triangular_state;

typedef struct triangular_job {
  tsri_job job;
  const triangular_state *state;
  const tsri_triangular_attrs *attrs;
  const tsr_view *in, *out;
} triangular_job;

static bool is_complex(tsr_dtype dtype) { return tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX; }

static tsr_status fill(void *state, tsr_prepare *p) {
  triangular_state *s = state;
  const tsri_triangular_attrs *attrs = p->call->attrs;
  const tsr_view *a = &p->in[0], *x = &p->out[0];
  const double n = (double)a->dims[a->rank - 1], m = (double)x->dims[x->rank - 2],
               k = (double)x->dims[x->rank - 1];
  size_t scratch = 0;
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  TSR_TRY(tsri_require_lapack_size(p->call, 1));
  s->a = tsri_linalg_layout(a);
  s->x = tsri_linalg_layout(x);
  const bool conjugates = is_complex(a->dtype) && attrs->trans == TSR_TRANS_ADJOINT;
  const bool is_column = x->dims[x->rank - 1] == 1 && x->strides[x->rank - 2] == 1;
  /* A dense column is both, and faster as that, unless a would have to be copied for it. */
  if (is_column && !(conjugates && s->a == TSRI_ROWS)) s->x = TSRI_COLUMNS;
  const tsri_layout like = s->x == TSRI_COLUMNS ? TSRI_COLUMNS : TSRI_ROWS;
  s->copies_a = s->a == TSRI_STRIDED || (conjugates && s->a != like);
  if (s->copies_a) {
    s->a = like;
    TSR_TRY(tsri_linalg_add_matrix(&scratch, a, 2));
  }
  s->a_bytes = scratch;
  if (s->x == TSRI_STRIDED) TSR_TRY(tsri_linalg_add_matrix(&scratch, x, 2));
  TSR_TRY(tsri_linalg_plan_make(p, x->rank - 2, x->dims, n * m * k + 100, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_triangular_solve_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(triangular_state), fill);
}

static bool is_zero(tsr_dtype dtype, const void *element) {
  const float *f = element;
  const double *d = element;
  const int32_t parts = is_complex(dtype) ? 2 : 1;
  bool zero = true;
  for (int32_t k = 0; k < parts; k++)
    zero &= tsr_dtype_real(dtype) == TSR_F32 ? f[k] == 0 : d[k] == 0;
  return zero;
}

/* 1 + the first place of the diagonal with a zero, or 0. */
static int first_zero(const tsr_view *a) {
  const int64_t step = (a->strides[0] + a->strides[1]) * (int64_t)tsr_dtype_size(a->dtype);
  for (int64_t i = 0; i < a->dims[0]; i++)
    if (is_zero(a->dtype, (const char *)a->data + i * step)) return (int)i + 1;
  return 0;
}

/* a and x as BLAS gets them, by layouts a_by and x_by. */
static void substitute(const triangular_job *t, const tsr_view *a, const tsr_view *x,
                       tsri_layout a_by, tsri_layout x_by) {
  static const float one_f[] = {1, 0};
  static const double one_d[] = {1, 0};
  const void *one = tsr_dtype_real(x->dtype) == TSR_F32 ? (const void *)one_f : one_d;
  const tsri_triangular_attrs *attrs = t->attrs;
  const bool a_turned = a_by == TSRI_ROWS, x_turned = x_by == TSRI_ROWS;
  const bool left = (attrs->side == TSR_LEFT) != x_turned;
  const bool lower = (attrs->uplo == TSR_LOWER) != a_turned;
  const bool turns = (attrs->trans != TSR_TRANS_NONE) != (a_turned != x_turned);
  const bool conjugates = is_complex(x->dtype) && attrs->trans == TSR_TRANS_ADJOINT;
  const int m = (int)x->dims[x_turned], n = (int)x->dims[!x_turned];
  const int ld_a = tsri_linalg_leading_of(a, a_by), ld_x = tsri_linalg_leading_of(x, x_by);
  t->job.cpu->blas->trsm[tsri_lapack_index(x->dtype)](left ? "L" : "R", lower ? "L" : "U",
                                                      !turns       ? "N"
                                                      : conjugates ? "C"
                                                                   : "T",
                                                      attrs->diag == TSR_DIAG_UNIT ? "U" : "N", &m,
                                                      &n, one, a->data, &ld_a, x->data, &ld_x);
}

static int solve(const tsri_job *job, int64_t i, char *scratch) {
  const triangular_job *t = (const triangular_job *)job;
  const triangular_state *s = t->state;
  const tsr_view a = tsri_linalg_matrix(&t->in[0], 2, job, i),
                 rhs = tsri_linalg_matrix(&t->in[1], 2, job, i),
                 out = tsri_linalg_matrix(&t->out[0], 2, job, i);
  const int zero = t->attrs->diag == TSR_DIAG_UNIT ? 0 : first_zero(&a);
  if (zero != 0) {
    tsri_linalg_fill_nan(&out);
    return zero;
  }
  if (out.dims[0] == 0 || out.dims[1] == 0) return TSRI_FINE;
  tsri_dense copy_a, copy_x;
  tsri_linalg_dense_like(&copy_a, &a, scratch);
  tsri_linalg_dense_like(&copy_x, &out, scratch + s->a_bytes);
  if (s->copies_a && s->a == TSRI_COLUMNS) tsri_linalg_turn(&copy_a);
  if (s->copies_a) tsri_linalg_copy_view(&a, &copy_a.view);
  const bool direct = s->x != TSRI_STRIDED;
  const tsr_view *x = direct ? &out : &copy_x.view;
  tsri_linalg_copy_view(&rhs, x);
  substitute(t, s->copies_a ? &copy_a.view : &a, x, s->a, direct ? s->x : TSRI_ROWS);
  if (!direct) tsri_linalg_copy_view(x, &out);
  return TSRI_FINE;
}

static void describe(int finding, char *text, size_t size) {
  snprintf(text, size, "matrix is singular: element %d of its diagonal is zero", finding - 1);
}

tsr_status tsri_triangular_solve_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                                     const tsr_view *out) {
  const triangular_state *s = c->state;
  triangular_job t = {.job = tsri_linalg_job_of(stream, c, &s->plan, &out[0], solve, describe),
                      .state = s,
                      .attrs = c->attrs,
                      .in = in,
                      .out = out};
  return tsri_linalg_job_run(stream, &t.job);
}
