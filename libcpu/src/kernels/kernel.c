/* kernel.c - op rows and chunks shared by the kernels. */
#include "kernel.h"

const tsr_op tsri_cpu_ops[TSR_OP_CORE_COUNT] = {
#define TSR_OP(ID, op_name, ...) [TSR_OP_##ID] = {.name = #op_name},
#include "tsr/ops.def"
};

static tsr_status run_range(void *ctx, int64_t i) {
  const tsri_range_job *job = ctx;
  return job->run(job->ctx, i * job->chunk, tsri_min(job->n, (i + 1) * job->chunk));
}

tsr_status tsri_parallel_ranges(tsr_stream *stream, int64_t n, int64_t chunk,
                                tsr_status (*run)(void *ctx, int64_t begin, int64_t end),
                                void *ctx) {
  if (n <= 0) return TSR_OK;
  if (n <= chunk) return run(ctx, 0, n);
  tsri_range_job job = {run, ctx, n, chunk};
  return tsri_cpu_parallel(stream, tsri_ceil_div(n, chunk), run_range, &job);
}
