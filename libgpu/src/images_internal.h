/* images_internal.h - the prebuilt kernels: one image per .cu file, loaded when first asked for. */
#ifndef TSRI_IMAGES_INTERNAL_H
#define TSRI_IMAGES_INTERNAL_H

#include <pthread.h>

#include "tsr/spi/gpu.h"

typedef enum tsri_cuda_image_id {
#define TSRI_CUDA_IMAGE(file) TSRI_CUDA_IMAGE_##file,
#include "kernels/images.def"
  TSRI_CUDA_IMAGES /* how many there are */
} tsri_cuda_image_id;

/* What the build embedded: machine code of several architectures, or CUDA C for NVRTC. */
typedef struct tsri_cuda_image {
  const char *name; /* "move.cu" */
  const unsigned char *data;
  size_t size;  /* bytes; a zero follows */
  bool is_text; /* no nvcc was there */
} tsri_cuda_image;

extern const tsri_cuda_image tsri_cuda_images[TSRI_CUDA_IMAGES]; /* images.c, generated */

/* The modules of one device; under the lock. */
typedef struct tsri_cuda_modules {
  pthread_mutex_t lock;
  struct CUmod_st *module[TSRI_CUDA_IMAGES]; /* NULL until asked for */
} tsri_cuda_modules;

#endif /* TSRI_IMAGES_INTERNAL_H */
