/* geometry.h - an n-d transform as loops: which axes, which lines, which strides. */
#ifndef TSRI_FFT_GEOMETRY_H
#define TSRI_FFT_GEOMETRY_H

#include "fft_internal.h"

#include "tsr/arena.h"
#include "tsr/spi/cpu.h"

/* One loop: size, and strides in elements of source and result. */
typedef struct tsri_fft_dim {
  int64_t n, in, out;
} tsri_fft_dim;

/* What the lines of an operand and a result are. */
typedef enum tsri_fft_kind {
  TSRI_FFT_C2C,
  TSRI_FFT_R2C, /* n real numbers to n / 2 + 1 complex ones */
  TSRI_FFT_C2R  /* and back */
} tsri_fft_kind;

typedef struct tsri_fft_geometry {
  tsri_fft_kind kind;
  int32_t n_axes, n_others;
  tsri_fft_dim *axes;   /* transformed; size 1 left out */
  tsri_fft_dim *others; /* the rest, neighbours fused, size 1 left out */
  int64_t count;        /* elements, the real ones where there are some */
  double scale;
  bool backward;
} tsri_fft_geometry;

/* From shapes and strides of a call being prepared; err SHAPE: a transformed axis is empty. */
tsr_status tsri_fft_geometry_make(tsri_fft_kind kind, const tsr_prepare *p, tsr_arena *arena,
                                  tsri_fft_geometry *out);

/* Chunks that work, in flops, is cut into, at most n; by shape alone. */
int64_t tsri_fft_chunks(const tsr_device *device, double work, int64_t n);

/* About 5 n log2 n flops per line of n. */
double tsri_fft_work(int64_t count, int64_t n);

#endif /* TSRI_FFT_GEOMETRY_H */
