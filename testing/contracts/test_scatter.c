/* test_scatter.c - scatters and windows where places repeat, vanish or lie outside. */
#include "contracts.h"

/* Vectors throughout: x, places, updates. A window is one element. */
static const tsr_scatter_attrs *points(void) {
  static const int64_t zero[] = {0};
  static const tsr_scatter_attrs numbers = {
      .inserted_window_dims = {zero, 1},
      .scatter_dims_to_operand_dims = {zero, 1},
      .index_vector_dim = 1
  };
  return &numbers;
}

/* The third operand, or what a differentiated body captures. */
static tsr_value places_of(const void *ctx, const tsr_value *in) {
  return ctx ? *(const tsr_value *)ctx : in[2];
}
static void *captured(const tsr_value *in) { return (void *)(uintptr_t)&in[2]; }

BODY(set) {
  out[0] = tsr_scatter_set(b, in[0], places_of(ctx, in), in[1], points());
  return TSR_OK;
}
BODY(product) {
  out[0] = tsr_scatter_mul(b, in[0], places_of(ctx, in), in[1], points());
  return TSR_OK;
}
BODY(smallest) {
  out[0] = tsr_scatter_min(b, in[0], places_of(ctx, in), in[1], points());
  return TSR_OK;
}
BODY(largest) {
  out[0] = tsr_scatter_max(b, in[0], places_of(ctx, in), in[1], points());
  return TSR_OK;
}

