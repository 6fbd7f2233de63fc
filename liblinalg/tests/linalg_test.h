/* linalg_test.h - a session with linalg, and small dense matrices in complex doubles. */
#ifndef LINALG_TEST_H
#define LINALG_TEST_H

#include "tsr_numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/cpu.h"
#include "tsr/linalg.h"

static inline int setup(void **state) {
  (void)state;
  return session_open(TSR_WITH(tsr_cpu_register, tsr_linalg_register), "cpu");
}

static const tsr_dtype all_dtypes[] = {TSR_F32, TSR_F64, TSR_C64, TSR_C128};

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

/* f on a builder of a runtime of its own: what running out of memory is tested with. */
static inline tsr_status with_scope(tsr_status (*f)(tsr_builder *b)) {
  tsr_runtime *made = NULL;
  tsr_builder *b = NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_linalg_register), &made);
  if (status == TSR_OK) status = tsr_eager_open(made, "cpu", &b);
  if (status == TSR_OK) status = f(b);
  tsr_builder_close(b);
  tsr_runtime_release(made);
  return status;
}

/* Run p on one tensor, give what then stands in its f64 result, and the status. p is released. */
static inline tsr_status run_and_read(tsr_program *p, tsr_dtype dtype, tsr_dims in_dims,
                                      const void *data, tsr_dims out_dims, double *got) {
  tsr_tensor *in = NULL, *into = NULL;
  size_t size = sizeof *got;
  for (size_t i = 0; i < out_dims.n; i++)
    size *= (size_t)out_dims.data[i];
  assert_ok(tsr_tensor_from_data(cpu, dtype, in_dims, data, &in));
  assert_ok(tsr_tensor_create(cpu, TSR_F64, out_dims, &into));
  const tsr_status status = tsr_program_run_into(p, cpu, TSR_TENSORS(in), TSR_TENSORS(into));
  assert_ok(tsr_tensor_read(into, got, size));
  tsr_tensor_release(in);
  tsr_tensor_release(into);
  tsr_program_release(p);
  return status;
}

/* f of a square matrix gives one as large: none of none. */
static inline void check_a_batch_of_none(tsr_value (*f)(tsr_builder *b, tsr_value a)) {
  tsr_builder *b;
  tsr_type type;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  const tsr_dim three = tsr_dim_of(3);
  const tsr_value out = f(b, tsr_zeros(b, TSR_C64, TSR_SHAPE(tsr_dim_of(0), three, three)));
  assert_ok(tsr_value_type(b, out, &type));
  assert_true(type.rank == 3 && type.dims[0].n == 0 && type.dims[2].n == 3);
  assert_ok(tsr_read(b, out, NULL, 0));
  tsr_builder_close(b);
}

/* f of a matrix [n, n] wants more room than LAPACK can count. */
static inline void
check_too_large_work_space_is_refused(tsr_value (*f)(tsr_builder *b, tsr_value a), int64_t n) {
  static double element[1];
  char text[24];
  int64_t bytes;
  tsr_builder *b = trace();
  const tsr_value a = tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_of(n), tsr_dim_of(n)));
  tsr_program *p = compiled(b, TSR_VALUES(f(b, a)));
  tsr_tensor *in = NULL;
  assert_ok(
      tsr_tensor_wrap(cpu, TSR_F64, TSR_DIMS(n, n), (int64_t[]){0, 0}, element, NULL, NULL, &in));
  snprintf(text, sizeof text, "%d", (int)n);
  assert_error_says(tsr_program_peak(p, cpu, TSR_TENSORS(in), &bytes), TSR_ERR_LIMIT, text);
  tsr_tensor_release(in);
  tsr_program_release(p);
}

/* f of many square matrices, which gives as many of that size: the same bits on one thread and
 * on four.
 */
static inline void check_threads_do_not_change_bits(tsr_value (*f)(tsr_builder *b, tsr_value a)) {
  enum {
    BATCH = 40,
    N = 12
  };
  static number a[BATCH * N * N];
  static double out[2][BATCH * N * N];
  fill_random(4, false, BATCH * N * N, a);
  const int32_t before = tsr_cpu_threads(cpu);
  for (int32_t k = 0; k < 2; k++) {
    tsr_builder *b;
    assert_ok(tsr_cpu_set_threads(cpu, 1 + 3 * k));
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_value v = value_of(b, TSR_F64, TSR_DIMS(BATCH, N, N), a);
    assert_ok(tsr_read(b, f(b, v), out[k], sizeof out[k]));
    tsr_builder_close(b);
  }
  assert_ok(tsr_cpu_set_threads(cpu, before));
  assert_memory_equal(out[0], out[1], sizeof out[0]);
}

/* ---- values ---- */

/* Re sum conj(w) x, with fixed random weights w */
static inline tsr_value paired(tsr_builder *b, tsr_value x, uint64_t seed) {
  tsr_type type;
  number w[64];
  int64_t dims[4], n = 1;
  if (tsr_builder_fail(b, tsr_value_type(b, x, &type)) != TSR_OK) return TSR_NO_VALUE;
  for (int32_t i = 0; i < type.rank; i++) {
    dims[i] = type.dims[i].n;
    n *= dims[i];
  }
  fill_random(seed, is_complex(type.dtype), n, w);
  tsr_value v = value_of(b, type.dtype, (tsr_dims){dims, (size_t)type.rank}, w);
  return tsr_sum(b, tsr_real(b, tsr_mul(b, tsr_conj(b, v), x)), TSR_ALL_AXES);
}

static inline tsr_value adjoint(tsr_builder *b, tsr_value a) {
  return tsr_conj(b, tsr_transpose(b, a, TSR_ALL_AXES));
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

/* Every operation on a program's inputs is checked by hand otherwise: dims of a matrix. */
static inline tsr_value matrix_input(tsr_builder *b, tsr_dtype dtype, int64_t m, int64_t n) {
  return tsr_input(b, "a", dtype, TSR_SHAPE(tsr_dim_of(m), tsr_dim_of(n)));
}

#endif /* LINALG_TEST_H */
