/* gather.c - row of gather: every axis of the result with its stride in all three arrays. */
#include "rows.h"

typedef struct gather_state {
  tsr_kernel_state state;
  struct CUfunc_st *function;
  tsri_gather_args args;
} gather_state;

static void append(tsri_gather_args *g, int64_t size, int64_t out, int64_t operand, int64_t index) {
  if (size == 1) return;
  g->dims[g->rank] = size;
  g->out_strides[g->rank] = out;
  g->operand_strides[g->rank] = operand;
  g->index_strides[g->rank++] = index;
}

/* w: what tsr_window_spec_of_gather gives, so that its values are the result. */
static tsr_status plan(gather_state *s, tsr_prepare *p, const tsr_window_plan *w) {
  tsri_gather_args *g = &s->args;
  g->n = tsr_view_count(&p->out[0]);
  if (g->n == 0) return TSR_OK;
  if (w->index_size > TSRI_CUDA_RANK)
    return tsri_cuda_too_many(p->call, "components of an index vector", w->index_size);
  g->index_type = (int32_t)w->index_dtype;
  g->index_size = w->index_size;
  g->index_stride = w->index_stride;
  for (int32_t k = 0; k < w->index_size; k++) {
    g->start_stride[k] = w->start_stride[k];
    g->start_limit[k] = w->start_limit[k];
  }
  for (int32_t i = 0; i < w->batch_rank; i++)
    append(g, w->batch_dims[i], w->batch_values[i], w->batch_operand[i], w->batch_indices[i]);
  for (int32_t i = 0; i < w->window_rank; i++)
    append(g, w->window_dims[i], w->window_values[i], w->window_operand[i], 0);
  int64_t *const strides[] = {g->out_strides, g->operand_strides, g->index_strides};
  tsri_cuda_fuse(3, &g->rank, g->dims, strides);
  return tsri_cuda_kernel_by_size(p->device, TSRI_CUDA_IMAGE_gather, "tsr_gather",
                                  tsr_dtype_size(p->out[0].dtype), &s->function);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_window_spec spec = tsr_window_spec_of_gather(p);
  gather_state *s;
  tsr_window_plan *w;
  TSR_TRY(tsr_window_plan_create(&spec, &w));
  tsr_status status = tsri_cuda_state(p, sizeof *s, &s);
  if (status == TSR_OK) status = tsri_cuda_prepared(p, plan(s, p, w));
  tsr_kernel_state_release(w);
  return status;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const gather_state *s = c->state;
  tsri_gather_args a = s->args;
  a.operand = in[0].data;
  a.indices = in[1].data;
  a.out = out[0].data;
  return tsri_cuda_launch_threads(stream, s->function, a.n, &a);
}

const tsr_kernel tsri_cuda_gather_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_GATHER],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.gather",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_cuda_gather_kernel_count = TSRI_COUNT_OF(tsri_cuda_gather_kernels);
