/* test_math.c - the vector functions of every instruction set: f32 within its bounds over a sample
 * of all arguments and around every special place; bits that do not depend on where an element lies.
 */
#include "math_arguments.h"

enum {
  SAMPLE = 4096,
  PRIME = 4999 /* every so manieth f32 */
};

static float x32[SAMPLE], y32[SAMPLE], z32[SAMPLE];
static double want[SAMPLE];

static void check_f32(const math_function *f, int n) {
  const void *args[] = {x32, y32};
  for (int i = 0; i < n; i++)
    want[i] = f->one ? f->one((double)x32[i]) : f->two((double)x32[i], (double)y32[i]);
  for (int v = 0; tsri_variant_at(v); v++) {
    tsri_variant_at(v)->analytic[f->op][TSR_F32](n, args, z32);
    for (int i = 0; i < n; i++)
      if (!(error_f32(z32[i], want[i]) <= f->bound_f32))
        fail_msg("%s f32 %s(%a, %a) = %a, not %a: %.3f ulp", tsri_variant_at(v)->name, f->name,
                 (double)x32[i], (double)y32[i], (double)z32[i], want[i],
                 error_f32(z32[i], want[i]));
  }
}

static void test_f32_of_one_argument(void **state) {
  (void)state;
  for (int k = 0; k < MATH_FUNCTIONS; k++) {
    const math_function *f = &math_functions[k];
    if (!f->one) continue;
    for (int p = 0; p < MATH_PLACES; p++) {
      for (int i = 0; i < NEAR_PLACES; i++)
        x32[i] = float_near(p, i);
      check_f32(f, NEAR_PLACES);
    }
    for (uint64_t u = (uint64_t)k; u < UINT64_C(1) << 32;) {
      for (int i = 0; i < SAMPLE; i++, u += PRIME)
        x32[i] = float_of_bits((uint32_t)u);
      check_f32(f, SAMPLE);
    }
  }
}

/* The second argument: like the first, whole, or such that a power is of moderate size. */
static double second(double x, int i) {
  double y = random_double();
  return i % 4 == 0   ? y
         : i % 4 == 1 ? round(y)
         : i % 4 == 2 ? x * (1 + 0.01 * y)
                      : y / log(fabs(x));
}

static void test_f32_of_two_arguments(void **state) {
  (void)state;
  for (int k = 0; k < MATH_FUNCTIONS; k++) {
    const math_function *f = &math_functions[k];
    if (!f->two) continue;
    for (int p = 0; p < MATH_PLACES; p++)
      for (int q = 0; q < MATH_PLACES; q++) {
        int n = 0;
        for (int i = 0; i < 36; i++, n++) {
          x32[n] = float_near(p, 2 * NEIGHBOURS - 2 + i % 6);
          y32[n] = float_near(q, 2 * NEIGHBOURS - 2 + i / 6);
        }
        check_f32(f, n);
      }
    for (int r = 0; r < 64; r++) {
      for (int i = 0; i < SAMPLE; i++) {
        x32[i] = (float)random_double();
        y32[i] = (float)second((double)x32[i], i);
      }
      check_f32(f, SAMPLE);
    }
  }
}

/* Where f64 has no choice: NaN, infinities and zeros with their signs are as in C. */
static void test_f64_special_values(void **state) {
  (void)state;
  static const double special[] = {0.0,
                                   -0.0,
                                   INFINITY,
                                   -INFINITY,
                                   NAN,
                                   1,
                                   -1,
                                   2,
                                   -2,
                                   3,
                                   -3,
                                   0.5,
                                   -0.5,
                                   0x1p60,
                                   -0x1p60,
                                   0x1p-1074,
                                   -0x1p-1074,
                                   0x1.fffffffffffffp1023,
                                   -0x1.fffffffffffffp1023,
                                   0x1p53 + 1};
  enum {
    N = (int)(sizeof special / sizeof *special)
  };
  for (int k = 0; k < MATH_FUNCTIONS; k++) {
    const math_function *f = &math_functions[k];
    for (int v = 0; tsri_variant_at(v); v++)
      for (int i = 0; i < N * (f->two ? N : 1); i++) {
        double x = special[i % N], y = special[i / N], z, c = f->one ? f->one(x) : f->two(x, y);
        tsri_variant_at(v)->analytic[f->op][TSR_F64](1, (const void *const[]){&x, &y}, &z);
        bool same = isnan(c) ? isnan(z) : isinf(c) || c == 0 ? z == c : isfinite(z) && z != 0;
        if (!same || (!isnan(c) && !signbit(c) != !signbit(z)))
          fail_msg("%s f64 %s(%a, %a) = %a, not %a", tsri_variant_at(v)->name, f->name, x, y, z, c);
      }
  }
}

