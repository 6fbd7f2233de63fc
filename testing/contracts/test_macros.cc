/* test_macros.cc - the argument lists in C++: written in calls, they make the same programs. */
#include "tsr_test.h"

#include <cmath>
#include <vector>

#include "tsr/ad.h"
#include "tsr/cpu.h"
#include "tsr/eager.h"
#include "tsr/einsum.h"
#include "tsr/linalg.h"
#include "tsr/ops.h"
#include "tsr/runtime.h"

static tsr_runtime *rt;
static tsr_device *cpu;

static int setup(void **) {
  assert_ok(tsr_runtime_create(TSR_WITH(tsr_cpu_register, tsr_einsum_register, tsr_linalg_register),
                               &rt));
  assert_ok(tsr_runtime_device(rt, "cpu", &cpu));
  return 0;
}

static int teardown(void **) {
  tsr_runtime_release(rt);
  return 0;
}

/* loss(w) = mean((x w - y)^2), and its gradient in w */
static tsr_program *least_squares() {
  tsr_builder *b = nullptr;
  tsr_program *p = nullptr;
  assert_ok(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, tsr_dim_of(3)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(n));
  tsr_value w = tsr_input(b, "w", TSR_F64, TSR_SHAPE(tsr_dim_of(3)));
  tsr_value r = tsr_sub(b, tsr_matmul(b, x, w), y);
  tsr_value loss = tsr_mean(b, tsr_mul(b, r, r), TSR_ALL_AXES);
  tsr_value dw = tsr_grad(b, loss, w);
  assert_ok(tsr_compile(b, TSR_VALUES(loss, dw), &p));
  return p;
}

static void test_a_program(void **) {
  tsr_program *p = least_squares();
  for (int64_t n = 1; n <= 8; n *= 2) {
    std::vector<double> xs, ys(static_cast<size_t>(n), 1.0);
    std::vector<double> expected(4, 0.0);
    const std::vector<double> ws{1, -1, 0.5};
    for (int64_t i = 0; i < n; i++) {
      const double t = static_cast<double>(i), row[3] = {1, t, t * t};
      double r = -1;
      for (int k = 0; k < 3; k++) {
        xs.push_back(row[k]);
        r += row[k] * ws[static_cast<size_t>(k)];
      }
      expected[0] += r * r / static_cast<double>(n);
      for (int k = 0; k < 3; k++)
        expected[static_cast<size_t>(k) + 1] += 2 * r * row[k] / static_cast<double>(n);
    }
    tsr_tensor *x = nullptr, *y = nullptr, *w = nullptr, *out[2];
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(n, 3), xs.data(), &x));
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(n), ys.data(), &y));
    assert_ok(tsr_tensor_from_data(cpu, TSR_F64, TSR_DIMS(3), ws.data(), &w));
    int64_t peak = 0;
    assert_ok(tsr_program_peak(p, cpu, TSR_TENSORS(x, y, w), &peak));
    assert_true(peak > 0);
    assert_ok(tsr_program_run(p, cpu, TSR_TENSORS(x, y, w), out, 2));
    double got[4];
    assert_ok(tsr_tensor_read(out[0], got, sizeof *got));
    assert_ok(tsr_tensor_read(out[1], got + 1, 3 * sizeof *got));
    assert_close(got, expected.data(), 4, 1e-14, 1e-14);
    tsr_tensor *in[3] = {x, y, w};
    tsr_tensors_release(out, 2);
    tsr_tensors_release(in, 3);
  }
  tsr_program_release(p);
}

/* g = a a^T has the eigenvalues s^2 of a; its singular values sum to the trace. */
static void test_a_scope(void **) {
  tsr_builder *b = nullptr;
  const double data[6] = {1, 2, 3, 4, 5, 6};
  double trace = 0;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value a = tsr_from_data(b, TSR_F64, TSR_DIMS(2, 3), data);
  tsr_value g = tsr_einsum(b, "ij,kj->ik", TSR_VALUES(a, a));
  tsr_svd_result d = tsr_svd(b, g, TSR_SVD_REDUCED);
  assert_ok(tsr_read(b, tsr_sum(b, d.s, TSR_AXES(0)), &trace, sizeof trace));
  assert_near(trace, 91, 1e-14, 0);
  tsr_builder_close(b);
}

static tsr_status cube(tsr_builder *b, void *, const tsr_value *in, tsr_value *out) {
  out[0] = tsr_mul(b, in[0], tsr_mul(b, in[0], in[0]));
  return TSR_OK;
}

static void test_bodies_and_lists_of_one(void **) {
  tsr_builder *b = nullptr;
  tsr_value loss, slope, y;
  double got = 0;
  assert_ok(tsr_eager_open(rt, "cpu", &b));
  tsr_value x = tsr_scalar(b, 2);
  assert_ok(tsr_value_and_grad_of(b, cube, nullptr, TSR_VALUES(x), &loss, &slope));
  assert_ok(tsr_read(b, slope, &got, sizeof got));
  assert_near(got, 12, 0, 0);
  assert_ok(tsr_scan(b, cube, nullptr, TSR_VALUES(x), TSR_NO_VALUES, tsr_dim_of(3),
                     TSR_SCAN_FORWARD, 0, &y));
  assert_ok(tsr_read(b, y, &got, sizeof got));
  assert_near(got, std::pow(2, 27), 0, 0);
  tsr_value p = tsr_pad(b, tsr_reshape(b, x, TSR_SHAPE(tsr_dim_of(1))), tsr_scalar(b, 7),
                        TSR_SHAPE(tsr_dim_of(1)), TSR_SHAPE(tsr_dim_of(0)), TSR_NO_AXES);
  double two[2];
  assert_ok(tsr_read(b, p, two, sizeof two));
  assert_near(two[0], 7, 0, 0);
  assert_near(two[1], 2, 0, 0);
  tsr_builder_close(b);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_program),
      cmocka_unit_test(test_a_scope),
      cmocka_unit_test(test_bodies_and_lists_of_one),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
