/* transform_test.h - derivatives and batching of a function, held against finite differences
 * and against each other, evaluated by the oracle.
 */
#ifndef TRANSFORM_TEST_H
#define TRANSFORM_TEST_H

#include "oracle.h"
#include "tsr_test.h"

#include <math.h>
#include <string.h>

#include "tsr/ops.h"
#include "tsr/spi/transform.h"

#define MAX_N 32 /* elements of x in these tests */

static inline tsr_registry *registry(void) {
  tsr_registry *r;
  assert_ok(tsr_registry_create(&r));
  return r;
}

static inline tsr_value input(tsr_builder *b, tsr_dtype dtype, tsr_shape shape) {
  tsr_type type = {dtype, (int32_t)shape.n, shape.data};
  return tsr_graph_builder_input(b, NULL, &type);
}

static inline tsr_graph *finish(tsr_builder *b, tsr_values outputs) {
  tsr_graph *g = NULL;
  assert_ok(tsr_graph_builder_finish(b, outputs, NULL, NULL, &g));
  return g;
}

/* f: f64[n] -> f64[] */
static inline tsr_graph *trace(tsr_registry *r, tsr_body f, void *ctx, int64_t n) {
  tsr_builder *b;
  assert_ok(tsr_graph_builder_create(r, NULL, NULL, &b));
  tsr_value x = input(b, TSR_F64, TSR_SHAPE(tsr_dim_of(n))), y = TSR_NO_VALUE;
  assert_ok(f(b, ctx, &x, &y));
  assert_ok(tsr_builder_status(b));
  return finish(b, TSR_VALUES(y));
}

/* Evaluate at f64 inputs, given one after the other in data; all outputs go one after the
 * other to out, as their real parts. Gives their number.
 */
static inline int64_t evaluate(const tsr_graph *g, const double *data, double *out) {
  tsr_arena arena = {0};
  tsr_array in[8], result[8];
  int64_t n = 0;
  assert_true(g->n_inputs <= 8 && g->n_outputs <= 8);
  for (int32_t i = 0; i < g->n_inputs; i++) {
    const tsr_type *type = &g->types[g->inputs[i]];
    int64_t dims[8];
    for (int32_t k = 0; k < type->rank; k++)
      dims[k] = type->dims[k].n;
    assert_ok(tsr_array_make(&arena, type->dtype, type->rank, dims, &in[i]));
    tsr_array_read(&in[i], data);
    data += in[i].n;
  }
  assert_ok(tsr_oracle_run(g, NULL, &arena, in, result));
  for (int32_t j = 0; j < g->n_outputs; j++)
    for (int64_t k = 0; k < result[j].n; k++)
      out[n++] = result[j].at[k].re;
  tsr_arena_deinit(&arena);
  return n;
}

/* ---- derivatives of f: f64[n] -> f64[] as graphs ---- */

static inline tsr_builder *opened(const tsr_graph *f, tsr_value *x, int32_t n_x) {
  tsr_builder *b;
  assert_ok(tsr_graph_builder_create(f->registry, f->space, NULL, &b));
  for (int32_t i = 0; i < n_x; i++)
    x[i] = tsr_graph_builder_input(b, NULL, &f->types[f->inputs[0]]);
  return b;
}

static inline tsr_value or_zeros(tsr_builder *b, tsr_value v, tsr_value like) {
  return tsr_value_is_zero(v) ? tsr_zeros_like(b, like) : v;
}

/* x -> df/dx */
static inline tsr_graph *gradient(const tsr_graph *f) {
  tsr_value x, y, g;
  tsr_builder *b = opened(f, &x, 1);
  assert_ok(tsr_graph_inline(b, f, &x, &y));
  assert_ok(tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(tsr_ones_like(b, y)), TSR_VALUES(x), &g));
  return finish(b, TSR_VALUES(or_zeros(b, g, x)));
}

/* (x, v) -> df v */
static inline tsr_graph *tangent(const tsr_graph *f) {
  bool active = true, out = true;
  tsr_graph *both, *g;
  assert_ok(tsr_graph_jvp(f, &active, &out, &both));
  tsr_value x[2], y[2];
  tsr_builder *b = opened(f, x, 2);
  assert_ok(tsr_graph_inline(b, both, x, y));
  g = finish(b, TSR_VALUES(y[1]));
  tsr_graph_release(both);
  return g;
}

/* The same on a trace that holds the primal values already. */
static inline tsr_graph *tangent_of_trace(const tsr_graph *f) {
  tsr_value x[2], y, t;
  tsr_builder *b = opened(f, x, 2);
  assert_ok(tsr_graph_inline(b, f, x, &y));
  assert_ok(tsr_pushforward(b, TSR_VALUES(y), TSR_VALUES(x[0]), TSR_VALUES(x[1]), &t));
  return finish(b, TSR_VALUES(or_zeros(b, t, y)));
}

/* (x, v) -> H v: forward over reverse, reverse over reverse, reverse over forward. */
static inline tsr_graph *reverse_of_product(const tsr_graph *df) {
  tsr_value x[2], y, g;
  tsr_builder *b = opened(df, x, 2);
  assert_ok(tsr_graph_inline(b, df, x, &y));
  assert_ok(tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(x[1]), TSR_VALUES(x[0]), &g));
  return finish(b, TSR_VALUES(or_zeros(b, g, x[0])));
}
static inline tsr_graph *reverse_of_tangent(const tsr_graph *jvp) {
  tsr_value x[2], y, g;
  tsr_builder *b = opened(jvp, x, 2);
  assert_ok(tsr_graph_inline(b, jvp, x, &y));
  assert_ok(tsr_pullback(b, TSR_VALUES(y), TSR_VALUES(tsr_ones_like(b, y)), TSR_VALUES(x[0]), &g));
  return finish(b, TSR_VALUES(or_zeros(b, g, x[0])));
}

