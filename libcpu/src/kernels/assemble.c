/* assemble.c - rows of pad and concatenate: copies into parts of the result. */
#include "move.h"

typedef struct part {
  tsri_copy copy;
  int32_t input;
  int64_t from, to; /* bytes to the first element of either side */
} part;

typedef struct assemble_state {
  tsri_state state;
  int32_t n;
  part parts[];
} assemble_state;

static tsr_status create_state(const tsr_prepare *p, int32_t n, assemble_state **out, char **memory,
                               int64_t **strides) {
  size_t rank = (size_t)p->out[0].rank, head = sizeof(assemble_state) + sizeof(part) * (size_t)n;
  size_t bytes = head + sizeof(int64_t) * 3 * rank + tsri_copy_bytes((int32_t)rank) * (size_t)n;
  TSR_TRY(tsri_state_create(bytes, out));
  *strides = (int64_t *)(void *)((char *)*out + head);
  *memory = (char *)(*strides + 3 * rank);
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
    memory += tsri_copy_bytes(in->rank);
    at += in->dims[axis];
  }
  p->state = s;
  p->release = tsri_state_release;
  return TSR_OK;
}

/* Along one axis, element i of x goes to low + i (1 + interior): the i that stay inside
 * [0, size).
 */
static void clip(int64_t low, int64_t step, int64_t n, int64_t size, int64_t *first,
                 int64_t *count) {
  *first = low < 0 ? tsri_ceil_div(-low, step) : 0;
  int64_t end = size <= low ? 0 : tsri_ceil_div(size - low, step);
  *count = tsri_max(0, tsri_min(n, end) - *first);
}

/* The value goes everywhere first, then x over it. */
static tsr_status prepare_pad(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_pad_attrs *attrs = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  int64_t size = (int64_t)tsr_dtype_size(out->dtype);
  int32_t rank = out->rank;
  assemble_state *s;
  char *memory;
  int64_t *dims, *from, *to;
  TSR_TRY(create_state(p, 2, &s, &memory, &dims));
  from = dims + rank;
  to = from + rank;
  part *fill = &s->parts[0], *body = &s->parts[1];
  s->n = 2;
  fill->input = 1;
  for (int32_t i = 0; i < rank; i++)
    from[i] = 0;
  tsri_copy_init(&fill->copy, memory, (size_t)size, rank, out->dims, from, out->strides);
  for (int32_t i = 0; i < rank; i++) {
    int64_t first, low = attrs->low.data[i].n;
    int64_t step = 1 + (attrs->interior.n ? attrs->interior.data[i] : 0);
    clip(low, step, in->dims[i], out->dims[i], &first, &dims[i]);
    from[i] = in->strides[i];
    to[i] = out->strides[i] * (dims[i] > 1 ? step : 1); /* a step not taken may be huge */
    if (dims[i] == 0) continue;                         /* nothing of x is left */
    body->from += first * in->strides[i] * size;
    body->to += (low + first * step) * out->strides[i] * size;
  }
  tsri_copy_init(&body->copy, memory + tsri_copy_bytes(rank), (size_t)size, rank, dims, from, to);
  p->state = s;
  p->release = tsri_state_release;
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const assemble_state *s = c->state;
  for (int32_t i = 0; i < s->n; i++) {
    const part *q = &s->parts[i];
    if (q->copy.outer == 0) continue;
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
