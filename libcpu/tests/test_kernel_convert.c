/* test_kernel_convert.c - conversions between all pairs of dtypes. */
#include "kernel_harness.h"

#include <float.h>

/* The values of f16 and bf16 by their definition: sign, exponent, fraction. */
typedef struct format {
  tsr_dtype dtype;
  int exponent_bits, fraction_bits;
} format;
static const format formats[] = {
    {TSR_F16,  5, 10},
    {TSR_BF16, 8, 7 }
};

static long double decode(const format *f, uint16_t bits) {
  int top = (1 << f->exponent_bits) - 1, bias = top / 2;
  int exponent = bits >> f->fraction_bits & top, fraction = bits & ((1 << f->fraction_bits) - 1);
  long double sign = bits >> 15 ? -1 : 1;
  if (exponent == top) return fraction ? (long double)NAN : sign * (long double)INFINITY;
  if (exponent == 0) return sign * ldexpl(fraction, 1 - bias - f->fraction_bits);
  return sign * ldexpl((1 << f->fraction_bits) + fraction, exponent - bias - f->fraction_bits);
}

/* The nearest value of the format, ties to even: rintl on a scale where its last bit is 1. */
static long double nearest(const format *f, long double x) {
  int top = (1 << f->exponent_bits) - 1, bias = top / 2, exponent;
  if (isnan(x) || isinf(x) || x == 0) return x;
  frexpl(x, &exponent);
  int last = exponent - 1 < 1 - bias ? 1 - bias : exponent - 1;
  long double r = ldexpl(rintl(ldexpl(x, f->fraction_bits - last)), last - f->fraction_bits);
  long double limit = ldexpl(1, bias + 1);
  return r >= limit ? (long double)INFINITY : r <= -limit ? -(long double)INFINITY : r;
}

static void convert(const array *x, const array *z) {
  tsr_convert_attrs attrs = {z->dtype};
  assert_status(TSR_OK, run_op(TSR_OP_CONVERT, &attrs, 1, x, z));
}

static void assert_equal_values(long double a, long double b) {
  if (!(a == b || (isnan(a) && isnan(b)))) fail_msg("%.20Lg is not %.20Lg", a, b);
}

static void test_every_half_widens_exactly(void **state) {
  (void)state;
  const int64_t dims[] = {65536};
  for (int i = 0; i < 2; i++) {
    array x = make_array(formats[i].dtype, 1, dims, C_ORDER);
    array z = make_array(TSR_F32, 1, dims, C_ORDER), d = make_array(TSR_F64, 1, dims, C_ORDER);
    array back = make_array(formats[i].dtype, 1, dims, C_ORDER);
    for (int64_t k = 0; k < 65536; k++)
      *(uint16_t *)at(&x, k) = (uint16_t)k;
    convert(&x, &z);
    convert(&x, &d);
    convert(&d, &back);
    for (int64_t k = 0; k < 65536; k++) {
      long double v = decode(&formats[i], (uint16_t)k);
      assert_equal_values((long double)creal(get(&z, k)), v);
      assert_equal_values((long double)creal(get(&d, k)), v);
      if (!isnan(v)) assert_int_equal(*(uint16_t *)at(&back, k), k);
    }
    array all[] = {x, z, d, back};
    for (int k = 0; k < 4; k++)
      free_array(&all[k]);
  }
}

