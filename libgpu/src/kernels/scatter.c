/* scatter.c - rows of the scatters: the starts of all windows first, then one of two passes.
 *
 * By windows a thread goes through all index vectors of its instance, one dependent step after
 * the other; it is legal when windows have size 1 along every axis that an index moves, for
 * then two places of a window never meet. By elements nothing is joined in memory, but a
 * thread looks at index vectors that do not concern it. Shapes decide which has less to do.
 */
#include "copy.h"

#ifdef TSR_STRESS
#define RESIDENT  1 /* so that both ways are taken in tests */
#define STEP_COST 1
#else
#define RESIDENT  (1 << 17) /* threads that a device runs at once, about */
#define STEP_COST 32        /* a dependent step in memory, in looks at a start */
#endif

/* The kernels of an op. */
typedef struct scatter_row {
  const char *by_windows, *by_elements; /* names without dtype or size */
  tsr_dtype (*as)(tsr_dtype dtype);     /* whose they are; NULL: by the size of elements */
} scatter_row;

typedef struct scatter_state {
  tsr_kernel_state state;
  struct CUfunc_st *find_starts, *join;
  bool by_windows;
  tsri_cuda_copy copy; /* of the input, before windows are joined to it */
  tsri_starts_args starts;
  tsri_windows_args windows;
  tsri_elements_args elements;
} scatter_state;

static const tsr_scatter_attrs *attrs_of(const tsr_prepare *p) { return p->call->attrs; }

/* One axis of the index vectors: all batching axes come first, and count instances. */
static void append_batch(scatter_state *s, const tsr_prepare *p, int32_t axis, int32_t index_axis,
                         int32_t shared) {
  const tsr_view *updates = &p->in[2];
  tsri_starts_args *t = &s->starts;
  tsri_windows_args *w = &s->windows;
  const int64_t size = updates->dims[axis];
  t->n *= size;
  if (shared < 0) w->free *= size;
  if (size == 1) return;
  t->dims[t->rank] = size;
  t->index_strides[t->rank] = p->in[1].strides[index_axis];
  t->update_strides[t->rank++] = updates->strides[axis];
  if (shared < 0) return;
  w->dims[w->rank] = size;
  w->update_strides[w->rank] = 0; /* in the record */
  w->out_strides[w->rank++] = p->out[0].strides[attrs_of(p)->input_batching_dims.data[shared]];
}

/* Batch axes of the updates run along those of indices without the vectors', in order; those
 * that the operand shares, or the others.
 */
static void plan_batches(scatter_state *s, const tsr_prepare *p, bool batching) {
  int32_t index_axis = 0;
  for (int32_t axis = 0; axis < p->in[2].rank; axis++) {
    if (tsr_axes_find(attrs_of(p)->update_window_dims, axis) >= 0) continue;
    if (index_axis == attrs_of(p)->index_vector_dim) index_axis++;
    const int32_t shared = tsr_axes_find(attrs_of(p)->scatter_indices_batching_dims, index_axis);
    if ((shared >= 0) == batching) append_batch(s, p, axis, index_axis, shared);
    index_axis++;
  }
}

/* How many instances one step along batching axis `shared` of the operand skips. */
static int64_t instances_behind(const tsr_prepare *p, int32_t shared) {
  int64_t n = 1;
  const int64_t own = attrs_of(p)->scatter_indices_batching_dims.data[shared];
  const tsr_axes all = attrs_of(p)->scatter_indices_batching_dims;
  for (size_t i = 0; i < all.n; i++)
    if (all.data[i] > own) n *= p->in[1].dims[all.data[i]];
  return n;
}

/* What elements need to know of one axis of the operand. */
static void append_element_axis(tsri_elements_args *e, const tsr_prepare *p, int32_t axis,
                                int64_t window, int64_t update_stride, int32_t start,
                                int64_t instance) {
  if (p->out[0].dims[axis] == 1) return;
  const int32_t i = e->rank++;
  e->dims[i] = p->out[0].dims[axis];
  e->in_strides[i] = p->in[0].strides[axis];
  e->out_strides[i] = p->out[0].strides[axis];
  e->windows[i] = window;
  e->update_strides[i] = update_stride;
  e->start[i] = (int8_t)start;
  e->instance[i] = instance;
}

