/* planner.h - FFTW's planner behind one lock; the two precisions look alike. */
#ifndef TSRI_FFT_PLANNER_H
#define TSRI_FFT_PLANNER_H

#include "geometry.h"

/* A plan for one dense line of n, from one array to another, both aligned for SIMD.
 *
 * err  UNSUPPORTED when FFTW has no plan
 */
tsr_status tsri_fft_planner_make(tsri_fft_kind kind, bool f32, int64_t n, bool backward,
                                 void **out);
void tsri_fft_planner_destroy(bool f32, void *plan);
/* Safe from many threads at once; in and out differ. c2r may overwrite in. */
void tsri_fft_planner_execute(tsri_fft_kind kind, bool f32, const void *plan, const void *in,
                              void *out);
/* Is data aligned as a plan needs it? */
bool tsri_fft_planner_is_aligned(bool f32, const void *data);

#endif /* TSRI_FFT_PLANNER_H */
