/* structural.c - rows of the ops that lay the elements of one input out anew.
 *
 * Each row says where element [i...] of the result lies in the input, as strides; the
 * rest is one strided copy.
 */
#include "move.h"

/* Fill strides[rank of out] and give the offset of the first element. */
typedef int64_t (*source_strides)(const tsr_prepare *p, int64_t *strides);
typedef struct structural_row {
  source_strides source;
} structural_row;

typedef struct structural_state {
  tsr_kernel_state state;
  int64_t offset; /* bytes */
  tsri_copy copy;
} structural_state;

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const structural_row *row = self->data;
  size_t rank = (size_t)p->out[0].rank, size = tsr_dtype_size(p->out[0].dtype);
  size_t strides_bytes = sizeof(int64_t) * (rank + 1);
  structural_state *s;
  TSR_TRY(tsr_kernel_state_create(
      sizeof *s + strides_bytes + tsri_copy_bytes((int32_t)rank, p->out[0].dims), &s));
  int64_t *strides = (int64_t *)(s + 1);
  s->offset = row->source(p, strides) * (int64_t)size;
  tsri_copy_init(&s->copy, strides + rank + 1, p->device, size, (int32_t)rank, p->out[0].dims,
                 strides, p->out[0].strides);
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const structural_state *s = c->state;
  if (s->copy.blocks == 0) return TSR_OK;
  return tsri_copy_run(&s->copy, stream, (const char *)in[0].data + s->offset, out[0].data);
}

/* A reshape is one copy if either side can be seen under the other's shape, else two,
 * with a dense copy of the input between them.
 */
typedef struct reshape_state {
  tsr_kernel_state state;
  bool by_way; /* of the workspace */
  tsri_copy first, second;
} reshape_state;

static tsr_status prepare_reshape(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  int32_t rank = in->rank > out->rank ? in->rank : out->rank;
  size_t size = tsr_dtype_size(out->dtype),
         one = tsri_copy_bytes(rank, in->rank > out->rank ? in->dims : out->dims);
  reshape_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + sizeof(int64_t) * (size_t)(rank + 1) + 2 * one, &s));
  int64_t *strides = (int64_t *)(s + 1);
  char *memory = (char *)(strides + rank + 1);
  if (tsr_view_count(out) == 0) {
    tsri_copy_init(&s->first, memory, p->device, size, out->rank, out->dims, out->strides,
                   out->strides);
  } else if (tsr_layout_reshape(in->rank, in->dims, in->strides, out->rank, out->dims, strides)) {
    tsri_copy_init(&s->first, memory, p->device, size, out->rank, out->dims, strides, out->strides);
  } else if (tsr_layout_reshape(out->rank, out->dims, out->strides, in->rank, in->dims, strides)) {
    tsri_copy_init(&s->first, memory, p->device, size, in->rank, in->dims, in->strides, strides);
  } else {
    s->by_way = true;
    p->workspace = (size_t)tsr_view_count(out) * size;
    tsr_layout_c_strides(in->rank, in->dims, strides);
    tsri_copy_init(&s->first, memory, p->device, size, in->rank, in->dims, in->strides, strides);
    tsr_layout_c_strides(out->rank, out->dims, strides);
    tsri_copy_init(&s->second, memory + one, p->device, size, out->rank, out->dims, strides,
                   out->strides);
  }
  if (tsr_view_is_contiguous(in) && tsr_view_is_contiguous(out)) p->alias[0] = 0;
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

static tsr_status run_reshape(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                              const tsr_view *out) {
  const reshape_state *s = c->state;
  if (in[0].data == out[0].data) return TSR_OK;
  if (!s->by_way) return tsri_copy_run(&s->first, stream, in[0].data, out[0].data);
  TSR_TRY(tsri_copy_run(&s->first, stream, in[0].data, c->workspace));
  return tsri_copy_run(&s->second, stream, c->workspace, out[0].data);
}

/* A barrier hands its inputs on; where the memory is taken over there is nothing to do. */
typedef struct barrier_state {
  tsr_kernel_state state;
  tsri_copy copies[];
} barrier_state;

static tsr_status prepare_barrier(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  int32_t n = p->call->n_out;
  size_t head = sizeof(barrier_state) + sizeof(tsri_copy) * (size_t)n, bytes = head;
  for (int32_t i = 0; i < n; i++)
    bytes += tsri_copy_bytes(p->out[i].rank, p->out[i].dims);
  barrier_state *s;
  TSR_TRY(tsr_kernel_state_create(bytes, &s));
  char *memory = (char *)s + head;
  for (int32_t i = 0; i < n; i++) {
    tsri_copy_init(&s->copies[i], memory, p->device, tsr_dtype_size(p->out[i].dtype),
                   p->out[i].rank, p->out[i].dims, p->in[i].strides, p->out[i].strides);
    memory += tsri_copy_bytes(p->out[i].rank, p->out[i].dims);
    if (tsr_view_same_layout(&p->in[i], &p->out[i])) p->alias[i] = i;
  }
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

static tsr_status run_barrier(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                              const tsr_view *out) {
  const barrier_state *s = c->state;
  for (int32_t i = 0; i < c->n_out; i++)
    if (in[i].data != out[i].data)
      TSR_TRY(tsri_copy_run(&s->copies[i], stream, in[i].data, out[i].data));
  return TSR_OK;
}

static const structural_row broadcast_row = {tsr_plan_broadcast};
static const structural_row transpose_row = {tsr_plan_transpose};
static const structural_row slice_row = {tsr_plan_slice};
static const structural_row reverse_row = {tsr_plan_reverse};

const tsr_kernel tsri_structural_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_BROADCAST_IN_DIM],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.broadcast_in_dim",
     .prepare = prepare,
     .run = run,
     .data = &broadcast_row},
    {.op = &tsri_cpu_ops[TSR_OP_TRANSPOSE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.transpose",
     .prepare = prepare,
     .run = run,
     .data = &transpose_row},
    {.op = &tsri_cpu_ops[TSR_OP_SLICE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.slice",
     .prepare = prepare,
     .run = run,
     .data = &slice_row},
    {.op = &tsri_cpu_ops[TSR_OP_REVERSE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.reverse",
     .prepare = prepare,
     .run = run,
     .data = &reverse_row},
    {.op = &tsri_cpu_ops[TSR_OP_RESHAPE],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.reshape",
     .prepare = prepare_reshape,
     .run = run_reshape},
    {.op = &tsri_cpu_ops[TSR_OP_BARRIER],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.barrier",
     .prepare = prepare_barrier,
     .run = run_barrier  },
};
const int32_t tsri_structural_kernel_count = TSRI_COUNT_OF(tsri_structural_kernels);
