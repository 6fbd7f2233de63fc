/* tsr/spi/gpu.h - what libgpu offers to kernels of other libraries.
 *
 * Get the table once, when registering: tsr_runtime_backend_spi(rt, "cuda"). Handles
 * are the vendor's own, by their struct tags, so that a file may include the vendor's
 * headers next to this one or do without them. No function of the vendor's is ever
 * linked: find gives its address, check turns what it answers into an error of ours.
 */
#ifndef TSR_SPI_GPU_H
#define TSR_SPI_GPU_H

#include "tsr/spi/backend.h"

TSR_BEGIN

struct CUctx_st;          /* *: CUcontext */
struct CUstream_st;       /* *: CUstream, cudaStream_t */
struct CUmod_st;          /* *: CUmodule */
struct CUfunc_st;         /* *: CUfunction */
struct cublasContext;     /* *: cublasHandle_t */
struct cublasLtContext;   /* *: cublasLtHandle_t */
struct cusolverDnContext; /* *: cusolverDnHandle_t */

/* The libraries of NVIDIA's that are opened at run time, each on its first use. */
typedef enum tsr_gpu_library {
  TSR_GPU_DRIVER,
  TSR_GPU_CUBLAS,
  TSR_GPU_CUBLASLT,
  TSR_GPU_CUFFT,
  TSR_GPU_CUSOLVER,
  TSR_GPU_NVRTC,
  TSR_GPU_LIBRARIES /* how many there are */
} tsr_gpu_library;

/* Any function; cast it to its own type before the call. */
typedef void (*tsr_gpu_function)(void);

/* One of these libraries as it is here. */
typedef struct tsr_gpu_found {
  char path[512];     /* the file; "" where the loader does not tell */
  int32_t version[3]; /* major, minor, patch; the driver's is that of the CUDA it supports */
} tsr_gpu_found;

/* tsr_gpu_library_title - "the CUDA driver", "cuBLAS"; "?" for no library. */
TSR_API const char *tsr_gpu_library_title(tsr_gpu_library library);

/* tsr_gpu_library_probe - is a library here, with every function of it that we call? Needs no
 * device; it is opened for the question and closed again.
 *
 * in   library  which
 * out  out      what was found
 * err  DEVICE    names the paths tried, or the missing function, or what it answered
 *      ARGUMENT  no such library; out is NULL
 */
TSR_API TSR_NODISCARD tsr_status tsr_gpu_library_probe(tsr_gpu_library library, tsr_gpu_found *out);

/* What a device is. */
typedef struct tsr_gpu_facts {
  char name[96];           /* "NVIDIA H100 80GB HBM3" */
  int32_t arch;            /* compute capability 9.0: 90 */
  int32_t multiprocessors; /* count */
  int32_t shared_max;      /* bytes of shared memory a block may opt in to */
  int64_t memory;          /* bytes */
} tsr_gpu_facts;

/* CUDA C to compile. */
typedef struct tsr_gpu_source {
  const char *name; /* shown in the compiler's messages: "fused.cu" */
  const char *text;
  const char *const *options; /* [n_options] besides architecture, C++17 and no contraction */
  int32_t n_options;
} tsr_gpu_source;

/* Compiled code in host memory: a cubin, or PTX where the compiler is older than the GPU. */
typedef struct tsr_gpu_image {
  void *data;
  size_t size; /* bytes */
} tsr_gpu_image;

/* How many threads run a kernel: x, y, z. */
typedef struct tsr_gpu_grid {
  uint32_t blocks[3], threads[3];
  uint32_t shared; /* bytes of dynamic shared memory of a block */
} tsr_gpu_grid;

/* What a device has compiled for generated kernels; counts since it was opened. */
typedef struct tsr_gpu_codes {
  int64_t held;     /* texts whose code is kept for the next who asks */
  int64_t compiled; /* texts */
  int64_t found;    /* times that a text was there already */
  int64_t evicted;  /* texts given up for others */
} tsr_gpu_codes;

typedef struct tsr_gpu_spi {
  /* Make the device's context current on this thread, and afterwards what was current
   * before. leave passes on the status of the work in between; its own failure counts
   * only when that is OK. All functions of this table and of the backend do it by
   * themselves; only direct calls of the vendor's need it.
   */
  tsr_status (*enter)(tsr_device *device, struct CUctx_st **before);
  tsr_status (*leave)(tsr_device *device, struct CUctx_st *before, tsr_status status);

  struct CUctx_st *(*context)(const tsr_device *device);
  struct CUstream_st *(*stream)(const tsr_stream *stream);
  const tsr_gpu_facts *(*facts)(const tsr_device *device);

  /* A function of a vendor library; DEVICE names the paths tried, or the missing symbol. */
  tsr_status (*find)(tsr_device *device, tsr_gpu_library library, const char *symbol,
                     tsr_gpu_function *out);
  /* OK for 0; else NOMEM or DEVICE with the function, the number and the vendor's text. */
  tsr_status (*check)(tsr_device *device, tsr_gpu_library library, const char *function,
                      unsigned result);
  /* Major, minor, patch of a library; the driver's is that of the CUDA it supports. */
  tsr_status (*version)(tsr_device *device, tsr_gpu_library library, int32_t out[3]);

  /* Handles of a stream: opened on first use, bound to it, closed with it. */
  tsr_status (*cublas)(tsr_stream *stream, struct cublasContext **out);
  tsr_status (*cublaslt)(tsr_stream *stream, struct cublasLtContext **out);
  tsr_status (*cusolver)(tsr_stream *stream, struct cusolverDnContext **out);

  /* A cuFFT plan that takes no memory of its own; the caller makes it with one of the
   * cufft...MakePlan functions. bind sets the stream and the work area for what follows.
   */
  tsr_status (*fft_create)(tsr_device *device, int *out);
  tsr_status (*fft_bind)(tsr_stream *stream, int plan, void *work);
  void (*fft_destroy)(tsr_device *device, int plan);

  /* ARGUMENT with the compiler's messages when the text is at fault. */
  tsr_status (*compile)(tsr_device *device, const tsr_gpu_source *source, tsr_gpu_image *out);
  void (*image_free)(tsr_gpu_image *image);
  tsr_status (*module_load)(tsr_device *device, const tsr_gpu_image *image, struct CUmod_st **out);
  void (*module_unload)(tsr_device *device, struct CUmod_st *module);
  /* name as the linker sees it: declare kernels extern "C". */
  tsr_status (*module_find)(tsr_device *device, struct CUmod_st *module, const char *name,
                            struct CUfunc_st **out);
  /* arguments[i] points at the i-th argument of the kernel; read before launch returns. */
  tsr_status (*launch)(tsr_stream *stream, struct CUfunc_st *function, const tsr_gpu_grid *grid,
                       void **arguments);

  /* size bytes within the device, ordered on the stream. */
  tsr_status (*copy)(tsr_stream *stream, void *to, const void *from, size_t size);
  tsr_status (*fill)(tsr_stream *stream, void *to, uint8_t value, size_t size);

  /* The device's cache of generated kernels; clear keeps what plans still use. */
  void (*codes)(tsr_device *device, tsr_gpu_codes *out);
  void (*codes_clear)(tsr_device *device);
} tsr_gpu_spi;

TSR_END

#endif /* TSR_SPI_GPU_H */
