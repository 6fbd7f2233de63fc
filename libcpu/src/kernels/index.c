/* index.c - the dimension numbers of gather and scatter turned into strides. */
#include "index.h"

#define LOAD(ID, T)                                                                                \
  static int64_t load_##ID(const void *data, int64_t i) { return (int64_t)((const T *)data)[i]; }
LOAD(BOOL, uint8_t)
LOAD(I8, int8_t)
LOAD(I16, int16_t)
LOAD(I32, int32_t)
LOAD(I64, int64_t)
LOAD(U8, uint8_t)
LOAD(U16, uint16_t)
LOAD(U32, uint32_t)
#undef LOAD
static int64_t load_U64(const void *data, int64_t i) {
  uint64_t v = ((const uint64_t *)data)[i];
  return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static int64_t (*const loads[TSR_DTYPE_COUNT])(const void *, int64_t) = {
    [TSR_BOOL] = load_BOOL, [TSR_I8] = load_I8,   [TSR_I16] = load_I16,
    [TSR_I32] = load_I32,   [TSR_I64] = load_I64, [TSR_U8] = load_U8,
    [TSR_U16] = load_U16,   [TSR_U32] = load_U32, [TSR_U64] = load_U64,
};

int64_t tsri_index_at(tsr_dtype dtype, const void *data, int64_t i) {
  return loads[dtype](data, i);
}

static int32_t place_in(tsr_axes axes, int64_t axis) {
  for (size_t i = 0; i < axes.n; i++)
    if (axes.data[i] == axis) return (int32_t)i;
  return -1;
}

/* Batch axes of values, in order, run along the axes of indices without the index
 * vector, in order.
 */
static void plan_batches(const tsri_window_spec *s, tsri_window *w) {
  int32_t index_axis = 0;
  for (int32_t a = 0; a < s->values->rank; a++) {
    if (place_in(s->window_axes, a) >= 0) continue;
    if (index_axis == s->index_vector_dim) index_axis++;
    int32_t i = w->batch_rank++;
    w->batch_dims[i] = s->values->dims[a];
    w->batch_values[i] = s->values->strides[a];
    w->batch_indices[i] = s->indices->strides[index_axis];
    int32_t shared = place_in(s->indices_batching, index_axis);
    w->batch_operand[i] = shared >= 0 ? s->operand->strides[s->operand_batching.data[shared]] : 0;
    index_axis++;
  }
  w->batches = tsri_product(w->batch_rank, w->batch_dims);
}

/* Window axes of values, in order, run along the operand axes that are neither collapsed
 * nor batching, in order.
 */
static void plan_window(const tsri_window_spec *s, tsri_window *w) {
  int32_t axis = 0;
  for (int32_t a = 0; a < s->operand->rank; a++) {
    int64_t size = 1;
    if (place_in(s->collapsed, a) < 0 && place_in(s->operand_batching, a) < 0) {
      int64_t along = s->window_axes.data[axis++];
      int32_t i = w->window_rank++;
      size = w->window_dims[i] = s->values->dims[along];
      w->window_values[i] = s->values->strides[along];
      w->window_operand[i] = s->operand->strides[a];
    }
    int32_t k = place_in(s->start_axes, a);
    if (k < 0) continue;
    w->start_stride[k] = s->operand->strides[a];
    w->start_limit[k] = s->operand->dims[a] - size;
  }
  w->window = tsri_product(w->window_rank, w->window_dims);
}

tsr_status tsri_window_create(const tsri_window_spec *s, tsri_window **out) {
  size_t v = (size_t)s->values->rank, o = (size_t)s->operand->rank;
  tsri_window *w;
  TSR_TRY(tsri_state_create(sizeof *w + sizeof(int64_t) * (4 * v + 5 * o), &w));
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
