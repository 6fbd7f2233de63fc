/* test_values.c - transforms against the sum: lengths, axes, strides, norms, threads. */
#include "fft_test.h"

/* Transform axes (a bit set) of random data, both ways, all norms. */
static void check_shape(tsr_dtype dtype, tsr_dims dims, unsigned bits) {
  int64_t count = 1, axes[8];
  size_t n_axes = 0;
  for (size_t i = 0; i < dims.n; i++) {
    count *= dims.data[i];
    if (bits >> i & 1) axes[n_axes++] = i % 2 ? (int64_t)i : (int64_t)i - (int64_t)dims.n;
  }
  number *x = malloc((size_t)count * sizeof *x), *z = malloc((size_t)count * sizeof *z);
  exact *want = malloc((size_t)count * sizeof *want);
  tsr_builder *b;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  fill_random(3, true, count, x);
  tsr_value v = value_of(b, dtype, dims, x);
  read_value(b, v, count, x);
  for (int norm = 0; norm < 3; norm++)
    for (int sign = -1; sign <= 1; sign += 2) {
      const tsr_axes list = {axes, n_axes};
      tsr_value f = sign < 0 ? tsr_fft(b, v, list, (tsr_fft_norm)norm)
                             : tsr_ifft(b, v, list, (tsr_fft_norm)norm);
      read_value(b, f, count, z);
      naive_fft(dims.n, dims.data, bits, sign, (tsr_fft_norm)norm, x, want);
      double error = error_in_eps(dtype, count, z, want);
      if (!(error <= 2 + log2((double)count)))
        fail_msg("first size %d, axes %u, norm %d, sign %d: error is %g eps", (int)dims.data[0],
                 bits, norm, sign, error);
    }
  tsr_builder_close(b);
  free(x), free(z), free(want);
}

static void test_lengths_from_1_to_32_and_primes(void **state) {
  (void)state;
  for (int64_t n = 1; n <= 32; n++) {
    check_shape(TSR_C128, TSR_DIMS(n), 1);
    check_shape(TSR_C64, TSR_DIMS(n, 3), 1);
  }
  check_shape(TSR_C128, TSR_DIMS(101), 1);
  check_shape(TSR_C64, TSR_DIMS(101, 2), 1);
  check_shape(TSR_C128, TSR_DIMS(3, 127), 2);
}

static void test_any_axes_of_arrays(void **state) {
  (void)state;
  for (unsigned bits = 0; bits < 16; bits++) {
    check_shape(TSR_C128, TSR_DIMS(3, 4, 5, 2), bits);
    check_shape(TSR_C64, TSR_DIMS(2, 7, 3, 17), bits);
    check_shape(TSR_C128, TSR_DIMS(1, 6, 1, 19), bits);
  }
}

/* Large enough to be cut into chunks: one axis, several, batches and none. */
static void test_arrays_that_are_shared_out(void **state) {
  (void)state;
  check_shape(TSR_C128, TSR_DIMS(64, 60), 3);
  check_shape(TSR_C64, TSR_DIMS(63, 60), 3);
  check_shape(TSR_C128, TSR_DIMS(67, 60), 3);
  check_shape(TSR_C64, TSR_DIMS(101, 48), 2);
  check_shape(TSR_C128, TSR_DIMS(101, 48), 1);
  check_shape(TSR_C64, TSR_DIMS(16, 15, 18), 7);
  check_shape(TSR_C128, TSR_DIMS(2, 40, 50), 6);
  check_shape(TSR_C64, TSR_DIMS(40, 2, 51), 5);
}

static void test_no_axes_and_all_axes(void **state) {
  (void)state;
  tsr_builder *b;
  number x[6], z[6];
  exact want[6];
  fill_random(5, true, 6, x);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, TSR_C128, TSR_DIMS(2, 3), x);
  read_value(b, tsr_fft(b, v, TSR_NO_AXES, TSR_FFT_FORWARD), 6, z);
  assert_memory_equal(x, z, sizeof x);
  read_value(b, tsr_fft(b, v, TSR_ALL_AXES, TSR_FFT_ORTHO), 6, z);
  naive_fft(2, (int64_t[]){2, 3}, 3, -1, TSR_FFT_ORTHO, x, want);
  assert_true(error_in_eps(TSR_C128, 6, z, want) <= 4);
  /* real input is converted */
  tsr_value real = tsr_real(b, v);
  read_value(b, tsr_fft(b, real, TSR_AXES(-1), TSR_FFT_BACKWARD), 6, z);
  for (int i = 0; i < 6; i++)
    x[i] = creal(x[i]);
  naive_fft(2, (int64_t[]){2, 3}, 2, -1, TSR_FFT_BACKWARD, x, want);
  assert_true(error_in_eps(TSR_C128, 6, z, want) <= 4);
  tsr_builder_close(b);
}

