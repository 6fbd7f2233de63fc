/* plan_window.c - the dimension numbers of gather and scatter turned into strides. */
#include "tsr/spi/plan.h"

static int64_t product(int32_t rank, const int64_t *dims) {
  int64_t n = 1;
  for (int32_t i = 0; i < rank; i++)
    n *= dims[i];
  return n;
}

tsr_window_spec tsr_window_spec_of_gather(const tsr_prepare *p) {
  const tsr_gather_attrs *a = p->call->attrs;
  return (tsr_window_spec){.operand = &p->in[0],
                           .indices = &p->in[1],
                           .values = &p->out[0],
                           .window_axes = a->offset_dims,
                           .collapsed = a->collapsed_slice_dims,
                           .operand_batching = a->operand_batching_dims,
                           .indices_batching = a->start_indices_batching_dims,
                           .start_axes = a->start_index_map,
                           .index_vector_dim = a->index_vector_dim};
}

/* Batch axes of values, in order, run along the axes of indices without the index
 * vector, in order.
 */
static void plan_batches(const tsr_window_spec *s, tsr_window_plan *w) {
  int32_t index_axis = 0;
  for (int32_t a = 0; a < s->values->rank; a++) {
    if (tsr_axes_find(s->window_axes, a) >= 0) continue;
    if (index_axis == s->index_vector_dim) index_axis++;
    int32_t i = w->batch_rank++;
    w->batch_dims[i] = s->values->dims[a];
    w->batch_values[i] = s->values->strides[a];
    w->batch_indices[i] = s->indices->strides[index_axis];
    int32_t shared = tsr_axes_find(s->indices_batching, index_axis);
    w->batch_operand[i] = shared >= 0 ? s->operand->strides[s->operand_batching.data[shared]] : 0;
    index_axis++;
  }
  w->batches = product(w->batch_rank, w->batch_dims);
}

/* Window axes of values, in order, run along the operand axes that are neither collapsed
 * nor batching, in order.
 */
static void plan_window(const tsr_window_spec *s, tsr_window_plan *w) {
  int32_t axis = 0;
  for (int32_t a = 0; a < s->operand->rank; a++) {
    int64_t size = 1;
    if (tsr_axes_find(s->collapsed, a) < 0 && tsr_axes_find(s->operand_batching, a) < 0) {
      int64_t along = s->window_axes.data[axis++];
      int32_t i = w->window_rank++;
      size = w->window_dims[i] = s->values->dims[along];
      w->window_values[i] = s->values->strides[along];
      w->window_operand[i] = s->operand->strides[a];
    }
    int32_t k = tsr_axes_find(s->start_axes, a);
    if (k < 0) continue;
    w->start_stride[k] = s->operand->strides[a];
    w->start_limit[k] = s->operand->dims[a] - size;
  }
  w->window = product(w->window_rank, w->window_dims);
}

tsr_status tsr_window_plan_create(const tsr_window_spec *s, tsr_window_plan **out) {
  size_t v = (size_t)s->values->rank, o = (size_t)s->operand->rank;
  tsr_window_plan *w;
  TSR_TRY(tsr_kernel_state_create(sizeof *w + sizeof(int64_t) * (4 * v + 5 * o), &w));
  int64_t *memory = (int64_t *)(w + 1);
  w->batch_dims = memory;
  w->batch_values = memory + v;
  w->batch_indices = memory + 2 * v;
  w->batch_operand = memory + 3 * v;
  w->window_dims = memory + 4 * v;
  w->window_values = w->window_dims + o;
  w->window_operand = w->window_dims + 2 * o;
  w->start_stride = w->window_dims + 3 * o;
  w->start_limit = w->window_dims + 4 * o;
  w->index_dtype = s->indices->dtype;
  w->index_size = (int32_t)s->start_axes.n;
  bool stored = s->index_vector_dim < s->indices->rank;
  w->index_stride = stored ? s->indices->strides[s->index_vector_dim] : 0;
  plan_batches(s, w);
  plan_window(s, w);
  *out = w;
  return TSR_OK;
}
