/* tsr/fft.h - discrete Fourier transforms. */
#ifndef TSR_FFT_H
#define TSR_FFT_H

#include "tsr/builder.h"
#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_fft_register - make the Fourier transforms known to a runtime, with kernels for the
 * backends registered before.
 *
 * in   rt  a runtime
 * err  EXISTS  registered before
 *      ARGUMENT, NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_fft_register(tsr_runtime *rt);

/* Which direction carries the factor 1 / n, n = product of the transformed sizes. */
typedef enum tsr_fft_norm {
  TSR_FFT_BACKWARD, /* the inverse, as in NumPy */
  TSR_FFT_ORTHO,    /* both, 1 / sqrt(n) */
  TSR_FFT_FORWARD   /* the forward one */
} tsr_fft_norm;

/* tsr_fft, tsr_ifft - z[k] = sum_j x[j] exp(-+ 2 pi i j k / n) along each of axes.
 *
 * in   b     builder
 *      x     c64 c128 (real input is converted), rank >= 1
 *      axes  distinct, negative from the last; TSR_ALL_AXES for all; any length >= 1
 *      norm  scaling
 * ad   linear
 */
TSR_API tsr_value tsr_fft(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_fft_norm norm);
TSR_API tsr_value tsr_ifft(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_fft_norm norm);

TSR_END

#endif /* TSR_FFT_H */
