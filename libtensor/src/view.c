/* view.c - tensors over the storage of another: by strides, axes, bounds and shape. */
#include "tensor_internal.h"

#include "tsr/print.h"

tsr_status tsri_tensor_fail_held(const tsr_tensor *tensor) {
  if (!tensor) return TSR_FAIL(TSR_ERR_ARGUMENT, "tensor is NULL");
  return TSR_FAIL(TSR_ERR_STATE, "the tensor was donated: its memory belongs to another now");
}

static tsr_status fail_outside(const tsr_storage *s, int64_t first, int64_t last) {
  return TSR_FAIL(TSR_ERR_SHAPE,
                  "view: bytes [%lld, %lld) lie outside those of the storage, [%lld, %lld)",
                  (long long)first, (long long)last, (long long)s->low, (long long)s->high);
}

/* What locate leaves: views without elements, and numbers that do not fit, which do no harm
 * in a view without elements.
 */
static TSR_COLD tsr_status locate_nothing(tsr_tensor *t, const int64_t *dims,
                                          const int64_t *strides) {
  bool empty = false;
  for (int32_t i = 0; i < t->rank; i++) {
    int64_t size = dims[i];
    if (size < 0)
      return TSR_FAIL(TSR_ERR_SHAPE, "view: size %lld of axis %d is negative", (long long)size, i);
    t->dims[i] = size;
    t->strides[i] = strides[i];
    empty |= size == 0;
  }
  t->data = t->storage->data;
  if (empty) return TSR_OK;
  return TSR_FAIL(TSR_ERR_LIMIT, "view: a size or an offset does not fit 63 bits");
}

/* Give t these sizes and strides, and element [0, ...] position bytes from the storage's
 * data; all of it must stay inside. One pass over the axes copies, finds the offsets
 * touched, and that the number of elements fits: a view costs little else.
 */
static inline tsr_status locate(tsr_tensor *t, const tsr_storage *s, int64_t element,
                                int64_t position, int64_t rank, const int64_t *dims,
                                const int64_t *strides) {
  int64_t *to_dims = t->dims, *to_strides = t->strides;
  int64_t count = 1, low = 0, high = 0, reach;
  for (int64_t i = 0; i < rank; i++) {
    int64_t size = dims[i];
    to_dims[i] = size;
    to_strides[i] = strides[i];
    if (size <= 0 || __builtin_mul_overflow(count, size, &count) ||
        __builtin_mul_overflow(size - 1, strides[i], &reach) ||
        (reach < 0 ? __builtin_add_overflow(low, reach, &low)
                   : __builtin_add_overflow(high, reach, &high)))
      return locate_nothing(t, dims, strides);
  }
  if (__builtin_mul_overflow(low, element, &low) || __builtin_mul_overflow(high, element, &high) ||
      __builtin_add_overflow(low, position, &low) ||
      __builtin_add_overflow(high, position, &high) || __builtin_add_overflow(high, element, &high))
    return locate_nothing(t, dims, strides);
  if (low < s->low || high > s->high) return fail_outside(s, low, high);
  t->data = (char *)s->data + position;
  return TSR_OK;
}

tsr_status tsri_tensor_place(tsr_tensor *t, int64_t position) {
  return locate(t, t->storage, tsri_element_sizes[t->dtype], position, t->rank, t->dims,
                t->strides);
}

/* Bytes from the storage's data to the element of base at an offset. */
static inline tsr_status find_position(const tsr_tensor *base, int64_t element, int64_t offset,
                                       int64_t *out) {
  if (__builtin_mul_overflow(offset, element, out) ||
      __builtin_add_overflow(*out, tsri_tensor_position(base), out))
    return TSR_FAIL(TSR_ERR_LIMIT, "view: offset %lld does not fit", (long long)offset);
  return TSR_OK;
}

/* The new view of base, its layout filled in, becomes the result or dies. */
static tsr_status finish(tsr_tensor *t, const tsr_tensor *base, int64_t offset, tsr_tensor **out) {
  int64_t position;
  tsr_status status = find_position(base, tsri_element_sizes[base->dtype], offset, &position);
  if (status == TSR_OK) status = tsri_tensor_place(t, position);
  if (status != TSR_OK) {
    tsri_tensor_discard(t);
    return status;
  }
  tsri_retain(&t->storage->object);
  *out = t;
  return TSR_OK;
}

static tsr_status blank_view(const tsr_tensor *base, size_t rank, tsr_tensor **out) {
  TSR_TRY(tsri_tensor_check_held(base));
  return tsri_tensor_blank(base->storage, base->dtype, rank, out);
}

