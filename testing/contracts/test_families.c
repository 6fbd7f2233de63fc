/* test_families.c - decompositions compute what is used, and many operands are no obstacle. */
#include "contracts.h"

#define SVD        "tessera.linalg.svd.v1"
#define SVD_VALUES "tessera.linalg.svd_values.v1"

/* ---- singular values of [3, 2], from the eigenvalues of a^T a ---- */

static const double a32[6] = {1, 2, -0.5, 3, 0.25, -1};

static void values_of(const long double *a, long double *s) {
  long double p = 0, q = 0, r = 0;
  for (int i = 0; i < 3; i++) {
    p += a[2 * i] * a[2 * i];
    q += a[2 * i] * a[2 * i + 1];
    r += a[2 * i + 1] * a[2 * i + 1];
  }
  long double root = sqrtl((p - r) * (p - r) / 4 + q * q);
  s[0] = sqrtl((p + r) / 2 + root);
  s[1] = sqrtl((p + r) / 2 - root);
}

static long double loss_by_hand(const long double *a) { /* 2 s0 + s1^3 */
  long double s[2];
  values_of(a, s);
  return 2 * s[0] + s[1] * s[1] * s[1];
}

static tsr_value loss_of_values(tsr_builder *b, tsr_value s) {
  const double weight[4] = {2, 0, 0, 1};
  tsr_tensor *t = f64_of(TSR_DIMS(2, 2), weight);
  tsr_value cube = tsr_mul(b, s, tsr_mul(b, s, s)), w = tsr_constant(b, t);
  tsr_tensor_release(t);
  tsr_value rows = tsr_concatenate(b, TSR_VALUES(s, cube), 0);
  rows = tsr_reshape(b, rows, TSR_SHAPE(tsr_dim_of(2), tsr_dim_of(2)));
  return total(b, tsr_mul(b, rows, w));
}

BODY(only_s) {
  (void)ctx;
  out[0] = tsr_svd(b, in[0], TSR_SVD_REDUCED).s;
  return TSR_OK;
}
BODY(svd_loss) {
  const tsr_svd_kind *kind = ctx;
  out[0] = loss_of_values(b, tsr_svd(b, in[0], *kind).s);
  return TSR_OK;
}
BODY(svd_gradient) {
  return tsr_value_and_grad_of(b, svd_loss, ctx, TSR_VALUES(in[0]), &out[0], &out[1]);
}

static void test_only_singular_values_are_computed_when_only_they_are_used(void **state) {
  (void)state;
  long double a[6], s[2];
  for (int i = 0; i < 6; i++)
    a[i] = a32[i];
  values_of(a, s);
  const double expected[2] = {(double)s[0], (double)s[1]};
  tsr_tensor *x = f64_of(TSR_DIMS(3, 2), a32);
  tsr_program *p = program_of(only_s, NULL, TSR_TENSORS(x), 1);
  assert_int_equal(tsr_program_count(p, SVD), 0);
  assert_int_equal(tsr_program_count(p, SVD_VALUES), 1);
  tsr_program_release(p);
  check_both(only_s, NULL, TSR_TENSORS(x), 1, expected, 2, 16 * EPS, 16 * EPS);
  tsr_tensor_release(x);
}

static void test_a_gradient_of_singular_values_shares_one_decomposition(void **state) {
  (void)state;
  double expected[7];
  long double a[6];
  for (int i = 0; i < 6; i++)
    a[i] = a32[i];
  expected[0] = (double)loss_by_hand(a);
  differences(loss_by_hand, a32, 6, expected + 1);
  tsr_tensor *x = f64_of(TSR_DIMS(3, 2), a32);
  for (tsr_svd_kind kind = TSR_SVD_REDUCED; kind <= TSR_SVD_VALUES; kind++) {
    tsr_program *p = program_of(svd_gradient, &kind, TSR_TENSORS(x), 2);
    assert_int_equal(tsr_program_count(p, SVD) + tsr_program_count(p, SVD_VALUES), 1);
    tsr_program_release(p);
    check_both(svd_gradient, &kind, TSR_TENSORS(x), 2, expected, 7, 1e-11, 1e-11);
  }
  tsr_tensor_release(x);
}

