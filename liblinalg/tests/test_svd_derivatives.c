/* test_svd_derivatives.c - gradients against differences, for functions that do not depend
 * on the choice of signs and phases; degenerate spectra stay finite.
 */
#include "linalg_test.h"

static tsr_value part(tsr_builder *b, tsr_value a, int64_t r0, int64_t r1, int64_t c0, int64_t c1) {
  return tsr_slice(b, a, TSR_SHAPE(tsr_dim_of(r0), tsr_dim_of(c0)),
                   TSR_SHAPE(tsr_dim_of(r1), tsr_dim_of(c1)), TSR_NO_AXES);
}

/* ---- losses, by what they look at ---- */

static tsr_status of_values(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = paired(b, tsr_svd(b, in[0], *(const tsr_svd_kind *)ctx).s, 11);
  return tsr_builder_status(b);
}

/* u diag(s^2) vt */
static tsr_status of_all(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  tsr_svd_result d = tsr_svd(b, in[0], *(const tsr_svd_kind *)ctx);
  tsr_value us = tsr_mul(b, d.u, tsr_mul(b, d.s, d.s));
  out[0] = paired(b, tsr_matmul(b, us, d.vt), 12);
  return tsr_builder_status(b);
}

/* u diag(1, 2, ..) u^H + and the same of v: no singular values in it */
static tsr_status of_vectors(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  tsr_svd_result d = tsr_svd(b, in[0], *(const tsr_svd_kind *)ctx);
  tsr_dim k = tsr_value_dim(b, d.s, 0);
  tsr_value count = tsr_add(b, tsr_iota(b, TSR_F64, TSR_SHAPE(k), 0), tsr_scalar(b, 1));
  tsr_value v = adjoint(b, d.vt);
  tsr_value p = tsr_matmul(b, tsr_mul(b, d.u, count), adjoint(b, d.u));
  tsr_value q = tsr_matmul(b, tsr_mul(b, v, count), d.vt);
  out[0] = tsr_add(b, paired(b, p, 13), paired(b, q, 14));
  return tsr_builder_status(b);
}

/* the projectors on what completes u and vt to squares */
static tsr_status of_complements(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_svd_result d = tsr_svd(b, in[0], TSR_SVD_FULL);
  int64_t m = tsr_value_dim(b, d.u, 0).n, n = tsr_value_dim(b, d.vt, 0).n, k = m < n ? m : n;
  tsr_value u2 = part(b, d.u, 0, m, k, m), vt2 = part(b, d.vt, k, n, 0, n);
  out[0] = tsr_add(b, paired(b, tsr_matmul(b, u2, adjoint(b, u2)), 15),
                   paired(b, tsr_matmul(b, adjoint(b, vt2), vt2), 16));
  return tsr_builder_status(b);
}

/* Random matrices are generic; gaps of their values enter the condition. */
static void check_shapes(tsr_body f, tsr_svd_kind kind, bool square) {
  static const int64_t sizes[][2] = {
      {5, 3},
      {3, 5},
      {4, 4},
      {1, 3}
  };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int c = 0; c < 2; c++) {
      number a[32];
      if (sizes[i][0] == sizes[i][1] && !square) continue;
      fill_random(21 + i, c, sizes[i][0] * sizes[i][1], a);
      check_gradient(f, &kind, TSR_DIMS(sizes[i][0], sizes[i][1]), c ? TSR_C128 : TSR_F64, a, 2e-7);
    }
}

static void test_gradient_of_the_values(void **state) {
  (void)state;
  check_shapes(of_values, TSR_SVD_VALUES, true);
  check_shapes(of_values, TSR_SVD_REDUCED, true);
  check_shapes(of_values, TSR_SVD_FULL, true);
}
static void test_gradient_of_all_three(void **state) {
  (void)state;
  check_shapes(of_all, TSR_SVD_REDUCED, true);
}
static void test_gradient_of_the_vectors(void **state) {
  (void)state;
  check_shapes(of_vectors, TSR_SVD_REDUCED, true);
}
static void test_gradient_of_full_vectors(void **state) {
  (void)state;
  check_shapes(of_complements, TSR_SVD_FULL, false);
}

/* ---- degenerate spectra ---- */

