/* matrix.c - small helpers on the last two axes of values and types. */
#include "linalg_internal.h"

#include <inttypes.h>
#include <limits.h>

#include "tsr/arena.h"
#include "tsr/ops.h"

tsr_value tsri_linalg_transposed(tsr_builder *b, tsr_value a) {
  if (tsr_value_is_zero(a)) return a;
  tsr_type type;
  if (tsr_builder_fail(b, tsr_value_type(b, a, &type)) != TSR_OK) return TSR_NO_VALUE;
  tsr_arena arena = {0};
  void *memory;
  tsr_status status = tsr_arena_alloc(&arena, (size_t)type.rank * sizeof(int64_t), &memory);
  tsr_value out = TSR_NO_VALUE;
  if (tsr_builder_fail(b, status) == TSR_OK) {
    int64_t *axes = memory;
    for (int32_t i = 0; i < type.rank; i++)
      axes[i] = i;
    axes[type.rank - 2] = type.rank - 1;
    axes[type.rank - 1] = type.rank - 2;
    out = tsr_transpose(b, a, (tsr_axes){axes, (size_t)type.rank});
  }
  tsr_arena_deinit(&arena);
  return out;
}
tsr_value tsri_linalg_adjoint(tsr_builder *b, tsr_value a) {
  return tsr_conj(b, tsri_linalg_transposed(b, a));
}

tsr_value tsri_linalg_as_row(tsr_builder *b, tsr_value v) {
  return tsr_expand_dims(b, v, TSR_AXES(-2));
}
tsr_value tsri_linalg_as_column(tsr_builder *b, tsr_value v) {
  return tsr_expand_dims(b, v, TSR_AXES(-1));
}

/* a[.., from:to, ..] along the axis that many from the last. */
static tsr_value cut(tsr_builder *b, tsr_value a, int32_t back, tsr_dim from, tsr_dim to) {
  tsr_type type;
  if (tsr_builder_fail(b, tsr_value_type(b, a, &type)) != TSR_OK) return TSR_NO_VALUE;
  tsr_arena arena = {0};
  const size_t rank = (size_t)type.rank;
  void *start_memory = NULL, *limit_memory = NULL;
  tsr_status status = tsr_arena_alloc(&arena, rank * sizeof(tsr_dim), &start_memory);
  if (status == TSR_OK)
    status = tsr_arena_copy(&arena, type.dims, rank * sizeof(tsr_dim), &limit_memory);
  tsr_value out = TSR_NO_VALUE;
  if (tsr_builder_fail(b, status) == TSR_OK) {
    tsr_dim *start = start_memory, *limit = limit_memory;
    start[type.rank - back] = from; /* the others are zeroed: the constant 0 */
    limit[type.rank - back] = to;
    out = tsr_slice(b, a, (tsr_shape){start, rank}, (tsr_shape){limit, rank}, TSR_NO_AXES);
  }
  tsr_arena_deinit(&arena);
  return out;
}

tsr_value tsri_linalg_columns(tsr_builder *b, tsr_value a, tsr_dim from, tsr_dim to) {
  return cut(b, a, 1, from, to);
}
tsr_value tsri_linalg_rows(tsr_builder *b, tsr_value a, tsr_dim from, tsr_dim to) {
  return cut(b, a, 2, from, to);
}

tsr_status tsri_require_lapack_size(const tsr_call *c, int32_t i) {
  const tsr_type *type = &c->in_type[i];
  for (int32_t k = type->rank - 2; k < type->rank; k++)
    if (tsr_dim_is_const(type->dims[k]) && type->dims[k].n > INT_MAX)
      return TSR_FAIL(TSR_ERR_LIMIT,
                      "%s: a matrix with a side of %" PRId64 " is beyond LAPACK's integers",
                      c->op->name, type->dims[k].n);
  return TSR_OK;
}
