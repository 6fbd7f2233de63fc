/* create.c - rows of constant, iota and dim_size. */
#include "blocks.h"
#include "move.h"

#include "tsr/tensor.h"

/* A constant borrows its tensor, which the attributes keep. */
typedef struct constant_state {
  tsri_state state;
  const void *data;
  tsri_copy copy;
} constant_state;

static tsr_status prepare_constant(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_constant_attrs *attrs = p->call->attrs;
  const tsr_view *out = &p->out[0];
  tsr_view literal;
  TSR_TRY(tsr_tensor_host_view((tsr_tensor *)(uintptr_t)attrs->tensor, &literal));
  constant_state *s;
  TSR_TRY(tsri_state_create(sizeof *s + tsri_copy_bytes(out->rank), &s));
  s->data = literal.data;
  tsri_copy_init(&s->copy, s + 1, tsr_dtype_size(out->dtype), out->rank, out->dims, literal.strides,
                 out->strides);
  p->state = s;
  p->release = tsri_state_release;
  return TSR_OK;
}

static tsr_status run_constant(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                               const tsr_view *out) {
  (void)in;
  const constant_state *s = c->state;
  return tsri_copy_run(&s->copy, stream, s->data, out[0].data);
}

/* 0, 1, 2, ... as elements of a dtype, block by block. */
static void count_up(tsr_dtype dtype, int64_t first, int64_t n, char *out) {
  tsri_block convert = tsri_blocks()->convert[TSR_I64][dtype];
  int64_t block[256];
  const void *args[] = {block};
  for (int64_t i = 0; i < n; i += 256) {
    int64_t m = tsri_min(256, n - i);
    for (int64_t k = 0; k < m; k++)
      block[k] = first + i + k;
    convert(m, args, out + (size_t)i * tsr_dtype_size(dtype));
  }
}

/* The numbers along the axis once, in the workspace, then repeated over all others. */
typedef struct iota_state {
  tsri_state state;
  int64_t n;
  tsri_copy copy;
} iota_state;

static tsr_status prepare_iota(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  int64_t axis = ((const tsr_iota_attrs *)p->call->attrs)->axis;
  const tsr_view *out = &p->out[0];
  size_t rank = (size_t)out->rank, size = tsr_dtype_size(out->dtype);
  iota_state *s;
  TSR_TRY(tsri_state_create(sizeof *s + sizeof(int64_t) * rank + tsri_copy_bytes(out->rank), &s));
  int64_t *strides = (int64_t *)(s + 1);
  strides[axis] = 1;
  s->n = tsr_view_count(out) ? out->dims[axis] : 0;
  tsri_copy_init(&s->copy, strides + rank, size, out->rank, out->dims, strides, out->strides);
  p->workspace = (size_t)s->n * size;
  p->state = s;
  p->release = tsri_state_release;
  return TSR_OK;
}

static tsr_status run_iota(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                           const tsr_view *out) {
  (void)in;
  const iota_state *s = c->state;
  count_up(out[0].dtype, 0, s->n, c->workspace);
  return tsri_copy_run(&s->copy, stream, c->workspace, out[0].data);
}

static tsr_status run_dim_size(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                               const tsr_view *out) {
  (void)stream;
  (void)in;
  count_up(out[0].dtype, ((const tsr_dim_size_attrs *)c->attrs)->dim.n, 1, out[0].data);
  return TSR_OK;
}

const tsr_kernel tsri_create_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_CONSTANT],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.constant",
     .prepare = prepare_constant,
     .run = run_constant},
    {.op = &tsri_cpu_ops[TSR_OP_IOTA],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cpu.iota",
     .prepare = prepare_iota,
     .run = run_iota},
    {.op = &tsri_cpu_ops[TSR_OP_DIM_SIZE],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cpu.dim_size",
     .run = run_dim_size},
};
const int32_t tsri_create_kernel_count = TSRI_COUNT_OF(tsri_create_kernels);
