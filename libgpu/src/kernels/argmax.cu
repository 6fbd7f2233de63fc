/* argmax.cu - one scan along the axis per result; a NaN ends it, the first of equals wins. */
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

} // namespace tsri

#define ARGMAX(name, T)                                                                            \
  TSR_KERNEL(tsr_argmax_##name, tsri_arg_args) { tsri::argmax<T>(a); }
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
