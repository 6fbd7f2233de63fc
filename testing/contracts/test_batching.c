/* test_batching.c - vmap over, under and between derivatives and control flow. */
#include "contracts.h"

enum {
  LANES = 5,
  ROUNDS = 7
};

/* ---- cond inside scan inside vmap ---- */

/* x > 2 ? x / 2 : 3 x + 1 / 4 */
BODY(half) {
  (void)ctx;
  out[0] = tsr_mul(b, in[0], tsr_scalar(b, 0.5));
  return TSR_OK;
}
BODY(triple) {
  (void)ctx;
  out[0] = tsr_add(b, tsr_mul(b, in[0], tsr_scalar(b, 3)), tsr_scalar(b, 0.25));
  return TSR_OK;
}
BODY(round_of_hail) {
  (void)ctx;
  tsr_value p = tsr_gt(b, in[0], tsr_scalar(b, 2)), x;
  TSR_TRY(tsr_cond(b, p, half, triple, NULL, TSR_VALUES(in[0]), 1, &x));
  out[0] = tsr_add(b, x, in[1]);
  out[1] = x;
  return TSR_OK;
}
BODY(hail) { /* in: x, xs[ROUNDS]; out: the last, all on the way */
  (void)ctx;
  return tsr_scan(b, round_of_hail, NULL, TSR_VALUES(in[0]), TSR_VALUES(in[1]), tsr_dim_of(ROUNDS),
                  TSR_SCAN_FORWARD, 1, out);
}
BODY(hail_of_lanes) {
  (void)ctx;
  return tsr_vmap(b, hail, NULL, TSR_VALUES(in[0], in[1]), TSR_AXES(0, TSR_NOT_MAPPED), 2,
                  TSR_AXES(0, 1), out);
}
BODY(hail_loss) {
  (void)ctx;
  tsr_value y[2];
  TSR_TRY(hail(b, NULL, in, y));
  out[0] = tsr_mul(b, y[0], y[0]);
  return TSR_OK;
}
BODY(hail_gradient) {
  (void)ctx;
  tsr_value loss;
  return tsr_value_and_grad_of(b, hail_loss, NULL, TSR_VALUES(in[0], in[1]), &loss, out);
}
BODY(hail_gradient_of_lanes) {
  (void)ctx;
  return tsr_vmap(b, hail_gradient, NULL, TSR_VALUES(in[0], in[1]), TSR_AXES(0, TSR_NOT_MAPPED), 2,
                  TSR_NO_AXES, out);
}

static const double hail_x[LANES] = {0.3, 1.9, 2.5, 17, -4};
static const double hail_xs[ROUNDS] = {0, 0.5, -0.25, 0, 1, 0, 0.125};

static double hail_by_hand(double x, double *way, double *factors) {
  for (int t = 0; t < ROUNDS; t++) {
    factors[t] = x > 2 ? 0.5 : 3;
    double y = x > 2 ? x * 0.5 : x * 3 + 0.25;
    way[t] = y;
    x = y + hail_xs[t];
  }
  return x;
}

static void test_cond_in_scan_in_vmap(void **state) {
  (void)state;
  double expected[LANES + LANES * ROUNDS], gradient[LANES + LANES * ROUNDS];
  for (int i = 0; i < LANES; i++) {
    double way[ROUNDS], f[ROUNDS], x = hail_by_hand(hail_x[i], way, f), product = 2 * x;
    expected[i] = x;
    for (int t = 0; t < ROUNDS; t++)
      expected[LANES + t * LANES + i] = way[t]; /* lanes are axis 1 of the stack */
    for (int t = ROUNDS - 1; t >= 0; t--) {
      gradient[LANES + i * ROUNDS + t] = product;
      product *= f[t];
    }
    gradient[i] = product;
  }
  tsr_tensor *x = f64_of(TSR_DIMS(LANES), hail_x), *xs = f64_of(TSR_DIMS(ROUNDS), hail_xs);
  check_both(hail_of_lanes, NULL, TSR_TENSORS(x, xs), 2, expected, COUNT(expected), 4 * EPS, 0);
  check_both(hail_gradient_of_lanes, NULL, TSR_TENSORS(x, xs), 2, gradient, COUNT(gradient),
             16 * EPS, 0);
  tsr_tensors_release((tsr_tensor *[]){x, xs}, 2);
}