/* The operand's axes; true when no window is wider than 1 along an axis that indices move. */
static bool plan_window(scatter_state *s, const tsr_prepare *p) {
  const tsr_scatter_attrs *a = attrs_of(p);
  const tsr_view *out = &p->out[0], *updates = &p->in[2];
  tsri_windows_args *w = &s->windows;
  int32_t next = 0;
  bool narrow = true;
  for (int32_t axis = 0; axis < out->rank; axis++) {
    const int32_t shared = tsr_axes_find(a->input_batching_dims, axis);
    const int32_t k = tsr_axes_find(a->scatter_dims_to_operand_dims, axis);
    const bool has_window = shared < 0 && tsr_axes_find(a->inserted_window_dims, axis) < 0;
    const int64_t along = has_window ? a->update_window_dims.data[next++] : -1;
    const int64_t size = has_window ? updates->dims[along] : 1;
    const int64_t stride = has_window ? updates->strides[along] : 0;
    append_element_axis(&s->elements, p, axis, shared >= 0 ? out->dims[axis] : size, stride, k,
                        shared >= 0 ? instances_behind(p, shared) : 0);
    w->window *= size;
    if (size != 1) {
      w->dims[w->rank] = size;
      w->update_strides[w->rank] = stride;
      w->out_strides[w->rank++] = out->strides[axis];
    }
    if (k < 0) continue;
    narrow &= size <= 1;
    w->start_stride[k] = out->strides[axis];
    s->starts.start_limit[k] = out->dims[axis] - size;
  }
  return narrow;
}

static int64_t rounds(int64_t threads) { return (threads + RESIDENT - 1) / RESIDENT; }

static tsr_status find_kernels(scatter_state *s, const scatter_row *row, tsr_prepare *p) {
  const tsr_view *in = &p->in[0], *out = &p->out[0];
  const char *name = s->by_windows ? row->by_windows : row->by_elements;
  const size_t size = tsr_dtype_size(out->dtype);
  TSR_TRY(tsri_cuda_prebuilt(p->device, TSRI_CUDA_IMAGE_scatter, "tsr_scatter_starts",
                             &s->find_starts));
  if (s->by_windows)
    TSR_TRY(tsri_cuda_copy_init(&s->copy, p->device, size, out->rank, out->dims, in->strides,
                                out->strides));
  if (!row->as)
    return tsri_cuda_kernel_by_size(p->device, TSRI_CUDA_IMAGE_scatter, name, size, &s->join);
  return tsri_cuda_kernel_by_dtype(p->device, TSRI_CUDA_IMAGE_scatter, name, row->as(out->dtype),
                                   &s->join);
}

static tsr_status plan(scatter_state *s, const scatter_row *row, tsr_prepare *p) {
  const tsr_scatter_attrs *a = attrs_of(p);
  const tsr_view *in = &p->in[0], *indices = &p->in[1], *updates = &p->in[2], *out = &p->out[0];
  tsri_starts_args *t = &s->starts;
  if (tsr_view_same_layout(in, out)) p->alias[0] = 0;
  s->elements.n = tsr_view_count(out);
  if (s->elements.n == 0) return TSR_OK;
  if (tsr_view_count(updates) == 0) {
    s->by_windows = true; /* of which there are none */
    return tsri_cuda_copy_init(&s->copy, p->device, tsr_dtype_size(out->dtype), out->rank,
                               out->dims, in->strides, out->strides);
  }
  if (a->scatter_dims_to_operand_dims.n > TSRI_CUDA_RANK)
    return tsri_cuda_too_many(p->call, "components of an index vector",
                              (int64_t)a->scatter_dims_to_operand_dims.n);
  t->n = s->windows.free = s->windows.window = 1;
  t->index_type = (int32_t)indices->dtype;
  t->index_size = s->windows.index_size = s->elements.index_size =
      (int32_t)a->scatter_dims_to_operand_dims.n;
  if (a->index_vector_dim < indices->rank) t->index_stride = indices->strides[a->index_vector_dim];
  plan_batches(s, p, true);
  plan_batches(s, p, false);
  const bool narrow = plan_window(s, p);
  s->elements.free = s->windows.free;
  s->windows.n = t->n / s->windows.free * s->windows.window;
  s->by_windows = narrow && rounds(s->windows.n) * STEP_COST <= rounds(s->elements.n);
  p->workspace = (size_t)t->n * (size_t)(1 + t->index_size) * sizeof(int64_t);
  return find_kernels(s, row, p);
}

