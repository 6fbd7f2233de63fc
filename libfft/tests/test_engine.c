/* test_engine.c - our own engine, line by line, against the sum. */
#include "cpu/line.h"
#include "fft_test.h"

/* Errors grow like the logarithm; a convolution has three transforms of it. */
enum {
  LANES = 3
};

static void fill(const tsri_fft_line *line, const number *x, void *room) {
  for (int64_t i = 0; i < line->n * LANES; i++) {
    if (line->item == sizeof(float)) {
      tsri_fft_planes_f32 to = tsri_fft_line_room_f32(line, LANES, room);
      to.re[i] = (float)creal(x[i]), to.im[i] = (float)cimag(x[i]);
    } else {
      tsri_fft_planes_f64 to = tsri_fft_line_room_f64(line, LANES, room);
      to.re[i] = creal(x[i]), to.im[i] = cimag(x[i]);
    }
  }
}

static void run(const tsri_fft_line *line, void *room, number *z) {
  if (line->item == sizeof(float)) {
    tsri_fft_planes_f32 from = tsri_fft_line_run_f32(line, LANES, room);
    for (int64_t i = 0; i < line->n * LANES; i++)
      z[i] = (double)from.re[i] + (double)from.im[i] * I;
  } else {
    tsri_fft_planes_f64 from = tsri_fft_line_run_f64(line, LANES, room);
    for (int64_t i = 0; i < line->n * LANES; i++)
      z[i] = from.re[i] + from.im[i] * I;
  }
}

static void check_length(tsr_dtype dtype, int64_t n) {
  tsri_fft_line line;
  assert_ok(tsri_fft_line_init(&line, n, dtype));
  const size_t count = (size_t)(n * LANES), size = tsri_fft_line_room(&line, LANES);
  number *x = malloc(count * sizeof *x), *z = malloc(count * sizeof *z);
  exact *want = malloc(count * sizeof *want);
  void *room = malloc(size);
  fill_random((uint64_t)n, true, n * LANES, x);
  for (size_t i = 0; dtype == TSR_C64 && i < count; i++)
    x[i] = (double)(float)creal(x[i]) + (double)(float)cimag(x[i]) * I;
  fill(&line, x, room);
  run(&line, room, z);
  naive_fft(2, (int64_t[]){n, LANES}, 1, -1, TSR_FFT_BACKWARD, x, want);
  double error = error_in_eps(dtype, n * LANES, z, want);
  if (!(error <= 1 + log2((double)n))) fail_msg("length %d: error is %g eps", (int)n, error);
  free(x), free(z), free(want), free(room);
  tsri_fft_line_deinit(&line);
}

static void test_every_length_up_to_200(void **state) {
  (void)state;
  for (int64_t n = 1; n <= 200; n++) {
    check_length(TSR_C128, n);
    check_length(TSR_C64, n);
  }
}

static void test_powers_primes_and_products(void **state) {
  (void)state;
  static const int64_t lengths[] = {256, 243, 625, 1000, 1024, 1009, 997, 1011, 720, 2048};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    check_length(TSR_C128, lengths[i]);
    check_length(TSR_C64, lengths[i]);
  }
}

/* Both instruction sets, bit by bit. */
static void check_sets(tsr_dtype dtype, int64_t n) {
  tsri_fft_line line;
  assert_ok(tsri_fft_line_init(&line, n, dtype));
  const size_t count = (size_t)(n * LANES), size = tsri_fft_line_room(&line, LANES);
  number *x = malloc(count * sizeof *x), *z = malloc(count * sizeof *z);
  number *y = malloc(count * sizeof *y);
  void *room = malloc(size);
  fill_random((uint64_t)n, true, n * LANES, x);
  fill(&line, x, room);
  run(&line, room, z);
  line.wide = false;
  fill(&line, x, room);
  run(&line, room, y);
  assert_memory_equal(y, z, count * sizeof *y);
  free(x), free(y), free(z), free(room);
  tsri_fft_line_deinit(&line);
}

static void test_instruction_sets_give_the_same_bits(void **state) {
  (void)state;
  static const int64_t lengths[] = {60, 64, 101, 225, 1001};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    check_sets(TSR_C128, lengths[i]);
    check_sets(TSR_C64, lengths[i]);
  }
}

static void test_turns_lie_on_the_circle_and_are_symmetric(void **state) {
  (void)state;
  for (int64_t n = 1; n < 300; n++)
    for (int64_t k = 0; k < n; k++) {
      double re, im, back_re, back_im;
      tsri_fft_turn(k, n, &re, &im);
      tsri_fft_turn(k ? n - k : 0, n, &back_re, &back_im);
      assert_true(re == back_re && im == (k ? -back_im : back_im));
      long double angle =
          2 * 3.14159265358979323846264338327950288L * (long double)k / (long double)n;
      assert_true(fabsl(re - cosl(angle)) <= 2.3e-16L && fabsl(im - sinl(angle)) <= 2.3e-16L);
      if (4 * k == n) assert_true(re == 0 && im == 1);
    }
}

static tsr_status make_line(void *arg) {
  tsri_fft_line line;
  TSR_TRY(tsri_fft_line_init(&line, *(const int64_t *)arg, TSR_C128));
  tsri_fft_line_deinit(&line);
  return TSR_OK;
}

static void test_tables_that_cannot_be_had(void **state) {
  (void)state;
  int64_t lengths[] = {1, 60, 101};
  for (int i = 0; i < 3; i++)
    tsr_test_oom(make_line, &lengths[i]);
  tsri_fft_line line;
  assert_error_says(tsri_fft_line_init(&line, INT64_C(1) << 50, TSR_C64), TSR_ERR_LIMIT,
                    "1125899906842624");
}

static void test_the_engine_has_a_name(void **state) {
  (void)state;
#if TSR_FFTW
  assert_int_equal(strncmp(tsr_fft_engine(), "fftw-3.", 7), 0);
#else
  assert_string_equal(tsr_fft_engine(), "own engine");
#endif
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_length_up_to_200),
      cmocka_unit_test(test_powers_primes_and_products),
      cmocka_unit_test(test_instruction_sets_give_the_same_bits),
      cmocka_unit_test(test_turns_lie_on_the_circle_and_are_symmetric),
      cmocka_unit_test(test_tables_that_cannot_be_had),
      cmocka_unit_test(test_the_engine_has_a_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
