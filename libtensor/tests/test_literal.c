/* test_literal.c - host constants by value: content, numbers in every dtype, rounding. */
#include "tsr_test.h"

#include <math.h>
#include <string.h>

#include "tsr/spi/literal.h"

static tsr_number real(double x) { return (tsr_number){.dtype = TSR_F64, .re = x}; }
static tsr_number whole(int64_t i) { return (tsr_number){.dtype = TSR_I64, .i = i}; }
static tsr_number complex_number(double re, double im) {
  return (tsr_number){.dtype = TSR_C128, .re = re, .im = im};
}

static void content_decides_equality(void **state) {
  (void)state;
  const int32_t data[] = {1, 2, 3, 4, 5, 6}, other[] = {1, 2, 3, 4, 5, 7};
  tsr_literal *a, *b, *c, *d;
  assert_ok(tsr_literal_create(TSR_I32, TSR_DIMS(2, 3), data, &a));
  assert_ok(tsr_literal_create(TSR_I32, TSR_DIMS(2, 3), data, &b));
  assert_ok(tsr_literal_create(TSR_I32, TSR_DIMS(3, 2), data, &c));
  assert_ok(tsr_literal_create(TSR_I32, TSR_DIMS(2, 3), other, &d));
  const tsr_class *isa = a->object.isa;
  assert_true(a->data != (const void *)data); /* a copy */
  assert_memory_equal(data, a->data, sizeof data);
  assert_true(isa->equal(a, b) && isa->hash(a) == isa->hash(b));
  assert_false(isa->equal(a, c) || isa->equal(a, d));
  assert_ptr_equal(a, tsr_literal_cast(&a->object));
  assert_null(tsr_literal_cast(NULL));
  tsr_object foreign = {.refs = 1};
  assert_null(tsr_literal_cast(&foreign));
  tsr_literal_release(a);
  tsr_literal_release(b);
  tsr_literal_release(c);
  tsr_literal_release(d);
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  tsr_literal *l;
  float x = 1;
  assert_status(TSR_ERR_ARGUMENT, tsr_literal_create((tsr_dtype)99, TSR_NO_DIMS, &x, &l));
  assert_status(TSR_ERR_SHAPE, tsr_literal_create(TSR_F32, TSR_DIMS(-1), &x, &l));
  assert_status(TSR_ERR_ARGUMENT, tsr_literal_create(TSR_F32, TSR_DIMS(2), NULL, &l));
  assert_null(l);
  assert_ok(tsr_literal_create(TSR_F32, TSR_DIMS(4, 0), NULL, &l));
  assert_int_equal(0, l->size);
  tsr_literal_release(l);
}

static void assert_bytes(tsr_number n, tsr_dtype dtype, const void *bytes) {
  tsr_literal *l;
  assert_ok(tsr_literal_of_number(&n, dtype, &l));
  assert_int_equal(0, l->rank);
  assert_int_equal(tsr_dtype_size(dtype), l->size);
  assert_memory_equal(bytes, l->data, l->size);
  tsr_literal_release(l);
}

static void numbers_take_the_form_of_the_dtype(void **state) {
  (void)state;
  assert_bytes(whole(1), TSR_BOOL, &(uint8_t){1});
  assert_bytes(whole(-128), TSR_I8, &(int8_t){-128});
  assert_bytes(real(-7), TSR_I16, &(int16_t){-7});
  assert_bytes(whole(INT32_MIN), TSR_I32, &(int32_t){INT32_MIN});
  assert_bytes(whole(INT64_MAX), TSR_I64, &(int64_t){INT64_MAX});
  assert_bytes(real(255), TSR_U8, &(uint8_t){255});
  assert_bytes(real(0x1p63), TSR_U64, &(uint64_t){UINT64_C(1) << 63});
  assert_bytes(real(0.1), TSR_F32, &(float){0.1F});
  assert_bytes(real(0.1), TSR_F64, &(double){0.1});
  assert_bytes(complex_number(1.5, -2), TSR_C64, (float[]){1.5F, -2});
  assert_bytes(real(1.5), TSR_C128, (double[]){1.5, 0});
}

static void numbers_that_would_lose_are_refused(void **state) {
  (void)state;
  static const struct {
    tsr_number n;
    tsr_dtype dtype;
    const char *says;
  } cases[] = {
      {{TSR_F64, 0, 0.5, 0},    TSR_I32,  "0.5 is no i32"},
      {{TSR_I64, 128, 0, 0},    TSR_I8,   "128 is no i8" },
      {{TSR_I64, -1, 0, 0},     TSR_U64,  "-1 is no u64" },
      {{TSR_I64, 2, 0, 0},      TSR_BOOL, "2 is no bool" },
      {{TSR_F64, 0, 0x1p63, 0}, TSR_I64,  "is no i64"    },
      {{TSR_F64, 0, 0x1p64, 0}, TSR_U64,  "is no u64"    },
      {{TSR_C128, 0, 1, 2},     TSR_F32,  "is no f32"    },
      {{TSR_C128, 0, 1, 2},     TSR_I32,  "is no i32"    },
  };
  tsr_literal *l;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_error_says(tsr_literal_of_number(&cases[i].n, cases[i].dtype, &l), TSR_ERR_DTYPE,
                      cases[i].says);
  const tsr_number nan = {TSR_F64, 0, NAN, 0}, infinite = {TSR_F64, 0, INFINITY, 0};
  assert_status(TSR_ERR_DTYPE, tsr_literal_of_number(&nan, TSR_I64, &l));
  assert_status(TSR_ERR_DTYPE, tsr_literal_of_number(&infinite, TSR_U64, &l));
}

