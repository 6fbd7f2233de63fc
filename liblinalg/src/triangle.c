/* triangle.c - parts of matrices as values: triangles, diagonals, blocks among zeros. */
#include "linalg_internal.h"

#include "tsr/arena.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

/* [m, n] true where row >= column, or <=, or as asked */
static tsr_value mask(tsr_builder *b, tsr_dim m, tsr_dim n, tsr_direction direction) {
  const tsr_shape shape = TSR_SHAPE(m, n);
  return tsr_compare(b, tsr_iota(b, TSR_I32, shape, 0), tsr_iota(b, TSR_I32, shape, 1), direction);
}

tsr_value tsri_linalg_triangle(tsr_builder *b, tsr_value a, tsr_uplo uplo, tsri_part part) {
  static const tsr_direction directions[2][2] = {
      {TSR_GE, TSR_GT},
      {TSR_LE, TSR_LT}
  };
  if (tsr_value_is_zero(a)) return a;
  const tsr_value keep =
      mask(b, tsr_value_dim(b, a, -2), tsr_value_dim(b, a, -1), directions[uplo][part]);
  return tsr_select(b, keep, a, tsr_scalar(b, 0));
}

tsr_value tsri_linalg_trace(tsr_builder *b, tsr_value a) {
  if (tsr_value_is_zero(a)) return a;
  const tsr_value keep = mask(b, tsr_value_dim(b, a, -2), tsr_value_dim(b, a, -1), TSR_EQ);
  return tsr_reduce_sum(b, tsr_select(b, keep, a, tsr_scalar(b, 0)), TSR_AXES(-2, -1));
}

static tsr_status place(tsr_builder *b, tsr_arena *arena, tsr_value a, const tsr_dim *at,
                        const tsr_dim *size, tsr_value *out) {
  tsr_type type;
  TSR_TRY(tsr_value_type(b, a, &type));
  const size_t rank = (size_t)type.rank;
  void *low_memory, *high_memory;
  TSR_TRY(tsr_arena_alloc(arena, rank * sizeof(tsr_dim), &low_memory));
  TSR_TRY(tsr_arena_alloc(arena, rank * sizeof(tsr_dim), &high_memory));
  tsr_dim *low = low_memory, *high = high_memory; /* zeroed: the constant 0 */
  for (size_t k = 0; k < 2; k++) {
    const size_t axis = rank - 2 + k;
    low[axis] = at[k];
    TSR_TRY(tsr_dim_sub(b->space, size[k], at[k], &high[axis]));
    TSR_TRY(tsr_dim_sub(b->space, high[axis], type.dims[axis], &high[axis]));
  }
  const tsr_value zero = tsr_convert(b, tsr_scalar(b, 0), type.dtype);
  *out = tsr_pad(b, a, zero, (tsr_shape){low, rank}, (tsr_shape){high, rank}, TSR_NO_AXES);
  return tsr_builder_status(b);
}

tsr_value tsri_linalg_placed(tsr_builder *b, tsr_value a, tsr_dim row, tsr_dim column, tsr_dim m,
                             tsr_dim n) {
  tsr_arena arena = {0};
  tsr_value out = TSR_NO_VALUE;
  const tsr_dim at[] = {row, column}, size[] = {m, n};
  if (tsr_builder_status(b) == TSR_OK)
    (void)tsr_builder_fail(b, place(b, &arena, a, at, size, &out));
  tsr_arena_deinit(&arena);
  return out;
}
