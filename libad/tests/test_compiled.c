/* test_compiled.c - derivatives that were compiled and run, and derivatives of eager programs. */
#include "tsr_test.h"

#include <math.h>
#include <stdlib.h>

#include "tsr/ad.h"
#include "tsr/cpu.h"
#include "tsr/eager.h"
#include "tsr/runtime.h"

#define BODY(name)                                                                                 \
  static tsr_status name(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out)

static tsr_value total(tsr_builder *b, tsr_value x) { return tsr_reduce_sum(b, x, TSR_ALL_AXES); }

static tsr_runtime *runtime(tsr_device **cpu) {
  tsr_runtime *rt;
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_cpu_register), &rt));
  assert_ok(tsr_runtime_device(rt, "cpu", cpu));
  return rt;
}

/* Run a program of one f64[n] input; results go one after the other to out. */
static void run(const tsr_program *p, tsr_device *cpu, const double *x, int64_t n, double *out,
                const size_t *sizes, size_t n_out) {
  tsr_tensor *in, *results[4] = {0};
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(n), x, &in));
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), results, n_out));
  for (size_t j = 0; j < n_out; j++) {
    assert_ok(tsr_tensor_read(results[j], out, sizes[j] * sizeof *out));
    out += sizes[j];
  }
  tsr_tensors_release(results, n_out);
  tsr_tensor_release(in);
}

/* ---- loops ---- */

BODY(product_step) { /* c' = c x where x > 0, else c; y = c */
  (void)ctx;
  tsr_value p = tsr_gt(b, in[1], tsr_scalar(b, 0));
  out[0] = tsr_select(b, p, tsr_mul(b, in[0], in[1]), in[0]);
  out[1] = in[0];
  return TSR_OK;
}

/* The product of the positive x: gradient y / x_i, Hessian times x: (m - 1) y / x_i */
static void test_a_scan_compiled_with_its_derivatives(void **state) {
  (void)state;
  tsr_device *cpu;
  tsr_runtime *rt = runtime(&cpu);
  tsr_builder *b;
  tsr_program *p;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n)), y[2], hx;
  assert_ok(tsr_scan(b, product_step, NULL, TSR_VALUES(tsr_ones(b, TSR_F64, TSR_NO_SHAPE)),
                     TSR_VALUES(x), n, TSR_SCAN_FORWARD, 1, y));
  tsr_value g = tsr_grad(b, y[0], x);
  assert_ok(tsr_jvp(b, TSR_VALUES(g), TSR_VALUES(x), TSR_VALUES(x), &hx));
  tsr_value again = tsr_grad(b, total(b, tsr_mul(b, g, g)), x);
  assert_ok(tsr_compile(b, TSR_VALUES(y[0], g, hx, again), &p));
  const double at[4] = {2, -1, 3, 5};
  const size_t sizes[4] = {1, 4, 4, 4};
  double out[13];
  run(p, cpu, at, 4, out, sizes, 4);
  assert_near(out[0], 30, 0, 0);
  double squares = 0;
  for (int i = 0; i < 4; i++)
    if (at[i] > 0) squares += 900 / (at[i] * at[i]);
  for (int i = 0; i < 4; i++) {
    double g_i = at[i] > 0 ? 30 / at[i] : 0;
    assert_near(out[1 + i], g_i, 1e-15, 0);
    assert_near(out[5 + i], 2 * g_i, 1e-15, 0);
    /* d/dx_i sum_k (y / x_k)^2 = 2 (S - (y / x_i)^2) / x_i */
    double second = at[i] > 0 ? 2 * (squares - g_i * g_i) / at[i] : 0;
    assert_near(out[9 + i], second, 1e-14, 0);
  }
  tsr_program_release(p);
  tsr_runtime_release(rt);
}

/* ---- checkpoints survive compilation, and save memory ---- */

BODY(wide_layer) { /* several intermediates of the size of x, all needed on the way back */
  (void)ctx;
  tsr_value y = tsr_sin(b, in[0]);
  for (int k = 0; k < 3; k++)
    y = tsr_sin(b, tsr_mul(b, y, tsr_exp(b, y)));
  out[0] = y;
  return TSR_OK;
}

static tsr_program *layers(tsr_runtime *rt, bool checkpointed) {
  tsr_builder *b;
  tsr_program *p;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "n"))), y = x;
  for (int k = 0; k < 6; k++) {
    if (checkpointed)
      (void)tsr_checkpoint(b, wide_layer, NULL, TSR_VALUES(y), 1, &y);
    else
      (void)wide_layer(b, NULL, &y, &y);
  }
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_grad(b, total(b, y), x)), &p));
  return p;
}

