/* test_nesting.c - symbolic sizes, loops, maps and derivatives inside one another, at the
 * sizes where each of them does nothing.
 */
#include "contracts.h"

enum {
  MOST = 8
};

/* A linear recurrence with a nonlinear read-out: c <- c sin(w) + x_t, y_t = c^2 */
BODY(recur) {
  const tsr_value *w = ctx;
  out[0] = tsr_add(b, tsr_mul(b, in[0], tsr_sin(b, *w)), in[1]);
  out[1] = tsr_mul(b, out[0], out[0]);
  return TSR_OK;
}
BODY(checkpointed_recur) { return tsr_checkpoint(b, recur, ctx, tsr_values_of(in, 2), 2, out); }
typedef struct setting {
  bool checkpointed;
  tsr_scan_order order;
} setting;

/* in: w, x[n]; loss = sum y + last carry */
BODY(sequence_loss) {
  const setting *s = ctx;
  tsr_value w = in[0], y[2], c0 = tsr_zeros(b, TSR_F64, no_shape());
  TSR_TRY(tsr_scan(b, s->checkpointed ? checkpointed_recur : recur, &w, TSR_VALUES(c0),
                   TSR_VALUES(in[1]), tsr_value_dim(b, in[1], 0), s->order, 1, y));
  out[0] = tsr_add(b, total(b, y[1]), y[0]);
  return tsr_builder_status(b);
}
BODY(sequence_gradient) { /* loss, dw, dx */
  return tsr_value_and_grad_of(b, sequence_loss, ctx, TSR_VALUES(in[0], in[1]), &out[0], &out[1]);
}
BODY(batch_of_gradients) { /* w the same for all, x[m, n] */
  return tsr_vmap(b, sequence_gradient, ctx, TSR_VALUES(in[0], in[1]), TSR_AXES(TSR_NOT_MAPPED, 0),
                  3, TSR_NO_AXES, out);
}
BODY(sum_of_losses) {
  tsr_value y;
  TSR_TRY(tsr_vmap(b, sequence_loss, ctx, TSR_VALUES(in[0], in[1]), TSR_AXES(TSR_NOT_MAPPED, 0), 1,
                   TSR_NO_AXES, &y));
  out[0] = total(b, y);
  return tsr_builder_status(b);
}
BODY(gradient_of_batch) {
  tsr_value loss;
  TSR_TRY(tsr_value_and_grad_of(b, sum_of_losses, ctx, TSR_VALUES(in[0], in[1]), &loss, out));
  return tsr_hvp_of(b, sum_of_losses, ctx, TSR_VALUES(in[0], in[1]),
                    TSR_VALUES(tsr_ones(b, TSR_F64, no_shape()), TSR_ZERO_VALUE), out + 2);
}

/* Loss and its derivatives in w to second order: c' and c'' run along with c. */
static void by_hand(double w, const double *x, int64_t n, bool reverse, double *loss, double *dw,
                    double *dww, double *dx, double *dxw) {
  double c = 0, c1 = 0, c2 = 0, s = sin(w), k = cos(w);
  *loss = *dw = *dww = 0;
  double carry[MOST], carry1[MOST];
  for (int64_t i = 0; i < n; i++) {
    int64_t t = reverse ? n - 1 - i : i;
    double d2 = c2 * s + 2 * c1 * k - c * s, d1 = c1 * s + c * k;
    c = c * s + x[t], c1 = d1, c2 = d2;
    *loss += c * c;
    *dw += 2 * c * c1;
    *dww += 2 * (c1 * c1 + c * c2);
    carry[i] = c, carry1[i] = c1;
  }
  *loss += c;
  *dw += c1;
  *dww += c2;
  /* a_i = d loss / d c_i, from the last on; a1 = d a / d w */
  double a = 1, a1 = 0;
  for (int64_t i = n - 1; i >= 0; i--) {
    a += 2 * carry[i];
    a1 += 2 * carry1[i];
    int64_t t = reverse ? n - 1 - i : i;
    dx[t] = a;
    dxw[t] = a1;
    a1 = a1 * s + a * k;
    a *= s;
  }
}

