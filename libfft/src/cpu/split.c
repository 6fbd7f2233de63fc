/* split.c - a long axis as two passes over shorter ones.
 *
 *   n = n1 n2,  j = j1 n2 + j2,  k = k1 + n1 k2
 *   z[k] = sum_j2 w_n2^(j2 k2) ( w_n^(j2 k1) sum_j1 w_n1^(j1 k1) x[j] )
 *
 * (Bailey, "FFTs in external or hierarchical memory", 1990.) Both passes have many short
 * lines, which fit a cache and can be shared out.
 */
#include "pass.h"

#include <math.h>

int64_t tsri_fft_split(int64_t n) {
  enum {
    LONG = 1 << 15,
    LEAST = 32
  };
  if (n <= LONG) return 0;
#if TSR_FFTW
  if (tsri_fft_fftw_takes(n)) return 0;
#endif
  for (int64_t d = (int64_t)sqrt((double)n) + 1; d >= LEAST; d--)
    if (n % d == 0) return d;
  return 0;
}

static void fill(double *table, int64_t count, int64_t step, int64_t n) {
  for (int64_t i = 0; i < count; i++) {
    double im;
    tsri_fft_turn(i * step, n, &table[2 * i], &im);
    table[2 * i + 1] = -im;
  }
}

tsr_status tsri_fft_twiddle_make(int64_t n, tsr_arena *arena, tsri_fft_twiddle *out) {
  void *memory;
  *out = (tsri_fft_twiddle){0};
  while ((INT64_C(1) << 2 * out->shift) < n)
    out->shift++;
  const int64_t fine = INT64_C(1) << out->shift, coarse = n / fine + 1;
  TSR_TRY(tsr_arena_alloc(arena, 2 * (size_t)coarse * sizeof(double), &memory));
  out->coarse = memory;
  TSR_TRY(tsr_arena_alloc(arena, 2 * (size_t)fine * sizeof(double), &memory));
  out->fine = memory;
  fill(out->coarse, coarse, fine, n);
  fill(out->fine, fine, 1, n);
  return TSR_OK;
}
