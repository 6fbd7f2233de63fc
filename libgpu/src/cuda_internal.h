/* cuda_internal.h - the CUDA device: the driver, one primary context, a pool, streams. */
#ifndef TSRI_CUDA_INTERNAL_H
#define TSRI_CUDA_INTERNAL_H

#include "codes_internal.h"
#include "images_internal.h"
#include "libraries_internal.h"

#include "tsr/gpu.h"

/* The backend's table, with the loader that its devices use: tests have their own. */
typedef struct tsri_cuda_backend {
  tsr_backend base;
  const tsri_loader *loader;
} tsri_cuda_backend;

typedef struct tsri_cuda_stream {
  tsr_stream base;
  struct CUstream_st *handle;
  struct cublasContext *cublas; /* these three NULL until asked for */
  struct cublasLtContext *cublaslt;
  struct cusolverDnContext *cusolver;
  tsr_error deferred; /* the first failure that could not be returned; under the lock */
  bool may_find;      /* work since the last synchronisation may have noted a finding */
} tsri_cuda_stream;

typedef struct tsri_cuda_device {
  tsr_device base;
  tsri_cuda_stream first; /* the default stream */
  tsri_libraries libraries;
  int id;                          /* CUdevice */
  struct CUctx_st *context;        /* the primary one; NULL until retained */
  struct CUmemPoolHandle_st *pool; /* NULL: this device has no pools */
  pthread_mutex_t lock;            /* of reserved and of the streams' deferred */
  tsr_gpu_facts facts;
  tsri_cuda_modules modules; /* of the prebuilt kernels */
  tsri_cuda_codes codes;     /* of the generated ones */
  tsri_address findings;     /* where kernels note them; 0 until one may; under the lock */
} tsri_cuda_device;

extern const tsri_cuda_backend tsri_cuda_system_backend;
extern const tsr_gpu_spi tsri_cuda_spi;

static inline tsri_cuda_device *tsri_cuda_of(const tsr_device *device) {
  return (tsri_cuda_device *)(uintptr_t)device;
}

static inline tsri_cuda_stream *tsri_cuda_stream_of(const tsr_stream *stream) {
  return (tsri_cuda_stream *)(uintptr_t)stream;
}

static inline tsri_address tsri_address_of(const void *data) {
  return (tsri_address)(uintptr_t)data;
}

/* The driver ready for use, and how many devices it has. */
tsr_status tsri_cuda_start(tsri_libraries *libraries, int *n_devices);

/* context.c: see enter and leave of tsr_gpu_spi. Those that cannot fail go ahead if the
 * context cannot be made current; the driver then refuses what needs it.
 */
tsr_status tsri_cuda_enter(tsri_cuda_device *device, struct CUctx_st **before);
tsr_status tsri_cuda_leave(tsri_cuda_device *device, struct CUctx_st *before, tsr_status status);
struct CUctx_st *tsri_cuda_enter_anyway(tsri_cuda_device *device);
void tsri_cuda_leave_anyway(tsri_cuda_device *device, struct CUctx_st *before);

/* memory.c */
tsr_status tsri_cuda_pool_open(tsri_cuda_device *device);
tsr_status tsri_cuda_alloc(tsr_stream *stream, size_t size, void **out);
void tsri_cuda_free(tsr_stream *stream, void *data, size_t size);
size_t tsri_cuda_rounded_size(const tsr_device *device, size_t size);
tsr_status tsri_cuda_upload(tsr_stream *stream, void *to, const void *from, size_t size);
tsr_status tsri_cuda_download(tsr_stream *stream, void *to, const void *from, size_t size);
tsr_status tsri_cuda_copy_bytes(tsr_stream *stream, void *to, const void *from, size_t size);
tsr_status tsri_cuda_fill(tsr_stream *stream, void *to, uint8_t value, size_t size);

