/* stream.h - stores that go past the caches.
 *
 * An ordinary store reads its line into the caches and has it written back later. When a loop
 * touches more than the last cache holds, nobody finds that line there again: the read was in
 * vain, and the line took the place of others. A streaming store sends whole lines to memory.
 * Inside the caches it is several times slower, so tsri_streams (cpu_internal.h) decides by size.
 * The bits are the same either way. Other threads may see these stores late, hence
 * tsri_stream_end before anybody is told that the work is done.
 */
#ifndef TSRI_STREAM_H
#define TSRI_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define TSRI_STREAM_LINE ((size_t)64)

/* One line; to is aligned to it, from need not be. */
static inline void tsri_stream_line(void *to, const void *from) {
#if defined(__AVX512F__)
  _mm512_stream_si512(to, _mm512_loadu_si512(from));
#elif defined(__AVX__)
  for (int i = 0; i < 2; i++)
    _mm256_stream_si256((__m256i *)to + i, _mm256_loadu_si256((const __m256i *)from + i));
#elif defined(__x86_64__)
  for (int i = 0; i < 4; i++)
    _mm_stream_si128((__m128i *)to + i, _mm_loadu_si128((const __m128i *)from + i));
#else
  memcpy(to, from, TSRI_STREAM_LINE);
#endif
}

/* A vector of 8, 16, 32 or 64 bytes that are known when this is compiled; to is aligned to them. */
static inline void tsri_stream_vector(void *to, const void *from, size_t bytes) {
#if defined(__x86_64__)
#if defined(__AVX__)
  if (bytes == 32) {
    _mm256_stream_si256((__m256i *)to, _mm256_loadu_si256((const __m256i *)from));
    return;
  }
#endif
  if (bytes == 16) {
    _mm_stream_si128((__m128i *)to, _mm_loadu_si128((const __m128i *)from));
    return;
  }
#endif
  if (bytes == TSRI_STREAM_LINE)
    tsri_stream_line(to, from);
  else
    memcpy(to, from, bytes);
}

/* Any number of bytes, anywhere: whole lines stream, what sticks out is stored as usual. */
static inline void tsri_stream_copy(void *to, const void *from, size_t bytes) {
  char *z = to;
  const char *x = from;
  size_t head = (size_t)(-(uintptr_t)z % TSRI_STREAM_LINE);
  if (head > bytes) head = bytes;
  if (head) memcpy(z, x, head);
  size_t i = head;
  for (; i + TSRI_STREAM_LINE <= bytes; i += TSRI_STREAM_LINE)
    tsri_stream_line(z + i, x + i);
  if (i < bytes) memcpy(z + i, x + i, bytes - i);
}

/* What this thread streamed comes before what it stores from now on. */
static inline void tsri_stream_end(void) {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

#endif /* TSRI_STREAM_H */
