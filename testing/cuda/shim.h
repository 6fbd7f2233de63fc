/* shim.h - what makes CUDA C a C++ program: compile the text with `c++ -include shim.h`.
 *
 * Every kernel is `extern "C" __global__ void name(TSR_ARGS(struct_type) a)`: one struct by
 * value in CUDA, a reference to it here. Shared memory is static, for one block runs at a
 * time (grid.c); were it of threads, LeakSanitizer of gcc 12 would stumble over images that were
 * unloaded.
 */
#ifndef TSR_CUDA_SHIM_H
#define TSR_CUDA_SHIM_H

#include "emulated.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern "C" __attribute__((used, visibility("default"))) inline tsr_emulated_thread *
tsr_emulated_here(void) {
  static tsr_emulated_thread here;
  return &here;
}

#define TSR_ARGS(type) const type &

#define __global__ __attribute__((visibility("default")))
#define __device__
#define __host__
#define __constant__
#define __shared__      static
#define __forceinline__ inline
#define __noinline__
#define __restrict__
#define __launch_bounds__(...)

#define threadIdx (tsr_emulated_here()->thread)
#define blockIdx  (tsr_emulated_here()->block)
#define blockDim  (tsr_emulated_here()->threads)
#define gridDim   (tsr_emulated_here()->blocks)

static inline void __syncthreads(void) {
  tsr_emulated_thread *here = tsr_emulated_here();
  here->barrier(here->context);
}

/* What CUDA has of math.h, declared here: the C++ compiler takes five times as long over its own
 * header as over a kernel.
 */
/* clang-format off */
#define TSR_UNARY(name)  double name(double) noexcept; float name##f(float) noexcept;
#define TSR_BINARY(name) double name(double, double) noexcept; float name##f(float, float) noexcept;
extern "C" {
TSR_UNARY(fabs) TSR_UNARY(floor) TSR_UNARY(ceil) TSR_UNARY(trunc) TSR_UNARY(rint) TSR_UNARY(sqrt)
TSR_UNARY(cbrt) TSR_UNARY(exp) TSR_UNARY(exp2) TSR_UNARY(expm1) TSR_UNARY(log) TSR_UNARY(log2)
TSR_UNARY(log10) TSR_UNARY(log1p) TSR_UNARY(sin) TSR_UNARY(cos) TSR_UNARY(tan) TSR_UNARY(asin)
TSR_UNARY(acos) TSR_UNARY(atan) TSR_UNARY(sinh) TSR_UNARY(cosh) TSR_UNARY(tanh) TSR_UNARY(asinh)
TSR_UNARY(acosh) TSR_UNARY(atanh) TSR_UNARY(erf) TSR_UNARY(erfc)
TSR_BINARY(fmax) TSR_BINARY(fmin) TSR_BINARY(fmod) TSR_BINARY(pow) TSR_BINARY(atan2)
TSR_BINARY(hypot) TSR_BINARY(copysign)
double fma(double, double, double) noexcept;
float ldexpf(float, int) noexcept;
float frexpf(float, int *) noexcept;
}
#undef TSR_UNARY
#undef TSR_BINARY
/* clang-format on */

#ifndef INFINITY
#define INFINITY __builtin_inff()
#define NAN      __builtin_nanf("")
#endif

/* of libdevice: f16 to f32 */
extern "C" inline float __nv_half2float(unsigned short h) {
  int exponent = h >> 10 & 31, fraction = h & 1023;
  float size =
      exponent ? ldexpf((float)(1024 + fraction), exponent - 25) : ldexpf((float)fraction, -24);
  if (exponent == 31) size = fraction ? NAN : INFINITY;
  return copysignf(size, h & 0x8000 ? -1.0f : 1.0f);
}

/* f32 to f16, rounded to nearest even */
extern "C" inline unsigned short __nv_float2half_rn(float f) {
  unsigned short sign = __builtin_signbit(f) ? 0x8000 : 0;
  float size = fabsf(f);
  if (size != size) return 0x7fff;
  if (size >= 65520) return sign | 0x7c00;
  int exponent = 0;
  frexpf(size, &exponent); /* size < 2^exponent */
  if (exponent < -13 || size == 0) exponent = -13;
  unsigned steps = (unsigned)rintf(ldexpf(size, 11 - exponent)); /* of the last place */
  return (unsigned short)(sign | (((unsigned)(exponent + 13) << 10) + steps));
}

#endif /* TSR_CUDA_SHIM_H */
