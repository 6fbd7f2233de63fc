/* device_internal.h - the CPU device: one stream, a heap, a pool of threads. */
#ifndef TSRI_DEVICE_INTERNAL_H
#define TSRI_DEVICE_INTERNAL_H

#include "heap_internal.h"
#include "pool_internal.h"

#include "tsr/cpu.h"
#include "tsr/spi/cpu.h"

typedef struct tsri_cpu_device {
  tsr_device base;
  tsr_stream stream;
  tsri_heap *heap;
  tsri_pool *pool;
  size_t cache; /* bytes of the last cache; tests set it */
} tsri_cpu_device;

extern const tsr_backend tsri_cpu_backend;
extern const tsr_cpu_spi tsri_cpu_spi;
extern const tsr_cpu_blas tsri_cpu_blas;
extern const tsr_cpu_lapack tsri_cpu_lapack;

/* One BLAS thread from now on, for the whole process. */
void tsri_blas_open(void);

#endif /* TSRI_DEVICE_INTERNAL_H */
