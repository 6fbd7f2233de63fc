/* decomposition.c - types and batching of ops that take one matrix apart. */
#include "linalg_internal.h"

#include "tsr/arena.h"

tsr_status tsri_linalg_batched_type(const tsr_call *c, tsr_dtype dtype, int32_t n,
                                    const tsr_dim *last, tsr_type *out) {
  const tsr_type *a = &c->in_type[0];
  void *memory;
  TSR_TRY(tsr_arena_copy(c->context->arena, a->dims, (size_t)a->rank * sizeof *a->dims, &memory));
  tsr_dim *dims = memory;
  for (int32_t i = 0; i < n; i++)
    dims[a->rank - 2 + i] = last[i];
  return tsr_type_make(c, dtype, a->rank - 2 + n, dims, out);
}

tsr_status tsri_linalg_least_side(const tsr_call *c, tsr_dim *out) {
  const tsr_type *a = &c->in_type[0];
  TSR_TRY(tsr_require_min_rank(c, 0, 2));
  TSR_TRY(tsri_require_lapack_size(c, 0));
  return tsr_dim_min(c->context->space, a->dims[a->rank - 2], a->dims[a->rank - 1], out);
}

tsr_status tsri_linalg_batch(tsr_builder *b, const tsr_call *c, const tsr_batch *batch,
                             tsr_value *out, int32_t *out_axis) {
  tsr_value a = tsr_batch_front(b, c->in[0], batch->axis[0], batch->size);
  for (int32_t i = 0; i < c->n_out; i++)
    out_axis[i] = 0;
  return tsr_emit(b, c->op, c->attrs, TSR_VALUES(a), out);
}
