/* systems_test.h - matrices to factor, in any layout, and what products of them must give. */
#ifndef SYSTEMS_TEST_H
#define SYSTEMS_TEST_H

#include "linalg_test.h"

enum {
  LAYOUTS = 8 /* of strided_value and strided_target: turned, back to front, with gaps */
};

/* x [m, n] as a value whose strides are those of strided_target; f64 or c128. */
static inline tsr_value strided_value(tsr_builder *b, tsr_dtype dtype, int64_t m, int64_t n,
                                      const number *x, int how) {
  const bool turned = how & 1, back = how & 2, wide = how & 4;
  const int64_t room = (m + 1) * (n + 2) * 2;
  int64_t down = turned ? 1 : n + 2, across = turned ? m + 1 : 1, first = 0;
  if (wide) down *= 2, across *= 2;
  if (back) first = (m - 1) * down, down = -down;
  double *re = calloc((size_t)room, sizeof *re);
  number *z = calloc((size_t)room, sizeof *z);
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) {
      z[first + i * down + j * across] = x[i * n + j];
      re[first + i * down + j * across] = creal(x[i * n + j]);
    }
  tsr_tensor *base = NULL, *view = NULL;
  const void *data = is_complex(dtype) ? (const void *)z : re;
  assert_ok(tsr_tensor_from_data(cpu, dtype, TSR_DIMS(room), data, &base));
  assert_ok(tsr_tensor_view(base, first, TSR_DIMS(m, n), (int64_t[]){down, across}, &view));
  const tsr_value out = tsr_from_tensor(b, view);
  tsr_tensor_release(base);
  tsr_tensor_release(view);
  free(re), free(z);
  return out;
}

static inline number *numbers(int64_t n) { return calloc((size_t)(n + 1), sizeof(number)); }

/* y [n, m] = x^H */
static inline void adjoint_of(int64_t m, int64_t n, const number *x, number *y) {
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++)
      y[j * m + i] = conj(x[i * n + j]);
}

/* a = g g^H + n, Hermitian and well inside the positive definite ones */
static inline void fill_definite(uint64_t seed, bool with_imaginary, int64_t n, number *a) {
  number *g = numbers(n * n), *h = numbers(n * n);
  fill_random(seed, with_imaginary, n * n, g);
  adjoint_of(n, n, g, h);
  times(n, n, n, g, h, a);
  for (int64_t i = 0; i < n; i++)
    a[i * (n + 1)] = creal(a[i * (n + 1)]) + (double)n;
  free(g), free(h);
}

/* Every number equal to one of dtype, so that nothing is rounded on the way in. */
static inline void round_to(tsr_dtype dtype, int64_t n, number *x) {
  if (tsr_dtype_real(dtype) != TSR_F32) return;
  for (int64_t i = 0; i < n; i++)
    x[i] = (float)creal(x[i]) + (double)(float)cimag(x[i]) * I;
}

/* max |x y - z| <= bound, where z [m, n] */
static inline void check_product(int64_t m, int64_t k, int64_t n, const number *x, const number *y,
                                 const number *z, double bound) {
  number *xy = numbers(m * n);
  times(m, k, n, x, y, xy);
  const double defect = largest(m * n, xy, z);
  if (!(defect <= bound)) fail_msg("off by %g, allowed is %g", defect, bound);
  free(xy);
}

#endif /* SYSTEMS_TEST_H */
