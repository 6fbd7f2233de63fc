/* cpu_internal.h - what the files of libcpu share. */
#ifndef TSRI_CPU_INTERNAL_H
#define TSRI_CPU_INTERNAL_H

#include "tsr/spi/cpu.h"

/* tsri_cpu_parallel - run task(ctx, 0 .. n - 1) on the threads of the stream's device. */
tsr_status tsri_cpu_parallel(tsr_stream *stream, int64_t n, tsr_cpu_task task, void *ctx);

/* The BLAS behind the kernels. */
extern const tsr_cpu_blas tsri_cpu_blas;

#endif /* TSRI_CPU_INTERNAL_H */
