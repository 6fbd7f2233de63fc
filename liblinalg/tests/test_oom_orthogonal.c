/* test_oom_orthogonal.c - every allocation failing, while QR, eigenvalues, least squares and
 * norms are built, planned and run, and their gradients are traced.
 */
#include "linalg_test.h"

static tsr_status factor_orthogonally(tsr_builder *b) {
  double r[4], w[2];
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 2), (double[]){3, 0, 4, 5});
  tsr_qr_result d = tsr_qr(b, tsr_transpose(b, a, TSR_ALL_AXES), TSR_QR_COMPLETE);
  TSR_TRY(tsr_read(b, d.r, r, sizeof r));
  assert_near(r[0], 3, 1e-15, 0.0);
  TSR_TRY(tsr_read(b, tsr_eigvalsh(b, a, TSR_UPPER), w, sizeof w));
  assert_close(w, ((double[]){3, 5}), 2, 1e-15, 0.0);
  TSR_TRY(tsr_read(b, tsr_eigh(b, a, TSR_LOWER).w, w, sizeof w));
  assert_near(w[0] * w[1], -1, 1e-14, 0.0);
  return TSR_OK;
}
static tsr_status orthogonal_eagerly(void *arg) {
  (void)arg;
  return with_scope(factor_orthogonally);
}

static tsr_status least_squares(tsr_builder *b) {
  double x[2], norm;
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 2), (double[]){1, 0, 0, 2, 0, 0});
  tsr_value r = tsr_from_data(b, TSR_F64, TSR_DIMS(3), (double[]){1, 2, 3});
  TSR_TRY(tsr_read(b, tsr_lstsq(b, a, r, TSR_RCOND_DEFAULT).x, x, sizeof x));
  assert_close(x, ((double[]){1, 1}), 2, 1e-14, 0.0);
  TSR_TRY(tsr_read(b, tsr_matrix_norm(b, a, TSR_NORM_NUC), &norm, sizeof norm));
  assert_near(norm, 3, 1e-14, 0.0);
  return TSR_OK;
}
static tsr_status least_squares_eagerly(void *arg) {
  (void)arg;
  return with_scope(least_squares);
}

/* ---- gradients ---- */

typedef tsr_value (*make_loss)(tsr_builder *b, tsr_value a);

static tsr_value loss_of_qr_and_eigh(tsr_builder *b, tsr_value a) {
  tsr_qr_result d = tsr_qr(b, a, TSR_QR_REDUCED);
  tsr_value square = tsr_matmul(b, tsr_transpose(b, d.r, TSR_ALL_AXES), d.r);
  return tsr_mul(b, tsr_eigh(b, square, TSR_UPPER).v, tsr_sum(b, d.q, TSR_ALL_AXES));
}
static tsr_value loss_of_lstsq(tsr_builder *b, tsr_value a) {
  tsr_value norms = tsr_vector_norm(b, a, TSR_AXES(1), 3);
  return tsr_lstsq(b, a, norms, TSR_RCOND_DEFAULT).x;
}

/* Rules only emit: a trace runs them all, and compiling what they emit is tested elsewhere. */
static tsr_status gradient(void *arg) {
  const make_loss *f = arg;
  tsr_runtime *made = NULL;
  tsr_builder *b = NULL;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_linalg_register), &made);
  if (status == TSR_OK) status = tsr_trace_open(made, &b);
  if (status == TSR_OK) {
    const tsr_dim m = tsr_dim_symbol(b, "m"), n = tsr_dim_of(2);
    tsr_value a = tsr_input(b, "a", TSR_F64, TSR_SHAPE(m, n));
    (void)tsr_grad(b, tsr_sum(b, (*f)(b, a), TSR_ALL_AXES), a);
    status = tsr_builder_status(b);
  }
  tsr_builder_close(b);
  tsr_runtime_release(made);
  return status;
}

static void test_orthogonal_factors(void **state) {
  (void)state;
  tsr_test_oom(orthogonal_eagerly, NULL);
}
static void test_least_squares(void **state) {
  (void)state;
  tsr_test_oom(least_squares_eagerly, NULL);
}
static void test_gradients(void **state) {
  (void)state;
  make_loss losses[] = {loss_of_qr_and_eigh, loss_of_lstsq};
  for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
    tsr_test_oom(gradient, &losses[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_orthogonal_factors),
      cmocka_unit_test(test_least_squares),
      cmocka_unit_test(test_gradients),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
