/* diagonal.c - x[.., i, .., i, ..] with both i the same, read or written.
 *
 * A diagonal of known size n is every (n + 1)-th of the n^2 elements: two axes of size n
 * become one of n^2, and a slice with a step takes the diagonal. That needs no indices,
 * reads n elements, and its transpose writes n elements among zeros. A symbolic n cannot
 * be a step; there the elements are gathered at (i, i).
 */
#include "einsum_internal.h"

#include <inttypes.h>

#include "tsr/ops.h"

/* Room for a list of axes or dims. */
static tsr_status room(tsr_arena *arena, int32_t n, size_t size, void **out) {
  return tsr_arena_alloc(arena, (size_t)n * size, out);
}

/* Bring the axes of a label together, where the first of them is. */
static tsr_status gather_axes(tsr_builder *b, tsr_arena *arena, const tsri_operand *x,
                              int32_t label, tsr_value *out) {
  const tsri_term *t = &x->term;
  void *memory;
  TSR_TRY(room(arena, t->n, sizeof(int64_t), &memory));
  int64_t *axes = memory;
  int32_t n = 0, first = tsri_term_find(t, label);
  for (int32_t k = 0; k < t->n; k++) {
    if (t->labels[k] != label) axes[n++] = k;
    for (int32_t j = k; k == first && j < t->n; j++)
      if (t->labels[j] == label) axes[n++] = j;
  }
  *out = tsr_transpose(b, x->value, (tsr_axes){axes, (size_t)n});
  return tsr_builder_status(b);
}

/* n^times, and 1 + n + .. + n^(times - 1): the size of the joined axis and the step. */
static tsr_status powers(int64_t n, int32_t times, int64_t *size, int64_t *step) {
  *size = 1, *step = 0;
  for (int32_t i = 0; i < times; i++) {
    if (__builtin_add_overflow(*step, *size, step) || __builtin_mul_overflow(*size, n, size))
      return TSR_FAIL(TSR_ERR_LIMIT,
                      "einsum: an operand with %" PRId32 " axes of size %" PRId64 " is too large",
                      times, n);
  }
  return TSR_OK;
}

/* The term without all but the first of a label's axes. */
static void drop_repeats(tsri_term *t, int32_t label) {
  int32_t n = 0;
  bool seen = false;
  for (int32_t k = 0; k < t->n; k++) {
    if (t->labels[k] == label && seen) continue;
    seen |= t->labels[k] == label;
    t->labels[n++] = t->labels[k];
  }
  t->n = n;
}

static tsr_status by_slice(tsr_builder *b, tsr_arena *arena, tsri_operand *x, int32_t label,
                           int32_t times, int64_t n) {
  int64_t size, step;
  TSR_TRY(powers(n, times, &size, &step));
  tsr_value y;
  tsr_type type;
  TSR_TRY(gather_axes(b, arena, x, label, &y));
  TSR_TRY(tsr_value_type(b, y, &type));
  int32_t rank = type.rank - times + 1, first = tsri_term_find(&x->term, label);
  void *memory;
  TSR_TRY(room(arena, rank, sizeof(tsr_dim), &memory));
  tsr_dim *start = memory;
  TSR_TRY(room(arena, rank, sizeof(tsr_dim), &memory));
  tsr_dim *shape = memory;
  TSR_TRY(room(arena, rank, sizeof(int64_t), &memory));
  int64_t *steps = memory;
  for (int32_t k = 0; k < rank; k++) {
    start[k] = tsr_dim_of(0);
    shape[k] = k == first ? tsr_dim_of(size) : type.dims[k < first ? k : k + times - 1];
    steps[k] = k == first ? step : 1;
  }
  tsr_shape whole = {shape, (size_t)rank};
  y = tsr_reshape(b, y, whole);
  x->value =
      tsr_slice(b, y, (tsr_shape){start, (size_t)rank}, whole, (tsr_axes){steps, (size_t)rank});
  return tsr_builder_status(b);
}