static tsr_program *symbolic_program(tsr_body body, void *ctx, size_t n_out) {
  tsr_builder *b = trace();
  tsr_dim m = tsr_dim_symbol(b, "m"), n = tsr_dim_symbol(b, "n");
  tsr_value in[2] = {number(b, "w"), tsr_input(b, "x", TSR_F64, TSR_SHAPE(m, n))}, out[4];
  assert_ok(body(b, ctx, in, out));
  return compiled(b, tsr_values_of(out, n_out));
}

static const int64_t sizes[][2] = {
    {3, 5},
    {1, 1},
    {0, 4},
    {2, 0},
    {0, 0},
    {1, 7},
    {7, 1},
    {5, 5}
};

static void test_maps_of_gradients_of_loops_at_any_size(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    setting s = {k % 2 != 0, k / 2 ? TSR_SCAN_REVERSE : TSR_SCAN_FORWARD};
    tsr_program *each = symbolic_program(batch_of_gradients, &s, 3);
    tsr_program *whole = symbolic_program(gradient_of_batch, &s, 4);
    for (size_t z = 0; z < COUNT(sizes); z++) {
      int64_t m = sizes[z][0], n = sizes[z][1];
      size_t rows = (size_t)m, area = (size_t)(m * n);
      double w = 0.7, x[MOST * MOST], dxw[MOST * MOST];
      double expected[200], sums[200] = {0}, got[200];
      for (size_t i = 0; i < area; i++)
        x[i] = cos(1.1 * (double)i);
      for (int64_t i = 0; i < m; i++) {
        double dww;
        by_hand(w, x + i * n, n, k / 2, &expected[i], &expected[m + i], &dww,
                &expected[2 * m + i * n], &dxw[i * n]);
        sums[0] += expected[m + i];
        sums[1 + area] += dww;
      }
      memcpy(sums + 1, expected + 2 * m, area * sizeof *sums);
      memcpy(sums + 2 + area, dxw, area * sizeof *sums);
      tsr_tensor *tw = number_of(w), *tx = f64_of(TSR_DIMS(m, n), x);
      const double tol = 128 * EPS;
      assert_int_equal(run_numbers(each, TSR_TENSORS(tw, tx), got), 2 * rows + area);
      assert_close(got, expected, 2 * rows + area, tol, tol);
      assert_int_equal(run_numbers(whole, TSR_TENSORS(tw, tx), got), 2 + 2 * area);
      assert_close(got, sums, 2 + 2 * area, tol, tol);
      check_both(batch_of_gradients, &s, TSR_TENSORS(tw, tx), 3, expected, 2 * rows + area, tol,
                 tol);
      check_both(gradient_of_batch, &s, TSR_TENSORS(tw, tx), 4, sums, 2 + 2 * area, tol, tol);
      tsr_tensors_release((tsr_tensor *[]){tw, tx}, 2);
    }
    tsr_program_release(each);
    tsr_program_release(whole);
  }
}

/* ---- a while whose lanes stop at different times, forward mode through it ---- */

BODY(below_limit) {
  (void)ctx;
  out[0] = tsr_lt(b, in[0], tsr_scalar(b, 10));
  return TSR_OK;
}
BODY(grow) { /* x <- x^2 / 2 + x */
  (void)ctx;
  tsr_value square = tsr_mul(b, in[0], in[0]);
  out[0] = tsr_add(b, tsr_mul(b, square, tsr_scalar(b, 0.5)), in[0]);
  return TSR_OK;
}
BODY(grown) {
  (void)ctx;
  return tsr_while(b, below_limit, grow, NULL, TSR_VALUES(in[0]), out);
}
BODY(grown_jvp) {
  tsr_value one = tsr_ones(b, TSR_F64, no_shape());
  return tsr_jvp_of(b, grown, ctx, TSR_VALUES(in[0]), TSR_VALUES(one), 1, &out[0], &out[1]);
}
BODY(lanes_of_grown) {
  return tsr_vmap(b, grown_jvp, ctx, TSR_VALUES(in[0]), TSR_NO_AXES, 2, TSR_NO_AXES, out);
}

