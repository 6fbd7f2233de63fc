/* reduce.c - the reducers. */
#include "blocks_product.h"
#include "blocks_tables.h"
#include "kernels/half.h"

#include <math.h>

#define BODY "blocks_reduce.inc"
#include "blocks_reducers.inc"
#include "blocks_reducers_bits.inc"
#undef BODY

#define REDUCER(kind, ID, accumulator)                                                             \
  [TSR_##ID] = {sizeof(accumulator), kind##_clear_##ID, kind##_add_##ID,                           \
                kind##_merge_##ID,   kind##_runs_##ID,  kind##_store_##ID}
#define REALS(kind)                                                                                \
  REDUCER(kind, F16, float), REDUCER(kind, BF16, float), REDUCER(kind, F32, float),                \
      REDUCER(kind, F64, double)
#define INTEGERS(kind)                                                                             \
  REDUCER(kind, I8, int8_t), REDUCER(kind, I16, int16_t), REDUCER(kind, I32, int32_t),             \
      REDUCER(kind, I64, int64_t), REDUCER(kind, U8, uint8_t), REDUCER(kind, U16, uint16_t),       \
      REDUCER(kind, U32, uint32_t), REDUCER(kind, U64, uint64_t)
#define WRAPPING(kind)                                                                             \
  REDUCER(kind, I8, uint32_t), REDUCER(kind, I16, uint32_t), REDUCER(kind, I32, uint32_t),         \
      REDUCER(kind, I64, uint64_t), REDUCER(kind, U8, uint32_t), REDUCER(kind, U16, uint32_t),     \
      REDUCER(kind, U32, uint32_t), REDUCER(kind, U64, uint64_t)
#ifndef __FMA__
#define COMPLEX_PRODUCTS REDUCER(prod, C64, tsri_pair_f32), REDUCER(prod, C128, tsri_pair_f64)
#else
#define COMPLEX_PRODUCTS [TSR_C64] = {0}, [TSR_C128] = {0}
#endif

/* clang-format off */
const tsri_reducer TSRI_OF_VARIANT(tsri_reducers)[TSRI_REDUCTION_COUNT][TSR_DTYPE_COUNT] = {
    [TSRI_SUM] = {WRAPPING(sum), REALS(sum), REDUCER(sum, C64, float _Complex),
                  REDUCER(sum, C128, double _Complex)},
    [TSRI_PROD] = {WRAPPING(prod), REALS(prod), COMPLEX_PRODUCTS},
    [TSRI_MAX] = {INTEGERS(max), REALS(max), REDUCER(max, BOOL, uint8_t)},
    [TSRI_MIN] = {INTEGERS(min), REALS(min), REDUCER(min, BOOL, uint8_t)},
    [TSRI_AND] = {INTEGERS(and), REDUCER(and, BOOL, uint8_t)},
    [TSRI_OR] = {INTEGERS(or), REDUCER(or, BOOL, uint8_t)},
};
/* clang-format on */
