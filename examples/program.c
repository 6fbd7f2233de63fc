/* program.c - trace once, differentiate, compile, run at any batch size. */
#include <math.h>
#include <stdio.h>
#include <tsr/ad.h>
#include <tsr/cpu.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>

/* loss(w) = mean((x w - y)^2), and its gradient in w */
static tsr_status least_squares(tsr_runtime *rt, tsr_program **out) {
  tsr_builder *b;
  TSR_TRY(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");

  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, tsr_dim_of(3)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(n));
  tsr_value w = tsr_input(b, "w", TSR_F64, TSR_SHAPE(tsr_dim_of(3)));
  tsr_value r = tsr_sub(b, tsr_matmul(b, x, w), y);
  tsr_value loss = tsr_mean(b, tsr_mul(b, r, r), TSR_ALL_AXES);
  tsr_value dw = tsr_grad(b, loss, w);

  return tsr_compile(b, TSR_VALUES(loss, dw),
                     out); /* consumes the trace; reports its first error */
}

static tsr_status step(const tsr_program *p, tsr_device *cpu, tsr_tensor *x, tsr_tensor *y,
                       tsr_tensor *w, double *loss, double *dw) {
  tsr_tensor *out[2] = {0};
  int64_t peak;
  TSR_TRY(tsr_program_peak(p, cpu, TSR_TENSORS(x, y, w), &peak)); /* bytes, exact, before running */
  TSR_TRY(tsr_program_run(p, cpu, TSR_TENSORS(x, y, w), out, 2));
  tsr_status status = tsr_tensor_read(out[0], loss, sizeof *loss);
  if (status == TSR_OK) status = tsr_tensor_read(out[1], dw, 3 * sizeof *dw);
  tsr_tensors_release(out, 2);
  printf("peak %lld bytes\n", (long long)peak);
  return status;
}

/* Rows (1, i, i^2), weights (1, 1, 1), targets 0: both results have a closed form. */
static tsr_status run_at(const tsr_program *p, tsr_device *cpu, int64_t n) {
  double xs[16][3], ys[16] = {0}, loss, dw[3];
  const double ws[3] = {1, 1, 1};
  double want_loss = 0, want_dw[3] = {0};
  for (int64_t i = 0; i < n; i++) {
    double row[3] = {1, (double)i, (double)(i * i)}, r = row[0] + row[1] + row[2];
    want_loss += r * r / (double)n;
    for (int k = 0; k < 3; k++) {
      xs[i][k] = row[k];
      want_dw[k] += 2 * r * row[k] / (double)n;
    }
  }
  tsr_tensor *t[3] = {0};
  tsr_status status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(n, 3), xs, &t[0]);
  if (status == TSR_OK) status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(n), ys, &t[1]);
  if (status == TSR_OK) status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3), ws, &t[2]);
  if (status == TSR_OK) status = step(p, cpu, t[0], t[1], t[2], &loss, dw);
  tsr_tensors_release(t, 3);
  TSR_TRY(status);

  bool right = fabs(loss - want_loss) <= 1e-12 * want_loss;
  for (int k = 0; k < 3; k++)
    right &= fabs(dw[k] - want_dw[k]) <= 1e-12 * want_dw[k];
  printf("n = %lld: loss %g, gradient %g %g %g\n", (long long)n, loss, dw[0], dw[1], dw[2]);
  return right ? TSR_OK : TSR_FAIL(TSR_ERR_NUMERIC, "loss %g, expected %g", loss, want_loss);
}

static tsr_status run(tsr_runtime *rt) {
  tsr_device *cpu;
  tsr_program *p;
  TSR_TRY(tsr_runtime_device(rt, "cpu", &cpu));
  TSR_TRY(least_squares(rt, &p));
  tsr_status status = TSR_OK;
  for (int64_t n = 1; n <= 16 && status == TSR_OK; n *= 2)
    status = run_at(p, cpu, n);
  tsr_program_release(p);
  return status;
}

int main(void) {
  tsr_runtime *rt = NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register), &rt);
  if (status == TSR_OK) status = run(rt);
  if (status != TSR_OK) fprintf(stderr, "%s\n", tsr_error_message());
  tsr_runtime_release(rt);
  return status != TSR_OK;
}
