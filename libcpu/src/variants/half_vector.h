/* half_vector.h - vectors of f16 and bf16 in memory to and from vectors of f32.
 *
 * The same numbers as half.h gives one by one. f16 has instructions of its own on x86, for which
 * the extensions of gcc have no word.
 */
#ifndef TSRI_HALF_VECTOR_H
#define TSRI_HALF_VECTOR_H

#include "kernels/half.h"
#include "vector.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

typedef float tsri_f32_vector __attribute__((vector_size(TSRI_VECTOR)));
typedef uint32_t tsri_u32_vector __attribute__((vector_size(TSRI_VECTOR)));
typedef uint16_t tsri_u16_vector
    __attribute__((vector_size(TSRI_VECTOR / 2), aligned(1), may_alias));

/* What arithmetic gives for numbers that were bf16. NaN needs no care: it has the bits of such a
 * number or none but the first, so that nothing is rounded there.
 */
static inline tsri_f32_vector tsri_bf16_round(tsri_f32_vector x) {
  tsri_u32_vector u = (tsri_u32_vector)x;
  return (tsri_f32_vector)((u + 0x7fff + (u >> 16 & 1)) & 0xffff0000);
}
/* gcc 12 widens in two halves what is one instruction. */
static inline tsri_f32_vector tsri_f32_of_bf16_vector(const void *p) {
#if defined(__AVX512F__)
  tsri_u32_vector u = (tsri_u32_vector)_mm512_cvtepu16_epi32(_mm256_loadu_si256(p));
#elif defined(__AVX2__)
  tsri_u32_vector u = (tsri_u32_vector)_mm256_cvtepu16_epi32(_mm_loadu_si128(p));
#else
  tsri_u16_vector h = *(const tsri_u16_vector *)p;
  tsri_u32_vector u = __builtin_convertvector(h, tsri_u32_vector);
#endif
  return (tsri_f32_vector)(u << 16);
}
/* Of rounded ones. */
static inline void tsri_bf16_of_f32_vector(void *p, tsri_f32_vector x) {
  *(tsri_u16_vector *)p = __builtin_convertvector((tsri_u32_vector)x >> 16, tsri_u16_vector);
}

#if defined(__AVX512F__)
static inline tsri_f32_vector tsri_f32_of_f16_vector(const void *p) {
  return (tsri_f32_vector)_mm512_cvtph_ps(_mm256_loadu_si256(p));
}
static inline void tsri_f16_of_f32_vector(void *p, tsri_f32_vector x) {
  _mm256_storeu_si256(p, _mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT));
}
static inline tsri_f32_vector tsri_f16_round(tsri_f32_vector x) {
  __m256i h = _mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT);
  return (tsri_f32_vector)_mm512_cvtph_ps(h);
}
#elif defined(__F16C__)
static inline tsri_f32_vector tsri_f32_of_f16_vector(const void *p) {
  return (tsri_f32_vector)_mm256_cvtph_ps(_mm_loadu_si128(p));
}
static inline void tsri_f16_of_f32_vector(void *p, tsri_f32_vector x) {
  _mm_storeu_si128(p, _mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT));
}
static inline tsri_f32_vector tsri_f16_round(tsri_f32_vector x) {
  __m128i h = _mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT);
  return (tsri_f32_vector)_mm256_cvtph_ps(h);
}
#else
static inline tsri_f32_vector tsri_f32_of_f16_vector(const void *p) {
  tsri_u16_vector h = *(const tsri_u16_vector *)p;
  tsri_f32_vector x;
  for (int i = 0; i < TSRI_VECTOR / 4; i++)
    x[i] = tsri_f32_of_f16(h[i]);
  return x;
}
static inline void tsri_f16_of_f32_vector(void *p, tsri_f32_vector x) {
  tsri_u16_vector h;
  for (int i = 0; i < TSRI_VECTOR / 4; i++)
    h[i] = tsri_f16_of_f32(x[i]);
  *(tsri_u16_vector *)p = h;
}
static inline tsri_f32_vector tsri_f16_round(tsri_f32_vector x) {
  tsri_u16_vector h;
  tsri_f16_of_f32_vector(&h, x);
  return tsri_f32_of_f16_vector(&h);
}
#endif

/* Runs of f16 to and from f32. Without instructions for them gcc makes better vectors of the plain
 * loop.
 */
static inline void tsri_widen_F16(int64_t n, const uint16_t *x, float *z) {
  int64_t i = 0;
#if defined(__F16C__)
  for (; i + TSRI_VECTOR / 4 <= n; i += TSRI_VECTOR / 4) {
    tsri_f32_vector v = tsri_f32_of_f16_vector(x + i);
    memcpy(z + i, &v, sizeof v);
  }
#endif
  for (; i < n; i++)
    z[i] = tsri_f32_of_f16(x[i]);
}
static inline void tsri_narrow_F16(int64_t n, const float *x, uint16_t *z) {
  int64_t i = 0;
#if defined(__F16C__)
  for (; i + TSRI_VECTOR / 4 <= n; i += TSRI_VECTOR / 4) {
    tsri_f32_vector v;
    memcpy(&v, x + i, sizeof v);
    tsri_f16_of_f32_vector(z + i, v);
  }
#endif
  for (; i < n; i++)
    z[i] = tsri_f16_of_f32(x[i]);
}
static inline void tsri_widen_BF16(int64_t n, const uint16_t *x, float *z) {
  for (int64_t i = 0; i < n; i++)
    z[i] = tsri_f32_of_bf16(x[i]);
}
static inline void tsri_narrow_BF16(int64_t n, const float *x, uint16_t *z) {
  for (int64_t i = 0; i < n; i++)
    z[i] = tsri_bf16_of_f32(x[i]);
}

#endif /* TSRI_HALF_VECTOR_H */
