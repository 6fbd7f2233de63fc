/* triangle.c - parts of matrices as values: triangles, blocks among zeros. */
#include "linalg_internal.h"

#include "tsr/arena.h"
#include "tsr/ops.h"
#include "tsr/spi/builder.h"

tsr_value tsri_linalg_triangle(tsr_builder *b, tsr_value a, tsr_uplo uplo, tsri_part part) {
  return uplo == TSR_LOWER ? tsr_tril(b, a, -(int64_t)part) : tsr_triu(b, a, (int64_t)part);
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
