/* rows.h - what every file of kernel rows needs: ops to point at, states, names of kernels. */
#ifndef TSRI_CUDA_ROWS_H
#define TSRI_CUDA_ROWS_H

#include "args.h"
#include "cuda_internal.h"

#include "tsr/layout.h"
#include "tsr/op.h"
#include "tsr/spi/plan.h"

/* The core ops by id, as a constant; an op's identity is its name. */
extern const tsr_op tsri_cuda_ops[TSR_OP_CORE_COUNT];

#define TSRI_COUNT_OF(array) ((int32_t)(sizeof(array) / sizeof((array)[0])))

/* A zeroed state that stands in p; out: pointer to a pointer to it. */
tsr_status tsri_cuda_state(tsr_prepare *p, size_t size, void *out);

/* The end of a prepare whose state stands in p: when it failed the state goes. */
tsr_status tsri_cuda_prepared(tsr_prepare *p, tsr_status status);

/* The kernel <prefix>_<dtype> or <prefix>_<element size>. */
tsr_status tsri_cuda_kernel_by_dtype(tsr_device *device, tsri_cuda_image_id id, const char *prefix,
                                     tsr_dtype dtype, struct CUfunc_st **out);
tsr_status tsri_cuda_kernel_by_size(tsr_device *device, tsri_cuda_image_id id, const char *prefix,
                                    size_t size, struct CUfunc_st **out);

/* The dtype whose kernels make, add and multiply for this one: signed integers wrap as unsigned
 * ones.
 */
tsr_dtype tsri_cuda_wrapped_as(tsr_dtype dtype);
/* The dtype whose kernels compare for this one: bool is ordered as u8. */
tsr_dtype tsri_cuda_ordered_as(tsr_dtype dtype);

/* Up to n arrays walked together, in the argument structs: axes longer than 1, fused. There
 * are never more than 62 such axes, since counts fit 63 bits.
 *
 * Start with rank 0, append axis by axis, then fuse.
 */
void tsri_cuda_fuse(int32_t n, int32_t *rank, int64_t *dims, int64_t *const *strides);

/* UNSUPPORTED, saying how many of what a kernel can walk. */
tsr_status tsri_cuda_too_many(const tsr_call *call, const char *what, int64_t n);

#endif /* TSRI_CUDA_ROWS_H */