/* Random bits have every exponent; near halfway points of the narrow format too. */
static void test_halves_are_rounded_once(void **state) {
  (void)state;
  enum {
    N = 200000
  };
  const int64_t dims[] = {N};
  for (int i = 0; i < 2; i++) {
    const format *f = &formats[i];
    array d = make_array(TSR_F64, 1, dims, C_ORDER), s = make_array(TSR_F32, 1, dims, C_ORDER);
    array l = make_array(TSR_I64, 1, dims, C_ORDER), u = make_array(TSR_U64, 1, dims, C_ORDER);
    array z = make_array(f->dtype, 1, dims, C_ORDER);
    for (int64_t k = 0; k < N; k++) {
      long double v = decode(f, (uint16_t)random_u64()), w = decode(f, (uint16_t)random_u64());
      long double x = v;
      if (k % 3 == 0) x = v + (nearest(f, v * 1.0001L + 1e-7L * w) - v) / 2; /* near a tie */
      if (k % 3 == 1) x = v * (1 + 0x1p-45L * (long double)random_below(1 << 20));
      set(&d, k, (double)x);
      set(&s, k, (double)x);
      *(uint64_t *)at(&u, k) = random_u64() >> random_below(60);
      *(int64_t *)at(&l, k) = (int64_t)random_u64() >> random_below(60);
    }
    /* just beside ties, where two roundings go wrong */
    set(&d, 0, 1 + 0x1p-11 + 0x1p-40);
    set(&d, 1, 1 + 0x1p-8 + 0x1p-40);
    set(&d, 2, 65520);
    set(&d, 3, 65519.999999);
    *(int64_t *)at(&l, 0) = (INT64_C(1) << 62) + (INT64_C(1) << 54) + 1;
    *(int64_t *)at(&l, 1) = -*(int64_t *)at(&l, 0);
    *(uint64_t *)at(&u, 0) = (UINT64_C(1) << 63) + (UINT64_C(1) << 55) + 1;
    const array *from[] = {&d, &s, &l, &u};
    for (int j = 0; j < 4; j++) {
      convert(from[j], &z);
      for (int64_t k = 0; k < N; k++) {
        const void *p = at(from[j], k);
        long double x = j == 0   ? (long double)*(const double *)p
                        : j == 1 ? (long double)*(const float *)p
                        : j == 2 ? (long double)*(const int64_t *)p
                                 : (long double)*(const uint64_t *)p;
        assert_equal_values(decode(f, *(uint16_t *)at(&z, k)), nearest(f, x));
      }
    }
    array all[] = {d, s, l, u, z};
    for (int k = 0; k < 5; k++)
      free_array(&all[k]);
  }
}

/* Least and greatest of the integers, exact as long double. */
static const struct {
  tsr_dtype dtype;
  long double low, high;
} integers[] = {
    {TSR_I8,  -128,                    127                    },
    {TSR_I16, -32768,                  32767                  },
    {TSR_I32, -2147483648.0L,          2147483647.0L          },
    {TSR_I64, -9223372036854775808.0L, 9223372036854775807.0L },
    {TSR_U8,  0,                       255                    },
    {TSR_U16, 0,                       65535                  },
    {TSR_U32, 0,                       4294967295.0L          },
    {TSR_U64, 0,                       18446744073709551615.0L}
};

static long double integer_at(const array *a, int64_t i) {
  if (a->dtype == TSR_I64) return *(const int64_t *)at(a, i);
  if (a->dtype == TSR_U64) return *(const uint64_t *)at(a, i);
  return (long double)creal(get(a, i));
}

static void test_floats_to_integers_cut_and_saturate(void **state) {
  (void)state;
  static const double values[] = {0,
                                  -0.0,
                                  0.99,
                                  -0.99,
                                  1.5,
                                  -1.5,
                                  126.9,
                                  127,
                                  127.5,
                                  128,
                                  -128,
                                  -128.9,
                                  -129,
                                  255,
                                  255.5,
                                  256,
                                  32767.5,
                                  32768,
                                  -32769,
                                  65535.9,
                                  65536,
                                  2147483647,
                                  2147483648,
                                  -2147483648.0,
                                  -2147483649.0,
                                  4294967295.0,
                                  4294967296.0,
                                  0x1p62,
                                  0x1.fffffffffffffp62,
                                  0x1p63,
                                  -0x1p63,
                                  -0x1.0000000000001p63,
                                  0x1.fffffffffffffp63,
                                  0x1p64,
                                  1e300,
                                  -1e300,
                                  INFINITY,
                                  -INFINITY,
                                  NAN,
                                  DBL_MIN,
                                  -DBL_MIN};
  enum {
    N = sizeof values / sizeof *values
  };
  const int64_t dims[] = {N};
  static const tsr_dtype from[] = {TSR_F64, TSR_F32, TSR_C128};
  for (int f = 0; f < 3; f++) {
    array x = make_array(from[f], 1, dims, C_ORDER);
    for (int64_t k = 0; k < N; k++)
      set(&x, k, CMPLX(values[k], 5));
    for (int i = 0; i < 8; i++) {
      array z = make_array(integers[i].dtype, 1, dims, C_ORDER);
      convert(&x, &z);
      for (int64_t k = 0; k < N; k++) {
        long double v = truncl((long double)creal(get(&x, k)));
        long double e = isnan(v) ? 0 : v;
        e = e < integers[i].low ? integers[i].low : e > integers[i].high ? integers[i].high : e;
        assert_equal_values(integer_at(&z, k), e);
      }
      free_array(&z);
    }
    free_array(&x);
  }
}

