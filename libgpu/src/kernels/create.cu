/* create.cu - iota: the offset in a made-up source is the number to write. */
#include "kernel.cuh"

namespace tsri {

/* To f32 by way of f64, cut to odd at every step that loses something: rounding that once
 * more to f16 or bf16 gives what one rounding would (Boldo and Melquiond, 2008).
 */
__device__ inline float odd_f32(int64_t v) {
  const uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  uint64_t cut = u;
  int lost = 0;
  while (cut >> 24) { /* digits of a float */
    lost |= (int)(cut & 1);
    cut >>= 1;
  }
  float f = (float)(cut | (uint64_t)lost);
  for (uint64_t k = u; k >> 24; k >>= 1)
    f *= 2;
  return v < 0 ? -f : f;
}

__device__ inline void put(int64_t v, f16 *to) { narrow(odd_f32(v), to); }
__device__ inline void put(int64_t v, bf16 *to) { narrow(odd_f32(v), to); }
template <typename R> __device__ inline void put(int64_t v, complex<R> *to) { *to = {(R)v, 0}; }
template <typename T> __device__ inline void put(int64_t v, T *to) { *to = (T)v; }

template <typename T> __device__ void iota(const tsri_copy_args &a) {
  const int64_t *const strides[2] = {a.from_strides, a.to_strides};
  for (int64_t i = first(); i < a.n; i += step()) {
    int64_t at[2] = {a.base, 0};
    walk((uint64_t)i, a.rank, a.dims, strides, at);
    put(at[0], (T *)a.to + at[1]);
  }
}

} // namespace tsri

#define IOTA(name, T)                                                                              \
  TSR_KERNEL(tsr_iota_##name, tsri_copy_args) { tsri::iota<T>(a); }
TSRI_EACH_WRAPPED(IOTA)
