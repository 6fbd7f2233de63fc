/* create.c - rows of constant, iota and dim_size. */
#include "copy.h"

#include "tsr/spi/literal.h"

/* A constant: its elements in C order, lent by a literal or copied here from a tensor. They
 * go straight into a dense result, otherwise through the workspace.
 */
typedef struct constant_state {
  tsr_kernel_state state;
  const void *data;
  size_t bytes;
  bool by_way;
  tsri_cuda_copy copy;
} constant_state;

static tsr_status elements_of(const tsr_object *object, const tsr_view *out, int64_t *strides,
                              void *room, const void **data) {
  const tsr_literal *literal = tsr_literal_cast(object);
  *data = room;
  if (literal) {
    *data = literal->data;
    return TSR_OK;
  }
  tsr_view from;
  TSR_TRY(tsr_tensor_host_view((tsr_tensor *)(uintptr_t)object, &from));
  const tsr_view dense = tsr_view_c(room, out->dtype, out->rank, out->dims, strides);
  return tsr_view_copy(&from, &dense);
}

static tsr_status plan_constant(constant_state *s, tsr_prepare *p, int64_t *strides) {
  const tsr_constant_attrs *attrs = p->call->attrs;
  const tsr_view *out = &p->out[0];
  TSR_TRY(elements_of(attrs->tensor, out, strides, strides + out->rank + 1, &s->data));
  s->by_way = !tsr_view_is_contiguous(out);
  if (!s->by_way) return TSR_OK;
  p->workspace = s->bytes;
  tsr_layout_c_strides(out->rank, out->dims, strides);
  return tsri_cuda_copy_init(&s->copy, p->device, tsr_dtype_size(out->dtype), out->rank, out->dims,
                             strides, out->strides);
}

static tsr_status prepare_constant(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_constant_attrs *attrs = p->call->attrs;
  const tsr_view *out = &p->out[0];
  const size_t bytes = (size_t)tsr_view_count(out) * tsr_dtype_size(out->dtype);
  const size_t room =
      sizeof(int64_t) * (size_t)(out->rank + 1) + (tsr_literal_cast(attrs->tensor) ? 0 : bytes);
  constant_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s + room, &s));
  s->bytes = bytes;
  return tsri_cuda_prepared(p, plan_constant(s, p, (int64_t *)(s + 1)));
}

/* The driver has read the elements when upload returns: their memory is not page-locked. */
static tsr_status run_constant(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                               const tsr_view *out) {
  (void)in;
  const constant_state *s = c->state;
  TSR_TRY(tsri_cuda_upload(stream, s->by_way ? c->workspace : out[0].data, s->data, s->bytes));
  return s->by_way ? tsri_cuda_copy_run(&s->copy, stream, c->workspace, out[0].data) : TSR_OK;
}

/* Numbers to write: base plus the offset in an array whose only stride is 1 along the axis. */
typedef struct iota_state {
  tsr_kernel_state state;
  struct CUfunc_st *function;
  tsri_copy_args args;
} iota_state;

static tsr_status plan_iota(tsr_prepare *p, int64_t base, int64_t axis) {
  const tsr_view *out = &p->out[0];
  iota_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s, &s));
  tsri_copy_args *a = &s->args;
  a->base = base;
  a->n = tsr_view_count(out);
  if (a->n == 0) return TSR_OK;
  for (int32_t i = 0; i < out->rank; i++) {
    if (out->dims[i] == 1) continue;
    a->dims[a->rank] = out->dims[i];
    a->from_strides[a->rank] = i == axis;
    a->to_strides[a->rank++] = out->strides[i];
  }
  int64_t *const strides[] = {a->from_strides, a->to_strides};
  tsri_cuda_fuse(2, &a->rank, a->dims, strides);
  return tsri_cuda_prepared(
      p, tsri_cuda_kernel_by_dtype(p->device, TSRI_CUDA_IMAGE_create, "tsr_iota",
                                   tsri_cuda_wrapped_as(out->dtype), &s->function));
}

static tsr_status prepare_iota(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return plan_iota(p, 0, ((const tsr_iota_attrs *)p->call->attrs)->axis);
}

static tsr_status prepare_dim_size(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  return plan_iota(p, ((const tsr_dim_size_attrs *)p->call->attrs)->dim.n, -1);
}

static tsr_status run_iota(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                           const tsr_view *out) {
  (void)in;
  const iota_state *s = c->state;
  tsri_copy_args a = s->args;
  a.to = out[0].data;
  return tsri_cuda_launch_threads(stream, s->function, a.n, &a);
}

const tsr_kernel tsri_cuda_create_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_CONSTANT],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.constant",
     .prepare = prepare_constant,
     .run = run_constant},
    {.op = &tsri_cuda_ops[TSR_OP_IOTA],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cuda.iota",
     .prepare = prepare_iota,
     .run = run_iota    },
    {.op = &tsri_cuda_ops[TSR_OP_DIM_SIZE],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cuda.dim_size",
     .prepare = prepare_dim_size,
     .run = run_iota    },
};
const int32_t tsri_cuda_create_kernel_count = TSRI_COUNT_OF(tsri_cuda_create_kernels);