static tsr_status by_gather(tsr_builder *b, tsr_arena *arena, tsri_operand *x, int32_t label,
                            int32_t times, tsr_dim n) {
  tsr_type type;
  TSR_TRY(tsr_value_type(b, x->value, &type));
  int32_t first = tsri_term_find(&x->term, label), rank = type.rank - times + 1;
  void *memory;
  TSR_TRY(room(arena, times, sizeof(int64_t), &memory));
  int64_t *repeated = memory;
  TSR_TRY(room(arena, rank, sizeof(int64_t), &memory));
  int64_t *others = memory;
  TSR_TRY(room(arena, type.rank, sizeof(tsr_dim), &memory));
  tsr_dim *sizes = memory;
  int32_t n_repeated = 0, n_others = 0;
  for (int32_t k = 0; k < type.rank; k++) {
    bool is_repeated = x->term.labels[k] == label;
    if (is_repeated) repeated[n_repeated++] = k;
    sizes[k] = is_repeated ? tsr_dim_of(1) : type.dims[k];
  }
  for (int32_t k = 0; k < rank; k++)
    if (k != first) others[n_others++] = k;
  const tsr_gather_attrs numbers = {
      .offset_dims = {others,   (size_t)n_others },
      .collapsed_slice_dims = {repeated, (size_t)times    },
      .start_index_map = {repeated, (size_t)times    },
      .index_vector_dim = 1,
      .slice_sizes = {sizes,    (size_t)type.rank},
  };
  tsr_value at = tsr_iota(b, TSR_I64, TSR_SHAPE(n, tsr_dim_of(times)), 0);
  x->value = tsr_gather(b, x->value, at, &numbers);
  return tsr_builder_status(b);
}

tsr_status tsri_einsum_diagonal(tsr_builder *b, tsr_arena *arena, tsri_operand *x) {
  for (int32_t k = 0; k < x->term.n; k++) {
    int32_t label = x->term.labels[k], times = 0;
    for (int32_t j = k; j < x->term.n; j++)
      times += x->term.labels[j] == label;
    if (times == 1) continue;
    tsr_dim n = tsr_value_dim(b, x->value, k);
    TSR_TRY(tsr_dim_is_const(n) ? by_slice(b, arena, x, label, times, n.n)
                                : by_gather(b, arena, x, label, times, n));
    drop_repeats(&x->term, label);
  }
  return TSR_OK;
}

/* ---- the way back ---- */

/* z, zero wherever the indices of two axes differ */
static tsr_value only_where_equal(tsr_builder *b, tsr_value z, tsr_shape shape, int32_t p,
                                  int32_t q) {
  tsr_type type;
  if (tsr_value_type(b, z, &type) != TSR_OK) return TSR_NO_VALUE;
  tsr_value on = tsr_eq(b, tsr_iota(b, TSR_I64, shape, p), tsr_iota(b, TSR_I64, shape, q));
  return tsr_select(b, on, z, tsr_zeros(b, type.dtype, shape));
}

tsr_status tsri_einsum_embed(tsr_builder *b, tsr_arena *arena, const tsri_term *written,
                             tsri_operand *x) {
  if (written->n == x->term.n) return TSR_OK;
  void *dims_memory, *axes_memory;
  TSR_TRY(room(arena, written->n, sizeof(tsr_dim), &dims_memory));
  TSR_TRY(room(arena, x->term.n, sizeof(int64_t), &axes_memory));
  tsr_dim *dims = dims_memory;
  int64_t *axes = axes_memory;
  for (int32_t k = 0; k < written->n; k++)
    dims[k] = tsr_value_dim(b, x->value, tsri_term_find(&x->term, written->labels[k]));
  for (int32_t k = 0; k < x->term.n; k++)
    axes[k] = tsri_term_find(written, x->term.labels[k]);
  tsr_shape shape = {dims, (size_t)written->n};
  x->value = tsr_broadcast_in_dim(b, x->value, shape, (tsr_axes){axes, (size_t)x->term.n});
  for (int32_t k = 0; k < written->n; k++) {
    const int32_t first = tsri_term_find(written, written->labels[k]);
    if (first < k) x->value = only_where_equal(b, x->value, shape, first, k);
  }
  x->term = *written;
  return tsr_builder_status(b);
}
