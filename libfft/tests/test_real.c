/* test_real.c - transforms of real numbers and to real numbers, and what goes with them. */
#include "fft_test.h"

/* The sum with a complex result, of which rfft keeps the first places of the last axis. */
static void check_rfft(tsr_dtype real, int64_t m, int64_t n, unsigned axes, tsr_fft_norm norm) {
  tsr_builder *b;
  const int64_t half = n / 2 + 1, list[] = {0, 1};
  number *x = malloc((size_t)(m * n) * sizeof *x), *z = malloc((size_t)(m * n) * sizeof *z);
  exact *want = malloc((size_t)(m * n) * sizeof *want);
  const tsr_axes some = {list + (axes == 2), axes == 3 ? 2 : 1};
  fill_random((uint64_t)(m + n), false, m * n, x);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, real, TSR_DIMS(m, n), x);
  read_value(b, v, m * n, x); /* as the dtype rounds them */
  tsr_value f = tsr_rfft(b, v, some, norm);
  read_value(b, f, m * half, z);
  naive_fft(2, (int64_t[]){m, n}, axes, -1, norm, x, want);
  for (int64_t i = 0; i < m; i++)
    for (int64_t k = 0; k < half; k++)
      want[i * half + k] = want[i * n + k];
  assert_true(error_in_eps(real, m * half, z, want) <= 3 + 2 * log2((double)n));
  read_value(b, tsr_irfft(b, f, tsr_dim_of(n), some, norm), m * n, z);
  for (int64_t i = 0; i < m * n; i++)
    want[i] = x[i];
  assert_true(error_in_eps(real, m * n, z, want) <= 4 + 4 * log2((double)n));
  tsr_builder_close(b);
  free(x), free(z), free(want);
}

static void test_spectra_of_real_numbers_and_back(void **state) {
  (void)state;
  static const int64_t lengths[] = {1,  2,  3,  4,  5,  6,  7,  8,   9,
                                    12, 16, 17, 30, 31, 64, 97, 100, 210};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    for (int norm = 0; norm < 3; norm++) {
      check_rfft(TSR_F64, 3, lengths[i], 2, (tsr_fft_norm)norm);
      check_rfft(TSR_F32, 5, lengths[i], 3, (tsr_fft_norm)norm);
    }
  check_rfft(TSR_F64, 40, 34, 3, TSR_FFT_BACKWARD); /* neither engine alone */
  check_rfft(TSR_F64, 2, 2048, 2, TSR_FFT_BACKWARD);
  check_rfft(TSR_F32, 2, 2011, 2, TSR_FFT_BACKWARD);
}

/* The first axis with half a spectrum: lines that are not dense. */
static void test_any_axis_may_be_the_half_one(void **state) {
  (void)state;
  static const int64_t lengths[] = {6, 7, 17, 34};
  for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
    tsr_builder *b;
    const int64_t n = lengths[l], half = n / 2 + 1;
    number x[34 * 5], z[34 * 5];
    exact want[34 * 5];
    fill_random(4, false, n * 5, x);
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_value v = value_of(b, TSR_F64, TSR_DIMS(n, 5), x);
    tsr_value f = tsr_rfft(b, v, TSR_AXES(1, 0), TSR_FFT_ORTHO);
    read_value(b, f, half * 5, z);
    naive_fft(2, (int64_t[]){n, 5}, 3, -1, TSR_FFT_ORTHO, x, want);
    assert_true(error_in_eps(TSR_F64, half * 5, z, want) <= 4 + log2((double)n));
    read_value(b, tsr_irfft(b, f, tsr_dim_of(n), TSR_AXES(1, 0), TSR_FFT_ORTHO), n * 5, z);
    for (int64_t i = 0; i < n * 5; i++)
      assert_true(cabs(z[i] - x[i]) <= 1e-14);
    tsr_builder_close(b);
  }
}

/* irfft is the inverse sum over the spectrum made whole, whatever stands at its ends. */
static void test_imaginary_ends_do_not_count(void **state) {
  (void)state;
  for (int64_t n = 1; n <= 19; n++) {
    tsr_builder *b;
    const int64_t half = n / 2 + 1;
    number x[19], z[19];
    exact want[19];
    fill_random((uint64_t)n, true, half, x);
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_value v = value_of(b, TSR_C128, TSR_DIMS(half), x);
    read_value(b, tsr_irfft(b, v, tsr_dim_of(n), TSR_ALL_AXES, TSR_FFT_BACKWARD), n, z);
    x[0] = creal(x[0]);
    if (n % 2 == 0) x[n / 2] = creal(x[n / 2]);
    for (int64_t k = half; k < n; k++)
      x[k] = conj(x[n - k]);
    naive_fft(1, &n, 1, 1, TSR_FFT_BACKWARD, x, want);
    assert_true(error_in_eps(TSR_F64, n, z, want) <= 6);
    tsr_builder_close(b);
  }
}

