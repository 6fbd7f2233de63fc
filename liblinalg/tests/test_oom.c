/* test_oom.c - every allocation failing, while ops are built, planned and run. */
#include "linalg_test.h"

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

/* [[4, 2], [2, 5]] = l l^T with l = [[2, 0], [1, 2]]; its determinant is 16. */
static tsr_status factor(tsr_builder *b) {
  double l[4], x[2];
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){4, 2, 2, 5});
  tsr_value r = tsr_from_data(b, TSR_F64, TSR_DIMS(2), (double[]){8, 12});
  tsr_value f = tsr_cholesky(b, a, TSR_LOWER);
  TSR_TRY(tsr_read(b, f, l, sizeof l));
  assert_close(l, ((double[]){2, 0, 1, 2}), 4, 0.0, 0.0);
  TSR_TRY(tsr_read(b, tsr_cholesky_solve(b, f, r, TSR_LOWER), x, sizeof x));
  assert_close(x, ((double[]){1, 2}), 2, 1e-15, 0.0);
  TSR_TRY(tsr_read(b, tsr_lu_solve(b, tsr_lu_factor(b, a), r), x, sizeof x));
  assert_close(x, ((double[]){1, 2}), 2, 1e-15, 0.0);
  return TSR_OK;
}
static tsr_status factor_eagerly(void *arg) {
  (void)arg;
  return with_scope(factor);
}

static tsr_status invert(tsr_builder *b) {
  double p[4], d;
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){4, 2, 2, 5});
  TSR_TRY(tsr_read(b, tsr_matmul(b, tsr_lu(b, a).u, tsr_inv_ex(b, a).x), p, sizeof p));
  TSR_TRY(tsr_read(b, tsr_matrix_power(b, a, -2), p, sizeof p));
  TSR_TRY(tsr_read(b, tsr_slogdet(b, a).logabsdet, &d, sizeof d));
  assert_near(d, log(16), 1e-15, 0.0);
  return TSR_OK;
}
static tsr_status invert_eagerly(void *arg) {
  (void)arg;
  return with_scope(invert);
}

/* Tangents by the rules of the factorizations. */
static tsr_status by_lu(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_lu_factor(b, in[0]).lu;
  return tsr_builder_status(b);
}
static tsr_status by_cholesky(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_cholesky(b, in[0], TSR_UPPER);
  return tsr_builder_status(b);
}
/* Both are homogeneous, of degrees that are known: l of 0, u of 1, the factor of 1/2. */
static tsr_status tangent(tsr_builder *b, tsr_body f, const double *want) {
  double t[4];
  tsr_value y, dy, a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){4, 2, 2, 5});
  TSR_TRY(tsr_jvp_of(b, f, NULL, TSR_VALUES(a), TSR_VALUES(a), 1, &y, &dy));
  TSR_TRY(tsr_read(b, dy, t, sizeof t));
  assert_close(t, want, 4, 1e-15, 0.0);
  return TSR_OK;
}
static tsr_status tangent_by_lu(tsr_builder *b) {
  return tangent(b, by_lu, (double[]){4, 2, 0, 4});
}
static tsr_status tangent_by_cholesky(tsr_builder *b) {
  return tangent(b, by_cholesky, (double[]){1, 0.5, 0, 1});
}
static tsr_status lu_tangent(void *arg) {
  (void)arg;
  return with_scope(tangent_by_lu);
}
static tsr_status cholesky_tangent(void *arg) {
  (void)arg;
  return with_scope(tangent_by_cholesky);
}

static tsr_status mapped(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_triangular_solve(b, in[0], in[1], NULL);
  return tsr_builder_status(b);
}
static tsr_status map_solves(tsr_builder *b) {
  double x[4];
  tsr_value z, a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){2, 0, 1, 2});
  tsr_value r = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2, 1), (double[]){2, 3, 4, 6});
  const int64_t axes[] = {TSR_NOT_MAPPED, 0};
  TSR_TRY(tsr_vmap(b, mapped, NULL, TSR_VALUES(a, r), (tsr_axes){axes, 2}, 1, TSR_NO_AXES, &z));
  TSR_TRY(tsr_read(b, z, x, sizeof x));
  assert_close(x, ((double[]){1, 1, 2, 2}), 4, 0.0, 0.0);
  return TSR_OK;
}
static tsr_status map_eagerly(void *arg) {
  (void)arg;
  return with_scope(map_solves);
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
static void test_factorizations(void **state) {
  (void)state;
  tsr_test_oom(factor_eagerly, NULL);
  tsr_test_oom(invert_eagerly, NULL);
}
static void test_derivatives_of_factorizations(void **state) {
  (void)state;
  tsr_test_oom(lu_tangent, NULL);
  tsr_test_oom(cholesky_tangent, NULL);
}
static void test_vmap_of_a_triangular_solve(void **state) {
  (void)state;
  tsr_test_oom(map_eagerly, NULL);
}
static void test_gradient_of_both(void **state) {
  (void)state;
  tsr_test_oom(gradient, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_svd),
      cmocka_unit_test(test_solve),
      cmocka_unit_test(test_factorizations),
      cmocka_unit_test(test_derivatives_of_factorizations),
      cmocka_unit_test(test_vmap_of_a_triangular_solve),
      cmocka_unit_test(test_gradient_of_both),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
