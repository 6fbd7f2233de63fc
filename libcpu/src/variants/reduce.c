/* reduce.c - the reducers. */
#include "blocks_product.h"
#include "blocks_tables.h"
#include "half_vector.h"
#include "order_vector.h"

#include <math.h>
#include <string.h>

#define TSRI_AS_STORED(x) (*(const NAME(vector_of_x) *)(x))
#include "blocks_reducers.inc"

#define FUNCTIONS(kind, ID)                                                                        \
  .merge = kind##_merge_##ID, .runs = kind##_runs_##ID, .rows = kind##_rows_##ID,                  \
  .halve = kind##_halve_##ID, .store = kind##_store_##ID
#define REDUCER(kind, ID, accumulator)                                                             \
  { .size = sizeof(accumulator), .clear = kind##_clear_##ID, FUNCTIONS(kind, ID) }
#define REALS(kind)                                                                                \
  [TSR_F16] = REDUCER(kind, F16, float), [TSR_BF16] = REDUCER(kind, BF16, float),                  \
  [TSR_F32] = REDUCER(kind, F32, float), [TSR_F64] = REDUCER(kind, F64, double)
#define SIGNED(kind)                                                                               \
  [TSR_I8] = REDUCER(kind, I8, int8_t), [TSR_I16] = REDUCER(kind, I16, int16_t),                   \
  [TSR_I32] = REDUCER(kind, I32, int32_t), [TSR_I64] = REDUCER(kind, I64, int64_t)
#define UNSIGNED(kind)                                                                             \
  [TSR_U8] = REDUCER(kind, U8, uint8_t), [TSR_U16] = REDUCER(kind, U16, uint16_t),                 \
  [TSR_U32] = REDUCER(kind, U32, uint32_t), [TSR_U64] = REDUCER(kind, U64, uint64_t)
/* Of any sign. */
#define BITWISE(kind)                                                                              \
  UNSIGNED(kind), [TSR_I8] = REDUCER(kind, U8, uint8_t), [TSR_I16] = REDUCER(kind, U16, uint16_t), \
                  [TSR_I32] = REDUCER(kind, U32, uint32_t),                                        \
                  [TSR_I64] = REDUCER(kind, U64, uint64_t)
#ifndef __FMA__
#define COMPLEX_PRODUCTS                                                                           \
  [TSR_C64] = REDUCER(prod, C64, tsri_pair_f32), [TSR_C128] = REDUCER(prod, C128, tsri_pair_f64)
#else
#define COMPLEX_PRODUCTS [TSR_C64] = {0}, [TSR_C128] = {0}
#endif
/* Of nothing, all are true: that is 1, as a product is. */
#define ALL                                                                                        \
  { .size = 1, .clear = prod_clear_U8, FUNCTIONS(and, U8) }
#define ANY REDUCER(or, U8, uint8_t)

/* clang-format off */
const tsri_reducer TSRI_OF_VARIANT(tsri_reducers)[TSRI_REDUCTION_COUNT][TSR_DTYPE_COUNT] = {
    [TSRI_SUM] = {REALS(sum), BITWISE(sum), [TSR_C64] = REDUCER(sum, C64, float _Complex),
                  [TSR_C128] = REDUCER(sum, C128, double _Complex)},
    [TSRI_PROD] = {REALS(prod), BITWISE(prod), COMPLEX_PRODUCTS},
    [TSRI_MAX] = {REALS(max), SIGNED(max), UNSIGNED(max), [TSR_BOOL] = ANY},
    [TSRI_MIN] = {REALS(min), SIGNED(min), UNSIGNED(min), [TSR_BOOL] = ALL},
    [TSRI_AND] = {BITWISE(and), [TSR_BOOL] = ALL},
    [TSRI_OR] = {BITWISE(or), [TSR_BOOL] = ANY},
};
/* clang-format on */