static void gradient_is_finite(tsr_body f, tsr_svd_kind kind, int64_t m, int64_t n, const number *a,
                               number *g) {
  tsr_builder *b;
  tsr_value loss, grad;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(m, n), a);
  assert_ok(tsr_value_and_grad_of(b, f, &kind, TSR_VALUES(v), &loss, &grad));
  read_value(b, grad, m * n, g);
  for (int64_t i = 0; i < m * n; i++)
    assert_true(isfinite(creal(g[i])) && isfinite(cimag(g[i])));
  tsr_builder_close(b);
}

static void test_equal_and_zero_values_give_finite_gradients(void **state) {
  (void)state;
  number g[16], zero[12] = {0}, one[16] = {0}, rank1[12];
  for (int i = 0; i < 4; i++)
    one[i * 5] = 1;
  for (int i = 0; i < 12; i++)
    rank1[i] = (1 + i / 3) * (2.0 - i % 3 * I);
  tsr_body all[] = {of_values, of_all, of_vectors};
  for (size_t k = 0; k < 3; k++) {
    gradient_is_finite(all[k], TSR_SVD_REDUCED, 4, 3, zero, g);
    gradient_is_finite(all[k], TSR_SVD_REDUCED, 3, 4, zero, g);
    gradient_is_finite(all[k], TSR_SVD_REDUCED, 4, 4, one, g);
    gradient_is_finite(all[k], TSR_SVD_REDUCED, 4, 3, rank1, g);
  }
  gradient_is_finite(of_complements, TSR_SVD_FULL, 4, 3, rank1, g);
  gradient_is_finite(of_complements, TSR_SVD_FULL, 3, 4, zero, g);
}

/* Values a few eps apart are equal but for rounding, those of a few eps are zero. */
static void test_nearly_equal_values_do_not_amplify(void **state) {
  (void)state;
  const double eps = eps_of(TSR_F64);
  number equal[9] = {3, 0, 0, 0, 3 + 8 * eps, 0, 0, 0, 1}, small[9] = {3, 0, 0, 0, 1}, g[9];
  small[8] = 8 * eps;
  gradient_is_finite(of_vectors, TSR_SVD_REDUCED, 3, 3, equal, g);
  assert_true(largest(9, g, NULL) <= 100);
  gradient_is_finite(of_vectors, TSR_SVD_REDUCED, 3, 3, small, g);
  assert_true(largest(9, g, NULL) <= 100);
}

/* u s^2 vt = a a^H a whatever the spectrum, so at a = 1 its differential is that of
 * a + a^H + a: with equal values the undefined parts cancel and must not spoil the rest.
 */
static tsr_status reconstruct(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_svd_result d = tsr_svd(b, in[0], TSR_SVD_REDUCED);
  out[0] = paired(b, tsr_matmul(b, tsr_mul(b, d.u, d.s), d.vt), 12);
  return tsr_builder_status(b);
}

static void test_reconstruction_has_the_identity_as_derivative(void **state) {
  (void)state;
  number g[16], w[16], a[16] = {0};
  fill_random(12, true, 16, w);
  for (int i = 0; i < 4; i++)
    a[i * 4 + (i + 1) % 4] = I; /* a permutation: all values are 1 */
  gradient_is_finite(reconstruct, TSR_SVD_REDUCED, 4, 4, a, g);
  /* within a block of equal values only the hermitian part of u^H da v moves s */
  fill_random(33, true, 16, a);
  gradient_is_finite(reconstruct, TSR_SVD_REDUCED, 4, 4, a, g);
  assert_true(largest(16, g, w) <= 1e-12);
}

/* u vt is the unitary factor of a, whose derivative at 1 is the skew part of da, though all
 * values are equal; of diag(2, 2, 1) it is that over the mean of the values of row and column.
 */
static tsr_status unitary_factor(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_svd_result d = tsr_svd(b, in[0], TSR_SVD_REDUCED);
  out[0] = paired(b, tsr_matmul(b, d.u, d.vt), 12);
  return tsr_builder_status(b);
}

