/* engine_planes.c - our own engine: real and imaginary parts in planes, lines side by side. */
#include "pass.h"

#define REAL   float
#define SUFFIX f32
#include "engine_planes.inc"
#define REAL   double
#define SUFFIX f64
#include "engine_planes.inc"

static size_t room(const tsri_fft_pass *p, int64_t lanes) {
  return tsri_fft_line_room(&p->line, lanes);
}

static void run(const tsri_fft_block *b) {
  if (b->pass->f32)
    block_f32(b);
  else
    block_f64(b);
}

const tsri_fft_engine tsri_fft_planes_engine = {.room = room, .run = run};
