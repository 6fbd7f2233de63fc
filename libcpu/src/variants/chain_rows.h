/* chain_rows.h - what a chain does between rows: operands move on, numbers are repeated. */
#ifndef TSRI_CHAIN_ROWS_H
#define TSRI_CHAIN_ROWS_H

#include "kernels/chain.h"
#include "vector.h"

#include <string.h>

/* A vector's worth of the element at from, aligned at to. */
#define FILL(T)                                                                                    \
  do {                                                                                             \
    T value;                                                                                       \
    memcpy(&value, from, sizeof value);                                                            \
    for (size_t i = 0; i < TSRI_VECTOR; i += sizeof value)                                         \
      memcpy(to + i, &value, sizeof value);                                                        \
  } while (0)
static inline void fill_vector(char *to, const char *from, size_t unit) {
  typedef struct pair {
    double re, im;
  } pair;
  switch (unit) {
  case 1:
    memset(to, *from, TSRI_VECTOR);
    break;
  case 2:
    FILL(uint16_t);
    break;
  case 4:
    FILL(uint32_t);
    break;
  case 8:
    FILL(uint64_t);
    break;
  default:
    FILL(pair);
  }
}
#undef FILL

/* Repeat the numbers of the first row, each in a vector of its own. */
static inline void begin_rows(int32_t n, tsri_link *links, char (*numbers)[TSRI_VECTOR]) {
  for (int32_t i = 0; i < n; i++) {
    if (!links[i].number) continue;
    links[i].base = numbers[i];
    fill_vector(links[i].base, links[i].number, links[i].unit);
  }
}

static inline void next_row(int32_t n, tsri_link *links) {
  for (int32_t i = 0; i < n; i++) {
    if (!links[i].row) continue;
    if (!links[i].number) {
      links[i].base += links[i].row;
    } else {
      links[i].number += links[i].row;
      fill_vector(links[i].base, links[i].number, links[i].unit);
    }
  }
}

#endif /* TSRI_CHAIN_ROWS_H */
