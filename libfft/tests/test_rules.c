/* test_rules.c - derivatives, vmap, what is refused, and failing allocations. */
#include "fft_test.h"

/* Adjointness: Re <w, F x> = Re <F^H w, x>, F^H being what the pullback applies. */
static tsr_status forward(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_fft(b, in[0], TSR_AXES(1), *(const tsr_fft_norm *)ctx);
  return tsr_builder_status(b);
}
static tsr_status backward(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_ifft(b, in[0], TSR_AXES(0, 1), *(const tsr_fft_norm *)ctx);
  return tsr_builder_status(b);
}

static void test_pullback_is_the_adjoint(void **state) {
  (void)state;
  tsr_body both[] = {forward, backward};
  for (int k = 0; k < 2; k++)
    for (int norm = 0; norm < 3; norm++) {
      tsr_builder *b;
      tsr_value out, ct, tangent;
      tsr_fft_norm n = (tsr_fft_norm)norm;
      number x[42], w[42], fx[42], fw[42], t[42];
      double left = 0, right = 0;
      fill_random(3, true, 42, x);
      fill_random(4, true, 42, w);
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value vx = value_of(b, TSR_C128, TSR_DIMS(6, 7), x);
      tsr_value vw = value_of(b, TSR_C128, TSR_DIMS(6, 7), w);
      assert_ok(tsr_vjp_of(b, both[k], &n, TSR_VALUES(vx), TSR_VALUES(vw), &out, &ct));
      read_value(b, out, 42, fx);
      read_value(b, ct, 42, fw);
      assert_ok(tsr_jvp_of(b, both[k], &n, TSR_VALUES(vx), TSR_VALUES(vx), 1, &out, &tangent));
      read_value(b, tangent, 42, t);
      for (int i = 0; i < 42; i++) {
        left += creal(conj(w[i]) * fx[i]);
        right += creal(conj(fw[i]) * x[i]);
        assert_true(cabs(t[i] - fx[i]) <= 1e-14); /* linear: the tangent of x along x is F x */
      }
      assert_near(left, right, 1e-13, 1e-13);
      tsr_builder_close(b);
    }
}

/* sum |F x|^2 of a real x has the gradient 2 n x. */
static tsr_status energy(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  tsr_value f = tsr_fft(b, in[0], TSR_ALL_AXES, TSR_FFT_BACKWARD);
  out[0] = tsr_sum(b, tsr_real(b, tsr_mul(b, f, tsr_conj(b, f))), TSR_ALL_AXES);
  return tsr_builder_status(b);
}

static void test_gradient_of_the_energy(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_value loss, g;
  double x[12], got[12];
  for (int i = 0; i < 12; i++)
    x[i] = sin(i + 1.0);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(3, 4), x);
  assert_ok(tsr_value_and_grad_of(b, energy, NULL, TSR_VALUES(v), &loss, &g));
  assert_ok(tsr_read(b, g, got, sizeof got));
  for (int i = 0; i < 12; i++)
    x[i] *= 24;
  assert_close(got, x, 12, 1e-13, 1e-13);
  tsr_builder_close(b);
}

static tsr_status columns(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_fft(b, in[0], TSR_AXES(0), TSR_FFT_ORTHO);
  return tsr_builder_status(b);
}

static void test_vmap_shifts_axes(void **state) {
  (void)state;
  tsr_builder *b;
  number x[30], z[30];
  exact want[30];
  fill_random(6, true, 30, x);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(2, 3, 5), x), out;
  for (int64_t axis = 0; axis < 3; axis++) {
    assert_ok(tsr_vmap(b, columns, NULL, TSR_VALUES(v), TSR_AXES(axis), 1, TSR_AXES(axis), &out));
    read_value(b, out, 30, z);
    naive_fft(3, (int64_t[]){2, 3, 5}, axis == 0 ? 2 : 1, -1, TSR_FFT_ORTHO, x, want);
    assert_true(error_in_eps(TSR_C128, 30, z, want) <= 6);
  }
  tsr_builder_close(b);
}

static void test_wrong_calls_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_ones(b, TSR_C64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  assert_refused(b, tsr_fft(b, x, TSR_AXES(2), TSR_FFT_BACKWARD), TSR_ERR_ARGUMENT, "fft", "2");
  assert_refused(b, tsr_ifft(b, x, TSR_AXES(1, -1), TSR_FFT_BACKWARD), TSR_ERR_ARGUMENT, "ifft",
                 "axis 1", "twice");
  assert_refused(b, tsr_fft(b, x, TSR_AXES(0, 1, 0), TSR_FFT_BACKWARD), TSR_ERR_ARGUMENT, "3 axes",
                 "rank 2");
  assert_refused(b, tsr_fft(b, x, TSR_ALL_AXES, (tsr_fft_norm)5), TSR_ERR_ARGUMENT, "norm 5");
  assert_refused(
      b, tsr_fft(b, tsr_ones(b, TSR_I32, TSR_SHAPE(tsr_dim_of(2))), TSR_ALL_AXES, TSR_FFT_ORTHO),
      TSR_ERR_DTYPE, "i32", "fft");
  assert_true(tsr_value_is_zero(tsr_fft(b, TSR_ZERO_VALUE, TSR_ALL_AXES, TSR_FFT_ORTHO)));
  tsr_builder_close(b);
}

static tsr_status build_and_run(void *arg) {
  tsr_runtime *made = NULL;
  tsr_builder *b = NULL;
  number got[34];
  const int64_t n = *(const int64_t *)arg;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_fft_register), &made);
  if (status == TSR_OK) status = tsr_eager_open(made, "cpu", &b);
  if (status == TSR_OK) {
    tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(n)));
    tsr_value z = tsr_fft(b, x, TSR_ALL_AXES, TSR_FFT_FORWARD);
    status = tsr_read(b, z, got, (size_t)(2 * n) * sizeof *got);
    if (status == TSR_OK) assert_true(cabs(got[0] - 1) < 1e-15 && cabs(got[2 * n - 1]) < 1e-15);
  }
  tsr_builder_close(b);
  tsr_runtime_release(made);
  return status;
}

static void test_running_out_of_memory_is_an_ordinary_error(void **state) {
  (void)state;
  int64_t smooth = 12, prime = 17;
  tsr_test_oom(build_and_run, &smooth);
  tsr_test_oom(build_and_run, &prime);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pullback_is_the_adjoint),
      cmocka_unit_test(test_gradient_of_the_energy),
      cmocka_unit_test(test_vmap_shifts_axes),
      cmocka_unit_test(test_wrong_calls_are_refused),
      cmocka_unit_test(test_running_out_of_memory_is_an_ordinary_error),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