/* Whether the parts of n numbers agree bit by bit, any NaN with any other: whose sign and payload a
 * NaN has is the compiler's choice.
 */
static bool same_bits(tsr_dtype part, size_t n, const char *a, const char *b) {
  size_t size = tsr_dtype_size(part);
  for (size_t i = 0; i < n; i++, a += size, b += size) {
    uint64_t u = 0, v = 0;
    memcpy(&u, a, size);
    memcpy(&v, b, size);
    uint64_t infinite = part == TSR_F16    ? 0x7c00
                        : part == TSR_BF16 ? 0x7f80
                        : part == TSR_F32  ? 0x7f800000
                                           : UINT64_C(0x7ff0000000000000);
    uint64_t sign = UINT64_C(1) << (8 * size - 1);
    if (u != v && !((u & ~sign) > infinite && (v & ~sign) > infinite)) return false;
  }
  return true;
}

/* A block, and parts of it at other places; then over an argument. */
static void check_places(tsri_block block, tsr_dtype dtype, const char *x, const char *y,
                         const char *what) {
  enum {
    N = 200
  };
  static _Alignas(64) char all[N * 16], part[N * 16 + 64], copy[N * 16 + 64];
  const tsr_dtype real = tsr_dtype_real(dtype);
  const size_t size = tsr_dtype_size(dtype), parts = size / tsr_dtype_size(real);
  char *over = copy + size;
  block(N, (const void *const[]){x, y}, all);
  for (int begin = 0; begin < N; begin += 1 + begin % 7)
    for (int n = 1; begin + n <= N; n = n * 2 + begin % 3) {
      const char *y_part = y + (size_t)begin * size, *want_part = all + (size_t)begin * size;
      char *at = part + (size_t)(begin % 5) * size;
      memcpy(over, x + (size_t)begin * size, (size_t)n * size);
      block(n, (const void *const[]){over, y_part}, at);
      block(n, (const void *const[]){over, y_part}, over);
      if (!same_bits(real, (size_t)n * parts, at, want_part))
        fail_msg("%s: other bits in [%d, %d)", what, begin, begin + n);
      if (!same_bits(real, (size_t)n * parts, over, want_part))
        fail_msg("%s: other bits in place in [%d, %d)", what, begin, begin + n);
    }
}

static void test_bits_do_not_depend_on_the_place(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F16, TSR_BF16, TSR_F32, TSR_F64, TSR_C64, TSR_C128};
  static _Alignas(64) char x[2][16 * 200];
  for (int d = 0; d < 6; d++)
    for (int op = 0; op < TSR_OP_CORE_COUNT; op++)
      for (int v = 0; tsri_variant_at(v); v++) {
        tsri_block block = tsri_variant_at(v)->analytic[op][dtypes[d]];
        size_t size = tsr_dtype_size(dtypes[d]), part = tsr_dtype_size(tsr_dtype_real(dtypes[d]));
        if (!block || op == TSR_OP_ABS) continue; /* a modulus has another size */
        for (int i = 0; i < 2; i++)
          for (size_t at = 0; at < 200 * size; at += part) {
            uint64_t bits = math_random();
            double f64 = random_double();
            float f32 = (float)f64;
            memcpy(x[i] + at, part == 8 ? (void *)&f64 : part == 4 ? (void *)&f32 : &bits, part);
          }
        check_places(block, dtypes[d], x[0], x[1], tsri_cpu_ops[op].name);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_f32_of_one_argument),
      cmocka_unit_test(test_f32_of_two_arguments),
      cmocka_unit_test(test_f64_special_values),
      cmocka_unit_test(test_bits_do_not_depend_on_the_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
