/* tsr/cpu.h - the CPU backend. Registering it is all a program needs to do. */
#ifndef TSR_CPU_H
#define TSR_CPU_H

#include "tsr/spi/backend.h"

TSR_BEGIN

/* tsr_cpu_register - make device "cpu" and kernels for every core op known to a runtime.
 *
 * The device has a thread pool of TSR_NUM_THREADS threads (default: as many as the
 * process may run on) and a caching allocator. Opening it sets OpenBLAS to one thread,
 * for the whole process: results must not depend on the number of threads.
 *
 * Kernels are those of the richest instruction set of this processor, or of the one that
 * the environment variable TSR_CPU_ISA names, as tsr_cpu_isa does.
 *
 * in   rt   a runtime
 * err  EXISTS       registered before
 *      ARGUMENT     TSR_CPU_ISA names no instruction set that runs here
 *      UNSUPPORTED  this processor has none of those that kernels were built for
 *      NOMEM
 */
TSR_API TSR_NODISCARD tsr_status tsr_cpu_register(tsr_runtime *rt);

/* tsr_cpu_threads - how many threads work for a CPU device, the caller included. */
TSR_API int32_t tsr_cpu_threads(const tsr_device *device);

/* tsr_cpu_set_threads - use n threads from now on; results keep their bits.
 *
 * Not while work is running on the device.
 *
 * in   device  a CPU device
 *      n       1 <= n <= 1024; what the system refuses to start is left out
 * err  ARGUMENT  n out of range, or another backend's device
 */
TSR_API TSR_NODISCARD tsr_status tsr_cpu_set_threads(tsr_device *device, int32_t n);

/* tsr_cpu_trim - give all cached free blocks of a CPU device back to the system. */
TSR_API void tsr_cpu_trim(tsr_device *device);

/* tsr_cpu_blas_name - name of the BLAS core in use, e.g. "SkylakeX"; never NULL. */
TSR_API const char *tsr_cpu_blas_name(void);

/* tsr_cpu_blas_config - version and options of the BLAS as it tells them; never NULL. */
TSR_API const char *tsr_cpu_blas_config(void);

/* tsr_cpu_isa - the instruction set that tuned kernels were chosen for when the process
 * started to use them: "x86-64-v4", "x86-64-v3" or "x86-64-v2"; "portable" on other
 * processors; never NULL.
 */
TSR_API const char *tsr_cpu_isa(void);

TSR_END

#endif /* TSR_CPU_H */
