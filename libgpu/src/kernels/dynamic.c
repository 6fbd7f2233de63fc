/* dynamic.c - rows of dynamic_slice and dynamic_update_slice: a window copied out of the
 * operand, or over a copy of it, at starts that the kernel clamps so that it fits.
 *
 * A gather of one window is the slice. The update is the same copy with the sides changed, so
 * the kernel of gather.cu serves both: strides of the side that the starts move are added to.
 */
#include "copy.h"

typedef struct dynamic_state {
  tsr_kernel_state state;
  struct CUfunc_st *function;
  tsri_cuda_copy whole; /* of the operand, for an update */
  tsri_gather_args args;
} dynamic_state;

/* moved: the side that the starts move within; fixed: the other. dims: of the window. */
static tsr_status plan(dynamic_state *s, tsr_prepare *p, const char *kernel, const tsr_view *moved,
                       const tsr_view *fixed, const tsr_view *starts) {
  tsri_gather_args *g = &s->args;
  g->n = tsr_view_count(fixed);
  if (g->n == 0) return TSR_OK;
  if (moved->rank > TSRI_CUDA_RANK)
    return tsri_cuda_too_many(p->call, "components of the start", moved->rank);
  g->index_type = (int32_t)starts->dtype;
  g->index_size = moved->rank;
  g->index_stride = starts->strides[0];
  for (int32_t i = 0; i < moved->rank; i++) {
    g->start_stride[i] = moved->strides[i];
    g->start_limit[i] = moved->dims[i] - fixed->dims[i];
    if (fixed->dims[i] == 1) continue;
    g->dims[g->rank] = fixed->dims[i];
    g->out_strides[g->rank] = fixed->strides[i];
    g->operand_strides[g->rank++] = moved->strides[i];
  }
  int64_t *const strides[] = {g->out_strides, g->operand_strides};
  tsri_cuda_fuse(2, &g->rank, g->dims, strides);
  return tsri_cuda_kernel_by_size(p->device, TSRI_CUDA_IMAGE_gather, kernel,
                                  tsr_dtype_size(moved->dtype), &s->function);
}

static tsr_status prepare_slice(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  dynamic_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s, &s));
  return tsri_cuda_prepared(p, plan(s, p, "tsr_gather", &p->in[0], &p->out[0], &p->in[1]));
}

static tsr_status run_slice(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                            const tsr_view *out) {
  const dynamic_state *s = c->state;
  tsri_gather_args a = s->args;
  a.operand = in[0].data;
  a.indices = in[1].data;
  a.out = out[0].data;
  return tsri_cuda_launch_threads(stream, s->function, a.n, &a);
}

static tsr_status prepare_update(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  dynamic_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s, &s));
  if (tsr_view_same_layout(in, out)) p->alias[0] = 0;
  tsr_status status = tsri_cuda_copy_init(&s->whole, p->device, tsr_dtype_size(out->dtype),
                                          out->rank, out->dims, in->strides, out->strides);
  if (status == TSR_OK) status = plan(s, p, "tsr_put", out, &p->in[1], &p->in[2]);
  return tsri_cuda_prepared(p, status);
}

static tsr_status run_update(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                             const tsr_view *out) {
  const dynamic_state *s = c->state;
  tsri_gather_args a = s->args;
  if (in[0].data != out[0].data)
    TSR_TRY(tsri_cuda_copy_run(&s->whole, stream, in[0].data, out[0].data));
  a.operand = in[1].data;
  a.indices = in[2].data;
  a.out = out[0].data;
  return tsri_cuda_launch_threads(stream, s->function, a.n, &a);
}

const tsr_kernel tsri_cuda_dynamic_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_DYNAMIC_SLICE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.dynamic_slice",
     .prepare = prepare_slice,
     .run = run_slice },
    {.op = &tsri_cuda_ops[TSR_OP_DYNAMIC_UPDATE_SLICE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.dynamic_update_slice",
     .prepare = prepare_update,
     .run = run_update},
};
const int32_t tsri_cuda_dynamic_kernel_count = TSRI_COUNT_OF(tsri_cuda_dynamic_kernels);
