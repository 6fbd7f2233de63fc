/* solve_surface.c - tsr_solve: dtypes promote, batch axes broadcast, a is factored once. */
#include "linalg_internal.h"

#include "tsr/arena.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

tsr_value tsri_linalg_solve(tsr_builder *b, tsr_value a, tsr_value rhs, tsr_value *info) {
  const tsri_lu_attrs how = {info ? TSRI_REPORT : TSRI_RAISE};
  const tsri_solve_attrs attrs = {TSRI_PLAIN};
  tsr_value f[3];
  if (tsr_emit(b, &tsri_lu_op, &how, TSR_VALUES(a), f) != TSR_OK) return TSR_NO_VALUE;
  if (info) *info = f[2];
  return tsr_emit1(b, &tsri_solve_op, &attrs, TSR_VALUES(a, f[0], f[1], rhs));
}

/* One matrix for all of [.., n, k]: the leading axes become columns, [n, .. k]. */
static tsr_status solve_columns(tsr_builder *b, tsr_arena *arena, const tsri_pair *p,
                                tsr_value *info, tsr_value *out) {
  const tsr_type *type = &p->rhs_type;
  const size_t rank = (size_t)type->rank;
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, 2 * rank * sizeof(int64_t), &memory));
  int64_t *there = memory, *back = there + rank;
  TSR_TRY(tsr_arena_alloc(arena, rank * sizeof(tsr_dim), &memory));
  tsr_dim *dims = memory, columns = tsr_dim_of(1);
  for (size_t i = 0; i < rank; i++)
    there[i] = i == 0 ? (int64_t)rank - 2 : i < rank - 1 ? (int64_t)i - 1 : (int64_t)i;
  for (size_t i = 0; i < rank; i++) {
    back[there[i]] = (int64_t)i;
    dims[i] = type->dims[there[i]];
    if (i > 0) TSR_TRY(tsr_dim_mul(b->space, columns, dims[i], &columns));
  }
  tsr_value moved = tsr_transpose(b, p->rhs, (tsr_axes){there, rank});
  tsr_value flat = tsr_reshape(b, moved, TSR_SHAPE(dims[0], columns));
  tsr_value x = tsri_linalg_solve(b, p->a, flat, info);
  *out = tsr_transpose(b, tsr_reshape(b, x, (tsr_shape){dims, rank}), (tsr_axes){back, rank});
  return tsr_builder_status(b);
}

static tsr_status build(tsr_builder *b, tsr_arena *arena, tsri_pair *p, tsr_value *info,
                        tsr_value *out) {
  TSR_TRY(tsri_linalg_pair(b, "solve", TSR_LEFT, p));
  if (p->a_type.rank == 2 && p->rhs_type.rank > 2) {
    TSR_TRY(solve_columns(b, arena, p, info, out));
  } else {
    TSR_TRY(tsri_linalg_spread(b, p));
    *out = tsri_linalg_solve(b, p->a, p->rhs, info);
  }
  *out = tsri_linalg_pair_result(b, p, TSR_LEFT, *out);
  return tsr_builder_status(b);
}

static tsr_value solve(tsr_builder *b, tsr_value a, tsr_value rhs, tsr_value *info) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  tsr_arena arena = {0};
  tsr_value out = TSR_NO_VALUE;
  tsri_pair p = {.a = a, .rhs = rhs};
  const tsr_status status = build(b, &arena, &p, info, &out);
  tsr_arena_deinit(&arena);
  return tsr_builder_fail(b, status) == TSR_OK ? out : TSR_NO_VALUE;
}

tsr_value tsr_solve(tsr_builder *b, tsr_value a, tsr_value rhs) {
  return tsr_value_is_zero(rhs) ? rhs : solve(b, a, rhs, NULL);
}

tsr_solve_result tsr_solve_ex(tsr_builder *b, tsr_value a, tsr_value rhs) {
  tsr_solve_result out = {TSR_NO_VALUE, TSR_NO_VALUE};
  out.x = solve(b, a, rhs, &out.info);
  if (tsr_value_is_none(out.x)) out.info = TSR_NO_VALUE;
  return out;
}
