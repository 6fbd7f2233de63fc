/* dot.c - the plain row of dot_general, for every numeric dtype; f16 and bf16 sum in f32,
 * integers wrap.
 */
#include "rows.h"

#include <string.h>

typedef struct dot_state {
  tsr_kernel_state state;
  struct CUfunc_st *function;
  tsri_dot_args args;
} dot_state;

/* Put a group behind the axes that are there. */
static void append(tsri_dot_args *a, int32_t *rank, const tsr_dot_group *g) {
  const size_t size = sizeof(int64_t) * (size_t)g->rank;
  memcpy(a->dims + *rank, g->dims, size);
  memcpy(a->x_strides + *rank, g->x, size);
  memcpy(a->y_strides + *rank, g->y, size);
  memcpy(a->z_strides + *rank, g->z, size);
  *rank += g->rank;
}

static tsr_status plan(dot_state *s, tsr_prepare *p, tsr_dot_plan *d) {
  tsri_dot_args *a = &s->args;
  tsr_dot_group *const groups[] = {&d->b, &d->m, &d->n, &d->k};
  int32_t rank = 0, all = 0;
  a->n = tsr_view_count(&p->out[0]);
  a->k = d->k.size;
  if (a->n == 0) return TSR_OK;
  tsr_dot_plan_fuse(d);
  for (int32_t g = 0; g < 4; g++)
    all += groups[g]->rank;
  if (all > TSRI_CUDA_RANK) return tsri_cuda_too_many(p->call, "axes that do not fuse", all);
  for (int32_t g = 0; g < 3; g++)
    append(a, &rank, groups[g]);
  a->rank = rank;
  append(a, &rank, &d->k);
  a->k_rank = d->k.rank;
  return tsri_cuda_kernel_by_dtype(p->device, TSRI_CUDA_IMAGE_dot, "tsr_dot",
                                   tsri_cuda_wrapped_as(p->out[0].dtype), &s->function);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  dot_state *s;
  tsr_dot_plan *d;
  TSR_TRY(tsr_dot_plan_create(p, &d));
  tsr_status status = tsri_cuda_state(p, sizeof *s, &s);
  if (status == TSR_OK) status = tsri_cuda_prepared(p, plan(s, p, d));
  tsr_kernel_state_release(d);
  return status;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const dot_state *s = c->state;
  tsri_dot_args a = s->args;
  a.x = in[0].data;
  a.y = in[1].data;
  a.z = out[0].data;
  return tsri_cuda_launch_threads(stream, s->function, a.n, &a);
}

const tsr_kernel tsri_cuda_dot_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_DOT_GENERAL],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cuda.dot_general",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_cuda_dot_kernel_count = TSRI_COUNT_OF(tsri_cuda_dot_kernels);