/* hfft of a half signal is the forward sum over the whole; ihfft undoes it. */
static void test_hermitian_signals(void **state) {
  (void)state;
  for (int64_t n = 1; n <= 9; n++)
    for (int norm = 0; norm < 3; norm++) {
      tsr_builder *b;
      const int64_t half = n / 2 + 1;
      number x[9], z[9];
      exact want[9];
      fill_random((uint64_t)n, true, half, x);
      x[0] = creal(x[0]);
      if (n % 2 == 0) x[n / 2] = creal(x[n / 2]);
      assert_ok(tsr_eager_open(rt, "cpu", &b));
      tsr_value v = value_of(b, TSR_C128, TSR_DIMS(half), x);
      tsr_value f = tsr_hfft(b, v, tsr_dim_of(n), 0, (tsr_fft_norm)norm);
      read_value(b, f, n, z);
      for (int64_t k = half; k < n; k++)
        x[k] = conj(x[n - k]);
      naive_fft(1, &n, 1, -1, (tsr_fft_norm)norm, x, want);
      assert_true(error_in_eps(TSR_F64, n, z, want) <= 6);
      read_value(b, tsr_ihfft(b, f, -1, (tsr_fft_norm)norm), half, z);
      for (int64_t k = 0; k < half; k++)
        assert_true(cabs(z[k] - x[k]) <= 1e-15 * 16);
      tsr_builder_close(b);
    }
}

/* ---- derivatives ---- */

static tsr_status to_half(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  (void)ctx;
  out[0] = tsr_rfft(b, in[0], TSR_ALL_AXES, TSR_FFT_BACKWARD);
  return tsr_builder_status(b);
}
static tsr_status from_half(tsr_builder *b, void *ctx, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_irfft(b, in[0], tsr_dim_of(*(const int64_t *)ctx), TSR_ALL_AXES, TSR_FFT_ORTHO);
  return tsr_builder_status(b);
}

/* Re <w, F x> = Re <F* w, x>, for even and odd lengths, both engines. */
static void check_adjoint(tsr_body body, int64_t n, const tsr_dims from, const tsr_dims to,
                          tsr_dtype dtype_from, tsr_dtype dtype_to) {
  tsr_builder *b;
  tsr_value out, ct;
  number x[64], w[64], fx[64], fw[64];
  double left = 0, right = 0;
  const int64_t count_from = from.data[0] * from.data[1], count_to = to.data[0] * to.data[1];
  fill_random(5, is_complex(dtype_from), count_from, x);
  fill_random(6, is_complex(dtype_to), count_to, w);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value vx = value_of(b, dtype_from, from, x), vw = value_of(b, dtype_to, to, w);
  assert_ok(tsr_vjp_of(b, body, &n, TSR_VALUES(vx), TSR_VALUES(vw), &out, &ct));
  read_value(b, out, count_to, fx);
  read_value(b, ct, count_from, fw);
  for (int64_t i = 0; i < count_to; i++)
    left += creal(conj(w[i]) * fx[i]);
  for (int64_t i = 0; i < count_from; i++)
    right += creal(conj(fw[i]) * x[i]);
  assert_near(left, right, 1e-13, 1e-13);
  tsr_builder_close(b);
}

static void test_pullbacks_are_adjoints(void **state) {
  (void)state;
  static const int64_t lengths[] = {1, 2, 3, 8, 9, 17};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    const int64_t n = lengths[i], half = n / 2 + 1;
    check_adjoint(to_half, n, TSR_DIMS(3, n), TSR_DIMS(3, half), TSR_F64, TSR_C128);
    check_adjoint(from_half, n, TSR_DIMS(3, half), TSR_DIMS(3, n), TSR_C128, TSR_F64);
  }
}

/* The energy by the half spectrum of a symbolic length: gradient 2 n x, Parseval. */
static void test_symbolic_lengths(void **state) {
  (void)state;
  tsr_builder *b;
  tsr_program *p = NULL;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n));
  tsr_value f = tsr_rfft(b, x, TSR_ALL_AXES, TSR_FFT_BACKWARD);
  tsr_value y = tsr_irfft(b, f, n, TSR_ALL_AXES, TSR_FFT_ORTHO);
  tsr_value loss = tsr_sum(b, tsr_mul(b, y, y), TSR_ALL_AXES);
  assert_ok(tsr_compile(b, TSR_VALUES(loss, tsr_grad(b, loss, x)), &p));
  for (int64_t size = 1; size < 12; size++) {
    double data[12], got[12], energy, sum = 0;
    tsr_tensor *in = NULL, *out[2];
    for (int64_t i = 0; i < size; i++) {
      data[i] = sin((double)i + 1);
      sum += data[i] * data[i];
    }
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(size), data, &in));
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(in), out, 2));
    assert_ok(tsr_tensor_read(out[0], &energy, sizeof energy));
    assert_near(energy, (double)size * sum, 1e-13, 1e-13);
    assert_ok(tsr_tensor_read(out[1], got, (size_t)size * sizeof *got));
    for (int64_t i = 0; i < size; i++)
      assert_near(got[i], 2 * (double)size * data[i], 1e-13, 1e-13);
    tsr_tensors_release(out, 2);
    tsr_tensor_release(in);
  }
  tsr_program_release(p);
}

