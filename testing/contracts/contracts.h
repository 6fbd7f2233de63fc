/* contracts.h - what the tests of the contract share: a runtime with every layer, and one
 * body run both ways.
 *
 * Only public headers are used here. Expected numbers never come from the library: they
 * are closed forms, plain loops, or finite differences in long double.
 */
#ifndef CONTRACTS_H
#define CONTRACTS_H

#include "tsr_session.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/cpu.h"
#include "tsr/eager.h"
#include "tsr/einsum.h"
#include "tsr/fft.h"
#include "tsr/linalg.h"
#include "tsr/ops.h"

#define EPS 0x1p-52 /* of f64 */

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* With CONTRACTS_MOCK the same tests run on a device that works later, see tsr_mock.h. */
#ifdef CONTRACTS_MOCK
#include "tsr_mock.h"
#define DEVICE "mock"
static inline tsr_status host_layers(tsr_runtime *to) {
  TSR_TRY(tsr_cpu_register(to));
  TSR_TRY(tsr_einsum_register(to));
  TSR_TRY(tsr_linalg_register(to));
  return tsr_fft_register(to);
}
static inline tsr_status device_register(tsr_runtime *to) {
  return tsr_mock_register_over(to, host_layers, 4711);
}
/* ops first: the mock's rows are for all of them */
#define LAYERS TSR_WITH(tsr_einsum_register, tsr_linalg_register, tsr_fft_register, device_register)
#else
#define DEVICE "cpu"
#define LAYERS                                                                                     \
  TSR_WITH(tsr_cpu_register, tsr_einsum_register, tsr_linalg_register, tsr_fft_register)
#endif

/* Group fixtures: this and teardown; every layer there is. */
static inline int open_all(void **state) {
  (void)state;
  return session_open(LAYERS, DEVICE);
}

/* ---- values ---- */

static inline tsr_shape no_shape(void) { return TSR_NO_SHAPE; }

static inline tsr_value total(tsr_builder *b, tsr_value x) {
  return tsr_reduce_sum(b, x, TSR_ALL_AXES);
}

static inline tsr_value vector(tsr_builder *b, const char *name, int64_t n) {
  return tsr_input(b, name, TSR_F64, TSR_SHAPE(tsr_dim_of(n)));
}

static inline tsr_value matrix(tsr_builder *b, const char *name, int64_t m, int64_t n) {
  return tsr_input(b, name, TSR_F64, TSR_SHAPE(tsr_dim_of(m), tsr_dim_of(n)));
}

static inline tsr_value number(tsr_builder *b, const char *name) {
  return tsr_input(b, name, TSR_F64, TSR_NO_SHAPE);
}

/* ---- tensors ---- */

static inline tsr_tensor *tensor_of(tsr_dtype dtype, tsr_dims dims, const void *data) {
  tsr_tensor *t = NULL;
  assert_ok(tsr_tensor_from_data(cpu, dtype, dims, data, &t));
  return t;
}

static inline tsr_tensor *f64_of(tsr_dims dims, const double *data) {
  return tensor_of(TSR_F64, dims, data);
}

static inline tsr_tensor *number_of(double x) { return f64_of(TSR_NO_DIMS, &x); }

/* Elements as doubles, complex ones as two; returns how many doubles. */
static inline size_t numbers_of(tsr_tensor *t, double *out) {
  size_t n = (size_t)tsr_tensor_count(t), size = n * tsr_dtype_size(tsr_tensor_dtype(t));
  void *data = malloc(size + 1);
  assert_non_null(data);
  assert_ok(tsr_tensor_read(t, data, size));
  tsr_dtype dtype = tsr_tensor_dtype(t);
  if (dtype == TSR_C128) n *= 2;
  for (size_t i = 0; i < n; i++) {
    if (dtype == TSR_F32)
      out[i] = (double)((float *)data)[i];
    else if (dtype == TSR_I64)
      out[i] = (double)((int64_t *)data)[i];
    else if (dtype == TSR_BOOL)
      out[i] = (double)((uint8_t *)data)[i];
    else
      out[i] = ((double *)data)[i];
  }
  assert_true(dtype == TSR_F64 || dtype == TSR_C128 || dtype == TSR_F32 || dtype == TSR_I64 ||
              dtype == TSR_BOOL);
  free(data);
  return n;
}