/* ---- forty inputs ---- */

static void test_concatenate_of_forty_inputs_with_gradient(void **state) {
  (void)state;
  enum {
    INPUTS = 40
  };
  tsr_builder *b = trace();
  tsr_value x[INPUTS], g[INPUTS];
  tsr_tensor *t[INPUTS], *out[INPUTS + 1];
  double expected = 0;
  int64_t n = 0;
  for (int i = 0; i < INPUTS; i++) {
    double data[6];
    for (int k = 0; k < 6; k++)
      data[k] = 0.5 * i - k;
    t[i] = f64_of(TSR_DIMS(2, i % 4), data); /* none, one, two, three columns */
    x[i] = matrix(b, NULL, 2, i % 4);
    n += i % 4;
  }
  /* sum (column x)^2 */
  tsr_value joined = tsr_concatenate(b, tsr_values_of(x, INPUTS), -1);
  tsr_value column = tsr_iota(b, TSR_F64, TSR_SHAPE(tsr_dim_of(n)), 0);
  tsr_value y = tsr_mul(b, joined, column);
  tsr_value loss = total(b, tsr_mul(b, y, y));
  assert_ok(tsr_grads(b, loss, tsr_values_of(x, INPUTS), g));
  tsr_value outputs[INPUTS + 1];
  outputs[0] = loss;
  memcpy(outputs + 1, g, sizeof g);
  tsr_program *p = compiled(b, tsr_values_of(outputs, INPUTS + 1));
  tsr_tensor_list in = {(tsr_tensor *const *)t, INPUTS};
  assert_ok(tsr_program_run(p, cpu, in, out, INPUTS + 1));
  int64_t first = 0;
  for (int i = 0; i < INPUTS; i++) {
    double got[6], want[6];
    for (int k = 0; k < 2 * (i % 4); k++) {
      double c = (double)(first + k % (i % 4)), v = 0.5 * i - k;
      want[k] = 2 * c * c * v;
      expected += c * v * c * v;
    }
    first += i % 4;
    assert_int_equal(numbers_of(out[1 + i], got), 2 * (i % 4));
    assert_close(got, want, (size_t)(2 * (i % 4)), 2 * EPS, 0);
  }
  double value;
  numbers_of(out[0], &value);
  assert_near(value, expected, 64 * EPS, 0);
  tsr_tensors_release(out, INPUTS + 1);
  tsr_tensors_release(t, INPUTS);
  tsr_program_release(p);
}

/* ---- two hundred operands ---- */

enum {
  OPERANDS = 200
};

static void multiply(const double *x, const double *y, double *z) {
  double made[4];
  for (int i = 0; i < 2; i++) {
    for (int j = 0; j < 2; j++)
      made[2 * i + j] = x[2 * i] * y[j] + x[2 * i + 1] * y[2 + j];
  }
  memcpy(z, made, sizeof made);
}

/* z = x_0 x_1 ... x_199 with labels 0-1, 1-2, ..; loss = sum c z:
 * d loss / d x_k = left^T c right^T
 */
