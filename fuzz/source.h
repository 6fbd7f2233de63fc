/* source.h - decisions out of the bytes of an input: the bytes first, then pseudo-random
 * numbers that follow from all of them. So any input, however short, makes a whole case,
 * and every byte decides something.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct source {
  const uint8_t *data;
  size_t left;
  uint64_t state;
} source;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016 */
static inline uint64_t source_mix(uint64_t *state) {
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return (x * UINT64_C(0x2545f4914f6cdd1d)) >> 16;
}

static inline source source_open(const uint8_t *data, size_t size) {
  source s = {data, size, UINT64_C(0xcbf29ce484222325)};
  for (size_t i = 0; i < size; i++)
    s.state = (s.state ^ data[i]) * UINT64_C(0x100000001b3);
  s.state |= 1;
  return s;
}

/* Pseudo-random from the start. */
static inline source source_seeded(uint64_t seed) {
  source s = {NULL, 0, seed * UINT64_C(0x9e3779b97f4a7c15) | 1};
  (void)source_mix(&s.state);
  return s;
}

static inline uint64_t source_word(source *s) {
  if (s->left == 0) return source_mix(&s->state);
  s->left--;
  return *s->data++;
}

/* 0 <= result < n */
static inline int64_t source_below(source *s, int64_t n) {
  return (int64_t)(source_word(s) % (uint64_t)n);
}

/* True once in n times. */
static inline int source_once_in(source *s, int64_t n) { return source_below(s, n) == n - 1; }

/* Something is wrong with the library: say what, and die. */
#define FUZZ_FAIL(...)                                                                             \
  do {                                                                                             \
    fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                                \
    fprintf(stderr, __VA_ARGS__);                                                                  \
    fprintf(stderr, "\n");                                                                         \
    abort();                                                                                       \
  } while (0)

#endif /* SOURCE_H */
