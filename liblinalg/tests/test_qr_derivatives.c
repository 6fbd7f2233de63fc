/* test_qr_derivatives.c - gradients of q and r against differences, for every shape. */
#include "linalg_test.h"

/* ---- losses, by what they look at ---- */

static tsr_status of_q(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = paired(b, tsr_qr(b, in[0], *(const tsr_qr_kind *)ctx).q, 11);
  return tsr_builder_status(b);
}

static tsr_status of_r(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = paired(b, tsr_qr(b, in[0], *(const tsr_qr_kind *)ctx).r, 12);
  return tsr_builder_status(b);
}

/* the projector on the columns that complete q to a square */
static tsr_status of_complement(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  const tsr_value q = tsr_qr(b, in[0], TSR_QR_COMPLETE).q;
  const tsr_dim m = tsr_value_dim(b, q, 0), n = tsr_value_dim(b, in[0], 1);
  tsr_value q2 = tsr_slice(b, q, TSR_SHAPE(tsr_dim_of(0), n), TSR_SHAPE(m, m), TSR_NO_AXES);
  out[0] = paired(b, tsr_matmul(b, q2, adjoint(b, q2)), 13);
  return tsr_builder_status(b);
}

static void check_shapes(tsr_body f, tsr_qr_kind kind, bool tall, bool others) {
  static const int64_t sizes[][2] = {
      {5, 3},
      {3, 1},
      {4, 4},
      {3, 5},
      {1, 3}
  };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int c = 0; c < 2; c++) {
      number a[32];
      if (sizes[i][0] > sizes[i][1] ? !tall : !others) continue;
      fill_random(21 + i, c, sizes[i][0] * sizes[i][1], a);
      check_gradient(f, &kind, TSR_DIMS(sizes[i][0], sizes[i][1]), c ? TSR_C128 : TSR_F64, a, 2e-7);
    }
}

static void test_gradient_of_q(void **state) {
  (void)state;
  check_shapes(of_q, TSR_QR_REDUCED, true, true);
  check_shapes(of_q, TSR_QR_COMPLETE, false, true);
}
static void test_gradient_of_r(void **state) {
  (void)state;
  check_shapes(of_r, TSR_QR_REDUCED, true, true);
  check_shapes(of_r, TSR_QR_COMPLETE, true, true);
}
static void test_gradient_of_the_complement(void **state) {
  (void)state;
  check_shapes(of_complement, TSR_QR_COMPLETE, true, false);
}

/* Sizes that are known only when the program runs: one program for tall and wide. */
static void test_symbolic_sizes_serve_every_shape(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value a =
      tsr_input(b, "a", TSR_F64, TSR_SHAPE(tsr_dim_symbol(b, "m"), tsr_dim_symbol(b, "n")));
  tsr_qr_result d = tsr_qr(b, a, TSR_QR_REDUCED);
  tsr_value back = tsr_matmul(b, d.q, d.r), loss = tsr_sum(b, tsr_mul(b, back, back), TSR_ALL_AXES);
  assert_ok(tsr_compile(b, TSR_VALUES(tsr_grad(b, loss, a)), &p)); /* of |a|^2: 2 a */
  static const int64_t sizes[][2] = {
      {4, 2},
      {2, 4},
      {3, 3},
      {0, 2},
      {2, 0}
  };
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    double x[9], g[9];
    uint64_t seed = 3 + k;
    const int64_t n = sizes[k][0] * sizes[k][1];
    for (int64_t i = 0; i < n; i++)
      x[i] = random_part(&seed);
    tsr_tensor *in = NULL, *out = NULL;
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(sizes[k][0], sizes[k][1]), x, &in));
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), &out, 1));
    assert_ok(tsr_tensor_read(out, g, (size_t)n * sizeof *g));
    for (int64_t i = 0; i < n; i++)
      x[i] *= 2;
    assert_close(g, x, n, 1e-12, 1e-13);
    tsr_tensor_release(in);
    tsr_tensor_release(out);
  }
  tsr_program_release(p);
}

/* q does not depend on r's phases, so |q w|^2 of a square a is constant: its gradient is 0. */
static tsr_status norm_of_image(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_value w = tsr_iota(b, TSR_F64, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(1)), 0);
  tsr_value image = tsr_matmul(b, tsr_qr(b, in[0], TSR_QR_REDUCED).q, w);
  out[0] = tsr_sum(b, tsr_mul(b, image, image), TSR_ALL_AXES);
  return tsr_builder_status(b);
}
static void test_lengths_that_q_keeps_have_no_gradient(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_value loss, grad;
  number a[15], g[15];
  fill_random(8, false, 15, a);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_F64, TSR_DIMS(5, 3), a);
  assert_ok(tsr_value_and_grad_of(b, norm_of_image, NULL, TSR_VALUES(v), &loss, &grad));
  read_value(b, grad, 15, g);
  assert_true(largest(15, g, NULL) <= 1e-13);
  tsr_builder_close(b);
}

/* A column of zeros has no direction, and its derivative says so. */
static void test_dependent_columns_are_named(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_value loss, grad;
  tsr_qr_kind kind = TSR_QR_REDUCED;
  double g[6];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 2), (double[]){1, 0, 2, 0, 3, 0});
  tsr_status status = tsr_value_and_grad_of(b, of_q, &kind, TSR_VALUES(v), &loss, &grad);
  if (status == TSR_OK) status = tsr_read(b, grad, g, sizeof g);
  assert_error_says(status, TSR_ERR_NUMERIC, "triangular_solve",
                    "element 1 of its diagonal is zero");
  tsr_builder_close(b);
}

static tsr_status r_of(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_qr(b, in[0], TSR_QR_REDUCED).r;
  return tsr_builder_status(b);
}
static void test_vmap_is_the_batch(void **state) {
  (void)state;
  tsr_builder *b;
  number a[24], r[12], s[12];
  tsr_value mapped;
  fill_random(51, true, 24, a);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(4, 3, 2), a);
  tsr_value front = tsr_transpose(b, v, TSR_AXES(1, 0, 2)); /* [3, 4, 2] */
  assert_ok(tsr_vmap(b, r_of, NULL, TSR_VALUES(v), TSR_AXES(1), 1, TSR_NO_AXES, &mapped));
  read_value(b, mapped, 12, r);
  read_value(b, tsr_qr(b, front, TSR_QR_REDUCED).r, 12, s);
  assert_true(largest(12, r, s) <= 1e-14);
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradient_of_q),
      cmocka_unit_test(test_gradient_of_r),
      cmocka_unit_test(test_gradient_of_the_complement),
      cmocka_unit_test(test_symbolic_sizes_serve_every_shape),
      cmocka_unit_test(test_lengths_that_q_keeps_have_no_gradient),
      cmocka_unit_test(test_dependent_columns_are_named),
      cmocka_unit_test(test_vmap_is_the_batch),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