static void test_integers_wrap(void **state) {
  (void)state;
  enum {
    N = 500
  };
  const int64_t dims[] = {N};
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 8; j++) {
      array x = make_array(integers[i].dtype, 1, dims, SPACED);
      array z = make_array(integers[j].dtype, 1, dims, REVERSED);
      for (int64_t k = 0; k < N; k++) {
        uint64_t v = random_u64();
        memcpy(at(&x, k), &v, tsr_dtype_size(x.dtype));
      }
      convert(&x, &z);
      long double modulus = integers[j].high - integers[j].low + 1;
      for (int64_t k = 0; k < N; k++) {
        long double e = fmodl(integer_at(&x, k), modulus);
        if (e > integers[j].high) e -= modulus;
        if (e < integers[j].low) e += modulus;
        assert_equal_values(integer_at(&z, k), e);
      }
      free_array(&x);
      free_array(&z);
    }
}

static void test_integers_to_floats_round_to_nearest(void **state) {
  (void)state;
  static const int64_t values[] = {
      0,         -1,        16777217,
      16777219,  -16777217, (INT64_C(1) << 53) + 1,
      INT64_MAX, INT64_MIN, (INT64_C(1) << 62) + (INT64_C(1) << 38) + 1};
  const int64_t dims[] = {9};
  array x = make_array(TSR_I64, 1, dims, C_ORDER);
  memcpy(x.data, values, sizeof values);
  static const format wide[] = {
      {TSR_F32, 8,  23},
      {TSR_F64, 11, 52}
  };
  for (int f = 0; f < 2; f++) {
    array z = make_array(wide[f].dtype, 1, dims, C_ORDER);
    convert(&x, &z);
    for (int64_t k = 0; k < 9; k++)
      assert_equal_values((long double)creal(get(&z, k)), nearest(&wide[f], values[k]));
    free_array(&z);
  }
  free_array(&x);
}

static void test_bool_and_complex(void **state) {
  (void)state;
  const int64_t dims[] = {4};
  array x = make_array(TSR_C64, 1, dims, C_ORDER), b = make_array(TSR_BOOL, 1, dims, C_ORDER);
  array w = make_array(TSR_C128, 1, dims, C_ORDER), r = make_array(TSR_F32, 1, dims, C_ORDER);
  set(&x, 0, 0);
  set(&x, 1, CMPLX(0, 3));
  set(&x, 2, CMPLX(-2, 0));
  set(&x, 3, CMPLX(NAN, 0));
  convert(&x, &b);
  convert(&x, &w);
  convert(&x, &r);
  for (int64_t k = 0; k < 4; k++) {
    assert_int_equal(creal(get(&b, k)), k != 0);
    if (k < 3) {
      assert_number(get(&w, k), get(&x, k), 0);
      assert_number(get(&r, k), creal(get(&x, k)), 0);
    }
  }
  convert(&b, &w);
  for (int64_t k = 0; k < 4; k++)
    assert_number(get(&w, k), k != 0, 0);
  array all[] = {x, b, w, r};
  for (int k = 0; k < 4; k++)
    free_array(&all[k]);
}

/* Small whole numbers survive every conversion there is. */
static void test_all_pairs(void **state) {
  (void)state;
  const int64_t dims[] = {3, 50};
  for (tsr_dtype from = 0; from < TSR_DTYPE_COUNT; from++)
    for (tsr_dtype to = 0; to < TSR_DTYPE_COUNT; to++) {
      array start = make_array(TSR_I32, 2, dims, C_ORDER),
            end = make_array(TSR_I32, 2, dims, F_ORDER);
      array x = make_array(from, 2, dims, (layout_kind)random_below(REPEATED));
      array z = make_array(to, 2, dims, (layout_kind)random_below(REPEATED));
      fill_whole(&start, 0, from == TSR_BOOL || to == TSR_BOOL ? 1 : 120);
      convert(&start, &x);
      convert(&x, &z);
      convert(&z, &end);
      assert_same_bits(&start, &end);
      array all[] = {start, end, x, z};
      for (int k = 0; k < 4; k++)
        free_array(&all[k]);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_half_widens_exactly),
      cmocka_unit_test(test_halves_are_rounded_once),
      cmocka_unit_test(test_floats_to_integers_cut_and_saturate),
      cmocka_unit_test(test_integers_wrap),
      cmocka_unit_test(test_integers_to_floats_round_to_nearest),
      cmocka_unit_test(test_bool_and_complex),
      cmocka_unit_test(test_all_pairs),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
