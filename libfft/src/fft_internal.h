/* fft_internal.h - the op of this library and its attributes. */
#ifndef TSRI_FFT_INTERNAL_H
#define TSRI_FFT_INTERNAL_H

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

extern const tsr_op tsri_fft_op;
extern const tsr_rules tsri_fft_rules;

/* cpu/kernel.c */
extern const tsr_kernel tsri_fft_cpu_kernels[];
extern const int32_t tsri_fft_cpu_kernel_count;

#endif /* TSRI_FFT_INTERNAL_H */
