/* compile.c - CUDA C to machine code with NVRTC; needs neither a GPU nor a driver.
 *
 * Code for architecture 8.0 runs on all 8.x, so the newest architecture the compiler knows
 * that is not newer than the GPU gives machine code if the major numbers agree. For a GPU
 * younger than the compiler it gives PTX, which the driver finishes.
 */
#include "cuda_internal.h"

#include <stdio.h>
#include <string.h>

#include "tsr/alloc.h"

enum {
  ARCHS = 64,
  OWN_OPTIONS = 3
};

/* What to compile for. */
typedef struct target {
  char option[48]; /* "--gpu-architecture=sm_90" */
  bool is_machine_code;
} target;

static tsr_status choose(const tsri_libraries *all, int32_t arch, target *out) {
  int n = 0, archs[ARCHS], best = 0;
  TSR_TRY(TSRI_CALL(all, NVRTC, nvrtc, nvrtcGetNumSupportedArchs, &n));
  if (n > ARCHS) return TSR_FAIL(TSR_ERR_INTERNAL, "NVRTC lists %d architectures", n);
  TSR_TRY(TSRI_CALL(all, NVRTC, nvrtc, nvrtcGetSupportedArchs, archs));
  for (int i = 0; i < n; i++) {
    if (archs[i] <= arch && archs[i] > best) best = archs[i];
  }
  if (!best) {
    return TSR_FAIL(TSR_ERR_UNSUPPORTED,
                    "this NVRTC no longer compiles for compute capability %d.%d", arch / 10,
                    arch % 10);
  }
  out->is_machine_code = best / 10 == arch / 10;
  snprintf(out->option, sizeof out->option, "--gpu-architecture=%s_%d",
           out->is_machine_code ? "sm" : "compute", best);
  return TSR_OK;
}

/* The failure of a compilation, with as much of the compiler's messages as a record holds. */
static tsr_status report(const tsri_libraries *all, struct _nvrtcProgram *program,
                         const tsr_gpu_source *source, tsri_result result) {
  static const tsri_result bad_source = 6; /* NVRTC_ERROR_COMPILATION */
  if (result != bad_source) {
    return tsri_check(all, TSR_GPU_NVRTC, "nvrtcCompileProgram", result);
  }
  size_t size = 0;
  void *log = NULL;
  TSR_TRY(TSRI_CALL(all, NVRTC, nvrtc, nvrtcGetProgramLogSize, program, &size));
  TSR_TRY(tsr_alloc(size + 1, 0, &log));
  memset(log, 0, size + 1);
  tsr_status status = TSRI_CALL(all, NVRTC, nvrtc, nvrtcGetProgramLog, program, log);
  if (status == TSR_OK) {
    status = TSR_FAIL(TSR_ERR_ARGUMENT, "%s does not compile: %.800s", source->name, (char *)log);
  }
  tsr_free(log, size + 1, 0);
  return status;
}

static tsr_status run_compiler(const tsri_libraries *all, struct _nvrtcProgram *program,
                               const tsr_gpu_source *source, const target *t) {
  size_t n = (size_t)source->n_options + OWN_OPTIONS, size = n * sizeof(const char *);
  void *block = NULL;
  TSR_TRY(tsr_alloc(size, 0, &block));
  const char **options = block;
  options[0] = t->option;
  options[1] = "--std=c++17";
  options[2] = "--fmad=false"; /* a*b+c has the bits that it has on the CPU */
  for (size_t i = OWN_OPTIONS; i < n; i++)
    options[i] = source->options[i - OWN_OPTIONS];
  tsri_result result = all->nvrtc.nvrtcCompileProgram(program, (int)n, options);
  tsr_free(block, size, 0);
  return result == 0 ? TSR_OK : report(all, program, source, result);
}

static tsr_status take_code(const tsri_libraries *all, struct _nvrtcProgram *program,
                            const target *t, void *data) {
  if (t->is_machine_code) return TSRI_CALL(all, NVRTC, nvrtc, nvrtcGetCUBIN, program, data);
  return TSRI_CALL(all, NVRTC, nvrtc, nvrtcGetPTX, program, data);
}

static tsr_status take_image(const tsri_libraries *all, struct _nvrtcProgram *program,
                             const target *t, tsr_gpu_image *out) {
  size_t size = 0;
  void *data = NULL;
  if (t->is_machine_code) {
    TSR_TRY(TSRI_CALL(all, NVRTC, nvrtc, nvrtcGetCUBINSize, program, &size));
  } else {
    TSR_TRY(TSRI_CALL(all, NVRTC, nvrtc, nvrtcGetPTXSize, program, &size));
  }
  if (size == 0) return TSR_FAIL(TSR_ERR_DEVICE, "NVRTC made no code for %s", t->option);
  TSR_TRY(tsr_alloc(size, 0, &data));
  tsr_status status = take_code(all, program, t, data);
  if (status != TSR_OK) {
    tsr_free(data, size, 0);
    return status;
  }
  *out = (tsr_gpu_image){data, size};
  return TSR_OK;
}

tsr_status tsri_compile(tsri_libraries *all, int32_t arch, const tsr_gpu_source *source,
                        tsr_gpu_image *out) {
  *out = (tsr_gpu_image){NULL, 0};
  target t;
  struct _nvrtcProgram *program = NULL;
  TSR_TRY(tsri_library_need(all, TSR_GPU_NVRTC));
  TSR_TRY(choose(all, arch, &t));
  TSR_TRY(TSRI_CALL(all, NVRTC, nvrtc, nvrtcCreateProgram, &program, source->text, source->name, 0,
                    NULL, NULL));
  tsr_status status = run_compiler(all, program, source, &t);
  if (status == TSR_OK) status = take_image(all, program, &t, out);
  all->nvrtc.nvrtcDestroyProgram(&program);
  return status;
}

void tsri_image_free(tsr_gpu_image *image) {
  tsr_free(image->data, image->size, 0);
  *image = (tsr_gpu_image){NULL, 0};
}