static void test_empty_batches_are_fine_and_empty_axes_are_not(void **state) {
  (void)state;
  tsr_builder *b;
  number z[1];
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = tsr_zeros(b, TSR_C64, TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(6)));
  read_value(b, tsr_fft(b, v, TSR_AXES(1), TSR_FFT_BACKWARD), 0, z);
  v = tsr_zeros(b, TSR_C64, TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(101)));
  read_value(b, tsr_fft(b, v, TSR_AXES(1), TSR_FFT_BACKWARD), 0, z);
  (void)tsr_fft(b, v, TSR_AXES(0), TSR_FFT_BACKWARD);
  assert_error_says(tsr_builder_status(b), TSR_ERR_SHAPE, "axis 0", "size 0");
  tsr_builder_close(b);
}

static void test_there_and_back_keeps_the_energy(void **state) {
  (void)state;
  static const int64_t lengths[] = {4096, 4095, 4093, 65536};
  for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
    const int64_t n = lengths[k];
    tsr_builder *b;
    number *x = malloc((size_t)n * sizeof *x), *z = malloc((size_t)n * sizeof *z);
    exact *same = malloc((size_t)n * sizeof *same);
    long double energy = 0, there = 0;
    fill_random(8, true, n, x);
    assert_ok(tsr_eager_open(rt, "cpu", &b));
    tsr_value f = tsr_fft(b, value_of(b, TSR_C128, TSR_DIMS(n), x), TSR_AXES(0), TSR_FFT_ORTHO);
    read_value(b, f, n, z);
    for (int64_t i = 0; i < n; i++) {
      same[i] = x[i];
      energy += cabsl(x[i]) * cabsl(x[i]);
      there += cabsl(z[i]) * cabsl(z[i]);
    }
    assert_near((double)there, (double)energy, 1e-14, 0.0);
    read_value(b, tsr_ifft(b, f, TSR_AXES(0), TSR_FFT_ORTHO), n, z);
    assert_true(error_in_eps(TSR_C128, n, z, same) <= 2 * log2((double)n));
    tsr_builder_close(b);
    free(x), free(z), free(same);
  }
}

/* A long axis is two passes: few numbers among zeros have sums that can be written down. */
static void check_long(tsr_dtype dtype, int64_t n, bool side_by_side) {
  static const int64_t places[] = {0, 1, 3, 1000, 30001};
  const int64_t along = side_by_side ? 2 : 1, across = side_by_side ? 1 : n, count = 2 * n;
  number *x = calloc((size_t)count, sizeof *x), *z = malloc((size_t)count * sizeof *z);
  exact *want = calloc((size_t)count, sizeof *want);
  tsr_builder *b;
  for (int64_t l = 0; l < 2; l++)
    for (int64_t i = 0; i < 5; i++) {
      x[places[i] * along + l * across] = (double)(i + 1 - 7 * l) - I;
      for (int64_t k = 0; k < n; k++) {
        long double angle = 2 * 3.14159265358979323846264338327950288L *
                            (long double)(places[i] * k % n) / (long double)n;
        want[k * along + l * across] +=
            x[places[i] * along + l * across] * (cosl(angle) + sinl(angle) * I) / (long double)n;
      }
    }
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, dtype, side_by_side ? TSR_DIMS(n, 2) : TSR_DIMS(2, n), x);
  tsr_value f = tsr_ifft(b, v, TSR_AXES(side_by_side ? 0 : 1), TSR_FFT_BACKWARD);
  read_value(b, f, count, z);
  assert_true(error_in_eps(dtype, count, z, want) <= log2((double)n));
  v = value_of(b, dtype, side_by_side ? TSR_DIMS(n, 2) : TSR_DIMS(2, n), z);
  f = tsr_fft(b, v, TSR_AXES(side_by_side ? 0 : 1), TSR_FFT_BACKWARD);
  for (int64_t i = 0; i < count; i++)
    want[i] = x[i];
  read_value(b, f, count, z);
  assert_true(error_in_eps(dtype, count, z, want) <= 2 * log2((double)n));
  tsr_builder_close(b);
  free(x), free(z), free(want);
}

