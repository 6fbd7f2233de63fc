/* pass.h - one sweep over an array: all lines along one axis are transformed.
 *
 * An axis is one pass, or two when it is long (see split.c). Blocks of neighbouring lines
 * are gathered into scratch, transformed there by an engine, and put down in the result.
 */
#ifndef TSRI_FFT_PASS_H
#define TSRI_FFT_PASS_H

#include "geometry.h"
#include "line.h"

/* What a pass reads and writes. */
typedef enum tsri_fft_place {
  TSRI_FFT_OPERAND,
  TSRI_FFT_RESULT,
  TSRI_FFT_TEMPORARY /* in the workspace, dense */
} tsri_fft_place;

/* Factors exp(-2 pi i j k / n) between the two passes of a long axis, as products of a
 * fine and a coarse turn: turn e is coarse[e >> shift] fine[e mod 2^shift]; parts
 * interleaved.
 */
typedef struct tsri_fft_twiddle {
  int32_t shift;
  double *coarse, *fine; /* NULL: no factors */
} tsri_fft_twiddle;

typedef struct tsri_fft_pass tsri_fft_pass;

/* One block being transformed: lanes lines side by side from places in and out. */
typedef struct tsri_fft_block {
  const tsri_fft_pass *pass;
  const void *in;
  void *out;
  int64_t first; /* index of the first line along the side */
  int64_t lanes;
  char *scratch;
} tsri_fft_block;

/* How lines of one length are transformed. */
typedef struct tsri_fft_engine {
  /* Bytes of scratch for a block. */
  size_t (*room)(const tsri_fft_pass *pass, int64_t lanes);
  void (*run)(const tsri_fft_block *block);
} tsri_fft_engine;

struct tsri_fft_pass {
  tsri_fft_dim axis;
  tsri_fft_dim
      *others; /* [n_others] loops around; the last is the side: its lines are neighbours */
  int32_t n_others;
  tsri_fft_place from, to;
  tsri_fft_kind kind;
  bool f32, backward;
  double scale;
  tsri_fft_twiddle twiddle;

  tsri_fft_line line;            /* tables of our own engine, or zeroed */
  void *plan;                    /* FFTW's, or NULL */
  const tsri_fft_engine *engine; /* the one of the two that is used */
  int64_t lanes;                 /* lines in a block */
  int64_t blocks;                /* in all */
  int64_t chunks;                /* blocks are shared out to so many tasks */
  size_t scratch;                /* bytes for each task */
};

extern const tsri_fft_engine tsri_fft_planes_engine;
#if TSR_FFTW
extern const tsri_fft_engine tsri_fft_fftw_engine;
/* Lengths that FFTW transforms well and without asking for memory. */
bool tsri_fft_fftw_takes(int64_t n);
#endif

/* Choose engine, block size and cut, once axis, others and places are set. */
tsr_status tsri_fft_pass_prepare(tsri_fft_pass *pass, const tsr_device *device);
void tsri_fft_pass_deinit(tsri_fft_pass *pass);

/* Lines of the side, or 1 when there is nothing around the axis. */
static inline tsri_fft_dim tsri_fft_side(const tsri_fft_pass *pass) {
  const tsri_fft_dim alone = {1, 0, 0};
  return pass->n_others > 0 ? pass->others[pass->n_others - 1] : alone;
}

/* Bytes of an element of the operand and of the result. */
static inline int64_t tsri_fft_item_in(const tsri_fft_pass *pass) {
  return (pass->f32 ? 4 : 8) * (pass->kind == TSRI_FFT_R2C ? 1 : 2);
}
static inline int64_t tsri_fft_item_out(const tsri_fft_pass *pass) {
  return (pass->f32 ? 4 : 8) * (pass->kind == TSRI_FFT_C2R ? 1 : 2);
}

/* split.c: may an axis of this length be two passes; the first of the two lengths, or 0. */
int64_t tsri_fft_split(int64_t n);
tsr_status tsri_fft_twiddle_make(int64_t n, tsr_arena *arena, tsri_fft_twiddle *out);

/* exp(-2 pi i e / n), or its conjugate, 0 <= e < n */
static inline void tsri_fft_twiddle_at(const tsri_fft_twiddle *t, int64_t e, double *re,
                                       double *im) {
  const double *a = t->coarse + 2 * (e >> t->shift);
  const double *b = t->fine + 2 * (e & ((INT64_C(1) << t->shift) - 1));
  *re = a[0] * b[0] - a[1] * b[1];
  *im = a[0] * b[1] + a[1] * b[0];
}

#endif /* TSRI_FFT_PASS_H */
