/* argmax.cu - the first of the largest along an axis, or of the NaNs; a thread or a block per
 * result.
 */
#include "kernel.cuh"

namespace tsri {

template <typename T> __device__ void argmax(const tsri_arg_args &a) {
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[2] = {0, 0}, best = 0;
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    const T *x = (const T *)a.from + at[0];
    auto largest = a.size > 0 ? widen(*x) : widen(T());
    for (int64_t k = 1; k < a.size && !is_nan(largest); k++) {
      const auto v = widen(x[k * a.stride]);
      if (!(v > largest || is_nan(v))) continue;
      largest = v;
      best = k;
    }
    a.to[at[1]] = best;
  }
}

/* What a thread of a block has found: index -1 when nothing. */
template <typename W> struct found {
  W value;
  int64_t index;
};

/* Is y before x: there at all, NaN before numbers, large before small, then the lower index? */
template <typename W> __device__ inline bool is_before(const found<W> &y, const found<W> &x) {
  if (x.index < 0 || y.index < 0) return y.index >= 0;
  if (is_nan(x.value) != is_nan(y.value)) return is_nan(y.value);
  if (y.value > x.value || x.value > y.value) return y.value > x.value;
  return y.index < x.index;
}

/* One result by a whole block: threads go along the axis side by side, then meet in a tree. */
template <typename T> __device__ void argmax_block(const tsri_arg_args &a) {
  typedef decltype(widen(T())) W;
  __shared__ found<W> all[TSRI_CUDA_THREADS];
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  const int32_t self = (int32_t)threadIdx.x;
  for (int64_t i = blockIdx.x; i < a.n; i += gridDim.x) {
    int64_t at[2] = {0, 0};
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    found<W> best = {widen(T()), -1};
    for (int64_t k = self; k < a.size; k += TSRI_CUDA_THREADS) {
      const found<W> x = {widen(((const T *)a.from)[at[0] + k * a.stride]), k};
      if (is_before(x, best)) best = x;
    }
    all[self] = best;
    __syncthreads();
    for (int32_t half = TSRI_CUDA_THREADS / 2; half > 0; half /= 2) {
      if (self < half && is_before(all[self + half], all[self])) all[self] = all[self + half];
      __syncthreads();
    }
    if (self == 0) a.to[at[1]] = all[0].index;
    __syncthreads();
  }
}

} // namespace tsri

#define ARGMAX(name, T)                                                                            \
  TSR_KERNEL(tsr_argmax_##name, tsri_arg_args) { tsri::argmax<T>(a); }                             \
  TSR_KERNEL(tsr_argmax_block_##name, tsri_arg_args) { tsri::argmax_block<T>(a); }
ARGMAX(i8, int8_t)
ARGMAX(i16, int16_t)
ARGMAX(i32, int32_t)
ARGMAX(i64, int64_t)
ARGMAX(u8, uint8_t)
ARGMAX(u16, uint16_t)
ARGMAX(u32, uint32_t)
ARGMAX(u64, uint64_t)
ARGMAX(f16, tsri::f16)
ARGMAX(bf16, tsri::bf16)
ARGMAX(f32, float)
ARGMAX(f64, double)
