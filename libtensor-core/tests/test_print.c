/* libtensor-core/tests/test_print.c - arrays as text, against what NumPy prints. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "tsr_test.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/print.h"

/* What tsr_view_print writes; the caller frees it. */
static char *printed(const tsr_view *view) {
  char *text = NULL;
  size_t size = 0;
  FILE *file = open_memstream(&text, &size);
  assert_non_null(file);
  assert_ok(tsr_view_print(view, file));
  fclose(file);
  return text;
}

static void assert_prints(const tsr_view *view, const char *expected) {
  char *text = printed(view);
  assert_string_equal(expected, text);
  free(text);
}

typedef struct print_case {
  tsr_dtype dtype;
  int32_t rank;
  int64_t dims[4];
  const unsigned char *bytes;
  size_t size;
  const char *text;
} print_case;

#define DIMS(...)                                                                                  \
  { __VA_ARGS__ }
#define BYTES(...)                                                                                 \
  (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})
#define CASE(dtype, rank, ...) {TSR_##dtype, rank, __VA_ARGS__},
static const print_case numpy_cases[] = {
#include "golden/print_cases.inc"
};

static void test_numpy_prints_the_same(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof numpy_cases / sizeof *numpy_cases; i++) {
    const print_case *c = &numpy_cases[i];
    int64_t strides[4];
    void *data = malloc(c->size); /* exactly as large, for the sanitizer */
    assert_non_null(data);
    memcpy(data, c->bytes, c->size);
    tsr_view view = tsr_view_c(data, c->dtype, c->rank, c->dims, strides);
    assert_prints(&view, c->text);
    free(data);
  }
}

static void test_strides_of_any_sign_are_followed(void **state) {
  (void)state;
  int32_t data[] = {1, 2, 3, 4, 5, 6};
  const int64_t dims[] = {2, 3}, transposed[] = {1, 2}, back[] = {-3, -1}, same[] = {0, 1};
  tsr_view view = {data, dims, transposed, 2, TSR_I32};
  assert_prints(&view, "[[1 3 5]\n [2 4 6]]\n");
  view.strides = back;
  view.data = data + 5;
  assert_prints(&view, "[[6 5 4]\n [3 2 1]]\n");
  view.strides = same;
  view.data = data;
  assert_prints(&view, "[[1 2 3]\n [1 2 3]]\n");
}

static void test_bf16_shows_few_digits(void **state) {
  (void)state;
  uint16_t data[] = {0x3f80, 0x4049, 0xc2c8, 0x3dcd}; /* 1, pi, -100, 0.1 */
  const int64_t dims[] = {3}, strides[] = {1};
  tsr_view view = {data, dims, strides, 1, TSR_BF16}, one = {data + 3, NULL, NULL, 0, TSR_BF16};
  assert_prints(&view, "[ 1.00e+00  3.14e+00 -1.00e+02]\n");
  assert_prints(&one, "0.1\n");
  const int64_t two[] = {2};
  view.dims = two;
  assert_prints(&view, "[1.   3.14]\n");
}

static void test_a_huge_broadcast_is_cut_not_walked(void **state) {
  (void)state;
  int8_t data = 7;
  const int64_t dims[] = {INT64_MAX}, strides[] = {0};
  tsr_view view = {&data, dims, strides, 1, TSR_I8};
  assert_prints(&view, "[7 7 7 ... 7 7 7]\n");
}

static void test_ranks_above_eight_print(void **state) {
  (void)state;
  int64_t dims[600], strides[600];
  for (int i = 0; i < 600; i++)
    dims[i] = 1, strides[i] = 0;
  uint8_t data = 1;
  tsr_view view = {&data, dims, strides, 10, TSR_U8};
  assert_prints(&view, "[[[[[[[[[[1]]]]]]]]]]\n");
  view.rank = 512;
  free(printed(&view));
  view.rank = 513;
  assert_status(TSR_ERR_LIMIT, tsr_view_print(&view, stdout));
}

static void test_the_locale_does_not_show(void **state) {
  (void)state;
  if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8")) skip();
  double data[] = {0.5, 1e-10};
  const int64_t dims[] = {1}, strides[] = {1};
  tsr_view view = {data, dims, strides, 1, TSR_F64}, alone = {data + 1, NULL, NULL, 0, TSR_F64};
  assert_prints(&view, "[0.5]\n");
  assert_prints(&alone, "1e-10\n");
  setlocale(LC_NUMERIC, "C");
}

static void test_what_cannot_be_printed_is_refused(void **state) {
  (void)state;
  double data = 1;
  const int64_t dims[] = {1}, negative[] = {-1}, strides[] = {1};
  tsr_view view = {&data, dims, strides, 1, TSR_F64};
  assert_status(TSR_ERR_ARGUMENT, tsr_view_print(&view, NULL));
  tsr_view no_data = {NULL, dims, strides, 1, TSR_F64};
  assert_status(TSR_ERR_ARGUMENT, tsr_view_print(&no_data, stdout));
  tsr_view bad_shape = {&data, negative, strides, 1, TSR_F64};
  assert_status(TSR_ERR_SHAPE, tsr_view_print(&bad_shape, stdout));
  tsr_view bad_dtype = {&data, dims, strides, 1, TSR_DTYPE_COUNT};
  assert_status(TSR_ERR_DTYPE, tsr_view_print(&bad_dtype, stdout));
  FILE *unwritable = fopen("/dev/null", "r");
  assert_non_null(unwritable);
  assert_status(TSR_ERR_IO, tsr_view_print(&view, unwritable));
  fclose(unwritable);
}

static void test_shapes_are_cut_to_their_buffer(void **state) {
  (void)state;
  char text[32];
  const int64_t dims[] = {2, 3, 1000000};
  assert_string_equal("[]", tsr_format_shape(0, NULL, text, sizeof text));
  assert_string_equal("[2, 3, 1000000]", tsr_format_shape(3, dims, text, sizeof text));
  assert_string_equal("[2, 3", tsr_format_shape(3, dims, text, 6));
  assert_string_equal("", tsr_format_shape(3, dims, text, 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numpy_prints_the_same),
      cmocka_unit_test(test_strides_of_any_sign_are_followed),
      cmocka_unit_test(test_bf16_shows_few_digits),
      cmocka_unit_test(test_a_huge_broadcast_is_cut_not_walked),
      cmocka_unit_test(test_ranks_above_eight_print),
      cmocka_unit_test(test_the_locale_does_not_show),
      cmocka_unit_test(test_what_cannot_be_printed_is_refused),
      cmocka_unit_test(test_shapes_are_cut_to_their_buffer),
  };
  return cmocka_run_group_tests_name("tensor-core/print", tests, NULL, NULL);
}
