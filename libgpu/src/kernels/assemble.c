/* assemble.c - rows of pad and concatenate: copies into parts of the result. */
#include "copy.h"

typedef struct part {
  tsri_cuda_copy copy;
  int32_t input;
  int64_t from, to; /* bytes to the first element of either side */
} part;

typedef struct assemble_state {
  tsr_kernel_state state;
  int32_t n;
  part parts[];
} assemble_state;

/* A state with n parts and 3 zeros for every axis of the result. */
static tsr_status create_state(tsr_prepare *p, int32_t n, assemble_state **out, int64_t **numbers) {
  const size_t head = sizeof(assemble_state) + sizeof(part) * (size_t)n;
  TSR_TRY(tsri_cuda_state(p, head + sizeof(int64_t) * 5 * (size_t)(p->out[0].rank + 1), out));
  *numbers = (int64_t *)(void *)((char *)*out + head);
  return TSR_OK;
}

static tsr_status prepare_concatenate(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  int64_t axis = ((const tsr_concatenate_attrs *)p->call->attrs)->axis, at = 0;
  const size_t size = tsr_dtype_size(p->out[0].dtype);
  assemble_state *s;
  int64_t *unused;
  TSR_TRY(create_state(p, p->call->n_in, &s, &unused));
  tsr_status status = TSR_OK;
  for (int32_t i = 0; i < p->call->n_in && status == TSR_OK; i++) {
    const tsr_view *in = &p->in[i];
    part *q = &s->parts[s->n++];
    q->input = i;
    q->to = at * p->out[0].strides[axis] * (int64_t)size;
    status = tsri_cuda_copy_init(&q->copy, p->device, size, in->rank, in->dims, in->strides,
                                 p->out[0].strides);
    at += in->dims[axis];
  }
  return tsri_cuda_prepared(p, status);
}

/* The value goes everywhere first, then x over it. */
static tsr_status prepare_pad(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_view *out = &p->out[0];
  const size_t size = tsr_dtype_size(out->dtype);
  assemble_state *s;
  int64_t *numbers;
  tsr_pad_plan x;
  TSR_TRY(create_state(p, 2, &s, &numbers));
  part *fill = &s->parts[0], *body = &s->parts[1];
  s->n = 2;
  fill->input = 1;
  tsr_status status = tsri_cuda_copy_init(&fill->copy, p->device, size, out->rank, out->dims,
                                          numbers, out->strides);
  tsr_plan_pad(p, numbers, &x);
  if (status == TSR_OK)
    status = tsri_cuda_copy_init(&body->copy, p->device, size, out->rank, x.dims, x.from, x.to);
  body->from = x.from_offset * (int64_t)size;
  body->to = x.to_offset * (int64_t)size;
  return tsri_cuda_prepared(p, status);
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const assemble_state *s = c->state;
  for (int32_t i = 0; i < s->n; i++) {
    const part *q = &s->parts[i];
    if (q->copy.args.n == 0) continue;
    TSR_TRY(tsri_cuda_copy_run(&q->copy, stream, (const char *)in[q->input].data + q->from,
                               (char *)out[0].data + q->to));
  }
  return TSR_OK;
}

const tsr_kernel tsri_cuda_assemble_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_PAD],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.pad",
     .prepare = prepare_pad,
     .run = run},
    {.op = &tsri_cuda_ops[TSR_OP_CONCATENATE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.concatenate",
     .prepare = prepare_concatenate,
     .run = run},
};
const int32_t tsri_cuda_assemble_kernel_count = TSRI_COUNT_OF(tsri_cuda_assemble_kernels);
