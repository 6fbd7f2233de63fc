/* results.c - what the vendor's functions answer, as codes and texts of ours. */
#include "libraries_internal.h"

#include <stdio.h>

typedef struct result_name {
  tsri_result result;
  const char *name;
} result_name;

/* These two libraries have no function that names their results. */
static const result_name cufft_names[] = {
    {1,  "CUFFT_INVALID_PLAN"      },
    {2,  "CUFFT_ALLOC_FAILED"      },
    {3,  "CUFFT_INVALID_TYPE"      },
    {4,  "CUFFT_INVALID_VALUE"     },
    {5,  "CUFFT_INTERNAL_ERROR"    },
    {6,  "CUFFT_EXEC_FAILED"       },
    {7,  "CUFFT_SETUP_FAILED"      },
    {8,  "CUFFT_INVALID_SIZE"      },
    {9,  "CUFFT_UNALIGNED_DATA"    },
    {11, "CUFFT_INVALID_DEVICE"    },
    {13, "CUFFT_NO_WORKSPACE"      },
    {14, "CUFFT_NOT_IMPLEMENTED"   },
    {16, "CUFFT_NOT_SUPPORTED"     },
    {17, "CUFFT_MISSING_DEPENDENCY"},
    {18, "CUFFT_NVRTC_FAILURE"     },
    {19, "CUFFT_NVJITLINK_FAILURE" },
    {0,  NULL                      },
};

static const result_name cusolver_names[] = {
    {1,  "CUSOLVER_STATUS_NOT_INITIALIZED"          },
    {2,  "CUSOLVER_STATUS_ALLOC_FAILED"             },
    {3,  "CUSOLVER_STATUS_INVALID_VALUE"            },
    {4,  "CUSOLVER_STATUS_ARCH_MISMATCH"            },
    {5,  "CUSOLVER_STATUS_MAPPING_ERROR"            },
    {6,  "CUSOLVER_STATUS_EXECUTION_FAILED"         },
    {7,  "CUSOLVER_STATUS_INTERNAL_ERROR"           },
    {8,  "CUSOLVER_STATUS_MATRIX_TYPE_NOT_SUPPORTED"},
    {9,  "CUSOLVER_STATUS_NOT_SUPPORTED"            },
    {10, "CUSOLVER_STATUS_ZERO_PIVOT"               },
    {11, "CUSOLVER_STATUS_INVALID_LICENSE"          },
    {31, "CUSOLVER_STATUS_INVALID_WORKSPACE"        },
    {0,  NULL                                       },
};

static const char *name_in(const result_name *names, tsri_result result) {
  for (; names->name; names++) {
    if (names->result == result) return names->name;
  }
  return NULL;
}

static void driver_text(const tsri_libraries *all, tsri_result result, char *text, size_t size) {
  const char *name = NULL, *words = NULL;
  if (all->driver.cuGetErrorName(result, &name) != 0) name = NULL;
  if (all->driver.cuGetErrorString(result, &words) != 0) words = NULL;
  snprintf(text, size, "%s: %s", name ? name : "unknown", words ? words : "no text");
}

static void put(const char *words, char *text, size_t size) {
  snprintf(text, size, "%s", words ? words : "unknown");
}

static void cublas_text(const tsri_libraries *all, tsri_result result, char *text, size_t size) {
  put(all->cublas.cublasGetStatusString(result), text, size);
}

static void cublaslt_text(const tsri_libraries *all, tsri_result result, char *text, size_t size) {
  put(all->cublaslt.cublasLtGetStatusString(result), text, size);
}

static void cufft_text(const tsri_libraries *all, tsri_result result, char *text, size_t size) {
  (void)all;
  put(name_in(cufft_names, result), text, size);
}

static void cusolver_text(const tsri_libraries *all, tsri_result result, char *text, size_t size) {
  (void)all;
  put(name_in(cusolver_names, result), text, size);
}

static void nvrtc_text(const tsri_libraries *all, tsri_result result, char *text, size_t size) {
  put(all->nvrtc.nvrtcGetErrorString(result), text, size);
}

typedef struct text_row {
  tsri_result nomem;
  void (*text)(const tsri_libraries *all, tsri_result result, char *text, size_t size);
} text_row;

static const text_row rows[TSR_GPU_LIBRARIES] = {
#define TSRI_LIBRARY(ID, file, nomem, ...) [TSR_GPU_##ID] = {nomem, file##_text},
#include "libraries.def"
};

tsr_status tsri_result_code(tsr_gpu_library which, tsri_result result) {
  if (result == 0) return TSR_OK;
  return result == rows[which].nomem ? TSR_ERR_NOMEM : TSR_ERR_DEVICE;
}

void tsri_result_text(const tsri_libraries *all, tsr_gpu_library which, const char *function,
                      tsri_result result, char *text, size_t size) {
  char words[256];
  rows[which].text(all, result, words, sizeof words);
  snprintf(text, size, "%s: error %u of %s, %s", function, result, tsri_library_title(which),
           words);
}

tsr_status tsri_check(const tsri_libraries *all, tsr_gpu_library which, const char *function,
                      tsri_result result) {
  if (result == 0) return TSR_OK;
  char text[512];
  tsri_result_text(all, which, function, result, text, sizeof text);
  return TSR_FAIL(tsri_result_code(which, result), "%s", text);
}
