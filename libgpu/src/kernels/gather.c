/* gather.c - row of gather: every axis of the result with its stride in all three arrays. */
#include "rows.h"

typedef struct gather_state {
  tsri_cuda_state state;
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

/* Batch axes of the result, in order, run along those of indices without the vectors'. */
static void plan_batches(tsri_gather_args *g, const tsr_prepare *p) {
  const tsr_gather_attrs *a = p->call->attrs;
  const tsr_view *operand = &p->in[0], *indices = &p->in[1], *out = &p->out[0];
  int32_t index_axis = 0;
  for (int32_t axis = 0; axis < out->rank; axis++) {
    if (tsri_cuda_place_in(a->offset_dims, axis) >= 0) continue;
    if (index_axis == a->index_vector_dim) index_axis++;
    const int32_t shared = tsri_cuda_place_in(a->start_indices_batching_dims, index_axis);
    append(g, out->dims[axis], out->strides[axis],
           shared >= 0 ? operand->strides[a->operand_batching_dims.data[shared]] : 0,
           indices->strides[index_axis]);
    index_axis++;
  }
}

/* Window axes of the result, in order, run along the operand axes that are left. */
static void plan_window(tsri_gather_args *g, const tsr_prepare *p) {
  const tsr_gather_attrs *a = p->call->attrs;
  const tsr_view *operand = &p->in[0], *out = &p->out[0];
  int32_t next = 0;
  for (int32_t axis = 0; axis < operand->rank; axis++) {
    int64_t size = 1;
    if (tsri_cuda_place_in(a->collapsed_slice_dims, axis) < 0 &&
        tsri_cuda_place_in(a->operand_batching_dims, axis) < 0) {
      const int64_t along = a->offset_dims.data[next++];
      size = out->dims[along];
      append(g, size, out->strides[along], operand->strides[axis], 0);
    }
    const int32_t k = tsri_cuda_place_in(a->start_index_map, axis);
    if (k < 0) continue;
    g->start_stride[k] = operand->strides[axis];
    g->start_limit[k] = operand->dims[axis] - size;
  }
}

static tsr_status plan(gather_state *s, tsr_prepare *p) {
  const tsr_gather_attrs *a = p->call->attrs;
  const tsr_view *indices = &p->in[1];
  tsri_gather_args *g = &s->args;
  g->n = tsr_view_count(&p->out[0]);
  if (g->n == 0) return TSR_OK;
  if (a->start_index_map.n > TSRI_CUDA_RANK)
    return tsri_cuda_too_many(p->call, "components of an index vector",
                              (int64_t)a->start_index_map.n);
  g->index_type = (int32_t)indices->dtype;
  g->index_size = (int32_t)a->start_index_map.n;
  if (a->index_vector_dim < indices->rank) g->index_stride = indices->strides[a->index_vector_dim];
  plan_batches(g, p);
  plan_window(g, p);
  int64_t *const strides[] = {g->out_strides, g->operand_strides, g->index_strides};
  tsri_cuda_fuse(3, &g->rank, g->dims, strides);
  return tsri_cuda_kernel_by_size(p->device, TSRI_CUDA_IMAGE_gather, "tsr_gather",
                                  tsr_dtype_size(p->out[0].dtype), &s->function);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  gather_state *s;
  TSR_TRY(tsri_cuda_state_create(sizeof *s, &s));
  p->state = s;
  p->release = tsri_cuda_state_release;
  return tsri_cuda_prepared(p, plan(s, p));
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