/* sum of (1, 2, 3, ..) z, and its gradient by x and updates */
#define LOSS(name)                                                                                 \
  BODY(name##_loss) {                                                                              \
    tsr_value z;                                                                                   \
    TSR_TRY(name(b, ctx, in, &z));                                                                 \
    const tsr_dim n = tsr_value_dim(b, z, 0);                                                      \
    const tsr_value i = tsr_iota(b, TSR_F64, TSR_SHAPE(n), 0);                                     \
    out[0] = total(b, tsr_mul(b, z, tsr_add(b, i, tsr_scalar(b, 1))));                             \
    return TSR_OK;                                                                                 \
  }                                                                                                \
  BODY(name##_gradient) {                                                                          \
    (void)ctx;                                                                                     \
    tsr_value y;                                                                                   \
    const tsr_values by = tsr_values_of(in, 2);                                                    \
    return tsr_value_and_grad_of(b, name##_loss, captured(in), by, &y, out);                       \
  }
LOSS(set)
LOSS(product)
LOSS(smallest)
LOSS(largest)

/* places 2 0 2 5 -1 2 in x of 4: two of them outside */
#define PLACES 6
static void check(tsr_body body, const double *x, const double *updates, size_t n_out, size_t n,
                  const double *expected) {
  const int64_t places[PLACES] = {2, 0, 2, 5, -1, 2};
  tsr_tensor *in[] = {f64_of(TSR_DIMS(4), x), f64_of(TSR_DIMS(PLACES), updates),
                      tensor_of(TSR_I64, TSR_DIMS(PLACES), places)};
  const tsr_tensor_list list = {in, 3};
  check_both(body, NULL, list, n_out, expected, n, 0, 0);
  tsr_tensors_release(in, 3);
}

static const double x[4] = {3, 5, 7, 9}, updates[PLACES] = {2, 4, 8, 100, 100, 6};

static void test_the_last_update_stands(void **state) {
  (void)state;
  check(set, x, updates, 1, 4, (double[]){4, 5, 6, 9});
  /* weights 1 2 3 4 go to what stands */
  check(set_gradient, x, updates, 2, 10, (double[]){0, 2, 0, 4, 0, 1, 0, 0, 0, 3});
}

static void test_products_differentiate_like_products(void **state) {
  (void)state;
  const double z[] = {12, 5, 7 * 2 * 8 * 6, 9};
  check(product, x, updates, 1, 4, z);
  const double slope[] = {4, 2, 3 * 96, 4, 3 * 7 * 48, 3, 3 * 7 * 12, 0, 0, 3 * 7 * 16};
  check(product_gradient, x, updates, 2, 10, slope);
}

static void test_products_differentiate_at_zeros(void **state) {
  (void)state;
  const double one[PLACES] = {0, 4, 8, 0, 0, 6}, two[PLACES] = {0, 0, 0, 1, 1, 6};
  const double x_zero[4] = {0, 5, 0, 9};
  check(product_gradient, x, one, 2, 10, (double[]){4, 2, 0, 4, 3 * 7 * 48, 3, 0, 0, 0, 0});
  check(product_gradient, x, two, 2, 10, (double[]){0, 2, 0, 4, 0, 3, 0, 0, 0, 0});
  check(product_gradient, x_zero, updates, 2, 10, (double[]){4, 2, 3 * 96, 4, 0, 0, 0, 0, 0, 0});
}

/* An infinite number next to a dropped window stays out of its derivative. */
static void test_dropped_updates_have_no_slope(void **state) {
  (void)state;
  const double inf = (double)INFINITY, far[4] = {inf, 5, 7, inf};
  check(product_gradient, far, updates, 2, 10,
        (double[]){4, 2, 3 * 96, 4, 3 * 7 * 48, inf, 3 * 7 * 12, 0, 0, 3 * 7 * 16});
}

/* The slope of the loss by updates alone; the Hessian by them times v, forwards and backwards. */
BODY(product_slope) {
  tsr_value y, slopes[2];
  TSR_TRY(tsr_value_and_grad_of(b, product_loss, ctx, tsr_values_of(in, 2), &y, slopes));
  out[0] = slopes[1];
  return tsr_builder_status(b);
}
BODY(product_second) {
  (void)ctx;
  tsr_value slope, bent[2];
  const tsr_values by = tsr_values_of(in, 2);
  TSR_TRY(tsr_hvp_of(b, product_loss, captured(in), by, TSR_VALUES(TSR_ZERO_VALUE, in[3]), bent));
  out[0] = bent[1];
  TSR_TRY(tsr_vjp_of(b, product_slope, captured(in), by, TSR_VALUES(in[3]), &slope, bent));
  out[1] = bent[1];
  return tsr_builder_status(b);
}

static void test_second_derivatives_of_products_at_zeros(void **state) {
  (void)state;
  const int64_t places[PLACES] = {2, 0, 2, 5, -1, 2};
  const double zeros[][PLACES] = {
      {2, 4, 8, 1, 1, 6},
      {0, 4, 8, 1, 1, 6},
      {0, 4, 0, 1, 1, 6},
      {0, 0, 0, 1, 1, 0}
  };
  const double v[PLACES] = {1, 0.5, -2, 3, 3, 0.25};
  for (size_t c = 0; c < COUNT(zeros); c++) {
    const double *u = zeros[c], w = 3 * 7;
    const double h[] = {w * (v[2] * u[5] + v[5] * u[2]), 0, w * (v[0] * u[5] + v[5] * u[0]), 0, 0,
                        w * (v[0] * u[2] + v[2] * u[0])};
    double expected[2 * PLACES];
    memcpy(expected, h, sizeof h);
    memcpy(expected + PLACES, h, sizeof h);
    tsr_tensor *in[] = {f64_of(TSR_DIMS(4), x), f64_of(TSR_DIMS(PLACES), u),
                        tensor_of(TSR_I64, TSR_DIMS(PLACES), places), f64_of(TSR_DIMS(PLACES), v)};
    const tsr_tensor_list list = {in, 4};
    check_both(product_second, NULL, list, 2, expected, 2 * PLACES, 0, 0);
    tsr_tensors_release(in, 4);
  }
}

static void test_extremes_share_the_slope(void **state) {
  (void)state;
  const double nan = (double)NAN, tied[PLACES] = {7, 1, 7, 99, -99, 2};
  check(largest, x, tied, 1, 4, (double[]){3, 5, 7, 9});
  check(largest_gradient, x, tied, 2, 10, (double[]){1, 2, 1, 4, 1, 0, 1, 0, 0, 0});
  check(smallest, x, tied, 1, 4, (double[]){1, 5, 2, 9});
  check(smallest_gradient, x, tied, 2, 10, (double[]){0, 2, 0, 4, 0, 1, 0, 0, 0, 3});
  /* a NaN wins, and has the slope to itself */
  const double some[PLACES] = {7, nan, 99, 1, 1, 2}, by_x[4] = {3, 5, nan, 9};
  check(largest_gradient, x, some, 2, 10, (double[]){0, 2, 0, 4, 0, 1, 3, 0, 0, 0});
  check(smallest_gradient, by_x, updates, 2, 10, (double[]){1, 2, 3, 4, 0, 0, 0, 0, 0, 0});
}

static void test_nan_stays(void **state) {
  (void)state;
  const double nan = (double)NAN, some[PLACES] = {nan, 1, 3, 1, 1, 2};
  double z[4];
  tsr_tensor *in[] = {f64_of(TSR_DIMS(4), x), f64_of(TSR_DIMS(PLACES), some),
                      tensor_of(TSR_I64, TSR_DIMS(PLACES), (int64_t[]){2, 0, 2, 5, -1, 2})};
  const tsr_tensor_list list = {in, 3};
  assert_int_equal(4, eager_numbers(largest, NULL, list, 1, z));
  assert_true(isnan(z[2]) && z[0] == 3);
  assert_int_equal(4, traced_numbers(smallest, NULL, list, 1, z));
  assert_true(isnan(z[2]) && z[0] == 1);
  tsr_tensors_release(in, 3);
}

/* ---- put_along_axis ---- */

BODY(put) {
  (void)ctx;
  out[0] = tsr_put_along_axis(b, in[0], in[2], in[1], -1);
  return TSR_OK;
}
BODY(put_number) {
  (void)ctx;
  const tsr_value rows = tsr_iota(b, TSR_I32, TSR_SHAPE(tsr_dim_of(1), tsr_dim_of(3)), 1);
  out[0] = tsr_put_along_axis(b, in[0], rows, tsr_scalar(b, -1), 0);
  return TSR_OK;
}

static void test_values_are_put_along_an_axis(void **state) {
  (void)state;
  const double data[] = {0, 1, 2, 3, 4, 5}, values[] = {10, 20, 30, 40};
  const int64_t indices[] = {2, 0, 3, 1};
  tsr_tensor *in[] = {f64_of(TSR_DIMS(2, 3), data), f64_of(TSR_DIMS(2, 2), values),
                      tensor_of(TSR_I64, TSR_DIMS(2, 2), indices)};
  const tsr_tensor_list list = {in, 3};
  check_both(put, NULL, list, 1, (double[]){20, 1, 10, 3, 40, 5}, 6, 0, 0);
  /* column k has its row k changed, and there is no row 2 */
  check_both(put_number, NULL, list, 1, (double[]){-1, 1, 2, 3, -1, 5}, 6, 0, 0);
  tsr_tensors_release(in, 3);
}

/* ---- windows ---- */

BODY(window) {
  (void)ctx;
  out[0] = tsr_dynamic_slice(b, in[0], in[1], TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)));
  return TSR_OK;
}
BODY(overwritten) {
  (void)ctx;
  const tsr_shape shape = TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(1));
  out[0] = tsr_dynamic_update_slice(b, in[0], tsr_full(b, TSR_F64, shape, -1), in[1]);
  return TSR_OK;
}