/* ---- vmap of grad, grad of vmap ---- */

enum {
  M = 3,
  N = 4
};
static const double xs[M * N] = {0.1, -0.2, 0.3, 0.4, 1.1, 0.7, -0.6, 0.2, -1, 0.5, 0.25, 2};
static const double ws[N] = {1, -2, 0.5, 3};

BODY(wave) { /* sin(x . w) */
  (void)ctx;
  out[0] = tsr_sin(b, tsr_matmul(b, in[0], in[1]));
  return TSR_OK;
}
BODY(wave_gradients) { /* cos(x . w) w, cos(x . w) x */
  (void)ctx;
  tsr_value loss;
  return tsr_value_and_grad_of(b, wave, NULL, TSR_VALUES(in[0], in[1]), &loss, out);
}
BODY(vmap_of_grad) {
  (void)ctx;
  return tsr_vmap(b, wave_gradients, NULL, TSR_VALUES(in[0], in[1]), TSR_AXES(0, TSR_NOT_MAPPED), 2,
                  TSR_AXES(0, -1), out);
}
BODY(sum_of_waves) {
  (void)ctx;
  tsr_value y;
  TSR_TRY(tsr_vmap(b, wave, NULL, TSR_VALUES(in[0], in[1]), TSR_AXES(0, TSR_NOT_MAPPED), 1,
                   TSR_NO_AXES, &y));
  out[0] = total(b, y);
  return TSR_OK;
}
BODY(grad_of_vmap) {
  (void)ctx;
  tsr_value loss;
  return tsr_value_and_grad_of(b, sum_of_waves, NULL, TSR_VALUES(in[0], in[1]), &loss, out);
}
BODY(sum_of_squared_gradients) { /* sum_i |d sin(x_i . w) / dx_i|^2 = sum_i cos^2(x_i . w) |w|^2 */
  tsr_value g[2];
  TSR_TRY(vmap_of_grad(b, ctx, in, g));
  out[0] = total(b, tsr_mul(b, g[0], g[0]));
  return TSR_OK;
}
BODY(grad_of_vmap_of_grad) {
  (void)ctx;
  tsr_value loss, g[2];
  TSR_TRY(
      tsr_value_and_grad_of(b, sum_of_squared_gradients, NULL, TSR_VALUES(in[0], in[1]), &loss, g));
  out[0] = g[0];
  return TSR_OK;
}

static void test_vmap_and_grad_in_both_orders(void **state) {
  (void)state;
  double each[2 * M * N], summed[M * N + N] = {0}, second[M * N], w2 = 0;
  for (int k = 0; k < N; k++)
    w2 += ws[k] * ws[k];
  for (int i = 0; i < M; i++) {
    double dot = 0;
    for (int k = 0; k < N; k++)
      dot += xs[i * N + k] * ws[k];
    for (int k = 0; k < N; k++) {
      each[i * N + k] = summed[i * N + k] = cos(dot) * ws[k];
      each[M * N + k * M + i] = cos(dot) * xs[i * N + k]; /* the mapped axis goes last */
      summed[M * N + k] += cos(dot) * xs[i * N + k];
      second[i * N + k] = -2 * cos(dot) * sin(dot) * w2 * ws[k];
    }
  }
  tsr_tensor *x = f64_of(TSR_DIMS(M, N), xs), *w = f64_of(TSR_DIMS(N), ws);
  const double tol = 32 * EPS;
  check_both(vmap_of_grad, NULL, TSR_TENSORS(x, w), 2, each, COUNT(each), tol, tol);
  check_both(grad_of_vmap, NULL, TSR_TENSORS(x, w), 2, summed, COUNT(summed), tol, tol);
  check_both(grad_of_vmap_of_grad, NULL, TSR_TENSORS(x, w), 1, second, COUNT(second), 0, 64 * tol);
  tsr_tensors_release((tsr_tensor *[]){x, w}, 2);
}

/* ---- vmap of vmap, with captures of every level ---- */

typedef struct captured {
  tsr_value a, row;
} captured;

