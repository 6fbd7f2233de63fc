/* cpu_internal.h - what the files of libcpu share. */
#ifndef TSRI_CPU_INTERNAL_H
#define TSRI_CPU_INTERNAL_H

#include "tsr/spi/cpu.h"

/* The table that other libraries get, and the BLAS behind the kernels. */
extern const tsr_cpu_spi tsri_cpu_spi;
extern const tsr_cpu_blas tsri_cpu_blas;

/* Run task(ctx, 0 .. n - 1) on the threads of the stream's device. */
static inline tsr_status tsri_cpu_parallel(tsr_stream *stream, int64_t n, tsr_cpu_task task,
                                           void *ctx) {
  return tsri_cpu_spi.parallel(stream, n, task, ctx);
}

/* Shall a kernel that touches so many bytes stream what it writes (variants/stream.h)? Yes when
 * they are more than three quarters of the device's last cache.
 */
bool tsri_streams(const tsr_device *device, size_t bytes);

#endif /* TSRI_CPU_INTERNAL_H */
