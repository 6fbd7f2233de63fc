/* solve_surface.c - tsr_solve: dtypes promote, batch axes broadcast, a is factored once. */
#include "linalg_internal.h"

#include "tsr/arena.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

static tsr_value solve_matrix(tsr_builder *b, tsr_value a, tsr_value rhs) {
  const tsri_solve_attrs attrs = {TSRI_PLAIN};
  tsr_value f[2];
  if (tsr_emit(b, &tsri_lu_op, NULL, TSR_VALUES(a), f) != TSR_OK) return TSR_NO_VALUE;
  return tsr_emit1(b, &tsri_solve_op, &attrs, TSR_VALUES(a, f[0], f[1], rhs));
}

/* One matrix for all of [.., n, k]: the leading axes become columns, [n, .. k]. */
static tsr_status solve_columns(tsr_builder *b, tsr_arena *arena, tsr_value a, tsr_value rhs,
                                const tsr_type *type, tsr_value *out) {
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
  tsr_value moved = tsr_transpose(b, rhs, (tsr_axes){there, rank});
  tsr_value flat = tsr_reshape(b, moved, TSR_SHAPE(dims[0], columns));
  tsr_value x = tsr_reshape(b, solve_matrix(b, a, flat), (tsr_shape){dims, rank});
  *out = tsr_transpose(b, x, (tsr_axes){back, rank});
  return tsr_builder_status(b);
}

/* rhs with all leading axes that a or it has. */
static tsr_status spread(tsr_builder *b, tsr_arena *arena, const tsr_type *a, const tsr_type *type,
                         tsr_value *rhs) {
  int32_t rank = a->rank > type->rank ? a->rank : type->rank;
  void *memory;
  TSR_TRY(tsr_arena_alloc(arena, (size_t)rank * sizeof(tsr_dim), &memory));
  tsr_dim *dims = memory;
  bool grows = rank > type->rank;
  for (int32_t i = 0; i < rank; i++) {
    int32_t i_a = i - (rank - a->rank), i_rhs = i - (rank - type->rank);
    tsr_dim m = i_a < 0 ? tsr_dim_of(1) : a->dims[i_a];
    tsr_dim n = i_rhs < 0 ? tsr_dim_of(1) : type->dims[i_rhs];
    bool takes_a = i < rank - 2 && tsr_dim_is(n, 1) && !tsr_dim_is(m, 1);
    dims[i] = takes_a ? m : n;
    grows |= takes_a;
  }
  if (grows) *rhs = tsr_broadcast_to(b, *rhs, (tsr_shape){dims, (size_t)rank});
  return tsr_builder_status(b);
}

static tsr_status promote(tsr_builder *b, tsr_value *a, tsr_value *rhs, tsr_type *a_type,
                          tsr_type *rhs_type) {
  TSR_TRY(tsr_value_type(b, *a, a_type));
  TSR_TRY(tsr_value_type(b, *rhs, rhs_type));
  if (a_type->dtype == rhs_type->dtype) return TSR_OK;
  tsr_dtype dtype;
  TSR_TRY_MSG(tsr_dtype_promote(a_type->dtype, rhs_type->dtype, &dtype), "building solve");
  *a = tsr_convert(b, *a, dtype);
  *rhs = tsr_convert(b, *rhs, dtype);
  return tsr_builder_status(b);
}

/* Before anything is factored: an eager scope would find out only after the work. */
static tsr_status check_sizes(const tsr_type *a, const tsr_type *rhs) {
  char text[2][128];
  bool fits = true;
  for (int32_t i = 2; i <= a->rank && i <= rhs->rank; i++) {
    tsr_dim m = a->dims[a->rank - (i == 2 ? 1 : i)], n = rhs->dims[rhs->rank - i];
    bool spreads = i > 2 && (tsr_dim_is(m, 1) || tsr_dim_is(n, 1));
    fits &= spreads || !tsr_dim_is_const(m) || !tsr_dim_is_const(n) || m.n == n.n;
  }
  if (fits) return TSR_OK;
  return TSR_FAIL(TSR_ERR_SHAPE, "solve: a is %s, rhs is %s: sizes do not fit",
                  tsr_type_format(a, text[0], sizeof text[0]),
                  tsr_type_format(rhs, text[1], sizeof text[1]));
}

static tsr_status build(tsr_builder *b, tsr_arena *arena, tsr_value a, tsr_value rhs,
                        tsr_value *out) {
  tsr_type a_type, type;
  TSR_TRY(promote(b, &a, &rhs, &a_type, &type));
  if (a_type.rank < 2 || type.rank < 1)
    return TSR_FAIL(
        TSR_ERR_SHAPE,
        "solve: a has rank %d, wanted is 2 or more; rhs has rank %d, wanted is 1 or more",
        (int)a_type.rank, (int)type.rank);
  bool is_vector = type.rank == 1;
  if (is_vector) {
    rhs = tsri_linalg_as_column(b, rhs);
    TSR_TRY(tsr_value_type(b, rhs, &type));
  }
  TSR_TRY(check_sizes(&a_type, &type));
  if (a_type.rank == 2 && type.rank > 2) {
    TSR_TRY(solve_columns(b, arena, a, rhs, &type, out));
  } else {
    TSR_TRY(spread(b, arena, &a_type, &type, &rhs));
    *out = solve_matrix(b, a, rhs);
  }
  if (is_vector) *out = tsr_squeeze(b, *out, TSR_AXES(-1));
  return tsr_builder_status(b);
}

tsr_value tsr_solve(tsr_builder *b, tsr_value a, tsr_value rhs) {
  if (tsr_builder_status(b) != TSR_OK) return TSR_NO_VALUE;
  if (tsr_value_is_zero(rhs)) return rhs;
  tsr_arena arena = {0};
  tsr_value out = TSR_NO_VALUE;
  tsr_status status = build(b, &arena, a, rhs, &out);
  tsr_arena_deinit(&arena);
  return tsr_builder_fail(b, status) == TSR_OK ? out : TSR_NO_VALUE;
}
