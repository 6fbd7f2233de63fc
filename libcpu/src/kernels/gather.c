/* gather.c - row of gather: one window copy per index vector, starts clamped. */
#include "index.h"
#include "move.h"

typedef struct gather_state {
  tsr_kernel_state state;
  tsr_window_plan *window;
  size_t size;
  tsri_copy copy; /* of one window */
} gather_state;

static void release(void *state) {
  tsr_kernel_state_release(((gather_state *)state)->window);
  tsr_kernel_state_release(state);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  (void)self;
  const tsr_window_spec spec = tsr_window_spec_of_gather(p);
  tsr_window_plan *w;
  TSR_TRY(tsr_window_plan_create(&spec, &w));
  gather_state *s;
  tsr_status status = tsr_kernel_state_create(sizeof *s + tsri_copy_bytes(w->window_rank, w->window_dims), &s);
  if (status != TSR_OK) {
    tsr_kernel_state_release(w);
    return status;
  }
  s->window = w;
  s->size = tsr_dtype_size(p->out[0].dtype);
  tsri_copy_init(&s->copy, s + 1, s->size, w->window_rank, w->window_dims, w->window_operand,
                 w->window_values);
  p->state = s;
  p->release = release;
  return TSR_OK;
}

typedef struct gather_job {
  const gather_state *state;
  const char *operand, *indices;
  char *out;
} gather_job;

static tsr_status run_range(void *ctx, int64_t begin, int64_t end) {
  const gather_job *job = ctx;
  const gather_state *s = job->state;
  const tsr_window_plan *w = s->window;
  const tsri_copy *c = &s->copy;
  for (int64_t i = begin; i < end; i++) {
    int64_t at = tsri_offset(w->batch_rank, w->batch_dims, w->batch_indices, i);
    int64_t from = tsri_offset(w->batch_rank, w->batch_dims, w->batch_operand, i);
    int64_t to = tsri_offset(w->batch_rank, w->batch_dims, w->batch_values, i);
    for (int32_t k = 0; k < w->index_size; k++, at += w->index_stride) {
      int64_t start = tsri_index_at(w->index_dtype, job->indices, at);
      from += tsri_max(0, tsri_min(start, w->start_limit[k])) * w->start_stride[k];
    }
    tsri_copy_blocks(c, job->operand + from * (int64_t)s->size, job->out + to * (int64_t)s->size, 0,
                     c->blocks);
  }
  return TSR_OK;
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const gather_state *s = c->state;
  if (s->window->window == 0) return TSR_OK;
  gather_job job = {s, in[0].data, in[1].data, out[0].data};
  return tsri_parallel_ranges(stream, s->window->batches,
                              tsri_max(1, TSRI_GRAIN / s->window->window), run_range, &job);
}

const tsr_kernel tsri_gather_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_GATHER],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.gather",
     .prepare = prepare,
     .run = run}
};
const int32_t tsri_gather_kernel_count = TSRI_COUNT_OF(tsri_gather_kernels);
