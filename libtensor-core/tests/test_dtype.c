/* libtensor-core/tests/test_dtype.c - facts about dtypes, and promotion. */
#include "tsr_test.h"

#include <string.h>

#include "tsr/dtype.h"

/* What a type can hold, stated independently of dtypes.def: whole numbers of so many
 * value bits, or floats of so many significand and exponent bits. */
typedef struct range {
  const char *name;
  size_t size;
  tsr_kind kind;
  int bits;     /* value bits, or significand bits with the hidden one */
  int exponent; /* of floats */
} range;

static const range ranges[] = {
    {"bool", 1,  TSR_KIND_LOGICAL,  1,  0 },
    {"i8",   1,  TSR_KIND_SIGNED,   7,  0 },
    {"i16",  2,  TSR_KIND_SIGNED,   15, 0 },
    {"i32",  4,  TSR_KIND_SIGNED,   31, 0 },
    {"i64",  8,  TSR_KIND_SIGNED,   63, 0 },
    {"u8",   1,  TSR_KIND_UNSIGNED, 8,  0 },
    {"u16",  2,  TSR_KIND_UNSIGNED, 16, 0 },
    {"u32",  4,  TSR_KIND_UNSIGNED, 32, 0 },
    {"u64",  8,  TSR_KIND_UNSIGNED, 64, 0 },
    {"f16",  2,  TSR_KIND_REAL,     11, 5 },
    {"bf16", 2,  TSR_KIND_REAL,     8,  8 },
    {"f32",  4,  TSR_KIND_REAL,     24, 8 },
    {"f64",  8,  TSR_KIND_REAL,     53, 11},
    {"c64",  8,  TSR_KIND_COMPLEX,  24, 8 },
    {"c128", 16, TSR_KIND_COMPLEX,  53, 11},
};

static bool is_integer(const range *r) {
  return r->kind == TSR_KIND_SIGNED || r->kind == TSR_KIND_UNSIGNED;
}
static bool is_float(const range *r) {
  return r->kind == TSR_KIND_REAL || r->kind == TSR_KIND_COMPLEX;
}

static bool holds(const range *r, const range *x) {
  if (r->kind == TSR_KIND_LOGICAL || x->kind == TSR_KIND_LOGICAL) return r->kind == x->kind;
  if (is_integer(r) != is_integer(x)) return false;
  if (r->kind == TSR_KIND_UNSIGNED && x->kind == TSR_KIND_SIGNED) return false;
  if (r->kind == TSR_KIND_REAL && x->kind == TSR_KIND_COMPLEX) return false;
  return r->bits >= x->bits && r->exponent >= x->exponent;
}

static void test_names_sizes_and_kinds(void **state) {
  (void)state;
  assert_int_equal(TSR_DTYPE_COUNT, sizeof ranges / sizeof *ranges);
  for (int i = 0; i < TSR_DTYPE_COUNT; i++) {
    tsr_dtype found;
    assert_string_equal(ranges[i].name, tsr_dtype_name((tsr_dtype)i));
    assert_int_equal(ranges[i].size, tsr_dtype_size((tsr_dtype)i));
    assert_int_equal(ranges[i].kind, tsr_dtype_kind((tsr_dtype)i));
    assert_int_equal(is_float(&ranges[i]), tsr_dtype_is_active((tsr_dtype)i));
    assert_ok(tsr_dtype_find(ranges[i].name, &found));
    assert_int_equal(i, found);
  }
}

static void test_no_dtype_has_no_properties(void **state) {
  (void)state;
  const tsr_dtype none[] = {TSR_DTYPE_COUNT, (tsr_dtype)-1, (tsr_dtype)1000};
  for (int i = 0; i < 3; i++) {
    tsr_dtype out;
    assert_string_equal("?", tsr_dtype_name(none[i]));
    assert_int_equal(0, tsr_dtype_size(none[i]));
    assert_int_equal(TSR_KIND_LOGICAL, tsr_dtype_kind(none[i]));
    assert_false(tsr_dtype_is_active(none[i]));
    assert_status(TSR_ERR_DTYPE, tsr_dtype_promote(none[i], TSR_F32, &out));
    assert_status(TSR_ERR_DTYPE, tsr_dtype_promote(TSR_F32, none[i], &out));
    assert_status(TSR_ERR_DTYPE, tsr_dtype_complex(none[i], &out));
  }
}

static void test_unknown_names_are_refused(void **state) {
  (void)state;
  tsr_dtype out;
  const char *const names[] = {"", "f", "F64", "f64 ", "float", "?", NULL};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    assert_status(TSR_ERR_ARGUMENT, tsr_dtype_find(names[i], &out));
  assert_status(TSR_ERR_ARGUMENT, tsr_dtype_find("f33", &out));
  assert_non_null(strstr(tsr_error_message(), "f33"));
}

/* The result must be the one of least size among all that hold both operands. */
static void test_promotion_gives_the_smallest_that_holds_both(void **state) {
  (void)state;
  for (int a = 0; a < TSR_DTYPE_COUNT; a++)
    for (int b = 0; b < TSR_DTYPE_COUNT; b++) {
      int best = -1;
      for (int r = 0; r < TSR_DTYPE_COUNT; r++)
        if (holds(&ranges[r], &ranges[a]) && holds(&ranges[r], &ranges[b]) &&
            (best < 0 || ranges[r].size < ranges[best].size))
          best = r;
      tsr_dtype out;
      if (best < 0) {
        assert_status(TSR_ERR_DTYPE, tsr_dtype_promote((tsr_dtype)a, (tsr_dtype)b, &out));
        assert_non_null(strstr(tsr_error_message(), ranges[a].name));
        assert_non_null(strstr(tsr_error_message(), ranges[b].name));
      } else {
        assert_ok(tsr_dtype_promote((tsr_dtype)a, (tsr_dtype)b, &out));
        assert_int_equal(best, out);
      }
    }
}

static void test_real_and_complex_are_partners(void **state) {
  (void)state;
  for (int i = 0; i < TSR_DTYPE_COUNT; i++) {
    tsr_dtype dtype = (tsr_dtype)i, real = tsr_dtype_real(dtype), back;
    bool complex = ranges[i].kind == TSR_KIND_COMPLEX;
    assert_int_equal(complex ? TSR_KIND_REAL : ranges[i].kind, tsr_dtype_kind(real));
    assert_int_equal(ranges[i].size, tsr_dtype_size(real) * (complex ? 2 : 1));
    if (complex || dtype == TSR_F32 || dtype == TSR_F64) {
      assert_ok(tsr_dtype_complex(real, &back));
      assert_int_equal(complex ? dtype : back, back);
      assert_int_equal(real, tsr_dtype_real(back));
      assert_ok(tsr_dtype_complex(back, &back));
    } else {
      assert_status(TSR_ERR_DTYPE, tsr_dtype_complex(dtype, &back));
      assert_non_null(strstr(tsr_error_message(), ranges[i].name));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_sizes_and_kinds),
      cmocka_unit_test(test_no_dtype_has_no_properties),
      cmocka_unit_test(test_unknown_names_are_refused),
      cmocka_unit_test(test_promotion_gives_the_smallest_that_holds_both),
      cmocka_unit_test(test_real_and_complex_are_partners),
  };
  return cmocka_run_group_tests_name("tensor-core/dtype", tests, NULL, NULL);
}
