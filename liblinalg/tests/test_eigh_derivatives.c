/* test_eigh_derivatives.c - gradients against differences and closed forms, for functions that
 * do not depend on the choice of vectors; degenerate spectra stay finite.
 */
#include "linalg_test.h"

/* ---- losses ---- */

static tsr_status of_values(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = paired(b, tsr_eigvalsh(b, in[0], *(const tsr_uplo *)ctx), 11);
  return tsr_builder_status(b);
}

/* v diag(1, 2, ..) v^H: no eigenvalues in it */
static tsr_status of_vectors(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  tsr_eigh_result d = tsr_eigh(b, in[0], *(const tsr_uplo *)ctx);
  tsr_dim n = tsr_value_dim(b, d.w, 0);
  tsr_value count = tsr_add(b, tsr_iota(b, TSR_F64, TSR_SHAPE(n), 0), tsr_scalar(b, 1));
  out[0] = paired(b, tsr_matmul(b, tsr_mul(b, d.v, count), adjoint(b, d.v)), 12);
  return tsr_builder_status(b);
}

/* v diag(w) v^H: the hermitian matrix itself */
static tsr_status reconstruct(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  tsr_eigh_result d = tsr_eigh(b, in[0], *(const tsr_uplo *)ctx);
  out[0] = paired(b, tsr_matmul(b, tsr_mul(b, d.v, d.w), adjoint(b, d.v)), 12);
  return tsr_builder_status(b);
}

static void check_sizes(tsr_body f) {
  for (int64_t n = 1; n <= 5; n += 2)
    for (int c = 0; c < 2; c++)
      for (tsr_uplo uplo = TSR_LOWER; uplo <= TSR_UPPER; uplo++) {
        number a[25];
        fill_random(21 + (uint64_t)n, c, n * n, a);
        check_gradient(f, &uplo, TSR_DIMS(n, n), c ? TSR_C128 : TSR_F64, a, 5e-7);
      }
}

static void test_gradient_of_the_values(void **state) {
  (void)state;
  check_sizes(of_values);
}
static void test_gradient_of_the_vectors(void **state) {
  (void)state;
  check_sizes(of_vectors);
}

/* ---- degenerate spectra ---- */

static void gradient_of(tsr_body f, tsr_uplo uplo, int64_t n, const number *a, number *g) {
  tsr_builder *b;
  tsr_value loss, grad;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(n, n), a);
  assert_ok(tsr_value_and_grad_of(b, f, &uplo, TSR_VALUES(v), &loss, &grad));
  read_value(b, grad, n * n, g);
  tsr_builder_close(b);
}

static void test_equal_values_give_finite_gradients(void **state) {
  (void)state;
  number zero[16] = {0}, one[16] = {0}, g[16];
  tsr_body all[] = {of_values, of_vectors, reconstruct};
  for (int i = 0; i < 4; i++)
    one[5 * i] = 1;
  for (size_t k = 0; k < sizeof all / sizeof *all; k++)
    for (int i = 0; i < 2; i++) {
      gradient_of(all[k], TSR_LOWER, 4, i ? one : zero, g);
      for (int j = 0; j < 16; j++)
        assert_true(isfinite(creal(g[j])) && isfinite(cimag(g[j])));
    }
}

/* Values a few eps apart are equal but for rounding: their gap must not be divided by. */
static void test_nearly_equal_values_do_not_amplify(void **state) {
  (void)state;
  number a[9] = {1, 0, 0, 0, 1 + 4 * eps_of(TSR_F64), 0, 0, 0, 3}, g[9];
  gradient_of(of_vectors, TSR_LOWER, 3, a, g);
  assert_true(largest(9, g, NULL) <= 100);
}

/* The trace of v f(w) v^H sums over all values: at equal ones its gradient is f' times 1. */
static tsr_status exponential_trace(tsr_builder *b, void *ctx, const tsr_value *in,
                                    tsr_value *out) {
  tsr_value w = tsr_eigvalsh(b, in[0], *(const tsr_uplo *)ctx);
  out[0] = tsr_sum(b, tsr_exp(b, w), TSR_ALL_AXES);
  return tsr_builder_status(b);
}
static void test_symmetric_functions_are_exact_at_equal_values(void **state) {
  (void)state;
  number a[16] = {0}, g[16];
  for (int i = 0; i < 4; i++)
    a[5 * i] = i == 3 ? 2 : 1;
  gradient_of(exponential_trace, TSR_LOWER, 4, a, g);
  for (int i = 0; i < 16; i++)
    assert_true(cabs(g[i] - (i % 5 == 0 ? exp(creal(a[i])) : 0)) <= 1e-14);
}

/* The gradient stands in the triangle that is read, with twice the weight off the diagonal,
 * whatever the spectrum: d/dA of Re <w, A> for A = S + S^H + D.
 */
