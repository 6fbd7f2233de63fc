/* dot.cu - the plain dot_general: one thread per result, terms added in C order of k. */
#include "kernel.cuh"

namespace tsri {

template <typename T> __device__ void dot(const tsri_dot_args &a) {
  const int64_t *const outer[3] = {a.x_strides, a.y_strides, a.z_strides};
  const int64_t *const inner[2] = {a.x_strides + a.rank, a.y_strides + a.rank};
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[3] = {0, 0, 0};
    typename sum_of<T>::W sum = {};
    walk((uint64_t)i, a.rank, a.dims, outer, at);
    for (int64_t k = 0; k < a.k; k++) {
      int64_t term[2] = {at[0], at[1]};
      walk((uint64_t)k, a.k_rank, a.dims + a.rank, inner, term);
      sum = add(sum, mul(load((const T *)a.x + term[0]), load((const T *)a.y + term[1])));
    }
    store(sum, (T *)a.z + at[2]);
  }
}

} // namespace tsri

#define DOT(name, T)                                                                               \
  TSR_KERNEL(tsr_dot_##name, tsri_dot_args) { tsri::dot<T>(a); }
TSRI_EACH_WRAPPED(DOT)