static void test_einsum_of_two_hundred_operands_with_gradient(void **state) {
  (void)state;
  static double data[OPERANDS][4], left[OPERANDS + 1][4] = {
                                       {1, 0, 0, 1}
  };
  static double right[OPERANDS + 1][4];
  static int64_t labels[OPERANDS][2];
  const double c[4] = {1, -2, 0.5, 3};
  tsr_builder *b = trace();
  tsr_value x[OPERANDS], outputs[OPERANDS + 1];
  tsr_tensor *t[OPERANDS], *out[OPERANDS + 1];
  tsr_axes axes[OPERANDS];
  for (int k = 0; k < OPERANDS; k++) {
    double angle = 0.1 * k;
    const double m[4] = {cos(angle), -sin(angle), sin(angle), 1.01 * cos(angle)};
    memcpy(data[k], m, sizeof m);
    multiply(left[k], m, left[k + 1]);
    t[k] = f64_of(TSR_DIMS(2, 2), m);
    x[k] = matrix(b, NULL, 2, 2);
    labels[k][0] = k, labels[k][1] = k + 1;
    axes[k] = (tsr_axes){labels[k], 2};
  }
  const double unit[4] = {1, 0, 0, 1};
  memcpy(right[OPERANDS], unit, sizeof unit);
  for (int k = OPERANDS - 1; k >= 0; k--)
    multiply(data[k], right[k + 1], right[k]);

  tsr_tensor *tc = f64_of(TSR_DIMS(2, 2), c);
  tsr_value z = tsr_einsum_numbered(b, tsr_values_of(x, OPERANDS), axes, TSR_AXES(0, OPERANDS));
  tsr_value loss = total(b, tsr_mul(b, z, tsr_constant(b, tc)));
  tsr_tensor_release(tc);
  outputs[0] = z;
  assert_ok(tsr_grads(b, loss, tsr_values_of(x, OPERANDS), outputs + 1));
  tsr_program *p = compiled(b, tsr_values_of(outputs, OPERANDS + 1));
  /* a gradient costs about three forwards */
  assert_true(tsr_program_count(p, "dot_general") <= 3 * OPERANDS);
  tsr_tensor_list in = {(tsr_tensor *const *)t, OPERANDS};
  assert_ok(tsr_program_run(p, cpu, in, out, OPERANDS + 1));
  double got[4];
  assert_int_equal(numbers_of(out[0], got), 4);
  assert_close(got, left[OPERANDS], 4, 1e-12, 1e-12);
  for (int k = 0; k < OPERANDS; k++) {
    const double *l = left[k], *r = right[k + 1];
    const double lt[4] = {l[0], l[2], l[1], l[3]}, rt_[4] = {r[0], r[2], r[1], r[3]};
    double want[4];
    multiply(lt, c, want);
    multiply(want, rt_, want);
    assert_int_equal(numbers_of(out[1 + k], got), 4);
    assert_close(got, want, 4, 1e-12, 1e-12);
  }
  tsr_tensors_release(out, OPERANDS + 1);
  tsr_tensors_release(t, OPERANDS);
  tsr_program_release(p);
}

/* One label in all terms: the sum over it of two hundred factors. */
static void test_einsum_of_two_hundred_vectors(void **state) {
  (void)state;
  static char formula[2 * OPERANDS + 4];
  tsr_builder *b = NULL;
  assert_ok(tsr_eager_open(rt, DEVICE, &b));
  tsr_value x[OPERANDS];
  double product[3] = {1, 1, 1}, got;
  for (int k = 0; k < OPERANDS; k++) {
    double v[3];
    for (int i = 0; i < 3; i++) {
      v[i] = 1 + 0.01 * sin(k + i);
      product[i] *= v[i];
    }
    x[k] = tsr_from_data(b, TSR_F64, TSR_DIMS(3), v);
    memcpy(formula + 2 * k, k + 1 < OPERANDS ? "i," : "i-", 2);
  }
  memcpy(formula + 2 * OPERANDS, ">", 2);
  assert_ok(tsr_read(b, tsr_einsum(b, formula, tsr_values_of(x, OPERANDS)), &got, sizeof got));
  assert_near(got, product[0] + product[1] + product[2], OPERANDS * EPS, 0);
  tsr_builder_close(b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_only_singular_values_are_computed_when_only_they_are_used),
      cmocka_unit_test(test_a_gradient_of_singular_values_shares_one_decomposition),
      cmocka_unit_test(test_concatenate_of_forty_inputs_with_gradient),
      cmocka_unit_test(test_einsum_of_two_hundred_operands_with_gradient),
      cmocka_unit_test(test_einsum_of_two_hundred_vectors),
  };
  return cmocka_run_group_tests(tests, open_all, teardown);
}