/* ---- lengths, frequencies, shifts ---- */

static void test_fit_cuts_and_fills(void **state) {
  (void)state;
  tsr_builder *b;
  const double x[] = {1, 2, 3, 4, 5, 6}, want[] = {1, 2, 0, 0, 4, 5, 0, 0};
  const double more[] = {1, 2, 3, 0, 0, 0, 0, 0, 0};
  double got[9];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 3), x);
  tsr_value cut = tsr_fft_fit(b, v, TSR_AXES(-1), TSR_SHAPE(tsr_dim_of(2)));
  tsr_value z = tsr_fft_fit(b, cut, TSR_AXES(1), TSR_SHAPE(tsr_dim_of(4)));
  assert_ok(tsr_read(b, z, got, sizeof want));
  assert_memory_equal(got, want, sizeof want);
  z = tsr_fft_fit(b, v, TSR_AXES(1, 0), TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(1)));
  z = tsr_fft_fit(b, z, TSR_ALL_AXES, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(3)));
  assert_ok(tsr_read(b, z, got, sizeof more));
  assert_memory_equal(got, more, sizeof more);
  tsr_builder_close(b);
}

static void check_frequencies(tsr_value (*f)(tsr_builder *, tsr_dtype, tsr_dim, double), int64_t n,
                              size_t count, const double *want) {
  tsr_builder *b;
  double got[8];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  assert_ok(tsr_read(b, f(b, TSR_F64, tsr_dim_of(n), 0.5), got, count * sizeof *got));
  assert_memory_equal(got, want, count * sizeof *got);
  tsr_builder_close(b);
}

static void test_frequencies(void **state) {
  (void)state;
  check_frequencies(tsr_fftfreq, 4, 4, (double[]){0, 0.5, -1, -0.5});
  check_frequencies(tsr_fftfreq, 5, 5, (double[]){0, 1 / 2.5, 2 / 2.5, -2 / 2.5, -1 / 2.5});
  check_frequencies(tsr_fftfreq, 1, 1, (double[]){0});
  check_frequencies(tsr_rfftfreq, 4, 3, (double[]){0, 0.5, 1});
  check_frequencies(tsr_rfftfreq, 5, 3, (double[]){0, 1 / 2.5, 2 / 2.5});
}

