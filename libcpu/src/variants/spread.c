/* spread.c - numbers of rows repeated along their rows, for every size of element. */
#include "blocks_tables.h"

typedef struct pair {
  uint64_t half[2];
} pair;

#define SPREAD(bytes, T)                                                                           \
  static void spread_##bytes(int64_t rows, int64_t n, const void *x_, void *z_) {                  \
    const T *x = x_;                                                                               \
    T *z = z_;                                                                                     \
    for (int64_t r = 0; r < rows; r++, z += n) {                                                   \
      const T value = x[r];                                                                        \
      for (int64_t i = 0; i < n; i++)                                                              \
        z[i] = value;                                                                              \
    }                                                                                              \
  }
SPREAD(1, uint8_t)
SPREAD(2, uint16_t)
SPREAD(4, uint32_t)
SPREAD(8, uint64_t)
SPREAD(16, pair)

const tsri_spread TSRI_OF_VARIANT(tsri_spreads)[] = {spread_1, spread_2, spread_4, spread_8,
                                                     spread_16};
