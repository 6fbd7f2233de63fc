/* libraries_internal.h - the vendor's libraries, opened at run time: tables of functions.
 *
 * A device owns its tables; nothing here is global. Each table but the driver's is opened
 * on first use, under the lock. A library once loaded stays mapped (its threads may not
 * survive unmapping); closing only gives the loader's reference back.
 */
#ifndef TSRI_LIBRARIES_INTERNAL_H
#define TSRI_LIBRARIES_INTERNAL_H

#include <pthread.h>

#include "tsr/spi/gpu.h"

typedef unsigned tsri_result;            /* CUresult, cublasStatus_t, ...: 0 is success */
typedef unsigned long long tsri_address; /* CUdeviceptr */

struct CUevent_st;         /* *: CUevent */
struct CUmemPoolHandle_st; /* *: CUmemoryPool */
struct CUmemPoolProps_st;  /* CUmemPoolProps */
struct _nvrtcProgram;      /* *: nvrtcProgram */

/* The system's dlopen and its kin, or a test's. */
typedef struct tsri_loader {
  void *(*open)(const char *path); /* NULL: error says why */
  const char *(*error)(void);      /* of the last failure of this thread; may be NULL */
  void *(*symbol)(void *library, const char *name);
  void (*close)(void *library);
  const char *(*path)(void *library); /* the file, lent; NULL: not known */
} tsri_loader;

extern const tsri_loader tsri_system_loader;

/* First member of every table; handle is NULL until the table is filled. */
typedef struct tsri_library {
  void *handle;
} tsri_library;

/* One struct per library: each function under its plain name. */
typedef struct tsri_driver {
  tsri_library library;
#define TSRI_FUNCTION(name, symbol, parameters, arguments)    tsri_result(*name) parameters;
#define TSRI_QUERY(type, name, symbol, parameters, arguments) type(*name) parameters;
#include "driver.def"
} tsri_driver;

typedef struct tsri_cublas {
  tsri_library library;
#define TSRI_FUNCTION(name, symbol, parameters, arguments)    tsri_result(*name) parameters;
#define TSRI_QUERY(type, name, symbol, parameters, arguments) type(*name) parameters;
#include "cublas.def"
} tsri_cublas;

typedef struct tsri_cublaslt {
  tsri_library library;
#define TSRI_FUNCTION(name, symbol, parameters, arguments)    tsri_result(*name) parameters;
#define TSRI_QUERY(type, name, symbol, parameters, arguments) type(*name) parameters;
#include "cublaslt.def"
} tsri_cublaslt;

typedef struct tsri_cufft {
  tsri_library library;
#define TSRI_FUNCTION(name, symbol, parameters, arguments)    tsri_result(*name) parameters;
#define TSRI_QUERY(type, name, symbol, parameters, arguments) type(*name) parameters;
#include "cufft.def"
} tsri_cufft;

typedef struct tsri_cusolver {
  tsri_library library;
#define TSRI_FUNCTION(name, symbol, parameters, arguments)    tsri_result(*name) parameters;
#define TSRI_QUERY(type, name, symbol, parameters, arguments) type(*name) parameters;
#include "cusolver.def"
} tsri_cusolver;

typedef struct tsri_nvrtc {
  tsri_library library;
#define TSRI_FUNCTION(name, symbol, parameters, arguments)    tsri_result(*name) parameters;
#define TSRI_QUERY(type, name, symbol, parameters, arguments) type(*name) parameters;
#include "nvrtc.def"
} tsri_nvrtc;

typedef struct tsri_libraries {
  const tsri_loader *loader;
  pthread_mutex_t lock;
#define TSRI_LIBRARY(ID, file, ...) tsri_##file file;
#include "libraries.def"
} tsri_libraries;

void tsri_libraries_init(tsri_libraries *all, const tsri_loader *loader);
void tsri_libraries_close(tsri_libraries *all);

/* Open a library and fill its table, unless that was done before. */
tsr_status tsri_library_need(tsri_libraries *all, tsr_gpu_library which);

/* Any symbol of a library, opened if need be. */
tsr_status tsri_library_find(tsri_libraries *all, tsr_gpu_library which, const char *symbol,
                             tsr_gpu_function *out);

/* The file of an open library; NULL where the loader does not tell. */
const char *tsri_library_path(tsri_libraries *all, tsr_gpu_library which);
const char *tsri_system_path(void *library);

/* Open a library with its functions, look at it, close it. */
tsr_status tsri_library_probe(const tsri_loader *loader, tsr_gpu_library which, tsr_gpu_found *out);

/* Major, minor, patch. */
tsr_status tsri_library_version(tsri_libraries *all, tsr_gpu_library which, int32_t out[3]);

/* The code that a result counts as: OK, NOMEM or DEVICE. */
tsr_status tsri_result_code(tsr_gpu_library which, tsri_result result);

/* "the CUDA driver", "cuBLAS". */
const char *tsri_library_title(tsr_gpu_library which);

/* Put "cuMemAlloc: error 2 of the CUDA driver, CUDA_ERROR_...: out of memory" into text. */
void tsri_result_text(const tsri_libraries *all, tsr_gpu_library which, const char *function,
                      tsri_result result, char *text, size_t size);

/* OK, or this thread's error record with that text. */
tsr_status tsri_check(const tsri_libraries *all, tsr_gpu_library which, const char *function,
                      tsri_result result);

/* Call a function of a table and check its result: TSRI_CALL(all, DRIVER, driver, cuInit, 0). */
#define TSRI_CALL(all, ID, table, function, ...)                                                   \
  tsri_check((all), TSR_GPU_##ID, #function, (all)->table.function(__VA_ARGS__))
#define TSRI_DRIVER(all, function, ...) TSRI_CALL(all, DRIVER, driver, function, __VA_ARGS__)

#endif /* TSRI_LIBRARIES_INTERNAL_H */
