/* blocks_cast.h - one element of every dtype, made from an i64, u64, f32, f64 or complex.
 *
 * Floats to integers cut towards zero and saturate, NaN becomes 0. Integers to integers
 * wrap. Anything to bool is x != 0. Complex to real drops the imaginary part.
 */
#ifndef TSRI_BLOCKS_CAST_H
#define TSRI_BLOCKS_CAST_H

#include "kernels/half.h"

#include <complex.h>
#include <stdint.h>

/* Floats of type F are brought between MIN and LAST, the largest of them that fits, and cut by way of
 * VIA, for which there are vector instructions. Where LAST is not MAX, those above it give MAX.
 */
#define CUT(name, F, T, VIA, MIN, MAX, LAST)                                                       \
  static inline T name(F x) {                                                                      \
    F y = x == x ? x : 0;                                                                          \
    y = y < (F)(MIN) ? (F)(MIN) : y;                                                               \
    y = y > (F)(LAST) ? (F)(LAST) : y;                                                             \
    VIA r = (VIA)y;                                                                                \
    return (T)((VIA)(LAST) == (VIA)(MAX) ? r : x > (F)(LAST) ? (VIA)(MAX) : r);                    \
  }
#define TO_INTEGER(ID, T, VIA, MIN, MAX, LAST_D, LAST_F)                                           \
  static inline T to_##ID##_i(int64_t x) { return (T)x; }                                          \
  static inline T to_##ID##_u(uint64_t x) { return (T)x; }                                         \
  CUT(to_##ID##_d, double, T, VIA, MIN, MAX, LAST_D)                                               \
  CUT(to_##ID##_f, float, T, VIA, MIN, MAX, LAST_F)                                                \
  static inline T to_##ID##_c(double _Complex x) { return to_##ID##_d(creal(x)); }

TO_INTEGER(I8, int8_t, int32_t, INT8_MIN, INT8_MAX, INT8_MAX, INT8_MAX)
TO_INTEGER(I16, int16_t, int32_t, INT16_MIN, INT16_MAX, INT16_MAX, INT16_MAX)
TO_INTEGER(I32, int32_t, int32_t, INT32_MIN, INT32_MAX, INT32_MAX, 0x1.fffffep30f)
TO_INTEGER(I64, int64_t, int64_t, INT64_MIN, INT64_MAX, 0x1.fffffffffffffp62, 0x1.fffffep62f)
TO_INTEGER(U8, uint8_t, int32_t, 0, UINT8_MAX, UINT8_MAX, UINT8_MAX)
TO_INTEGER(U16, uint16_t, int32_t, 0, UINT16_MAX, UINT16_MAX, UINT16_MAX)
TO_INTEGER(U32, uint32_t, uint32_t, 0, UINT32_MAX, UINT32_MAX, 0x1.fffffep31f)
TO_INTEGER(U64, uint64_t, uint64_t, 0, UINT64_MAX, 0x1.fffffffffffffp63, 0x1.fffffep63f)
#undef TO_INTEGER
#undef CUT

static inline uint8_t to_BOOL_i(int64_t x) { return x != 0; }
static inline uint8_t to_BOOL_u(uint64_t x) { return x != 0; }
static inline uint8_t to_BOOL_f(float x) { return x != 0; }
static inline uint8_t to_BOOL_d(double x) { return x != 0; }
static inline uint8_t to_BOOL_c(double _Complex x) { return creal(x) != 0 || cimag(x) != 0; }

static inline uint16_t to_F16_f(float x) { return tsri_f16_of_f32(x); }
static inline uint16_t to_F16_d(double x) { return tsri_f16_of_f32(tsri_odd_f32_of_f64(x)); }
static inline uint16_t to_F16_i(int64_t x) { return to_F16_d(tsri_odd_f64_of_i64(x)); }
static inline uint16_t to_F16_u(uint64_t x) { return to_F16_d(tsri_odd_f64_of_u64(x)); }
static inline uint16_t to_F16_c(double _Complex x) { return to_F16_d(creal(x)); }

static inline uint16_t to_BF16_f(float x) { return tsri_bf16_of_f32(x); }
static inline uint16_t to_BF16_d(double x) { return tsri_bf16_of_f32(tsri_odd_f32_of_f64(x)); }
static inline uint16_t to_BF16_i(int64_t x) { return to_BF16_d(tsri_odd_f64_of_i64(x)); }
static inline uint16_t to_BF16_u(uint64_t x) { return to_BF16_d(tsri_odd_f64_of_u64(x)); }
static inline uint16_t to_BF16_c(double _Complex x) { return to_BF16_d(creal(x)); }

static inline float to_F32_i(int64_t x) { return (float)x; }
static inline float to_F32_u(uint64_t x) { return (float)x; }
static inline float to_F32_f(float x) { return x; }
static inline float to_F32_d(double x) { return (float)x; }
static inline float to_F32_c(double _Complex x) { return (float)creal(x); }

static inline double to_F64_i(int64_t x) { return (double)x; }
static inline double to_F64_u(uint64_t x) { return (double)x; }
static inline double to_F64_f(float x) { return (double)x; }
static inline double to_F64_d(double x) { return x; }
static inline double to_F64_c(double _Complex x) { return creal(x); }

static inline float _Complex to_C64_i(int64_t x) { return (float)x; }
static inline float _Complex to_C64_u(uint64_t x) { return (float)x; }
static inline float _Complex to_C64_f(float x) { return x; }
static inline float _Complex to_C64_d(double x) { return (float)x; }
static inline float _Complex to_C64_c(double _Complex x) { return (float _Complex)x; }

static inline double _Complex to_C128_i(int64_t x) { return (double)x; }
static inline double _Complex to_C128_u(uint64_t x) { return (double)x; }
static inline double _Complex to_C128_f(float x) { return (double)x; }
static inline double _Complex to_C128_d(double x) { return x; }
static inline double _Complex to_C128_c(double _Complex x) { return x; }

#endif /* TSRI_BLOCKS_CAST_H */
