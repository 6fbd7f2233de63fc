/* program.cc - a traced and differentiated program, written for C++: handles that release
 * themselves, statuses as exceptions, containers for data.
 */
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <tsr/ad.h>
#include <tsr/cpu.h>
#include <tsr/ops.h>
#include <tsr/runtime.h>
#include <vector>

namespace {

void check(tsr_status status) {
  if (status != TSR_OK)
    throw std::runtime_error(std::string(tsr_status_name(status)) + ": " + tsr_error_message());
}

struct release {
  void operator()(tsr_runtime *p) const { tsr_runtime_release(p); }
  void operator()(tsr_program *p) const { tsr_program_release(p); }
  void operator()(tsr_tensor *p) const { tsr_tensor_release(p); }
};
template <class T> using handle = std::unique_ptr<T, release>;

handle<tsr_tensor> tensor(tsr_device *device, tsr_dims dims, const std::vector<double> &data) {
  tsr_tensor *made = nullptr;
  check(tsr_tensor_from_data(device, TSR_F64, dims, data.data(), &made));
  return handle<tsr_tensor>(made);
}

std::vector<double> numbers(tsr_tensor *t) {
  std::vector<double> data(static_cast<size_t>(tsr_tensor_count(t)));
  check(tsr_tensor_read(t, data.data(), data.size() * sizeof(double)));
  return data;
}

/* loss(w) = mean((x w - y)^2), and its gradient in w */
handle<tsr_program> least_squares(tsr_runtime *rt) {
  tsr_builder *b = nullptr;
  tsr_program *program = nullptr;
  check(tsr_trace_open(rt, &b));
  tsr_dim n = tsr_dim_symbol(b, "n");
  tsr_value x = tsr_input(b, "x", TSR_F64, TSR_SHAPE(n, tsr_dim_of(3)));
  tsr_value y = tsr_input(b, "y", TSR_F64, TSR_SHAPE(n));
  tsr_value w = tsr_input(b, "w", TSR_F64, TSR_SHAPE(tsr_dim_of(3)));
  tsr_value r = tsr_sub(b, tsr_matmul(b, x, w), y);
  tsr_value loss = tsr_mean(b, tsr_mul(b, r, r), TSR_ALL_AXES);
  tsr_value dw = tsr_grad(b, loss, w);
  check(tsr_compile(b, TSR_VALUES(loss, dw), &program));
  return handle<tsr_program>(program);
}

/* Rows (1, t, t^2) at t = 0, 1, .., targets 1 + 2 t: the weights (1, 2, 0) fit exactly. */
double loss_after_descent(tsr_program *program, tsr_device *device, int64_t n) {
  std::vector<double> xs, ys, ws{0, 0, 0};
  for (int64_t i = 0; i < n; i++) {
    const double t = static_cast<double>(i) / static_cast<double>(n);
    xs.insert(xs.end(), {1, t, t * t});
    ys.push_back(1 + 2 * t);
  }
  const auto x = tensor(device, TSR_DIMS(n, 3), xs), y = tensor(device, TSR_DIMS(n), ys);
  double loss = 0;
  for (int round = 0; round < 200; round++) {
    const auto w = tensor(device, TSR_DIMS(3), ws);
    tsr_tensor *out[2] = {nullptr, nullptr};
    check(tsr_program_run(program, device, TSR_TENSORS(x.get(), y.get(), w.get()), out, 2));
    const handle<tsr_tensor> value(out[0]), gradient(out[1]);
    loss = numbers(value.get())[0];
    const std::vector<double> g = numbers(gradient.get());
    for (size_t k = 0; k < 3; k++)
      ws[k] -= 0.5 * g[k];
  }
  return loss;
}

/* A bad call throws a sentence, and nothing leaks. */
bool refuses(tsr_program *program, tsr_device *device) {
  const auto x = tensor(device, TSR_DIMS(2, 3), std::vector<double>(6));
  try {
    tsr_tensor *out[2];
    check(tsr_program_run(program, device, TSR_TENSORS(x.get()), out, 2));
  } catch (const std::runtime_error &e) {
    return std::string(e.what()).find("ERR_ARGUMENT") == 0;
  }
  return false;
}

} // namespace

int main() {
  try {
    tsr_runtime *made = nullptr;
    tsr_device *cpu = nullptr;
    check(tsr_runtime_create(TSR_WITH(tsr_cpu_register), &made));
    const handle<tsr_runtime> rt(made);
    check(tsr_runtime_device(rt.get(), "cpu", &cpu));
    const auto program = least_squares(rt.get());
    for (int64_t n : {4, 16, 64}) {
      const double loss = loss_after_descent(program.get(), cpu, n);
      std::printf("n = %d: loss %g\n", static_cast<int>(n), loss);
      if (!(loss < 1e-2)) return 1;
    }
    return refuses(program.get(), cpu) ? 0 : 2;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 3;
  }
}
