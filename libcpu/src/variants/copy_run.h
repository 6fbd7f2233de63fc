/* copy_run.h - a copy of a run of bytes whose number is known only at run time, but short. */
#ifndef TSRI_COPY_RUN_H
#define TSRI_COPY_RUN_H

#include <stdint.h>
#include <string.h>

/* A run between two powers of two is two copies that overlap. */
static inline void tsri_copy_run_of(char *z, const char *x, int64_t run) {
#define HALVES(bytes)                                                                              \
  if (run >= (bytes)) {                                                                            \
    char first[bytes], last[bytes];                                                                \
    memcpy(first, x, bytes);                                                                       \
    memcpy(last, x + run - (bytes), bytes);                                                        \
    memcpy(z, first, bytes);                                                                       \
    memcpy(z + run - (bytes), last, bytes);                                                        \
    return;                                                                                        \
  }
  if (run >= 128) {
    int64_t i = 0;
    for (; i + 64 <= run; i += 64)
      memcpy(z + i, x + i, 64);
    memcpy(z + run - 64, x + run - 64, 64);
    return;
  }
  HALVES(64)
  HALVES(32)
  HALVES(16)
  HALVES(8)
  HALVES(4)
  HALVES(2)
#undef HALVES
  *z = *x;
}

#endif /* TSRI_COPY_RUN_H */
