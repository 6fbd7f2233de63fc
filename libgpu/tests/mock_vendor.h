/* mock_vendor.h - second half of mock_cuda.h: the other libraries, and the loader. */
#ifndef MOCK_VENDOR_H
#define MOCK_VENDOR_H

static tsri_result mock_property(unsigned property, int *value) {
  static const int version[] = {12, 3, 4};
  *value = version[property];
  return 0;
}

static tsri_result fake_cublasCreate(struct cublasContext **handle) {
  if (mock_needs_context()) return 1;
  *handle = mock_make(&mock.handles);
  return 0;
}

static tsri_result fake_cublasDestroy(struct cublasContext *handle) {
  return mock_drop(&mock.handles, handle);
}

static tsri_result fake_cublasSetStream(struct cublasContext *handle, struct CUstream_st *stream) {
  mock.bound = stream;
  return handle ? 0 : 1;
}

static tsri_result fake_cublasSetMathMode(struct cublasContext *handle, unsigned mode) {
  return handle && mode == TSRI_BLAS_WHOLE_SUMS ? 0 : 1;
}

static tsri_result fake_cublasSetWorkspace(struct cublasContext *handle, void *data, size_t size) {
  return handle && data && size ? 0 : 1;
}

static tsri_result fake_cublasGemmStridedBatchedEx(
    struct cublasContext *handle, unsigned op_x, unsigned op_y, int m, int n, int k,
    const void *alpha, const void *x, unsigned x_type, int x_ld, long long x_stride, const void *y,
    unsigned y_type, int y_ld, long long y_stride, const void *beta, void *z, unsigned z_type,
    int z_ld, long long z_stride, int batches, unsigned compute, int algorithm) {
  (void)op_x, (void)op_y, (void)m, (void)n, (void)k, (void)alpha, (void)beta, (void)compute;
  (void)x_type, (void)x_ld, (void)x_stride, (void)y_type, (void)y_ld, (void)y_stride;
  (void)z_type, (void)z_ld, (void)z_stride, (void)batches, (void)algorithm;
  return handle && x && y && z ? 0 : 1;
}

static tsri_result fake_cublasGetProperty(unsigned property, int *value) {
  return mock_property(property, value);
}

static const char *mock_cublasGetStatusString(tsri_result status) {
  return status == 3 ? "the resource allocation failed" : "unrecognized";
}

static tsri_result fake_cublasLtCreate(struct cublasLtContext **handle) {
  *handle = mock_make(&mock.handles);
  return 0;
}

static tsri_result fake_cublasLtDestroy(struct cublasLtContext *handle) {
  return mock_drop(&mock.handles, handle);
}

static tsri_result fake_cublasLtGetProperty(unsigned property, int *value) {
  return mock_property(property, value);
}

static const char *mock_cublasLtGetStatusString(tsri_result status) {
  return mock_cublasGetStatusString(status);
}

static tsri_result fake_cufftGetProperty(unsigned property, int *value) {
  return mock_property(property, value);
}

static tsri_result fake_cufftCreate(int *plan) {
  *plan = 17;
  mock.plans++;
  return 0;
}

static tsri_result fake_cufftDestroy(int plan) {
  mock.plans--;
  return plan == 17 ? 0 : 1;
}

static tsri_result fake_cufftSetStream(int plan, struct CUstream_st *stream) {
  mock.bound = stream;
  return plan == 17 ? 0 : 1;
}

static tsri_result fake_cufftSetAutoAllocation(int plan, int allocate) {
  return plan == 17 && !allocate ? 0 : 1;
}

static tsri_result fake_cufftSetWorkArea(int plan, void *work) {
  return plan == 17 && work ? 0 : 1;
}

static tsri_result fake_cusolverGetProperty(unsigned property, int *value) {
  return mock_property(property, value);
}

static tsri_result fake_cusolverDnCreate(struct cusolverDnContext **handle) {
  *handle = mock_make(&mock.handles);
  return 0;
}

static tsri_result fake_cusolverDnDestroy(struct cusolverDnContext *handle) {
  return mock_drop(&mock.handles, handle);
}

static tsri_result fake_cusolverDnSetStream(struct cusolverDnContext *handle,
                                            struct CUstream_st *stream) {
  mock.bound = stream;
  return handle ? 0 : 1;
}

