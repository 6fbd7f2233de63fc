/* fft_test.h - a session with fft, and the sum itself in long double as oracle. */
#ifndef FFT_TEST_H
#define FFT_TEST_H

#include "tsr_numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tsr/ad.h"
#include "tsr/cpu.h"
#include "tsr/fft.h"

typedef long double complex exact;

static inline int setup(void **state) {
  (void)state;
  return session_open(TSR_WITH(tsr_cpu_register, tsr_fft_register), "cpu");
}

/* One axis of x [before, n, after], in place: the sum as it is written. sign -1: forward */
static inline void naive_axis(int64_t before, int64_t n, int64_t after, int sign, exact *x) {
  const long double pi = 3.14159265358979323846264338327950288L;
  exact *line = malloc((size_t)n * sizeof *line), *turns = malloc((size_t)n * sizeof *turns);
  for (int64_t k = 0; k < n; k++) {
    long double angle = 2 * pi * (long double)k / (long double)n;
    turns[k] = cosl(angle) + (sign < 0 ? -1 : 1) * sinl(angle) * I;
  }
  for (int64_t l = 0; l < before * after; l++) {
    exact *at = x + l / after * n * after + l % after;
    for (int64_t k = 0; k < n; k++) {
      line[k] = 0;
      for (int64_t j = 0; j < n; j++)
        line[k] += at[j * after] * turns[j * k % n];
    }
    for (int64_t k = 0; k < n; k++)
      at[k * after] = line[k];
  }
  free(line), free(turns);
}

/* All axes of the bit set; with the factor of the norm. */
static inline void naive_fft(size_t rank, const int64_t *dims, unsigned axes, int sign,
                             tsr_fft_norm norm, const number *x, exact *out) {
  int64_t count = 1;
  long double n = 1;
  for (size_t i = 0; i < rank; i++)
    count *= dims[i];
  for (int64_t i = 0; i < count; i++)
    out[i] = x[i];
  for (size_t i = 0; i < rank; i++) {
    int64_t before = 1, after = 1;
    if (!(axes >> i & 1)) continue;
    n *= (long double)dims[i];
    for (size_t k = 0; k < rank; k++) {
      if (k < i) before *= dims[k];
      if (k > i) after *= dims[k];
    }
    naive_axis(before, dims[i], after, sign, out);
  }
  bool whole = norm == (sign < 0 ? TSR_FFT_FORWARD : TSR_FFT_BACKWARD);
  long double factor = norm == TSR_FFT_ORTHO ? 1 / sqrtl(n) : whole ? 1 / n : 1;
  for (int64_t i = 0; i < count; i++)
    out[i] *= factor;
}

/* Root mean square of the error over that of the values, in units of eps. */
static inline double error_in_eps(tsr_dtype dtype, int64_t n, const number *got,
                                  const exact *want) {
  long double error = 0, size = 0;
  for (int64_t i = 0; i < n; i++) {
    long double e = cabsl(got[i] - want[i]), s = cabsl(want[i]);
    error += e * e;
    size += s * s;
  }
  if (size == 0) return error == 0 ? 0 : INFINITY;
  return (double)(sqrtl(error / size) / eps_of(dtype));
}

#endif /* FFT_TEST_H */
