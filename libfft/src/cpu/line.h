/* line.h - our own engine: transforms of several lines of one length at once.
 *
 * Lines stand side by side in two planes, real and imaginary parts: element j of line q is
 * at [j * lanes + q]. Lengths with factors 2, 3 and 5 alone take Stockham passes; others
 * are turned into a convolution of such a length (Bluestein).
 */
#ifndef TSRI_FFT_LINE_H
#define TSRI_FFT_LINE_H

#include "tsr/dtype.h"

enum {
  TSRI_FFT_MAX_FACTORS = 64
};

/* Everything about one length; tables are in the dtype's real type. */
typedef struct tsri_fft_line {
  int64_t n;      /* the length */
  int64_t length; /* of the passes: n, or that of the convolution */
  int32_t n_factors;
  int32_t factors[TSRI_FFT_MAX_FACTORS]; /* radices, product length */
  void *turns;                           /* [2, length] exp(-2 pi i k / length), parts in planes */
  void *chirp;                           /* [2, n] exp(-pi i k^2 / n); NULL without convolution */
  void *spectrum;                        /* [2, length] transformed conjugate chirp / length */
  size_t item;                           /* bytes of a real number */
  bool wide;                             /* the processor has x86-64-v3 */
} tsri_fft_line;

/* dtype is c64 or c128; err LIMIT: no such length fits memory; NOMEM. */
tsr_status tsri_fft_line_init(tsri_fft_line *line, int64_t n, tsr_dtype dtype);
void tsri_fft_line_deinit(tsri_fft_line *line);

/* Reals that a run needs room for: four planes. */
size_t tsri_fft_line_room(const tsri_fft_line *line, int64_t lanes);

/* Forward transform of planes in the first two quarters of room; gives the planes, in room,
 * of the result. Swapping re and im of source and result gives the other direction.
 */
typedef struct tsri_fft_planes_f32 {
  float *re, *im;
} tsri_fft_planes_f32;
typedef struct tsri_fft_planes_f64 {
  double *re, *im;
} tsri_fft_planes_f64;
tsri_fft_planes_f32 tsri_fft_line_room_f32(const tsri_fft_line *line, int64_t lanes, void *room);
tsri_fft_planes_f64 tsri_fft_line_room_f64(const tsri_fft_line *line, int64_t lanes, void *room);
tsri_fft_planes_f32 tsri_fft_line_run_f32(const tsri_fft_line *line, int64_t lanes, void *room);
tsri_fft_planes_f64 tsri_fft_line_run_f64(const tsri_fft_line *line, int64_t lanes, void *room);

/* The same for one instruction set; contraction is off, so all give the same bits. */
#if defined(__x86_64__) && defined(__GNUC__)
#define TSRI_FFT_HAS_V3 1
#else
#define TSRI_FFT_HAS_V3 0
#endif
tsri_fft_planes_f32 tsri_fft_line_run_f32_v1(const tsri_fft_line *line, int64_t lanes, void *room);
tsri_fft_planes_f64 tsri_fft_line_run_f64_v1(const tsri_fft_line *line, int64_t lanes, void *room);
#if TSRI_FFT_HAS_V3
tsri_fft_planes_f32 tsri_fft_line_run_f32_v3(const tsri_fft_line *line, int64_t lanes, void *room);
tsri_fft_planes_f64 tsri_fft_line_run_f64_v3(const tsri_fft_line *line, int64_t lanes, void *room);
#endif

/* Tables, filled by the files of one dtype. */
void tsri_fft_line_fill_f32(tsri_fft_line *line, void *room);
void tsri_fft_line_fill_f64(tsri_fft_line *line, void *room);

/* cos and sin of 2 pi k / n, 0 <= k < n, to the last bit or two. */
void tsri_fft_turn(int64_t k, int64_t n, double *re, double *im);

#endif /* TSRI_FFT_LINE_H */