static tsri_result fake_nvrtcVersion(int *major, int *minor) {
  *major = 13;
  *minor = 1;
  return 0;
}

static const int mock_archs[] = {75, 80, 86, 90};

static tsri_result fake_nvrtcGetNumSupportedArchs(int *count) {
  *count = (int)(sizeof mock_archs / sizeof *mock_archs);
  return 0;
}

static tsri_result fake_nvrtcGetSupportedArchs(int *archs) {
  memcpy(archs, mock_archs, sizeof mock_archs);
  return 0;
}

/* A program is a copy of its source; a source with the word "wrong" does not compile. */
static tsri_result fake_nvrtcCreateProgram(struct _nvrtcProgram **program, const char *source,
                                           const char *name, int n_headers,
                                           const char *const *headers, const char *const *names) {
  char *copy = malloc(strlen(source) + 1);
  mock.programs++;
  *program = (struct _nvrtcProgram *)(void *)strcpy(copy, source);
  return name && n_headers == 0 && !headers && !names ? 0 : 3;
}

static tsri_result fake_nvrtcDestroyProgram(struct _nvrtcProgram **program) {
  mock_drop(&mock.programs, *program);
  *program = NULL;
  return 0;
}

static tsri_result fake_nvrtcCompileProgram(struct _nvrtcProgram *program, int n_options,
                                            const char *const *options) {
  mock.options[0] = 0;
  for (int i = 0; i < n_options; i++) {
    size_t used = strlen(mock.options);
    snprintf(mock.options + used, sizeof mock.options - used, "%s ", options[i]);
  }
  return strstr((const char *)(const void *)program, "wrong") ? 6 : 0;
}

static const char mock_log[] = "wrong.cu(1): error: this is wrong";

static tsri_result fake_nvrtcGetProgramLogSize(struct _nvrtcProgram *program, size_t *size) {
  *size = sizeof mock_log;
  return program ? 0 : 4;
}

static tsri_result fake_nvrtcGetProgramLog(struct _nvrtcProgram *program, char *data) {
  memcpy(data, mock_log, sizeof mock_log);
  return program ? 0 : 4;
}

static tsri_result fake_nvrtcGetCUBINSize(struct _nvrtcProgram *program, size_t *size) {
  *size = strstr((const char *)(const void *)program, "empty") ? 0 : 4;
  return 0;
}

static tsri_result fake_nvrtcGetCUBIN(struct _nvrtcProgram *program, char *data) {
  memcpy(data, "CODE", 4);
  return program ? 0 : 4;
}

static tsri_result fake_nvrtcGetPTXSize(struct _nvrtcProgram *program, size_t *size) {
  *size = 4;
  return program ? 0 : 4;
}

static tsri_result fake_nvrtcGetPTX(struct _nvrtcProgram *program, char *data) {
  memcpy(data, "PTX", 4);
  return program ? 0 : 4;
}

static const char *mock_nvrtcGetErrorString(tsri_result result) {
  return result == 1 ? "NVRTC_ERROR_OUT_OF_MEMORY" : "NVRTC_ERROR_OTHER";
}

