/* planner.c - making, running and destroying FFTW plans.
 *
 * FFTW's planner is one per process and precision and is not safe from several threads,
 * so the lock must be one per process, too: the only static variable of this library. A
 * program that calls the planner itself while we do must have made it safe with FFTW's own
 * fftw_make_planner_thread_safe. FFTW ends the process when memory runs out while it plans
 * (a few kilobytes); running takes none, as buffering is off and engine_fftw.c keeps to
 * lengths that need no buffers.
 */
#include "planner.h"

#if TSR_FFTW

#include <fftw3.h>
#include <pthread.h>

static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

/* An estimate looks at the alignment of the arrays, never at their contents. */
static void *plan(tsri_fft_kind kind, bool f32, int64_t n, int sign) {
  static const _Alignas(64) double nowhere[16];
  void *in = (void *)(uintptr_t)nowhere, *out = (void *)(uintptr_t)&nowhere[8];
  const fftw_iodim64 dim = {n, 1, 1};
  const unsigned flags = FFTW_ESTIMATE | FFTW_NO_BUFFERING;
  switch (kind) {
  case TSRI_FFT_R2C:
    if (f32) return fftwf_plan_guru64_dft_r2c(1, &dim, 0, NULL, in, out, flags);
    return fftw_plan_guru64_dft_r2c(1, &dim, 0, NULL, in, out, flags);
  case TSRI_FFT_C2R:
    if (f32) return fftwf_plan_guru64_dft_c2r(1, &dim, 0, NULL, in, out, flags);
    return fftw_plan_guru64_dft_c2r(1, &dim, 0, NULL, in, out, flags);
  default:
    if (f32) return fftwf_plan_guru64_dft(1, &dim, 0, NULL, in, out, sign, flags);
    return fftw_plan_guru64_dft(1, &dim, 0, NULL, in, out, sign, flags);
  }
}

tsr_status tsri_fft_planner_make(tsri_fft_kind kind, bool f32, int64_t n, bool backward,
                                 void **out) {
  pthread_mutex_lock(&planner_lock);
  *out = plan(kind, f32, n, backward ? FFTW_BACKWARD : FFTW_FORWARD);
  pthread_mutex_unlock(&planner_lock);
  if (*out) return TSR_OK;
  return TSR_FAIL(TSR_ERR_UNSUPPORTED, "fft: FFTW has no plan for length %lld", (long long)n);
}

void tsri_fft_planner_destroy(bool f32, void *made) {
  if (!made) return;
  pthread_mutex_lock(&planner_lock);
  if (f32)
    fftwf_destroy_plan(made);
  else
    fftw_destroy_plan(made);
  pthread_mutex_unlock(&planner_lock);
}

/* Operands that are kept, though FFTW's types do not say so. */
void tsri_fft_planner_execute(tsri_fft_kind kind, bool f32, const void *made, const void *in,
                              void *out) {
  void *x = (void *)(uintptr_t)in, *p = (void *)(uintptr_t)made;
  switch (kind) {
  case TSRI_FFT_R2C:
    if (f32)
      fftwf_execute_dft_r2c(p, x, out);
    else
      fftw_execute_dft_r2c(p, x, out);
    break;
  case TSRI_FFT_C2R:
    if (f32)
      fftwf_execute_dft_c2r(p, x, out);
    else
      fftw_execute_dft_c2r(p, x, out);
    break;
  default:
    if (f32)
      fftwf_execute_dft(p, x, out);
    else
      fftw_execute_dft(p, x, out);
  }
}

bool tsri_fft_planner_is_aligned(bool f32, const void *data) {
  void *at = (void *)(uintptr_t)data;
  return (f32 ? fftwf_alignment_of(at) : fftw_alignment_of(at)) == 0;
}

#endif /* TSR_FFTW */
