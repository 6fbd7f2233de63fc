/* batching.c - solves over leading axes that broadcast, and over one more axis. */
#include "linalg_internal.h"

#include "tsr/arena.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

enum {
  MOST = 4 /* operands */
};

const char *const tsri_failure_words[] = {"raise", "report", NULL};

tsr_status tsri_linalg_require_word(const tsr_call *c, const char *what, int32_t value,
                                    const char *const *words) {
  int32_t n = 0;
  while (words[n])
    n++;
  if (value >= 0 && value < n) return TSR_OK;
  return TSR_FAIL(TSR_ERR_ARGUMENT, "%s: %s %d is none of the %d there are, from %s to %s",
                  c->op->name, what, (int)value, (int)n, words[0], words[n - 1]);
}

tsr_status tsri_linalg_require_leading(const tsr_call *c, int32_t i, int32_t own, int32_t rhs) {
  const tsr_type *a = &c->in_type[i], *type = &c->in_type[rhs];
  const int32_t shift = type->rank - 2 - (a->rank - own);
  if (shift < 0) return tsr_require_min_rank(c, rhs, a->rank - own + 2);
  for (int32_t k = 0; k < a->rank - own; k++)
    if (!tsr_dim_is(a->dims[k], 1)) TSR_TRY(tsr_require_same_dim(c, i, k, rhs, k + shift));
  return TSR_OK;
}

static tsr_value emit_with(tsr_builder *b, const tsr_call *c, const tsr_value *in) {
  return tsr_emit1(b, c->op, c->attrs, tsr_values_of(in, (size_t)c->n_in));
}

/* Only rhs is mapped: [.., n, k, size] as [.., n, k size], or [.., size, k, n] as one. */
static tsr_status fold(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, tsr_side side,
                       tsr_arena *arena, tsr_value *out, int32_t *out_axis) {
  const int32_t rhs = c->n_in - 1, rank = c->in_type[rhs].rank;
  const int32_t at = side == TSR_LEFT ? rank - 1 : rank - 3; /* of the mapped axis, once moved */
  const int32_t joined = rank - 2 - (side == TSR_RIGHT);     /* axis that absorbs its neighbour */
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)rank * sizeof(int64_t), &memory));
  int64_t *axes = memory;
  TSR_TRY(tsr_arena_alloc(arena, 2 * (size_t)rank * sizeof(tsr_dim), &memory));
  tsr_dim *dims = memory, *flat = dims + rank;
  for (int32_t i = 0, next = 0; i < rank; i++) {
    if (next == batch->axis[rhs]) next++;
    axes[i] = i == at ? batch->axis[rhs] : next++;
    dims[i] = c->in_type[rhs].dims[axes[i]];
  }
  for (int32_t i = 0; i < rank - 1; i++)
    flat[i] = dims[i < joined ? i : i + 1];
  TSR_TRY(tsr_dim_mul(b->space, dims[joined], dims[joined + 1], &flat[joined]));
  tsr_value in[MOST];
  for (int32_t i = 0; i < rhs; i++)
    in[i] = c->in[i];
  in[rhs] = tsr_transpose(b, c->in[rhs], (tsr_axes){axes, (size_t)rank});
  in[rhs] = tsr_reshape(b, in[rhs], (tsr_shape){flat, (size_t)rank - 1});
  out[0] = tsr_reshape(b, emit_with(b, c, in), (tsr_shape){dims, (size_t)rank});
  out_axis[0] = at;
  return tsr_builder_status(b);
}

/* The mapped axis in front, and axes of size 1 behind it until there are `rank`. */
static tsr_value leading(tsr_builder *b, const tsr_call *c, const tsr_batch *batch, int32_t i,
                         int32_t rank) {
  if (batch->axis[i] < 0) return c->in[i];
  tsr_value v = tsr_batch_front(b, c->in[i], batch->axis[i], batch->size);
  for (int32_t have = c->in_type[i].rank; have < rank; have++)
    v = tsr_expand_dims(b, v, TSR_AXES(1));
  return v;
}

tsr_status tsri_linalg_batch_solve(tsr_builder *b, const tsr_call *c, const tsr_batch *batch,
                                   const int32_t *own, tsr_side side, tsr_value *out,
                                   int32_t *out_axis) {
  const int32_t rhs = c->n_in - 1, *axis = batch->axis;
  bool one_matrix = true;
  for (int32_t i = 0; i < rhs; i++)
    one_matrix &= axis[i] < 0;
  if (one_matrix) {
    tsr_arena arena = {0};
    const tsr_status status = fold(b, c, batch, side, &arena, out, out_axis);
    tsr_arena_deinit(&arena);
    return status;
  }
  const int32_t rank = c->in_type[rhs].rank + (axis[rhs] < 0);
  tsr_value in[MOST];
  for (int32_t i = 0; i < rhs; i++)
    in[i] = leading(b, c, batch, i, rank - 2 + own[i]);
  in[rhs] = tsr_batch_front(b, c->in[rhs], axis[rhs], batch->size);
  out[0] = emit_with(b, c, in);
  out_axis[0] = 0;
  return tsr_builder_status(b);
}