static void test_unitary_factor_is_exact_at_equal_values(void **state) {
  (void)state;
  number g[9], w[9];
  fill_random(12, true, 9, w);
  for (int k = 0; k < 2; k++) {
    number a[9] = {0};
    for (int i = 0; i < 3; i++)
      a[4 * i] = k && i < 2 ? 2 : 1;
    gradient_is_finite(unitary_factor, TSR_SVD_REDUCED, 3, 3, a, g);
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        const number want = (w[3 * i + j] - conj(w[3 * j + i])) / (a[4 * i] + a[4 * j]);
        assert_true(cabs(g[3 * i + j] - want) <= 1e-14);
      }
  }
}

/* ---- higher derivatives and vmap ---- */

/* sum s^4 = |a^H a|^2 in Frobenius norm, so grad = 4 a a^H a. */
static tsr_status fourth_powers(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_value s = tsr_svd(b, in[0], TSR_SVD_VALUES).s, s2 = tsr_mul(b, s, s);
  out[0] = tsr_sum(b, tsr_mul(b, s2, s2), TSR_ALL_AXES);
  return tsr_builder_status(b);
}

/* H d = 4 (d a^H a + a d^H a + a a^H d) */
static void test_hessian_of_fourth_powers(void **state) {
  (void)state;
  static const int64_t sizes[][2] = {
      {4, 3},
      {3, 4},
      {3, 3}
  };
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    const int64_t m = sizes[k][0], n = sizes[k][1];
    tsr_builder *b;
    tsr_value hd;
    number a[12], d[12], ah[12], dh[12], p[16], q[12], want[12], got[12];
    fill_random(41, true, m * n, a);
    fill_random(42, true, m * n, d);
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < n; j++) {
        ah[j * m + i] = conj(a[i * n + j]);
        dh[j * m + i] = conj(d[i * n + j]);
      }
    memset(want, 0, sizeof want);
    const number *triples[][3] = {
        {d, ah, a},
        {a, dh, a},
        {a, ah, d}
    };
    for (int t = 0; t < 3; t++) {
      times(m, n, m, triples[t][0], triples[t][1], p);
      times(m, m, n, p, triples[t][2], q);
      for (int64_t i = 0; i < m * n; i++)
        want[i] += 4 * q[i];
    }
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_value va = value_of(b, TSR_C128, TSR_DIMS(m, n), a);
    tsr_value vd = value_of(b, TSR_C128, TSR_DIMS(m, n), d);
    assert_ok(tsr_hvp_of(b, fourth_powers, NULL, TSR_VALUES(va), TSR_VALUES(vd), &hd));
    read_value(b, hd, m * n, got);
    assert_true(largest(m * n, got, want) <= 1e-11 * (1 + largest(m * n, want, NULL)));
    tsr_builder_close(b);
  }
}

static tsr_status values_of(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_svd(b, in[0], TSR_SVD_REDUCED).s;
  return tsr_builder_status(b);
}

static void test_vmap_is_the_batch(void **state) {
  (void)state;
  tsr_builder *b;
  number a[24], s[6], t[6];
  tsr_value mapped;
  fill_random(51, true, 24, a);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(3, 4, 2), a);
  tsr_value front = tsr_transpose(b, v, TSR_AXES(2, 0, 1)); /* [2, 3, 4] */
  assert_ok(tsr_vmap(b, values_of, NULL, TSR_VALUES(v), TSR_AXES(2), 1, TSR_NO_AXES, &mapped));
  read_value(b, mapped, 6, s);
  read_value(b, tsr_svd(b, front, TSR_SVD_VALUES).s, 6, t);
  assert_true(largest(6, s, t) <= 1e-14);
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradient_of_the_values),
      cmocka_unit_test(test_gradient_of_all_three),
      cmocka_unit_test(test_gradient_of_the_vectors),
      cmocka_unit_test(test_gradient_of_full_vectors),
      cmocka_unit_test(test_equal_and_zero_values_give_finite_gradients),
      cmocka_unit_test(test_nearly_equal_values_do_not_amplify),
      cmocka_unit_test(test_reconstruction_has_the_identity_as_derivative),
      cmocka_unit_test(test_unitary_factor_is_exact_at_equal_values),
      cmocka_unit_test(test_hessian_of_fourth_powers),
      cmocka_unit_test(test_vmap_is_the_batch),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