static void test_long_axes(void **state) {
  (void)state;
  check_long(TSR_C128, 1 << 19, false);
  check_long(TSR_C128, 34 * 1000, true);
  check_long(TSR_C64, 34 * 1000, false);
  check_long(TSR_C64, 40961, false); /* a prime: one pass after all */
}

/* ---- strides ---- */

/* Views of [7, 2 n + 1]: every second column, turned, and repeated rows. */
static void check_views(tsr_dtype dtype, int64_t n) {
  tsr_builder *b;
  const int64_t wide = 2 * n + 1;
  number *x = malloc((size_t)(7 * wide) * sizeof *x), *y = malloc((size_t)(21 * n) * sizeof *y);
  number *z = malloc((size_t)(21 * n) * sizeof *z);
  exact *want = malloc((size_t)(21 * n) * sizeof *want);
  fill_random(11, true, 7 * wide, x);
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value v = value_of(b, dtype, TSR_DIMS(7, wide), x);
  tsr_value part = tsr_slice(b, v, TSR_SHAPE(tsr_dim_of(0), tsr_dim_of(1)),
                             TSR_SHAPE(tsr_dim_of(7), tsr_dim_of(wide)), TSR_AXES(1, 2));
  tsr_value turned = tsr_transpose(b, part, TSR_ALL_AXES);
  tsr_value repeated =
      tsr_broadcast_to(b, part, TSR_SHAPE(tsr_dim_of(3), tsr_dim_of(7), tsr_dim_of(n)));
  read_value(b, part, 7 * n, y);
  read_value(b, tsr_fft(b, part, TSR_AXES(1), TSR_FFT_BACKWARD), 7 * n, z);
  naive_fft(2, (int64_t[]){7, n}, 2, -1, TSR_FFT_BACKWARD, y, want);
  assert_true(error_in_eps(dtype, 7 * n, z, want) <= 2 + log2((double)n));
  read_value(b, repeated, 21 * n, y);
  read_value(b, tsr_fft(b, repeated, TSR_AXES(2, 1), TSR_FFT_BACKWARD), 21 * n, z);
  naive_fft(3, (int64_t[]){3, 7, n}, 6, -1, TSR_FFT_BACKWARD, y, want);
  assert_true(error_in_eps(dtype, 21 * n, z, want) <= 4 + log2((double)n));
  read_value(b, turned, 7 * n, y);
  read_value(b, tsr_ifft(b, turned, TSR_AXES(0), TSR_FFT_BACKWARD), 7 * n, z);
  naive_fft(2, (int64_t[]){n, 7}, 1, 1, TSR_FFT_BACKWARD, y, want);
  assert_true(error_in_eps(dtype, 7 * n, z, want) <= 2 + log2((double)n));
  tsr_builder_close(b);
  free(x), free(y), free(z), free(want);
}

static void test_views_with_steps_turns_and_repeats(void **state) {
  (void)state;
  static const int64_t lengths[] = {12, 17, 300, 307};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    check_views(TSR_C128, lengths[i]);
    check_views(TSR_C64, lengths[i]);
  }
}

