/* fused.c - the row that runs fused expressions. */
#include "generated.h"

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_fused_attrs *attrs = p->call->attrs;
  if (tsr_expr_rows((const tsr_expr *)attrs->expr))
    return TSR_FAIL(TSR_ERR_UNSUPPORTED, "fused: cuda has no kernel for steps that reduce");
  return tsri_cuda_generated_prepare((tsr_expr *)(uintptr_t)attrs->expr, p);
}

const tsr_kernel tsri_cuda_fused_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_FUSED],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.fused",
     .prepare = prepare,
     .run = tsri_cuda_generated_run}
};
const int32_t tsri_cuda_fused_kernel_count = TSRI_COUNT_OF(tsri_cuda_fused_kernels);
