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

/* Offsets go on from row to row, so that nothing is to be done for what has no gaps; of the others
 * base moves by the gap.
 */
typedef struct chain_rows {
  int32_t n;                        /* links to move, */
  uint8_t moving[TSRI_CHAIN_LINKS]; /* by number */
  _Alignas(64) char numbers[TSRI_CHAIN_LINKS][TSRI_VECTOR];
} chain_rows;

/* Of so many lanes each. */
static inline void begin_rows(chain_rows *r, int64_t lanes, int32_t n, tsri_link *links) {
  r->n = 0;
  for (int32_t i = 0; i < n; i++) {
    tsri_link *c = &links[i];
    if (c->number) {
      c->base = r->numbers[i];
      fill_vector(c->base, c->number, c->unit);
    } else if (c->mask) {
      c->row -= lanes * c->size;
    }
    if (c->row) r->moving[r->n++] = (uint8_t)i;
  }
}

static inline void next_row(const chain_rows *r, tsri_link *links) {
  for (int32_t i = 0; i < r->n; i++) {
    tsri_link *c = &links[r->moving[i]];
    if (c->number) {
      c->number += c->row;
      fill_vector(c->base, c->number, c->unit);
    } else {
      c->base += c->row;
    }
  }
}

#endif /* TSRI_CHAIN_ROWS_H */