tsr_status tsr_tensor_view(tsr_tensor *base, int64_t offset, tsr_dims dims, const int64_t *strides,
                           tsr_tensor **out) {
  *out = NULL;
  TSR_TRY(tsri_tensor_check_held(base));
  if (dims.n && (!dims.data || !strides)) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "view: dims or strides is NULL");
  }
  int64_t position, element = tsri_element_sizes[base->dtype];
  tsr_storage *storage = base->storage;
  tsr_tensor *t = NULL;
  TSR_TRY(find_position(base, element, offset, &position));
  TSR_TRY(tsri_tensor_blank(storage, base->dtype, dims.n, &t));
  tsr_status status = locate(t, storage, element, position, (int64_t)dims.n, dims.data, strides);
  if (status != TSR_OK) {
    tsri_tensor_discard(t);
    return status;
  }
  tsri_retain(&storage->object);
  *out = t;
  return TSR_OK;
}

/* Are the axes of t a permutation? Sizes serve as marks, before they are filled in. */
static TSR_COLD tsr_status check_permutation(tsr_axes axes, tsr_tensor *t) {
  int32_t axis = 0;
  for (int32_t k = 0; k < t->rank; k++)
    t->dims[k] = 0;
  for (int32_t k = 0; k < t->rank; k++) {
    TSR_TRY_MSG(tsr_layout_axis(axes.data[k], t->rank, &axis), "transposing");
    if (t->dims[axis]++)
      return TSR_FAIL(TSR_ERR_ARGUMENT, "transpose: axis %d comes twice", (int)axis);
  }
  return TSR_OK;
}

/* Sizes and strides by a permutation of axes of which those seen are the bits of a word. */
static inline tsr_status permute_few(const tsr_tensor *base, tsr_axes axes, tsr_tensor *t) {
  const int64_t rank = base->rank, *dims = base->dims, *strides = base->strides;
  int64_t *to_dims = t->dims, *to_strides = t->strides;
  uint64_t seen = 0;
  for (int64_t k = 0; k < rank; k++) {
    int64_t axis = axes.data[k];
    if (axis < 0) axis += rank;
    if ((uint64_t)axis >= (uint64_t)rank || (seen >> axis & 1)) return check_permutation(axes, t);
    seen |= UINT64_C(1) << axis;
    to_dims[k] = dims[axis];
    to_strides[k] = strides[axis];
  }
  return TSR_OK;
}

static TSR_COLD tsr_status permute_many(const tsr_tensor *base, tsr_axes axes, tsr_tensor *t) {
  TSR_TRY(check_permutation(axes, t));
  for (int32_t k = 0; k < t->rank; k++) {
    int64_t axis = axes.data[k] < 0 ? axes.data[k] + t->rank : axes.data[k];
    t->dims[k] = base->dims[axis];
    t->strides[k] = base->strides[axis];
  }
  return TSR_OK;
}

tsr_status tsr_tensor_transpose(tsr_tensor *base, tsr_axes axes, tsr_tensor **out) {
  *out = NULL;
  tsr_tensor *t = NULL;
  TSR_TRY(tsri_tensor_check_held(base));
  tsr_storage *storage = base->storage;
  size_t rank = (size_t)base->rank;
  if (axes.n != rank)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "transpose: %zu axes for rank %zu", axes.n, rank);
  if (rank && !axes.data) return TSR_FAIL(TSR_ERR_ARGUMENT, "transpose: the list of axes is NULL");
  TSR_TRY(tsri_tensor_blank(storage, base->dtype, rank, &t));
  tsr_status status = rank <= 64 ? permute_few(base, axes, t) : permute_many(base, axes, t);
  if (status != TSR_OK) {
    tsri_tensor_discard(t);
    return status;
  }
  t->data = base->data; /* the same elements, so they lie inside */
  tsri_retain(&storage->object);
  *out = t;
  return TSR_OK;
}

/* One axis of a slice: its new size, or an error. */
static tsr_status slice_axis(int32_t axis, int64_t size, int64_t start, int64_t limit, int64_t step,
                             int64_t *out) {
  if (step == 0) return TSR_FAIL(TSR_ERR_ARGUMENT, "slice: the step of axis %d is 0", axis);
  bool inside = step > 0 ? 0 <= start && start <= limit && limit <= size
                         : -1 <= limit && limit <= start && start < size;
  if (!inside) {
    return TSR_FAIL(TSR_ERR_SHAPE, "slice: [%lld, %lld) by %lld does not fit axis %d of size %lld",
                    (long long)start, (long long)limit, (long long)step, axis, (long long)size);
  }
  uint64_t span = step > 0 ? (uint64_t)(limit - start) : (uint64_t)(start - limit);
  uint64_t stride = step > 0 ? (uint64_t)step : -(uint64_t)step;
  *out = span ? (int64_t)((span - 1) / stride) + 1 : 0;
  return TSR_OK;
}

