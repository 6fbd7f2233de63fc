/* scatter.c - rows of the scatters: the input copied, then updates joined to it one window
 * after the other in C order of the index vectors, so that results have one order. A window
 * that does not fit is dropped as a whole.
 */
#include "blocks.h"
#include "index.h"
#include "move.h"

#include <string.h>

typedef struct scatter_state {
  tsr_kernel_state state;
  tsr_window_plan *window;
  size_t size;
  tsri_block join;    /* what is there with an update, in place */
  int64_t run_length; /* elements that lie side by side on both sides */
  int32_t outer_rank; /* window axes outside of that run */
  tsri_copy copy;
} scatter_state;

static void release(void *state) {
  tsr_kernel_state_release(((scatter_state *)state)->window);
  tsr_kernel_state_release(state);
}

/* ---- joining ---- */

/* scatter_set moves bytes, whatever they mean. */
#define SET(BYTES)                                                                                 \
  static int32_t set_##BYTES(int64_t n, const void *const *args, void *out) {                      \
    memcpy(out, args[1], (size_t)n *BYTES);                                                        \
    return 0;                                                                                      \
  }
SET(1)
SET(2)
SET(4)
SET(8)
SET(16)
#undef SET

static tsri_block set_of(tsr_dtype dtype) {
  static const tsri_block by_log[] = {set_1, set_2, set_4, set_8, set_16};
  return by_log[__builtin_ctzll(tsr_dtype_size(dtype))];
}

/* The block function of an elementwise op; logic stands for the order of bool. */
typedef struct joint {
  tsr_op_id op, of_bool;
} joint;

static tsri_block join_of(const joint *j, tsr_dtype dtype) {
  if (j == NULL) return set_of(dtype);
  return tsri_block_find(dtype == TSR_BOOL ? j->of_bool : j->op, dtype, NULL);
}

/* ---- the kernel ---- */

/* Fuse the window and take its last axis as the run when it is dense on both sides. */
static void plan_runs(scatter_state *s) {
  tsr_window_plan *w = s->window;
  int64_t *strides[] = {w->window_values, w->window_operand};
  w->window_rank = tsr_layout_fuse(2, w->window_rank, w->window_dims, strides);
  int32_t last = w->window_rank - 1;
  bool dense = last >= 0 && w->window_values[last] == 1 && w->window_operand[last] == 1;
  s->run_length = dense ? w->window_dims[last] : 1;
  s->outer_rank = dense ? last : w->window_rank;
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  const tsr_scatter_attrs *a = p->call->attrs;
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  tsr_window_spec spec = {.operand = out,
                          .indices = &p->in[1],
                          .values = &p->in[2],
                          .window_axes = a->update_window_dims,
                          .collapsed = a->inserted_window_dims,
                          .operand_batching = a->input_batching_dims,
                          .indices_batching = a->scatter_indices_batching_dims,
                          .start_axes = a->scatter_dims_to_operand_dims,
                          .index_vector_dim = a->index_vector_dim};
  scatter_state *s;
  TSR_TRY(tsr_kernel_state_create(sizeof *s + tsri_copy_bytes(out->rank, out->dims), &s));
  tsr_status status = tsr_window_plan_create(&spec, &s->window);
  if (status != TSR_OK) {
    tsr_kernel_state_release(s);
    return status;
  }
  s->size = tsr_dtype_size(out->dtype);
  s->join = join_of(self->data, out->dtype);
  plan_runs(s);
  tsri_copy_init(&s->copy, s + 1, s->size, out->rank, out->dims, in->strides, out->strides);
  if (tsr_view_same_layout(in, out)) p->alias[0] = 0;
  p->state = s;
  p->release = release;
  return TSR_OK;
}

static void join_window(const scatter_state *s, const char *updates, char *out) {
  const tsr_window_plan *w = s->window;
  for (int64_t done = 0, i = 0; done < w->window; done += s->run_length, i++) {
    int64_t x = tsri_offset(s->outer_rank, w->window_dims, w->window_values, i);
    int64_t z = tsri_offset(s->outer_rank, w->window_dims, w->window_operand, i);
    char *at = out + z * (int64_t)s->size;
    const void *args[] = {at, updates + x * (int64_t)s->size};
    s->join(s->run_length, args, at);
  }
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const scatter_state *s = c->state;
  const tsr_window_plan *w = s->window;
  if (in[0].data != out[0].data) TSR_TRY(tsri_copy_run(&s->copy, stream, in[0].data, out[0].data));
  for (int64_t i = 0; i < w->batches; i++) {
    int64_t at = tsri_offset(w->batch_rank, w->batch_dims, w->batch_indices, i);
    int64_t to = tsri_offset(w->batch_rank, w->batch_dims, w->batch_operand, i);
    int64_t from = tsri_offset(w->batch_rank, w->batch_dims, w->batch_values, i);
    bool fits = true;
    for (int32_t k = 0; k < w->index_size && fits; k++, at += w->index_stride) {
      int64_t start = tsri_index_at(w->index_dtype, in[1].data, at);
      fits = start >= 0 && start <= w->start_limit[k];
      if (fits) to += start * w->start_stride[k];
    }
    if (fits)
      join_window(s, (const char *)in[2].data + from * (int64_t)s->size,
                  (char *)out[0].data + to * (int64_t)s->size);
  }
  return TSR_OK;
}

static const joint sum = {TSR_OP_ADD, TSR_OP_CORE_COUNT};
static const joint product = {TSR_OP_MUL, TSR_OP_CORE_COUNT};
static const joint smallest = {TSR_OP_MIN, TSR_OP_AND};
static const joint largest = {TSR_OP_MAX, TSR_OP_OR};

const tsr_kernel tsri_scatter_kernels[] = {
    {.op = &tsri_cpu_ops[TSR_OP_SCATTER_ADD],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cpu.scatter_add",
     .prepare = prepare,
     .run = run,
     .data = &sum       },
    {.op = &tsri_cpu_ops[TSR_OP_SCATTER_SET],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cpu.scatter_set",
     .prepare = prepare,
     .run = run       },
    {.op = &tsri_cpu_ops[TSR_OP_SCATTER_MUL],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cpu.scatter_mul",
     .prepare = prepare,
     .run = run,
     .data = &product},
    {.op = &tsri_cpu_ops[TSR_OP_SCATTER_MIN],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .name = "cpu.scatter_min",
     .prepare = prepare,
     .run = run,
     .data = &smallest },
    {.op = &tsri_cpu_ops[TSR_OP_SCATTER_MAX],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .name = "cpu.scatter_max",
     .prepare = prepare,
     .run = run,
     .data = &largest},
};
const int32_t tsri_scatter_kernel_count = TSRI_COUNT_OF(tsri_scatter_kernels);