/* stream.c; init and deinit expect the context to be current */
tsr_status tsri_cuda_stream_init(tsri_cuda_device *device, tsri_cuda_stream *stream);
void tsri_cuda_stream_deinit(tsri_cuda_device *device, tsri_cuda_stream *stream);
tsr_status tsri_cuda_stream_open(tsr_device *device, tsr_stream **out);
void tsri_cuda_stream_close(tsr_stream *stream);
void tsri_cuda_defer(tsri_cuda_stream *stream, const char *function, tsri_result result);
tsr_status tsri_cuda_synchronize(tsr_stream *stream);
tsr_status tsri_cuda_event_create(tsr_device *device, void **out);
tsr_status tsri_cuda_event_record(tsr_stream *stream, void *event);
tsr_status tsri_cuda_event_wait(tsr_stream *stream, void *event);
void tsri_cuda_event_destroy(tsr_device *device, void *event);

/* findings.c: elements at fault, such as an integer divided by zero. A kernel sets word
 * tsr_expr_finding's number of what expect gives to 1, and the next synchronisation says so.
 */
enum {
  TSRI_CUDA_FINDINGS = 8 /* words */
};
tsr_status tsri_cuda_findings_open(tsr_device *device);
void tsri_cuda_findings_close(tsri_cuda_device *device);
void *tsri_cuda_findings_expect(tsr_stream *stream);
/* Enqueue reading them; and, when the stream is synchronised, look. */
tsri_result tsri_cuda_findings_fetch(tsri_cuda_stream *stream, uint32_t *found);
tsr_status tsri_cuda_findings_raise(tsri_cuda_stream *stream, const uint32_t *found);

/* handles.c; close expects the context to be current */
tsr_status tsri_cuda_cublas(tsr_stream *stream, struct cublasContext **out);
tsr_status tsri_cuda_cublaslt(tsr_stream *stream, struct cublasLtContext **out);
tsr_status tsri_cuda_cusolver(tsr_stream *stream, struct cusolverDnContext **out);
void tsri_cuda_handles_close(tsri_cuda_device *device, tsri_cuda_stream *stream);
tsr_status tsri_cuda_fft_create(tsr_device *device, int *out);
tsr_status tsri_cuda_fft_bind(tsr_stream *stream, int plan, void *work);
void tsri_cuda_fft_destroy(tsr_device *device, int plan);

/* compile.c; arch as in tsr_gpu_facts */
tsr_status tsri_compile(tsri_libraries *all, int32_t arch, const tsr_gpu_source *source,
                        tsr_gpu_image *out);
void tsri_image_free(tsr_gpu_image *image);

/* module.c */
tsr_status tsri_cuda_module_load(tsr_device *device, const tsr_gpu_image *image,
                                 struct CUmod_st **out);
void tsri_cuda_module_unload(tsr_device *device, struct CUmod_st *module);
tsr_status tsri_cuda_module_find(tsr_device *device, struct CUmod_st *module, const char *name,
                                 struct CUfunc_st **out);
tsr_status tsri_cuda_launch(tsr_stream *stream, struct CUfunc_st *function,
                            const tsr_gpu_grid *grid, void **arguments);

/* prebuilt.c: a kernel of a .cu file by its name, loaded if need be; and launching it with
 * its one parameter. n threads or blocks of 256 threads are wanted: when that is more than
 * keeps the device busy there are fewer, which go round; none is no launch.
 */
tsr_status tsri_cuda_prebuilt(tsr_device *device, tsri_cuda_image_id id, const char *name,
                              struct CUfunc_st **out);
tsr_status tsri_cuda_launch_threads(tsr_stream *stream, struct CUfunc_st *function, int64_t n,
                                    const void *arguments);
tsr_status tsri_cuda_launch_blocks(tsr_stream *stream, struct CUfunc_st *function, int64_t n,
                                   const void *arguments);
void tsri_cuda_modules_unload(tsri_cuda_device *device);

/* register.c: tsr_gpu_count with a loader of choice */
tsr_status tsri_cuda_count(const tsri_loader *loader, int32_t *n);

#endif /* TSRI_CUDA_INTERNAL_H */
