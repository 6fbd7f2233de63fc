/* order_vector.h - the larger and the smaller of two vectors of f32 or f64, as reducers join them:
 * the second where it beats the first or is NaN, else the first.
 *
 * x86 has an instruction for either that takes its second operand when in doubt, for which the
 * extensions of gcc have no word; NaN is then put right.
 */
#ifndef TSRI_ORDER_VECTOR_H
#define TSRI_ORDER_VECTOR_H

#include "vector.h"

#include <stdint.h>

#if defined(__SSE4_1__)
#include <immintrin.h>
#endif

typedef float tsri_order_32 __attribute__((vector_size(TSRI_VECTOR)));
typedef double tsri_order_64 __attribute__((vector_size(TSRI_VECTOR)));

#if defined(__AVX512F__)
#define TSRI_BEST(best, s)                                                                         \
  _mm512_mask_mov_##s(_mm512_##best##_##s(b, a), _mm512_cmp_##s##_mask(b, b, _CMP_UNORD_Q), b)
#elif defined(__AVX__)
#define TSRI_BEST(best, s)                                                                         \
  _mm256_blendv_##s(_mm256_##best##_##s(b, a), b, _mm256_cmp_##s(b, b, _CMP_UNORD_Q))
#elif defined(__SSE4_1__)
#define TSRI_BEST(best, s) _mm_blendv_##s(_mm_##best##_##s(b, a), b, _mm_cmpunord_##s(b, b))
#endif

#ifdef TSRI_BEST
#define TSRI_BETTER(best, s, beats, bits) return TSRI_BEST(best, s);
#else
#define TSRI_BETTER(best, s, beats, bits)                                                          \
  typedef int##bits##_t mask __attribute__((vector_size(TSRI_VECTOR)));                            \
  const mask second = (mask)(b beats a) | (mask)(b != b);                                          \
  return (tsri_order_##bits)((second & (mask)b) | (~second & (mask)a));
#endif

static inline tsri_order_32 tsri_larger_32(tsri_order_32 a, tsri_order_32 b) {
  TSRI_BETTER(max, ps, >, 32)
}
static inline tsri_order_64 tsri_larger_64(tsri_order_64 a, tsri_order_64 b) {
  TSRI_BETTER(max, pd, >, 64)
}
static inline tsri_order_32 tsri_smaller_32(tsri_order_32 a, tsri_order_32 b) {
  TSRI_BETTER(min, ps, <, 32)
}
static inline tsri_order_64 tsri_smaller_64(tsri_order_64 a, tsri_order_64 b) {
  TSRI_BETTER(min, pd, <, 64)
}

#undef TSRI_BEST
#undef TSRI_BETTER

#endif /* TSRI_ORDER_VECTOR_H */
