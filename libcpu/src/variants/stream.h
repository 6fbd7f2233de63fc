/* stream.h - stores of whole cache lines that pass the caches: what a plain C compiler cannot
 * be asked for. The line is then not read before it is written.
 */
#ifndef TSRI_STREAM_H
#define TSRI_STREAM_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
  TSRI_LINE = 64
};

/* to is aligned to TSRI_LINE. */
static inline void tsri_stream_line(char *to, const char *from) {
#if defined(__AVX512F__)
  _mm512_stream_si512((void *)to, _mm512_loadu_si512(from));
#elif defined(__AVX2__)
  for (int i = 0; i < 2; i++)
    _mm256_stream_si256((__m256i *)(void *)to + i,
                        _mm256_loadu_si256((const __m256i *)(const void *)from + i));
#elif defined(__x86_64__)
  for (int i = 0; i < 4; i++)
    _mm_stream_si128((__m128i *)(void *)to + i,
                     _mm_loadu_si128((const __m128i *)(const void *)from + i));
#else
  memcpy(to, from, TSRI_LINE);
#endif
}

/* Order streamed stores before what this thread stores next. */
static inline void tsri_stream_fence(void) {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

#endif /* TSRI_STREAM_H */
