/* tsr_numbers.h - the numbers of tests that are exact about any dtype: complex doubles.
 *
 * Needs a session (tsr_session.h).
 */
#ifndef TSR_NUMBERS_H
#define TSR_NUMBERS_H

#include "tsr_session.h"

#include <complex.h>

#include "tsr/eager.h"

typedef double complex number;

static inline bool is_complex(tsr_dtype d) { return tsr_dtype_kind(d) == TSR_KIND_COMPLEX; }
static inline double eps_of(tsr_dtype d) {
  return tsr_dtype_real(d) == TSR_F32 ? 1.1920929e-7 : 2.220446e-16;
}

/* Numbers with parts in [-1, 1), the same every time (Knuth's MMIX congruence). */
static inline double random_part(uint64_t *seed) {
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(int64_t)(*seed >> 11) / 4503599627370496.0 - 1;
}
static inline void fill_random(uint64_t seed, bool with_imaginary, int64_t n, number *out) {
  for (int64_t i = 0; i < n; i++) {
    double re = random_part(&seed), im = random_part(&seed);
    out[i] = re + (with_imaginary ? im : 0) * I;
  }
}

/* Data as a value, in a trace as a constant. */
static inline tsr_value data_value(tsr_builder *b, tsr_dtype dtype, tsr_dims dims, const void *x) {
  tsr_tensor *t = NULL;
  if (tsr_builder_fail(b, tsr_tensor_from_data(cpu, dtype, dims, x, &t)) != TSR_OK)
    return TSR_NO_VALUE;
  tsr_value v = tsr_from_tensor(b, t);
  tsr_tensor_release(t);
  return v;
}
static inline tsr_value value_of(tsr_builder *b, tsr_dtype dtype, tsr_dims dims, const number *x) {
  tsr_value v = data_value(b, TSR_C128, dims, x);
  return tsr_convert(b, is_complex(dtype) ? v : tsr_real(b, v), dtype);
}
static inline void read_value(tsr_builder *b, tsr_value v, int64_t n, number *out) {
  assert_ok(tsr_read(b, tsr_convert(b, v, TSR_C128), out, (size_t)n * sizeof *out));
}

#endif /* TSR_NUMBERS_H */
