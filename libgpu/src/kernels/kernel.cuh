/* kernel.cuh - what every .cu file needs: declaring a kernel, walking strided arrays, numbers.
 *
 * The same text goes through nvcc, through NVRTC, and through a C++ compiler with
 * testing/cuda/shim.h in front. A kernel has one parameter, a struct of args.h.
 */
#ifndef TSRI_KERNEL_CUH
#define TSRI_KERNEL_CUH

#include "args.h"

/* TSR_KERNEL(name, type) { ... a.n ... } - a kernel; its parameter is called a. On the CPU
 * its size stands next to it, for a launch that happens later.
 */
#ifdef TSR_CUDA_SHIM_H
#define TSR_KERNEL(name, type)                                                                     \
  extern "C" {                                                                                     \
  __attribute__((visibility("default"))) size_t name##_size = sizeof(type);                        \
  }                                                                                                \
  extern "C" __global__ void name(TSR_ARGS(type) a)
#else
#define TSR_ARGS(type)         const __grid_constant__ type
#define TSR_KERNEL(name, type) extern "C" __global__ void name(TSR_ARGS(type) a)
#endif

/* In front of a loop over axes or components: there are few, and unrolled loops double the time
 * that nvcc takes.
 */
#ifdef TSR_CUDA_SHIM_H
#define TSRI_ROLLED
#else
#define TSRI_ROLLED _Pragma("unroll 1")
#endif