/* Run a program: the numbers of all its outputs, one after the other. */
static inline size_t run_numbers(const tsr_program *program, tsr_tensor_list in, double *out) {
  tsr_tensor *made[16] = {NULL};
  size_t n_out = (size_t)tsr_program_outputs(program), n = 0;
  assert_true(n_out <= COUNT(made));
  assert_ok(tsr_program_run(program, cpu, in, made, n_out));
  for (size_t j = 0; j < n_out; j++)
    n += numbers_of(made[j], out + n);
  tsr_tensors_release(made, n_out);
  return n;
}

/* ---- one body, two ways ---- */

/* A program that does what body does, for inputs like the given tensors. */
static inline tsr_program *program_of(tsr_body body, void *ctx, tsr_tensor_list in, size_t n_out) {
  tsr_builder *b = trace();
  tsr_value ins[16], outs[16];
  assert_true(in.n <= COUNT(ins) && n_out <= COUNT(outs));
  for (size_t i = 0; i < in.n; i++) {
    tsr_dim dims[8];
    int32_t rank = tsr_tensor_rank(in.data[i]);
    for (int32_t k = 0; k < rank; k++)
      dims[k] = tsr_dim_of(tsr_tensor_dims(in.data[i])[k]);
    tsr_shape shape = {dims, (size_t)rank};
    ins[i] = tsr_input(b, NULL, tsr_tensor_dtype(in.data[i]), shape);
  }
  assert_ok(body(b, ctx, ins, outs));
  return compiled(b, tsr_values_of(outs, n_out));
}

static inline size_t traced_numbers(tsr_body body, void *ctx, tsr_tensor_list in, size_t n_out,
                                    double *out) {
  tsr_program *program = program_of(body, ctx, in, n_out);
  size_t n = run_numbers(program, in, out);
  tsr_program_release(program);
  return n;
}

static inline size_t eager_numbers(tsr_body body, void *ctx, tsr_tensor_list in, size_t n_out,
                                   double *out) {
  tsr_builder *b = NULL;
  tsr_value ins[16], outs[16];
  size_t n = 0;
  assert_true(in.n <= COUNT(ins) && n_out <= COUNT(outs));
  assert_ok(tsr_eager_open(rt, DEVICE, &b));
  for (size_t i = 0; i < in.n; i++)
    ins[i] = tsr_from_tensor(b, in.data[i]);
  assert_ok(body(b, ctx, ins, outs));
  assert_ok(tsr_builder_status(b));
  for (size_t j = 0; j < n_out; j++) {
    tsr_tensor *t = NULL;
    assert_ok(tsr_to_tensor(b, outs[j], &t));
    n += numbers_of(t, out + n);
    tsr_tensor_release(t);
  }
  tsr_builder_close(b);
  return n;
}

/* The body's numbers, compiled and eager, are the expected ones. */
static inline void check_both(tsr_body body, void *ctx, tsr_tensor_list in, size_t n_out,
                              const double *expected, size_t n, double rtol, double atol) {
  double *got = malloc(sizeof *got * (n + 1024));
  assert_non_null(got);
  assert_int_equal(traced_numbers(body, ctx, in, n_out, got), n);
  assert_close(got, expected, n, rtol, atol);
  assert_int_equal(eager_numbers(body, ctx, in, n_out, got), n);
  assert_close(got, expected, n, rtol, atol);
  free(got);
}

/* ---- derivatives, the other way ---- */

typedef long double (*real_function)(const long double *x);

/* Central differences of fourth order: errors near 1e-13 for functions of size 1. */
static inline void differences(real_function f, const double *at, size_t n, double *out) {
  const long double h = 0x1p-12L;
  long double x[64];
  assert_true(n <= COUNT(x));
  for (size_t i = 0; i < n; i++)
    x[i] = at[i];
  for (size_t i = 0; i < n; i++) {
    long double at_i = x[i], v[4];
    const long double steps[4] = {-2, -1, 1, 2};
    for (int k = 0; k < 4; k++) {
      x[i] = at_i + steps[k] * h;
      v[k] = f(x);
    }
    x[i] = at_i;
    out[i] = (double)((v[0] - 8 * v[1] + 8 * v[2] - v[3]) / (12 * h));
  }
}

#endif /* CONTRACTS_H */
