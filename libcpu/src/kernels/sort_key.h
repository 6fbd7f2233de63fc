/* sort_key.h - elements of every ordered dtype as whole numbers in their order. */
#ifndef TSRI_SORT_KEY_H
#define TSRI_SORT_KEY_H

#include "kernel.h"

/* The functions of one dtype; strides in elements, flip all ones to fall. */
typedef struct tsri_sort_key {
  int32_t bits; /* of a key */
  /* Which bits differ between the keys of the places words[i] & places. */
  uint64_t (*differ)(int64_t n, const uint64_t *words, uint64_t places, const char *x,
                     int64_t stride, uint64_t flip);
  /* words[i] = (key of its place >> shift & mask) << up | place */
  void (*pack)(int64_t n, uint64_t *words, uint64_t places, const char *x, int64_t stride,
               uint64_t flip, int32_t shift, uint64_t mask, int32_t up);
  /* words[i] = key of x[i]; true if there is one that is not what write makes of it: NaN, -0 */
  bool (*read)(int64_t n, uint64_t *words, const char *x, int64_t stride, uint64_t flip);
  void (*write)(int64_t n, const uint64_t *words, uint64_t flip, char *z, int64_t stride);
} tsri_sort_key;

extern const tsri_sort_key tsri_sort_keys[TSR_DTYPE_COUNT];

#endif /* TSRI_SORT_KEY_H */