static int64_t peak_of(const tsr_program *p, tsr_device *cpu, int64_t n, double *gradient) {
  tsr_tensor *x, *g;
  int64_t bytes;
  double *at = calloc((size_t)n, sizeof *at);
  for (int64_t i = 0; i < n; i++)
    at[i] = 0.3 + 0.001 * (double)i;
  assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(n), at, &x));
  assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(x), &bytes));
  assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x), &g, 1));
  assert_ok(tsr_tensor_read(g, gradient, (size_t)n * sizeof *gradient));
  tsr_tensor_release(g);
  tsr_tensor_release(x);
  free(at);
  return bytes;
}

static void test_a_checkpointed_program_needs_less_memory(void **state) {
  (void)state;
  tsr_device *cpu;
  tsr_runtime *rt = runtime(&cpu);
  tsr_program *plain = layers(rt, false), *checkpointed = layers(rt, true);
  double g[2][512];
  int64_t peak[2] = {peak_of(plain, cpu, 512, g[0]), peak_of(checkpointed, cpu, 512, g[1])};
  assert_close(g[1], g[0], 512, 1e-13, 0);
  assert_true(2 * peak[1] < peak[0]);
  tsr_program_release(plain);
  tsr_program_release(checkpointed);
  tsr_runtime_release(rt);
}

/* ---- eager ---- */

BODY(branch_cube) {
  (void)ctx;
  out[0] = tsr_mul(b, in[0], tsr_mul(b, in[0], in[0]));
  return TSR_OK;
}
BODY(branch_sin) {
  (void)ctx;
  out[0] = tsr_sin(b, in[0]);
  return TSR_OK;
}
BODY(piecewise) { /* x > 0 ? x^3 : sin x */
  tsr_value p = tsr_gt(b, in[0], tsr_scalar(b, 0));
  return tsr_cond(b, p, branch_cube, branch_sin, ctx, TSR_VALUES(in[0]), 1, out);
}
BODY(slope) {
  tsr_value y;
  return tsr_value_and_grad_of(b, piecewise, ctx, TSR_VALUES(in[0]), &y, out);
}
BODY(checkpointed_sum) {
  tsr_value y;
  TSR_TRY(tsr_checkpoint(b, branch_sin, ctx, TSR_VALUES(in[0]), 1, &y));
  out[0] = total(b, tsr_mul(b, y, y));
  return TSR_OK;
}

static void test_functions_on_an_eager_builder(void **state) {
  (void)state;
  tsr_device *cpu;
  tsr_runtime *rt = runtime(&cpu);
  tsr_builder *b;
  const double at[4] = {2, -1, 0.5, -0.25};
  double slopes[4], h[4], one[1], g[4];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_from_data(b, TSR_F64, TSR_DIMS(4), at), s, hv, loss, grad;
  assert_ok(tsr_vmap(b, slope, NULL, TSR_VALUES(x), TSR_NO_AXES, 1, TSR_NO_AXES, &s));
  assert_ok(tsr_read(b, s, slopes, sizeof slopes));
  assert_ok(tsr_value_and_grad_of(b, checkpointed_sum, NULL, TSR_VALUES(x), &loss, &grad));
  assert_ok(tsr_read(b, loss, one, sizeof one));
  assert_ok(tsr_read(b, grad, g, sizeof g));
  assert_ok(tsr_hvp_of(b, checkpointed_sum, NULL, TSR_VALUES(x), TSR_VALUES(x), &hv));
  assert_ok(tsr_read(b, hv, h, sizeof h));
  double sum = 0;
  for (int i = 0; i < 4; i++) {
    assert_near(slopes[i], at[i] > 0 ? 3 * at[i] * at[i] : cos(at[i]), 1e-15, 0);
    assert_near(g[i], sin(2 * at[i]), 1e-14, 1e-15);
    assert_near(h[i], 2 * cos(2 * at[i]) * at[i], 1e-14, 1e-15);
    sum += sin(at[i]) * sin(at[i]);
  }
  assert_near(one[0], sum, 1e-15, 0);
  assert_error_says(tsr_grads(b, loss, TSR_VALUES(x), &s), TSR_ERR_STATE, "tsr_value_and_grad_of");
  tsr_builder_close(b);
  tsr_runtime_release(rt);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_scan_compiled_with_its_derivatives),
      cmocka_unit_test(test_a_checkpointed_program_needs_less_memory),
      cmocka_unit_test(test_functions_on_an_eager_builder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