static void test_reconstruction_has_the_triangle_as_derivative(void **state) {
  (void)state;
  number a[9], w[9], g[9];
  fill_random(12, true, 9, w);
  for (tsr_uplo uplo = TSR_LOWER; uplo <= TSR_UPPER; uplo++) {
    fill_random(31, true, 9, a);
    gradient_of(reconstruct, uplo, 3, a, g);
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        const bool is_read = uplo == TSR_LOWER ? i > j : i < j;
        number want = i == j ? creal(w[4 * i]) : is_read ? w[3 * i + j] + conj(w[3 * j + i]) : 0;
        assert_true(cabs(g[3 * i + j] - want) <= 1e-13);
      }
  }
}

/* ---- higher derivatives and vmap ---- */

/* sum w^3 = tr A^3, with gradient 3 A^2 and H d = 3 (A d + d A) for hermitian directions */
static tsr_status cubes(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_value half = tsr_mul(b, tsr_add(b, in[0], adjoint(b, in[0])), tsr_scalar(b, 0.5));
  tsr_value w = tsr_eigvalsh(b, half, TSR_UPPER);
  out[0] = tsr_sum(b, tsr_mul(b, w, tsr_mul(b, w, w)), TSR_ALL_AXES);
  return tsr_builder_status(b);
}
static void test_hessian_of_cubes(void **state) {
  (void)state;
  enum {
    N = 4
  };
  tsr_builder *b;
  tsr_value hd;
  number a[N * N], d[N * N], p[N * N], q[N * N], got[N * N];
  fill_random(41, true, N * N, a);
  fill_random(42, true, N * N, d);
  for (int i = 0; i < N; i++)
    for (int j = 0; j <= i; j++) {
      a[i * N + j] = i == j ? creal(a[i * N + j]) : conj(a[j * N + i]);
      d[i * N + j] = i == j ? creal(d[i * N + j]) : conj(d[j * N + i]);
    }
  times(N, N, N, a, d, p);
  times(N, N, N, d, a, q);
  for (int i = 0; i < N * N; i++)
    p[i] = 3 * (p[i] + q[i]);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value va = value_of(b, TSR_C128, TSR_DIMS(N, N), a);
  tsr_value vd = value_of(b, TSR_C128, TSR_DIMS(N, N), d);
  assert_ok(tsr_hvp_of(b, cubes, NULL, TSR_VALUES(va), TSR_VALUES(vd), &hd));
  read_value(b, hd, N * N, got);
  assert_true(largest(N * N, got, p) <= 1e-12 * (1 + largest(N * N, p, NULL)));
  tsr_builder_close(b);
}

static tsr_status values_of(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_eigh(b, in[0], TSR_LOWER).w;
  return tsr_builder_status(b);
}
static void test_vmap_is_the_batch(void **state) {
  (void)state;
  tsr_builder *b;
  number a[18], w[6], t[6];
  tsr_value mapped;
  fill_random(51, true, 18, a);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(3, 3, 2), a);
  tsr_value front = tsr_transpose(b, v, TSR_AXES(2, 0, 1));
  assert_ok(tsr_vmap(b, values_of, NULL, TSR_VALUES(v), TSR_AXES(2), 1, TSR_NO_AXES, &mapped));
  read_value(b, mapped, 6, w);
  read_value(b, tsr_eigvalsh(b, front, TSR_LOWER), 6, t);
  assert_true(largest(6, w, t) <= 1e-14);
  tsr_builder_close(b);
}

/* A program for any size, none included. */
static void test_symbolic_sizes(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  assert_ok(tsr_trace_open(rt, &b));
  const tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value a = tsr_input(b, "a", TSR_F64, TSR_SHAPE(n, n));
  tsr_eigh_result d = tsr_eigh(b, a, TSR_LOWER);
  tsr_value back = tsr_matmul(b, tsr_mul(b, d.v, d.w), adjoint(b, d.v));
  tsr_value grad = tsr_grad(b, tsr_sum(b, back, TSR_ALL_AXES), a); /* 2 below, 1 on the diagonal */
  assert_ok(tsr_compile(b, TSR_VALUES(grad), &p));
  for (int64_t size = 0; size < 4; size++) {
    double x[9], g[9];
    uint64_t seed = 3;
    for (int i = 0; i < 9; i++)
      x[i] = random_part(&seed);
    tsr_tensor *in = NULL, *out = NULL;
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(size, size), x, &in));
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
    assert_ok(tsr_tensor_read(out, g, (size_t)(size * size) * sizeof *g));
    for (int64_t i = 0; i < size * size; i++) {
      const int64_t row = i / size, column = i % size;
      assert_true(fabs(g[i] - (row > column ? 2 : row == column ? 1 : 0)) <= 1e-12);
    }
    tsr_tensor_release(in);
    tsr_tensor_release(out);
  }
  tsr_program_release(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradient_of_the_values),
      cmocka_unit_test(test_gradient_of_the_vectors),
      cmocka_unit_test(test_equal_values_give_finite_gradients),
      cmocka_unit_test(test_nearly_equal_values_do_not_amplify),
      cmocka_unit_test(test_symmetric_functions_are_exact_at_equal_values),
      cmocka_unit_test(test_reconstruction_has_the_triangle_as_derivative),
      cmocka_unit_test(test_hessian_of_cubes),
      cmocka_unit_test(test_vmap_is_the_batch),
      cmocka_unit_test(test_symbolic_sizes),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
