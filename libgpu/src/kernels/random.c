/* random.c - row of rng_bit_generator. */
#include "rows.h"

typedef struct random_state {
  tsr_kernel_state state;
  struct CUfunc_st *function;
  tsri_random_args args;
} random_state;

static tsr_status plan(random_state *s, tsr_prepare *p) {
  const tsr_view *bits = &p->out[1];
  tsri_random_args *a = &s->args;
  const int64_t each = 16 / (int64_t)tsr_dtype_size(bits->dtype);
  a->state_stride = p->in[0].strides[0];
  a->next_stride = p->out[0].strides[0];
  a->n = tsr_view_count(bits);
  a->blocks = a->n / each + (a->n % each != 0);
  a->wide = each == 2;
  for (int32_t i = 0; i < bits->rank && a->n > 0; i++) {
    if (bits->dims[i] == 1) continue;
    a->dims[a->rank] = bits->dims[i];
    a->strides[a->rank++] = bits->strides[i];
  }
  int64_t *const strides[] = {a->strides};
  tsri_cuda_fuse(1, &a->rank, a->dims, strides);
  return tsri_cuda_prebuilt(p->device, TSRI_CUDA_IMAGE_random, "tsr_random", &s->function);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  random_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s, &s));
  return tsri_cuda_prepared(p, plan(s, p));
}

/* At least one thread, which writes the next state. */
static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const random_state *s = c->state;
  tsri_random_args a = s->args;
  a.state = in[0].data;
  a.next = out[0].data;
  a.out = out[1].data;
  return tsri_cuda_launch_threads(stream, s->function, a.blocks + 1, &a);
}

const tsr_kernel tsri_cuda_random_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_RNG_BIT_GENERATOR],
     .dtypes = TSR_BIT(U64), /* of the state; the infer rule sees to the bits */
     .name = "cuda.rng_bit_generator",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_cuda_random_kernel_count = TSRI_COUNT_OF(tsri_cuda_random_kernels);
