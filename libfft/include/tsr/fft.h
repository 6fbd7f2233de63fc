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

/* tsr_fft_engine - what transforms lines of the lengths it takes: FFTW by its version, e.g.
 * "fftw-3.3.10-sse2-avx", or "own engine" where the library was built without; never NULL.
 */
TSR_API const char *tsr_fft_engine(void);

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

/* tsr_rfft - tsr_fft of real x, without the half that is the conjugate of the other.
 *
 * in   b     builder
 *      x     f32 f64, rank >= 1
 *      axes  one or more; the last one named keeps n / 2 + 1 of its n places
 *      norm  scaling
 * ad   linear
 */
TSR_API tsr_value tsr_rfft(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_fft_norm norm);

/* tsr_irfft - the real x whose tsr_rfft is z.
 *
 *   x[j] = sum_k m[k] Re(z[k] exp(+ 2 pi i j k / n)), m = 1 for k = 0 and 2 k = n, else 2
 *
 * in   b     builder
 *      x     z, c64 c128 (real input is converted); what stands beyond n / 2 + 1 is cut,
 *            what is missing is zero; imaginary parts at k = 0 and 2 k = n do not count
 *      n     length of the last axis named, >= 1; 2 (m - 1) for an even length from m places
 *      axes  one or more, as for tsr_rfft
 *      norm  scaling
 * ad   linear
 */
TSR_API tsr_value tsr_irfft(tsr_builder *b, tsr_value x, tsr_dim n, tsr_axes axes,
                            tsr_fft_norm norm);

/* tsr_hfft - the real spectrum of a signal of which x is the first half, the second being its
 * conjugate: irfft(conj x) scaled as a forward transform.
 *
 * in   b     builder
 *      x     c64 c128 (real input is converted)
 *      n     length of the result along axis, >= 1
 *      axis  negative from the last
 *      norm  scaling
 * ad   linear
 */
TSR_API tsr_value tsr_hfft(tsr_builder *b, tsr_value x, tsr_dim n, int64_t axis, tsr_fft_norm norm);

/* tsr_ihfft - the inverse of tsr_hfft: conj(rfft x), scaled as an inverse transform.
 *
 * in   b     builder
 *      x     f32 f64
 *      axis  negative from the last
 *      norm  scaling
 * ad   linear
 */
TSR_API tsr_value tsr_ihfft(tsr_builder *b, tsr_value x, int64_t axis, tsr_fft_norm norm);

/* tsr_fft_fit - x cut, or filled up with zeros at the end, to given sizes: a transform of
 * another length is one of this.
 *
 * in   b      builder
 *      x      any dtype
 *      axes   distinct, negative from the last; TSR_ALL_AXES for all
 *      sizes  one per axis, >= 0
 * ad   linear
 */
TSR_API tsr_value tsr_fft_fit(tsr_builder *b, tsr_value x, tsr_axes axes, tsr_shape sizes);

/* tsr_fftfreq, tsr_rfftfreq - the frequencies of places k: k / (n d), those from the middle on
 * as (k - n) / (n d); of a half spectrum.
 *
 * in   b      builder
 *      dtype  f32 f64
 *      n      length of the transform, >= 1
 *      d      time between samples, e.g. in seconds: frequencies are then in hertz
 */
TSR_API tsr_value tsr_fftfreq(tsr_builder *b, tsr_dtype dtype, tsr_dim n, double d);
TSR_API tsr_value tsr_rfftfreq(tsr_builder *b, tsr_dtype dtype, tsr_dim n, double d);

/* tsr_fftshift, tsr_ifftshift - move frequency 0 to the middle of axes, and back.
 *
 * in   b     builder
 *      x     any dtype
 *      axes  distinct, negative from the last; TSR_ALL_AXES for all
 * ad   linear
 */
TSR_API tsr_value tsr_fftshift(tsr_builder *b, tsr_value x, tsr_axes axes);
TSR_API tsr_value tsr_ifftshift(tsr_builder *b, tsr_value x, tsr_axes axes);

TSR_END

#endif /* TSR_FFT_H */
