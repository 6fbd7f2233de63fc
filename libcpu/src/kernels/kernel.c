/* kernel.c - op rows, chunks and states shared by the kernels. */
#include "kernel.h"

#include <string.h>

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

tsr_status tsri_state_create(size_t size, void *out) {
  void *state;
  TSR_TRY(tsr_alloc(size, 0, &state));
  memset(state, 0, size);
  ((tsri_state *)state)->size = size;
  memcpy(out, &state, sizeof state);
  return TSR_OK;
}

void tsri_state_release(void *state) {
  if (state) tsr_free(state, ((tsri_state *)state)->size, 0);
}
