/* planner.h - FFTW's planner behind one lock; the two precisions look alike. */
#ifndef TSRI_FFT_PLANNER_H
#define TSRI_FFT_PLANNER_H

#include "geometry.h"

/* Loops of a plan: dims are transformed, loops repeat that. */
typedef struct tsri_fft_problem {
  bool f32, in_place, backward;
  bool any_alignment; /* false: data is as aligned as SIMD likes it */
  int32_t n_dims, n_loops;
  const tsri_fft_dim *dims, *loops;
} tsri_fft_problem;

/* err NOMEM; UNSUPPORTED when FFTW has no plan */
tsr_status tsri_fft_planner_make(const tsri_fft_problem *problem, void **out);
void tsri_fft_planner_destroy(bool f32, void *plan);
/* Safe from many threads at once. */
void tsri_fft_planner_execute(bool f32, const void *plan, void *in, void *out);
/* Is data as aligned as a plan without any_alignment needs it? */
bool tsri_fft_planner_is_aligned(bool f32, const void *data);

#endif /* TSRI_FFT_PLANNER_H */