static void test_shifts_move_zero_to_the_middle(void **state) {
  (void)state;
  tsr_builder *b;
  const int64_t x[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const int64_t want[] = {8, 9, 5, 6, 7, 3, 4, 0, 1, 2};
  int64_t got[10];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_from_data(b, TSR_I64, TSR_DIMS(2, 5), x);
  tsr_value z = tsr_fftshift(b, v, TSR_ALL_AXES);
  assert_ok(tsr_read(b, z, got, sizeof got));
  assert_memory_equal(got, want, sizeof got);
  assert_ok(tsr_read(b, tsr_ifftshift(b, z, TSR_AXES(1, 0)), got, sizeof got));
  assert_memory_equal(got, x, sizeof got);
  tsr_builder_close(b);
}

/* ---- what is refused ---- */

static void test_wrong_calls_are_refused(void **state) {
  (void)state;
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(3)));
  tsr_value c = tsr_convert(b, x, TSR_C128), i = tsr_convert(b, x, TSR_I32);
  tsr_value none = tsr_zeros(b, TSR_F64, TSR_SHAPE(tsr_dim_of(0)));
  tsr_dim two = tsr_dim_of(2);
  assert_refused(b, tsr_rfft(b, c, TSR_ALL_AXES, TSR_FFT_ORTHO), TSR_ERR_DTYPE, "rfft", "c128",
                 "tsr_fft");
  assert_refused(b, tsr_rfft(b, i, TSR_ALL_AXES, TSR_FFT_ORTHO), TSR_ERR_DTYPE, "i32", "convert");
  assert_refused(b, tsr_rfft(b, x, TSR_NO_AXES, TSR_FFT_ORTHO), TSR_ERR_ARGUMENT, "no axes");
  assert_refused(b, tsr_rfft(b, x, TSR_AXES(1, -1), TSR_FFT_ORTHO), TSR_ERR_ARGUMENT, "twice");
  assert_refused(b, tsr_rfft(b, x, TSR_AXES(4), TSR_FFT_ORTHO), TSR_ERR_ARGUMENT, "rfft", "4");
  assert_refused(b, tsr_rfft(b, none, TSR_AXES(0), TSR_FFT_ORTHO), TSR_ERR_SHAPE, "length 0");
  assert_refused(b, tsr_irfft(b, i, two, TSR_AXES(0), TSR_FFT_ORTHO), TSR_ERR_DTYPE, "irfft",
                 "i32");
  assert_refused(b, tsr_irfft(b, c, tsr_dim_of(0), TSR_AXES(0), TSR_FFT_ORTHO), TSR_ERR_SHAPE,
                 "irfft", "length 0");
  assert_refused(b, tsr_irfft(b, c, tsr_dim_of(-5), TSR_AXES(0), TSR_FFT_ORTHO), TSR_ERR_SHAPE,
                 "-5");
  assert_refused(b, tsr_hfft(b, c, two, 2, TSR_FFT_ORTHO), TSR_ERR_ARGUMENT, "hfft", "2");
  assert_refused(b, tsr_ihfft(b, c, 0, TSR_FFT_ORTHO), TSR_ERR_DTYPE, "ihfft", "c128");
  assert_refused(b, tsr_ihfft(b, x, 0, (tsr_fft_norm)7), TSR_ERR_ARGUMENT, "norm 7");
  assert_refused(b, tsr_fft_fit(b, x, TSR_AXES(0, 1), TSR_SHAPE(two)), TSR_ERR_ARGUMENT, "2 axes",
                 "1 sizes");
  assert_refused(b, tsr_fft_fit(b, x, TSR_AXES(0), TSR_SHAPE(tsr_dim_of(-1))), TSR_ERR_SHAPE, "-1");
  assert_refused(b, tsr_fftfreq(b, TSR_I32, two, 1), TSR_ERR_DTYPE, "fftfreq", "i32");
  assert_refused(b, tsr_rfftfreq(b, TSR_F32, tsr_dim_of(0), 1), TSR_ERR_SHAPE, "rfftfreq", "0");
  assert_refused(b, tsr_fftshift(b, x, (tsr_axes){NULL, 1}), TSR_ERR_ARGUMENT, "NULL");
  assert_true(tsr_value_is_zero(tsr_rfft(b, TSR_ZERO_VALUE, TSR_ALL_AXES, TSR_FFT_ORTHO)));
  assert_true(tsr_value_is_zero(tsr_irfft(b, TSR_ZERO_VALUE, two, TSR_ALL_AXES, TSR_FFT_ORTHO)));
  tsr_builder_close(b);
}

static tsr_status there_and_back(void *arg) {
  tsr_runtime *made = NULL;
  tsr_builder *b = NULL;
  double got[2 * 17];
  const int64_t n = *(const int64_t *)arg;
  tsr_status status = tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_fft_register), &made);
  if (status == TSR_OK) status = tsr_eager_open(made, "cpu", &b);
  if (status == TSR_OK) {
    tsr_value x = tsr_ones(b, TSR_F64, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(n)));
    tsr_value z = tsr_rfft(b, x, TSR_ALL_AXES, TSR_FFT_FORWARD);
    z = tsr_irfft(b, tsr_fftshift(b, tsr_ifftshift(b, z, TSR_AXES(0)), TSR_AXES(0)), tsr_dim_of(n),
                  TSR_ALL_AXES, TSR_FFT_FORWARD);
    status = tsr_read(b, z, got, (size_t)(2 * n) * sizeof *got);
    if (status == TSR_OK) assert_true(fabs(got[2 * n - 1] - 1) < 1e-14);
  }
  tsr_builder_close(b);
  tsr_runtime_release(made);
  return status;
}

static void test_running_out_of_memory_is_an_ordinary_error(void **state) {
  (void)state;
  int64_t smooth = 12, prime = 17;
  tsr_test_oom(there_and_back, &smooth);
  tsr_test_oom(there_and_back, &prime);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_spectra_of_real_numbers_and_back),
      cmocka_unit_test(test_any_axis_may_be_the_half_one),
      cmocka_unit_test(test_imaginary_ends_do_not_count),
      cmocka_unit_test(test_hermitian_signals),
      cmocka_unit_test(test_pullbacks_are_adjoints),
      cmocka_unit_test(test_symbolic_lengths),
      cmocka_unit_test(test_fit_cuts_and_fills),
      cmocka_unit_test(test_frequencies),
      cmocka_unit_test(test_shifts_move_zero_to_the_middle),
      cmocka_unit_test(test_wrong_calls_are_refused),
      cmocka_unit_test(test_running_out_of_memory_is_an_ordinary_error),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