/* Around each fake: count the call, and perhaps refuse it. */
#define MOCK_WRAP(name, parameters, arguments)                                                     \
  static tsri_result mock_##name parameters {                                                      \
    pthread_mutex_lock(&mock_lock);                                                                \
    tsri_result refused = mock_refuse(#name);                                                      \
    tsri_result result = refused && !mock_releases(#name) ? refused : fake_##name arguments;       \
    pthread_mutex_unlock(&mock_lock);                                                              \
    return refused ? refused : result;                                                             \
  }

#define TSRI_FUNCTION(name, symbol, parameters, arguments) MOCK_WRAP(name, parameters, arguments)
#define TSRI_QUERY(...)
#include "driver.def"

#define TSRI_FUNCTION(name, symbol, parameters, arguments) MOCK_WRAP(name, parameters, arguments)
#define TSRI_QUERY(...)
#include "cublas.def"

#define TSRI_FUNCTION(name, symbol, parameters, arguments) MOCK_WRAP(name, parameters, arguments)
#define TSRI_QUERY(...)
#include "cublaslt.def"

#define TSRI_FUNCTION(name, symbol, parameters, arguments) MOCK_WRAP(name, parameters, arguments)
#define TSRI_QUERY(...)
#include "cufft.def"

#define TSRI_FUNCTION(name, symbol, parameters, arguments) MOCK_WRAP(name, parameters, arguments)
#define TSRI_QUERY(...)
#include "cusolver.def"

#define TSRI_FUNCTION(name, symbol, parameters, arguments) MOCK_WRAP(name, parameters, arguments)
#define TSRI_QUERY(...)
#include "nvrtc.def"

typedef struct mock_symbol {
  const char *name;
  tsr_gpu_function function;
} mock_symbol;

#define MOCK_SYMBOL(name, symbol) {#symbol, (tsr_gpu_function)mock_##name},

static const mock_symbol mock_driver_symbols[] = {
#define TSRI_FUNCTION(name, symbol, ...)    MOCK_SYMBOL(name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) MOCK_SYMBOL(name, symbol)
#include "driver.def"
    {NULL, NULL}
};
static const mock_symbol mock_cublas_symbols[] = {
#define TSRI_FUNCTION(name, symbol, ...)    MOCK_SYMBOL(name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) MOCK_SYMBOL(name, symbol)
#include "cublas.def"
    {NULL, NULL}
};
static const mock_symbol mock_cublaslt_symbols[] = {
#define TSRI_FUNCTION(name, symbol, ...)    MOCK_SYMBOL(name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) MOCK_SYMBOL(name, symbol)
#include "cublaslt.def"
    {NULL, NULL}
};
static const mock_symbol mock_cufft_symbols[] = {
#define TSRI_FUNCTION(name, symbol, ...)    MOCK_SYMBOL(name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) MOCK_SYMBOL(name, symbol)
#include "cufft.def"
    {NULL, NULL}
};
static const mock_symbol mock_cusolver_symbols[] = {
#define TSRI_FUNCTION(name, symbol, ...)    MOCK_SYMBOL(name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) MOCK_SYMBOL(name, symbol)
#include "cusolver.def"
    {NULL, NULL}
};
static const mock_symbol mock_nvrtc_symbols[] = {
#define TSRI_FUNCTION(name, symbol, ...)    MOCK_SYMBOL(name, symbol)
#define TSRI_QUERY(type, name, symbol, ...) MOCK_SYMBOL(name, symbol)
#include "nvrtc.def"
    {NULL, NULL}
};

static const struct mock_file {
  const char *name;
  const mock_symbol *symbols;
} mock_files[] = {
    {"libcuda.so.1",                         mock_driver_symbols  },
    {"libcublas.so.13",                      mock_cublas_symbols  },
    {"libcublasLt.so.12",                    mock_cublaslt_symbols},
    {"libcufft.so.12",                       mock_cufft_symbols   },
    {"libcusolver.so.12",                    mock_cusolver_symbols},
    {"/usr/local/cuda/lib64/libnvrtc.so.13", mock_nvrtc_symbols   },
};

static void *mock_dlopen(const char *path) {
  if (mock.absent && strstr(path, mock.absent)) return NULL;
  for (size_t i = 0; i < sizeof mock_files / sizeof *mock_files; i++) {
    if (strcmp(path, mock_files[i].name) != 0) continue;
    mock.libraries++;
    return (void *)(uintptr_t)&mock_files[i];
  }
  return NULL;
}

static const char *mock_dlerror(void) { return "no such file"; }

static void *mock_dlsym(void *library, const char *name) {
  if (mock.missing && strcmp(name, mock.missing) == 0) return NULL;
  void *address = NULL;
  for (const mock_symbol *s = ((const struct mock_file *)library)->symbols; s->name; s++) {
    if (strcmp(s->name, name) == 0) memcpy(&address, &s->function, sizeof address);
  }
  return address;
}

static void mock_dlclose(void *library) {
  if (library) mock.libraries--;
}

static const char *mock_path(void *library) {
  (void)library;
  return "/vendor/library.so";
}

static const tsri_loader mock_loader = {mock_dlopen, mock_dlerror, mock_dlsym, mock_dlclose,
                                        mock_path};

/* The backend over this machine. */
static inline tsri_cuda_backend mock_backend(void) {
  tsri_cuda_backend backend = tsri_cuda_system_backend;
  backend.loader = &mock_loader;
  return backend;
}

#endif /* MOCK_VENDOR_H */
