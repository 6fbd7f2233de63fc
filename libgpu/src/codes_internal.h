/* codes_internal.h - compiled texts, held by the device for the next who asks. */
#ifndef TSRI_CODES_INTERNAL_H
#define TSRI_CODES_INTERNAL_H

#include <pthread.h>

#include "tsr/spi/gpu.h"

enum {
  TSRI_CUDA_CODES = 256,        /* texts that are held; the one not asked for longest goes */
  TSRI_CUDA_CODE_FUNCTIONS = 2, /* kernels of one text */
};

/* One text and its module. Whoever has found it holds it, and so do the device's codes. */
typedef struct tsri_cuda_code {
  uint64_t hash;
  char *text; /* zero-terminated */
  size_t size;
  struct CUmod_st *module;
  struct CUfunc_st *function[TSRI_CUDA_CODE_FUNCTIONS];
  int64_t holders; /* under the lock, as is turn */
  uint64_t turn;   /* when it was asked for last */
} tsri_cuda_code;

typedef struct tsri_cuda_codes {
  pthread_mutex_t lock;
  tsri_cuda_code *at[TSRI_CUDA_CODES];
  int32_t n;
  uint64_t turn;
  tsr_gpu_codes counts;
} tsri_cuda_codes;

/* The code of a text with kernels names[0] and, unless it is NULL, names[1]; compiled when it
 * is not there. ARGUMENT with the compiler's messages when the text is at fault.
 */
tsr_status tsri_cuda_code_find(tsr_device *device, const char *text, size_t size,
                               const char *const names[TSRI_CUDA_CODE_FUNCTIONS],
                               tsri_cuda_code **out);
void tsri_cuda_code_release(tsr_device *device, tsri_cuda_code *code);

/* Give up what the device holds. */
void tsri_cuda_codes_clear(tsr_device *device);
void tsri_cuda_codes_count(tsr_device *device, tsr_gpu_codes *out);

#endif /* TSRI_CODES_INTERNAL_H */
