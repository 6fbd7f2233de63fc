/* fft_internal.h - the ops of this library and their attributes. */
#ifndef TSRI_FFT_INTERNAL_H
#define TSRI_FFT_INTERNAL_H

#include "tsr/arena.h"
#include "tsr/fft.h"
#include "tsr/spi/backend.h"
#include "tsr/spi/rule.h"

typedef enum tsri_fft_direction {
  TSRI_FFT_FORWARD,
  TSRI_FFT_BACKWARD
} tsri_fft_direction;

/* The factor, n being the product of the transformed sizes. */
typedef enum tsri_fft_scaling {
  TSRI_FFT_PLAIN, /* 1 */
  TSRI_FFT_SQRT,  /* 1 / sqrt(n) */
  TSRI_FFT_WHOLE  /* 1 / n */
} tsri_fft_scaling;

typedef struct tsri_fft_attrs {
  tsr_axes axes; /* rising */
  int32_t direction, scaling;
} tsri_fft_attrs;

/* Of a transform between n real numbers and the n / 2 + 1 that say all of their spectrum. */
typedef struct tsri_fft_real_attrs {
  int64_t axis;
  tsr_dim n; /* real numbers along axis */
  int32_t scaling;
} tsri_fft_real_attrs;

/* rules.c, rules_real.c */
extern const tsr_op tsri_fft_op, tsri_fft_r2c_op, tsri_fft_c2r_op;
extern const tsr_rules tsri_fft_rules, tsri_fft_r2c_rules, tsri_fft_c2r_rules;
extern const char *const tsri_fft_scaling_words[];

/* n / 2 + 1 */
tsr_status tsri_fft_half(tsr_dim_space *space, tsr_dim n, tsr_dim *out);

/* axes.c: axes counted from either end become [0, rank), distinct, in the order given. */
tsr_status tsri_fft_axes(tsr_arena *arena, const char *name, tsr_axes axes, int32_t rank,
                         int64_t **out, size_t *n);

/* The c2c transform along n axes, in any order. */
tsr_status tsri_fft_emit(tsr_builder *b, tsr_arena *arena, tsri_fft_direction direction,
                         int32_t scaling, const int64_t *axes, size_t n, tsr_value x,
                         tsr_value *out);
/* Which factor a norm puts on a direction. */
tsr_status tsri_fft_scaling_of(const char *name, tsri_fft_direction direction, tsr_fft_norm norm,
                               int32_t *out);
/* Latch what a surface function ended with, and give its value. */
tsr_value tsri_fft_done(tsr_builder *b, tsr_arena *arena, tsr_status status, tsr_value out);

/* cpu/kernel.c */
extern const tsr_kernel tsri_fft_cpu_kernels[];
extern const int32_t tsri_fft_cpu_kernel_count;

#endif /* TSRI_FFT_INTERNAL_H */