static void test_windows_move_until_they_fit(void **state) {
  (void)state;
  const double data[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  const int64_t starts[][2] = {
      {0,         1        },
      {INT64_MAX, INT64_MIN},
      {-1,        2        }
  };
  const double read[][4] = {
      {1, 2, 4, 5},
      {3, 4, 6, 7},
      {1, 2, 4, 5}
  };
  const double written[][9] = {
      {0, -1, 2,  3,  -1, 5,  6,  7, 8},
      {0, 1,  2,  -1, 4,  5,  -1, 7, 8},
      {0, 1,  -1, 3,  4,  -1, 6,  7, 8}
  };
  for (size_t c = 0; c < COUNT(starts); c++) {
    tsr_tensor *in[] = {f64_of(TSR_DIMS(3, 3), data), tensor_of(TSR_I64, TSR_DIMS(2), starts[c])};
    const tsr_tensor_list list = {in, 2};
    check_both(window, NULL, list, 1, read[c], 4, 0, 0);
    check_both(overwritten, NULL, list, 1, written[c], 9, 0, 0);
    tsr_tensors_release(in, 2);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_last_update_stands),
      cmocka_unit_test(test_products_differentiate_like_products),
      cmocka_unit_test(test_products_differentiate_at_zeros),
      cmocka_unit_test(test_dropped_updates_have_no_slope),
      cmocka_unit_test(test_second_derivatives_of_products_at_zeros),
      cmocka_unit_test(test_extremes_share_the_slope),
      cmocka_unit_test(test_nan_stays),
      cmocka_unit_test(test_values_are_put_along_an_axis),
      cmocka_unit_test(test_windows_move_until_they_fit),
  };
  return cmocka_run_group_tests_name("contracts/scatter", tests, open_all, teardown);
}