static void test_lanes_of_a_while_stop_on_their_own(void **state) {
  (void)state;
  const double at[5] = {0.1, 12, 1, 5, 9.5};
  double expected[10];
  for (int i = 0; i < 5; i++) {
    double x = at[i], slope = 1;
    while (x < 10) {
      slope *= x + 1;
      x = x * x / 2 + x;
    }
    expected[i] = x;
    expected[5 + i] = slope;
  }
  tsr_tensor *x = f64_of(TSR_DIMS(5), at), *none = f64_of(TSR_DIMS(0), at);
  check_both(lanes_of_grown, NULL, TSR_TENSORS(x), 2, expected, 10, 64 * EPS, 0);
  check_both(lanes_of_grown, NULL, TSR_TENSORS(none), 2, expected, 0, 0, 0);
  tsr_tensors_release((tsr_tensor *[]){x, none}, 2);
}

/* Reverse mode through a while is refused by name, not answered with zeros. */
BODY(grown_gradient) {
  tsr_value loss;
  return tsr_value_and_grad_of(b, grown, ctx, TSR_VALUES(in[0]), &loss, out);
}
static void test_reverse_mode_of_a_while_is_refused(void **state) {
  (void)state;
  tsr_builder *b = trace();
  tsr_value x = number(b, "x"), g;
  assert_error_says(grown_gradient(b, NULL, &x, &g), TSR_ERR_NO_RULE, "while");
  tsr_builder_close(b);
}

/* ---- families under maps and loops: batches of systems ---- */

BODY(one_system) { /* sum of x^2 with a x = r, a = outer(v, v) + diag(2 + v) */
  (void)ctx;
  tsr_value v = in[0], col = tsr_expand_dims(b, v, TSR_AXES(1));
  tsr_dim n = tsr_dim_of(3);
  tsr_value i = tsr_iota(b, TSR_I64, TSR_SHAPE(n, n), 0),
            j = tsr_iota(b, TSR_I64, TSR_SHAPE(n, n), 1);
  tsr_value diagonal = tsr_select(b, tsr_eq(b, i, j), tsr_add(b, col, tsr_scalar(b, 2)),
                                  tsr_zeros(b, TSR_F64, TSR_SHAPE(n, n)));
  tsr_value a = tsr_add(b, tsr_einsum(b, "i,j->ij", TSR_VALUES(v, v)), diagonal);
  tsr_value x = tsr_solve(b, a, tsr_ones(b, TSR_F64, TSR_SHAPE(n)));
  out[0] = total(b, tsr_mul(b, x, x));
  return TSR_OK;
}
/* Sherman and Morrison: (d + v v^T)^-1 1 = d^-1 1 - d^-1 v (v . d^-1 1) / (1 + v . d^-1 v) */
static long double system_by_hand(const long double *v) {
  long double p = 0, q = 0, s = 0;
  for (int i = 0; i < 3; i++) {
    p += v[i] / (2 + v[i]);
    q += v[i] * v[i] / (2 + v[i]);
  }
  for (int i = 0; i < 3; i++) {
    long double x = (1 - v[i] * p / (1 + q)) / (2 + v[i]);
    s += x * x;
  }
  return s;
}
BODY(system_gradient) {
  tsr_value loss;
  return tsr_value_and_grad_of(b, one_system, ctx, TSR_VALUES(in[0]), &loss, out);
}
BODY(systems) { /* v[2, 4, 3]: a map of maps of gradients */
  return tsr_vmap(b, system_gradient, ctx, TSR_VALUES(in[0]), TSR_NO_AXES, 1, TSR_NO_AXES, out);
}
BODY(systems_of_systems) {
  return tsr_vmap(b, systems, ctx, TSR_VALUES(in[0]), TSR_AXES(1), 1, TSR_AXES(1), out);
}

static void test_gradients_of_systems_in_nested_maps(void **state) {
  (void)state;
  double v[24], expected[24];
  for (int i = 0; i < 24; i++)
    v[i] = 0.3 + sin(i);
  for (int i = 0; i < 8; i++)
    differences(system_by_hand, v + 3 * i, 3, expected + 3 * i);
  tsr_tensor *t = f64_of(TSR_DIMS(2, 4, 3), v);
  check_both(systems_of_systems, NULL, TSR_TENSORS(t), 1, expected, 24, 1e-10, 1e-10);
  tsr_tensor_release(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_maps_of_gradients_of_loops_at_any_size),
      cmocka_unit_test(test_lanes_of_a_while_stop_on_their_own),
      cmocka_unit_test(test_reverse_mode_of_a_while_is_refused),
      cmocka_unit_test(test_gradients_of_systems_in_nested_maps),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
