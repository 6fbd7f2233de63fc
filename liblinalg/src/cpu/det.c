/* det.c - determinants from LAPACK getrf, which is given the transpose: their determinant is one.
 *
 * The product of the diagonal keeps an exponent of its own, so it overflows only when the
 * determinant does. It is taken in double for all four dtypes and rounded once.
 */
#include "elements.h"
#include "rows.h"
#include "small.h"

typedef struct det_state {
  tsri_plan plan;
  size_t pivots; /* bytes of scratch for LAPACK's pivots, the matrix behind them */
} det_state;

typedef struct det_job {
  tsri_job job;
  const det_state *state;
  const tsr_view *in, *out;
} det_job;

static tsr_status fill(void *state, tsr_prepare *p) {
  det_state *s = state;
  const tsr_view *a = &p->in[0];
  const int64_t n = a->dims[a->rank - 1];
  const double work = 0.7 * (double)n * (double)n * (double)n + 100;
  size_t scratch = 0;
  TSR_TRY(tsri_require_lapack_size(p->call, 0));
  TSR_TRY(tsri_linalg_add_bytes(&scratch, n, sizeof(int)));
  s->pivots = scratch;
  TSR_TRY(tsri_linalg_add_matrix(&scratch, a, 2));
  TSR_TRY(tsri_linalg_plan_make(p, a->rank - 2, a->dims, work, scratch, &s->plan));
  p->workspace = tsri_linalg_plan_bytes(&s->plan);
  return TSR_OK;
}

tsr_status tsri_det_prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return tsri_linalg_prepare(p, sizeof(det_state), fill);
}

/* ---- the product ---- */

static double complex load(tsr_dtype dtype, const void *data, int64_t i) {
  const float *f = data;
  const double *d = data;
  switch (dtype) {
  case TSR_F32:
    return f[i];
  case TSR_F64:
    return d[i];
  case TSR_C64:
    return CMPLX(f[2 * i], f[2 * i + 1]);
  default:
    return CMPLX(d[2 * i], d[2 * i + 1]);
  }
}

static void store(tsr_dtype dtype, void *data, double complex x) {
  float *f = data;
  double *d = data;
  const bool single = tsr_dtype_real(dtype) == TSR_F32;
  for (int k = 0; k < (tsr_dtype_kind(dtype) == TSR_KIND_COMPLEX ? 2 : 1); k++) {
    const double part = k ? cimag(x) : creal(x);
    if (single)
      f[k] = (float)part;
    else
      d[k] = part;
  }
}

/* x 2^exponent, the larger part of x in [1/2, 1) unless it is 0, inf or NaN. */
typedef struct scaled {
  double complex x;
  int64_t exponent;
} scaled;

static scaled normal(scaled s) {
  const int e = tsri_exponent(fmax(fabs(creal(s.x)), fabs(cimag(s.x))));
  s.x = CMPLX(ldexp(creal(s.x), -e), ldexp(cimag(s.x), -e));
  s.exponent += e;
  return s;
}

static double complex value_of(scaled s) {
  const int e = s.exponent > 4000 ? 4000 : s.exponent < -4000 ? -4000 : (int)s.exponent;
  return CMPLX(ldexp(creal(s.x), e), ldexp(cimag(s.x), e));
}

/* A real number stays one: no part becomes 0 times infinity. */
static double complex times(double complex x, double complex y, bool is_real) {
  return is_real ? CMPLX(creal(x) * creal(y), 0) : x * y;
}

/* The diagonal u_ii of matrix i, factored in scratch, -u_ii where rows were swapped. */
typedef struct diagonal {
  tsr_dtype dtype;
  const char *at;
  const int *pivots;
  int64_t n;
} diagonal;

static double complex element(const diagonal *u, int64_t i) {
  const double complex x = load(u->dtype, u->at, i * (u->n + 1));
  return u->pivots[i] == (int)i + 1 ? x : -x;
}

static diagonal factor(const det_job *d, int64_t i, char *scratch) {
  const tsr_view a = tsri_linalg_matrix(&d->in[0], 2, &d->job, i);
  int *pivots = (int *)(void *)scratch, info = 0;
  tsri_dense dense;
  tsri_linalg_dense_like(&dense, &a, scratch + d->state->pivots);
  const int n = (int)a.dims[0];
  if (n > 0) {
    tsri_linalg_copy_view(&a, &dense.view);
    if (tsri_is_small(&dense.view))
      info = tsri_small_factor(&dense.view, pivots);
    else
      d->job.cpu->lapack->getrf[tsri_lapack_index(a.dtype)](&n, &n, dense.view.data, &n, pivots,
                                                            &info);
  }
  return (diagonal){a.dtype, dense.view.data, pivots, n};
}

static int det(const tsri_job *job, int64_t i, char *scratch) {
  const det_job *d = (const det_job *)job;
  const diagonal u = factor(d, i, scratch);
  const bool is_real = tsr_dtype_kind(u.dtype) != TSR_KIND_COMPLEX;
  const tsr_view out = tsri_linalg_matrix(&d->out[0], 0, job, i);
  scaled product = {1, 0};
  for (int64_t k = 0; k < u.n; k++) {
    const scaled next = normal((scaled){element(&u, k), 0});
    product.x = times(product.x, next.x, is_real);
    product.exponent += next.exponent;
    product = normal(product);
  }
  store(u.dtype, out.data, value_of(product));
  return TSRI_FINE;
}

static int slogdet(const tsri_job *job, int64_t i, char *scratch) {
  const det_job *d = (const det_job *)job;
  const diagonal u = factor(d, i, scratch);
  const bool is_real = tsr_dtype_kind(u.dtype) != TSR_KIND_COMPLEX;
  const tsr_view sign = tsri_linalg_matrix(&d->out[0], 0, job, i),
                 log_size = tsri_linalg_matrix(&d->out[1], 0, job, i);
  double complex unit = 1;
  double sum = 0;
  for (int64_t k = 0; k < u.n; k++) {
    const scaled x = normal((scaled){element(&u, k), 0});
    const double size = cabs(x.x);
    const double complex turn = CMPLX(creal(x.x) / size, cimag(x.x) / size);
    unit = times(unit, size == 0 ? 0 : turn, is_real);
    sum += log(size) + (double)x.exponent * 0x1.62e42fefa39efp-1; /* log 2 */
  }
  if (cabs(unit) > 0) unit /= cabs(unit);
  store(u.dtype, sign.data, unit);
  store(tsr_dtype_real(u.dtype), log_size.data, sum);
  return TSRI_FINE;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out, tsri_linalg_one one) {
  const det_state *s = c->state;
  det_job d = {.job = tsri_linalg_job_of(stream, c, &s->plan, &in[0], one, NULL),
               .state = s,
               .in = in,
               .out = out};
  return tsri_linalg_job_run(stream, &d.job);
}

tsr_status tsri_det_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                        const tsr_view *out) {
  return run(stream, c, in, out, det);
}
tsr_status tsri_slogdet_run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                            const tsr_view *out) {
  return run(stream, c, in, out, slogdet);
}
