/* info_cuda.c - what tsr info says of CUDA: each library and, where there is a GPU, a test of it. */
#include "info.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "tsr/gpu.h"
#include "tsr/spi/gpu.h"

/* A GPU, opened. */
typedef struct gpu {
  tsr_device *device;
  const tsr_gpu_spi *spi;
} gpu;

/* ---- a test of each library ---- */

static tsr_status test_driver(const gpu *g) { /* numbers go there and back */
  const int32_t sent[] = {1, 2, 3};
  int32_t received[3] = {0};
  tsr_tensor *t;
  TSR_TRY(tsr_tensor_from_data(g->device, TSR_I32, TSR_DIMS(3), sent, &t));
  const tsr_status status = tsr_tensor_read(t, received, sizeof received);
  tsr_tensor_release(t);
  TSR_TRY(status);
  if (memcmp(sent, received, sizeof sent) == 0) return TSR_OK;
  return TSR_FAIL(TSR_ERR_DEVICE, "numbers came back changed from the device");
}

static tsr_status test_cublas(const gpu *g) {
  struct cublasContext *handle;
  return g->spi->cublas(g->device->stream, &handle);
}

static tsr_status test_cublaslt(const gpu *g) {
  struct cublasLtContext *handle;
  return g->spi->cublaslt(g->device->stream, &handle);
}

static tsr_status test_cufft(const gpu *g) {
  int plan;
  TSR_TRY(g->spi->fft_create(g->device, &plan));
  g->spi->fft_destroy(g->device, plan);
  return TSR_OK;
}

static tsr_status test_cusolver(const gpu *g) {
  struct cusolverDnContext *handle;
  return g->spi->cusolver(g->device->stream, &handle);
}

static tsr_status test_nvrtc(const gpu *g) { /* a kernel is compiled, and the driver takes it */
  const tsr_gpu_source source = {
      .name = "check.cu", .text = "extern \"C\" __global__ void check(int *x) { *x = 42; }\n"};
  tsr_gpu_image image;
  struct CUmod_st *module;
  struct CUfunc_st *kernel;
  TSR_TRY(g->spi->compile(g->device, &source, &image));
  tsr_status status = g->spi->module_load(g->device, &image, &module);
  g->spi->image_free(&image);
  TSR_TRY(status);
  status = g->spi->module_find(g->device, module, "check", &kernel);
  g->spi->module_unload(g->device, module);
  return status;
}

/* By tsr_gpu_library: the test, and what helps where the library is missing. */
static const struct {
  const char *name, *advice;
  tsr_status (*test)(const gpu *g);
} rows[TSR_GPU_LIBRARIES] = {
    [TSR_GPU_DRIVER] = {"CUDA driver", "nvidia-driver has it (libcuda1)",      test_driver  },
    [TSR_GPU_CUBLAS] = {"cuBLAS",      "CUDA 12 or 13 has it (libcublas12)",   test_cublas  },
    [TSR_GPU_CUBLASLT] = {"cuBLASLt",    "CUDA 12 or 13 has it (libcublaslt12)", test_cublaslt},
    [TSR_GPU_CUFFT] = {"cuFFT",       "CUDA 12 or 13 has it (libcufft11)",    test_cufft   },
    [TSR_GPU_CUSOLVER] = {"cuSOLVER",    "CUDA 12 or 13 has it (libcusolver11)", test_cusolver},
    [TSR_GPU_NVRTC] = {"NVRTC",       "CUDA 12 or 13 has it (libnvrtc12)",    test_nvrtc   },
};

/* ---- lines ---- */

/* Free bytes of the device, by the driver; 0 where it does not tell. */
static size_t free_memory(const gpu *g) {
  size_t available = 0, all = 0;
  tsr_gpu_function found;
  struct CUctx_st *before;
  if (g->spi->find(g->device, TSR_GPU_DRIVER, "cuMemGetInfo_v2", &found) != TSR_OK) return 0;
  unsigned (*ask)(size_t *, size_t *) = (unsigned (*)(size_t *, size_t *))found;
  if (g->spi->enter(g->device, &before) != TSR_OK) return 0;
  const unsigned answer = ask(&available, &all);
  return g->spi->leave(g->device, before, TSR_OK) == TSR_OK && answer == 0 ? available : 0;
}

static int run_test(const gpu *g, tsr_gpu_library which) {
  char note[64] = "";
  tsr_error failure;
  const size_t before = free_memory(g);
  const double start = info_seconds();
  const tsr_status status = rows[which].test(g);
  tsr_error_take(status, &failure); /* before another one takes its place */
  const size_t after = free_memory(g);
  if (status == TSR_OK && after < before)
    snprintf(note, sizeof note, "keeps %.1f MiB of the device",
             (double)(before - after) / (1 << 20));
  return info_verdict(rows[which].name, tsr_error_raise(&failure), start, note);
}

static void print_missing(tsr_gpu_library which) {
  char sentence[TSR_ERROR_TEXT];
  printf("  %-18s not here: %s\n", rows[which].name, error_sentence(sentence, sizeof sentence));
  printf("    %s; where it is installed, add its folder to LD_LIBRARY_PATH\n", rows[which].advice);
}

/* What is found; tested where there is a GPU, else it was opened with all its functions. */
static int show_library(const gpu *g, tsr_gpu_library which) {
  tsr_gpu_found found;
  const double start = info_seconds();
  if (tsr_gpu_library_probe(which, &found) != TSR_OK) {
    print_missing(which);
    return 0;
  }
  char note[600];
  snprintf(note, sizeof note, "%d.%d.%d, %s", (int)found.version[0], (int)found.version[1],
           (int)found.version[2], found.path);
  const int wrong =
      g->device ? run_test(g, which) : info_verdict(rows[which].name, TSR_OK, start, note);
  if (g->device) printf("    %s\n", note);
  return wrong;
}

static void print_device(const gpu *g) {
  const tsr_gpu_facts *facts = g->spi->facts(g->device);
  printf("  %-18s %s, compute capability %d.%d, %d multiprocessors, %.1f GiB\n", "GPU", facts->name,
         (int)facts->arch / 10, (int)facts->arch % 10, (int)facts->multiprocessors,
         (double)facts->memory / (1 << 30));
}

/* The first GPU, opened; else why there is none, unless the driver's own line says it. */
static int open_device(session *s, gpu *g) {
  char sentence[TSR_ERROR_TEXT];
  tsr_gpu_found driver;
  int32_t n;
  if (tsr_gpu_library_probe(TSR_GPU_DRIVER, &driver) != TSR_OK) return 0;
  if (tsr_gpu_count(&n) != TSR_OK) {
    printf("  %-18s not usable: %s\n    nvidia-smi may say more\n", "GPU",
           error_sentence(sentence, sizeof sentence));
  } else if (n == 0) {
    printf("  %-18s none that the driver sees; CUDA_VISIBLE_DEVICES may hide it\n", "GPU");
  } else if (tsr_runtime_device(s->rt, "cuda", &g->device) != TSR_OK) {
    printf("  %-18s WRONG: %s\n", "GPU", error_sentence(sentence, sizeof sentence));
    return 1;
  } else {
    print_device(g);
  }
  return 0;
}

int info_cuda(session *s) {
  gpu g = {.spi = tsr_runtime_backend_spi(s->rt, "cuda")};
  int wrong = open_device(s, &g);
  for (int i = 0; i < TSR_GPU_LIBRARIES; i++)
    wrong += show_library(&g, (tsr_gpu_library)i);
  return wrong;
}