/* x y, which fits where elements are; strides of an empty array may be anything. */
static int64_t times(int64_t x, int64_t y) { return (int64_t)((uint64_t)x * (uint64_t)y); }

static tsr_status fill_slice(const tsr_tensor *base, const int64_t *start, const int64_t *limit,
                             const int64_t *step, tsr_tensor *t, int64_t *offset) {
  for (int32_t i = 0; i < t->rank; i++) {
    int64_t by = step ? step[i] : 1;
    TSR_TRY(slice_axis(i, base->dims[i], start[i], limit[i], by, &t->dims[i]));
    t->strides[i] = t->dims[i] > 1 ? times(base->strides[i], by) : base->strides[i];
    *offset = (int64_t)((uint64_t)*offset + (uint64_t)times(start[i], base->strides[i]));
  }
  return TSR_OK;
}

tsr_status tsr_tensor_slice(tsr_tensor *base, tsr_dims start, tsr_dims limit, tsr_dims step,
                            tsr_tensor **out) {
  *out = NULL;
  tsr_tensor *t = NULL;
  TSR_TRY(tsri_tensor_check_held(base));
  size_t rank = (size_t)base->rank;
  if (start.n != rank || limit.n != rank || (step.n && step.n != rank)) {
    return TSR_FAIL(TSR_ERR_ARGUMENT, "slice: %zu starts, %zu limits and %zu steps for rank %zu",
                    start.n, limit.n, step.n, rank);
  }
  if (rank && (!start.data || !limit.data || (step.n && !step.data)))
    return TSR_FAIL(TSR_ERR_ARGUMENT, "slice: a list of starts, limits or steps is NULL");
  TSR_TRY(blank_view(base, rank, &t));
  int64_t offset = 0;
  tsr_status status =
      fill_slice(base, start.data, limit.data, step.n ? step.data : NULL, t, &offset);
  if (status != TSR_OK) {
    tsri_tensor_discard(t);
    return status;
  }
  return finish(t, base, tsr_tensor_count(t) ? offset : 0, out);
}

static tsr_status fail_shapes(tsr_status code, const char *what, const tsr_tensor *base,
                              tsr_dims dims) {
  char from[128], to[128];
  tsr_format_shape(base->rank, base->dims, from, sizeof from);
  tsr_format_shape((int32_t)dims.n, dims.data, to, sizeof to);
  return TSR_FAIL(code, "%s: %s to %s", what, from, to);
}

tsr_status tsr_tensor_broadcast(tsr_tensor *base, tsr_dims dims, tsr_tensor **out) {
  *out = NULL;
  tsr_tensor *t = NULL;
  if (dims.n && !dims.data)
    return TSR_FAIL(TSR_ERR_ARGUMENT, "broadcast: the list of sizes is NULL");
  TSR_TRY(blank_view(base, dims.n, &t));
  int32_t lead = t->rank - base->rank;
  bool fits = lead >= 0;
  for (int32_t i = 0; i < t->rank && fits; i++) {
    int64_t size = i < lead ? 1 : base->dims[i - lead];
    t->dims[i] = dims.data[i];
    t->strides[i] = i < lead || size != dims.data[i] ? 0 : base->strides[i - lead];
    fits = size == 1 || size == dims.data[i];
  }
  if (!fits) {
    tsri_tensor_discard(t);
    return fail_shapes(TSR_ERR_SHAPE, "shapes do not broadcast", base, dims);
  }
  return finish(t, base, 0, out);
}

tsr_status tsr_tensor_reshape(tsr_tensor *base, tsr_dims dims, tsr_tensor **out) {
  *out = NULL;
  tsr_tensor *t = NULL;
  int64_t count = 0;
  TSR_TRY(tsri_tensor_check_held(base));
  TSR_TRY(tsri_check_type(base->dtype, dims));
  TSR_TRY(tsr_layout_count((int32_t)dims.n, dims.data, &count));
  if (count != tsr_tensor_count(base)) {
    return fail_shapes(TSR_ERR_SHAPE, "reshape: counts differ", base, dims);
  }
  TSR_TRY(blank_view(base, dims.n, &t));
  tsri_tensor_set_layout(t, dims.data, NULL);
  if (!tsr_layout_reshape(base->rank, base->dims, base->strides, t->rank, t->dims, t->strides)) {
    tsri_tensor_discard(t);
    return fail_shapes(TSR_ERR_UNSUPPORTED, "reshape: no view, make a dense copy first", base,
                       dims);
  }
  return finish(t, base, 0, out);
}
