/* linalg_test.h - small dense matrices in complex doubles, and the runtime of these tests. */
#ifndef LINALG_TEST_H
#define LINALG_TEST_H

#include "tsr_test.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/cpu.h"
#include "tsr/eager.h"
#include "tsr/linalg.h"
#include "tsr/runtime.h"

typedef double complex number;

/* A runtime for the whole file. */
static tsr_runtime *rt;
static tsr_device *cpu;

static inline int open_runtime(void **state) {
  (void)state;
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_linalg_register), &rt));
  assert_ok(tsr_runtime_device(rt, "cpu", &cpu));
  return 0;
}
static inline int close_runtime(void **state) {
  (void)state;
  tsr_runtime_release(rt);
  return 0;
}

static const tsr_dtype all_dtypes[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128};

static inline bool is_complex(tsr_dtype d) { return tsr_dtype_kind(d) == TSR_KIND_COMPLEX; }
static inline double eps_of(tsr_dtype d) {
  return tsr_dtype_real(d) == TSR_F32 ? 1.1920929e-7 : 2.220446e-16;
}

/* Numbers with parts in (-1, 1), the same every time; real for real dtypes. */
static inline double random_part(uint64_t *seed) {
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(int64_t)(*seed >> 11) / 4503599627370496.0 - 1;
}
static inline void fill_random(uint64_t seed, bool with_imaginary, int64_t n, number *out) {
  for (int64_t i = 0; i < n; i++) {
    double re = random_part(&seed), im = random_part(&seed);
    out[i] = re + (with_imaginary ? im : 0) * I;
  }
}

/* Data as a value, in a trace as a constant. */
static inline tsr_value data_value(tsr_builder *b, tsr_dtype dtype, tsr_dims dims, const void *x) {
  tsr_tensor *t = NULL;
  if (tsr_builder_fail(b, tsr_tensor_from_data(cpu, dtype, dims, x, &t)) != TSR_OK)
    return TSR_NO_VALUE;
  tsr_value v = tsr_from_tensor(b, t);
  tsr_tensor_release(t);
  return v;
}
static inline tsr_value value_of(tsr_builder *b, tsr_dtype dtype, tsr_dims dims, const number *x) {
  tsr_value v = data_value(b, TSR_C128, dims, x);
  return tsr_convert(b, is_complex(dtype) ? v : tsr_real(b, v), dtype);
}
static inline void read_value(tsr_builder *b, tsr_value v, int64_t n, number *out) {
  assert_ok(tsr_read(b, tsr_convert(b, v, TSR_C128), out, (size_t)n * sizeof *out));
}

/* A matrix to run into, with strides of another one's transpose, reversed rows or both. */
static inline tsr_tensor *strided_target(int64_t m, int64_t n, int how) {
  tsr_tensor *base = NULL, *view = NULL;
  const bool turned = how & 1, back = how & 2, wide = how & 4;
  const int64_t room = (m + 1) * (n + 2) * 2;
  int64_t down = turned ? 1 : n + 2, across = turned ? m + 1 : 1, first = 0;
  if (wide) down *= 2, across *= 2;
  if (back) first = (m - 1) * down, down = -down;
  assert_ok(tsr_tensor_create(cpu, TSR_F64, TSR_DIMS(room), &base));
  assert_ok(tsr_tensor_view(base, first, TSR_DIMS(m, n), (int64_t[]){down, across}, &view));
  tsr_tensor_release(base);
  return view;
}

/* z [m, n] = x [m, k] y [k, n] */
static inline void times(int64_t m, int64_t k, int64_t n, const number *x, const number *y,
                         number *z) {
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) {
      z[i * n + j] = 0;
      for (int64_t l = 0; l < k; l++)
        z[i * n + j] += x[i * k + l] * y[l * n + j];
    }
}

static inline double largest(int64_t n, const number *x, const number *y) {
  double most = 0;
  for (int64_t i = 0; i < n; i++)
    most = fmax(most, cabs(x[i] - (y ? y[i] : 0)));
  return most;
}

/* |x^H x - 1| for columns of x [m, n], and |x x^H - 1| for rows */
static inline double column_defect(int64_t m, int64_t n, const number *x) {
  double most = 0;
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      number sum = i == j ? -1 : 0;
      for (int64_t k = 0; k < m; k++)
        sum += conj(x[k * n + i]) * x[k * n + j];
      most = fmax(most, cabs(sum));
    }
  return most;
}
static inline double row_defect(int64_t m, int64_t n, const number *x) {
  double most = 0;
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < m; j++) {
      number sum = i == j ? -1 : 0;
      for (int64_t k = 0; k < n; k++)
        sum += x[i * n + k] * conj(x[j * n + k]);
      most = fmax(most, cabs(sum));
    }
  return most;
}

/* A real function of one complex array, and its gradient against central differences.
 *
 * f gives a loss; the pairing is Re(conj(g) dx), so dloss = Re sum conj(g_i) dx_i.
 */
static inline double loss_at(tsr_body f, void *ctx, tsr_dims dims, tsr_dtype dtype,
                             const number *x) {
  tsr_builder *b;
  tsr_value loss;
  double out;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, dtype, dims, x);
  assert_ok(f(b, ctx, &v, &loss));
  assert_ok(tsr_read(b, loss, &out, sizeof out));
  tsr_builder_close(b);
  return out;
}

static inline void check_gradient(tsr_body f, void *ctx, tsr_dims dims, tsr_dtype dtype,
                                  const number *x, double tolerance) {
  enum {
    MOST = 64
  };
  tsr_builder *b;
  tsr_value loss, grad;
  number g[MOST], y[MOST];
  int64_t n = 1;
  for (size_t i = 0; i < dims.n; i++)
    n *= dims.data[i];
  assert_true(n <= MOST);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, dtype, dims, x);
  assert_ok(tsr_value_and_grad_of(b, f, ctx, TSR_VALUES(v), &loss, &grad));
  read_value(b, grad, n, g);
  tsr_builder_close(b);
  const double h = 1e-5;
  for (int64_t i = 0; i < n; i++)
    for (int part = 0; part < (is_complex(dtype) ? 2 : 1); part++) {
      number step = part ? h * I : h;
      memcpy(y, x, (size_t)n * sizeof *x);
      y[i] = x[i] + step;
      double up = loss_at(f, ctx, dims, dtype, y);
      y[i] = x[i] - step;
      double down = loss_at(f, ctx, dims, dtype, y);
      double want = (up - down) / (2 * h), got = part ? cimag(g[i]) : creal(g[i]);
      if (!(fabs(want - got) <= tolerance * (1 + fabs(want))))
        fail_msg("gradient %d, part %d: %.12g, by differences %.12g", (int)i, part, got, want);
    }
}

#endif /* LINALG_TEST_H */
