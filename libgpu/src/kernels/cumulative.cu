/* cumulative.cu - running sums, products, maxima and minima: one thread per line, in order. */
#include "kernel.cuh"

namespace tsri {

struct adding {
  template <typename W> __device__ static W join(W x, W y) { return add(x, y); }
};
struct multiplying {
  template <typename W> __device__ static W join(W x, W y) { return mul(x, y); }
};
/* The first of equals, zeros of either sign included, and of NaNs: as reductions on the CPU. */
struct raising {
  template <typename W> __device__ static W join(W x, W y) {
    return (y > x || is_nan(y)) && !is_nan(x) ? y : x;
  }
};
struct lowering {
  template <typename W> __device__ static W join(W x, W y) {
    return (y < x || is_nan(y)) && !is_nan(x) ? y : x;
  }
};

/* In W, from one element to the next; the first stays as it is. */
template <typename Op, typename W, typename T>
__device__ inline void cumulate(const tsri_cumulative_args &a, W (*get)(const T *),
                                void (*put)(W, T *)) {
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[2] = {0, 0};
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    const T *x = (const T *)a.from + at[0];
    T *z = (T *)a.to + at[1];
    W all = get(x);
    *z = *x;
    for (int64_t k = 1; k < a.size; k++) {
      all = Op::join(all, get(x + k * a.from_step));
      put(all, z + k * a.to_step);
    }
  }
}

template <typename T> __device__ inline typename sum_of<T>::W get_sum(const T *x) {
  return load(x);
}
template <typename T> __device__ inline void put_sum(typename sum_of<T>::W x, T *z) { store(x, z); }
template <typename T> __device__ inline auto get_wide(const T *x) { return widen(*x); }
template <typename T, typename W> __device__ inline void put_wide(W x, T *z) { narrow(x, z); }

template <typename Op, typename T> __device__ void cumulate_sums(const tsri_cumulative_args &a) {
  cumulate<Op, typename sum_of<T>::W, T>(a, get_sum<T>, put_sum<T>);
}
template <typename Op, typename T> __device__ void cumulate_order(const tsri_cumulative_args &a) {
  typedef decltype(widen(T())) W;
  cumulate<Op, W, T>(a, get_wide<T>, put_wide<T, W>);
}

} // namespace tsri

#define SUMS(name, T)                                                                              \
  TSR_KERNEL(tsr_cumsum_##name, tsri_cumulative_args) { tsri::cumulate_sums<tsri::adding, T>(a); } \
  TSR_KERNEL(tsr_cumprod_##name, tsri_cumulative_args) {                                           \
    tsri::cumulate_sums<tsri::multiplying, T>(a);                                                  \
  }
#define ORDERS(name, T)                                                                            \
  TSR_KERNEL(tsr_cummax_##name, tsri_cumulative_args) {                                            \
    tsri::cumulate_order<tsri::raising, T>(a);                                                     \
  }                                                                                                \
  TSR_KERNEL(tsr_cummin_##name, tsri_cumulative_args) {                                            \
    tsri::cumulate_order<tsri::lowering, T>(a);                                                    \
  }
TSRI_EACH_WRAPPED(SUMS)
TSRI_EACH_ORDERED(ORDERS)
