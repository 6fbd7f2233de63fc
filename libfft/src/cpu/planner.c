/* planner.c - making, running and destroying FFTW plans.
 *
 * FFTW's planner is one per process and precision and is not safe from several threads,
 * so the lock must be one per process, too: the only static variable of this library. A
 * program that calls the planner itself, next to us and at the same time, must hold FFTW's
 * own lock (fftw_make_planner_thread_safe). FFTW ends the process when memory runs out
 * while planning; running allocates nothing, because buffering is off and the lengths for
 * which FFTW needs buffers (with prime factors above 13) are never given to it.
 */
#include "planner.h"

#if TSR_FFTW

#include <fftw3.h>
#include <pthread.h>

#include "tsr/alloc.h"

static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

static void copy_dims(int32_t n, const tsri_fft_dim *from, fftw_iodim64 *to) {
  for (int32_t i = 0; i < n; i++)
    to[i] = (fftw_iodim64){from[i].n, from[i].in, from[i].out};
}

/* An estimate looks at the alignment of the arrays, never at their contents. */
static void *plan(const tsri_fft_problem *p, const fftw_iodim64 *dims, unsigned flags) {
  static const _Alignas(64) double nowhere[16];
  void *in = (void *)(uintptr_t)nowhere, *out = p->in_place ? in : (void *)(uintptr_t)&nowhere[8];
  const fftw_iodim64 *loops = dims + p->n_dims;
  const int sign = p->backward ? FFTW_BACKWARD : FFTW_FORWARD;
  if (p->f32)
    return fftwf_plan_guru64_dft(p->n_dims, dims, p->n_loops, loops, in, out, sign, flags);
  return fftw_plan_guru64_dft(p->n_dims, dims, p->n_loops, loops, in, out, sign, flags);
}

tsr_status tsri_fft_planner_make(const tsri_fft_problem *problem, void **out) {
  const unsigned flags =
      FFTW_ESTIMATE | FFTW_NO_BUFFERING | (problem->any_alignment ? FFTW_UNALIGNED : 0);
  const size_t size = sizeof(fftw_iodim64) * ((size_t)problem->n_dims + (size_t)problem->n_loops);
  void *memory;
  *out = NULL;
  TSR_TRY(tsr_alloc(size ? size : 1, 0, &memory));
  copy_dims(problem->n_dims, problem->dims, memory);
  copy_dims(problem->n_loops, problem->loops, (fftw_iodim64 *)memory + problem->n_dims);
  pthread_mutex_lock(&planner_lock);
  *out = plan(problem, memory, flags);
  pthread_mutex_unlock(&planner_lock);
  tsr_free(memory, size ? size : 1, 0);
  return *out ? TSR_OK : TSR_FAIL(TSR_ERR_UNSUPPORTED, "fft: FFTW has no plan for these strides");
}

void tsri_fft_planner_destroy(bool f32, void *plan_made) {
  if (!plan_made) return;
  pthread_mutex_lock(&planner_lock);
  if (f32)
    fftwf_destroy_plan(plan_made);
  else
    fftw_destroy_plan(plan_made);
  pthread_mutex_unlock(&planner_lock);
}

void tsri_fft_planner_execute(bool f32, const void *made, void *in, void *out) {
  if (f32)
    fftwf_execute_dft((fftwf_plan)(uintptr_t)made, in, out);
  else
    fftw_execute_dft((fftw_plan)(uintptr_t)made, in, out);
}

bool tsri_fft_planner_is_aligned(bool f32, const void *data) {
  void *at = (void *)(uintptr_t)data;
  return (f32 ? fftwf_alignment_of(at) : fftw_alignment_of(at)) == 0;
}

#endif /* TSR_FFTW */
