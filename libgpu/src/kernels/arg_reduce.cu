/* arg_reduce.cu - the first of the largest or smallest along an axis, or of the NaNs; a thread
 * or a block per result.
 */
#include "kernel.cuh"

namespace tsri {

/* Is y what is looked for, rather than x? */
struct larger_one {
  template <typename W> __device__ static bool beats(W y, W x) { return y > x; }
};
struct smaller_one {
  template <typename W> __device__ static bool beats(W y, W x) { return y < x; }
};

template <typename Op, typename T> __device__ void by_thread(const tsri_arg_args &a) {
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[2] = {0, 0}, best = 0;
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    const T *x = (const T *)a.from + at[0];
    auto found = a.size > 0 ? widen(*x) : widen(T());
    for (int64_t k = 1; k < a.size && !is_nan(found); k++) {
      const auto v = widen(x[k * a.stride]);
      if (!(Op::beats(v, found) || is_nan(v))) continue;
      found = v;
      best = k;
    }
    a.to[at[1]] = best;
  }
}

/* What a thread of a block has found: index -1 when nothing. */
template <typename W> struct candidate {
  W value;
  int64_t index;
};

/* Is y before x: there at all, NaN before numbers, then by Op, then the lower index? */
template <typename Op, typename W>
__device__ inline bool is_before(const candidate<W> &y, const candidate<W> &x) {
  if (x.index < 0 || y.index < 0) return y.index >= 0;
  if (is_nan(x.value) != is_nan(y.value)) return is_nan(y.value);
  if (Op::beats(y.value, x.value) || Op::beats(x.value, y.value))
    return Op::beats(y.value, x.value);
  return y.index < x.index;
}

/* One result by a whole block: threads go along the axis side by side, then meet in a tree. */
template <typename Op, typename T> __device__ void by_block(const tsri_arg_args &a) {
  typedef decltype(widen(T())) W;
  __shared__ candidate<W> all[TSRI_CUDA_THREADS];
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  const int32_t self = (int32_t)threadIdx.x;
  for (int64_t i = blockIdx.x; i < a.n; i += gridDim.x) {
    int64_t at[2] = {0, 0};
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    candidate<W> best = {widen(T()), -1};
    for (int64_t k = self; k < a.size; k += TSRI_CUDA_THREADS) {
      const candidate<W> x = {widen(((const T *)a.from)[at[0] + k * a.stride]), k};
      if (is_before<Op>(x, best)) best = x;
    }
    all[self] = best;
    __syncthreads();
    for (int32_t half = TSRI_CUDA_THREADS / 2; half > 0; half /= 2) {
      if (self < half && is_before<Op>(all[self + half], all[self])) all[self] = all[self + half];
      __syncthreads();
    }
    if (self == 0) a.to[at[1]] = all[0].index;
    __syncthreads();
  }
}

} // namespace tsri

#define ARG(op, name, T, Op)                                                                       \
  TSR_KERNEL(tsr_##op##_##name, tsri_arg_args) { tsri::by_thread<tsri::Op, T>(a); }                \
  TSR_KERNEL(tsr_##op##_block_##name, tsri_arg_args) { tsri::by_block<tsri::Op, T>(a); }
#define ARGMAX(name, T) ARG(argmax, name, T, larger_one)
#define ARGMIN(name, T) ARG(argmin, name, T, smaller_one)
TSRI_EACH_ORDERED(ARGMAX)
TSRI_EACH_ORDERED(ARGMIN)
