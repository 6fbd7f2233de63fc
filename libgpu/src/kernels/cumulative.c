/* cumulative.c - rows of cumsum, cumprod, cummax and cummin. */
#include "rows.h"

typedef struct cumulative_state {
  tsr_kernel_state state;
  struct CUfunc_st *function;
  int64_t from_first, to_first; /* bytes to where the lines begin */
  tsri_cumulative_args args;
} cumulative_state;

/* The other way round: from the last element, by negative steps. */
static void turn(cumulative_state *s, int64_t size) {
  tsri_cumulative_args *a = &s->args;
  s->from_first = (a->size - 1) * a->from_step * size;
  s->to_first = (a->size - 1) * a->to_step * size;
  a->from_step = -a->from_step;
  a->to_step = -a->to_step;
}

/* The kernel of an op: its name without dtype, and the dtype whose kernel it is. */
typedef struct cumulative_row {
  const char *name;
  tsr_dtype (*as)(tsr_dtype dtype);
} cumulative_row;

static tsr_status plan(cumulative_state *s, const cumulative_row *row, tsr_prepare *p) {
  const tsr_cumulative_attrs *attrs = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  tsri_cumulative_args *a = &s->args;
  if (tsr_view_same_layout(in, out)) p->alias[0] = 0;
  if (tsr_view_count(in) == 0) return TSR_OK;
  a->size = in->dims[attrs->axis];
  a->n = tsr_view_count(in) / a->size;
  a->from_step = in->strides[attrs->axis];
  a->to_step = out->strides[attrs->axis];
  if (attrs->reverse) turn(s, (int64_t)tsr_dtype_size(in->dtype));
  for (int32_t i = 0; i < in->rank; i++) {
    if (i == attrs->axis || in->dims[i] == 1) continue;
    a->dims[a->rank] = in->dims[i];
    a->from_strides[a->rank] = in->strides[i];
    a->to_strides[a->rank++] = out->strides[i];
  }
  int64_t *const strides[] = {a->from_strides, a->to_strides};
  tsri_cuda_fuse(2, &a->rank, a->dims, strides);
  return tsri_cuda_kernel_by_dtype(p->device, TSRI_CUDA_IMAGE_cumulative, row->name,
                                   row->as(in->dtype), &s->function);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  cumulative_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s, &s));
  return tsri_cuda_prepared(p, plan(s, self->data, p));
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const cumulative_state *s = c->state;
  tsri_cumulative_args a = s->args;
  a.from = (const char *)in[0].data + s->from_first;
  a.to = (char *)out[0].data + s->to_first;
  return tsri_cuda_launch_threads(stream, s->function, a.n, &a);
}

#define ROW(ID, op_name, accepted, kernels_as)                                                     \
  {                                                                                                \
    .op = &tsri_cuda_ops[TSR_OP_##ID], .dtypes = accepted, .name = "cuda." #op_name,               \
    .prepare = prepare, .run = run, .data = &(const cumulative_row) {                              \
      "tsr_" #op_name, kernels_as                                                                  \
    }                                                                                              \
  }
const tsr_kernel tsri_cuda_cumulative_kernels[] = {
    ROW(CUMSUM, cumsum, TSR_DTYPES_NUMERIC, tsri_cuda_wrapped_as),
    ROW(CUMPROD, cumprod, TSR_DTYPES_NUMERIC, tsri_cuda_wrapped_as),
    ROW(CUMMAX, cummax, TSR_DTYPES_ORDERED | TSR_BIT(BOOL), tsri_cuda_ordered_as),
    ROW(CUMMIN, cummin, TSR_DTYPES_ORDERED | TSR_BIT(BOOL), tsri_cuda_ordered_as),
};
#undef ROW
const int32_t tsri_cuda_cumulative_kernel_count = TSRI_COUNT_OF(tsri_cuda_cumulative_kernels);