/* Values of IEEE 754 binary16 and of bfloat16, from their definitions. */
static void short_floats_round_to_nearest_even(void **state) {
  (void)state;
  static const struct {
    double value;
    uint16_t f16, bf16;
  } cases[] = {
      {0,                     0x0000, 0x0000},
      {-0.0,                  0x8000, 0x8000},
      {1,                     0x3c00, 0x3f80},
      {-2,                    0xc000, 0xc000},
      {1 + 0x1p-11,           0x3c00, 0x3f80}, /* f16: a tie, to even */
      {1 + 0x1p-11 + 0x1p-40, 0x3c01, 0x3f80}, /* just above it; float would lose the rest */
      {1 + 0x3p-11,           0x3c02, 0x3f80}, /* a tie, to even upwards */
      {1 + 0x1p-8,            0x3c04, 0x3f80}, /* bf16: a tie */
      {1 + 0x1p-8 + 0x1p-50,  0x3c04, 0x3f81},
      {65504,                 0x7bff, 0x4780}, /* the largest f16 */
      {65519.99,              0x7bff, 0x4780},
      {65520,                 0x7c00, 0x4780}, /* a tie with infinity */
      {0x1p-14,               0x0400, 0x3880}, /* the smallest normal f16 */
      {0x1p-24,               0x0001, 0x3380}, /* the smallest subnormal f16 */
      {0x1p-25,               0x0000, 0x3300}, /* a tie with zero */
      {0x1.8p-25,             0x0001, 0x3340},
      {0x1.ffcp-15,           0x0400, 0x3880}, /* a subnormal carries into the normals */
      {0x1p-126,              0x0000, 0x0080}, /* the smallest normal bf16 */
      {0x1p-133,              0x0000, 0x0001},
      {0x1p-1000,             0x0000, 0x0000},
      {1e300,                 0x7c00, 0x7f80},
      {INFINITY,              0x7c00, 0x7f80},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_bytes(real(cases[i].value), TSR_F16, &cases[i].f16);
    assert_bytes(real(cases[i].value), TSR_BF16, &cases[i].bf16);
  }
}

/* Every finite f16 and bf16 is a double, so it must come back as it was. */
static void every_short_float_survives_a_round_trip(void **state) {
  (void)state;
  static const tsr_dtype dtypes[] = {TSR_F16, TSR_BF16};
  for (int d = 0; d < 2; d++)
    for (uint32_t bits = 0; bits < 0x10000; bits++) {
      uint16_t h = (uint16_t)bits;
      tsr_literal *l;
      tsr_number n;
      assert_ok(tsr_literal_create(dtypes[d], TSR_NO_DIMS, &h, &l));
      assert_true(tsr_literal_splat(l, &n));
      tsr_literal_release(l);
      if (isnan(n.re)) continue;
      assert_bytes(n, dtypes[d], &h);
    }
}

static void a_splat_is_one_number_everywhere(void **state) {
  (void)state;
  tsr_literal *l;
  tsr_number n;
  const int16_t same[] = {-3, -3, -3}, different[] = {-3, -3, 3};
  assert_ok(tsr_literal_create(TSR_I16, TSR_DIMS(3), same, &l));
  assert_true(tsr_literal_splat(l, &n));
  assert_int_equal(TSR_I64, n.dtype);
  assert_int_equal(-3, n.i);
  tsr_literal_release(l);
  assert_ok(tsr_literal_create(TSR_I16, TSR_DIMS(3), different, &l));
  assert_false(tsr_literal_splat(l, &n));
  tsr_literal_release(l);
  assert_ok(tsr_literal_create(TSR_I16, TSR_DIMS(0), NULL, &l));
  assert_false(tsr_literal_splat(l, &n));
  tsr_literal_release(l);
  const float z[] = {1, -1, 1, -1};
  assert_ok(tsr_literal_create(TSR_C64, TSR_DIMS(2), z, &l));
  assert_true(tsr_literal_splat(l, &n));
  assert_true(n.dtype == TSR_C128 && n.re == 1 && n.im == -1);
  tsr_literal_release(l);
}

static tsr_status create(void *arg) {
  (void)arg;
  tsr_literal *l;
  const double data[4] = {1, 2, 3, 4};
  tsr_number n = real(2);
  TSR_TRY(tsr_literal_create(TSR_F64, TSR_DIMS(2, 2), data, &l));
  tsr_literal_release(l);
  TSR_TRY(tsr_literal_of_number(&n, TSR_F16, &l));
  tsr_literal_release(l);
  return TSR_OK;
}

static void running_out_of_memory_leaks_nothing(void **state) {
  (void)state;
  tsr_test_oom(create, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(content_decides_equality),
      cmocka_unit_test(bad_arguments_are_refused),
      cmocka_unit_test(numbers_take_the_form_of_the_dtype),
      cmocka_unit_test(numbers_that_would_lose_are_refused),
      cmocka_unit_test(short_floats_round_to_nearest_even),
      cmocka_unit_test(every_short_float_survives_a_round_trip),
      cmocka_unit_test(a_splat_is_one_number_everywhere),
      cmocka_unit_test(running_out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