static tsr_status prepare(const tsr_kernel *self, tsr_prepare *p) {
  scatter_state *s;
  TSR_TRY(tsri_cuda_state(p, sizeof *s, &s));
  return tsri_cuda_prepared(p, plan(s, self->data, p));
}

static tsr_status join_windows(const scatter_state *s, tsr_stream *stream, const tsr_call *c,
                               const tsr_view *in, const tsr_view *out) {
  tsri_windows_args w = s->windows;
  if (in[0].data != out[0].data)
    TSR_TRY(tsri_cuda_copy_run(&s->copy, stream, in[0].data, out[0].data));
  w.records = c->workspace;
  w.updates = in[2].data;
  w.out = out[0].data;
  return tsri_cuda_launch_threads(stream, s->join, w.n, &w);
}

static tsr_status join_elements(const scatter_state *s, tsr_stream *stream, const tsr_call *c,
                                const tsr_view *in, const tsr_view *out) {
  tsri_elements_args e = s->elements;
  e.records = c->workspace;
  e.in = in[0].data;
  e.updates = in[2].data;
  e.out = out[0].data;
  return tsri_cuda_launch_threads(stream, s->join, e.n, &e);
}

static tsr_status run(tsr_stream *stream, const tsr_call *c, const tsr_view *in,
                      const tsr_view *out) {
  const scatter_state *s = c->state;
  tsri_starts_args t = s->starts;
  t.indices = in[1].data;
  t.records = c->workspace;
  TSR_TRY(tsri_cuda_launch_threads(stream, s->find_starts, t.n, &t));
  return s->by_windows ? join_windows(s, stream, c, in, out) : join_elements(s, stream, c, in, out);
}

static const scatter_row sum = {"tsr_add_windows", "tsr_add_elements", tsri_cuda_wrapped_as};
static const scatter_row last = {"tsr_set_windows", "tsr_set_elements", NULL};
static const scatter_row product = {"tsr_mul_windows", "tsr_mul_elements", tsri_cuda_wrapped_as};
static const scatter_row smallest = {"tsr_min_windows", "tsr_min_elements", tsri_cuda_ordered_as};
static const scatter_row largest = {"tsr_max_windows", "tsr_max_elements", tsri_cuda_ordered_as};

const tsr_kernel tsri_cuda_scatter_kernels[] = {
    {.op = &tsri_cuda_ops[TSR_OP_SCATTER_ADD],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cuda.scatter_add",
     .prepare = prepare,
     .run = run,
     .data = &sum     },
    {.op = &tsri_cuda_ops[TSR_OP_SCATTER_SET],
     .dtypes = TSR_DTYPES_ANY,
     .name = "cuda.scatter_set",
     .prepare = prepare,
     .run = run,
     .data = &last    },
    {.op = &tsri_cuda_ops[TSR_OP_SCATTER_MUL],
     .dtypes = TSR_DTYPES_NUMERIC,
     .name = "cuda.scatter_mul",
     .prepare = prepare,
     .run = run,
     .data = &product },
    {.op = &tsri_cuda_ops[TSR_OP_SCATTER_MIN],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .name = "cuda.scatter_min",
     .prepare = prepare,
     .run = run,
     .data = &smallest},
    {.op = &tsri_cuda_ops[TSR_OP_SCATTER_MAX],
     .dtypes = TSR_DTYPES_ORDERED | TSR_BIT(BOOL),
     .name = "cuda.scatter_max",
     .prepare = prepare,
     .run = run,
     .data = &largest },
};
const int32_t tsri_cuda_scatter_kernel_count = TSRI_COUNT_OF(tsri_cuda_scatter_kernels);
