/* arg_reduce.c - rows of argmax and argmin: a thread per result, or a block where results are few. */
#include "rows.h"

#ifdef TSR_STRESS
#define LONG 16 /* so that blocks are used in tests */
#else
#define LONG (4 * TSRI_CUDA_THREADS) /* an axis worth a block */
#endif
enum {
  MANY = 1 << 15 /* results: enough for a thread each */
};

typedef struct arg_state {
  tsr_kernel_state state;
  struct CUfunc_st *function;
  bool by_blocks;
  tsri_arg_args args;
} arg_state;

/* The kernels of an op: names without dtype. */
typedef struct arg_row {
  const char *by_thread, *by_block;
} arg_row;

static tsr_status plan(arg_state *s, const arg_row *row, tsr_prepare *p) {
  const int64_t axis = ((const tsr_arg_reduce_attrs *)p->call->attrs)->axis;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  tsri_arg_args *a = &s->args;
  a->n = tsr_view_count(out);
  a->size = in->dims[axis];
  a->stride = in->strides[axis];
  if (a->n == 0) return TSR_OK;
  for (int32_t i = 0, k = 0; i < in->rank; i++) {
    if (i == axis) continue;
    const int64_t to = out->strides[k++];
    if (in->dims[i] == 1) continue;
    a->dims[a->rank] = in->dims[i];
    a->from_strides[a->rank] = in->strides[i];
    a->to_strides[a->rank++] = to;
  }
  int64_t *const strides[] = {a->from_strides, a->to_strides};
  tsri_cuda_fuse(2, &a->rank, a->dims, strides);
  s->by_blocks = a->size >= LONG && a->n < MANY;
  return tsri_cuda_kernel_by_dtype(p->device, TSRI_CUDA_IMAGE_arg_reduce,
                                   s->by_blocks ? row->by_block : row->by_thread,
                                   tsri_cuda_ordered_as(in->dtype), &s->function);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  arg_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s, &s));
  return tsri_cuda_prepared(p, plan(s, self->data, p));
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const arg_state *s = c->state;
  tsri_arg_args a = s->args;
  a.from = in[0].data;
  a.to = out[0].data;
  if (s->by_blocks) return tsri_cuda_launch_blocks(stream, s->function, a.n, &a);
  return tsri_cuda_launch_threads(stream, s->function, a.n, &a);
}

static const arg_row largest = {"tsr_argmax", "tsr_argmax_block"};
static const arg_row smallest = {"tsr_argmin", "tsr_argmin_block"};

const tsr_kernel tsri_cuda_arg_reduce_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_ARGMAX],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .out_dtypes = TSR_BIT(I64),
     .name = "cuda.argmax",
     .prepare = prepare,
     .run = run,
     .data = &largest },
    {.op = &tsri_cuda_ops[TSR_OP_ARGMIN],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .out_dtypes = TSR_BIT(I64),
     .name = "cuda.argmin",
     .prepare = prepare,
     .run = run,
     .data = &smallest},
};
const int32_t tsri_cuda_arg_reduce_kernel_count = TSRI_COUNT_OF(tsri_cuda_arg_reduce_kernels);
