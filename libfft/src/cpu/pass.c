/* pass.c - which engine a pass uses, how many lines at once, and how it is cut. */
#include "pass.h"

#include "planner.h"

/* Neighbours fill a cache line or two; a block stays in a second-level cache. */
static int64_t choose_lanes(const tsri_fft_pass *p) {
  enum {
    MOST = 16,
    CACHE = 1024 * 1024
  };
  const int64_t neighbours = tsri_fft_side(p).n;
  int64_t lanes = MOST;
  while (lanes > 1 && (lanes / 2 >= neighbours || p->engine->room(p, lanes) > CACHE))
    lanes /= 2;
  return lanes;
}

static tsr_status choose_engine(tsri_fft_pass *p) {
#if TSR_FFTW
  if (tsri_fft_fftw_takes(p->axis.n)) {
    p->engine = &tsri_fft_fftw_engine;
    return tsri_fft_planner_make(p->kind, p->f32, p->axis.n, p->backward, &p->plan);
  }
#endif
  p->engine = &tsri_fft_planes_engine;
  return tsri_fft_line_init(&p->line, p->axis.n, p->f32 ? TSR_C64 : TSR_C128);
}

tsr_status tsri_fft_pass_prepare(tsri_fft_pass *p, const tsr_device *device) {
  TSR_TRY(choose_engine(p));
  p->lanes = choose_lanes(p);
  p->blocks = 1;
  int64_t lines = 1;
  for (int32_t k = 0; k < p->n_others; k++) {
    const int64_t n = p->others[k].n;
    lines *= n;
    p->blocks *= k == p->n_others - 1 ? (n + p->lanes - 1) / p->lanes : n;
  }
  double work = tsri_fft_work(lines * p->axis.n, p->axis.n) * (p->line.chirp ? 5 : 1);
  p->chunks = tsri_fft_chunks(device, work, p->blocks);
  p->scratch = (p->engine->room(p, p->lanes) + 63) / 64 * 64;
  return TSR_OK;
}

void tsri_fft_pass_deinit(tsri_fft_pass *p) {
  tsri_fft_line_deinit(&p->line);
#if TSR_FFTW
  tsri_fft_planner_destroy(p->f32, p->plan);
  p->plan = NULL;
#endif
}