BODY(element) { /* x e^y + a row . row */
  const captured *k = ctx;
  tsr_value r = total(b, tsr_mul(b, k->row, k->row));
  out[0] = tsr_add(b, tsr_mul(b, in[0], tsr_exp(b, in[1])), tsr_mul(b, k->a, r));
  return TSR_OK;
}
BODY(over_columns) {
  captured k = *(const captured *)ctx;
  k.row = in[0];
  return tsr_vmap(b, element, &k, TSR_VALUES(in[0], in[1]), TSR_NO_AXES, 1, TSR_NO_AXES, out);
}
BODY(over_rows) { /* z[i, j] = x[i, j] e^y[j, i] + a sum_k x[i, k]^2 */
  (void)ctx;
  captured k = {in[2], TSR_NO_VALUE};
  return tsr_vmap(b, over_columns, &k, TSR_VALUES(in[0], in[1]), TSR_AXES(0, 1), 1, TSR_AXES(-1),
                  out);
}

static void test_nested_vmap_with_captures(void **state) {
  (void)state;
  double ys[N * M], expected[M * N];
  for (int i = 0; i < N * M; i++)
    ys[i] = 0.1 * i - 0.5;
  for (int i = 0; i < M; i++) {
    double r = 0;
    for (int k = 0; k < N; k++)
      r += xs[i * N + k] * xs[i * N + k];
    for (int j = 0; j < N; j++)
      expected[j * M + i] = xs[i * N + j] * exp(ys[j * M + i]) + 2.5 * r;
  }
  tsr_tensor *x = f64_of(TSR_DIMS(M, N), xs), *y = f64_of(TSR_DIMS(N, M), ys), *a = number_of(2.5);
  check_both(over_rows, NULL, TSR_TENSORS(x, y, a), 1, expected, COUNT(expected), 16 * EPS, 0);
  tsr_tensors_release((tsr_tensor *[]){x, y, a}, 3);
}

/* ---- a jacobian, by vmap of vjp and by vmap of jvp ---- */

BODY(swirl) { /* y_i = x_i sum_k x_k^2: J = |x|^2 1 + 2 x x^T */
  (void)ctx;
  out[0] = tsr_mul(b, in[0], total(b, tsr_mul(b, in[0], in[0])));
  return TSR_OK;
}
BODY(row_of_jacobian) {
  (void)ctx;
  tsr_value value;
  return tsr_vjp_of(b, swirl, NULL, TSR_VALUES(in[1]), TSR_VALUES(in[0]), &value, out);
}
BODY(column_of_jacobian) {
  (void)ctx;
  tsr_value value;
  return tsr_jvp_of(b, swirl, NULL, TSR_VALUES(in[1]), TSR_VALUES(in[0]), 1, &value, out);
}
BODY(jacobians) {
  (void)ctx;
  tsr_values of = TSR_VALUES(in[1], in[0]);
  tsr_axes axes = TSR_AXES(0, TSR_NOT_MAPPED);
  TSR_TRY(tsr_vmap(b, row_of_jacobian, NULL, of, axes, 1, TSR_AXES(0), &out[0]));
  return tsr_vmap(b, column_of_jacobian, NULL, of, axes, 1, TSR_AXES(1), &out[1]);
}

static void test_jacobian_by_rows_and_by_columns(void **state) {
  (void)state;
  double units[N * N] = {0}, expected[2 * N * N], s = 0;
  for (int i = 0; i < N; i++) {
    units[i * N + i] = 1;
    s += ws[i] * ws[i];
  }
  for (int i = 0; i < N * N; i++)
    expected[i] = expected[N * N + i] = 2 * ws[i / N] * ws[i % N] + units[i] * s;
  tsr_tensor *x = f64_of(TSR_DIMS(N), ws), *e = f64_of(TSR_DIMS(N, N), units);
  check_both(jacobians, NULL, TSR_TENSORS(x, e), 2, expected, COUNT(expected), 8 * EPS, 0);
  tsr_tensors_release((tsr_tensor *[]){x, e}, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cond_in_scan_in_vmap),
      cmocka_unit_test(test_vmap_and_grad_in_both_orders),
      cmocka_unit_test(test_nested_vmap_with_captures),
      cmocka_unit_test(test_jacobian_by_rows_and_by_columns),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
