/* half.h - f16 and bf16 to and from f32 and f64, rounded to nearest even.
 *
 * Stored as bits. Every function is free of branches that depend on data in a way that
 * would keep gcc from vectorising loops over it. NaN stays NaN (quiet).
 */
#ifndef TSRI_HALF_H
#define TSRI_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t tsri_bits_of_f32(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}
static inline float tsri_f32_of_bits(uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}

/* The exponent field is re-biased by a multiplication, which also normalises
 * subnormals; the all-ones exponent is put back by hand.
 */
static inline float tsri_f32_of_f16(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000u) << 16, rest = (uint32_t)(h & 0x7fffu) << 13;
  uint32_t finite = tsri_bits_of_f32(tsri_f32_of_bits(rest) * 0x1p112f);
  return tsri_f32_of_bits(sign | (rest >= 0x0f800000u ? rest | 0x7f800000u : finite));
}

/* Below 2^-14 adding 1/2 rounds at the place of an f16 subnormal's last bit. */
static inline uint16_t tsri_f16_of_f32(float x) {
  uint32_t u = tsri_bits_of_f32(x), sign = u >> 16 & 0x8000u, a = u & 0x7fffffffu;
  uint32_t tiny = tsri_bits_of_f32(tsri_f32_of_bits(a < 0x38800000u ? a : 0) + 0.5f) - 0x3f000000u;
  uint32_t normal = (a + 0xfffu + (a >> 13 & 1u) - 0x38000000u) >> 13;
  uint32_t r = a < 0x38800000u ? tiny : normal;
  r = a >= 0x477ff000u ? 0x7c00u : r;
  r = a > 0x7f800000u ? 0x7e00u | (a >> 13 & 0x3ffu) : r;
  return (uint16_t)(sign | r);
}

static inline float tsri_f32_of_bf16(uint16_t h) { return tsri_f32_of_bits((uint32_t)h << 16); }

static inline uint16_t tsri_bf16_of_f32(float x) {
  uint32_t u = tsri_bits_of_f32(x), r = (u + 0x7fffu + (u >> 16 & 1u)) >> 16;
  return (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? u >> 16 | 0x40u : r);
}

/* f64 to f32 rounded to odd: cut towards zero, with the last bit set when anything was
 * lost. Rounding that once more to 11 bits or fewer gives what one rounding would
 * (Boldo and Melquiond, 2008).
 */
static inline float tsri_odd_f32_of_f64(double x) {
  float f = (float)x;
  double back = (double)f, a = x < 0 ? -x : x, b = back < 0 ? -back : back;
  uint32_t u = tsri_bits_of_f32(f), cut = (u - (b > a)) | 1u;
  return tsri_f32_of_bits(back < x || back > x ? cut : u);
}

/* Integers of more than 53 bits to f64, likewise to odd. */
static inline double tsri_odd_f64_of_u64(uint64_t x) {
  uint64_t low = x & 0x7ffu, cut = (x >> 11 | (low != 0)) << 11;
  return (double)(x >> 53 ? cut : x);
}
static inline double tsri_odd_f64_of_i64(int64_t x) {
  return x < 0 ? -tsri_odd_f64_of_u64(0 - (uint64_t)x) : tsri_odd_f64_of_u64((uint64_t)x);
}

#endif /* TSRI_HALF_H */
