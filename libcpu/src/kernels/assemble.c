/* assemble.c - rows of pad and concatenate: copies into parts of the result. */
#include "move.h"

typedef struct part {
  tsri_copy copy;
  int32_t input;
  int64_t from, to; /* bytes to the first element of either side */
} part;

typedef struct assemble_state {
  tsr_kernel_state state;
  int32_t n;
  part parts[];
} assemble_state;

/* A state with n parts, room for their copies, and 3 zeros for every axis of the result. */
static tsr_status create_state(const tsr_prepare *p, int32_t n, assemble_state **out, char **memory,
                               int64_t **numbers) {
  size_t rank = (size_t)p->out[0].rank, head = sizeof(assemble_state) + sizeof(part) * (size_t)n;
  size_t bytes = head + sizeof(int64_t) * 3 * rank +
                 tsri_copy_bytes((int32_t)rank, p->out[0].dims) * (size_t)n;
  TSR_TRY(tsr_kernel_state_create(bytes, out));
  *numbers = (int64_t *)(void *)((char *)*out + head);
  *memory = (char *)(*numbers + 3 * rank);
  return TSR_OK;
}

static tsr_status prepare_concatenate(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  int64_t axis = ((const tsr_concatenate_attrs *)p->call->attrs)->axis, at = 0;
  size_t size = tsr_dtype_size(p->out[0].dtype);
  assemble_state *s;
  char *memory;
  int64_t *unused;
  TSR_TRY(create_state(p, p->call->n_in, &s, &memory, &unused));
  for (int32_t i = 0; i < p->call->n_in; i++) {
    const tsr_view *in = &p->in[i];
    part *q = &s->parts[s->n++];
    q->input = i;
    q->to = at * p->out[0].strides[axis] * (int64_t)size;
    tsri_copy_init(&q->copy, memory, size, in->rank, in->dims, in->strides, p->out[0].strides);
    memory += tsri_copy_bytes(in->rank, p->out[0].dims);
    at += in->dims[axis];
  }
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

/* The value goes everywhere first, then x over it. */
static tsr_status prepare_pad(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_view *out = &p->out[0];
  const size_t size = tsr_dtype_size(out->dtype);
  assemble_state *s;
  char *memory;
  int64_t *numbers;
  tsr_pad_plan x;
  TSR_TRY(create_state(p, 2, &s, &memory, &numbers));
  part *fill = &s->parts[0], *body = &s->parts[1];
  s->n = 2;
  fill->input = 1;
  tsri_copy_init(&fill->copy, memory, size, out->rank, out->dims, numbers, out->strides);
  tsr_plan_pad(p, numbers, &x);
  tsri_copy_init(&body->copy, memory + tsri_copy_bytes(out->rank, out->dims), size, out->rank,
                 x.dims, x.from, x.to);
  body->from = x.from_offset * (int64_t)size;
  body->to = x.to_offset * (int64_t)size;
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const assemble_state *s = c->state;
  for (int32_t i = 0; i < s->n; i++) {
    const part *q = &s->parts[i];
    if (q->copy.blocks == 0) continue;
    TSR_TRY(tsri_copy_run(&q->copy, stream, (const char *)in[q->input].data + q->from,
                          (char *)out[0].data + q->to));
  }
  return TSR_OK;
}

const tsr_kernel tsri_assemble_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_PAD],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.pad",
     .prepare = prepare_pad,
     .run = run},
    {.op = &tsri_cpu_ops[TSR_OP_CONCATENATE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.concatenate",
     .prepare = prepare_concatenate,
     .run = run},
};
const int32_t tsri_assemble_kernel_count = TSRI_COUNT_OF(tsri_assemble_kernels);