namespace tsri {

/* ---- threads and places ---- */

/* Number of this thread in the grid, and how many there are. */
__device__ inline int64_t first() { return (int64_t)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline int64_t step() { return (int64_t)gridDim.x * blockDim.x; }

/* at[k] += offset of element i, counted in C order, in each of N strided arrays. I is the
 * unsigned type that holds i: half the width divides several times faster.
 */
template <typename I, int N>
__device__ inline void walk(I i, int32_t rank, const int64_t *dims,
                            const int64_t *const (&strides)[N], int64_t (&at)[N]) {
  TSRI_ROLLED for (int32_t axis = rank - 1; axis > 0; axis--) {
    I size = (I)dims[axis], rest = i / size, along = i - rest * size;
    for (int k = 0; k < N; k++)
      at[k] += (int64_t)along * strides[k][axis];
    i = rest;
  }
  for (int k = 0; k < N && rank > 0; k++)
    at[k] += (int64_t)i * strides[k][0];
}

/* Does a count fit the narrow type of walk? */
__device__ inline bool is_narrow(int64_t n) { return n <= 0x7fffffff; }

/* ---- numbers ---- */

struct f16 {
  uint16_t bits;
};
struct bf16 {
  uint16_t bits;
};
template <typename R> struct complex { R re, im; };
typedef complex<float> c64;
typedef complex<double> c128;

template <typename To, typename From> __device__ inline To bits_as(From x) {
  static_assert(sizeof(To) == sizeof(From), "as many bits");
  union {
    From from;
    To to;
  } both = {x};
  return both.to;
}

/* f16 and bf16 as f32, by the bits that libcpu has. */
__device__ inline float widen(f16 h) {
  uint32_t sign = (uint32_t)(h.bits & 0x8000u) << 16, rest = (uint32_t)(h.bits & 0x7fffu) << 13;
  uint32_t finite = bits_as<uint32_t>(bits_as<float>(rest) * 0x1p112f);
  return bits_as<float>(sign | (rest >= 0x0f800000u ? rest | 0x7f800000u : finite));
}
__device__ inline float widen(bf16 h) { return bits_as<float>((uint32_t)h.bits << 16); }
template <typename T> __device__ inline T widen(T x) { return x; }

/* Rounded to nearest even. */
__device__ inline void narrow(float x, f16 *out) {
  uint32_t u = bits_as<uint32_t>(x), sign = u >> 16 & 0x8000u, a = u & 0x7fffffffu, r;
  if (a > 0x7f800000u)
    r = 0x7e00u | (a >> 13 & 0x3ffu);
  else if (a >= 0x477ff000u)
    r = 0x7c00u;
  else if (a < 0x38800000u)
    r = bits_as<uint32_t>(bits_as<float>(a) + 0.5f) - 0x3f000000u;
  else
    r = (a + 0xfffu + (a >> 13 & 1u) - 0x38000000u) >> 13;
  out->bits = (uint16_t)(sign | r);
}
__device__ inline void narrow(float x, bf16 *out) {
  uint32_t u = bits_as<uint32_t>(x), r = (u + 0x7fffu + (u >> 16 & 1u)) >> 16;
  out->bits = (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? u >> 16 | 0x40u : r);
}
template <typename T> __device__ inline void narrow(T x, T *out) { *out = x; }

template <typename T> __device__ inline bool is_nan(T x) { return x != x; }

/* Minimum and maximum of IEEE 754-2019: NaN wins, and -0 is below +0. Sums decide between zeros. */
template <typename T> __device__ inline T smaller(T x, T y) {
  if (x == 0 && y == 0) return (T) - (-x - y);
  return x < y || is_nan(x) ? x : y;
}
template <typename T> __device__ inline T larger(T x, T y) {
  if (x == 0 && y == 0) return (T)(x + y);
  return x > y || is_nan(x) ? x : y;
}

/* ---- arithmetic that wraps, and that of complex numbers ---- */

__device__ inline float add(float x, float y) { return x + y; }
__device__ inline double add(double x, double y) { return x + y; }
__device__ inline uint32_t add(uint32_t x, uint32_t y) { return x + y; }
__device__ inline uint64_t add(uint64_t x, uint64_t y) { return x + y; }
template <typename R> __device__ inline complex<R> add(complex<R> x, complex<R> y) {
  return {x.re + y.re, x.im + y.im};
}

__device__ inline float mul(float x, float y) { return x * y; }
__device__ inline double mul(double x, double y) { return x * y; }
__device__ inline uint32_t mul(uint32_t x, uint32_t y) { return x * y; }
__device__ inline uint64_t mul(uint64_t x, uint64_t y) { return x * y; }
template <typename R> __device__ inline complex<R> mul(complex<R> x, complex<R> y) {
  return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
}

/* W: the type sums of T are taken in. */
template <typename T> struct sum_of { typedef T W; };
template <> struct sum_of<f16> { typedef float W; };
template <> struct sum_of<bf16> { typedef float W; };
template <> struct sum_of<uint8_t> { typedef uint32_t W; };
template <> struct sum_of<uint16_t> { typedef uint32_t W; };

template <typename T> __device__ inline typename sum_of<T>::W load(const T *x) {
  return (typename sum_of<T>::W)widen(*x);
}
template <typename T> __device__ inline void store(typename sum_of<T>::W x, T *out) { *out = (T)x; }
__device__ inline void store(float x, f16 *out) { narrow(x, out); }
__device__ inline void store(float x, bf16 *out) { narrow(x, out); }

/* ---- indices ---- */

/* Component i of index vectors of any integer type; u64 beyond i64 becomes the largest i64. */
__device__ inline int64_t index_at(int32_t type, const void *data, int64_t i) {
  switch (type) {
  case TSRI_CUDA_I8:
    return ((const int8_t *)data)[i];
  case TSRI_CUDA_I16:
    return ((const int16_t *)data)[i];
  case TSRI_CUDA_I32:
    return ((const int32_t *)data)[i];
  case TSRI_CUDA_I64:
    return ((const int64_t *)data)[i];
  case TSRI_CUDA_U16:
    return ((const uint16_t *)data)[i];
  case TSRI_CUDA_U32:
    return ((const uint32_t *)data)[i];
  case TSRI_CUDA_U64: {
    uint64_t v = ((const uint64_t *)data)[i];
    return v >> 63 ? 0x7fffffffffffffff : (int64_t)v;
  }
  default: /* bool and u8 */
    return ((const uint8_t *)data)[i];
  }
}

} // namespace tsri

/* TSRI_EACH_ORDERED(X): X(name, type) for every integer and float. TSRI_EACH_WRAPPED(X): for every
 * number that is made, added or multiplied; signed integers wrap as unsigned ones, and the host
 * asks for those.
 */
#define TSRI_EACH_UNSIGNED_OR_FLOAT(X)                                                             \
  X(u8, uint8_t)                                                                                   \
  X(u16, uint16_t)                                                                                 \
  X(u32, uint32_t)                                                                                 \
  X(u64, uint64_t)                                                                                 \
  X(f16, tsri::f16)                                                                                \
  X(bf16, tsri::bf16)                                                                              \
  X(f32, float)                                                                                    \
  X(f64, double)
#define TSRI_EACH_ORDERED(X)                                                                       \
  X(i8, int8_t)                                                                                    \
  X(i16, int16_t)                                                                                  \
  X(i32, int32_t)                                                                                  \
  X(i64, int64_t)                                                                                  \
  TSRI_EACH_UNSIGNED_OR_FLOAT(X)
#define TSRI_EACH_WRAPPED(X)                                                                       \
  TSRI_EACH_UNSIGNED_OR_FLOAT(X)                                                                   \
  X(c64, tsri::c64)                                                                                \
  X(c128, tsri::c128)

#endif /* TSRI_KERNEL_CUH */
