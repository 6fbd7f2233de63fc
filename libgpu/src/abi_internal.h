/* abi_internal.h - constants and structs of the driver's interface, as its ABI fixes them.
 *
 * tests/test_declarations.c compares them with the vendor's header where there is one.
 */
#ifndef TSRI_ABI_INTERNAL_H
#define TSRI_ABI_INTERNAL_H

#include "tsr/base.h"

enum {
  TSRI_ATTRIBUTE_MULTIPROCESSORS = 16, /* CU_DEVICE_ATTRIBUTE_... */
  TSRI_ATTRIBUTE_ARCH_MAJOR = 75,
  TSRI_ATTRIBUTE_ARCH_MINOR = 76,
  TSRI_ATTRIBUTE_SHARED_MAX = 97,
  TSRI_ATTRIBUTE_MEMORY_POOLS = 115,

  TSRI_POOL_RELEASE_THRESHOLD = 4, /* CU_MEMPOOL_ATTR_..., both uint64_t */
  TSRI_POOL_RESERVED_CURRENT = 5,

  TSRI_POOL_PINNED = 1,    /* CU_MEM_ALLOCATION_TYPE_PINNED */
  TSRI_POOL_ON_DEVICE = 1, /* CU_MEM_LOCATION_TYPE_DEVICE */

  TSRI_STREAM_NON_BLOCKING = 1,
  TSRI_EVENT_DISABLE_TIMING = 2,

  TSRI_NO_DEVICE = 100, /* CUDA_ERROR_NO_DEVICE */

  TSRI_BLAS_F32 = 0, /* CUDA_R_32F and its kin, of cudaDataType */
  TSRI_BLAS_F64 = 1,
  TSRI_BLAS_F16 = 2,
  TSRI_BLAS_C64 = 4,
  TSRI_BLAS_C128 = 5,
  TSRI_BLAS_BF16 = 14,
  TSRI_BLAS_COMPUTE_F32 = 68, /* CUBLAS_COMPUTE_32F */
  TSRI_BLAS_COMPUTE_F64 = 70,
  TSRI_BLAS_WHOLE_SUMS = 16 /* CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION */
};

/* CUmemPoolProps */
typedef struct tsri_pool_props {
  int type;
  int handle_types;
  int location_type, location_id;
  void *security;
  size_t size_max;
  unsigned short usage;
  unsigned char reserved[54];
} tsri_pool_props;

#endif /* TSRI_ABI_INTERNAL_H */