/* Wrapped memory with negative strides and odd addresses; results into strided memory. */
static void check_foreign(tsr_dtype dtype, int64_t n) {
  tsr_builder *b;
  tsr_program *p = NULL;
  const size_t item = tsr_dtype_size(dtype);
  number *x = malloc((size_t)(2 * n) * sizeof *x), *z = malloc((size_t)(2 * n) * sizeof *z);
  exact *want = malloc((size_t)(2 * n) * sizeof *want);
  char *memory = malloc((size_t)(4 * n + 4) * item);
  fill_random(13, true, 2 * n, x);
  assert_ok(tsr_trace_open(rt, &b));
  tsr_value v = tsr_input(b, "x", dtype, TSR_SHAPE(tsr_dim_symbol(b, "m"), tsr_dim_symbol(b, "n")));
  tsr_value f = tsr_fft(b, v, TSR_AXES(1), TSR_FFT_ORTHO);
  assert_ok(tsr_compile(b, TSR_VALUES(f), &p));
  for (size_t shift = 0; shift < 2; shift++) {
    /* element [i, j] at first + 2 i - 4 j, half an element off when shifted */
    char *first = memory + (size_t)(4 * n - 2) * item + shift * item / 2;
    for (int64_t i = 0; i < 2; i++)
      for (int64_t j = 0; j < n; j++) {
        char *at = first + (2 * i - 4 * j) * (int64_t)item;
        number *value = &x[i * n + j];
        if (dtype == TSR_C64) {
          float parts[2] = {(float)creal(*value), (float)cimag(*value)};
          *value = (double)parts[0] + (double)parts[1] * I;
          memcpy(at, parts, sizeof parts);
        } else {
          memcpy(at, value, sizeof *value);
        }
      }
    tsr_tensor *in = NULL, *base = NULL, *out = NULL;
    assert_ok(
        tsr_tensor_wrap(cpu, dtype, TSR_DIMS(2, n), (int64_t[]){2, -4}, first, NULL, NULL, &in));
    assert_ok(tsr_tensor_create(cpu, dtype, TSR_DIMS(3 * 2 * n), &base));
    assert_ok(
        tsr_tensor_view(base, 6 * n - 3, TSR_DIMS(2, n), (int64_t[]){2, -6 + (n == 1)}, &out));
    tsr_tensor_release(base);
    assert_ok(tsr_program_run_into(p, cpu, TSR_TENSORS(in), TSR_TENSORS(out)));
    tsr_builder *eager;
    assert_ok(tsr_eager_open(rt, "cpu", &eager));
    read_value(eager, tsr_from_tensor(eager, out), 2 * n, z);
    tsr_builder_close(eager);
    naive_fft(2, (int64_t[]){2, n}, 2, -1, TSR_FFT_ORTHO, x, want);
    assert_true(error_in_eps(dtype, 2 * n, z, want) <= 3 + log2((double)n));
    tsr_tensor_release(in);
    tsr_tensor_release(out);
  }
  tsr_program_release(p);
  free(x), free(z), free(want), free(memory);
}

static void test_foreign_memory(void **state) {
  (void)state;
  static const int64_t lengths[] = {8, 15, 17, 500, 509};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    check_foreign(TSR_C128, lengths[i]);
    check_foreign(TSR_C64, lengths[i]);
  }
}

/* ---- threads ---- */

static void test_threads_do_not_change_bits(void **state) {
  (void)state;
  static const int64_t shapes[][2] = {
      {90, 64 },
      {60, 101},
      {63, 45 }
  };
  const int32_t before = tsr_cpu_threads(cpu);
  for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
    for (int axes = 1; axes < 4; axes++) {
      const int64_t m = shapes[k][0], n = shapes[k][1], count = m * n;
      number *x = malloc((size_t)count * sizeof *x), *z = malloc((size_t)count * sizeof *z);
      number *y = malloc((size_t)count * sizeof *y);
      const int64_t list[] = {0, 1};
      const tsr_axes some = {list + (axes == 2), axes == 3 ? 2 : 1};
      fill_random(17, true, count, x);
      for (int threads = 1; threads <= 4; threads += 3) {
        tsr_builder *b;
        assert_ok(tsr_cpu_set_threads(cpu, threads));
        assert_ok(tsr_eager_open(rt, "cpu", &b));
        tsr_value v = value_of(b, TSR_C128, TSR_DIMS(m, n), x);
        read_value(b, tsr_ifft(b, v, some, TSR_FFT_BACKWARD), count, threads == 1 ? y : z);
        tsr_builder_close(b);
      }
      assert_memory_equal(y, z, (size_t)count * sizeof *y);
      free(x), free(y), free(z);
    }
  assert_ok(tsr_cpu_set_threads(cpu, before));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lengths_from_1_to_32_and_primes),
      cmocka_unit_test(test_any_axes_of_arrays),
      cmocka_unit_test(test_arrays_that_are_shared_out),
      cmocka_unit_test(test_no_axes_and_all_axes),
      cmocka_unit_test(test_empty_batches_are_fine_and_empty_axes_are_not),
      cmocka_unit_test(test_there_and_back_keeps_the_energy),
      cmocka_unit_test(test_long_axes),
      cmocka_unit_test(test_views_with_steps_turns_and_repeats),
      cmocka_unit_test(test_foreign_memory),
      cmocka_unit_test(test_threads_do_not_change_bits),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
