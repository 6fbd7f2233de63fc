/* arg_reduce.c - rows of argmax and argmin: one scan along the axis per result. */
#include "half.h"
#include "kernel.h"

#define TSRI_CAT_(a, b) a##_##b
#define TSRI_CAT(a, b)  TSRI_CAT_(a, b)

#define ID        F16
#define T         uint16_t
#define A         float
#define LOAD(x)   tsri_f32_of_f16(x)
#define IS_NAN(x) ((x) != (x))
#include "arg_reduce.inc"
#define ID        BF16
#define T         uint16_t
#define A         float
#define LOAD(x)   tsri_f32_of_bf16(x)
#define IS_NAN(x) ((x) != (x))
#include "arg_reduce.inc"
#define ID        F32
#define T         float
#define A         float
#define LOAD(x)   (x)
#define IS_NAN(x) ((x) != (x))
#include "arg_reduce.inc"
#define ID        F64
#define T         double
#define A         double
#define LOAD(x)   (x)
#define IS_NAN(x) ((x) != (x))
#include "arg_reduce.inc"
#define ID        I8
#define T         int8_t
#define A         int8_t
#define LOAD(x)   (x)
#define IS_NAN(x) false
#include "arg_reduce.inc"
#define ID        I16
#define T         int16_t
#define A         int16_t
#define LOAD(x)   (x)
#define IS_NAN(x) false
#include "arg_reduce.inc"
#define ID        I32
#define T         int32_t
#define A         int32_t
#define LOAD(x)   (x)
#define IS_NAN(x) false
#include "arg_reduce.inc"
#define ID        I64
#define T         int64_t
#define A         int64_t
#define LOAD(x)   (x)
#define IS_NAN(x) false
#include "arg_reduce.inc"
#define ID        U8
#define T         uint8_t
#define A         uint8_t
#define LOAD(x)   (x)
#define IS_NAN(x) false
#include "arg_reduce.inc"
#define ID        U16
#define T         uint16_t
#define A         uint16_t
#define LOAD(x)   (x)
#define IS_NAN(x) false
#include "arg_reduce.inc"
#define ID        U32
#define T         uint32_t
#define A         uint32_t
#define LOAD(x)   (x)
#define IS_NAN(x) false
#include "arg_reduce.inc"
#define ID        U64
#define T         uint64_t
#define A         uint64_t
#define LOAD(x)   (x)
#define IS_NAN(x) false
#include "arg_reduce.inc"

typedef int64_t (*scan)(int64_t n, const void *data, int64_t stride);
#define AT(op, ID) [TSR_##ID] = op##_##ID
#define ALL(op)                                                                                    \
  {                                                                                                \
    AT(op, F16), AT(op, BF16), AT(op, F32), AT(op, F64), AT(op, I8), AT(op, I16), AT(op, I32),     \
        AT(op, I64), AT(op, U8), AT(op, U16), AT(op, U32), AT(op, U64), [TSR_BOOL] = op##_U8       \
  }
static const scan argmax[TSR_DTYPE_COUNT] = ALL(argmax), argmin[TSR_DTYPE_COUNT] = ALL(argmin);
#undef AT
#undef ALL

typedef struct arg_state {
  tsr_kernel_state state;
  int64_t n, stride, results;
  scan scan;
  size_t size;
  int32_t rank;
  int64_t *dims, *in, *out; /* [rank] of the result */
} arg_state;

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsr_arg_reduce_attrs *attrs = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  size_t rank = (size_t)out->rank;
  arg_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + 3 * sizeof(int64_t) * rank, &s));
  s->dims = (int64_t *)(s + 1);
  s->in = s->dims + rank;
  s->out = s->in + rank;
  int64_t axis = attrs->axis;
  s->n = in->dims[axis];
  s->stride = in->strides[axis];
  s->results = tsr_view_count(out);
  s->scan = ((const scan *)self->data)[in->dtype];
  s->size = tsr_dtype_size(in->dtype);
  for (int32_t i = 0, k = 0; i < in->rank; i++) {
    if (i == axis) continue;
    s->dims[k] = in->dims[i];
    s->in[k] = in->strides[i];
    s->out[k] = out->strides[k];
    k++;
  }
  int64_t *strides[] = {s->in, s->out};
  s->rank = tsr_layout_fuse(2, out->rank, s->dims, strides);
  p->state = s;
  p->release = tsr_kernel_state_release;
  return TSR_OK;
}

typedef struct arg_job {
  const arg_state *state;
  const char *in;
  int64_t *out;
} arg_job;

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const arg_job *job = ctx;
  const arg_state *s = job->state;
  for (int64_t i = begin; i < end; i++) {
    int64_t from = tsri_offset(s->rank, s->dims, s->in, i);
    job->out[tsri_offset(s->rank, s->dims, s->out, i)] =
        s->scan(s->n, job->in + from * (int64_t)s->size, s->stride);
  }
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const arg_state *s = c->state;
  arg_job job = {s, in[0].data, out[0].data};
  return tsri_parallel_ranges(stream, s->results, tsri_max(1, TSRI_GRAIN / tsri_max(1, s->n)),
                              run_range, &job);
}

const tsr_kernel tsri_arg_reduce_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_ARGMAX],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .out_dtypes = TSR_BIT(I64),
     .name = "cpu.argmax",
     .prepare = prepare,
     .run = run,
     .data = argmax},
    {.op = &tsri_cpu_ops[TSR_OP_ARGMIN],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .out_dtypes = TSR_BIT(I64),
     .name = "cpu.argmin",
     .prepare = prepare,
     .run = run,
     .data = argmin}
};
const int32_t tsri_arg_reduce_kernel_count = TSRI_COUNT_OF(tsri_arg_reduce_kernels);
