/* extension.c - a new operation, outside the tree: max-plus matrix product, with its kernel
 * and its derivative.
 *
 *   z[i, j] = max_k x[i, k] + y[k, j]
 *
 * It is described by the same structs as every built-in op.
 */
#include <stdio.h>
#include <tsr/ad.h>
#include <tsr/cpu.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>
#include <tsr/spi/backend.h>
#include <tsr/spi/rule.h>

static tsr_status infer(const tsr_call *c, tsr_type *out) {
  TSR_TRY(tsr_require_rank(c, 0, 2));
  TSR_TRY(tsr_require_rank(c, 1, 2));
  TSR_TRY(tsr_require_same_dim(c, 0, 1, 1, 0)); /* "maxplus: inner sizes differ: 3 vs 4" */
  const tsr_dim dims[] = {c->in_type[0].dims[0], c->in_type[1].dims[1]};
  TSR_TRY(tsr_type_make(c, c->in_type[0].dtype, 2, dims, &out[0])); /* z */
  return tsr_type_make(c, TSR_I64, 2, dims, &out[1]);               /* the winning k */
}

/* the winner k carries the derivative: dz[i, j] = dx[i, k*] + dy[k*, j] */
static tsr_status jvp(tsr_builder *b, const tsr_call *c, const tsr_value *t, tsr_value *out_t) {
  tsr_value k = c->out[1];
  out_t[0] = tsr_add(b, tsr_take_along_axis(b, t[0], k, 1), tsr_take_along_axis(b, t[1], k, 0));
  out_t[1] = TSR_ZERO_VALUE;
  return tsr_builder_status(b);
}

static double at(const tsr_view *v, int64_t i, int64_t j) {
  return ((const double *)v->data)[i * v->strides[0] + j * v->strides[1]];
}

static tsr_status run_f64(tsr_stream *s, const tsr_call *c, const tsr_view *in,
                          const tsr_view *out) {
  (void)s, (void)c;
  const tsr_view *x = &in[0], *y = &in[1];
  for (int64_t i = 0; i < x->dims[0]; i++)
    for (int64_t j = 0; j < y->dims[1]; j++) {
      int64_t best = 0;
      for (int64_t k = 1; k < x->dims[1]; k++)
        if (at(x, i, k) + at(y, k, j) > at(x, i, best) + at(y, best, j)) best = k;
      int64_t z = i * out[0].strides[0] + j * out[0].strides[1];
      int64_t w = i * out[1].strides[0] + j * out[1].strides[1];
      ((double *)out[0].data)[z] = at(x, i, best) + at(y, best, j);
      ((int64_t *)out[1].data)[w] = best;
    }
  return TSR_OK;
}

static const tsr_op maxplus = {.name = "example.tropical.maxplus.v1",
                               .synopsis = "z = max_k x + y, and the winner k",
                               .min_inputs = 2,
                               .max_inputs = 2,
                               .n_outputs = 2,
                               .dtypes = TSR_BIT(F64),
                               .jvp = TSR_JVP_RULE};
static const tsr_rules maxplus_rules = {.infer = infer, .jvp = jvp};
static const tsr_kernel maxplus_kernels[] = {
    {.op = &maxplus, .dtypes = TSR_BIT(F64), .run = run_f64, .name = "cpu.maxplus.f64"}
};

static tsr_status tropical_register(tsr_runtime *rt) {
  TSR_TRY(tsr_runtime_add_op(rt, &maxplus, &maxplus_rules));
  return tsr_runtime_add_kernels(rt, "cpu", maxplus_kernels, 1);
}

static tsr_value tropical_matmul(tsr_builder *b, tsr_value x, tsr_value y) {
  tsr_value out[2];
  tsr_emit(b, &maxplus, NULL, TSR_VALUES(x, y),
           out); /* on failure the builder latches, out is "no value" */
  return out[0];
}

/* Longest paths of two legs through a layered graph, and which first legs they use. */
static tsr_status longest_paths(tsr_runtime *rt, tsr_program **out) {
  tsr_builder *b;
  TSR_TRY(tsr_trace_open(rt, &b));
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(2)));
  tsr_value z = tropical_matmul(b, x, y);
  tsr_value dx = tsr_grad(b, tsr_sum(b, z, TSR_ALL_AXES), x);
  return tsr_compile(b, TSR_VALUES(z, dx), out);
}

static tsr_status check(const char *name, tsr_tensor *tensor, const double *want, int n) {
  double got[6];
  TSR_TRY(tsr_tensor_read(tensor, got, (size_t)n * sizeof *got));
  for (int i = 0; i < n; i++)
    if (got[i] != want[i])
      return TSR_FAIL(TSR_ERR_NUMERIC, "%s[%d] is %g, expected %g", name, i, got[i], want[i]);
  printf("%s: ", name);
  return tsr_tensor_print(tensor, stdout);
}

static tsr_status run(tsr_runtime *rt) {
  static const double xs[] = {1, 5, 2, 4, 0, 3}, ys[] = {1, 2, 0, 7, 6, 1};
  static const double z[] = {8, 12, 9, 7}, dx[] = {0, 1, 1, 0, 1, 1};
  tsr_device *cpu;
  tsr_program *p = NULL;
  tsr_tensor *in[2] = {0}, *out[2] = {0};
  TSR_TRY(tsr_runtime_device(rt, "cpu", &cpu));
  tsr_status status = longest_paths(rt, &p);
  if (status == TSR_OK) status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(2, 3), xs, &in[0]);
  if (status == TSR_OK) status = tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3, 2), ys, &in[1]);
  if (status == TSR_OK) status = tsr_program_run(p, cpu, TSR_TENSORS(in[0], in[1]), out, 2);
  if (status == TSR_OK) status = check("z", out[0], z, 4);
  if (status == TSR_OK) status = check("dz/dx", out[1], dx, 6);
  tsr_tensors_release(in, 2);
  tsr_tensors_release(out, 2);
  tsr_program_release(p);
  return status;
}

int main(void) {
  tsr_runtime *rt = NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, tropical_register), &rt);
  if (status == TSR_OK) status = run(rt);
  if (status != TSR_OK) fprintf(stderr, "%s\n", tsr_error_message());
  tsr_runtime_release(rt);
  return status != TSR_OK;
}