/* g over a mapped axis, evaluated at rows of xs and given back row by row */
static inline void check_batched(const tsr_graph *g, int32_t axis, int32_t out_axis, int64_t n,
                                 int64_t n_out, const double *xs, int64_t rows) {
  tsr_graph *mapped;
  double in[MAX_N * 4], out[MAX_N * 4], one[MAX_N];
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < n; i++)
      in[axis == 0 ? r * n + i : i * rows + r] = xs[r * n + i];
  assert_ok(tsr_graph_batch(g, tsr_dim_of(rows), &axis, &out_axis, &mapped));
  assert_int_equal(rows * n_out, evaluate(mapped, in, out));
  for (int64_t r = 0; r < rows; r++) {
    evaluate(g, xs + r * n, one);
    for (int64_t i = 0; i < n_out; i++)
      assert_near(out[out_axis == 0 ? r * n_out + i : i * rows + r], one[i], 1e-11, 1e-11);
  }
  tsr_graph_release(mapped);
}

/* sum of f over rows, differentiated */
static inline void check_gradient_of_batched(const tsr_graph *f, const tsr_graph *df, int64_t n,
                                             const double *xs, int64_t rows) {
  tsr_graph *mapped, *g;
  int32_t axis = 0, out_axis = 0;
  double out[MAX_N * 4], one[MAX_N];
  assert_ok(tsr_graph_batch(f, tsr_dim_of(rows), &axis, &out_axis, &mapped));
  g = gradient(mapped);
  evaluate(g, xs, out);
  for (int64_t r = 0; r < rows; r++) {
    evaluate(df, xs + r * n, one);
    assert_close(out + r * n, one, (size_t)n, 1e-11, 1e-11);
  }
  tsr_graph_release(mapped);
  tsr_graph_release(g);
}

/* What a check leaves out. */
#define FORWARD_ONLY 1 /* no reverse mode */

static inline double differ(const tsr_graph *g, const double *x, int64_t n, int64_t i,
                            int64_t out) {
  double at[2 * MAX_N], y[MAX_N], z[MAX_N];
  const double h = 1e-5;
  memcpy(at, x, (size_t)n * sizeof *x);
  at[i] = x[i] + h;
  evaluate(g, at, y);
  at[i] = x[i] - h;
  evaluate(g, at, z);
  return (y[out] - z[out]) / (2 * h);
}

/* Gradient, Jacobian-vector and Hessian-vector products in every nesting, and batches of
 * them, at one point x and its neighbours.
 */
static inline void check_derivatives(tsr_body body, void *ctx, const double *x, int64_t n,
                                     unsigned leave_out) {
  tsr_registry *r = registry();
  tsr_graph *f = trace(r, body, ctx, n), *jvp = tangent(f), *pushed = tangent_of_trace(f);
  double at[2 * MAX_N], xs[3 * MAX_N], slope[MAX_N], y[1], product = 0;
  for (int64_t i = 0; i < n; i++) {
    at[i] = x[i];
    at[n + i] = cos(3.0 * (double)i + 1);
    slope[i] = differ(f, x, n, i, 0);
    product += slope[i] * at[n + i];
    for (int64_t k = 0; k < 3; k++)
      xs[k * n + i] = x[i] + 0.1 * (double)k;
  }
  evaluate(jvp, at, y);
  assert_near(y[0], product, 1e-6, 1e-6);
  product = y[0];
  evaluate(pushed, at, y);
  assert_near(y[0], product, 1e-12, 1e-12);
  check_batched(f, 0, 0, n, 1, xs, 3);
  check_batched(f, 1, 0, n, 1, xs, 3);
  if (!(leave_out & FORWARD_ONLY)) {
    tsr_graph *df = gradient(f), *both, *hv[3];
    bool active[1] = {true}, out[1] = {true};
    double g[MAX_N], h[3][2 * MAX_N];
    evaluate(df, x, g);
    assert_close(g, slope, (size_t)n, 1e-6, 1e-6);
    assert_ok(tsr_graph_jvp(df, active, out, &both));
    hv[0] = both;
    hv[1] = reverse_of_product(df);
    hv[2] = reverse_of_tangent(jvp);
    for (int k = 0; k < 3; k++)
      evaluate(hv[k], at, h[k]);
    for (int64_t i = 0; i < n; i++) {
      double sum = 0;
      for (int64_t j = 0; j < n; j++)
        sum += differ(df, x, n, j, i) * at[n + j];
      assert_near(h[0][n + i], sum, 1e-5, 1e-5);
      assert_near(h[1][i], h[0][n + i], 1e-10, 1e-10);
      assert_near(h[2][i], h[0][n + i], 1e-10, 1e-10);
    }
    check_batched(df, 0, 0, n, n, xs, 3);
    check_batched(df, 1, 1, n, n, xs, 3);
    check_gradient_of_batched(f, df, n, xs, 3);
    for (int k = 0; k < 3; k++)
      tsr_graph_release(hv[k]);
    tsr_graph_release(df);
  }
  tsr_graph_release(pushed);
  tsr_graph_release(jvp);
  tsr_graph_release(f);
  tsr_registry_release(r);
}

#endif /* TRANSFORM_TEST_H */
