/* libtensor-core/tests/random_test.h - a small seeded generator for tests. */
#ifndef RANDOM_TEST_H
#define RANDOM_TEST_H

#include <stdint.h>

/* xorshift64* of Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
static inline uint64_t random_word(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * UINT64_C(2685821657736338717);
}

/* In [low, high]. */
static inline int64_t random_in(uint64_t *state, int64_t low, int64_t high) {
  return low + (int64_t)((random_word(state) >> 11) % (uint64_t)(high - low + 1));
}

#endif /* RANDOM_TEST_H */
