/* create.c - rows of constant, iota and dim_size. */
#include "move.h"
#include "variants/variants.h"

#include "tsr/spi/literal.h"
#include "tsr/tensor.h"

/* A constant borrows its elements, which the attributes keep: a tensor's or a literal's. */
typedef struct constant_state {
  tsr_kernel_state state;
  const void *data;
  tsri_copy copy;
} constant_state;

/* c_strides: room for those of a literal, which is dense. */
static tsr_status elements_of(const tsr_object *object, const tsr_view *out, int64_t *c_strides,
                              tsr_view *from) {
  const tsr_literal *literal = tsr_literal_cast(object);
  if (!literal) return tsr_tensor_host_view((tsr_tensor *)(uintptr_t)object, from);
  *from = tsr_view_c((void *)(uintptr_t)literal->data, out->dtype, out->rank, out->dims, c_strides);
  return TSR_OK;
}

static tsr_status prepare_constant(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_constant_attrs *attrs = p->call->attrs;
  const tsr_view *out = &p->out[0];
  const size_t strides_bytes = sizeof(int64_t) * ((size_t)out->rank + 1);
  tsr_view from;
  constant_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + strides_bytes + tsri_copy_bytes(out->rank, out->dims),
                                  &s));
  int64_t *c_strides = (int64_t *)(s + 1);
  tsr_status status = elements_of(attrs->tensor, out, c_strides, &from);
  if (status != TSR_OK) {
    tsr_kernel_state_release(s);
    return status;
  }
  s->data = from.data;
  tsri_copy_init(&s->copy, c_strides + out->rank + 1, p->device, tsr_dtype_size(out->dtype),
                 out->rank, out->dims, from.strides, out->strides);
  p->state = s;
  p->release = tsr_kernel_state_release;
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
  tsri_block convert = tsri_variant_chosen()->convert[TSR_I64][dtype];
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
  tsr_kernel_state state;
  int64_t n;
  tsri_copy copy;
} iota_state;

static tsr_status prepare_iota(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  int64_t axis = ((const tsr_iota_attrs *)p->call->attrs)->axis;
  const tsr_view *out = &p->out[0];
  size_t rank = (size_t)out->rank, size = tsr_dtype_size(out->dtype);
  iota_state *s;
  TSR_TRY(tsr_kernel_state_create(
      sizeof *s + sizeof(int64_t) * rank + tsri_copy_bytes(out->rank, out->dims), &s));
  int64_t *strides = (int64_t *)(s + 1);
  strides[axis] = 1;
  s->n = tsr_view_count(out) ? out->dims[axis] : 0;
  tsri_copy_init(&s->copy, strides + rank, p->device, size, out->rank, out->dims, strides,
                 out->strides);
  p->workspace = (size_t)s->n * size;
  p->state = s;
  p->release = tsr_kernel_state_release;
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
