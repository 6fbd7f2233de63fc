/* structural.c - rows of the ops that lay the elements of their inputs out anew.
 *
 * Each says where element [i...] of the result lies in the input, as strides; the rest is one
 * strided copy. The rules are those of libcpu's structural.c.
 */
#include "copy.h"

/* Fill strides[rank of out] and give the offset of the first element. */
typedef int64_t (*source_strides)(const tsr_prepare *p, int64_t *strides);
typedef struct structural_row {
  source_strides source;
} structural_row;

typedef struct structural_state {
  tsr_kernel_state state;
  int64_t offset; /* bytes */
  tsri_cuda_copy copy;
} structural_state;

/* A state with room for that many strides behind it. */
static tsr_status create_state(tsr_prepare *p, size_t size, int32_t n, void *out,
                               int64_t **strides) {
  TSR_TRY(tsri_cuda_state(p, size + sizeof(int64_t) * (size_t)(n + 1), out));
  *strides = (int64_t *)(void *)((char *)p->state + size);
  return TSR_OK;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const structural_row *row = self->data;
  const tsr_view *out = &p->out[0];
  const size_t size = tsr_dtype_size(out->dtype);
  structural_state *s;
  int64_t *strides;
  TSR_TRY(create_state(p, sizeof *s, out->rank, &s, &strides));
  s->offset = row->source(p, strides) * (int64_t)size;
  return tsri_cuda_prepared(p, tsri_cuda_copy_init(&s->copy, p->device, size, out->rank, out->dims,
                                                   strides, out->strides));
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const structural_state *s = c->state;
  if (s->copy.args.n == 0) return TSR_OK;
  return tsri_cuda_copy_run(&s->copy, stream, (const char *)in[0].data + s->offset, out[0].data);
}

/* A reshape is one copy if either side can be seen under the other's shape, else two, with a
 * dense copy of the input between them.
 */
typedef struct reshape_state {
  tsr_kernel_state state;
  bool by_way; /* of the workspace */
  tsri_cuda_copy first, second;
} reshape_state;

static tsr_status plan_reshape(reshape_state *s, tsr_prepare *p, int64_t *strides) {
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  const size_t size = tsr_dtype_size(out->dtype);
  if (tsr_view_count(out) == 0) return TSR_OK;
  if (tsr_layout_reshape(in->rank, in->dims, in->strides, out->rank, out->dims, strides))
    return tsri_cuda_copy_init(&s->first, p->device, size, out->rank, out->dims, strides,
                               out->strides);
  if (tsr_layout_reshape(out->rank, out->dims, out->strides, in->rank, in->dims, strides))
    return tsri_cuda_copy_init(&s->first, p->device, size, in->rank, in->dims, in->strides,
                               strides);
  s->by_way = true;
  p->workspace = (size_t)tsr_view_count(out) * size;
  tsr_layout_c_strides(in->rank, in->dims, strides);
  TSR_TRY(
      tsri_cuda_copy_init(&s->first, p->device, size, in->rank, in->dims, in->strides, strides));
  tsr_layout_c_strides(out->rank, out->dims, strides);
  return tsri_cuda_copy_init(&s->second, p->device, size, out->rank, out->dims, strides,
                             out->strides);
}

static tsr_status prepare_reshape(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  reshape_state *s;
  int64_t *strides;
  TSR_TRY(create_state(p, sizeof *s, in->rank > out->rank ? in->rank : out->rank, &s, &strides));
  if (tsr_view_is_contiguous(in) && tsr_view_is_contiguous(out)) p->alias[0] = 0;
  return tsri_cuda_prepared(p, plan_reshape(s, p, strides));
}

static tsr_status run_reshape(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                              const tsr_view *out) {
  const reshape_state *s = c->state;
  if (in[0].data == out[0].data) return TSR_OK;
  if (!s->by_way) return tsri_cuda_copy_run(&s->first, stream, in[0].data, out[0].data);
  TSR_TRY(tsri_cuda_copy_run(&s->first, stream, in[0].data, c->workspace));
  return tsri_cuda_copy_run(&s->second, stream, c->workspace, out[0].data);
}

/* A barrier hands its inputs on; where the memory is taken over there is nothing to do. */
typedef struct barrier_state {
  tsr_kernel_state state;
  tsri_cuda_copy copies[];
} barrier_state;

static tsr_status prepare_barrier(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const int32_t n = p->call->n_out;
  barrier_state *s;
  int64_t *unused;
  TSR_TRY(create_state(p, sizeof *s + sizeof(tsri_cuda_copy) * (size_t)n, 0, &s, &unused));
  tsr_status status = TSR_OK;
  for (int32_t i = 0; i < n && status == TSR_OK; i++) {
    const tsr_view *in = &p->in[i], *out = &p->out[i];
    status = tsri_cuda_copy_init(&s->copies[i], p->device, tsr_dtype_size(out->dtype), out->rank,
                                 out->dims, in->strides, out->strides);
    if (tsr_view_same_layout(in, out)) p->alias[i] = i;
  }
  return tsri_cuda_prepared(p, status);
}

static tsr_status run_barrier(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                              const tsr_view *out) {
  const barrier_state *s = c->state;
  for (int32_t i = 0; i < c->n_out; i++)
    if (in[i].data != out[i].data)
      TSR_TRY(tsri_cuda_copy_run(&s->copies[i], stream, in[i].data, out[i].data));
  return TSR_OK;
}

static const structural_row broadcast_row = {tsr_plan_broadcast};
static const structural_row transpose_row = {tsr_plan_transpose};
static const structural_row slice_row = {tsr_plan_slice};
static const structural_row reverse_row = {tsr_plan_reverse};

const tsr_kernel tsri_cuda_structural_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_BROADCAST_IN_DIM],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.broadcast_in_dim",
     .prepare = prepare,
     .run = run,
     .data = &broadcast_row},
    {.op = &tsri_cuda_ops[TSR_OP_TRANSPOSE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.transpose",
     .prepare = prepare,
     .run = run,
     .data = &transpose_row},
    {.op = &tsri_cuda_ops[TSR_OP_SLICE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.slice",
     .prepare = prepare,
     .run = run,
     .data = &slice_row},
    {.op = &tsri_cuda_ops[TSR_OP_REVERSE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.reverse",
     .prepare = prepare,
     .run = run,
     .data = &reverse_row},
    {.op = &tsri_cuda_ops[TSR_OP_RESHAPE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.reshape",
     .prepare = prepare_reshape,
     .run = run_reshape},
    {.op = &tsri_cuda_ops[TSR_OP_BARRIER],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.barrier",
     .prepare = prepare_barrier,
     .run = run_barrier  },
};
const int32_t tsri_cuda_structural_kernel_count = TSRI_COUNT_OF(tsri_cuda_structural_kernels);
