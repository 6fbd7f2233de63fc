/* test_ordering.c - products at zeros, running sums of powers, sorting, through programs. */
#include "contracts.h"

#define OVER(name, call)                                                                           \
  BODY(name) {                                                                                     \
    (void)ctx;                                                                                     \
    out[0] = call;                                                                                 \
    return TSR_OK;                                                                                 \
  }
OVER(product, tsr_prod(b, in[0], TSR_ALL_AXES))
OVER(sum_of_cumprod, total(b, tsr_cumprod(b, in[0], 0, TSR_SCAN_FORWARD)))
OVER(cumlogsumexp, tsr_cumlogsumexp(b, in[0], 0, TSR_SCAN_FORWARD))
OVER(cumlogsumexp_back, tsr_cumlogsumexp(b, in[0], 0, TSR_SCAN_REVERSE))
OVER(sum_of_cumlogsumexp, total(b, tsr_cumlogsumexp(b, in[0], 0, TSR_SCAN_FORWARD)))
OVER(sorted, tsr_sort(b, in[0], 0, TSR_DESCENDING))
OVER(median_of_five, tsr_slice(b, tsr_sort(b, in[0], 0, TSR_ASCENDING), TSR_SHAPE({2}),
                               TSR_SHAPE({3}), TSR_NO_AXES))

#define GRADIENT_OF(loss)                                                                          \
  BODY(loss##_gradient) {                                                                          \
    tsr_value value;                                                                               \
    return tsr_value_and_grad_of(b, loss, ctx, tsr_values_of(in, 1), &value, out);                 \
  }
GRADIENT_OF(product)
GRADIENT_OF(sum_of_cumprod)
GRADIENT_OF(sum_of_cumlogsumexp)

/* <gradient, (1, 10, 100)>, whose gradient is the Hessian times that. */
#define SLOPE_OF(loss)                                                                             \
  BODY(loss##_slope) {                                                                             \
    TSR_TRY(loss##_gradient(b, ctx, in, out));                                                     \
    const tsr_value place = tsr_iota(b, TSR_F64, TSR_SHAPE({3}), 0);                               \
    out[0] = total(b, tsr_mul(b, out[0], tsr_pow(b, tsr_scalar(b, 10), place)));                   \
    return TSR_OK;                                                                                 \
  }
SLOPE_OF(product)
SLOPE_OF(sum_of_cumprod)
GRADIENT_OF(product_slope)
GRADIENT_OF(sum_of_cumprod_slope)

static void check(tsr_body body, size_t n_in, const double *x, size_t n, const double *expected,
                  double rtol) {
  tsr_tensor *in = f64_of(TSR_DIMS((int64_t)n_in), x);
  check_both(body, NULL, TSR_TENSORS(in), 1, expected, n, rtol, 0);
  tsr_tensor_release(in);
}

/* ---- products ---- */

/* d prod / dx_i = prod of the others; d2 prod / dx_i dx_j = prod of what is left. */
static void test_derivatives_of_a_product_at_zeros(void **state) {
  (void)state;
  static const double points[][3] = {
      {2, 3, 5},
      {0, 3, 5},
      {2, 0, 0},
      {0, 0, 0}
  };
  for (size_t p = 0; p < COUNT(points); p++) {
    const double *x = points[p];
    const double gradient[] = {x[1] * x[2], x[0] * x[2], x[0] * x[1]};
    const double bent[] = {10 * x[2] + 100 * x[1], x[2] + 100 * x[0], x[1] + 10 * x[0]};
    check(product_gradient, 3, x, 3, gradient, 0);
    check(product_slope_gradient, 3, x, 3, bent, 0);
  }
}

/* f = x0 + x0 x1 + x0 x1 x2 */
static void test_derivatives_of_running_products_at_zeros(void **state) {
  (void)state;
  static const double points[][3] = {
      {2, 3, 5},
      {0, 3, 5},
      {2, 0, 0},
      {0, 0, 0}
  };
  for (size_t p = 0; p < COUNT(points); p++) {
    const double *x = points[p];
    const double gradient[] = {1 + x[1] + x[1] * x[2], x[0] + x[0] * x[2], x[0] * x[1]};
    const double bent[] = {10 * (1 + x[2]) + 100 * x[1], 1 + x[2] + 100 * x[0], x[1] + 10 * x[0]};
    check(sum_of_cumprod_gradient, 3, x, 3, gradient, 0);
    check(sum_of_cumprod_slope_gradient, 3, x, 3, bent, 0);
  }
}

/* ---- running sums of powers ---- */

static void test_cumlogsumexp_by_its_formula(void **state) {
  (void)state;
  const double shifts[] = {0, 1e4, -1e4, 0.5};
  for (size_t s = 0; s < COUNT(shifts); s++) {
    const double x[5] = {0.5, -1, 2.25, 2.25, -7};
    double moved[5], z[5], back[5], slope[5] = {0};
    long double sum = 0;
    for (int i = 0; i < 5; i++) {
      moved[i] = x[i] + shifts[s];
      sum += expl(x[i]);
      z[i] = (double)(logl(sum) + shifts[s]);
      for (int j = 0; j <= i; j++)
        slope[j] += (double)(expl(x[j]) / sum);
    }
    sum = 0;
    for (int i = 5; i-- > 0;) {
      sum += expl(x[i]);
      back[i] = (double)(logl(sum) + shifts[s]);
    }
    check(cumlogsumexp, 5, moved, 5, z, 16 * EPS);
    check(cumlogsumexp_back, 5, moved, 5, back, 16 * EPS);
    check(sum_of_cumlogsumexp_gradient, 5, moved, 5, slope, 32 * EPS);
  }
}

static void test_cumlogsumexp_of_infinities(void **state) {
  (void)state;
  const double inf = (double)INFINITY, x[] = {-inf, -inf, 3, inf, 1},
               z[] = {-inf, -inf, 3, inf, inf};
  const double low[] = {-inf, 2, -inf}, slope[] = {0, 2, 0};
  check(cumlogsumexp, 5, x, 5, z, 0);
  check(sum_of_cumlogsumexp_gradient, 3, low, 3, slope, 0);
}

/* ---- sorting ---- */

static void test_sort_and_what_is_made_of_it(void **state) {
  (void)state;
  const double x[] = {2, (double)NAN, -1, (double)INFINITY, 2};
  const double falling[] = {(double)INFINITY, 2, 2, -1, (double)NAN}, median = 2;
  check(sorted, 5, x, 5, falling, 0);
  check(median_of_five, 5, x, 1, &median, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_derivatives_of_a_product_at_zeros),
      cmocka_unit_test(test_derivatives_of_running_products_at_zeros),
      cmocka_unit_test(test_cumlogsumexp_by_its_formula),
      cmocka_unit_test(test_cumlogsumexp_of_infinities),
      cmocka_unit_test(test_sort_and_what_is_made_of_it),
  };
  return cmocka_run_group_tests_name("contracts/ordering", tests, open_all, teardown);
}
