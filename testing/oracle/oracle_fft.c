/* oracle_fft.c - discrete Fourier transforms by their defining sums, in long double. */
#include "oracle_family.h"
#include "oracle_matrix.h"

#include <math.h>
#include <string.h>

/* Numbers along one axis of an array, n of them for every place around. */
typedef struct lines {
  int64_t outer, n, inner;
  oracle_number *at; /* [outer, n, inner] */
} lines;

static tsr_status numbers(const oracle_call *c, int64_t n, oracle_number **out) {
  void *memory;
  TSR_TRY(tsr_arena_alloc(c->arena, (size_t)(n + 1) * sizeof **out, &memory));
  *out = memory;
  return TSR_OK;
}

static lines along(const tsr_array *x, int64_t axis, oracle_number *at) {
  lines l = {1, x->dims[axis], 1, at};
  for (int32_t k = 0; k < x->rank; k++) {
    if (k < axis) l.outer *= x->dims[k];
    if (k > axis) l.inner *= x->dims[k];
  }
  return l;
}

/* e^(sign 2 pi i k / n) for 0 <= k < n */
static tsr_status roots(const oracle_call *c, int64_t n, int sign, oracle_number **out) {
  const long double pi = acosl(-1);
  TSR_TRY(numbers(c, n, out));
  for (int64_t k = 0; k < n; k++) {
    const long double angle = sign * 2 * pi * (long double)k / (long double)n;
    (*out)[k] = cosl(angle) + sinl(angle) * (oracle_number)I;
  }
  return TSR_OK;
}

/* z[k] = sum_j x[j] root^(j k) for the first z.n of x.n frequencies */
static void transform(const lines *x, const lines *z, const oracle_number *root) {
  for (int64_t o = 0; o < x->outer; o++)
    for (int64_t i = 0; i < x->inner; i++)
      for (int64_t k = 0; k < z->n; k++) {
        oracle_number sum = 0;
        for (int64_t j = 0; j < x->n; j++)
          sum += x->at[(o * x->n + j) * x->inner + i] * root[j * k % x->n];
        z->at[(o * z->n + k) * z->inner + i] = sum;
      }
}

static long double factor(const oracle_call *c, long double n) {
  const char *scaling = oracle_word(c, "scaling");
  if (strcmp(scaling, "1/n") == 0) return 1 / n;
  return strcmp(scaling, "1/sqrt(n)") == 0 ? 1 / sqrtl(n) : 1;
}

static tsr_status c2c(const oracle_call *c) {
  const tsr_axes *axes = oracle_field(c, "axes");
  const int sign = strcmp(oracle_word(c, "direction"), "forward") == 0 ? -1 : 1;
  oracle_number *x, *z, *root;
  long double count = 1;
  TSR_TRY(numbers(c, c->in[0].n, &x));
  TSR_TRY(numbers(c, c->in[0].n, &z));
  for (int64_t n = 0; n < c->in[0].n; n++)
    x[n] = oracle_number_of(c->in[0].at[n]);
  for (size_t a = 0; a < axes->n; a++) {
    const lines from = along(&c->in[0], axes->data[a], x), to = along(&c->in[0], axes->data[a], z);
    TSR_TRY(roots(c, from.n, sign, &root));
    transform(&from, &to, root);
    memcpy(x, z, (size_t)c->in[0].n * sizeof *x);
    count *= (long double)from.n;
  }
  for (int64_t n = 0; n < c->in[0].n; n++)
    c->out[0].at[n] = oracle_cell_of(x[n] * factor(c, count));
  return TSR_OK;
}

static tsr_status r2c(const oracle_call *c) {
  const int64_t *axis = oracle_field(c, "axis");
  oracle_number *x, *z, *root;
  TSR_TRY(numbers(c, c->in[0].n, &x));
  TSR_TRY(numbers(c, c->out[0].n, &z));
  for (int64_t n = 0; n < c->in[0].n; n++)
    x[n] = (long double)c->in[0].at[n].re;
  const lines from = along(&c->in[0], *axis, x), to = along(&c->out[0], *axis, z);
  TSR_TRY(roots(c, from.n, -1, &root));
  transform(&from, &to, root);
  for (int64_t n = 0; n < c->out[0].n; n++)
    c->out[0].at[n] = oracle_cell_of(z[n] * factor(c, (long double)from.n));
  return TSR_OK;
}

/* The whole spectrum: what is not given is conjugate to what is, and its ends are real. */
static void complete(const lines *half, const lines *whole) {
  for (int64_t o = 0; o < half->outer; o++)
    for (int64_t k = 0; k < whole->n; k++)
      for (int64_t i = 0; i < half->inner; i++) {
        const int64_t from = k < half->n ? k : whole->n - k;
        const oracle_number z = half->at[(o * half->n + from) * half->inner + i];
        const bool is_end = 2 * k == whole->n || k == 0;
        whole->at[(o * whole->n + k) * whole->inner + i] = is_end        ? creall(z)
                                                           : k < half->n ? z
                                                                         : conjl(z);
      }
}

static tsr_status c2r(const oracle_call *c) {
  const int64_t *axis = oracle_field(c, "axis");
  oracle_number *x, *whole, *z, *root;
  TSR_TRY(numbers(c, c->in[0].n, &x));
  TSR_TRY(numbers(c, c->out[0].n, &whole));
  TSR_TRY(numbers(c, c->out[0].n, &z));
  for (int64_t n = 0; n < c->in[0].n; n++)
    x[n] = oracle_number_of(c->in[0].at[n]);
  const lines half = along(&c->in[0], *axis, x), full = along(&c->out[0], *axis, whole);
  const lines to = along(&c->out[0], *axis, z);
  complete(&half, &full);
  TSR_TRY(roots(c, full.n, 1, &root));
  transform(&full, &to, root);
  for (int64_t n = 0; n < c->out[0].n; n++)
    c->out[0].at[n].re = (double)(creall(z[n]) * factor(c, (long double)full.n));
  return TSR_OK;
}

const oracle_entry oracle_transforms[] = {
    {"tessera.fft.c2c.v1", c2c },
    {"tessera.fft.r2c.v1", r2c },
    {"tessera.fft.c2r.v1", c2r },
    {NULL,                 NULL}
};
