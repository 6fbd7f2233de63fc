/* test_oom.c - every allocation failing, while ops are built, planned and run. */
#include "linalg_test.h"

static tsr_status with_scope(tsr_status (*f)(tsr_builder *b)) {
  tsr_runtime *made = NULL;
  tsr_builder *b = NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_linalg_register), &made);
  if (status == TSR_OK) status = tsr_eager_open(made, "cpu", &b);
  if (status == TSR_OK) status = f(b);
  tsr_builder_close(b);
  tsr_runtime_release(made);
  return status;
}

static tsr_status decompose(tsr_builder *b) {
  double s[2];
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){3, 0, 4, 5});
  TSR_TRY(tsr_read(b, tsr_svd(b, tsr_transpose(b, a, TSR_ALL_AXES), TSR_SVD_FULL).s, s, sizeof s));
  assert_close(s, ((double[]){3 * sqrt(5), sqrt(5)}), 2, 1e-15, 0.0);
  return TSR_OK;
}
static tsr_status svd_eagerly(void *arg) {
  (void)arg;
  return with_scope(decompose);
}

static tsr_status solve_batch(tsr_builder *b) {
  double x[4];
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){1, 2, 3, 5});
  tsr_value r = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2, 1), (double[]){1, 2, 2, 4});
  TSR_TRY(tsr_read(b, tsr_solve(b, a, r), x, sizeof x));
  assert_close(x, ((double[]){-1, 1, -2, 2}), 4, 1e-14, 0.0);
  return TSR_OK;
}
static tsr_status solve_eagerly(void *arg) {
  (void)arg;
  return with_scope(solve_batch);
}

/* A gradient of both, traced and run. */
static tsr_status compile_gradient(tsr_runtime *made, tsr_program **out) {
  tsr_builder *b;
  TSR_TRY(tsr_trace_open(made, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value a = tsr_input(b, "a", TSR_F64, TSR_SHAPE(n, n));
  tsr_svd_result d = tsr_svd(b, a, TSR_SVD_REDUCED);
  tsr_value x = tsr_solve(b, a, d.s);
  tsr_value g = tsr_grad(b, tsr_sum(b, tsr_mul(b, x, d.u), TSR_ALL_AXES), a);
  return tsr_compile(b, TSR_VALUES(g), out);
}
static tsr_status gradient(void *arg) {
  (void)arg;
  tsr_runtime *made = NULL;
  tsr_program *p = NULL;
  tsr_device *device = NULL;
  tsr_tensor *in = NULL, *out = NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_linalg_register), &made);
  if (status == TSR_OK) status = tsr_runtime_device(made, "cpu", &device);
  if (status == TSR_OK) status = compile_gradient(made, &p);
  if (status == TSR_OK)
    status = tsr_tensor_from_data(device, TSR_F64, TSR_DIMS(2, 2), (double[]){3, 0, 4, 5}, &in);
  if (status == TSR_OK) status = tsr_program_run(p, device, TSR_TENSORS(in), &out, 1);
  tsr_tensor_release(in);
  tsr_tensor_release(out);
  tsr_program_release(p);
  tsr_runtime_release(made);
  return status;
}

static void test_svd(void **state) {
  (void)state;
  tsr_test_oom(svd_eagerly, NULL);
}
static void test_solve(void **state) {
  (void)state;
  tsr_test_oom(solve_eagerly, NULL);
}
static void test_gradient_of_both(void **state) {
  (void)state;
  tsr_test_oom(gradient, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_svd),
      cmocka_unit_test(test_solve),
      cmocka_unit_test(test_gradient_of_both),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
